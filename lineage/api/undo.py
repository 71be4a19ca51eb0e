"""The undo and redo API."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.actors import actor_of
from core.api.exception_handler import error_body
from core.api.permissions import MayRead
from core.api.responses import success_response
from core.api.views import StrictView
from core.errors import AtlasError, BadRequest
from core.web.lanes import LaneName, runs_in
from imports.api.lookups import import_id_of
from imports.errors import UnknownImport
from imports.mapping.json_values import UNSTORABLE
from imports.permissions import MayUndo
from lineage.api import messages
from lineage.api.undo_serializers import (
    RedoReportSerializer,
    RedoRequest,
    UndoGroupSerializer,
    UndoPreviewSerializer,
    UndoReportSerializer,
    UndoRequest,
)
from lineage.undo import preview, redo_import, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from lineage.undo.groups import UndoneImport, no_group, undo_group


class UndoView(StrictView):
    """Undo an import: its rows are removed, its history is kept."""

    permission_classes = [MayUndo]

    @extend_schema(operation_id="undo", request=UndoRequest, responses=UndoReportSerializer)
    def post(self, request: Request, import_id: str) -> Response:
        reason, changed_rows = request_data(request.data)
        report = undo_import(import_id_of(import_id), actor_of(request), reason, changed_rows)
        return success_response(report.as_dict())


class UndoGroupView(StrictView):
    """Undo all imports of one step: of all sheets of a workbook, or all files of an archive."""

    permission_classes = [MayUndo]

    @extend_schema(operation_id="undo_group", request=UndoRequest, responses=UndoGroupSerializer)
    def post(self, request: Request, group_id: str) -> Response:
        reason, changed_rows = request_data(request.data)
        outcomes = undo_group(_group_id(group_id), actor_of(request), reason, changed_rows)
        return success_response({"imports": [_undone(outcome) for outcome in outcomes]})


def _group_id(text: str) -> UUID:
    """Raises UnknownImport."""
    try:
        return UUID(text)
    except ValueError:
        raise UnknownImport(no_group()) from None


def _undone(outcome: UndoneImport) -> dict[str, Any]:
    if outcome.report:
        return {"success": True, **outcome.report.as_dict()}
    error = cast(AtlasError, outcome.error)
    import_facts = {"import_id": str(outcome.record.pk), "table_name": outcome.record.table_name}
    return {**import_facts, **error_body(error.code, str(error), error.details)}


def request_data(body: Any) -> tuple[str, EditedRowsChoice | None]:
    """Return reason and choice of the request body. Raises BadRequest."""
    if not isinstance(body, dict) or body.keys() - {"reason", "changed_rows"}:
        raise BadRequest(messages.UNDO_BODY())
    reason = body.get("reason", "")
    if not isinstance(reason, str) or UNSTORABLE.search(reason):
        raise BadRequest(messages.PARAMETER_NOT_TEXT(parameter="reason"), parameter="reason")
    return reason, parse_choice(body["changed_rows"]) if "changed_rows" in body else None


def parse_choice(choice: Any) -> EditedRowsChoice:
    """Raises BadRequest."""
    if choice not in EditedRowsChoice.values:
        message = messages.UNKNOWN_PARAMETER_VALUE(parameter="changed_rows", choices=EditedRowsChoice.values)
        raise BadRequest(message, parameter="changed_rows")
    return EditedRowsChoice(choice)


@runs_in(LaneName.WORK)
class UndoPreviewView(StrictView):
    """Return the effects of an undo in numbers, and what prevents it. Nothing is changed."""

    permission_classes = [MayRead]
    query_parameters = ("changed_rows",)

    @extend_schema(
        operation_id="undo_preview",
        parameters=[
            OpenApiParameter(
                "changed_rows", str, enum=EditedRowsChoice.values, description="Keep or remove manual changes."
            )
        ],
        responses=UndoPreviewSerializer,
    )
    def get(self, request: Request, import_id: str) -> Response:
        choice = request.query_params.get("changed_rows")
        changed_rows = None if choice is None else parse_choice(choice)
        return success_response(preview(import_id_of(import_id), changed_rows).as_dict())


class RedoView(StrictView):
    """Redo an undone import from its stored source file, as if it had never been undone."""

    permission_classes = [MayUndo]

    @extend_schema(operation_id="redo", request=RedoRequest, responses=RedoReportSerializer)
    def post(self, request: Request, import_id: str) -> Response:
        reason, changed_rows = request_data(request.data)
        report = redo_import(import_id_of(import_id), actor_of(request), reason, changed_rows)
        return success_response(report.as_dict())
