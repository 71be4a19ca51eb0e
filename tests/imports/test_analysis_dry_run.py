"""A look at a file before it is imported: what would become of its records, and what was chosen before."""

import pytest

from imports.analysis.analyse import analyse, first_records
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.upload import from_disk
from lineage.undo import undo_import
from tests.importing import TESTER, columns_of, import_path, import_text, query

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = "name,age,zip\nAda,36,01234\nGrace,45,02345\n"


def looked_at(folder, name, text, **mapping):
    (folder / name).write_text(text)
    with from_disk(folder / name) as source:
        return analyse(source, parse_mapping(mapping))


def fates(forecast):
    return {key: forecast[key] for key in ("inserted", "duplicates", "rejected", "filtered", "errors")}


CASES = [
    ("a new table", "n,word\n1,a\n1,a\n", {}, (2, 0, 0, 0), {}),
    ("a key", "n,word\n1,a\n1,b\n2,c\n", {"unique_columns": ["n"]}, (2, 1, 0, 0), {}),
    ("overlapping rows", "n,word\n1,one\n5,five\n", {"table_name": "there"}, (1, 1, 0, 0), {}),
    ("equal rows as often as there", "n,word\n1,one\n1,one\n", {"table_name": "there"}, (1, 1, 0, 0), {}),
    ("a column that the table lacks", "n,word,more\n1,one,x\n2,two,\n", {"table_name": "there"}, (1, 1, 0, 0), {}),
    ("a column that the table lacks, always filled", "n,word,more\n1,one,x\n2,two,y\n", {"table_name": "there"},
     (2, 0, 0, 0), {}),
    ("a key with a column that the table lacks", "n,more,word\n1,,x\n2,5,z\n2,5,y\n",
     {"table_name": "there", "unique_columns": ["n", "more"]}, (1, 2, 0, 0), {}),
    ("all filtered, with a key", "n,word\n1,a\n",
     {"unique_columns": ["n"], "rules": {"filter_rows": [{"field": "n", "operator": "equals", "value": 99}]}},
     (0, 0, 0, 1), {}),
    ("a key that the table lacks", "n,more\n1,x\n2,x\n3,y\n",
     {"table_name": "there", "unique_columns": ["more"]}, (2, 1, 0, 0), {}),
    ("a key of the table and a column it lacks", "n,more\n1,x\n7,y\n",
     {"table_name": "there", "unique_columns": ["n"]}, (1, 1, 0, 0), {}),
    ("values that do not fit", "n,word\nx,a\n2,b\n3,c\n", {"table_name": "there"}, (3, 0, 0, 0), {"type_mismatch": 1}),
    ("rejected rows", "n,word\nx,a\n7,b\n8,c\n",
     {"table_name": "there", "on_error": "reject_row"}, (2, 0, 1, 0), {"type_mismatch": 1}),
    ("rows with too many fields", "n,word\n1,a\n2,b,c,d\n3,e\n", {}, (2, 0, 1, 0), {"too_many_fields": 1}),
    ("filters", "n,word\n1,a\n2,b\n", {"rules": {"filter_rows": [{"field": "n", "operator": "equals", "value": 1}]}},
     (1, 0, 0, 1), {}),
    ("no check", "n,word\n1,one\n", {"table_name": "there", "check_duplicates": False}, (1, 0, 0, 0), {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mapping", "numbers", "errors"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_the_forecast_is_what_then_happens(tmp_path, text, mapping, numbers, errors):
    import_text(tmp_path, "there.csv", "n,word\n1,one\n2,two\n")
    before = query("SELECT count(*) FROM pg_class"), columns_of("there")
    expected = looked_at(tmp_path, "file.csv", text, **mapping)["forecast"]

    assert fates(expected) == dict(zip(("inserted", "duplicates", "rejected", "filtered"), numbers, strict=True)) | {
        "errors": errors
    }
    assert (query("SELECT count(*) FROM pg_class"), columns_of("there")) == before
    found = import_path(tmp_path / "file.csv", **mapping)
    assert (found.rows_inserted, found.duplicates_found, found.rows_rejected, found.rows_filtered) == numbers


def test_first_values_are_shown_as_the_table_would_hold_them(tmp_path):
    found = looked_at(
        tmp_path,
        "f.csv",
        "n,day,word\n1.0,31/12/2024, a\nNA,01/02/2024,b\nx,13/02/2024,c\n",
        db_schema={"n": "INTEGER"},
    )
    columns = {column["name"]: column for column in found["columns"]}

    assert (columns["n"]["first_values"], columns["n"]["first_values_after"]) == (["1.0", "NA", "x"], ["1", None, None])
    assert columns["day"]["first_values_after"] == ["2024-12-31", "2024-02-01", "2024-02-13"]
    assert columns["word"]["first_values_after"] == [" a", "b", "c"]


def test_first_values_are_those_of_the_file_before_any_rule(tmp_path):
    found = looked_at(
        tmp_path,
        "f.csv",
        "name,age\nada,1\nbob,99\n,3\ncyd,4\n",
        rules={
            "transformations": [
                {"type": "uppercase", "field": "name"},
                {"type": "constant", "target": "c", "value": "x"},
            ],
            "filter_rows": [{"field": "age", "operator": "less_than", "value": 50}],
        },
    )
    values = {one["name"]: (one["first_values"], one["first_values_after"]) for one in found["columns"]}

    assert values == {
        "name": (["ada", "cyd"], ["ADA", "CYD"]),
        "age": (["1", "3", "4"], ["1", "3", "4"]),
        "c": ([None, None, None], ["x", "x", "x"]),
    }


EVIDENCE = [
    ("as it stands", "n\n1\n2\n", {}, [("INTEGER", {}, 2, 2)]),
    ("an order of dates", "n\n31/12/2024\n01/02/2024\n", {},
     [("DATE", {"source_format": "%d/%m/%Y"}, 2, 2), ("DATE", {"source_format": "%m/%d/%Y"}, 1, 2)]),
    ("a doubtful mark", "n|m\n1,234|x\n", {},
     [("INTEGER", {"thousands": ","}, 1, 1), ("NUMERIC", {"decimal": ","}, 1, 1)]),
    ("a type that was asked for", "n\n1\nx\n3\n", {"db_schema": {"n": "INTEGER"}}, [("INTEGER", {}, 2, 3)]),
    ("text", "n\na\n", {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mapping", "evidence"), [one[1:] for one in EVIDENCE], ids=[one[0] for one in EVIDENCE]
)
def test_the_evidence_is_of_the_type_that_was_taken(tmp_path, text, mapping, evidence):
    found = looked_at(tmp_path, "f.csv", text, **mapping)["columns"][0]["evidence"]

    assert found == [{"sql_type": type_, **reading, "fits": fits, "of": of} for type_, reading, fits, of in evidence]


def test_a_text_column_says_which_type_it_nearly_is(tmp_path):
    found = looked_at(tmp_path, "f.csv", "n,word\n1,a\n2,b\nsoon,c\n")["columns"]

    assert found[0]["near_miss"] == {
        "sql_type": "INTEGER", "fits": 2, "of": 3, "misfits": [{"value": "soon", "location": "line 4"}],
    }  # fmt: skip
    assert found[1]["near_miss"] is None


def test_tables_it_would_fit_are_told_with_the_strategy_that_each_means(tmp_path):
    import_text(tmp_path, "same.csv", "n,word\n1,a\n")
    import_text(tmp_path, "less.csv", "n\n1\n")
    import_text(tmp_path, "other.csv", "n,word\n2024-01-01,a\n", table_name="other")

    tables = looked_at(tmp_path, "f.csv", "n,word\n7,x\n", table_name="f")["tables"]

    assert {one["table_name"]: (one["columns_shared"], one["columns"], one["strategy"]) for one in tables} == {
        "same": (2, 2, "merge_exact"), "less": (1, 1, "extend_table"), "other": (2, 2, None),
    }  # fmt: skip
    (refused,) = [one for one in tables if one["strategy"] is None]
    assert refused["strategy_reason"].startswith("n: 1 of 1 non-empty values cannot be read as dates.")
    details = {"code": "mostly_invalid", "params": {"column": "n", "invalid": 1, "values": 1, "type": "DATE"}}
    assert refused["strategy_reason_details"] == details


def test_a_table_that_the_file_cannot_go_into_has_no_strategy_but_a_reason(tmp_path):
    import_text(tmp_path, "there.csv", "n,word\n1,one\n")

    found = looked_at(tmp_path, "file.csv", "n,word\n7,a\n", table_name="there", strategy="new_table")

    assert (found["strategy"], found["forecast"]["stopped_by"]) == (None, "mapping_does_not_fit")
    assert found["strategy_reason"].startswith("Table “there” already exists.")
    assert found["strategy_reason_details"] == {"code": "table_exists", "params": {"table": "there"}}


def test_the_proposed_mapping_keeps_what_was_asked_for(tmp_path):
    import_text(tmp_path, "there.csv", "n,word\n1,one\n")
    asked = {
        "table_name": "there", "strategy": "adapt_data", "max_errors": 3,
        "duplicate_check": {"on_match": "skip", "force_import": True, "check_file_level": False},
    }  # fmt: skip

    proposed = looked_at(tmp_path, "there.csv", "n,word\n1,one\n", **asked)["mapping"]

    assert {key: proposed[key] for key in asked} == asked


def test_null_tokens_that_were_not_chosen_are_not_remembered(tmp_path):
    import_text(tmp_path, "first.csv", PEOPLE, table_name="persons")
    import_text(tmp_path, "other.csv", "a,b\n1,2\n", source_options={"null_tokens": ["none"]})

    assert looked_at(tmp_path, "second.csv", PEOPLE)["requested_options"] == {}
    again = looked_at(tmp_path, "third.csv", "a,b\n3,4\n")["requested_options"]
    assert again == {"null_tokens": ["none"]}


def test_a_header_that_came_before_gets_the_mapping_that_was_used_then(tmp_path):
    chosen = {
        "table_name": "persons",
        "mappings": {"who": "name", "years": "age"},
        "db_schema": {"years": "NUMERIC"},
        "unique_columns": ["who"],
        "on_error": "reject_row",
        "rules": {"transformations": [{"type": "uppercase", "field": "name"}]},
        "source_options": {"date_order": "DMY"},
    }
    first = import_text(tmp_path, "first.csv", PEOPLE, **chosen)

    found = looked_at(tmp_path, "second.csv", PEOPLE.replace("Grace", "Alan"))

    assert (found["remembered"]["import_id"], found["remembered"]["file_name"]) == (str(first.pk), "first.csv")
    assert found["table_name"] == "persons"
    assert [(one["header"], one["name"], one["sql_type"], one["take"], one["key"]) for one in found["columns"]] == [
        ("name", "who", "TEXT", True, True), ("age", "years", "NUMERIC", True, False),
        ("zip", "zip", "TEXT", False, False),
    ]  # fmt: skip
    proposed = found["mapping"]
    assert {key: proposed[key] for key in ("table_name", "mappings", "unique_columns", "on_error", "rules")} == {
        key: chosen[key] for key in ("table_name", "mappings", "unique_columns", "on_error", "rules")
    }
    assert proposed["source_options"]["date_order"] == "DMY"
    assert fates(found["forecast"])["duplicates"] == 1  # ADA is there already
    again = import_path(tmp_path / "second.csv", **proposed)
    assert (again.table_name, again.rows_inserted, again.duplicates_found) == ("persons", 1, 1)


@pytest.mark.parametrize("name", ["same.json", "same.xml"])
def test_a_header_is_known_again_in_every_format(tmp_path, name):
    texts = {"same.json": '[{"name":"Ada","age":1}]', "same.xml": "<r><p><name>Ada</name><age>1</age></p></r>"}
    import_text(tmp_path, "first.csv", "name,age\nGrace,2\n", table_name="persons")

    assert looked_at(tmp_path, name, texts[name])["table_name"] == "persons"


def test_what_is_requested_now_goes_before_what_was_used_then(tmp_path):
    import_text(tmp_path, "first.csv", PEOPLE, table_name="persons")

    found = looked_at(tmp_path, "second.csv", PEOPLE, table_name="others")

    assert (found["remembered"], found["table_name"]) == (None, "others")


def test_an_import_that_was_undone_is_not_followed(tmp_path):
    first = import_text(tmp_path, "first.csv", PEOPLE, table_name="persons")
    undo_import(first.pk, TESTER)

    assert looked_at(tmp_path, "second.csv", PEOPLE)["remembered"] is None


def test_a_file_without_a_header_is_like_no_other(tmp_path):
    import_text(tmp_path, "first.csv", "1,2\n3,4\n", table_name="pairs")

    assert ImportHistory.objects.get().mapping_config["source_options"]["header_row"] == 0
    assert looked_at(tmp_path, "second.csv", "5,6\n7,8\n")["remembered"] is None


@pytest.mark.parametrize(
    ("mapping", "code"),
    [({"on_error": "abort"}, "too_many_errors"), ({"max_errors": {"count": 0}}, "too_many_errors"), ({}, None)],
)
def test_the_forecast_says_what_would_stop_the_import(tmp_path, mapping, code):
    import_text(tmp_path, "there.csv", "n,word\n1,one\n2,two\n3,three\n")

    found = looked_at(tmp_path, "file.csv", "n,word\n7,a\n8,b\nx,c\n", table_name="there", **mapping)["forecast"]

    assert (found["stopped_by"], found["inserted"]) == (code, 0 if code else 3)


def test_a_preview_shows_that_the_file_was_already_imported(tmp_path):
    import_text(tmp_path, "there.csv", "n,word\n1,one\n")

    found = looked_at(tmp_path, "there.csv", "n,word\n1,one\n")

    assert (found["forecast"]["stopped_by"], found["forecast"]["duplicates"]) == ("already_imported", 1)
    assert any("This file has already been imported into “there”" in warning for warning in found["warnings"])


def test_an_order_of_dates_that_was_seen_before_is_taken_again(tmp_path):
    import_text(tmp_path, "first.csv", "day,n\n31/12/2024,1\n", table_name="days")

    found = looked_at(tmp_path, "second.csv", "day,n\n01/02/2024,2\n")

    assert found["columns"][0]["first_values_after"] == ["2024-02-01"]
    assert [reason["code"] for reason in found["columns"][0]["reasons"]] == ["earlier_date_order"]
    assert "date_order" not in found["mapping"]["source_options"]


def test_an_order_of_dates_that_was_seen_before_does_not_overrule_a_file(tmp_path):
    import_text(tmp_path, "first.csv", "day,n\n31/12/2024,1\n", table_name="days")

    found = looked_at(tmp_path, "second.csv", "day,n\n12/31/2024,2\n")

    assert found["columns"][0]["first_values_after"] == ["2024-12-31"]


@pytest.mark.parametrize(("order", "day"), [("DMY", "2024-02-01"), ("MDY", "2024-01-02")])
def test_an_order_other_than_the_usual_one_counts_although_no_warnings_were_stored(tmp_path, settings, order, day):
    settings.ATLAS_DATE_ORDER = order
    import_text(tmp_path, "first.csv", "day,n\n03/02/2024,1\n", table_name="days")
    for record in ImportHistory.objects.all():
        del record.mapping_config["columns"][0]["shows"], record.mapping_config["columns"][1]["shows"]
        record.warning_details = None
        record.save()
    settings.ATLAS_DATE_ORDER = "MDY"

    found = looked_at(tmp_path, "second.csv", "day,n\n01/02/2024,2\n")["columns"][0]

    assert (found["first_values_after"], bool(found["questions"])) == ([day], order == "MDY")


def test_an_order_of_dates_that_was_only_taken_is_asked_for_again(tmp_path):
    import_text(tmp_path, "first.csv", "day,n\n03/02/2024,1\n", table_name="days")

    found = looked_at(tmp_path, "second.csv", "day,n\n01/02/2024,2\n")

    assert found["table_name"] == "days"
    assert "date_order" not in found["mapping"]["source_options"]
    assert [one["choice"] for one in found["columns"][0]["questions"][0]["choices"]] == ["MDY", "DMY"]


def test_a_chosen_order_of_dates_is_used_again(tmp_path):
    said = {"source_options": {"date_order": "DMY"}}
    import_text(tmp_path, "first.csv", "day,n\n03/02/2024,1\n", table_name="days", **said)

    found = looked_at(tmp_path, "second.csv", "day,n\n01/02/2024,2\n")

    assert (found["requested_options"], found["columns"][0]["questions"]) == ({"date_order": "DMY"}, [])


@pytest.mark.parametrize("bad", ['"x"\n', '{"a":1,"a":2}\n'])
def test_a_preview_shows_records_that_are_none(tmp_path, bad):
    (tmp_path / "f.ndjson").write_text(bad * 12 + '{"a":1}\n')
    with from_disk(tmp_path / "f.ndjson") as source:
        first = first_records(source, {})

    assert first.records == [[bad.strip()]] * 10


def test_findings_of_another_shape_are_of_another_version(tmp_path):
    found = looked_at(tmp_path, "people.csv", PEOPLE)

    assert found["findings_version"] == 8
    assert sorted(found) == [
        "changes", "choices", "columns", "file_hash", "file_name", "file_size_bytes", "file_type", "findings_version",
        "forecast", "key_proposal", "mapping", "not_read", "remembered", "requested_options", "rows", "saved_mapping",
        "saved_mappings", "source_options", "strategy", "strategy_reason", "strategy_reason_details", "table_name",
        "tables", "warning_details", "warnings",
    ]  # fmt: skip
    assert sorted(found["columns"][0]) == [
        "evidence", "first_values", "first_values_after", "header", "key", "name", "native_text",
        "near_miss", "null_tokens", "questions", "reasons", "sql_type", "take", "type_given", "values",
    ]  # fmt: skip
