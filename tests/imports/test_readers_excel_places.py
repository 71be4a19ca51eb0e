"""Which cells of a sheet are the table: values far from it, tables side by side, rows with the same number."""

import zipfile

import openpyxl
import pytest

from imports.errors import InvalidMapping
from tests.imports.reading import read_path
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


def test_several_far_cells_are_counted(tmp_path):
    found = read_path(book(tmp_path, table(((3, FAR), "x"), ((7, FAR + 2), "y"), ((9, FAR), 5))))

    assert len(found.rows) == 3
    assert found.warned == [("far_cells", {"cells": 3, "cell": "AZ3"})]


def test_a_far_cell_does_not_make_a_note_below_a_record(tmp_path):
    found = read_path(book(tmp_path, table(((6, 0), "Source: the offices"), ((8, FAR), "stray"))))

    assert len(found.rows) == 3
    assert [code for code, _ in found.warned] == ["row_below_table", "far_cell"]


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
def test_columns_that_may_be_one_table_are_read_together_and_that_is_said(tmp_path, what):
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


@pytest.mark.parametrize("columns", ["X:Z", "1:2", "A-B", "A:B:C", ""])
def test_columns_that_are_not_there_cannot_be_chosen(tmp_path, columns):
    path = book(tmp_path, table())

    if columns:
        with pytest.raises(InvalidMapping):
            read_path(path, columns=columns)
    else:
        assert read_path(path, columns=columns).header == ["k", "v"]


def row(number, *values):
    return (
        f'<row r="{number}">'
        + "".join(
            f'<c r="{"ABC"[at]}{number}"><v>{value}</v></c>' for at, value in enumerate(values) if value is not None
        )
        + "</row>"
    )


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
