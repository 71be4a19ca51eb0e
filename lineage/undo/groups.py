"""Undo of imports that were made in one step: all sheets of a workbook, or all files of an archive."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.actors import Actor
from core.errors import AtlasError
from core.messages import Message
from imports.errors import CannotUndo, UnknownImport
from imports.models import ImportHistory
from lineage.undo import messages
from lineage.undo.edited_rows_choice import EditedRowsChoice
from lineage.undo.undo import undo_import
from lineage.undo.undo_preview import UndoReport


@dataclass(frozen=True)
class UndoneImport:
    """What became of one import of a group."""

    record: ImportHistory
    report: UndoReport | None  # None: it was refused
    error: AtlasError | None = None


def no_group() -> Message:
    return messages.NO_GROUP_WITH_ID()


def imports_of_group(group: UUID) -> list[ImportHistory]:
    """Return the imports, in the order in which they were made. Raises UnknownImport."""
    records = list(ImportHistory.objects.filter(metadata__group__id=str(group)).order_by("import_timestamp"))
    if not records:
        raise UnknownImport(no_group())
    return records


def undo_group(
    group: UUID, actor: Actor, reason: str = "", changed_rows: EditedRowsChoice | None = None
) -> list[UndoneImport]:
    """Undo every import of a group that is active, the latest first, whatever becomes of the others.

    Raises UnknownImport, CannotUndo where none is active.
    """
    active = [record for record in reversed(imports_of_group(group)) if record.is_active]
    if not active:
        raise CannotUndo(messages.GROUP_NOT_ACTIVE())
    return [_undone(record, actor, reason, changed_rows) for record in active]


def _undone(record: ImportHistory, actor: Actor, reason: str, changed_rows: EditedRowsChoice | None) -> UndoneImport:
    try:
        return UndoneImport(record, undo_import(record.pk, actor, reason, changed_rows))
    except AtlasError as error:
        return UndoneImport(record, None, error)
