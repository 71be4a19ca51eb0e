"""What a repair did, or would do, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.repairs import messages
from lineage.repairs.changes import RepairReport


def repaired_in_words(report: RepairReport) -> str:
    """Return what was repaired, and what was not."""
    parts = [messages.ROWS_REPAIRED(rows=report.repaired + report.partly)]
    parts += [messages.ROWS_STILL_FAILING(rows=report.partly + report.still_failing)] * bool(
        report.partly + report.still_failing
    )
    left = report.unchanged + len(report.conflicts) + len(report.kept)
    parts += [messages.ROWS_NOT_CHANGED(rows=left)] * bool(left)
    return " ".join([*map(str, parts), *consequences_in_words(report)])


def consequences_in_words(report: RepairReport) -> Iterator[str]:
    """Yield what becomes of the rows of later imports; nothing where nothing does."""
    numbers = (
        (messages.LATER_ROWS_RETURN, report.rows_returned),
        (messages.LATER_ROWS_BECOME_DUPLICATES, report.rows_become_duplicates),
        (messages.OTHER_ROWS_CHANGE, report.rows_changed),
    )
    yield from (str(sentence(rows=number)) for sentence, number in numbers if number)
