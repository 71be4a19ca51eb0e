"""The reading in which most values of a column fit a type that was not inferred but asked for or found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import NUMBER_TYPES, PLAIN, ColumnType, Reading, accepts_mask, null_mask
from imports.column_types.amounts import currencies_in
from imports.column_types.base import any_true, matches
from imports.column_types.named_formats import NAMED_FORMATS
from imports.column_types.null_tokens import DASHES
from imports.column_types.numbers import READINGS
from imports.inference.date_notations import formats

STANDARDS = ("iso_8601", "rfc_2822")  # formats with a name whose texts have one meaning
MAX_EXAMPLE = 60  # characters of a value that is shown
_DASHES = pa.array(DASHES)
_LEADING_ZERO = r"[-+]?0\d+"


@dataclass(frozen=True)
class Written:
    """What numbers have that is not kept with them."""

    currencies: frozenset[str] = frozenset()
    leading_zeros: int = 0  # values that have some
    zero_example: str = ""  # the first of these
    has_parentheses: bool = False  # around numbers
    dashes: int = 0  # of the null tokens

    def with_texts(self, distinct: pa.Array, counts: pa.Array) -> Written:
        """Return the same with more texts, and how often each occurs."""
        zeros = pc.fill_null(matches(distinct, _LEADING_ZERO), False)
        first = distinct.filter(zeros)[0].as_py() if any_true(zeros) else ""
        return replace(
            self,
            currencies=self.currencies | currencies_in(distinct),
            leading_zeros=self.leading_zeros + _weighed(zeros, counts),
            zero_example=self.zero_example or first[:MAX_EXAMPLE],
        )


@dataclass(frozen=True)
class BestReading:
    """The reading in which most values of a column fit a type that was not inferred but asked for or found."""

    reading: Reading
    fits: int
    values: int  # null tokens aside
    equals: tuple[Reading, ...] = ()  # other readings that as many values fit
    written: Written | None = None  # of numbers


def best_reading(
    chunks: Iterable[pa.Array], sql_type: ColumnType, readings: Sequence[Reading], null_tokens: Collection[str]
) -> BestReading:
    """Try every reading; the first of the best wins.

    What every reading takes unchanged is counted once, and what else there is by its distinct texts.
    """
    values, fits = 0, dict.fromkeys(readings, 0)
    written = Written() if sql_type.is_number else None
    for texts in chunks:
        trimmed = pc.utf8_trim_whitespace(texts.drop_null()) if sql_type.name != "TEXT" else texts.drop_null()
        is_null = null_mask(trimmed, null_tokens)
        words = trimmed.filter(pc.invert(is_null))
        values += len(words)
        certain = _certain(words, sql_type)
        distinct, counts = pc.value_counts(words.filter(pc.invert(certain))).flatten()
        if written:
            written = written.with_texts(distinct, counts)
            parentheses = written.has_parentheses or _has_parentheses(distinct, sql_type, readings)
            dashes = pc.is_in(trimmed.filter(is_null), value_set=_DASHES).true_count
            written = replace(written, has_parentheses=parentheses, dashes=written.dashes + dashes)
        for reading in readings:
            fits[reading] += certain.true_count
            if len(distinct):
                fits[reading] += _weighed(accepts_mask(distinct, sql_type, reading), counts)
    best = max(fits, key=lambda reading: fits[reading])
    equals = [reading for reading in readings if fits[reading] == fits[best] and reading != best]
    return BestReading(best, fits[best], values, tuple(equals) if fits[best] else (), written)


def _has_parentheses(distinct: pa.Array, sql_type: ColumnType, readings: Sequence[Reading]) -> bool:
    some = distinct.filter(pc.match_substring(distinct, "("))
    return len(some) > 0 and any(any_true(accepts_mask(some, sql_type, reading)) for reading in readings)


def _certain(words: pa.Array, sql_type: ColumnType) -> pa.Array:
    """Return a mask of the texts that fit unchanged, in whatever reading."""
    plain = sql_type.canonical(words)
    if sql_type.name not in NUMBER_TYPES:
        return plain
    return pc.and_(plain, pc.invert(pc.match_substring(words, ".")))  # a point may separate thousands


def _weighed(mask: pa.Array, counts: pa.Array) -> int:
    return pc.sum(counts.filter(mask)).as_py() or 0


def possible_readings(sql_type: ColumnType) -> list[Reading]:
    """Return every notation in which values of the type may be written."""
    if sql_type.name in NUMBER_TYPES:
        return list(READINGS)
    types = {"DATE": ("DATE", "TIMESTAMP"), "TIMESTAMP": ("DATE", "TIMESTAMP")}.get(sql_type.name, (sql_type.name,))
    named = [name for name in STANDARDS if sql_type.name in NAMED_FORMATS[name].types]
    tried = [*named, *(notation for type_, notation in formats() if type_.name in types)]
    return [PLAIN, *(Reading(source_format=source_format) for source_format in tried)]
