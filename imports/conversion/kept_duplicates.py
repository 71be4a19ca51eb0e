"""Kept duplicates -> the rows that they would be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import ServiceError
from imports.conversion import messages
from imports.conversion.convert import TypedBatch
from imports.conversion.stored_plan import StoredPlan
from imports.text_batches import TextBatch


def typed_duplicates(frozen: StoredPlan, record_numbers: Sequence[int], records: str | bytes) -> Iterator[TypedBatch]:
    """Yield batches of them. record_numbers: rising. records: as the mapping saw them, a JSON list in this order.

    Each record is a list of texts and nulls in file order. Raises ServiceError where the plan no longer makes rows of
    them.
    """
    numbers = pa.array(record_numbers, pa.int32())
    rows = 0
    for batch in frozen.ruled(_as_batch(json.loads(records))):
        typed = frozen.typed(batch)
        rows += typed.rows
        yield replace(
            typed,
            record_numbers=_named(numbers, typed.record_numbers),
            unread_keys=_named(numbers, typed.unread_keys),
            unread_cells={name: _named(numbers, unread) for name, unread in typed.unread_cells.items()},
        )
    if rows != len(numbers):
        raise ServiceError(messages.PLAN_NO_LONGER_FITS())


def in_json_list(records: Iterable[bytes]) -> bytes:
    """Return kept records as `typed_duplicates` takes them."""
    return b"[" + b",".join(records) + b"]"


def _named(numbers: pa.Array, places: pa.Array) -> pa.Array:
    """Return the numbers of records of which the batch has the places, from 1."""
    return numbers.take(pc.subtract(places, 1))


def _as_batch(rows: Sequence[Sequence[str | None]]) -> TextBatch:
    """Return as if they were the first records of a file; their places mean nothing."""
    columns = [pa.array(column, pa.string()) for column in zip_longest(*rows)]
    return TextBatch(columns, 1, pa.array(np.zeros(len(rows), np.int64)))
