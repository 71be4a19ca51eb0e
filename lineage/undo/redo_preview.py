"""What a redo would do, as far as it can be told before the file is read again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from imports.conversion.stored_plan import columns_of
from imports.history.undo_notes import rows_kept
from imports.models import ManualEdit
from imports.tables import catalog
from lineage.undo.preconditions import refuse_moved_headers, refuse_other_types, refuse_renumbered, require_undone
from lineage.undo.table_imports import other_active_imports


@dataclass(frozen=True)
class RedoPreview:
    """What a redo of one import would do now."""

    table_name: str
    records: int  # of the file
    rows_inserted: int  # when it was undone
    rows_updated: int  # when it was undone
    duplicates_found: int  # when it was undone
    rows_kept: int  # still in the table, changed manually
    later_imports: int  # that are active
    later_rows_changed: int  # of later imports, changed manually: a choice is required where one becomes a duplicate
    table_made: bool  # whether the table has to be created again
    columns_added: tuple[str, ...]  # to a table that exists


def redo_preview(import_id: UUID) -> RedoPreview:
    """Raises UnknownImport, and CannotRedo where it can be told already that the import cannot be redone."""
    record = require_undone(import_id)
    table = catalog.describe_if_there(record.table_name)
    config = record.mapping_config or {}
    refuse_other_types(config, table)
    refuse_moved_headers(record, table)
    refuse_renumbered(record, table)
    later = other_active_imports(record).filter(import_order__gt=record.import_order or 0)
    edits = ManualEdit.objects.filter(
        table_name=record.table_name, deleted=False, import_id__in=later.values("import_id")
    )
    existing = {column.name for column in table.columns} if table else set()
    return RedoPreview(
        table_name=record.table_name,
        records=record.total_rows_in_file or 0,
        rows_inserted=record.rows_inserted or 0,
        rows_updated=record.rows_updated,
        duplicates_found=record.duplicates_found or 0,
        rows_kept=rows_kept(record),
        later_imports=later.count(),
        later_rows_changed=edits.values("row_id").distinct().count(),
        table_made=table is None,
        columns_added=tuple(column.name for column in columns_of(config) if table and column.name not in existing),
    )
