"""Little real files, each imported whole and compared with what must come of it, to the letter.

Beside `NAME` in tests/files/corpus lies `NAME.expected.json`: `refused` (the error's code and message), or
`columns` (header as the file spells it, column, type), `rows` (record number, where it stands, the values as PostgreSQL
writes them), `errors` (record number, where, code, header, value), `kept` (record number, where, fate, code, the
cells as read) and `warnings`. `about` says what the file shows, `mapping` what else was asked for.

To add a file, put it there and run this with WRITE_EXPECTED=1. Then read what was written: it is a promise.
"""

import json
import os
import shutil

import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from core.errors import AtlasError
from imports.models import ImportHistory, KeptRecord, MappingError
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import import_path
from tests.imports.reading import FILES, read_path

CORPUS = FILES / "corpus"
SUFFIX = ".expected.json"
NAMES = sorted(
    path.relative_to(CORPUS).as_posix()
    for path in CORPUS.rglob("*")
    if path.is_file() and not path.name.endswith(SUFFIX)
)
FIRST = ("about", "mapping")
#: One of each format, which its child process sends; the others are read in this process, which takes half the time.
#: What may travel from a child does not depend on the file: tests/imports/sandbox/.
FROM_A_CHILD = NAMES if examples(1) > 1 else list({path.rpartition(".")[2]: path for path in NAMES}.values())


@pytest.fixture(scope="module")
def corpus_db(django_db_setup, django_db_blocker):
    """One database for all: each file has a table of its own, and emptying takes longer than importing."""
    with django_db_blocker.unblock():
        yield
        empty_database()
    shutil.rmtree(settings.DATA_DIR / "sources", ignore_errors=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_arrives_is_what_must(corpus_db, request, name):
    if name not in FROM_A_CHILD:
        request.getfixturevalue("in_this_process")
    path = CORPUS / name
    noted = path.with_name(path.name + SUFFIX)
    expected = json.loads(noted.read_text()) if noted.exists() else {"about": "?"}
    asked = {key: expected.pop(key) for key in FIRST if key in expected}

    arrived = what_arrives(path, asked.get("mapping", {}))

    if os.environ.get("WRITE_EXPECTED") and not expected:
        noted.write_text(as_lines(asked | arrived))
    assert arrived == expected


def what_arrives(path, mapping):
    table = path.relative_to(CORPUS).as_posix().replace("/", "_")
    try:
        found = import_path(path, **{"table_name": table, **mapping})
    except AtlasError as error:
        kept = kept_of(error.details.get("import_id"))
        return {"refused": f"{error.code}: {error}"} | {key: value for key, value in kept.items() if value}
    return {
        "columns": columns_of(found),
        "rows": rows_of(found, read_path(path, **mapping.get("source_options", {})).locations),
        **kept_of(found.pk),
        "warnings": found.warnings,
    }


def columns_of(found):
    return [[one["header"], one["name"], one["sql_type"]] for one in found.mapping_config["columns"]]


def rows_of(found, locations):
    names = ["_source_row_number", *(name for _, name, _ in columns_of(found))]
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)
    query = sql.SQL("SELECT {} FROM {} WHERE _import_id = %s ORDER BY id").format(
        texts, sql.Identifier(found.table_name)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [found.pk])
        return [[int(number), locations[int(number) - 1], *cells] for number, *cells in cursor.fetchall()]


def kept_of(import_id):
    errors = MappingError.objects.filter(import_record=import_id)
    kept = KeptRecord.objects.filter(import_record=import_id)
    return {
        "errors": [[e.record_number, e.location, e.error_type, e.source_field, e.source_value] for e in errors],
        "kept": [[k.record_number, k.location, k.fate, k.reason_code, json.loads(bytes(k.original))] for k in kept],
    }


def as_lines(expected):
    """JSON with a line for each item of a list."""
    return "{\n" + ",\n".join(f'  "{key}": {_value(value)}' for key, value in expected.items()) + "\n}\n"


def _value(value):
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {_readable(item)}" for item in value) + "\n  ]"
    return _readable(value)


def _readable(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def test_every_expectation_has_its_file():
    noted = {path.relative_to(CORPUS).as_posix().removesuffix(SUFFIX) for path in CORPUS.rglob(f"*{SUFFIX}")}

    assert noted == set(NAMES)


def test_every_import_is_accounted_for(corpus_db):
    """What stands beside the tables: nothing is left in progress, nothing failed for a reason of ours."""
    left = ImportHistory.objects.exclude(status__in=["success", "partial", "failed"])
    ours = ImportHistory.objects.filter(error_message__startswith="Internal error")

    assert (left.count(), ours.count()) == (0, 0)
