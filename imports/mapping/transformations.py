"""rules.transformations of a mapping: columns of texts in, columns of texts out, a whole batch at a time.

No value in, no value out: a null stays null, and merge and coalesce pass over it; an empty text is a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.mapping import messages
from imports.mapping.regex import in_pieces

BYTES_OF_OFFSET = 4  # of each text in an array
BYTES_OF_PART = 20  # of each part of a text, next to the text itself: offsets, and positions while they are taken
COPIES = 3  # of a result that is made in pieces: the piece as it grows, and all of them joined


@dataclass(frozen=True)
class Result:
    """What a rule made of a batch."""

    columns: list[pa.Array]  # one a target; null where the rule failed
    failed: pa.Array | None = None  # mask of the records on which it failed; None: it cannot fail


@dataclass(frozen=True)
class Rule:
    """What all have: the columns they read and those they write. A target that is there already is replaced."""

    place: str  # as messages name it: rules.transformations[0] (uppercase)
    fields: tuple[str, ...]
    targets: tuple[str, ...]

    keeps_texts: ClassVar[bool] = False  # whether what the format calls a text is one after the rule

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        """Return how many bytes `apply` takes at most, with its result. enough: from which a rough bound will do."""
        raise NotImplementedError

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        """columns: one a field, string arrays of so many rows. Raises RuleTooCostly."""
        raise NotImplementedError

    @property
    def failure(self) -> Message:
        """What is said of a value on which it fails, without the value. Raises NotImplementedError where it cannot."""
        raise NotImplementedError


CASE_FUNCTIONS = {"uppercase": pc.utf8_upper, "lowercase": pc.utf8_lower, "trim": pc.utf8_trim_whitespace}


@dataclass(frozen=True)
class ChangeCase(Rule):
    """uppercase, lowercase, trim: letter by letter, so `ß` has no upper case of two; trim takes all white space."""

    type: str

    keeps_texts: ClassVar[bool] = True

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        return 2 * columns[0].nbytes  # letters of two bytes may become ones of three

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([CASE_FUNCTIONS[self.type](columns[0])])


@dataclass(frozen=True)
class RegexReplace(Rule):
    r"""Every place where the pattern matches; the replacement names groups as `\1`."""

    pattern: str
    replacement: str

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        size = columns[0].nbytes
        groups = len(re.findall(r"\\\d", self.replacement))
        by = len(re.sub(r"\\(?:\d|(\\))", r"\1", self.replacement).encode())
        # The groups of all matches are no more text than there is. It may match once more than there are characters.
        kept = size * (1 + groups)
        if COPIES * (kept + (size + rows) * by) <= enough:
            return COPIES * (kept + (size + rows) * by)
        return COPIES * (kept + self._matches(columns[0]) * by)

    def _matches(self, texts: pa.Array) -> int:
        counts = in_pieces(texts, lambda piece: pc.count_substring_regex(piece, self.pattern), self.place)
        return pc.sum(counts.cast(pa.int64())).as_py() or 0

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([in_pieces(columns[0], self._replaced, self.place)])

    def _replaced(self, texts: pa.Array) -> pa.Array:
        return pc.replace_substring_regex(texts, self.pattern, self.replacement)


@dataclass(frozen=True)
class Split(Rule):
    """Parts in order; targets without a part are null. More parts than targets: it fails, and fills none of them."""

    separator: str

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        return 2 * columns[0].nbytes + rows * len(self.targets) * BYTES_OF_PART

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        parts = pc.split_pattern(columns[0], self.separator, max_splits=len(self.targets))
        counts = pc.fill_null(pc.list_value_length(parts), 0).to_numpy()
        failed = counts > len(self.targets)
        counts = np.where(failed, 0, counts)
        starts = parts.offsets.to_numpy()[:-1]
        made = [
            parts.values.take(pa.array(starts + at, mask=counts <= at)) for at in range(len(self.targets))
        ]  # fmt: skip
        return Result(made, pa.array(failed))

    @property
    def failure(self) -> Message:
        return messages.TOO_MANY_PARTS(targets=len(self.targets), rule=self.place)


@dataclass(frozen=True)
class Merge(Rule):
    """The values of a record side by side; null where there is none."""

    separator: str

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        between = len(self.separator.encode()) * rows * len(columns)
        return COPIES * (between + sum(column.nbytes for column in columns))

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        nothing = pc.is_null(pc.coalesce(*columns))
        # Arrow leaves out a row in which every piece is null, so such a row gets an empty one.
        first = pc.if_else(nothing, "", columns[0])
        merged = pc.binary_join_element_wise(first, *columns[1:], self.separator, null_handling="skip")
        return Result([pc.if_else(nothing, pa.scalar(None, pa.string()), merged)])


@dataclass(frozen=True)
class Coalesce(Rule):
    """The first value of a record; null where there is none."""

    keeps_texts: ClassVar[bool] = True

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        return sum(column.nbytes for column in columns)

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([pc.coalesce(*columns)])


@dataclass(frozen=True)
class Constant(Rule):
    """The same text in every record; its type is found like that of any column."""

    value: str

    def memory(self, columns: Sequence[pa.Array], rows: int, enough: int) -> int:
        return rows * (len(self.value.encode()) + BYTES_OF_OFFSET)

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([pa.repeat(pa.scalar(self.value, pa.string()), rows)])
