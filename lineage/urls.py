"""The pages of what can be said about rows afterwards, and of taking them back and bringing them back."""

from django.urls import path

from lineage import views

app_name = "lineage"

urlpatterns = [
    path("ui/imports/<uuid:import_id>/undo", views.undo, name="undo"),
    path("ui/imports/<uuid:import_id>/redo", views.redo, name="redo"),
    path("ui/tables", views.tables, name="tables"),
    path("ui/tables/<str:name>", views.table, name="table"),
    path("ui/statistics", views.statistics, name="statistics"),
]
