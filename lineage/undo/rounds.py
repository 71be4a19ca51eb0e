"""How later imports are judged, in plain values: by which comparison, in which rounds, with what changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from imports.mapping.request import OnMatch
from imports.tables.cell_changes import Writes

#: What a record writes of the row that it matches, by what its import does on a match.
WRITES = {OnMatch.UPDATE: Writes.DIFFERENT, OnMatch.FILL: Writes.EMPTY}


@dataclass(frozen=True)
class Comparison:
    """How an import tells that the table has a row already."""

    columns: tuple[str, ...]
    multiset: bool  # the k-th equal record is the k-th equal row; else every equal record is the first row
    empty_keys_match: bool = True  # whether records without a key, or with an unread one, are compared too


@dataclass(frozen=True)
class JudgedImport:
    """An import whose records are judged again."""

    import_id: UUID
    order: int
    records: int  # of its file
    on_match: OnMatch


@dataclass(frozen=True)
class Round:
    """Imports that follow each other, of those that compare, and use the same comparison."""

    imports: tuple[JudgedImport, ...]  # in their order
    comparison: Comparison

    @property
    def first(self) -> int:
        """The place of the first of them in the order."""
        return self.imports[0].order

    @property
    def last(self) -> int:
        return self.imports[-1].order

    def batches(self, concerned: set[UUID]) -> list[tuple[JudgedImport, ...]]:
        """Return those of these imports that are judged at once: neighbours that change no rows, or one that does."""
        judged = [one for one in self.imports if one.import_id in concerned]
        alike = groupby(judged, key=lambda one: one.order if one.on_match.changes_rows else None)
        return [tuple(run) for _, run in alike]


def numbered(rounds: Sequence[Round]) -> dict[UUID, tuple[int, int]]:
    """Return the round of each import, from 0, and the number of records of its file."""
    return {one.import_id: (number, one.records) for number, current in enumerate(rounds) for one in current.imports}


@dataclass(frozen=True)
class Changes:
    """Later import → how many of its records have another outcome, by the former and the present one."""

    restored: dict[UUID, int]  # become rows
    removed: dict[UUID, int]  # were rows, and become duplicates or updates
    kept: frozenset[UUID]  # imports of which records become duplicates: their files have to be read
    reverted: dict[UUID, int]  # rows that stay and get other values, by the import that inserted them
