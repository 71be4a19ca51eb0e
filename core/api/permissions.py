"""Who may read the API."""

from __future__ import annotations

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView


class MayRead(IsAuthenticated):
    """Signed in, with the permission that the group auditor has."""

    permission = "imports.view_importhistory"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and request.user.has_perm(self.permission)
