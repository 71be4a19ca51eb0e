"""The closed list of SQL types that a column may have, one file each."""

from __future__ import annotations

import difflib
import re

from imports.column_types import messages
from imports.column_types.base import PLAIN, ColumnType, Reading
from imports.column_types.bigint import BigInt
from imports.column_types.boolean import Boolean
from imports.column_types.cast import Cast, Change, accepts_mask, cast_column, is_null_token_a_value, null_mask
from imports.column_types.date import Date
from imports.column_types.double import Double
from imports.column_types.integer import Integer
from imports.column_types.jsonb import Jsonb
from imports.column_types.numeric import Numeric
from imports.column_types.text import Text
from imports.column_types.time import Time
from imports.column_types.timestamp import Timestamp
from imports.column_types.timestamptz import TimestampTz
from imports.column_types.uuid import Uuid
from imports.errors import InvalidMapping

__all__ = [
    "PLAIN", "TYPES", "Cast", "Change", "ColumnType", "Reading", "cast_column", "column_type", "null_mask",
    "is_null_token_a_value", "same_type", "accepts_mask",
]  # fmt: skip

#: In order of preference when a column is inferred.
TYPES: tuple[type[ColumnType], ...] = (
    Boolean, Integer, BigInt, Numeric, Double, Date, Timestamp, TimestampTz, Time, Uuid, Jsonb, Text,
)  # fmt: skip

_BY_NAME = {found.name: found for found in TYPES}
_ALIASES = {
    "BOOL": "BOOLEAN", "INT": "INTEGER", "INT4": "INTEGER", "INT8": "BIGINT", "DECIMAL": "NUMERIC",
    "FLOAT8": "DOUBLE PRECISION", "DOUBLE": "DOUBLE PRECISION", "FLOAT": "DOUBLE PRECISION", "VARCHAR": "TEXT",
    "CHARACTER VARYING": "TEXT", "STRING": "TEXT", "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "TIME WITHOUT TIME ZONE": "TIME", "JSON": "JSONB",
}  # fmt: skip
_MAX_NAME_LENGTH = 100  # characters that the spelling of a type may have
_MOST = {"NUMERIC": (1000, 1000), "TEXT": (10_485_760,)}


def column_type(sql_type: str) -> ColumnType:
    """`NUMERIC(10, 2)` -> its ColumnType. Raises InvalidMapping when it is not on the list."""
    if len(sql_type) > _MAX_NAME_LENGTH:
        raise _unknown(sql_type)
    parsed = re.fullmatch(r"\s*([A-Za-z0-9 ]+?)\s*(?:\(\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\))?\s*", sql_type)
    name = parsed[1].upper() if parsed else ""
    found = _BY_NAME.get(_ALIASES.get(name, name))
    if found is None or parsed is None:
        raise _unknown(sql_type)
    size = tuple(int(number) for number in parsed.groups()[1:] if number is not None)
    most = _MOST.get(found.name, ())
    sizable = len(size) <= len(most) and all(given <= top for given, top in zip(size, most, strict=False))
    if size and (not sizable or name == "TEXT" or size[0] == 0 or size[-1] > size[0]):
        raise InvalidMapping(messages.SIZE_NOT_ALLOWED(type=sql_type, without_size=found.name))
    return found(size=size)


def same_type(one: str, other: str) -> bool:
    """Whether both spellings name one type: a plan's NUMERIC(12, 3) and the database's NUMERIC(12,3)."""
    try:
        return one == other or column_type(one) == column_type(other)
    except InvalidMapping:
        return False


def _unknown(sql_type: str) -> InvalidMapping:
    near = difflib.get_close_matches(sql_type[:_MAX_NAME_LENGTH].upper(), [*_BY_NAME, *_ALIASES], n=1)
    type_ = sql_type[:80]
    message = messages.MISSPELT_SQL_TYPE(type=type_, nearest=near[0]) if near else messages.UNKNOWN_SQL_TYPE(type=type_)
    return InvalidMapping(message, allowed=list(_BY_NAME))
