"""What later imports come to when an import goes or comes back: which of their records become rows or duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F

from imports.column_types import same_type
from imports.conversion.kept_duplicates import typed_duplicates
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.errors import TableChanged
from imports.loading.ledger import Ledger
from imports.loading.load import duplicates_of
from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.table_description import TableDescription
from imports.tables.rows import Match
from lineage.provenance.source_records import header_of, source_reader
from lineage.undo import messages
from lineage.undo.duplicate_replay import Replay
from lineage.undo.rounds import Changes, Round

KEPT_AT_A_TIME = 20_000  # records


def look(
    table: TableDescription,
    rounds: Sequence[Round],
    *,
    undone: UUID | None = None,
    redone: UUID | None = None,
    keeps_changed: bool = False,
) -> Replay:
    """Settles the fates of all later records that may change. Nothing of the table is touched."""
    replay = Replay(table.name, table.columns, rounds, undone=undone, redone=redone, keeps_changed=keeps_changed)
    frozen = lru_cache(maxsize=8)(lambda import_id: _frozen(import_id, table))
    for number in range(len(rounds)):
        replay.begin(number)
        wanted = True
        while wanted:
            for import_id, kept in replay.wanted(KEPT_AT_A_TIME):
                plan = frozen(import_id)
                replay.put(import_id, columns_of(plan.plan.as_given), typed_duplicates(plan, kept))
            wanted = replay.gather()
        replay.settle()
    return replay


def _frozen(import_id: UUID, table: TableDescription) -> StoredPlan:
    with read_without_keeping_locks():
        config = ImportHistory.objects.values_list("mapping_config", flat=True).get(pk=import_id)
    refuse_changed(config or {}, table)
    return StoredPlan(config or {}, table)


def refuse_changed(config: Mapping[str, Any], table: TableDescription) -> None:
    """Raises TableChanged where a column of the plan is gone or has another type."""
    types = {one.name: one.sql_type for one in table.columns}
    for one in columns_of(config):
        if one.name not in types or not same_type(types[one.name], one.sql_type):
            raise TableChanged(
                messages.COLUMN_CHANGED_BY_HAND(column=one.name, table=table.name, type=one.sql_type),
                table_name=table.name,
                column=one.name,
            )


def apply(replay: Replay, changes: Changes) -> None:
    """Rows, kept records and the imports' numbers follow. Raises SourceUnavailable where a record that becomes a
    duplicate cannot be read from its file any more."""
    for import_id in changes.leaving:
        _keep_leaving(import_id, replay)
    replay.apply()
    for import_id in changes.coming.keys() | changes.leaving.keys():
        gained = changes.coming.get(import_id, 0) - changes.leaving.get(import_id, 0)
        ImportHistory.objects.filter(pk=import_id).update(
            rows_inserted=F("rows_inserted") + gained,
            rows_skipped=F("rows_skipped") - gained,
            duplicates_found=F("duplicates_found") - gained,
            rows_came_back=True,
        )


def _keep_leaving(import_id: UUID, replay: Replay) -> None:
    """The records whose rows leave, as they stand in their file."""
    matches = [Match(*one) for one in replay.leaving(import_id)]
    with read_without_keeping_locks():
        record = ImportHistory.objects.get(pk=import_id)
    width = len(header_of(record))
    with source_reader(record) as reader:
        ledger = Ledger(import_id, reader.location)
        at = 0
        for batch in reader.batches():
            start, last = at, batch.first_record + batch.rows - 1
            while at < len(matches) and matches[at].record_number <= last:
                at += 1
            if at > start:
                found = matches[start:at]
                ledger.keep_duplicates(
                    duplicates_of(batch.with_columns(width), [match.record_number for match in found]), found
                )
            if at == len(matches):
                break
