"""Which cells of a sheet are the table: values far from it, tables side by side, rows with the same number."""

import zipfile

import openpyxl
import pytest

from imports.errors import InvalidMapping, UnreadableFile
from imports.readers import open_reader
from tests.imports.reading import FILES, read_path, source_of
from tests.imports.written import workbook_of

RECORDS = [["a", 1], ["b", 2], ["c", 3]]
FAR = 51  # column AZ, from 0


def book(tmp_path, cells):
    """cells: value by (row from 1, column from 0), or rows."""
    workbook = openpyxl.Workbook()
    if isinstance(cells, list):
        cells = placed(cells)
    for (row, column), value in cells.items():
        workbook.active.cell(row, column + 1, value)
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def placed(rows):
    return {(row, column): value for row, values in enumerate(rows, 1) for column, value in enumerate(values)}


def table(*more):
    return {**placed([["k", "v"], *RECORDS]), **dict(more)}


def test_a_far_column_with_a_name_is_the_next_column(tmp_path):
    found = read_path(book(tmp_path, table(((1, FAR), "note"), ((2, FAR), "check"))))

    assert found.header == ["k", "v", "note"]
    assert found.rows == [("a", "1", "check"), ("b", "2", None), ("c", "3", None)]
    assert found.warnings == []


@pytest.mark.parametrize(("row", "cell"), [(2, "AZ2"), (4, "AZ4"), (300, "AZ300")])
def test_a_far_cell_without_a_name_is_not_read_and_named(tmp_path, row, cell):
    found = read_path(book(tmp_path, table(((row, FAR), "stray"))))

    assert (found.header, found.rows) == (["k", "v"], [("a", "1"), ("b", "2"), ("c", "3")])
    assert found.warned == [("far_cell", {"cell": cell})]


@pytest.mark.parametrize("records", [1, 2])
def test_a_far_cell_beside_a_small_table_is_not_read_either(tmp_path, records):
    cells = {**placed([["k", "v"], *RECORDS[:records]]), (2, FAR): "stray"}
    found = read_path(book(tmp_path, cells))

    assert (found.header, len(found.rows)) == (["k", "v"], records)
    assert found.warned == [("far_cell", {"cell": "AZ2"})]


def test_a_far_column_that_a_small_table_fills_is_read(tmp_path):
    cells = {**placed([["k", "v"], *RECORDS[:2]]), (2, FAR): "x", (3, FAR): "y"}

    assert [row[2:] for row in read_path(book(tmp_path, cells)).rows] == [("x",), ("y",)]


def test_several_far_cells_are_counted(tmp_path):
    found = read_path(book(tmp_path, table(((3, FAR), "x"), ((7, FAR + 2), "y"), ((9, FAR), 5))))

    assert len(found.rows) == 3
    assert found.warned == [("far_cells", {"cells": 3, "cell": "AZ3"})]


def test_a_far_cell_does_not_make_a_note_below_a_record(tmp_path):
    found = read_path(book(tmp_path, table(((6, 0), "Source: the offices"), ((8, FAR), "stray"))))

    assert len(found.rows) == 3
    assert found.warned == [("rows_below_table", {"first_row": 6, "last_row": 8})]


def test_a_far_cell_beside_a_table_without_a_header_is_not_read(tmp_path):
    found = read_path(book(tmp_path, {**placed(RECORDS), (1, 6): "stray"}))

    assert (found.header, found.rows) == (["column_1", "column_2"], [("a", "1"), ("b", "2"), ("c", "3")])
    assert ("far_cell", {"cell": "G1"}) in found.warned


def test_a_column_without_a_name_next_to_the_table_is_its_column(tmp_path):
    found = read_path(book(tmp_path, table(((2, 2), "check"))))

    assert (found.header, found.rows[0], found.warnings) == (["k", "v", ""], ("a", "1", "check"), [])


def test_a_far_column_that_most_records_fill_is_read(tmp_path):
    found = read_path(book(tmp_path, table(((2, 5), "x"), ((4, 5), "y"))))

    assert found.header == ["k", "v", ""]
    assert [row[2] for row in found.rows] == ["x", None, "y"]


def test_what_was_read_beside_far_cells_is_read_again(tmp_path):
    path = book(tmp_path, table(((2, FAR), "stray")))
    first = read_path(path)

    again = read_path(path, **first.file_info.options)

    assert (again.header, again.rows, again.file_info.options) == (first.header, first.rows, first.file_info.options)


# the cells of another table beside the first, its columns
BESIDE = {
    "a table that ends above": ([["item", "price"], ["x", 5], ["y", 6]], 0),
    "a table that begins below": ([["item", "price"], ["x", 5], ["y", 6]], 2),
    "a table of the same names": ([["k", "v"], ["x", 5], ["y", 6], ["z", 7]], 0),
}


@pytest.mark.parametrize("what", BESIDE)
def test_of_tables_side_by_side_the_larger_is_read_and_the_other_offered(tmp_path, what):
    rows, down = BESIDE[what]
    beside = {(row + down, column + 3): cell for row, cells in enumerate(rows, 1) for column, cell in enumerate(cells)}
    path = book(tmp_path, {**table(), **beside})

    found = read_path(path)
    other = read_path(path, columns="D:E")

    assert (found.header, len(found.rows), found.file_info.options["columns"]) == (["k", "v"], 3, "A:B")
    assert found.warned == [("columns_of_other_table", {"columns": "D:E"})]
    assert (other.header, len(other.rows)) == (rows[0], len(rows) - 1)
    assert read_path(path, **found.file_info.options).rows == found.rows


def test_the_larger_table_may_be_on_the_right(tmp_path):
    rows = [["item", "price", None, "k", "v", "w"], ["x", 5, None, "a", 1, 2], ["y", 6, None, "b", 2, 3]]

    found = read_path(book(tmp_path, [*rows, [None, None, None, "c", 3, 4]]))

    assert (found.header, found.file_info.options["columns"]) == (["k", "v", "w"], "D:F")


WIDE = ["k", "v", None, "item", "price"]
ONE = {
    "equally long": [WIDE, ["a", 1, None, "x", 5], ["b", 2, None, "y", 6], ["c", 3, None, "z", 7]],
    "with gaps": [WIDE, ["a", 1, None, "x", 5], ["b", 2], ["c", 3, None, "z", 7], ["d", 4]],
}


@pytest.mark.parametrize("what", ONE)
def test_columns_that_may_be_one_table_are_read_together_with_a_warning(tmp_path, what):
    found = read_path(book(tmp_path, ONE[what]))

    assert (found.header, len(found.rows)) == (["k", "v", "item", "price"], len(ONE[what]) - 1)
    assert found.warned == [("columns_read_together", {"columns": ["A:B", "D:E"]})]


def test_one_column_apart_belongs_to_the_table(tmp_path):
    found = read_path(book(tmp_path, [["k", "v", None, "note"], ["a", 1, None, "x"], ["b", 2], ["c", 3]]))

    assert (found.header, found.warnings) == (["k", "v", "note"], [])


@pytest.mark.parametrize("columns", ["D:F", "d:f"])
def test_columns_can_be_chosen(tmp_path, columns):
    path = book(tmp_path, [["a", "b", "c", "k", "v"], [1, 2, 3, "x", 5], [1, 2, 3, "y", 6]])

    assert read_path(path, columns=columns).rows == [("x", "5"), ("y", "6")]
    assert read_path(path, columns="B").rows == [("2",), ("2",)]


@pytest.mark.parametrize("columns", ["X:Z", "1:2", "A-B", "A:B:C"])
def test_columns_that_are_not_there_cannot_be_chosen(tmp_path, columns):
    path = book(tmp_path, table())

    with pytest.raises(InvalidMapping):
        read_path(path, columns=columns)


def test_all_columns_are_read_where_none_is_named(tmp_path):
    assert read_path(book(tmp_path, table()), columns="").header == ["k", "v"]


def row(number, *values):
    return (
        f'<row r="{number}">'
        + "".join(
            f'<c r="{"ABC"[at]}{number}"><v>{value}</v></c>' for at, value in enumerate(values) if value is not None
        )
        + "</row>"
    )


def unread(found):
    return [part.as_json() for part in found.file_info.not_read.parts]


def test_what_is_not_read_of_a_sheet_is_counted_by_row(tmp_path):
    rows = [["Report"], ["of", "May"], [None], *[["k", "v"], *RECORDS], [None], ["Source: the offices"]]
    cells = {**placed(rows), (5, FAR): "stray", (30, FAR): "stray"}

    found = read_path(book(tmp_path, cells), header_row=4)

    assert unread(found) == [
        {"kind": "title", "count": 2, "first_line": 1, "last_line": 2},
        {"kind": "footer", "count": 2, "first_line": 9, "last_line": 30},
        {"kind": "far_cell", "count": 1, "name": "AZ5"},
    ]
    assert found.file_info.not_read.lines_read == 4


def test_other_tables_and_sheets_are_counted(tmp_path):
    path = book(
        tmp_path, [["k", "v"], *RECORDS, *RECORDS, [None], ["who", "age", "city"], ["x", 1, "y"], ["z", 2, "q"]]
    )
    workbook = openpyxl.load_workbook(path)
    workbook.create_sheet("More").append(["a"])
    workbook.save(path)

    assert unread(read_path(path)) == [
        {"kind": "other_sheet", "count": 1, "name": "More"},
        {"kind": "other_table", "count": 3, "first_line": 9, "last_line": 11},
    ]


def test_a_table_beside_is_counted_by_cell(tmp_path):
    beside = {
        (row, column + 3): cell for (row, column), cell in placed([["item", "price"], ["x", 5], ["y", 6]]).items()
    }

    found = read_path(book(tmp_path, {**table(), **beside}))

    assert unread(found) == [{"kind": "far_cell", "count": 6, "name": "D1:E3"}]


def test_what_was_not_read_of_a_sheet_can_be_shown_again(tmp_path):
    path = book(tmp_path, [["Report", "of, May"], [None], ["k", "v"], *RECORDS])
    reader = open_reader(source_of(path), {"header_row": 3})

    assert list(reader.source_lines(1, 3)) == [(1, 'Report,"of, May"'), (3, "k,v")]


#: Without those of corpus/excel_minimal, which have too few parts for openpyxl.
BOOKS = sorted([*(FILES / "excel").glob("*.xls[xm]"), *(FILES / "corpus/excel").glob("*.xlsx")])


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rows_of_a_sheet_are_read_or_counted(path):
    try:
        found = read_path(path)
    except UnreadableFile:
        return
    sheet = openpyxl.load_workbook(path)[found.file_info.options["sheet"]]
    filled = sum(any(cell is not None for cell in row) for row in sheet.iter_rows(values_only=True))
    not_read = found.file_info.not_read

    header = found.file_info.options.get("header_rows", 1) if found.file_info.options["header_row"] else 0
    assert (not_read.lines_read, not_read.lines_read + not_read.lines) == (len(found.rows) + header, filled)


def test_hidden_rows_and_columns_are_read_and_named(tmp_path):
    path = book(tmp_path, table())
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.active
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True
    sheet.row_dimensions[99].hidden = True
    sheet.column_dimensions["B"].hidden = sheet.column_dimensions["F"].hidden = True
    workbook.save(path)

    found = read_path(path)

    assert found.rows == [("a", "1"), ("b", "2"), ("c", "3")]
    assert found.warned == [("hidden_rows", {"rows": 2, "row": 3}), ("hidden_columns", {"columns": ["B"]})]


HEADER = '<row r="1"><c r="A1" t="str"><v>k</v></c><c r="B1" t="str"><v>v</v></c></row>'


@pytest.mark.parametrize(
    ("rows", "expected", "positions"),
    [
        (row(2, 1, 2) + row(2, 9, 9), [("1", "2"), ("9", "9")], [2, 3]),
        (row(2, 1, 2) + row(3, 3, 4) + row(2, 9, 9), [("1", "2"), ("3", "4"), ("9", "9")], [2, 3, 4]),
        (row(2, 1, 2) + row(2, 9, 9) + row(3, 5, 6), [("1", "2"), ("9", "9"), ("5", "6")], [2, 3, 4]),
    ],
)
def test_no_row_is_lost_where_several_have_the_same_number(tmp_path, rows, expected, positions):
    found = read_path(workbook_of(tmp_path / "book.xlsx", HEADER + rows))

    assert (found.rows, found.positions) == (expected, positions)
    assert found.warned == [("rows_renumbered", {})]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (row(3, 3, 4) + row(2, 1, 2), [("1", "2"), ("3", "4")]),
        (row(2, 1) + row(2, None, 2) + row(3, 3, 4), [("1", "2"), ("3", "4")]),
    ],
    ids=["not rising", "one row in two pieces"],
)
def test_rows_keep_their_numbers_where_nothing_would_be_lost(tmp_path, rows, expected):
    found = read_path(workbook_of(tmp_path / "book.xlsx", HEADER + rows))

    assert (found.rows, found.positions, found.warnings) == (expected, [2, 3], [])


@pytest.mark.parametrize("names", [None, ("xl/workbook.xml",)])
def test_parts_may_be_named_with_backslashes(tmp_path, names):
    source = workbook_of(tmp_path / "book.xlsx", HEADER + row(2, 1, 2))
    with zipfile.ZipFile(source) as book, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd:
        for name in book.namelist():
            odd.writestr(name if names and name not in names else name.replace("/", "\\"), book.read(name))

    assert read_path(tmp_path / "odd.xlsx").rows == [("1", "2")]


def test_one_value_at_the_end_of_a_sheet_is_read(tmp_path):
    found = read_path(workbook_of(tmp_path / "book.xlsx", HEADER + row(2, 1, 2) + row(1_048_576, 3, 4)), header_row=1)

    assert (found.rows, found.positions) == ([("1", "2"), ("3", "4")], [2, 1_048_576])
