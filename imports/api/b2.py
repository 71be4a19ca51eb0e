"""API views that import from the Backblaze B2 bucket."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.actors import actor_of
from core.api.views import StrictView
from core.web.body_sizes import BodySize, takes
from imports.api.b2_requests import parse_b2_request
from imports.api.serializers import MapB2DataRequest, OutcomeSerializer
from imports.api.task_serializers import TaskSerializer
from imports.api.tasks import accepted_response
from imports.api.views import RawJSONParser, import_parts, import_source
from imports.jobs.queue import queue_b2_import
from imports.permissions import MayImport
from imports.readers.parts import asks_for_all
from imports.refusals import audit_refused_files
from imports.sources.b2 import find
from imports.sources.b2_download import downloaded_b2_file


@takes(BodySize.RECORDS)
class MapB2DataView(StrictView):
    """Import a file from the Backblaze B2 bucket. Responds when the import is done."""

    permission_classes = [MayImport]
    parser_classes = [RawJSONParser]

    @extend_schema(operation_id="map_b2_data", request=MapB2DataRequest, responses=OutcomeSerializer)
    def post(self, request: Request) -> Response:
        name, mapping = parse_b2_request(request.data, MapB2DataRequest)
        with downloaded_b2_file(name, actor_of(request)) as source:
            if asks_for_all(mapping.source_options):
                return import_parts(source, mapping, request, None, in_background=False)
            record = import_source(source, mapping, request, None)
        return Response(OutcomeSerializer(record).data)


@takes(BodySize.RECORDS)
class MapB2DataAsyncView(StrictView):
    """Import a file from the Backblaze B2 bucket in the background. Responds as soon as the import is queued."""

    permission_classes = [MayImport]
    parser_classes = [RawJSONParser]

    @extend_schema(operation_id="map_b2_data_async", request=MapB2DataRequest, responses={202: TaskSerializer})
    def post(self, request: Request) -> Response:
        name, mapping = parse_b2_request(request.data, MapB2DataRequest)
        actor = actor_of(request)
        with audit_refused_files(actor, name):
            return accepted_response(queue_b2_import(find(name), mapping, actor))
