"""Rows and tables that no import added: undo, redo and retention keep them."""

import threading

import pytest
from django.db import connection, transaction

from imports.adoption.adopt import track_table
from imports.analysis.analyse import analyse
from imports.errors import CannotRedo, CannotUndo, MappingDoesNotFit, TableChanged
from imports.history import start_import_tracking
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.upload import from_disk
from imports.tables.schema import ADDED
from lineage.consistency.check import check
from lineage.provenance import tables
from lineage.retention import enforce
from lineage.undo import preview, redo_import, undo_import
from lineage.undo.redo_preview import redo_preview
from lineage.undo.wording import outcome_in_words, undo_in_words
from tests.importing import TESTER, columns_of, import_text, query, rows_of
from tests.imports.written import written
from tests.lineage.foreign import foreign_rows, guided_table, own_import

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

KINDS = ["csv", "excel", "json"]
NAMES = {"csv": "csv", "excel": "xlsx", "json": "json"}
HEADER = ["name", "qty"]
FORCED = {"duplicate_check": {"force_import": True}}


def imported(folder, kind, rows, header=HEADER, table="mig1", **mapping):
    return import_text(folder, f"file.{NAMES[kind]}", written(kind, header, rows), table_name=table, **mapping)


def values(table="mig1", columns="name qty"):
    return [tuple(row.values()) for row in rows_of(table, columns)]


def balance(one):
    one.refresh_from_db()
    return one.rows_inserted, one.duplicates_found


def assert_every_law_holds():
    assert [str(violation) for violation in check().violations] == []


@pytest.fixture
def mig1():
    """Two rows of no import; afterwards they have to be there as they were written."""
    guided_table("id serial, name text, qty int", "(1, 'Ada', 1), (2, 'Bo', 2)")
    query("SELECT setval('mig1_id_seq', 2)")
    before = foreign_rows("mig1", "id, name, qty")
    yield
    assert foreign_rows("mig1", "id, name, qty") == before
    assert len(before) == 2


# --- rows ---


@pytest.mark.parametrize("kind", KINDS)
def test_an_undo_removes_the_rows_of_its_import_alone(tmp_path, mig1, kind):
    one = imported(tmp_path, kind, [["Cy", "3"]])
    assert values() == [("Ada", 1), ("Bo", 2), ("Cy", 3)]

    before = preview(one.pk)
    report = undo_import(one.pk, TESTER)

    assert (before.rows_going, before.rows_remaining, before.imports_remaining) == (1, 0, 0)
    assert (before.columns_dropped, before.table_dropped, before.blocked_by) == ((), False, ())
    assert (report.rows_removed, report.columns_dropped, report.table_dropped) == (1, (), False)
    assert values() == [("Ada", 1), ("Bo", 2)]
    assert_every_law_holds()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [[], ["name"]])
def test_a_record_equal_to_a_row_of_no_import_is_inserted(tmp_path, mig1, kind, key):
    first = imported(tmp_path, kind, [["Cy", "3"]], unique_columns=key)
    second = imported(tmp_path, kind, [["Ada", "1"], ["Cy", "3"], ["Bo", "2"], ["Di", "4"]], unique_columns=key)

    assert balance(second) == (3, 1)
    assert values()[2:] == [("Cy", 3), ("Ada", 1), ("Bo", 2), ("Di", 4)]

    undo_import(first.pk, TESTER)  # now no row of the table of an import equals a record
    assert balance(second) == (4, 0)
    redo_import(first.pk, TESTER)
    assert balance(second) == (3, 1)
    assert sorted(values()[2:]) == [("Ada", 1), ("Bo", 2), ("Cy", 3), ("Di", 4)]
    undo_import(second.pk, TESTER)
    undo_import(first.pk, TESTER)
    assert values() == [("Ada", 1), ("Bo", 2)]
    assert_every_law_holds()


@pytest.mark.parametrize("kind", KINDS)
def test_redo_restores_the_same_rows(tmp_path, mig1, kind):
    one = imported(tmp_path, kind, [["Ada", "1"], ["Ada", "1"]])
    for _ in range(2):
        undo_import(one.pk, TESTER)
        assert (redo_preview(one.pk).table_made, redo_preview(one.pk).columns_added) == (False, ())
        report = redo_import(one.pk, TESTER)
        assert (report.rows_inserted, report.duplicates_found, report.table_made) == (2, 0, False)
        assert values() == [("Ada", 1), ("Bo", 2), ("Ada", 1), ("Ada", 1)]


@pytest.mark.parametrize("choice", ["keep", "remove"])
def test_the_choice_applies_only_to_rows_of_imports(tmp_path, choice):
    one = import_text(tmp_path, "a.csv", "name,qty\nCy,3\nDi,4\n", table_name="t")
    query("ALTER TABLE t ALTER COLUMN _import_id DROP NOT NULL; INSERT INTO t (name, qty) VALUES ('Ada', 1)")
    query("UPDATE t SET qty = 5 WHERE name <> 'Cy'")
    assert preview(one.pk).rows_changed_by_hand == 1

    report = undo_import(one.pk, TESTER, changed_rows=choice)

    assert (report.rows_removed, report.rows_kept) == ((1, 1) if choice == "keep" else (2, 0))
    assert sorted(values("t")) == [("Ada", 5), *([("Di", 5)] if choice == "keep" else [])]


def test_the_undo_of_an_earlier_import_does_not_compare_with_rows_of_no_import(tmp_path, mig1):
    """The record that comes back is equal to a foreign row too."""
    first = import_text(tmp_path, "a.csv", "name,qty\nAda,1\n", table_name="mig1", unique_columns=["name"])
    second = import_text(tmp_path, "b.csv", "name,qty\nAda,9\n", table_name="mig1", unique_columns=["name"])
    third = import_text(tmp_path, "c.csv", "name,qty\nAda,7\n", table_name="mig1")
    assert (balance(second), balance(third)) == ((0, 1), (1, 0))

    assert preview(first.pk).rows_returning == 1
    undo_import(first.pk, TESTER)

    assert (balance(second), balance(third)) == ((1, 0), (1, 0))
    assert sorted(values()) == [("Ada", 1), ("Ada", 7), ("Ada", 9), ("Bo", 2)]


# --- the table ---


@pytest.mark.parametrize("kind", KINDS)
def test_undo_keeps_tables_created_by_other_code(tmp_path, kind):
    mine = own_import(
        "own",
        "CREATE TABLE own (id bigserial PRIMARY KEY, name text, qty int, _import_id uuid REFERENCES import_history"
        " ON DELETE CASCADE, _imported_at timestamptz DEFAULT now(), _source_row_number int, _corrections_applied"
        " jsonb); INSERT INTO own (name, qty, _import_id, _source_row_number) SELECT 'Ada', 1, %s, 1",
        1,
    )
    other = imported(tmp_path, kind, [["Ada", "1"], ["Cy", "3"]], table="own")
    assert balance(other) == (1, 1)

    assert not preview(mine).table_dropped
    report = undo_import(mine, TESTER)
    assert (report.rows_removed, report.rows_returned, report.table_dropped) == (1, 1, False)
    assert sorted(values("own")) == [("Ada", 1), ("Cy", 3)]
    report = undo_import(other.pk, TESTER)
    assert (report.rows_removed, report.table_dropped) == (2, False)
    assert (values("own"), list(columns_of("own"))[:3]) == ([], ["id", "name", "qty"])
    redo_import(other.pk, TESTER)
    assert values("own") == [("Ada", 1), ("Cy", 3)]


def test_the_last_undo_deletes_a_table_created_by_an_import(tmp_path):
    """Whichever import made it: also one that only filled it when it was imported."""
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n2\n", table_name="t")
    assert not undo_import(first.pk, TESTER).table_dropped
    assert undo_import(second.pk, TESTER).table_dropped
    assert redo_import(second.pk, TESTER).table_made
    assert preview(second.pk).table_dropped
    assert undo_import(second.pk, TESTER).table_dropped

    redo_import(second.pk, TESTER)
    enforce(["imports_with_rows"], actor=TESTER, import_ids=[first.pk])  # nothing tells of the first any more
    assert undo_import(second.pk, TESTER).table_dropped
    assert columns_of("t") == {}


@pytest.mark.parametrize("name", ["t", "n" * 49, "größe"])
def test_tables_created_by_imports_are_recognized_by_any_name(tmp_path, name):
    one = import_text(tmp_path, "a.csv", "a\n1\n", table_name=name)
    assert undo_import(one.pk, TESTER).table_dropped


def test_undo_keeps_a_manually_created_table_of_the_same_name(tmp_path):
    one = import_text(tmp_path, "a.csv", "name,qty\nCy,3\n", table_name="mig1")
    assert undo_import(one.pk, TESTER).table_dropped
    guided_table("id serial, name text, qty int", "(1, 'Ada', 1)")
    query("SELECT setval('mig1_id_seq', 1)")

    redo_import(one.pk, TESTER)
    assert values() == [("Ada", 1), ("Cy", 3)]
    assert not undo_import(one.pk, TESTER).table_dropped
    assert values() == [("Ada", 1)]


def test_undo_keeps_an_empty_manually_created_table(tmp_path):
    query("CREATE TABLE mig1 (id serial, name text, qty int)")
    guided_table("id int", "(1)", name="other")
    query("ALTER TABLE mig1 ADD _import_id uuid, ADD _imported_at timestamp, ADD _source_row_number int,"
          " ADD _corrections_applied jsonb")  # fmt: skip
    one = import_text(tmp_path, "a.csv", "name,qty\nCy,3\n", table_name="mig1")

    assert (preview(one.pk).table_dropped, undo_import(one.pk, TESTER).table_dropped) == (False, False)
    assert values() == []


def test_undo_keeps_a_table_with_rows_of_no_import(tmp_path):
    one = import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t")
    query("ALTER TABLE t ALTER COLUMN _import_id DROP NOT NULL; INSERT INTO t (a) VALUES (7)")

    report = undo_import(one.pk, TESTER)

    assert (report.rows_removed, report.table_dropped, report.columns_dropped) == (1, False, ())
    assert values("t", "a b") == [(7, None)]
    query("DELETE FROM t")
    again = import_text(tmp_path, "b.csv", "a,b\n1,x\n", table_name="t")
    assert undo_import(again.pk, TESTER).table_dropped


# --- columns ---


@pytest.mark.parametrize("kind", KINDS)
def test_undo_drops_only_the_column_that_the_import_added(tmp_path, mig1, kind):
    narrow = imported(tmp_path, kind, [["Cy"]], header=["name"])
    wide = imported(tmp_path, kind, [["Di", "4", "red"]], header=[*HEADER, "colour"], strategy="extend_table")
    assert list(columns_of("mig1"))[-1] == "colour"

    assert preview(wide.pk).columns_dropped == ("colour",)
    assert undo_import(wide.pk, TESTER).columns_dropped == ("colour",)
    assert undo_import(narrow.pk, TESTER).columns_dropped == ()
    assert list(columns_of("mig1"))[:3] == ["id", "name", "qty"]
    assert "colour" not in columns_of("mig1")
    assert redo_import(wide.pk, TESTER).columns_added == ("colour",)
    assert values(columns="name colour") == [("Ada", None), ("Bo", None), ("Di", "red")]
    assert undo_import(wide.pk, TESTER).columns_dropped == ("colour",)
    assert_every_law_holds()


def test_a_column_is_dropped_with_the_last_import_that_fills_it(tmp_path, mig1):
    first = import_text(tmp_path, "a.csv", "name,colour\nCy,red\n", table_name="mig1", strategy="extend_table")
    second = import_text(tmp_path, "b.csv", "name,colour\nDi,blue\n", table_name="mig1")

    assert undo_import(first.pk, TESTER).columns_dropped == ()
    enforce(["imports_with_rows"], actor=TESTER, import_ids=[first.pk])
    assert undo_import(second.pk, TESTER).columns_dropped == ("colour",)


def test_undo_drops_a_column_that_other_code_left_empty(tmp_path):
    guided_table("id serial, name text", "(1, 'Ada')")
    query("SELECT setval('mig1_id_seq', 1)")
    own_import("mig1", "INSERT INTO mig1 (name, _import_id) VALUES ('Bo', %s)", 1)
    wide = import_text(tmp_path, "a.csv", "name,a,b\nCy,1,2\n", table_name="mig1", strategy="extend_table")
    running = start_import_tracking("api_direct", "more.csv", "mig1")
    query("INSERT INTO mig1 (name, a, _import_id) VALUES ('Di', 5, %s)", running)

    assert undo_import(wide.pk, TESTER).columns_dropped == ("b",)
    assert values(columns="name a") == [("Ada", None), ("Bo", None), ("Di", 5)]


def test_a_column_with_a_value_in_a_row_of_no_import_stays(tmp_path):
    guided_table("id serial, name text", "(1, 'Ada')")
    query("SELECT setval('mig1_id_seq', 1)")
    wide = import_text(tmp_path, "a.csv", "name,a,b\nCy,1,2\n", table_name="mig1", strategy="extend_table")
    query("UPDATE mig1 SET a = 9 WHERE name = 'Ada'")

    assert preview(wide.pk).columns_dropped == ("b",)
    assert undo_import(wide.pk, TESTER).columns_dropped == ("b",)
    assert values(columns="name a") == [("Ada", 9)]


def test_a_column_of_ours_with_a_value_in_a_row_of_no_import_stays(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wide = import_text(tmp_path, "b.csv", "a,b,c\n2,x,y\n", table_name="t")
    query("ALTER TABLE t ALTER COLUMN _import_id DROP NOT NULL; INSERT INTO t (a, b) VALUES (7, 'mine')")

    assert undo_import(wide.pk, TESTER).columns_dropped == ("c",)
    assert values("t", "a b") == [(1, None), (7, "mine")]


def test_undo_keeps_a_manually_added_column(tmp_path, mig1):
    wide = import_text(tmp_path, "a.csv", "name,colour\nCy,red\n", table_name="mig1", strategy="extend_table")
    assert query("SELECT col_description('mig1'::regclass, attnum) FROM pg_attribute"
                 " WHERE attrelid = 'mig1'::regclass AND attname = 'colour'") == [(ADDED,)]  # fmt: skip
    undo_import(wide.pk, TESTER)
    query("ALTER TABLE mig1 ADD COLUMN colour text")

    other = import_text(tmp_path, "b.csv", "name,colour\nDi,blue\n", table_name="mig1")
    assert undo_import(other.pk, TESTER).columns_dropped == ()
    redo_import(wide.pk, TESTER)
    assert undo_import(wide.pk, TESTER).columns_dropped == ()
    assert "colour" in columns_of("mig1")


@pytest.mark.parametrize("marked", [True, False])
def test_undo_drops_a_column_added_to_an_adopted_table(tmp_path, marked):
    """Also where an earlier version of this service added it, without a mark; not where its owner did."""
    query("CREATE TABLE old (id serial PRIMARY KEY, name text); INSERT INTO old (name) VALUES ('Ada')")
    track_table("old", TESTER)
    first = import_text(tmp_path, "a.csv", "name,colour\nCy,red\n", table_name="old", strategy="extend_table")
    query("ALTER TABLE old ADD COLUMN size int" + ("" if marked else "; COMMENT ON COLUMN old.colour IS NULL"))
    second = import_text(tmp_path, "b.csv", "name,colour,size\nDi,blue,7\n", table_name="old")

    assert undo_import(first.pk, TESTER).columns_dropped == ()
    assert undo_import(second.pk, TESTER).columns_dropped == ("colour",)
    assert values("old", "name size") == [("Ada", None)]


# --- rules of the owner ---


@pytest.mark.parametrize("kind", KINDS)
def test_a_constraint_violated_with_a_row_of_no_import_rejects_the_file(tmp_path, mig1, kind):
    query("ALTER TABLE mig1 ADD CONSTRAINT one_name UNIQUE (name)")

    with pytest.raises(MappingDoesNotFit, match="violates the constraint “one_name” of table “mig1”") as refused:
        imported(tmp_path, kind, [["Cy", "3"], ["Ada", "7"]])

    assert refused.value.details["rule"] == "one_name"
    assert values() == [("Ada", 1), ("Bo", 2)]
    one = imported(tmp_path, kind, [["Cy", "3"]])
    undo_import(one.pk, TESTER)


def test_an_undo_or_redo_that_would_break_the_rule_is_refused(tmp_path, mig1):
    first = import_text(tmp_path, "a.csv", "name,qty\nCy,3\n", table_name="mig1", unique_columns=["name"])
    import_text(tmp_path, "b.csv", "name,qty\nCy,1\n", table_name="mig1", unique_columns=["name"])
    query("CREATE UNIQUE INDEX one_qty ON mig1 (qty)")

    with pytest.raises(CannotUndo, match="violates the constraint “one_qty”"):
        undo_import(first.pk, TESTER)  # Cy,1 would come back, beside Ada,1
    query("DROP INDEX one_qty")
    undo_import(first.pk, TESTER)
    query(
        "CREATE UNIQUE INDEX one_pair ON mig1 (qty) WHERE name <> 'Ada'; INSERT INTO mig1 (name, qty) VALUES ('E', 3)"
    )
    with pytest.raises(CannotRedo, match="violates the constraint “one_pair”"):
        redo_import(first.pk, TESTER)
    assert sorted(values()) == [("Ada", 1), ("Bo", 2), ("Cy", 1), ("E", 3)]
    query("DELETE FROM mig1 WHERE name = 'E'")


# --- concurrent changes ---


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("a\n1\n", "INSERT INTO t (a) VALUES (7)"),  # the table would go
        ("a,b\n2,x\n", "INSERT INTO t (a, b) VALUES (7, 'mine')"),  # the column would go
    ],
)
def test_rows_that_are_inserted_while_an_undo_begins_stop_it(tmp_path, text, statement):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    if "b" in text:
        first = import_text(tmp_path, "b.csv", text, table_name="t")
    query("ALTER TABLE t ALTER COLUMN _import_id DROP NOT NULL")
    before = rows_of("t")
    outcome = []

    def undo():
        try:
            outcome.append(undo_import(first.pk, TESTER))
        except TableChanged as error:
            outcome.append(str(error))
        connection.close()

    undoing = threading.Thread(target=undo)
    with transaction.atomic():
        query(statement)
        undoing.start()
        while not query("SELECT 1 FROM pg_locks WHERE relation = 't'::regclass AND NOT granted"):
            undoing.join(0.02)
            assert undoing.is_alive()
    undoing.join()

    assert outcome == [
        "Rows of “t” were inserted or changed with SQL while the undo started, so nothing was undone. Try again."
    ]
    assert rows_of("t")[: len(before)] == before
    assert ImportHistory.objects.get(pk=first.pk).is_active


# --- retention ---


def test_retention_of_imports_with_their_rows_takes_no_other(tmp_path, mig1):
    one = import_text(tmp_path, "a.csv", "name,qty,colour\nCy,3,red\n", table_name="mig1", strategy="extend_table")
    asked = {"actor": TESTER, "import_ids": [one.pk]}

    [before] = enforce(["imports_with_rows"], dry_run=True, **asked)
    [done] = enforce(["imports_with_rows"], **asked)

    assert before.numbers == done.numbers
    assert (done.numbers["rows"], done.numbers["imports"]) == (1, 1)
    assert ImportHistory.objects.count() == 0
    assert values() == [("Ada", 1), ("Bo", 2)]
    assert "colour" not in columns_of("mig1")
    assert_every_law_holds()


# --- what is shown ---


def test_a_preview_proposes_to_track_the_rows_of_no_import(tmp_path):
    guided_table("id serial, name text, qty int", "(1, 'Ada', 1), (2, 'Bo', 2)")
    query("SELECT setval('mig1_id_seq', 2)")
    import_text(tmp_path, "a.csv", "name,qty\nCy,3\n", table_name="mig1")
    (tmp_path / "b.csv").write_text("name,qty\nAda,1\nDi,4\n")

    def warnings():
        with from_disk(tmp_path / "b.csv") as source:
            found = analyse(source, parse_mapping({"table_name": "mig1"}))
        return [one["params"] for one in found["warning_details"] if one["code"] == "foreign_rows_in_table"]

    assert warnings() == [{"table": "mig1", "rows": 2}]
    assert track_table("mig1", TESTER).rows == 2
    assert warnings() == []
    assert columns_of("mig1")["_imported_at"] == "timestamp with time zone"
    assert_every_law_holds()


def test_rows_of_no_import_are_not_counted_as_of_imports(tmp_path, mig1):
    one = import_text(tmp_path, "a.csv", "name,qty\nCy,3\n", table_name="mig1")

    assert tables.table_lineage("mig1") == {"total_imports": 1, "total_rows_contributed": 1}
    assert [found["total_rows_contributed"] for found in tables.tables()] == [1]
    assert check("mig1").checked["rows"] == 1
    assert check("mig1").violations == ()
    undo_import(one.pk, TESTER)
    assert tables.table_lineage("mig1") == {"total_imports": 0, "total_rows_contributed": 0}


def test_the_preview_shows_that_the_table_is_kept(tmp_path, mig1):
    one = import_text(tmp_path, "a.csv", "name,qty\nCy,3\n", table_name="mig1")

    said = [str(sentence) for sentence in undo_in_words(preview(one.pk))]

    assert said == [
        "1 row will be removed from mig1.",
        "The table will be kept, because no import created it or because it has rows or columns that no import added."
        " They stay unchanged.",
        "The import stays in the history as undone. You can import the file again.",
    ]
    assert outcome_in_words(preview(one.pk)) == "1 row will be removed. The table will be kept."
