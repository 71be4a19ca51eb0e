"""Responses of the API: one envelope for all, and numbers with all their digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

#: URLs with these prefixes are pages; all others belong to the API.
PAGES = ("/ui/", "/admin/", "/static/")


def success_response(content: Mapping[str, Any], *, status: int = 200) -> Response:
    return Response({"success": True, **content}, status=status)


class OneFormat:
    """A view whose response has one format, that of its address: `Accept` and `format` are ignored."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)  # type: ignore[misc]


class ExactJSONRenderer(JSONRenderer):
    """Render decimals as JSON numbers with all their digits: a float would lose some, and a string is not a number."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        return exact_json(data, indent=self.get_indent(accepted_media_type or "", renderer_context or {})).encode()


def exact_json(data: Any, *, indent: int | None = None) -> str:
    # The standard encoder cannot write number literals: encode them as marked strings and remove the marks afterwards.
    mark = uuid4().hex

    class Encoder(JSONEncoder):
        def default(self, obj: Any) -> Any:
            return f"{mark}{obj}{mark}" if isinstance(obj, Decimal) else super().default(obj)

    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(data, cls=Encoder, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    return text.replace(f'"{mark}', "").replace(f'{mark}"', "")
