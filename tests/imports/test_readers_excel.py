"""What workbooks say: cells as Excel means them, rows as Excel numbers them, sheets, and what is no workbook."""

import time

import pytest

from imports.errors import InvalidMapping, UnreadableFile
from imports.readers.excel import facts_xlsx
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
    assert found.file_info.native_text == native_text
    assert found.problems == {}


def test_the_first_visible_sheet_with_values_is_proposed():
    file_info = read_file("excel/sheets.xlsx").file_info

    assert file_info.options == {"sheet": "Jan", "header_row": 3}
    assert file_info.choices == {"sheet": ["Notes", "Jan", "Secret", "Feb"]}


def test_a_hidden_sheet_is_not_proposed():
    found = read_file("excel/hidden_first.xlsx")

    assert (found.file_info.options["sheet"], found.rows) == ("Data", [("Ann",)])
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


@pytest.mark.parametrize("file", ["values.xlsx", "errors.xlsx"])
def test_what_was_understood_reads_the_same_again(file):
    first = read_file(f"excel/{file}")

    again = read_file(f"excel/{file}", **first.file_info.options)

    assert (again.rows, again.positions, again.told()) == (first.rows, first.positions, first.told())


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("excel/empty.xlsx", "has no values"),
        ("excel/far.xlsx", "too many rows and columns"),
        ("junk/far.xls", "damaged"),
        ("junk/bomb.xlsx", "too large"),
        ("junk/truncated.xlsx", "incomplete"),
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


def test_a_repeated_header_is_left_out_and_leaves_numbers_numbers():
    found = read_file("excel/repeated_header.xlsx")

    assert found.rows == [("Ann", "1"), (None, None), ("Bob", "2"), ("name", "3")]
    assert found.told() == [(2, "repeated_header", True, ("name", "n"))]
    assert found.messages() == ["sheet S, row 3 repeats the header"]
    assert found.file_info.native_text == {0}


@pytest.mark.parametrize("file", ["protected.xlsx", "protected.xls", "protected.ods"])
def test_a_workbook_with_a_password_is_refused(file):
    with pytest.raises(UnreadableFile, match="password-protected. Please save it without a password."):
        read_file(f"junk/{file}")


@pytest.mark.parametrize("file", ["protected.xlsx", "protected.xls", "protected.ods"])
def test_a_password_is_seen_without_the_ending_of_a_name(tmp_path, file):
    path = tmp_path / "spooled"
    path.write_bytes((FILES / "junk" / file).read_bytes())

    with pytest.raises(UnreadableFile, match="password-protected"):
        read_path(path)


def test_amounts_of_one_currency_are_numbers_and_mixed_ones_are_text(atlas_db):
    import_path(FILES / "excel" / "currencies.xlsx", table_name="t")

    assert {name: columns_of("t")[name] for name in ("price", "fee")} == {"price": "text", "fee": "integer"}


def test_rows_without_numbers_are_looked_at_as_cheaply_as_others():
    without = b"<row><c><v>%d</v></c></row>" * 26_000 % (*range(26_000),)
    numbered = b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (row, row, row) for row in range(1, 26_001))

    def seconds(block):
        start = time.process_time()
        assert facts_xlsx._spread(block, 0, facts_xlsx._last_row(block, 0)) == (26_000, 26)
        return time.process_time() - start

    costs = [(seconds(without), seconds(numbered)) for _ in range(7)]

    assert min(cost for cost, _ in costs) < 2 * min(cost for _, cost in costs)


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        ("<row>{0}</row><row/><row>{0}</row>", 13),
        ("<row r='20'>{0}</row><row>{0}</row>", 21),
        ("<row>{0}</row><row r = '12' r='7'>{0}</row><row spans='1'>{0}</row>", 13),
        ("<row r='30'>{0}</row><row r='5'>{0}</row><row>{0}</row>", 30),
        ("<rowBreaks/>", 10),
    ],
)
def test_rows_without_a_number_count_on_from_the_one_before(rows, last):
    assert facts_xlsx._last_row(rows.format("<c><v>1</v></c>").encode(), 10) == last


def test_the_longest_row_is_found_where_rows_end_in_several_ways():
    rows = (
        "<row>" + "<c/>" * 20 + "</row ><row>" + "<c/>" * 40 + "</x:row><row>" + "<c/>" * 30 + "</row><row><c/></row>"
    )
    assert facts_xlsx._most_cells(rows.encode()) == 40
