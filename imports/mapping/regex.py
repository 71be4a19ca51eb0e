"""Regular expressions of a mapping: RE2, whose time grows with the text alone, and only so much of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from imports.errors import InvalidMapping, RuleTooCostly
from imports.mapping import messages

MAX_SECONDS = 1.0  # that a rule may take for a batch
PIECE = 1_000_000  # bytes between two looks at the clock


def check_pattern(pattern: str, place: str, replacement: str = "") -> None:
    """Raise InvalidMapping that names the rule where the pattern is not RE2, or its groups are not those."""
    try:
        pc.replace_substring_regex(pa.array([""]), pattern, replacement)
    except pa.ArrowInvalid as error:
        raise InvalidMapping(messages.INVALID_PATTERN(rule=place, error=str(error))) from None


def in_pieces(texts: pa.Array, work: Callable[[pa.Array], pa.Array], place: str) -> pa.Array:
    """Return `work` on all texts; look at the clock after each piece. Raises RuleTooCostly."""
    start, done = time.thread_time(), []
    for piece in _pieces(texts):
        done.append(work(piece))
        if time.thread_time() - start > MAX_SECONDS:
            raise RuleTooCostly(messages.RULE_TOO_SLOW(rule=place, limit_seconds=MAX_SECONDS, records=len(texts)))
    return pa.concat_arrays(done)


def _pieces(texts: pa.Array) -> Iterator[pa.Array]:
    """Yield slices of about PIECE bytes; at least one."""
    rows = max(1, len(texts) * PIECE // max(1, texts.nbytes))
    return (texts.slice(start, rows) for start in range(0, max(1, len(texts)), rows))
