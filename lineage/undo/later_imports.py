"""What becomes of later imports when an import is undone or redone: which of their records become rows or duplicates.

The loop over the rounds is here, and all that needs plans and files; the queries are in duplicate_replay.py.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F

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
from imports.table_description import TableDescription
from imports.tables.rows import Match
from lineage.provenance.source_records import header_of, source_extraction
from lineage.undo import messages
from lineage.undo.duplicate_replay import Replay
from lineage.undo.preconditions import reads_otherwise, refuse_generated
from lineage.undo.rounds import Changes, Round


def judge(
    table: TableDescription,
    rounds: Sequence[Round],
    *,
    undone: UUID | None = None,
    redone: UUID | None = None,
    keeps_edited: bool = False,
) -> Replay:
    """Decide the outcomes of all later records that may change; change nothing of the table. Raises TableChanged.

    undone: the import whose rows will be removed; redone: the import whose rows have been restored; one of the two.
    keeps_edited: rows with manual changes stay, whatever they repeat.
    """
    replay = Replay(table.name, table.columns, rounds, undone=undone, redone=redone, keeps_edited=keeps_edited)
    plan_of = lru_cache(maxsize=8)(lambda import_id: _stored_plan(import_id, table))
    for number in range(len(rounds)):
        replay.begin_round(number)
        more = True
        while more:
            for import_id, kept in replay.pending():
                stored = plan_of(import_id)
                for typed in typed_duplicates(stored, kept):
                    replay.add_candidates(import_id, columns_of(stored.plan.as_given), typed)
            more = replay.find_equal()
        replay.decide()
    return replay


def _stored_plan(import_id: UUID, table: TableDescription) -> StoredPlan:
    with read_without_keeping_locks():
        config = ImportHistory.objects.values_list("mapping_config", flat=True).get(pk=import_id)
    refuse_changed(config or {}, table)
    return StoredPlan(config or {}, table)


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


def apply(replay: Replay, changes: Changes) -> None:
    """Change the rows, the kept records and the counts of the later imports.

    Raises SourceUnavailable where a record that becomes a duplicate cannot be read from its file any more, and
    ReadingChanged where it is read differently.
    """
    for import_id in changes.removed:
        _keep_new_duplicates(import_id, replay)
    replay.apply()
    for import_id in changes.restored.keys() | changes.removed.keys():
        gained = changes.restored.get(import_id, 0) - changes.removed.get(import_id, 0)
        ImportHistory.objects.filter(pk=import_id).update(
            rows_inserted=F("rows_inserted") + gained,
            rows_skipped=F("rows_skipped") - gained,
            duplicates_found=F("duplicates_found") - gained,
            rows_came_back=True,
        )


def _keep_new_duplicates(import_id: UUID, replay: Replay) -> None:
    """Keep the records whose rows are removed as duplicates, as their file has them.

    Raises ReadingChanged where the file of an import by earlier rules is read differently now: it is read to its end.
    """
    matches = [Match(*match) for match in replay.new_duplicates(import_id)]
    with read_without_keeping_locks():
        record = ImportHistory.objects.get(pk=import_id)
    reads_all = rules_version_of(record.mapping_config) < RULES_VERSION
    with source_extraction(record, work=Work.IMPORT) as extraction:
        with closing(extraction.read()) as reading:
            for so_far in reading:
                if so_far.records >= matches[-1].record_number and not reads_all:
                    break
        if reads_all and reads_otherwise(record, extraction.info().header, extraction.reading()):
            raise ReadingChanged(
                messages.LATER_READING_CHANGED(import_id=str(import_id), file_name=record.file_name),
                import_id=str(import_id),
            )
        ledger, columns, key = Ledger(import_id), len(header_of(record)), key_of(record)
        remaining = deque(matches)
        for _, last in extraction.record_ranges():
            of_range = []
            while remaining and remaining[0].record_number <= last:
                of_range.append(remaining.popleft())
            keep_duplicates(ledger, extraction, of_range, columns, key)
