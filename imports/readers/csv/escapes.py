r"""Whether the backslashes of a text escape what follows them, or are ordinary characters as in "C:\dir\"."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from imports.readers.csv.careful_parser import CarefulReader, Quoting
from imports.readers.csv.dialect_score import regular_width
from imports.readers.csv.syntax import Dialect

BACKSLASH = "\\"


def with_escape(sample: str, dialect: Dialect, *, final: bool) -> Dialect:
    """Return the dialect, with a backslash as escape where that leaves fewer records irregular and no other ones."""
    signs = [sign for sign in (dialect.quote, dialect.delimiter) if sign]
    if not any(BACKSLASH + sign in sample for sign in signs):
        return dialect
    escaping = replace(dialect, escape=BACKSLASH)
    plain = _lines_of_records(sample, dialect, final=final)
    lines = list(plain)
    irregular = [line for line, regular in _lines_of_records(sample, escaping, final=final).items() if not regular]
    irregular_before = {line for line, regular in plain.items() if not regular}
    same = {lines[bisect_right(lines, line) - 1] for line in irregular}  # the plain record that has such a line
    return escaping if same < irregular_before else dialect


def _lines_of_records(text: str, dialect: Dialect, *, final: bool) -> dict[int, bool]:
    """Return the first line of each record → whether its quotes match and it has as many fields as the table.

    A record that the text ends within is irregular: the escape may have joined it with all that follows.
    """
    reader = CarefulReader(dialect, text, final=final)
    records = [record for record in reader.records() if record.cells != [None]]
    width = regular_width([record.cells for record in records]) if records else 1
    lines = {record.line: record.quoting is Quoting.REGULAR and len(record.cells) == width for record in records}
    if reader.position < len(text):
        lines[reader.line] = False
    return lines
