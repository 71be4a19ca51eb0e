"""The repairs of the old import that count for the new one too: of records of which the file has the same still."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.extraction.extraction import Extraction
from imports.identifiers import cut_header
from imports.loading.ledger import Ledger
from imports.loading.load import Counts
from imports.models import ImportHistory, Outcome, Repair, RepairedRecord, RepairResult
from lineage.provenance.source_records import header_of
from lineage.repairs.known import Known, columns_of_positions, entries
from lineage.repairs.ledger_changes import error_counts, keep_rejected, write_repaired
from lineage.repairs.typed_again import TypedRecords, typed_again
from lineage.undo.concerned import Concerned
from lineage.undo.replay_tables import VALUES

ATTEMPTS_AT_A_TIME = 5_000


@dataclass(frozen=True)
class CarriedRepairs:
    """What becomes of the repairs of an import that is run again."""

    carried: Sequence[int] = ()  # records whose repairs count for the new import
    left: Sequence[int] = ()  # records whose repairs stay with the old import
    errors: int = 0  # of the carried records, still
    value_errors: int = 0
    rejected: int = 0  # of the carried records, still

    def add_to(self, counts: Counts) -> None:
        """Add what the records of the file lack without these: but their number."""
        counts.problems += self.errors
        counts.value_errors += self.value_errors
        counts.rejected += self.rejected


def carry_repairs(
    old: ImportHistory, new: ImportHistory, stored: StoredPlan, extraction: Extraction, concerned: Concerned,
    kept: Sequence[int],
) -> CarriedRepairs:  # fmt: skip
    """Write the repaired records of the new import, with their attempts and errors, within its transaction.

    stored: the plan of the new import. concerned: its round, which has no records yet. kept: records whose rows stay
    the old import's.
    """
    repaired = _Repaired(old, stored, extraction, kept)
    known = [one for one in repaired.known() if one.values or one.texts]
    typed = typed_again(stored, known) if known else None
    unfit = {*typed.misfits, *typed.filtered} if typed else set()
    if unfit:
        known = [one for one in known if one.number not in unfit]
        typed = typed_again(stored, known) if known else None
    carried = [one.number for one in typed.known] if typed else []
    left = sorted(set(repaired.numbers).difference(carried))
    if not typed:
        return CarriedRepairs(left=left)
    _write(new, stored, typed, concerned)
    _copy_attempts(old, new, repaired, carried)
    numbers = error_counts(typed.problems).values()
    return CarriedRepairs(
        carried, left, errors=sum(number for number, _ in numbers), value_errors=sum(values for _, values in numbers),
        rejected=len(typed.rejected_numbers()),
    )  # fmt: skip


@dataclass
class _Repaired:
    """The repaired records of the old import, as the new plan would have them."""

    old: ImportHistory
    stored: StoredPlan
    extraction: Extraction
    kept: Sequence[int]
    numbers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        records = RepairedRecord.objects.filter(import_record=self.old).order_by("record_number")
        self.numbers = list(records.values_list("record_number", flat=True))
        self.plan = self.stored.plan
        positions = {column["name"]: column["source"] for column in (self.old.mapping_config or {}).get("columns", ())}
        self.homes = {name: home for name, at in positions.items() if (home := self._home(name, at))}

    def _home(self, name: str, position: int) -> str | None:
        """Return the column that has the values of this one now: filled from the same position."""
        found = [column.name for column in self.plan.columns if column.source == position]
        return name if name in found else next(iter(found), None)

    def known(self) -> Iterator[Known]:
        """Yield those that the file has as before, and whose changed cells have a column still."""
        header = cut_header(list(self.plan.header))
        if not self.numbers or header != cut_header(header_of(self.old)):
            return
        texts = dict(self._texts_now())
        changes = self._changes()
        for record in RepairedRecord.objects.filter(import_record=self.old).order_by("record_number"):
            number = record.record_number
            changed = changes.get(number)
            if record.decision or number in self.kept or number not in texts or changed is None:
                continue
            original, mapped, location = texts[number]
            if record.original is not None and bytes(record.original) == original:
                one = Known(
                    number, str(Outcome.REJECTED), original, mapped, location, json.loads(mapped or original),
                    [self._read_error(error) for error in record.read_errors or ()],
                )  # fmt: skip
                yield one.with_repairs(changed.values, changed.texts)

    def _texts_now(self) -> Iterator[tuple[int, tuple[bytes, bytes | None, str]]]:
        """Yield number, and original, mapped and location of the records."""
        for first, last in self.extraction.record_ranges():
            of_range = [number for number in self.numbers if first <= number <= last]
            if not of_range:
                continue
            found = self.extraction.duplicates(of_range, len(self.plan.header), "")
            columns = (found.column(name).to_pylist() for name in ("record_number", "original", "mapped", "location"))
            for number, original, mapped, location in zip(*columns, strict=True):
                yield number, (original.encode(), mapped.encode() if mapped else None, location)

    def _changes(self) -> dict[int, Known | None]:
        """Return records with only their final values and texts, the last of each cell.

        None: a value has no column any more.
        """
        sources = columns_of_positions(self.stored)
        found: dict[int, Known | None] = {}
        blank = Known(0, "", b"[]", None, "", [])
        for attempt in taken_repairs(self.old):
            number = attempt.record_number
            values = attempt.values or {}
            before = found.get(number, blank)
            if before is None or not self.homes.keys() >= values.keys():
                found[number] = None
                continue
            moved = {self.homes[name]: text for name, text in values.items()}
            texts = {int(at): text for at, text in (attempt.texts or {}).items()}
            found[number] = before.changed(
                entries(moved, attempt.by, attempt.reason), entries(texts, attempt.by, attempt.reason), sources
            )
        return found

    def _read_error(self, error: Mapping[str, Any]) -> dict[str, Any]:
        """Return an error of the reader, with the column that has its field now."""
        column = next((one.name for one in self.plan.columns if one.header == error["field"]), None)
        return {**error, "column": column if error["column"] not in (None, "*") else error["column"]}


def taken_repairs(record: ImportHistory) -> QuerySet[Repair]:
    """Return the repairs that count, in their order."""
    taken = Repair.objects.filter(import_record=record, undone_at=None).exclude(result=RepairResult.FAILED)
    return taken.order_by("record_number", "attempt")


def _write(new: ImportHistory, stored: StoredPlan, typed: TypedRecords, concerned: Concerned) -> None:
    """Write what the records are now, as a repair does. RedoneRecords takes them from there."""
    ledger, columns, loaded = Ledger(new.pk), columns_of(stored.plan.as_given), typed.loaded()
    ledger.note_problems(typed.problems)
    if loaded.rows:
        concerned.add_values(new.pk, columns, loaded)
    write_repaired(new.pk, typed.known, columns, VALUES)
    concerned.tables.run("TRUNCATE {values}")
    if len(stored.plan.unique_columns) > 1:
        ledger.note_unread_keys(loaded.unread_keys)
    keep_rejected(ledger, typed)


def _copy_attempts(old: ImportHistory, new: ImportHistory, repaired: _Repaired, carried: Sequence[int]) -> None:
    """Give the new import the attempts that count: who changed what, and when."""
    wanted = set(carried)
    copies = [_copy(attempt, new, repaired.homes) for attempt in taken_repairs(old) if attempt.record_number in wanted]
    Repair.objects.bulk_create(copies, batch_size=ATTEMPTS_AT_A_TIME)


def _copy(attempt: Repair, new: ImportHistory, homes: Mapping[str, str]) -> Repair:
    attempt.pk, attempt.import_record_id = None, new.pk
    values = attempt.values or {}
    attempt.values = {homes[name]: text for name, text in values.items()} or None
    attempt.before, attempt.after = (
        texts and {homes[name] if name in values else name: text for name, text in texts.items()}
        for texts in (attempt.before, attempt.after)
    )
    return attempt
