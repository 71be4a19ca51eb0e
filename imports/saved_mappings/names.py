"""Names of saved mappings, and references to one of their versions: NAME or NAME@VERSION."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from core.errors import BadRequest
from imports.saved_mappings import messages

MAX_LENGTH = 200  # characters
#: Not in a name: what ends it in an address or a reference, and what does not show or cannot be stored.
NOT_IN_NAMES = re.compile(
    r"[@/\\\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
DIGITS = 9  # of a version, at most


@dataclass(frozen=True)
class Reference:
    """A saved mapping, or one version of it, as a request names it."""

    name: str
    version: int | None = None  # None: the latest


def clean_name(text: Any) -> str:
    """Return a name as it is saved. Raises BadRequest for a text that cannot be one."""
    name = unicodedata.normalize("NFC", text).strip() if isinstance(text, str) else ""
    if not name:
        raise BadRequest(messages.NAME_MISSING(), parameter="name")
    if len(name) > MAX_LENGTH:
        raise BadRequest(messages.NAME_OF_MAPPING_TOO_LONG(length=len(name), limit=MAX_LENGTH), parameter="name")
    if NOT_IN_NAMES.search(name) or not name.strip("."):
        raise BadRequest(messages.NAME_NOT_ALLOWED(name=name), parameter="name")
    return name


def key_of(name: str) -> str:
    """Return what names have in common that are equal but for case and the way their letters are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().casefold())


def parse_reference(text: Any, parameter: str = "saved_mapping") -> Reference:
    """Return what NAME or NAME@VERSION means. Raises BadRequest."""
    if not isinstance(text, str) or not text.strip():
        raise BadRequest(messages.REFERENCE_EXPECTED(parameter=parameter), parameter=parameter)
    name, sign, number = text.partition("@")
    if not sign:
        return Reference(name.strip())
    version = version_of(number.strip())
    if version is None:
        raise BadRequest(messages.VERSION_EXPECTED(version=number, name=name.strip()), parameter=parameter)
    return Reference(name.strip(), version)


def version_of(text: str) -> int | None:
    """Return the number of a version; None for a text that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS and int(text) else None
