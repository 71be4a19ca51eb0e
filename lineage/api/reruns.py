"""The API of reruns: an import's kept file again, with another mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.actors import actor_of
from core.api.permissions import MayRead
from core.api.responses import success_response
from core.api.views import StrictView
from core.errors import BadRequest
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from imports.api.lookups import import_id_of
from imports.api.serializers import OutcomeSerializer
from imports.api.views import RawJSONParser
from imports.mapping import MappingRequest
from imports.mapping.json_values import as_object, known_keys
from imports.models import ImportHistory
from imports.permissions import MayImport, MayUndo
from imports.saved_mappings.use import requested_mapping
from lineage.api import messages
from lineage.api.rerun_serializers import (
    RerunPreviewRequest,
    RerunPreviewSerializer,
    RerunReportSerializer,
    RerunRequest,
)
from lineage.api.undo import request_data
from lineage.reruns import preview, rerun_import
from lineage.undo.edited_rows_choice import EditedRowsChoice

_NAMES = ("mapping_json", "saved_mapping", "changed_rows")


@takes(BodySize.RECORDS)
class RerunView(StrictView):
    """Import the stored file of an import with another mapping, in its place, and undo the import in the same step.

    Of an import that failed or was cancelled, the file is imported like a new one.
    """

    permission_classes = [MayImport, MayUndo]
    parser_classes = [RawJSONParser]

    @extend_schema(
        operation_id="rerun", request={"application/json": RerunRequest}, responses=RerunReportSerializer
    )  # fmt: skip
    def post(self, request: Request, import_id: str) -> Response:
        body = _body_of(request, RerunRequest)
        reason, changed_rows = request_data({key: body[key] for key in ("reason", "changed_rows") if key in body})
        report = rerun_import(import_id_of(import_id), _mapping_of(body), actor_of(request), reason, changed_rows)
        new = ImportHistory.objects.get(pk=report.import_id)
        return success_response({**report.as_dict(), **OutcomeSerializer(new).data})


@takes(BodySize.RECORDS)
@runs_in(LaneName.WORK)
class RerunPreviewView(StrictView):
    """Return what a rerun would change: rows and cells, errors, and later imports. Nothing is changed."""

    permission_classes = [MayRead, MayUndo]
    query_parameters = _NAMES
    parser_classes = [RawJSONParser]

    @extend_schema(
        operation_id="rerun_preview",
        parameters=[
            OpenApiParameter("mapping_json", str, description="The mapping, as JSON."),
            OpenApiParameter("saved_mapping", str, description="NAME or NAME@VERSION of a saved mapping."),
            OpenApiParameter(
                "changed_rows", str, enum=EditedRowsChoice.values, description="Keep or remove manual changes."
            ),
        ],
        responses=RerunPreviewSerializer,
    )
    def get(self, request: Request, import_id: str) -> Response:
        given = {name: request.query_params[name] for name in _NAMES if name in request.query_params}
        if "mapping_json" in given:
            given["mapping"] = given.pop("mapping_json")
        return _preview(request, import_id, given)

    @extend_schema(
        operation_id="rerun_preview_of_long_mapping", parameters=[],
        request={"application/json": RerunPreviewRequest}, responses=RerunPreviewSerializer,
    )  # fmt: skip
    def post(self, request: Request, import_id: str) -> Response:
        """Return the same, for a mapping that is too long for an address."""
        return _preview(request, import_id, _body_of(request, RerunPreviewRequest))


def _preview(request: Request, import_id: str, given: Mapping[str, Any]) -> Response:
    _, changed_rows = request_data({key: given[key] for key in ("changed_rows",) if key in given})
    found = preview(import_id_of(import_id), _mapping_of(given), actor_of(request), changed_rows)
    return success_response(found.as_dict())


def _body_of(request: Request, serializer_class: type[RerunPreviewRequest]) -> dict[str, Any]:
    """Raises InvalidMapping."""
    body = as_object(request.data or b"", "The body")
    known_keys("The body", body, list(serializer_class().fields))
    return body


def _mapping_of(given: Mapping[str, Any]) -> MappingRequest:
    """Raises BadRequest where neither mapping is named, InvalidMapping, UnknownMapping, MappingArchived."""
    if not given.get("mapping") and not given.get("saved_mapping"):
        raise BadRequest(messages.RERUN_WITHOUT_MAPPING(), parameter="mapping")
    return requested_mapping(given.get("mapping"), given.get("saved_mapping"))
