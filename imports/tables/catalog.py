"""Read the database's catalog: which tables are data tables, their columns, and what depends on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.apps import apps as django_apps
from django.db import connection
from psycopg import sql

from imports.column_types import TYPES
from imports.errors import ReservedTable, UnknownTable, UntrackedTable
from imports.table_description import TableColumn, TableDescription
from imports.tables import messages

TRACKING_COLUMNS = ("_import_id", "_imported_at", "_source_row_number", "_corrections_applied")
RESERVED_PREFIXES = (
    "django_", "auth_", "imports_", "lineage_", "audit_", "procrastinate_", "knox_", "pg_", "sql_",
)  # fmt: skip
_RELATIONS = """
    SELECT relation.relname, relation.relkind,
           array_agg(attribute.attname ORDER BY attribute.attnum) FILTER (WHERE NOT attribute.attisdropped),
           array_agg(format_type(attribute.atttypid, attribute.atttypmod) ORDER BY attribute.attnum)
               FILTER (WHERE NOT attribute.attisdropped),
           array_agg(CASE WHEN NOT attribute.attisdropped THEN attribute.attname END ORDER BY attribute.attnum),
           array_agg(attribute.attname) FILTER (WHERE attribute.attgenerated <> '' OR attribute.attidentity = 'a')
    FROM pg_class relation
    JOIN pg_attribute attribute ON attribute.attrelid = relation.oid
    WHERE relation.relnamespace = 'public'::regnamespace AND relation.relkind IN ('r', 'v', 'm', 'f', 'p')
      AND attribute.attnum > 0 AND (%(name)s::text IS NULL OR relname = %(name)s)
    GROUP BY relation.oid HAVING NOT bool_and(attribute.attisdropped) ORDER BY relation.relname
"""
_BY_CATALOG_NAME = {type_.in_catalog: type_.name for type_ in TYPES if type_.in_catalog}
_VIEWS = """
    SELECT DISTINCT view.relname
    FROM pg_depend dependency
    JOIN pg_rewrite rule ON rule.oid = dependency.objid AND dependency.classid = 'pg_rewrite'::regclass
    JOIN pg_class view ON view.oid = rule.ev_class
    LEFT JOIN pg_attribute attribute
      ON attribute.attrelid = dependency.refobjid AND attribute.attnum = dependency.refobjsubid
    WHERE dependency.refclassid = 'pg_class'::regclass AND dependency.refobjid = %s::regclass
      AND (%s::text[] IS NULL OR attribute.attname = ANY(%s::text[]))
    ORDER BY view.relname
"""
#: Without what is dropped with the table itself: its own defaults, rules and triggers.
_DEPENDENTS = """
    SELECT DISTINCT CASE WHEN used.classid = 'pg_rewrite'::regclass
        THEN (SELECT CASE relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END || quote_ident(relname)
              FROM pg_class WHERE oid = ev_class)
        ELSE pg_describe_object(used.classid, used.objid, used.objsubid) END AS description
    FROM pg_class held JOIN pg_depend used ON
        used.refclassid = 'pg_class'::regclass AND used.refobjid = held.oid
        OR used.refclassid = 'pg_type'::regclass AND used.refobjid = held.reltype
    LEFT JOIN pg_rewrite rule ON used.classid = 'pg_rewrite'::regclass AND rule.oid = used.objid
    LEFT JOIN pg_attribute attribute ON attribute.attrelid = held.oid AND attribute.attnum = used.refobjsubid
    WHERE held.oid = %(table)s::regclass AND used.deptype = 'n' AND used.classid <> 'pg_constraint'::regclass AND
        CASE WHEN %(columns)s::text[] IS NULL
        THEN used.classid NOT IN ('pg_attrdef'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass)
        ELSE used.refclassid = 'pg_class'::regclass AND attribute.attname = ANY(%(columns)s::text[]) END
    ORDER BY description
"""
#: A default is not constant if it calls a function that is not immutable, or is such as CURRENT_TIMESTAMP.
_MADE_BY_DATABASE = """
    SELECT attname FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = to_regclass(format('public.%%I', %s::text)) AND attnum > 0 AND NOT attisdropped AND (
        attgenerated <> '' OR attidentity <> '' OR adbin::text LIKE '%%{SQLVALUEFUNCTION %%' OR EXISTS (
            SELECT 1 FROM regexp_matches(adbin::text, ':(?:op)?funcid ([0-9]+)', 'g') called (id)
            JOIN pg_proc ON pg_proc.oid = called.id[1]::oid WHERE provolatile <> 'i'))
"""
_REFERRING = """
    SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND confrelid = %s::regclass AND conrelid <> confrelid ORDER BY 1
"""


def data_tables() -> list[str]:
    """Return the names of all data tables, in order."""
    return [name for name, kind, columns, *_ in _relations(None) if _is_data_table(kind, columns)]


def existing_tables(names: Collection[str]) -> set[str]:
    """Return those of the names that data tables have."""
    return {name for name in names for _, kind, columns, *_ in _relations(name) if _is_data_table(kind, columns)}


def _is_data_table(kind: str, columns: Sequence[str]) -> bool:
    return kind == "r" and set(TRACKING_COLUMNS) <= set(columns)


def describe(name: str) -> TableDescription:
    """Return the columns of a data table. Raises UnknownTable, ReservedTable, UntrackedTable."""
    refuse_reserved(name)
    relations = _relations(name)
    if not relations:
        raise UnknownTable(messages.NO_SUCH_TABLE(table=name[:80]), table_name=name)
    _, kind, columns, types, positions, generated = relations[0]
    if kind != "r":
        raise ReservedTable(messages.NOT_A_DATA_TABLE(table=name), table_name=name)
    if not set(TRACKING_COLUMNS) <= set(columns):
        raise UntrackedTable(messages.NO_TRACKING_COLUMNS(table=name), table_name=name)
    return TableDescription(
        name, tuple(_user_columns(columns, types)), tuple(positions), frozenset(generated or ()) - {"id"}
    )


def describe_if_there(name: str) -> TableDescription | None:
    """Return the data table; None if an import may create it. Raises ReservedTable if its name is taken."""
    try:
        return describe(name)
    except UnknownTable:
        _refuse_taken_names(name)
        return None


def _refuse_taken_names(name: str) -> None:
    """Raises ReservedTable if another object has the name of the table or of its index."""
    index = index_name(name)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname IN (%s, %s)",
            [name, index],
        )
        taken = [relation for (relation,) in cursor.fetchall()]
    if taken:
        raise ReservedTable(messages.NAME_TAKEN(table=name, taken=taken[0]), table_name=name)


def index_name(table: str) -> str:
    """Return the name of the index on `_import_id` that every data table has."""
    return f"idx_{table}_import_id"


def own_tables() -> set[str]:
    """Return the names of the service's own tables."""
    return {model._meta.db_table for model in django_apps.get_models(include_auto_created=True)}


def refuse_reserved(name: str) -> None:
    """Raises ReservedTable for the service's own tables, whether they exist or not."""
    if name.startswith(RESERVED_PREFIXES) or name in own_tables():
        raise ReservedTable(messages.RESERVED_TABLE_NAME(table=name[:80]), table_name=name)


def views_on(name: str, columns: Iterable[str] | None = None) -> list[str]:
    """Return the views that use the table, or one of these columns."""
    names = None if columns is None else list(columns)
    table = sql.Identifier("public", name).as_string(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS, [table, names, names])
        return [view for (view,) in cursor.fetchall()]


def dependents_of(name: str, columns: Iterable[str] | None = None) -> list[str]:
    """Return what depends on the table, or on one of these columns, and prevents a drop, without foreign keys."""
    names = None if columns is None else list(columns)
    table = sql.Identifier("public", name).as_string(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute(_DEPENDENTS, {"table": table, "columns": names})
        return [dependent for (dependent,) in cursor.fetchall()]


def inheriting_tables(name: str) -> list[str]:
    """Return the tables that inherit the columns of this one, without partitions, which are parts of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent"
            " WHERE inhparent = to_regclass(format('public.%%I', %s::text)) AND relkind = 'r' ORDER BY 1",
            [name],
        )
        return [child for (child,) in cursor.fetchall()]


def columns_made_by_database(name: str) -> set[str]:
    """Return the columns whose values the database makes: generated, identity, and defaults that are not constant."""
    with connection.cursor() as cursor:
        cursor.execute(_MADE_BY_DATABASE, [name])
        return {column for (column,) in cursor.fetchall()} - {"id", *TRACKING_COLUMNS}


def referencing_tables(name: str) -> list[str]:
    """Return the tables that have a foreign key to this one."""
    table = sql.Identifier("public", name).as_string(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute(_REFERRING, [table])
        return [referring for (referring,) in cursor.fetchall()]


def _relations(name: str | None) -> list[tuple[str, str, list[str], list[str], list[str | None], list[str] | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_RELATIONS, {"name": name})
        return cursor.fetchall()


def _user_columns(names: Iterable[str], types: Iterable[str]) -> Iterable[TableColumn]:
    for name, type_ in zip(names, types, strict=True):
        if name != "id" and name not in TRACKING_COLUMNS:
            yield TableColumn(name, sql_name(type_))


def sql_name(catalog_name: str) -> str:
    """Return the SQL name that column_types has for a type as format_type spells it."""
    return _BY_CATALOG_NAME.get(catalog_name, catalog_name.upper().replace("CHARACTER VARYING", "VARCHAR"))
