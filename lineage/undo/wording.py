"""An undo or redo in words: before it, one sentence for each thing that will happen; after it, what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.formatting import count, counted
from core.messages import Message
from lineage.undo import messages
from lineage.undo.redo import RedoReport
from lineage.undo.redo_preview import RedoPreview
from lineage.undo.undo_preview import OtherImport, UndoPreview, UndoReport

NAMED = 20  # other imports that a sentence names


@dataclass(frozen=True)
class Effect:
    """One thing that will happen, and what it happens to: the pages make links of these."""

    message: Message
    imports: tuple[OtherImport, ...] = ()
    row_ids: tuple[int, ...] = ()
    more: int = 0  # imports or rows that are not named

    def __str__(self) -> str:
        named = [f"{counted(other.rows, 'row')} of {other.file_name or other.import_id}" for other in self.imports]
        named += [f"row {row_id}" for row_id in self.row_ids]
        named += [f"{count(self.more)} more"] if self.more else []
        return f"{self.message} ({', '.join(named)})" if named else str(self.message)


def undo_in_words(preview: UndoPreview) -> Iterator[Effect]:
    """Yield what an undo will do."""
    yield Effect(messages.ROWS_WILL_LEAVE(rows=preview.rows_going, table=preview.table_name))
    if preview.rows_returning:
        yield _of_imports(messages.ROWS_WILL_RETURN(rows=preview.rows_returning), preview.returning)
    if preview.rows_becoming_duplicates:
        yield _of_imports(messages.ROWS_WILL_REPEAT(rows=preview.rows_becoming_duplicates), preview.becoming_duplicates)
    yield Effect(_remaining(preview))
    if preview.columns_dropped:
        yield Effect(messages.COLUMNS_WILL_GO(**_listed(preview.columns_dropped)))
    if preview.rows_changed_by_hand:
        yield _changed(preview)
    if preview.rows_deleted_by_hand:
        yield Effect(messages.ROWS_DELETED_BY_HAND(rows=preview.rows_deleted_by_hand))
    yield Effect(messages.HISTORY_STAYS())


def _remaining(preview: UndoPreview) -> Message:
    rows, imports = preview.rows_remaining, preview.imports_remaining
    if preview.table_dropped:
        return messages.TABLE_WILL_GO()
    if _holds_no_import(preview):
        return messages.TABLE_WILL_STAY()
    if preview.rows_returning or preview.rows_becoming_duplicates:
        if imports:
            return messages.ROWS_WILL_BE(rows=rows, imports=imports)
        return messages.CHANGED_ROWS_WILL_BE(rows=rows)
    if imports:
        return messages.ROWS_WILL_STAY(rows=rows, imports=imports)
    return messages.CHANGED_ROWS_WILL_STAY(rows=rows)


def _holds_no_import(preview: UndoPreview) -> bool:
    """Whether the table stays, and will have no row of an import."""
    return not (preview.table_dropped or preview.imports_remaining or preview.rows_remaining)


def _changed(preview: UndoPreview) -> Effect:
    rows, row_ids = preview.rows_changed_by_hand, preview.changed_rows
    return Effect(messages.CHANGED_ROWS_AT_STAKE(rows=rows), row_ids=row_ids, more=rows - len(row_ids))


def _of_imports(message: Message, imports: Sequence[OtherImport]) -> Effect:
    return Effect(message, imports=tuple(imports[:NAMED]), more=max(0, len(imports) - NAMED))


def _listed(columns: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a sentence about columns."""
    return {"number": len(columns), "columns": list(columns)}


def outcome_in_words(preview: UndoPreview) -> str:
    """Return what an undo will do, in one sentence, and what prevents it."""
    outcome = messages.UNDO_LEAVES_ROWS(going=preview.rows_going, remaining=preview.rows_remaining)
    if preview.table_dropped:
        outcome = messages.UNDO_DROPS_TABLE(going=preview.rows_going)
    elif _holds_no_import(preview):
        outcome = messages.UNDO_LEAVES_TABLE(going=preview.rows_going)
    return _in_words((outcome, *preview.blocked_by))


def _in_words(sentences: Iterable[Message]) -> str:
    return " ".join(map(str, sentences))


def undone_in_words(report: UndoReport) -> str:
    """Return what an undo did."""
    return _in_words(_undone(report))


def _undone(report: UndoReport) -> Iterator[Message]:
    yield messages.ROWS_LEFT(rows=report.rows_removed, table=report.table_name)
    if report.rows_returned:
        yield messages.ROWS_RETURNED(rows=report.rows_returned)
    if report.rows_become_duplicates:
        yield messages.ROWS_REPEAT(rows=report.rows_become_duplicates)
    if report.rows_kept:
        yield messages.CHANGED_ROWS_STAYED(rows=report.rows_kept)
    if report.columns_dropped:
        yield messages.COLUMNS_WENT(**_listed(report.columns_dropped))
    if report.table_dropped:
        yield messages.TABLE_WENT()


def redo_in_words(preview: RedoPreview) -> Iterator[Effect]:
    """Yield what a redo will do. How many records become rows shows only when the file is read again."""
    return map(Effect, _redo(preview))


def _redo(preview: RedoPreview) -> Iterator[Message]:
    yield messages.FILE_WILL_BE_READ(records=preview.records)
    yield _place(preview)
    yield messages.NUMBERS_BEFORE_UNDO(rows=preview.rows_inserted, duplicates=preview.duplicates_found)
    if preview.table_made:
        yield messages.TABLE_WILL_BE_MADE(table=preview.table_name)
    if preview.columns_added:
        yield messages.COLUMNS_WILL_BE_ADDED(**_listed(preview.columns_added))
    if preview.rows_kept:
        yield messages.KEPT_ROWS_WILL_STAY(rows=preview.rows_kept)
    if preview.later_rows_changed:
        yield messages.LATER_ROWS_CHANGED(rows=preview.later_rows_changed)
    yield messages.CHANGES_STAY_LOST()


def _place(preview: RedoPreview) -> Message:
    if preview.later_imports:
        return messages.PLACE_BEFORE_LATER(imports=preview.later_imports)
    return messages.NO_LATER_IMPORT()


def redone_in_words(report: RedoReport) -> str:
    """Return what a redo did."""
    return _in_words(_redone(report))


def _redone(report: RedoReport) -> Iterator[Message]:
    yield messages.ROWS_BROUGHT_BACK(
        rows=report.rows_inserted, table=report.table_name, duplicates=report.duplicates_found
    )
    if report.rows_become_duplicates:
        yield messages.LATER_ROWS_REPEAT(rows=report.rows_become_duplicates)
    if report.rows_returned:
        yield messages.LATER_ROWS_RETURNED(rows=report.rows_returned)
    if report.columns_added:
        yield messages.COLUMNS_RETURNED(**_listed(report.columns_added))
    if report.table_made:
        yield messages.TABLE_MADE()
