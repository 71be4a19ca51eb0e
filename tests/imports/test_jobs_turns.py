"""Turns of the queue: users alternate, whatever their number of imports, workers, ends and cancellations."""

import random
from dataclasses import asdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from core.actors import Actor
from imports.jobs import tasks
from imports.jobs.tasks import B2_QUEUE, QUEUE
from imports.jobs.turns import give_missing_turns, give_turn, imports_before
from imports.models import ImportHistory, ImportTask
from tests.importing import query

pytestmark = pytest.mark.usefixtures("atlas_db")


class Queue:
    """The real queue, and workers that take its jobs as procrastinate's do, without importing anything."""

    def __init__(self):
        self.queued = {}  # job id -> (user, table, number)
        self.started = []

    def put(self, user, table, *, from_b2=False):
        record = ImportHistory.objects.create(
            source_type="local_upload", file_name="f.csv", table_name=table, status="in_progress",
            user_id=user, file_hash=None if from_b2 else "0" * 64,
        )  # fmt: skip
        task = ImportTask.objects.create(import_record=record, actor=asdict(Actor(user, user_id=user)))
        tasks.enqueue(task)
        self.queued[task.job_id] = (user, table, len(self.queued))
        return task

    def take(self, *, queues=(QUEUE,)):
        """Take the next job as a worker does; its user and table, None where none can start."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, args FROM procrastinate_fetch_job_v2(%s, NULL)", [list(queues)])
            job_id, args = cursor.fetchone()
        if job_id is None:
            return None
        give_turn(ProcrastinateJob.objects.get(id=job_id).args["owner"])
        self.started.append(job_id)
        return self.queued[job_id][:2]

    def finish(self, job_id):
        query(f"DELETE FROM procrastinate_jobs WHERE id = {job_id} RETURNING id")

    def run(self, starts):
        """What one worker takes, one after another."""
        taken = []
        for _ in range(starts):
            taken.append(self.take())
            self.finish(self.started[-1])
        return taken


@pytest.fixture
def queue():
    return Queue()


@pytest.mark.parametrize("table", ["t", "other"], ids=["same table", "other table"])
def test_many_imports_of_one_user_do_not_keep_the_one_of_another_waiting(queue, table):
    for _ in range(50):
        queue.put("ann", "t")
    task = queue.put("bob", table)

    assert imports_before(task.job_id) <= 2
    assert ("bob", table) in queue.run(2)
    assert {user for user, _ in queue.run(49)} == {"ann"}
    assert queue.take() is None


def test_users_with_many_imports_alternate_and_a_new_one_is_next(queue):
    for user in ("ann", "bob"):
        for number in range(6):
            queue.put(user, f"{user} {number}")
    assert [user for user, _ in queue.run(6)] == ["ann", "bob"] * 3
    queue.put("cleo", "c")
    assert "cleo" in [user for user, _ in queue.run(3)]


def test_the_number_of_imports_before_one_is_what_then_happens(queue):
    waiting = [queue.put(user, f"{user} {number}") for user, n in (("ann", 5), ("bob", 2)) for number in range(n)]
    waiting += [queue.put("cleo", "c")]
    told = {task.job_id: imports_before(task.job_id) for task in waiting}

    queue.run(len(waiting))

    assert [told[job_id] for job_id in queue.started] == list(range(len(waiting)))


def test_a_free_worker_also_takes_imports_without_a_turn(queue):
    for number in range(4):
        queue.put("ann", f"t{number}")
    assert [queue.take() for _ in range(5)] == [("ann", f"t{number}") for number in range(4)] + [None]


def test_an_import_that_waits_for_its_table_leaves_its_turn_to_the_next(queue):
    queue.put("dora", "t")
    queue.take()
    for table in ("t", "u", "v"):
        queue.put("ann", table)
    for number in range(20):
        queue.put("bob", f"b{number}")
    give_missing_turns()

    assert ("ann", "u") in queue.run(3)


def test_without_a_worker_for_the_bucket_other_imports_go_on_in_their_order(queue):
    queue.put("ann", "t", from_b2=True)
    queue.put("ann", "t")
    queue.put("ann", "u")
    queue.put("bob", "b")

    assert sorted(queue.run(2)) == [("ann", "u"), ("bob", "b")]
    assert queue.take() is None
    assert queue.take(queues=(QUEUE, B2_QUEUE)) == ("ann", "t")


def test_jobs_of_an_earlier_version_come_first(queue):
    queue.put("ann", "t")
    old = queue.put("bob", "b")
    ProcrastinateJob.objects.filter(id=old.job_id).update(args={"task_id": str(old.pk)}, priority=0)
    give_missing_turns()

    assert imports_before(old.job_id) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")
        assert cursor.fetchone() == (old.job_id,)


@pytest.mark.parametrize("seed", range(2))
def test_with_several_workers_cancellations_and_dead_workers_order_and_fairness_hold(queue, seed):
    pick, running, cancelled = random.Random(seed), [], set()
    waited = {}  # job id -> starts of others, while it could have started
    for _ in range(80):
        step = pick.choices(["put", "take", "finish", "die", "cancel"], [5, 5, 4, 1, 1])[0]
        if step == "put":
            user = pick.choice(["ann", "ann", "ann", "bob", "cleo"])
            queue.put(user, pick.choice(["s", "t", f"{user}'s"]))
        elif step == "take" and len(running) < 3 and queue.take():
            running.append(queue.started[-1])
            note_waiting(queue, waited, running)
        elif step == "finish" and running:
            queue.finish(running.pop(pick.randrange(len(running))))
        elif step == "die" and running:
            died = running.pop()
            queue.started.remove(died)
            query(f"UPDATE procrastinate_jobs SET status = 'todo' WHERE id = {died} RETURNING id")
        elif step == "cancel" and (task := pick.choice([None, *ImportTask.objects.filter(job_id__in=todo())])):
            assert tasks.withdraw(task)
            cancelled.add(task.job_id)
        give_missing_turns()

    for user, table in {(user, table) for user, table, _ in queue.queued.values()}:
        numbers = [queue.queued[job_id][2] for job_id in queue.started if queue.queued[job_id][:2] == (user, table)]
        assert numbers == sorted(numbers)
    assert not cancelled & set(queue.started)
    assert max(waited.values(), default=0) <= 8


def todo():
    return ProcrastinateJob.objects.filter(status="todo").values("id")


def note_waiting(queue, waited, running):
    """Count the start for each user whose oldest import could have started and did not."""
    tables = {queue.queued[job_id][1] for job_id in running}
    seen = set()
    for job_id in todo().order_by("id").values_list("id", flat=True):
        user, table, _ = queue.queued[job_id]
        if user not in seen and table not in tables and queue.queued[queue.started[-1]][0] != user:
            seen.add(user)
            waited[job_id] = waited.get(job_id, 0) + 1


def test_queueing_costs_as_many_queries_however_many_imports_wait(queue):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            queue.put("ann", "t")
        return len(captured)

    queries()
    before = queries()
    for _ in range(30):
        queue.put("ann", "t")
    assert queries() == before
