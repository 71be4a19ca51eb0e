"""GET /import-history/{id}/failed-rows.csv and .xlsx: what was rejected or lost a value, as a file to repair it in."""

import csv
import io

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from imports.errors import NothingLoaded, UnreadableFile
from imports.models import ImportHistory
from imports.sandbox import frames
from imports.sources.spool_files import CHILD
from lineage.exports import failed_rows_file
from lineage.exports.failed_rows import READ_AT_ONCE, FailedRecords
from tests.importing import import_path, import_text
from tests.imports.reading import FILES

AGE = {"db_schema": {"age": "INTEGER"}}
N = {"db_schema": {"n": "INTEGER"}}
BOTH = {"db_schema": {"age": "INTEGER", "n": "INTEGER"}}
PEOPLE = 'name,Age \nAda, 36\n"Lee, Alan",old\nGrace,85\nLinus,21,Helsinki,x\nTim\n'
PLAN = {"mappings": {"name": "name", "age": "Age "}, **AGE}

#: What would fit in a column of integers, behind each error.
WHOLE = ". Expected: A whole number of at most 2,147,483,647, such as 1234"


@pytest.fixture
def people(atlas_db, tmp_path):
    """Record 2 lost its age, 4 has too many fields, 5 too few."""
    return import_text(tmp_path, "people.csv", PEOPLE, **PLAN)


def downloaded(client, record, kind, query=""):
    response = client.get(f"/import-history/{record.pk}/failed-rows.{kind}?{query}")
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def csv_rows(client, record, query=""):
    """The rows without their last column, which has the id of the import everywhere."""
    rows = list(csv.reader(io.StringIO(downloaded(client, record, "csv", query).decode())))
    assert [row[-1] for row in rows] == ["_import_id", *[str(record.pk)] * (len(rows) - 1)]
    return [row[:-1] for row in rows]


def sheets(client, record, query=""):
    return openpyxl.load_workbook(io.BytesIO(downloaded(client, record, "xlsx", query))).worksheets


def marks(sheet):
    """Cell → note, of every coloured cell."""
    return {
        cell.coordinate: cell.comment and cell.comment.text
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid"
    }


def test_the_csv_has_the_columns_of_the_file_and_the_reasons(auditor, people):
    assert downloaded(auditor, people, "csv").decode() == (
        "name,Age ,_extra,_record_number,_location,_error_types,_errors,_import_id\n"
        f'"Lee, Alan",old,,2,line 3,type_mismatch,"Age : Value \'old\' is not a valid integer{WHOLE}",{people.pk}\n'
        f'Linus,21,"[""Helsinki"", ""x""]",4,line 5,too_many_fields,"line 5 has 4 values, expected 2",{people.pk}\n'
        f'Tim,,,5,line 6,too_few_fields,"line 6 has 1 value, expected 2",{people.pk}\n'
    )


def test_the_xlsx_has_the_same_and_marks_the_bad_cells(auditor, people):
    (sheet,) = sheets(auditor, people)

    assert [row[-1] for row in sheet.values] == ["_import_id", *[str(people.pk)] * 3]
    assert [row[:-1] for row in sheet.values] == [
        ("name", "Age ", "_extra", "_record_number", "_location", "_error_types", "_errors"),
        ("Lee, Alan", "old", None, "2", "line 3", "type_mismatch", f"Age : Value 'old' is not a valid integer{WHOLE}"),
        ("Linus", "21", '["Helsinki", "x"]', "4", "line 5", "too_many_fields",
         "line 5 has 4 values, expected 2"),
        ("Tim", None, None, "5", "line 6", "too_few_fields", "line 6 has 1 value, expected 2"),
    ]  # fmt: skip
    assert marks(sheet) == {
        "B2": f"Age : Value 'old' is not a valid integer{WHOLE}",
        "G3": "line 5 has 4 values, expected 2",
        "G4": "line 6 has 1 value, expected 2",
    }
    assert sheet["B2"].fill.fgColor.rgb == "FFF4B6B6"


def test_a_record_with_two_bad_values_is_one_row(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "age,n\nx,99999999999\n1,2\n", **BOTH)

    said = [
        f"age: Value 'x' is not a valid integer{WHOLE}", f"n: Value '99999999999' is out of range for INTEGER{WHOLE}"
    ]  # fmt: skip
    assert csv_rows(auditor, record)[1:] == [
        ["x", "99999999999", "1", "line 2", "type_mismatch; number_overflow", "; ".join(said)]
    ]
    assert marks(sheets(auditor, record)[0]) == {"A2": said[0], "B2": said[1]}


@pytest.mark.parametrize("on_error", ["null", "reject_row"])
def test_rejected_and_imported_rows_have_the_same_form(auditor, tmp_path, on_error):
    text = "age,n\nx,1\n2,\n3,y\n"
    record = import_text(tmp_path, "t.csv", text, on_error=on_error, **BOTH)

    assert csv_rows(auditor, record) == [
        ["age", "n", "_record_number", "_location", "_error_types", "_errors"],
        ["x", "1", "1", "line 2", "type_mismatch", f"age: Value 'x' is not a valid integer{WHOLE}"],
        ["3", "y", "3", "line 4", "type_mismatch", f"n: Value 'y' is not a valid integer{WHOLE}"],
    ]


def test_missing_and_empty_texts_differ(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", 'n,a,b\nx,,""\n1,c,d\n', **N)

    assert downloaded(auditor, record, "csv").decode().splitlines()[1].startswith('x,,"",1,')


def test_duplicates_are_no_failed_rows(auditor, tmp_path):
    import_text(tmp_path, "one.csv", "n,age\n1,2\n3,\n", table_name="t", **BOTH)
    record = import_text(tmp_path, "two.csv", "n,age\n3,x\n4,5\n6,y\n7,8\n", table_name="t")

    assert record.duplicates_found == 1
    assert [row[:3] for row in csv_rows(auditor, record)[1:]] == [["6", "y", "3"]]


def test_a_file_without_errors_gives_a_header_alone(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "n\n1\n")

    assert csv_rows(auditor, record) == [["n", "_record_number", "_location", "_error_types", "_errors"]]
    assert len(list(sheets(auditor, record)[0].values)) == 1


# --- every format ---


JSON_LINES = '{"name": "Ada", "age": 36}\n[1]\n{"name": "Alan", "age": "x", "at": {"city": "Wien"}}\n'
JSON_LIST = '{"data": [{"name": "Ada", "age": 36}, 7, {"name": "Alan", "age": "x", "at": {"city": "Wien"}}]}'
XML = (
    "<people><p><name>Ada</name><age>36</age></p>"
    "<p><name>Alan</name><age>x</age><at><city>Wien</city></at></p></people>"
)
VALUE = ["type_mismatch", f"age: Value 'x' is not a valid integer{WHOLE}"]


@pytest.mark.parametrize(
    ("name", "text", "header", "expected"),
    [
        ("t.ndjson", JSON_LINES, ["name", "age", "at.city", "_extra"], [
            ["", "", "", '["[1]"]', "2", "line 2", "not_a_record", "line 2 is not an object with named values"],
            ["Alan", "x", "Wien", "", "3", "line 3", *VALUE],
        ]),
        ("t.json", JSON_LIST, ["name", "age", "at.city", "_extra"], [
            ["", "", "", '["7"]', "2", "/data/1", "not_a_record", "/data/1 is not an object with named values"],
            ["Alan", "x", "Wien", "", "3", "/data/2", *VALUE],
        ]),
        ("t.xml", XML, ["name", "age", "at.city"], [["Alan", "x", "Wien", "2", "/people/p[2]", *VALUE]]),
        (
            "t.csv", "\ufeffname;age;at.city\r\nAda;36;\r\nAlan;x;Wien\r\n", ["name", "age", "at.city"],
            [["Alan", "x", "Wien", "2", "line 3", *VALUE]],
        ),
        (
            "latin.csv", "name;age;at.city\nAda;36;\nJosé;x;Wien\n".encode("latin-1"), ["name", "age", "at.city"],
            [["José", "x", "Wien", "2", "line 3", *VALUE]],
        ),
        (
            "wide.csv", "name,age,at.city\nAda,36,\nJosé,x,Wien\n".encode("utf-16"), ["name", "age", "at.city"],
            [["José", "x", "Wien", "2", "line 3", *VALUE]],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("on_error", ["null", "reject_row"])
def test_every_format_gives_its_records_back(auditor, tmp_path, name, text, header, expected, on_error):
    record = import_text(tmp_path, name, text, on_error=on_error, **AGE)

    assert csv_rows(auditor, record) == [
        [*header, "_record_number", "_location", "_error_types", "_errors"], *expected
    ]  # fmt: skip


def workbook(folder):
    """A second sheet whose table begins in row 3, column B."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Jan")
    for row in [["a note"], [], [None, "name", "age"], [None, "Ada", 36], [], [None, "Alan", "x"]]:
        sheet.append(row)
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


@pytest.mark.parametrize("on_error", ["null", "reject_row"])
def test_a_workbook_is_read_again_from_its_sheet(auditor, tmp_path, on_error):
    options = {"sheet": "Jan", "header_row": 3}
    path = workbook(tmp_path)
    record = import_path(path, table_name="t", on_error=on_error, source_options=options, **AGE)

    found = csv_rows(auditor, record)

    assert found[1][-5:] == ["x", "2", "sheet Jan, row 6", *VALUE]
    assert "Alan" in found[1]


def test_an_excel_error_stays_in_its_cell(auditor, atlas_db):
    record = import_path(FILES / "excel" / "errors.xlsx")

    assert [row[:5] for row in csv_rows(auditor, record, "formula_safe=false")] == [
        ["name", "rate", "sum", "_record_number", "_location"],
        ["Ann", "#DIV/0!", "1", "1", "sheet E, row 2"],
        ["#N/A", "#REF!", "5", "3", "sheet E, row 4"],
        ["", "#NAME?", "", "4", "sheet E, row 5"],
    ]
    assert set(marks(sheets(auditor, record)[0])) == {"B2", "A3", "B3", "B4"}


def test_a_formula_without_result_stays_in_its_cell(auditor, atlas_db):
    record = import_path(FILES / "corpus" / "excel" / "formulas_not_computed.xlsx")

    rows = csv_rows(auditor, record, "formula_safe=false")

    assert [row[2:6] for row in rows[1:]] == [
        ["=A2+B2", "1", "sheet Sheet, row 2", "formula_without_result"],
        ["=A3+B3", "2", "sheet Sheet, row 3", "formula_without_result"],
    ]


def test_the_columns_are_those_of_the_file_not_of_the_mapping(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "a,b,a\n1,x,y\n2,3,z\n", mappings={"second": "b"},
                         db_schema={"second": "INTEGER"})  # fmt: skip

    assert csv_rows(auditor, record)[:2] == [
        ["a", "b", "a", "_record_number", "_location", "_error_types", "_errors"],
        ["1", "x", "y", "1", "line 2", "type_mismatch", f"b: Value 'x' is not a valid integer{WHOLE}"],
    ]


def test_the_bad_one_of_two_columns_with_the_same_name_is_marked(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "a,a\n1,x\n2,3\n", db_schema={"a": "INTEGER", "a_2": "INTEGER"})

    assert set(marks(sheets(auditor, record)[0])) == {"B2"}


SPLIT = {"type": "split", "field": "who", "separator": " ", "targets": ["first", "last"]}
RULES = {
    "rules": {
        "transformations": [SPLIT, {"type": "merge", "fields": ["who", "born"], "target": "both", "separator": "/"}],
        "filter_rows": [{"field": "who", "operator": "not_equals", "value": "Total"}],
    },
    "db_schema": {"both": "INTEGER", "born": "INTEGER"},
}


def test_errors_of_transformed_values_are_in_the_source_columns(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "who,born\nAda King Noel,1815\nTotal,x\n", **RULES)

    (header, row) = csv_rows(auditor, record)
    assert header[:3] == ["who", "born", "_record_number"]
    assert row[:3] == ["Ada King Noel", "1815", "1"]
    assert row[4] == "row_transformation; type_mismatch"
    assert set(marks(sheets(auditor, record)[0])) == {"A2", "F2"}


# --- formulas ---


FORMULAS = 'n,=note\nx,=1+1\n-5x,+1\n-5,fine\n=9,-2\n"1e999999",@a\nz,"\ttab"\nz,＝1+1\n'


def test_formulas_are_escaped_by_default(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", FORMULAS, **N)

    assert [row[:2] for row in csv_rows(auditor, record)] == [
        ["n", "'=note"], ["x", "'=1+1"], ["'-5x", "'+1"], ["'=9", "'-2"], ["1e999999", "'@a"], ["z", "'\ttab"],
        ["z", "'＝1+1"],
    ]  # fmt: skip
    assert [row[:2] for row in csv_rows(auditor, record, "formula_safe=false")] == [
        ["n", "=note"], ["x", "=1+1"], ["-5x", "+1"], ["=9", "-2"], ["1e999999", "@a"], ["z", "\ttab"], ["z", "＝1+1"],
    ]  # fmt: skip


def test_a_number_in_a_column_of_numbers_is_no_formula(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "n,age\n-5,x\n", **BOTH)

    assert csv_rows(auditor, record)[1][:2] == ["-5", "x"]


@pytest.mark.parametrize(("query", "expected"), [("", "'=1+1"), ("formula_safe=false", "=1+1")])
def test_a_formula_is_a_text_in_xlsx_even_when_it_is_not_marked(auditor, tmp_path, query, expected):
    record = import_text(tmp_path, "t.csv", "n,note\n=9,=1+1\n1,x\n", **N)

    sheet = sheets(auditor, record, query)[0]

    assert (sheet["B2"].value, sheet["B2"].data_type) == (expected, "s")
    assert (sheet["A2"].value, sheet["A2"].data_type) == (expected.replace("1+1", "9"), "s")
    assert set(marks(sheet)) == {"A2"}


def test_what_no_text_can_hold_is_shown_as_such(auditor, tmp_path):
    text = b"name,n\nGr\xfc\xdfe,2\na\0b,x\n"
    record = import_text(tmp_path, "t.csv", text, source_options={"encoding": "utf-8"}, **N)

    assert [row[0] for row in csv_rows(auditor, record)[1:]] == ["Gr\ufffd\ufffde", "a\0b"]
    assert [cell.value for cell in sheets(auditor, record)[0]["A"]] == ["name", "Gr\ufffd\ufffde", "a\ufffdb"]


# --- large files ---


def test_many_rows_are_in_order_across_batches(auditor, tmp_path):
    lines = [f"{'x' if number % 3 == 0 else number},{number}" for number in range(1, 12_001)]
    lines[4] += ",more"
    record = import_text(tmp_path, "t.csv", "n,id\n" + "\n".join(lines), **N)

    found = csv_rows(auditor, record)[1:]

    assert [int(row[1]) for row in found] == sorted([5, *range(3, 12_001, 3)])
    assert [row[3] for row in found] == [row[1] for row in found]


def test_rows_continue_in_another_sheet_and_notes_are_limited(auditor, tmp_path, monkeypatch):
    monkeypatch.setattr(failed_rows_file, "SHEET_ROWS", 3)
    monkeypatch.setattr(failed_rows_file, "MAX_NOTES", 1)
    record = import_text(tmp_path, "t.csv", "n\na\nb\nc\n1\n", **N)

    one, two = sheets(auditor, record)

    assert [[row[0] for row in sheet.values] for sheet in (one, two)] == [["n", "a", "b"], ["n", "c"]]
    assert (one.title, two.title) == ("failed rows", "failed rows 2")
    assert marks(one) == {"A2": f"n: Value 'a' is not a valid integer{WHOLE}", "A3": None}
    assert marks(two) == {"A2": None}


def queries_of(client, record):
    with CaptureQueriesContext(connection) as captured:
        csv_rows(client, record)
    return len(captured)


def test_the_number_of_queries_does_not_grow(auditor, tmp_path):
    one = import_text(tmp_path, "one.csv", "n,s\nx,\n1,1,1\n", **N)
    many = import_text(tmp_path, "many.csv", "n,s\n" + "x,\n1,1,1\n" * 500, **N)

    assert queries_of(auditor, one) == queries_of(auditor, many)


# --- imports without rows, missing files ---


def test_an_undone_import_still_gives_what_needed_repair(api, people):
    before = csv_rows(api, people)
    assert api.post(f"/import-history/{people.pk}/undo").status_code == 200

    assert csv_rows(api, people) == before


def test_an_import_of_which_nothing_was_loaded_gives_everything(auditor, tmp_path):
    with pytest.raises(NothingLoaded) as stopped:
        import_text(tmp_path, "t.csv", "n\nx\ny\n", on_error="reject_row", **N)
    record = ImportHistory.objects.get(pk=stopped.value.details["import_id"])

    assert [row[:2] for row in csv_rows(auditor, record)] == [["n", "_record_number"], ["x", "1"], ["y", "2"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("file_hash", ["ab" * 32, None])
def test_a_missing_source_file_is_reported_if_needed(auditor, people, kind, file_hash):
    ImportHistory.objects.filter(pk=people.pk).update(file_hash=file_hash)

    response = auditor.get(f"/import-history/{people.pk}/failed-rows.{kind}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "source_unavailable")
    assert not AuditEntry.objects.filter(action="download").exists()


def test_rejected_records_alone_need_no_source_file(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "n\nx\n1\n", on_error="reject_row", **N)
    ImportHistory.objects.filter(pk=record.pk).update(file_hash=None)

    assert csv_rows(auditor, record)[1][0] == "x"


# --- manners ---


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_download_has_a_name_and_is_audited(auditor, people, kind, content_type):
    response = auditor.get(f"/import-history/{people.pk}/failed-rows.{kind}", headers={"Accept": "image/png"})

    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="people-failed-rows.{kind}"'
    response.close()
    entry = AuditEntry.objects.get(action="download")
    assert (entry.actor, entry.subject) == ("otto", str(people.pk))
    assert entry.detail == {
        "file": f"failed-rows.{kind}", "rejected": 1, "inserted_with_errors": 2, "errors": 3, "beyond_header": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("ending", "status"), [("pdf", 404), ("json", 404), ("csv?formula_safe=no", 400)])
def test_a_download_that_cannot_be_is_refused(auditor, people, ending, status):
    response = auditor.get(f"/import-history/{people.pk}/failed-rows.{ending}")

    assert (response.status_code, response.json()["success"]) == (status, False)


# --- a source that fails ---


@pytest.fixture
def many(atlas_db, tmp_path):
    """More failed rows than are read of the file at once."""
    lines = ["n,m", *(f"x,{number}" for number in range(3 * READ_AT_ONCE)), "1,2"]
    return import_text(tmp_path, "many.csv", "\n".join(lines) + "\n", table_name="t", on_error="null", **N)


def held():
    """Return what reading failed rows holds: cursors in the database, processes that read a file."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_cursors")
        return {*cursor.fetchall(), *(path.name for path in settings.ATLAS_SPOOL_DIR.glob(f"{CHILD}*"))}


def test_what_is_open_for_rows_whose_source_fails_is_closed_before_the_error_is_handled(many, monkeypatch):
    earlier = held()  # processes of other tests that were killed
    rows = FailedRecords(many).records()
    next(rows)
    while_reading = held() - earlier
    monkeypatch.setattr(frames, "MAX_PLAIN", 1)

    with pytest.raises(UnreadableFile) as caught:
        list(rows)

    assert len(while_reading) == 2  # a cursor, a process
    assert caught.tb  # which holds the frames of the functions
    assert held() - earlier == set()
