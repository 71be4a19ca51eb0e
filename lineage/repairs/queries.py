"""What the database knows of single records of an import, by their numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

#: The condition on record numbers, which are sent as one text: `as_text`.
OF_NUMBERS = sql.SQL("record_number = ANY(string_to_array(%s, ',')::int[])")

_KEPT = """
    SELECT record_number, fate, location, original, mapped FROM imports_kept_record
    WHERE import_id = %s AND {of_numbers}
"""
_UPDATING = "SELECT record_number FROM imports_row_update WHERE import_id = %s AND {of_numbers}"
_REPAIRED = """
    SELECT record_number, location, original, mapped, read_errors::text FROM imports_repaired_record
    WHERE import_id = %s AND {of_numbers}
"""
_ATTEMPTS = """
    SELECT record_number, max(attempt) FROM imports_repair WHERE import_id = %s AND {of_numbers} GROUP BY 1
"""
_TAKEN = """
    SELECT record_number, by, reason, "values"::text, texts::text FROM imports_repair
    WHERE import_id = %s AND {of_numbers} AND undone_at IS NULL AND result <> 'failed'
    ORDER BY record_number, attempt
"""
_ERRORS = """
    SELECT record_number, jsonb_build_object('code', error_type, 'field', source_field, 'column', target_field,
           'value', source_value, 'message', error_message, 'details', error_details)::text
    FROM mapping_errors
    WHERE import_id = %s AND {of_numbers} AND error_details ->> 'code' = ANY(%s) ORDER BY id
"""
_COLUMNS_WITH_ERRORS = """
    SELECT record_number, target_field FROM mapping_errors WHERE import_id = %s AND {of_numbers}
"""


def kept_records(import_id: UUID, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return number, outcome, location, original and mapped."""
    return fetched(_KEPT, import_id, numbers)


def updating_records(import_id: UUID, numbers: Sequence[int]) -> set[int]:
    """Return those that updated a row."""
    return {number for (number,) in fetched(_UPDATING, import_id, numbers)}


def repaired_records(import_id: UUID, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return number, location, original, mapped and the errors of its reader as JSON."""
    return fetched(_REPAIRED, import_id, numbers)


def attempts(import_id: UUID, numbers: Sequence[int]) -> list[tuple[int, int]]:
    return fetched(_ATTEMPTS, import_id, numbers)


def taken_repairs(import_id: UUID, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return number, by, reason, values and texts as JSON of all repairs that count, in their order."""
    return fetched(_TAKEN, import_id, numbers)


def errors_with_codes(import_id: UUID, numbers: Sequence[int], codes: Sequence[str]) -> list[tuple[int, Any]]:
    """Return the errors whose messages have one of these codes."""
    return [(number, json.loads(error)) for number, error in fetched(_ERRORS, import_id, numbers, list(codes))]


def columns_with_errors(import_id: UUID, numbers: Sequence[int]) -> list[tuple[int, str]]:
    return fetched(_COLUMNS_WITH_ERRORS, import_id, numbers)


def as_text(numbers: Sequence[int]) -> str:
    """Return numbers as one parameter: a long list would take longer to be sent than to be used."""
    return ",".join(map(str, numbers))


def delete(table: str, import_id: UUID, numbers: Sequence[int], condition: str = "TRUE") -> None:
    """Delete what a table has of these records."""
    statement = sql.SQL("DELETE FROM {} WHERE import_id = %s AND {} AND {}")
    with connection.cursor() as cursor:
        cursor.execute(
            statement.format(sql.Identifier(table), OF_NUMBERS, sql.SQL(condition)), [import_id, as_text(numbers)]
        )


def fetched(query: str, import_id: UUID, numbers: Sequence[int], *more: Any) -> list[tuple[Any, ...]]:
    if not numbers:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(query).format(of_numbers=OF_NUMBERS), [import_id, as_text(numbers), *more])
        return list(cursor.fetchall())
