"""The versions of manually changed rows that an undo keeps: as if the undone import had never updated these rows.

A kept row stays as it is, but what later updates found, and what the row would be without its manual change, is asked
for by later undos and redos.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.manual_edits import manually_edited

#: The undone updates of such rows, and for each version of the row after it the columns that it still decides there.
_UNDONE = """
    WITH undone AS (
        SELECT change.* FROM imports_row_update change JOIN {table} held ON held.id = change.row_id
        WHERE change.import_id = {import_id} AND change.table_name = {table_name} AND change.before IS NOT NULL
          AND {is_edited})
"""
_CELLS = """
    SELECT coalesce(jsonb_object_agg(name, undone.before -> name), '{{}}') AS before, coalesce(array_agg(name), '{{}}')
        AS names, coalesce(jsonb_object_agg(name, jsonb_build_object('import_id', undone.before_import_id)
                           || (undone.before_corrections -> name))
                           FILTER (WHERE undone.before_corrections ? name), '{{}}') AS corrections,
           NOT EXISTS (SELECT 1 FROM imports_row_update other WHERE {is_between}) AS is_next
    FROM unnest(undone.columns) name
    WHERE NOT EXISTS (SELECT 1 FROM imports_row_update other WHERE {is_between} AND name = ANY(other.columns))
"""
_BETWEEN = (
    "other.table_name = undone.table_name AND other.row_id = undone.row_id AND other.import_order > undone.import_order"
)
_LATER_UPDATES = """
    UPDATE imports_row_update changed
    SET before = changed.before || version.cells,
        before_import_id = CASE WHEN is_next THEN found_import ELSE before_import_id END,
        before_record_number = CASE WHEN is_next THEN found_record ELSE before_record_number END,
        before_imported_at = CASE WHEN is_next THEN found_at ELSE before_imported_at END,
        before_corrections = CASE WHEN is_next THEN found_corrections
            ELSE nullif((coalesce(before_corrections, '{{}}') - version.names) || version.corrections, '{{}}') END
    FROM (SELECT later.id, cells.before AS cells, cells.names, cells.corrections, cells.is_next,
                 undone.before_import_id AS found_import, undone.before_record_number AS found_record,
                 undone.before_imported_at AS found_at, undone.before_corrections AS found_corrections
          FROM undone JOIN imports_row_update later ON later.table_name = undone.table_name
            AND later.row_id = undone.row_id AND later.import_order > undone.import_order
          CROSS JOIN LATERAL ({cells}) cells) version
    WHERE version.id = changed.id AND changed.before IS NOT NULL
"""
_ROWS_BY_IMPORTS_ALONE = """
    UPDATE imports_hand_change note
    SET law = note.law || cells.before || CASE WHEN is_next THEN jsonb_build_object(
            '_import_id', undone.before_import_id::text, '_source_row_number', undone.before_record_number::text,
            '_imported_at', undone.before_imported_at::text,
            '_corrections_applied', undone.before_corrections::text)
        ELSE jsonb_build_object('_corrections_applied', nullif((coalesce((note.law ->> '_corrections_applied')::jsonb,
            '{{}}') - cells.names) || cells.corrections, '{{}}')::text) END
    FROM undone CROSS JOIN LATERAL ({cells}) cells
    WHERE note.table_name = undone.table_name AND note.row_id = undone.row_id AND NOT note.deleted
      AND note.law IS NOT NULL
"""


def leave_out_of_versions(table: str, undone: UUID) -> None:
    """Leave an import's updates out of the versions of the rows that its undo keeps; its updates name them still."""
    later = sql.SQL(_BETWEEN)
    before_that = sql.SQL(_BETWEEN + " AND other.import_order < later.import_order")
    with connection.cursor() as cursor:
        for statement, is_between in ((_ROWS_BY_IMPORTS_ALONE, later), (_LATER_UPDATES, before_that)):
            cells = sql.SQL(_CELLS).format(is_between=is_between)
            pieces = {
                "table": sql.Identifier("public", table), "table_name": sql.Literal(table), "cells": cells,
                "import_id": sql.Literal(undone), "is_edited": manually_edited(table),
            }  # fmt: skip
            cursor.execute(sql.SQL(_UNDONE + statement).format(**pieces))
