"""Tables of very many columns, and rows that no page of PostgreSQL can hold."""

import json

import pytest
from django.db import DatabaseError, transaction
from openpyxl import Workbook

from imports.analysis.analyse import analyse
from imports.errors import MappingDoesNotFit, NothingLoaded
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory, KeptRecord
from imports.sources.upload import from_disk
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_path, import_text, query

LAST_THAT_FITS = 993  # BIGINT values of 1,195 columns, as a plain INSERT found out

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def wide(columns, *rows):
    header = ",".join(f"c{number}" for number in range(columns))
    return "\n".join([header, *(",".join([cell] * columns) for cell in rows)]) + "\n"


def types_of_users_columns(table):
    return [sql_type for name, sql_type in columns_of(table).items() if name.startswith("c")]


def test_1595_columns_are_a_table(tmp_path):
    found = import_text(tmp_path, "t.csv", wide(1595, "1", "0"))

    assert (found.status, found.rows_inserted) == ("success", 2)
    assert len(columns_of("t")) == 1600
    assert query("SELECT c0, c1594 FROM t ORDER BY id") == [(1, 1), (0, 0)]


def test_1596_columns_are_refused(tmp_path):
    with pytest.raises(MappingDoesNotFit, match="at most 1,595 columns"):
        import_text(tmp_path, "t.csv", wide(1596, "1"))


def test_a_table_is_extended_to_1595_columns_and_no_further(tmp_path):
    one_by_one = {f"c{number}": f"c{number}" for number in range(1596)}
    import_text(tmp_path, "a.csv", wide(1590, "1"), table_name="t")

    with pytest.raises(MappingDoesNotFit, match="at most 1,595 columns"):
        import_text(tmp_path, "b.csv", wide(1596, "0"), table_name="t", mappings=one_by_one)
    import_text(tmp_path, "c.csv", wide(1595, "0"), table_name="t")

    assert query("SELECT c0, c1594 FROM t ORDER BY id") == [(1, None), (0, 0)]


@pytest.mark.parametrize(
    ("cell", "sql_type"),
    [("2147483648", "bigint"), ("x" * 100, "text"), ("abcdefghi", "text"), ("12345.678901", "numeric")],
)
def test_a_row_wider_than_a_page_is_rejected_by_name(tmp_path, cell, sql_type):
    empty = "," * 1194
    text = wide(1195, cell) + f"{cell}{empty}\n"

    found = import_text(tmp_path, "t.csv", text)

    assert set(types_of_users_columns("t")) == {sql_type}
    assert (found.status, found.rows_inserted, found.rows_rejected) == ("partial", 1, 1)
    kept = KeptRecord.objects.get()
    assert (kept.record_number, kept.reason_code, kept.location) == (1, "row_too_wide", "line 2")
    assert json.loads(bytes(kept.original)) == [cell] * 1195


def test_only_rows_too_wide_are_a_failure_without_a_table(tmp_path):
    with pytest.raises(NothingLoaded):
        import_text(tmp_path, "t.csv", wide(1595, "2147483648"))

    assert ImportHistory.objects.get().rows_rejected == 1
    assert columns_of("t") == {}


@pytest.mark.parametrize(("filled", "fits"), [(LAST_THAT_FITS, True), (LAST_THAT_FITS + 1, False)])
def test_the_border_is_where_postgresql_has_it(tmp_path, filled, fits):
    """The row that fits is taken by the server; the next one would be an error of it."""
    numbers = ["2147483648"] * filled + [""] * (1195 - filled)
    text = wide(1195, "") + ",".join(numbers) + "\n"

    found = import_text(tmp_path, "t.csv", text)

    assert types_of_users_columns("t")[:filled] == ["bigint"] * filled
    assert (found.rows_inserted, found.rows_rejected) == ((2, 0) if fits else (1, 1))


NUMERIC_770 = "12345678901.2345"  # 15 digits: 11 bytes, and a double is 8


@pytest.mark.parametrize("existing", [False, True], ids=["new table", "grown table"])
def test_a_file_of_770_numbers_of_15_digits(tmp_path, existing):
    """PostgreSQL: row is too big: size 8968, maximum size 8160."""
    if existing:
        import_text(tmp_path, "a.csv", wide(700, "1.5"), table_name="t")
    text = wide(770, NUMERIC_770) + ",".join(["0.5"] * 770) + "\n"

    found = import_text(tmp_path, "b.csv", text, table_name="t")

    assert (found.status, found.rows_inserted, found.rows_rejected) == ("partial", 1, 1)
    assert (KeptRecord.objects.get().reason_code, KeptRecord.objects.get().reason) == (
        "row_too_wide",
        "The row is too large for the database, which stores up to 8,160 bytes; with DOUBLE PRECISION instead of "
        "NUMERIC columns it would fit",
    )
    types = {f"c{number}": "DOUBLE PRECISION" for number in range(770)}
    done = import_text(tmp_path, "c.csv", text, table_name="u", db_schema=types)
    assert (done.status, done.rows_inserted) == ("success", 2)


def test_an_excel_file_and_json_of_770_numbers(tmp_path):
    workbook = Workbook()
    workbook.active.append([f"c{number}" for number in range(770)])
    workbook.active.append([1234567890.12345] * 770)
    workbook.active.append([0.5] * 770)
    workbook.save(tmp_path / "a.xlsx")
    records = [dict.fromkeys((f"c{number}" for number in range(770)), value) for value in (1234567890.12345, 0.5)]

    found = import_path(tmp_path / "a.xlsx"), import_text(tmp_path, "b.json", json.dumps(records))

    assert [(one.status, one.rows_inserted, one.rows_rejected) for one in found] == [("partial", 1, 1)] * 2


def test_what_an_import_does_by_the_order_of_a_table_is_done_again(tmp_path):
    """Its columns are not in the order of the file: numbers and doubles take turns, and leave gaps."""
    names = [f"c{number}" for number in range(800)]
    types = {name: ("DOUBLE PRECISION", "NUMERIC")[at % 2] for at, name in enumerate(names)}
    import_text(tmp_path, "a.csv", wide(800, "1.5"), table_name="t", db_schema=types)
    query("ALTER TABLE t DROP COLUMN c7")
    header = [name for name in [*names[::2], *names[1::2]] if name != "c7"]
    rows = [["12345.67"] * filled + [""] * (len(header) - filled) for filled in range(560, 790, 10)]

    found = import_text(tmp_path, "b.csv", "\n".join(map(",".join, [header, *rows])) + "\n", table_name="t")
    counts = found.rows_inserted, found.rows_rejected
    undo_import(found.pk, TESTER)
    redo_import(found.pk, TESTER)

    assert counts[0] > 5 < counts[1]
    assert query("SELECT count(*) FROM t WHERE _import_id = %s", found.pk) == [(counts[0],)]
    last = rows[counts[0]]
    with pytest.raises(DatabaseError, match="row is too big"), transaction.atomic():
        values = ", ".join(value or "NULL" for value in last)
        own = f"_import_id, _source_row_number) VALUES ({values}, '{found.pk}', 1)"
        query(f"INSERT INTO t ({', '.join(header)}, {own}")


def test_a_row_made_too_large_by_default_values_is_reported(tmp_path):
    import_text(tmp_path, "a.csv", wide(900, "2147483648"), table_name="t")
    query(", ".join(["ALTER TABLE t ADD COLUMN d0 bigint DEFAULT 1"] + [
        f"ADD COLUMN d{number} bigint DEFAULT 1" for number in range(1, 200)
    ]))  # fmt: skip

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", wide(900, "2147483649"), table_name="t")
    assert str(refused.value) == (
        "A row of the file, with the values that the table adds to it, is too large for the database, which stores up "
        "to 8,160 bytes. Change the file or its mapping, or drop columns of the table."
    )


@pytest.mark.parametrize(("length", "said"), [(1500, "the index “by_a” of table “t”"), (4000, "an index of the table")])
def test_a_value_too_long_for_a_user_defined_index_is_reported(tmp_path, length, said):
    import_text(tmp_path, "a.csv", "a,b\nx,1\n", table_name="t")
    query("CREATE INDEX by_a ON t (a)")
    long = "".join(chr(0x4E00 + at * 7919 % 20_000) for at in range(length))

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", f"a,b\n{long},2\n", table_name="t")
    assert str(refused.value) == (
        f"A row of the file has a value that is too long for {said}. Change the file or its mapping, or drop the index."
    )


def test_a_wide_table_is_checked_for_duplicates(tmp_path):
    import_text(tmp_path, "a.csv", wide(1200, "1", "2"), table_name="t")
    found = import_text(tmp_path, "b.csv", wide(1200, "2", "3"), table_name="t")

    assert (found.rows_inserted, found.duplicates_found) == (1, 1)


def test_more_columns_than_any_table_has_are_refused_before_the_file_is_read(tmp_path):
    header = ",".join(f"c{at}" for at in range(5000))
    (tmp_path / "wide.csv").write_text(f"{header}\n{','.join('1' * 5000)}\n")
    told = []

    with from_disk(tmp_path / "wide.csv") as source, pytest.raises(MappingDoesNotFit, match="at most 1,595 columns"):
        run_import(source, parse_mapping(None), TESTER, progress=lambda *step: told.append(step))
    assert told == []
    found = import_path(tmp_path / "wide.csv", mappings={"first": "c0", "last": "c4999"})
    assert (found.rows_inserted, list(columns_of("wide"))[1:3]) == (1, ["first", "last"])


def test_a_preview_of_too_many_columns_shows_the_mapped_ones(tmp_path):
    (tmp_path / "wide.csv").write_text(wide(1596, "1"))

    with from_disk(tmp_path / "wide.csv") as source:
        found = analyse(source, parse_mapping({"mappings": {"first": "c0", "last": "c1595"}}))

    assert [column["header"] for column in found["columns"]] == ["c0", "c1595"]
    assert found["warnings"][-1] == (
        "The file has more columns than a table can have. Columns that are not in the mapping are not shown."
    )


def test_keys_that_grow_beyond_any_table_are_refused_before_the_file_is_read_to_its_end(tmp_path):
    lines = "".join(f'{{"k{number}": 1}}\n' for number in range(20_000))

    with pytest.raises(MappingDoesNotFit, match="at most 1,595 columns"):
        import_text(tmp_path, "keys.ndjson", lines)


def test_dropped_columns_count_towards_the_column_limit(tmp_path):
    import_text(tmp_path, "a.csv", wide(800, "1"), table_name="t")
    query("ALTER TABLE t " + ", ".join(f"DROP COLUMN c{number}" for number in range(100, 800)))

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", wide(896, "0"), table_name="t")
    assert refused.value.message.params == {"table": "t", "new": 796, "limit": 1600, "dropped": 700}
    assert str(refused.value) == (
        "Cannot add 796 columns to table “t”. PostgreSQL allows 1,600 columns per table, including the 700 that were "
        "dropped from this one; even VACUUM FULL does not free them. Export the table and import it into a new one."
    )
    import_text(tmp_path, "c.csv", wide(895, "0"), table_name="t")
    assert query("SELECT c0, c894 FROM t ORDER BY id") == [(1, None), (0, 0)]


def test_an_import_says_which_columns_make_most_rows_too_large(tmp_path):
    text = wide(770, NUMERIC_770)

    with pytest.raises(NothingLoaded):
        import_text(tmp_path, "b.csv", text, table_name="t")
    [warning] = ImportHistory.objects.get().warning_details
    assert warning["code"] == "too_large_as_numeric"
    assert warning["params"] == {"rows": 1, "columns": [f"c{number}" for number in range(770)]}


def test_a_few_rows_that_are_too_large_say_it_only_themselves(tmp_path):
    text = wide(770, NUMERIC_770) + (",".join(["0.5"] * 770) + "\n") * 2

    assert import_text(tmp_path, "b.csv", text, table_name="t").warning_details == []
