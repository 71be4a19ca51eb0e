"""How the digits of a column's numbers are grouped; looked up only for columns whose separators are ambiguous."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import null_mask
from imports.column_types.amounts import APOSTROPHES, SPACES

#: A space that no keyboard has: numbers are typeset with it.
TYPESET_SPACE = "\u202f"
_MARKS = {
    ".": r"\.",
    ",": ",",
    "'": f"[{APOSTROPHES}]",
    " ": f"[{SPACES}]",
    TYPESET_SPACE: f"[{SPACES.replace(' ', '')}]",
}
_ANY = rf"[.,{APOSTROPHES}{SPACES}]"


@dataclass(frozen=True)
class DigitGroups:
    """The separators between the digits of a column's values."""

    marks: frozenset[str] = frozenset()  # that occur between digits: “.”, “,”, “'”, space
    groups: frozenset[int] = frozenset()  # numbers of groups that values have; 1: a value without a separator
    shortest_first: int = 0  # digits of the shortest first group of a value; 0: there are no values
    longest_plain: int = 0  # digits of the longest value without a separator; 0: there is none

    @property
    def are_thousands(self) -> bool:
        """Return whether the groups differ as those of numbers do, and not of addresses or telephone numbers."""
        return len(self.groups) > 1

    @property
    def may_be_lists(self) -> bool:
        """Return whether each value may be several numbers of three digits: “101,102,103”."""
        return self.shortest_first == 3 and self.longest_plain <= 3

    def joined(self, other: DigitGroups) -> DigitGroups:
        firsts = [first for first in (self.shortest_first, other.shortest_first) if first]
        return DigitGroups(
            self.marks | other.marks,
            self.groups | other.groups,
            min(firsts, default=0),
            max(self.longest_plain, other.longest_plain),
        )


def digit_groups(chunks: Iterable[pa.Array], null_tokens: Collection[str]) -> DigitGroups:
    """Return how the values of a column are grouped."""
    found = DigitGroups()
    for texts in chunks:
        trimmed = pc.unique(pc.utf8_trim_whitespace(texts.drop_null()))
        found = found.joined(_groups_of(trimmed.filter(pc.invert(null_mask(trimmed, null_tokens)))))
    return found


def _groups_of(words: pa.Array) -> DigitGroups:
    digits = pc.replace_substring_regex(words, r"^[^0-9]+|[^0-9]+$", "")
    counts = pc.count_substring_regex(digits, _ANY)
    firsts = pc.replace_substring_regex(digits, r"[^0-9].*$", "")
    return DigitGroups(
        frozenset(mark for mark, pattern in _MARKS.items() if _occurs(digits, pattern)),
        frozenset(number + 1 for number in pc.unique(counts).to_pylist()),
        pc.min(pc.utf8_length(firsts)).as_py() or 0,
        pc.max(pc.utf8_length(digits.filter(pc.equal(counts, 0)))).as_py() or 0,
    )


def _occurs(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())
