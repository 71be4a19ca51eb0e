"""Bombs and junk are refused with words, within two seconds of processor time and 300 MB, and leave nothing."""

import gzip
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.imports import bombs
from tests.imports.reading import FILES

ROOT = FILES.parents[1]
MAX_MEGABYTES = 300
#: Of files with rules: their budget of memory, and as much again for each of what comes after them.
MORE_MEGABYTES = {"constants.csv": 700}
TEN_GIGABYTES = 10_000  # times a block
LINES = b"1,2,3,4\n" * 125_000  # a block of one megabyte
NOISE = b"".join(b"%d,%d\n" % (number * 7919 % 100_003, number) for number in range(9_000))
LONG_NAME = b"n" * 20_000
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
ROWS = b'<row r="1"><c r="A1"><v>1</v></c></row>' * 26_000
STRING = b"<si><t>abc</t></si>" * 53_000
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def workbook(path: Path, *, without: str = "") -> dict[str, bytes]:
    """The parts of a small workbook."""
    book = openpyxl.Workbook()
    book.active.append(["name", "n"])
    book.active.append(["Ann", 1])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != without}


def sheet_of(path: Path, rows: str) -> None:
    parts = workbook(path) | {SHEET: HEAD + rows.encode() + b"</sheetData></worksheet>"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def workbook_bomb(path: Path, name: str, block: bytes, says: int) -> None:
    packed = bombs.deflated(block, TEN_GIGABYTES, before=HEAD)
    bombs.zip_with(path, workbook(path, without=name), name, packed, says)


def open_document(path: Path, content: str) -> None:
    with zipfile.ZipFile(FILES / "excel" / "open.ods") as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            text = old.read(part)
            if part == "content.xml":
                start, end = text.index(b"<table:table-row"), text.rindex(b"</table:table>")
                text = text[:start] + content.encode() + text[end:]
            new.writestr(part, text)


def many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n")
        one = archive.infolist()[0]
        archive.filelist.extend([one] * 200_000)


def lzma_part(path: Path) -> None:
    parts = workbook(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def zip_of(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def shared_text(path: Path) -> None:
    """100,000 cells with the same text of a megabyte, which the workbook has once."""
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 100_001))
    parts = workbook(path) | {
        SHEET: HEAD + rows.encode() + b"</sheetData></worksheet>",
        STRINGS: b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + b"x" * bombs.MEGABYTE + b"</t></si></sst>",
    }  # fmt: skip
    zip_of(path, parts)


def with_rules(content: bytes, *rules: dict):
    """A text, and the mapping by which it is read."""

    def write(path: Path) -> None:
        path.write_bytes(content)
        path.with_name(f"{path.name}.mapping").write_text(json.dumps({"rules": {"transformations": rules}}))

    return write


def copied(file: str, share: float = 1.0):
    return lambda path: path.write_bytes((FILES / file).read_bytes()[: int((FILES / file).stat().st_size * share)])


def written(content: bytes):
    return lambda path: path.write_bytes(content)


def cell(where: str) -> str:
    return f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>1</v></c></row><row r="2"><c {where}><v>2</v></c></row>'


ODS_CELL = '<table:table-cell office:value-type="float" office:value="1"{}><text:p>1</text:p></table:table-cell>'
ODS_ROW = "<table:table-row{}>" + ODS_CELL + "</table:table-row>"
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "&a;" * 10}">' for i in range(12)
)

# name: how it is made, what is said of it
BOMBS = {
    "bomb.csv.gz": (lambda path: bombs.gzip_bomb(path, LINES, TEN_GIGABYTES), "FileTooLarge: .* over 200 times"),
    "bomb.csv.bz2": (lambda path: bombs.bzip2_bomb(path, LINES * 10, 1_000), "FileTooLarge: .* over 200 times"),
    "bomb.csv.zst": (lambda path: bombs.zstd_bomb(path, LINES * 10, 1_000), "FileTooLarge: .* over 200 times"),
    "bomb.zip": (
        lambda path: bombs.zip_with(path, {}, "a.csv", bombs.deflated(LINES, TEN_GIGABYTES), 10**10),
        "FileTooLarge: .* The limit is 2147.48 MB",
    ),
    "two_gigabytes.zip": (
        lambda path: bombs.zip_with(path, {}, "a.csv", bombs.deflated(LINES, 2_000), 2 * 10**9),
        "FileTooLarge: .* over 200 times",
    ),
    "lying.zip": (
        lambda path: bombs.zip_with(path, {}, "a.csv", bombs.deflated(LINES, TEN_GIGABYTES), 1_000),
        "UnreadableFile: The zip archive is damaged",
    ),
    "nested.zip": (lambda path: zip_of(path, {f"{i}.zip": b"PK\x03\x04" + NOISE for i in range(16)}), "UnreadableFile"),
    "many_parts.zip": (many_parts, "UnreadableFile: The archive contains too many files"),
    "cut.csv.gz": (copied("archives/cut.csv.gz"), "UnreadableFile: The gzip archive is damaged or incomplete"),
    "declared.xlsx": (lambda path: workbook_bomb(path, SHEET, ROWS, 10**10), "UnreadableFile: .*100.. MB"),
    "lying.xlsx": (lambda path: workbook_bomb(path, SHEET, ROWS, 10**6), "UnreadableFile: The workbook is damaged"),
    "strings.xlsx": (lambda path: workbook_bomb(path, STRINGS, STRING, 10**10), "UnreadableFile: .*100.. MB"),
    "lying_strings.xlsx": (
        lambda path: workbook_bomb(path, STRINGS, STRING, 10**6), "UnreadableFile: The workbook is damaged",
    ),
    "far.xlsx": (copied("excel/far.xlsx"), "UnreadableFile: .* has cells in too many"),
    "wide.xlsx": (lambda path: sheet_of(path, cell('s="0" r="XFD2"')), "read: 0 records"),
    "far_cell.xlsx": (lambda path: sheet_of(path, cell('s="0" r="XFD1048576"')), "UnreadableFile"),
    "far_cell_spelt_oddly.xlsx": (lambda path: sheet_of(path, cell("s='0' r = 'xfd1048576'")), "UnreadableFile"),
    "far_cell_of_as_many_digits.xlsx": (
        lambda path: sheet_of(path, cell('r="XFD99999"').replace('row r="2"', 'row r="10000"')),
        "UnreadableFile: .* has cells in too many",
    ),
    "far_column_by_counting.xlsx": (
        lambda path: sheet_of(path, "<row>" + "<c><v>1</v></c>" * 600_000 + '</row><row r="1000000"/>'),
        "UnreadableFile",
    ),
    "column_beyond_the_last.xlsx": (
        lambda path: sheet_of(path, cell('r="XFE2"')), "UnreadableFile: The workbook is damaged",
    ),
    "brackets.xlsx": (lambda path: sheet_of(path, "<row r='1'>" + "<c t='e'>" * 1_000_000), "UnreadableFile"),
    "formulas.xlsx": (lambda path: sheet_of(path, "<row r='1'>" + "<f " * 3_000_000), "UnreadableFile"),
    "spaces.xlsx": (
        lambda path: sheet_of(path, f"<row r='1'><c t='e'><v>{' ' * 3_000_000}x</v></c></row>"), "read: ",
    ),
    "rows_without_numbers.xlsx": (
        lambda path: sheet_of(path, "<row><c><v>%d</v></c></row>" * 1_100_000 % (*range(1_100_000),)),
        "UnreadableFile: The workbook is damaged",
    ),
    "rows.xlsx": (lambda path: sheet_of(path, "<row " * 1_500_000), "UnreadableFile"),
    "far_row.xlsx": (
        lambda path: sheet_of(path, cell('r="B2"') + "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
        "UnreadableFile: .* has cells in too many",
    ),
    "lzma.xlsx": (lzma_part, "UnreadableFile: The workbook is damaged"),
    "truncated.xlsx": (copied("junk/truncated.xlsx"), "UnreadableFile: .* damaged or incomplete"),
    "two_cells.xls": (lambda path: bombs.xls(path, [(0, 0), (1, 1)]), "read: 1 records"),
    "spread.xls": (lambda path: bombs.xls(path, [(0, 0), (65_535, 255)]), "UnreadableFile: .* has cells in too many"),
    "loop.xls": (
        lambda path: bombs.xls(path, [(0, 0), (1, 1)], says=10**9, next_sector=2),
        "UnreadableFile: The workbook is damaged",
    ),
    "far.xls": (copied("junk/far.xls"), "UnreadableFile: The workbook is damaged"),
    "rows.ods": (
        lambda path: open_document(path, ODS_ROW.format(' table:number-rows-repeated="1000000000"', "") * 2),
        "UnreadableFile: .* has cells in too many",
    ),
    "equal_rows.ods": (
        lambda path: open_document(path, ODS_ROW.format(' table:number-rows-repeated="1000000"', "") * 2),
        "UnreadableFile: .* has cells in too many",
    ),
    "columns.ods": (
        lambda path: open_document(
            path, ODS_ROW.format(' table:number-rows-repeated="99999"', ' table:number-columns-repeated="16384"')
        ),
        "UnreadableFile: The workbook is damaged",
    ),
    "laughs.xlsx": (
        lambda path: zip_of(path, workbook(path) | {"xl/workbook.xml": f"{LAUGHS}]><a name='&a11;'/>".encode()}),
        "UnreadableFile: The workbook is damaged",
    ),
    "list.xlsx": (
        lambda path: zip_of(path, workbook(path) | {"xl/workbook.xml": b"<a>" + NOISE * 100 + b"</a>"}),
        "UnreadableFile",
    ),
    "cells.ods": (
        lambda path: open_document(path, "<table:table-row>" + "<table:table-cell/>" * 500_000 + "</table:table-row>"),
        "UnreadableFile: The workbook is damaged",
    ),
    "laughs.ods": (
        lambda path: zip_of(path, {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"{LAUGHS}]><a>&a11;</a>".encode(),
        }),
        "UnreadableFile",
    ),
    "laughs.xml": (written(f"{LAUGHS}]><a><b>&a11;</b><b>1</b></a>".encode()), "UnreadableFile: XML with a DOCTYPE"),
    "blowup.xml": (
        written(b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 100_000 + b'">]><a>' + b"&a;" * 100_000 + b"</a>"),
        "UnreadableFile: XML with a DOCTYPE",
    ),
    "deep.xml": (written(b"<a>" * 100_000), "UnreadableFile: The XML is nested too deeply"),
    "lists.json": (written(b"[" * 100_000), "Unreadable.*deep"),
    "objects.json": (written(b'{"a":' * 100_000), "Unreadable.*deep"),
    "deep_record.json": (written(b'[{"a":1},{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}]"), "Unreadable.*deep"),
    "values.json": (written(b'[{"a":[' + b"1," * 5_000_000 + b"1]}]"), "UnreadableFile: .* more than 500,000 values"),
    "objects_in_a_list.json": (
        written(b'[{"a":[' + b"{}," * 3_000_000 + b"1]}]"), "UnreadableFile: .* more than 500,000 values",
    ),
    "empty_lists.json": (written(b"[" + b"[]," * 2_000_000 + b"[]]"), "UnreadableFile: The file has no rows"),
    "one_line.ndjson": (written(b'{"a":"' + b"x" * 35_000_000), "UnreadableFile: A row is larger than 32 MB"),
    "attributes.xml": (
        written(b"<r><a " + b" ".join(b'a%d="1"' % i for i in range(200_000)) + b"/></r>"),
        "UnreadableFile: .* more than 2,000 attributes",
    ),
    "deep.ndjson": (written(b'{"a":1}\n{"a":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001), "Unreadable.*deep"),
    "two_cells.xlsx": (
        lambda path: sheet_of(path, cell('r="A2"') + '<row r="1048576"><c r="AZ1048576"><v>1</v></c></row>'),
        "UnreadableFile: .* has cells in too many",
    ),
    "one_text.xlsx": (shared_text, "UnreadableFile: .* has more than 200 MB of text"),
    "equal_headers.csv": (written(b",".join([b"a"] * 1_590) + b"\n" + b",".join([b"1"] * 1_590)), "read: 1 records"),
    "blank.csv": (written(b"\n" * 5_000_000), "UnreadableFile: This file contains only blank lines"),
    "blank_and_a_table.csv": (
        written(b"\r" * 3_000_000 + b"a,b\r1,2\r"), "UnreadableFile: The file begins with more than 20,000 blank",
    ),
    "blank.csv.gz": (written(gzip.compress(b"\n" * 9_000_000)), "UnreadableFile: .* only blank"),
    "repeated.csv": (written(b"a,b\n1;2\n" * 15_000), "read: 29999 records"),
    "long_number.csv": (written(b"a,b\n" + b"9" * 10_000_000 + b",1\n"), "read: 1 records"),
    "long_keys.json": (
        written(b'{"%s":{%s}}' % (b"k" * 4_000_000, b",".join(b'"a%d":{"b":1}' % i for i in range(1_000)))), "read: ",
    ),
    "long_names.xml": (
        written(b"<r>" + b"<%s>" % LONG_NAME * 200 + b"<a>1</a><b>2</b>" + b"</%s>" % LONG_NAME * 200 + b"</r>"),
        "read: 1 records",
    ),
    "replaced.csv": (
        with_rules(
            b"a,b\n" + b"x" * 5_000_000 + b",1\n",
            {"type": "regex_replace", "field": "a", "pattern": "x", "replacement": "y" * 1_000},
        ),
        "RuleTooCostly: .* needs more than 100 MB of memory for row 1",
    ),
    "constants.csv": (
        with_rules(
            b"a,b\n" + b"1,2\n" * 3_000,
            *({"type": "constant", "target": f"c{i}", "value": "y" * 1_000} for i in range(150)),
        ),
        "read: 3000 records",
    ),
    "image.csv": (copied("junk/image.csv"), "UnreadableFile: This file is a PNG image"),
    "paper.csv": (copied("junk/paper.csv"), "UnreadableFile: This file is a PDF document"),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each: read by another process, which is measured."""
    folder = tmp_path_factory.mktemp("bombs")
    for name, (make, _) in BOMBS.items():
        make(folder / name)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 300 * bombs.MEGABYTE
    command = [sys.executable, "-m", "tests.imports.bombs", folder / "spool", *(folder / name for name in BOMBS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line)
    return found


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words_and_at_little_cost(outcomes, name):
    found = outcomes[name]

    assert re.match(BOMBS[name][1], found["outcome"]), found
    assert found["left"] == []
    assert found["seconds"] < bombs.MAX_SECONDS, found
    assert found["megabytes"] < MORE_MEGABYTES.get(name, MAX_MEGABYTES), found
