"""What becomes of later imports when an import is undone or redone: the loop over their rounds.

All that needs plans and files is here; the queries are in replay.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any
from uuid import UUID

from imports.column_types import same_type
from imports.column_types.base import RULES_VERSION, rules_version_of
from imports.conversion.kept_duplicates import typed_duplicates
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.errors import ReadingChanged, TableChanged
from imports.extraction import Work
from imports.loading.duplicate_differences import key_of
from imports.loading.ledger import Ledger
from imports.loading.load import keep_duplicates
from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.table_description import TableColumn, TableDescription
from lineage.provenance.source_records import header_of, source_extraction
from lineage.undo import messages
from lineage.undo.apply_replay import Applied
from lineage.undo.concerned import Concerned
from lineage.undo.decisions import Filled
from lineage.undo.preconditions import reads_otherwise, refuse_generated
from lineage.undo.replay import Replay
from lineage.undo.rounds import Changes, JudgedImport


class Plans:
    """The frozen plans of later imports, of which few are in memory at once."""

    def __init__(self, table: TableDescription, own: Mapping[UUID, StoredPlan] | None = None) -> None:
        """own: plans of imports whose columns the table may lack still."""
        self.table = table
        self.own = own or {}
        self.of = lru_cache(maxsize=8)(self._read)

    def _read(self, import_id: UUID) -> StoredPlan:
        """Raises TableChanged."""
        if import_id in self.own:
            return self.own[import_id]
        with read_without_keeping_locks():
            config = ImportHistory.objects.values_list("mapping_config", flat=True).get(pk=import_id)
        refuse_changed(config or {}, self.table)
        return StoredPlan(config or {}, self.table)

    def filled_by(self, import_id: UUID) -> list[TableColumn]:
        return columns_of(self.of(import_id).plan.as_given)


def refuse_changed(config: Mapping[str, Any], table: TableDescription) -> None:
    """Raises TableChanged where the table lacks a column of the plan, has it with another type, or makes its values."""
    refuse_generated(config, table, TableChanged)
    types = {column.name: column.sql_type for column in table.columns}
    for column in columns_of(config):
        if column.name not in types or not same_type(types[column.name], column.sql_type):
            raise TableChanged(
                messages.COLUMN_CHANGED_BY_HAND(column=column.name, table=table.name, type=column.sql_type),
                table_name=table.name,
                column=column.name,
            )


def judge(replay: Replay, plans: Plans, first: int = 0) -> None:
    """Decide the outcomes of all later records that may change; change nothing of the table. Raises TableChanged.

    first: the round to begin with.
    """
    for number in range(first, len(replay.rounds)):
        concerned = replay.concerned(number)
        find_all(concerned, plans)
        decide(replay, concerned, plans.filled_by)
    replay.finish()


def find_all(concerned: Concerned, plans: Plans) -> None:
    """Find all concerned rows and records of a round."""
    more = True
    while more:
        for import_id, numbers, records in concerned.pending_duplicates():
            stored = plans.of(import_id)
            for typed in typed_duplicates(stored, numbers, records):
                concerned.add_values(import_id, columns_of(stored.plan.as_given), typed)
        for import_id in concerned.repaired_duplicates():
            concerned.add_values_of_repaired(import_id, plans.filled_by(import_id))
        for import_id in concerned.pending_updates():
            concerned.add_values_of_updates(import_id, plans.filled_by(import_id))
        more = concerned.find_equal()


def decide(replay: Replay, concerned: Concerned, filled_by: Callable[[UUID], Sequence[TableColumn]]) -> None:
    """Decide what becomes of the concerned records of a round."""
    for decisions in replay.decisions(concerned):
        decisions.match()
        decisions.insert()
        for filled, alike in _by_columns(decisions.matched(), filled_by):
            if decisions.changes_rows:
                decisions.update(alike[0], filled)
            else:
                decisions.skip(alike, filled)


def _by_columns(
    imports: Sequence[JudgedImport], filled_by: Callable[[UUID], Sequence[TableColumn]]
) -> list[tuple[Filled, list[JudgedImport]]]:
    """Return the imports by the columns that they fill."""
    found: dict[tuple[TableColumn, ...], list[JudgedImport]] = {}
    for one in imports:
        found.setdefault(tuple(filled_by(one.import_id)), []).append(one)
    return [(Filled(columns), alike) for columns, alike in found.items()]


def apply(replay: Replay, changes: Changes, plans: Plans) -> None:
    """Change the rows, the kept records and the counts of the later imports.

    Raises SourceUnavailable where a record that becomes a duplicate cannot be read from its file any more, and
    ReadingChanged where it is read differently.
    """
    for import_id in changes.kept:
        _keep_new_duplicates(import_id, replay)
    Applied(replay, lambda import_id: [column.name for column in plans.filled_by(import_id)]).apply()


def _keep_new_duplicates(import_id: UUID, replay: Replay) -> None:
    """Keep the records whose rows are removed as duplicates, as their file has them.

    Raises ReadingChanged where the file of an import by earlier rules is read differently now: it is read to its end.
    """
    matches = replay.new_duplicates(import_id)
    with read_without_keeping_locks():
        record = ImportHistory.objects.get(pk=import_id)
    reads_all = rules_version_of(record.mapping_config) < RULES_VERSION
    with source_extraction(record, work=Work.IMPORT) as extraction:
        with closing(extraction.read()) as reading:
            for so_far in reading:
                if so_far.records >= matches.record_numbers[-1].as_py() and not reads_all:
                    break
        if reads_all and reads_otherwise(record, extraction.info().header, extraction.reading()):
            raise ReadingChanged(
                messages.LATER_READING_CHANGED(import_id=str(import_id), file_name=record.file_name),
                import_id=str(import_id),
            )
        ledger, columns, key = Ledger(import_id), len(header_of(record)), key_of(record)
        for first, last in extraction.record_ranges():
            keep_duplicates(ledger, extraction, matches.between(first, last), columns, key)
