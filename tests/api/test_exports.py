"""GET /tables/{t}/export.csv, .json, .xlsx and .parquet."""

import csv
import gc
import io
import json
import re
import tempfile
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection

from core.csv_writer import csv_line
from lineage.exports import table as exports
from lineage.exports.workbook import written_workbook
from tests.importing import import_text

pytestmark = pytest.mark.usefixtures("in_this_process")

MIXED = (
    "name,n,price,born,seen,ok,note\n"
    "Ada,-5,2.50,1815-12-10,2025-10-09T20:11:00Z,true,=1+1\n"
    'Alan,7,-0.125,1912-06-23,,false,"say ""hi"", twice"\n'
    'Grace,,,,,,""\n'
)


@pytest.fixture
def mixed(atlas_db, tmp_path):
    return import_text(tmp_path, "mixed.csv", MIXED)


def exported(client, address):
    response = client.get(address)
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def sheet_rows(content):
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for sheet in workbook for row in sheet.iter_rows()]


def test_csv_contains_the_values_of_the_table(auditor, mixed):
    assert exported(auditor, "/tables/mixed/export.csv?formula_safe=false").decode() == (
        "name,n,price,born,seen,ok,note\n"
        '"Ada",-5,2.50,1815-12-10,2025-10-09T20:11:00Z,true,"=1+1"\n'
        '"Alan",7,-0.125,1912-06-23,,false,"say ""hi"", twice"\n'
        '"Grace",,,,,,""\n'
    )


def test_an_exported_csv_imports_as_the_same_table(auditor, importer, mixed):
    content = exported(auditor, "/tables/mixed/export.csv?formula_safe=false")

    importer.upload("again.csv", content)

    one, two = auditor.get("/tables/mixed").json(), auditor.get("/tables/again").json()
    assert (one["columns"], one["rows"]) == (two["columns"], two["rows"])


def test_csv_is_formula_safe_by_default(auditor, tmp_path):
    import_text(tmp_path, "t.csv", 'n,note\n-1,=1+1\n2,+1\n3,-1x\n4,@a\n5,"\ttab"\n6,"\rreturn"\n7,a=b\n')

    assert exported(auditor, "/tables/t/export.csv").decode() == (
        'n,note\n-1,"\'=1+1"\n2,"\'+1"\n3,"\'-1x"\n4,"\'@a"\n5,"\'\ttab"\n6,"\'\rreturn"\n7,"a=b"\n'
    )


@pytest.mark.parametrize("formula_safe", ["true", "false"])
def test_a_cell_with_a_semicolon_or_a_tab_is_one_cell_wherever_a_spreadsheet_separates(auditor, tmp_path, formula_safe):
    cells = ["a;=1+1", "a\t=1+1", 'a";"=1+1']
    import_text(tmp_path, "t.csv", "".join(map(csv_line, [["note", "n"], *([cell, "1"] for cell in cells)])))

    lines = exported(auditor, f"/tables/t/export.csv?formula_safe={formula_safe}").decode().splitlines()

    for mark in (",", ";", "\t"):
        read = list(csv.reader(lines, delimiter=mark))
        assert [row[0] for row in read[1:]] == [cell if mark == "," else f"{cell},1" for cell in cells]


def test_a_column_that_another_program_called_like_a_formula_is_safe_too(auditor, tmp_path):
    import_text(tmp_path, "t.csv", "n,m\n1,2\n")
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE t RENAME COLUMN n TO "=1;+1"')

    assert exported(auditor, "/tables/t/export.csv").decode() == '"\'=1;+1",m\n1,2\n'
    assert exported(auditor, "/tables/t/export.csv?formula_safe=false").decode() == '"=1;+1",m\n1,2\n'


@pytest.mark.parametrize("start", ["\n=", "＝", "＋", "－", "＠"])
def test_line_feeds_and_wide_signs_are_guarded_too(auditor, tmp_path, start):
    import_text(tmp_path, "t.csv", f'note,n\n"{start}1+1",1\n')

    rows = list(csv.reader(io.StringIO(exported(auditor, "/tables/t/export.csv").decode())))
    assert rows[1] == [f"'{start}1+1", "1"]
    assert sheet_rows(exported(auditor, "/tables/t/export.xlsx"))[1] == [f"'{start}1+1", 1]


def test_json_is_an_array_of_exact_rows(auditor, mixed):
    content = exported(auditor, "/tables/mixed/export.json")

    assert content.startswith(b'[\n{"name":"Ada","n":-5,"price":2.50,')
    assert json.loads(content)[2] == {
        "name": "Grace", "n": None, "price": None, "born": None, "seen": None, "ok": None, "note": "",
    }  # fmt: skip
    assert json.loads(content)[0]["seen"] == "2025-10-09T20:11:00Z"


def test_json_of_no_rows_is_an_empty_array(auditor, mixed):
    assert json.loads(exported(auditor, "/tables/mixed/export.json?n=99")) == []


def test_xlsx_has_numbers_dates_and_safe_texts(auditor, mixed):
    assert sheet_rows(exported(auditor, "/tables/mixed/export.xlsx")) == [
        ["name", "n", "price", "born", "seen", "ok", "note"],
        ["Ada", -5, 2.5, "1815-12-10", datetime(2025, 10, 9, 20, 11), True, "'=1+1"],
        ["Alan", 7, -0.125, datetime(1912, 6, 23), None, False, 'say "hi", twice'],
        ["Grace", None, None, None, None, None, None],
    ]


def test_a_text_like_a_formula_is_a_text_in_xlsx_even_when_it_is_not_marked(auditor, mixed):
    workbook = openpyxl.load_workbook(io.BytesIO(exported(auditor, "/tables/mixed/export.xlsx?formula_safe=false")))

    cell = workbook.active["G2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_xlsx_keeps_as_text_what_excel_would_round_or_refuse(auditor, tmp_path):
    import_text(tmp_path, "t.csv", "n,p,s\n1234567890123456789,0.12345678901234567,a\x0bb\n5,1.5,#N/A\n")

    assert sheet_rows(exported(auditor, "/tables/t/export.xlsx")) == [
        ["n", "p", "s"],
        ["1234567890123456789", "0.12345678901234567", "a\ufffdb"],
        [5, 1.5, "#N/A"],
    ]


def test_xlsx_keeps_as_text_what_is_finer_than_a_millisecond(auditor, tmp_path):
    import_text(
        tmp_path, "t.csv", "s,t\n2025-10-09T20:11:00.999999,10:11:12.000001\n2025-10-09T20:11:00.999,10:11:12.5\n"
    )

    assert sheet_rows(exported(auditor, "/tables/t/export.xlsx"))[1:] == [
        ["2025-10-09T20:11:00.999999", "10:11:12.000001"],
        [datetime(2025, 10, 9, 20, 11, 0, 999000), time(10, 11, 12, 500000)],
    ]


def cell_texts(content):
    """The texts of a sheet as they stand in its XML: openpyxl has ideas of its own about `_x005F_`."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    return ["".join(one.itertext()) for one in sheet.iterfind(".//{*}is")]


CUT = "… [cut: {:,} characters; full text in CSV]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 32_767, "x" * 32_767),
        ("x" * 40_000, "x" * (32_767 - 44) + CUT.format(40_000)),
        ("x" + "😀" * 20_000, "x" + "😀" * 16_361 + CUT.format(20_001)),
        ("_x0041_", "_x005F_x0041_"),
        ("_x0041_x0042_", "_x005F_x0041_x005F_x0042_"),
        ("_x41_ _X0041_ a_x", "_x41_ _X0041_ a_x"),
    ],
    ids=["fits", "too long", "too long in UTF-16", "escape", "escapes that overlap", "no escape"],
)
def test_xlsx_marks_cut_texts_and_keeps_escapes(auditor, tmp_path, text, shown):
    import_text(tmp_path, "t.csv", f"note\n{text}\n")

    found = cell_texts(exported(auditor, "/tables/t/export.xlsx"))[1]

    assert found == shown
    assert len(found.encode("utf-16-le")) <= 2 * 32_767


def test_a_cut_never_leaves_half_an_escape(auditor, tmp_path):
    texts = ["x" * number + "_x0041_" * 5_000 for number in range(14)]
    import_text(tmp_path, "t.csv", "note\n" + "\n".join(texts))

    found = cell_texts(exported(auditor, "/tables/t/export.xlsx"))[1:]

    for text, cell in zip(texts, found, strict=True):
        kept, _, _ = cell.partition("…")
        assert len(kept) > 32_700
        assert text.startswith(re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), kept))


def test_xlsx_has_no_formula_in_its_header(auditor, mixed):
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE mixed ADD "=1+1" int')

    assert sheet_rows(exported(auditor, "/tables/mixed/export.xlsx"))[0][-1] == "'=1+1"


def test_xlsx_continues_in_another_sheet(auditor, tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)
    import_text(tmp_path, "t.csv", "n\n1\n2\n3\n4\n5\n")

    workbook = openpyxl.load_workbook(io.BytesIO(exported(auditor, "/tables/t/export.xlsx")))

    assert [(sheet.title, [row[0] for row in sheet.values]) for sheet in workbook] == [
        ("t", ["n", 1, 2]),
        ("t 2", ["n", 3, 4]),
        ("t 3", ["n", 5]),
    ]


def test_xlsx_of_no_rows_has_its_header(auditor, mixed):
    assert sheet_rows(exported(auditor, "/tables/mixed/export.xlsx?n=99")) == [
        ["name", "n", "price", "born", "seen", "ok", "note"]
    ]


def test_parquet_has_the_types_of_the_table(auditor, mixed):
    table = pq.read_table(io.BytesIO(exported(auditor, "/tables/mixed/export.parquet")))

    assert table.schema.remove_metadata() == pa.schema(
        {
            "name": pa.string(), "n": pa.int32(), "price": pa.decimal128(4, 3), "born": pa.date32(),
            "seen": pa.timestamp("us", "UTC"), "ok": pa.bool_(), "note": pa.string(),
        }
    )  # fmt: skip
    assert table.to_pylist() == [
        {"name": "Ada", "n": -5, "price": Decimal("2.500"), "born": date(1815, 12, 10),
         "seen": datetime(2025, 10, 9, 20, 11, tzinfo=UTC), "ok": True, "note": "=1+1"},
        {"name": "Alan", "n": 7, "price": Decimal("-0.125"), "born": date(1912, 6, 23), "seen": None, "ok": False,
         "note": 'say "hi", twice'},
        {"name": "Grace", "n": None, "price": None, "born": None, "seen": None, "ok": None, "note": ""},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected_type", "expected"),
    [
        (["1" * 60, "0.5"], pa.decimal256(61, 1), [Decimal("1" * 60), Decimal("0.5")]),
        (["1" * 80, "0.5"], pa.string(), ["1" * 80, "0.5"]),
    ],
)
def test_parquet_decimals_are_as_wide_as_the_values_or_text(auditor, tmp_path, values, expected_type, expected):
    import_text(tmp_path, "t.csv", "n\n" + "\n".join(values) + "\n", db_schema={"n": "NUMERIC"})

    table = pq.read_table(io.BytesIO(exported(auditor, "/tables/t/export.parquet")))

    assert table.schema.field("n").type == expected_type
    assert table.column("n").to_pylist() == expected


def test_parquet_of_no_number_is_text(auditor, mixed):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mixed SET price = 'NaN' WHERE name = 'Ada'")

    table = pq.read_table(io.BytesIO(exported(auditor, "/tables/mixed/export.parquet")))

    assert table.column("price").to_pylist() == ["NaN", "-0.125", None]


def test_infinite_doubles_stay_what_they_are_in_parquet(auditor, tmp_path):
    import_text(tmp_path, "t.csv", "n,x\n1,Infinity\n2,0.5\n3,0.5\n4,\n", db_schema={"x": "DOUBLE PRECISION"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE t SET x = 'NaN' WHERE n = 2")

    table = pq.read_table(io.BytesIO(exported(auditor, "/tables/t/export.parquet?ordering=n")))

    assert [str(value) for value in table.column("x").to_pylist()] == ["inf", "nan", "0.5", "None"]


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
def test_an_export_takes_the_questions_that_the_table_takes(auditor, mixed, kind):
    address = f"/tables/mixed/export.{kind}?n__isnull=false&ordering=-n&include_metadata=true&search=a"
    content = exported(auditor, address)

    read = {
        "csv": lambda: [row[0] for row in csv.reader(content.decode().splitlines()[1:])],
        "json": lambda: [row["name"] for row in json.loads(content)],
        "xlsx": lambda: [row[0] for row in sheet_rows(content)[1:]],
        "parquet": lambda: pq.read_table(io.BytesIO(content)).column("name").to_pylist(),
    }
    assert read[kind]() == ["Alan", "Ada"]


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
def test_an_export_has_a_name_and_a_content_type(auditor, mixed, kind, content_type):
    response = auditor.get(f"/tables/mixed/export.{kind}", headers={"Accept": "image/png"})

    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="mixed.{kind}"'
    response.close()


@pytest.mark.parametrize(
    ("ending", "status"), [("pdf", 404), ("csv?n=x", 400), ("csv?formula_safe=no", 400), ("json?ordering=x", 400)]
)
def test_an_export_that_cannot_be_is_refused(auditor, mixed, ending, status):
    response = auditor.get(f"/tables/mixed/export.{ending}")

    assert response.status_code == status
    assert response.json()["success"] is False


def test_large_tables_are_exported_whole(auditor, tmp_path):
    import_text(tmp_path, "t.csv", "n\n" + "".join(f"{number}\n" for number in range(12_345)))

    assert exported(auditor, "/tables/t/export.csv").decode().split() == ["n", *map(str, range(12_345))]
    assert [row["n"] for row in json.loads(exported(auditor, "/tables/t/export.json"))] == list(range(12_345))


# --- dates that Python and Excel do not have ---

EDGES = "d,s,z,t\n2025-10-09,2025-10-09T20:11:00,2025-10-09T20:11:00Z,20:11:00\n,,,\n,,,\n"
BEYOND = """
    UPDATE edges SET d = 'infinity', s = '-infinity', z = 'infinity', t = '24:00' WHERE id = 2;
    UPDATE edges SET d = '12025-01-02', s = '0044-03-15 10:00 BC', z = '12025-01-02 03:04:05Z' WHERE id = 3
"""
TEXTS_BEYOND = [
    ["2025-10-09", "2025-10-09T20:11:00", "2025-10-09T20:11:00Z", "20:11:00"],
    ["infinity", "-infinity", "infinity", "24:00:00"],
    ["12025-01-02", "0044-03-15T10:00:00 BC", "12025-01-02T03:04:05Z", None],
]


@pytest.fixture
def edges(atlas_db, tmp_path):
    types = {"d": "DATE", "s": "TIMESTAMP", "z": "TIMESTAMPTZ", "t": "TIME"}
    import_text(tmp_path, "edges.csv", EDGES, db_schema=types)
    with connection.cursor() as cursor:
        cursor.execute(BEYOND)


def test_xlsx_has_dates_beyond_its_calendar_as_texts(auditor, edges):
    moment = datetime(2025, 10, 9, 20, 11)

    assert sheet_rows(exported(auditor, "/tables/edges/export.xlsx"))[1:] == [
        [datetime(2025, 10, 9), moment, moment, moment.time()],
        *TEXTS_BEYOND[1:],
    ]


def test_parquet_of_dates_beyond_the_calendar_is_text_the_whole_column(auditor, edges):
    table = pq.read_table(io.BytesIO(exported(auditor, "/tables/edges/export.parquet")))

    assert {str(field.type) for field in table.schema} == {"string"}
    assert [list(row.values()) for row in table.to_pylist()] == TEXTS_BEYOND


def test_parquet_keeps_its_types_where_the_rows_asked_for_are_within_the_calendar(auditor, edges):
    table = pq.read_table(io.BytesIO(exported(auditor, "/tables/edges/export.parquet?d=2025-10-09")))

    assert [str(field.type) for field in table.schema] == ["date32[day]", "timestamp[us]", "timestamp[us, tz=UTC]",
                                                           "time64[us]"]  # fmt: skip


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fails", ["while rows are written", "while it is saved"])
def test_a_workbook_that_is_not_finished_leaves_no_files(tmp_path, monkeypatch, fails):
    """Each download that a client left half way left a file in the spool, and a traceback in the log."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="closed file"), written_workbook() as workbook:
        for title in ("first", "second"):
            workbook.create_sheet(title).append(["a", "b"])
        workbook.create_sheet("without rows")
        assert len(list(tmp_path.iterdir())) == 2
        closed = io.BytesIO()
        closed.close()
        if fails == "while it is saved":
            workbook.save(closed)
        closed.read()
    del workbook
    gc.collect()

    assert list(tmp_path.iterdir()) == []
