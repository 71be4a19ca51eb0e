"""The API of the rows of one import: their outcomes, a summary of the errors, and the failed rows as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit import log
from core.actors import actor_of
from core.api.pagination import list_of
from core.api.parameters import bool_param
from core.api.permissions import MayRead
from core.api.responses import OneFormat
from core.api.views import PAGING, StrictView
from core.errors import BadRequest
from core.web.lanes import LaneName, runs_in
from imports.api.lookups import find_import
from imports.api.views import note_on_errors
from imports.history.error_groups import ErrorGroups
from imports.models import ImportHistory, Outcome
from lineage.api import messages
from lineage.api.record_serializers import ErrorSummarySerializer, RecordOutcomesSerializer
from lineage.api.views import CONTENT_TYPES, FORMULA_SAFE
from lineage.exports import not_read
from lineage.exports.failed_rows import FailedRecords
from lineage.exports.failed_rows_file import FailedFile, as_csv, as_xlsx
from lineage.provenance.record_outcomes import RecordOutcomes, note_on

OUTCOME_NAMES = ("outcome", "fate")  # the parameter and its earlier name
PAGES = [OpenApiParameter(name, int) for name in PAGING]


class RecordOutcomesView(StrictView):
    """Return the outcome of every row of the file, in the order of the file."""

    permission_classes = [MayRead]
    query_parameters = (*OUTCOME_NAMES, "include_original", *PAGING)

    @extend_schema(
        operation_id="import_rows",
        parameters=[
            OpenApiParameter("outcome", str, enum=Outcome.values, description="Filter by outcome."),
            OpenApiParameter("fate", str, enum=Outcome.values, description="The earlier name of outcome."),
            OpenApiParameter(
                "include_original", bool,
                description="Also return location and original of imported rows, which are read from the source file.",
            ),
            *PAGES,
        ],
        responses=RecordOutcomesSerializer,
    )  # fmt: skip
    def get(self, request: Request, import_id: str) -> Response:
        record = find_import(import_id)
        include_original = bool_param(request, "include_original", default=False)
        outcomes = RecordOutcomes(record, outcome_filter(request), include_original=include_original)
        pages = list_of("rows")()
        rows = pages.paginate_queryset(outcomes, request, self)
        return pages.get_paginated_response(
            rows,
            import_id=record.pk,
            table_name=record.table_name,
            status=record.status,
            undone_at=record.undone_at,
            note=note_on(record),
        )


def outcome_filter(request: Request) -> str | None:
    """Return the requested outcome, by either name of the parameter. Raises BadRequest."""
    values = {name: request.query_params[name] for name in OUTCOME_NAMES if name in request.query_params}
    for name, value in values.items():
        if value not in Outcome.values:
            message = messages.UNKNOWN_PARAMETER_VALUE(parameter=name, choices=Outcome.values)
            raise BadRequest(message, parameter=name)
    if len(set(values.values())) > 1:
        raise BadRequest(messages.PARAMETERS_DIFFER(parameters=list(values)), parameter="outcome")
    return next(iter(values.values()), None)


class ErrorSummaryView(StrictView):
    """Return the errors grouped by reason, the largest group first."""

    permission_classes = [MayRead]
    query_parameters = PAGING

    @extend_schema(operation_id="mapping_errors_summary", parameters=PAGES, responses=ErrorSummarySerializer)
    def get(self, request: Request, import_id: str) -> Response:
        record = find_import(import_id)
        pages = list_of("groups")()
        groups = pages.paginate_queryset(ErrorGroups(record), request, self)
        count = record.mapping_errors_count or 0
        note = note_on_errors(record)
        return pages.get_paginated_response(groups, import_id=record.pk, mapping_errors_count=count, **note)


@runs_in(LaneName.WORK)
class FailedRowsView(OneFormat, StrictView):
    """Return the rejected rows and the rows with invalid values as a file, to fix them."""

    permission_classes = [MayRead]
    query_parameters = ("formula_safe",)

    @extend_schema(
        operation_id="failed_rows",
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["csv", "xlsx"]),
            FORMULA_SAFE,
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
        counts = failed.counts.as_dict()
        log.record(actor_of(request), "download", str(record.pk), file=f"failed-rows.{kind}", **counts)
        return response


@runs_in(LaneName.WORK)
class NotReadView(OneFormat, StrictView):
    """Return the lines of the file that are no rows, as CSV with their line numbers."""

    permission_classes = [MayRead]
    query_parameters = ("formula_safe",)

    @extend_schema(
        operation_id="not_read",
        parameters=[
            FORMULA_SAFE,
        ],
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, import_id: str) -> HttpResponseBase:
        record = find_import(import_id)
        lines = not_read.as_csv(record, formula_safe=bool_param(request, "formula_safe", default=True))
        log.record(actor_of(request), "download", str(record.pk), file="not-read.csv")
        return csv_response(lines, f"{record.table_name}-not-read.csv")


def file_response(file: FailedFile, record: ImportHistory, kind: str) -> HttpResponseBase:
    """Return the file as a download. Raises SourceUnavailable."""
    name, content_type = f"{record.table_name}-failed-rows.{kind}", CONTENT_TYPES[kind]
    if kind == "xlsx":
        return FileResponse(as_xlsx(file), as_attachment=True, filename=name, content_type=content_type)
    return csv_response(as_csv(file), name)


def csv_response(lines: Iterator[bytes], name: str) -> HttpResponseBase:
    """Return CSV as a download with this file name."""
    response = StreamingHttpResponse(lines, content_type=CONTENT_TYPES["csv"])
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response
