"""What workbooks say: cells as Excel means them, rows as Excel numbers them."""

import json
import re
import struct
import zipfile

import openpyxl
import pytest

from imports.errors import InvalidMapping, UnreadableFile
from imports.models import KeptRecord, MappingError
from imports.readers import excel_archive, excel_literals
from tests.importing import columns_of, import_path
from tests.imports.reading import FILES, read_file, read_path

# file: header, rows, locations, columns of native text
WORKBOOKS = {
    "values.xlsx": (
        ["code", "count", "price", "day", "at", "clock", "ok", "note"],
        [
            ("00123", "30", "2.5", "2024-01-05", "2024-01-05T10:00:00", "10:30:00", "true", "x"),
            (None, "12345678", "0.1", "1999-12-31", "2024-01-06T00:00:00", "00:00:01", "false", "NA"),
            ("A-1", "-7", "1e+20", None, None, None, None, " padded "),
        ],
        ["sheet Sheet, row 2", "sheet Sheet, row 3", "sheet Sheet, row 4"],
        {0, 7},
    ),
    "sheets.xlsx": (
        ["name", "n"],
        [("Ann", "1"), ("Bob", "2"), ("Cem", None)],
        ["sheet Jan, row 4", "sheet Jan, row 7", "sheet Jan, row 9"],
        {0},
    ),
    "old.xls": (
        ["code", "n"],
        [("007", "30"), ("x", "1.5")],
        ["sheet Old, row 2", "sheet Old, row 3"],
        {0},
    ),
    "open.ods": (["code", "n"], [("007", "30")], ["sheet Sheet1, row 2"], {0}),
    "durations_1904.xlsx": (
        ["span"],
        [("30:05:00",), ("00:01:00",)],
        ["sheet Sheet, row 2", "sheet Sheet, row 3"],
        set(),
    ),
    "dates_1904.xlsx": (["day"], [("2024-01-05",)], ["sheet Sheet, row 2"], set()),
}


@pytest.mark.parametrize("batch_rows", [None, 1])
@pytest.mark.parametrize("file", WORKBOOKS)
def test_cells_and_rows(file, batch_rows):
    header, rows, locations, native_text = WORKBOOKS[file]

    found = read_file(f"excel/{file}", batch_rows)

    assert (found.header, found.rows, found.locations) == (header, rows, locations)
    assert found.understood.native_text == native_text
    assert found.troubles == {}


def test_the_first_visible_sheet_with_values_is_proposed():
    understood = read_file("excel/sheets.xlsx").understood

    assert understood.options == {"sheet": "Jan", "header_row": 3}
    assert understood.choices == {"sheet": ["Notes", "Jan", "Secret", "Feb"]}


def test_a_hidden_sheet_is_not_proposed():
    found = read_file("excel/hidden_first.xlsx")

    assert (found.understood.options["sheet"], found.rows) == ("Data", [("Ann",)])
    assert read_file("excel/hidden_first.xlsx", sheet="Lookup").rows == [("v",)]


def test_another_sheet_or_header_can_be_chosen():
    assert read_file("excel/sheets.xlsx", sheet="Secret").rows == [("v",)]
    assert read_file("excel/sheets.xlsx", header_row=4).header == ["Ann", "1"]
    assert read_file("excel/sheets.xlsx", header_row=0).rows[0] == ("name", "n")
    assert read_file("excel/sheets.xlsx", header_row=0).header == ["column_1", "column_2"]


@pytest.mark.parametrize("options", [{"sheet": "May"}, {"header_row": 99}, {"sheet": "Notes"}])
def test_what_is_not_there_cannot_be_chosen(options):
    with pytest.raises(InvalidMapping):
        read_file("excel/sheets.xlsx", **options)


def test_error_cells_are_null_and_told():
    found = read_file("excel/errors.xlsx")

    assert found.rows == [("Ann", None, "1"), ("Bob", "2", "3"), (None, None, "5"), (None, None, None)]
    assert found.told() == [
        (1, "excel_error_cell", False, ("Ann", "#DIV/0!", "1")),
        (3, "excel_error_cell", False, ("#N/A", "#REF!", "5")),
        (3, "excel_error_cell", False, ("#N/A", "#REF!", "5")),
        (4, "excel_error_cell", False, (None, "#NAME?", None)),
    ]
    assert found.messages() == [
        "cell B2 holds #DIV/0!",
        "cell A4 holds #N/A",
        "cell B4 holds #REF!",
        "cell B5 holds #NAME?",
    ]
    cells = [(trouble.column, trouble.value) for troubles in found.troubles.values() for trouble in troubles]
    assert cells == [(1, "#DIV/0!"), (0, "#N/A"), (1, "#REF!"), (1, "#NAME?")]


def test_an_error_cell_is_told_by_its_column_where_the_table_begins_further_right(tmp_path):
    workbook = openpyxl.Workbook()
    for cell, value in {"C3": "a", "D3": "b", "C4": "x", "D4": "#N/A"}.items():
        workbook.active[cell] = value
    workbook.save(tmp_path / "right.xlsx")

    found = read_path(tmp_path / "right.xlsx")

    assert (found.header, found.rows) == (["a", "b"], [("x", None)])
    assert [(trouble.message, trouble.column) for trouble in found.troubles[1]] == [("cell D4 holds #N/A", 1)]


def test_error_cells_are_found_wherever_the_sheet_is_cut(monkeypatch):
    whole = read_file("excel/errors.xlsx").messages()

    for block in (1, 7, 64, 300):
        monkeypatch.setattr(excel_archive, "BLOCK", block)
        assert read_file("excel/errors.xlsx").messages() == whole


@pytest.mark.parametrize("file", ["values.xlsx", "errors.xlsx"])
def test_what_was_understood_reads_the_same_again(file):
    first = read_file(f"excel/{file}")

    again = read_file(f"excel/{file}", **first.understood.options)

    assert (again.rows, again.places, again.told()) == (first.rows, first.places, first.told())


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("excel/empty.xlsx", "holds no values"),
        ("excel/far.xlsx", "too many rows and columns"),
        ("junk/far.xls", "damaged"),
        ("junk/bomb.xlsx", "too much"),
        ("junk/truncated.xlsx", "cut short"),
        ("junk/protected.xlsx", "password"),
    ],
)
def test_workbooks_that_cannot_be_read_are_refused(file, words):
    with pytest.raises(UnreadableFile, match=words):
        read_file(file)


@pytest.mark.parametrize("file", ["excel/values.xlsx", "excel/old.xls", "excel/open.ods"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.99])
def test_a_workbook_cut_short_is_refused(tmp_path, file, share):
    whole = (FILES / file).read_bytes()
    path = tmp_path / f"cut.{file[-4:]}"
    path.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(UnreadableFile):
        read_path(path)


# Numbers that a float cannot hold, or that Python spells in another way, and some that it can.
LITERALS = ["9007199254740993", "12345678901234567", "-9007199254740995", "100000000000000000000000", "1E+20"]
LITERALS += ["3.1415926535897931", "1.5E-7", "0.30000000000000004", "9007199254740992"]
PLAIN = {"30": "30", "2.50": "2.5", "1E3": "1000", "0.10000000000000001": "0.1", "9007199254740991": "9007199254740991"}


def workbook_of(path, rows):
    """A workbook whose sheet has this XML for its rows."""
    workbook = openpyxl.Workbook()
    workbook.save(path.with_suffix(".empty"))
    with zipfile.ZipFile(path.with_suffix(".empty")) as empty, zipfile.ZipFile(path, "w") as archive:
        for part in empty.namelist():
            content = empty.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content = re.sub(
                    rb"<sheetData ?/>|<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), content
                )
            archive.writestr(part, content)
    return path


def test_numbers_are_the_literals_of_the_file(tmp_path):
    literals = [*LITERALS, *PLAIN]
    rows = "".join(
        f'<row r="{number}"><c r="B{number}"><v>{literal}</v></c>'
        f'<c r="D{number}" t="n"><f>1+1</f><v>{literal}</v></c></row>'
        for number, literal in enumerate(literals, 2)
    )
    header = '<row r="1"><c r="B1"><v>9007199254740993</v></c><c r="D1" t="str"><v>12345678901234567</v></c></row>'

    found = read_path(workbook_of(tmp_path / "numbers.xlsx", header + rows), header_row=1)

    assert found.header == ["9007199254740993", "", "12345678901234567"]
    expected = [*LITERALS, *PLAIN.values()]
    assert found.rows == [(text, None, text) for text in expected]
    assert (found.troubles, found.understood.warnings) == ({}, [])


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
    assert found.understood.warnings == []


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_literals_are_found_wherever_the_sheet_is_cut(tmp_path, monkeypatch, block):
    numbers = [2**60 + number for number in range(50)]
    rows = "".join(f"<row><c><v>{number}</v></c><c><v>1</v></c></row>" for number in [0, *numbers])
    path = workbook_of(tmp_path / "cut.xlsx", rows)
    monkeypatch.setattr(excel_archive, "BLOCK", block)

    assert read_path(path, header_row=1).rows == [(str(number), "1") for number in numbers]


def test_the_sheet_is_read_for_literals_only_where_a_float_does_not_do(tmp_path, monkeypatch):
    monkeypatch.setattr(excel_literals, "rows_of", lambda *_: pytest.fail("the sheet was read"))

    assert read_file("excel/old.xls").rows
    assert read_file("excel/durations_1904.xlsx").rows
    with pytest.raises(pytest.fail.Exception):
        read_file("excel/values.xlsx")


def test_whole_numbers_without_their_literals_are_plain_and_told(tmp_path):
    content = (FILES / "excel" / "old.xls").read_bytes()
    kept, big = struct.pack("<I", 150 << 2 | 3), struct.pack("<d", 2**60)[4:]  # 1.5 as hundredths; half a float
    assert content.count(kept) == 1
    path = tmp_path / "big.xls"
    path.write_bytes(content.replace(kept, big))

    found = read_path(path)

    assert found.rows == [("007", "30"), ("x", "1152921504606846976")]
    assert found.understood.warnings == [
        "Cell B3 holds 1152921504606846976, too large for the workbook to be exact: the last digits may differ."
    ]


def test_big_numbers_of_an_open_document_have_no_exponent(tmp_path):
    path = tmp_path / "big.ods"
    with zipfile.ZipFile(FILES / "excel" / "open.ods") as old, zipfile.ZipFile(path, "w") as archive:
        for part in old.namelist():
            archive.writestr(part, old.read(part).replace(b'office:value="30"', b'office:value="9007199254740993"'))

    found = read_path(path)

    assert found.rows == [("007", "9007199254740992")]
    assert "Cell B2 holds 9007199254740992" in found.understood.warnings[0]


# file: header, rows, numbers of the rows in the sheet, options, warnings
PEOPLE = (["name", "age", "city"], [("Ann", "36", "Oslo"), ("Bob", "7", "Rome"), ("Cem", "40", None)])
NUMBERED = "The first row holds values, not names; the columns were numbered."
TABLES = {
    "titled.xlsx": (
        *PEOPLE, [8, 9, 10], {"sheet": "Report", "header_row": 7},
        ["Rows 1 to 2 stand above the table and were not read."],
    ),
    "macros.xlsm": (
        *PEOPLE, [8, 9, 10], {"sheet": "Report", "header_row": 7},
        ["Rows 1 to 2 stand above the table and were not read."],
    ),
    "title_alone.xlsx": (
        *PEOPLE, [3, 4, 5], {"sheet": "S", "header_row": 2}, ["Row 1 stands above the table and was not read."],
    ),
    "total.xlsx": (
        ["name", "n", "sum"], [("Ann", "1", "2.5"), ("Bob", "2", "3.5")], [2, 4],
        {"sheet": "S", "header_row": 1, "last_row": 4},
        ["Rows 5 to 7 stand below the table (a note or a total) and were not read."],
    ),
    "total_in_data.xlsx": (
        ["region", "n", "sum"],
        [("North", "1", "2.5"), ("Total", "1", "2.5"), ("South", "2", "3.5"), ("Total", "2", "3.5")],
        [2, 3, 4, 5], {"sheet": "S", "header_row": 1}, [],
    ),
    "merged.xlsx": (
        ["team", "name", "age"], [("Red", "Ann", "36"), (None, "Bob", "7"), ("Blue", "Cem", "40")], [2, 3, 4],
        {"sheet": "S", "header_row": 1},
        ["Some cells are merged in the table (A2:A3); the first cell has the value, the others have none."],
    ),
    "merged.xlsb": (
        ["team", "name"], [("Red", "Ann"), (None, "Bob")], [2, 3], {"sheet": "Data", "header_row": 1},
        ["Some cells are merged in the table (A2:A3); the first cell has the value, the others have none."],
    ),
    "two_row_header.xlsx": (
        ["name", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"],
        [("Ann", "1", "2", "3", "4"), ("Bob", "5", "6", "7", "8")], [3, 4],
        {"sheet": "S", "header_row": 1, "header_rows": 2}, [],
    ),
    "headerless.xlsx": (
        ["column_1", "column_2", "column_3"],
        [("Ann", "36", "2024-01-05"), ("Bob", "7", "2024-01-06"), ("Cem", "40", "2024-02-01")], [3, 4, 5],
        {"sheet": "S", "header_row": 0, "first_row": 3}, [NUMBERED],
    ),
    "numbers_only.xlsx": (
        ["column_1", "column_2"], [("1", "2.5"), ("2", "3.5"), ("3", "7.25")], [1, 2, 3],
        {"sheet": "S", "header_row": 0, "first_row": 1}, [NUMBERED],
    ),
    "readme_first.xlsx": (
        *PEOPLE, [2, 3, 4], {"sheet": "Data", "header_row": 1},
        ["Of the workbook only the sheet Data was read, not: Read me, Lists (hidden)."],
    ),
    "only_hidden.xlsx": (
        *PEOPLE, [2, 3, 4], {"sheet": "Data", "header_row": 1},
        [
            "The sheet Data is hidden; it was read because no other holds values.",
            "Of the workbook only the sheet Data was read, not: Empty, Deep (hidden).",
        ],
    ),
    "formats.xlsx": (
        ["share", "price", "at", "clock", "span", "day", "code", "whole"],
        [
            ("0.25", "12.5", "2024-01-05T10:30:00", "08:05:00", "30:05:00", "2024-01-05", "00123", "30"),
            ("1.075", "-3", "2024-01-06T00:00:00", "23:59:59", "00:00:01.5", "1999-12-31", "1e5", "12345678901"),
        ],
        [2, 3], {"sheet": "S", "header_row": 1}, [],
    ),
    "currencies.xlsx": (
        ["what", "price", "fee"], [("a", "€ 12.5", "1"), ("b", "$ 3", "2"), ("c", "7", "3"), ("d", "€ 0.1", None)],
        [3, 4, 5, 6], {"sheet": "S", "header_row": 2},
        ["The amounts in column C are in several currencies; each was read with its sign, as text."],
    ),
    "currencies.ods": (
        ["what", "price", "fee"], [("a", "EUR 12.5", "1"), ("b", "USD 3", "2")],
        [2, 3], {"sheet": "S", "header_row": 1},
        ["The amounts in column B are in several currencies; each was read with its sign, as text."],
    ),
    "formats.ods": (
        ["share", "price", "span", "at", "day", "ok", "code"],
        [
            ("0.25", "12.5", "30:05:00", "2024-01-05T10:30:00", "2024-01-05", "true", "00123"),
            ("1.075", "-3", "00:00:01.500000", "2024-01-06T00:00:00", "1999-12-31", "false", "1e5"),
        ],
        [4, 5], {"sheet": "S", "header_row": 3}, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", TABLES)
def test_a_table_is_found_in_its_sheet(file):
    header, rows, places, options, warnings = TABLES[file]

    found = read_file(f"excel/{file}")

    assert (found.header, found.rows, found.places) == (header, rows, places)
    assert (found.understood.options, found.understood.warnings) == (options, warnings)
    assert found.troubles == {}


@pytest.mark.parametrize("file", TABLES)
def test_a_table_that_was_found_is_found_again(file):
    first = read_file(f"excel/{file}")

    again = read_file(f"excel/{file}", **first.understood.options)

    assert (again.header, again.rows, again.places) == (first.header, first.rows, first.places)
    assert again.understood.options == first.understood.options


def test_notes_and_totals_can_be_read_too():
    found = read_file("excel/total.xlsx", last_row=0)

    assert found.rows[2:] == [("Total", "3", "6"), ("Source: the northern offices", None, None)]
    assert found.understood.options == {"sheet": "S", "header_row": 1, "last_row": 0}
    assert read_file("excel/total.xlsx", last_row=2).rows == [("Ann", "1", "2.5")]


def test_a_title_can_be_read_too():
    found = read_file("excel/titled.xlsx", header_row=0, first_row=1)

    assert found.places == [1, 2, 7, 8, 9, 10]
    assert read_file("excel/titled.xlsx", header_row=0).places == [7, 8, 9, 10]
    assert read_file("excel/titled.xlsx", header_row=1).rows[0] == ("as of", "2024-01-05", None, None, None)


# of .xls, .xlsb and .ods, where calamine has nothing but an empty cell
ERRORS = [("Ann", None, "1"), ("Bob", "2", "3"), (None, None, "5"), (None, None, None)]


@pytest.mark.parametrize("file", ["errors.xls", "errors.xlsb", "errors.ods"])
def test_error_cells_of_other_formats_are_told_too(file):
    found = read_file(f"excel/{file}", sheet="Data")

    assert [row[:3] for row in found.rows] == ERRORS
    troubles = [trouble for troubles in found.troubles.values() for trouble in troubles]
    assert [(one.message, one.column, one.value) for one in troubles] == [
        ("cell B2 holds #DIV/0!", 1, "#DIV/0!"),
        ("cell A4 holds #N/A", 0, "#N/A"),
        ("cell B4 holds #REF!", 1, "#REF!"),
        ("cell B5 holds #NAME?", 1, "#NAME?"),
    ]
    assert [one.original[:3] for one in troubles] == [
        ("Ann", "#DIV/0!", "1"), ("#N/A", "#REF!", "5"), ("#N/A", "#REF!", "5"), (None, "#NAME?", None),
    ]  # fmt: skip


def test_errors_of_one_sheet_are_not_those_of_another():
    found = read_file("excel/errors.xls", sheet="Other")

    assert (found.header, found.rows, found.messages()) == (["x"], [(None,)], ["cell A2 holds #NUM!"])


def test_errors_that_only_other_programs_know_are_told():
    found = read_file("excel/unknown_errors.xlsx")

    assert found.rows == [("Ann", None), ("Bob", None), ("Cem", "3"), ("Dan", "4")]
    assert found.messages() == ["cell B2 holds #SPILL!", "cell B3 holds #ERROR!"]


def test_formulas_without_a_result_are_told_and_their_rows_kept():
    found = read_file("excel/formulas.xlsx")

    assert (found.rows, found.places) == (
        [("1", "2", None), ("3", "4", None), ("5", "6", "7"), (None, None, None)],
        [2, 3, 4, 5],
    )
    assert found.told() == [
        (1, "formula_without_result", False, ("1", "2", "=A2+B2")),
        (2, "formula_without_result", False, ("3", "4", '=IF(A3>2,"x & y","")')),
        (4, "formula_without_result", False, ("=SUM(A2:A4)", None, None)),
    ]
    assert found.messages()[0] == "cell C2 holds a formula without its result"
    assert found.understood.warnings == [
        "3 cells hold formulas whose results were not saved. Open the workbook in a spreadsheet program, save it there "
        "and import it again."
    ]


def test_formulas_without_a_result_are_told_of_open_documents_too():
    found = read_file("excel/merged.ods")

    assert found.rows == [("Red", "Ann"), (None, "Bob"), ("1", None)]
    assert found.told() == [(3, "formula_without_result", False, ("1", "=[.A4]+1"))]


def test_formulas_of_old_workbooks_that_came_to_nothing_are_warned_of():
    found = read_file("excel/formulas.xls")

    assert (found.rows, found.troubles) == ([("1", None), ("2", "7"), ("3", "8"), (None, "9")], {})
    assert found.understood.warnings[1].startswith("1 formulas came to nothing.")


def test_a_formula_whose_result_is_an_empty_text_is_no_trouble(tmp_path):
    rows = (
        '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>""</f><v></v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>3</v></c><c r="B3"><f>B2</f><v/></c></row>'
    )

    found = read_path(workbook_of(tmp_path / "formulas.xlsx", rows))

    assert found.rows == [("2", None), ("3", None)]
    assert found.messages() == ["cell B3 holds a formula without its result"]


def test_a_repeated_header_is_left_out_and_leaves_numbers_numbers():
    found = read_file("excel/repeated_header.xlsx")

    assert found.rows == [("Ann", "1"), (None, None), ("Bob", "2"), ("name", "3")]
    assert found.told() == [(2, "repeated_header", True, ("name", "n"))]
    assert found.messages() == ["sheet S, row 3 repeats the header"]
    assert found.understood.native_text == {0}


@pytest.mark.parametrize("file", ["protected.xlsx", "protected.xls", "protected.ods"])
def test_a_workbook_with_a_password_is_refused(file):
    with pytest.raises(UnreadableFile, match="protected by a password. Save it without one."):
        read_file(f"junk/{file}")


@pytest.mark.parametrize("file", ["protected.xlsx", "protected.xls", "protected.ods"])
def test_a_password_is_seen_without_the_ending_of_a_name(tmp_path, file):
    path = tmp_path / "spooled"
    path.write_bytes((FILES / "junk" / file).read_bytes())

    with pytest.raises(UnreadableFile, match="protected by a password"):
        read_path(path)


@pytest.mark.parametrize("file", ["errors.xlsx", "errors.xls", "errors.xlsb", "errors.ods"])
def test_an_import_keeps_error_cells_with_their_rows(atlas_db, file):
    options = {"source_options": {"sheet": "E" if file == "errors.xlsx" else "Data"}}
    done = import_path(FILES / "excel" / file, on_error="reject_row", table_name="t", **options)

    assert (done.status, done.rows_inserted, done.rows_rejected) == ("partial", 1, 3)
    errors = MappingError.objects.filter(import_record=done).order_by("id")
    assert [(one.record_number, one.source_field, one.source_value, one.error_type) for one in errors] == [
        (1, "rate", "#DIV/0!", "excel_error_cell"),
        (3, "name", "#N/A", "excel_error_cell"),
        (3, "rate", "#REF!", "excel_error_cell"),
        (4, "rate", "#NAME?", "excel_error_cell"),
    ]
    kept = KeptRecord.objects.filter(import_record=done).order_by("record_number")
    assert [json.loads(bytes(one.original))[:3] for one in kept] == [
        ["Ann", "#DIV/0!", "1"], ["#N/A", "#REF!", "5"], [None, "#NAME?", None],
    ]  # fmt: skip
    assert [one.location.rpartition(", ")[2] for one in kept] == ["row 2", "row 4", "row 5"]


def test_amounts_of_one_currency_are_numbers_and_mixed_ones_are_text(atlas_db):
    import_path(FILES / "excel" / "currencies.xlsx", table_name="t")

    assert {name: columns_of("t")[name] for name in ("price", "fee")} == {"price": "text", "fee": "integer"}
