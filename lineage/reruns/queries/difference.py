"""The rows that a rerun changes, each with its values now and afterwards: before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from imports.tables.origins import Origin
from lineage.undo.replay import WRITTEN, Replay

_PAIRS = sql.Identifier("pg_temp", "_atlas_difference")


@dataclass(frozen=True)
class Cells:
    """One row, before and afterwards, as texts by column."""

    record_number: int | None  # of the file; None: a row of another import
    row_id: int | None  # None: a row that is not there yet
    before: Mapping[str, str | None] | None  # None: no row
    after: Mapping[str, str | None] | None  # None: no row


class Difference:
    """The rows of the old import paired with those of the new one by record, and the rows of others that change."""

    def __init__(self, replay: Replay, old: UUID, new: UUID, origin: Origin, columns: Sequence[str]) -> None:
        """columns: of the table now."""
        self.tables = replay.tables
        self._now = set(columns)
        self.columns = list(dict.fromkeys([*columns, *self.tables.names]))
        self.tables.run(
            "CREATE TEMPORARY TABLE {pairs} ON COMMIT DROP AS"
            " SELECT number, old.id, new.row FROM (SELECT held.id, {record_number} AS number FROM {table} held {origin}"
            "  WHERE {import_id} = {old} AND NOT EXISTS (SELECT 1 FROM {rows} kept WHERE kept.id = held.id AND fixed))"
            "  old FULL JOIN (SELECT row, record_number AS number FROM {rows} WHERE import_id = {new} AND NOT gone) new"
            "  USING (number)"
            " UNION ALL SELECT NULL, rows.id, rows.row FROM {written} JOIN {rows} rows USING (row)"
            "  WHERE NOT EXISTS (SELECT 1 FROM {rows} removed WHERE removed.id = rows.id AND removed.gone)",
            pairs=_PAIRS, record_number=origin.record_number, origin=origin.join, import_id=origin.import_id,
            old=sql.Literal(old), new=sql.Literal(new), written=WRITTEN,
        )  # fmt: skip

    def _run(self, statement: str, *values: Any, **pieces: sql.Composable) -> list[tuple[Any, ...]]:
        return self.tables.fetch(
            statement + " FROM {pairs} pair LEFT JOIN {table} held ON held.id = pair.id"
            " LEFT JOIN {states} state ON state._row = pair.row",
            *values, pairs=_PAIRS, **pieces,
        )  # fmt: skip

    def _before(self, name: str) -> sql.Composable:
        return sql.SQL("{}::text").format(sql.Identifier("held", name)) if name in self._now else sql.SQL("NULL::text")

    def _after(self, name: str) -> sql.Composable:
        filled = name in self.tables.names
        return sql.SQL("{}::text").format(sql.Identifier("state", name)) if filled else sql.SQL("NULL::text")

    def _differs(self, name: str) -> sql.Composed:
        return sql.SQL("{} IS DISTINCT FROM {}").format(self._before(name), self._after(name))

    def _any_differs(self) -> sql.Composable:
        return sql.SQL(" OR ").join(map(self._differs, self.columns)) if self.columns else sql.SQL("FALSE")

    def counts(self) -> tuple[int, int, int]:
        """Return how many rows change, are new, and are removed."""
        [counts] = self._run(
            "SELECT count(*) FILTER (WHERE pair.id IS NOT NULL AND row IS NOT NULL AND ({differs})),"
            " count(*) FILTER (WHERE pair.id IS NULL), count(*) FILTER (WHERE row IS NULL)",
            differs=self._any_differs(),
        )
        return counts[0], counts[1], counts[2]

    def cells(self) -> dict[str, int]:
        """Return in how many of the rows that change each column does."""
        numbers = [
            sql.SQL("count(*) FILTER (WHERE pair.id IS NOT NULL AND row IS NOT NULL AND {})").format(
                self._differs(name)
            )
            for name in self.columns
        ]
        if not numbers:
            return {}
        [counts] = self._run("SELECT {numbers}", numbers=sql.SQL(", ").join(numbers))
        return {name: number for name, number in zip(self.columns, counts, strict=True) if number}

    def first(self, limit: int) -> Iterator[Cells]:
        """Yield the first rows that change, are new or are removed, in the order of the file; others behind them."""
        found = self.tables.fetch(
            "SELECT pair.number, pair.id, pair.row, ARRAY[{before}]::text[], ARRAY[{after}]::text[]"
            " FROM {pairs} pair LEFT JOIN {table} held ON held.id = pair.id"
            " LEFT JOIN {states} state ON state._row = pair.row"
            " WHERE pair.id IS NULL OR row IS NULL OR {differs} ORDER BY pair.number, pair.id LIMIT %s",
            limit, pairs=_PAIRS, before=sql.SQL(", ").join(map(self._before, self.columns)),
            after=sql.SQL(", ").join(map(self._after, self.columns)), differs=self._any_differs(),
        )  # fmt: skip
        for number, row_id, row, before, after in found:
            yield Cells(
                number,
                row_id,
                dict(zip(self.columns, before, strict=True)) if row_id is not None else None,
                dict(zip(self.columns, after, strict=True)) if row is not None else None,
            )


def errors_by_column(replay: Replay, old: UUID, new: UUID) -> list[tuple[str, str, int, int]]:
    """Return code and column of the errors, and how many the old import has of them, and the new one."""
    return [
        (code or "", column or "", before, after)
        for code, column, before, after in replay.tables.fetch(
            "SELECT error_type, coalesce(target_field, source_field),"
            " count(*) FILTER (WHERE import_id = {old}), count(*) FILTER (WHERE import_id = {new})"
            " FROM mapping_errors WHERE import_id IN ({old}, {new}) GROUP BY 1, 2 ORDER BY 1, 2",
            old=sql.Literal(old), new=sql.Literal(new),
        )
    ]  # fmt: skip
