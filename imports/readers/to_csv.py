"""Text batches -> lines of RFC 4180 CSV: every cell as it stood in the file.

What a reader leaves out as no record of the table, such as a header that is repeated, has no line. No text is an empty
field, the empty text a quoted one. Lines end with CRLF; a bad byte of the file is U+FFFD, because the lines are UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from imports.readers.batch_builder import SURROGATE
from imports.text_batches import TextBatch

NEEDS_QUOTES = r'[,"\r\n]|\A\z'  # in the words of RE2
_NEEDS_QUOTES = re.compile(r'[,"\r\n]|\A\Z')


def csv_line(cells: Sequence[str | None]) -> bytes:
    """One record, as long as it is."""
    return (SURROGATE.sub("\ufffd", ",".join(map(_field, cells))) + "\r\n").encode()


def csv_lines(batch: TextBatch) -> bytes:
    """The batch's records: those in which the reader found trouble, with the cells as they stood."""
    lines = pc.binary_join_element_wise(*map(_fields, batch.columns), ",")
    if not batch.problems:
        return "\r\n".join([*lines.to_pylist(), ""]).encode()
    troubled = as_they_stood(batch)
    left_out = {problem.index for problem in batch.problems if problem.filtered}
    each = ((i, line) for i, line in enumerate(lines.to_pylist()) if i not in left_out)
    return b"".join(csv_line(troubled[i]) if i in troubled else f"{line}\r\n".encode() for i, line in each)


def as_they_stood(batch: TextBatch) -> dict[int, list[str | None]]:
    """The cells of the records that the columns show otherwise, by position in the batch."""
    found: dict[int, list[str | None]] = {}
    for problem in batch.problems:
        if problem.original is not None:
            found[problem.index] = list(problem.original)
        elif problem.column is not None and problem.value is not None:
            cells = found.setdefault(problem.index, [column[problem.index].as_py() for column in batch.columns])
            cells[problem.column] = problem.value
    return found


def _field(text: str | None) -> str:
    if text is None:
        return ""
    return '"{}"'.format(text.replace('"', '""')) if _NEEDS_QUOTES.search(text) else text


def _fields(column: pa.Array) -> pa.Array:
    """The same as `_field`, for a whole column."""
    special = pc.match_substring_regex(column, NEEDS_QUOTES)
    if pc.any(special).as_py():
        doubled = pc.replace_substring(column, '"', '""')
        column = pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), column)
    return pc.fill_null(column, "")
