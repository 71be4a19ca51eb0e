"""Why a column is text although all its values fit another type: words and codes look like numbers and yes/no too."""

from __future__ import annotations

from enum import Enum, auto

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.amounts import currencies_in, like_numbering
from imports.column_types.base import any_true
from imports.column_types.boolean import PAIRS
from imports.column_types.numbers import bare_exponents


class TextReason(Enum):
    """A reason for which values are rather texts."""

    ONE_WORD = auto()  # one word of a pair alone: NO, NO, NO
    BARE_EXPONENTS = auto()  # 1E10
    NUMBERING = auto()  # (1), (2), (3)


class TextReasons:
    """Takes the values of one column, batch by batch; batch borders make no difference."""

    def __init__(self) -> None:
        self.currencies: set[str] = set()
        self.has_parentheses = False
        self._words: set[str] = set()  # of yes and no, in small letters
        self._bare_exponent = ""  # the first
        self._has_numbers_beside = False  # written otherwise
        self._has_other_numbers = False  # than such as may be numbering

    def note_words(self, values: pa.Array) -> None:
        """Take truth values."""
        if not self._has_pair:
            self._words |= set(pc.unique(pc.utf8_lower(values)).to_pylist())

    def note_plain_numbers(self) -> None:
        """Take note of numbers without any notation."""
        self._has_other_numbers = self._has_numbers_beside = True

    def note_numbers(self, values: pa.Array) -> None:
        """Take texts that are numbers in some reading."""
        self.currencies |= currencies_in(values)
        self.has_parentheses = self.has_parentheses or any_true(pc.match_substring(values, "("))
        self._note_exponents(values)
        self._has_other_numbers = self._has_other_numbers or any_true(pc.invert(like_numbering(values)))

    def _note_exponents(self, values: pa.Array) -> None:
        bare = bare_exponents(values)
        self._has_numbers_beside = self._has_numbers_beside or bare.true_count < len(values)
        if not self._bare_exponent and any_true(bare):
            self._bare_exponent = values.filter(bare)[0].as_py()

    @property
    def exponent_among_numbers(self) -> str:
        """The first value of digits and an exponent alone, where others of the column are plainly numbers."""
        return self._bare_exponent if self._has_numbers_beside else ""

    @property
    def _has_pair(self) -> bool:
        return any(pair <= self._words for pair in PAIRS)

    def found(self) -> frozenset[TextReason]:
        holds = {
            TextReason.ONE_WORD: not self._has_pair,
            TextReason.BARE_EXPONENTS: bool(self._bare_exponent),
            TextReason.NUMBERING: not self._has_other_numbers,
        }
        return frozenset(reason for reason, is_there in holds.items() if is_there)
