"""What every column type can do: say which texts it reads unchanged, and how other notations become those.

A type's module holds all that is particular to it; a new type is such a module and an entry in TYPES.
A value is judged and converted by the same three steps, in profile.py and in cast.py alike:
`canonical` (read unchanged, no correction), `convert` (another notation of the same value: a correction),
`parse` (canonical text -> the form that COPY sends).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, time
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message, Sentence
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.wire import Pieces, text_field
from imports.errors import ErrorCode

PIVOT_YEAR = 69  # as in POSIX strptime
#: Of the rules by which values are read and rows are compared; a plan keeps those that it was made by. In plans of 1,
#: which have no number, amounts were no numbers, and records without a key were compared with each other.
RULES_VERSION = 2


def rules_version_of(config: Mapping[str, Any] | None) -> int:
    """Return the version of the rules that a stored plan was made by. config: mapping_config."""
    return int((config or {}).get("rules_version", 1))


@dataclass(frozen=True)
class Reading:
    """How a column's texts are written; decided once for the whole column and frozen in the plan."""

    decimal: str = "."  # decimal mark
    thousands: str = ""  # thousands separator; "" where there is none
    source_format: str = ""  # strptime notation, or a name, of dates and times that are not ISO 8601
    other_formats: tuple[str, ...] = ()  # that are tried after it, in this order
    pivot_year: int = PIVOT_YEAR  # two-digit years from here on are 19.., the others 20..
    rules_version: int = RULES_VERSION  # of the notations that are read at all

    @property
    def formats(self) -> tuple[str, ...]:
        """Return all formats of dates and times, in the order in which they are tried."""
        return (self.source_format, *self.other_formats) if self.source_format else ()

    def as_config(self) -> dict[str, Any]:
        """Return the values that differ from the default, for mapping_config, which has the version but once."""
        own = {key: value for key, value in vars(self).items() if key != "rules_version"}
        changed = {key: value for key, value in own.items() if value != getattr(PLAIN, key)}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in changed.items()}

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Reading:
        """Return what `as_config` gave, among other keys."""
        known: dict[str, Any] = {field.name: config[field.name] for field in fields(cls) if field.name in config}
        return cls(**known | {"other_formats": tuple(known.get("other_formats", ()))})


PLAIN = Reading()


#: An error's code and its message, without the value.
Failure = tuple[ErrorCode, Message]


@dataclass(frozen=True)
class TypeFailures:
    """Why some texts do not fit a type."""

    which: pa.Array  # int8, a position in `kinds` for each of the texts
    kinds: tuple[Failure, ...]


def either(mask: pa.Array, where_true: Failure, where_false: Failure) -> TypeFailures:
    """Return one failure where the mask is true, another where it is false."""
    return TypeFailures(pc.if_else(mask, pa.scalar(0, pa.int8()), pa.scalar(1, pa.int8())), (where_true, where_false))


@dataclass(frozen=True)
class ColumnType:
    """One SQL type. Texts are string arrays, masks boolean arrays of equal length; a null text gives a null mask."""

    size: tuple[int, ...] = ()  # VARCHAR(n), NUMERIC(p, s); empty: without limit

    name: ClassVar[str]  # the SQL type without its size
    label: ClassVar[str]  # its name on pages
    not_valid: ClassVar[Sentence]  # what is said of a value that is none
    error_code: ClassVar[ErrorCode] = ErrorCode.TYPE_MISMATCH
    correction_type: ClassVar[CorrectionKind] = CorrectionKind.TYPE_COERCION
    json_literal: ClassVar[bool] = False  # whether a canonical text is a literal in JSON, not a string
    is_number: ClassVar[bool] = False
    is_whole: ClassVar[bool] = False  # a number without decimal places

    # Its spelling
    aliases: ClassVar[tuple[str, ...]] = ()  # other names of it in SQL
    largest_size: ClassVar[tuple[int, ...]] = ()  # of the numbers that may follow its name
    in_catalog: ClassVar[str] = ""  # as format_type spells it, where not as its name in small letters

    # Its values in the database
    stored_width: ClassVar[int] = 0  # bytes; 0: it differs from value to value
    alignment: ClassVar[int] = 0  # bytes at a multiple of which a value of fixed width begins; 0: its width
    may_be_compressed: ClassVar[bool] = False  # whether a value of a wide row may be, which is then looked at

    # Its values as they leave the database
    arrow: ClassVar[pa.DataType] = pa.string()  # in a Parquet file
    has_python_value: ClassVar[bool] = True  # otherwise it is fetched as text
    bounds: ClassVar[tuple[str, str] | None] = None  # of dates and times: the first and the last that Python has too

    # How a column is found to be of it
    is_itself_as_written: ClassVar[bool] = False  # whether what is canonical may be inferred without another look
    beginning: ClassVar[str] = ""  # pattern of how a value begins, where `tried_as` has none

    @property
    def sql(self) -> str:
        return f"{self.name}({', '.join(map(str, self.size))})" if self.size else self.name

    def canonical(self, texts: pa.Array) -> pa.Array:
        """Return a mask of the texts that are read unchanged."""
        raise NotImplementedError

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        """Convert trimmed texts to canonical texts, null where the value is invalid."""
        return pa.nulls(len(texts), pa.string())

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        """Return a mask of the trimmed texts that convert, where that can be told without converting."""
        return pc.is_valid(self.convert(texts, reading))

    def parse(self, texts: pa.Array) -> pa.Array:
        """Convert canonical texts, nulls allowed, to the array that COPY sends."""
        raise NotImplementedError

    def display_text(self, texts: pa.Array) -> pa.Array:
        """Return canonical texts as a correction's `after` shows them."""
        return texts

    def failures(self, texts: pa.Array) -> TypeFailures:
        """Return why texts do not fit."""
        return TypeFailures(pa.repeat(pa.scalar(0, pa.int8()), len(texts)), (self.not_valid_failure,))

    @classmethod
    def catalog_name(cls) -> str:
        """Return as format_type spells it."""
        return cls.in_catalog or cls.name.lower()

    @classmethod
    def tried_as(cls) -> Sequence[tuple[Reading, str]]:
        """Return the readings in which every column is tried, best first, each with a pattern for the text, or none."""
        return [(PLAIN, "")]

    @classmethod
    def notations(cls) -> Sequence[str]:
        """Return the formats of dates and times that are tried where a column looks like one, commonest first."""
        return []

    @classmethod
    def from_iso(cls, text: str) -> date | time:
        """Return Python's value of an ISO text; only of types with `bounds`. Raises ValueError."""
        raise NotImplementedError

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        """Return values, as `parse` gives them, as a field of a binary COPY."""
        return text_field(values)

    def stored_bytes(self, values: pa.Array) -> np.ndarray:
        """Return the length of each value in the database, without what says its length.

        Only of types without a `stored_width`.
        """
        return as_counts(pc.binary_length(values))

    @property
    def not_valid_failure(self) -> Failure:
        return self.error_code, self.not_valid()


def as_counts(lengths: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False), np.int64)


def matches(texts: pa.Array, pattern: str) -> pa.Array:
    """Return mask: the whole text matches the RE2 pattern."""
    return pc.match_substring_regex(texts, rf"\A(?:{pattern})\z")


def keep_where(texts: pa.Array, mask: pa.Array) -> pa.Array:
    """Return the texts where the mask is true, null elsewhere."""
    return pc.if_else(pc.fill_null(mask, False), texts, pa.scalar(None, pa.string()))


def per_value(texts: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """Return a Python function on every text: for notations that are rare."""
    return pa.array([None if text is None else function(text) for text in texts.to_pylist()], pa.string())


def any_true(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())
