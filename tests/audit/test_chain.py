"""Changes of the log with the triggers off are found, and the entry is named."""

import threading

import pytest
from django.db import connection

from audit import chain, messages
from audit.chain import GENESIS, Anchor, Break, verify
from audit.log import record
from core.actors import Actor
from tests.audit.tampering import tamper
from tests.importing import query
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")
ADA = Actor("ada", address="192.0.2.7")

CUT = ("DELETE FROM audit_auditentry WHERE id > 7", "DELETE FROM audit_auditdetail WHERE entry_id > 7")
SWAP = "UPDATE {0} SET {1} = CASE {1} WHEN 3 THEN 5 ELSE 3 END WHERE {1} IN (3, 5)"
#: Two entries swapped with all their fields but their numbers.
SWAP_ALL = """
    UPDATE audit_auditentry e SET happened_at = o.happened_at, actor = o.actor, address = o.address, action = o.action,
        subject = o.subject, detail_digest = o.detail_digest
    FROM audit_auditentry o WHERE (e.id, o.id) IN ((3, 5), (5, 3))
"""
REHASH = "UPDATE audit_auditentry e SET entry_hash = audit_hash(e) WHERE id = {}"


@pytest.fixture
def ten():
    """A log of ten entries."""
    for number in range(1, 11):
        record(ADA, "import.finished", f"import {number}", rows=number)


def keys(table, column):
    """Without the primary key: two rows cannot change places under it."""
    constraint = query(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'", table
    )[0][0]  # fmt: skip
    return (
        f"ALTER TABLE {table} DROP CONSTRAINT {constraint}",
        SWAP.format(table, column),
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} PRIMARY KEY ({column})",
    )


def found():
    broken = verify().broken
    return broken and (broken.entry_id, broken.what)


def test_a_whole_log_is_right(ten):
    verdict = verify()

    assert (verdict.entries, verdict.details_forgotten, verdict.intact) == (10, 0, True)
    assert verdict.in_words() == "10 entries verified, no problems found."
    assert verdict.head == chain.head()


def test_an_empty_log_is_right():
    assert (verify().entries, verify().head, verify().intact) == (0, Anchor(0, GENESIS), True)
    assert verify([Anchor(0, GENESIS)]).intact


@pytest.mark.parametrize(
    "change",
    [
        "happened_at = happened_at + interval '1 microsecond'",
        "happened_at = 'infinity'",
        "actor = 'eve'",
        "actor = actor || ' '",
        "address = NULL",
        "address = '192.0.2.7/24'",
        "action = 'import.failed'",
        "subject = 'import 99'",
        "detail_digest = repeat('0', 64)",
        "previous_hash = repeat('1', 64)",
        "entry_hash = repeat('0', 64)",
    ],
)
def test_a_changed_entry_is_named(ten, change):
    tamper(f"UPDATE audit_auditentry SET {change} WHERE id = 4")

    assert found() == (4, Break.CHANGED)
    assert (verify().entries, verify().head.entry_id) == (3, 3)
    assert str(verify().broken.message) == "Entry 4 was changed."
    assert verify().broken.message == messages.ENTRY_CHANGED(entry=4)


def test_a_change_with_a_hash_made_anew_is_named_by_the_next_entry(ten):
    tamper("UPDATE audit_auditentry SET actor = 'eve' WHERE id = 4", REHASH.format(4))

    assert found() == (4, Break.REPLACED)
    assert str(verify().broken.message) == "Entry 5 does not match its predecessor: entry 4 or entry 5 was replaced."
    assert verify().broken.message == messages.ENTRY_REPLACED(entry=4, next=5)


@pytest.mark.parametrize(
    ("where", "place", "message"),
    [
        ("id = 4", 4, "Entry 4 is missing."),
        ("id IN (4, 5, 6)", 4, "Entries 4 to 6 are missing."),
        ("id = 1", 1, "Entry 1 is missing."),
        ("id < 10", 1, "Entries 1 to 9 are missing."),
    ],
)
def test_a_deleted_entry_is_named(ten, where, place, message):
    tamper(f"DELETE FROM audit_auditentry WHERE {where}")

    assert found() == (place, Break.MISSING)
    assert str(verify().broken.message) == message


def test_two_swapped_entries_are_named(ten):
    tamper(*keys("audit_auditentry", "id"))

    assert found() == (3, Break.MOVED)
    assert str(verify().broken.message) == "Entry 3 has the content of entry 5: the two were swapped, or it was moved."
    assert verify().broken.message == messages.ENTRY_MOVED(entry=3, other=5)


def test_two_entries_whose_contents_were_swapped_are_named(ten):
    tamper(SWAP_ALL)

    assert found() == (3, Break.MOVED)


def test_an_entry_that_was_put_in_is_named(ten):
    tamper(
        "UPDATE audit_auditentry SET id = id + 100 WHERE id > 4",
        "UPDATE audit_auditentry SET id = id - 99 WHERE id > 100",
        "INSERT INTO audit_auditentry SELECT 5, happened_at, 'eve', address, action, subject, detail_digest, '', ''"
        " FROM audit_auditentry WHERE id = 4",
        REHASH.format(5),
    )

    assert found() == (4, Break.REPLACED)
    assert verify().broken.message.code == "entry_replaced"


@pytest.mark.parametrize("change", ["""'{"rows": 99}'""", "'{}'", "'null'", "'[]'", """'{"rows": 4.0}'"""])
def test_a_changed_detail_is_named(ten, change):
    tamper(f"UPDATE audit_auditdetail SET detail = {change} WHERE entry_id = 4")

    assert found() == (4, Break.DETAIL_CHANGED)
    assert str(verify().broken.message) == "The details of entry 4 were changed or replaced."


def test_two_swapped_details_are_named(ten):
    tamper(*keys("audit_auditdetail", "entry_id"))

    assert found() == (3, Break.DETAIL_CHANGED)


def test_a_detail_that_retention_did_not_forget_is_missed(ten):
    tamper("DELETE FROM audit_auditdetail WHERE entry_id = 4")

    assert found() == (4, Break.DETAIL_MISSING)
    assert verify().broken.message == messages.DETAIL_DELETED(entry=4)


def test_a_detail_put_back_after_it_was_forgotten_must_be_the_one(ten):
    query("SELECT audit_forget_details(now(), 5)")
    tamper("INSERT INTO audit_auditdetail VALUES (3, '{\"rows\": 3}')")
    assert (verify().details_forgotten, verify().broken) == (4, None)

    tamper("UPDATE audit_auditdetail SET detail = '{\"rows\": 4}' WHERE entry_id = 3")
    assert found() == (3, Break.DETAIL_CHANGED)


def test_entries_written_and_purged_meanwhile_are_no_problem(ten):
    done = threading.Event()

    def write_and_forget():
        while not done.is_set():
            for number in range(20):
                record(ADA, "x", str(number))
            query("SELECT audit_forget_details(now(), 5)")
        connection.close()

    writing = threading.Thread(target=write_and_forget)
    writing.start()
    verdicts = [verify() for _ in range(60)]
    wait_for(lambda: verdicts.append(verify()) or verdicts[-1].entries > verdicts[0].entries)
    done.set()
    writing.join()

    assert {verdict.broken for verdict in verdicts} == {None}
    assert verdicts[-1].entries > verdicts[0].entries


# --- the end, and anchors ---


def test_an_end_that_was_cut_off_without_its_details_is_named(ten):
    tamper(CUT[0])

    message = "The log ends with entry 7, but details of entry 10 exist: later entries were deleted."
    assert str(verify().broken.message) == message
    assert verify().broken.message == messages.CUT_BEFORE_DETAIL(last=7, entry=10)
    assert found() == (8, Break.CUT)


def test_the_log_goes_on_after_such_a_cut_and_the_gap_stays_to_be_seen(ten):
    tamper(CUT[0])
    record(ADA, "x", "y")

    assert str(verify().broken.message) == "Entries 8 to 10 are missing."


def test_only_an_anchor_shows_that_the_end_was_cut_off(ten):
    anchor = chain.head()
    tamper(*CUT)

    assert verify().intact
    broken = verify([anchor]).broken
    assert (broken.entry_id, broken.what, str(broken.message)) == (
        8, Break.CUT, "The log ends with entry 7, but the checkpoint names entry 10: later entries were deleted.",
    )  # fmt: skip


def test_an_anchor_shows_that_the_end_was_cut_off_and_written_anew(ten):
    anchor = chain.head()
    tamper(*CUT)
    for number in range(8, 13):
        record(ADA, "import.finished", f"import {number}", rows=number)

    assert verify().intact
    assert verify([anchor]).broken.what == Break.REWRITTEN
    assert verify([anchor]).broken.message == messages.LOG_REWRITTEN(entry=10)
    assert verify([anchor]).broken.entry_id == 10
    assert verify([anchor]).entries == 9


def test_an_anchor_shows_that_the_log_was_emptied(ten):
    anchor = chain.head()
    tamper("DELETE FROM audit_auditentry", "DELETE FROM audit_auditdetail")

    assert verify().intact
    assert verify([anchor]).broken.what == Break.CUT


def test_checkpoints_that_match_are_no_problem_however_many(ten):
    anchors = [Anchor(entry.id, entry.entry_hash) for entry in chain.AuditEntry.objects.all()]
    record(ADA, "x", "y")

    assert verify([*anchors, *anchors, Anchor(0, GENESIS)]).intact


def test_one_wrong_anchor_among_two_of_the_same_entry_is_found(ten):
    right = chain.head()

    for wrong in (right._replace(entry_hash="0" * 64), right._replace(entry_hash="f" * 64)):
        assert verify([right, wrong]).broken.what == Break.REWRITTEN
    assert verify([Anchor(0, "f" * 64)]).broken.what == Break.REWRITTEN


@pytest.mark.parametrize(
    "text", ["", "7", GENESIS, f"x:{GENESIS}", f"7:{GENESIS[1:]}", f"7:{'g' * 64}", f"²:{GENESIS}"]
)
def test_what_is_no_anchor_is_refused(text):
    with pytest.raises(ValueError, match="A checkpoint is the number of an entry"):
        Anchor.parse(text)


def test_an_anchor_reads_as_it_is_written():
    assert Anchor.parse(str(Anchor(57, "ab" * 32))) == Anchor(57, "ab" * 32)
