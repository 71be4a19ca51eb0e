"""An import that errors stop loads no row, and keeps what it found in its file."""

import pytest

from imports.errors import MostlyNotRead, TooManyErrors
from imports.models import ImportHistory, KeptRecord, MappingError
from tests.importing import columns_of, import_text, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")

FILES = {
    "t.csv": "a,n\nx,1\ny,two\nz,3\nv,four\n",
    "t.json": '[{"a":"x","n":1},{"a":"y","n":"two"},{"a":"z","n":3},{"a":"v","n":"four"}]',
    "t.xml": "<r><e><a>x</a><n>1</n></e><e><a>y</a><n>two</n></e><e><a>z</a><n>3</n></e><e><a>v</a><n>four</n></e></r>",
}
N = {"db_schema": {"n": "INTEGER"}}


def stopped(folder, name, text, **mapping):
    with pytest.raises(TooManyErrors) as stop:
        import_text(folder, name, text, table_name="t", **mapping)
    return ImportHistory.objects.get(pk=stop.value.details["import_id"]), stop.value


def counts(record):
    return (
        record.status, record.total_rows_in_file, record.rows_processed, record.rows_inserted, record.rows_rejected,
        record.rows_filtered, record.mapping_errors_count, record.errors_by_type,
    )  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_an_abort_keeps_its_counts_errors_and_rejected_rows(tmp_path, name):
    record, stop = stopped(tmp_path, name, FILES[name], **N, on_error="abort")

    assert counts(record) == ("failed", 4, 4, 0, 2, 0, 2, {"type_mismatch": 2})
    assert [(error.record_number, error.source_value) for error in MappingError.objects.order_by("id")] == [
        (2, "two"), (4, "four"),
    ]  # fmt: skip
    assert [(kept.record_number, kept.fate) for kept in KeptRecord.objects.all()] == [(2, "rejected"), (4, "rejected")]
    assert record.error_message == str(stop)
    assert columns_of("t") == {}


def test_too_many_errors_are_all_counted(tmp_path):
    text = "a,n\n" + "".join(f"r{i},{'x' if i % 2 else i}\n" for i in range(10))
    record, stop = stopped(tmp_path, "t.csv", text, **N, max_errors=2)

    assert counts(record) == ("failed", 10, 10, 0, 0, 0, 5, {"type_mismatch": 5})
    assert stop.message.params == {"errors": 5, "records": 10}
    assert record.not_read["lines_read"] == 11


def test_what_was_there_stays(tmp_path):
    import_text(tmp_path, "first.csv", "a,n\nx,1\n", table_name="t")
    stopped(tmp_path, "t.csv", FILES["t.csv"], on_error="abort")

    assert [(row["a"], row["n"]) for row in rows_of("t")] == [("x", 1)]


def test_the_file_is_welcome_again(tmp_path):
    stopped(tmp_path, "t.csv", FILES["t.csv"], **N, on_error="abort")

    assert import_text(tmp_path, "t.csv", FILES["t.csv"], table_name="t", **N).rows_inserted == 4


SHORT = {
    "too few fields": ("a,b\n1,2\n3\n4,5\n", "too_few_fields"),
    "another delimiter": ("a,b,c,d\n1,2,3,4\n5;6;7;8\n1,2,3,4\n", "other_delimiter"),
    "quotes in a value": ('a,b\n1,2\n3,"x"y\n4,5\n', "bad_quoting"),
}


@pytest.mark.parametrize("name", SHORT)
def test_abort_and_reject_row_act_on_the_same_rows(tmp_path, name):
    text, code = SHORT[name]
    record = import_text(tmp_path, "r.csv", text, on_error="reject_row")
    aborted, _ = stopped(tmp_path, "t.csv", text, on_error="abort")

    assert (record.status, record.rows_inserted, record.rows_rejected) == ("partial", 2, 1)
    assert [kept.reason_code for kept in KeptRecord.objects.filter(import_record=record)] == [code]
    assert (aborted.rows_rejected, aborted.errors_by_type) == (1, {code: 1})


def test_an_error_in_a_column_that_is_not_imported_stops_nothing(tmp_path):
    content = b"id,name\n1,Z\xc3\xbcrich\n2,Gen\xc3\xa8ve\n3,Bad\xff\n"
    for on_error in ("abort", "reject_row"):
        record = import_text(tmp_path, f"{on_error}.csv", content, mappings={"k": "id"}, on_error=on_error)

        assert (record.status, record.rows_inserted) == ("success", 3)


def test_a_mostly_unread_file_keeps_what_was_not_read(tmp_path):
    with pytest.raises(MostlyNotRead):
        import_text(tmp_path, "t.csv", "a note\nanother\na third\na fourth\n\nday,n,town\n2024-01-05,1,Ulm\n")

    assert ImportHistory.objects.get().not_read["counts"] == {"title": 4}
