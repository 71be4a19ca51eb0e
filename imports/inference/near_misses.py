"""Columns that are text because of a few values: the type of all others, and the values that are not of it.

Found in one more pass over the records, and only in files with such a column: most text columns show in their first
values that they are text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import PLAIN, Reading, accepts_mask, column_type, null_mask
from imports.column_types.amounts import bare_numbers
from imports.column_types.base import any_true, matches
from imports.column_types.numbers import READINGS, number_pattern
from imports.inference.candidates import Candidate
from imports.inference.date_notations import formats
from imports.inference.profile import SAMPLE, ColumnProfile
from imports.mapping import MappingRequest
from imports.text_batches import Records, TextBatch

MAX_MISFITS = 5  # values that are shown
MAX_MISFIT_LENGTH = 60  # characters of each
FIRST_RECORDS = 4096  # in which a column shows whether it is worth to count its values

#: Patterns of texts for which number types, or types of dates and times, are tried: most texts are words or codes.
#: A number may have a currency of a few letters before or behind it.
LIKE_A_NUMBER = r"^\W?(?:[A-Za-z]{2,3}\W?)?[^A-Za-z]*\d[^A-Za-z]*(?:[eE][-+]?\d+|[A-Za-z]{2,3}\.?)?\)?$"
LIKE_A_TIME = r"^\d{1,2}:\d{2}"
_MONTH = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]*"  # other words begin no format
LIKE_A_DATE = rf"^(?:\d{{1,4}}|{_MONTH})[-/. ]+(?:\d{{1,2}}|{_MONTH})[-/., ]+\d{{1,4}}"

_OF_CODES = (" ", ".")  # what separates groups of digits of addresses and telephone numbers too


@dataclass(frozen=True)
class NearMiss:
    """The type of at least half of the values of a text column."""

    candidate: Candidate
    values: int  # null tokens aside
    misfits: tuple[tuple[str, str], ...]  # the first values that are not of the type, each with its location

    @property
    def fits(self) -> int:
        return self.candidate.fits

    @property
    def is_clear(self) -> bool:
        """Return whether so few values are not of the type that a user should decide about them."""
        return 4 * (self.values - self.fits) <= self.values


class NearMisses:
    """The near misses of the columns of one file; looked for when the first one is asked for."""

    def __init__(
        self,
        records: Records,
        profiles: Sequence[ColumnProfile],
        request: MappingRequest,
        location: Callable[[int], str],
    ) -> None:
        """location: of a source position, in the words of the file's format."""
        self._records = records
        self._profiles = profiles
        self._null_tokens = request.null_tokens
        self._options = request.source_options
        self._location = location

    def of(self, position: int) -> NearMiss | None:
        """Return the near miss of a column; None if less than half of its values, or all of them, are of one type."""
        return self._found.get(position)

    @cached_property
    def _found(self) -> dict[int, NearMiss]:
        texts = [
            position for position, profile in enumerate(self._profiles) if profile.values and not profile.all_fitting()
        ]
        if not texts:
            return {}
        batches = iter(self._records.batches(len(self._profiles)))
        beginning = list(_beginning(batches))
        counts = {
            position: _Count(candidates)
            for position in texts
            if (candidates := self._likely(self._sample(batch.columns[position] for batch in beginning), position))
        }
        for batch in chain(beginning, batches) if counts else ():
            stays = _staying(batch)
            for position, count in counts.items():
                self._add(count, batch.columns[position], batch.source_positions, stays)
        near = {position: self._near_miss(count) for position, count in counts.items()}
        return {position: miss for position, miss in near.items() if miss}

    def _sample(self, chunks: Iterable[pa.Array]) -> pa.Array:
        """Return the first values of a column, the same whatever the batches."""
        texts = pa.chunked_array(chunks, pa.string()).slice(0, FIRST_RECORDS).drop_null().combine_chunks()
        trimmed = pc.utf8_trim_whitespace(texts)
        return trimmed.filter(pc.invert(null_mask(trimmed, self._null_tokens)))[:SAMPLE]

    def _likely(self, sample: pa.Array, position: int) -> list[Candidate]:
        """Return the first of the candidates that fit most values, with decimals too for whole numbers.

        None if they fit less than half, or groups of digits without decimals.
        """
        patterns = [pattern for pattern in _candidates() if _is_half(_matches(sample, pattern), sample)]
        profile = self._profiles[position]
        tried = [one for pattern in patterns for one in _candidates()[pattern] if self._allows(one, profile)]
        fits = [_mask(candidate, sample).true_count for candidate in tried]
        most = max(fits, default=0)
        if not most or not _is_half(most, sample):
            return []
        best = tried[fits.index(most)]
        if best.reading.thousands in _OF_CODES and _are_whole(sample, best.reading, most):
            return []
        own = Candidate(best.sql_type, best.reading, best.pattern)
        return [own, _number(best.reading)] if best.sql_type.is_whole else [own]

    def _allows(self, candidate: Candidate, profile: ColumnProfile) -> bool:
        """Return whether the separators are those that were asked for, if any, or those of the format itself.

        Texts of such a format are no numbers, unless there are numbers among them.
        """
        if not candidate.sql_type.is_number:
            return True
        if profile.native_numbers:
            return candidate.reading == PLAIN
        if profile.native_text:
            return False
        marks = {"decimal": candidate.reading.decimal, "thousands": candidate.reading.thousands}
        return all(self._options.get(name, mark) == mark for name, mark in marks.items())

    def _add(self, count: _Count, texts: pa.Array, places: pa.Array, stays: pa.Array | None) -> None:
        if stays is not None:
            texts, places = texts.filter(stays), places.filter(stays)
        trimmed = pc.utf8_trim_whitespace(texts)
        has_value = pc.fill_null(pc.invert(null_mask(trimmed, self._null_tokens)), False)
        has_value = pc.and_(has_value, pc.is_valid(trimmed))
        count.add(trimmed.filter(has_value), places.filter(has_value))

    def _near_miss(self, count: _Count) -> NearMiss | None:
        candidate = count.best
        misfits = count.misfits[count.candidates.index(candidate)]
        if not misfits or count.are_codes or 2 * candidate.fits < count.values:
            return None
        shown = tuple((value[:MAX_MISFIT_LENGTH], self._location(place)) for value, place in misfits)
        return NearMiss(candidate, count.values, shown)


def _beginning(batches: Iterator[TextBatch]) -> Iterator[TextBatch]:
    """Yield batches with the first records."""
    records = 0
    while records < FIRST_RECORDS and (batch := next(batches, None)) is not None:
        yield batch
        records += batch.rows


@dataclass
class _Count:
    """How many values of a column fit each of its likely candidates."""

    candidates: list[Candidate]
    values: int = 0
    are_codes: bool = False  # a value is written as no number is: with a leading zero, for one
    misfits: list[list[tuple[str, int]]] = field(default_factory=list)  # the first, by candidate; with their positions

    def __post_init__(self) -> None:
        self.misfits = [[] for _ in self.candidates]

    @property
    def best(self) -> Candidate:
        return max(self.candidates, key=lambda candidate: candidate.fits)

    def add(self, words: pa.Array, places: pa.Array) -> None:
        self.values += len(words)
        for candidate, shown in zip(self.candidates, self.misfits, strict=True):
            fits = _mask(candidate, words)
            candidate.fits += fits.true_count
            if fits.true_count < len(words):
                others = pc.indices_nonzero(pc.invert(fits))
                some = others[: MAX_MISFITS - len(shown)]
                shown += zip(words.take(some).to_pylist(), places.take(some).to_pylist(), strict=True)
                self.are_codes = self.are_codes or _has_code(candidate, words.take(others))


def _has_code(candidate: Candidate, misfits: pa.Array) -> bool:
    """Return whether one of the values would be read as a number if that was asked for: 00417, +49."""
    if candidate.sql_type.name != "NUMERIC":
        return False
    return any_true(accepts_mask(pc.unique(misfits), candidate.sql_type, candidate.reading))


def _mask(candidate: Candidate, words: pa.Array) -> pa.Array:
    tried = bare_numbers(words, strict=True) if candidate.sql_type.is_number else words
    return pc.fill_null(candidate.mask(tried), False)


@lru_cache(maxsize=1)
def _candidates() -> dict[str, tuple[Candidate, ...]]:
    """Return the candidates to try by the pattern of the texts, best first."""
    whole = [_whole(reading) for reading in READINGS if reading.thousands not in _OF_CODES]
    plain = [Candidate(column_type(name), PLAIN) for name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ")]
    dates = [Candidate(type_, Reading(source_format=text)) for type_, text in formats() if type_.name != "TIME"]
    return {
        LIKE_A_NUMBER: (*whole, *map(_number, READINGS)),
        LIKE_A_TIME: (Candidate(column_type("TIME"), PLAIN),),
        LIKE_A_DATE: (*plain, *dates),
    }


def _are_whole(sample: pa.Array, reading: Reading, most: int) -> bool:
    """Return whether so many of the values have no decimals."""
    whole = number_pattern(reading, strict=True, whole_only=True)
    return bool(matches(bare_numbers(sample, strict=True), whole).true_count == most)


def _whole(reading: Reading) -> Candidate:
    return Candidate(column_type("INTEGER"), reading, number_pattern(reading, strict=True, whole_only=True))


def _number(reading: Reading) -> Candidate:
    return Candidate(column_type("NUMERIC"), reading, number_pattern(reading, strict=True))


def _matches(sample: pa.Array, pattern: str) -> int:
    return int(pc.match_substring_regex(sample, pattern).true_count)


def _is_half(fits: int, sample: pa.Array) -> bool:
    return 2 * fits >= len(sample)


def _staying(batch: TextBatch) -> pa.Array | None:
    """Return a mask of the records that no filter leaves out; None if there is no filter."""
    if batch.rule_effects is None or batch.rule_effects.left_out is None:
        return None
    stays = np.ones(batch.rows, bool)
    stays[batch.rule_effects.left_out.rows.to_numpy()] = False
    return pa.array(stays)
