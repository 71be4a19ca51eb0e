"""What replay.py goes by, in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Comparison:
    """How an import tells that a row is there already."""

    columns: tuple[str, ...]
    multiset: bool  # the k-th equal record is the k-th equal row; else every equal record is the first row


@dataclass(frozen=True)
class Round:
    """Imports that follow each other, of those that look for duplicates, and look alike."""

    imports: dict[UUID, int]  # and how many records the file of each has
    comparison: Comparison


def numbered(rounds: Sequence[Round]) -> dict[UUID, tuple[int, int]]:
    """The round of each import, from 0, and how many records its file has."""
    return {
        import_id: (number, records) for number, one in enumerate(rounds) for import_id, records in one.imports.items()
    }


@dataclass(frozen=True)
class Changes:
    """Of the later imports, by import: how many rows each gains and loses."""

    coming: dict[UUID, int]
    leaving: dict[UUID, int]
