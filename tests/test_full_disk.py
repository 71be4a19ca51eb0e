"""A small disk that is filled at each phase of an import, and freed: clear answers, and all is right afterwards.

Needs root, which mounts the disk (a tmpfs).
"""

import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest

from atlas.server import embedded_postgres, postgres_home
from tests import killing
from tests.working import wait_for

pytestmark = pytest.mark.long

MEGABYTE = 1 << 20
ROWS = 400_000  # 12 MB


@contextmanager
def small_disk(folder, megabytes, owner=None):
    """Mount a small disk at a folder for the length of a block."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", folder], check=True)
    try:
        if owner:
            shutil.chown(folder, owner.pw_uid, owner.pw_gid)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def instance_of(data):
    """Yield an instance that serves, and end it before its disk is unmounted."""
    instance = killing.Instance(data)
    try:
        instance.start()
        instance.come_back()
        yield instance
    finally:
        if instance.commands:
            instance.commands.communicate(timeout=killing.SECONDS)
        instance.stop()
        if not (data / "postgres").resolve().is_mount():
            embedded_postgres.remove(data)


@pytest.fixture
def without_limit(monkeypatch):
    """Let the instance fill its disks to the end."""
    for name in ("ATLAS_MIN_FREE_BYTES", "ATLAS_MIN_FREE_PERCENT"):
        monkeypatch.setitem(killing.SETTINGS, name, "0")


def csv(rows=ROWS):
    return "k,name,amount\n" + "".join(f"{row},name number {row},{row % 977}.25\n" for row in range(rows))


@contextmanager
def filled(disk, free_megabytes):
    """Leave so much space on the disk for the length of a block."""
    filler = disk / "filler"
    space = os.statvfs(disk)
    size = space.f_bavail * space.f_frsize - free_megabytes * MEGABYTE
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    try:
        yield
    finally:
        filler.unlink()


def assert_full(answer, *codes):
    status, body = answer
    assert (status, body["error"]["code"]) in codes, body
    assert body["error"]["message"].endswith(("imported.", "try again.")), body
    assert "Error" not in body["error"]["message"], body


def assert_all_is_well(instance):
    assert list((instance.data / "spool").glob("source-*")) == []
    for command in (["check_consistency", "--read-files"], ["verify_audit"]):
        error, said = instance.command(*command)
        assert not error, f"{error}\n{said}"


def test_a_disk_of_files_that_fills_up_at_each_phase(without_limit, tmp_path):
    """While the body arrives, is stored, is read and spooled: 507; the failed import can be repeated at once."""
    text, statuses = csv(), set()
    with small_disk(tmp_path / "disk", 300) as disk, instance_of(disk / "data") as instance:
        for free in (3, 9, 14, 20, 28, 36, 44, 52):
            with filled(disk, free):
                answer = instance.upload(text, f"t{free}")
            statuses.add(answer[0])
            if answer[0] != 200:
                assert_full(answer, (507, "disk_full"))
                failed = instance.query("SELECT status, error_message, metadata->'error'->>'code' FROM import_history"
                                        " WHERE table_name = %s", f"t{free}")  # fmt: skip
                assert all((status, code) == ("failed", "disk_full") for status, _, code in failed)
                assert all(message.endswith("Nothing was imported.") for _, message, _ in failed)
            status, body = instance.upload(text, f"again{free}")
            assert (status, body["rows_inserted"]) == (200, ROWS), body
        assert statuses == {200, 507}
        assert_all_is_well(instance)


def test_a_background_import_that_finds_the_disk_full_says_so(without_limit, tmp_path):
    with small_disk(tmp_path / "disk", 300) as disk, instance_of(disk / "data") as instance:
        worker = killing.job_worker(instance)
        worker.suspend()
        status, body = instance.upload(csv(), "t", background=True)
        assert status == 202, body
        with filled(disk, 8):
            worker.resume()
            state = wait_for(lambda: ended(instance, body["task_id"]))
        assert (state["status"], state["message"].endswith("Nothing was imported.")) == ("failed", True), state
        status, body = instance.upload(csv(), "t", background=True)
        assert wait_for(lambda: ended(instance, body["task_id"]))["status"] == "completed"
        assert_all_is_well(instance)


def ended(instance, task_id):
    state = instance.ask(f"/tasks/{task_id}")[1]
    return state.get("status") in ("failed", "completed") and state


def test_a_disk_of_the_database_that_fills_up(without_limit, tmp_path):
    """The rows do not fit, or not even the write-ahead log: then the database restarts and recovers."""
    data, statuses = tmp_path / "data", set()
    data.mkdir()
    home = postgres_home.find_or_create_home(data)
    with small_disk(home, 420, postgres_home.unprivileged_user()) as disk, instance_of(data) as instance:
        for free in (25, 60, 5):
            with filled(disk, free):
                answer = instance.upload(csv(), f"t{free}")
            instance.come_back()
            statuses.add(answer[0])
            if answer[0] != 200:
                assert_full(answer, (507, "disk_full"), (503, "database_unavailable"))
        assert statuses & {503, 507}
        status, body = instance.upload(csv(), "after")
        assert (status, body["rows_inserted"]) == (200, ROWS), body
        assert_all_is_well(instance)
    home.rmdir()
