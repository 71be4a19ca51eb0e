"""Retention: what it deletes and keeps, that a dry run counts the same, and that deleted details are reported."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from atlas import settings as project_settings
from audit import chain
from audit.models import AuditEntry
from core.errors import BadRequest
from imports.analysis.analyse import keep_analysis
from imports.errors import Forgotten, SourceUnavailable, UnknownImport
from imports.history import tracking
from imports.mapping import MappingRequest
from imports.models import Analysis, ImportHistory, KeptRecord, MappingError, RowUpdate
from imports.sources import upload
from imports.sources.kept_files import is_kept
from lineage.consistency.check import check
from lineage.exports.failed_rows import FailedRecords
from lineage.provenance.record_outcomes import RecordOutcomes
from lineage.retention import Policy, enforce, messages, purge_details
from lineage.undo import undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.api.conftest import client_of
from tests.importing import TESTER, import_text, query, rows_of, table_in_use

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

PEOPLE = "name,age\nAda,36\nAlan,old\nGrace,85\nLinus,21,more\n"
MORE = "name,age\nAda,36\nEdsger,x\n"
GONE = "a,b\n1,1\nx,1\n2,2,3\n"  # one row without a mapping error, one with, a rejected record


@pytest.fixture
def days(settings):
    """Sets the numbers of days; all that are not named stay unset."""

    def set_days(**numbers):
        settings.ATLAS_RETAIN_DAYS = numbers

    set_days()
    return set_days


@pytest.fixture
def people(tmp_path, days):
    """An import 100 days ago, with 3 rows, 2 mapping errors, 1 rejected record; one today with 1 row, 1 duplicate."""
    old = import_text(tmp_path, "people.csv", PEOPLE, db_schema={"age": "INTEGER"})
    new = import_text(tmp_path, "more.csv", MORE, table_name="people")
    grow_old(old, 100)
    return old, new


def grow_old(record, by_days):
    query(
        "UPDATE import_history SET import_timestamp = import_timestamp - %s, undone_at = undone_at - %s"
        " WHERE import_id = %s", timedelta(days=by_days), timedelta(days=by_days), record.pk,
    )  # fmt: skip
    record.refresh_from_db()


def undone(tmp_path, name, text, days_ago, **mapping):
    record = import_text(tmp_path, name, text, **mapping)
    undo_import(record.pk, TESTER)
    grow_old(record, days_ago)
    return record


def numbers(*policies, **options):
    """What the policies do by their own count, which is what a dry run said before and changed nothing for."""
    before = everything()
    expected = {one.policy.value: one.numbers for one in enforce(policies, actor=TESTER, dry_run=True, **options)}
    assert everything() == before
    done = {one.policy.value: one.numbers for one in enforce(policies, actor=TESTER, **options)}
    assert done == expected
    return done


def everything():
    tables = ("import_history", "imports_kept_record", "mapping_errors", "imports_analysis", "audit_auditentry",
              "audit_auditdetail", "imports_unread_key", "imports_row_update", "imports_unread_cell")  # fmt: skip
    return {table: query(f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def said(*arguments):
    output = StringIO()
    call_command("enforce_retention", *map(str, arguments), stdout=output)
    return output.getvalue().splitlines()


# --- what is deleted and what is kept ---


def test_without_a_number_of_days_everything_is_kept(people):
    before = everything()

    assert said() == ["No retention period is set, so nothing is deleted."]
    assert everything() == before


def test_retention_deletes_skipped_rows_and_keeps_table_rows(people, days):
    old, new = people
    days(kept_records=90)

    assert numbers() == {"kept_records": {"imports": 1, "kept_records": 1}}

    assert list(KeptRecord.objects.values_list("import_record", flat=True)) == [new.pk]
    assert MappingError.objects.filter(import_record=old).count() == 2
    assert len(rows_of("people")) == 4
    old.refresh_from_db()
    assert (old.rows_rejected, list(old.metadata["forgotten"])) == (1, ["kept_records"])


def test_retention_deletes_earlier_versions_and_keeps_that_rows_were_updated(people, days, tmp_path):
    by_name = {"unique_columns": ["name"], "duplicate_check": {"on_match": "update"}}
    updates = import_text(tmp_path, "again.csv", "name,age\nAda,37\nGrace,86\n", table_name="people", **by_name)
    assert RowUpdate.objects.filter(before__isnull=False).count() == 2
    grow_old(updates, 100)
    days(row_versions=90)

    assert numbers() == {"row_versions": {"imports": 1, "row_versions": 2}}

    assert list(RowUpdate.objects.values_list("record_number", "columns", "record", "before", "before_import_id")) == [
        (1, ["age"], None, None, None), (2, ["age"], None, None, None),
    ]  # fmt: skip
    updates.refresh_from_db()
    assert (updates.rows_updated, updates.metadata["forgotten_counts"]) == (2, {"row_versions": 2})
    assert check("people").violations == ()
    assert numbers() == {"row_versions": {}}


def test_retention_deletes_errors_and_keeps_their_count(people, days):
    old, new = people
    days(mapping_errors=90)

    assert numbers() == {"mapping_errors": {"imports": 1, "mapping_errors": 2}}

    assert list(MappingError.objects.values_list("import_record", flat=True)) == [new.pk]
    old.refresh_from_db()
    assert (old.mapping_errors_count, sum(old.errors_by_type.values())) == (2, 2)


def test_retention_deletes_unused_source_files(people, days):
    old, new = people
    days(source_files=90)

    assert numbers() == {"source_files": {"source_files": 1, "bytes": len(PEOPLE)}}

    assert (is_kept(old.file_hash), is_kept(new.file_hash)) == (False, True)
    old.refresh_from_db()
    assert list(old.metadata["forgotten"]) == ["source_file"]


def test_a_source_file_stays_as_long_as_any_import_of_it_is_young(people, days, tmp_path):
    import_text(tmp_path, "people.csv", PEOPLE, table_name="other")
    days(source_files=90)

    assert numbers() == {"source_files": {}}
    assert is_kept(people[0].file_hash)


def test_a_source_file_stays_while_an_import_of_it_runs(people, days):
    running = tracking.start_import_tracking("local_upload", "p.csv", "t", file_hash=people[0].file_hash)
    query("UPDATE import_history SET import_timestamp = '2001-01-01' WHERE import_id = %s", running)
    days(source_files=90)

    assert numbers() == {"source_files": {}}


def test_an_undo_counts_as_use_of_the_source_file(people, days):
    undo_import(people[0].pk, TESTER)
    days(source_files=90)

    assert numbers() == {"source_files": {}}


def test_a_previewed_file_is_deleted_with_its_preview(days, tmp_path):
    (tmp_path / "look.csv").write_text("a\n1\n")
    with upload.from_disk(tmp_path / "look.csv") as source:
        analysis = keep_analysis(source, MappingRequest(), TESTER)
    days(source_files=90)
    assert numbers() == {"source_files": {}}
    query("UPDATE imports_analysis SET created_at = created_at - interval '100 days'")

    assert numbers() == {"source_files": {"source_files": 1, "bytes": 4, "looks": 1}}

    assert not Analysis.objects.exists()
    assert not is_kept(analysis.file_hash)


def test_the_age_of_an_unused_file_counts_from_when_it_was_stored(people, days):
    query("DELETE FROM import_history WHERE import_id = %s", people[0].pk)
    days(source_files=1)
    assert numbers() == {"source_files": {}}
    days(source_files=0)

    assert numbers()["source_files"]["source_files"] == 2


def test_retention_deletes_undone_imports_only(people, days, tmp_path):
    gone = undone(tmp_path, "gone.csv", GONE, 100, db_schema={"a": "INTEGER"})
    late = undone(tmp_path, "late.csv", "a\n1\n", 10)
    days(undone_imports=90)

    assert numbers() == {
        "undone_imports": {"imports": 1, "kept_records": 1, "mapping_errors": 2, "source_files": 1, "bytes": len(GONE)}
    }

    assert set(ImportHistory.objects.values_list("pk", flat=True)) == {people[0].pk, people[1].pk, late.pk}
    assert (is_kept(gone.file_hash), is_kept(late.file_hash)) == (False, True)
    assert len(rows_of("people")) == 4


def test_the_file_of_an_undone_import_stays_where_another_import_has_it(people, days, tmp_path):
    undone(tmp_path, "people.csv", PEOPLE, 100, table_name="other", db_schema={"age": "INTEGER"})
    days(undone_imports=90)

    assert "source_files" not in numbers()["undone_imports"]
    assert is_kept(people[0].file_hash)


def test_an_undone_import_that_has_rows_stays_with_them(people, days, tmp_path):
    """They were written with SQL, or kept: deleting the record would take them along."""
    query("ALTER TABLE people RENAME TO renamed")
    query("ALTER TABLE renamed DROP COLUMN _imported_at")
    query("UPDATE import_history SET undone_at = now() - interval '100 days' WHERE import_id = %s", people[1].pk)
    days(undone_imports=90)

    (outcome,) = enforce(actor=TESTER)

    assert outcome.numbers == {}
    [left] = outcome.left
    assert str(left) == f"Import {people[1].pk} into “people” still has rows, which would be deleted too."
    assert left.what == messages.IMPORT_HAS_ROWS(import_id=str(people[1].pk), table="people")
    assert len(rows_of("renamed")) == 4


def test_failed_and_active_imports_are_never_deleted_by_age(people, days):
    days(undone_imports=0, kept_records=0, mapping_errors=0, source_files=0, audit_details=0)

    numbers()

    assert ImportHistory.objects.count() == 2
    assert len(rows_of("people")) == 4


def test_deleting_audit_details_keeps_the_chain_intact(people, days):
    entries = everything()["audit_auditentry"]
    days(audit_details=0)

    assert numbers() == {"audit_details": {"details": 4}}

    verdict = chain.verify()
    assert (verdict.intact, verdict.details_forgotten) == (True, 4)
    assert everything()["audit_auditentry"][:4] == entries


def test_everything_at_once_counts_nothing_twice(people, days, tmp_path):
    undone(tmp_path, "gone.csv", GONE, 100, db_schema={"a": "INTEGER"})
    days(undone_imports=90, kept_records=90, mapping_errors=90, source_files=90, audit_details=0)

    assert numbers() == {
        "undone_imports": {"imports": 1, "kept_records": 1, "mapping_errors": 2, "source_files": 1, "bytes": len(GONE)},
        "kept_records": {"imports": 1, "kept_records": 1},
        "mapping_errors": {"imports": 1, "mapping_errors": 2},
        "source_files": {"source_files": 1, "bytes": len(PEOPLE)},
        "audit_details": {"details": 7},
    }
    assert said("--dry-run", "--policy", "kept_records", "mapping_errors") == [
        "kept_records (older than 90 days): nothing would be deleted",
        "mapping_errors (older than 90 days): nothing would be deleted",
    ]


def test_many_records_are_deleted_in_batches(people, days, monkeypatch):
    monkeypatch.setattr(purge_details, "BATCH", 1)
    days(mapping_errors=90, audit_details=0)

    assert numbers() == {"mapping_errors": {"imports": 1, "mapping_errors": 2}, "audit_details": {"details": 4}}


KILLED = """
import os, signal
from atlas import settings
import django
django.setup()
from core.actors import Actor
from lineage.retention import enforce, purge_details

marked = purge_details.mark_purged
calls = []

def mark(*arguments):
    calls.append(arguments)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return marked(*arguments)

purge_details.BATCH, purge_details.mark_purged = 1, mark
enforce(actor=Actor("killed"))
"""


def test_a_killed_run_has_audited_what_it_deleted_and_is_continued(people, days, database_url):
    """Killed in the third batch of three: what the log says is what was deleted."""
    query("INSERT INTO mapping_errors (import_id, error_type, error_message) VALUES (%s, 'type_mismatch', 'x')",
          people[0].pk)  # fmt: skip
    query("UPDATE import_history SET mapping_errors_count = 3, errors_by_type = NULL WHERE import_id = %s",
          people[0].pk)  # fmt: skip
    environment = {
        **os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ATLAS_RETAIN_MAPPING_ERRORS_DAYS": "90",
    }  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, timeout=100)
    assert killed.returncode == -signal.SIGKILL

    def audited():
        entries = AuditEntry.objects.filter(action="retention.details", subject=str(people[0].pk))
        return [entry.detail["mapping_errors"] for entry in entries.order_by("pk")]

    assert MappingError.objects.filter(import_record=people[0]).count() == 1
    assert audited() == [1, 1]
    check_consistency()
    days(mapping_errors=90)
    assert numbers() == {"mapping_errors": {"imports": 1, "mapping_errors": 1}}
    assert audited() == [1, 1, 1]
    check_consistency()

    query("UPDATE import_history SET metadata = jsonb_set(metadata, '{forgotten_counts,mapping_errors}', '2')"
          " WHERE import_id = %s", people[0].pk)  # fmt: skip
    with pytest.raises(SystemExit):
        check_consistency()


def check_consistency():
    call_command("check_consistency", stdout=StringIO())


def test_a_source_file_whose_deletion_was_interrupted_is_deleted_and_audited_once(people, days, monkeypatch):
    days(source_files=90)
    with monkeypatch.context() as patched:
        patched.setattr("lineage.retention.purge_source_files.delete_kept_file", lambda sha256: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            enforce(actor=TESTER)
    assert is_kept(people[0].file_hash)

    enforce(actor=TESTER)

    assert not is_kept(people[0].file_hash)
    (entry,) = AuditEntry.objects.filter(action="retention.file")
    assert (entry.subject, entry.detail) == (
        people[0].file_hash, {"archive": None, "imports": 1, "looks": 0, "bytes": len(PEOPLE)},
    )  # fmt: skip


def test_a_table_that_is_in_use_is_left_for_the_next_time(people, days, settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.1
    days(kept_records=90)
    with table_in_use("people"):
        (outcome,) = enforce(actor=TESTER)

    assert outcome.numbers == {}
    busy = "Table “people” is in use by another database session. Nothing was changed. Try again when it has finished."
    assert tuple(map(str, outcome.left)) == (f"Skipped rows of import {people[0].pk}: {busy}",)
    assert outcome.left[0].what == messages.KEPT_RECORDS_LEFT(import_id=str(people[0].pk))
    assert KeptRecord.objects.filter(import_record=people[0]).count() == 1


# --- whole imports with their rows ---


def test_an_import_given_by_id_is_deleted_with_its_rows(people, days):
    old, new = people

    done = numbers("imports_with_rows", import_ids=[old.pk])

    assert done == {
        "imports_with_rows": {
            "rows": 3, "kept_records": 1, "mapping_errors": 2, "imports": 1, "source_files": 1, "bytes": len(PEOPLE),
        }
    }  # fmt: skip
    assert list(ImportHistory.objects.values_list("pk", flat=True)) == [new.pk]
    assert {row["_import_id"] for row in rows_of("people")} == {new.pk}


def test_rows_are_never_deleted_by_age_or_with_other_policies(people, days):
    days(kept_records=0, imports_with_rows=0)
    for policies, import_ids in (
        (["imports_with_rows"], []),
        (["kept_records"], [people[0].pk]),
        (["imports_with_rows", "kept_records"], [people[0].pk]),
    ):
        with pytest.raises(BadRequest, match="cannot be combined with other policies and needs the ids") as refused:
            enforce(policies, actor=TESTER, import_ids=import_ids)
        assert refused.value.details["reason"] == "imports_go_alone"
    with pytest.raises(UnknownImport):
        enforce(["imports_with_rows"], actor=TESTER, import_ids=[uuid4()])
    assert len(rows_of("people")) == 4


def test_manually_changed_rows_need_a_choice_first(people, days, tmp_path):
    query("UPDATE people SET age = 1 WHERE name = 'Grace'")
    asked = {"actor": TESTER, "import_ids": [people[0].pk]}

    for options in ({"dry_run": True}, {"archive": tmp_path / "archive"}):
        (outcome,) = enforce(["imports_with_rows"], **asked, **options)

        assert outcome.numbers == {}
        assert tuple(map(str, outcome.left)) == (
            f"Import {people[0].pk}: 1 manually changed row would be deleted. To delete them too, undo the import"
            f" first:"
            f" manage.py undo_import {people[0].pk} --changed-rows remove --reason TEXT",
        )
        assert outcome.left[0].why == messages.CHANGED_ROWS_WOULD_GO(rows=1, import_id=str(people[0].pk))
    assert len(rows_of("people")) == 4
    assert not [line for file in (tmp_path / "archive").glob("*") for line in file.read_text().splitlines()]

    undo_import(people[0].pk, TESTER, changed_rows=EditedRowsChoice.REMOVE)
    (outcome,) = enforce(["imports_with_rows"], **asked)
    assert (outcome.numbers["imports"], outcome.left) == (1, ())


def test_an_undone_import_with_kept_rows_stays_with_all_that_is_known_of_it(people, days):
    query("UPDATE people SET age = 1 WHERE name = 'Grace'")
    undo_import(people[0].pk, TESTER, changed_rows=EditedRowsChoice.KEEP)
    kept, errors = KeptRecord.objects.count(), MappingError.objects.count()

    for dry_run in (True, False):
        (outcome,) = enforce(["imports_with_rows"], actor=TESTER, import_ids=[people[0].pk], dry_run=dry_run)

        assert outcome.numbers == {}
        assert tuple(map(str, outcome.left)) == (
            f"Import {people[0].pk} into “people” still has rows, which would be deleted too.",
        )
    assert (KeptRecord.objects.count(), MappingError.objects.count()) == (kept, errors)


def test_an_import_that_cannot_be_undone_is_left(people, days):
    query("CREATE TABLE old (a integer)")
    call_command("add_tracking_columns", "old", stdout=StringIO())
    legacy = ImportHistory.objects.get(source_type="legacy")

    (outcome,) = enforce(["imports_with_rows"], actor=TESTER, import_ids=[legacy.pk])

    assert outcome.numbers == {}
    assert "were in the table before it was tracked" in str(outcome.left[0])
    assert (outcome.left[0].what.code, outcome.left[0].why.code) == ("import_left", "undo_of_legacy")


# --- the archive ---


def test_deleted_data_is_archived_first(people, days, tmp_path):
    gone = undone(tmp_path, "gone.csv", GONE, 100, db_schema={"a": "INTEGER"})
    days(undone_imports=90, kept_records=90, mapping_errors=90, source_files=90, audit_details=0)
    folder = tmp_path / "archive"

    assert said("--dry-run", "--archive", folder)
    assert not folder.exists()
    said("--archive", folder)

    (file,) = folder.glob("*.jsonl")
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    kinds = [line["kind"] for line in lines]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "kept_record": 2, "mapping_error": 4, "import": 1, "source_file": 2, "audit_detail": 7,
    }  # fmt: skip
    kept = [line for line in lines if line["kind"] == "kept_record" and line["import_id"] == str(people[0].pk)]
    assert [(line["record_number"], line["original"]) for line in kept] == [(4, ["Linus", "21", "more"])]
    assert [line["file_name"] for line in lines if line["kind"] == "import"] == ["gone.csv"]
    assert {path.name for path in (folder / "sources").iterdir()} == {gone.file_hash, people[0].file_hash}
    assert (folder / "sources" / people[0].file_hash).read_text() == PEOPLE


def test_rows_are_written_down_before_they_go(people, days, tmp_path):
    enforce(["imports_with_rows"], actor=TESTER, import_ids=[people[1].pk], archive=tmp_path)

    (file,) = tmp_path.glob("*.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines() if '"kind": "row"' in line]
    assert [(line["table_name"], line["row"]["name"], line["row"]["_source_row_number"]) for line in rows] == [
        ("people", "Edsger", 2)
    ]


def test_the_settings_name_the_archive(people, days, settings, tmp_path):
    settings.ATLAS_RETENTION_ARCHIVE = str(tmp_path / "archive")
    days(kept_records=90)

    enforce(actor=TESTER)

    assert len(list((tmp_path / "archive").glob("*.jsonl"))) == 1


def test_data_that_cannot_be_archived_is_not_deleted(people, days, tmp_path):
    (tmp_path / "archive").write_text("no folder")
    days(kept_records=90)

    with pytest.raises(CommandError):
        said("--archive", tmp_path / "archive")
    assert KeptRecord.objects.filter(import_record=people[0]).count() == 1


# --- audit and command ---


def test_every_policy_is_in_the_audit_log(people, days, tmp_path):
    gone = undone(tmp_path, "gone.csv", "a\n1\n", 100)
    days(undone_imports=90, kept_records=90)

    enforce(actor=TESTER, dry_run=True)
    assert not query("SELECT 1 FROM audit_auditentry WHERE action LIKE 'retention.%%'")
    enforce(actor=TESTER)
    enforce(actor=TESTER)

    entries = query(
        "SELECT action, subject, actor, detail FROM audit_auditentry JOIN audit_auditdetail ON entry_id = id"
        " WHERE action LIKE 'retention.%%' ORDER BY id"
    )
    assert [(action, subject, actor, json.loads(detail)) for action, subject, actor, detail in entries] == [
        ("retention.import", str(gone.pk), "tester",
         {"table_name": "gone", "file_name": "gone.csv", "file_hash": gone.file_hash}),
        ("retention.file", gone.file_hash, "tester", {"archive": None, "imports": 0, "looks": 0, "bytes": 4}),
        ("retention.undone_imports", "undone_imports", "tester",
         {"days": 90, "archive": None, "imports": 1, "source_files": 1, "bytes": 4}),
        ("retention.details", str(people[0].pk), "tester", {"archive": None, "kept_records": 1}),
        ("retention.kept_records", "kept_records", "tester",
         {"days": 90, "archive": None, "imports": 1, "kept_records": 1}),
    ]  # fmt: skip


def test_the_command_reports_its_numbers(people, days):
    days(kept_records=90, source_files=365)

    assert said("--dry-run") == [
        "kept_records (older than 90 days): 1 kept record, 1 import would be deleted",
        "source_files (older than 365 days): nothing would be deleted",
    ]
    assert said("--policy", "kept_records") == ["kept_records (older than 90 days): 1 kept record, 1 import deleted"]


def test_a_policy_without_days_asks_for_them(people):
    with pytest.raises(CommandError, match="ATLAS_RETAIN_KEPT_RECORDS_DAYS is not set"):
        said("--policy", "kept_records")


def test_the_records_stay_consistent(people, days):
    days(kept_records=0, mapping_errors=0, source_files=0, audit_details=0)
    enforce(actor=TESTER)

    call_command("check_consistency", stdout=StringIO())


# --- deleted details are reported as deleted ---


@pytest.fixture
def forgetful(people, days):
    """The old import after everything of it was forgotten, and when."""
    days(kept_records=90, mapping_errors=90, source_files=90)
    enforce(actor=TESTER)
    people[0].refresh_from_db()
    return people[0], timezone.now().strftime("on %Y-%m-%d at ")


def test_outcomes_note_what_retention_deleted(forgetful, people):
    record, when = forgetful
    api = client_of("otto", "auditor")

    body = api.get(f"/import-history/{record.pk}/rows").json()

    assert [(row["record_number"], row["fate"]) for row in body["rows"]] == [(n, "inserted") for n in (1, 2, 3)]
    assert body["note"].startswith(f"The skipped rows were deleted {when}")
    assert api.get(f"/import-history/{people[1].pk}/rows").json()["note"] is None


def test_errors_note_that_retention_deleted_them(forgetful, people):
    record, when = forgetful
    api = client_of("otto", "auditor")

    for address in ("mapping-errors", "mapping-errors/summary"):
        body = api.get(f"/import-history/{record.pk}/{address}").json()
        assert body["total_count"] == 0
        assert body["note"].startswith(f"The errors were deleted {when}")
        assert "note" not in api.get(f"/import-history/{people[1].pk}/{address}").json()


def test_failed_rows_report_what_retention_deleted(forgetful):
    record, when = forgetful
    answer = client_of("otto", "auditor").get(f"/import-history/{record.pk}/failed-rows.csv")

    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "forgotten")
    assert f"were deleted {when}" in answer.json()["error"]["message"]
    with pytest.raises(Forgotten) as refused:
        FailedRecords(record)
    both = refused.value.message.params
    assert [both["first"]["code"], both["second"]["code"]] == ["kept_records_forgotten", "mapping_errors_forgotten"]


def test_the_source_file_reports_that_retention_deleted_it(forgetful):
    record, when = forgetful
    answer = client_of("otto", "auditor").get(f"/import-history/{record.pk}/source-file")

    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith(f"The source file was deleted {when}")
    with pytest.raises(SourceUnavailable, match=f"was deleted {when}"):
        RecordOutcomes(record, include_original=True)[0:10]


def test_a_file_uploaded_again_is_available_again(forgetful, tmp_path):
    record, _ = forgetful
    import_text(tmp_path, "people.csv", PEOPLE, table_name="other")

    assert len(RecordOutcomes(record, include_original=True)[0:3]) == 3


def test_the_pages_show_what_retention_deleted(forgetful):
    record, when = forgetful
    client = client_of("root", is_superuser=True, is_staff=True)
    client.force_login(client.user)

    page = client.get(f"/ui/imports/{record.pk}").content.decode()
    assert f"The source file was deleted {when}" in page
    assert "Download original file" not in page
    page = client.get(f"/ui/imports/{record.pk}/skipped").content.decode()
    assert f"The skipped rows were deleted {when}" in page
    assert "No skipped rows" not in page
    page = client.get(f"/ui/imports/{record.pk}/errors").content.decode()
    assert f"The errors were deleted {when}" in page
    assert "No errors in this import" not in page
    assert "failed-rows" not in page


def test_the_settings_are_whole_numbers_of_days(monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    from atlas.environment import number_or_none

    assert number_or_none("ATLAS_RETAIN_KEPT_RECORDS_DAYS", unit="days") is None
    monkeypatch.setenv("ATLAS_RETAIN_KEPT_RECORDS_DAYS", "90")
    assert number_or_none("ATLAS_RETAIN_KEPT_RECORDS_DAYS", unit="days") == 90
    monkeypatch.setenv("ATLAS_RETAIN_KEPT_RECORDS_DAYS", "-1")
    with pytest.raises(ImproperlyConfigured, match="must be a whole number of days"):
        number_or_none("ATLAS_RETAIN_KEPT_RECORDS_DAYS", unit="days")


def test_the_operations_guide_names_every_policy_and_setting():
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()

    for policy in ("source_files", "kept_records", "mapping_errors", "row_versions", "audit_details", "undone_imports"):
        assert f"`{policy}`" in guide
        assert f"ATLAS_RETAIN_{policy.upper()}_DAYS" in guide
    assert "`imports_with_rows`" in guide


def test_every_policy_by_age_has_its_setting():
    assert project_settings.ATLAS_RETAIN_DAYS.keys() == {policy.value for policy in Policy} - {"imports_with_rows"}


def test_an_import_with_updates_and_unread_cells_is_deleted(tmp_path):
    """What is kept of its records for an undo are no rows of it."""
    update = {"uniqueness_columns": ["a", "b"], "on_match": "update"}
    import_text(tmp_path, "a.csv", "a,b,c\n1,1,1\n", table_name="t")
    second = import_text(
        tmp_path, "b.csv", "a,b,c\n1,1,2\nx,1,3\n2,2,x\n", table_name="t", duplicate_check=update,
        strategy="adapt_data", on_error="null",
    )  # fmt: skip
    kept = ("imports_row_update", "imports_unread_key", "imports_unread_cell")
    assert all(query(f"SELECT 1 FROM {table} WHERE import_id = %s", second.pk) for table in kept)

    (outcome,) = enforce(["imports_with_rows"], actor=TESTER, import_ids=[second.pk])

    assert (outcome.left, outcome.numbers["imports"]) == ((), 1)
    assert not any(query(f"SELECT 1 FROM {table} WHERE import_id = %s", second.pk) for table in kept)
