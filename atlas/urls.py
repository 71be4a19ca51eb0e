"""All URLs of the service."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpResponseBase
from django.urls import URLPattern, include, path
from django.urls.resolvers import RoutePattern
from django.views.generic import RedirectView

from access.pages import SignOut
from atlas import admin as atlas_admin
from atlas import health
from audit.api import views as audit_api
from imports.api import b2, mappings, tasks
from imports.api import views as imports_api
from lineage.api import graph, origins, records, repairs, reruns, undo
from lineage.api import views as lineage_api


class WithOrWithoutSlash(RoutePattern):
    """A route that also matches with a slash at the end, without a second URL in the API documentation."""

    def match(self, path: str) -> Any:
        return super().match(path.removesuffix("/"))


def api(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return URLPattern(WithOrWithoutSlash(route, name=name, is_endpoint=True), view, {}, name)


tables = lineage_api.TablesViewSet
history = imports_api.ImportHistoryViewSet
errors = imports_api.MappingErrorsViewSet

api_urlpatterns = [
    # imports
    api("map-data", imports_api.MapDataView.as_view(), "map_data"),
    api("map-b2-data", b2.MapB2DataView.as_view(), "map_b2_data"),
    api("detect-mapping", imports_api.DetectMappingView.as_view(), "detect_mapping"),
    api("map-b2-data-async", b2.MapB2DataAsyncView.as_view(), "map_b2_data_async"),
    api("tasks/<str:task_id>", tasks.TaskView.as_view(), "task"),
    api("tasks/<str:task_id>/cancel", tasks.CancelTaskView.as_view(), "cancel_task"),
    # saved mappings
    api("mappings", mappings.MappingsViewSet.as_view({"get": "list", "post": "create"}), "mappings"),
    api("mappings/<str:name>", mappings.MappingsViewSet.as_view({"get": "retrieve", "put": "update"}), "mapping"),
    api("mappings/<str:name>/versions", mappings.MappingVersionsViewSet.as_view({"get": "list"}), "mapping_versions"),
    api("mappings/<str:name>/differences", mappings.MappingDifferencesView.as_view(), "mapping_differences"),
    api("mappings/<str:name>/export.json", mappings.MappingExportView.as_view(), "mapping_export"),
    api("mappings/<str:name>/test-run", mappings.MappingTestRunView.as_view(), "mapping_test_run"),
    # history
    api("import-history", history.as_view({"get": "list"}), "import_history"),
    api("import-history/<str:import_id>", history.as_view({"get": "retrieve"}), "import_details"),
    api("import-history/<str:import_id>/mapping-errors", errors.as_view({"get": "list"}), "mapping_errors"),
    api("import-history/<str:import_id>/mapping-errors/summary", records.ErrorSummaryView.as_view(), "error_summary"),
    api("import-history/<str:import_id>/rows", records.RecordOutcomesView.as_view(), "record_fates"),
    api("import-history/<str:import_id>/failed-rows.<str:kind>", records.FailedRowsView.as_view(), "failed_rows"),
    api("import-history/<str:import_id>/not-read.csv", records.NotReadView.as_view(), "not_read"),
    api("import-history/<str:import_id>/source-file", imports_api.SourceFileView.as_view(), "source_file"),
    api("import-history/<str:import_id>/undo", undo.UndoView.as_view(), "undo"),
    api("import-groups/<str:group_id>/undo", undo.UndoGroupView.as_view(), "undo_group"),
    api("import-history/<str:import_id>/undo-preview", undo.UndoPreviewView.as_view(), "undo_preview"),
    api("import-history/<str:import_id>/redo", undo.RedoView.as_view(), "redo"),
    api("import-history/<str:import_id>/rerun", reruns.RerunView.as_view(), "rerun"),
    api("import-history/<str:import_id>/rerun-preview", reruns.RerunPreviewView.as_view(), "rerun_preview"),
    api("import-history/<str:import_id>/retry", repairs.RetryView.as_view(), "retry"),
    api("import-history/<str:import_id>/repairs", repairs.RepairsView.as_view(), "repairs"),
    api("import-history/<str:import_id>/repairs/<str:repair_id>/undo", repairs.UndoRepairView.as_view(), "undo_repair"),
    api("import-statistics", lineage_api.StatisticsView.as_view(), "import_statistics"),
    # tables
    api("tables", tables.as_view({"get": "list"}), "tables"),
    api("tables/<str:table_name>", tables.as_view({"get": "rows"}), "table_rows"),
    api("tables/<str:table_name>/schema", tables.as_view({"get": "columns"}), "table_schema"),
    api("tables/<str:table_name>/lineage", tables.as_view({"get": "lineage"}), "table_lineage"),
    api("tables/<str:table_name>/columns", origins.ColumnsView.as_view(), "table_columns"),
    api("tables/<str:table_name>/rows/<str:row_id>/lineage", origins.RowLineageView.as_view(), "row_lineage"),
    api("tables/<str:table_name>/export.<str:kind>", lineage_api.ExportView.as_view(), "table_export"),
    api("files/<str:sha256>/lineage", graph.FileLineageView.as_view(), "file_lineage"),
    api("lineage/graph", graph.LineageGraphView.as_view(), "lineage_graph"),
    # audit log
    api("audit-log", audit_api.AuditLogViewSet.as_view({"get": "list"}), "audit_log"),
    api("audit-log/verify", audit_api.VerifyView.as_view(), "audit_log_verify"),
    # the service
    api("schema", health.SchemaView.as_view(), "schema"),
    api("docs", health.DocsView.as_view(url_name="schema"), "docs"),
    api("health", health.health, "health"),
    api("ready", health.ready, "ready"),
]

# The browsable API links to it.
sign_in = RedirectView.as_view(url=settings.LOGIN_URL, query_string=True)

urlpatterns = [
    *api_urlpatterns,
    path("", include("access.urls")),
    path("", include("imports.urls")),
    path("", include("lineage.urls")),
    path("", include("audit.urls")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/login/", atlas_admin.sign_in),
    path("admin/logout/", SignOut.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="access:password")),
    path(
        "admin/imports/handchange/",
        RedirectView.as_view(pattern_name="admin:imports_manualedit_changelist", query_string=True),
    ),
    path("admin/", admin.site.urls),
    path("ui/api-sign-in", include(([path("", sign_in, name="login")], "rest_framework"))),
]

handler400 = "core.web.error_pages.bad_request"
handler403 = "core.web.error_pages.permission_denied"
handler404 = "core.web.error_pages.not_found"
handler500 = "core.web.error_pages.server_error"
