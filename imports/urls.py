"""The pages of how rows get in. The API has addresses of its own."""

from django.urls import path

from imports.pages import (
    bucket,
    history,
    mappings,
    parts,
    preview_mappings,
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
    path("ui/upload/<uuid:analysis_id>/use-mapping", preview_mappings.use_mapping, name="use_mapping"),
    path("ui/upload/<uuid:analysis_id>/save-mapping", preview_mappings.save_preview_mapping, name="save_mapping"),
    path("ui/upload-mapping", mappings.upload_mapping, name="upload_mapping"),
    path("ui/mappings", mappings.mappings, name="mappings"),
    path("ui/mappings/<str:name>", mappings.mapping, name="mapping"),
    path("ui/mappings/<str:name>/save", mappings.save_mapping_version, name="save_mapping_version"),
    path("ui/mappings/<str:name>/change", mappings.change_mapping, name="change_mapping"),
    path("ui/mappings/<str:name>/test-run", mappings.mapping_test_run, name="mapping_test_run"),
    path("ui/imports", history.history, name="history"),
    path("ui/imports/<uuid:import_id>", history.detail, name="detail"),
    path("ui/imports/<uuid:import_id>/progress", tasks.progress, name="progress"),
    path("ui/imports/<uuid:import_id>/cancel", tasks.cancel_import, name="cancel"),
    path("ui/imports/<uuid:import_id>/errors", history.errors, name="errors"),
    path("ui/imports/<uuid:import_id>/skipped", history.skipped, name="skipped"),
    path("ui/imports/<uuid:import_id>/updated", history.updated, name="updated"),
    path("ui/imports/<uuid:import_id>/save-mapping", preview_mappings.save_import_mapping, name="save_import_mapping"),
    path("ui/imports/<uuid:import_id>/kept", history.skipped_before, name="skipped_before"),
]
