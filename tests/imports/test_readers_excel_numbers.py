"""Numbers of workbooks, to the last digit where the file has it."""

import struct
import zipfile

import pytest

from imports.readers.excel import exact_numbers, package
from tests.imports.reading import FILES, read_file, read_path
from tests.imports.written import workbook_of

# Numbers that a float cannot hold, or that Python spells in another way, and some that it can.
LITERALS = ["9007199254740993", "12345678901234567", "-9007199254740995", "100000000000000000000000", "1E+20"]
LITERALS += ["3.1415926535897931", "1.5E-7", "0.30000000000000004", "9007199254740992"]
PLAIN = {"30": "30", "2.50": "2.5", "1E3": "1000", "0.10000000000000001": "0.1", "9007199254740991": "9007199254740991"}


def test_numbers_are_the_literals_of_the_file(tmp_path):
    literals = [*LITERALS, *PLAIN]
    rows = "".join(
        f'<row r="{number}"><c r="B{number}"><v>{literal}</v></c>'
        f'<c r="D{number}" t="n"><f>1+1</f><v>{literal}</v></c></row>'
        for number, literal in enumerate(literals, 2)
    )
    header = '<row r="1"><c r="B1"><v>9007199254740993</v></c><c r="D1" t="str"><v>12345678901234567</v></c></row>'

    found = read_path(workbook_of(tmp_path / "numbers.xlsx", header + rows), header_row=1)

    assert found.header == ["9007199254740993", "12345678901234567"]
    expected = [*LITERALS, *PLAIN.values()]
    assert found.rows == [(text, text) for text in expected]
    assert (found.problems, found.warnings) == ({}, [])


def test_literals_are_found_in_rows_and_cells_without_numbers_of_their_own(tmp_path):
    rows = (
        "<row><c t='str'><v>a</v></c><c t='str'><v>b</v></c></row>"
        '<row r="3"/><row><c/><c><v>9007199254740993</v></c></row>'
        "<row spans='1:2'\n><c r='A5'>\n<v>12345678901234567</v>\n</c><c><v>12345678901234569</v></c></row>"
        "<row/><row><c/><c s='0'><v>12345678901234561</v></c></row>"
    )

    found = read_path(workbook_of(tmp_path / "sparse.xlsx", rows))

    assert found.rows == [
        (None, "9007199254740993"), ("12345678901234567", "12345678901234569"), (None, "12345678901234561"),
    ]  # fmt: skip
    assert found.warnings == []


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_literals_are_found_wherever_the_sheet_is_cut(tmp_path, monkeypatch, block):
    numbers = [2**60 + number for number in range(50)]
    rows = "".join(f"<row><c><v>{number}</v></c><c><v>1</v></c></row>" for number in [0, *numbers])
    path = workbook_of(tmp_path / "cut.xlsx", rows)
    monkeypatch.setattr(package, "BLOCK", block)

    assert read_path(path, header_row=1).rows == [(str(number), "1") for number in numbers]


def test_the_sheet_is_read_for_literals_only_where_a_float_does_not_do(tmp_path, monkeypatch):
    monkeypatch.setattr(exact_numbers, "rows_of", lambda *_: pytest.fail("the sheet was read"))

    assert read_file("excel/old.xls").rows
    assert read_file("excel/durations_1904.xlsx").rows
    with pytest.raises(pytest.fail.Exception):
        read_file("excel/values.xlsx")


def test_whole_numbers_without_their_literals_are_plain_and_reported(tmp_path):
    content = (FILES / "excel" / "old.xls").read_bytes()
    kept, big = struct.pack("<I", 150 << 2 | 3), struct.pack("<d", 2**60)[4:]  # 1.5 as hundredths; half a float
    assert content.count(kept) == 1
    path = tmp_path / "big.xls"
    path.write_bytes(content.replace(kept, big))

    found = read_path(path)

    assert found.rows == [("007", "30"), ("x", "1152921504606846976")]
    assert found.warnings == [
        "Cell B3 contains 1152921504606846976, which the workbook does not store exactly. Check the last digits."
    ]


def test_big_numbers_of_an_open_document_have_no_exponent(tmp_path):
    path = tmp_path / "big.ods"
    with zipfile.ZipFile(FILES / "excel" / "open.ods") as old, zipfile.ZipFile(path, "w") as archive:
        for part in old.namelist():
            archive.writestr(part, old.read(part).replace(b'office:value="30"', b'office:value="9007199254740993"'))

    found = read_path(path)

    assert found.rows == [("007", "9007199254740992")]
    assert "Cell B2 contains 9007199254740992" in found.warnings[0]
