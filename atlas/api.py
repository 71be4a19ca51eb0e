"""The API's manners: one envelope, one pagination, one shape of error, who may do what, and who is doing it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.pagination import LimitOffsetPagination as DrfLimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView
from rest_framework.views import exception_handler as drf_exception_handler

from atlas.bodies import body_too_large
from core.actors import actor_of as actor_of
from core.errors import AtlasError, BadRequest
from imports.errors import UnknownImport

log = logging.getLogger(__name__)

#: Addresses below these are for people; all others are the API's.
PAGES = ("/ui/", "/admin/", "/static/")


# --- good answers ---


def answer(content: Mapping[str, Any], *, status: int = 200) -> Response:
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


# --- lists ---


class LimitOffsetPagination(DrfLimitOffsetPagination):
    """limit 1 to 1000 (default 100), offset from 0; anything else is a 400."""

    default_limit = 100
    max_limit = 1000
    largest_offset = 2**62  # offset + limit must fit PostgreSQL's bigint
    results_key = "results"  # the key under which the list stands

    def get_limit(self, request: Request) -> int:
        return whole_number(request, "limit", self.default_limit, least=1, most=self.max_limit)

    def get_offset(self, request: Request) -> int:
        return whole_number(request, "offset", 0, least=0, most=self.largest_offset)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        return super().paginate_queryset(queryset, request, view) or []

    def get_paginated_response(self, data: Any, **more: Any) -> Response:
        numbers = {"total_count": self.count, "limit": self.limit, "offset": self.offset}
        return answer({**more, self.results_key: data, **numbers})

    def get_results(self, data: Any) -> Any:
        """Where the browsable API finds the list, to show its filters."""
        return data[self.results_key]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": "integer"}
        properties = {
            "success": {"type": "boolean"}, self.results_key: schema, "total_count": number, "limit": number,
            "offset": number,
        }  # fmt: skip
        return {"type": "object", "required": list(properties), "properties": properties}


def list_of(results_key: str) -> type[LimitOffsetPagination]:
    """The pagination of a list that stands under this key."""
    return type(f"ListOf{results_key.title()}", (LimitOffsetPagination,), {"results_key": results_key})


def whole_number(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """A query parameter. Raises BadRequest."""
    given = request.query_params.get(name)
    if given is None:
        return default
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 20 else least - 1
    if not least <= number <= most:
        raise BadRequest(f"{name} must be a whole number from {least} to {most}.", parameter=name)
    return number


def yes_or_no(request: Request, name: str, *, default: bool) -> bool:
    """A query parameter. Raises BadRequest."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if given.lower() not in ("true", "false"):
        raise BadRequest(f"{name} must be true or false.", parameter=name)
    return given.lower() == "true"


def import_id_of(text: str) -> UUID:
    """The import that an address names. Raises UnknownImport for what is no id at all."""
    try:
        return UUID(text)
    except ValueError:
        raise unknown_import() from None


def unknown_import() -> UnknownImport:
    return UnknownImport("There is no import with that id.")


# --- errors ---


def error_body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "message": message, "details": details or {}}}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Every exception of an API view as the one shape of error."""
    if isinstance(error, AtlasError):
        return Response(error_body(error.code, error.message, error.details), status=error.http_status)
    if isinstance(error, RequestDataTooBig):
        return exception_handler(body_too_large(), context)
    if isinstance(error, SuspiciousOperation):
        return exception_handler(BadRequest("The request cannot be read."), context)
    response = drf_exception_handler(error, dict(context))
    if response is None:
        return _our_own_trouble(error, context)
    response.data = _said_by_drf(error, response)
    return response


class ErrorsInJSON(APIView):
    """For views that answer in another form: their errors are JSON all the same."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.exception:
            response.accepted_renderer, response.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return response


def _said_by_drf(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"request": error.detail}
        said = "; ".join(f"{name}: {_first(what)}" for name, what in fields.items())
        return error_body("bad_request", said, {"parameters": fields})
    # Http404 and PermissionDenied are Django's own and have their words in the response only.
    detail = error.detail if isinstance(error, APIException) else response.data["detail"]
    return error_body(getattr(detail, "code", None) or "error", str(detail))


def _first(detail: Any) -> str:
    return _first(detail[0]) if isinstance(detail, list) and detail else str(detail)


def _our_own_trouble(error: Exception, context: Mapping[str, Any]) -> Response:
    """Where it happened goes to the log, without the message: the database's quotes rows."""
    request = context["request"]
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s in %s %s\n%s", type(error).__name__, request.method, request.path, trace)
    return Response(error_body(*UNEXPECTED), status=500)


UNEXPECTED = ("internal_error", "Something went wrong here. It is in the server's log.")


# --- who may ---


class MayRead(IsAuthenticated):
    """Signed in, with the permission that the group auditor has."""

    permission = "imports.view_importhistory"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and request.user.has_perm(self.permission)


class MayImport(MayRead):
    permission = "imports.add_importhistory"


class MayUndo(MayRead):
    permission = "imports.undo_importhistory"
