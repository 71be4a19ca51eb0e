"""Ways to read a column: a type with a reading, in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import NUMBER_TYPES, PLAIN, TYPES, ColumnType, Reading, accepts_mask
from imports.column_types.amounts import bare_numbers
from imports.column_types.base import any_true, matches
from imports.column_types.double import MAX_DIGITS as EXACT_DIGITS
from imports.inference.date_notations import layout_of

WHOLE_TYPES = tuple(type_.name for type_ in TYPES if type_.is_whole)
_WHOLE, _BEGINNING = int(re.ASCII | re.DOTALL), int(re.ASCII)
ENDS_IN_ZERO = r"-?(?:0|[1-9]\d*)\.0"  # 7.0 is whole where every value of the column is so written


@dataclass
class Candidate:
    """One way to read a column, and how many values it fits."""

    sql_type: ColumnType
    reading: Reading = PLAIN
    pattern: str = ""  # RE2 that the trimmed text must match in addition to converting; "" = whatever converts
    fits: int = 0

    def copy(self) -> Candidate:
        return Candidate(self.sql_type, self.reading, self.pattern, self.fits)

    def mask(self, trimmed: pa.Array, bare: pa.Array | None = None) -> pa.Array:
        """Return which of the texts fit. bare: the same as `bare_numbers` gives them, if that is known."""
        if self.sql_type.is_number:
            trimmed = bare_numbers(trimmed, strict=True) if bare is None else bare
        if self.reading.source_format:
            # Whether a format is tried must not depend on where ISO 8601 and the format change in the column.
            return self.sql_type.holds(trimmed, self.reading)
        if self.pattern:
            possible = matches(trimmed, self.pattern)
            if not any_true(possible):
                return possible
            return pc.and_(possible, accepts_mask(trimmed, self.sql_type, self.reading))
        return accepts_mask(trimmed, self.sql_type, self.reading)

    def all_canonical(self, trimmed: pa.Array) -> bool:
        """Return whether all are written as the type itself writes them, as most columns are.

        Its pattern says so too.
        """
        if not self.sql_type.is_itself_as_written or self.reading != PLAIN or self.pattern == ENDS_IN_ZERO:
            return False
        return self.sql_type.canonical(trimmed).true_count == len(trimmed)

    def is_implied(self, whole: Iterable[Candidate], longest: int, *, plainly: bool) -> bool:
        """Return whether it takes every value that one of these takes.

        longest: of the texts, bytes; plainly: unchanged.
        """
        return any(candidate.implies(self, longest, plainly=plainly) for candidate in whole)

    def implies(self, other: Candidate, longest: int, *, plainly: bool) -> bool:
        """Return whether texts that all fit this one all fit the other, so that it need not be tried."""
        own_type, other_type = self.sql_type.name, other.sql_type.name
        if self.reading != PLAIN or other_type not in NUMBER_TYPES:
            return False
        if other_type == "DOUBLE PRECISION" and (longest > EXACT_DIGITS or not plainly):
            return False  # it may be too long, or 1e400
        if self.pattern == ENDS_IN_ZERO:
            return other.pattern == ENDS_IN_ZERO or (other_type not in WHOLE_TYPES and other.reading == PLAIN)
        if other.pattern == ENDS_IN_ZERO:
            return False
        if own_type in WHOLE_TYPES:
            return NUMBER_TYPES.index(other_type) >= NUMBER_TYPES.index(own_type)
        return own_type == "NUMERIC" and other_type not in WHOLE_TYPES and other.reading.decimal == "."


@lru_cache(maxsize=1)
def fixed_candidates() -> tuple[tuple[ColumnType, Reading, str], ...]:
    """Return the type, reading and pattern of every candidate, best first."""
    candidates = [(type_(), reading, pattern) for type_ in TYPES for reading, pattern in type_.tried_as()]
    zeros = [(type_(), PLAIN, ENDS_IN_ZERO) for type_ in TYPES if type_.is_whole]
    behind = 1 + max(at for at, (type_, _, _) in enumerate(candidates) if type_.is_whole)
    return (*candidates[:behind], *zeros, *candidates[behind:])


def begins_like(candidate: Candidate, text: str) -> bool:
    if candidate.pattern:
        return _compiled(candidate.pattern, _WHOLE).fullmatch(text) is not None
    return _compiled(candidate.sql_type.beginning, _BEGINNING).match(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    """Return a pattern; 30 are asked for with every column."""
    return re.compile(pattern, flags)


def layout(candidate: Candidate) -> str:
    """Return the format with day, month and year alike: formats of one layout differ in their order alone."""
    return layout_of(candidate.reading.source_format)


def swaps_marks(reading: Reading, other: Reading) -> bool:
    """Return whether a mark separates decimals in one of the readings and thousands in the other."""
    return reading.decimal == other.thousands or reading.thousands == other.decimal
