"""Undo and redo in words: a sentence for each effect before, and a report afterwards."""

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

MAX_IMPORTS_NAMED = 20  # other imports that one sentence lists


@dataclass(frozen=True)
class Effect:
    """One effect, with the imports and rows concerned, which pages link to."""

    message: Message
    imports: tuple[OtherImport, ...] = ()
    row_ids: tuple[int, ...] = ()
    more: int = 0  # imports or rows that are not listed

    def __str__(self) -> str:
        details = [f"{counted(item.rows, 'row')} of {item.file_name or item.import_id}" for item in self.imports]
        details += [f"row {row_id}" for row_id in self.row_ids]
        details += [f"{count(self.more)} more"] if self.more else []
        return f"{self.message} ({', '.join(details)})" if details else str(self.message)


def undo_in_words(preview: UndoPreview) -> Iterator[Effect]:
    """Return the effects of an undo."""
    if preview.rows_going or not preview.rows_reverted:
        yield Effect(messages.ROWS_WILL_LEAVE(rows=preview.rows_going, table=preview.table_name))
    if preview.rows_reverted:
        yield effect_on_imports(messages.ROWS_WILL_REVERT(rows=preview.rows_reverted), preview.reverted)
    if preview.rows_returning:
        yield effect_on_imports(messages.ROWS_WILL_RETURN(rows=preview.rows_returning), preview.returning)
    if preview.rows_becoming_duplicates:
        yield effect_on_imports(
            messages.ROWS_WILL_REPEAT(rows=preview.rows_becoming_duplicates), preview.becoming_duplicates
        )
    yield Effect(_remaining_rows(preview))
    if preview.columns_dropped:
        yield Effect(messages.COLUMNS_WILL_GO(**_column_params(preview.columns_dropped)))
    if preview.rows_changed_by_hand:
        yield _changed_rows_effect(preview)
    if preview.rows_deleted_by_hand:
        yield Effect(messages.ROWS_DELETED_BY_HAND(rows=preview.rows_deleted_by_hand))
    yield Effect(messages.HISTORY_STAYS())


def _remaining_rows(preview: UndoPreview) -> Message:
    rows, imports = preview.rows_remaining, preview.imports_remaining
    if preview.table_dropped:
        return messages.TABLE_WILL_GO()
    if _is_without_imports(preview):
        return messages.TABLE_WILL_STAY()
    if preview.rows_returning or preview.rows_becoming_duplicates:
        if imports:
            return messages.ROWS_WILL_BE(rows=rows, imports=imports)
        return messages.CHANGED_ROWS_WILL_BE(rows=rows)
    if imports:
        return messages.ROWS_WILL_STAY(rows=rows, imports=imports)
    return messages.CHANGED_ROWS_WILL_STAY(rows=rows)


def _is_without_imports(preview: UndoPreview) -> bool:
    """Return whether the table will be kept with no rows of imports."""
    return not (preview.table_dropped or preview.imports_remaining or preview.rows_remaining)


def _changed_rows_effect(preview: UndoPreview) -> Effect:
    number, row_ids = preview.rows_changed_by_hand, preview.changed_rows
    return Effect(messages.CHANGED_ROWS_AT_STAKE(rows=number), row_ids=row_ids, more=number - len(row_ids))


def effect_on_imports(message: Message, imports: Sequence[OtherImport]) -> Effect:
    return Effect(message, imports=tuple(imports[:MAX_IMPORTS_NAMED]), more=max(0, len(imports) - MAX_IMPORTS_NAMED))


def _column_params(columns: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a sentence about columns."""
    return {"number": len(columns), "columns": list(columns)}


def outcome_in_words(preview: UndoPreview) -> str:
    """Return the effect of an undo in one sentence, followed by what prevents it."""
    outcome = messages.UNDO_LEAVES_ROWS(going=preview.rows_going, remaining=preview.rows_remaining)
    if preview.table_dropped:
        outcome = messages.UNDO_DROPS_TABLE(going=preview.rows_going)
    elif _is_without_imports(preview):
        outcome = messages.UNDO_LEAVES_TABLE(going=preview.rows_going)
    reverted = (messages.ROWS_WILL_REVERT(rows=preview.rows_reverted),) if preview.rows_reverted else ()
    return _in_words((outcome, *reverted, *preview.blocked_by))


def _in_words(parts: Iterable[Message]) -> str:
    return " ".join(map(str, parts))


def undone_in_words(report: UndoReport) -> str:
    """Return what an undo did."""
    return _in_words(_undone(report))


def _undone(report: UndoReport) -> Iterator[Message]:
    yield messages.ROWS_LEFT(rows=report.rows_removed, table=report.table_name)
    if report.rows_reverted:
        yield messages.ROWS_REVERTED(rows=report.rows_reverted)
    if report.rows_returned:
        yield messages.ROWS_RETURNED(rows=report.rows_returned)
    if report.rows_become_duplicates:
        yield messages.ROWS_REPEAT(rows=report.rows_become_duplicates)
    if report.rows_kept:
        yield messages.CHANGED_ROWS_STAYED(rows=report.rows_kept)
    if report.columns_dropped:
        yield messages.COLUMNS_WENT(**_column_params(report.columns_dropped))
    if report.table_dropped:
        yield messages.TABLE_WENT()


def redo_in_words(preview: RedoPreview) -> Iterator[Effect]:
    """Return the effects of a redo. The number of rows is known only after the file was read again."""
    return map(Effect, _redo(preview))


def _redo(preview: RedoPreview) -> Iterator[Message]:
    yield messages.FILE_WILL_BE_READ(records=preview.records)
    yield _position(preview)
    yield _numbers(preview)
    if preview.table_made:
        yield messages.TABLE_WILL_BE_MADE(table=preview.table_name)
    if preview.columns_added:
        yield messages.COLUMNS_WILL_BE_ADDED(**_column_params(preview.columns_added))
    if preview.rows_kept:
        yield messages.KEPT_ROWS_WILL_STAY(rows=preview.rows_kept)
    if preview.later_rows_changed:
        yield messages.LATER_ROWS_CHANGED(rows=preview.later_rows_changed)
    yield messages.CHANGES_STAY_LOST()


def _numbers(preview: RedoPreview) -> Message:
    rows, duplicates = preview.rows_inserted, preview.duplicates_found
    if preview.rows_updated:
        return messages.NUMBERS_WITH_UPDATES(rows=rows, updates=preview.rows_updated, duplicates=duplicates)
    return messages.NUMBERS_BEFORE_UNDO(rows=rows, duplicates=duplicates)


def _position(preview: RedoPreview) -> Message:
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
    if report.rows_updated:
        yield messages.ROWS_UPDATED_AGAIN(rows=report.rows_updated)
    if report.rows_become_duplicates:
        yield messages.LATER_ROWS_REPEAT(rows=report.rows_become_duplicates)
    if report.rows_returned:
        yield messages.LATER_ROWS_RETURNED(rows=report.rows_returned)
    if report.columns_added:
        yield messages.COLUMNS_RETURNED(**_column_params(report.columns_added))
    if report.table_made:
        yield messages.TABLE_MADE()
