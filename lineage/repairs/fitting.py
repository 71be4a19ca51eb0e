"""Whether final values fit the type of their column: one check, for repairs that are sent and for editors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.column_types import PLAIN, Cast, ColumnType, cast_column
from imports.conversion.problems import MAX_SHOWN_LENGTH
from imports.errors import ErrorCode


@dataclass(frozen=True)
class Fit:
    """What a final value becomes."""

    stored: str | None  # its canonical text; of one that does not fit, the text itself
    problem: Message | None = None  # why it does not fit


def fits(texts: Sequence[str | None], sql_type: ColumnType) -> list[Fit]:
    """Return what each of the texts becomes in a column of the type."""
    values = pa.array(texts, pa.string())
    cast = cast_final(values, sql_type)
    found = [Fit(text) for text in canonical(values, cast).to_pylist()]
    if cast.failed is not None:
        failures = why_not(values.take(cast.failed), sql_type)
        for at, (_, message) in zip(cast.failed.to_pylist(), failures, strict=True):
            found[at] = Fit(texts[at], message)
    return found


def cast_final(texts: pa.Array, sql_type: ColumnType) -> Cast:
    """Return what final values are: ISO notation, and no rule of the mapping."""
    return cast_column(texts, sql_type, PLAIN, ())


def canonical(texts: pa.Array, cast: Cast) -> pa.Array:
    """Return the texts in canonical notation; those that do not fit as they are."""
    if cast.change is None:
        return texts
    at = np.arange(len(texts))
    at[cast.change.rows.to_numpy()] = len(texts) + np.arange(len(cast.change.rows))
    return pa.concat_arrays([texts, cast.change.after]).take(pa.array(at))


def why_not(values: pa.Array, sql_type: ColumnType) -> list[tuple[ErrorCode, Message]]:
    """Return code and message of values that do not fit."""
    why = sql_type.failures(pc.utf8_trim_whitespace(values))
    found = []
    for value, kind in zip(values.to_pylist(), why.which.to_pylist(), strict=True):
        code, message = why.kinds[kind]
        found.append((code, Message(message.code, {**message.params, "value": value[:MAX_SHOWN_LENGTH]})))
    return found
