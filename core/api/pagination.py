"""Pagination by limit and offset, and the format of every list."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import LimitOffsetPagination as DrfLimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.parameters import int_param
from core.api.responses import success_response


class LimitOffsetPagination(DrfLimitOffsetPagination):
    """limit 1 to 1000 (default 100), offset from 0; anything else is a 400."""

    default_limit = 100
    max_limit = 1000
    max_offset = 2**62  # offset + limit must fit PostgreSQL's bigint
    results_key = "results"  # key of the list in the response

    def get_limit(self, request: Request) -> int:
        return int_param(request, "limit", self.default_limit, least=1, most=self.max_limit)

    def get_offset(self, request: Request) -> int:
        return int_param(request, "offset", 0, least=0, most=self.max_offset)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        return super().paginate_queryset(queryset, request, view) or []

    def get_paginated_response(self, data: Any, **more: Any) -> Response:
        numbers = {"total_count": self.count, "limit": self.limit, "offset": self.offset}
        return success_response({**more, self.results_key: data, **numbers})

    def get_results(self, data: Any) -> Any:
        """Return the list of the response, for the filters of the browsable API."""
        return data[self.results_key]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": "integer"}
        properties = {
            "success": {"type": "boolean"}, self.results_key: schema, "total_count": number, "limit": number,
            "offset": number,
        }  # fmt: skip
        return {"type": "object", "required": list(properties), "properties": properties}


def list_of(results_key: str) -> type[LimitOffsetPagination]:
    """Return the pagination class for a list under this key of the response."""
    return type(f"ListOf{results_key.title()}", (LimitOffsetPagination,), {"results_key": results_key})
