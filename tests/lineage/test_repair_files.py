"""What of a file of failed rows is a repair: what persons changed, however the file was saved or its columns moved."""

import io

import openpyxl
import pytest

from imports.errors import CannotRepair, NoRepairFile, NothingLoaded, UnknownImport
from imports.models import ImportHistory
from imports.sources.receive import spooled
from lineage.repair_files import repair_by_file
from lineage.undo import undo_import
from tests.importing import TESTER, import_path, import_text, query, rows_of
from tests.imports.reading import FILES
from tests.lineage.repaired_files import (
    as_text,
    failed_csv,
    failed_rows,
    failed_xlsx,
    notes,
    of_import,
    sent,
    texts,
)

OTHER = "11111111-2222-4333-8444-555555555555"
PEOPLE = 'name,Age ,a,a\nAda,36,1,2\n"Lee, Alan",old,3,4\nGrace,x,5,6\nLinus,21,7,8,Helsinki,x\nTim\n'
PLAN = {"db_schema": {"age": "INTEGER"}}
NAME, AGE, FIRST, SECOND = range(4)


@pytest.fixture
def people(atlas_db, tmp_path):
    """Records 2 and 3 lost their age, 4 has too many fields, 5 too few."""
    return import_text(tmp_path, "people.csv", PEOPLE, **PLAN)


@pytest.fixture
def rows(people):
    """The file as downloaded: name, Age, a, a, _extra, _record_number, _location, _error_types, _errors, _import_id."""
    return failed_rows(people)


def with_cells(rows, cells):
    """The rows with other cells: {(row, column): text}."""
    return [[cells.get((at, place), cell) for place, cell in enumerate(row)] for at, row in enumerate(rows)]


AGES = {(1, AGE): "37", (2, AGE): "86"}
REPAIRED = {2: {AGE: "37"}, 3: {AGE: "86"}}


def test_a_file_as_it_was_downloaded_changes_nothing(people, rows):
    for content in (failed_csv(people), failed_xlsx(people), rows, as_text(rows, delimiter=";", lineterminator="\r\n")):
        found = sent(people, content)
        assert (found.rows, found.changes, found.unchanged, found.notes) == (4, [], 4, ())


def test_only_changed_cells_are_repairs_in_any_dialect_and_encoding(people, rows):
    text = as_text(with_cells(rows, AGES))

    for content in (
        text, text.encode("utf-16"), text.replace(",", ";").replace("Lee; Alan", "Lee, Alan").encode("cp1252"),
        "\ufeff" + text, as_text(with_cells(rows, AGES), delimiter="\t"),
        as_text([["mine"], [], *with_cells(rows, AGES)]),
    ):  # fmt: skip
        found = sent(people, content)
        assert (texts(found), found.unchanged) == (REPAIRED, 2)
    assert [change.expected_before for change in found.changes] == [{"age": "old"}, {"age": "x"}]


def test_rows_removed_repeated_and_contradicting(people, rows):
    changed = with_cells(rows, AGES)

    half = sent(people, [*changed[:2]])
    twice = sent(people, [*changed, changed[1], changed[0]])
    other = sent(people, [*changed, with_cells(changed, {(1, AGE): "38"})[1]])
    unread = sent(people, [*changed, with_cells(changed, {(1, 8): "seen"})[1]])

    assert (texts(half), half.unchanged, half.notes) == ({2: {AGE: "37"}}, 0, ())
    assert (texts(twice), notes(twice)) == (REPAIRED, [("repeated_rows", {"rows": 1})])
    assert (texts(other), notes(other)) == ({3: {AGE: "86"}}, [("contradicting_rows", {"rows": 1, "numbers": [2]})])
    assert (texts(unread), notes(unread)) == (REPAIRED, [("repeated_rows", {"rows": 1})])


def test_columns_are_known_by_their_titles(people, rows):
    changed = with_cells(rows, AGES)
    header, *body = changed

    moved = sent(people, [row[::-1] for row in changed])
    swapped = sent(people, [[row[0], row[1], row[3], row[2], *row[4:]] for row in changed])
    added = sent(people, [[*header, "by"], *([*row, "me"] for row in body)])
    edited = sent(people, [[" NAME", "Age", *header[2:]], *body])
    renamed = sent(people, [["name", "Years", *header[2:]], *body])
    fewer = sent(people, [[row[1], row[5], row[9]] for row in changed])
    wider = sent(people, [header, [*body[0], "", "", "37"], *body[1:]])
    one_of_two = sent(people, [[*row[:2], *row[3:]] for row in with_cells(rows, {(1, 3): "new"})])

    assert texts(moved) == texts(swapped) == texts(added) == texts(edited) == texts(fewer) == texts(wider) == REPAIRED
    assert [notes(found) for found in (moved, swapped, edited)] == [[], [], []]
    assert notes(added) == [("unknown_columns_of_repair", {"columns": ["by"]})]
    assert (texts(renamed), notes(renamed)) == ({}, [
        ("unknown_columns_of_repair", {"columns": ["Years"]}), ("missing_columns_of_repair", {"columns": ["Age "]}),
    ])  # fmt: skip
    assert notes(fewer) == [("missing_columns_of_repair", {"columns": ["name", "a", "a"]})]
    assert notes(wider) == [("unknown_columns_of_repair", {"columns": ["column 13"]})]
    assert (texts(one_of_two), notes(one_of_two)) == ({}, [
        ("unknown_columns_of_repair", {"columns": ["a"]}), ("missing_columns_of_repair", {"columns": ["a", "a"]}),
    ])  # fmt: skip


def test_rows_that_are_none_of_the_import_are_said(people, rows):
    header, *body = with_cells(rows, AGES)
    foreign, nameless, new = [*body[0]], [*body[1]], ["Eve", "3", *[""] * 8]
    foreign[9], nameless[9] = OTHER, ""
    beyond, odd = [*body[0]], [*body[0]]
    beyond[5], odd[5] = "6", "two"

    found = sent(people, [header, foreign, nameless, new, beyond, odd, ["", *[""] * 9], *body[2:]])

    assert (found.rows, texts(found), found.unchanged) == (7, {}, 2)
    assert notes(found) == [
        ("repair_rows_of_other_imports", {"rows": 1, "other": OTHER}),
        ("repair_rows_without_import", {"rows": 1, "column": "_import_id"}),
        ("repair_rows_without_number", {"rows": 2, "locations": ["line 4", "line 6"]}),
        ("unknown_numbers", {"rows": 1, "numbers": [6]}),
    ]


def test_a_file_of_another_import_or_none_is_refused(people, rows):
    foreign = [[*row[:9], OTHER if at else row[9]] for at, row in enumerate(rows)]
    cases = {
        as_text(foreign): "nothing_of_this_import",
        as_text([row[:9] for row in rows]): "no_repair_file",
        as_text(rows).replace("_record_number", "_record_id"): "no_repair_file",
        "a,b\n1,2\n": "no_repair_file",
        '[{"_record_number": 1}]': "repair_file_of_other_format",
    }  # fmt: skip

    for content, code in cases.items():
        with pytest.raises(NoRepairFile) as refusal:
            sent(people, content)
        assert refusal.value.message.code == code
    assert rows_of("people", "age")[1]["age"] is None


def test_values_without_a_header_and_missing_ones(people, rows):
    """`_extra` of record 4 has ["Helsinki", "x"]; record 5 has a name alone."""
    emptied = sent(people, with_cells(rows, {(3, 4): "", (3, SECOND): "9"}))
    kept = sent(people, with_cells(rows, {(3, SECOND): "9"}))
    edited = sent(people, with_cells(rows, {(3, 4): '["x"]'}))
    filled = sent(people, with_cells(rows, {(4, AGE): "5"}))

    assert texts(emptied) == {4: {NAME: "Linus", AGE: "21", FIRST: "7", SECOND: "9"}}
    assert (texts(kept), kept.notes) == ({4: {SECOND: "9"}}, ())
    assert (texts(edited), notes(edited)) == ({}, [("extra_edited", {"rows": 1, "column": "_extra"})])
    assert texts(filled) == {5: {AGE: "5"}}


def test_a_workbook_whatever_its_cells_are(people):
    book = openpyxl.load_workbook(io.BytesIO(failed_xlsx(people)))
    sheet = book.active
    sheet["B2"], sheet["B3"] = 37, "'-5"
    sheet["A3"] = None
    sheet.move_range("A1:J5", rows=2, cols=1)
    book.create_sheet("mine").append(["a", "b"])
    book.create_sheet("none")
    second = book.create_sheet("more")
    for row in (["Age ", "_import_id", "_record_number"], [44, str(people.pk), 5]):
        second.append(row)
    stream = io.BytesIO()
    book.save(stream)

    found = sent(people, stream.getvalue(), "repaired.xlsx")

    assert texts(found) == {2: {AGE: "37"}, 3: {NAME: None, AGE: "-5"}}
    assert notes(found) == [
        ("contradicting_rows", {"rows": 1, "numbers": [5]}),
        ("missing_columns_of_repair", {"columns": ["name", "a", "a"]}),
        ("other_sheets_of_repair", {"sheets": ["mine", "none"]}),
    ]


# --- what programs change ---

CELLS = (
    "code,long,amount,ok,day,met,born,n,note,city\n"
    "007,1234567890123456789,1.50,true,2020-02-13,13.02.2020,13/13/2020,1,=1+1,José \n"
    '0815,123456789012,1234.00,false,2020-12-01,1.12.2020,x,2,"a\nb",Łódź\n'
    "1E5,5,0.10,true,2020-01-02,01.02.2020,2020-01-05,1.50,-5x,Wien\n"
    "042,6,7,true,2020-01-03,02.02.2020,2020-02-03,4,ok,Graz\n"
)
TYPES = {
    "code": "TEXT", "long": "TEXT", "born": "DATE", "ok": "BOOLEAN", "day": "DATE", "met": "TEXT", "n": "INTEGER",
}  # fmt: skip
#: What LibreOffice 7 made of the file: column, kind, cells. All were opened as CSV and saved at once.
BY_LIBREOFFICE = {
    "libreoffice_us.csv": [  # English, UTF-8
        ("code", "leading_zeros", 2), ("code", "number", 1), ("long", "digits", 1), ("amount", "number", 3),
        ("ok", "boolean", 3), ("n", "number", 1),
    ],
    "libreoffice_de.csv": [  # German, semicolons, Windows-1252
        ("code", "leading_zeros", 2), ("code", "number", 1), ("long", "digits", 1), ("met", "date", 3),
        ("city", "encoding", 1),
    ],
    "libreoffice_de.xlsx": [
        ("code", "leading_zeros", 2), ("code", "number", 1), ("long", "digits", 1), ("met", "date", 3),
    ],
}  # fmt: skip


@pytest.fixture
def cells(atlas_db, tmp_path):
    return import_text(tmp_path, "t.csv", CELLS, db_schema=TYPES)


def test_what_libreoffice_changes_is_said_by_column_and_is_no_repair(cells):
    for name, expected in BY_LIBREOFFICE.items():
        found = sent(cells, of_import((FILES / "repairs" / name).read_bytes(), cells), name)

        assert (found.changes, found.unchanged) == ([], 3)
        assert [(code, params["column"], params["kind"], params["cells"]) for code, params in notes(found)] == [
            ("rewritten_by_program", *one) for one in expected
        ]


def test_repairs_among_what_libreoffice_changed_are_taken(cells):
    content = of_import((FILES / "repairs" / "libreoffice_us.csv").read_bytes(), cells).decode()

    found = sent(cells, content.replace(",13/13/2020,", ",2020-12-13,").replace(",'-5x,", ",'-5,"))

    assert texts(found) == {1: {6: "2020-12-13"}, 3: {8: "-5"}}
    assert len(found.notes) == len(BY_LIBREOFFICE["libreoffice_us.csv"])
    assert [change.expected_before for change in found.changes] == [{"born": "13/13/2020"}, {"note": "-5x"}]


def test_the_same_value_in_a_cell_with_an_error_is_a_repair_where_no_program_changed_others(cells):
    """`n` of record 3 is 1.50, which is no integer: 1.5 is the same number in another notation."""
    header, *body = failed_rows(cells)
    body[2][7] = "1.5"

    by_a_person = sent(cells, [header, *body])
    body[0][0] = "7"
    by_a_program = sent(cells, [header, *body])

    assert texts(by_a_person) == {3: {7: "1.5"}}
    assert texts(by_a_program) == {}
    assert [params["column"] for _, params in notes(by_a_program)] == ["code", "n"]


def test_formula_safe_texts_are_the_same_with_and_without_their_apostrophe(cells):
    header, *body = failed_rows(cells)
    assert (body[0][8], body[2][8]) == ("'=1+1", "'-5x")
    body[0][8], body[2][8], body[1][8] = "=1+1", "'=2+2", "'+x"

    assert texts(sent(cells, [header, *body])) == {2: {8: "+x"}, 3: {8: "=2+2"}}


# --- cells that are not what they look like ---


def test_null_and_empty_are_one_and_emptied_cells_are_null(atlas_db, tmp_path):
    record = import_text(tmp_path, "t.csv", 'n,a,b,c\nx,,"",text\n', db_schema={"n": "INTEGER"})
    header, row = failed_rows(record)

    assert sent(record, [header, row]).unchanged == 1
    assert sent(record, failed_csv(record).replace(',,"",', ',"",,')).unchanged == 1
    assert texts(sent(record, [header, ["", "", "", "", *row[4:]]])) == {1: {0: None, 3: None}}


def test_long_texts_nul_and_wrong_bytes(atlas_db, tmp_path):
    long = "x" * 600
    text = b"name,n\nGr\xfc\xdfe,2\na\0b,x\n" + f"{long},y\n{'z' * 40_000},w\n".encode()
    record = import_text(tmp_path, "t.csv", text, source_options={"encoding": "utf-8"}, db_schema={"n": "INTEGER"})
    header, *body = failed_rows(record)

    assert [sent(record, one).unchanged for one in (failed_csv(record), failed_xlsx(record))] == [4, 4]
    body[0][0], body[1][0], body[2][0], body[3][1] = "Grüße", "ab", f"{long}!", "5"
    assert texts(sent(record, [header, *body])) == {1: {0: "Grüße"}, 2: {0: "ab"}, 3: {0: f"{long}!"}, 4: {1: "5"}}


@pytest.mark.parametrize("on_error", ["null", "reject_row"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.ndjson", '{"n": 36, "at": {"city": "Wien"}}\n[1]\n{"n": "x", "at": {"city": "Graz"}}\n'),
        ("t.xml", "<ps><p><n>36</n><at><city>W</city></at></p><p><n>x</n><at><city>Graz</city></at></p></ps>"),
    ],
)
def test_paths_are_titles_as_well(atlas_db, tmp_path, name, text, on_error):
    record = import_text(tmp_path, name, text, on_error=on_error, db_schema={"n": "INTEGER"})
    header, *body = failed_rows(record)
    place, last = header.index("at.city"), body[-1]
    last[0], last[place] = "5", "Linz"

    found = sent(record, [header, *body])

    assert texts(found) == {record.total_rows_in_file: {0: "5", place: "Linz"}}
    if name == "t.ndjson":
        body[0][0] = "7"  # of [1], of which no cell could be read
        assert texts(sent(record, [header, *body]))[2] == {0: "7", 1: None}


def test_errors_of_workbooks_are_cells_like_others(atlas_db):
    record = import_path(FILES / "excel" / "errors.xlsx")
    header, *body = failed_rows(record)

    assert sent(record, failed_xlsx(record)).unchanged == len(body)
    body[0][1] = "0.5"
    assert texts(sent(record, [header, *body])) == {1: {1: "0.5"}}


# --- imports and repairs ---


def test_an_import_that_takes_no_repairs_is_said(people, rows, tmp_path):
    undo_import(people.pk, TESTER)
    with pytest.raises(CannotRepair) as undone:
        sent(people, rows)
    ImportHistory.objects.filter(pk=people.pk).delete()
    with pytest.raises(UnknownImport):
        sent(people, rows)

    assert undone.value.message.code == "repair_of_undone"


def test_all_rows_of_a_failed_import_can_be_repaired(atlas_db, tmp_path):
    with pytest.raises(NothingLoaded) as stopped:
        import_text(tmp_path, "t.csv", "n,a\nx,1\ny,2\n", on_error="reject_row", db_schema={"n": "INTEGER"})
    record = ImportHistory.objects.get(pk=stopped.value.details["import_id"])
    header, *body = failed_rows(record)
    body[0][0] = "1"

    report = by_file(record, [header, *body]).repair

    assert (report.repaired, report.status) == (1, "partial")
    assert [(row["n"], row["a"]) for row in rows_of("t")] == [(1, 1)]


def by_file(record, content, **options):
    with spooled([as_text(content).encode()], "repaired.csv") as source:
        return repair_by_file(record.pk, source, TESTER, **options)


def test_each_record_is_repaired_once_however_often_it_is_sent(people, rows):
    changed = with_cells(rows, {**AGES, (3, 4): "", (4, AGE): "5"})

    dry = by_file(people, changed, dry_run=True).repair
    first = by_file(people, changed[:2]).repair
    second = by_file(people, changed)
    third = by_file(people, changed)
    other = by_file(people, with_cells(changed, {(1, AGE): "99"})).repair

    assert (dry.repaired, dry.partly, first.repaired) == (3, 1, 1)
    assert (second.repair.repaired, second.repair.partly, second.file.unchanged) == (2, 1, 1)
    assert (third.repair.repaired, third.repair.unchanged + third.file.unchanged) == (0, 4)
    assert (other.repaired, other.conflicts) == (0, (2,))
    assert [(row["name"], row["age"]) for row in rows_of("people")] == [
        ("Ada", 36), ("Lee, Alan", 37), ("Grace", 86), ("Tim", 5), ("Linus", 21),
    ]  # fmt: skip
    assert query("SELECT record_number, attempt, origin, result FROM imports_repair ORDER BY id") == [
        (number, 1, "file", "repaired" if number < 5 else "partly") for number in (2, 3, 4, 5)
    ]
    left = failed_rows(ImportHistory.objects.get(pk=people.pk))  # as it is now
    assert [row[:6] for row in left] == [["name", "Age ", "a", "a", "_record_number", "_location"],
                                         ["Tim", "5", "", "", "5", "line 6"]]  # fmt: skip
    assert sent(people, left).unchanged == 1


def test_a_failed_attempt_can_be_repeated(people, rows):
    failing = by_file(people, with_cells(rows, {(1, AGE): "even older"})).repair
    repaired = by_file(people, with_cells(rows, {(1, AGE): "37"})).repair

    assert (failing.repaired, failing.still_failing, repaired.repaired) == (0, 1, 1)
    assert query("SELECT attempt, result FROM imports_repair ORDER BY id") == [(1, "failed"), (2, "repaired")]
