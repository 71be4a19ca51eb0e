"""Two-digit years: which century they are of, one rule for a whole column, and what to say of dates in the future."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import Reading, null_mask
from imports.column_types.base import PIVOT_YEAR
from imports.column_types.date_formats import date_order
from imports.inference.candidates import Candidate
from imports.planning import messages
from imports.planning.decide import Decision, Question
from imports.planning.evidence import DATE_ORDER, NEIGHBOUR, OWN_VALUES, Evidence
from imports.planning.evidence import PIVOT_YEAR as ABOUT_PIVOT_YEAR

CENTURY = 2000  # of the two-digit years below the pivot
MANY_YEARS = 10  # so many years in one reading, and a third of them in another, decide


def has_two_digit_years(reading: Reading) -> bool:
    return any("%y" in source_format for source_format in reading.formats)


@dataclass(frozen=True)
class DistinctValues:
    """The distinct values of a column, each with its number."""

    texts: pa.Array
    counts: pa.Array

    @classmethod
    def of(cls, chunks: Iterable[pa.Array], null_tokens: Collection[str]) -> DistinctValues:
        parts = [pc.value_counts(_values(chunk, null_tokens)) for chunk in chunks]
        merged = pa.concat_arrays(parts) if parts else pc.value_counts(pa.array([], pa.string()))
        return cls(*merged.flatten())

    def read_with(self, candidate: Candidate) -> pa.Array:
        """Return the year of each value; null where it has none."""
        iso = candidate.sql_type.convert(self.texts, candidate.reading)
        return pc.utf8_slice_codeunits(iso, 0, 4).cast(pa.int32())


def with_century(
    decision: Decision, name: str, values: DistinctValues, *, pivot_year: int | None, this_year: int
) -> Decision:
    """Return the decision with the pivot of its two-digit years, and what is to be said of it.

    pivot_year: as it is set, or was for an earlier import of the column. Where the usual pivot gives dates after this
    year, it is a question whether they are of the century before.
    """
    pivot = PIVOT_YEAR if pivot_year is None else pivot_year
    taken = _with_pivot(decision.taken, pivot)
    evidence = Evidence(ABOUT_PIVOT_YEAR, str(pivot), 0, messages.CENTURY(first=1900 + pivot, last=1999 + pivot))
    decision = replace(decision, taken=taken, evidence=(*decision.evidence, evidence))
    years = values.read_with(taken)
    later = pc.sum(values.counts.filter(pc.greater(years, this_year))).as_py() or 0
    earlier_pivot = this_year - CENTURY + 1
    if not later or pivot_year is not None or not 0 < earlier_pivot < PIVOT_YEAR:
        return decision
    dates = pc.sum(values.counts.filter(pc.is_valid(years))).as_py()
    warning = messages.DATES_IN_FUTURE(
        column=name, first=1900 + pivot, last=1999 + pivot, later=later, dates=dates
    )  # fmt: skip
    question = Question(ABOUT_PIVOT_YEAR, (taken, _with_pivot(taken, earlier_pivot)), warning)
    return replace(decision, questions=(*decision.questions, question))


def _with_pivot(candidate: Candidate, pivot_year: int) -> Candidate:
    return Candidate(candidate.sql_type, replace(candidate.reading, pivot_year=pivot_year))


def _values(texts: pa.Array, null_tokens: Collection[str]) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(texts.drop_null())
    return trimmed.filter(pc.invert(null_mask(trimmed, null_tokens)))


def order_by_years(choices: Sequence[Candidate], values: DistinctValues, this_year: int) -> list[Evidence]:
    """Return evidence for the order in which the years are closest together, and then closest to this one.

    It decides where many values show it clearly; otherwise it only says which order is the likelier one.
    """
    spans = [_YearSpan.of(candidate, values) for candidate in choices]
    best = min(span.distance(this_year) for span in spans)
    likely = [span for span in spans if span.distance(this_year) == best]
    if len(likely) == len(spans):
        return []
    most = max(span.years for span in spans)
    is_clear = most >= MANY_YEARS and all(span.years * 3 <= most for span in likely)
    return [
        Evidence(
            DATE_ORDER,
            span.order,
            NEIGHBOUR if is_clear else OWN_VALUES,
            messages.YEARS_IN_ORDER(order=span.order, first=span.first, last=span.last),
        )
        for span in likely
    ]


@dataclass(frozen=True)
class _YearSpan:
    """The years of a column's dates in one order."""

    order: str
    first: int
    last: int
    years: int  # different ones

    @classmethod
    def of(cls, candidate: Candidate, values: DistinctValues) -> _YearSpan:
        years = values.read_with(candidate)
        bounds = pc.min_max(years).as_py()
        order = date_order(candidate.reading.source_format)
        return cls(order, bounds["min"], bounds["max"], pc.count_distinct(years).as_py())

    def distance(self, this_year: int) -> tuple[int, int]:
        """Return how far the years are from each other, and from this one."""
        return self.last - self.first, abs(self.last - this_year)
