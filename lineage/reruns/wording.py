"""Reruns in words: a sentence for each effect before, and a report afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.messages import Message
from lineage.reruns import messages
from lineage.reruns.difference import RerunPreview
from lineage.reruns.report import RerunReport
from lineage.undo.wording import Effect, effect_on_imports

MAX_ERRORS_NAMED = 20  # kinds of errors whose number changes
MAX_RECORDS_NAMED = 20


def preview_in_words(preview: RerunPreview) -> Iterator[Effect]:
    """Return the effects of a rerun."""
    yield Effect(messages.FILE_WILL_BE_IMPORTED())
    yield Effect(messages.ROWS_BEFORE(**_counts(preview.before)))
    yield Effect(messages.ROWS_AFTERWARDS(**_counts(preview.after)))
    if preview.is_the_same:
        yield Effect(messages.NOTHING_WILL_CHANGE())
    if preview.rows_changed or preview.rows_added or preview.rows_removed:
        yield Effect(
            messages.ROWS_WILL_CHANGE(rows=preview.rows_changed, added=preview.rows_added, removed=preview.rows_removed)
        )
    for change in preview.error_changes[:MAX_ERRORS_NAMED]:
        yield Effect(
            messages.ERRORS_WILL_GO(
                column=change.column, error_type=change.error_type, before=change.before, after=change.after
            )
        )
    yield from map(Effect, _columns(preview))
    if preview.rows_returning:
        yield effect_on_imports(
            messages.LATER_ROWS_WILL_RETURN(rows=preview.rows_returning), preview.returning
        )  # fmt: skip
    if preview.rows_becoming_duplicates:
        yield effect_on_imports(
            messages.LATER_ROWS_WILL_REPEAT(rows=preview.rows_becoming_duplicates), preview.becoming_duplicates
        )
    if preview.repairs_carried:
        yield Effect(messages.REPAIRS_WILL_COUNT(rows=preview.repairs_carried))
    if preview.repairs_left:
        yield Effect(messages.REPAIRS_WILL_NOT_COUNT(**_named(preview.repairs_left)))
    if preview.rows_changed_by_hand:
        number, row_ids = preview.rows_changed_by_hand, preview.changed_rows
        yield Effect(
            messages.CHANGED_ROWS_AT_STAKE(rows=number), row_ids=row_ids, more=number - len(row_ids)
        )  # fmt: skip


def _columns(preview: RerunPreview) -> Iterator[Message]:
    for sentence, columns in (
        (messages.COLUMNS_WILL_GO, preview.columns_dropped),
        (messages.COLUMNS_WILL_BE_ADDED, preview.columns_added),
        (messages.COLUMNS_WILL_BE_RETYPED, preview.columns_retyped),
    ):
        if columns:
            yield sentence(number=len(columns), columns=list(columns))


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {
        "rows": counts["rows_inserted"],
        "updates": counts["rows_updated"],
        "duplicates": counts["duplicates_found"],
        "rejected": counts["rows_rejected"],
        "filtered": counts["rows_filtered"],
        "errors": counts["mapping_errors_count"],
    }


def _named(numbers: Sequence[int]) -> dict[str, Any]:
    return {"rows": len(numbers), "numbers": [str(number) for number in numbers[:MAX_RECORDS_NAMED]]}


def rerun_in_words(report: RerunReport) -> str:
    """Return what a rerun did."""
    return " ".join(map(str, _done(report)))


def _done(report: RerunReport) -> Iterator[Message]:
    counts = _counts(report.as_dict())
    yield messages.RERUN_DONE(import_id=report.import_id, table=report.table_name, **counts)
    if report.rows_removed:
        yield messages.OLD_ROWS_REMOVED(rows=report.rows_removed)
    if report.rows_kept:
        yield messages.CHANGED_ROWS_STAYED(rows=report.rows_kept)
    if report.rows_returned:
        yield messages.LATER_ROWS_RETURNED(rows=report.rows_returned)
    if report.rows_become_duplicates:
        yield messages.LATER_ROWS_REPEAT(rows=report.rows_become_duplicates)
    if report.repairs_carried:
        yield messages.REPAIRS_COUNT(rows=report.repairs_carried)
    if report.repairs_left:
        yield messages.REPAIRS_DO_NOT_COUNT(**_named(report.repairs_left))
