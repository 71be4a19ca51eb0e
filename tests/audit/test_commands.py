"""verify_audit and audit_anchor, and what the migration makes of a log from before the chain."""

import io
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit import chain
from audit.log import delete_details, record
from audit.models import AuditEntry
from core.actors import Actor
from tests.audit.tampering import tamper

PROJECT = Path(__file__).parents[2]


def said(command, *arguments):
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def three(atlas_db):
    for number in (1, 2, 3):
        record(Actor("ada"), "x", str(number))


def test_a_log_that_is_right_is_said_in_numbers(three):
    assert said("verify_audit") == "3 entries verified, no problems found.\n"

    delete_details(AuditEntry.objects.get(pk=3).happened_at, 10)
    assert said("verify_audit") == (
        "4 entries verified, no problems found. Details of 2 entries were deleted by retention.\n"
    )  # fmt: skip


def test_the_first_broken_link_is_an_error(three):
    tamper("UPDATE audit_auditentry SET actor = 'eve' WHERE id >= 2")

    with pytest.raises(CommandError, match=r"^Entry 2 was changed\. Verified before it: 1 entry\.$"):
        said("verify_audit")


def test_an_anchor_is_one_line_that_verify_takes_back(three):
    line = said("audit_anchor")
    assert line == f"3:{AuditEntry.objects.get(pk=3).entry_hash}\n"
    record(Actor("ada"), "x", "4")

    assert said("verify_audit", "--anchor", line.strip(), said("audit_anchor").strip()).startswith("4 entries")
    tamper("DELETE FROM audit_auditentry WHERE id > 2", "DELETE FROM audit_auditdetail WHERE entry_id > 2")
    assert said("verify_audit").startswith("2 entries")
    with pytest.raises(CommandError, match=r"^The log ends with entry 2, but the checkpoint names entry 3."):
        said("verify_audit", "--anchor", line.strip())


def test_the_anchor_of_an_empty_log(atlas_db):
    assert said("audit_anchor") == f"0:{chain.GENESIS}\n"


def test_what_is_no_anchor_is_an_error(three):
    with pytest.raises(CommandError, match="A checkpoint is the number of an entry"):
        said("verify_audit", "--anchor", "3")


@pytest.fixture
def another_database(database_url):
    """A database without tables, and the URL of it."""
    name = "test_atlas_audit_migration"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
    yield database_url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_entries_from_before_the_chain_become_links_of_it(another_database):
    def manage(*arguments):
        command = [sys.executable, "manage.py", *arguments]
        environment = {**os.environ, "DATABASE_URL": another_database}
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "audit", "0001")
    with psycopg.connect(another_database) as server:
        server.execute(
            "INSERT INTO audit_auditentry (id, happened_at, actor, address, action, subject, detail) VALUES"
            " (2, '2026-01-01 12:00:00.5+01', 'ada', '192.0.2.7', 'sign_in', 'ada', '{}'),"
            " (7, '2026-01-02', 'manage.py import_file', NULL, 'import.finished', 'an import', '{\"rows\": 3}')"
        )
    manage("migrate", "imports")

    with psycopg.connect(another_database) as server:
        assert server.execute(
            "SELECT e.id, to_char(happened_at AT TIME ZONE 'UTC', 'DD HH24:MI:SS.MS'), actor, action, detail"
            " FROM audit_auditentry e JOIN audit_auditdetail d ON d.entry_id = e.id ORDER BY e.id"
        ).fetchall() == [
            (1, "01 11:00:00.500", "ada", "sign_in", {}),
            (2, "02 00:00:00.000", "manage.py import_file", "import.finished", {"rows": 3}),
        ]  # fmt: skip
    assert manage("verify_audit") == "2 entries verified, no problems found.\n"
