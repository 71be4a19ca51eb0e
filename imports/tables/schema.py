"""Create, extend and drop data tables. No other module issues such SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from psycopg import sql

from imports.errors import MappingDoesNotFit
from imports.locks import hold_history, hold_table
from imports.locks.relations import EXCLUSIVE, REFERENCES
from imports.models import DatabaseNow, ImportHistory
from imports.table_description import TableColumn
from imports.tables import messages
from imports.tables.catalog import index_name, inheriting_tables
from imports.tables.manual_edits import delete_recorded_changes, triggers
from imports.tables.origins import forget_origins, forget_updated_rows

ADDED = "Added by an import of Content Atlas."  # the comment on columns that imports add to a table
MAX_COLUMN_NUMBER = 1600  # of a table in PostgreSQL; the number of a dropped column is never used again


class SqlColumn(models.Field):
    """A column of a type from the closed list. Its model is only used to generate SQL."""

    def __init__(self, sql_type: str, name: str) -> None:
        super().__init__(null=True, db_column=name)
        self.sql_type = sql_type

    def db_type(self, connection: Any) -> str:
        return self.sql_type


class RowId(models.BigAutoField):
    """Takes ids from the sequence 32 at a time, which saves a quarter of the server's time of a COPY."""

    def db_type_suffix(self, connection: Any) -> str:
        return f"{super().db_type_suffix(connection)} (CACHE 32)"


class DataTableEditor(DatabaseSchemaEditor):
    """Django's schema editor with the specification's cascading key, and the primary key created after the load."""

    sql_create_fk = (
        "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
        "REFERENCES %(to_table)s (%(to_column)s) ON DELETE CASCADE"
    )

    def __init__(self) -> None:
        super().__init__(connection, atomic=False)
        self.deferred_sql: list[Any] = []

    def column_sql(self, model: Any, field: Any, include_default: bool = False) -> Any:
        definition, params = super().column_sql(model, field, include_default)
        if field.primary_key and definition:
            definition = definition.replace(" PRIMARY KEY", "")
            table = self.quote_name(model._meta.db_table)
            self.deferred_sql.append(f"ALTER TABLE {table} ADD PRIMARY KEY ({self.quote_name('id')})")
        return definition, params

    def key_name(self, model: type[models.Model]) -> str:
        """Return the name of the foreign key that `create_model` creates."""
        field, suffix = model._meta.get_field("_import"), "_fk_%(to_table)s_%(to_column)s"
        quoted = str(self._fk_constraint_name(model, field, suffix))  # type: ignore[attr-defined]
        return quoted[1:-1]

    def finish(self) -> None:
        """Create key, index and foreign key: one pass over the table each, instead of a check for every row.

        Raises TableBusy.
        """
        # The foreign key last: from then to the commit, other imports cannot create their records.
        keys = [statement for statement in self.deferred_sql if "FOREIGN KEY" in str(statement)]
        for statement in self.deferred_sql:
            if statement not in keys:
                self.execute(statement, params=None)
        hold_history(REFERENCES)
        for statement in keys:
            self.execute(statement, params=None)
        self.deferred_sql.clear()


def create_table(name: str, columns: Iterable[TableColumn]) -> DataTableEditor:
    """Create the table without keys and index; `finish()` of the returned editor adds them after the load."""
    delete_recorded_changes(name)
    forget_origins(name)
    forget_updated_rows(name)
    editor = DataTableEditor()
    editor.create_model(_data_model(name, columns))
    editor.deferred_sql.append(triggers(name))
    return editor


def created_by_imports(name: str) -> bool:
    """Return whether `create_table` created the table, which the name of its foreign key shows.

    Unlike the history, which may be about an earlier table of this name, the key is dropped with the table, and it
    survives dump and restore.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HAS_KEY, [name, DataTableEditor().key_name(_data_model(name, ()))])
        return bool(cursor.fetchone()[0])


_HAS_KEY = """
    SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass(format('public.%%I', %s::text))
                   AND conname = %s AND contype = 'f' AND confdeltype = 'c' AND NOT condeferrable
                   AND confrelid = 'import_history'::regclass)
"""


def add_columns(name: str, columns: Iterable[TableColumn]) -> None:
    """Add columns. Raises TableBusy, and MappingDoesNotFit where the table can get none or not so many.

    Those that were dropped count. A table that others inherit from gets none: they would get the columns, too.
    """
    columns = list(columns)
    hold_table(name, EXCLUSIVE)
    children = inheriting_tables(name)
    if children:
        raise MappingDoesNotFit(
            messages.COLUMNS_INHERITED(table=name, children=children, columns=[column.name for column in columns]),
            table_name=name,
        )
    _refuse_too_many_columns(name, len(columns))
    model = _data_model(name, columns)
    for field in model._meta.local_fields[1 : 1 + len(columns)]:
        DataTableEditor().add_field(model, field)
    _mark_added(name, columns)


def _mark_added(name: str, columns: Iterable[TableColumn]) -> None:
    """Mark columns with a comment: it is dropped with the column, so a later column of the name has none."""
    mark = sql.SQL("COMMENT ON COLUMN {} IS {}")
    marks = [mark.format(sql.Identifier("public", name, column.name), sql.Literal(ADDED)) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("; ").join(marks))


def added_columns(name: str) -> set[str]:
    """Return the columns that imports added to the table after it was created. Earlier versions did not mark all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(format('public.%%I', %s::text))"
            " AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) = %s",
            [name, ADDED],
        )
        return {column for (column,) in cursor.fetchall()}


def columns_created_with_table(name: str) -> set[str]:
    """Return the columns that `create_table` created: they are before the tracking columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT made.attname FROM pg_attribute made JOIN pg_attribute tracking USING (attrelid)"
            " WHERE attrelid = to_regclass(format('public.%%I', %s::text)) AND tracking.attname = '_import_id'"
            " AND NOT tracking.attisdropped AND made.attnum BETWEEN 1 AND tracking.attnum AND NOT made.attisdropped",
            [name],
        )
        return {column for (column,) in cursor.fetchall()}


def _refuse_too_many_columns(name: str, new: int) -> None:
    table = sql.Identifier("public", name).as_string(connection.connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(attnum), count(*) FILTER (WHERE attisdropped) FROM pg_attribute WHERE attrelid = %s::regclass",
            [table],
        )
        used, dropped = cursor.fetchone()
    if used + new > MAX_COLUMN_NUMBER:
        raise MappingDoesNotFit(
            messages.NO_PLACES_FOR_COLUMNS(table=name, new=new, limit=MAX_COLUMN_NUMBER, dropped=dropped),
            table_name=name,
        )


def create_preview_view(name: str, table: str, columns: Iterable[TableColumn]) -> None:
    """Create a view of the table with these additional, empty columns. It does not lock the table."""
    empty = sql.SQL(", ").join(
        sql.SQL("NULL::{} AS {}").format(sql.SQL(column.sql_type), sql.Identifier(column.name)) for column in columns
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE VIEW {} AS SELECT *, {} FROM {}").format(
                sql.Identifier("public", name), empty, sql.Identifier("public", table)
            )
        )


def drop_table(name: str) -> None:
    """Drop a table, never with CASCADE: views on it belong to users."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("public", name)))


def drop_columns(name: str, columns: Iterable[str]) -> None:
    """Drop columns, never with CASCADE: views on them belong to users."""
    drops = sql.SQL(", ").join(sql.SQL("DROP COLUMN {}").format(sql.Identifier(column)) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier("public", name), drops))


def _data_model(table: str, columns: Iterable[TableColumn]) -> type[models.Model]:
    """Return a model in a registry of its own. Fields are named by number, so that no header can hide an attribute."""

    class Meta:
        apps = Apps()
        app_label = "data"
        db_table = table
        indexes = [models.Index(fields=["_import"], name=index_name(table))]

    fields: dict[str, Any] = {"id": RowId(primary_key=True)}
    fields |= {f"c{number}": SqlColumn(column.sql_type, column.name) for number, column in enumerate(columns)}
    fields["_import"] = models.ForeignKey(
        ImportHistory, models.CASCADE, db_column="_import_id", related_name="+", db_index=False
    )
    fields["_imported_at"] = models.DateTimeField(null=True, db_default=DatabaseNow())
    fields["_source_row_number"] = models.IntegerField(null=True)
    fields["_corrections_applied"] = models.JSONField(null=True)
    return type("DataTable", (models.Model,), {"__module__": __name__, "Meta": Meta, **fields})
