"""All rows -> per column: which types every value fits, in which notation, with the evidence.

A candidate is a type with a reading. Every value of the file is put to every candidate that is still possible, so a
type that is chosen here converts every value it was chosen from (null tokens aside).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import (
    NUMBER_TYPES,
    PLAIN,
    TYPES,
    ColumnType,
    Reading,
    is_null_token_a_value,
    null_mask,
)
from imports.column_types.amounts import bare_numbers, may_be_amount
from imports.column_types.currencies import distinct_currencies
from imports.column_types.formula_texts import formula_mask, inside_formulas
from imports.column_types.null_tokens import DASHES
from imports.column_types.numbers import READINGS
from imports.inference.candidates import (
    ENDS_IN_ZERO,
    WHOLE_TYPES,
    Candidate,
    begins_like,
    fixed_candidates,
    layout,
    swaps_marks,
)
from imports.inference.date_notations import MONTH_FIRST_DOTTED, formats_like
from imports.inference.text_reasons import TextReason, TextReasons

_DASHES = pa.array(DASHES)
_AGAINST_NUMBERS = (TextReason.BARE_EXPONENTS, TextReason.NUMBERING)

MAX_TYPED_LENGTH = 200_000  # bytes of a value that may be of another type than TEXT and JSONB: a NUMERIC is shorter
SAMPLE = 256  # values of the first batch that a candidate must fit before it is tried on the rest
SAMPLE_VALUES = 5  # first values, shown to users


@lru_cache(maxsize=64)
def no_token_is_a_value(null_tokens: tuple[str, ...]) -> bool:
    """Return whether what means «no value» looks like no value of any type: else it must be excluded first."""
    return not any(is_null_token_a_value(type_(), null_tokens) for type_ in TYPES if type_.is_itself_as_written)


@dataclass(frozen=True)
class ColumnProfile:
    """What a column of the file can be."""

    header: str  # as the file spells it, or the target of the rule that made it
    values: int  # texts that are not null, and no null tokens where some type takes all the others
    null_tokens: int  # texts that mean «no value» in a typed column; none in a column of texts
    first_values: tuple[str, ...]
    native_text: bool  # the format itself says that these are texts, or formulas in it
    native_numbers: bool  # the format itself says that some of these are numbers
    typed: bool  # the format itself tells numbers from texts, and writes numbers in a notation of its own
    formula_texts: int  # of which so many are written as formulas: ="00123"
    derived: bool  # a rule of the mapping made it: the file has no such column
    currencies: frozenset[str]
    has_parentheses: bool  # around numbers
    dashes: int  # of the null tokens
    text_reasons: frozenset[TextReason]
    exponent_among_numbers: str  # a value such as 1e3, for which a column of numbers is text; empty: none
    candidates: tuple[Candidate, ...] = field(repr=False)

    @property
    def has_native_numbers(self) -> bool:
        """Whether what looks like a number is one of the format itself, whatever notation was asked for."""
        return self.typed and not self.native_text

    def fitting(
        self, *, decimal: str | None = None, thousands: str | None = None, order: str | None = None
    ) -> list[Candidate]:
        """Return the candidates that fit every value, best first, numbers in their likeliest reading only.

        Never TEXT. decimal, thousands, order: what was asked for.
        """
        fitting = self.all_fitting(order)
        if self.has_native_numbers:
            decimal = thousands = None
        readings = [candidate.reading for candidate in fitting if candidate.sql_type.name in NUMBER_TYPES]
        readings = [
            reading
            for reading in readings
            if decimal in (None, reading.decimal) and thousands in (None, reading.thousands)
        ]
        likeliest = min(readings, key=READINGS.index, default=None)
        return [
            candidate
            for candidate in fitting
            if candidate.sql_type.name not in NUMBER_TYPES or candidate.reading == likeliest
        ]

    def all_fitting(self, order: str | None = None) -> list[Candidate]:
        """Return the candidates that fit every value, best first, in whatever reading. Never TEXT.

        order: the order of dates that was asked for.
        """
        return [candidate for candidate in self._of_all_values if self._allows(candidate, order)]

    @cached_property
    def _of_all_values(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.fits == self.values] if self.values else []

    @cached_property
    def _may_be_numbers(self) -> bool:
        is_one_currency = len(distinct_currencies(self.currencies)) < 2
        return not self.native_text and is_one_currency and self.text_reasons.isdisjoint(_AGAINST_NUMBERS)

    def admits(
        self,
        sql_type: ColumnType,
        reading: Reading,
        *,
        decimal: str | None = None,
        thousands: str | None = None,
        order: str | None = None,
    ) -> bool:
        """Return whether this may be what is inferred from all values; which reading of several is not asked here."""
        marks = {"decimal": decimal or reading.decimal} if sql_type.name in NUMBER_TYPES else {"decimal": decimal}
        fitting = self.fitting(**marks, thousands=thousands, order=order)
        if not fitting or sql_type.name == "TEXT":
            return sql_type.name == "TEXT" and (not fitting or fitting[0].reading.thousands != "")  # codes in groups
        return fitting[0].sql_type == sql_type and any(candidate.reading == reading for candidate in fitting)

    def rivals(self, chosen: Candidate) -> list[Candidate]:
        """Return other candidates that fit every value, and may mean other values."""
        alike = [candidate for candidate in self.all_fitting() if candidate.reading != chosen.reading]
        if chosen.reading.source_format:
            return [candidate for candidate in alike if layout(candidate) == layout(chosen)]
        if chosen.sql_type.name not in NUMBER_TYPES or self.typed or self._has_no_marks():
            return []
        return [
            candidate for candidate in alike
            if candidate.sql_type.name in NUMBER_TYPES and swaps_marks(candidate.reading, chosen.reading)
        ]  # fmt: skip

    def _has_no_marks(self) -> bool:
        """Return whether all are whole numbers without separators, which every reading takes alike."""
        return any(
            candidate.sql_type.name in WHOLE_TYPES and candidate.reading == PLAIN and candidate.pattern != ENDS_IN_ZERO
            for candidate in self.all_fitting()
        )

    def _allows(self, candidate: Candidate, order: str | None = None) -> bool:
        kind = candidate.sql_type.name
        if MONTH_FIRST_DOTTED in candidate.reading.source_format:
            return order == "MDY"
        if kind in NUMBER_TYPES:
            return self._may_be_numbers
        return kind != "BOOLEAN" or not (self.native_text or TextReason.ONE_WORD in self.text_reasons)

    def evidence(self) -> list[dict[str, object]]:
        """Return how many of the values fit: each candidate that fits all, and its format in another order."""
        layouts = {layout(candidate) for candidate in self.candidates if candidate.fits == self.values}
        return [
            {
                "sql_type": candidate.sql_type.sql,
                **candidate.reading.as_config(),
                "fits": candidate.fits,
                "of": self.values,
            }
            for candidate in self.candidates
            if candidate.fits
            and MONTH_FIRST_DOTTED not in candidate.reading.source_format
            and (candidate.fits == self.values or (candidate.reading.source_format and layout(candidate) in layouts))
        ]


def _unlimited(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return those whose values may be of any length: no other is put to a long text, which takes time."""
    return [candidate for candidate in candidates if candidate.sql_type.name == "JSONB"]


class ColumnProfiler:
    """Takes a column batch by batch; batch borders make no difference to what it finds."""

    def __init__(self, null_tokens: Collection[str], *, formulas: bool = False) -> None:
        """formulas: whether `="00123"` is the text 00123."""
        self.null_tokens = null_tokens
        self.formulas = formulas
        self.formula_texts = 0
        self.texts = self.values = self.tokens = self.dashes = 0
        self.first: list[str] = []
        self.text_reasons = TextReasons()
        self.candidates = [Candidate(*candidate) for candidate in fixed_candidates()]
        self.alive: list[Candidate] | None = None  # None until the first value was seen
        self._tidy = no_token_is_a_value(tuple(null_tokens))  # so far: all values of the type, unchanged

    def add(self, texts: pa.Array) -> None:
        texts = self._without_formulas(texts.drop_null())
        self.texts += len(texts)
        if len(self.first) < SAMPLE_VALUES:
            self.first += texts[: SAMPLE_VALUES - len(self.first)].to_pylist()
        if self._is_text:
            return
        plain = self._plain(texts) if self._tidy and self.alive else None
        words = texts if plain else self._words(texts)
        if not len(words):
            return
        if self.alive is None:
            self._propose(words[:SAMPLE])
        self._tidy = self._tidy and len(words) == len(texts)
        self._count(words, plain or self._plain(words))

    def _without_formulas(self, texts: pa.Array) -> pa.Array:
        found = formula_mask(texts).true_count if self.formulas else 0
        self.formula_texts += found
        return inside_formulas(texts) if found else texts

    @property
    def _is_text(self) -> bool:
        """Whether no type is left that takes all values."""
        return self.alive == []

    def _plain(self, words: pa.Array) -> Candidate | None:
        return next((candidate for candidate in self.alive or [] if candidate.all_canonical(words)), None)

    def _words(self, texts: pa.Array) -> pa.Array:
        """Return the trimmed texts that are values; count the others, the null tokens."""
        trimmed = pc.utf8_trim_whitespace(texts)
        is_null = null_mask(trimmed, self.null_tokens)
        self.tokens += is_null.true_count
        self.dashes += pc.is_in(trimmed, value_set=_DASHES).true_count if is_null.true_count else 0
        return trimmed.filter(pc.invert(is_null))

    def _propose(self, sample: pa.Array) -> None:
        texts = sample.to_pylist()
        bare = bare_numbers(sample, strict=True) if self._may_be_number(texts[0]) else sample
        first = bare[0].as_py()
        by_format = [Candidate(type_, Reading(source_format=notation)) for type_, notation in formats_like(texts)]
        longest = pc.max(pc.binary_length(sample)).as_py()
        fitting: list[Candidate] = []
        for candidate in self.candidates if longest <= MAX_TYPED_LENGTH else _unlimited(self.candidates):
            if not begins_like(candidate, first if candidate.sql_type.is_number else texts[0]):
                continue
            implied = candidate.is_implied(fitting, longest, plainly=False)
            if implied or candidate.mask(sample, bare).true_count == len(sample):
                fitting.append(candidate)
        self.alive = fitting + by_format
        self.candidates += by_format

    def _may_be_number(self, text: str) -> bool:
        """Return whether a text is an amount, or a number without digits such as inf, behind which amounts may come."""
        numbers = (candidate for candidate in self.candidates if candidate.sql_type.is_number)
        return may_be_amount(text) or any(begins_like(candidate, text) for candidate in numbers)

    def _count(self, words: pa.Array, plain: Candidate | None) -> None:
        """Count the values that each candidate fits. plain: a candidate that takes all of them unchanged."""
        self.values += len(words)
        longest = pc.max(pc.binary_length(words)).as_py()
        if longest > MAX_TYPED_LENGTH:
            self.alive = _unlimited(self.alive or [])
        alive = self.alive or []
        whole: list[Candidate] = []
        bare = words if plain or not self._has_numbers else bare_numbers(words, strict=True)
        for candidate in alive:
            implied = candidate is plain or candidate.is_implied(whole, longest, plainly=plain is not None)
            fitting = len(words) if implied else candidate.mask(words, bare).true_count
            candidate.fits += fitting
            if fitting == len(words):
                whole.append(candidate)
        self.alive = self._still_possible()
        self._note_text_reasons(words, is_plain=plain is not None)

    def _still_possible(self) -> list[Candidate]:
        """Return those that fit every value so far, and their formats with day and month swapped, as evidence."""
        fitting = [candidate for candidate in self.alive or [] if candidate.fits == self.values]
        layouts = {layout(candidate) for candidate in fitting if candidate.reading.source_format}
        return [candidate for candidate in self.alive or [] if candidate in fitting or layout(candidate) in layouts]

    @property
    def _has_numbers(self) -> bool:
        return any(candidate.sql_type.is_number for candidate in self.alive or [])

    def _note_text_reasons(self, words: pa.Array, *, is_plain: bool) -> None:
        if any(candidate.sql_type.name == "BOOLEAN" for candidate in self.alive or []):
            self.text_reasons.note_words(words)
        elif is_plain:
            self.text_reasons.note_plain_numbers()
        elif self._has_numbers:
            self.text_reasons.note_numbers(words)

    def finish(
        self,
        header: str,
        *,
        native_text: bool,
        native_numbers: bool = False,
        typed: bool = False,
        derived: bool = False,
    ) -> ColumnProfile:
        values, tokens = (self.texts, 0) if self._is_text else (self.values, self.tokens)
        reasons = self.text_reasons
        return ColumnProfile(
            header, values, tokens, tuple(self.first), native_text or self.formula_texts > 0, native_numbers, typed,
            self.formula_texts, derived, frozenset(reasons.currencies), reasons.has_parentheses, self.dashes,
            frozenset() if typed else reasons.found(), "" if typed else reasons.exponent_among_numbers,
            tuple(candidate.copy() for candidate in self.candidates),
        )  # fmt: skip
