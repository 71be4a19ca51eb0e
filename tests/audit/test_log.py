"""Writing to the log: what an entry holds, that no writer waits, and that it cannot be written in another way."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.chain import GENESIS, verify
from audit.log import delete_details, record
from audit.models import AuditEntry, PendingEntry
from core.actors import Actor
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.sources import upload
from tests.importing import TESTER, query

pytestmark = pytest.mark.usefixtures("atlas_db")
ADA = Actor("ada", address="192.0.2.7")


def in_thread(work):
    """Runs it beside the test, with a connection of its own."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_an_entry_says_who_did_what_from_where():
    before = datetime.now(UTC)
    record(ADA, "import.finished", "an import", rows=3)

    [entry] = AuditEntry.objects.all()
    assert (entry.id, entry.actor, entry.address, entry.action, entry.subject, entry.detail) == (
        1, "ada", "192.0.2.7", "import.finished", "an import", {"rows": 3},
    )  # fmt: skip
    assert before - timedelta(minutes=1) < entry.happened_at < before + timedelta(minutes=1)
    assert entry.previous_hash == GENESIS
    assert not PendingEntry.objects.exists()


def test_the_hash_is_that_of_a_json_list_of_the_fields():
    """What programs that verify the log rely on."""
    record(ADA, "sign_in", 'a "subject"\t√', rows=3)
    record(Actor("manage.py shell"), "x", "y")

    said = query(
        """SELECT encode(sha256(convert_to('[' || id || ', "' || to_char(happened_at AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '", "ada", "192.0.2.7/32", "sign_in", "a \\"subject\\"\\t√", "'
        || encode(sha256('{"rows": 3}'), 'hex') || '", "' || repeat('0', 64) || '"]', 'UTF8')), 'hex')
        FROM audit_auditentry WHERE id = 1"""
    )

    first, second = AuditEntry.objects.order_by("id")
    assert said == [(first.entry_hash,)]
    assert second.previous_hash == first.entry_hash


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@settings(deadline=None)
@given(TEXT, TEXT, st.sampled_from([None, "192.0.2.7", "2001:db8::1"]), st.dictionaries(TEXT, TEXT | st.integers()))
def test_database_and_python_make_the_same_hashes(name, subject, address, detail):
    record(Actor(name, address=address), "x", subject, **{f"_{key}": value for key, value in detail.items()})

    assert verify().intact


def test_what_is_rolled_back_leaves_no_entry():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(ADA, "x", "y")
        raise ZeroDivisionError

    assert not AuditEntry.objects.exists()


def test_eight_writers_make_one_chain():
    def write(writer):
        for number in range(25):
            with transaction.atomic():
                record(ADA, "x", f"{writer} {number}")
                query("SELECT pg_sleep(0.001)")

    threads = [in_thread(lambda writer=writer: write(writer)) for writer in range(8)]
    for thread in threads:
        thread.join()

    assert list(AuditEntry.objects.order_by("id").values_list("id", flat=True)) == list(range(1, 201))
    assert (verify().entries, verify().broken) == (200, None)


# --- no writer waits ---


@pytest.fixture
def impatient():
    """Let a wait of a minute for a lock fail: locks are held until the test has continued."""
    query("SET lock_timeout = '60s'")
    yield
    query("RESET lock_timeout")


def test_no_writer_waits_for_an_import_that_loads(tmp_path, impatient):
    loading, done = threading.Event(), threading.Event()

    def stop_in_the_middle(phase, *_):
        if phase == "loading":
            loading.set()
            done.wait(120)

    def load():
        (tmp_path / "t.csv").write_text("a\n1\n")
        with upload.from_disk(tmp_path / "t.csv") as source:
            run_import(source, parse_mapping({}), TESTER, progress=stop_in_the_middle)

    importing = in_thread(load)
    assert loading.wait(120)
    record(ADA, "sign_in", "ada")
    assert importing.is_alive()
    done.set()
    importing.join()

    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "import.started", "sign_in", "import.finished",
    ]  # fmt: skip
    assert verify().intact


def test_no_writer_waits_for_a_transaction_that_wrote_and_goes_on(impatient):
    wrote, done = threading.Event(), threading.Event()

    def write_and_go_on():
        with transaction.atomic():
            record(ADA, "long", "y")
            wrote.set()
            done.wait(120)

    long = in_thread(write_and_go_on)
    assert wrote.wait(120)
    record(ADA, "short", "y")
    assert long.is_alive()
    done.set()
    long.join()

    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["short", "long"]


def test_a_transaction_with_an_old_snapshot_is_told_to_try_again():
    record(ADA, "x", "before")
    with pytest.raises(OperationalError, match="The audit log went on since this transaction began"):  # noqa: SIM117
        with transaction.atomic():
            query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert AuditEntry.objects.count() == 1
            in_thread(lambda: record(ADA, "x", "meanwhile")).join()
            record(ADA, "x", "too late")

    assert list(AuditEntry.objects.order_by("id").values_list("subject", flat=True)) == ["before", "meanwhile"]
    assert verify().intact


# --- nothing but appending ---


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditentry SET actor = 'another user'",
        "UPDATE audit_auditentry SET actor = 'unknown' WHERE false",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
        "TRUNCATE audit_auditentry, audit_auditdetail",
        "INSERT INTO audit_auditentry SELECT 2, now(), '', NULL, '', '', '', '', ''",
        "UPDATE audit_auditdetail SET detail = '{}'",
        "DELETE FROM audit_auditdetail",
        "TRUNCATE audit_auditdetail",
        "INSERT INTO audit_auditdetail VALUES (2, '{}')",
    ],
)
def test_the_log_is_append_only(statement):
    record(ADA, "x", "y", rows=3)

    with pytest.raises(ProgrammingError, match=r"The audit log is append-only: [A-Z]+ on audit_audit\w+ is refused"):
        query(statement)

    assert AuditEntry.objects.get().detail == {"rows": 3}


def test_triggers_of_imports_being_off_makes_no_difference():
    """An import switches ordinary triggers off where it may, for the time of a COPY."""
    if not query("SELECT has_parameter_privilege('session_replication_role', 'SET')")[0][0]:
        pytest.skip("needs a role that may set session_replication_role")
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        record(ADA, "x", "y")
        query("DELETE FROM audit_auditentry")
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        record(ADA, "x", "y")

    assert AuditEntry.objects.get().detail == {}


# --- forgetting ---


def test_forgetting_takes_the_oldest_details_and_leaves_the_entries():
    for number in range(5):
        record(ADA, "x", str(number), number=number)
    middle = AuditEntry.objects.get(subject="3").happened_at

    assert [delete_details(middle, 2), delete_details(middle, 2), delete_details(middle, 2)] == [2, 1, 0]

    entries = AuditEntry.objects.order_by("id")
    assert [(entry.action, entry.subject, entry.detail and entry.detail.get("number")) for entry in entries] == [
        ("x", "0", None), ("x", "1", None), ("x", "2", None), ("x", "3", 3), ("x", "4", 4),
        ("audit.detail_forgotten", "2", None), ("audit.detail_forgotten", "3", None),
    ]  # fmt: skip
    assert [entry.detail["details"] for entry in entries if entry.action != "x"] == [2, 1]
    verdict = verify()
    assert (verdict.entries, verdict.details_forgotten, verdict.broken) == (7, 3, None)


def test_after_a_purge_the_same_transaction_cannot_delete_other_details():
    record(ADA, "x", "y")
    with pytest.raises(ProgrammingError, match="DELETE on audit_auditdetail is refused"), transaction.atomic():
        delete_details(datetime.now(UTC) - timedelta(days=1), 5)
        query("DELETE FROM audit_auditdetail")
