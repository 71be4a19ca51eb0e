"""In what the kept duplicates of an import differ from the rows that they match by its key."""

from __future__ import annotations

from collections.abc import Mapping

from imports.column_types import same_type
from imports.conversion.kept_duplicates import typed_duplicates
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.models import ImportHistory
from imports.tables.catalog import describe
from imports.tables.queries.differing_values import Difference, differing_values


def key_of(record: ImportHistory) -> list[str]:
    """Return the columns by which the import found its duplicates; empty: whole rows."""
    return list((record.mapping_config or {}).get("unique_columns") or [])


def differences(
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
    typed = typed_duplicates(StoredPlan(config, table), [(number, kept[number]) for number in numbers])
    return differing_values(table.name, columns, typed, {number: row_ids[number] for number in numbers})
