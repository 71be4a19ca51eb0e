"""Repair records of an import, in one transaction under the table's lock.

The records are typed again with what was sent (known.py, asked.py, typed_again.py); those that fit are put at the place
of their import, and later imports follow (apply_repair.py, replayed.py). Every attempt is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from audit.log import record as record_in_audit_log
from core.actors import Actor
from core.waits.operations import named
from imports.column_types import PLAIN, cast_column
from imports.locks import table_lock
from imports.models import ImportHistory, Outcome, RepairOrigin, RepairResult
from lineage.repairs import messages, queries
from lineage.repairs.apply_repair import ApplyRepair, Followed
from lineage.repairs.asked import Asked, Attempt, asked, errors_by_record
from lineage.repairs.attempt_columns import attempt_columns
from lineage.repairs.changes import MAX_NAMED, RecordChange, RepairReport, first_failing, merged, refuse_unknown
from lineage.repairs.known import Known, known_records
from lineage.repairs.ledger_changes import write_attempts
from lineage.repairs.preconditions import require_repairable
from lineage.repairs.typed_again import TypedRecords, typed_again
from lineage.undo.edited_rows_choice import EditedRowsChoice

_COUNTS = (
    "total_rows_in_file", "rows_inserted", "rows_updated", "rows_skipped", "duplicates_found", "rows_rejected",
    "rows_filtered", "mapping_errors_count",
)  # fmt: skip

Errors = list[dict[str, Any]]


def repair(
    import_id: UUID,
    changes: Iterable[RecordChange],
    actor: Actor,
    *,
    origin: RepairOrigin = RepairOrigin.VALUES,
    reason: str = "",
    changed_rows: EditedRowsChoice | None = None,
    dry_run: bool = False,
) -> RepairReport:
    """Repair records of an import; what does not fit stays as it is, and is kept as an attempt that failed.

    changed_rows: required where rows would change that were changed manually. Raises UnknownImport, CannotRepair,
    BadRequest, HistoryPurged, TableBusy, TableChanged, SourceUnavailable.
    """
    table_name = require_repairable(import_id).table_name
    asked_for = merged(changes)
    with table_lock(table_name), named("repair", import_id), transaction.atomic(durable=True):
        one = _Repair(import_id, actor, origin, reason, changed_rows)
        report = one.carry_out(asked_for, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
        elif report.batch:
            record_in_audit_log(
                actor, "import.repaired", str(import_id), reason=reason, origin=str(origin), **audit_details(report),
                **({"changed_rows": str(changed_rows)} if changed_rows else {}),
            )  # fmt: skip
    return report


def audit_details(report: RepairReport) -> dict[str, Any]:
    """Return the numbers of a repair: no value of a row."""
    names = (
        "table_name", "batch", "repaired", "partly", "still_failing", "unchanged", "rows_returned",
        "rows_become_duplicates", "rows_changed",
    )  # fmt: skip
    return {name: getattr(report, name) for name in names}


class _Repair:
    def __init__(
        self, import_id: UUID, actor: Actor, origin: RepairOrigin, reason: str, changed_rows: EditedRowsChoice | None
    ) -> None:
        """Raises UnknownImport, CannotRepair."""
        self.record = require_repairable(import_id)
        self.actor = actor
        self.origin = origin
        self.reason = reason or None
        self.applied = ApplyRepair(self.record, changed_rows)
        self.stored = self.applied.stored
        self.plan = self.stored.plan
        self.source_of = {column.name: column.source for column in self.plan.columns}

    def carry_out(self, changes: Mapping[int, RecordChange], *, dry_run: bool) -> RepairReport:
        refuse_unknown(changes, self.plan, self.record.total_rows_in_file or 0)
        numbers = list(changes)
        known = known_records(self.record, self.stored, numbers)
        loaded = [number for number, one in known.items() if one.outcome != Outcome.REJECTED]
        errors = errors_by_record(queries.columns_with_errors(self.record.pk, loaded))
        found = asked(changes, known, self.stored, self.actor.name, self.reason, errors)
        kept = self.applied.kept_rows([one.known for one in found.attempts.values()]) if found.attempts else []
        for number in kept:
            found.attempts.pop(number, None)
        typed, failing = self._typed(found)
        typed = self._changed(typed, found, errors)
        batch = uuid4() if found.attempts else None
        results = self._results(typed, found, failing)
        if len(typed.known):
            self.applied.apply(typed)
        if batch:
            self._keep_attempts(batch, found, results, failing, typed)
        return self._report(batch, found, kept, results, self._all_errors(failing, typed), dry_run=dry_run)

    # --- what was sent, typed

    def _typed(self, found: Asked) -> tuple[TypedRecords, dict[int, Errors]]:
        """Return the records whose changes fit, and the errors of the others."""
        attempts = found.attempts
        typed = typed_again(self.stored, [one.proposed for one in attempts.values()])
        failing = self._failing(typed, attempts)
        if any(attempts[number].texts for number in failing):
            in_iso = {number: self._in_iso(attempts[number]) for number in failing if attempts[number].texts}
            typed = typed_again(
                self.stored, [in_iso.get(number, one.proposed) for number, one in attempts.items()]
            )  # fmt: skip
            still = self._failing(typed, attempts)
            failing = {number: errors for number, errors in failing.items() if number in still}
        return typed.without(failing), failing

    def _in_iso(self, attempt: Attempt) -> Known:
        """Return the record with the texts that are ISO values of their columns as final values."""
        values, texts = dict(attempt.proposed.values), dict(attempt.proposed.texts)
        for position, entry in attempt.texts.items():
            columns = [column for column in self.plan.columns if column.source == position]
            text = pa.array([entry.text], pa.string())
            if columns and all(cast_column(text, one.sql_type, PLAIN, ()).failed is None for one in columns):
                values |= {column.name: entry for column in columns}
                del texts[position]
        return attempt.proposed.with_repairs(values, texts)

    def _failing(self, typed: TypedRecords, attempts: Mapping[int, Attempt]) -> dict[int, Errors]:
        """Return record → why its changes do not fit."""
        failing: dict[int, Errors] = {number: list(errors) for number, errors in typed.misfits.items()}
        for number in typed.filtered:
            sentence = messages.FILTERED_BY_REPAIR()
            failing.setdefault(number, []).append(
                {"field": None, "column": None, "code": sentence.code, "message": str(sentence), "value": None}
            )
        with_texts = [number for number, one in attempts.items() if one.texts]
        for number, error in self._errors_of(typed, with_texts):
            if error["field"] in {self.plan.header[position] for position in attempts[number].texts}:
                failing.setdefault(number, []).append(error)
        worse = [n for n in typed.rejected_numbers() if attempts[n].known.outcome != Outcome.REJECTED]
        for number, error in self._errors_of(typed, worse):
            if number not in failing:
                failing[number] = [error]
        return dict(sorted(failing.items()))

    def _errors_of(self, typed: TypedRecords, numbers: Sequence[int]) -> Iterable[tuple[int, dict[str, Any]]]:
        if not numbers:
            return
        rows = typed.problems.filter(pc.is_in(typed.problems.column("record_number"), pa.array(numbers, pa.int32())))
        for row in rows.to_pylist():
            yield row["record_number"], {
                "field": row["source_field"], "column": row["target_field"], "code": row["error_type"],
                "message": row["error_message"], "value": row["source_value"],
            }  # fmt: skip

    def _changed(self, typed: TypedRecords, found: Asked, errors: Mapping[int, set[str]]) -> TypedRecords:
        """Leave out the records which are already as they would be."""
        loaded = [
            one.known for number, one in found.attempts.items()
            if one.known.outcome != Outcome.REJECTED and number not in errors
        ]  # fmt: skip
        now_loaded = {one.number for one in typed.known}
        loaded = [one for one in loaded if one.number in now_loaded]
        if not loaded:
            return typed
        same = _equal(typed_again(self.stored, loaded), typed)
        for number in same:
            del found.attempts[number]
            found.unchanged.append(number)
        return typed.without(same)

    # --- what is kept of it

    def _results(
        self, typed: TypedRecords, found: Asked, failing: Mapping[int, Errors]
    ) -> dict[int, RepairResult]:  # fmt: skip
        with_errors = set(typed.problems.column("record_number").to_pylist())
        results = dict.fromkeys(found.attempts, RepairResult.REPAIRED)
        results |= {number: RepairResult.PARTLY for number in with_errors if number in results}
        return results | dict.fromkeys(failing, RepairResult.FAILED)

    def _all_errors(self, failing: Mapping[int, Errors], typed: TypedRecords) -> dict[int, Errors]:
        """Return the errors of the first records that have some still, by number."""
        with_errors = sorted({*failing, *typed.problems.column("record_number").to_pylist()})[:MAX_NAMED]
        found = {number: list(failing.get(number, ())) for number in with_errors}
        for number, error in self._errors_of(typed, [number for number in with_errors if number not in failing]):
            found[number].append(error)
        return found

    def _keep_attempts(
        self, batch: UUID, found: Asked, results: Mapping[int, RepairResult], failing: Mapping[int, Errors],
        typed: TypedRecords,
    ) -> None:  # fmt: skip
        errors: dict[int, Errors] = {number: list(errors) for number, errors in failing.items()}
        partly = [number for number, result in results.items() if result == RepairResult.PARTLY]
        for number, error in self._errors_of(typed, partly):
            errors.setdefault(number, []).append(error)
        write_attempts(
            {
                "batch": batch, "import_id": self.record.pk, "origin": str(self.origin), "by": self.actor.name[:255],
                "by_email": self.actor.email, "reason": self.reason,
            },
            attempt_columns(self.plan, list(found.attempts.values()), {one.number: one for one in typed.known},
                            results, errors),
        )  # fmt: skip

    def _report(
        self, batch: UUID | None, found: Asked, kept: Sequence[int], results: Mapping[int, RepairResult],
        errors: Mapping[int, Errors], *, dry_run: bool,
    ) -> RepairReport:  # fmt: skip
        return report_of(
            self.record, batch, list(results.values()), self.applied.followed, dry_run=dry_run,
            unchanged=len(found.unchanged), conflicts=tuple(found.conflicts), kept=tuple(kept),
            records=first_failing(errors),
        )  # fmt: skip


def report_of(
    record: ImportHistory, batch: UUID | None, results: Sequence[RepairResult], followed: Followed, *, dry_run: bool,
    unchanged: int = 0, conflicts: tuple[int, ...] = (), kept: tuple[int, ...] = (),
    records: tuple[dict[str, Any], ...] = (),
) -> RepairReport:  # fmt: skip
    """Return what was done, with the import as it is now."""
    now = ImportHistory.objects.defer("mapping_config").get(pk=record.pk)
    return RepairReport(
        import_id=str(now.pk), table_name=now.table_name, batch=str(batch) if batch else None, dry_run=dry_run,
        repaired=results.count(RepairResult.REPAIRED), partly=results.count(RepairResult.PARTLY),
        still_failing=results.count(RepairResult.FAILED), unchanged=unchanged, conflicts=conflicts, kept=kept,
        records=records, status=now.status, mapping_status=now.mapping_status,
        counts={name: getattr(now, name) or 0 for name in _COUNTS}, rows_returned=followed.returned,
        rows_become_duplicates=followed.become_duplicates, rows_changed=followed.changed,
    )  # fmt: skip


def _equal(former: TypedRecords, typed: TypedRecords) -> list[int]:
    """Return the records without an error that have the same values in both."""
    numbers = pa.array(np.intersect1d(former.batch.record_numbers.to_numpy(), typed.batch.record_numbers.to_numpy()))
    if not len(numbers):
        return []
    equal = pa.repeat(True, len(numbers))
    for old, new in zip(former.batch.columns, typed.batch.columns, strict=True):
        old, new = _taken(old, former, numbers), _taken(new, typed, numbers)
        same = pc.fill_null(pc.equal(old, new), False)
        equal = pc.and_(equal, pc.or_(same, pc.and_(pc.is_null(old), pc.is_null(new))))
    wrong = pc.is_in(numbers, typed.problems.column("record_number"))
    return numbers.filter(pc.and_(equal, pc.invert(wrong))).to_pylist()


def _taken(values: pa.Array, typed: TypedRecords, numbers: pa.Array) -> pa.Array:
    at = np.searchsorted(typed.batch.record_numbers.to_numpy(), numbers.to_numpy())
    return values.take(pa.array(at))
