"""The consistency check: which invariants the database violates, each violation as one sentence."""

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
from imports.models import (
    ImportHistory,
    ImportStatus,
    ImportStrategy,
    KeptRecord,
    MappingError,
    Repair,
    RepairedRecord,
    RowUpdate,
    UnreadCell,
    UnreadKey,
)
from imports.sources import SourceType
from imports.tables import rows
from imports.tables.catalog import data_tables, describe, index_name
from imports.tables.schema import created_by_imports
from lineage.consistency import invariants, messages, source_files
from lineage.consistency.schema_issues import SchemaIssue, schema_issues
from lineage.undo.drops import has_foreign_parts


@dataclass(frozen=True)
class Violation:
    """A violated invariant, without values of rows."""

    invariant: str
    where: str  # table, and import if it is about one
    what: Message  # continues `where`; about the audit log it is a whole sentence

    def __str__(self) -> str:
        return f"{self.where}: {str(self.what).removesuffix('.')}. [{self.invariant}]"


@dataclass(frozen=True)
class Report:
    """The numbers of what was checked, and the violations."""

    violations: tuple[Violation, ...]
    checked: dict[str, int]  # kind → number checked


def check(table_name: str | None = None, *, read_files: bool = False) -> Report:
    """Check all tables, or one. Raises UnknownTable, SourceUnreachable.

    read_files: compare the SHA-256 of source files, else only their sizes. Each table is checked in its own snapshot,
    so that running imports do not affect the result.
    """
    violations: list[Violation] = []
    checked = Counter(tables=0, imports=0, rows=0, kept_records=0, mapping_errors=0)
    for name in _tables(table_name):
        with invariants.snapshot():
            violations += _check_table(name)
            checked += _numbers(name)
    violations += _check_runs(table_name)
    checked["source_files"] = source_files.files_needed(table_name)
    for name, import_id, message in source_files.damaged_files(table_name, thorough=read_files):
        violations.append(Violation("source_file_whole", f"{name}, import {import_id}", message))
    if table_name is None:
        violations += _check_details()
        verdict = verify()
        checked["audit_entries"] = verdict.entries
        violations += _in_chain(verdict)
    return Report(tuple(violations), dict(checked))


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
    by_imports = _created_by_imports(name)
    issues = _schema_issues(name, by_imports=by_imports)
    readable = issues is not None and not any(issue.to_read for issue in issues)
    yield from (Violation("shape", name, issue.sentence) for issue in issues or ())
    if issues is None:
        yield from _without_table(name)
    else:
        yield from _planned_columns(name)
        has_changed_rows = readable and invariants.has_changed_rows(name)
        may_be_empty = has_changed_rows or (readable and has_foreign_parts(name))
        if by_imports and name not in invariants.known_tables() and not may_be_empty:
            yield Violation("table_has_an_import", name, messages.NO_IMPORT_IN_TABLE())
    for invariant in invariants.INVARIANTS:
        if readable or not invariant.needs_table:
            violations = invariants.violations(invariant, name, by_imports=by_imports)
            yield from (_violation(name, violation) for violation in violations)


def _created_by_imports(name: str) -> bool:
    """Return whether imports created the table, or it was created like such a table; others may have any schema."""
    by_imports = Q(source_type=SourceType.LEGACY) | Q(import_strategy=ImportStrategy.NEW_TABLE)
    return created_by_imports(name) or ImportHistory.objects.active().filter(by_imports, table_name=name).exists()


def _schema_issues(name: str, *, by_imports: bool) -> list[SchemaIssue] | None:
    """Return the schema issues of a table; None if it is not a data table. by_imports: whether imports created it."""
    if name not in data_tables():
        return None
    return [issue for issue in schema_issues(name, index_name(name)) if by_imports or issue.to_read]


def _without_table(name: str) -> Iterator[Violation]:
    active = ImportHistory.objects.active().filter(table_name=name).count()
    if active:
        yield Violation("table_exists", name, messages.TABLE_MISSING(imports=active))


def _planned_columns(name: str) -> Iterator[Violation]:
    types = {column.name: column.sql_type for column in describe(name).columns}
    for column, sql_type, import_id in invariants.planned_columns(name):
        where = f"{name}, import {import_id}"
        if column not in types:
            yield Violation("planned_columns", where, messages.PLANNED_COLUMN_MISSING(column=column))
        elif not same_type(sql_type, types[column]):
            message = messages.PLANNED_TYPE_DIFFERS(column=column, planned_type=sql_type, type=types[column])
            yield Violation("planned_columns", where, message)


def _violation(table_name: str, violation: invariants.InvariantViolation) -> Violation:
    where = f"{table_name}, import {violation.import_id}" if violation.import_id else table_name
    return Violation(violation.invariant, where, violation.sentence)


def _check_runs(table_name: str | None) -> Iterator[Violation]:
    """Find lost imports, outside of a snapshot: an import may end between the two queries."""
    running = ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS)
    if table_name is not None:
        running = running.filter(table_name=table_name)
    lost_imports = {task.import_record_id for task in lost_tasks()}
    queued = set(running.filter(task__isnull=False).values_list("pk", flat=True)) - lost_imports
    for import_id, name in running.exclude(pk__in=queued).values_list("pk", "table_name"):
        if not is_running(import_id) and running.filter(pk=import_id).exists():
            yield Violation("runs_alive", f"{name}, import {import_id}", messages.RUN_LOST())


def _check_details() -> Iterator[Violation]:
    for model in (KeptRecord, MappingError, Repair, RepairedRecord, RowUpdate, UnreadCell, UnreadKey):
        count = invariants.details_without_import(model._meta.db_table)
        if count:
            message = messages.RECORDS_WITHOUT_IMPORT(records=count)
            yield Violation("ledger_has_an_import", model._meta.db_table, message)


def _in_chain(verdict: Verdict) -> Iterator[Violation]:
    if verdict.broken:
        where = f"audit log, entry {verdict.broken.entry_id}"
        yield Violation("audit_chain", where, verdict.broken.message)
