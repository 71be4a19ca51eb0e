"""The retention policies and how to enforce them. Consequences of each: docs/operations.md.

Neither the history of active imports nor rows of tables are ever deleted by age.
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
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS, ROW_VERSIONS
from lineage.retention import messages
from lineage.retention.archive import Archive
from lineage.retention.purge_details import Left, RetentionRun, purge_audit_details, purge_detail
from lineage.retention.purge_imports import purge_undone, purge_with_rows
from lineage.retention.purge_source_files import purge_files


class Policy(TextChoices):
    """What can be deleted, each after its own number of days, in this order."""

    UNDONE_IMPORTS = "undone_imports"  #: undone imports, with everything stored about them
    KEPT_RECORDS = "kept_records"  #: skipped rows
    MAPPING_ERRORS = "mapping_errors"  #: errors; their number is kept
    ROW_VERSIONS = "row_versions"  #: updated rows as they were before; that they were updated stays known
    SOURCE_FILES = "source_files"  #: source files and their previews
    AUDIT_DETAILS = "audit_details"  #: details of audit entries; the entries and their chain are kept
    IMPORTS_WITH_ROWS = "imports_with_rows"  #: imports given by id, which are undone first; never by age


_BY_AGE: dict[Policy, Callable[[RetentionRun, datetime], None]] = {
    Policy.UNDONE_IMPORTS: purge_undone,
    Policy.KEPT_RECORDS: partial(purge_detail, detail=KEPT_RECORDS),
    Policy.MAPPING_ERRORS: partial(purge_detail, detail=MAPPING_ERRORS),
    Policy.ROW_VERSIONS: partial(purge_detail, detail=ROW_VERSIONS),
    Policy.SOURCE_FILES: purge_files,
    Policy.AUDIT_DETAILS: purge_audit_details,
}


@dataclass(frozen=True)
class PolicyResult:
    """The result of one policy, or of its dry run."""

    policy: Policy
    days: int | None  # None: not by age
    numbers: dict[str, int]  # kind → number deleted, without zeros
    left: tuple[Left, ...]  # what was not deleted, and why


def days_of(policy: Policy) -> int | None:
    """Return the days of the settings; None: kept for ever."""
    return settings.ATLAS_RETAIN_DAYS.get(policy.value) if policy in _BY_AGE else None


def enforce(
    policies: Iterable[str] = (),
    *,
    actor: Actor,
    dry_run: bool = False,
    import_ids: Sequence[UUID] = (),
    archive: Path | None = None,
) -> list[PolicyResult]:
    """Delete what is due by these policies, by default all that have a number of days; a dry run only counts it.

    import_ids: for `imports_with_rows`, which needs them and cannot be combined with others. archive: the folder to
    archive to before deleting, by default that of the settings. Raises BadRequest, UnknownImport.
    """
    selected = _selected_policies(policies, import_ids)
    now = timezone.now()
    with _archive(archive, now, dry_run=dry_run) as archive_file:
        run = RetentionRun(actor, now, dry_run, archive_file)
        return [_enforce_policy(run, policy, import_ids) for policy in selected]


def _selected_policies(policies: Iterable[str], import_ids: Sequence[UUID]) -> list[Policy]:
    names = {Policy(name) for name in policies}
    if (Policy.IMPORTS_WITH_ROWS in names) != bool(import_ids) or (import_ids and len(names) > 1):
        raise BadRequest(messages.IMPORTS_GO_ALONE())
    for policy in names - {Policy.IMPORTS_WITH_ROWS}:
        if days_of(policy) is None:
            raise BadRequest(messages.DAYS_NOT_SET(setting=f"ATLAS_RETAIN_{policy.value.upper()}_DAYS"))
    return [policy for policy in Policy if policy in names or (not names and days_of(policy) is not None)]


@contextmanager
def _archive(folder: Path | None, now: datetime, *, dry_run: bool) -> Iterator[Archive | None]:
    configured = Path(settings.ATLAS_RETENTION_ARCHIVE) if settings.ATLAS_RETENTION_ARCHIVE else None
    directory = folder or configured
    if directory is None or dry_run:
        yield None
    else:
        with Archive(directory, now) as archive:
            yield archive


def _enforce_policy(run: RetentionRun, policy: Policy, import_ids: Sequence[UUID]) -> PolicyResult:
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
    """Record the sums of what was deleted, also after an error; each batch is recorded with its deletion."""
    if run.dry_run or not +run.numbers:
        return
    record(run.actor, f"retention.{policy.value}", policy.value, days=days, archive=run.archive_name, **+run.numbers)
