"""The rows that the kept duplicates of an import match, and in what they differ where they match by its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from imports.column_types import same_type
from imports.conversion.kept_duplicates import in_json_list, typed_duplicates
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.models import ImportHistory
from imports.tables.catalog import describe
from imports.tables.queries.differing_values import Difference, differing_values
from imports.tables.queries.record_outcomes import row_ids


class Skipped(Protocol):
    """A skipped record: a KeptRecord, or a RecordOutcome."""

    @property
    def record_number(self) -> int | None: ...
    @property
    def original(self) -> bytes | memoryview | None: ...
    @property
    def mapped(self) -> bytes | memoryview | None: ...
    @property
    def matched_import_id(self) -> UUID | None: ...
    @property
    def matched_record_number(self) -> int | None: ...


@dataclass(frozen=True)
class MatchedRow:
    """The existing row of a duplicate."""

    row_id: int
    differences: list[Difference] | None  # None: not compared


def key_of(record: ImportHistory) -> list[str]:
    """Return the columns by which the import found its duplicates; empty: whole rows."""
    return list((record.mapping_config or {}).get("unique_columns") or [])


def matched_rows(record: ImportHistory, table_name: str, skipped: Iterable[Skipped]) -> dict[int, MatchedRow]:
    """Return record number of a duplicate -> the existing row, where that row is still in the table."""
    duplicates = {
        one.record_number: (
            (one.matched_import_id, one.matched_record_number),
            bytes(one.mapped or one.original or b""),
        )
        for one in skipped
        if one.record_number and one.matched_import_id and one.matched_record_number
    }
    if not duplicates:
        return {}
    ids = row_ids(table_name, {match for match, _ in duplicates.values()})
    existing = {number: ids[match] for number, (match, _) in duplicates.items() if match in ids}
    differing = _differences(record, {number: bytes(duplicates[number][1]) for number in existing}, existing)
    return {number: MatchedRow(row_id, differing.get(number)) for number, row_id in existing.items()}


def _differences(
    record: ImportHistory, kept: Mapping[int, bytes], row_ids: Mapping[int, int]
) -> dict[int, list[Difference]]:
    """Return record number -> differences, for the duplicates whose rows are in the table.

    kept: record number -> the record as the mapping saw it. row_ids: record number -> id of the row that it matches.
    Whole rows that match have no differences, and rows of tables that were changed with SQL are not compared.
    """
    numbers = sorted(kept.keys() & row_ids.keys())
    if not numbers:
        return {}
    if not key_of(record):
        return {number: [] for number in numbers}
    table, config = describe(record.table_name), record.mapping_config or {}
    types = {column.name: column.sql_type for column in table.columns}
    columns = columns_of(config)
    if not all(column.name in types and same_type(types[column.name], column.sql_type) for column in columns):
        return {}
    differing: dict[int, list[Difference]] = {}
    records = in_json_list(kept[number] for number in numbers)
    for typed in typed_duplicates(StoredPlan(config, table), numbers, records):
        of_batch = {number: row_ids[number] for number in typed.record_numbers.to_pylist()}
        differing |= differing_values(table.name, columns, typed, of_batch)
    return differing
