"""The API of repairs: send changed cells of records, list the attempts, undo one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.actors import actor_of
from core.api.pagination import list_of
from core.api.parameters import bool_param, known_fields, known_parameters
from core.api.permissions import MayRead
from core.api.responses import success_response
from core.api.views import PAGING, StrictView
from core.errors import BadRequest
from core.web.body_sizes import BodySize, takes
from imports.api.lookups import find_import, import_id_of
from imports.api.serializers import OutcomeSerializer
from imports.api.views import RawJSONParser, uploaded_file
from imports.errors import UnknownRepair
from imports.mapping.json_values import UNSTORABLE
from imports.models import ImportHistory, Repair, RepairOrigin
from imports.permissions import MayImport, MayUndo
from imports.proposals.proposal import proposal_of
from lineage.api import messages
from lineage.api.repair_serializers import (
    RepairFileRequest,
    RepairReportSerializer,
    RepairRequest,
    RepairSerializer,
    UndoRepairRequest,
)
from lineage.api.undo import parse_choice, request_data
from lineage.repair_files import repair_by_file
from lineage.repairs import RecordChange, RepairReport, proposed_changes, repair, undo_repair
from lineage.repairs.messages import NO_SUCH_REPAIR

OF_PROPOSAL = frozenset(("group", "proposal"))  # keys of a request that repairs a group of errors

_DRY_RUN = OpenApiParameter("dry_run", bool, description="Return what would be done; nothing is changed.")


@takes(BodySize.FILE)
class RetryView(StrictView):
    """Repair rows of an import: rejected ones, cells that could not be read, and, with a reason, any other cell."""

    permission_classes = [MayImport]
    query_parameters = ("dry_run",)
    parser_classes = [MultiPartParser, RawJSONParser]

    @extend_schema(
        operation_id="retry", parameters=[_DRY_RUN],
        request={"application/json": RepairRequest, "multipart/form-data": RepairFileRequest},
        responses=RepairReportSerializer,
    )  # fmt: skip
    def post(self, request: Request, import_id: str) -> Response:
        known_parameters(request, self.query_parameters)
        if not isinstance(request.data, bytes):
            return _by_file(request, import_id)
        body = _parsed(cast(bytes, request.data))
        changes, origin = _asked(import_id, body, cast(bytes, request.data))
        report = repair(
            import_id_of(import_id), changes, actor_of(request), origin=origin,
            reason=_reason(body), changed_rows=parse_choice(body["changed_rows"]) if "changed_rows" in body else None,
            dry_run=bool_param(request, "dry_run", default=False),
        )  # fmt: skip
        return report_response(report)


def _by_file(request: Request, import_id: str) -> Response:
    """Repair by the file of failed rows, changed. Raises BadRequest, NoRepairFile."""
    form = cast(Mapping[str, Any], request.data)
    known_fields(form, RepairFileRequest().fields)
    with uploaded_file(request) as source:
        report = repair_by_file(
            import_id_of(import_id), source, actor_of(request), reason=_reason(form),
            changed_rows=parse_choice(form["changed_rows"]) if "changed_rows" in form else None,
            dry_run=bool_param(request, "dry_run", default=False),
        )  # fmt: skip
    return report_response(report.repair, file=report.file.as_dict())


def report_response(report: RepairReport, **more: Any) -> Response:
    """Return the response of /map-data with the numbers of the import now, and what the repair did."""
    own = report.as_dict()
    record = ImportHistory.objects.get(pk=report.import_id)
    counts = own.pop("counts")
    # In a dry run the record is as it was: then only the numbers of the report say what would be.
    return success_response({**OutcomeSerializer(record).data, **own, **counts, **more})


def _parsed(body: bytes) -> dict[str, Any]:
    """Raises BadRequest."""
    try:
        # Numbers stay as they are written.
        parsed = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise BadRequest(messages.REPAIR_BODY()) from None
    if not isinstance(parsed, dict) or parsed.keys() - {"records", *OF_PROPOSAL, "reason", "changed_rows"}:
        raise BadRequest(messages.REPAIR_BODY())
    return parsed


def _asked(import_id: str, parsed: Mapping[str, Any], body: bytes) -> tuple[Iterable[RecordChange], RepairOrigin]:
    """Return the changes of a request: of its records, or those that its proposal makes of its group.

    Raises BadRequest, UnknownImport.
    """
    if parsed.keys().isdisjoint(OF_PROPOSAL):
        return changes_of(parsed.get("records")), RepairOrigin.VALUES
    if "records" in parsed or not parsed.keys() >= OF_PROPOSAL:
        raise BadRequest(messages.REPAIR_BODY())
    # The numbers of a group are those of its message, which is compared as JSON.
    group, record = json.loads(body)["group"], find_import(import_id)
    return proposed_changes(record, group, proposal_of(parsed["proposal"])), RepairOrigin.PROPOSAL


def _reason(body: Mapping[str, Any]) -> str:
    reason = body.get("reason", "")
    if not isinstance(reason, str) or UNSTORABLE.search(reason):
        raise BadRequest(messages.PARAMETER_NOT_TEXT(parameter="reason"), parameter="reason")
    return reason


def changes_of(records: Any) -> list[RecordChange]:
    """Return the changes of a request: {"7": {"born": "2020-02-13"}}. Raises BadRequest."""
    if not isinstance(records, dict) or not records:
        raise BadRequest(messages.REPAIR_BODY(), parameter="records")
    return [RecordChange(_number(number), values=_values(number, values)) for number, values in records.items()]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest(messages.NOT_A_RECORD_NUMBER(number=text), parameter="records")
    return int(text)


def _values(number: str, values: Any) -> dict[str, str | None]:
    if not isinstance(values, dict) or not values:
        raise BadRequest(messages.REPAIR_BODY(), parameter="records")
    return {name: _text(number, name, value) for name, value in values.items()}


def _text(number: str, name: str, value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is not None and (not isinstance(value, str) or UNSTORABLE.search(value)):
        raise BadRequest(messages.REPAIR_NOT_A_VALUE(record=number, column=name), parameter="records")
    return value


class RepairsView(StrictView):
    """Return the repairs of an import, each attempt, the newest first."""

    permission_classes = [MayRead]
    query_parameters = ("record_number", "by", "batch", *PAGING)

    @extend_schema(
        operation_id="repairs",
        parameters=[
            OpenApiParameter("record_number", int), OpenApiParameter("by", str, description="Who sent it."),
            OpenApiParameter("batch", str, description="All rows that were sent at once."),
            *(OpenApiParameter(name, int) for name in PAGING),
        ],
        responses=RepairSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Request, import_id: str) -> Response:
        record = find_import(import_id)
        repairs = Repair.objects.filter(import_record=record)
        given = request.query_params
        if "record_number" in given:
            repairs = repairs.filter(record_number=_number(given["record_number"]))
        if "by" in given:
            repairs = repairs.filter(by=given["by"])
        if "batch" in given:
            repairs = repairs.filter(batch=_batch(given["batch"]))
        pages = list_of("repairs")()
        found = pages.paginate_queryset(repairs, request, self)
        return pages.get_paginated_response(RepairSerializer(found, many=True).data, import_id=record.pk)


def _batch(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownRepair(NO_SUCH_REPAIR()) from None


class UndoRepairView(StrictView):
    """Undo one repair, or all of a batch: the rows are what the file and the remaining repairs make of them."""

    permission_classes = [MayUndo]
    query_parameters = ("dry_run",)

    @extend_schema(
        operation_id="undo_repair", parameters=[_DRY_RUN], request=UndoRepairRequest, responses=RepairReportSerializer
    )
    def post(self, request: Request, import_id: str, repair_id: str) -> Response:
        reason, changed_rows = request_data(request.data)
        one = (
            int(repair_id) if repair_id.isascii() and repair_id.isdigit() and len(repair_id) < 19 else _batch(repair_id)
        )
        report = undo_repair(
            import_id_of(import_id), one, actor_of(request), reason=reason, changed_rows=changed_rows,
            dry_run=bool_param(request, "dry_run", default=False),
        )  # fmt: skip
        return report_response(report)
