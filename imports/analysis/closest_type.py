"""Why a column is text: the type of most of its values, and a value that is not of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import PLAIN, Reading, column_type, null_mask
from imports.column_types.date_formats import date_formats
from imports.column_types.numbers import READINGS, number_pattern
from imports.inference.profile import SAMPLE, Candidate

MAX_MISFIT_LENGTH = 60  # characters of the invalid value that are shown


#: Patterns of texts for which number types, or date types, are tried: most texts are words or codes.
LIKE_A_NUMBER = r"^[^A-Za-z]*\d[^A-Za-z]*(?:[eE][-+]?\d+)?$"
LIKE_A_DATE = r"^(?:\d{1,4}|[A-Za-z]{3,9})[-/. ]+(?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{1,4}"


@lru_cache(maxsize=1)
def _candidates() -> dict[str, tuple[Candidate, ...]]:
    """Return the candidates to try by the pattern of the texts, best first."""
    whole = [
        Candidate(column_type("INTEGER"), reading, number_pattern(reading, strict=True, whole_only=True))
        for reading in READINGS
    ]
    numbers = [Candidate(column_type("NUMERIC"), reading, number_pattern(reading, strict=True)) for reading in READINGS]
    plain = [Candidate(column_type(name), PLAIN) for name in ("DATE", "TIMESTAMP")]
    dates = [Candidate(column_type("DATE"), Reading(source_format=text)) for text in date_formats()]
    return {LIKE_A_NUMBER: (*whole, *numbers), LIKE_A_DATE: (*plain, *dates)}


def closest_type(chunks: Iterable[pa.Array], null_tokens: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the type and reading of at least half of the values, how many that are, and the first invalid value.

    None if there is no such type, or all values are of it.
    """
    batches = (_values(texts, null_tokens) for texts in chunks)
    first = next((batch for batch in batches if len(batch)), None)
    candidate = None if first is None else _most_likely(first[:SAMPLE])
    if first is None or candidate is None:
        return None
    fits = values = 0
    invalid = None
    for batch in chain([first], batches):
        mask = pc.fill_null(candidate.mask(batch), False)
        fits, values = fits + mask.true_count, values + len(batch)
        if invalid is None and mask.true_count < len(batch):
            invalid = batch.filter(pc.invert(mask))[0].as_py()
    if invalid is None or fits * 2 < values:
        return None
    return {
        "sql_type": candidate.sql_type.sql, **candidate.reading.as_config(), "fits": fits, "of": values,
        "misfit": invalid[:MAX_MISFIT_LENGTH],
    }  # fmt: skip


def _values(texts: pa.Array, null_tokens: tuple[str, ...]) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts.drop_null())
    return trimmed.filter(pc.invert(null_mask(trimmed, null_tokens)))


def _most_likely(sample: pa.Array) -> Candidate | None:
    """Return the first of the candidates that fit most values; None if they fit less than half."""
    patterns = [pattern for pattern in _candidates() if _is_half(_matches(sample, pattern), sample)]
    tried = [candidate for pattern in patterns for candidate in _candidates()[pattern]]
    fits = [pc.fill_null(candidate.mask(sample), False).true_count for candidate in tried]
    most = max(fits, default=0)
    return tried[fits.index(most)] if tried and _is_half(most, sample) else None


def _matches(sample: pa.Array, pattern: str) -> int:
    return int(pc.match_substring_regex(sample, pattern).true_count)


def _is_half(fits: int, sample: pa.Array) -> bool:
    return 2 * fits >= len(sample)
