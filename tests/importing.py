"""How tests import a file: through the product's own pipeline, with real files."""

import json
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from django.db import connection
from psycopg import sql
from psycopg.rows import dict_row

from core.actors import Actor
from imports.loading.pipeline import run_import
from imports.locks import table_lock
from imports.mapping import parse_mapping
from imports.sources import SourceType, upload
from imports.sources.receive import spooled

TESTER = Actor("tester", user_id="7", email="tester@example.com")


def import_text(folder, name, text, **mapping):
    """Writes the text as a file and imports it; the record of the import."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_path(path, **mapping)


def import_path(path, **mapping):
    with upload.from_disk(path) as source:
        return run_import(source, parse_mapping(mapping), TESTER)


def import_records(records, **mapping):
    with from_records(records) as source:
        return run_import(source, parse_mapping(mapping), TESTER)


@contextmanager
def from_records(records):
    """Records of Python values; Decimals stay exact, dates and times become ISO 8601."""
    lines = (_json_of(record).encode("utf-8") + b"\n" for record in records)
    with spooled(lines, "records.ndjson", source_type=SourceType.API_DIRECT) as source:
        yield source


def _json_of(value):
    """Compact JSON of Python values."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_json_of(held)}" for key, held in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json_of, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    if isinstance(value, (datetime, date, time)):
        return json.dumps(value.isoformat())
    if isinstance(value, (UUID, Decimal)):
        return json.dumps(str(value))
    return json.dumps(value)


@contextmanager
def in_another_thread(opened):
    """A context that is entered and left on another connection."""
    entered, done = threading.Event(), threading.Event()

    def hold():
        with opened():
            entered.set()
            done.wait(120)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(120)
    try:
        yield
    finally:
        done.set()
        thread.join()


def table_in_use(name):
    """Another connection has the table to itself."""
    return in_another_thread(lambda: table_lock(name))


def rows_of(table, columns="*", where="TRUE"):
    """The rows of a table as dicts, in the order of their ids."""
    names = sql.SQL("*") if columns == "*" else sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    with connection.cursor():
        cursor = connection.connection.cursor(row_factory=dict_row)
        query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY id").format(names, sql.Identifier(table), sql.SQL(where))
        return [_with_json(row) for row in cursor.execute(query).fetchall()]


def _with_json(row):
    """Django's connections give jsonb as text."""
    if row.get("_corrections_applied"):
        row["_corrections_applied"] = json.loads(row["_corrections_applied"])
    return row


def table_of(folder, name, text, **mapping):
    """The types and the rows of the columns of a file that is imported into a new table, t."""
    record = import_text(folder, name, text, table_name="t", **mapping)
    types = {
        column: sql_type for column, sql_type in columns_of("t").items() if column in record.mapping_config["db_schema"]
    }
    return types, rows_of("t", " ".join(types))


def values_of(column, table="t"):
    return [row[column] for row in rows_of(table, column)]


def corrections_of(column, table="t"):
    """Before -> after of the corrections of a column."""
    corrections = [(row["_corrections_applied"] or {}).get(column) for row in rows_of(table)]
    return {correction["before"]: correction["after"] for correction in corrections if correction}


def warnings_of(record):
    """Code and parameters of each warning of an import."""
    return [(warning["code"], warning["params"]) for warning in record.warning_details]


def query(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def columns_of(table):
    """Name -> type, as information_schema has them."""
    return dict(
        query(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
            table,
        )
    )
