"""Ten minutes of random actions of several clients, beside a psql session that holds locks and ends sessions.

Afterwards nothing is wrong and nothing is left of them: no 500, no session, lock, temporary table, descriptor, file or
process, and no memory.
"""

import os
import time
from contextlib import suppress

import psutil
import pytest

from tests.killing import command_of, database, descendants, instance_on, processes
from tests.random_clients import Clients
from tests.working import wait_for

SECONDS = int(os.environ.get("ATLAS_TEST_SECONDS", "600"))
WARM_UP = 60  # until every thread, child and cache is there
MEGABYTE = 1_000_000
QUIET = 120  # for what ends a while after its request
SETTINGS = {"ATLAS_WORKERS": "2", "ATLAS_LOCK_WAIT_SECONDS": "5", "ATLAS_BACKGROUND_LOCK_WAIT_SECONDS": "60"}
LASTING = ("./run", "gunicorn", "run_worker", "postgres")  # and what they fork for a file is not
LEFT = {
    "sessions in a transaction": "SELECT pid, query FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND state <> 'idle' AND pid <> pg_backend_pid()",
    "advisory locks": "SELECT objid, pid FROM pg_locks WHERE locktype = 'advisory'",
    "temporary tables": "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind IN ('r', 'S')",
    "prepared transactions": "SELECT gid FROM pg_prepared_xacts",
    "imports that run": "SELECT import_id FROM import_history WHERE status = 'in_progress'",
    "jobs": "SELECT id FROM procrastinate_jobs WHERE status IN ('todo', 'doing')",
}


class Quiet:
    """What there is of an instance when no client does anything."""

    def __init__(self, instance):
        self.left = wait_for_quiet(instance)
        self.spool = sorted(path.name for path in (instance.data / "spool").rglob("*") if path.is_file())
        self.sessions = len(instance.query("SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"))
        self.roles, self.descriptors, self.memory = {}, {}, {}
        for process in lasting(instance):
            with suppress(psutil.NoSuchProcess):  # it just ends
                self.add(role_of(process), process.num_fds(), process.memory_full_info().uss)

    def add(self, role, descriptors, memory):
        self.roles[role] = self.roles.get(role, 0) + 1
        self.descriptors[role] = max(self.descriptors.get(role, 0), descriptors)
        self.memory[role] = max(self.memory.get(role, 0), memory)

    def __str__(self):
        memory = {role: round(size / MEGABYTE) for role, size in self.memory.items()}
        return f"{self.roles}\ndescriptors {self.descriptors}\nMB {memory}\n{self.sessions} sessions"


def lasting(instance):
    """The processes of the instance, without PostgreSQL's of single connections and its background workers."""
    server = database(instance)
    of_server = {each.pid for each in descendants(server.pid)}
    return [each for each in processes(instance) if each.pid not in of_server]


class Memory:
    """The largest process of each role, again and again while clients work."""

    def __init__(self, instance):
        self.instance, self.sizes = instance, {}

    def look(self):
        sizes = {}
        for process in lasting(self.instance):
            with suppress(psutil.NoSuchProcess):
                role = role_of(process)
                sizes[role] = max(sizes.get(role, 0), process.memory_full_info().uss)
        for role, size in sizes.items():
            self.sizes.setdefault(role, []).append(size)

    def growth(self):
        """Return the roles whose processes became larger in the second half, with their sizes in MB."""
        return {
            role: [round(size / MEGABYTE) for size in sizes]
            for role, sizes in self.sizes.items()
            if role in LASTING and max(halves(sizes)[1]) > 1.3 * max(halves(sizes)[0]) + 10 * MEGABYTE
        }


def halves(sizes):
    return sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]


def role_of(process):
    words = command_of(process)
    for role in ("imports.sandbox.template", "run_worker", "gunicorn", "postgres"):
        if role in words:
            return f"{role} of {role_of(process.parent())}" if role == "imports.sandbox.template" else role
    return "./run"


def wait_for_quiet(instance):
    """Wait until nothing that belongs to a request or a job is there, and return what stays."""
    deadline = time.monotonic() + QUIET
    while True:
        left = {what: found for what, query in LEFT.items() if (found := instance.query(query))}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(1)


def wait_for_the_same(instance, before):
    """Return what there is as soon as it is as before, or when it takes too long to become so."""
    deadline = time.monotonic() + QUIET
    while True:
        after = Quiet(instance)
        if (after.roles, after.spool) == (before.roles, before.spool) or time.monotonic() > deadline:
            return after
        time.sleep(1)


def strays(instance):
    """Processes of the instance that are not below it: those of its data directory, whatever started them."""
    known = {each.pid for each in processes(instance)} | {each.pid for each in descendants(os.getpid())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("ATLAS_DATA_DIR") == str(instance.data) and process.pid not in known:
                found.append(command_of(process))
        except psutil.Error:
            continue
    return found


@pytest.mark.long
def test_nothing_is_wrong_or_left_after_random_actions(tmp_path, request):
    seed = request.config.getoption("randomly_seed", 0)
    print(f"seed {seed}")
    with instance_on(tmp_path / "data", **SETTINGS) as instance:
        instance.start()
        instance.come_back()
        Clients(instance, f"{seed} first", WARM_UP).run(users=6, sessions=0)
        before = Quiet(instance)
        print(before)

        clients, memory = Clients(instance, seed, SECONDS), Memory(instance)
        clients.run(users=6, sessions=2, meanwhile=memory.look)

        after = wait_for_the_same(instance, before)
        print(after)
        print({role: [round(size / MEGABYTE) for size in sizes] for role, sizes in memory.sizes.items()})
        print(*sorted(clients.seen.items()), sep="\n")
        log = "".join(instance.printed())
        print(log)
        print(*clients.faults, sep="\n")
        assert not clients.faults
        assert "Traceback (most" not in log and "Internal Server Error" not in log
        assert after.left == {} and after.spool == before.spool == []
        assert after.roles == before.roles
        assert strays(instance) == []
        assert after.sessions <= before.sessions + 4
        for role, number in after.descriptors.items():
            assert number <= before.descriptors[role] + 8, role
        assert memory.growth() == {}
        for command in ("check_consistency", "verify_audit"):
            error, said = instance.command(command)
            assert not error, f"{error}\n{said}"
        wait_for(lambda: instance.ask("/ready")[0] == 200)
        assert instance.stop() == []
