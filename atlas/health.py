"""The health and readiness of the service, and its OpenAPI document."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from core.api.exception_handler import RETRY_AFTER_SECONDS, ErrorsInJSON, error_body
from imports.sources.disk_space import disk_nearly_full, short_of_space


def health(request: HttpRequest) -> JsonResponse:
    """Tell that the process responds."""
    return JsonResponse({"success": True, "status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Tell whether the process and its database respond."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
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


class SchemaView(ErrorsInJSON, SpectacularAPIView):
    """The OpenAPI 3 document."""

    permission_classes = [IsAuthenticated]


class DocsView(ErrorsInJSON, SpectacularSwaggerSplitView):
    """The API documentation: the OpenAPI document as pages, with requests to try."""

    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "head"]  # its only renderer does not support OPTIONS
