"""Whether the laws of the records of imports hold on the database as it is: every violation is one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from audit.chain import Verdict, verify
from core.messages import Message
from imports.column_types import same_type
from imports.errors import UnknownTable
from imports.jobs.tasks import lost_tasks
from imports.locks import is_running
from imports.models import ImportHistory, ImportStatus, ImportStrategy, KeptRecord, MappingError
from imports.sources import SourceType
from imports.tables import rows
from imports.tables.catalog import data_tables, describe, index_name
from imports.tables.schema import created_by_imports
from lineage.consistency import invariants, messages


@dataclass(frozen=True)
class Violation:
    """A law that does not hold, without a word of a row."""

    law: str
    where: str  # table, and import where it is one import's
    what: Message  # goes on after `where`; those of the audit log are whole sentences

    def __str__(self) -> str:
        return f"{self.where}: {str(self.what).removesuffix('.')}. [{self.law}]"


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong."""

    violations: tuple[Violation, ...]
    checked: dict[str, int]  # of what → how many


def check(table_name: str | None = None) -> Report:
    """All tables, or one. Raises UnknownTable.

    Each table is looked at in a snapshot of its own, so that imports that run meanwhile disturb nothing.
    """
    found: list[Violation] = []
    checked = Counter(tables=0, imports=0, rows=0, kept_records=0, mapping_errors=0)
    for name in _tables(table_name):
        with invariants.snapshot():
            found += _check_table(name)
            checked += _numbers(name)
    found += _check_runs(table_name)
    if table_name is None:
        found += _check_ledger()
        verdict = verify()
        checked["audit_entries"] = verdict.entries
        found += _in_chain(verdict)
    return Report(tuple(found), dict(checked))


def _tables(table_name: str | None) -> list[str]:
    with invariants.snapshot():
        names = sorted({*data_tables(), *invariants.known_tables()})
    if table_name is None:
        return names
    if table_name not in names:
        raise UnknownTable(messages.NO_TABLE_AND_NO_IMPORT(table=table_name[:80]))
    return [table_name]


def _numbers(name: str) -> Counter[str]:
    imports = ImportHistory.objects.filter(table_name=name)
    return Counter(
        tables=1,
        imports=imports.count(),
        rows=rows.count_rows(name),
        kept_records=KeptRecord.objects.filter(import_record__table_name=name).count(),
        mapping_errors=MappingError.objects.filter(import_record__table_name=name).count(),
    )


def _check_table(name: str) -> Iterator[Violation]:
    made = _is_made(name)
    shape = _shape(name, made=made)
    readable = shape is not None and not any(one.to_read for one in shape)
    yield from (Violation("shape", name, one.sentence) for one in shape or ())
    if shape is None:
        yield from _without_table(name)
    else:
        yield from _planned_columns(name)
        if made and name not in invariants.known_tables() and not (readable and invariants.has_changed_rows(name)):
            yield Violation("table_has_an_import", name, messages.NO_IMPORT_IN_TABLE())
    for law in invariants.INVARIANTS:
        if readable or not law.needs_table:
            yield from (_of(name, one) for one in invariants.violations(law, name, made=made))


def _is_made(name: str) -> bool:
    """Whether imports made the table, or it was made like such a table; else it may be as its owner wants it."""
    made = Q(source_type=SourceType.LEGACY) | Q(import_strategy=ImportStrategy.NEW_TABLE)
    return created_by_imports(name) or ImportHistory.objects.active().filter(made, table_name=name).exists()


def _shape(name: str, *, made: bool) -> list[invariants.SchemaIssue] | None:
    """What a data table lacks; None where it is no data table at all. made: whether imports made it."""
    if name not in data_tables():
        return None
    return [one for one in invariants.schema_issues(name, index_name(name)) if made or one.to_read]


def _without_table(name: str) -> Iterator[Violation]:
    standing = ImportHistory.objects.active().filter(table_name=name).count()
    if standing:
        yield Violation("table_exists", name, messages.TABLE_MISSING(imports=standing))


def _planned_columns(name: str) -> Iterator[Violation]:
    there = {column.name: column.sql_type for column in describe(name).columns}
    for column, sql_type, import_id in invariants.planned_columns(name):
        where = f"{name}, import {import_id}"
        if column not in there:
            yield Violation("planned_columns", where, messages.PLANNED_COLUMN_MISSING(column=column))
        elif not same_type(sql_type, there[column]):
            said = messages.PLANNED_TYPE_DIFFERS(column=column, planned_type=sql_type, type=there[column])
            yield Violation("planned_columns", where, said)


def _of(table_name: str, broken: invariants.InvariantViolation) -> Violation:
    where = f"{table_name}, import {broken.import_id}" if broken.import_id else table_name
    return Violation(broken.law, where, broken.sentence)


def _check_runs(table_name: str | None) -> Iterator[Violation]:
    """Outside of a snapshot: an import may end between the two looks at it."""
    running = ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS)
    if table_name is not None:
        running = running.filter(table_name=table_name)
    lost = {task.import_record_id for task in lost_tasks()}
    queued = set(running.filter(task__isnull=False).values_list("pk", flat=True)) - lost
    for import_id, name in running.exclude(pk__in=queued).values_list("pk", "table_name"):
        if not is_running(import_id) and running.filter(pk=import_id).exists():
            yield Violation("runs_alive", f"{name}, import {import_id}", messages.RUN_LOST())


def _check_ledger() -> Iterator[Violation]:
    for model in (KeptRecord, MappingError):
        count = invariants.remaining_after_undo(model._meta.db_table)
        if count:
            said = messages.RECORDS_WITHOUT_IMPORT(records=count)
            yield Violation("ledger_has_an_import", model._meta.db_table, said)


def _in_chain(verdict: Verdict) -> Iterator[Violation]:
    if verdict.broken:
        where = f"audit log, entry {verdict.broken.entry_id}"
        yield Violation("audit_chain", where, verdict.broken.message)
