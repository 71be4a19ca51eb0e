"""Read query parameters and form fields strictly: an invalid value or an unknown field is a 400."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from rest_framework.request import Request

from core.api import messages
from core.errors import BadRequest


def int_param(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """Return a query parameter as a whole number from least to most. Raises BadRequest."""
    value = request.query_params.get(name)
    if value is None:
        return default
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else least - 1
    if not least <= number <= most:
        raise BadRequest(messages.PARAMETER_NOT_A_WHOLE_NUMBER(parameter=name, least=least, most=most), parameter=name)
    return number


def bool_param(request: Request, name: str, *, default: bool) -> bool:
    """Return a query parameter that is true or false. Raises BadRequest."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if value.lower() not in ("true", "false"):
        raise BadRequest(messages.PARAMETER_NOT_TRUE_OR_FALSE(parameter=name), parameter=name)
    return value.lower() == "true"


def known_parameters(request: Request, known: Collection[str]) -> None:
    """Raises BadRequest for the first query parameter that is not known, with the one that was probably meant."""
    for name in request.query_params:
        if name not in known and name != "format":  # which every response can be asked for
            shown = name[:80]
            nearest = difflib.get_close_matches(shown, known, n=1, cutoff=0.5)
            message = messages.UNKNOWN_PARAMETER(
                parameter=shown, nearest=nearest[0] if nearest else None, known=sorted(known)
            )
            raise BadRequest(message, parameter=shown)


def known_fields(names: Iterable[str], known: Collection[str]) -> None:
    """Raises BadRequest for the first name of a form field that is not known, with the one that was probably meant."""
    for name in names:
        if name not in known:
            shown = name[:80]
            nearest = difflib.get_close_matches(shown, known, n=1, cutoff=0.0)[0]
            raise BadRequest(messages.UNKNOWN_FORM_FIELD(parameter=shown, nearest=nearest), parameter=shown)
