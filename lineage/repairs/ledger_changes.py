"""The details of repaired records: their errors, skipped rows and unread cells, written anew; the attempts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from psycopg import sql

from imports.column_types.wire import constant, jsonb_field, number_field, text_field
from imports.extraction.duplicates import CODE
from imports.loading.ledger import Ledger
from imports.loading.load import duplicate_reason
from imports.models import Outcome
from imports.table_description import TableColumn
from imports.tables.cell_changes import image
from imports.tables.matches import Matches
from imports.tables.rows import copy_in
from lineage.repairs import queries
from lineage.repairs.known import Known
from lineage.repairs.typed_again import TypedRecords

_DETAILS = ("mapping_errors", "imports_unread_key", "imports_unread_cell")
_COUNT_ERRORS = """
    SELECT coalesce(error_type, ''), count(*), count(*) FILTER (WHERE source_field IS DISTINCT FROM '*')
    FROM mapping_errors WHERE import_id = %s AND {of_numbers} GROUP BY 1
"""
_REPAIRED = sql.SQL(
    "COPY pg_temp._atlas_repaired (record_number, location, original, mapped, read_errors) FROM STDIN (FORMAT binary)"
).format()
_REPAIRS = sql.SQL(
    "COPY imports_repair (batch, import_id, record_number, attempt, kind, origin, by, by_email, reason, before, after,"
    ' "values", texts, result, errors) FROM STDIN (FORMAT binary)'
).format()

_NO_VALUES = sql.SQL(
    "(SELECT NULL::uuid AS _import_id, NULL::int AS _source_row_number, NULL::jsonb AS _corrections_applied)"
)


def delete_details(import_id: UUID, numbers: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Delete errors, unread cells and rejected rows of records.

    Return for each type of error how many there were, and how many of these were of a value.
    """
    found = queries.fetched(_COUNT_ERRORS, import_id, numbers)
    errors = {kind: (number, of_values) for kind, number, of_values in found}
    for table in _DETAILS:
        queries.delete(table, import_id, numbers)
    queries.delete("imports_kept_record", import_id, numbers, f"fate = '{Outcome.REJECTED}'")
    return errors


def error_counts(problems: pa.RecordBatch) -> dict[str, tuple[int, int]]:
    """Return the same of errors that are not written yet."""
    of_values = pc.not_equal(problems.column("source_field"), "*")
    found: dict[str, tuple[int, int]] = {}
    for kind, is_value in zip(problems.column("error_type").to_pylist(), of_values.to_pylist(), strict=True):
        number, values = found.get(kind, (0, 0))
        found[kind] = (number + 1, values + bool(is_value))
    return found


def keep_rejected(ledger: Ledger, typed: TypedRecords) -> None:
    """Keep the records that cannot be loaded, each with the first of its errors as the reason."""
    rejected = [one for one, is_rejected in zip(typed.known, typed.rejected, strict=True) if is_rejected]
    if not rejected:
        return
    numbers = typed.problems.column("record_number").to_numpy()
    first = pa.array(numbers.searchsorted([one.number for one in rejected]))
    reasons = typed.problems.take(first)
    ledger.keep(
        _skipped(rejected, reasons.column("error_type"), reasons.column("error_message")), Outcome.REJECTED
    )  # fmt: skip


def keep_duplicates(ledger: Ledger, known: Sequence[Known], matches: Matches, key: Sequence[str]) -> None:
    """Keep records that were rejected, and are duplicates now."""
    if not matches:
        return
    by_number = {one.number: one for one in known}
    duplicates = [by_number[number] for number in matches.record_numbers.to_pylist()]
    reason = str(duplicate_reason(key))
    ledger.keep_duplicates(
        _skipped(duplicates, pa.repeat(CODE, len(matches)), pa.repeat(reason, len(matches))), matches
    )  # fmt: skip


def _skipped(known: Sequence[Known], codes: pa.Array, reasons: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            pa.array([one.number for one in known], pa.int32()), pa.array([one.location for one in known]), codes,
            reasons, pa.array([one.original.decode() for one in known]),
            pa.array([one.mapped and one.mapped.decode() for one in known], pa.string()),
        ],
        names=["record_number", "location", "reason_code", "reason", "original", "mapped"],
    )  # fmt: skip


def write_repaired(
    import_id: UUID, known: Sequence[Known], columns: Sequence[TableColumn], values: sql.Composable | None
) -> None:
    """Write the records as they are now; forget those without a repair.

    values: a table of those that are loaded; None: none of them is.
    """
    repaired = [one for one in known if one.values or one.texts]
    forgotten = [one.number for one in known if not (one.values or one.texts)]
    queries.delete("imports_repaired_record", import_id, forgotten)
    if not repaired:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE _atlas_repaired (record_number int, location text, original bytea, mapped bytea,"
            " read_errors jsonb) ON COMMIT DROP"
        )
        copy_in(_REPAIRED, [
            number_field(pa.array([one.number for one in repaired], pa.int32()), wire=">i4"),
            text_field(pa.array([one.location for one in repaired], pa.string())),
            text_field(pa.array([one.original.decode() for one in repaired], pa.string())),
            text_field(pa.array([one.mapped and one.mapped.decode() for one in repaired], pa.string())),
            jsonb_field(pa.array([json.dumps(one.read_errors) if one.read_errors else None for one in repaired],
                                 pa.string())),
        ])  # fmt: skip
        cursor.execute(sql.SQL(
            "INSERT INTO imports_repaired_record"
            " (import_id, record_number, location, original, mapped, read_errors, record, corrections, unread)"
            " SELECT {import_id}, repaired.record_number, location, original, mapped, read_errors,"
            "  CASE WHEN record._import_id IS NOT NULL THEN {image} END, record._corrections_applied, cells.columns"
            " FROM pg_temp._atlas_repaired repaired"
            " LEFT JOIN {values} record ON record._source_row_number = repaired.record_number"
            " LEFT JOIN imports_unread_cell cells ON cells.import_id = {import_id}"
            "  AND cells.record_number = repaired.record_number"
            " ON CONFLICT (import_id, record_number) DO UPDATE SET record = excluded.record,"
            "  corrections = excluded.corrections, unread = excluded.unread"
        ).format(
            import_id=sql.Literal(import_id), values=values or _NO_VALUES,
            image=image([column.name for column in columns], "record") if values else sql.SQL("NULL::jsonb"),
        ))  # fmt: skip
        cursor.execute("DROP TABLE pg_temp._atlas_repaired")


def write_attempts(fixed: Mapping[str, Any], attempts: Mapping[str, pa.Array]) -> None:
    """Write the attempts of one batch. fixed: what is the same in all of them; attempts: by column."""
    length = len(attempts["record_number"])
    if not length:
        return

    def same(name: str) -> list[Any]:
        return text_field(pa.repeat(pa.scalar(fixed[name], pa.string()), length))

    copy_in(_REPAIRS, [
        constant(fixed["batch"].bytes), constant(fixed["import_id"].bytes),
        number_field(attempts["record_number"], wire=">i4"), number_field(attempts["attempt"], wire=">i4"),
        text_field(attempts["kind"]), same("origin"), same("by"), same("by_email"), same("reason"),
        *(jsonb_field(attempts[name]) for name in ("before", "after", "values", "texts")),
        text_field(attempts["result"]), jsonb_field(attempts["errors"]),
    ])  # fmt: skip
