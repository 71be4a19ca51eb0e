"""What migrations use of the application, as it was when they were written: later code cannot change them."""

from __future__ import annotations

from django.db import connection, models
from django.db.models import F, Func, Value
from django.db.models.functions import Left, Replace
from django.utils.deconstruct import deconstructible
from psycopg import sql

SOURCE_TYPES = [
    ("local_upload", "Local Upload"),
    ("b2_storage", "B2 Storage"),
    ("api_direct", "Api Direct"),
    ("legacy", "Legacy"),
]

_TABLES = """
    SELECT relation.relname FROM pg_class relation
    WHERE relation.relnamespace = 'public'::regnamespace AND relation.relkind = 'r' AND 4 = (
      SELECT count(*) FROM pg_attribute attribute
      WHERE attribute.attrelid = relation.oid AND NOT attribute.attisdropped
        AND attribute.attname IN ('_import_id', '_imported_at', '_source_row_number', '_corrections_applied'))
    ORDER BY relation.relname
"""
_TRIGGERS = """
    CREATE OR REPLACE TRIGGER atlas_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS was NEW TABLE AS becomes
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change();
    CREATE OR REPLACE TRIGGER atlas_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change();
    CREATE OR REPLACE TRIGGER atlas_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change()
"""


# The path of the model's own: to Django's comparison of models and migrations both are one.
@deconstructible(path="imports.models.DatabaseNow")
class DatabaseNow(Func):
    """The server's clock at the start of the transaction."""

    function = "NOW"
    arity = 0
    output_field = models.DateTimeField()


def pattern_of_name() -> Func:
    """Return the expression of import_history.file_pattern: sales-2026.csv -> sales-*.csv, cut."""
    stars = Func(F("file_name"), Value("0123456789"), Value("*" * 10), function="translate")
    for _ in range(4):
        stars = Replace(stars, Value("**"), Value("*"))
    return Left(stars, 100)


def data_tables() -> list[str]:
    """Return the names of the tables with the four tracking columns, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [name for (name,) in cursor.fetchall()]


def triggers(table: str) -> str:
    """Return the statements that create the triggers of manual changes on a data table."""
    return sql.SQL(_TRIGGERS).format(table=sql.Identifier("public", table)).as_string(connection.connection)
