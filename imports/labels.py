"""Codes, fields and days in words for pages."""

from __future__ import annotations

from datetime import date

from imports.errors import WHOLE_RECORD, ErrorCode

ERROR_TYPES = {
    ErrorCode.TYPE_MISMATCH: "Invalid value",
    ErrorCode.DATETIME_CONVERSION: "Invalid date or time",
    ErrorCode.NUMBER_OVERFLOW: "Number too large",
    ErrorCode.TOO_LONG: "Value too long",
    ErrorCode.ROW_TOO_WIDE: "Row too large",
    ErrorCode.MISSING_VALUE: "Missing value",
    ErrorCode.TOO_FEW_FIELDS: "Too few values",
    ErrorCode.TOO_MANY_FIELDS: "Too many values",
    ErrorCode.OTHER_DELIMITER: "Different delimiter",
    ErrorCode.REPEATED_HEADER: "Repeated header",
    ErrorCode.BAD_QUOTING: "Unbalanced quotes",
    ErrorCode.BAD_ENCODING: "Invalid characters",
    ErrorCode.UNSTORABLE_TEXT: "Unsupported character",
    ErrorCode.DUPLICATE_KEY: "Duplicate key",
    ErrorCode.NOT_A_RECORD: "Not a row",
    ErrorCode.EXCEL_ERROR_CELL: "Excel error",
    ErrorCode.FORMULA_WITHOUT_RESULT: "Formula without result",
    ErrorCode.ROW_TRANSFORMATION: "Failed transformation",
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
    """Return a code in words: already_imported -> Already imported."""
    return code.replace("_", " ").capitalize()


def error_type_label(code: str) -> str:
    """Return the short name of an error's type on pages; other codes in words."""
    return ERROR_TYPES[ErrorCode(code)] if code in ErrorCode.values else code_in_words(code)


def field_in_words(field: str) -> str:
    """Return a header of the file; errors of an entire row have * in its place."""
    return "Entire row" if field == WHOLE_RECORD else field
