"""The pages of what can be said about rows afterwards, and of taking them back and bringing them back."""

from django.urls import path

from lineage import graph_views, row_views, statistics_views, table_views, views

app_name = "lineage"

urlpatterns = [
    path("ui/imports/<uuid:import_id>/undo", views.undo, name="undo"),
    path("ui/imports/<uuid:import_id>/redo", views.redo, name="redo"),
    path("ui/tables", table_views.tables, name="tables"),
    path("ui/tables/<str:name>", table_views.table, name="table"),
    path("ui/tables/<str:name>/columns", table_views.columns, name="columns"),
    path("ui/tables/<str:name>/rows/<str:row_id>", row_views.row, name="row"),
    path("ui/lineage", graph_views.graph, name="graph"),
    path("ui/files/<str:sha256>", graph_views.file, name="file"),
    path("ui/statistics", statistics_views.overview, name="statistics"),
    path("ui/statistics/<str:key>.csv", statistics_views.part, name="statistics_csv"),
]
