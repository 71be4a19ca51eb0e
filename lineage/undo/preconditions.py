"""Whether an import can be undone or redone at all, told from its record, its file and the columns of its table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.errors import AtlasError
from core.messages import Sentence
from imports.column_types import same_type
from imports.conversion.stored_plan import columns_of, has_plan
from imports.errors import CannotRedo, CannotUndo, HistoryPurged, ReadingChanged, UnknownImport
from imports.history.earlier_files import header_uses, spelled_columns
from imports.history.messages import NO_SUCH_IMPORT
from imports.history.retention_marks import SOURCE_FILE, purged_at
from imports.identifiers import cut_header
from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType
from imports.sources.kept_files import is_kept
from imports.table_description import TableDescription
from lineage.provenance.source_records import header_of
from lineage.undo import messages
from lineage.undo.edited_rows import renumbered
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED
from lineage.undo.table_imports import (
    active_in_place_of,
    import_with_purged_versions,
    later_import_with_purged_duplicates,
)


def require_active(import_id: UUID) -> ImportHistory:
    """Return the import, if it can be undone. Raises UnknownImport, CannotUndo."""
    record = _require_known(import_id)
    if record.undone_at:
        raise CannotUndo(messages.UNDONE_ALREADY(undone_at=f"{record.undone_at:%Y-%m-%d %H:%M}"))
    if record.status == ImportStatus.IN_PROGRESS:
        raise CannotUndo(messages.UNDO_OF_RUNNING())
    if record.status == ImportStatus.FAILED:
        raise CannotUndo(messages.UNDO_OF_FAILED())
    if record.source_type == SourceType.LEGACY:
        raise CannotUndo(messages.UNDO_OF_LEGACY())
    return record


def require_undone(import_id: UUID) -> ImportHistory:
    """Return the import, if it can be redone. Raises UnknownImport, CannotRedo, HistoryPurged."""
    record = _require_known(import_id)
    if not record.undone_at:
        raise CannotRedo(messages.NOT_UNDONE())
    replacement = active_in_place_of(record)
    if replacement:
        message = messages.REDO_OF_REPLACED(import_id=str(replacement.pk), file_name=replacement.file_name)
        raise CannotRedo(message, active_import=str(replacement.pk))
    if not has_plan(record.mapping_config):
        raise CannotRedo(messages.REDO_WITHOUT_PLAN())
    if not (record.file_hash and is_kept(record.file_hash)):
        if SOURCE_FILE in purged_at(record):
            raise HistoryPurged(messages.REDO_FILE_FORGOTTEN(), import_id=str(import_id))
        raise CannotRedo(messages.REDO_WITHOUT_FILE())
    _refuse_purged(record, messages.LEAVING_FORGOTTEN, versions=import_with_purged_versions(record, itself=False))
    return record


def _require_known(import_id: UUID) -> ImportHistory:
    """Raises UnknownImport."""
    record = ImportHistory.objects.filter(pk=import_id).first()
    if record is None:
        raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    return record


def refuse_purged(record: ImportHistory) -> None:
    """Raises HistoryPurged where retention deleted what the undo needs.

    These are the kept duplicates of later imports, of which some may have to be restored, and versions of rows.
    """
    _refuse_purged(record, messages.RETURNING_FORGOTTEN, versions=import_with_purged_versions(record, itself=True))


def _refuse_purged(record: ImportHistory, duplicates: Sentence, versions: ImportHistory | None) -> None:
    """duplicates: what is said where those of a later import were deleted."""
    later = later_import_with_purged_duplicates(record)
    purged, sentence = (later, duplicates) if later else (versions, messages.VERSIONS_FORGOTTEN)
    if purged:
        raise HistoryPurged(
            sentence(import_id=str(purged.pk), file_name=purged.file_name),
            import_id=str(record.pk),
            purged_import=str(purged.pk),
        )


def refuse_other_types(config: Mapping[str, Any], table: TableDescription | None) -> None:
    """Raises CannotRedo where a column of the import's plan has another type in the table by now."""
    types = {column.name: column.sql_type for column in table.columns} if table else {}
    for column in columns_of(config):
        if column.name in types and not same_type(types[column.name], column.sql_type):
            raise CannotRedo(
                messages.TYPE_CHANGED_BY_IMPORT(
                    column=column.name, planned_type=column.sql_type, type=types[column.name]
                ),
                column=column.name,
            )


def refuse_generated(config: Mapping[str, Any], table: TableDescription | None, error: type[AtlasError]) -> None:
    """Raise the error where the database makes the values of a column of the plan by now."""
    for column in columns_of(config) if table else ():
        if table and column.name in table.generated:
            message = messages.COLUMN_GENERATED(column=column.name, table=table.name)
            raise error(message, table_name=table.name, column=column.name)


def refuse_other_reading(record: ImportHistory, header: Sequence[str], reading: Mapping[str, Any]) -> None:
    """Raises ReadingChanged where the file, read once more, gives other records than it gave the import."""
    if reads_otherwise(record, header, reading):
        before = _stored_reading(record)["records"]
        raise ReadingChanged(
            messages.READING_CHANGED(before=before, now=reading["records"]), import_id=str(record.pk)
        )  # fmt: skip


def reads_otherwise(record: ImportHistory, header: Sequence[str], reading: Mapping[str, Any]) -> bool:
    """Return whether the file gives other records now. reading: as Extraction.reading has it."""
    stored = _stored_reading(record)
    same_records = reading["records"] == stored["records"]
    same_fields = stored.get("digest") in (None, reading["digest"])  # earlier versions stored no digest
    is_empty = not header and not reading["records"]  # a document without a record: mapping or table named its columns
    same_header = is_empty or list(header) == cut_header(header_of(record))
    return not (same_records and same_fields and same_header)


def _stored_reading(record: ImportHistory) -> Mapping[str, Any]:
    return (record.mapping_config or {}).get("reading") or {"records": record.total_rows_in_file}


def refuse_moved_headers(record: ImportHistory, table: TableDescription | None) -> None:
    """Raises CannotRedo where imports since the undo exchanged columns of the import's plan.

    They could not know its headers: one column would hold the values of two.
    """
    existing = {column.name for column in table.columns} if table else set()
    filled_from, read_into = defaultdict(set), defaultdict(set)
    for use in header_uses(record.table_name, since=record.undone_at):
        filled_from[use.column].add(use.spelling)
        read_into[use.spelling].add(use.column)
    for spelling, column in spelled_columns(record.mapping_config or {}):
        others = read_into[spelling] - {column}
        if column in existing and others and filled_from[column] - {spelling}:
            raise CannotRedo(
                messages.HEADER_MOVED_SINCE(header=spelling.text, column=column, other=min(others)), column=column
            )


def refuse_renumbered(record: ImportHistory, table: TableDescription | None) -> None:
    """Raises CannotRedo where it cannot be told which rows of the file the kept rows are."""
    row_ids = renumbered(record.table_name, record.pk, record.total_rows_in_file or 0) if table else []
    if row_ids:
        raise CannotRedo(
            messages.KEPT_ROWS_RENUMBERED(rows=len(row_ids)),
            import_id=str(record.pk),
            rows_renumbered=len(row_ids),
            renumbered_rows=row_ids[:MAX_ROWS_NAMED],
        )
