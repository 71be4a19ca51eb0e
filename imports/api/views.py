"""API views that import files and records, analyze files, and show the import history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import is_server_error

from audit import log
from core.actors import actor_of
from core.api.exception_handler import error_body
from core.api.pagination import list_of
from core.api.parameters import bool_param, known_fields
from core.api.parsers import FormBody, whole_body
from core.api.permissions import MayRead
from core.api.responses import OneFormat, success_response
from core.api.views import StrictView, StrictViewSet
from core.errors import AtlasError, BadRequest
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from imports.analysis.analyse import keep_analysis, source_of
from imports.analysis.changes import without_rows
from imports.api import messages
from imports.api.b2_requests import parse_b2_request
from imports.api.filters import ImportHistoryFilter, MappingErrorFilter
from imports.api.lookups import find_analysis, find_import
from imports.api.request_records import from_body
from imports.api.serializers import (
    DetectB2MappingRequest,
    DetectMappingRequest,
    ImportRecordSerializer,
    ListedImportSerializer,
    MapDataRequest,
    MappingErrorSerializer,
    OutcomeSerializer,
    PartsSerializer,
    RecordsRequest,
)
from imports.api.task_serializers import TaskSerializer
from imports.api.tasks import accepted_response
from imports.history.retention_marks import MAPPING_ERRORS, kept_source_of, purged_message
from imports.history.undo_notes import note_on_undone_import
from imports.jobs.queue import queue_import
from imports.jobs.status import describe_in_detail
from imports.loading.parts import FilePart, PartOutcome, for_each, parts_of
from imports.loading.pipeline import run_import
from imports.mapping import MappingRequest
from imports.models import ImportHistory, MappingError
from imports.permissions import VIEW, MayImport
from imports.readers.parts import asks_for_all
from imports.refusals import audit_refused_files
from imports.saved_mappings.use import requested_mapping
from imports.sources import SourceFile
from imports.sources.b2_download import downloaded_b2_file
from imports.sources.kept_files import fetched
from imports.sources.upload import received


class RawJSONParser(BaseParser):
    """Return a JSON body as bytes: the view parses it, so that no number is rounded."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return whole_body(stream)


@takes(BodySize.FILE)
class MapDataView(StrictView):
    """Import a file or records. Responds when done or, with `background=true`, as soon as the import is queued."""

    permission_classes = [MayImport]
    query_parameters = ("background",)
    parser_classes = [MultiPartParser, FormBody, RawJSONParser]

    @extend_schema(
        operation_id="map_data",
        parameters=[OpenApiParameter("background", OpenApiTypes.BOOL, description="Run in background.")],
        request={"multipart/form-data": MapDataRequest, "application/json": RecordsRequest},
        responses={
            200: PolymorphicProxySerializer(
                component_name="Imported",
                serializers=[OutcomeSerializer, PartsSerializer],
                resource_type_field_name=None,
            ),
            202: TaskSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        in_background = bool_param(request, "background", default=False)
        with _import_source_of(request) as (source, mapping, analysis_id):
            if asks_for_all(mapping.source_options):
                return import_parts(source, mapping, request, analysis_id, in_background=in_background)
            if in_background:
                return accepted_response(queue_import(source, mapping, actor_of(request), analysis_id=analysis_id))
            record = import_source(source, mapping, request, analysis_id)
        return Response(OutcomeSerializer(record).data)


def import_parts(
    source: SourceFile, mapping: MappingRequest, request: Request, analysis_id: UUID | None, *, in_background: bool
) -> Response:
    """Import or queue every sheet or file. Raises NoPartImported, InvalidMapping, UnreadableFile."""
    actor = actor_of(request)
    parts = parts_of(source, mapping)

    def imported(part: FilePart) -> dict[str, Any]:
        options: Any = {"analysis_id": analysis_id, "metadata": part.metadata}
        if in_background:
            return dict(TaskSerializer(describe_in_detail(queue_import(source, part.request, actor, **options))).data)
        return dict(OutcomeSerializer(run_import(source, part.request, actor, **options)).data)

    outcomes = for_each(parts, imported)
    answers = [{"part": outcome.part.name, **(outcome.result or refused_part(outcome))} for outcome in outcomes]
    refused = sum(outcome.result is None for outcome in outcomes)
    sentence = messages.PARTS_QUEUED if in_background else messages.PARTS_IMPORTED
    message = sentence(done=len(outcomes) - refused, parts=len(outcomes), refused=refused)
    content = {"message": str(message), "import_group": parts[0].group, "imports": answers}
    return success_response(content, status=202 if in_background else 200)


def refused_part(outcome: PartOutcome[Any]) -> dict[str, Any]:
    """Return the table and the error of a part that was refused."""
    error = cast(AtlasError, outcome.error)
    return {"table_name": outcome.part.table_name, **error_body(error.code, str(error), error.details)}


@contextmanager
def _import_source_of(request: Request) -> Iterator[tuple[SourceFile, MappingRequest, UUID | None]]:
    """Open what the request imports: records in a JSON body, an analyzed file by its analysis_id, or an uploaded file.

    Yields the source file, the mapping and the analysis_id. Raises BadRequest, InvalidMapping, SourceUnavailable.
    """
    if isinstance(request.data, bytes):
        with from_body(request.data) as (source, asked):
            yield source, requested_mapping(asked.get("mapping"), asked.get("saved_mapping")), None
        return
    form = _form(request, MapDataRequest)
    mapping_request = requested_mapping(_mapping_json(form), form.get("saved_mapping"))
    if analysis_id := form.get("analysis_id"):
        analysis = find_analysis(analysis_id, actor_of(request))
        with source_of(analysis, actor_of(request)) as source:
            yield source, mapping_request, analysis.analysis_id
        return
    with uploaded_file(request) as source:
        yield source, mapping_request, None


def _form(request: Request, serializer: type[serializers.Serializer[Any]]) -> Mapping[str, Any]:
    """Return the fields of the form. Raises BadRequest for one that the serializer does not have."""
    form = cast(Mapping[str, Any], request.data)
    known_fields(form, serializer().fields)
    return form


def _mapping_json(form: Mapping[str, Any]) -> str | bytes:
    mapping = form.get("mapping_json", "")
    # curl -F mapping_json=@file sends a file. One byte over the limit is enough to refuse it.
    return mapping if isinstance(mapping, str) else mapping.read(settings.ATLAS_MAX_MAPPING_BYTES + 1)


@contextmanager
def uploaded_file(request: Request) -> Iterator[SourceFile]:
    """Open the file of a form. Raises BadRequest."""
    file = request.FILES.get("file")
    if file is None:
        raise BadRequest(messages.NO_FILE_SENT(), parameter="file")
    name = str(file.name)
    with (
        audit_refused_files(actor_of(request), name),
        received(file, limit=settings.ATLAS_MAX_UPLOAD_BYTES) as source,
    ):
        yield source


def import_source(
    source: SourceFile, mapping: MappingRequest, request: Request, analysis_id: UUID | None
) -> ImportHistory:
    """Import a file and return its record. Raises AtlasError, as a 422 where the file, mapping or table caused it."""
    try:
        return run_import(source, mapping, actor_of(request), analysis_id=analysis_id)
    except AtlasError as error:
        if "import_id" in error.details and not is_server_error(error.http_status):
            # The file, the mapping or the table caused the error. Errors of the service keep their own status.
            error.http_status = 422
        raise


@takes(BodySize.FILE)
class DetectMappingView(StrictView):
    """Analyze a file and propose a mapping; nothing is imported. To import the file, send analysis_id to /map-data."""

    permission_classes = [MayImport]
    parser_classes = [MultiPartParser, RawJSONParser]

    @extend_schema(
        operation_id="detect_mapping",
        request={"multipart/form-data": DetectMappingRequest, "application/json": DetectB2MappingRequest},
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request) -> Response:
        with _source_to_analyze(request) as (source, mapping):
            analysis = keep_analysis(source, mapping, actor_of(request))
        findings = analysis.findings if request.user.has_perm(VIEW) else without_rows(analysis.findings)
        return success_response({"analysis_id": analysis.analysis_id, **findings})


@contextmanager
def _source_to_analyze(request: Request) -> Iterator[tuple[SourceFile, MappingRequest]]:
    if isinstance(request.data, bytes):
        name, mapping = parse_b2_request(request.data, DetectB2MappingRequest)
        with downloaded_b2_file(name, actor_of(request)) as source:
            yield source, mapping
        return
    form = _form(request, DetectMappingRequest)
    mapping = requested_mapping(_mapping_json(form), form.get("saved_mapping"))
    with uploaded_file(request) as source:
        yield source, mapping


class ImportHistoryViewSet(StrictViewSet[ImportHistory]):
    """List the imports, newest first."""

    permission_classes = [MayRead]
    queryset = ImportHistory.objects.all()
    serializer_class = ImportRecordSerializer
    filterset_class = ImportHistoryFilter
    pagination_class = list_of("imports")

    def get_serializer_class(self) -> type[ImportRecordSerializer]:
        return ListedImportSerializer if self.action == "list" else ImportRecordSerializer

    def get_queryset(self) -> QuerySet[ImportHistory]:
        return super().get_queryset().defer("mapping_config")

    @extend_schema(operation_id="import_history_list")
    def list(self, request: Request) -> Response:
        return _list_response(self)

    @extend_schema(
        operation_id="import_history_detail",
        responses=inline_serializer(
            "ImportDetails",
            {
                "success": serializers.BooleanField(),
                "import_record": ImportRecordSerializer(),
                "note": serializers.CharField(required=False, help_text="For an undone import: when it was undone."),
            },
        ),
    )
    def retrieve(self, request: Request, import_id: str) -> Response:
        """Return one import with its mapping."""
        record = find_import(import_id)
        note = note_on_undone_import(record)
        return success_response(
            {"import_record": self.get_serializer(record).data} | ({"note": str(note)} if note else {})
        )


class MappingErrorsViewSet(StrictViewSet[MappingError]):
    """List the errors of an import (invalid values and rows), in the order of the file."""

    permission_classes = [MayRead]
    queryset = MappingError.objects.order_by("record_number", "id")
    serializer_class = MappingErrorSerializer
    filterset_class = MappingErrorFilter
    pagination_class = list_of("errors")

    def get_queryset(self) -> QuerySet[MappingError]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return super().get_queryset().filter(import_record=find_import(self.kwargs["import_id"]))

    @extend_schema(operation_id="mapping_errors_list")
    def list(self, request: Request, import_id: str) -> Response:
        return _list_response(self, **note_on_errors(find_import(import_id)))


def note_on_errors(record: ImportHistory) -> dict[str, str]:
    """Return a `note` for the response if the errors of the import were deleted by retention; else nothing."""
    message = purged_message(record, MAPPING_ERRORS)
    return {"note": str(message)} if message else {}


def _list_response(view: StrictViewSet[Any], **more: Any) -> Response:
    page = view.paginate_queryset(view.filter_queryset(view.get_queryset()))
    return cast(Any, view.paginator).get_paginated_response(view.get_serializer(page, many=True).data, **more)


@runs_in(LaneName.WORK)
class SourceFileView(OneFormat, StrictView):
    """Download the original file."""

    permission_classes = [MayRead]

    @extend_schema(operation_id="source_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, import_id: str) -> FileResponse:
        record = find_import(import_id)
        name = record.file_name or "unnamed"
        with fetched(kept_source_of(record), name) as source:
            size = source.size
            log.record(actor_of(request), "download", str(record.pk), file="source-file", file_name=name, bytes=size)
            # The file is deleted at the end of the block, but stays readable while the response has it open.
            stream = source.path.open("rb")
        return FileResponse(stream, as_attachment=True, filename=name, content_type="application/octet-stream")
