"""What a mapping asks for about dates: the formats of a column, and the order of day, month and year in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import pyarrow as pa

from imports.column_types import ColumnType, Reading, column_type
from imports.column_types.date_formats import in_order
from imports.column_types.date_readings import types_of
from imports.inference.best_reading import best_reading
from imports.mapping.request import DateRule

#: The types that formats can give a column; of those that fit equally well the first is taken.
DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME")


def reading_of(rules: Sequence[DateRule]) -> Reading:
    """Return the formats of a column's rules, which are tried in their order."""
    first, *others = dict.fromkeys(rule.source_format for rule in rules)
    return Reading(source_format=first, other_formats=tuple(others))


def type_of(
    rules: Sequence[DateRule], texts: Callable[[], Iterable[pa.Array]], null_tokens: Collection[str]
) -> ColumnType:
    """Return the type that a column has by its rules: where they allow several, the one that fits most values."""
    possible = {name for rule in rules for name in types_of(rule.target_format or rule.source_format)}
    types = [column_type(name) for name in DATE_TYPES if name in possible]
    if len(types) == 1:
        return types[0]
    readings = [reading_of(rules)]
    return max(types, key=lambda sql_type: best_reading(texts(), sql_type, readings, null_tokens).fits)


def readings_in(order: str | None, readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings with those in another order turned into the one that was asked for. order: None for any."""
    if order is None:
        return list(readings)
    return list(dict.fromkeys(reading_in(order, reading) or reading for reading in readings))


def reading_in(order: str, reading: Reading) -> Reading | None:
    """Return the reading in this order; None where it has no order, or a year of four digits at another place."""
    ordered = in_order(reading.source_format, order)
    return Reading(source_format=ordered) if ordered else None
