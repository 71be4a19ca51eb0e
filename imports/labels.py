"""Codes, fields and days as a person reads them."""

from __future__ import annotations

from datetime import date

from imports.errors import WHOLE_RECORD


def day_in_words(iso: str) -> str:
    """2024-02-01T20:11:00 -> 1 February 2024, 20:11:00; other texts as they are."""
    day, _, clock = iso.partition("T")
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return iso
    said = f"{found.day} {found:%B} {found.year}"
    return f"{said}, {clock}" if clock else said


def code_in_words(code: str) -> str:
    """too_few_fields -> Too few fields."""
    return code.replace("_", " ").capitalize()


def field_in_words(field: str) -> str:
    """A header of the file; the ledger writes * where no single field is at fault."""
    return "the whole record" if field == WHOLE_RECORD else field
