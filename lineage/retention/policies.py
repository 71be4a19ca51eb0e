"""What is forgotten when: the policies, and enforcing them. What each costs: docs/operations.md.

The history of imports is never forgotten by age, and no row of a table ever is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import TextChoices
from django.utils import timezone

from audit.log import record
from core.actors import Actor
from core.errors import BadRequest
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS
from lineage.retention import messages
from lineage.retention.archive import Archive
from lineage.retention.purge_details import Left, RetentionRun, purge_audit_details, purge_detail
from lineage.retention.purge_imports import purge_undone, purge_with_rows
from lineage.retention.purge_source_files import purge_files


class Policy(TextChoices):
    """What can be forgotten, each after its own number of days, in the order in which it is done."""

    UNDONE_IMPORTS = "undone_imports"  #: imports that were undone, with all that is kept of them
    KEPT_RECORDS = "kept_records"  #: the records that did not become rows
    MAPPING_ERRORS = "mapping_errors"  #: what did not fit; the count stays
    SOURCE_FILES = "source_files"  #: the files as they came, and the looks at them
    AUDIT_DETAILS = "audit_details"  #: the numbers of the audit log's entries; the entries and their chain stay
    IMPORTS_WITH_ROWS = "imports_with_rows"  #: imports that somebody names, undone first; never by age


_BY_AGE: dict[Policy, Callable[[RetentionRun, datetime], None]] = {
    Policy.UNDONE_IMPORTS: purge_undone,
    Policy.KEPT_RECORDS: partial(purge_detail, detail=KEPT_RECORDS),
    Policy.MAPPING_ERRORS: partial(purge_detail, detail=MAPPING_ERRORS),
    Policy.SOURCE_FILES: purge_files,
    Policy.AUDIT_DETAILS: purge_audit_details,
}


@dataclass(frozen=True)
class PolicyResult:
    """What one policy did, or would do."""

    policy: Policy
    days: int | None  # None: not by age
    numbers: dict[str, int]  # of what → how many; nothing that is 0
    left: tuple[Left, ...]  # what had to stay and why


def days_of(policy: Policy) -> int | None:
    """As the settings say; None: kept for ever."""
    return settings.ATLAS_RETAIN_DAYS.get(policy.value) if policy in _BY_AGE else None


def enforce(
    policies: Iterable[str] = (),
    *,
    actor: Actor,
    dry_run: bool = False,
    import_ids: Sequence[UUID] = (),
    archive: Path | None = None,
) -> list[PolicyResult]:
    """Forgets what is due by these policies, or by all that the settings set; a dry run only counts it.

    import_ids: for `imports_with_rows`, which needs them and goes alone. archive: a folder where everything is written
    down first; without it the one of the settings. Raises BadRequest, UnknownImport.
    """
    asked = _asked(policies, import_ids)
    now = timezone.now()
    with _archive(archive, now, dry_run=dry_run) as written:
        run = RetentionRun(actor, now, dry_run, written)
        return [_enforced(run, policy, import_ids) for policy in asked]


def _asked(policies: Iterable[str], import_ids: Sequence[UUID]) -> list[Policy]:
    named = {Policy(name) for name in policies}
    if (Policy.IMPORTS_WITH_ROWS in named) != bool(import_ids) or (import_ids and len(named) > 1):
        raise BadRequest(messages.IMPORTS_GO_ALONE())
    for policy in named - {Policy.IMPORTS_WITH_ROWS}:
        if days_of(policy) is None:
            raise BadRequest(messages.DAYS_NOT_SET(setting=f"ATLAS_RETAIN_{policy.value.upper()}_DAYS"))
    return [policy for policy in Policy if policy in named or (not named and days_of(policy) is not None)]


@contextmanager
def _archive(folder: Path | None, now: datetime, *, dry_run: bool) -> Iterator[Archive | None]:
    configured = Path(settings.ATLAS_RETENTION_ARCHIVE) if settings.ATLAS_RETENTION_ARCHIVE else None
    where = folder or configured
    if where is None or dry_run:
        yield None
    else:
        with Archive(where, now) as archive:
            yield archive


def _enforced(run: RetentionRun, policy: Policy, import_ids: Sequence[UUID]) -> PolicyResult:
    run.numbers, run.left = Counter(), []
    days = days_of(policy)
    try:
        if days is None:
            purge_with_rows(run, import_ids)
        else:
            _BY_AGE[policy](run, run.now - timedelta(days=days))
    finally:
        _audit(run, policy, days)
    return PolicyResult(policy, days, dict(+run.numbers), tuple(run.left))


def _audit(run: RetentionRun, policy: Policy, days: int | None) -> None:
    """What was done, also where something stopped it in the middle."""
    if run.dry_run or not +run.numbers:
        return
    archive = run.archive.path.name if run.archive else None
    record(run.actor, f"retention.{policy.value}", policy.value, days=days, archive=archive, **+run.numbers)
