"""Which columns of a sheet a table has: columns between them without a name and a value are none, and values far from
the others without a name are not read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from imports.errors import InvalidMapping
from imports.readers import messages
from imports.readers.excel.package import column_letters, column_of
from imports.readers.excel.workbook import Sheet

SPELLED = re.compile(r"([A-Z]{1,3})(?::([A-Z]{1,3}))?", re.IGNORECASE)
MOSTLY = 0.5  # of the records, that fill a column without a name which is far from the others


@dataclass
class Usage:
    """Where a table has names and values. Positions in a row of the sheet, from 0."""

    named: set[int]  # columns with a name
    nameless: list[int]
    records: int = 0
    counts: dict[int, int] = field(default_factory=dict)  # values of a column without a name
    firsts: dict[int, int] = field(default_factory=dict)  # the row of the first, as Excel numbers it


@dataclass(frozen=True)
class TableColumns:
    """Positions in a row of the sheet, from 0."""

    read: list[int]
    far: list[int]  # with values that are not read

    @classmethod
    def found(cls, usage: Usage) -> TableColumns:
        """Return all with a name, those without one next to them, and those farther off that most records fill, two at
        least.

        Of a table without a header all from the first to the last, but for those farther off that few records fill.
        """
        runs = runs_of(usage.named | usage.counts.keys())
        main = [run for run in runs if usage.named.intersection(run)] or [max(runs, key=lambda run: _most(run, usage))]
        apart = [run for run in runs if run not in main and _is_stray(_most(run, usage), usage)]
        read = [i for run in runs if run not in apart for i in run]
        return cls(read if usage.named else [*range(read[0], read[-1] + 1)], [i for run in apart for i in run])


def _is_stray(values: int, usage: Usage) -> bool:
    """Return whether a column that is far from the others has so few values that it is none of the table."""
    few = MOSTLY * usage.records
    return values <= max(1, few) if usage.named else values < few


def _most(run: Sequence[int], usage: Usage) -> int:
    """Return how many values the fullest column of a run has."""
    return max(usage.counts.get(i, 0) for i in run)


def runs_of(positions: Iterable[int]) -> list[list[int]]:
    """Return the positions in runs without a gap."""
    runs: list[list[int]] = []
    for i in sorted(positions):
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def positions_of(spelled: str, sheet: Sheet) -> list[int]:
    """Return the positions of columns such as C:E. Raises InvalidMapping."""
    columns = SPELLED.fullmatch(spelled.strip())
    if not columns:
        raise InvalidMapping(messages.COLUMNS_EXPECTED())
    first, last = column_of(columns[1]), column_of(columns[2] or columns[1])
    positions = [i for i, column in enumerate(sheet.columns) if first <= column <= last]
    if not positions:
        raise InvalidMapping(messages.NOTHING_IN_COLUMNS(sheet=sheet.name, columns=spelled))
    return positions


def spelled_columns(sheet: Sheet, positions: Sequence[int]) -> str:
    """Return the columns as C:E."""
    return f"{column_letters(sheet.columns[positions[0]])}:{column_letters(sheet.columns[positions[-1]])}"
