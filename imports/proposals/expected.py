"""What would fit in a column, with an example, and what of a date does not."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from core.messages import Message
from imports.column_types import Reading
from imports.column_types.named_formats import NAMED_FORMATS
from imports.mapping.wording import format_in_words
from imports.proposals import messages
from imports.proposals.column import ReadColumn

_MOMENT = datetime(2025, 12, 31, 14, 30, tzinfo=UTC)
_ISO = {
    "DATE": "%Y-%m-%d", "TIME": "%H:%M:%S", "TIMESTAMP": "%Y-%m-%d %H:%M:%S", "TIMESTAMPTZ": "%Y-%m-%d %H:%M:%S%z",
}  # fmt: skip
_NAMED_EXAMPLES = {
    "iso_8601": "2025-12-31", "rfc_2822": "Wed, 31 Dec 2025 14:30:00 +0000", "epoch_s": "1767191400",
    "epoch_ms": "1767191400000", "excel_1900": "46022", "excel_1904": "44560",
}  # fmt: skip
_UUID = "123e4567-e89b-12d3-a456-426614174000"
_WHOLE = {"INTEGER": 2_147_483_647, "BIGINT": 9_223_372_036_854_775_807}
#: Directive → its part, and the numbers that it may have.
_PARTS = {
    "m": ("month", 1, 12), "d": ("day", 1, 31), "H": ("hour", 0, 23), "I": ("hour", 1, 12), "M": ("minute", 0, 59),
    "S": ("second", 0, 59),
}  # fmt: skip
_OF_DIGITS = "YymdHIMS"


@dataclass(frozen=True)
class Expected:
    """What would fit in a column."""

    message: Message
    example: str

    def as_json(self) -> dict[str, str]:
        return {"message": str(self.message), "example": self.example}


def expected_value(value: str | None, column: ReadColumn) -> dict[str, str | None]:
    """Return what would fit in place of a value, and what of it does not, where that can be said."""
    misfit = misfit_of(value, column)
    return {**expected_in(column).as_json(), "misfit": str(misfit) if misfit else None}


def fits_in_words(value: str | None, column: ReadColumn) -> str:
    """Return what would fit in place of a value as a text: after which part of it does not, where that can be said."""
    misfit, expected = misfit_of(value, column), expected_in(column).message
    if misfit:
        return str(messages.EXPECTED_BUT_FOR(misfit=misfit.as_json(), expected=expected.as_json()))
    return str(messages.EXPECTED(expected=expected.as_json()))


def expected_in(column: ReadColumn) -> Expected:
    """Return what would fit in a column, as its plan reads it."""
    name = column.sql_type.name
    if name in _ISO:
        formats = column.reading.formats or (_ISO[name],)
        example = _example_of(formats[0])
        words = [format_in_words(text) for text in formats]
        return Expected(messages.FITS_FORMAT(type=name, formats=words, example=example), example)
    if name in _WHOLE:
        example = _marked("1234", column.reading)
        return Expected(messages.FITS_WHOLE(most=_WHOLE[name], example=example), example)
    if column.sql_type.is_number:
        return _number(column)
    if name == "TEXT":
        size = column.sql_type.size
        return Expected(messages.FITS_SHORT_TEXT(characters=size[0]) if size else messages.FITS_TEXT(), "")
    sentence, example = {
        "BOOLEAN": (messages.FITS_BOOLEAN, "true"),
        "UUID": (messages.FITS_UUID, _UUID),
        "JSONB": (messages.FITS_JSON, '{"a": 1}'),
    }[name]
    return Expected(sentence(example=example), example)


def _number(column: ReadColumn) -> Expected:
    size = column.sql_type.size
    if not size:
        example = _marked("1234.5", column.reading)
        return Expected(messages.FITS_NUMBER(example=example), example)
    precision, scale = (*size, 0)[:2]
    number = f"{'1234'[: precision - scale] or '0'}.{'50'[:scale]}".removesuffix(".")
    example = _marked(number, column.reading)
    return Expected(messages.FITS_DIGITS(whole=precision - scale, decimals=scale, example=example), example)


def _marked(number: str, reading: Reading) -> str:
    """Return a number of at most four whole digits with the separators of a reading."""
    whole, point, decimals = number.partition(".")
    if reading.thousands and len(whole) == 4:
        whole = f"{whole[0]}{reading.thousands}{whole[1:]}"
    return whole + point.replace(".", reading.decimal) + decimals


def _example_of(source_format: str) -> str:
    return _NAMED_EXAMPLES.get(source_format) or _MOMENT.strftime(source_format)


def misfit_of(value: str | None, column: ReadColumn) -> Message | None:
    """Return which part of a date or time is out of range: the 13 of 13/13/2020; None where it is written otherwise."""
    name = column.sql_type.name
    if name not in _ISO or not value:
        return None
    for source_format in column.reading.formats or (_ISO[name],):
        if source_format not in NAMED_FORMATS and (part := _part_out_of_range(value.strip(), source_format)):
            return messages.PART_DOES_NOT_FIT(format=format_in_words(source_format), part=part[0], number=part[1])
    return None


def _part_out_of_range(value: str, source_format: str) -> tuple[str, str] | None:
    pieces = re.findall(r"%(.)|([^%]+)", source_format)
    if any(letter and letter not in _OF_DIGITS for letter, _ in pieces):
        return None
    pattern = "".join(rf"(?P<{letter}>[0-9]+)" if letter else re.escape(text) for letter, text in pieces)
    found = re.fullmatch(pattern, value)
    if found is None:
        return None
    numbers = found.groupdict()
    for letter, number in numbers.items():
        part, least, most = _PARTS.get(letter, ("", 0, 0))
        if part and not (len(number) <= 2 and least <= int(number) <= most):
            return part, number
    return ("day", numbers["d"]) if _is_missing(numbers) else None


def _is_missing(numbers: Mapping[str, str]) -> bool:
    """Return whether the month of that year has no such day."""
    if not {"Y", "m", "d"} <= numbers.keys() or len(numbers["Y"]) != 4 or not int(numbers["Y"]):
        return False
    return int(numbers["d"]) > monthrange(int(numbers["Y"]), int(numbers["m"]))[1]
