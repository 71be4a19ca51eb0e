"""The formats of dates and times that are tried on a column of which nothing was said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from imports.column_types import TYPES, ColumnType
from imports.column_types.date_formats import date_order, format_pattern, in_order

MAX_DATE_LENGTH = 100  # characters, more than any notation of one takes
DAY_FIRST_DOTTED, MONTH_FIRST_DOTTED = "%d.%m.", "%m.%d."


@lru_cache(maxsize=1)
def formats() -> list[tuple[ColumnType, str]]:
    """Return every notation of dates and times that is tried, commonest first. ISO 8601 needs none."""
    return [(type_(), notation) for type_ in TYPES for notation in type_.notations()]


@lru_cache(maxsize=1)
def _formats_if_asked() -> list[tuple[ColumnType, str]]:
    """Return the notations that are taken only where their order was asked for: the month first between dots."""
    return [(type_, in_order(notation, "MDY")) for type_, notation in formats() if DAY_FIRST_DOTTED in notation]


def formats_like(sample: Sequence[str]) -> Iterator[tuple[ColumnType, str]]:
    """Yield the formats that fit every value of the sample, and the same formats in another order, as evidence."""
    if not all(len(text) <= MAX_DATE_LENGTH and re.search(r"\d.*[/.\-: ]", text) for text in sample):
        return
    known = [*formats(), *_formats_if_asked()]
    layouts = {layout_of(notation) for _, notation in known if _matches_all(notation, sample)}
    yield from ((type_, notation) for type_, notation in known if layout_of(notation) in layouts)


def _matches_all(source_format: str, sample: Sequence[str]) -> bool:
    pattern = re.compile(rf"\A{format_pattern(source_format)}\Z")
    return all(pattern.match(text) for text in sample)


def layout_of(source_format: str) -> str:
    """Return the format with day, month and year alike: formats of one layout differ in their order alone."""
    return re.sub("%[Yymd]", "%", source_format) if date_order(source_format) else source_format
