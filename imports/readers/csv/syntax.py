"""What a dialect of CSV means: its fields as patterns, and the content of them.

A field that begins with the quote runs to the next quote that is not doubled; a quote inside an unquoted field is an
ordinary character. An unquoted empty field is None, a quoted one "". Where the dialect has an escape, it makes an
ordinary character of the quote, delimiter or escape after it; before anything else it is one itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from imports.readers.table_detection.cells import Cells

MAX_FIELDS = 300  # of a record that is searched for other readings, or taken by one pattern


@dataclass(frozen=True)
class Dialect:
    delimiter: str  # one character or more
    quote: str = '"'  # one character; "" where quotes are ordinary text
    escape: str = ""  # one character, or none


class Syntax:
    """The patterns of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        delimiter, quote, escape = map(re.escape, (dialect.delimiter, dialect.quote, dialect.escape))
        self._quote = dialect.quote
        self._escaped = re.compile(rf"{escape}({delimiter}|{quote or escape}|{escape})") if escape else None
        self._in_quotes = re.compile(rf"{escape}({escape}|{quote}|{delimiter})|{quote}({quote})") if escape else None
        plain = _plain_field(dialect)
        end = rf"({delimiter}|\r\n|\n|\r|\Z)"
        field = f"{quote}{_quoted_body(dialect)}{quote}|(?!{quote}){plain}" if quote else plain
        #: A record, as it should be, of any length; the groups: its text, what ends it.
        self.record = re.compile(rf"((?>{field})(?:{delimiter}(?>{field}))*+)(\r\n|\n|\r|\Z)", re.DOTALL)
        #: Fields, as they should be, that another follows.
        self.fields = re.compile(rf"(?:(?>{field}){delimiter})*+", re.DOTALL)
        #: One of a record's fields, unchanged, and what ends it.
        self._one = re.compile(rf"((?>{field}))({delimiter}|\Z)", re.DOTALL)
        #: A field and what ends it; the groups: quoted, plain, end.
        self.field = re.compile(rf"(\Z.)?({plain}){end}")
        #: An unquoted field of one line; the groups: plain, delimiter.
        self.plain_field = re.compile(rf"({plain})({delimiter}|\Z)", re.DOTALL)
        if quote:
            body = _quoted_body(dialect)
            self.field = re.compile(rf"(?:{quote}({body}){quote}|(?!{quote})({plain})){end}", re.DOTALL)
            #: A quoted value with its quotes.
            self.closed = re.compile(rf"{quote}{body}{quote}", re.DOTALL)
            #: A quote that can close a value of one line; the group: delimiter.
            self.closing = re.compile(rf"{f'(?<!{escape})' if escape else ''}{quote}({delimiter}|\Z)")
            #: Quotes around a delimiter of which the first opens within a text, not after a number as inches do.
            self.inside = re.compile(
                rf"{quote}(?<=[^\d\r\n{quote}{escape}]{quote})(?<!{delimiter}{quote})(?!{delimiter}|{quote}|\s)"
                rf"[^{quote}\r\n]*?{delimiter}[^{quote}\r\n]*+{quote}(?={delimiter}|[\r\n]|\Z)"
            )
        #: A character from which on a line is not only delimiters and text; None where there is no such.
        self.special = re.compile("|".join(filter(None, (quote, escape)))) if quote or escape else None

    def cells(self, written: Iterable[str]) -> Cells:
        """Return the contents of fields that are passed unchanged, with their quotes."""
        quote = self._quote or None
        if self._escaped or self._in_quotes:
            return [self.quoted(field[1:-1]) if field[:1] == quote else self.plain(field) for field in written]
        doubled = self._quote * 2
        return [field[1:-1].replace(doubled, self._quote) if field[:1] == quote else field or None for field in written]

    def cells_within(self, text: str, start: int, stop: int) -> Cells:
        """Return what a record contains, as it should be."""
        fields = self._one.findall(text, start, stop)
        if len(fields) > 1 and not fields[-2][1]:  # behind the last field an empty one is found, too
            fields.pop()
        return self.cells([field for field, _ in fields])

    def plain(self, text: str) -> str | None:
        """Return what an unquoted field says."""
        return (self._escaped.sub(r"\1", text) if self._escaped else text) or None

    def quoted(self, text: str) -> str:
        """Return what is between the quotes of a field."""
        if self._in_quotes:
            return self._in_quotes.sub(lambda pair: pair[1] or pair[2], text)
        return text.replace(self._quote * 2, self._quote)


@lru_cache(200)
def syntax_of(dialect: Dialect) -> Syntax:
    return Syntax(dialect)


class RecordSyntax:
    """The patterns of whole records with so many fields; a group for each field, unchanged."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        delimiter, quote, escape = map(re.escape, (dialect.delimiter, dialect.quote, dialect.escape))
        plain = f"(?!{quote}){_plain_field(dialect)}"
        quoted = f"{quote}{_quoted_body(dialect)}{quote}"
        end = rf"(?={delimiter}|\Z)"
        closing_early = rf"{quote}.*?{f'(?<!{escape})' if escape else ''}{quote}{end}"
        #: As it should be; the last group is what ends it.
        self.regular = _repeated(rf"{quoted}|{plain}", delimiter, width, r"(\r\n|\n|\r|\Z)")
        #: A line in which each quote that can close a value does.
        self.broken = _repeated(rf"{quoted}{end}|{plain}|{closing_early}", delimiter, width, r"\Z")


@lru_cache(20)
def record_syntax_of(dialect: Dialect, width: int) -> RecordSyntax | None:
    """Return None where there are no quotes, or too many fields for one pattern."""
    return RecordSyntax(dialect, width) if dialect.quote and width <= MAX_FIELDS else None


def _repeated(field: str, delimiter: str, times: int, end: str) -> re.Pattern[str]:
    return re.compile(delimiter.join([f"((?>{field}))"] * times) + end, re.DOTALL)


def _quoted_body(dialect: Dialect) -> str:
    """Return what may be between two quotes."""
    quote, escape = re.escape(dialect.quote), re.escape(dialect.escape)
    inside = rf"(?:{quote}{quote}|{escape}.)" if escape else quote * 2
    return rf"[^{quote}{escape}]*+(?:{inside}[^{quote}{escape}]*+)*+"


def _plain_field(dialect: Dialect) -> str:
    delimiter, escape = re.escape(dialect.delimiter), re.escape(dialect.escape)
    if escape:
        return rf"(?:{escape}(?:{delimiter}|[^\r\n])?+|(?!{delimiter})[^\r\n{escape}])*+"
    if len(dialect.delimiter) > 1:
        return rf"(?:(?!{delimiter})[^\r\n])*+"
    return rf"[^{delimiter}\r\n]*+"
