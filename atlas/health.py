"""The health and readiness of the service, and its OpenAPI document."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from core.api.exception_handler import RETRY_AFTER_SECONDS, ErrorsInJSON, error_body
from core.web.lanes import LaneName, runs_in
from imports.sources.disk_space import disk_nearly_full, short_of_space


@runs_in(LaneName.QUICK)
def health(request: HttpRequest) -> JsonResponse:
    """Tell that the process responds. It asks the database nothing."""
    return JsonResponse({"success": True, "status": "ok"})


@runs_in(LaneName.PROBE)
def ready(request: HttpRequest) -> JsonResponse:
    """Tell whether the process and its database respond within ATLAS_READY_SECONDS."""
    if not _database.responds(settings.ATLAS_READY_SECONDS):
        body = error_body("not_ready", "The database does not respond.")
        return JsonResponse(body, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    space = short_of_space()
    if space:  # what needs no space still works, so that it is ready
        shortage = disk_nearly_full(space)
        return JsonResponse(
            {
                "success": True,
                "status": "ready",
                "accepts_files": False,
                "reason": shortage.code,
                "message": str(shortage),
            }
        )
    return JsonResponse({"success": True, "status": "ready"})


class DatabaseProbe:
    """Asks the database in one thread, so that a database that hangs takes no other thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._lock = threading.Lock()
        self._running: Future[bool] | None = None

    def responds(self, seconds: float) -> bool:
        """Return whether it responds within so many seconds."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = self._thread.submit(_ask_database)
            running = self._running
        try:
            return running.result(seconds)
        except TimeoutError:
            return False


def _ask_database() -> bool:
    connection.close_if_unusable_or_obsolete()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


_database = DatabaseProbe()


#: drf-spectacular loads its extensions at the first document, and fails where two threads do that at once.
_making_schema = threading.Lock()


@runs_in(LaneName.WORK)
class SchemaView(ErrorsInJSON, SpectacularAPIView):
    """The OpenAPI 3 document."""

    permission_classes = [IsAuthenticated]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with _making_schema:
            return super().dispatch(request, *args, **kwargs)


class DocsView(ErrorsInJSON, SpectacularSwaggerSplitView):
    """The API documentation: the OpenAPI document as pages, with requests to try."""

    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "head"]  # its only renderer does not support OPTIONS
