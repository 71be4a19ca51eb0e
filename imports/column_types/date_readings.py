"""The formats of a column's reading: each text by the first that it is in."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import PLAIN, Reading, any_true
from imports.column_types.date_formats import FormatError, check_format, format_mask, iso_from
from imports.column_types.named_formats import NAMED_FORMATS

#: Texts of ISO 8601, each with what it means.
_ISO = {
    "2003-04-05": "2003-04-05",
    "2003-04-05 06:07": "2003-04-05T06:07:00",
    "2003-04-05T06:07": "2003-04-05T06:07:00",
    "2003-04-05 06:07:08": "2003-04-05T06:07:08",
    "2003-04-05T06:07:08": "2003-04-05T06:07:08",
    "06:07": "06:07:00",
    "06:07:08": "06:07:08",
}
NAME = r"[A-Za-z][A-Za-z0-9_]{2,}"  # what looks like the name of a format


def iso_by(texts: pa.Array, reading: Reading, type_name: str) -> pa.Array:
    """Return trimmed texts as ISO 8601, null where no format fits; as they are where the reading has no format."""
    if not reading.source_format:
        return texts
    return pc.coalesce(*(_iso_in(texts, format_, reading, type_name) for format_ in reading.formats))


def is_held_by(texts: pa.Array, reading: Reading) -> pa.Array:
    """Return a mask of the texts that are in one of the formats, none of which may have a name."""
    mask = format_mask(texts, reading.source_format, reading)
    for other in reading.other_formats:
        mask = pc.or_(mask, format_mask(texts, other, reading))
    return mask


def patterns_tell(reading: Reading, types: Collection[str]) -> bool:
    """Return whether what the formats match has one of the types, so that it need not be converted to know."""
    return all(format_ not in NAMED_FORMATS and set(types_of(format_)) <= set(types) for format_ in reading.formats)


def types_of(source_format: str) -> tuple[str, ...]:
    """Return the types that a column can have by a format."""
    if source_format in NAMED_FORMATS:
        return NAMED_FORMATS[source_format].types
    if not any(directive in source_format for directive in ("%H", "%I")):
        return ("DATE",)
    if not any(directive in source_format for directive in ("%Y", "%y")):
        return ("TIME",)
    return ("TIMESTAMPTZ",) if "%z" in source_format else ("TIMESTAMP",)


def reads_iso_otherwise(reading: Reading) -> bool:
    """Return whether a text of ISO 8601 means something else in a format: then it is read by the formats alone."""
    return reading.rules_version >= 2 and any(map(_reads_iso_otherwise, reading.formats))


@lru_cache(maxsize=512)
def _reads_iso_otherwise(source_format: str) -> bool:
    if source_format in NAMED_FORMATS:
        return False
    read = iso_from(pa.array(list(_ISO)), source_format, PLAIN).to_pylist()
    return any(text not in (None, meant) for text, meant in zip(read, _ISO.values(), strict=True))


def format_of_each(texts: pa.Array, reading: Reading, type_name: str) -> pa.Array:
    """Return the format that each trimmed text is in, the first of the reading where it is in none."""
    formats = pa.repeat(reading.source_format, len(texts))
    is_open = pc.is_valid(texts)
    for format_ in reading.formats:
        fits = pc.and_(is_open, pc.is_valid(_iso_in(texts, format_, reading, type_name)))
        formats = pc.if_else(fits, format_, formats)
        is_open = pc.and_(is_open, pc.invert(fits))
        if not any_true(is_open):
            break
    return formats


def check_source_format(source_format: str) -> None:
    """Raise FormatError where it is neither a name of a format nor a format that a date can be read by."""
    if source_format in NAMED_FORMATS:
        return
    if re.fullmatch(NAME, source_format):
        raise FormatError(messages.UNKNOWN_FORMAT_NAME(names=list(NAMED_FORMATS)))
    check_format(source_format)


def _iso_in(texts: pa.Array, source_format: str, reading: Reading, type_name: str) -> pa.Array:
    named = NAMED_FORMATS.get(source_format)
    return named.iso(texts, type_name) if named else iso_from(texts, source_format, reading)
