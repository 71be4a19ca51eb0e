"""/audit-log and /audit-log/verify."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import chain
from audit.log import record
from audit.models import AuditEntry
from core.actors import Actor
from tests.audit.tampering import tamper


@pytest.fixture
def log(auditor):
    """Three entries beside those of the auditor's own account."""
    record(Actor("ada", address="192.0.2.7"), "import.finished", "an import", rows=3)
    record(Actor("eve"), "sign_in.failed", "eve")
    record(Actor("ada"), "import.undone", "an import")
    return auditor


def listed(client, query=""):
    return [(entry["actor"], entry["action"]) for entry in client.get(f"/audit-log?{query}").json()["entries"]]


def test_an_entry_is_whole(log):
    entry = AuditEntry.objects.get(action="import.finished")
    [shown] = log.get("/audit-log?action=import.finished").json()["entries"]

    assert shown == {
        "id": entry.id, "happened_at": entry.happened_at.isoformat().replace("+00:00", "Z"), "actor": "ada",
        "address": "192.0.2.7", "action": "import.finished", "subject": "an import", "detail": {"rows": 3},
        "detail_digest": entry.detail_digest, "previous_hash": entry.previous_hash, "entry_hash": entry.entry_hash,
    }  # fmt: skip


def test_the_newest_comes_first_in_pages(log):
    body = log.get("/audit-log?limit=2&offset=1").json()

    assert [entry["action"] for entry in body["entries"]] == ["sign_in.failed", "import.finished"]
    assert (body["success"], body["total_count"]) == (True, AuditEntry.objects.count())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("actor=ada", ["import.undone", "import.finished"]),
        ("actor=ad", []),
        ("action=sign_in.failed", ["sign_in.failed"]),
        ("subject=an import", ["import.undone", "import.finished"]),
        ("subject=an import&action=import.undone", ["import.undone"]),
        ("search=IMPORT", ["import.undone", "import.finished"]),
        ("search=ev", ["sign_in.failed"]),
        ("search=%25", []),
        ("since=2999-01-01", []),
        ("until=2000-01-01", []),
        ("actor=ada&since=2000-01-01&until=2999-01-01T00:00:00Z", ["import.undone", "import.finished"]),
    ],
)
def test_filters(log, query, found):
    assert [action for _, action in listed(log, query)] == found


@pytest.mark.parametrize("query", ["since=yesterday", "until=2025-13-01", "actor=%00", "search=%00"])
def test_a_filter_that_makes_no_sense_is_400(log, query):
    assert log.get(f"/audit-log?{query}").status_code == 400


def test_a_forgotten_detail_is_null(log):
    tamper("DELETE FROM audit_auditdetail")

    assert {entry["detail"] for entry in log.get("/audit-log").json()["entries"]} == {None}


def test_importers_do_not_see_the_log(importer):
    assert [importer.get(address).status_code for address in ("/audit-log", "/audit-log/verify")] == [403, 403]


def test_a_log_that_is_right(log):
    head = chain.head()

    assert log.get(f"/audit-log/verify?anchor={head}&anchor={head}").json() == {
        "success": True, "intact": True, "entries": head.entry_id, "details_forgotten": 0,
        "head": {"entry_id": head.entry_id, "entry_hash": head.entry_hash}, "broken": None,
    }  # fmt: skip


def test_the_first_broken_link_is_named(log):
    tamper("UPDATE audit_auditentry SET actor = 'eve' WHERE id = 2")
    first = AuditEntry.objects.get(id=1)

    assert log.get("/audit-log/verify").json() == {
        "success": True, "intact": False, "entries": 1, "details_forgotten": 0,
        "head": {"entry_id": 1, "entry_hash": first.entry_hash},
        "broken": {
            "entry_id": 2, "what": "changed", "message": "Entry 2 was changed.",
            "message_details": {"code": "entry_changed", "params": {"entry": 2}},
        },
    }  # fmt: skip


def test_what_is_no_anchor_is_400(log):
    response = log.get("/audit-log/verify?anchor=7")

    assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_request")
    assert response.json()["error"]["message"].startswith("anchor: A checkpoint is the number of an entry")


def test_the_number_of_queries_does_not_grow(log):
    few = queries(log)
    for _ in range(20):
        record(Actor("ada"), "x", "y")

    assert queries(log) == few


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/audit-log").status_code == 200
    return len(captured)
