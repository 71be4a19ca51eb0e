"""Columns that were added with SQL to a table of imports: no undo drops them, nor the table that has them."""

import pytest

from lineage.consistency.check import check
from lineage.retention import enforce
from lineage.undo import preview, redo_import, undo_import
from tests.importing import TESTER, columns_of, import_text, query, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")

ADDED = {
    "plain": "int",
    "default": "int DEFAULT 5",
    "not null": "text NOT NULL DEFAULT 'x' COLLATE \"C\"",
    "generated": "int GENERATED ALWAYS AS (a * 2) STORED",
    "identity": "int GENERATED ALWAYS AS IDENTITY",
    "unique": "int UNIQUE",
}


def definition():
    return query(
        "SELECT attnum, atttypid, attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid) FROM pg_attribute"
        " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 't'::regclass"
        " AND attname = 'extra'"
    )


@pytest.mark.parametrize("kind", ADDED)
def test_a_column_of_others_outlives_all_imports(tmp_path, kind):
    first = import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t")
    query(f"ALTER TABLE t ADD COLUMN extra {ADDED[kind]}")
    second = import_text(tmp_path, "b.csv", "a,b\n2,y\n", table_name="t")
    before = definition()

    undo_import(first.pk, TESTER)
    seen = preview(second.pk)
    assert (seen.table_dropped, seen.columns_dropped) == (False, ())
    report = undo_import(second.pk, TESTER)
    assert (report.table_dropped, report.columns_dropped, report.rows_removed) == (False, (), 1)
    assert (rows_of("t"), definition()) == ([], before)

    assert not redo_import(first.pk, TESTER).table_made
    assert [row["a"] for row in rows_of("t")] == [1]
    enforce(["imports_with_rows"], actor=TESTER, import_ids=[first.pk, second.pk])
    assert (rows_of("t"), definition()) == ([], before)
    assert check().violations == ()
    third = import_text(tmp_path, "c.csv", "a,b\n3,z\n", table_name="t")
    query("ALTER TABLE t DROP COLUMN extra")
    assert undo_import(third.pk, TESTER).table_dropped


def test_a_column_of_others_that_an_import_fills_is_not_dropped(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    query("ALTER TABLE t ADD COLUMN extra text DEFAULT 'mine'")
    second = import_text(tmp_path, "b.csv", "a,extra\n2,y\n", table_name="t")

    assert undo_import(second.pk, TESTER).columns_dropped == ()
    assert [(row["a"], row["extra"]) for row in rows_of("t")] == [(1, "mine")]
    assert not undo_import(first.pk, TESTER).table_dropped
    assert list(columns_of("t")) == ["id", "a", "_import_id", "_imported_at", "_source_row_number",
                                     "_corrections_applied", "extra"]  # fmt: skip


@pytest.mark.parametrize("marked", [True, False])
def test_columns_that_imports_added_are_no_columns_of_others(tmp_path, marked):
    """Also where an earlier version added them, without a mark."""
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wide = import_text(tmp_path, "b.csv", "a,b\n2,y\n", table_name="t")
    wider = import_text(tmp_path, "c.csv", "a,b,c\n3,y,z\n", table_name="t")
    if not marked:
        query("COMMENT ON COLUMN t.b IS NULL; COMMENT ON COLUMN t.c IS NULL")

    assert undo_import(first.pk, TESTER).columns_dropped == ()
    assert undo_import(wider.pk, TESTER).columns_dropped == ("c",)
    if marked:
        enforce(["imports_with_rows"], actor=TESTER, import_ids=[wider.pk])
    assert undo_import(wide.pk, TESTER).table_dropped
