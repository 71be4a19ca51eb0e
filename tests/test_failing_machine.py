"""An instance that loses its database, its connections, its disk or its storage for a while, and comes back."""

import os
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from atlas.server.postgres_server import Server
from tests.killing import Act, database, instance_on
from tests.test_kills import csv
from tests.working import wait_for

pytestmark = pytest.mark.long

ROWS = 200_000


@pytest.fixture
def instance(tmp_path):
    with instance_on(tmp_path / "data") as instance:
        instance.start()
        instance.come_back()
        yield instance


def assert_all_is_well(instance):
    for command in ("check_consistency", "verify_audit"):
        assert instance.command(command)[0] == ""


def assert_says_so(answer, *codes):
    status, body = answer
    assert status in (503, 507) and body["error"]["code"] in codes, answer


def rows_of(instance, table):
    return instance.query(f"SELECT count(*), count(DISTINCT k) FROM {table}")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_that_is_stopped_is_started_again_and_the_import_goes_on(instance, mode):
    server = Server(instance.data)
    try:
        task = instance.upload(csv(0, ROWS, "f"), "t", background=True)[1]["task_id"]
        wait_for(lambda: instance.ask(f"/tasks/{task}")[1].get("progress"))
        server.call("pg_ctl", "stop", "-W", "-m", mode, "-D", server.cluster)
        wait_for(lambda: [line for line in instance.lines.printed if line.startswith("The database ended")])
        instance.come_back()
        wait_for(lambda: instance.ask(f"/tasks/{task}")[1].get("status") == "completed")
        assert rows_of(instance, "t") == [(ROWS, ROWS)]
        assert_all_is_well(instance)
    finally:
        server.users.close()


def test_without_free_connections_it_says_so_and_answers_again_when_there_are_some(instance):
    with ExitStack() as taken:
        with pytest.raises(psycopg.OperationalError):
            while True:
                taken.enter_context(instance.connected())
        answers = [instance.ask("/tables") for _ in range(40)]  # each thread meets it
        assert instance.ask("/health")[0] == 200
        for answer in [each for each in answers if each[0] != 200]:
            assert_says_so(answer, "database_unavailable")
    instance.come_back()
    assert instance.upload(csv(0, 10, "f"), "t")[0] == 200
    assert_all_is_well(instance)


def test_without_its_socket_the_database_is_restarted_and_the_import_goes_on(instance):
    act = Act(lambda: instance.upload(csv(0, ROWS, "f"), "t", background=True))
    assert act.finish()[0] == 202
    shutil.rmtree(instance.data / "postgres/socket")
    wait_for(lambda: [line for line in instance.lines.printed if line.startswith("The socket of the database")])
    instance.come_back()
    wait_for(lambda: instance.query("SELECT status FROM import_history") == [("success",)])
    assert rows_of(instance, "t") == [(ROWS, ROWS)]
    assert_all_is_well(instance)


def test_without_its_stored_files_it_says_what_is_missing_and_uses_them_again_when_they_are_back(instance):
    status, body = instance.upload(csv(0, 100, "f"), "t")
    assert status == 200
    assert instance.ask(f"/import-history/{body['import_id']}/undo", b"{}")[0] == 200
    sources, away = instance.data / "sources", instance.data / "away"
    sources.rename(away)

    status, refused = instance.ask(f"/import-history/{body['import_id']}/redo", b"{}")
    assert status in (409, 503) and refused["error"]["message"]
    assert instance.upload(csv(0, 100, "g"), "u")[0] == 200
    assert instance.command("check_consistency")[0]  # the file is missing

    shutil.copytree(sources, away, dirs_exist_ok=True)
    shutil.rmtree(sources)
    away.rename(sources)
    assert instance.ask(f"/import-history/{body['import_id']}/redo", b"{}")[0] == 200
    assert_all_is_well(instance)


@contextmanager
def small_disk(folder, size):
    """Put a folder on a file system of its own of this size, with what is in it."""
    owner, kept = folder.stat(), folder.with_name(f"{folder.name}.kept")
    shutil.move(folder, kept)
    folder.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", folder], check=True)
    try:
        os.chown(folder, owner.st_uid, owner.st_gid)
        subprocess.run(["cp", "-a", f"{kept}/.", folder], check=True)
        yield lambda larger: subprocess.run(["mount", "-o", f"remount,size={larger}", folder], check=True)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_with_a_full_disk_of_the_database_it_says_so_and_comes_back_when_there_is_room(instance):
    status, body = instance.upload(csv(0, 100, "f"), "t")
    assert status == 200, body
    assert instance.stop() == []
    log = (instance.data / "postgres/data/pg_wal").resolve()
    with small_disk(log, "80m") as resize:
        instance.start()
        instance.come_back()
        answer, place = (200, {}), 0
        while answer[0] == 200:  # rows of a table that exists go through the log
            place += 1
            answer = instance.upload(csv(place * ROWS, ROWS, "f"), "t")
        assert_says_so(answer, "database_unavailable", "disk_full")
        loaded = 100 + (place - 1) * ROWS
        wait_for(lambda: [line for line in instance.lines.printed if line.startswith("The database ")])
        time.sleep(5)  # it tries again meanwhile
        assert instance.process.poll() is None
        assert instance.ask("/health")[0] == 200
        assert instance.ask("/tables")[0] in (200, 503)

        resize("1g")

        wait_for(lambda: database(instance))
        instance.come_back()
        assert rows_of(instance, "t") == [(loaded, loaded)]
        assert instance.upload(csv(place * ROWS, ROWS, "f"), "t")[0] == 200
        assert rows_of(instance, "t") == [(loaded + ROWS, loaded + ROWS)]
        assert_all_is_well(instance)
        assert instance.stop() == []
