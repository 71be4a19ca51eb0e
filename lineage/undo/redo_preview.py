"""What a redo would do, as far as can be told before the file is read again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from imports.conversion.stored_plan import columns_of
from imports.history.undo_notes import rows_kept
from imports.models import ManualEdit
from imports.tables import catalog
from lineage.undo.redo import refuse_other_types, refuse_renumbered, undone
from lineage.undo.table_imports import other_active_imports


@dataclass(frozen=True)
class RedoPreview:
    """Of one import that was undone and can be brought back."""

    table_name: str
    records: int  # of the file
    rows_inserted: int  # when it was undone
    duplicates_found: int  # when it was undone
    rows_kept: int  # still in the table, changed by hand
    later_imports: int  # that stand, and came after it
    later_rows_changed: int  # theirs, by hand: those that would become duplicates have to be decided about
    table_made: bool  # nothing stands in it
    columns_added: tuple[str, ...]  # to a table that is there


def redo_preview(import_id: UUID) -> RedoPreview:
    """Raises UnknownImport, and CannotRedo where it can be told already that it cannot be brought back."""
    found = undone(import_id)
    table = catalog.describe_if_there(found.table_name)
    config = found.mapping_config or {}
    refuse_other_types(config, table)
    refuse_renumbered(found, table)
    later = other_active_imports(found).filter(import_order__gt=found.import_order or 0)
    changed = ManualEdit.objects.filter(
        table_name=found.table_name, deleted=False, import_id__in=later.values("import_id")
    )
    there = {one.name for one in table.columns} if table else set()
    return RedoPreview(
        table_name=found.table_name,
        records=found.total_rows_in_file or 0,
        rows_inserted=found.rows_inserted or 0,
        duplicates_found=found.duplicates_found or 0,
        rows_kept=rows_kept(found),
        later_imports=later.count(),
        later_rows_changed=changed.values("row_id").distinct().count(),
        table_made=table is None,
        columns_added=tuple(one.name for one in columns_of(config) if table and one.name not in there),
    )
