"""The API of tables, their rows, exports and statistics."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import FileResponse, Http404, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from audit.log import record
from core.actors import actor_of
from core.api.pagination import list_of
from core.api.parameters import bool_param, int_param
from core.api.permissions import MayRead
from core.api.responses import ExactJSONRenderer, OneFormat, success_response
from core.api.views import PAGING, StrictView, StrictViewSet
from core.errors import BadRequest
from core.web.lanes import LaneName, runs_in
from imports.api.serializers import ListedImportSerializer
from imports.tables.queries.selection import Selection, select_rows
from lineage.api import messages
from lineage.api.serializers import (
    LineageSerializer,
    StatisticsSerializer,
    TableRowsSerializer,
    TableSchemaSerializer,
    TableSerializer,
)
from lineage.exports import table
from lineage.provenance import tables
from lineage.provenance.as_of import AsOf, as_of
from lineage.statistics.statistics import counted_imports, statistics

#: Query parameters that are not column names.
PARAMETERS = {"limit", "offset", "ordering", "search", "include_metadata", "formula_safe", "format", "as_of"}
PARAMETERS_OF_PAGES = {"limit", "offset", "format"}
MAX_DAYS = 3650
MAX_IMPORTS_NAMED = 100  # of those that a table is as of

INCLUDE_METADATA = OpenApiParameter(
    "include_metadata", bool, description="Include the tracking columns, which begin with _."
)
FORMULA_SAFE = OpenApiParameter(
    "formula_safe", bool, description="Prefix texts that a spreadsheet would run as formulas with a '."
)
AS_OF = OpenApiParameter(
    "as_of", str,
    description="The table as its active imports up to one of them made it: the id of that import, or a time (ISO"
    " 8601), which means the last import completed by then. A column of that name is filtered with as_of__eq.",
)  # fmt: skip
ROW_PARAMETERS = [
    AS_OF,
    INCLUDE_METADATA,
    OpenApiParameter("search", str, description="Search all columns for this text."),
    OpenApiParameter("ordering", str, description='Sort columns, separated by commas; "-" for descending.'),
    OpenApiParameter(
        "column", str,
        description="Filter by column: its name or with __eq, __ne, __lt, __lte, __gt, __gte, __contains or __isnull.",
    ),
]  # fmt: skip


class StatisticsView(StrictView):
    """Return the statistics of the last days, without undone imports."""

    permission_classes = [MayRead]
    query_parameters = ("table_name", "user_id", "days")

    @extend_schema(
        operation_id="import_statistics",
        parameters=[
            OpenApiParameter("table_name", str),
            OpenApiParameter("user_id", str),
            OpenApiParameter("days", int, description=f"1 to {MAX_DAYS}, default 30."),
        ],
        responses=StatisticsSerializer,
    )
    def get(self, request: Request) -> Response:
        days = int_param(request, "days", 30, least=1, most=MAX_DAYS)
        imports = counted_imports(
            table_name=plain_text(request, "table_name"), user_id=plain_text(request, "user_id"), days=days
        )
        return success_response({**statistics(imports), "period_days": days})


class FormatOrColumn(DefaultContentNegotiation):
    """Refuse a format that is none of the response's: the request may mean a column of that name."""

    def filter_renderers(self, renderers: Any, format: Any) -> Any:
        formats = [renderer.format for renderer in renderers]
        if format not in formats:
            raise BadRequest(messages.UNKNOWN_FORMAT(formats=formats), parameter="format")
        return super().filter_renderers(renderers, format)


class TablesViewSet(StrictViewSet[Any]):
    """List the tables with their imports and rows."""

    permission_classes = [MayRead]
    content_negotiation_class = FormatOrColumn
    renderer_classes = [ExactJSONRenderer, BrowsableAPIRenderer]
    serializer_class = TableSerializer
    filter_backends = []
    pagination_class = list_of("tables")

    def get_queryset(self) -> Any:
        return tables.tables()

    def parameters_taken(self) -> Collection[str] | None:
        if self.action == "rows":
            return None  # other names are those of columns
        return {"columns": ("include_metadata", "as_of"), "lineage": ("include_undone",)}.get(self.action, PAGING)

    @extend_schema(operation_id="tables_list")
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="table_rows",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("offset", int), *ROW_PARAMETERS],
        responses=TableRowsSerializer,
    )
    def rows(self, request: Request, table_name: str) -> Response:
        """Return the rows of a table, filtered and sorted."""
        then = as_of_asked(request, table_name)
        selection = selection_of(request, table_name, then, with_id=True)
        pages = list_of("rows")()
        rows = pages.paginate_queryset(selection, request, self)
        return pages.get_paginated_response(
            rows, table_name=table_name, columns=columns_json(selection), **as_of_json(then)
        )

    @extend_schema(operation_id="table_schema", parameters=[AS_OF, INCLUDE_METADATA], responses=TableSchemaSerializer)
    def columns(self, request: Request, table_name: str) -> Response:
        """Return the columns of a table with their types."""
        then = as_of_asked(request, table_name)
        metadata = bool_param(request, "include_metadata", default=False)
        selection = select_rows(table_name, include_metadata=metadata, place=then.place if then else None)
        return success_response({"table_name": table_name, "columns": columns_json(selection), **as_of_json(then)})

    @extend_schema(
        operation_id="table_lineage",
        parameters=[OpenApiParameter("include_undone", bool, description="Include undone imports.")],
        responses=LineageSerializer,
    )
    def lineage(self, request: Request, table_name: str) -> Response:
        """List the active imports of a table, newest first, with their total number of rows."""
        include_undone = bool_param(request, "include_undone", default=False)
        imports = tables.imports_of_table(table_name, include_undone=include_undone)
        listed = ListedImportSerializer(imports.defer("mapping_config"), many=True).data
        return success_response({"table_name": table_name, "imports": listed, **tables.table_lineage(table_name)})


@runs_in(LaneName.WORK)
class ExportView(OneFormat, StrictView):
    """Return a table as a file."""

    permission_classes = [MayRead]
    query_parameters = None  # other names are those of columns

    @extend_schema(
        operation_id="table_export",
        parameters=[
            *ROW_PARAMETERS,
            FORMULA_SAFE,
        ],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, table_name: str, kind: str) -> HttpResponseBase:
        if kind not in CONTENT_TYPES:
            raise Http404
        safe = bool_param(request, "formula_safe", default=True)
        then = as_of_asked(request, table_name)
        rows = selection_of(request, table_name, then, with_id=False)
        refuse_parameters_of_pages(request, rows)
        counts: dict[str, Any] = {"rows": rows.count(), "columns": len(rows.columns), "all_rows": not rows.conditions}
        response = export_response(rows, kind, formula_safe=safe)
        if then:
            counts["as_of"] = then.asked
            response.headers["Atlas-As-Of"] = str(then.last.pk) if then.last else "none"
            response.headers["Atlas-Imports-Included"] = str(then.included.count())
        record(actor_of(request), "export", table_name, file=f"export.{kind}", **counts)
        return response


CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


def export_response(rows: Selection, kind: str, *, formula_safe: bool) -> HttpResponseBase:
    name, content_type = f"{rows.table_name}.{kind}", CONTENT_TYPES[kind]
    if kind == "xlsx":
        file = table.as_xlsx(rows, formula_safe=formula_safe)
        return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    if kind == "parquet":
        return FileResponse(table.as_parquet(rows), as_attachment=True, filename=name, content_type=content_type)
    stream = rows.csv(formula_safe=formula_safe) if kind == "csv" else table.as_json(rows)
    response = StreamingHttpResponse(stream, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    return response


def as_of_asked(request: Request, table_name: str) -> AsOf | None:
    """Return what as_of of a request comes to. Raises BadRequest, HistoryPurged."""
    if "as_of" not in request.query_params:
        return None
    return as_of(table_name, plain_text(request, "as_of"))


def as_of_json(then: AsOf | None) -> dict[str, Any]:
    """Return the imports that are included, the latest ones by name."""
    if then is None:
        return {}
    latest = then.included.reverse().values("import_id", "file_name", "import_timestamp")[:MAX_IMPORTS_NAMED]
    return {
        "as_of": {
            "import_id": then.last and then.last.pk, "imports_included": then.included.count(), "imports": list(latest),
        }
    }  # fmt: skip


def selection_of(request: Request, table_name: str, then: AsOf | None, *, with_id: bool) -> Selection:
    """Return the rows that the query parameters select. Raises BadRequest."""
    filters = [
        (name, value)
        for name, values in request.query_params.lists()
        for value in values
        if name not in PARAMETERS
    ]  # fmt: skip
    return select_rows(
        table_name,
        filters=filters,
        search=plain_text(request, "search"),
        ordering=request.query_params.get("ordering", ""),
        with_id=with_id,
        include_metadata=bool_param(request, "include_metadata", default=False),
        place=then.place if then else None,
    )


def refuse_parameters_of_pages(request: Request, rows: Selection) -> None:
    """Raise BadRequest for parameters that an export has no use for, where the table has a column of that name."""
    for name in sorted(PARAMETERS_OF_PAGES & request.query_params.keys()):
        if name in {column.name for column in rows.columns}:
            raise BadRequest(messages.NO_PARAMETER_OF_EXPORTS(parameter=name), parameter=name)


def columns_json(rows: Selection) -> list[dict[str, str]]:
    return [{"name": column.name, "sql_type": column.sql_type} for column in rows.columns]


def plain_text(request: Request, name: str) -> str:
    """Return a query parameter for the database. Raises BadRequest for NUL, which PostgreSQL cannot store."""
    text = request.query_params.get(name, "")
    if "\x00" in text:
        raise BadRequest(messages.NUL_IN_PARAMETER(parameter=name), parameter=name)
    return text
