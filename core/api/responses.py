"""Responses of the API: one envelope, and numbers with the digits they have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

#: Addresses below these are for people; all others are the API's.
PAGES = ("/ui/", "/admin/", "/static/")


def success_response(content: Mapping[str, Any], *, status: int = 200) -> Response:
    return Response({"success": True, **content}, status=status)


class ExactJSONRenderer(JSONRenderer):
    """Decimals as number literals with the digits they have: a float would lose some, and a string is no number."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        return exact_json(data, indent=self.get_indent(accepted_media_type or "", renderer_context or {})).encode()


def exact_json(data: Any, *, indent: int | None = None) -> str:
    # The standard encoder has no door for number literals: they go in as marked strings and are bared afterwards.
    mark = uuid4().hex

    class Encoder(JSONEncoder):
        def default(self, obj: Any) -> Any:
            return f"{mark}{obj}{mark}" if isinstance(obj, Decimal) else super().default(obj)

    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(data, cls=Encoder, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    return text.replace(f'"{mark}', "").replace(f'{mark}"', "")
