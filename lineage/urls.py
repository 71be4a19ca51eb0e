"""The addresses of the pages for tables, rows, files, lineage, statistics, undo and redo."""

from django.urls import path

from lineage.pages import (
    graph,
    repair_file,
    repair_grid,
    repair_group,
    repair_row,
    repairs,
    reruns,
    rows,
    statistics,
    tables,
    undo,
)

app_name = "lineage"

urlpatterns = [
    path("ui/imports/<uuid:import_id>/undo", undo.undo, name="undo"),
    path("ui/import-groups/<uuid:group>/undo", undo.undo_all, name="undo_group"),
    path("ui/imports/<uuid:import_id>/redo", undo.redo, name="redo"),
    path("ui/imports/<uuid:import_id>/repaired-rows", repair_file.receive, name="send_repaired_rows"),
    path("ui/imports/<uuid:import_id>/repaired-rows/<uuid:file_id>", repair_file.review, name="repair_file"),
    path("ui/imports/<uuid:import_id>/rerun", reruns.rerun, name="rerun"),
    path("ui/imports/<uuid:import_id>/repair", repair_grid.grid, name="repair"),
    path("ui/imports/<uuid:import_id>/repair/check", repair_grid.check, name="check_repair"),
    path("ui/imports/<uuid:import_id>/repair/<int:number>", repair_row.repair_row, name="repair_row"),
    path("ui/imports/<uuid:import_id>/repairs", repairs.repairs, name="repairs"),
    path("ui/imports/<uuid:import_id>/repairs/<int:repair_id>/undo", repairs.undo_one, name="undo_repair"),
    path("ui/imports/<uuid:import_id>/repairs/<uuid:batch>/undo", repairs.undo_batch, name="undo_repairs"),
    path("ui/imports/<uuid:import_id>/errors/repair", repair_group.repair_group, name="repair_group"),
    path("ui/tables", tables.tables, name="tables"),
    path("ui/tables/<str:name>", tables.table, name="table"),
    path("ui/tables/<str:name>/columns", tables.columns, name="columns"),
    path("ui/tables/<str:name>/rows/<str:row_id>", rows.row, name="row"),
    path("ui/lineage", graph.graph, name="graph"),
    path("ui/files/<str:sha256>", graph.file, name="file"),
    path("ui/statistics", statistics.overview, name="statistics"),
    path("ui/statistics/<str:key>.csv", statistics.chart_csv, name="statistics_csv"),
]
