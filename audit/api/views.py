"""The API of the audit log: its entries and its verification."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.serializers import AuditEntrySerializer, VerdictSerializer
from audit.chain import Anchor, verify
from audit.filters import AuditEntryFilter
from audit.models import AuditEntry
from audit.permissions import MayAudit
from core.api.pagination import list_of
from core.api.views import StrictView, StrictViewSet
from core.web.lanes import LaneName, runs_in


class AuditLogViewSet(StrictViewSet[AuditEntry]):
    """List the entries of the audit log, newest first."""

    permission_classes = [MayAudit]
    queryset = AuditEntry.objects.select_related("kept_detail")
    serializer_class = AuditEntrySerializer
    filterset_class = AuditEntryFilter
    pagination_class = list_of("entries")

    @extend_schema(operation_id="audit_log")
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@runs_in(LaneName.WORK)
class VerifyView(StrictView):
    """Verify the whole audit log and return the first broken link; 100,000 entries take about a second."""

    permission_classes = [MayAudit]
    query_parameters = ("anchor",)

    @extend_schema(
        operation_id="audit_log_verify",
        parameters=[
            OpenApiParameter(
                "anchor", str, many=True,
                description="A checkpoint (number:hash) of audit_anchor: detects deleted entries at the end.",
            )
        ],
        responses=VerdictSerializer,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        verdict = verify(anchors_of(request))
        return Response(VerdictSerializer(verdict).data)


def anchors_of(request: Request) -> list[Anchor]:
    """Raises ValidationError."""
    try:
        return [Anchor.parse(text) for text in request.query_params.getlist("anchor")]
    except ValueError as error:
        raise ValidationError({"anchor": [str(error)]}) from None
