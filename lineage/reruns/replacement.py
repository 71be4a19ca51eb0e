"""The replacement of an import by one with another plan, within one transaction: first worked out, then carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from core.messages import Message
from imports.column_types import same_type
from imports.conversion.stored_plan import StoredPlan
from imports.errors import CannotRerun, NothingLoaded
from imports.history.foreign_columns import comparison_of_imports
from imports.loading.load import Counts
from imports.loading.outcome import nothing_loaded_message
from imports.loading.run import ImportRun
from imports.locks import read_without_keeping_locks
from imports.models import Outcome
from imports.table_description import TableColumn
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import own_changes
from imports.tables.row_order import by_import
from lineage.reruns import messages
from lineage.reruns.carried_repairs import carry_repairs
from lineage.reruns.place import place_of, without_columns
from lineage.reruns.queries.records import columns_with_edits, edited_records, repeat_kept_rows
from lineage.reruns.records import RerunRecords, start_rerun
from lineage.reruns.report import RerunReport, outcomes_of
from lineage.undo import later_imports
from lineage.undo.edited_rows import EditedRows, forget_removed
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED, EditedRowsChoice, refuse_undecided
from lineage.undo.obstacles import dependents, referring_tables, translate_constraint_errors, unreadable_files
from lineage.undo.preconditions import refuse_generated, refuse_purged, require_active
from lineage.undo.replay import Replay
from lineage.undo.rounds import numbered
from lineage.undo.table_imports import imports_of, other_active_imports, round_of, rounds_after
from lineage.undo.timeline import Timeline


class Replacement:
    """One rerun. It is worked out when it is made, before anything of the table is changed."""

    def __init__(self, import_id: UUID, run: ImportRun, changed_rows: EditedRowsChoice | None) -> None:
        """run: with the file read whole. Raises CannotUndo, CannotRerun, HistoryPurged, MappingDoesNotFit."""
        self.run = run
        self.changed_rows = changed_rows
        self.keeps_edited = changed_rows == EditedRowsChoice.KEEP
        with read_without_keeping_locks():
            self.record = require_active(import_id)
            refuse_purged(self.record)
            self.place = place_of(self.record)
            self.imports = imports_of(self.record.table_name)
            self.plan = run.make_plan(self.place.before)
            self.own = self._columns_to_give_up()
            self.remaining = without_columns(self.place.now, self.own)
            self._refuse_other_types()
        self.table_name = self.record.table_name
        config = {**self.plan.as_config(), "reading": run.extraction.reading()}
        refuse_generated(config, self.remaining, CannotRerun)
        self.stored = StoredPlan(config, self.remaining)
        self.new = start_rerun(self.record, run.request, config, run.actor)
        self._judge()

    # --- columns

    def _columns_to_give_up(self) -> tuple[str, ...]:
        """Return the columns that only the old import fills, but those that the new one has with the same type.

        Those stay too in which rows that are kept have a value.
        """
        own, now = self.place.drops.columns, {column.name: column.sql_type for column in self.place.now.columns}
        same = {one.name for one in self.plan.columns if one.name in now and same_type(now[one.name], one.sql_type.sql)}
        kept = columns_with_edits(self.record.table_name, own) if self.keeps_edited else set()
        return tuple(name for name in own if name not in same | kept)

    def _refuse_other_types(self) -> None:
        """Raises CannotRerun where a column would get another type than it has by other imports or rows."""
        types = {column.name: column.sql_type for column in self.remaining.columns}
        for column in self.plan.columns:
            if column.name not in types or same_type(types[column.name], column.sql_type.sql):
                continue
            params = {
                "column": column.name, "planned_type": column.sql_type.sql, "type": types[column.name],
            }  # fmt: skip
            fills = {"mapping_config__columns__contains": [{"name": column.name}]}
            other = other_active_imports(self.record).filter(**fills).order_by("import_order").first()
            if other is None:
                raise CannotRerun(messages.TYPE_OF_TABLE(**params), column=column.name)
            message = messages.TYPE_OF_IMPORT(**params, import_id=str(other.pk), file_name=other.file_name)
            raise CannotRerun(message, column=column.name, other_import=str(other.pk))

    @cached_property
    def new_columns(self) -> list[TableColumn]:
        return list(self.stored.plan.new_columns)

    @cached_property
    def columns_dropped(self) -> tuple[str, ...]:
        new = {column.name for column in self.new_columns}
        return tuple(name for name in self.own if name not in new)

    @cached_property
    def columns_retyped(self) -> tuple[str, ...]:
        """Return the columns of the old import that the new one has with another type."""
        before = {column.name: column.sql_type for column in self.place.now.columns}
        return tuple(
            column.name
            for column in self.new_columns
            if column.name in before and not same_type(before[column.name], column.sql_type)
        )

    @cached_property
    def columns_added(self) -> tuple[str, ...]:
        before = {column.name for column in self.place.now.columns}
        return tuple(column.name for column in self.new_columns if column.name not in before)

    @property
    def _columns_gone(self) -> tuple[str, ...]:
        return (*self.columns_dropped, *self.columns_retyped)

    # --- what becomes of rows and records

    def _judge(self) -> None:
        order = self.place.order
        with read_without_keeping_locks():
            comparisons = comparison_of_imports(self.remaining, [column.name for column in self.plan.columns])
            rounds = rounds_after(order, self.imports, comparisons)
            timeline = Timeline.of(self.remaining, self.imports, keeps_edited=self.keeps_edited)
        self.new.import_order, self.new.total_rows_in_file = order, self.run.extraction.progress().records
        rounds.insert(0, round_of(self.new, self.stored.plan, comparisons))
        by_import({one.import_id: one.order for one in self.imports} | {self.new.pk: order}, rounds=numbered(rounds))
        self.replay = Replay(timeline, rounds, self.new_columns)
        self.replay.remove_rows(self.record.pk, order)
        afterwards = replace(self.remaining, columns=(*self.remaining.columns, *self.new_columns))
        self.plans = later_imports.Plans(afterwards)
        kept = edited_records(self.table_name, self.record.pk, timeline.origin) if self.keeps_edited else []
        self.counts = self._judge_file(kept)
        later_imports.judge(self.replay, self.plans, first=1)
        self.changes = self.replay.changes()
        self.edited = EditedRows(
            self.table_name, self.record.pk, timeline.origin, self._columns_gone, table_dropped=False
        )  # fmt: skip
        self.rows_removed = self.replay.count_removed()

    def _judge_file(self, kept: Sequence[int]) -> Counts:
        """Decide what becomes of the file's records. kept: records of the old import whose rows stay as they are.

        Those are duplicates of these rows.
        """
        concerned, extraction = self.replay.concerned(0), self.run.extraction
        self.repairs = carry_repairs(self.record, self.new, self.stored, extraction, concerned, kept)
        self.records = RerunRecords(
            self.new, self.stored, self.remaining, extraction, limits=self.plan, kept=kept
        )  # fmt: skip
        counts = self.records.stage(concerned)
        self.repairs.add_to(counts)
        if self.plan.check_duplicates:
            later_imports.find_all(concerned, self.plans)
            later_imports.decide(self.replay, concerned, lambda _: self.records.columns)
        else:
            for decisions in self.replay.decisions(concerned):
                decisions.match_nothing()
                decisions.insert()
        repeat_kept_rows(self.replay.tables, self.new.pk, self.record.pk, self.records.left_out)
        outcomes = self.replay.count_outcomes(self.new.pk)
        counts.inserted = outcomes.get(Outcome.INSERTED, 0)
        counts.updated = outcomes.get(Outcome.UPDATED, 0)
        counts.duplicates = outcomes.get(Outcome.DUPLICATE, 0)
        counts.records += len(self.records.left_out)
        return counts

    @property
    def updated_columns(self) -> list[str]:
        return self.replay.updated_columns(self.new.pk)

    # --- what prevents it

    def obstacles(self) -> tuple[Message, ...]:
        obstacles = (*referring_tables(self.table_name), *unreadable_files(self.changes.kept))
        return (*obstacles, *dependents(self.table_name, self._columns_gone)) if self._columns_gone else obstacles

    def refuse_if_blocked(self) -> None:
        """Raises CannotRerun, NothingLoaded."""
        if self.counts.nothing_loaded:
            raise NothingLoaded(nothing_loaded_message(self.counts))
        import_id = str(self.record.pk)
        for obstacle in self.obstacles():
            raise CannotRerun(obstacle, import_id=import_id)
        refuse_undecided(
            CannotRerun, import_id, self.edited.count(), self.edited.first_ids(MAX_ROWS_NAMED), self.changed_rows
        )

    # --- the rerun itself

    def carry_out(self) -> RerunReport:
        """Change the table and the later imports. The records of the old and of the new import are not completed."""
        rows_kept = self.edited.count_of_import() if self.keeps_edited else 0  # before rows are removed
        with translate_constraint_errors(CannotRerun):
            self.records.keep_duplicates(self.replay.new_duplicates(self.new.pk))
            if self.columns_retyped:
                self.place.drops.drop_columns(self.columns_retyped)
            self.records.add_columns()
            with own_changes(), without_key_checks(self.table_name):
                later_imports.apply(self.replay, self.changes, self.plans)
        if self.columns_dropped:
            self.place.drops.drop_columns(self.columns_dropped)
        forget_removed(self.table_name, self.record.pk)
        return RerunReport(
            import_id=str(self.new.pk),
            rerun_of=str(self.record.pk),
            table_name=self.table_name,
            rows_removed=self.rows_removed,
            rows_kept=rows_kept,
            **outcomes_of(self.counts),
            rows_returned=sum(self.changes.restored.values()),
            rows_become_duplicates=sum(self.changes.removed.values()),
            repairs_carried=len(self.repairs.carried),
            repairs_left=tuple(self.repairs.left),
            columns_dropped=self.columns_dropped,
            columns_added=self.columns_added,
            columns_retyped=self.columns_retyped,
        )
