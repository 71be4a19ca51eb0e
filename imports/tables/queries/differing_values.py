"""What duplicates by a key have other values in than the rows that they match. Nothing stays in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import sql

from imports.table_description import TableColumn
from imports.tables.rows import Rows, copy_in, copy_statement, row_fields
from imports.tables.temporary_tables import create_temporary_copy

_DUPLICATES = sql.Identifier("pg_temp", "_atlas_shown_duplicates")
MAX_LENGTH = 200  # characters of a value that are returned


@dataclass(frozen=True)
class Difference:
    """One column in which a duplicate and its row differ."""

    column: str
    value: str | None  # of the duplicate, as PostgreSQL writes it
    row_value: str | None


def differing_values(
    table: str, columns: Sequence[TableColumn], rows: Rows, row_ids: Mapping[int, int]
) -> dict[int, list[Difference]]:
    """Return record number -> differences, in the order of the columns.

    rows: the duplicates as the rows that they would be, of these columns. row_ids: record number -> id of its row.
    """
    with transaction.atomic():
        create_temporary_copy(_DUPLICATES, table, [column.name for column in columns] + _OWN)
        copy_in(copy_statement(_DUPLICATES, [column.name for column in columns] + _OWN), row_fields(columns, rows))
        found = _differences(table, columns, row_ids)
        transaction.set_rollback(True)
    return found


_OWN = ["_source_row_number", "_corrections_applied"]


def _differences(table: str, columns: Sequence[TableColumn], row_ids: Mapping[int, int]) -> dict[int, list[Difference]]:
    each = [_difference(column.name) for column in columns]
    query = sql.SQL(
        "SELECT pairs.record_number, differences.column_name, differences.value, differences.row_value"
        " FROM unnest(%s::int[], %s::bigint[]) pairs (record_number, row_id)"
        " JOIN {duplicates} duplicate ON duplicate._source_row_number = pairs.record_number"
        " JOIN {table} held ON held.id = pairs.row_id"
        " CROSS JOIN LATERAL ({each}) differences (column_name, value, row_value)"
    ).format(
        duplicates=_DUPLICATES, table=sql.Identifier("public", table), each=sql.SQL(" UNION ALL ").join(each)
    )  # fmt: skip
    found: dict[int, list[Difference]] = {number: [] for number in row_ids}
    with connection.cursor() as cursor:
        cursor.execute(query, [list(row_ids), list(row_ids.values())])
        for number, *difference in cursor.fetchall():
            found[number].append(Difference(*difference))
    return found


def _difference(column: str) -> sql.Composed:
    """Select a column's name and both its values where these differ."""
    ours, theirs = sql.Identifier("duplicate", column), sql.Identifier("held", column)
    return sql.SQL(
        "SELECT {name}::text, left({ours}::text, {length}), left({theirs}::text, {length})"
        " WHERE {ours} IS DISTINCT FROM {theirs}"
    ).format(name=sql.Literal(column), ours=ours, theirs=theirs, length=sql.Literal(MAX_LENGTH))
