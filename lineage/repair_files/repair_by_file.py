"""Repair rows of an import by the file of its failed rows, which is sent back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.actors import Actor
from core.messages import Message
from imports.conversion.stored_plan import StoredPlan
from imports.errors import NoRepairFile
from imports.extraction.repair_marks import IMPORT_ID
from imports.models import ImportHistory, KeptRecord, Outcome, RepairOrigin
from imports.sources import SourceFile
from lineage.provenance.source_records import EXTRA, header_of
from lineage.repair_files import messages
from lineage.repair_files.comparison import Compared, compared
from lineage.repair_files.original import ImportColumns
from lineage.repair_files.sent_file import SentFile, sent_file
from lineage.repairs import RecordChange, RepairReport, repair
from lineage.repairs.asked import errors_by_record
from lineage.repairs.changes import MAX_NAMED
from lineage.repairs.known import columns_of_positions, known_records
from lineage.repairs.preconditions import require_repairable
from lineage.repairs.queries import columns_with_errors
from lineage.undo.edited_rows_choice import EditedRowsChoice


@dataclass(frozen=True)
class FileChanges:
    """What a file says of the rows of its import."""

    import_id: UUID
    rows: int  # of the file
    changes: Sequence[RecordChange]
    unchanged: int  # records that are as they were
    notes: tuple[Message, ...]  # on what of the file is no repair

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "changed": len(self.changes), "unchanged": self.unchanged,
            "notes": [{**note.as_json(), "message": str(note)} for note in self.notes],
        }  # fmt: skip


@dataclass(frozen=True)
class FileReport:
    """What the file said, and what was repaired by it."""

    file: FileChanges
    repair: RepairReport


def repair_by_file(
    import_id: UUID,
    source: SourceFile,
    actor: Actor,
    *,
    reason: str = "",
    changed_rows: EditedRowsChoice | None = None,
    dry_run: bool = False,
) -> FileReport:
    """Repair the cells that a person changed in the file. Raises as changes_in and repair have it."""
    found = changes_in(import_id, source)
    report = repair(
        import_id, found.changes, actor, origin=RepairOrigin.FILE, reason=reason, changed_rows=changed_rows,
        dry_run=dry_run,
    )  # fmt: skip
    return FileReport(found, report)


def changes_in(import_id: UUID, source: SourceFile) -> FileChanges:
    """Return what was changed in the file; nothing is repaired.

    Raises UnknownImport, CannotRepair and HistoryPurged where the import takes no repairs, NoRepairFile where the file
    has no rows of it, and what reading a file raises.
    """
    record = require_repairable(import_id)
    header = header_of(record)
    sent = sent_file(source, import_id, header)
    if not sent.rows and sent.other_imports:
        other, rows = sent.other_imports.most_common(1)[0]
        if other:
            message = messages.NOTHING_OF_THIS_IMPORT(import_id=str(import_id), others=rows, other=other)
            raise NoRepairFile(message, import_id=str(import_id), repaired_import_id=other)
    unknown, filtered = _take_out_unknown(record, sent)
    stored = StoredPlan(record.mapping_config or {}, None)
    numbers = sorted({row.number for row in sent.rows})
    columns = ImportColumns(
        header, columns_of_positions(stored), {column.name: column.source for column in stored.plan.columns}
    )
    known = known_records(record, stored, numbers)
    found = compared(sent, known, errors_by_record(columns_with_errors(import_id, numbers)), columns)
    notes = tuple(_notes(sent, found, header, unknown, filtered))
    return FileChanges(import_id, sent.counted, found.changes, found.unchanged, notes)


def _take_out_unknown(record: ImportHistory, sent: SentFile) -> tuple[list[int], list[int]]:
    """Leave out the rows that the import does not have, and those that its filters exclude; return their numbers."""
    numbers = {row.number for row in sent.rows}
    unknown = {number for number in numbers if number > (record.total_rows_in_file or 0)}
    kept = KeptRecord.objects.filter(import_record=record, fate=Outcome.FILTERED, record_number__in=numbers)
    filtered = set(kept.values_list("record_number", flat=True))
    if unknown or filtered:
        sent.rows = [row for row in sent.rows if row.number not in unknown | filtered]
    return sorted(unknown), sorted(filtered)


def _notes(
    sent: SentFile, found: Compared, header: Sequence[str], unknown: list[int], filtered: list[int]
) -> Iterator[Message]:
    """Yield what of the file is no repair."""
    for one in found.rewritten:
        _, before, after = one.samples[0]
        yield messages.REWRITTEN(
            column=header[one.position], cells=one.cells, kind=str(one.kind), before=before, after=after
        )
    if found.contradicting:
        yield messages.CONTRADICTING_ROWS(rows=len(found.contradicting), numbers=found.contradicting[:MAX_NAMED])
    if found.repeated:
        yield messages.REPEATED_ROWS(rows=found.repeated)
    for other, rows in sent.other_imports.most_common():
        if other:
            yield messages.ROWS_OF_OTHER_IMPORTS(rows=rows, other=other)
        else:
            yield messages.ROWS_WITHOUT_IMPORT(rows=rows, column=IMPORT_ID)
    if sent.unnumbered:
        yield messages.ROWS_WITHOUT_NUMBER(rows=len(sent.unnumbered), locations=sent.unnumbered[:MAX_NAMED])
    if unknown:
        yield messages.UNKNOWN_NUMBERS(rows=len(unknown), numbers=unknown[:MAX_NAMED])
    if filtered:
        yield messages.FILTERED_NUMBERS(rows=len(filtered), numbers=filtered[:MAX_NAMED])
    if found.extra_edited:
        yield messages.EXTRA_EDITED(rows=found.extra_edited, column=EXTRA)
    if sent.unknown_columns:
        yield messages.UNKNOWN_COLUMNS(columns=list(sent.unknown_columns))
    if sent.missing:
        yield messages.MISSING_COLUMNS(columns=[header[position] for position in sorted(sent.missing)])
    if sent.other_sheets:
        yield messages.OTHER_SHEETS(sheets=sent.other_sheets)
