"""How later imports are judged, in plain values: by which comparison, in which rounds, with what changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Comparison:
    """How an import tells that the table has a row already."""

    columns: tuple[str, ...]
    multiset: bool  # the k-th equal record is the k-th equal row; else every equal record is the first row
    empty_keys_match: bool = True  # whether records without a key, or with an unread one, are compared too


@dataclass(frozen=True)
class Round:
    """Imports that follow each other, of those that look for duplicates, and use the same comparison."""

    imports: dict[UUID, int]  # import → number of records of its file
    comparison: Comparison


def numbered(rounds: Sequence[Round]) -> dict[UUID, tuple[int, int]]:
    """Return the round of each import, from 0, and the number of records of its file."""
    return {
        import_id: (number, records)
        for number, current in enumerate(rounds)
        for import_id, records in current.imports.items()
    }


@dataclass(frozen=True)
class Changes:
    """Later import → how many of its duplicates become rows, and how many of its rows become duplicates."""

    restored: dict[UUID, int]
    removed: dict[UUID, int]
