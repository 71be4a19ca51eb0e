"""What merged cells above a table show: a title over all its columns, and titles over several of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from imports.readers.excel.sheet_facts import Area
from imports.readers.table_detection.cells import Cells, kind_of
from imports.readers.table_detection.header import joined_names

MIN_GROUPS = 2  # titles side by side: one alone may be a value over several columns


@dataclass(frozen=True)
class MergedTitles:
    """Cells over several columns of one row, by row as Excel numbers it: the positions that each takes, from 0."""

    spans: dict[int, list[range]] = field(default_factory=dict)
    width: int = 0  # columns of the sheet

    @classmethod
    def of(cls, merged: Iterable[Area], columns: Sequence[int]) -> MergedTitles:
        """columns: of the rows, from 0."""
        spans: dict[int, list[range]] = {}
        for (first, left), (last, right) in merged:
            taken = [at for at, column in enumerate(columns) if left <= column <= right]
            if first == last and left < right and taken:
                spans.setdefault(first + 1, []).append(range(taken[0], taken[-1] + 1))
        return cls(spans, len(columns))

    def is_title(self, number: int) -> bool:
        """Return whether a cell takes all columns of the row."""
        return any(len(span) == self.width for span in self.spans.get(number, ()))

    def has_groups(self, number: int) -> bool:
        """Return whether a cell takes several columns of the row, but not all."""
        return any(len(span) < self.width for span in self.spans.get(number, ()))

    def name_groups(self, number: int, titles: Cells, names: Cells) -> bool:
        """Return whether the row is made of titles, each over several names in the next row: texts, all different.

        A column without such a title has a name in the first row only.
        """
        spans = self.spans.get(number, ())
        under = {at for span in spans for at in span}
        if len(spans) < MIN_GROUPS or any(not titles[span[0]] for span in spans):
            return False
        if any(bool(name) != (at in under) for at, name in enumerate(names)) or any(map(kind_of, filter(None, names))):
            return False
        joined = joined_names([titles, names])
        return len(set(joined)) == len(joined)
