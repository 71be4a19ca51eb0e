"""What people are told of an undo or redo: before it, a sentence for each thing that will happen; and after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.formatting import count, counted
from lineage.undo.redo import RedoReport
from lineage.undo.redo_preview import RedoOutlook
from lineage.undo.undo_preview import OtherImport, UndoPreview, UndoReport

NAMED = 20  # other imports that a sentence names


@dataclass(frozen=True)
class Sentence:
    """One thing that will happen, and what it happens to: the pages make links of these."""

    text: str
    imports: tuple[OtherImport, ...] = ()
    row_ids: tuple[int, ...] = ()
    more: int = 0  # imports or rows that are not named

    def __str__(self) -> str:
        named = [f"{counted(one.rows, 'row')} of {one.file_name or one.import_id}" for one in self.imports]
        named += [f"row {row_id}" for row_id in self.row_ids]
        named += [f"{count(self.more)} more"] if self.more else []
        return f"{self.text} ({', '.join(named)})" if named else self.text


def undo_in_words(preview: UndoPreview) -> Iterator[Sentence]:
    """What an undo will do."""
    yield Sentence(f"{counted(preview.rows_going, 'row')} will leave the table {preview.table_name}.")
    if preview.rows_returning:
        rows = counted(preview.rows_returning, "row")
        said = f"{rows} of other imports will come back, having been left out as duplicates of rows that leave."
        yield _of_imports(said, preview.returning)
    if preview.rows_becoming_duplicates:
        rows = counted(preview.rows_becoming_duplicates, "row")
        said = f"{rows} of other imports will leave too, as duplicates of rows that come back."
        yield _of_imports(said, preview.becoming_duplicates)
    yield Sentence(_remaining(preview))
    if preview.columns_dropped:
        names = ", ".join(preview.columns_dropped)
        columns = counted(len(preview.columns_dropped), "column")
        yield Sentence(f"{columns} that only this import brought will go: {names}.")
    if preview.rows_changed_by_hand:
        yield _changed(preview)
    if preview.rows_deleted_by_hand:
        yield Sentence(f"Gone already, deleted by hand: {counted(preview.rows_deleted_by_hand, 'row')} of this import.")
    yield Sentence("The history keeps this import, marked as undone. The same file may be imported again.")


def _remaining(preview: UndoPreview) -> str:
    if preview.table_dropped:
        return "No other import stands in the table, so the table itself will go."
    if _holds_no_import(preview):
        return (
            "The table will stay: no import created it, or it has rows that no import brought. They stay as they are."
        )
    others = counted(preview.imports_remaining, "other import")
    source = f"from {others}" if preview.imports_remaining else "which somebody changed by hand"
    if preview.rows_returning or preview.rows_becoming_duplicates:
        return f"The table will have {counted(preview.rows_remaining, 'row')} then, {source}."
    return f"{counted(preview.rows_remaining, 'row')} will stay, {source}."


def _holds_no_import(preview: UndoPreview) -> bool:
    """Whether only rows that no import brought, or none, will be in a table that stays."""
    return not (preview.table_dropped or preview.imports_remaining or preview.rows_remaining)


def _changed(preview: UndoPreview) -> Sentence:
    number, named = preview.rows_changed_by_hand, preview.changed_rows
    was = "was" if number == 1 else "were"
    said = f"{counted(number, 'row')} that would be lost {was} changed by hand since."
    return Sentence(said, row_ids=named, more=number - len(named))


def _of_imports(said: str, imports: Sequence[OtherImport]) -> Sentence:
    return Sentence(said, imports=tuple(imports[:NAMED]), more=max(0, len(imports) - NAMED))


def outcome_in_words(preview: UndoPreview) -> str:
    """What an undo comes to, in one sentence; and what stands in its way."""
    going, remaining = counted(preview.rows_going, "row"), counted(preview.rows_remaining, "row")
    then = f", the table will have {remaining}"
    if preview.table_dropped:
        then = " with the table"
    elif _holds_no_import(preview):
        then = ", the table will stay"
    return " ".join((f"{going} will leave{then}.", *preview.blocked_by))


def undone_in_words(report: UndoReport) -> str:
    """What an undo did."""
    return " ".join(_undone(report))


def _undone(report: UndoReport) -> Iterator[str]:
    yield f"Taken back: {counted(report.rows_removed, 'row')} left {report.table_name}."
    if report.rows_returned:
        yield f"{counted(report.rows_returned, 'row')} of other imports came back."
    if report.rows_become_duplicates:
        yield f"{counted(report.rows_become_duplicates, 'row')} of other imports became duplicates."
    if report.rows_kept:
        yield f"{counted(report.rows_kept, 'row')} changed by hand stayed."
    if report.columns_dropped:
        yield f"{counted(len(report.columns_dropped), 'column')} went: {', '.join(report.columns_dropped)}."
    if report.table_dropped:
        yield "The table went with them."


def redo_in_words(outlook: RedoOutlook) -> Iterator[Sentence]:
    """What a redo will do. How many records become rows shows when the file is read again."""
    records, table = counted(outlook.records, "record"), outlook.table_name
    yield Sentence(f"{records} will be read again from the kept file, with the mapping that the import had.")
    yield Sentence(_place(outlook))
    yield Sentence(
        f"When it was undone it had {counted(outlook.rows_inserted, 'row')} and"
        f" {counted(outlook.duplicates_found, 'duplicate')}. It will have as many again, unless imports before it were"
        " undone or redone since."
    )
    if outlook.table_made:
        yield Sentence(f"The table {table} will be made again: nothing stands in it.")
    if outlook.columns_added:
        columns, names = counted(len(outlook.columns_added), "column"), ", ".join(outlook.columns_added)
        yield Sentence(f"{columns} will be added to the table again: {names}.")
    if outlook.rows_kept:
        rows = counted(outlook.rows_kept, "row")
        yield Sentence(f"{rows} of it, kept because somebody changed what was imported, will stay as they stand.")
    if outlook.later_rows_changed:
        rows = counted(outlook.later_rows_changed, "row")
        was = "was" if outlook.later_rows_changed == 1 else "were"
        yield Sentence(f"{rows} of imports after it {was} changed by hand: some may repeat rows that come back.")
    yield Sentence("What was changed by hand in rows that left does not come back.")


def _place(outlook: RedoOutlook) -> str:
    if not outlook.later_imports:
        return "No import that stands in the table came after it: no other rows are concerned."
    later = counted(outlook.later_imports, "import")
    return f"It takes its old place, before {later}: rows of theirs that it had first become duplicates again."


def redone_in_words(report: RedoReport) -> str:
    """What a redo did."""
    return " ".join(_redone(report))


def _redone(report: RedoReport) -> Iterator[str]:
    rows, duplicates = counted(report.rows_inserted, "row"), counted(report.duplicates_found, "duplicate")
    yield f"Brought back: {rows} in {report.table_name}, {duplicates} left out."
    if report.rows_become_duplicates:
        yield f"{counted(report.rows_become_duplicates, 'row')} of later imports became duplicates."
    if report.rows_returned:
        yield f"{counted(report.rows_returned, 'row')} of later imports came back."
    if report.columns_added:
        yield f"{counted(len(report.columns_added), 'column')} came back: {', '.join(report.columns_added)}."
    if report.table_made:
        yield "The table was made again."
