"""A JSON text of any length, taken value by value through a buffer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from core.json_faults import json_fault
from core.messages import JSON_KEY_EXPECTED, Message
from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.flatten import Literal, too_deep
from imports.readers.limits import MAX_DEPTH, MAX_ELEMENT, MAX_VALUES, MEGABYTE

SPACE = re.compile(r"[ \t\n\r\x1e]*")  # RFC 7464 has \x1e before each of several texts
MAX_WORD_LENGTH = 12  # an error so near to the end of the buffer may be a word or an escape cut in two
UNTERMINATED = "Unterminated"  # how the decoder begins what it says of a string without an end
MAX_CUT_LENGTH = 3  # what may follow «1» of a number that goes on: «1e+»


class BrokenJson(UnreadableFile):
    """The text is not JSON from some point on."""

    fault: Message  # in a sentence without the place
    line: int

    @classmethod
    def at(cls, fault: Message, line: int, character: int, following: str) -> BrokenJson:
        """following: what comes there: end (of the text), comma (before a bracket that closes), or other."""
        what = {"fault": fault.as_json(), "next": following}
        error = cls(messages.BROKEN_JSON(line=line, character=character, **what))
        error.fault, error.line = messages.JSON_FAULT_AND_NEXT(**what), line
        return error


class JsonText:
    """`position` is where the next value begins in `buffer`; numbers come as they are written."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._ended = False
        self.buffer = ""
        self.position = 0
        self.repeated_key = False  # whether an object in the last value names a key twice
        self._line, self._line_at = 1, 0  # line on which position _line_at of the buffer is
        self._line_start = 0  # where that line begins; negative where it began before the buffer
        self._decoder = json.JSONDecoder(
            parse_int=Literal, parse_float=Literal, parse_constant=Literal, object_pairs_hook=self._object
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            self.repeated_key = True
        return members

    def _refill(self) -> bool:
        """Take in more text and lets go what precedes `position`; False at the end of the file."""
        if self._ended:
            return False
        waiting = len(self.buffer) - self.position
        if waiting > MAX_ELEMENT:
            raise UnreadableFile(messages.RECORD_TOO_LONG(limit_mb=MAX_ELEMENT // MEGABYTE))
        if waiting > MAX_VALUES and self.buffer.count(",", self.position) > MAX_VALUES:
            raise UnreadableFile(messages.TOO_MANY_VALUES_IN_RECORD(limit=MAX_VALUES))
        pieces, taken = [], 0
        while taken <= waiting:  # at least as much again: a long value is not scanned too often
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            pieces.append(piece)
            taken += len(piece)
        if taken:
            self.line()
            self.buffer = "".join([self.buffer[self.position :], *pieces])
            self._line_start -= self.position
            self.position = self._line_at = 0
        return taken > 0

    def line(self) -> int:
        """Return the line of the file on which `position` is, from 1."""
        ends = self.buffer.count("\n", self._line_at, self.position)
        if ends:
            self._line += ends
            self._line_start = self.buffer.rindex("\n", self._line_at, self.position) + 1
        self._line_at = self.position
        return self._line

    def peek(self) -> str:
        """Return the next character that is not space, "" at the end of the file; `position` moves up to it."""
        while True:
            match = SPACE.match(self.buffer, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self._refill():
                return ""

    def take(self, character: str) -> None:
        """Move over the character. Raises UnreadableFile where another is."""
        if self.peek() != character:
            raise self.broken(messages.JSON_CHARACTER_EXPECTED(expected=character))
        self.position += 1

    def take_if(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.position += 1
        return True

    def value(self) -> Any:
        """Return the next value.

        Raises json.JSONDecodeError where there is none, UnreadableFile where it is too deep.
        """
        self.peek()
        while True:
            self.repeated_key = False
            try:
                value, end = self._decoder.raw_decode(self.buffer, self.position)
            except RecursionError:
                raise too_deep() from None
            except json.JSONDecodeError as error:
                may_be_cut = error.pos >= len(self.buffer) - MAX_WORD_LENGTH or error.msg.startswith(UNTERMINATED)
                if may_be_cut and self._refill():
                    continue
                raise
            if end > len(self.buffer) - MAX_CUT_LENGTH and self._refill():
                continue  # a number may go on
            self.last = self.position, end
            self.position = end
            return value

    def raw(self) -> str:
        """Return the last value as it is written."""
        return self.buffer[self.last[0] : self.last[1]]

    def rest_of_line(self) -> str:
        """Take what precedes the next line end."""
        while (end := self.buffer.find("\n", self.position)) < 0 and self._refill():
            pass
        start, self.position = self.position, end if end >= 0 else len(self.buffer)
        return self.buffer[start : self.position].rstrip("\r")

    def elements(self) -> Iterator[Any]:
        """Yield the values of the list that begins here. Raises UnreadableFile where it is broken."""
        self.take("[")
        if self.take_if("]"):
            return
        while True:
            yield self.sound_value()
            if not self.take_if(","):
                break
        self.take("]")

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; the caller takes each key's value before the next."""
        self.take("{")
        if self.take_if("}"):
            return
        while True:
            if self.peek() != '"':
                raise self.broken(JSON_KEY_EXPECTED())
            key = self.sound_value()
            self.take(":")
            yield key
            if not self.take_if(","):
                break
        self.take("}")

    def skip(self, depth: int = 1) -> None:
        """Take a value of any length. Raises UnreadableFile where it is broken or too deep."""
        if depth > MAX_DEPTH:
            raise too_deep()
        start = self.peek()
        if start == "{":
            for _ in self.members():
                self.skip(depth + 1)
        elif start == "[":
            for _ in self.elements():
                pass
        else:
            self.sound_value()

    def first_of_several(self) -> Any:
        """Take a short value; gives it where another one follows, None where none does, or it is long or broken."""
        try:
            self._decoder.raw_decode(self.buffer, self.position)
        except RecursionError:
            raise too_deep() from None
        except json.JSONDecodeError:
            return None
        value = self.value()
        return value if self.peek() in ("[", "{") else None

    def sound_value(self) -> Any:
        """Return as `value`, but raises UnreadableFile also where there is none."""
        try:
            return self.value()
        except json.JSONDecodeError as error:
            self.position = min(error.pos, len(self.buffer))
            raise self.broken(json_fault(error)) from error

    def broken(self, fault: Message) -> BrokenJson:
        """Return what is wrong where the next value should begin."""
        char = self.peek()
        after_comma = char in "]}" and self.buffer[: self.position].rstrip().endswith(",")
        following = ("comma" if after_comma else "other") if char else "end"
        line = self.line()
        return BrokenJson.at(fault, line, self.position - self._line_start + 1, following)
