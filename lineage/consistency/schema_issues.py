"""The columns, keys and index that a data table must have: what of them is missing in one table."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db import connection

from core.messages import Message

#: The required schema of a data table. Without the columns that are `to_read`, no other invariant can be checked.
_SCHEMA_ISSUES = """
    SELECT required.code, required.params, required.to_read FROM pg_class held, LATERAL (VALUES
      ('column_of_other_type', '{"column": "_import_id", "type": "UUID"}', true, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_import_id' AND atttypid = 'uuid'::regtype)),
      ('column_of_other_type', '{"column": "_source_row_number", "type": "INTEGER"}', true, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_source_row_number' AND atttypid = 'integer'::regtype)),
      ('column_missing', '{"column": "id"}', true, EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = held.oid AND attname = 'id')),
      ('column_of_other_type', '{"column": "_imported_at", "type": "TIMESTAMPTZ"}', false, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_imported_at' AND atttypid = 'timestamptz'::regtype)),
      ('column_of_other_type', '{"column": "_corrections_applied", "type": "JSONB"}', false, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_corrections_applied' AND atttypid = 'jsonb'::regtype)),
      ('column_may_be_null', '{"column": "_import_id"}', false, EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = held.oid AND attname = '_import_id' AND attnotnull)),
      ('column_no_identity', '{"column": "id"}', false, EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = held.oid AND attname = 'id' AND atttypid = 'bigint'::regtype
          AND attidentity <> '' AND attnotnull)),
      ('column_not_unique', '{"column": "id"}', false, EXISTS (
        SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = held.oid AND attname = 'id' AND indnatts = 1 AND indisunique AND indisvalid
          AND indpred IS NULL)),
      ('index_missing', '{"column": "_import_id"}', false, EXISTS (
        SELECT 1 FROM pg_index JOIN pg_class named_index ON named_index.oid = indexrelid
          JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = held.oid AND named_index.relname = %(index)s AND attname = '_import_id' AND indisvalid
          AND indpred IS NULL)),
      ('foreign_key_missing', '{"table": "import_history"}', false, EXISTS (
        SELECT 1 FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE conrelid = held.oid AND confrelid = 'import_history'::regclass AND contype = 'f' AND confdeltype = 'c'
          AND convalidated AND attname = '_import_id'))
    ) required (code, params, to_read, is_present)
    WHERE held.relnamespace = 'public'::regnamespace AND held.relname = %(table)s AND NOT required.is_present
"""


@dataclass(frozen=True)
class SchemaIssue:
    """A deviation of a data table from the required schema."""

    sentence: Message
    to_read: bool  # needed to read the rows


def schema_issues(table_name: str, index: str) -> list[SchemaIssue]:
    """Return what is wrong with the columns, index and keys of a data table. index: the name of its index."""
    with connection.cursor() as cursor:
        cursor.execute(_SCHEMA_ISSUES, {"table": table_name, "index": index})
        return [SchemaIssue(Message(code, json.loads(params)), to_read) for code, params, to_read in cursor.fetchall()]
