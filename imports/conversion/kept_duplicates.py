"""Kept duplicates -> the rows that they would be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np
import pyarrow as pa

from core.errors import ServiceError
from imports.conversion import messages
from imports.conversion.convert import TypedBatch
from imports.conversion.stored_plan import StoredPlan
from imports.text_batches import TextBatch

#: Record number, and the record as the mapping saw it: ASCII JSON, a list of texts and nulls in file order.
KeptDuplicate = tuple[int, bytes]


def typed_duplicates(frozen: StoredPlan, kept: Sequence[KeptDuplicate]) -> Iterator[TypedBatch]:
    """Yield batches of them. kept: in the order of their numbers.

    Raises ServiceError where the plan no longer makes rows of them.
    """
    numbers = np.array([number for number, _ in kept], np.int32)
    rows = 0
    for batch in frozen.ruled(_as_batch([original for _, original in kept])):
        typed = frozen.typed(batch)
        rows += typed.rows
        yield replace(
            typed,
            record_numbers=_named(numbers, typed.record_numbers),
            unread_keys=_named(numbers, typed.unread_keys),
            unread_cells={name: _named(numbers, unread) for name, unread in typed.unread_cells.items()},
        )
    if rows != len(kept):
        raise ServiceError(messages.PLAN_NO_LONGER_FITS())


def _named(numbers: np.ndarray, places: pa.Array) -> pa.Array:
    """Return the numbers of records of which the batch has the places, from 1."""
    return pa.array(numbers[places.to_numpy() - 1])


def _as_batch(originals: Sequence[bytes]) -> TextBatch:
    """Return as if they were the first records of a file; their places mean nothing."""
    rows = json.loads(b"[" + b",".join(originals) + b"]")
    columns = [pa.array(column, pa.string()) for column in zip_longest(*rows)]
    return TextBatch(columns, 1, pa.array(np.zeros(len(rows), np.int64)))
