"""API views of saved mappings: names, versions, what differs, files, and test runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django_filters import CharFilter, ChoiceFilter, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from audit import log
from core.actors import actor_of
from core.api.filters import contained_in
from core.api.pagination import list_of
from core.api.parameters import int_param, known_fields
from core.api.permissions import MayRead
from core.api.responses import OneFormat, exact_json, success_response
from core.api.views import StrictView, StrictViewSet
from core.errors import BadRequest, NotAllowed
from core.web.body_sizes import BodySize, takes
from imports.analysis.mapping_test_run import run_mapping_test
from imports.api import mapping_requests, messages
from imports.api.lookups import find_import
from imports.api.mapping_serializers import (
    ChangesRequest,
    DifferencesSerializer,
    ListedVersionSerializer,
    MappingAndVersion,
    MappingFileRequest,
    NewMappingRequest,
    SavedMappingSerializer,
    SavedResult,
    TestRunRequest,
    VersionSerializer,
)
from imports.api.views import RawJSONParser, uploaded_file
from imports.history.retention_marks import kept_source_of
from imports.models import SavedMapping, SavedMappingVersion
from imports.permissions import VIEW, MayImport
from imports.saved_mappings import store
from imports.saved_mappings.differences import differences
from imports.saved_mappings.exchange import beginning_of, exported, import_file
from imports.saved_mappings.names import Reference
from imports.saved_mappings.usage import usage_of_mappings, usage_of_versions
from imports.saved_mappings.use import request_of
from imports.sources import SourceFile
from imports.sources.kept_files import fetched

VERSION = OpenApiParameter("version", int, description="By default the latest.")
MAX_VERSION = 2**31 - 1


class SavedMappingFilter(FilterSet):
    """Filters of /mappings."""

    search = CharFilter(method="filter_search", label="Search in name, description.")
    archived = ChoiceFilter(
        choices=[("true", "archived"), ("false", "offered"), ("all", "all")], method="filter_archived", initial="false"
    )

    class Meta:
        model = SavedMapping
        fields: list[str] = []

    def filter_search(self, mappings: QuerySet[SavedMapping], _: str, part: str) -> QuerySet[SavedMapping]:
        return mappings.filter(contained_in(("name", "description"), part))

    def filter_archived(self, mappings: QuerySet[SavedMapping], _: str, value: str) -> QuerySet[SavedMapping]:
        return mappings if value == "all" else mappings.filter(archived_at__isnull=value == "false")


class ReadOrImport:
    """A view that readers may read, and importers may write to."""

    def get_permissions(self) -> Sequence[Any]:
        return [MayRead() if cast(Any, self).request.method in SAFE_METHODS else MayImport()]


@takes(BodySize.RECORDS)
class MappingsViewSet(ReadOrImport, StrictViewSet[SavedMapping]):
    """Saved mappings, by name."""

    permission_classes = [MayRead]
    queryset = SavedMapping.objects.all()
    serializer_class = SavedMappingSerializer
    filterset_class = SavedMappingFilter
    pagination_class = list_of("mappings")
    parser_classes = [RawJSONParser, MultiPartParser]

    def get_queryset(self) -> QuerySet[SavedMapping]:
        queryset = super().get_queryset()
        is_asked = self.action != "list" or "archived" in self.request.query_params
        return queryset if is_asked else queryset.filter(archived_at=None)

    def get_object(self) -> SavedMapping:
        """Return the mapping of the address, for the answer to OPTIONS."""
        return store.find(self.kwargs["name"])

    def parameters_taken(self) -> Any:
        return ("version",) if self.action == "retrieve" else super().parameters_taken()

    @extend_schema(operation_id="mappings_list")
    def list(self, request: Request) -> Response:
        """List the saved mappings. Archived ones are left out unless they are asked for."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        serializer = SavedMappingSerializer(page, many=True, context={"usage": usage_of_mappings(page)})
        return cast(Any, self.paginator).get_paginated_response(serializer.data)

    @extend_schema(
        operation_id="mapping_create",
        request={"application/json": NewMappingRequest, "multipart/form-data": MappingFileRequest},
        responses={201: SavedResult, 200: SavedResult},
    )
    def create(self, request: Request) -> Response:
        """Save a mapping under a new name, or one that was exported as a file."""
        actor = actor_of(request)
        if isinstance(request.data, bytes):
            draft, texts = mapping_requests.new_mapping(request.data, actor)
            version = store.create(texts.pop("name"), draft, actor, **texts)
            return _saved_response(store.Saved(version, is_new=True))
        form = cast(Mapping[str, Any], request.data)
        known_fields(form, MappingFileRequest().fields)
        file = request.FILES.get("file")
        if file is None:
            raise BadRequest(messages.NO_FILE_SENT(), parameter="file")
        new_version = str(form.get("new_version", "false")).lower()
        if new_version not in ("true", "false"):
            raise BadRequest(messages.NOT_TRUE_OR_FALSE(parameter="new_version"), parameter="new_version")
        name = str(form.get("name", ""))
        saved = import_file(beginning_of(cast(Any, file)), actor, name=name, new_version=new_version == "true")
        return _saved_response(saved)

    @extend_schema(operation_id="mapping_detail", parameters=[VERSION], responses=MappingAndVersion)
    def retrieve(self, request: Request, name: str) -> Response:
        """Return a saved mapping with its latest version, or another one."""
        return success_response(_described(_version_of(request, name)))

    @extend_schema(operation_id="mapping_update", request=ChangesRequest, responses=SavedResult)
    def update(self, request: Request, name: str) -> Response:
        """Save a new version of a mapping, change its description, or archive or restore it."""
        actor, mapping = actor_of(request), store.find(name)
        if not isinstance(request.data, bytes):
            raise BadRequest(messages.JSON_BODY_EXPECTED())
        changes = mapping_requests.changes(request.data, actor)
        saved = None
        with transaction.atomic():
            if changes.archived is False:
                store.restore(mapping, actor)
            if changes.draft:
                saved = store.save_version(mapping, changes.draft, actor, note=changes.note, base=changes.base_version)
            if changes.description is not None:
                store.describe(mapping, changes.description, actor)
            if changes.archived:
                store.archive(mapping, actor)
        return _saved_response(saved or store.Saved(store.find_version(Reference(name)), is_new=False), status=200)


class MappingVersionsViewSet(StrictViewSet[SavedMappingVersion]):
    """The versions of a saved mapping, newest first."""

    permission_classes = [MayRead]
    queryset = SavedMappingVersion.objects.all()
    serializer_class = ListedVersionSerializer
    pagination_class = list_of("versions")

    @extend_schema(operation_id="mapping_versions_list")
    def list(self, request: Request, name: str) -> Response:
        mapping = store.find(name)
        page = self.paginate_queryset(mapping.versions.order_by("-version"))
        serializer = ListedVersionSerializer(page, many=True, context={"usage": usage_of_versions(mapping)})
        return cast(Any, self.paginator).get_paginated_response(serializer.data, name=mapping.name)


class MappingDifferencesView(StrictView):
    """Say in sentences what differs between two versions of a saved mapping."""

    permission_classes = [MayRead]
    query_parameters = ("before", "after")

    @extend_schema(
        operation_id="mapping_differences",
        parameters=[
            OpenApiParameter("before", int, description="A version; by default the one before `after`."),
            OpenApiParameter("after", int, description="A version; by default the latest."),
        ],
        responses=DifferencesSerializer,
    )
    def get(self, request: Request, name: str) -> Response:
        mapping = store.find(name)
        after = int_param(request, "after", mapping.latest_version, least=1, most=MAX_VERSION)
        before = int_param(request, "before", max(after - 1, 1), least=1, most=MAX_VERSION)
        found = differences(store.version_of(mapping, before).config, store.version_of(mapping, after).config)
        return success_response({
            "name": mapping.name, "before": before, "after": after, "differences": list(map(str, found)),
            "difference_details": [message.as_json() for message in found],
        })  # fmt: skip


class MappingExportView(OneFormat, StrictView):
    """Download a version of a saved mapping as a JSON file, which another instance can import."""

    permission_classes = [MayRead]
    query_parameters = ("version",)

    @extend_schema(
        operation_id="mapping_export", parameters=[VERSION], responses={(200, "application/json"): OpenApiTypes.OBJECT}
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        version = _version_of(request, name)
        file_name = f"{version.saved_mapping.name}.mapping.json"
        log.record(actor_of(request), "mapping.exported", version.saved_mapping.name, version=version.version)
        content = exact_json(exported(version), indent=2) + "\n"
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=file_name)}
        return HttpResponse(content, content_type="application/json", headers=headers)


@takes(BodySize.FILE)
class MappingTestRunView(StrictView):
    """Say what an import of a file with a saved mapping would do: counts, errors, columns. Nothing is imported."""

    permission_classes = [MayImport]
    query_parameters = ("version",)
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="mapping_test_run",
        parameters=[VERSION],
        request={"multipart/form-data": TestRunRequest},
        responses=OpenApiTypes.OBJECT,
    )
    def post(self, request: Request, name: str) -> Response:
        version = _version_of(request, name)
        with _tested_file(request) as (source, is_known):
            asked = replace(request_of(version), force_import=True) if is_known else request_of(version)
            result = run_mapping_test(source, asked, actor_of(request))
        used = {"name": version.saved_mapping.name, "version": version.version}
        return success_response({"saved_mapping": used, **result})


@contextmanager
def _tested_file(request: Request) -> Iterator[tuple[SourceFile, bool]]:
    """Open the file that is sent, or that of an import. Yields it, and whether it is of an import."""
    form = cast(Any, request.data)
    known_fields(form, TestRunRequest().fields)
    if not form.get("import_id"):
        with uploaded_file(request) as source:
            yield source, False
        return
    if not request.user.has_perm(VIEW):
        raise NotAllowed(messages.NO_RIGHT_TO_READ())
    record = find_import(str(form["import_id"]))
    with fetched(kept_source_of(record), record.file_name or "unnamed") as source:
        yield source, True


def _version_of(request: Request, name: str) -> SavedMappingVersion:
    """Return the version that the address names."""
    mapping = store.find(name)
    return store.version_of(
        mapping, int_param(request, "version", mapping.latest_version, least=1, most=MAX_VERSION)
    )  # fmt: skip


def _described(version: SavedMappingVersion) -> dict[str, Any]:
    mapping = version.saved_mapping
    usage = {"usage": usage_of_versions(mapping)}
    return {
        "saved_mapping": SavedMappingSerializer(mapping, context={"usage": usage_of_mappings([mapping])}).data,
        "version": VersionSerializer(version, context=usage).data,
    }


def _saved_response(saved: store.Saved, *, status: int | None = None) -> Response:
    content = _described(store.version_of(store.find(saved.version.saved_mapping.name), saved.version.version))
    is_first = saved.is_new and saved.version.version == 1
    return success_response({**content, "is_new_version": saved.is_new}, status=status or (201 if is_first else 200))
