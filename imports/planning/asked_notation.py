"""What a mapping asks for about notation: the formats of a column, the order of dates, the separators of numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.column_types import ColumnType, Reading, column_type, null_mask
from imports.column_types.base import matches
from imports.column_types.date_formats import date_order, in_order
from imports.column_types.date_readings import types_of
from imports.column_types.named_formats import NAMED_FORMATS
from imports.column_types.numbers import READINGS, number_pattern
from imports.inference.best_reading import BestReading, best_reading
from imports.inference.candidates import Candidate
from imports.mapping.request import DATE_ORDERS, DateRule
from imports.planning import messages
from imports.planning.decide import Decision

Texts = Callable[[], Iterable[pa.Array]]  # of a column, to be looked at once more
WHOLE_NUMBER_TYPES_FIRST = ("INTEGER", "BIGINT", "NUMERIC")
#: The types that formats can give a column; of those that fit equally well the first is taken.
DATE_TYPES = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME")


def reading_of(rules: Sequence[DateRule]) -> Reading:
    """Return the formats of a column's rules, which are tried in their order."""
    first, *others = dict.fromkeys(rule.source_format for rule in rules)
    return Reading(source_format=first, other_formats=tuple(others))


def has_one_order(rules: Sequence[DateRule]) -> bool:
    """Return whether the formats of a column's rules show one order of day, month and year."""
    orders = {date_order(rule.source_format) for rule in rules}
    return len(orders) == 1 and orders <= set(DATE_ORDERS)


def type_of(rules: Sequence[DateRule], texts: Texts, null_tokens: Collection[str]) -> ColumnType:
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


def with_iso_8601(sql_type: ColumnType, readings: Iterable[Reading]) -> list[Reading]:
    """Return the formats of a type that was asked for with ISO 8601 in every spelling besides; [] for other types."""
    if sql_type.name not in NAMED_FORMATS["iso_8601"].types:
        return []
    formats = [reading.source_format for reading in readings]
    return [Reading(source_format=format_, other_formats=("iso_8601",)) for format_ in formats if "%" in format_]


def in_asked_order(name: str, chosen: Candidate, order: str, texts: Texts, null_tokens: Collection[str]) -> Decision:
    """Read dates in the order that was asked for although they are in another. chosen: in that other order."""
    best = best_reading(texts(), chosen.sql_type, readings_in(order, [chosen.reading]), null_tokens)
    if not best.fits:
        return _as_text(messages.NO_DATE_IN_ORDER(column=name, values=best.values, order=order))
    invalid = best.values - best.fits
    warning = messages.NOT_IN_DATE_ORDER(column=name, invalid=invalid, values=best.values, order=order)
    return _with_errors(chosen.sql_type, best, warning)


def are_numbers_in_any_notation(chunks: Iterable[pa.Array], null_tokens: Collection[str]) -> bool:
    """Return whether every value is a number in some notation, though they share none: `1.234,56` beside `12.5`."""
    candidates = [
        Candidate(column_type("NUMERIC"), reading, number_pattern(reading, strict=True)) for reading in READINGS
    ]
    for texts in chunks:
        distinct = pc.utf8_trim_whitespace(pc.unique(texts.drop_null()))
        distinct = distinct.filter(pc.invert(null_mask(distinct, null_tokens)))
        for candidate in candidates:
            distinct = distinct.filter(pc.invert(pc.fill_null(candidate.mask(distinct), False)))
            if not len(distinct):
                break
        else:
            return False
    return True


def with_asked_marks(name: str, readings: Sequence[Reading], texts: Texts, null_tokens: Collection[str]) -> Decision:
    """Read numbers with the separators that were asked for although they have others.

    readings: those with these separators. Whole numbers without any are in every notation, and show none.
    """
    types = [column_type(name_of_type) for name_of_type in WHOLE_NUMBER_TYPES_FIRST]
    found = [(best_reading(texts(), sql_type, readings, null_tokens), sql_type) for sql_type in types]
    best, sql_type = max(found, key=lambda pair: pair[0].fits)
    plain = sum(pc.sum(matches(pc.utf8_trim_whitespace(chunk), r"[-+]?\d+")).as_py() or 0 for chunk in texts())
    if best.fits <= plain:
        return _as_text(messages.NO_NUMBER_WITH_MARKS(column=name, values=best.values))
    invalid = best.values - best.fits
    return _with_errors(sql_type, best, messages.NOT_WITH_MARKS(column=name, invalid=invalid, values=best.values))


def _as_text(warning: Message) -> Decision:
    return Decision(Candidate(column_type("TEXT")), warnings=(warning,))


def _with_errors(sql_type: ColumnType, best: BestReading, warning: Message) -> Decision:
    misfits = best.values - best.fits
    return Decision(
        Candidate(sql_type, best.reading),
        settled=True,
        warnings=(warning,) if misfits else (),
        misfits=misfits,
        values=best.values,
        written=best.written,
    )
