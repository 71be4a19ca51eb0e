"""Faults of the service's own disks and database: said in words at pages and API, and in the history."""

import io
import os
import resource
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from core.errors import DiskFull
from core.faults import service_fault
from core.faults.messages import DISK_FULL
from imports.history.tracking import fail_stale_imports
from imports.loading import outcome, pipeline
from imports.models import ImportHistory
from imports.sources import upload_handler
from tests.api.conftest import client_of
from tests.importing import query, rows_of
from tests.sessions import session
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = "name,age\nAda,36\nAlan,41\n"
ROOT = Path(__file__).resolve().parent.parent
NO_ANSWER = "The database does not respond: it is stopped, is being restarted, or has no free connection."


@pytest.fixture
def importer():
    return client_of("ida", "importer")


@pytest.fixture
def visitor(importer):
    """A signed-in browser that gets error pages."""
    client = Client(raise_request_exception=False)
    client.force_login(importer.user)
    return client


@contextmanager
def on_insert(body):
    """Let the database do something in the midst of an import into `people`."""
    query(f"CREATE FUNCTION intervene() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$")
    query("CREATE TRIGGER intervene BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION intervene()")
    try:
        yield
    finally:
        query("DROP FUNCTION intervene CASCADE")


@contextmanager
def no_connections():
    """Let the database accept no connection, as a server that starts or has none left."""
    place = connection.settings_dict
    connection.close()
    name = place["NAME"]
    with psycopg.connect(
        host=place["HOST"], port=place["PORT"] or None, user=place["USER"], password=place["PASSWORD"] or None,
        dbname="postgres", autocommit=True,
    ) as other:  # fmt: skip
        other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            other.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_a_session_that_did_nothing_for_too_long_is_told(atlas_db):
    with pytest.raises(psycopg.Error) as ended, session() as other:
        other.execute("SET idle_in_transaction_session_timeout = '1ms'")
        wait_for(lambda: not query(f"SELECT 1 FROM pg_stat_activity WHERE pid = {other.info.backend_pid}"))
        other.execute("SELECT 1")

    fault = service_fault(ended.value)
    assert fault and (fault.http_status, fault.message.code) == (503, "database_session_ended")


@pytest.mark.parametrize(
    ("body", "status", "code", "cause"),
    [
        ("PERFORM pg_terminate_backend(pg_backend_pid())", 503, "database_unavailable", "database_stopping"),
        ("RAISE 'x' USING ERRCODE = 'disk_full'", 507, "disk_full", "database_disk_full"),
        ("RAISE 'x' USING ERRCODE = 'out_of_memory'", 503, "database_unavailable", "database_out_of_memory"),
        ("SET TRANSACTION READ ONLY; DELETE FROM people", 503, "database_unavailable", "database_read_only"),
    ],
)
def test_an_import_that_the_database_ends_says_so_and_can_be_repeated(importer, caplog, body, status, code, cause):
    importer.upload("people.csv", "name,age\nGrace,85\n")
    with on_insert(body):
        answer = importer.upload("more.csv", PEOPLE, {"table_name": "people"})

    error = answer.json()["error"]
    failed = ImportHistory.objects.get(file_name="more.csv")
    assert (answer.status_code, error["code"], error["details"]["import_id"]) == (status, code, str(failed.pk))
    assert error["details"]["params"]["fault"]["code"] == cause
    assert answer.headers.get("Retry-After") == ("30" if status == 503 else None)
    assert error["message"].endswith(" Nothing was imported.")
    assert "Error" not in error["message"]
    logged = [record.getMessage() for record in caplog.records if f"in import {failed.pk}" in record.getMessage()]
    assert [line.count("\n") for line in logged] == [0]
    assert (failed.status, failed.error_code, failed.error_message) == ("failed", code, error["message"])
    assert len(rows_of("people")) == 1

    assert importer.upload("more.csv", PEOPLE, {"table_name": "people"}).status_code == 200
    assert len(rows_of("people")) == 3


def test_without_a_database_the_api_answers_json_and_pages_need_none(importer, visitor):
    with no_connections():
        answers = [
            importer.get("/import-history"), importer.upload("people.csv", PEOPLE), visitor.get("/import-history"),
            visitor.get("/ready"),
        ]  # fmt: skip
        pages = [visitor.get("/ui/imports"), visitor.get("/ui/upload"), visitor.get("/admin/")]
        health = visitor.get("/health")
        missing = visitor.get("/static/missing.css")

    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    for answer in answers[:3]:
        assert answer.json()["error"]["code"] == "database_unavailable"
        assert answer.json()["error"]["message"].startswith(NO_ANSWER)
    for page in pages:
        assert (page.status_code, page.headers["Retry-After"]) == (503, "30")
        assert NO_ANSWER in page.content.decode()
    assert (health.status_code, missing.status_code) == (200, 404)
    assert "Page not found" in missing.content.decode()
    assert not ImportHistory.objects.exists()


def test_a_connection_that_breaks_after_the_commit_is_no_failure(importer, monkeypatch):
    """The row of the history decides, not the answer that was lost."""
    load = pipeline.read_and_load

    def load_and_lose(*arguments, **options):
        load(*arguments, **options)
        query("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(pipeline, "read_and_load", load_and_lose)
    answer = importer.upload("people.csv", PEOPLE)

    assert (answer.status_code, answer.json()["rows_inserted"]) == (200, 2)


def test_an_import_whose_result_is_not_known_says_where_to_look(importer, monkeypatch):
    """The database stays away: what becomes of the import is in its record once it is back."""
    monkeypatch.setattr(outcome, "RECORD_PAUSES", (0.0, 0.1))
    away = ExitStack()

    def lose(*arguments, **options):
        away.enter_context(no_connections())
        raise OperationalError

    monkeypatch.setattr(pipeline, "read_and_load", lose)
    with away:
        answer = importer.upload("people.csv", PEOPLE)

    found = ImportHistory.objects.get()
    assert answer.status_code == 503
    assert answer.json()["error"]["details"]["reason"] == "result_unknown"
    assert f"look at import {found.pk} in the history" in answer.json()["error"]["message"]
    fail_stale_imports()
    found.refresh_from_db()
    assert (found.status, found.error_message) == (
        "failed", "The import was interrupted. Please import the file again.",
    )  # fmt: skip


@contextmanager
def no_file_over(size):
    """Let this process write no more than so many bytes to a file, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_is_a_507(importer, visitor):
    """While a file arrives, at the API and on a page. Later phases: tests/test_full_disk.py."""
    large = "name,age\n" + "Ada,36\n" * 500_000
    with no_file_over(1_500_000):
        answer = importer.upload("large.csv", large)
        page = visitor.post("/ui/upload", {"file": io.BytesIO(large.encode())})

    assert (answer.status_code, page.status_code) == (507, 507)
    assert answer.json()["error"]["code"] == "disk_full"
    assert "The disk of the service is full." in page.content.decode()
    assert not ImportHistory.objects.exists()


def test_a_command_says_a_fault_of_the_database_in_one_line(database_url):
    with no_connections():
        ended = subprocess.run(
            [sys.executable, "manage.py", "check_consistency"],
            cwd=ROOT, env={**os.environ, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True, text=True, timeout=100,
        )  # fmt: skip

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(NO_ANSWER)
    assert len(ended.stderr.splitlines()) == 1


def test_files_are_refused_before_the_disk_is_full(importer, visitor, settings):
    """Nothing of them is stored; pages, downloads and undo still work."""
    large = "name,age\n" + "Ada,36\n" * 500_000
    importer.upload("people.csv", PEOPLE)
    import_id = ImportHistory.objects.get().pk
    importer.user.is_staff = True
    importer.user.save()
    settings.ATLAS_MIN_FREE_BYTES = 1 << 50

    answers = [
        importer.upload("large.csv", large),
        importer.upload("small.csv", PEOPLE),
        importer.upload("small.csv", PEOPLE, address="/detect-mapping"),
        importer.send({"records": [{"a": 1}]}),
        importer.post("/map-data?background=true", {"file": io.BytesIO(large.encode())}),
    ]
    page = visitor.post("/ui/upload", {"file": io.BytesIO(large.encode())})
    ready = visitor.get("/ready").json()

    assert [answer.status_code for answer in (*answers, page)] == [507] * 6
    assert {answer.json()["error"]["details"]["reason"] for answer in answers} == {"disk_nearly_full"}
    assert "1.0\xa0PB must stay free" in answers[0].json()["error"]["message"]
    assert ImportHistory.objects.count() == 1
    assert (ready["status"], ready["accepts_files"], ready["reason"]) == ("ready", False, "disk_nearly_full")
    assert "must stay free" in visitor.get("/").content.decode()
    assert importer.get(f"/import-history/{import_id}/source-file").status_code == 200
    assert importer.post(f"/import-history/{import_id}/undo").status_code == 200


def test_a_file_is_cut_off_while_it_arrives(importer, settings, monkeypatch, tmp_path):
    """Its announced size fits, but others fill the disk meanwhile."""
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"  # without the files of workers that other tests killed
    settings.ATLAS_SPOOL_DIR.mkdir()
    checks = []

    def is_full():
        checks.append(sum(path.stat().st_size for path in spool_files(settings)))
        if len(checks) == 3:
            raise DiskFull(DISK_FULL())

    monkeypatch.setattr(upload_handler, "refuse_if_short", is_full)
    monkeypatch.setattr(upload_handler, "CHECK_EVERY", 1 << 20)
    answer = importer.upload("large.csv", "name,age\n" + "Ada,36\n" * 1_000_000)

    assert answer.status_code == 507
    assert checks[0] == 0 < checks[1] < checks[2] < 3 << 20
    assert spool_files(settings) == []


def spool_files(settings):
    return [path for path in settings.ATLAS_SPOOL_DIR.iterdir() if path.is_file()]
