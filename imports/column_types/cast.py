"""One column of texts -> values, what was corrected and what did not fit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import ColumnType, Reading, any_true, keep_where
from imports.column_types.date_readings import reads_iso_otherwise
from imports.column_types.formula_texts import formula_mask, inside_formulas


@dataclass(frozen=True)
class Change:
    """The values of one column of a batch whose notation was changed. All arrays of equal length."""

    rows: pa.Array  # int64 positions in the batch, from 0
    before: pa.Array  # the texts as in the file
    trimmed: pa.Array  # the same without white space around them
    after: pa.Array  # canonical texts; null for a null token


@dataclass(frozen=True)
class Cast:
    """What became of one column of a batch."""

    values: pa.Array  # as ColumnType.parse gives them; null where there was no value or it did not fit
    change: Change | None = None
    failed: pa.Array | None = None  # int64 positions of the values that did not fit


def cast_column(
    texts: pa.Array, sql_type: ColumnType, reading: Reading, null_tokens: Collection[str], *, formulas: bool = False
) -> Cast:
    """Return the same rules for every value, whatever batch it is in.

    formulas: whether `="00123"` is the text 00123.
    """
    plain = is_canonical(texts, sql_type, reading)
    if is_null_token_a_value(sql_type, tuple(null_tokens)):
        plain = pc.and_(plain, pc.invert(null_mask(texts, null_tokens)))
    if formulas:
        plain = pc.and_(plain, pc.invert(formula_mask(texts)))
    if plain.true_count == len(texts) - texts.null_count:
        return Cast(sql_type.parse(texts))
    odd = pc.fill_null(pc.invert(plain), False)
    rows = pc.indices_nonzero(odd).cast(pa.int64())
    before = texts.filter(odd)
    trimmed = before if sql_type.name == "TEXT" else pc.utf8_trim_whitespace(before)
    words = inside_formulas(trimmed) if formulas else trimmed
    if sql_type.name == "TEXT":
        is_null = pa.repeat(False, len(words))
        after = keep_where(words, sql_type.canonical(words))
    else:
        is_null = null_mask(words, null_tokens)
        after = canonical_texts(words, is_null, sql_type, reading)
    values = sql_type.parse(pc.replace_with_mask(texts, odd, after))
    fits = pc.or_(is_null, pc.is_valid(after))
    # A quoted empty text is read as NULL: there was no notation to change.
    changed = pc.and_(pc.and_(fits, pc.not_equal(before, "")), pc.fill_null(pc.not_equal(before, after), True))
    change = Change(*(array.filter(changed) for array in (rows, before, trimmed, after)))
    failed = rows.filter(pc.invert(fits))
    return Cast(values, change if len(change.rows) else None, failed if len(failed) else None)


def is_canonical(texts: pa.Array, sql_type: ColumnType, reading: Reading) -> pa.Array:
    """Return a mask of the texts that need no correction.

    `1.234` needs one where a point or comma means something else, and `2024-05-01` where the day comes first.
    """
    if reads_iso_otherwise(reading):
        return pa.repeat(False, len(texts))
    plain = sql_type.canonical(texts)
    if reading.thousands == "." or reading.decimal == ",":
        plain = pc.and_(plain, pc.invert(pc.match_substring(texts, ".")))
    return plain


def canonical_texts(trimmed: pa.Array, is_null: pa.Array, sql_type: ColumnType, reading: Reading) -> pa.Array:
    """Convert trimmed texts to canonical texts; null for a null token and for an invalid value."""
    words = pc.if_else(is_null, pa.scalar(None, pa.string()), trimmed)
    plain = pc.fill_null(is_canonical(words, sql_type, reading), False)
    return pc.if_else(plain, words, sql_type.convert(words, reading))


@lru_cache(maxsize=256)
def is_null_token_a_value(sql_type: ColumnType, null_tokens: tuple[str, ...]) -> bool:
    """Return whether a null token looks like a value of the type, as -999 does: then it must be looked for first."""
    return sql_type.name != "TEXT" and sql_type.canonical(pa.array(null_tokens, pa.string())).true_count > 0


def null_mask(trimmed: pa.Array, null_tokens: Collection[str]) -> pa.Array:
    """Return a mask of the texts that mean «no value» in a typed column."""
    return pc.is_in(trimmed, value_set=pa.array(["", *null_tokens], pa.string()))


def accepts_mask(trimmed: pa.Array, sql_type: ColumnType, reading: Reading) -> pa.Array:
    """Return a mask of the texts, none of them a null token, that this type holds in this reading."""
    plain = is_canonical(trimmed, sql_type, reading)
    if not any_true(pc.invert(plain)):
        return plain
    return pc.or_(plain, sql_type.holds(trimmed, reading))
