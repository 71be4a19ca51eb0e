"""Imports that are deleted with SQL, past the product, leave an entry in the log too."""

import time

import pytest
from django.db import connection, transaction

from audit.chain import verify
from audit.models import AuditEntry
from imports.history import tracking
from tests.importing import import_text, query, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


@pytest.fixture
def two(tmp_path):
    return [
        import_text(tmp_path, "a.csv", "a\n1\n2\n3\n", table_name="t"),
        import_text(tmp_path, "b.csv", "a\n4\n", table_name="t"),
    ]


def deeds(action):
    found = AuditEntry.objects.filter(action=action).order_by("id")
    return [(entry.actor, entry.subject, entry.detail) for entry in found]


def role():
    return f"database role {query('SELECT session_user')[0][0]}"


def test_a_deleted_import_takes_its_rows_and_leaves_an_entry(two):
    query("DELETE FROM import_history WHERE import_id = %s", two[0].pk)

    assert [row["a"] for row in rows_of("t")] == [4]
    assert deeds("import.deleted") == [
        (role(), str(two[0].pk), {
            "table_name": "t", "status": "success", "undone": False, "rows_inserted": 3, "imports_deleted": 1,
        }),
    ]  # fmt: skip
    assert verify().intact


def test_each_of_several_deleted_imports_is_named_in_their_order(two):
    query("DELETE FROM import_history")

    assert [(subject, detail["rows_inserted"], detail["imports_deleted"]) for _, subject, detail in
            deeds("import.deleted")] == [(str(two[0].pk), 3, 2), (str(two[1].pk), 1, 2)]  # fmt: skip


def test_the_entry_bears_the_time_of_the_commit(two):
    with transaction.atomic():
        query("DELETE FROM import_history")
        time.sleep(0.1)
        [(ended,)] = query("SELECT clock_timestamp()")

    assert all(entry.happened_at > ended for entry in AuditEntry.objects.filter(action="import.deleted"))


def test_a_delete_that_is_rolled_back_did_not_happen(two):
    with transaction.atomic():
        query("DELETE FROM import_history")
        transaction.set_rollback(True)

    assert deeds("import.deleted") == []
    assert len(rows_of("t")) == 4


def test_a_role_that_may_not_write_the_log_leaves_its_name(two):
    """It may delete imports only, and yet the entry is made, in its name."""
    if not query("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")[0][0]:
        pytest.skip("needs a role that may make roles")
    if not query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]:
        pytest.skip("SET SESSION AUTHORIZATION needs a superuser")
    query("CREATE ROLE clerk; GRANT SELECT, DELETE ON import_history TO clerk")
    try:
        query("SET SESSION AUTHORIZATION clerk")
        query("DELETE FROM import_history WHERE import_id = %s", two[0].pk)
    finally:
        connection.close()
        query("DROP OWNED BY clerk; DROP ROLE clerk")

    assert [actor for actor, *_ in deeds("import.deleted")] == ["database role clerk"]


def test_truncating_the_history_is_told_before_all_is_gone(two):
    query("TRUNCATE import_history CASCADE")

    assert deeds("import.truncated") == [(role(), "import_history", {"imports_deleted": 2})]


def test_the_record_of_a_refused_import_is_withdrawn_not_deleted():
    import_id = tracking.start_import_tracking("local_upload", "a.csv", "t")
    tracking.delete_record(import_id)

    assert deeds("import.deleted") == []
    assert [subject for _, subject, _ in deeds("import.withdrawn")] == [import_id]
