"""Inspect an existing table before it is tracked: its columns and keys, and what prevents tracking."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from core.messages import Message
from imports.adoption import messages
from imports.column_types import column_type, type_named
from imports.errors import CannotTrack, InvalidMapping, UnknownTable
from imports.identifiers import column_names, safe_table
from imports.locks import hold_table
from imports.locks.relations import EXCLUSIVE
from imports.table_description import MAX_COLUMNS
from imports.tables.catalog import (
    index_name,
    refuse_reserved,
    sql_name,
    views_on,
)
from imports.tables.queries.conditions import METADATA

#: The tracking columns with their types, as format_type spells them.
TYPES = {column.name: type_named(column.sql_type).catalog_name() for column in METADATA}
#: The type that the specification's Migration Guide gives a tracking column, where it is another.
OF_THE_GUIDE = {"_imported_at": "timestamp without time zone"}
WHOLE_NUMBERS = ("smallint", "integer", "bigint")

_RELATION = """
    SELECT relation.relkind = 'r' AND NOT relation.relispartition AND NOT EXISTS (
             SELECT 1 FROM pg_inherits WHERE relation.oid IN (inhrelid, inhparent)),
           ARRAY(SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
                 WHERE indrelid = relation.oid AND indisprimary),
           ARRAY(SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = relation.oid AND indisunique
                 AND NOT indisprimary ORDER BY 1)
    FROM pg_class relation WHERE relnamespace = 'public'::regnamespace AND relname = %s
      AND relkind IN ('r', 'v', 'm', 'f', 'p')
"""
_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef OR attidentity <> '', attidentity,
           attgenerated <> ''
    FROM pg_attribute WHERE attrelid = format('public.%%I', %s::text)::regclass AND attnum > 0 AND NOT attisdropped
    ORDER BY attnum
"""


@dataclass(frozen=True)
class ExistingColumn:
    """A column as the database describes it."""

    name: str
    type: str  # as format_type spells it
    not_null: bool
    has_default: bool
    identity: str  # a (always), d (by default), or empty
    is_generated: bool  # computed from other columns


@dataclass(frozen=True)
class ExistingTable:
    """A table before tracking columns are added."""

    name: str
    columns: dict[str, ExistingColumn]
    primary_key: tuple[str, ...]
    unique_indexes: tuple[str, ...]

    @property
    def identifier(self) -> sql.Identifier:
        return _table(self.name)

    @property
    def data_columns(self) -> list[ExistingColumn]:
        """All columns but `id` and the tracking columns."""
        return [column for name, column in self.columns.items() if name != "id" and name not in TYPES]


def inspect_table(name: str) -> ExistingTable:
    """Return the table, locked for the rest of the transaction. Raises UnknownTable, ReservedTable, CannotTrack."""
    refuse_reserved(name)
    with connection.cursor() as cursor:
        cursor.execute(_RELATION, [name])
        relation = cursor.fetchone()
        if relation is None:
            raise UnknownTable(messages.NO_TABLE_TO_TRACK(table=name[:80]), table_name=name)
        is_plain, primary_key, unique_indexes = relation
        if not is_plain:
            raise CannotTrack(messages.NOT_A_PLAIN_TABLE(table=name))
        hold_table(name, EXCLUSIVE)
        cursor.execute(_COLUMNS, [name])
        columns = {row[0]: ExistingColumn(*row) for row in cursor.fetchall()}
    table = ExistingTable(name, columns, tuple(primary_key), tuple(unique_indexes))
    _refuse_untrackable(table)
    return table


def is_tracked(table: ExistingTable) -> bool:
    """Return whether every row has an import."""
    if not table.columns.keys() >= TYPES.keys():
        return False
    query = sql.SQL("SELECT NOT EXISTS (SELECT 1 FROM {} WHERE _import_id IS NULL)").format(_table(table.name))
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])


def obstacles(table: ExistingTable) -> list[Message]:
    """Return which properties of the table can make later imports fail."""
    by_column = [_obstacle(column) for column in table.data_columns]
    unique = [messages.UNIQUE_VALUES(index=index) for index in table.unique_indexes]
    return [message for message in by_column if message] + unique


def _obstacle(column: ExistingColumn) -> Message | None:
    safe = column_names([column.name])[0]
    if safe != column.name:
        return messages.COLUMN_NAME_NOT_SAFE(column=column.name, safe=safe)
    try:
        column_type(sql_name(column.type))
    except InvalidMapping:
        return messages.COLUMN_TYPE_NOT_IMPORTED(column=column.name, type=column.type)
    if column.not_null and not column.has_default:
        return messages.COLUMN_NOT_NULL(column=column.name)
    return None


# --- what prevents tracking ---


def _refuse_untrackable(table: ExistingTable) -> None:
    problem = _problem_with_names(table) or _problem_with_id(table) or _problem_with_columns(table)
    if problem:
        raise CannotTrack(problem, table_name=table.name)


def _problem_with_names(table: ExistingTable) -> Message | None:
    safe = safe_table(table.name)
    if safe != table.name:
        return messages.TABLE_NAME_NOT_SAFE(table=table.name, safe=safe)
    with connection.cursor() as cursor:
        cursor.execute(_INDEX_TAKEN, [index_name(table.name), table.name])
        taken = cursor.fetchone()[0]
    return messages.INDEX_NAME_TAKEN(index=index_name(table.name)) if taken else None


_INDEX_TAKEN = """
    SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = %s
                   AND oid NOT IN (SELECT indexrelid FROM pg_index
                                   WHERE indrelid = format('public.%%I', %s::text)::regclass))
"""


def _problem_with_id(table: ExistingTable) -> Message | None:
    column = table.columns.get("id")
    if column is None:
        return None
    other_key = table.primary_key and table.primary_key != ("id",)
    if column.type not in WHOLE_NUMBERS or column.is_generated or other_key:
        return messages.ID_IS_NO_KEY(table=table.name)
    if not table.primary_key and _has_duplicate_ids(table.name):
        return messages.ID_NOT_UNIQUE()
    views = views_on(table.name, ["id"]) if column.type != "bigint" else []
    return messages.VIEW_USES_ID(view=views[0]) if views else None


def _has_duplicate_ids(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) > count(DISTINCT id) FROM {}").format(_table(name)))
        return bool(cursor.fetchone()[0])


def _problem_with_columns(table: ExistingTable) -> Message | None:
    for name, type_ in TYPES.items():
        if name in table.columns and table.columns[name].type not in (type_, OF_THE_GUIDE.get(name)):
            return messages.TRACKING_COLUMN_TYPE(column=name, type=table.columns[name].type, expected=type_)
    if not 1 <= len(table.data_columns) <= MAX_COLUMNS:
        return messages.COLUMN_COUNT(columns=len(table.data_columns), limit=MAX_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_HASH, [table.name, [column.name for column in table.data_columns]])
        names = [f"{name} ({type_})" for name, type_ in cursor.fetchall()]
    return messages.NOT_COMPARABLE(columns=names) if names else None


#: Columns whose type, and the type it is binary compatible with, has no hash operator class.
_WITHOUT_HASH = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
    WHERE attrelid = format('public.%%I', %s::text)::regclass AND attname = ANY(%s) AND typtype = 'b'
      AND typcategory <> 'A' AND NOT EXISTS (
        SELECT 1 FROM pg_opclass JOIN pg_am ON pg_am.oid = opcmethod
        WHERE amname = 'hash' AND opcdefault AND (opcintype = atttypid OR EXISTS (
          SELECT 1 FROM pg_cast WHERE castsource = atttypid AND casttarget = opcintype AND castmethod = 'b')))
    ORDER BY attnum
"""


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("public", name)
