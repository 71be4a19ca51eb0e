"""rules.transformations of a mapping: columns of texts in, columns of texts out, a whole batch at a time.

No value in, no value out: a null stays null, and merge and coalesce pass over it; an empty text is a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.mapping import messages
from imports.mapping.regex import in_pieces, refuse_large


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

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([CASE_FUNCTIONS[self.type](columns[0])])


@dataclass(frozen=True)
class RegexReplace(Rule):
    r"""Every place where the pattern matches; the replacement names groups as `\1`."""

    pattern: str
    replacement: str

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([in_pieces(columns[0], self._replaced, self.place)])

    def _replaced(self, texts: pa.Array) -> pa.Array:
        return pc.replace_substring_regex(texts, self.pattern, self.replacement)


@dataclass(frozen=True)
class Split(Rule):
    """Parts in order; targets without a part are null. More parts than targets: it fails, and fills none of them."""

    separator: str

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

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        between = len(self.separator.encode()) * rows * len(columns)
        refuse_large(between + sum(column.nbytes for column in columns), self.place)
        nothing = pc.is_null(pc.coalesce(*columns))
        # Arrow leaves out a row in which every piece is null, so such a row gets an empty one.
        first = pc.if_else(nothing, "", columns[0])
        merged = pc.binary_join_element_wise(first, *columns[1:], self.separator, null_handling="skip")
        return Result([pc.if_else(nothing, pa.scalar(None, pa.string()), merged)])


@dataclass(frozen=True)
class Coalesce(Rule):
    """The first value of a record; null where there is none."""

    keeps_texts: ClassVar[bool] = True

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([pc.coalesce(*columns)])


@dataclass(frozen=True)
class Constant(Rule):
    """The same text in every record; its type is found like that of any column."""

    value: str

    def apply(self, columns: Sequence[pa.Array], rows: int) -> Result:
        return Result([pa.repeat(pa.scalar(self.value, pa.string()), rows)])
