"""The physical lines of a text: how many there are, and their text, for those that are no records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from imports.readers.csv.careful_parser import LINE_END

COMMENT = "#"
FILLED = re.compile(r"[^\r\n]+")


def filled_lines(text: str) -> int:
    """Return how many lines are not blank."""
    return sum(1 for _ in FILLED.finditer(text))


def are_comments(text: str) -> bool:
    """Return whether all lines that are not blank are marked as comments."""
    return all(match[0].startswith(COMMENT) for match in FILLED.finditer(text))


def start_of_line(text: str, line: int) -> int:
    """Return where a line begins, counted from 1; the end of the text where it has fewer."""
    ends = [match.end() for match in islice(LINE_END.finditer(text), line - 1)]
    return (ends[-1] if ends else 0) if len(ends) == line - 1 else len(text)


def numbered_lines(pieces: Iterable[str], first: int, last: int) -> Iterator[tuple[int, str]]:
    """Yield number and text of the lines that are not blank, from the first to the last. pieces: of the text."""
    for number, line in enumerate(_lines(pieces), 1):
        if number > last:
            return
        if line and number >= first:
            yield number, line


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Yield each line without its end."""
    rest = ""
    for piece in pieces:
        *lines, rest = _divided(rest + piece)
        yield from lines
    yield from LINE_END.split(rest)


def _divided(text: str) -> list[str]:
    """Return the lines that surely end in the text, and what follows them; the LF of a CR may still come."""
    stop = len(text) - 1 if text.endswith("\r") else len(text)
    lines = LINE_END.split(text[:stop])
    return [*lines[:-1], lines[-1] + text[stop:]]
