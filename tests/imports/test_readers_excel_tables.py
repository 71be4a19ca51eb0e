"""Where the table stands in its sheet, and which of several is read."""

from datetime import date

import openpyxl
import pytest

from tests.imports.reading import read_file, read_path

# file: header, rows, numbers of the rows in the sheet, options, warnings
PEOPLE = (["name", "age", "city"], [("Ann", "36", "Oslo"), ("Bob", "7", "Rome"), ("Cem", "40", None)])
NUMBERED = "No header row found; columns were numbered."
TABLES = {
    "titled.xlsx": (
        *PEOPLE, [8, 9, 10], {"sheet": "Report", "header_row": 7},
        ["Skipped rows 1–2 above the table."],
    ),
    "macros.xlsm": (
        *PEOPLE, [8, 9, 10], {"sheet": "Report", "header_row": 7},
        ["Skipped rows 1–2 above the table."],
    ),
    "title_alone.xlsx": (
        *PEOPLE, [3, 4, 5], {"sheet": "S", "header_row": 2}, ["Skipped row 1 above the table."],
    ),
    "total.xlsx": (
        ["name", "n", "sum"], [("Ann", "1", "2.5"), ("Bob", "2", "3.5"), (None, None, None)], [2, 4, 5],
        {"sheet": "S", "header_row": 1, "last_row": 6}, ["Skipped row 7 below the table (note or total)."],
    ),
    "total_in_data.xlsx": (
        ["region", "n", "sum"],
        [("North", "1", "2.5"), ("Total", "1", "2.5"), ("South", "2", "3.5"), ("Total", "2", "3.5")],
        [2, 3, 4, 5], {"sheet": "S", "header_row": 1}, [],
    ),
    "merged.xlsx": (
        ["team", "name", "age"], [("Red", "Ann", "36"), (None, "Bob", "7"), ("Blue", "Cem", "40")], [2, 3, 4],
        {"sheet": "S", "header_row": 1},
        ["Merged cells (A2:A3): only the first cell has a value."],
    ),
    "merged.xlsb": (
        ["team", "name"], [("Red", "Ann"), (None, "Bob")], [2, 3], {"sheet": "Data", "header_row": 1},
        ["Merged cells (A2:A3): only the first cell has a value."],
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
        ["Sheet read: Data. Other sheets: Read me, Lists (hidden)."],
    ),
    "only_hidden.xlsx": (
        *PEOPLE, [2, 3, 4], {"sheet": "Data", "header_row": 1},
        [
            "Sheet “Data” is hidden; it was read because no other sheet has values.",
            "Sheet read: Data. Other sheets: Empty, Deep (hidden).",
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
        ["Several currencies in column C; the amounts were read as text."],
    ),
    "currencies.ods": (
        ["what", "price", "fee"], [("a", "EUR 12.5", "1"), ("b", "USD 3", "2")],
        [2, 3], {"sheet": "S", "header_row": 1},
        ["Several currencies in column B; the amounts were read as text."],
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
    header, rows, positions, options, warnings = TABLES[file]

    found = read_file(f"excel/{file}")

    assert (found.header, found.rows, found.positions) == (header, rows, positions)
    assert (found.file_info.options, found.warnings) == (options, warnings)
    assert [code for _, code, _, _ in found.told()] == ["total"] * (rows[-1] == (None, None, None))


TOTALS = {
    "a total": ([["Total", 3, 4.5]], [3]),
    "a total apart": ([[], ["Total", 3, 4.5]], [3]),
    "a total and a note": ([["Total", 3, 4.5], [], ["Source: the northern offices"]], [3]),
    "another amount": ([["Total", 4, 4.5]], []),
    "a name": ([["Totila", 3, 4.5]], []),
}


@pytest.mark.parametrize("name", TOTALS)
def test_a_total_is_a_record_that_is_filtered_where_it_sums_up(tmp_path, name):
    below, totals = TOTALS[name]
    found = read_path(written(tmp_path, [["name", "n", "v"], ["Ann", 1, 1.5], ["Bob", 2, 3], *below]))

    assert [number for number, code, _, _ in found.told() if code == "total"] == totals
    assert found.file_info.not_read.lines_read + found.file_info.not_read.lines == 3 + sum(map(bool, below))


UNPROVEN = {
    "as many values as the header": ([["Total", 4, 4.6]], 3, []),
    "one amount that is no sum": ([["Total", 3, 4.6]], 3, []),
    "too few values": ([["Total", None, 4.6]], 2, [("footer", 1)]),
    "a note below": ([["Total", 4, 4.6], ["Source: the northern offices"]], 3, [("footer", 1)]),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_a_total_that_does_not_sum_up_is_a_row_where_it_has_all_values(tmp_path, name):
    below, rows, not_read = UNPROVEN[name]
    found = read_path(written(tmp_path, [["name", "n", "v"], ["Ann", 1, 1.5], ["Bob", 2, 3], *below]))

    assert (len(found.rows), found.told()) == (rows, [])
    assert list(found.file_info.not_read.counts.items()) == not_read


def test_a_total_that_does_not_sum_up_is_a_note_below_numbers(tmp_path):
    found = read_path(written(tmp_path, [["year", "n"], [2023, 1], [2024, 2], ["Total", 4]]))

    assert found.rows == [("2023", "1"), ("2024", "2")]


def test_a_total_of_many_inexact_amounts_is_proven(tmp_path):
    amounts = [0.1 * n for n in range(300)]
    rows = [["name", "v"], *([f"n{n}", amount] for n, amount in enumerate(amounts)), ["Total", sum(amounts)]]

    assert [code for _, code, _, _ in read_path(written(tmp_path, rows)).told()] == ["total"]


#: Rows, merged cells; header, how many rows, titles.
MERGED = {
    "a title over all columns": (
        [["People of 2024"], ["name", "city"], ["Ann", "Rome"], ["Bob", "Oslo"]], ["A1:B1"],
        ["name", "city"], 2, 1,
    ),
    "two of them": (
        [["People"], ["of 2024"], ["name", "city"], ["Ann", "Rome"]], ["A1:B1", "A2:B2"], ["name", "city"], 1, 2,
    ),
    "titles over texts": (
        [["Person", None, "Place", None], ["first", "last", "city", "land"], ["Ann", "A", "Rome", "IT"]],
        ["A1:B1", "C1:D1"], ["Person first", "Person last", "Place city", "Place land"], 1, 0,
    ),
    "titles and a name over two rows": (
        [["key", "Person", None, "Place", None], [None, "first", "last", "city", "land"],
         ["k", "Ann", "A", "Rome", "IT"], ["l", "Bob", "B", "Oslo", "NO"]],
        ["A1:A2", "B1:C1", "D1:E1"], ["key", "Person first", "Person last", "Place city", "Place land"], 2, 0,
    ),
    "a title over all of them": (
        [["All"], ["Person", None, "Place", None], ["first", "last", "city", "land"], ["Ann", "A", "Rome", "IT"]],
        ["A1:D1", "A2:B2", "C2:D2"], ["Person first", "Person last", "Place city", "Place land"], 1, 1,
    ),
    "one name over two columns of values": (
        [["name", "address", None], ["Ann", "Street 1", "Rome"], ["Bob", "Street 2", "Oslo"]], ["B1:C1"],
        ["name", "address", ""], 2, 0,
    ),
    "a row of values below titles": (
        [["Person", None, "Place", None], ["Ann", None, "Rome", "IT"], ["Bob", "B", "Oslo", "NO"]],
        ["A1:B1", "C1:D1"], ["Person", "", "Place", ""], 2, 0,
    ),
    "a title alone": ([["People of 2024"], ["Ann", "Rome"]], [], ["People of 2024", ""], 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", MERGED)
def test_merged_cells_show_titles_where_all_columns_are_texts(tmp_path, name):
    rows, merged, header, records, titles = MERGED[name]
    path = written(tmp_path, rows)
    workbook = openpyxl.load_workbook(path)
    for area in merged:
        workbook.active.merge_cells(area)
    workbook.save(path)

    found = read_path(path)

    assert found.header == header
    assert (len(found.rows), found.file_info.not_read.counts.get("title", 0)) == (records, titles)
    again = read_path(path, **found.file_info.options)
    assert (again.header, again.rows) == (found.header, found.rows)


#: Rows of texts; how many columns the first names, and the next row, if a warning says so.
NAMES = {
    "a title": ([["People of 2024", None], ["name", "city"], ["Ann", "Rome"]], (1, 2)),
    "one column of three without a name": ([["name", "city", None], ["Ann", "Rome", "x"], ["Bob", "Oslo", "y"]], None),
    "row names": ([[None, "city"], ["Ann", "Rome"], ["Bob", "Oslo"]], None),
    "all names": ([["name", "city"], ["Ann", "Rome"]], None),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_a_header_that_leaves_most_columns_without_names_may_be_a_title(tmp_path, name, extension):
    rows, expected = NAMES[name]
    path = written(tmp_path, rows)
    if extension == "csv":
        path = tmp_path / "one.csv"
        path.write_text("".join(",".join(cell or "" for cell in row) + "\n" for row in rows))

    found = read_path(path)

    said = [params for code, params in found.warned if code == "mostly_without_names"]
    assert said == ([{"named": expected[0], "columns": expected[1], "next_row": 2}] if expected else [])
    assert "mostly_without_names" not in [code for code, _ in read_path(path, header_row=1).warned]
    if expected:
        assert read_path(path, header_row=2).header == rows[1]


SEVERAL = ["two_tables.xlsx", "larger_second.xlsx"]


@pytest.mark.parametrize("file", [*(f"excel/{file}" for file in TABLES), *(f"corpus/excel/{file}" for file in SEVERAL)])
def test_a_table_that_was_found_is_found_again(file):
    first = read_file(file)

    again = read_file(file, **first.file_info.options)

    assert (again.header, again.rows, again.positions) == (first.header, first.rows, first.positions)
    assert again.file_info.options == first.file_info.options


def test_notes_and_totals_can_be_read_too():
    found = read_file("excel/total.xlsx", last_row=0)

    assert found.rows[2:] == [("Total", "3", "6"), ("Source: the northern offices", None, None)]
    assert found.file_info.options == {"sheet": "S", "header_row": 1, "last_row": 0}
    assert read_file("excel/total.xlsx", last_row=2).rows == [("Ann", "1", "2.5")]


def test_a_title_can_be_read_too():
    found = read_file("excel/titled.xlsx", header_row=0, first_row=1)

    assert found.positions == [1, 2, 7, 8, 9, 10]
    assert read_file("excel/titled.xlsx", header_row=0).positions == [7, 8, 9, 10]
    assert read_file("excel/titled.xlsx", header_row=1).rows[0] == ("as of", "2024-01-05", None, None, None)


def test_another_table_of_the_sheet_can_be_read():
    found = read_file("corpus/excel/larger_second.xlsx", header_row=2)

    assert (found.header, found.rows) == (["name", "age"], [("Ann", "36"), ("Bob", "7"), ("Cem", "40")])
    assert found.file_info.options == {"sheet": "S", "header_row": 2, "last_row": 5}
    assert read_file("corpus/excel/larger_second.xlsx", header_row=14).rows == [
        ("2024-01-05", "1.5"),
        ("2024-01-06", "0"),
    ]


def test_rows_below_the_table_can_be_read_as_rows():
    found = read_file("corpus/excel/two_tables.xlsx", last_row=0)

    assert found.positions == [2, 3, 4, 6, 7, 8, 9]
    assert found.warnings == []


# header, then what follows it: rows of one sheet, None an empty one
STAY_TOGETHER = {
    "the same header again": [["name", "n"], ["Ann", 1], ["Bob", 2], None, ["name", "n"], ["Cem", 3], ["Dan", 4]],
    "groups of records": [["name", "n"], ["Ann", 1], ["Bob", 2], None, ["Cem", 3], ["Dan", 4], ["Eve", 5]],
    "a note of two cells": [["name", "n"], ["Ann", 1], ["Bob", 2], None, ["checked", "yes"]],
    "labels and their values": [
        ["name", "n"], ["Ann", 1], ["Bob", 2], None, ["By:", "Cem"], ["Page:", 7], ["Pages:", 8],
    ],
    "a row of texts in each group": [["x", "n"], *[["a", "b"], ["c", 1], ["d", 2], None] * 25],
}  # fmt: skip


MORE = [[f"M{i}", i] for i in range(50)]

# The same without a hint: header, then what follows it
ONE_TABLE = {
    "a word after an empty row": [["name", "qty"], ["A", 0], ["B", 1], ["C", 2], None, ["D", "unknown"], *MORE],
    "after one record": [["name", "qty"], ["A", 0], None, ["D", "unknown"], *MORE],
    "after the header": [["name", "qty"], None, ["D", "unknown"], *MORE],
    "twice": [
        ["name", "qty"], ["A", 0], ["B", 1], ["C", 2], None, ["D", "unknown"], *MORE, None, ["E", "lost"], *MORE,
    ],
    "below groups": [["name", "qty"], ["A", 0], None, ["B", 1], ["C", 2], None, ["D", "unknown"], *MORE],
    "a third column with few values": [
        ["name", "qty", "note"], ["A", 0], ["B", 1], ["C", 2, "x"], None, ["D", "unknown"], *MORE,
    ],
    "texts before it": [["name", "note"], ["A", "x"], ["B", "y"], None, ["C", "unknown"], ["D", 5], ["E", 6]],
    "a title of one cell before it": [
        ["name", "qty"], ["A", 0], ["B", 1], ["C", 2], None, ["second part"], ["D", "unknown"], *MORE,
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", ONE_TABLE)
@pytest.mark.parametrize("options", [{}, {"header_row": 1}])
def test_rows_that_fit_the_columns_before_them_are_the_same_table(tmp_path, what, options):
    path = written(tmp_path, ONE_TABLE[what])

    found = read_path(path, **options)

    assert (found.header, found.file_info.warnings) == (ONE_TABLE[what][0], [])
    assert len(found.rows) == sum(row is not None for row in ONE_TABLE[what]) - 1


# Two tables, the first of which is larger.
TWO_TABLES = {
    "wider": [["name", "qty"], ["A", 0], ["B", 1], *MORE[:9], None, ["item", "price", "n"], ["X", 5, 1], ["Y", 6, 2]],
    "narrower": [
        ["name", "qty", "n"], ["A", 0, 1], ["B", 1, 2], ["C", 2, 2], None, ["item", "price"], ["X", 5], ["Y", 6],
    ],
    "of other columns": [["name", "qty"], *MORE[:9], None, [None, "x", "y"], [None, 1, 2], [None, 3, 4]],
    "dates below numbers": [
        ["name", "qty"], *MORE[:9], None, ["who", "since"], ["Ann", date(2024, 1, 5)], ["Bob", date(2024, 1, 6)],
    ],
    "below groups": [
        ["name", "qty"], ["A", 0], None, *MORE[:9], None, ["who", "since"],
        ["Ann", date(2024, 1, 5)], ["Bob", date(2024, 1, 6)],
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", TWO_TABLES)
def test_rows_that_do_not_fit_the_columns_before_them_are_another_table(tmp_path, what):
    path = written(tmp_path, TWO_TABLES[what])

    found = read_path(path)

    assert found.header == TWO_TABLES[what][0]
    assert len(found.rows) == sum(row is not None for row in TWO_TABLES[what]) - 4
    assert any("another table" in warning for warning in found.warnings)


MEASURED = [["S0", 0.5, 40], ["S1", 1.5, 41], ["S2", 2.5, 42]]

# rows, how many of them name the columns
HEADERS = {
    "a record of words": ([["station", "temp", "hum"], ["S1", "error", "error"], *MEASURED], 1),
    "a record of words below a nameless column": ([["station", "temp", None], ["S1", "error", "off"], *MEASURED], 1),
    "a record of words below a title": (
        [["Stations"], None, ["station", "temp", "hum"], ["S1", "error", "off"], *MEASURED], 1,
    ),
    "units": ([["station", "temp", "hum"], [None, "°C", "%"], *MEASURED], 2),
    "titles over columns": ([["Region", "Sales", None], [None, "Q1", "Q2"], *MEASURED], 2),
}  # fmt: skip


@pytest.mark.parametrize("what", HEADERS)
def test_a_second_row_of_a_header_holds_names(tmp_path, what):
    rows, count = HEADERS[what]

    found = read_path(written(tmp_path, rows))

    assert found.file_info.options.get("header_rows", 1) == count
    assert len(found.rows) == len(MEASURED) + (count == 1)


def written(folder, rows):
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row or [])
    workbook.save(folder / "one.xlsx")
    return folder / "one.xlsx"


@pytest.mark.parametrize("what", STAY_TOGETHER)
def test_what_is_surely_no_other_table_stays_in_the_one(tmp_path, what):
    found = read_path(written(tmp_path, STAY_TOGETHER[what]), header_row=1)

    assert len(found.rows) == sum(row is not None for row in STAY_TOGETHER[what]) - 1
    assert not any("another table" in warning for warning in found.warnings)


QUARTERS = [["N", 1, 2, 3, 4], ["S", 2, 3, 4, 5], ["E", 3, 4, 5, 6], ["W", 4, 5, 6, 7]]
GROUPS, GROUPED = [None, "Budget", None, "Actual", None], ["Region", "Sales", "Cost", "Sales", "Cost"]
BELOW_A_TITLE = {
    "an empty row between": ([["Quarterly report"], [None], GROUPS, GROUPED], 3),
    "right below it": ([["Quarterly report"], GROUPS, GROUPED], 2),
    "a date too": ([["Quarterly report"], ["as of", "today"], [None], GROUPS, GROUPED], 4),
}


@pytest.mark.parametrize("name", BELOW_A_TITLE)
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_two_header_lines_below_a_title_are_joined(tmp_path, name, ending):
    above, header_row = BELOW_A_TITLE[name]

    found = read_path(saved(tmp_path / f"t.{ending}", [*above, *QUARTERS]))

    assert found.header == ["Region", "Budget Sales", "Budget Cost", "Actual Sales", "Actual Cost"]
    assert [row[0] for row in found.rows] == ["N", "S", "E", "W"]
    assert (found.file_info.options["header_row"], found.file_info.options["header_rows"]) == (header_row, 2)


def test_equal_names_without_titles_above_them_are_one_header_line(tmp_path):
    found = read_path(saved(tmp_path / "t.xlsx", [["Quarterly report"], [None], GROUPED, *QUARTERS]))

    assert (found.header, len(found.rows)) == (GROUPED, 4)


def saved(path, rows):
    """A file of these rows, None where a cell is empty."""
    if path.suffix == ".csv":
        path.write_text("".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows))
        return path
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(path)
    return path


@pytest.mark.parametrize(
    ("row", "header"),
    [
        ([5, "John", date(2024, 1, 1)], ["column_1", "column_2", "column_3"]),
        (["id", "name", "day"], ["id", "name", "day"]),
        (["region", 2019, 2020], ["region", "2019", "2020"]),
    ],
)
def test_one_row_of_values_is_a_record(tmp_path, row, header):
    found = read_path(written(tmp_path, [row]))

    assert (found.header, len(found.rows)) == (header, 0 if header == list(map(str, row)) else 1)
