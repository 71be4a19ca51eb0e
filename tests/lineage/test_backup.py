"""A backup of a running instance, restored into an empty one: all is there, and all of it is checked."""

import os
import signal
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as django_settings
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection

from imports.history.unused_files import delete_file_if_unused
from imports.loading.pipeline import run_import
from imports.locks import no_file_deletions
from imports.mapping import parse_mapping
from imports.sources.kept_files import address_of, is_kept, keep
from imports.sources.upload import from_disk
from tests.importing import TESTER, import_text, in_another_thread, query, rows_of
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = "name,age\nAda,36\nAlan,old\nGrace,85\nLinus,21,more\n"


@pytest.fixture
def empty_database(database_url):
    """The URL of an empty database on the same server."""
    place = connection.settings_dict
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("DROP DATABASE IF EXISTS restored")
        other.execute("CREATE DATABASE restored")
        yield database_url.removesuffix(place["NAME"]) + "restored"
        other.execute("DROP DATABASE restored WITH (FORCE)")


@pytest.fixture
def running_import(tmp_path):
    """An import in the midst of its transaction; setting the event lets it finish."""
    (tmp_path / "running.csv").write_text("a\n1\n2\n")
    loading, goes_on = threading.Event(), threading.Event()

    def report(phase, done, total):
        if phase == "loading":
            loading.set()
            assert goes_on.wait(100)

    def run():
        try:
            with from_disk(tmp_path / "running.csv") as source:
                run_import(source, parse_mapping({}), TESTER, progress=report)
        finally:
            loading.set()
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert loading.wait(100)
    yield goes_on
    goes_on.set()
    thread.join()


def backup(folder):
    said = StringIO()
    call_command("backup", folder, stdout=said)
    return said.getvalue()


def restoring(folder, url, data_dir):
    return subprocess.Popen(
        [sys.executable, "manage.py", "restore", folder], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
        env={**os.environ, "DATABASE_URL": url, "ATLAS_DATA_DIR": str(data_dir),
             "DJANGO_SETTINGS_MODULE": "atlas.settings"},
    )  # fmt: skip


def restore(folder, url, data_dir):
    process = restoring(folder, url, data_dir)
    stdout, stderr = process.communicate(timeout=200)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def test_a_backup_made_during_an_import_is_restored_whole(tmp_path, running_import, empty_database):
    people = import_text(tmp_path, "people.csv", PEOPLE, db_schema={"age": "INTEGER"})
    folder, data_dir = tmp_path / "backup", tmp_path / "data"
    expected = rows_of("people")

    said = backup(folder)
    running_import.set()
    import_text(tmp_path, "later.csv", "a\n1\n")
    restored = restore(folder, empty_database, data_dir)

    assert "2 source files" in said
    assert (restored.returncode, restored.stderr) == (0, ""), restored.stdout
    assert "no problems found" in restored.stdout
    with psycopg.connect(empty_database, row_factory=psycopg.rows.dict_row) as other:
        assert other.execute("SELECT * FROM people ORDER BY id").fetchall() == expected
        history = other.execute("SELECT file_name, status FROM import_history").fetchall()
        states = {record["file_name"]: record["status"] for record in history}
    assert states == {"people.csv": "partial", "running.csv": "failed"}
    assert (data_dir / "sources" / address_of(people.file_hash)).read_text() == PEOPLE
    assert (data_dir / "secret-key").read_text() == django_settings.SECRET_KEY

    with pytest.raises(CommandError, match="The database of this instance is not empty"):
        call_command("restore", folder)


@pytest.mark.long
def test_a_restore_that_was_killed_half_way_can_be_repeated(tmp_path, empty_database):
    """All its processes are killed while the database is loaded: by then the files are there, the database is not."""
    people = import_text(tmp_path, "people.csv", PEOPLE)
    folder, data_dir = tmp_path / "backup", tmp_path / "data"
    backup(folder)
    with psycopg.connect(empty_database) as other:
        other.execute("CREATE TABLE people ()")  # which keeps the table of the backup from being created
        killed = restoring(folder, empty_database, data_dir)
        wait_for(lambda: sessions_of("restored", "wait_event_type = 'Lock'") == LOADS)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        other.rollback()
        assert (data_dir / "sources" / address_of(people.file_hash)).read_text() == PEOPLE
        wait_for(lambda: sessions_of("restored", "application_name = 'pg_restore'") == [])
        assert other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall() == []

    restored = restore(folder, empty_database, data_dir)

    assert (restored.returncode, restored.stderr) == (0, ""), restored.stdout
    assert "no problems found" in restored.stdout


LOADS = [("pg_restore",)]


def sessions_of(database, condition):
    return query(f"SELECT application_name FROM pg_stat_activity WHERE datname = '{database}' AND {condition}")


def test_a_backup_is_whole_or_not_there(tmp_path, monkeypatch):
    people = import_text(tmp_path, "people.csv", PEOPLE)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(CommandError, match="is not empty"):
        backup(tmp_path / "full")
    with monkeypatch.context() as patched:
        patched.setattr("lineage.backup.create._copy_sources", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backup(tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "people.csv"]

    Path(storages["sources"].path(address_of(people.file_hash))).unlink()
    (tmp_path / "empty").mkdir()
    said = backup(tmp_path / "empty")
    assert "0 source files" in said
    (tmp_path / "empty" / "database.dump").write_bytes(b"x")
    with pytest.raises(CommandError, match=r"its database.dump is missing or damaged"):
        call_command("restore", tmp_path / "empty")


def test_no_file_is_deleted_while_a_backup_copies_them(tmp_path, settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 0
    (tmp_path / "x.csv").write_text("a\n1\n")
    with from_disk(tmp_path / "x.csv") as source:
        keep(source)
    with in_another_thread(no_file_deletions):
        assert not delete_file_if_unused(source.sha256)
        assert is_kept(source.sha256)
    assert delete_file_if_unused(source.sha256)
