"""An import that adds columns: others read the table until its rows are inserted, and duplicates are found before."""

import pytest

from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.sources.upload import from_disk
from lineage.consistency.check import check
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_text, query, rows_of
from tests.sessions import session

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def balance(one):
    one.refresh_from_db()
    return one.rows_inserted, one.duplicates_found


def test_the_table_is_read_while_a_file_with_new_columns_is_loaded(tmp_path):
    import_text(tmp_path, "a.csv", "a,b\n1,x\n2,y\n", table_name="t")
    (tmp_path / "b.csv").write_text("a,b,c\n1,x,\n3,z,7\n")
    seen = []
    with session("SET lock_timeout = '100ms'") as reader:
        reader.commit()

        def look(phase, done, total):
            if phase == "loading":
                reader.execute("SELECT 1 FROM t")
                reader.rollback()
                seen.append(bool(query("SELECT 1 FROM pg_class WHERE relname = '_atlas_stage'")))

        with from_disk(tmp_path / "b.csv") as source:
            wider = run_import(source, parse_mapping({"table_name": "t"}), TESTER, progress=look)

    assert seen[-1]  # the rows were staged
    assert (balance(wider), wider.import_strategy) == ((1, 1), "extend_table")


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ([], "a,b,c\n1,x,\n1,x,\n1,x,5\n2,y,\n2,y,\n3,z,\n", (3, 3)),
        (["a"], "a,b,c\n1,q,7\n4,q,7\n4,q,8\n", (1, 2)),
        (["a", "c"], "a,b,c\n1,q,\n1,q,7\n1,q,7\n5,q,\n", (2, 2)),
        (["c"], "a,b,c\n1,x,\n1,x,7\n2,x,7\n", (2, 1)),
    ],
)
def test_duplicates_are_those_of_the_extended_table(tmp_path, key, text, expected):
    first = import_text(tmp_path, "a.csv", "a,b\n1,x\n1,x\n2,y\n", table_name="t")
    wider = import_text(tmp_path, "b.csv", text, table_name="t", unique_columns=key)
    assert (balance(wider), "c" in columns_of("t")) == (expected, True)
    rows = rows_of("t", "a b c")

    undo_import(wider.pk, TESTER)
    assert "c" not in columns_of("t")
    redo_import(wider.pk, TESTER)
    assert (balance(wider), rows_of("t", "a b c")) == (expected, rows)
    undo_import(first.pk, TESTER)
    redo_import(first.pk, TESTER)
    assert balance(wider) == expected
    assert check().violations == ()
