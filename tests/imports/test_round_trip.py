"""Import of a file, export, import again: no change. What a format cannot say stands in EXCEPTIONS."""

import io
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.tables.queries.selection import select_rows
from lineage.exports import table as exports
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import columns_of, import_text, query
from tests.imports.written import csv_bytes

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

HEADER = ["name", "a", "b"]
#: So few rows may look like another dialect, or like notes below a table.
OPTIONS = {"csv": {"delimiter": ",", "header_row": 1, "last_row": 0}, "xlsx": {"header_row": 1, "last_row": 0}}

#: Texts of one column each, whose types every format can say.
ALL_CAN_SAY = [
    ["1", "-3", "2147483647", "NA"], ["99999999999", "-1"], ["2.5", "-0.125", "1.5e-3"], ["$5", "$1,234"],
    ["yes", "no"], ["2024-01-05", "0001-01-01", "1899-12-31", "9999-12-31"], ["31/12/2024", "01/02/2024"],
    ["10/09/2025 8:11 PM", "12/31/1999 12:01 AM"], ["2024-01-05T10:00", "2024-01-05T10:11:12.000001"],
    ["10:11", "23:59:59.999999"], ["12345678-1234-1234-1234-1234567890AB"], ["[1]", '["x", {"a": 2.50}]'],
    ["=1+1", "+x", "-y", "@z", "'quoted", " ", "\ttab", "a\nb", "a\r\nb", "\rreturn", 'q"q', "a;b", "NA", "007", "#N/A",
     "_x0041_", "\\.", "ü😀", "'", "x" * 300, "2024-02-30"],
]  # fmt: skip
EXACT_NUMBERS = [["2.50", "7.05", "10"], ["123456789012345678901234567890.5"], ["12345678901234567890"]]
ZONED = [["2013-01-01T06:00:00Z", "2013-01-01T06:00:00+02:00"]]
EMPTY_TEXTS = [["", "x"]]
INFINITE = [["inf", "-Infinity", "0.5"]]
OBJECTS = [['{"a": 1}', "[2]"]]
CAN_SAY = {
    "csv": [*ALL_CAN_SAY, *EXACT_NUMBERS, *ZONED, *EMPTY_TEXTS, *INFINITE, *OBJECTS],
    "json": [*ALL_CAN_SAY, *EXACT_NUMBERS, *ZONED, *EMPTY_TEXTS],
    "xlsx": [*ALL_CAN_SAY, *OBJECTS],
}


@st.composite
def rows_that(draw, kind):
    """Rows of a CSV file, whose other columns are of what this format can say."""
    count = draw(st.integers(1, 8))
    drawn = [
        draw(st.lists(st.sampled_from([None, *texts]), min_size=count, max_size=count))
        for texts in draw(st.lists(st.sampled_from(CAN_SAY[kind]), min_size=2, max_size=2))
    ]
    return [[f"row {number}", *cells] for number, cells in enumerate(zip(*drawn, strict=True))]


def first_import(folder, rows):
    return import_text(folder, "t.csv", csv_bytes(HEADER, rows), source_options=OPTIONS["csv"])


def exported(kind, *, formula_safe=False):
    rows = select_rows("t", with_id=False)
    if kind == "csv":
        return b"".join(rows.csv(formula_safe=formula_safe))
    if kind == "json":
        return b"".join(exports.as_json(rows))
    with exports.as_xlsx(rows, formula_safe=formula_safe) as file:
        return file.read()


def import_again(folder, kind, table, content=None):
    content = content or exported(kind)
    return import_text(folder, f"again.{kind}", content, table_name=table, source_options=OPTIONS.get(kind, {}))


def contents(table):
    """Types of the user's columns, and their rows as texts of PostgreSQL."""
    types = {name: kind for name, kind in columns_of(table).items() if name != "id" and not name.startswith("_")}
    listed = ", ".join(f'"{name}"::text' for name in types)
    return types, query(f'SELECT {listed} FROM "{table}" ORDER BY id')


every_format = pytest.mark.parametrize("kind", CAN_SAY)
slow_database = settings(
    max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@every_format
@slow_database
@given(data=st.data())
def test_an_export_imports_as_the_same_table(tmp_path, kind, data):
    first_import(tmp_path, data.draw(rows_that(kind)))
    import_again(tmp_path, kind, "again")
    before, after = contents("t"), contents("again")
    empty_database()

    assert after == before


@every_format
@slow_database
@given(data=st.data())
def test_an_export_adds_nothing_to_its_own_table(tmp_path, kind, data):
    rows = data.draw(rows_that(kind))
    first_import(tmp_path, rows)
    before = contents("t")
    found = import_again(tmp_path, kind, "t")
    after = contents("t")
    empty_database()

    assert (found.rows_inserted, found.duplicates_found) == (0, len(rows))
    assert after == before


#: Format, text of the first file, and what the table has of it: after the first import, and after the second.
EXCEPTIONS = [
    ("csv", "1.5e3", ("numeric", "1500"), ("integer", "1500")),
    ("csv", "10/09/2025 12:00 AM", ("timestamp without time zone", "2025-10-09 00:00:00"), ("date", "2025-10-09")),
    ("json", "1.5e3", ("numeric", "1500"), ("integer", "1500")),
    ("json", "inf", ("double precision", "Infinity"), ("text", "Infinity")),
    ("xlsx", "2.50", ("numeric", "2.50"), ("numeric", "2.5")),
    ("xlsx", "12345678901234567", ("bigint", "12345678901234567"), ("text", "12345678901234567")),
    ("xlsx", "inf", ("double precision", "Infinity"), ("text", "Infinity")),
    ("xlsx", "0.00000001234567890123456", ("numeric", "0.00000001234567890123456"),
     ("text", "0.00000001234567890123456")),
    ("xlsx", "2013-01-01T06:00:00Z", ("timestamp with time zone", "2013-01-01 06:00:00+00"),
     ("timestamp without time zone", "2013-01-01 06:00:00")),
    ("xlsx", "", ("text", ""), ("text", None)),
    ("xlsx", "a\x0b", ("text", "a\x0b"), ("text", "a\ufffd")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "before", "after"), EXCEPTIONS)
def test_what_a_format_cannot_say(tmp_path, kind, text, before, after):
    first_import(tmp_path, [["row", "x", text]])
    import_again(tmp_path, kind, "again")

    assert [(types["b"], rows[0][2]) for types, rows in map(contents, ("t", "again"))] == [before, after]


def test_the_objects_of_a_json_file_are_columns(tmp_path):
    first_import(tmp_path, [["row", "x", '{"y": 1, "z": [2]}']])
    import_again(tmp_path, "json", "again")

    assert contents("again") == (
        {"name": "text", "a": "text", "b_y": "integer", "b_z": "jsonb"}, [("row", "x", "1", "[2]")]
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_guarded_text_keeps_its_guard(tmp_path, kind):
    first_import(tmp_path, [["=1+1", "-5", "'=2"]])
    import_again(tmp_path, kind, "again", exported(kind, formula_safe=True))

    assert contents("again")[1] == [("'=1+1", "-5", "'=2")]


ARROW_TYPES = {
    "text": pa.string(), "integer": pa.int32(), "bigint": pa.int64(), "boolean": pa.bool_(), "date": pa.date32(),
    "double precision": pa.float64(), "timestamp without time zone": pa.timestamp("us"), "uuid": pa.string(),
    "timestamp with time zone": pa.timestamp("us", "UTC"), "time without time zone": pa.time64("us"),
    "jsonb": pa.string(),
}  # fmt: skip


@slow_database
@given(rows=rows_that("csv"))
def test_parquet_holds_what_the_table_holds(tmp_path, rows):
    first_import(tmp_path, rows)
    with exports.as_parquet(select_rows("t", with_id=False)) as file:
        found = pq.read_table(io.BytesIO(file.read()))
    types, _ = contents("t")
    held = [tuple(map(plain, row)) for row in query("SELECT name, a, b FROM t ORDER BY id")]
    empty_database()

    assert [tuple(row.values()) for row in found.to_pylist()] == held
    for field in found.schema:
        assert field.type == ARROW_TYPES.get(types[field.name], field.type)
        assert (types[field.name] == "numeric") == pa.types.is_decimal(field.type)


def plain(value):
    return str(value) if isinstance(value, UUID) else value
