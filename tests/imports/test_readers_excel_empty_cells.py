"""Cells that calamine gives as empty: errors, and formulas without a saved result."""

import json
import struct

import openpyxl
import pytest

from imports.models import KeptRecord, MappingError
from imports.readers.excel import package
from tests.importing import import_path
from tests.imports.reading import FILES, read_file, read_path
from tests.imports.written import workbook_of


def test_error_cells_are_null_and_reported():
    found = read_file("excel/errors.xlsx")

    assert found.rows == [("Ann", None, "1"), ("Bob", "2", "3"), (None, None, "5"), (None, None, None)]
    assert found.told() == [
        (1, "excel_error_cell", False, ("Ann", "#DIV/0!", "1")),
        (3, "excel_error_cell", False, ("#N/A", "#REF!", "5")),
        (3, "excel_error_cell", False, ("#N/A", "#REF!", "5")),
        (4, "excel_error_cell", False, (None, "#NAME?", None)),
    ]
    assert found.messages() == [
        "cell B2 contains #DIV/0!",
        "cell A4 contains #N/A",
        "cell B4 contains #REF!",
        "cell B5 contains #NAME?",
    ]
    cells = [(problem.column, problem.value) for problems in found.problems.values() for problem in problems]
    assert cells == [(1, "#DIV/0!"), (0, "#N/A"), (1, "#REF!"), (1, "#NAME?")]


def test_an_error_cell_is_reported_by_its_column_where_the_table_begins_further_right(tmp_path):
    workbook = openpyxl.Workbook()
    for cell, value in {"C3": "a", "D3": "b", "C4": "x", "D4": "#N/A"}.items():
        workbook.active[cell] = value
    workbook.save(tmp_path / "right.xlsx")

    found = read_path(tmp_path / "right.xlsx")

    assert (found.header, found.rows) == (["a", "b"], [("x", None)])
    assert [(str(problem.message), problem.column) for problem in found.problems[1]] == [("cell D4 contains #N/A", 1)]


def test_error_cells_are_found_wherever_the_sheet_is_cut(monkeypatch):
    whole = read_file("excel/errors.xlsx").messages()

    for block in (1, 7, 64, 300):
        monkeypatch.setattr(package, "BLOCK", block)
        assert read_file("excel/errors.xlsx").messages() == whole


# of .xls, .xlsb and .ods, where calamine has nothing but an empty cell
ERRORS = [("Ann", None, "1"), ("Bob", "2", "3"), (None, None, "5"), (None, None, None)]


@pytest.mark.parametrize("file", ["errors.xls", "errors.xlsb", "errors.ods"])
def test_error_cells_of_other_formats_are_reported_too(file):
    found = read_file(f"excel/{file}", sheet="Data")

    assert [row[:3] for row in found.rows] == ERRORS
    problems = [problem for problems in found.problems.values() for problem in problems]
    assert [(str(one.message), one.column, one.value) for one in problems] == [
        ("cell B2 contains #DIV/0!", 1, "#DIV/0!"),
        ("cell A4 contains #N/A", 0, "#N/A"),
        ("cell B4 contains #REF!", 1, "#REF!"),
        ("cell B5 contains #NAME?", 1, "#NAME?"),
    ]
    assert [one.original[:3] for one in problems] == [
        ("Ann", "#DIV/0!", "1"), ("#N/A", "#REF!", "5"), ("#N/A", "#REF!", "5"), (None, "#NAME?", None),
    ]  # fmt: skip


def test_errors_of_one_sheet_are_not_those_of_another():
    found = read_file("excel/errors.xls", sheet="Other")

    assert (found.header, found.rows, found.messages()) == (["x"], [(None,)], ["cell A2 contains #NUM!"])


def test_errors_that_only_other_programs_know_are_reported():
    found = read_file("excel/unknown_errors.xlsx")

    assert found.rows == [("Ann", None), ("Bob", None), ("Cem", "3"), ("Dan", "4")]
    assert found.messages() == ["cell B2 contains #SPILL!", "cell B3 contains #ERROR!"]


def test_formulas_without_a_result_are_reported_and_their_rows_kept():
    found = read_file("excel/formulas.xlsx")

    assert (found.rows, found.positions) == (
        [("1", "2", None), ("3", "4", None), ("5", "6", "7"), (None, None, None)],
        [2, 3, 4, 5],
    )
    assert found.told() == [
        (1, "formula_without_result", False, ("1", "2", "=A2+B2")),
        (2, "formula_without_result", False, ("3", "4", '=IF(A3>2,"x & y","")')),
        (4, "formula_without_result", False, ("=SUM(A2:A4)", None, None)),
    ]
    assert found.messages()[0] == "cell C2 contains a formula without a saved result"
    assert found.warnings == [
        "3 cells have formulas without saved results. Open the workbook in a spreadsheet program, save it there "
        "and upload it again."
    ]


def test_formulas_without_a_result_are_reported_of_open_documents_too():
    found = read_file("excel/merged.ods")

    assert found.rows == [("Red", "Ann"), (None, "Bob"), ("1", None)]
    assert found.told() == [(3, "formula_without_result", False, ("1", "=[.A4]+1"))]


def test_formulas_of_old_workbooks_that_were_never_calculated_are_reported():
    found = read_file("corpus/excel/formulas_not_computed.xls")

    assert found.rows == [("1", None), ("2", None)]
    assert found.told() == [
        (1, "formula_without_result", False, ("1", None)),
        (2, "formula_without_result", False, ("2", None)),
    ]
    assert found.messages() == [f"cell B{row} contains a formula without a saved result" for row in (2, 3)]


def test_formulas_of_old_workbooks_with_empty_results_next_to_others_are_reported(tmp_path):
    content = (FILES / "corpus" / "excel" / "formulas_not_computed.xls").read_bytes()
    nothing, first = struct.pack("<Q", 0xFFFF000000000003), content.index(struct.pack("<Q", 0xFFFF000000000003))
    path = tmp_path / "calculated.xls"
    path.write_bytes(content[:first] + struct.pack("<d", 2.0) + content[first + len(nothing) :])

    found = read_path(path)

    assert (found.rows, found.problems) == ([("1", "2"), ("2", None)], {})
    assert found.warnings[0].startswith("1 formula has an empty result.")


def test_lost_cells_of_the_header_are_reported_and_name_their_columns():
    found = read_file("corpus/excel/error_in_header.xlsx")

    assert found.header == ["name", "#REF!", '=A1&"x"']
    assert found.warnings[:2] == [
        "Header cell B1 contains #REF!.", "Header cell C1 contains a formula without a saved result.",
    ]  # fmt: skip


def test_a_formula_whose_result_is_an_empty_text_is_no_problem(tmp_path):
    rows = (
        '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>""</f><v></v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>3</v></c><c r="B3"><f>B2</f><v/></c></row>'
    )

    found = read_path(workbook_of(tmp_path / "formulas.xlsx", rows))

    assert found.rows == [("2", None), ("3", None)]
    assert found.messages() == ["cell B3 contains a formula without a saved result"]


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
