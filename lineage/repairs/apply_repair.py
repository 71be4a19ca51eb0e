"""Make records what their repairs say, at the place of their import, and let the later imports follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone
from psycopg import sql

from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.errors import CannotRepair
from imports.history.error_groups import forget_error_groups
from imports.history.foreign_columns import comparison_of_imports
from imports.history.tracking import next_import_order
from imports.loading.ledger import Ledger
from imports.locks import hold_table, read_without_keeping_locks
from imports.locks.relations import EXCLUSIVE, WRITES
from imports.models import ImportHistory, ImportStatus, MappingStatus, Outcome
from imports.tables import catalog, rows, schema
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import own_changes
from imports.tables.matches import Matches
from imports.tables.row_order import by_import
from lineage.repairs import messages
from lineage.repairs.known import Known
from lineage.repairs.ledger_changes import (
    delete_details,
    error_counts,
    keep_duplicates,
    keep_rejected,
    write_repaired,
)
from lineage.repairs.preconditions import all_rejected, refuse_other_columns
from lineage.repairs.replayed import Repaired
from lineage.repairs.typed_again import TypedRecords
from lineage.undo import later_imports
from lineage.undo.edited_rows import edited_that_change, forget_removed
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED, EditedRowsChoice, refuse_undecided
from lineage.undo.obstacles import referring_tables, translate_constraint_errors, unreadable_files
from lineage.undo.replay import Replay
from lineage.undo.replay_tables import VALUES
from lineage.undo.rounds import Changes, numbered
from lineage.undo.table_imports import imports_of, round_of, rounds_after
from lineage.undo.timeline import Timeline


@dataclass(frozen=True)
class Followed:
    """What became of the rows of other imports."""

    returned: int = 0
    become_duplicates: int = 0
    changed: int = 0


class ApplyRepair:
    """One repair within its transaction, under the table's lock."""

    def __init__(self, record: ImportHistory, changed_rows: EditedRowsChoice | None) -> None:
        """Raises CannotRepair."""
        self.record = record
        self.changed_rows = changed_rows
        self.config = record.mapping_config or {}
        table = catalog.describe_if_there(record.table_name)
        refuse_other_columns(record, table)
        self.stored = StoredPlan(self.config, table)
        self.table = table
        self.ledger = Ledger(record.pk)
        self.columns = columns_of(self.config)
        self.followed = Followed()
        self._repaired: Repaired | None = None

    @property
    def key(self) -> Sequence[str]:
        return self.stored.plan.unique_columns

    # --- before anything changes

    def kept_rows(self, known: Sequence[Known]) -> list[int]:
        """Return the records whose rows were changed manually and stay as they are, by choice.

        Raises CannotRepair where such a choice is needed.
        """
        if self.table is None or all_rejected(self.record):
            return []
        repaired = self._replayed()
        repaired.find_rows(known)
        gone = repaired.records_without_row()
        if self.changed_rows == EditedRowsChoice.KEEP:
            return sorted({*repaired.edited_records(), *gone})
        if gone and self.changed_rows is None:
            raise CannotRepair(
                messages.ROW_GONE(records=len(gone), table=self.record.table_name),
                import_id=str(self.record.pk), record_numbers=gone[:MAX_ROWS_NAMED],
            )  # fmt: skip
        return []

    # --- the change

    def apply(self, typed: TypedRecords) -> None:
        """Make the records what they are typed as. Raises CannotRepair, and what an undo raises."""
        numbers = [one.number for one in typed.known]
        former = delete_details(self.record.pk, numbers)
        self.ledger.note_problems(typed.problems)
        still = set(typed.rejected_numbers())
        concerned = [
            one for one in typed.known if one.number not in still or one.outcome != Outcome.REJECTED
        ]  # fmt: skip
        with translate_constraint_errors(CannotRepair):
            if concerned:
                self._replay(typed, concerned)
            else:
                write_repaired(self.record.pk, typed.known, self.columns, None)
        keep_rejected(self.ledger, typed)
        self._change_history(former, error_counts(typed.problems), activates=bool(concerned))

    def _replay(self, typed: TypedRecords, concerned: Sequence[Known]) -> None:
        editor = self._make_table()
        repaired = self._replayed()
        replay, loaded = repaired.replay, typed.loaded()
        hold_table(self.record.table_name, WRITES)
        self._refuse_new_columns_in_use()
        repaired.find_rows(concerned)
        round_ = replay.concerned(0, repaired=True)
        repaired.judge(round_, loaded, concerned)
        write_repaired(self.record.pk, typed.known, self.columns, VALUES)
        self._note_unread_keys(loaded.unread_keys)
        plans = later_imports.Plans(catalog.describe(self.record.table_name), {self.record.pk: self.stored})
        self._decide(repaired, round_, plans)
        later_imports.judge(replay, plans, first=1)
        changes = replay.changes()
        self._refuse(changes)
        if self.stored.plan.new_columns and self.table is not None:
            schema.add_columns(self.record.table_name, self.stored.plan.new_columns)
        keep_duplicates(self.ledger, typed.known, self._new_duplicates(replay), self.key)
        self._prepare_counts()
        with own_changes(), without_key_checks(self.record.table_name):
            later_imports.apply(replay, changes, plans)
        forget_removed(self.record.table_name)
        if editor:
            editor.finish()
        self._forget_unread_cells(replay)
        self.followed = _followed(changes, self.record)

    def _replayed(self) -> Repaired:
        """Begin the replay, once."""
        if self._repaired is None:
            self._take_place()
            with read_without_keeping_locks():
                imports = imports_of(self.record.table_name)
                table = catalog.describe(self.record.table_name)
                comparisons = comparison_of_imports(table, [column.name for column in self.columns])
            own = round_of(self.record, self.stored.plan, comparisons)
            rounds = [own, *rounds_after(own.first, imports, comparisons)]
            orders = {one.import_id: one.order for one in imports} | {self.record.pk: own.first}
            by_import(orders, rounds=numbered(rounds))
            keeps = self.changed_rows == EditedRowsChoice.KEEP
            timeline = Timeline.of(table, imports, keeps_edited=keeps)
            replay = Replay(timeline, rounds, self.stored.plan.new_columns if self.table is not None else ())
            self._repaired = Repaired(self.record, self.stored, self.columns, replay)
        return self._repaired

    def _take_place(self) -> None:
        """Give an import that never had rows a place in the order."""
        if self.record.import_order is None:
            self.record.import_order = next_import_order()
            ImportHistory.objects.filter(pk=self.record.pk).update(import_order=self.record.import_order)

    def _decide(self, repaired: Repaired, round_: Any, plans: later_imports.Plans) -> None:
        """Decide what becomes of the records of the import."""
        replay, one = repaired.replay, repaired.replay.rounds[0].imports[0]
        if not repaired.compares:
            repaired.leave_out_rejected()
            for decisions in replay.decisions(round_):
                decisions.match_nothing()
                decisions.insert()
            return
        round_.add_pending()
        later_imports.find_all(round_, plans)
        repaired.leave_out_rejected()
        if one.on_match.changes_rows:
            round_.separate_repeats(one, [column.name for column in self.columns if column.name not in self.key])
        later_imports.decide(replay, round_, plans.filled_by)

    def _refuse(self, changes: Changes) -> None:
        """Raises CannotRepair where something prevents that rows change."""
        referring = referring_tables(self.record.table_name) if changes.removed else ()
        for obstacle in (*referring, *unreadable_files(changes.kept)):
            raise CannotRepair(obstacle, import_id=str(self.record.pk))
        edited = edited_that_change(self.record.table_name)
        refuse_undecided(CannotRepair, str(self.record.pk), len(edited), edited[:MAX_ROWS_NAMED], self.changed_rows)

    def _make_table(self) -> schema.DataTableEditor | None:
        """Create the table of an import whose every row was rejected, unless it is there."""
        if self.table is not None:
            return None
        rows.discard_cached_ids()
        return schema.create_table(self.record.table_name, self.columns)

    def _refuse_new_columns_in_use(self) -> None:
        if self.table is not None and self.stored.plan.new_columns:
            with read_without_keeping_locks():
                hold_table(self.record.table_name, EXCLUSIVE)

    # --- details

    def _note_unread_keys(self, unread: Any) -> None:
        if len(self.key) > 1:
            self.ledger.note_unread_keys(unread)

    def _new_duplicates(self, replay: Replay) -> Matches:
        """Return the records that were rejected, and are duplicates now."""
        return Matches.found(
            replay.tables.formatted(
                "SELECT record_number, matched_import_id AS import_id, matched_record_number, differs FROM {outcomes}"
                " WHERE outcome = {duplicate} AND former = {rejected} AND import_id = {import_id}",
                import_id=sql.Literal(self.record.pk),
            )
        )

    def _forget_unread_cells(self, replay: Replay) -> None:
        """Of imports without a key, which update nothing, unread cells are not noted."""
        if not self.key:
            replay.tables.run(
                "DELETE FROM imports_unread_cell WHERE import_id = {import_id}", import_id=sql.Literal(self.record.pk)
            )

    # --- the history

    def _prepare_counts(self) -> None:
        """Give an import that failed counts that changes can be added to."""
        if all_rejected(self.record):
            ImportHistory.objects.filter(pk=self.record.pk).update(
                rows_inserted=0, rows_updated=0, duplicates_found=0,
                rows_skipped=(self.record.rows_rejected or 0) + (self.record.rows_filtered or 0),
            )  # fmt: skip

    def _change_history(
        self, before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], *, activates: bool
    ) -> None:
        """Change the number of errors, and what follows from the counts. before, after: of the repaired records."""
        record = ImportHistory.objects.select_for_update(no_key=True).get(pk=self.record.pk)
        by_type = Counter(record.errors_by_type or {})
        for sign, counts in ((-1, before), (1, after)):
            for kind, (number, _) in counts.items():
                by_type[kind] += sign * number
        values = sum(of_values for _, of_values in after.values()) - sum(of_values for _, of_values in before.values())
        errors = sum(by_type.values())
        is_loaded = activates or not all_rejected(record)
        changes: dict[str, Any] = {
            "mapping_errors_count": errors,
            "errors_by_type": {kind: number for kind, number in by_type.items() if number} or None,
            "validation_errors": F("validation_errors") + values,
            "updated_at": timezone.now(),
        }
        if is_loaded:
            changes["status"] = ImportStatus.PARTIAL if record.rows_rejected else ImportStatus.SUCCESS
            changes["mapping_status"] = (
                MappingStatus.COMPLETED_WITH_ERRORS if errors else MappingStatus.COMPLETED
            )  # fmt: skip
        if is_loaded and all_rejected(record):
            metadata = {key: value for key, value in (record.metadata or {}).items() if key != "error"}
            changes |= {"metadata": metadata, "error_message": None}
        ImportHistory.objects.filter(pk=record.pk).update(**changes)
        forget_error_groups(record)


def _followed(changes: Changes, record: ImportHistory) -> Followed:
    """Return what became of the rows of other imports."""
    return Followed(
        returned=_of_others(changes.restored, record),
        become_duplicates=_of_others(changes.removed, record),
        changed=_of_others(changes.reverted, record),
    )


def _of_others(numbers: dict[Any, int], record: ImportHistory) -> int:
    return sum(number for import_id, number in numbers.items() if import_id != record.pk)
