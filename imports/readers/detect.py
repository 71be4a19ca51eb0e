"""What a file is, by its content; its name only serves to say that the two differ."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path

from core.messages import Message
from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.encoding.decide import BYTE_ORDER_MARKS, beginning_text, utf16_without_mark
from imports.readers.formats import BY_EXTENSION, BY_NAME, EXCEL, FORMATS, OF_OTHER_TEXT, Format
from imports.readers.limits import HEAD
from imports.readers.other_text import kind_of_text
from imports.readers.zip_members import DAMAGE, zip_parts

OTHER_KINDS = (
    (b"%PDF", "pdf"),
    (b"%!PS", "postscript"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"RIFF", "riff"),
    (b"BM", "bitmap"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "rar"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3", "sqlite"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
)
TAR_MAGIC = b"ustar"  # from byte 257 on
TEXTUAL_MAGIC = (b"BM", b"MZ", b"RIFF", b"PAR1", b"GIF8", b"Rar!", b"BZh")  # a column may be called so

#: What a zip may be that is neither a workbook nor an archive of files.
OTHER_ZIPS = {
    "document": messages.OFFICE_DOCUMENT(),
    "book": messages.ELECTRONIC_BOOK(),
    "program": messages.NOT_A_TABLE(kind="java"),
}

HTML_START = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!DOCTYPE\s+html|html|table|head|body)\b", re.IGNORECASE | re.DOTALL)
MIME_START = re.compile(r"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?MIME-Version: *1\.0", re.IGNORECASE)
CONTROL_BYTES = bytes(set(range(1, 32)) - set(b"\t\n\r\f\v\x1a\x1b\x1c\x1d\x1e\x1f"))


def format_of(path: Path, name: str, *, as_document: bool = False) -> Format:
    """Return the format of a file that is not compressed. Its name decides only for broken JSON, for lines of odd text
    and for HTML.

    as_document: whether a workbook that is XML is read as any other XML.
    Raises UnreadableFile where it is none of them.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise UnreadableFile(messages.EMPTY_FILE())
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    by_magic = next((kind for kind in FORMATS if kind.magic and head.startswith(kind.magic)), None)
    if by_magic:
        return by_magic
    _refuse_other_kinds(head)
    return _textual(beginning_text(head), _promised(name), as_document=as_document)


def name_warning(name: str, file_format: Format) -> Message | None:
    """Return a warning where the name promises another kind of file than the content is."""
    if _promised(name) in (None, file_format) or extension_of(name) in file_format.other_extensions:
        return None
    return messages.NAME_OF_OTHER_TYPE(extension=extension_of(name), file_type=file_format.name)


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _promised(name: str) -> Format | None:
    return BY_EXTENSION.get(extension_of(name))


def _zipped(path: Path) -> Format:
    kind = zip_kind(path)
    if kind in OTHER_ZIPS:
        raise UnreadableFile(OTHER_ZIPS[kind])
    if kind == "archive":
        raise UnreadableFile(messages.NO_ARCHIVE_HERE(archive="zip"))
    return BY_NAME[kind]


def zip_kind(path: Path) -> str:
    """Return a format's name, one of OTHER_ZIPS, or archive for anything else.

    Raises UnreadableFile for a damaged one.
    """
    names = [part.filename.replace("\\", "/") for part in zip_parts(path)]
    mime_type = _mime_type(path) if "mimetype" in names[:3] else b""
    for kind in FORMATS:
        if kind.is_zip and kind.is_zip(names, mime_type):
            return kind.name
    if b"epub" in mime_type:
        return "book"
    if "META-INF/MANIFEST.MF" in names:
        return "program"
    office = any(name == "[Content_Types].xml" or name.startswith(("word/", "ppt/")) for name in names)
    return "document" if office or b"opendocument" in mime_type else "archive"


def _mime_type(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as stream:
            return stream.read(100)
    except DAMAGE as error:
        raise UnreadableFile(messages.DAMAGED_ZIP()) from error


def _refuse_other_kinds(head: bytes) -> None:
    if head[257:262] == TAR_MAGIC:
        raise UnreadableFile(messages.NO_ARCHIVE_HERE(archive="tar"))
    printable = head[:64].translate(None, CONTROL_BYTES + b"\0") == head[:64]
    for magic, kind in OTHER_KINDS:
        if head.startswith(magic) and not (magic in TEXTUAL_MAGIC and printable):
            raise UnreadableFile(messages.NOT_A_TABLE(kind=kind))
    if any(head.startswith(mark) for mark, _ in BYTE_ORDER_MARKS) or utf16_without_mark(head):
        return
    odd = _odd_bytes(head)
    if odd > 4 + 0.02 * len(head) or head.count(0) > 0.3 * len(head):
        raise UnreadableFile(messages.NEITHER_TEXT_NOR_SPREADSHEET())


def _odd_bytes(head: bytes) -> int:
    """Return how many control bytes there are, without the commonest where every line has it, as it has a delimiter."""
    counts = Counter(byte for byte in head if byte in CONTROL_BYTES)
    if not counts:
        return 0
    commonest, count = counts.most_common(1)[0]
    divides = all(commonest in line for line in head.splitlines() if line)
    return counts.total() - (count if divides else 0)


def _textual(text: str, promised: Format | None, *, as_document: bool) -> Format:
    if MIME_START.match(text):
        raise UnreadableFile(messages.SAVED_WEB_PAGE())
    kind = kind_of_text(text)
    if kind:
        raise UnreadableFile(messages.NOT_A_TABLE(kind=kind))
    kinds = (kind for kind in FORMATS if kind != EXCEL or not as_document)
    claims = (kind for kind in kinds if kind.is_text and kind.is_text(text, kind == promised))
    claimed = next(claims, OF_OTHER_TEXT)
    if claimed != EXCEL and HTML_START.match(text):
        raise UnreadableFile(messages.WEB_PAGE())
    return claimed
