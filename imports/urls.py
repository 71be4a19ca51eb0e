"""The pages of how rows get in. The API has addresses of its own."""

from django.urls import path

from imports import b2_views, history_views, task_views, views

app_name = "imports"

urlpatterns = [
    path("", history_views.home, name="home"),
    path("ui/sign-in", views.SignIn.as_view(), name="sign_in"),
    path("ui/sign-out", views.SignOut.as_view(), name="sign_out"),
    path("ui/upload", views.upload, name="upload"),
    path("ui/upload/b2", b2_views.bucket, name="bucket"),
    path("ui/upload/<uuid:analysis_id>", views.look, name="look"),
    path("ui/upload/<uuid:analysis_id>/read-again", views.read_again, name="read_again"),
    path("ui/upload/<uuid:analysis_id>/preview", views.preview, name="preview"),
    path("ui/imports", history_views.history, name="history"),
    path("ui/imports/<uuid:import_id>", history_views.one_import, name="one_import"),
    path("ui/imports/<uuid:import_id>/progress", task_views.progress, name="progress"),
    path("ui/imports/<uuid:import_id>/cancel", task_views.cancel_import, name="cancel"),
    path("ui/imports/<uuid:import_id>/errors", history_views.errors, name="errors"),
    path("ui/imports/<uuid:import_id>/kept", history_views.kept, name="kept"),
]
