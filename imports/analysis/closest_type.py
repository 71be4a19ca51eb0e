"""Why a column is text: the type that most of its values fit, and a value that does not."""

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

MAX_MISFIT_LENGTH = 60  # characters of it that are shown


#: What a text must look like for numbers, and for dates, to be tried: most texts are words or codes.
LIKE_A_NUMBER = r"^[^A-Za-z]*\d[^A-Za-z]*(?:[eE][-+]?\d+)?$"
LIKE_A_DATE = r"^(?:\d{1,4}|[A-Za-z]{3,9})[-/. ]+(?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{1,4}"


@lru_cache(maxsize=1)
def _tried() -> dict[str, tuple[Candidate, ...]]:
    """By what the texts must look like, best first. Of several orders of dates the first that fits most is taken."""
    whole = [
        Candidate(column_type("INTEGER"), one, number_pattern(one, strict=True, whole_only=True)) for one in READINGS
    ]
    numbers = [Candidate(column_type("NUMERIC"), one, number_pattern(one, strict=True)) for one in READINGS]
    plain = [Candidate(column_type(name), PLAIN) for name in ("DATE", "TIMESTAMP")]
    dates = [Candidate(column_type("DATE"), Reading(source_format=one)) for one in date_formats()]
    return {LIKE_A_NUMBER: (*whole, *numbers), LIKE_A_DATE: (*plain, *dates)}


def closest_type(chunks: Iterable[pa.Array], null_tokens: tuple[str, ...]) -> dict[str, Any] | None:
    """Type and reading that at least half of the values fit, but not all, with how many and one that does not."""
    words = (_words(texts, null_tokens) for texts in chunks)
    first = next((some for some in words if len(some)), None)
    candidate = None if first is None else _likeliest(first[:SAMPLE])
    if first is None or candidate is None:
        return None
    fits = values = 0
    misfit = None
    for some in chain([first], words):
        mask = pc.fill_null(candidate.mask(some), False)
        fits, values = fits + mask.true_count, values + len(some)
        if misfit is None and mask.true_count < len(some):
            misfit = some.filter(pc.invert(mask))[0].as_py()
    if misfit is None or fits * 2 < values:
        return None
    return {
        "sql_type": candidate.sql_type.sql, **candidate.reading.as_config(), "fits": fits, "of": values,
        "misfit": misfit[:MAX_MISFIT_LENGTH],
    }  # fmt: skip


def _words(texts: pa.Array, null_tokens: tuple[str, ...]) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts.drop_null())
    return trimmed.filter(pc.invert(null_mask(trimmed, null_tokens)))


def _likeliest(sample: pa.Array) -> Candidate | None:
    """The first of those that fit most, if they fit half."""
    tried = [one for like, several in _tried().items() if _half(_fits(sample, like), sample) for one in several]
    fits = [pc.fill_null(one.mask(sample), False).true_count for one in tried]
    most = max(fits, default=0)
    return tried[fits.index(most)] if tried and _half(most, sample) else None


def _fits(sample: pa.Array, pattern: str) -> int:
    return int(pc.match_substring_regex(sample, pattern).true_count)


def _half(fits: int, sample: pa.Array) -> bool:
    return 2 * fits >= len(sample)
