"""From a file to a table: fates, statuses, strategies, refusals, on CSV, JSON and XML alike."""

import json
import re
import threading
import uuid

import pytest
from django.db import connection

from imports.errors import (
    AlreadyImported,
    InvalidMapping,
    MappingDoesNotFit,
    NothingLoaded,
    ReservedTable,
    TooManyErrors,
    UnreadableFile,
    UntrackedTable,
)
from imports.history import tracking
from imports.mapping import parse_mapping
from imports.models import ImportHistory, KeptRecord, MappingError
from tests.importing import TESTER, columns_of, import_path, import_records, import_text, query, rows_of
from tests.imports.reading import FILES

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = {
    "people.csv": "name,age\nAda,36\nAlan,abc\nGrace,NA\n",
    "people.json": '[{"name":"Ada","age":36},{"name":"Alan","age":"abc"},{"name":"Grace","age":"NA"}]',
    "people.ndjson": '{"name":"Ada","age":36}\n{"name":"Alan","age":"abc"}\n{"name":"Grace","age":"NA"}\n',
    "people.xml": "<people><person><name>Ada</name><age>36</age></person>"
    "<person><name>Alan</name><age>abc</age></person><person><name>Grace</name><age>NA</age></person></people>",
}
LOCATIONS = {
    "people.csv": "line 3", "people.json": "/1", "people.ndjson": "line 2", "people.xml": "/people/person[2]",
}  # fmt: skip


def balance(record):
    return (
        record.total_rows_in_file, record.rows_inserted, record.rows_skipped, record.duplicates_found,
        record.rows_rejected, record.rows_filtered,
    )  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_a_value_that_does_not_fit_becomes_null_and_is_recorded(tmp_path, name):
    found = import_text(tmp_path, name, PEOPLE[name], db_schema={"age": "INTEGER"})

    assert balance(found) == (3, 3, 0, 0, 0, 0)
    assert (found.status, found.mapping_status, found.validation_errors) == ("success", "completed_with_errors", 1)
    assert (found.mapping_errors_count, found.errors_by_type) == (1, {"type_mismatch": 1})
    assert [(row["name"], row["age"], row["_source_row_number"]) for row in rows_of("people")] == [
        ("Ada", 36, 1), ("Alan", None, 2), ("Grace", None, 3),
    ]  # fmt: skip
    assert rows_of("people")[2]["_corrections_applied"] == {
        "age": {"before": "NA", "after": None, "correction_type": "null_token", "target_type": "INTEGER"}
    }
    (error,) = tracking.get_mapping_errors(found.pk)
    assert error | {"id": 0, "occurred_at": 0} == {
        "id": 0, "import_id": str(found.pk), "record_number": 2, "error_type": "type_mismatch",
        "error_message": "Value 'abc' is not a valid integer", "source_field": "age", "target_field": "age",
        "source_value": "abc", "occurred_at": 0, "chunk_number": 1, "location": LOCATIONS[name],
        "error_details": {"code": "not_an_integer", "params": {}},
    }  # fmt: skip


@pytest.mark.parametrize(("on_error", "inserted"), [("null", 4), ("reject_row", 1)])
def test_an_error_cell_is_a_problem_of_its_column(on_error, inserted):
    found = import_path(FILES / "excel/errors.xlsx", mappings={"who": "name", "n": "rate"}, on_error=on_error)

    assert (found.validation_errors, found.rows_inserted, found.rows_rejected) == (4, inserted, 4 - inserted)
    fields = MappingError.objects.values_list("record_number", "source_field", "target_field", "source_value")
    assert list(fields) == [
        (1, "rate", "n", "#DIV/0!"), (3, "name", "who", "#N/A"), (3, "rate", "n", "#REF!"), (4, "rate", "n", "#NAME?"),
    ]  # fmt: skip


def test_an_error_cell_of_a_column_that_is_not_imported_rejects_nothing():
    found = import_path(FILES / "excel/errors.xlsx", mappings={"who": "name"}, on_error="reject_row")

    assert (found.validation_errors, found.rows_inserted, found.rows_rejected) == (4, 3, 1)
    assert MappingError.objects.filter(target_field="*").count() == 3


@pytest.mark.parametrize("name", PEOPLE)
def test_a_rejected_record_is_kept_whole(tmp_path, name):
    found = import_text(tmp_path, name, PEOPLE[name], db_schema={"age": "INTEGER"}, on_error="reject_row")

    assert balance(found) == (3, 2, 1, 0, 1, 0)
    assert (found.status, found.rows_processed) == ("partial", 3)
    assert [(row["name"], row["_source_row_number"]) for row in rows_of("people")] == [("Ada", 1), ("Grace", 3)]
    kept = KeptRecord.objects.get(import_record=found)
    assert (kept.record_number, kept.fate, kept.reason_code, kept.location, json.loads(bytes(kept.original))) == (
        2, "rejected", "type_mismatch", LOCATIONS[name], ["Alan", "abc"],
    )  # fmt: skip


def test_everything_the_record_has_a_column_for_is_filled(tmp_path):
    text = "name,age\nAda,36\n"
    found = import_text(tmp_path, "people.csv", text)

    expected = {
        "user_id": "7", "user_email": "tester@example.com", "source_type": "local_upload",
        "source_path": str(tmp_path / "people.csv"), "file_name": "people.csv", "file_size_bytes": len(text),
        "file_type": "csv", "file_hash": tracking.calculate_file_hash(text.encode()), "table_name": "people",
        "import_strategy": "new_table", "duplicate_check_enabled": True, "status": "success", "error_message": None,
        "warnings": [], "rows_processed": 1, "validation_errors": 0, "mapping_status": "completed",
        "mapping_errors_count": 0, "undone_at": None,
    }  # fmt: skip
    assert {name: getattr(found, name) for name in expected} == expected
    for name in ("duration", "parsing_time", "duplicate_check_time", "insert_time", "mapping_duration"):
        assert getattr(found, f"{name}_seconds") is not None
    assert found.duration_seconds > 0
    assert found.mapping_started_at <= found.mapping_completed_at
    assert found.mapping_config["db_schema"] == {"name": "TEXT", "age": "INTEGER"}


def test_every_record_rejected_is_a_failure_without_a_table(tmp_path):
    with pytest.raises(NothingLoaded) as failure:
        import_text(tmp_path, "bad.csv", "n\nx\ny\n", db_schema={"n": "INTEGER"}, on_error="reject_row")

    found = ImportHistory.objects.get(pk=failure.value.details["import_id"])
    assert (found.status, found.mapping_status) == ("failed", "failed")
    assert balance(found) == (2, 0, 2, 0, 2, 0)
    assert (found.mapping_errors_count, MappingError.objects.count(), KeptRecord.objects.count()) == (2, 2, 2)
    assert (failure.value.message.code, failure.value.message.params) == ("all_rejected", {"records": 2})
    assert found.error_message == str(failure.value)
    assert columns_of("bad") == {}


def test_abort_loads_nothing_and_says_where(tmp_path):
    with pytest.raises(TooManyErrors) as failure:
        import_text(tmp_path, "bad.csv", "n\n1\ny\n", db_schema={"n": "INTEGER"}, on_error="abort")

    assert "row 2 (n): Value 'y' is not a valid integer. Nothing was imported." in str(failure.value)
    found = ImportHistory.objects.get()
    assert (found.status, found.error_message) == ("failed", str(failure.value))
    assert columns_of("bad") == {}


@pytest.mark.parametrize("name", PEOPLE)
def test_abort_tells_programs_which_value_it_was(tmp_path, name):
    with pytest.raises(TooManyErrors) as failure:
        import_text(tmp_path, name, PEOPLE[name], db_schema={"age": "INTEGER"}, on_error="abort")

    why = {"code": "not_an_integer", "params": {"value": "abc"}}
    found = ImportHistory.objects.get()
    assert failure.value.details == {
        "import_id": str(found.pk), "reason": "first_error", "params": {"record": 2, "column": "age", "why": why},
    }  # fmt: skip
    assert found.metadata["error"]["details"] == failure.value.details


@pytest.mark.parametrize(
    ("name", "column", "said", "why"),
    [
        ("a.csv", "entire row", "line 3 has 3 values, expected 2",
         {"code": "field_count", "params": {"location": "line 3", "found": 3, "expected": 2}}),
        ("a.ndjson", "entire row", "line 2 has a duplicate key",
         {"code": "key_twice", "params": {"location": "line 2"}}),
        ("a.xlsx", "n", "cell B2 contains #DIV/0!",
         {"code": "error_cell", "params": {"cell": "B2", "error": "#DIV/0!"}}),
    ],
)  # fmt: skip
def test_abort_tells_programs_which_record_or_cell_it_was(tmp_path, name, column, said, why):
    texts = {
        "a.csv": "a,b\n1,2\n3,4,5\n6,7\n",
        "a.ndjson": '{"a": 1}\n{"a": 2, "a": 3}\n{"a": 4}\n',
        "a.xlsx": (FILES / "excel/errors.xlsx").read_bytes(),
    }
    mapping = {"mappings": {"who": "name", "n": "rate"}} if name == "a.xlsx" else {}

    with pytest.raises(TooManyErrors, match=re.escape(f" ({column}): {said}. Nothing was")) as failure:
        import_text(tmp_path, name, texts[name], on_error="abort", **mapping)

    assert failure.value.message.params["why"] == why


TWO_ERRORS = "n\n1\n2\nx\ny\n"


@pytest.mark.parametrize("limit", [1, {"share": 0.4}])
def test_more_errors_than_max_errors_stop_the_import(tmp_path, limit):
    with pytest.raises(TooManyErrors):
        import_text(tmp_path, "bad.csv", TWO_ERRORS, db_schema={"n": "INTEGER"}, max_errors=limit)

    assert columns_of("bad") == {}


@pytest.mark.parametrize("limit", [2, {"share": 0.5}, {"share": 0.1, "minimum": 2}])
def test_as_many_errors_as_max_errors_do_not_stop_the_import(tmp_path, limit):
    record = import_text(tmp_path, "bad.csv", TWO_ERRORS, db_schema={"n": "INTEGER"}, max_errors=limit)

    assert record.rows_inserted == 4


def test_an_unreadable_file_fails_with_its_reason(tmp_path):
    with pytest.raises(UnreadableFile) as failure:
        import_text(tmp_path, "picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100))

    found = ImportHistory.objects.get(pk=failure.value.details["import_id"])
    assert (found.status, found.error_message) == ("failed", str(failure.value))


def test_a_header_alone_makes_an_empty_table(tmp_path):
    found = import_text(tmp_path, "empty.csv", "a,b\n")

    assert (found.status, balance(found)) == ("success", (0, 0, 0, 0, 0, 0))
    assert list(columns_of("empty"))[:3] == ["id", "a", "b"]


class TestFileLevelDuplicates:
    def test_the_same_file_is_refused_and_the_refusal_audited(self, tmp_path):
        first = import_text(tmp_path, "a.csv", "a\n1\n")

        with pytest.raises(AlreadyImported) as refusal:
            import_text(tmp_path, "a.csv", "a\n1\n")

        assert refusal.value.details == {
            "earlier_import_id": str(first.pk), "table_name": "a", "reason": "file_in_table",
            "params": {
                "table": "a", "import_id": str(first.pk), "imported_at": f"{first.import_timestamp:%Y-%m-%d %H:%M}",
            },
        }  # fmt: skip
        assert ImportHistory.objects.count() == 1
        assert query("SELECT action, subject FROM audit_auditentry ORDER BY id DESC LIMIT 1") == [
            ("import.refused", "a")
        ]  # fmt: skip

    def test_force_import_goes_past(self, tmp_path):
        import_text(tmp_path, "a.csv", "a\n1\n")

        again = import_text(tmp_path, "a.csv", "a\n1\n", duplicate_check={"force_import": True})

        assert (again.status, balance(again)) == ("success", (1, 0, 1, 1, 0, 0))

    def test_another_table_and_a_failed_import_do_not_count(self, tmp_path):
        with pytest.raises(TooManyErrors):
            import_text(tmp_path, "a.csv", "a\n1\nx\n", db_schema={"a": "INTEGER"}, on_error="abort")
        import_text(tmp_path, "a.csv", "a\n1\nx\n")

        assert import_text(tmp_path, "a.csv", "a\n1\nx\n", table_name="other").rows_inserted == 2

    def test_records_are_not_checked_at_file_level(self):
        import_records([{"a": 1}], table_name="direct")

        again = import_records([{"a": 1}], table_name="direct")

        assert (again.source_type, balance(again)) == ("api_direct", (1, 0, 1, 1, 0, 0))


class TestRowLevelDuplicates:
    def test_whole_rows_are_compared_as_a_multiset(self, tmp_path):
        first = import_text(tmp_path, "a.csv", "a,b\n1,x\n1,x\n2,\n", table_name="t")
        second = import_text(tmp_path, "b.csv", "b,a\n,2\nx,1\nx,1\nx,1\ny,3\n", table_name="t")

        assert balance(first) == (3, 3, 0, 0, 0, 0)
        assert balance(second) == (5, 2, 3, 3, 0, 0)
        assert [(row["a"], row["b"], row["_source_row_number"]) for row in rows_of("t")] == [
            (1, "x", 1), (1, "x", 2), (2, None, 3), (1, "x", 4), (3, "y", 5),
        ]  # fmt: skip
        kept = KeptRecord.objects.filter(import_record=second).values_list(
            "record_number", "fate", "matched_import_id", "matched_record_number", "location"
        )
        assert list(kept) == [
            (1, "duplicate", first.pk, 3, "line 2"),
            (2, "duplicate", first.pk, 1, "line 3"),
            (3, "duplicate", first.pk, 2, "line 4"),
        ]

    def test_a_key_finds_repeats_in_the_table_and_in_the_file(self, tmp_path):
        first = import_text(tmp_path, "a.csv", "k,v\n1,a\n2,b\n2,c\n", table_name="t", unique_columns=["k"])
        second = import_text(
            tmp_path, "b.csv", "k,v\n2,z\n3,d\n3,e\nNA,f\nNA,g\n", table_name="t", unique_columns=["k"]
        )

        assert balance(first) == (3, 2, 1, 1, 0, 0)
        assert balance(second) == (5, 3, 2, 2, 0, 0)
        assert [(row["k"], row["v"]) for row in rows_of("t")] == [
            (1, "a"), (2, "b"), (3, "d"), (None, "f"), (None, "g"),
        ]  # fmt: skip
        matches = KeptRecord.objects.filter(import_record=second).values_list(
            "record_number", "matched_import_id", "matched_record_number"
        )
        assert list(matches) == [(1, first.pk, 2), (3, second.pk, 2)]

    def test_equal_numbers_written_differently_are_equal(self, tmp_path):
        import_text(tmp_path, "a.csv", "n\n2.50\n", table_name="t")

        assert import_text(tmp_path, "b.csv", "n\n2.5\n", table_name="t").duplicates_found == 1

    def test_the_check_can_be_switched_off(self, tmp_path):
        import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
        again = import_text(tmp_path, "b.csv", "a\n1\n2\n", table_name="t", check_duplicates=False)

        assert (balance(again), again.duplicate_check_enabled) == ((2, 2, 0, 0, 0, 0), False)


class TestStrategies:
    def test_auto_merges_extends_and_adapts(self, tmp_path):
        made = import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t")
        merged = import_text(tmp_path, "b.csv", "b,a\ny,2\n", table_name="t")
        extended = import_text(tmp_path, "c.csv", "a,c\n3,2024-01-05\n", table_name="t")
        adapted = import_text(tmp_path, "d.csv", "a\n4\n5\nx\n", table_name="t")

        assert [one.import_strategy for one in (made, merged, extended, adapted)] == [
            "new_table", "merge_exact", "extend_table", "adapt_data",
        ]  # fmt: skip
        assert columns_of("t")["c"] == "date"
        assert [row["a"] for row in rows_of("t")] == [1, 2, 3, 4, 5, None]
        assert adapted.warnings == ["a: 1 of 3 non-empty values cannot be read as whole numbers."]

    def test_auto_refuses_when_more_than_half_does_not_fit(self, tmp_path):
        import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")

        with pytest.raises(MappingDoesNotFit, match="2 of 3 non-empty values"):
            import_text(tmp_path, "b.csv", "a\nx\ny\n3\n", table_name="t")

    def test_adapt_data_names_columns_without_a_home(self, tmp_path):
        import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
        adapted = import_text(tmp_path, "b.csv", "a,Extra\n2,x\n", table_name="t", strategy="adapt_data")

        assert adapted.warnings == ["Not imported (no matching column): Extra."]
        assert "extra" not in columns_of("t")

    @pytest.mark.parametrize(
        ("text", "strategy", "message"),
        [
            ("a\n2\n", "new_table", "already exists"),
            ("a,b\n2,3\n", "merge_exact", "Only in the file: b"),
            ("z\n2\n", "auto", "none of the file's columns"),
        ],
    )
    def test_what_does_not_go_together_gives_a_warning(self, tmp_path, text, strategy, message):
        import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")

        with pytest.raises(MappingDoesNotFit, match=message):
            import_text(tmp_path, "b.csv", text, table_name="t", strategy=strategy)

    def test_types_of_existing_columns_never_change(self, tmp_path):
        import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
        found = import_text(tmp_path, "b.csv", "a\n2\n", table_name="t", db_schema={"a": "TEXT"})

        assert columns_of("t")["a"] == "integer"
        assert found.warnings == ["a keeps its type (Whole number)."]


class TestMapping:
    def test_renaming_and_dropping(self, tmp_path):
        import_text(
            tmp_path, "a.csv", "First Name,Junk,Age\nAda,x,36\n", mappings={"given": "First Name", "age": "Age"}
        )

        assert list(columns_of("a"))[1:3] == ["given", "age"]
        assert [(row["given"], row["age"]) for row in rows_of("a")] == [("Ada", 36)]

    def test_an_explicit_format_is_obeyed(self, tmp_path):
        rule = {"field": "day", "source_format": "%d/%m/%Y", "target_format": "%Y-%m-%d"}
        found = import_text(tmp_path, "a.csv", "day\n01/02/2024\n", rules={"datetime_transformations": [rule]})

        assert rows_of("a")[0]["day"].isoformat() == "2024-02-01"
        assert found.warnings == []

    def test_an_ambiguous_order_is_decided_by_the_settings_and_warned_about(self, tmp_path):
        found = import_text(tmp_path, "a.csv", "day\n01/02/2024\n")

        assert rows_of("a")[0]["day"].isoformat() == "2024-01-02"
        assert found.warnings == [
            "day: dates are ambiguous; read as month/day/year. Change source_options.date_order if that is wrong."
        ]

    def test_a_given_order_is_taken_without_a_warning(self, tmp_path):
        found = import_text(tmp_path, "a.csv", "day\n01/02/2024\n", source_options={"date_order": "DMY"})

        assert (rows_of("a")[0]["day"].isoformat(), found.warnings) == ("2024-02-01", [])

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"tabel_name": "x"}, "unknown key “tabel_name”. The closest known key is “table_name”"),
            ({"source_options": {"delimeter": ";"}}, "closest known key is “delimiter”"),
            ({"db_schema": {"a": "INTEGR"}}, "Did you mean INTEGER"),
            ({"mappings": {"_import_id": "a"}}, "column name “_import_id” is reserved"),
            ({"mappings": {"id": "a"}}, "column name “id” is reserved"),
            ({"mappings": {"xmin": "a"}}, "column name “xmin” is reserved"),
            ({"mappings": {"a": "a\x00"}}, "character that cannot be stored"),
            ({"on_error": "explode"}, "on_error must be one of null, reject_row, abort"),
            ({"on_error": {}}, "on_error must be one of null, reject_row, abort"),
            ({"strategy": []}, "strategy must be one of auto"),
            ({"unique_columns": ["a"], "duplicate_check": {"uniqueness_columns": ["b"]}}, "Remove one of them"),
            ({"source_options": {"decimal": ",", "thousands": ","}}, "must differ"),
            ({"mappings": {"Age": "a", "age": "a"}}, "mappings has two targets with the same column name “age”"),
            (
                {"db_schema": {"A!": "TEXT", "a": "DATE"}},
                "db_schema has two targets with the same column name “a”",
            ),
            ({"rules": {"datetime_transformations": [{"field": "a", "source_format": "%Q"}]}}, "%Q is not supported"),
        ],
    )
    def test_a_wrong_mapping_says_what_and_the_nearest_right_one(self, tmp_path, mapping, message):
        with pytest.raises(InvalidMapping, match=message):
            import_text(tmp_path, "a.csv", "a\n1\n", **mapping)

    @pytest.mark.parametrize(
        ("mapping", "code", "params"),
        [
            (
                "[",
                "invalid_json",
                {"key": "mapping", "line": 1, "character": 2, "fault": {"code": "json_value_expected", "params": {}}},
            ),
            ('{"max_errors": NaN}', "not_a_json_number", {"key": "mapping", "found": "NaN"}),
            ('{"on_error": "null", "on_error": "null"}', "mapping_key_twice", {"name": "on_error"}),
            ({"tabel_name": "x"}, "unknown_key", {"place": "mapping", "key": "tabel_name", "nearest": "table_name"}),
            ({"rules": {"x\x00": 1}}, "unstorable_key", {"place": "rules"}),
            ({"x\ud800": 1}, "unstorable_key_of_mapping", {}),
            ({1: 1}, "key_of_mapping_not_text", {}),
            ({"rules": {1: 1}}, "key_not_text", {"place": "rules"}),
            ({"mappings": {"a": "a\x00"}}, "unstorable_character", {"key": "mappings.a"}),
            ({"on_error": "x"}, "value_not_allowed", {"name": "on_error", "allowed": ["null", "reject_row", "abort"]}),
            (
                {"source_options": {"date_order": "x"}},
                "value_not_allowed",
                {"name": "date_order", "allowed": ["YMD", "MDY", "DMY"]},
            ),
            ({"max_errors": "x"}, "max_errors_expected", {}),
            ({"max_errors": {"count": -1}}, "count_expected", {"key": "max_errors.count"}),
            ({"source_options": {"first_row": "1"}}, "count_expected", {"key": "source_options.first_row"}),
            ({"source_options": {"header_row": "1"}}, "header_row_expected", {}),
            ({"db_schema": {"a": "INTEGR"}}, "misspelt_sql_type", {"type": "INTEGR", "nearest": "INTEGER"}),
            ({"db_schema": {"a": "XYZ"}}, "unknown_sql_type", {"type": "XYZ"}),
            ({"db_schema": {"a": "DATE(3)"}}, "size_not_allowed", {"type": "DATE(3)", "without_size": "DATE"}),
        ],
    )
    def test_a_wrong_mapping_is_told_by_code_and_parameters(self, mapping, code, params):
        with pytest.raises(InvalidMapping) as refused:
            parse_mapping(mapping)

        assert (refused.value.details["reason"], refused.value.details["params"]) == (code, params)

    @pytest.mark.parametrize(
        ("mapping", "said"),
        [
            ({"source_options": {"date_order": "x"}}, "source_options.date_order must be one of YMD, MDY, DMY."),
            ({"strategy": "x"}, "strategy must be one of auto, new_table, merge_exact, extend_table, adapt_data."),
            ({"source_options": {"header_row": -1}},
             "source_options.header_row must be a whole number, 0 or greater (0 = no header)."),
            ({"source_options": {"first_row": -1}}, "source_options.first_row must be a whole number, 0 or greater."),
            ({"source_options": {"decimal": "x"}},
             "source_options.decimal must be . or , and source_options.thousands one of , . ' or a space."),
            ({"x\x00": 1},
             "A key of the mapping contains a character that cannot be stored: NUL or half of a surrogate pair."),
            ('{"a": NaN}', "mapping: invalid JSON number (NaN)."),
        ],
    )  # fmt: skip
    def test_the_api_names_options_by_their_paths(self, mapping, said):
        with pytest.raises(InvalidMapping) as refused:
            parse_mapping(mapping)

        assert str(refused.value) == said

    @pytest.mark.parametrize(
        ("format_", "said", "code"),
        [
            ("%d.%m.%Y %Q", "%Q is not supported in a date format; use A B H I M S Y a b d f m p y z",
             "unknown_directive"),
            ("%d %d", "%d is repeated", "directive_twice"),
            ("%Y %y-%m-%d", "it has the year twice; use one of %Y or %y", "part_twice"),
            ("%m %b %B", "it has the month twice; use one of %m, %b or %B", "part_twice"),
            ("%H:%M %I", "it has the hour twice; use one of %H, or %I and %p", "hour_twice"),
            ("%Y-%m", "it has the year but not the day; add %d", "part_missing"),
            ("%d %Y", "it has the year but not the month; add %m, %b or %B", "part_missing"),
            ("%Y-%m-%d %M", "it has the minute but not the hour; add %H, or %I and %p", "hour_missing"),
            ("x", "it has neither a date (year, month and day) nor a time (hour and minute)",
             "neither_date_nor_time"),
        ],
    )  # fmt: skip
    def test_a_date_format_that_lacks_something_says_what(self, format_, said, code):
        rule = {"field": "day", "source_format": format_}

        with pytest.raises(InvalidMapping) as refused:
            parse_mapping({"rules": {"datetime_transformations": [rule]}})

        assert str(refused.value) == f"Invalid source_format “{format_}” for “day” in datetime_transformations: {said}."
        assert refused.value.message.code == "invalid_date_format"
        assert refused.value.message.params["why"]["code"] == code

    def test_a_column_that_the_file_lacks(self, tmp_path):
        with pytest.raises(MappingDoesNotFit, match="Column “Agee” not found in the file. Did you mean “Age”"):
            import_text(tmp_path, "a.csv", "Age\n1\n", mappings={"age": "Agee"})

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"db_schema": {"agee": "TEXT"}}, "db_schema: column “agee” .* Did you mean “age”?"),
            ({"mappings": {"years": "Age"}, "db_schema": {"yers": "TEXT"}}, "db_schema: column “yers”.*“years”"),
            (
                {"rules": {"datetime_transformations": [{"field": "Agge", "source_format": "%Y-%m-%d"}]}},
                "datetime_transformations.field: column “Agge” .* Did you mean “Age”?",
            ),
        ],
    )
    def test_a_name_that_is_nowhere_is_warned_about(self, tmp_path, mapping, message):
        (warning,) = import_text(tmp_path, "a.csv", "Age\n1\n", **mapping).warnings

        assert re.match(message, warning)

    def test_the_key_may_be_given_in_both_places_alike(self, tmp_path):
        both = {"unique_columns": ["a"], "duplicate_check": {"uniqueness_columns": ["a"]}}

        assert import_text(tmp_path, "a.csv", "a\n1\n1\n", **both).duplicates_found == 1

    def test_a_type_of_a_column_that_is_not_imported_does_no_harm(self, tmp_path):
        found = import_text(tmp_path, "a.csv", "a,b\n1,2\n", mappings={"a": "a"}, db_schema={"a": "TEXT", "b": "TEXT"})

        assert found.rows_inserted == 1


class TestDestinations:
    @pytest.mark.parametrize("name", ["auth_user.csv", "import_history.csv", "pg_class.csv", "django_session.csv"])
    def test_the_services_own_tables_are_refused(self, tmp_path, name):
        with pytest.raises(ReservedTable):
            import_text(tmp_path, name, "a\n1\n")

        assert ImportHistory.objects.count() == 0

    def test_a_table_without_tracking_is_refused(self, tmp_path):
        query("CREATE TABLE foreign_one (a int)")
        try:
            with pytest.raises(UntrackedTable, match="add_tracking_columns foreign_one"):
                import_text(tmp_path, "foreign_one.csv", "a\n1\n")
        finally:
            query("DROP TABLE foreign_one")

    @pytest.mark.parametrize("name", ["rel_pkey", "rel_id_seq", "idx_rel_import_id"])
    def test_a_name_that_an_index_or_a_sequence_has_is_refused(self, tmp_path, name):
        import_text(tmp_path, "rel.csv", "a\n1\n")

        with pytest.raises(ReservedTable, match=f"already named “{name}”"):
            import_text(tmp_path, f"{name}.csv", "a\n1\n")

    def test_a_table_whose_index_name_is_taken_is_refused(self, tmp_path):
        import_text(tmp_path, "idx_rel_import_id.csv", "a\n1\n")

        with pytest.raises(ReservedTable, match="already named “idx_rel_import_id”"):
            import_text(tmp_path, "rel.csv", "a\n1\n")

    @pytest.mark.parametrize("name", ["atlas_stage", "atlas_matches"])
    def test_no_name_meets_a_temporary_table(self, tmp_path, name):
        found = import_text(tmp_path, f"{name}.csv", "a\n1\n1\n", unique_columns=["a"])

        assert balance(found) == (2, 1, 1, 1, 0, 0)

    def test_long_names_alike_have_each_their_key_index(self, tmp_path):
        for table in ("a" * 40 + "x", "a" * 40 + "y"):
            import_text(tmp_path, "1.csv", "k\n1\n", table_name=table)
            import_text(tmp_path, "2.csv", "k\n2\n", table_name=table, unique_columns=["k"])

        assert query("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_key_%%'") == [(2,)]

    def test_names_with_everything_in_them(self, tmp_path):
        header = '"select","a%b","x""y","ü😀","id","ID","",\n'
        import_text(tmp_path, "Order (50%).csv", header + "1,2,3,4,5,6,7,8\n")

        assert list(columns_of("order_50"))[1:9] == [
            "select", "a_b", "x_y", "ü", "source_id", "source_id_2", "column_7", "column_8",
        ]  # fmt: skip


class TestDiedImports:
    def test_an_import_whose_process_is_gone_is_swept(self):
        died = tracking.start_import_tracking("local_upload", "a.csv", "t")
        connection.close()

        assert tracking.fail_stale_imports() == 1
        found = ImportHistory.objects.get(pk=died)
        assert (found.status, found.error_message) == ("failed", str(tracking.INTERRUPTED))
        assert query("SELECT action, actor FROM audit_auditentry WHERE subject = %s", died) == [
            ("import.failed", "sweep of stale imports")
        ]  # fmt: skip

    def test_the_next_import_sweeps_too(self, tmp_path):
        died = tracking.start_import_tracking("local_upload", "a.csv", "t")
        connection.close()

        import_text(tmp_path, "b.csv", "a\n1\n")

        assert ImportHistory.objects.get(pk=died).status == "failed"

    def test_a_running_import_is_left_alone(self):
        tracking.start_import_tracking("local_upload", "a.csv", "t")

        assert tracking.fail_stale_imports() == 0

    def test_a_finished_one_gives_its_sign_of_life_back(self, tmp_path):
        import_text(tmp_path, "a.csv", "a\n1\n")

        assert query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


def test_two_imports_at_once_end_as_if_one_came_after_the_other(tmp_path):
    text = "k,v\n" + "".join(f"{number},x\n" for number in range(2000))
    outcomes = []

    def run(name):
        try:
            outcomes.append(import_text(tmp_path, name, text + f"{name[0] == 'a':d}9999,y\n", table_name="t"))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a.csv", "b.csv")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one.rows_inserted for one in outcomes) == [1, 2001]
    assert query("SELECT count(*) FROM t") == [(2002,)]


def test_a_manual_import_is_tracked_and_balanced():
    import_id = tracking.start_import_tracking(
        source_type="local_upload", file_name="data.csv", table_name="my_table", file_size_bytes=3, file_type="csv",
        file_hash=tracking.calculate_file_hash(b"abc"), mapping_config={"a": 1}, user_id="user123",
        user_email="user@example.com",
    )  # fmt: skip
    tracking.complete_import_tracking(
        import_id=import_id, status="partial", total_rows_in_file=10, rows_processed=8, rows_inserted=8,
        duration_seconds=1.5,
    )  # fmt: skip

    found = ImportHistory.objects.get(pk=import_id)
    assert balance(found) == (10, 8, 2, 0, 2, 0)
    assert (found.status, float(found.duration_seconds)) == ("partial", 1.5)
    assert tracking.get_import_history(import_id=str(uuid.uuid4())) == []


def test_counts_that_cannot_add_up_are_refused():
    import_id = tracking.start_import_tracking("local_upload", "a.csv", "t")

    with pytest.raises(ValueError, match="do not add up"):
        tracking.complete_import_tracking(import_id, "success", 1, 2, 2)


def test_long_names_are_cut_to_their_column_and_whole_in_metadata():
    import_id = tracking.start_import_tracking("local_upload", "n" * 600, "t")

    found = ImportHistory.objects.get(pk=import_id)
    assert (found.file_name, found.metadata) == ("n" * 500, {"file_name": "n" * 600})


def test_progress_is_told_between_batches(tmp_path):
    from imports.loading.pipeline import run_import
    from imports.mapping import parse_mapping
    from imports.sources.upload import from_disk

    told = []
    (tmp_path / "a.csv").write_text("a\n1\n2\n")
    with from_disk(tmp_path / "a.csv") as source:
        run_import(source, parse_mapping(None), TESTER, progress=lambda *step: told.append(step))

    assert told == [("reading", 2, 2), ("loading", 2, 2), ("finishing", 2, 2), ("committing", 2, 2)]
