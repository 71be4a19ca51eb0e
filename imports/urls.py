"""The pages of how rows get in. The API has addresses of its own."""

from django.urls import path

from imports.pages import (
    bucket,
    history,
    parts,
    tasks,
    upload,
)

app_name = "imports"

urlpatterns = [
    path("", history.home, name="home"),
    path("ui/upload", upload.upload, name="upload"),
    path("ui/upload/b2", bucket.bucket, name="bucket"),
    path("ui/upload/<uuid:analysis_id>", upload.show_analysis, name="analysis"),
    path("ui/upload/<uuid:analysis_id>/read-again", upload.read_again, name="read_again"),
    path("ui/upload/<uuid:analysis_id>/all", parts.import_all, name="import_all"),
    path("ui/upload/<uuid:analysis_id>/preview", upload.preview, name="preview"),
    path("ui/imports", history.history, name="history"),
    path("ui/imports/<uuid:import_id>", history.detail, name="detail"),
    path("ui/imports/<uuid:import_id>/progress", tasks.progress, name="progress"),
    path("ui/imports/<uuid:import_id>/cancel", tasks.cancel_import, name="cancel"),
    path("ui/imports/<uuid:import_id>/errors", history.errors, name="errors"),
    path("ui/imports/<uuid:import_id>/skipped", history.skipped, name="skipped"),
    path("ui/imports/<uuid:import_id>/updated", history.updated, name="updated"),
    path("ui/imports/<uuid:import_id>/kept", history.skipped_before, name="skipped_before"),
]
