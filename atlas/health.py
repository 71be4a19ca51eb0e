"""What the service says about itself: whether it lives, whether it can work, and its OpenAPI document."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from core.api.exception_handler import ErrorsInJSON, error_body


def health(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"success": True, "status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """The process can work: its database answers too."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse(error_body("not_ready", "The database does not answer."), status=503)
    return JsonResponse({"success": True, "status": "ready"})


class SchemaView(ErrorsInJSON, SpectacularAPIView):
    """The OpenAPI 3 document."""

    permission_classes = [IsAuthenticated]


class DocsView(ErrorsInJSON, SpectacularSwaggerSplitView):
    """The OpenAPI document to read and to try."""

    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "head"]  # its one renderer has no page for OPTIONS
