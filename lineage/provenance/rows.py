"""The lineage of a row, value by value: file, row, original text, conversion steps and stored value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

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
from lineage.provenance.rule_trace import TracedRule, trace, traced_rules
from lineage.provenance.source_records import header_of, source_extraction, under_header

MAX_LISTED = 100  # mapping errors, and duplicates, of a row
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


@dataclass(frozen=True)
class RowLineage:
    """The lineage of a row."""

    table_name: str
    row_id: int
    import_record: ImportHistory  # with user_name
    record_number: int | None
    location: str | None  # position in the file; None: unknown
    imported_at: str | None
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
    record = with_user_names(ImportHistory.objects.all()).get(pk=row["_import_id"])
    number = row["_source_row_number"]
    read_source = (record.file_size_bytes or 0) <= largest_file
    source = _source(record, number) if read_source else _Source()
    errors = _errors(record, number)
    duplicates = _duplicates(record, number)
    return RowLineage(
        table_name=table_name,
        row_id=row["id"],
        import_record=record,
        record_number=number,
        location=source.location or next((error.location for error in errors if error.location), None),
        imported_at=row["_imported_at"],
        file_not_read=not read_source,
        cells=list(_values(columns, row, record, source, errors)),
        mapping_errors=errors,
        duplicates=list(duplicates[:MAX_LISTED]),
        duplicates_count=duplicates.count(),
        changed_by_hand=ManualEdit.objects.filter(table_name=table_name, row_id=row["id"]).first(),
        notes=[note for note in (source.note, _no_plan_note(record), purged_message(record, MAPPING_ERRORS)) if note],
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


def _duplicates(record: ImportHistory, number: int | None) -> QuerySet[KeptRecord]:
    """Return the duplicates of the row with their imports, in import order."""
    if number is None:
        return KeptRecord.objects.none()
    duplicates = KeptRecord.objects.filter(
        fate=Outcome.DUPLICATE, matched_import_id=record.pk, matched_record_number=number
    )
    return duplicates.select_related("import_record").defer("import_record__mapping_config").order_by("pk")


# --- values ---


def _values(
    columns: Sequence[TableColumn],
    row: Mapping[str, Any],
    record: ImportHistory,
    source: _Source,
    errors: Sequence[MappingError],
) -> Iterator[ValueLineage]:
    config = record.mapping_config or {}
    planned = {column["name"]: column for column in config.get("columns") or []}
    corrections = row["_corrections_applied"] or {}
    rules = traced_rules(config) if planned else []
    rule_effects = _RecordStates(header_of(record), rules, source.cells)
    for column in columns:
        correction = corrections.get(column.name)
        originals, steps = rule_effects.steps_to(planned[column.name]) if column.name in planned else ([], [])
        yield ValueLineage(
            column.name,
            column.sql_type,
            row[column.name],
            originals if steps or not correction else [_corrected(original, correction) for original in originals],
            [*steps, *_corrections(correction)],
            [error for error in errors if error.target_field == column.name],
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
