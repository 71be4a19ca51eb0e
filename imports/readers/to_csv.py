"""Text batches -> lines of RFC 4180 CSV: every cell as in the file.

What a reader leaves out as no record of the table, such as a header that is repeated, has no line. No text is an empty
field, the empty text a quoted one. Lines end with CRLF; a bad byte of the file is U+FFFD, because the lines are UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.csv_writer import csv_line, csv_lines
from imports.readers.batch_builder import SURROGATE
from imports.text_batches import TextBatch

END = "\r\n"


def record_line(cells: Sequence[str | None]) -> bytes:
    """Return one record, as long as it is."""
    return csv_line([cell and SURROGATE.sub("\ufffd", cell) for cell in cells], end=END).encode()


def batch_lines(batch: TextBatch) -> bytes:
    """Return the batch's records; those with problems have their original cells."""
    lines = csv_lines(batch.columns)
    if not batch.problems:
        return END.join([*lines, ""]).encode()
    changed = as_they_were(batch)
    left_out = {problem.index for problem in batch.problems if problem.filtered}
    each = ((i, line) for i, line in enumerate(lines) if i not in left_out)
    return b"".join(record_line(changed[i]) if i in changed else f"{line}{END}".encode() for i, line in each)


def as_they_were(batch: TextBatch) -> dict[int, list[str | None]]:
    """Return the cells of the records that the columns show otherwise, by position in the batch."""
    original_cells: dict[int, list[str | None]] = {}
    for problem in batch.problems:
        if problem.original is not None:
            original_cells[problem.index] = list(problem.original)
        elif problem.column is not None and problem.value is not None:
            cells = original_cells.setdefault(
                problem.index, [column[problem.index].as_py() for column in batch.columns]
            )
            cells[problem.column] = problem.value
    return original_cells
