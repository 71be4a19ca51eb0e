"""Records that a JSON document has by column: lists, or objects with a key for each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from imports.errors import UnreadableFile
from imports.identifiers import cut_name
from imports.readers import messages
from imports.readers.flatten import Literal, text_of
from imports.readers.json.survey import free_name
from imports.readers.json.tokenizer import JsonText
from imports.readers.limits import MAX_COLUMNS

ROWS = 16_384  # of a piece of a column

Piece = Any  # an array of texts; a list where a text is not Unicode, which Arrow cannot hold


class StoredColumns:
    """The columns of an object, read one after the other; each is kept as Arrow, which takes the least memory."""

    def __init__(self, text: JsonText, null_tokens: frozenset[str]) -> None:
        """Read the object that begins here. Values that are neither lists nor objects are no columns.

        Raises UnreadableFile for too many columns.
        """
        self._null_tokens = null_tokens
        self.names: list[str] = []
        self.native_text: set[int] = set()  # columns with texts
        self.native_numbers: set[int] = set()  # columns with numbers
        self.keys: list[str] = []  # of the rows, where the columns are objects
        self.keys_twice: set[int] = set()  # rows whose key a column has twice
        self.is_uneven = False  # whether the lists differ in length
        self.rows = 0
        self._row_of: dict[str, int] = {}  # by key
        self._pieces: list[list[Piece]] = []
        for name in text.members():
            start = text.peek()
            if start in ("[", "{"):
                values = list(text.elements()) if start == "[" else self._by_key(text)
                self._add(name, values)
            else:
                text.sound_value()

    def _by_key(self, text: JsonText) -> list[Any]:
        values: list[Any] = [None] * len(self.keys)
        seen = bytearray(len(self.keys))
        for key in text.members():
            row = self._row_of.setdefault(key, len(self.keys))
            if row == len(self.keys):
                self.keys.append(key)
            if row >= len(values):
                values += [None] * (row + 1 - len(values))
                seen.extend(bytes(row + 1 - len(seen)))
            if seen[row]:
                self.keys_twice.add(row)
            seen[row] = 1
            values[row] = text.sound_value()
        return values

    def _add(self, name: str, values: list[Any]) -> None:
        if len(self.names) >= MAX_COLUMNS:
            raise UnreadableFile(messages.TOO_MANY_KEYS(limit=MAX_COLUMNS))
        if any(value.__class__ is str and value not in self._null_tokens for value in values):
            self.native_text.add(len(self.names))
        if any(value.__class__ is Literal for value in values):
            self.native_numbers.add(len(self.names))
        self.is_uneven |= bool(self.names) and not self.keys and len(values) != self.rows
        self.names.append(cut_name(name))
        self.rows = max(self.rows, len(values))
        self._pieces.append([_piece(values[start : start + ROWS]) for start in range(0, len(values), ROWS)])

    @property
    def label(self) -> str | None:
        """The name of the column of the keys; None where they only number the rows: 0, 1, 2 and so on."""
        is_numbered = all(key == str(row) for row, key in enumerate(self.keys))
        return None if is_numbered else free_name("key", self.names)

    def records(self) -> Iterator[tuple[str | None, ...]]:
        """Yield the cells of each row; what a column does not have is None. Takes the columns away as it goes."""
        for start in range(0, self.rows, ROWS):
            rows = min(ROWS, self.rows - start)
            yield from zip(*(_cells(pieces, rows) for pieces in self._pieces), strict=True)


def _piece(values: list[Any]) -> Piece:
    texts = [text_of(value) for value in values]
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return texts


def _cells(pieces: list[Piece], rows: int) -> list[str | None]:
    """Return the cells of the first piece, which is let go."""
    piece = pieces.pop(0) if pieces else []
    cells: list[str | None] = piece if isinstance(piece, list) else piece.to_pylist()
    return cells + [None] * (rows - len(cells))
