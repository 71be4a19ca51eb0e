"""Query parameters of the API, read strictly: anything malformed is a 400."""

from __future__ import annotations

from rest_framework.request import Request

from core.api import messages
from core.errors import BadRequest


def int_param(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """A query parameter. Raises BadRequest."""
    given = request.query_params.get(name)
    if given is None:
        return default
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 20 else least - 1
    if not least <= number <= most:
        raise BadRequest(messages.PARAMETER_NOT_A_WHOLE_NUMBER(parameter=name, least=least, most=most), parameter=name)
    return number


def bool_param(request: Request, name: str, *, default: bool) -> bool:
    """A query parameter. Raises BadRequest."""
    given = request.query_params.get(name)
    if given is None:
        return default
    if given.lower() not in ("true", "false"):
        raise BadRequest(messages.PARAMETER_NOT_TRUE_OR_FALSE(parameter=name), parameter=name)
    return given.lower() == "true"
