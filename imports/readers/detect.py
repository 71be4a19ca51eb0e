"""What a file is, by its content; its name only serves to say that the two differ."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from pathlib import Path

from core.messages import Message
from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.encoding.decide import BYTE_ORDER_MARKS, utf16_without_mark
from imports.readers.zip_members import DAMAGE, zip_parts

HEAD = 4096

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
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXTUAL_MAGIC = (b"BM", b"MZ", b"RIFF", b"PAR1", b"GIF8", b"Rar!", b"BZh")  # a column may be called so

#: What a zip may be that is neither a workbook nor an archive of files.
OTHER_ZIPS = {
    "document": messages.OFFICE_DOCUMENT(),
    "book": messages.ELECTRONIC_BOOK(),
    "program": messages.NOT_A_TABLE(kind="java"),
}

XML_START = re.compile(r"\s*<(?:\?xml|!--|!DOCTYPE|[A-Za-z_])", re.IGNORECASE)
HTML_START = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!DOCTYPE\s+html|html|table|head|body)\b", re.IGNORECASE | re.DOTALL)
MIME_START = re.compile(r"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?MIME-Version: *1\.0", re.IGNORECASE)
JSON_OPENED = re.compile(r"\s*[\[{]")
JSON_START = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"\]\-\d]|true|false|null))")
CONTROL_BYTES = bytes(set(range(1, 32)) - set(b"\t\n\r\f\v\x1a\x1b\x1c\x1d\x1e\x1f"))

EXTENSIONS = {
    "csv": "csv", "tsv": "csv", "tab": "csv", "psv": "csv",
    "xlsx": "excel", "xlsm": "excel", "xls": "excel", "xlsb": "excel", "ods": "excel",
    "json": "json", "ndjson": "json", "jsonl": "json", "geojson": "json",
    "xml": "xml",
}  # fmt: skip


def file_type_of(path: Path, name: str) -> str:
    """csv, excel, json or xml; the name decides only for text that is broken JSON or lines of odd text.

    Raises UnreadableFile where it is none of them.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise UnreadableFile(messages.EMPTY_FILE())
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if head.startswith(OLE_MAGIC):
        return "excel"
    _refuse_other_kinds(head)
    return _textual(_text(head), _promised(name))


def name_warning(name: str, file_type: str) -> Message | None:
    """A warning where the name promises another kind of file than the content is."""
    if _promised(name) in (None, file_type):
        return None
    return messages.NAME_OF_OTHER_TYPE(extension=extension_of(name), file_type=file_type)


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _promised(name: str) -> str | None:
    return EXTENSIONS.get(extension_of(name))


def _zipped(path: Path) -> str:
    kind = zip_kind(path)
    if kind in OTHER_ZIPS:
        raise UnreadableFile(OTHER_ZIPS[kind])
    if kind == "archive":
        raise UnreadableFile(messages.NO_ARCHIVE_HERE(archive="zip"))
    return "excel"


def zip_kind(path: Path) -> str:
    """excel, one of OTHER_ZIPS, or archive for anything else. Raises UnreadableFile for a damaged one."""
    names = [part.filename.replace("\\", "/") for part in zip_parts(path)]
    mime_type = _mime_type(path) if "mimetype" in names[:3] else b""
    if any(name.startswith("xl/") for name in names) or b"spreadsheet" in mime_type:
        return "excel"
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
    """How many control bytes there are, without the commonest where every line has it, as it has a delimiter."""
    counts = Counter(byte for byte in head if byte in CONTROL_BYTES)
    if not counts:
        return 0
    commonest, count = counts.most_common(1)[0]
    divides = all(commonest in line for line in head.splitlines() if line)
    return counts.total() - (count if divides else 0)


def _text(head: bytes) -> str:
    for mark, name in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(name, "replace")
    return head.decode(utf16_without_mark(head) or "utf-8", "replace")


def _textual(text: str, promised: str | None) -> str:
    if HTML_START.match(text):
        raise UnreadableFile(messages.WEB_PAGE())
    if MIME_START.match(text):
        raise UnreadableFile(messages.SAVED_WEB_PAGE())
    if XML_START.match(text):
        return "xml"
    if promised == "json" and (JSON_OPENED.match(text) or _is_lines_of_json(text)):
        return "json"
    return "json" if JSON_START.match(text) and _begins_as_json(text) else "csv"


def _begins_as_json(text: str) -> bool:
    """Whether the text is JSON as far as it goes: «[a],[b]» is the header of a CSV file."""
    if len(text) < HEAD // 4:
        first_line_or_all = (text.strip(), text.strip().split("\n")[0])
        return any(map(_is_json, first_line_or_all)) or _breaks_at_the_end(text)
    return _breaks_at_the_end(text)


def _is_lines_of_json(text: str) -> bool:
    """Whether each line is a JSON value, as far as the text goes."""
    lines = [line for line in text.split("\n") if line.strip()]
    cut = lines.pop() if len(text) >= HEAD // 4 and lines else ""
    return all(map(_is_json, lines)) and (bool(lines) or _breaks_at_the_end(cut))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _breaks_at_the_end(text: str) -> bool:
    try:
        end = json.JSONDecoder(parse_int=str).raw_decode(text.lstrip())[1]
    except json.JSONDecodeError as error:
        return error.pos > 0.5 * len(text.lstrip()) or error.msg.startswith("Unterminated")
    except RecursionError:
        return True
    return text.lstrip()[end:].strip()[:1] in ("", "{", "[")
