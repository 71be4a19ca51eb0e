"""Undo and redo of tables that are named, filled or used in ways that get in the way."""

import re
from contextlib import contextmanager

import pytest
from django.db import transaction

from core.errors import TableBusy
from imports.adoption.adopt import track_table
from imports.errors import CannotRedo, CannotUndo, HistoryPurged, MappingDoesNotFit, TableChanged
from imports.history import tracking
from imports.models import ImportHistory
from lineage.consistency.check import check
from lineage.undo import messages, preview, redo_import, undo_import
from lineage.undo import undo as undoing
from tests.importing import TESTER, columns_of, import_text, in_another_thread, query, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def values(*columns):
    return sorted(tuple(row[column] for column in columns) for row in rows_of("t"))


def assert_every_law_holds():
    assert [str(violation) for violation in check().violations] == []


@pytest.mark.parametrize(
    "column",
    [
        "status",
        "import_id",
        "import_order",
        "row_id",
        "deleted",
        "table_name",
        "record_number",
        "hash",
        "round",
        "judged",
        "was",
        "becomes",
        "id_2",
    ],
)
def test_a_column_may_have_any_name(tmp_path, column):
    first = import_text(tmp_path, "a.csv", f"{column},k\nx,1\n", table_name="t")
    import_text(tmp_path, "b.csv", f"{column},k\nx,1\ny,2\n", table_name="t")
    for _ in range(2):
        undo_import(first.pk, TESTER)
        assert values(column, "k") == [("x", 1), ("y", 2)]
        redo_import(first.pk, TESTER)
        assert values(column, "k") == [("x", 1), ("y", 2)]
    query(f"UPDATE t SET {column} = 'z' WHERE k = 1")
    assert preview(first.pk).rows_changed_by_hand == 1
    query("DELETE FROM t WHERE k = 1")
    assert preview(first.pk).rows_deleted_by_hand == 1


def test_types_with_a_size_are_the_same_in_plan_and_table(tmp_path):
    types = {"db_schema": {"n": "NUMERIC(12, 3)", "v": "VARCHAR(5)"}}
    first = import_text(tmp_path, "a.csv", "n,v\n1.50,ab\n", table_name="t", **types)
    import_text(tmp_path, "b.csv", "n,v\n1.500,ab\n2,cd\n", table_name="t", **types)

    undo_import(first.pk, TESTER)
    redo_import(first.pk, TESTER)

    assert [(str(n), v) for n, v in values("n", "v")] == [("1.500", "ab"), ("2.000", "cd")]


def test_redo_is_refused_if_it_needs_details_deleted_by_retention(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    undo_import(first.pk, TESTER)
    import_text(tmp_path, "b.csv", "a\n1\n2\n", table_name="t")
    third = import_text(tmp_path, "c.csv", "a\n1\n1\n", table_name="t")
    ImportHistory.objects.filter(pk=third.pk).update(metadata={"forgotten": {"kept_records": "2026-01-01T00:00:00Z"}})

    with pytest.raises(HistoryPurged, match="were deleted by retention"):
        redo_import(first.pk, TESTER)
    assert values("a") == [(1,), (1,), (2,)]


def test_rows_without_a_number_by_other_code_count(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    own = tracking.start_import_tracking("local_upload", "own.csv", "t")
    query("INSERT INTO t (a, _import_id) VALUES (1, %s)", own)
    tracking.complete_import_tracking(own, "success", 1, 1, 1)
    third = import_text(tmp_path, "b.csv", "a\n1\n1\n", table_name="t")
    assert third.duplicates_found == 2

    undo_import(first.pk, TESTER)

    third.refresh_from_db()
    assert (third.rows_inserted, third.duplicates_found) == (1, 1)
    assert values("a") == [(1,), (1,)]


def test_a_foreign_key_of_another_table_prevents_the_undo(tmp_path):
    """By such a key the database might delete rows of that table, so its rows must not go."""
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    import_text(tmp_path, "b.csv", "a\n2\n", table_name="t")
    query("CREATE TABLE orders (row_id bigint REFERENCES t (id))")
    try:
        [said] = preview(first.pk).blocked_by
        assert str(said).startswith("The table orders has a foreign key to this table.")
        assert said == messages.FOREIGN_KEY_TO_TABLE(table="orders")
        with pytest.raises(CannotUndo, match="orders"):
            undo_import(first.pk, TESTER)
    finally:
        query("DROP TABLE orders")
    assert values("a") == [(1,), (2,)]


def test_updates_of_a_table_that_another_references_are_undone_and_redone(tmp_path):
    """No row is removed; whether the values break the key is for the database to say."""
    keyed = {"table_name": "t", "unique_columns": ["a"], "duplicate_check": {"on_match": "update"}}
    import_text(tmp_path, "a.csv", "a,code\n1,10\n2,20\n", **keyed)
    update = import_text(tmp_path, "b.csv", "a,code\n1,11\n", **keyed)
    query("ALTER TABLE t ADD UNIQUE (code)")
    query("CREATE TABLE orders (code int REFERENCES t (code)); INSERT INTO orders VALUES (20)")
    try:
        assert preview(update.pk).blocked_by == ()
        undo_import(update.pk, TESTER)
        assert values("a", "code") == [(1, 10), (2, 20)]
        redo_import(update.pk, TESTER)
        query("INSERT INTO orders VALUES (11)")
        with pytest.raises(CannotUndo, match="orders_code_fkey"):
            undo_import(update.pk, TESTER)
        assert values("a", "code") == [(1, 11), (2, 20)]
    finally:
        query("DROP TABLE orders")


def test_redo_removes_no_row_that_another_table_references(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    undo_import(first.pk, TESTER)
    import_text(tmp_path, "b.csv", "a\n1\n", table_name="t", duplicate_check={"force_import": True})
    query("CREATE TABLE orders (row_id bigint REFERENCES t (id)); INSERT INTO orders SELECT id FROM t")
    try:
        with pytest.raises(CannotRedo, match="The table orders has a foreign key to this table"):
            redo_import(first.pk, TESTER)
    finally:
        query("DROP TABLE orders")
    assert values("a") == [(1,)]


def test_whatever_else_uses_the_table_is_named(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    query("CREATE FUNCTION first_of() RETURNS t LANGUAGE sql AS 'SELECT * FROM t LIMIT 1'")
    try:
        said = "The function first_of() depends on this table or one of its columns. Remove that dependency first."
        assert [str(one) for one in preview(found.pk).blocked_by] == [said]
        with pytest.raises(CannotUndo, match=re.escape(said)):
            undo_import(found.pk, TESTER)
    finally:
        query("DROP FUNCTION first_of()")
    assert values("a") == [(1,)]


@pytest.mark.parametrize(
    ("use", "user"),
    [
        ("ALTER TABLE t ADD twice int GENERATED ALWAYS AS (b * 2) STORED", "default value for column twice of table t"),
        ("CREATE VIEW seen AS SELECT b FROM t", "view seen"),
        ("CREATE MATERIALIZED VIEW seen AS SELECT b FROM t", "materialized view seen"),
        ("CREATE POLICY few ON t USING (b > 0)", "policy few on table t"),
        (
            "CREATE TRIGGER own AFTER UPDATE OF b ON t FOR EACH STATEMENT"
            " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "trigger own on table t",
        ),
    ],
)
def test_whatever_uses_a_column_that_would_be_dropped_is_named_beforehand(tmp_path, use, user):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wider = import_text(tmp_path, "b.csv", "a,b\n2,7\n", table_name="t")
    assert preview(wider.pk).blocked_by == ()
    query(use)
    try:
        assert preview(wider.pk).blocked_by == (messages.USED_BY(user=user),)
        with pytest.raises(CannotUndo, match=f"The {user} depends on this table or one of its columns"):
            undo_import(wider.pk, TESTER)
    finally:
        query("DROP TABLE t CASCADE")


def test_a_column_whose_values_the_database_makes_by_now_is_named(tmp_path):
    """The rows of the redone import, or duplicates that an undo would restore, have values for it."""
    made = "The database itself makes the values of column “b” in table “t” by now"
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wider = import_text(tmp_path, "b.csv", "a,b\n2,4\n", table_name="t")
    undo_import(wider.pk, TESTER)
    query("ALTER TABLE t ADD b int GENERATED ALWAYS AS (a * 2) STORED")
    with pytest.raises(CannotRedo, match=made):
        redo_import(wider.pk, TESTER)
    query("ALTER TABLE t DROP b")
    redo_import(wider.pk, TESTER)
    import_text(tmp_path, "c.csv", "a,b\n2,4\n3,6\n", table_name="t")

    query("DELETE FROM t WHERE b IS NULL")
    query("ALTER TABLE t ALTER b SET NOT NULL, ALTER b ADD GENERATED ALWAYS AS IDENTITY")
    with pytest.raises(TableChanged, match=made):
        undo_import(wider.pk, TESTER)
    query("ALTER TABLE t ALTER b DROP IDENTITY, ALTER b DROP NOT NULL")
    undo_import(wider.pk, TESTER)
    assert values("a", "b") == [(2, 4), (3, 6)]


def test_tables_that_inherit_neither_get_nor_lose_columns(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wider = import_text(tmp_path, "b.csv", "a,b\n2,4\n", table_name="t")
    query("CREATE TABLE child (note text) INHERITS (t)")
    query(f"INSERT INTO child (id, a, b, _import_id, note) VALUES (100, 7, 8, '{first.pk}', 'kept')")
    try:
        with pytest.raises(MappingDoesNotFit, match="Cannot add c to table “t”: child would get these columns too"):
            import_text(tmp_path, "c.csv", "a,b,c\n3,5,6\n", table_name="t")
        with pytest.raises(CannotUndo, match="The table child depends on this table or one of its columns"):
            undo_import(wider.pk, TESTER)
        assert query("SELECT a, b, note FROM child") == [(7, 8, "kept")]
    finally:
        query("DROP TABLE child")
    undo_import(wider.pk, TESTER)
    assert columns_of("t").keys() & {"b", "c"} == set()


def test_objects_dropped_with_the_table_do_not_prevent_the_undo(tmp_path):
    found = import_text(tmp_path, "a.csv", "a,b\n1,7\n", table_name="t")
    query("ALTER TABLE t ADD CHECK (a < b);"
          "CREATE POLICY few ON t USING (b > 0); CREATE INDEX ON t ((a + b)) WHERE b > 1;"
          "CREATE TRIGGER own AFTER UPDATE OF b ON t FOR EACH STATEMENT"
          " EXECUTE FUNCTION suppress_redundant_updates_trigger()")  # fmt: skip
    assert preview(found.pk).blocked_by == ()
    assert undo_import(found.pk, TESTER).table_dropped


def test_a_trigger_that_refuses_restored_rows_is_reported_without_values(tmp_path):
    first = import_text(tmp_path, "a.csv", "k,v\n1,x\n", table_name="t", unique_columns=["k"])
    import_text(tmp_path, "b.csv", "k,v\n1,secret\n2,y\n", table_name="t", unique_columns=["k"])
    query("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no %', NEW; END $$;"
          "CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse();"
          "ALTER TABLE t ENABLE ALWAYS TRIGGER own")  # fmt: skip
    try:
        with pytest.raises(CannotUndo) as refused:
            undo_import(first.pk, TESTER)
    finally:
        query("DROP FUNCTION refuse CASCADE")
    assert str(refused.value) == (
        "A trigger of the table rejected a row to be restored (SQLSTATE P0001). "
        "Drop the trigger, or change or delete the conflicting rows, and try again."
    )
    assert values("k", "v") == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("change", ["DROP COLUMN b", "ALTER COLUMN b TYPE text"])
def test_a_manually_changed_column_is_reported(tmp_path, change):
    first = import_text(tmp_path, "a.csv", "a,b\n1,2\n", table_name="t", unique_columns=["a"])
    import_text(tmp_path, "b.csv", "a,b\n1,3\n", table_name="t", unique_columns=["a"])
    query(f"ALTER TABLE t {change}")

    for act in (preview, lambda pk: undo_import(pk, TESTER)):
        with pytest.raises(TableChanged, match="The column b of “t” was INTEGER"):
            act(first.pk)
    assert "a" in columns_of("t")


def test_a_column_that_only_the_import_had_may_be_gone_already(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wider = import_text(tmp_path, "b.csv", "a,b\n2,x\n", table_name="t")
    query("ALTER TABLE t DROP COLUMN b")

    assert undo_import(wider.pk, TESTER).columns_dropped == ()
    assert values("a") == [(1,)]


def test_duplicates_of_a_row_that_was_kept_break_no_law(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("UPDATE t SET a = 20 WHERE a = 2")
    undo_import(first.pk, TESTER, changed_rows="keep")

    assert import_text(tmp_path, "b.csv", "a\n20\n3\n", table_name="t").duplicates_found == 1
    assert_every_law_holds()


def test_redo_with_all_rows_kept_restores_columns(tmp_path):
    import_text(tmp_path, "a.csv", "a\n5\n", table_name="t")
    wider = import_text(
        tmp_path, "b.csv", "a,b\n1,\nx,7\n", table_name="t", db_schema={"b": "INTEGER"}, on_error="reject_row"
    )
    query("UPDATE t SET a = 10 WHERE a = 1")
    undo_import(wider.pk, TESTER, changed_rows="keep")
    assert "b" not in columns_of("t")

    redo_import(wider.pk, TESTER)

    assert "b" in columns_of("t")
    assert_every_law_holds()


def test_a_preview_does_not_wait_for_an_import_that_changes_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(undoing, "PREVIEW_SECONDS", 0.2)
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")

    @contextmanager
    def extend():
        with transaction.atomic():
            query("ALTER TABLE t ADD COLUMN b text")
            yield

    with in_another_thread(extend), pytest.raises(TableBusy, match="Table “t” is in use"):
        preview(found.pk)
    assert preview(found.pk).rows_going == 1


def test_undo_and_redo_of_the_widest_table(tmp_path):
    names = ",".join(f"c{number}" for number in range(1595))
    record = ",".join(["7"] * 1595)
    first = import_text(tmp_path, "a.csv", f"{names}\n{record}\n", table_name="t")
    second = import_text(tmp_path, "b.csv", f"{names}\n{record}\n{record}\n", table_name="t")

    undo_import(first.pk, TESTER)
    assert values("_source_row_number", "c1594") == [(1, 7), (2, 7)]
    redo_import(first.pk, TESTER)
    assert values("_import_id", "_source_row_number") == sorted([(first.pk, 1), (second.pk, 2)])


@pytest.mark.parametrize(
    "default", ["text DEFAULT 'x'", "numeric(5, 2) NOT NULL DEFAULT 0", "date DEFAULT CURRENT_DATE"]
)
def test_what_the_table_fills_by_itself_is_compared_as_it_is_stored(tmp_path, default):
    query(f"CREATE TABLE t (a integer, d {default})")
    track_table("t", TESTER)
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n2\n2\n3\n", table_name="t")
    assert (second.rows_inserted, second.duplicates_found) == (2, 1)

    undo_import(first.pk, TESTER)
    assert values("a", "_source_row_number") == [(2, 1), (2, 2), (3, 3)]
    redo_import(first.pk, TESTER)
    assert values("a", "_source_row_number") == [(1, 1), (2, 2), (2, 2), (3, 3)]
    assert len({row["d"] for row in rows_of("t")}) == 1


def test_a_unique_index_that_a_row_would_break_is_named(tmp_path):
    first = import_text(tmp_path, "a.csv", "k,v\n1,x\n", table_name="t", unique_columns=["k"])
    import_text(tmp_path, "b.csv", "k,v\n1,y\n2,y\n", table_name="t", unique_columns=["k"])
    query("CREATE UNIQUE INDEX one_of_each ON t (v)")

    with pytest.raises(
        CannotUndo, match="violates the constraint “one_of_each” of table “t”: another row has"
    ) as refused:
        undo_import(first.pk, TESTER)
    assert refused.value.details == {
        "table_name": "t", "rule": "one_of_each",
        "reason": "restored_row_against_key", "params": {"table": "t", "rule": "one_of_each"},
    }  # fmt: skip
    assert values("k", "v") == [(1, "x"), (2, "y")]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("CREATE UNIQUE INDEX one_of_each ON t (v)", "violates the constraint “one_of_each” of table “t”"),
        ("ALTER TABLE t ADD CONSTRAINT high CHECK (k > 1)", "violates the constraint “high” of table “t”"),
        ("ALTER TABLE t ALTER w SET NOT NULL", "has no value for the column “w” of table “t”, which is NOT NULL"),
    ],
)
def test_a_rule_that_a_redo_would_break_is_named(tmp_path, rule, named):
    first = import_text(tmp_path, "a.csv", "k,v\n1,x\n", table_name="t")
    undo_import(first.pk, TESTER)
    import_text(tmp_path, "b.csv", "k,v,w\n2,x,z\n", table_name="t")
    query(rule)

    with pytest.raises(CannotRedo, match=named):
        redo_import(first.pk, TESTER)
    assert values("k", "v") == [(2, "x")]


@pytest.mark.parametrize("deferred", ["", "DEFERRABLE INITIALLY DEFERRED"])
def test_a_foreign_key_that_a_row_would_break_is_named(tmp_path, deferred):
    first = import_text(tmp_path, "a.csv", "k,v\n1,x\n", table_name="t", unique_columns=["k"])
    second = import_text(tmp_path, "b.csv", "k,v\n1,y\n2,y\n", table_name="t", unique_columns=["k"])
    query("CREATE TABLE parent (v text PRIMARY KEY); INSERT INTO parent VALUES ('x'), ('y');"
          f"ALTER TABLE t ADD CONSTRAINT known FOREIGN KEY (v) REFERENCES parent {deferred}")  # fmt: skip
    try:
        undo_import(first.pk, TESTER)
        query("DELETE FROM parent WHERE v = 'x'")
        with pytest.raises(CannotRedo, match="violates the constraint “known” of table “t”") as refused:
            redo_import(first.pk, TESTER)
        assert refused.value.details == {
            "table_name": "t", "rule": "known",
            "reason": "restored_row_against_rule", "params": {"table": "t", "rule": "known"},
        }  # fmt: skip
        assert values("k", "v") == [(1, "y"), (2, "y")]

        query("INSERT INTO parent VALUES ('x')")
        redo_import(first.pk, TESTER)
        assert values("k", "v") == [(1, "x"), (2, "y")]
        query("UPDATE t SET v = 'x'; DELETE FROM parent WHERE v = 'y'; DELETE FROM imports_hand_change")
        with pytest.raises(CannotUndo, match="violates the constraint “known” of table “t”"):
            undo_import(first.pk, TESTER)
    finally:
        query("DROP TABLE parent CASCADE")
    assert preview(second.pk).rows_changed_by_hand == 0


def test_redo_reports_that_the_table_has_no_room_for_columns(tmp_path):
    import_text(tmp_path, "a.csv", "k\n1\n", table_name="t")
    names = ",".join(f"c{number}" for number in range(700))
    wider = import_text(tmp_path, "b.csv", f"k,{names}\n2,{','.join(['7'] * 700)}\n", table_name="t")
    undo_import(wider.pk, TESTER)
    redo_import(wider.pk, TESTER)
    undo_import(wider.pk, TESTER)

    with pytest.raises(CannotRedo, match="Cannot add 700 columns .* the 1,400 that were dropped"):
        redo_import(wider.pk, TESTER)
    assert values("k") == [(1,)]
