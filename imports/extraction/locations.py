"""Where records are in a file, in words: places mean something only to the reader that gave them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa

from imports.conversion.convert import TypedBatch

#: Reader.location: a place in the words of its format (line 5, sheet Jan row 7).
Location = Callable[[int], str]


def located(batch: TypedBatch, location: Location) -> TypedBatch:
    """Return the batch with locations in the tables of its problems and of its skipped records."""
    return replace(
        batch,
        problems=with_locations(batch.problems, location),
        rejected=with_locations(batch.rejected, location),
        filtered=with_locations(batch.filtered, location),
    )


def with_locations(rows: pa.RecordBatch, location: Location) -> pa.RecordBatch:
    """Return the rows with a column `location` in the place of the column `place`."""
    position = rows.schema.get_field_index("place")
    words = [location(place) for place in rows.column(position).to_pylist()]
    return rows.set_column(position, "location", pa.array(words, pa.string()))
