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
    "NUMBER_TYPES", "PLAIN", "TYPES", "Cast", "Change", "ColumnType", "Reading", "cast_column", "column_type",
    "null_mask", "is_null_token_a_value", "same_type", "accepts_mask", "type_label", "type_named",
]  # fmt: skip

#: In order of preference when a column is inferred.
TYPES: tuple[type[ColumnType], ...] = (
    Boolean, Integer, BigInt, Numeric, Double, Date, Timestamp, TimestampTz, Time, Uuid, Jsonb, Text,
)  # fmt: skip

_BY_NAME = {type_.name: type_ for type_ in TYPES}
_BY_ALIAS = {alias: type_ for type_ in TYPES for alias in type_.aliases}
NUMBER_TYPES = tuple(type_.name for type_ in TYPES if type_.is_number)
_MAX_NAME_LENGTH = 100  # characters that the spelling of a type may have


def column_type(sql_type: str) -> ColumnType:
    """Return the ColumnType of an SQL type such as `NUMERIC(10, 2)`.

    Raises InvalidMapping when it is not on the list.
    """
    if len(sql_type) > _MAX_NAME_LENGTH:
        raise _unknown(sql_type)
    parsed = re.fullmatch(r"\s*([A-Za-z0-9 ]+?)\s*(?:\(\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\))?\s*", sql_type)
    name = parsed[1].upper() if parsed else ""
    known_type = _BY_NAME.get(name) or _BY_ALIAS.get(name)
    if known_type is None or parsed is None:
        raise _unknown(sql_type)
    size = tuple(int(number) for number in parsed.groups()[1:] if number is not None)
    most = known_type.largest_size
    sizable = len(size) <= len(most) and all(part <= top for part, top in zip(size, most, strict=False))
    if size and (not sizable or name == "TEXT" or size[0] == 0 or size[-1] > size[0]):
        raise InvalidMapping(messages.SIZE_NOT_ALLOWED(type=sql_type, without_size=known_type.name))
    return known_type(size=size)


def type_named(sql_type: str) -> type[ColumnType]:
    """Return the class of an SQL type such as `NUMERIC(10, 2)`, spelled as in the closed list.

    Raises KeyError when it is not on the list.
    """
    name = sql_type.partition("(")[0]
    return _BY_NAME.get(name) or _BY_ALIAS[name]


def type_label(sql_type: str) -> str:
    """Return the name of a type on pages: NUMERIC(10,2) -> Decimal number (10,2). Unknown types keep their SQL name."""
    name, bracket, size = sql_type.partition("(")
    known_type = _BY_NAME.get(name.strip().upper()) or _BY_ALIAS.get(name.strip().upper())
    if known_type is None:
        return sql_type
    return f"{known_type.label} ({size}" if bracket else known_type.label


def same_type(sql_type: str, other_type: str) -> bool:
    """Return whether both spellings name one type: a plan's NUMERIC(12, 3) and the database's NUMERIC(12,3)."""
    try:
        return sql_type == other_type or column_type(sql_type) == column_type(other_type)
    except InvalidMapping:
        return False


def _unknown(sql_type: str) -> InvalidMapping:
    near = difflib.get_close_matches(sql_type[:_MAX_NAME_LENGTH].upper(), [*_BY_NAME, *_BY_ALIAS], n=1)
    type_ = sql_type[:80]
    message = messages.MISSPELT_SQL_TYPE(type=type_, nearest=near[0]) if near else messages.UNKNOWN_SQL_TYPE(type=type_)
    return InvalidMapping(message, allowed=list(_BY_NAME))
