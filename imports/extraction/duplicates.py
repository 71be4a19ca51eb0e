"""The texts of records that turned out to be duplicates, once all of them are in the table's stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from imports.conversion.skipped_records import SKIPPED_SCHEMA, mapped, originals
from imports.text_batches import TextBatch

CODE = "duplicate"


def duplicates_in(batch: TextBatch, numbers: Sequence[int], reason: str) -> pa.RecordBatch:
    """Return these records of a batch, complete: SKIPPED_SCHEMA. reason: the text that is kept with each."""
    positions = pa.array(np.array(numbers, np.int64) - batch.first_record)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(numbers, pa.int32()),
            batch.source_positions.take(positions),
            pa.repeat(CODE, len(numbers)),
            pa.repeat(reason, len(numbers)),
            originals(batch, positions),
            mapped(batch, positions),
        ],
        schema=SKIPPED_SCHEMA,
    )
