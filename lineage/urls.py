"""The addresses of the pages for tables, rows, files, lineage, statistics, undo and redo."""

from django.urls import path

from lineage.pages import (
    graph,
    repair_group,
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
