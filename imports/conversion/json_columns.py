"""JSON written column by column, by Arrow."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import any_true, per_value

CONTROL = r"[\x00-\x1f\x7f]"


def json_strings(texts: pa.Array) -> pa.Array:
    """Return texts -> JSON strings with their quotes; null stays null."""
    controls = pc.fill_null(pc.match_substring_regex(texts, CONTROL), False)
    escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    quoted = joined('"', escaped, '"')
    if not any_true(controls):
        return quoted
    return pc.replace_with_mask(quoted, controls, per_value(texts.filter(controls), json.dumps))


def json_arrays(columns: list[pa.Array]) -> pa.Array:
    """Return columns of texts -> one JSON array of strings and nulls a row."""
    cells = [pc.fill_null(json_strings(texts), "null") for texts in columns]
    return joined("[", pc.binary_join_element_wise(*cells, ","), "]")


def joined(*pieces: pa.Array | str) -> pa.Array:
    """Return texts side by side; null where any of them is."""
    return pc.binary_join_element_wise(*pieces, "")


def listed(members: Sequence[pa.Array]) -> pa.Array:
    """Return texts side by side with commas between them, without those that are null; empty where all are."""
    # Arrow's own way of leaving nulls out leaves whole rows out, where all of a row are null.
    return pc.utf8_slice_codeunits(joined(*(pc.fill_null(joined(", ", texts), "") for texts in members)), 2)


def spread(texts: pa.Array, rows: Sequence[int], length: int) -> pa.Array:
    """Return the texts at their rows, null elsewhere."""
    at = np.full(length, -1)
    at[rows] = np.arange(len(rows))
    return texts.take(pa.array(at, mask=at < 0))
