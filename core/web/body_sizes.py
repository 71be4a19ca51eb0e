"""How large a body a view takes: a form, records and settings, or a file."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class BodySize(IntEnum):
    FORM = 1  # ATLAS_MAX_FORM_BYTES
    RECORDS = 2  # DATA_UPLOAD_MAX_MEMORY_SIZE: read into memory
    FILE = 3  # ATLAS_MAX_UPLOAD_BYTES, as multipart/form-data; else as RECORDS


_ATTRIBUTE = "body_size"


def takes(size: BodySize) -> Callable[[View], View]:
    """Say how large a body a view takes. By default, a form."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, size)
        return view

    return mark


def size_taken(view: Any) -> BodySize:
    size: BodySize = getattr(view, _ATTRIBUTE, BodySize.FORM)
    return size
