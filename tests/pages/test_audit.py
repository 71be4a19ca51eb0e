"""The pages of the audit log: who did what, found again, and whether the log is what it was."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.chain import head
from audit.log import delete_details, record
from audit.models import AuditEntry
from core import pagination
from core.actors import Actor
from tests.audit.tampering import tamper
from tests.pages.reading import links, table_rows, words

LOG = "/ui/audit"
VERIFY = "/ui/audit/verify"
EVE = Actor("eve", address="10.0.0.7")


@pytest.fixture
def audrey(signed_in):
    return signed_in("audrey")


def subjects(response):
    return [entry.subject for entry in response.context["page"]]


def test_the_newest_entry_comes_first_with_its_detail_in_words(audrey, people_table):
    record(EVE, "download", "people", rows=3, file="export.csv", name="tä")
    answer = audrey.get(LOG)

    assert table_rows(answer)[0][2:] == [
        "eve 10.0.0.7", "File downloaded", "people", "File: export.csv Name: tä Rows: 3",
    ]  # fmt: skip
    assert "Details" in words(answer)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("actor=eve", ["people", "eve"]),
        ("action=sign_in.failed", ["eve"]),
        ("subject=people", ["people"]),
        ("search=IGN_IN.FAIL", ["eve"]),
        ("search=eve&action=download", ["people"]),
        ("since=2999-01-01", []),
        ("until=1999-01-01", []),
        ("actor=ev", []),
    ],
)
def test_the_log_is_filtered_in_the_address(audrey, asked, found):
    record(EVE, "sign_in.failed", "eve")
    record(EVE, "download", "people")

    assert subjects(audrey.get(f"{LOG}?{asked}")) == found


def test_a_day_that_is_none_is_said_at_its_field(audrey):
    assert "Enter a date or time in ISO 8601 format" in words(audrey.get(f"{LOG}?since=yesterday"))


def test_no_entry_says_what_to_do(audrey):
    said = words(audrey.get(f"{LOG}?actor=unknown"))

    assert "No matching entries" in said


def test_every_entry_leads_to_all_of_its_import(audrey, people_table):
    found = people_table[0].pk

    assert {f"?subject={found}", f"/ui/imports/{found}"} <= set(links(audrey.get(LOG)))
    assert set(subjects(audrey.get(f"{LOG}?subject={found}"))) == {str(found)}


def test_a_detail_that_was_forgotten_is_said(audrey):
    record(EVE, "x", "y")
    delete_details(AuditEntry.objects.get(action="x").happened_at, 1000)
    record(EVE, "later", "y")

    assert "Deleted by the retention policy." in words(audrey.get(LOG))


def test_a_long_log_is_counted_to_a_bound_and_says_so(audrey, monkeypatch):
    monkeypatch.setattr(pagination, "MAX_COUNTED", 3)

    answer = audrey.get(LOG)

    assert "Showing the newest 3. Use filters for older entries." in words(answer)
    assert len(answer.context["page"]) == 3


def test_number_of_queries_is_constant(audrey):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert audrey.get(LOG).status_code == 200
        return len(captured)

    before = queries()
    for number in range(40):
        record(EVE, "download", f"table {number}", rows=number)
    assert queries() == before


def test_verifying_says_first_how_much_there_is(audrey):
    number = AuditEntry.objects.count()
    said = words(audrey.get(VERIFY))

    assert f"The log has {number} entries." in said
    assert "verified, no" not in said


def test_a_log_that_is_right_is_said_with_what_to_keep(audrey):
    number = AuditEntry.objects.count()
    said = words(audrey.post(VERIFY))

    assert f"{number} entries verified, no problems found." in said
    assert str(head()) in said


def test_the_first_broken_link_is_named(audrey):
    tamper("UPDATE audit_auditentry SET actor = 'eve' WHERE id = 2")

    assert "Entry 2 was changed. Verified before it: 1 entry." in words(audrey.post(VERIFY))


def test_an_anchor_shows_that_the_end_was_cut_off(audrey):
    record(EVE, "x", "y")
    kept = head()
    tamper(f"DELETE FROM audit_auditentry WHERE id = {kept.entry_id}")
    tamper(f"DELETE FROM audit_auditdetail WHERE entry_id = {kept.entry_id}")

    assert "entries verified, no problems found." in words(audrey.post(VERIFY))
    expected = f"the checkpoint names entry {kept.entry_id}: later entries were deleted."
    assert expected in words(audrey.post(VERIFY, {"anchors": f"{kept}\n"}))


def test_what_is_no_anchor_is_said_at_the_field(audrey):
    said = words(audrey.post(VERIFY, {"anchors": "57:abc"}))

    assert "A checkpoint is the number of an entry, a colon and 64 hexadecimal digits." in said
    assert "verified, no" not in said
