"""The API of the records of one import: their fates, what was wrong with them, and the failed ones as a file."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import log
from core.actors import actor_of
from core.api.pagination import list_of
from core.api.parameters import bool_param
from core.api.permissions import MayRead
from core.errors import BadRequest
from imports.api.lookups import find_import
from imports.api.views import note_on_errors
from imports.history.error_groups import ErrorGroups
from imports.models import ImportHistory, Outcome
from lineage.api import messages
from lineage.api.record_serializers import ErrorSummarySerializer, RecordOutcomesSerializer
from lineage.api.views import CONTENT_TYPES
from lineage.exports.failed_rows import FailedRecords
from lineage.exports.failed_rows_file import FailedFile, as_csv, as_xlsx
from lineage.provenance.record_outcomes import RecordOutcomes, note_on

OUTCOME_NAMES = ("outcome", "fate")  # the parameter and its earlier name
PAGING = [OpenApiParameter("limit", int), OpenApiParameter("offset", int)]


class RecordOutcomesView(APIView):
    """The outcome of every record, in the order of the file."""

    permission_classes = [MayRead]

    @extend_schema(
        operation_id="import_rows",
        parameters=[
            OpenApiParameter("outcome", str, enum=Outcome.values, description="Only these; all without it."),
            OpenApiParameter("fate", str, enum=Outcome.values, description="The same as outcome: its earlier name."),
            OpenApiParameter(
                "include_original", bool,
                description="Read inserted records in the source file once more, for their location and original.",
            ),
            *PAGING,
        ],
        responses=RecordOutcomesSerializer,
    )  # fmt: skip
    def get(self, request: Request, import_id: str) -> Response:
        record = find_import(import_id)
        include_original = bool_param(request, "include_original", default=False)
        fates = RecordOutcomes(record, outcome_filter(request), include_original=include_original)
        pages = list_of("rows")()
        rows = pages.paginate_queryset(fates, request, self)
        return pages.get_paginated_response(
            rows,
            import_id=record.pk,
            table_name=record.table_name,
            status=record.status,
            undone_at=record.undone_at,
            note=note_on(record),
        )


def outcome_filter(request: Request) -> str | None:
    """Return the outcome that is asked for, by either name of the parameter. Raises BadRequest."""
    given = {name: request.query_params[name] for name in OUTCOME_NAMES if name in request.query_params}
    for name, value in given.items():
        if value not in Outcome.values:
            message = messages.UNKNOWN_PARAMETER_VALUE(parameter=name, choices=Outcome.values)
            raise BadRequest(message, parameter=name)
    if len(set(given.values())) > 1:
        raise BadRequest(messages.PARAMETERS_DIFFER(parameters=list(given)), parameter="outcome")
    return next(iter(given.values()), None)


class ErrorSummaryView(APIView):
    """What did not fit, those of one kind together, the biggest first."""

    permission_classes = [MayRead]

    @extend_schema(operation_id="mapping_errors_summary", parameters=PAGING, responses=ErrorSummarySerializer)
    def get(self, request: Request, import_id: str) -> Response:
        record = find_import(import_id)
        pages = list_of("groups")()
        groups = pages.paginate_queryset(ErrorGroups(record.pk), request, self)
        count = record.mapping_errors_count or 0
        note = note_on_errors(record)
        return pages.get_paginated_response(groups, import_id=record.pk, mapping_errors_count=count, **note)


class FailedRowsView(APIView):
    """The records that were rejected or lost a value, as a file to repair them in."""

    permission_classes = [MayRead]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)  # the address says what is wanted

    @extend_schema(
        operation_id="failed_rows",
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["csv", "xlsx"]),
            OpenApiParameter("formula_safe", bool, description="A ' before texts that a spreadsheet would run."),
        ],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, import_id: str, kind: str) -> HttpResponseBase:
        if kind not in ("csv", "xlsx"):
            raise Http404
        record = find_import(import_id)
        failed = FailedRecords(record)
        file = FailedFile(failed, formula_safe=bool_param(request, "formula_safe", default=True))
        response = file_response(file, record, kind)
        numbers = failed.counts.as_dict()
        log.record(actor_of(request), "download", str(record.pk), file=f"failed-rows.{kind}", **numbers)
        return response


def file_response(file: FailedFile, record: ImportHistory, kind: str) -> HttpResponseBase:
    """Raises SourceUnavailable."""
    name, content_type = f"{record.table_name}-failed-rows.{kind}", CONTENT_TYPES[kind]
    if kind == "xlsx":
        return FileResponse(as_xlsx(file), as_attachment=True, filename=name, content_type=content_type)
    response = StreamingHttpResponse(as_csv(file), content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response
