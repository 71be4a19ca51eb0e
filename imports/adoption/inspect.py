"""A table that stands without tracking, before anything of it is changed: what it is like, and what would not do."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from core.messages import Message
from imports.adoption import messages
from imports.column_types import column_type, type_named
from imports.errors import CannotTrack, InvalidMapping, UnknownTable
from imports.identifiers import column_names, safe_table
from imports.table_description import MAX_COLUMNS, TableColumn
from imports.tables.catalog import (
    index_name,
    refuse_reserved,
    sql_name,
    views_on,
)
from imports.tables.queries.conditions import METADATA

#: The tracking columns with their types, as format_type spells them.
TYPES = {one.name: type_named(one.sql_type).catalog_name() for one in METADATA}
WHOLE_NUMBERS = ("smallint", "integer", "bigint")
LOCK_WAIT = "10s"

_SHAPE = """
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
    """As the database has it."""

    name: str
    type: str  # as format_type spells it
    not_null: bool
    has_default: bool
    identity: str  # a (always), d (by default), or empty
    is_generated: bool  # computed from other columns


@dataclass(frozen=True)
class Shape:
    """A table as it stands before."""

    name: str
    columns: dict[str, ExistingColumn]
    primary_key: tuple[str, ...]
    unique_indexes: tuple[str, ...]

    @property
    def table(self) -> sql.Identifier:
        return _table(self.name)

    @property
    def users(self) -> list[TableColumn]:
        """The columns that are not for tracking, as TableDescription has them."""
        mine = [one for one in self.columns.values() if one.name != "id" and one.name not in TYPES]
        return [TableColumn(one.name, sql_name(one.type)) for one in mine]


def shape_of(name: str) -> Shape:
    """Locks the table for the rest of the transaction. Raises UnknownTable, ReservedTable, CannotTrack."""
    refuse_reserved(name)
    with connection.cursor() as cursor:
        cursor.execute(_SHAPE, [name])
        found = cursor.fetchone()
        if found is None:
            raise UnknownTable(messages.NO_TABLE_TO_TRACK(table=name[:80]), table_name=name)
        is_plain, primary_key, unique_indexes = found
        if not is_plain:
            raise CannotTrack(messages.NOT_A_PLAIN_TABLE(table=name))
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(_table(name)))
        cursor.execute(_COLUMNS, [name])
        columns = {row[0]: ExistingColumn(*row) for row in cursor.fetchall()}
    shape = Shape(name, columns, tuple(primary_key), tuple(unique_indexes))
    _refuse_unfit(shape)
    return shape


def is_tracked(shape: Shape) -> bool:
    """Whether every row has its import."""
    if not shape.columns.keys() >= TYPES.keys():
        return False
    query = sql.SQL("SELECT NOT EXISTS (SELECT 1 FROM {} WHERE _import_id IS NULL)").format(_table(shape.name))
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])


def obstacles(shape: Shape) -> list[Message]:
    """What will make imports into the table harder than into one of their own."""
    mine = [one for one in shape.columns.values() if one.name != "id" and one.name not in TYPES]
    found = [_obstacle(one) for one in mine]
    unique = [messages.UNIQUE_VALUES(index=index) for index in shape.unique_indexes]
    return [message for message in found if message] + unique


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


# --- what cannot be done ---


def _refuse_unfit(shape: Shape) -> None:
    problem = _problem_with_names(shape) or _problem_with_id(shape) or _problem_with_columns(shape)
    if problem:
        raise CannotTrack(problem, table_name=shape.name)


def _problem_with_names(shape: Shape) -> Message | None:
    safe = safe_table(shape.name)
    if safe != shape.name:
        return messages.TABLE_NAME_NOT_SAFE(table=shape.name, safe=safe)
    with connection.cursor() as cursor:
        cursor.execute(_INDEX_TAKEN, [index_name(shape.name), shape.name])
        taken = cursor.fetchone()[0]
    return messages.INDEX_NAME_TAKEN(index=index_name(shape.name)) if taken else None


_INDEX_TAKEN = """
    SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = %s
                   AND oid NOT IN (SELECT indexrelid FROM pg_index
                                   WHERE indrelid = format('public.%%I', %s::text)::regclass))
"""


def _problem_with_id(shape: Shape) -> Message | None:
    found = shape.columns.get("id")
    if found is None:
        return None
    other_key = shape.primary_key and shape.primary_key != ("id",)
    if found.type not in WHOLE_NUMBERS or found.is_generated or other_key:
        return messages.ID_IS_NO_KEY(table=shape.name)
    if not shape.primary_key and _repeats(shape.name):
        return messages.ID_NOT_UNIQUE()
    views = views_on(shape.name, ["id"]) if found.type != "bigint" else []
    return messages.VIEW_USES_ID(view=views[0]) if views else None


def _repeats(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) > count(DISTINCT id) FROM {}").format(_table(name)))
        return bool(cursor.fetchone()[0])


def _problem_with_columns(shape: Shape) -> Message | None:
    for name, type_ in TYPES.items():
        if name in shape.columns and shape.columns[name].type != type_:
            return messages.TRACKING_COLUMN_TYPE(column=name, type=shape.columns[name].type, expected=type_)
    if not 1 <= len(shape.users) <= MAX_COLUMNS:
        return messages.COLUMN_COUNT(columns=len(shape.users), limit=MAX_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_HASH, [shape.name, [one.name for one in shape.users]])
        names = [f"{name} ({type_})" for name, type_ in cursor.fetchall()]
    return messages.NOT_COMPARABLE(columns=names) if names else None


#: Columns whose type has no hash and no equality of its own, nor the type it is made of.
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
