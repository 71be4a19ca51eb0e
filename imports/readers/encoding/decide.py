"""Which encoding a text file is in: its byte order mark, then UTF-16 by its zeros, strict UTF-8 over the whole
file, then a suggestion."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.messages import Message
from imports.errors import InvalidMapping, UnreadableFile
from imports.readers import messages
from imports.readers.encoding.evidence import likely_encoding
from imports.readers.encoding.labels import encoding_label

BLOCK = 1 << 20
NEWLINE = 10
FEWEST = 3  # zeros that may be an accident
HEAD = 4096  # bytes that tell UTF-16 and UTF-32
#: What shifts to other letters: for one or several pairs of bytes in Japanese, once for the file in Korean.
SHIFTS = {
    "iso2022_jp": re.compile(rb"\x1b\$[@B](?:[\x21-\x7e]{2})+\x1b\([BJ]"),
    "iso2022_kr": re.compile(rb"\A\x1b\$\)C"),
}
HEAD_OF_MARKS = 16  # bytes among which byte order marks are looked for
SAMPLE = 64_000  # bytes that a suggestion is made from

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LIKELY = ["utf-8", "cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1251", "cp1253", "cp1254", "cp437", "cp850"]
LIKELY += ["mac-roman", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "utf-16-le", "utf-16-be"]
NO_TEXT_OF_A_FILE = {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}  # Python calls them text encodings too
#: Encodings in which bytes below 128 can be wrong too.
LOW_BYTES = ("utf-16", "utf-32", "utf_16", "utf_32", "utf-7", "hz", "iso2022", "cp424")


def _bytes_as_surrogates(error: UnicodeError) -> tuple[str, int]:
    """Keep what cannot be decoded, byte by byte, as lone surrogates; «surrogateescape» cannot below 128."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("bytes_as_surrogates", _bytes_as_surrogates)


@dataclass(frozen=True)
class Encoding:
    """How to make text of a file's bytes."""

    name: str  # as Python spells it, lower case
    mark: int = 0  # bytes of the byte order mark
    warning: Message | None = None  # what a user should know about the choice

    @property
    def low_bytes_too(self) -> bool:
        """Whether bytes below 128 can be wrong."""
        return self.name.startswith(LOW_BYTES)

    def text(self, stream: BinaryIO, block: int = BLOCK) -> Iterator[str]:
        """Yield the text after the byte order mark; what cannot be decoded stays as lone surrogates.

        Raises UnreadableFile where an encoding with states loses its way.
        """
        errors = "bytes_as_surrogates" if self.low_bytes_too else "surrogateescape"
        decoder = codecs.getincrementaldecoder(self.name)(errors)
        stream.seek(self.mark)
        try:
            while data := stream.read(block):
                yield decoder.decode(data)
            yield decoder.decode(b"", True)
        except UnicodeError as error:  # of an escape sequence that does not end
            raise UnreadableFile(messages.TEXT_IN_OTHER_ENCODING(encoding=self.name)) from error

    def utf8(self, stream: BinaryIO, block: int) -> Iterator[bytes]:
        """Yield the text as UTF-8; what cannot be decoded stays as bytes that are not UTF-8."""
        if self.name == "utf-8":
            stream.seek(self.mark)
            while data := stream.read(block):
                yield data
            return
        errors = "surrogatepass" if self.low_bytes_too else "surrogateescape"
        for text in self.text(stream, block):
            yield text.encode("utf-8", errors)


def decide_encoding(path: Path, option: str | None = None) -> Encoding:
    """Return the encoding that was asked for, or the one that the file says or suggests. Raises InvalidMapping."""
    with path.open("rb", buffering=0) as stream:
        head = stream.read(HEAD_OF_MARKS)
        if option:
            return _named_encoding(option, head)
        for mark, name in BYTE_ORDER_MARKS:
            if head.startswith(mark):
                return Encoding(name, _length_of(mark, head))
        stream.seek(0)
        wide = utf16_without_mark(stream.read(HEAD))
        shifting = None if wide else _shifting_encoding(stream)
        sample = None if wide or shifting else _around_first_bad_byte(stream)
    if shifting:
        return Encoding(shifting, 0, messages.NOT_UTF_8(encoding=shifting))
    if wide:
        return Encoding(wide, 0, messages.NO_BYTE_ORDER_MARK(encoding=wide))
    if sample is None:
        return Encoding("utf-8")
    return _suggested(sample)


def text_encoding(option: str) -> str:
    """Return the name as Python spells it. Raises InvalidMapping where it is no encoding of a text file."""
    try:
        name = codecs.lookup(option).name
        "".encode(name)
    except (LookupError, UnicodeError):
        name = ""
    if not name or name in NO_TEXT_OF_A_FILE:
        raise InvalidMapping(
            messages.NO_SUCH_ENCODING(encoding=option, common=[encoding_label(name) for name in LIKELY[:6]])
        )
    return name


def _named_encoding(option: str, head: bytes) -> Encoding:
    family = text_encoding(option).removesuffix("-sig")
    for mark, marked in BYTE_ORDER_MARKS:
        if head.startswith(mark) and (
            marked == family or (marked.startswith(family) and family in ("utf-16", "utf-32"))
        ):
            return Encoding(marked, _length_of(mark, head))
    if family in ("utf-16", "utf-32"):
        family += "-le"  # what they mean where no mark says otherwise
    return Encoding(family)


def _length_of(mark: bytes, head: bytes) -> int:
    """Return bytes of the marks at the beginning: programs that add one to a file that has one leave several."""
    length = len(mark)
    while head.startswith(mark, length):
        length += len(mark)
    return length


def _shifting_encoding(stream: BinaryIO) -> str | None:
    """Return the encoding of ASCII bytes whose escape sequences shift to Japanese or Korean letters."""
    stream.seek(0)
    head = stream.read(HEAD)
    return next((name for name, shift in SHIFTS.items() if head.isascii() and shift.search(head)), None)


def _around_first_bad_byte(stream: BinaryIO) -> bytes | None:
    """Return None where the whole file is UTF-8, else the bytes around the first place where it is not."""
    stream.seek(0)
    block = bytearray(min(BLOCK, os.fstat(stream.fileno()).st_size + 1))
    kept = at = 0  # bytes of a character cut in two, moved to the front; where the block begins in the file
    while True:
        size = kept + stream.readinto(memoryview(block)[kept:])  # type: ignore[attr-defined]
        try:
            used = codecs.utf_8_decode(memoryview(block)[:size], "strict", size == kept)[1]
        except UnicodeDecodeError as error:
            return _lines_from(stream, max(0, at + error.start - SAMPLE // 4))
        if size == kept:
            return None
        block[: size - used] = block[used:size]
        kept, at = size - used, at + used


def _lines_from(stream: BinaryIO, position: int) -> bytes:
    """Return the whole lines around a position, or a part of one."""
    stream.seek(position)
    sample = stream.read(SAMPLE)
    begin = sample.find(b"\n") + 1 if position else 0
    end = sample.rfind(b"\n") + 1 if len(sample) == SAMPLE else len(sample)
    return sample[begin:end] or sample


def _suggested(sample: bytes) -> Encoding:
    wrong = sum(0xDC80 <= ord(char) <= 0xDCFF for char in sample.decode("utf-8", "surrogateescape"))
    right = sum(ord(char) > 127 for char in sample.decode("utf-8", "ignore"))
    if right > wrong:
        return Encoding("utf-8", 0, messages.PARTLY_UTF_8())
    name = likely_encoding(sample)
    return Encoding(name, 0, messages.NOT_UTF_8(encoding=name))


def beginning_text(head: bytes) -> str:
    """Return the text of a file's first bytes, to tell what it is."""
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(name, "replace")
    return head.decode(utf16_without_mark(head) or "utf-8", "replace")


def utf16_without_mark(sample: bytes) -> str | None:
    """Detect UTF-16 or UTF-32 without a byte order mark, by zeros in Latin letters or in line ends of any language.

    The sample begins at a character.
    """
    quarter = len(sample) // 4
    zeros = [sample[i : 4 * quarter : 4].count(0) for i in range(4)]
    if quarter and zeros[0] < 0.1 * quarter and min(zeros[2:]) == quarter:
        return "utf-32-le"
    if quarter and zeros[3] < 0.1 * quarter and min(zeros[:2]) == quarter:
        return "utf-32-be"
    half = len(sample) // 2
    if _is_utf16(sample[0 : 2 * half : 2], sample[1 : 2 * half : 2]):
        return "utf-16-le"
    return "utf-16-be" if _is_utf16(sample[1 : 2 * half : 2], sample[0 : 2 * half : 2]) else None


def _is_utf16(low: bytes, high: bytes) -> bool:
    """low, high: the bytes of each character."""
    if not low or low.count(0) > 0.1 * len(low):
        return False
    line_ends = [high[i] for i, byte in enumerate(low) if byte == NEWLINE]
    ended = line_ends.count(0) >= 0.4 * len(line_ends) > 0 and low.count(0) < 0.02 * len(low)
    return high.count(0) > 0.7 * len(high) or (ended and high.count(0) > max(FEWEST, 0.05 * len(high)))
