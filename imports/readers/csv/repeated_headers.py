"""A header that is repeated among the records: a record that is left out, and said so."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.errors import ErrorCode
from imports.readers import messages
from imports.readers.batch_builder import SURROGATE
from imports.readers.csv.physical_lines import LINES_IN_WORDS
from imports.readers.filtered_records import with_filtered
from imports.readers.table_detection.cells import Cells
from imports.text_batches import TextBatch

MARK = "\ufeff"  # before a header, where files that begin with it were put together


class RepeatedHeaders:
    """`names`: the records that the header is made of, each as long as there are columns."""

    def __init__(self, names: list[Cells]) -> None:
        told_apart = [row for row in names if sum(map(bool, row)) > 1]
        storable = [row for row in told_apart if not any(SURROGATE.search(name or "") for name in row)]
        self._names = [*storable, *([MARK + (row[0] or ""), *row[1:]] for row in storable)]

    def marked(self, batch: TextBatch) -> TextBatch:
        """Return the batch with such records emptied and reported as problems."""
        rows = sorted({i for names in self._names for i in _equal_rows(batch, names)})
        return with_filtered(batch, rows, ErrorCode.REPEATED_HEADER, messages.REPEATED_HEADER, LINES_IN_WORDS)


def _equal_rows(batch: TextBatch, names: Cells) -> list[int]:
    """Return positions of the records that have just these cells."""
    if len(batch.columns) != len(names):
        return []
    rows = np.arange(batch.rows)
    for column, name in zip(batch.columns, names, strict=True):
        cells = column if len(rows) == batch.rows else column.take(pa.array(rows))
        same = pc.is_null(cells) if name is None else pc.fill_null(pc.equal(cells, name), False)
        rows = rows[same.to_numpy(zero_copy_only=False)]
        if not len(rows):
            break
    return [int(row) for row in rows]
