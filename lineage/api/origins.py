"""The API of the lineage of columns and rows."""

from __future__ import annotations

import math

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parameters import bool_param
from core.api.permissions import MayRead
from core.api.responses import ExactJSONRenderer, success_response
from core.api.views import StrictView
from lineage.api.origin_serializers import (
    ColumnOriginSerializer,
    ColumnsSerializer,
    RowLineageResponseSerializer,
    RowLineageSerializer,
)
from lineage.provenance.columns import column_origins
from lineage.provenance.rows import row_lineage


class ColumnsView(StrictView):
    """Return which columns of which files fill the columns of a table, by its active imports."""

    permission_classes = [MayRead]

    @extend_schema(operation_id="table_columns", responses=ColumnsSerializer)
    def get(self, request: Request, table_name: str) -> Response:
        columns = ColumnOriginSerializer(column_origins(table_name), many=True).data
        return success_response({"table_name": table_name, "columns": columns})


class RowLineageView(StrictView):
    """Return the source and the conversion of each value of a row."""

    permission_classes = [MayRead]
    query_parameters = ("include_original",)
    renderer_classes = [ExactJSONRenderer, BrowsableAPIRenderer]

    @extend_schema(
        operation_id="row_lineage",
        parameters=[
            OpenApiParameter(
                "include_original", bool, description="Read the original row in the stored source file. Default: true."
            )
        ],
        responses=RowLineageResponseSerializer,
    )
    def get(self, request: Request, table_name: str, row_id: str) -> Response:
        include_original = bool_param(request, "include_original", default=True)
        lineage = row_lineage(table_name, row_id, largest_file=math.inf if include_original else -1)
        return success_response(RowLineageSerializer(lineage).data)
