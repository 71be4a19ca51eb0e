"""Stored values, and the `before` of corrections, can be reproduced from the source file and the plan."""

import json

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import AtlasError
from imports.column_types import Reading, column_type
from imports.column_types.cast import canonical_texts, null_mask
from imports.models import ImportHistory
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import import_text, query
from tests.imports.written import NAMES, OPTIONS, rows_of, schemas, texts_of, written

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

HEADER = ["c0", "c1", "c2"]
READING = ("decimal", "thousands", "source_format")


@pytest.mark.parametrize("kind", NAMES)
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_before_and_the_stored_value_reproduce_from_the_source(tmp_path, kind, data):
    rows = data.draw(rows_of(kind, width=3))
    schema = data.draw(schemas(HEADER))
    options = OPTIONS.get(kind, {})
    try:
        import_text(
            tmp_path, NAMES[kind], written(kind, HEADER, rows), db_schema=schema, source_options=options,
            check_duplicates=False,
        )  # fmt: skip
    except AtlasError:
        empty_database()  # no record, or none that can be stored
        return
    source = texts_of(kind, [row for row in rows if kind != "excel" or any(cell is not None for cell in row)], 3)
    plan = ImportHistory.objects.get().mapping_config
    found = [
        (cell, reproduced(cell["text"], column, plan["source_options"]["null_tokens"]))
        for column in plan["columns"]
        if column["header"] in HEADER
        for cell in stored_cells(column, source)
    ]
    empty_database()

    for cell, (before, after, value) in found:
        assert cell["before"] == before, cell
        assert cell["after"] == after, cell
        assert cell["stored"] == value, cell


def stored_cells(column, source):
    """Check one column: the value in the source, in the table and in the correction."""
    name, at = column["name"], HEADER.index(column["header"])
    rows = query(f'SELECT _source_row_number, "{name}"::text, _corrections_applied FROM law ORDER BY id')
    assert [number for number, _, _ in rows] == list(range(1, len(source) + 1))
    for number, stored, corrections in rows:
        told = json.loads(corrections or "{}").get(name, {})
        yield {
            "column": column, "text": source[number - 1][at], "stored": stored, "before": told.get("before"),
            "after": told.get("after"),
        }  # fmt: skip


def reproduced(text, column, null_tokens):
    """Return `before`, `after` and the stored value of a text by the named conversion; PostgreSQL parses the result."""
    sql_type = column_type(column["sql_type"])
    reading = Reading(**{key: column[key] for key in READING if key in column})
    if text is None or sql_type.name == "TEXT":
        fits = text is not None and sql_type.canonical(pa.array([text]))[0].as_py()
        return None, None, text if fits else None
    trimmed = pc.utf8_trim_whitespace(pa.array([text]))
    canonical = canonical_texts(trimmed, null_mask(trimmed, null_tokens), sql_type, reading)[0].as_py()
    is_null = null_mask(trimmed, null_tokens)[0].as_py()
    value = None if canonical is None else as_postgresql_reads(canonical, sql_type.sql)
    if text in ("", canonical) or (canonical is None and not is_null):
        return None, None, value
    return text, as_shown(canonical, sql_type), value


def as_shown(canonical, sql_type):
    """Return a correction's `after`."""
    if canonical is None or not sql_type.json_literal:
        return canonical and sql_type.display_text(pa.array([canonical]))[0].as_py()
    return json.loads(canonical)


def as_postgresql_reads(text, sql_type):
    return query(f"SELECT CAST(%s AS {sql_type})::text", text)[0][0]
