"""JSON written column by column, by Arrow."""

from __future__ import annotations

import json

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
