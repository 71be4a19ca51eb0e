"""What an import would change in rows that the table has: counts, and the first rows cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from imports.mapping.request import OnMatch
from imports.tables.queries.changed_cells import ChangedRow, changed_columns, changed_rows
from imports.tables.staging import Matched, Stage

MAX_ROWS = 100
MAX_CELLS = 20  # of a row
MAX_BYTES = 256 * 1024  # of the texts of all rows; the first row is there in any case


@dataclass(frozen=True)
class Changes:
    """The rows of a file that the table has, as they were compared by a key."""

    on_match: OnMatch
    matched: Matched
    empty_keys: int
    unread_keys: int
    columns: Mapping[str, int]  # column -> rows in which it has another value
    key: Sequence[str]
    rows: Sequence[ChangedRow]  # the first of them

    @property
    def changed(self) -> int:
        """How many rows would change; under `skip`, how many have other values than their row of the table."""
        return self.matched.updated if self.on_match.changes_rows else self.matched.differing

    def as_json(self, locations: Sequence[str]) -> dict[str, Any]:
        """Return the changes with as many rows as the limit of bytes allows. locations: of the rows in the file."""
        return {
            "on_match": str(self.on_match),
            "changed": self.changed,
            "unchanged": self.matched.of_table - self.changed,
            "repeated": self.matched.records - self.matched.of_table,
            "empty_keys": self.empty_keys,
            "unread_keys": self.unread_keys,
            "keys_of_several_rows": self.matched.several,
            "columns": dict(self.columns),
            "rows": _limited([self._row(*pair) for pair in zip(self.rows, locations, strict=True)]),
        }

    def _row(self, row: ChangedRow, location: str) -> dict[str, Any]:
        return {
            "record_number": row.record_number,
            "location": location,
            "key": dict(zip(self.key, row.key, strict=True)),
            "cells": [asdict(cell) for cell in row.cells],
            "cells_not_shown": row.columns - len(row.cells),
        }


def changes_of(stage: Stage, on_match: OnMatch, *, empty_keys: int, unread_keys: int) -> Changes:
    """Return the changes of a stage whose rows were matched by a key."""
    counts = Changes(on_match, stage.matched, empty_keys, unread_keys, {}, stage.key, [])
    if not counts.changed:
        return counts
    rows = changed_rows(stage, limit=MAX_ROWS, cells=MAX_CELLS)
    return Changes(on_match, stage.matched, empty_keys, unread_keys, changed_columns(stage), stage.key, rows)


def _limited(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    size = 0
    for position, row in enumerate(rows):
        size += _size(row)
        if position and size > MAX_BYTES:
            return rows[:position]
    return rows


def _size(content: Any) -> int:
    """Return how many bytes the texts of a row have."""
    if isinstance(content, Mapping):
        return sum(_size(name) + _size(value) for name, value in content.items())
    if isinstance(content, list):
        return sum(map(_size, content))
    return len(str(content).encode("utf-8", "surrogatepass"))


def without_rows(findings: Mapping[str, Any]) -> dict[str, Any]:
    """Return findings without values of the table, for users who may not see its rows."""
    changes = findings["changes"]
    return {**findings, "changes": changes and {**changes, "rows": None}}
