"""The order of queued imports: users take turns, however many imports each of them has queued.

Of each user one waiting import has a turn, the oldest that no running import keeps from its table; all others wait
behind all turns. Turns are served in the order in which they were given, and a user's next import gets one when the
user's last one starts. So an import waits for at most one more of each other user before its own user's earlier ones
are done. A free worker also takes imports without a turn, the oldest first. One user's imports into a table keep their
order: the queue's lock of the table lets none pass another that has a turn or is older.

A turn is the priority of the job, a lower number for each later turn. Giving one looks at the user's waiting jobs only.
Whatever ends in between, a worker or a transaction, `give_missing_turns` gives the turns that are missing.
"""

from __future__ import annotations

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from procrastinate.contrib.django.models import ProcrastinateJob

from core.actors import Actor

WITHOUT_TURN = -2_000_000_000  # a priority below all turns
LAST_TURN = -1_900_000_000  # far more turns than a queue that never becomes empty gives in years


def owner_of(actor: Actor) -> str:
    """Return whose turn an import takes: the user's id, or the name of the command."""
    return actor.user_id or actor.name


def give_turn(owner: str) -> None:
    """Give a turn to the oldest import of the owner that can start, in each queue where none has one."""
    for queue in _waiting(owner).values_list("queue_name", flat=True).distinct():
        waiting = _waiting(owner).filter(~Exists(_older_into_same_table(owner)), queue_name=queue)
        in_use = ProcrastinateJob.objects.filter(status="doing").values("lock")
        can_start = waiting.exclude(lock__in=in_use)
        candidates = can_start if can_start.exists() else waiting
        if candidates.filter(priority__gt=WITHOUT_TURN).exists():
            continue
        oldest = candidates.order_by("id").values("id")[:1]
        ProcrastinateJob.objects.filter(id__in=oldest, status="todo").update(priority=_next_turn())


def give_missing_turns() -> None:
    """Give a turn to every owner that has none. A worker calls it regularly."""
    for owner in ProcrastinateJob.objects.filter(status="todo").values_list("args__owner", flat=True).distinct():
        if owner is not None:
            give_turn(owner)


def waiting_imports(owner: str) -> int:
    return _waiting(owner).count()


def imports_before(job_id: int | None) -> int | None:
    """Return how many waiting imports are served before this one; None if it does not wait, or has no owner."""
    job = ProcrastinateJob.objects.filter(id=job_id or 0, status="todo", args__has_key="owner").first()
    if job is None:
        return None
    waiting = ProcrastinateJob.objects.filter(status="todo", queue_name=job.queue_name)
    own = waiting.filter(args__owner=job.args["owner"])
    own_before = (
        own.filter(priority__gt=job.priority).count() + own.filter(priority=job.priority, id__lt=job.id).count()
    )
    own_turn = own.aggregate(turn=Max("priority"))["turn"]
    others = waiting.exclude(args__owner=job.args["owner"]).values("args__owner").order_by()
    counts = others.annotate(number=Count("id"), turn=Max("priority")).values_list("number", "turn")
    return own_before + sum(min(number, own_before + (turn > own_turn)) for number, turn in counts)


def job_before_into_table(job_id: int | None) -> int | None:
    """Return the job that runs into the same table as a waiting one, or is the first to be served before it."""
    job = ProcrastinateJob.objects.filter(id=job_id or 0, status="todo").first()
    if job is None:
        return None
    same_table = ProcrastinateJob.objects.filter(lock=job.lock)
    running = same_table.filter(status="doing").values_list("id", flat=True).first()
    earlier = same_table.filter(_served_before(job), status="todo").order_by("-priority", "id")
    return running or earlier.values_list("id", flat=True).first()


def _served_before(job: ProcrastinateJob) -> Q:
    return Q(priority__gt=job.priority) | Q(priority=job.priority, id__lt=job.id)


def _waiting(owner: str) -> QuerySet[ProcrastinateJob]:
    return ProcrastinateJob.objects.filter(status="todo", args__owner=owner)


def _older_into_same_table(owner: str) -> QuerySet[ProcrastinateJob]:
    """Return the owner's older waiting imports, of any queue, into the table of the job outside of the subquery."""
    return _waiting(owner).filter(lock=OuterRef("lock"), id__lt=OuterRef("id"))


def _next_turn() -> int:
    with_turn = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], priority__gt=WITHOUT_TURN, priority__lt=0)
    last = with_turn.aggregate(last=Min("priority"))["last"]
    return max(LAST_TURN, (last or 0) - 1)
