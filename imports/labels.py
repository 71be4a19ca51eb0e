"""Codes, fields and days in words for pages."""

from __future__ import annotations

from datetime import date

from imports.errors import WHOLE_RECORD, ErrorCode

#: Codes whose own words would not tell enough.
CODE_LABELS = {
    ErrorCode.TYPE_MISMATCH.value: "Invalid value",
    ErrorCode.DATETIME_CONVERSION.value: "Invalid date or time",
    ErrorCode.NUMBER_OVERFLOW.value: "Number too large",
    ErrorCode.TOO_FEW_FIELDS.value: "Too few values",
    ErrorCode.TOO_MANY_FIELDS.value: "Too many values",
    ErrorCode.OTHER_DELIMITER.value: "Different delimiter",
    ErrorCode.BAD_QUOTING.value: "Unbalanced quotes",
    ErrorCode.BAD_ENCODING.value: "Invalid characters",
    ErrorCode.UNSTORABLE_TEXT.value: "Unsupported characters",
    ErrorCode.ROW_TOO_WIDE.value: "Row too large",
    ErrorCode.NOT_A_RECORD.value: "Not a row",
    ErrorCode.EXCEL_ERROR_CELL.value: "Spreadsheet error",
    ErrorCode.ROW_TRANSFORMATION.value: "Transformation failed",
}


def day_in_words(iso: str) -> str:
    """Return a day in words: 2024-02-01T20:11:00 -> 1 February 2024, 20:11:00; other texts unchanged."""
    day, _, time = iso.partition("T")
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        return iso
    words = f"{parsed.day} {parsed:%B} {parsed.year}"
    return f"{words}, {time}" if time else words


def code_in_words(code: str) -> str:
    """Return a code in words: too_few_fields -> Too few values."""
    return CODE_LABELS.get(code) or code.replace("_", " ").capitalize()


def field_in_words(field: str) -> str:
    """Return a header of the file, or “entire row” for `*`."""
    return "entire row" if field == WHOLE_RECORD else field
