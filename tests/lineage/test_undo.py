"""Undo: rows, columns and tables, and what prevents it."""

import threading
import time
from uuid import uuid4

import pytest
from django.db import connection

from audit.models import AuditEntry
from core.errors import TableBusy
from imports.errors import CannotUndo, TooManyErrors, UnknownImport
from imports.history import tracking
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources import upload
from lineage.undo import messages, preview, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.importing import TESTER, columns_of, import_text, query, rows_of, table_in_use

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def test_undo_keeps_rows_of_other_imports(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n3\n", table_name="t")

    report = undo_import(first.pk, TESTER)

    assert (report.rows_removed, report.table_dropped) == (2, False)
    assert [(row["a"], row["_import_id"]) for row in rows_of("t")] == [(3, second.pk)]


def test_the_preview_equals_the_undo(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    import_text(tmp_path, "b.csv", "a\n3\n", table_name="t")

    before = preview(first.pk)
    report = undo_import(first.pk, TESTER)

    assert (before.rows_going, before.rows_remaining, before.imports_remaining) == (2, 1, 1)
    assert before.rows_going == report.rows_removed
    assert (before.columns_dropped, before.table_dropped) == (report.columns_dropped, report.table_dropped)


def test_the_last_undo_drops_the_table_and_keeps_the_history(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")

    assert preview(found.pk).table_dropped
    assert undo_import(found.pk, TESTER, "by mistake").table_dropped

    assert columns_of("t") == {}
    found.refresh_from_db()
    assert (found.status, found.undone_by, found.undo_reason) == ("success", "tester", "by mistake")
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.detail["rows_removed"]) == ("import.undone", 1)


def test_undo_drops_columns_added_only_by_the_import(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    extended = import_text(tmp_path, "b.csv", "a,b\n2,x\n", table_name="t")

    assert preview(extended.pk).columns_dropped == ("b",)
    assert undo_import(extended.pk, TESTER).columns_dropped == ("b",)
    assert "b" not in columns_of("t")


def test_a_file_can_be_imported_again_after_an_undo(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    undo_import(first.pk, TESTER)

    assert import_text(tmp_path, "a.csv", "a\n1\n", table_name="t").rows_inserted == 1


def test_a_refused_undo_gives_the_reason(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    undo_import(found.pk, TESTER)
    with pytest.raises(TooManyErrors):
        import_text(tmp_path, "b.csv", "a\nx\n", db_schema={"a": "INTEGER"}, on_error="abort")
    failed = ImportHistory.objects.get(status="failed")
    running = tracking.start_import_tracking("local_upload", "c.csv", "t")

    for import_id, message, code in (
        (found.pk, "already undone on 20..-..-.. ..:.. UTC", "undone_already"),
        (failed.pk, "failed", "undo_of_failed"),
        (running, "still running", "undo_of_running"),
    ):
        with pytest.raises(CannotUndo, match=message) as refused:
            undo_import(import_id, TESTER)
        assert refused.value.details["reason"] == code
    with pytest.raises(UnknownImport):
        undo_import(uuid4(), TESTER)


def test_a_view_on_the_table_prevents_the_undo(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    query("CREATE VIEW seen AS SELECT a FROM t")

    [obstacle] = preview(found.pk).blocked_by
    assert str(obstacle) == "The view seen depends on this table or one of its columns. Remove that dependency first."
    assert obstacle == messages.USED_BY(user="view seen")
    with pytest.raises(CannotUndo, match="view seen"):
        undo_import(found.pk, TESTER)
    assert len(rows_of("t")) == 1


def test_a_view_on_a_column_prevents_only_undos_that_drop_it(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    extended = import_text(tmp_path, "b.csv", "a,b\n2,x\n", table_name="t")
    query("CREATE VIEW seen AS SELECT b FROM t")

    assert preview(extended.pk).blocked_by != ()
    assert undo_import(first.pk, TESTER).rows_removed == 1


def test_undo_reports_a_manually_dropped_table(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    query("DROP TABLE t")

    with pytest.raises(CannotUndo, match="no longer exists"):
        undo_import(found.pk, TESTER)


def test_an_undo_waits_for_the_table_and_then_gives_up(tmp_path, settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.2
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    started = time.monotonic()
    with table_in_use("t"), pytest.raises(TableBusy, match="is in use"):  # while the table is still in use
        undo_import(found.pk, TESTER)
    assert time.monotonic() - started > 0.15
    assert len(rows_of("t")) == 1


def test_undo_removes_rows_inserted_manually_under_the_import(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    manual = tracking.start_import_tracking("local_upload", "own.csv", "t")
    query("INSERT INTO t (a, _import_id, _source_row_number) VALUES (5, %s, 1)", manual)
    tracking.complete_import_tracking(manual, "success", 1, 1, 1)

    assert undo_import(manual, TESTER).rows_removed == 1
    assert [row["a"] for row in rows_of("t")] == [1]


def test_an_undo_that_drops_its_table_leaves_imports_of_other_tables_alone(tmp_path):
    """It needs the whole history for a moment; an import holds nothing of it while its rows go in."""
    found = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    import_text(tmp_path, "b.csv", "a\n1\n", table_name="standing")
    loading, done, outcomes = threading.Event(), threading.Event(), []

    def pause(phase, records, total):
        if phase == "loading":
            loading.set()
            done.wait(120)

    def slow(name, table):
        (tmp_path / name).write_text("a\n2\nx\n")
        with upload.from_disk(tmp_path / name) as source:
            request = parse_mapping({"table_name": table, "db_schema": {"a": "INTEGER"}})
            outcomes.append(run_import(source, request, TESTER, progress=pause).status)
        connection.close()

    imports = [threading.Thread(target=slow, args=pair) for pair in (("c.csv", "made"), ("d.csv", "standing"))]
    for thread in imports:
        thread.start()
    assert loading.wait(120)
    try:
        assert undo_import(found.pk, TESTER).table_dropped
        assert all(thread.is_alive() for thread in imports)
    finally:
        done.set()
        for thread in imports:
            thread.join()
    assert outcomes == ["success", "success"]


def test_an_import_whose_record_was_deleted_meanwhile_loads_nothing(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    (tmp_path / "b.csv").write_text("a\n2\n")

    def delete(phase, records, total):
        if phase == "loading":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM import_history WHERE status = 'in_progress'")

    with upload.from_disk(tmp_path / "b.csv") as source, pytest.raises(UnknownImport):
        run_import(source, parse_mapping({"table_name": "t"}), TESTER, progress=delete)
    assert [row["a"] for row in rows_of("t")] == [1]


def test_the_preview_of_keeping_rows_lists_what_is_kept(tmp_path):
    found = import_text(tmp_path, "a.csv", "a,b\n1,x\n2,y\n", table_name="t")
    query("UPDATE t SET a = 5 WHERE a = 1")
    query("CREATE VIEW seen AS SELECT a FROM t")

    before = preview(found.pk, EditedRowsChoice.KEEP)
    report = undo_import(found.pk, TESTER, changed_rows=EditedRowsChoice.KEEP)

    assert (before.rows_going, before.rows_remaining, before.table_dropped, before.blocked_by) == (1, 1, False, ())
    assert (report.rows_removed, report.rows_kept, report.table_dropped) == (1, 1, False)
    assert [row["a"] for row in rows_of("t")] == [5]


def test_a_column_that_a_kept_row_fills_stays(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    extended = import_text(tmp_path, "b.csv", "a,b,c\n2,x,y\n", table_name="t")
    query("UPDATE t SET c = NULL WHERE a = 2")

    before = preview(extended.pk, EditedRowsChoice.KEEP)
    report = undo_import(extended.pk, TESTER, changed_rows=EditedRowsChoice.KEEP)

    assert before.columns_dropped == report.columns_dropped == ("c",)
    assert [row["b"] for row in rows_of("t", "b")] == [None, "x"]


def test_manual_changes_of_a_dropped_table_do_not_apply_to_a_new_one(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("UPDATE t SET a = 5")
    query("DROP TABLE t")
    again = import_text(tmp_path, "b.csv", "a\n1\n3\n", table_name="t")

    assert preview(again.pk).rows_changed_by_hand == 0
