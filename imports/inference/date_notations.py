"""The formats of dates and times that are tried on a column of which nothing was said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from imports.column_types import TYPES, ColumnType
from imports.column_types.date_formats import date_order, format_pattern, in_order

MAX_DATE_LENGTH = 100  # characters, more than any notation of one takes
_BEGINS_LIKE_A_DATE = re.compile(r"\d.*[/.\-: ]")  # and like many a number
DAY_FIRST_DOTTED, MONTH_FIRST_DOTTED = "%d.%m.", "%m.%d."


@lru_cache(maxsize=1)
def formats() -> list[tuple[ColumnType, str]]:
    """Return every notation of dates and times that is tried, commonest first. ISO 8601 needs none."""
    return [(type_(), notation) for type_ in TYPES for notation in type_.notations()]


@lru_cache(maxsize=1)
def formats_if_asked() -> list[tuple[ColumnType, str]]:
    """Return the notations that are taken only where their order was asked for: the month first between dots."""
    return [(type_, in_order(notation, "MDY")) for type_, notation in formats() if DAY_FIRST_DOTTED in notation]


@dataclass(frozen=True)
class _Notation:
    """A format, and what is asked of it for each column: 350 of them, for a column of amounts too."""

    sql_type: ColumnType
    source_format: str
    layout: str
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def _notations() -> list[_Notation]:
    """Return all notations, with their patterns compiled."""
    return [
        _Notation(type_, notation, layout_of(notation), re.compile(rf"\A{format_pattern(notation)}\Z"))
        for type_, notation in [*formats(), *formats_if_asked()]
    ]


def formats_like(sample: Sequence[str]) -> Iterator[tuple[ColumnType, str]]:
    """Yield the formats that fit every value of the sample, and the same formats in another order, as evidence."""
    if not all(len(text) <= MAX_DATE_LENGTH and _BEGINS_LIKE_A_DATE.search(text) for text in sample):
        return
    possible = [notation for notation in _notations() if notation.pattern.match(sample[0])]
    layouts = {notation.layout for notation in possible if all(map(notation.pattern.match, sample))}
    if layouts:
        yield from (
            (notation.sql_type, notation.source_format) for notation in _notations() if notation.layout in layouts
        )


@lru_cache(maxsize=512)
def layout_of(source_format: str) -> str:
    """Return the format with day, month and year alike: formats of one layout differ in their order alone."""
    return re.sub("%[Yymd]", "%", source_format) if date_order(source_format) else source_format
