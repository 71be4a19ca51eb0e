"""The same export twice with `update`: the second time nothing changes, whatever the table."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.errors import NothingLoaded
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import import_text, query
from tests.imports.written import NAMES, OPTIONS, rows_of, schemas, written

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

HEADER = ["nr", "a", "b"]


@st.composite
def exports(draw):
    """A format, the rows of a file with a key, some of them with the key of another, and types for some columns."""
    kind = draw(st.sampled_from(["csv", "excel", "json", "xml"]))
    rows = draw(rows_of(kind, width=2).filter(bool))
    keys = [str(draw(st.integers(1, len(rows) + 1))) for _ in rows]
    return kind, [[key, *row] for key, row in zip(keys, rows, strict=True)], draw(schemas(HEADER[1:]))


def everything():
    return query("SELECT * FROM t ORDER BY id"), query("SELECT count(*) FROM imports_row_update")


@given(exports())
@settings(max_examples=examples(15), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_same_export_twice_changes_nothing(tmp_path, export):
    kind, rows, types = export
    empty_database()
    by_key = {"on_match": "update", "uniqueness_columns": ["nr"], "force_import": True}
    mapping = {
        "table_name": "t", "db_schema": {"nr": "INTEGER", **types}, "duplicate_check": by_key,
        "source_options": OPTIONS.get(kind, {}),
    }  # fmt: skip
    text = written(kind, HEADER, rows)
    try:
        first = import_text(tmp_path, NAMES[kind], text, **mapping)
    except NothingLoaded:
        return
    before = everything()
    again = import_text(tmp_path, NAMES[kind], text, strategy="adapt_data", **mapping)

    assert everything() == before
    assert (again.rows_inserted, again.rows_updated) == (0, 0)
    assert again.duplicates_found == first.rows_inserted + first.duplicates_found
