"""The permission to read through the API."""

from __future__ import annotations

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api import messages


class MayRead(IsAuthenticated):
    """Allow signed-in users with the permission of the group auditor."""

    permission = "imports.view_importhistory"
    message = str(messages.PERMISSION_MISSING())

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and request.user.has_perm(self.permission)
