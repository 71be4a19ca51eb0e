"""The lineage of a row, value by value: file, row, original text, conversion steps and stored value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core.messages import Message
from imports.conversion.stored_plan import has_plan
from imports.errors import FileTooCostly, SourceUnavailable, UnknownRow
from imports.history.retention_marks import MAPPING_ERRORS, purged_message
from imports.history.users import with_user_names
from imports.models import ImportHistory, KeptRecord, ManualEdit, MappingError, Outcome
from imports.sources import SourceType
from imports.table_description import TableColumn
from imports.tables.catalog import TRACKING_COLUMNS
from imports.tables.queries.selection import select_rows
from lineage.provenance import messages
from lineage.provenance.row_versions import Record, RowHistory, row_history
from lineage.provenance.rule_trace import TracedRule, trace, traced_rules
from lineage.provenance.source_records import header_of, source_extraction, under_header

MAX_LISTED = 100  # mapping errors, and duplicates, of a row
MAX_FILES_READ = 10  # for one row: those of the records that wrote its cells
MAX_ID = 2**63 - 1

FILE, CORRECTION = "source_file", "corrections"  # sources of an original text


@dataclass(frozen=True)
class Original:
    """A column of the file that a value comes from."""

    source_field: str
    position: int | None  # in the file's header, from 0
    text: str | None  # in the file; null if the field is empty or known_from is null
    known_from: str | None  # FILE, CORRECTION; null: unknown


@dataclass(frozen=True)
class Step:
    """A conversion step of a value."""

    step: str  # the type of a rule, or of a correction
    before: Any
    after: Any
    detail: str  # in words


@dataclass(frozen=True)
class ValueLineage:
    """One value of the row."""

    column: str
    sql_type: str
    value: Any  # stored value
    originals: list[Original]  # empty if no column of the file fills this column
    steps: list[Step]
    mapping_errors: list[MappingError]  # of this value
    written_by: ImportHistory  # the import that wrote it last
    written_record: int | None


@dataclass(frozen=True)
class RowLineage:
    """The lineage of a row. import_record, record_number, location, imported_at: of the record that wrote it last."""

    table_name: str
    row_id: int
    import_record: ImportHistory  # with user_name
    record_number: int | None
    location: str | None  # position in the file; None: unknown
    imported_at: str | None
    inserted_by: ImportHistory  # with user_name
    inserted_record: int | None
    history: RowHistory
    file_not_read: bool  # it is larger than largest_file, so originals may be unknown
    cells: list[ValueLineage]
    mapping_errors: list[MappingError]  # of the row, at most MAX_LISTED
    duplicates: list[KeptRecord]  # rows skipped as duplicates of this row, at most MAX_LISTED
    duplicates_count: int
    changed_by_hand: ManualEdit | None
    notes: list[Message] = field(default_factory=list)  # what is unknown, and why


@dataclass(frozen=True)
class _Source:
    """The row in the source file."""

    cells: Sequence[str | None] | None = None  # None: not read
    location: str | None = None
    note: Message | None = None  # why it was not read


def row_lineage(table_name: str, row_id: str, *, largest_file: float = math.inf) -> RowLineage:
    """Return the lineage of a row. largest_file: in bytes; larger source files are not read.

    Raises UnknownTable, ReservedTable, UntrackedTable, UnknownRow.
    """
    row, columns = _row(table_name, row_id)
    number = row["_source_row_number"]
    last: Record = (UUID(row["_import_id"]), number)
    history = row_history(table_name, row["id"], last)
    writers = _Writers(history, [column.name for column in columns], last, largest_file)
    writer = writers.of(last)
    duplicates = _duplicates([last, history.inserted_by, *(version.written_by for version in history.versions)])
    return RowLineage(
        table_name=table_name,
        row_id=row["id"],
        import_record=writer.import_record,
        record_number=number,
        location=writer.location,
        imported_at=row["_imported_at"],
        inserted_by=writers.of(history.inserted_by).import_record,
        inserted_record=history.inserted_by[1],
        history=history,
        file_not_read=writers.file_not_read(),
        cells=[_value(column, row, writers.of(history.writer_of(column.name))) for column in columns],
        mapping_errors=writers.errors(),
        duplicates=list(duplicates[:MAX_LISTED]),
        duplicates_count=duplicates.count(),
        changed_by_hand=ManualEdit.objects.filter(table_name=table_name, row_id=row["id"]).first(),
        notes=writers.notes(),
    )


def _row(table_name: str, row_id: str) -> tuple[dict[str, Any], list[TableColumn]]:
    """Return the row, and the user's columns of its table."""
    is_id = row_id.isascii() and row_id.isdigit() and len(row_id) < 20 and int(row_id) <= MAX_ID
    rows = select_rows(table_name, filters=[("id", row_id if is_id else "0")], include_metadata=True)
    matches = rows[0:1]
    if not matches:
        raise UnknownRow(messages.NO_SUCH_ROW(row_id=row_id[:20], table=table_name))
    if matches[0]["_import_id"] is None:
        raise UnknownRow(messages.ROW_OF_NO_IMPORT(row_id=row_id[:20], table=table_name))
    hidden = {"id", *TRACKING_COLUMNS}
    return matches[0], [column for column in rows.columns if column.name not in hidden]


def _source(record: ImportHistory, number: int | None) -> _Source:
    if number is None or not has_plan(record.mapping_config):
        return _Source()
    try:
        with source_extraction(record) as extraction:
            original = dict(extraction.source_records([number])).get(number)
    except (SourceUnavailable, FileTooCostly) as error:
        return _Source(note=error.message)
    if original is None:
        return _Source(note=messages.RECORD_BEYOND_FILE())
    return _Source(original.cells, original.location)


def _no_plan_note(record: ImportHistory) -> Message | None:
    if record.source_type == SourceType.LEGACY:
        return messages.ROW_BEFORE_TRACKING()
    if not has_plan(record.mapping_config):
        return messages.ROW_OF_OTHER_CODE()
    return None


def _errors(record: ImportHistory, number: int | None) -> list[MappingError]:
    if number is None or not record.mapping_errors_count:
        return []
    return list(MappingError.objects.filter(import_record=record, record_number=number).order_by("id")[:MAX_LISTED])


def _duplicates(records: Iterable[Record]) -> QuerySet[KeptRecord]:
    """Return the duplicates of the row with their imports, in import order. records: that inserted and updated it."""
    matches = [
        Q(matched_import_id=import_id, matched_record_number=number)
        for import_id, number in dict.fromkeys(records)
        if number is not None
    ]
    if not matches:
        return KeptRecord.objects.none()
    duplicates = KeptRecord.objects.filter(reduce(or_, matches), fate=Outcome.DUPLICATE)
    return duplicates.select_related("import_record").defer("import_record__mapping_config").order_by("pk")


# --- values ---


class _Writer:
    """A record that wrote cells of the row, with its import, its place in the file, and what is known of it."""

    def __init__(self, record: ImportHistory, number: int | None, *, reads_file: bool) -> None:
        self.import_record = record
        self.number = number
        self.source = _source(record, number) if reads_file else _Source()
        self.file_not_read = not reads_file
        self.errors = _errors(record, number)
        notes = (self.source.note, _no_plan_note(record), purged_message(record, MAPPING_ERRORS))
        self.notes = [note for note in notes if note]

    @property
    def location(self) -> str | None:
        return self.source.location or next((error.location for error in self.errors if error.location), None)

    @cached_property
    def planned(self) -> dict[str, Mapping[str, Any]]:
        return {column["name"]: column for column in (self.import_record.mapping_config or {}).get("columns") or []}

    @cached_property
    def states(self) -> _RecordStates:
        rules = traced_rules(self.import_record.mapping_config or {}) if self.planned else []
        return _RecordStates(header_of(self.import_record), rules, self.source.cells)


class _Writers:
    """The records that wrote the cells of a row."""

    def __init__(self, history: RowHistory, columns: Sequence[str], last: Record, largest_file: float) -> None:
        """last: that wrote the row last. Not more than MAX_FILES_READ files are read, no larger ones than this."""
        asked = dict.fromkeys([last, *map(history.writer_of, columns), history.inserted_by])
        imports = with_user_names(ImportHistory.objects.all()).in_bulk({import_id for import_id, _ in asked})
        self._writers: dict[Record, _Writer] = {}
        for position, (import_id, number) in enumerate(asked):
            record = imports[import_id]
            reads_file = position < MAX_FILES_READ and (record.file_size_bytes or 0) <= largest_file
            self._writers[import_id, number] = _Writer(record, number, reads_file=reads_file)

    def of(self, record: Record) -> _Writer:
        return self._writers[record]

    def all(self) -> Iterable[_Writer]:
        return self._writers.values()

    def errors(self) -> list[MappingError]:
        return [error for each in self.all() for error in each.errors][:MAX_LISTED]

    def notes(self) -> list[Message]:
        """Return what is unknown, each sentence once."""
        return list({str(note): note for each in self.all() for note in each.notes}.values())

    def file_not_read(self) -> bool:
        return any(each.file_not_read for each in self.all())


def _value(column: TableColumn, row: Mapping[str, Any], writer: _Writer) -> ValueLineage:
    correction = (row["_corrections_applied"] or {}).get(column.name)
    planned = writer.planned.get(column.name)
    originals, steps = writer.states.steps_to(planned) if planned else ([], [])
    return ValueLineage(
        column.name,
        column.sql_type,
        row[column.name],
        originals if steps or not correction else [_corrected(original, correction) for original in originals],
        [*steps, *_corrections(correction)],
        [error for error in writer.errors if error.target_field == column.name],
        writer.import_record,
        writer.number,
    )


def _corrected(original: Original, correction: Mapping[str, Any]) -> Original:
    """Return the original with the text that the correction recorded, unless the file was read."""
    if original.known_from:
        return original
    return Original(original.source_field, original.position, correction["before"], CORRECTION)


def _corrections(correction: Mapping[str, Any] | None) -> Iterator[Step]:
    for step in (correction or {}).get("steps") or filter(None, [correction]):
        detail = step.get("source_format") or step.get("target_type") or ""
        yield Step(step["correction_type"], step["before"], step["after"], detail)


class _RecordStates:
    """The values of a row after each rule of its mapping."""

    def __init__(self, header: Sequence[str], rules: Sequence[TracedRule], cells: Sequence[str | None] | None) -> None:
        self._header = header
        self._rules = rules
        self._states = None if cells is None else list(self._after_each(cells))

    def _after_each(self, cells: Sequence[str | None]) -> Iterator[list[str | None]]:
        """Return the values as read, then after each rule."""
        state, _ = under_header(self._header, cells, None)
        yield state
        for rule in self._rules:
            state = rule.apply(state)
            yield state

    def steps_to(self, planned: Mapping[str, Any]) -> tuple[list[Original], list[Step]]:
        """Return originals and steps of a column. planned: an item of mapping_config.columns."""
        traced = trace(planned["source"], self._rules, len(self._header))
        return [self._original(position) for position in traced.sources], [self._step(rule) for rule in traced.rules]

    def _original(self, position: int) -> Original:
        if self._states is None:
            return Original(self._header[position], position, None, None)
        return Original(self._header[position], position, self._states[0][position], FILE)

    def _step(self, rule: TracedRule) -> Step:
        before = after = None
        if self._states is not None:
            before_rule, after_rule = self._states[rule.number : rule.number + 2]
            before = {rule.names[position]: before_rule[position] for position in sorted(rule.reads)}
            after = {rule.names[position]: after_rule[position] for position in sorted(rule.writes)}
        return Step(rule.rule["type"], before, after, rule.in_words)
