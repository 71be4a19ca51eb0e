"""rules.filter_rows of a mapping: a record stays where every filter holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import Reading
from imports.column_types.numbers import to_plain
from imports.mapping import messages
from imports.mapping.regex import in_pieces

NULLNESS = ("is_null", "is_not_null")  # these take no value
LISTS = ("in", "not_in")  # these take several
ORDERS = ("greater_than", "less_than")
OPERATORS = ("equals", "not_equals", "contains", *LISTS, *NULLNESS, *ORDERS, "matches")
BYTES_OF_REASON = 1_000  # of a row that is left out, at most
COPIES_OF_NUMBERS = 6  # of texts that are compared as numbers: trimmed, without marks, as values
MAX_SHOWN_LENGTH = 100  # characters of a value in a reason


@dataclass(frozen=True)
class Filter:
    """One condition on one column, as its texts are after the transformations.

    A record without a value is equal to nothing, in no list, greater or less than nothing, and so passes not_equals
    and not_in. A number (a Decimal here) compares with the numbers that the texts mean, `30.0` with 30, and no other
    text is equal to it, greater or less. A text compares letter by letter, which is right for ISO dates.
    """

    place: str  # as messages name it: filter_rows[0]
    field: str
    operator: str  # one of OPERATORS
    values: tuple[str | Decimal, ...]
    reading: Reading  # how numbers are written in the file
    description: str  # the condition in words: country in ["DE", "FR"]

    def memory(self, texts: pa.Array) -> int:
        """Return how many bytes `passes` and `reasons` take at most."""
        is_number = any(isinstance(value, Decimal) for value in self.values)
        return len(texts) * BYTES_OF_REASON + (COPIES_OF_NUMBERS * texts.nbytes if is_number else 0)

    def passes(self, texts: pa.Array) -> pa.Array:
        """Return a mask without nulls. Raises RuleTooCostly."""
        if self.operator in ("not_equals", "not_in"):
            return pc.invert(self._is_any(texts))
        if self.operator in ("equals", "in"):
            return self._is_any(texts)
        if self.operator in NULLNESS:
            return pc.is_null(texts) if self.operator == "is_null" else pc.is_valid(texts)
        return pc.fill_null(self._holds(texts), False)

    def _is_any(self, texts: pa.Array) -> pa.Array:
        is_equal = pc.is_in(
            texts, value_set=pa.array([value for value in self.values if isinstance(value, str)], pa.string())
        )
        numbers = {value for value in self.values if isinstance(value, Decimal)}
        return pc.or_(is_equal, _are_among(texts, numbers, self.reading)) if numbers else is_equal

    def _holds(self, texts: pa.Array) -> pa.Array:
        (value,) = self.values
        if self.operator == "contains":
            return pc.match_substring(texts, str(value))
        if self.operator == "matches":
            return in_pieces(texts, lambda piece: pc.match_substring_regex(piece, str(value)), self.place)
        compare = pc.greater if self.operator == "greater_than" else pc.less
        if isinstance(value, Decimal):
            return compare(compared(texts, value, self.reading), 0)
        return compare(texts, value)

    def reasons(self, texts: pa.Array) -> pa.Array:
        """Return why records with these texts were left out, in a sentence."""
        shown = pc.replace_substring(pc.utf8_slice_codeunits(texts, 0, MAX_SHOWN_LENGTH), "\x00", "\ufffd")
        before, behind = messages.FILTERED_VALUE(filter=self.place, condition=self.description).around("value")
        without_value = str(messages.FILTERED_WITHOUT_VALUE(filter=self.place, condition=self.description))
        return pc.fill_null(pc.binary_join_element_wise(before, shown, behind, ""), without_value)


def _are_among(texts: pa.Array, numbers: set[Decimal], reading: Reading) -> pa.Array:
    """Return a mask without nulls of the texts that mean one of the numbers."""
    plain = to_plain(pc.utf8_trim_whitespace(texts), reading)
    # Texts of other floats mean other numbers: only the rest needs to be looked at exactly.
    floats = pa.array(sorted({float(number) for number in numbers}), pa.float64())
    near = pc.is_in(plain.cast(pa.float64()), value_set=floats)
    encoded = plain.filter(near).dictionary_encode()
    equal = pa.array([Decimal(text) in numbers for text in encoded.dictionary.to_pylist()], pa.bool_())
    return pc.replace_with_mask(near, near, equal.take(encoded.indices))


def compared(texts: pa.Array, number: Decimal, reading: Reading) -> pa.Array:
    """Return int8: -1, 0 or 1 where a text means a smaller, equal or greater number; null where it means none.

    Exact.
    """
    plain = to_plain(pc.utf8_trim_whitespace(texts), reading)
    floats, limit = plain.cast(pa.float64()), float(number)
    signs = pc.if_else(pc.greater(floats, limit), pa.scalar(1, pa.int8()), pa.scalar(-1, pa.int8()))
    # Rounding keeps the order, so only those that round to the same float need to be looked at.
    near = pc.fill_null(pc.equal(floats, limit), False)
    return pc.replace_with_mask(signs, near, _signs(plain.filter(near), number))


def _signs(texts: pa.Array, number: Decimal) -> pa.Array:
    """Return the same, one different text after the other."""
    encoded = texts.dictionary_encode()
    values = [Decimal(text) for text in encoded.dictionary.to_pylist()]
    return pa.array([(value > number) - (value < number) for value in values], pa.int8()).take(encoded.indices)
