"""Dates from a file into a table: what was asked for is obeyed, and what is not certain is said."""

import json
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from imports.analysis.analyse import analyse
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.errors import InvalidMapping
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfiler
from imports.mapping import parse_mapping
from imports.models import ImportHistory, MappingError
from imports.planning.asked_notation import reading_in
from imports.planning.make_plan import make_plan
from imports.sources.upload import from_disk
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_path, import_text, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def date_rules(*rules):
    """A mapping with `field, format` pairs as datetime_transformations."""
    return {"datetime_transformations": [{"field": field, "source_format": format_} for field, format_ in rules]}


def looked_at(folder, name, text, **mapping):
    """The findings of a preview."""
    (folder / name).write_text(text)
    with from_disk(folder / name) as source:
        return analyse(source, parse_mapping(mapping))


def stored(table, column):
    """The values of a column as texts."""
    return [None if row[column] is None else str(row[column]) for row in rows_of(table)]


def test_seconds_since_1970_are_read_where_the_mapping_says_so(tmp_path):
    text = "k,created_at\nA,1711843200\nB,1711929600\n"

    import_text(tmp_path, "epoch.csv", text, rules=date_rules(("created_at", "epoch_s")))

    assert stored("epoch", "created_at") == ["2024-03-31 00:00:00+00:00", "2024-04-01 00:00:00+00:00"]
    assert rows_of("epoch")[0]["_corrections_applied"] == {
        "created_at": {
            "before": "1711843200", "after": "2024-03-31T00:00:00Z",
            "correction_type": "datetime_standardization", "source_format": "epoch_s",
        }
    }  # fmt: skip


def test_whole_numbers_stay_numbers_where_the_mapping_says_nothing(tmp_path):
    import_text(tmp_path, "epoch.csv", "k,created_at\nA,1711843200\nB,1711929600\n")

    assert [row["created_at"] for row in rows_of("epoch")] == [1711843200, 1711929600]


# --- what was asked for is obeyed


def errors(table):
    """The mapping errors of a table's import: record, column, value, type."""
    return list(
        MappingError.objects.order_by("record_number", "target_field").values_list(
            "record_number", "target_field", "source_value", "error_type"
        )
    )


DMY_ASKED = "k,d\n1,01/02/2024\n2,03/04/2024\n3,02/14/2024\n"


def test_the_date_order_that_was_asked_for_is_never_overruled(tmp_path):
    done = import_text(tmp_path, "t.csv", DMY_ASKED, source_options={"date_order": "DMY"})

    assert stored("t", "d") == ["2024-02-01", "2024-04-03", None]
    assert errors("t") == [(3, "d", "02/14/2024", "datetime_conversion")]
    assert [(warning["code"], warning["params"]) for warning in done.warning_details] == [
        ("not_in_date_order", {"column": "d", "invalid": 1, "values": 3, "order": "DMY"})
    ]


def test_the_same_file_without_an_order_is_read_in_the_one_that_fits(tmp_path):
    done = import_text(tmp_path, "t.csv", DMY_ASKED)

    assert (stored("t", "d"), done.warnings) == (["2024-01-02", "2024-03-04", "2024-02-14"], [])


@pytest.mark.parametrize("sql_type", ["DATE", "TIMESTAMP"])
def test_an_order_that_was_asked_for_goes_with_a_type_that_was(tmp_path, sql_type):
    import_text(tmp_path, "t.csv", DMY_ASKED, db_schema={"d": sql_type}, source_options={"date_order": "DMY"})

    assert [text and text[:10] for text in stored("t", "d")] == ["2024-02-01", "2024-04-03", None]


def test_an_order_that_was_asked_for_goes_into_a_table_of_dates(tmp_path):
    import_text(tmp_path, "t.csv", "k,d\n0,2024-01-01\n")

    import_text(tmp_path, "more.csv", DMY_ASKED, table_name="t", source_options={"date_order": "DMY"})

    assert stored("t", "d") == ["2024-01-01", "2024-02-01", "2024-04-03", None]


@pytest.mark.parametrize(
    ("dates", "order", "expected"),
    [
        (["2024/03/04", "2024/12/31"], "DMY", ["2024-03-04", "2024-12-31"]),  # the year shows the order
        (["2024-03-04"], "DMY", ["2024-03-04"]),
        (["4 Mar 2024"], "YMD", ["2024-03-04"]),
        (["31/12/2024"], "YMD", ["2024-12-31"]),  # it cannot be year first
        (["03.04.2024"], "MDY", ["2024-03-04"]),
        (["03-04-05"], "YMD", ["2003-04-05"]),
        (["03-04-05"], "DMY", ["2005-04-03"]),
        (["03-04-05"], "MDY", ["2005-03-04"]),
    ],
)
def test_an_order_that_was_asked_for_decides_what_a_date_does_not_show(tmp_path, dates, order, expected):
    done = import_text(tmp_path, "t.csv", "d\n" + "\n".join(dates) + "\n", source_options={"date_order": order})

    assert (stored("t", "d"), done.warnings) == (expected, [])


def test_dates_none_of_which_is_in_the_order_that_was_asked_for_stay_texts(tmp_path):
    done = import_text(tmp_path, "t.csv", "d\n12/31/2024\n10/25/2024\n", source_options={"date_order": "DMY"})

    assert stored("t", "d") == ["12/31/2024", "10/25/2024"]
    assert [warning["code"] for warning in done.warning_details] == ["no_date_in_order"]


def test_the_month_is_first_between_dots_only_where_that_was_asked_for(tmp_path):
    text = "d\n03.14.2024\n04.05.2024\n"
    import_text(tmp_path, "t.csv", text)
    import_text(tmp_path, "asked.csv", text, source_options={"date_order": "MDY"})

    assert stored("t", "d") == ["03.14.2024", "04.05.2024"]
    assert stored("asked", "d") == ["2024-03-14", "2024-04-05"]


def test_an_order_that_no_date_can_have_leaves_the_question_open(tmp_path):
    done = import_text(tmp_path, "t.csv", "d\n01/02/2024\n", source_options={"date_order": "YMD"})

    assert (stored("t", "d"), [warning["code"] for warning in done.warning_details]) == (
        ["2024-01-02"], ["ambiguous_date_order"],
    )  # fmt: skip


US_NUMBERS = 'a|b\n1,234|x\n2,345|y\n"1,234.50"|z\n'


def test_the_decimal_separator_that_was_asked_for_is_never_overruled(tmp_path):
    done = import_text(tmp_path, "t.csv", US_NUMBERS, source_options={"decimal": ","})

    assert stored("t", "a") == ["1.234", "2.345", None]
    assert errors("t") == [(3, "a", "1,234.50", "type_mismatch")]
    assert [(warning["code"], warning["params"]) for warning in done.warning_details] == [
        ("not_with_marks", {"column": "a", "invalid": 1, "values": 3})
    ]


def test_the_same_numbers_without_a_separator_that_was_asked_for_are_read_as_they_are(tmp_path):
    done = import_text(tmp_path, "t.csv", US_NUMBERS)

    assert (stored("t", "a"), done.warnings) == (["1234", "2345", "1234.50"], [])


@pytest.mark.parametrize("values", [["1.5", "2", "3"], ["1.5", "2.25", "10.75"]])
def test_numbers_none_of_which_has_the_separator_that_was_asked_for_stay_texts(tmp_path, values):
    text = "a;b\n" + "".join(f"{value};x\n" for value in values)
    done = import_text(tmp_path, "t.csv", text, source_options={"decimal": ","})

    assert stored("t", "a") == values
    assert [warning["code"] for warning in done.warning_details] == ["no_number_with_marks"]


def test_a_separator_that_was_asked_for_says_nothing_of_numbers_of_the_format_itself(tmp_path):
    options = {"source_options": {"decimal": ","}}
    import_text(tmp_path, "t.json", '[{"a": 1.234}, {"a": 2.5}]', **options)
    import_text(tmp_path, "u.json", '[{"a": "1,234"}, {"a": "2.345,5"}]', **options, db_schema={"a": "NUMERIC"})

    assert (stored("t", "a"), stored("u", "a")) == (["1.234", "2.5"], ["1.234", "2345.5"])


TWO_FORMATS = "k,d\n1,03/04/2024\n2,5.3.2024\n"


def test_two_formats_of_one_field_are_tried_in_order(tmp_path):
    import_text(tmp_path, "t.csv", TWO_FORMATS, rules=date_rules(("d", "%d/%m/%Y"), ("d", "%d.%m.%Y")))

    assert stored("t", "d") == ["2024-04-03", "2024-03-05"]
    assert [row["_corrections_applied"]["d"]["source_format"] for row in rows_of("t")] == ["%d/%m/%Y", "%d.%m.%Y"]


def test_a_rule_by_header_and_one_by_column_are_both_tried(tmp_path):
    rules = date_rules(("The day", "%d/%m/%Y"), ("the_day", "%d.%m.%Y"))
    import_text(tmp_path, "t.csv", "k,The day\n1,03/04/2024\n2,5.3.2024\n3,5-3-2024\n", rules=rules)

    assert stored("t", "the_day") == ["2024-04-03", "2024-03-05", None]
    assert errors("t") == [(3, "the_day", "5-3-2024", "datetime_conversion")]


def test_several_formats_are_undone_and_redone_as_they_were(tmp_path):
    done = import_text(tmp_path, "t.csv", TWO_FORMATS, rules=date_rules(("d", "%d/%m/%Y"), ("d", "%d.%m.%Y")))
    before = [(row["d"], row["_corrections_applied"]) for row in rows_of("t")]

    undo_import(done.pk, TESTER)
    redo_import(done.pk, TESTER)

    assert [(row["d"], row["_corrections_applied"]) for row in rows_of("t")] == before


@pytest.mark.parametrize(
    ("formats", "values", "sql_type"),
    [
        (["%d/%m/%Y", "%d/%m/%Y %H:%M"], ["03/04/2024", "03/04/2024 10:15"], "timestamp without time zone"),
        (["%d/%m/%Y", "%d/%m/%Y %H:%M"], ["03/04/2024", "04/04/2024"], "date"),
        (["excel_1900"], ["45355", "45356"], "date"),
        (["excel_1900"], ["45355.5", "45356"], "timestamp without time zone"),
        (["excel_1900"], ["0.5", "0.25"], "time without time zone"),
        (["iso_8601"], ["20240304", "2024-3-5"], "date"),
        (["iso_8601"], ["2024-3-5 9:05"], "timestamp without time zone"),
        (["epoch_ms", "iso_8601"], ["1711843200000", "2024-3-5 9:05Z"], "timestamp with time zone"),
    ],
)
def test_formats_give_the_type_that_their_values_have(tmp_path, formats, values, sql_type):
    text = "d\n" + "\n".join(values) + "\n"
    done = import_text(tmp_path, "t.csv", text, rules=date_rules(*(("d", format_) for format_ in formats)))

    assert (columns_of("t")["d"], done.mapping_errors_count) == (sql_type, 0)


# --- where a type is asked for


def asked(folder, text, sql_type):
    """The values and corrections of column v that was asked to be of the type."""
    import_text(folder, "t.csv", text, db_schema={"v": sql_type})
    corrections = [(row["_corrections_applied"] or {}).get("v", {}).get("source_format") for row in rows_of("t")]
    return stored("t", "v"), corrections


def test_dates_without_separators_or_zeros_are_dates_where_that_is_asked(tmp_path):
    values, corrections = asked(tmp_path, "k,v\n1,20240304\n2,2024-3-4\n3,2024-03-05\n", "DATE")

    assert values == ["2024-03-04", "2024-03-04", "2024-03-05"]
    assert corrections == ["iso_8601", "iso_8601", None]


def test_dates_without_separators_are_numbers_where_nothing_is_asked(tmp_path):
    import_text(tmp_path, "t.csv", "k,v\n1,20240304\n2,20240305\n")

    assert columns_of("t")["v"] == "integer"


def test_short_times_are_times_where_that_is_asked(tmp_path):
    import_text(tmp_path, "t.csv", "k,v\n1,9:05\n2,10:30\n3,24:00\n", db_schema={"v": "TIME"})

    assert stored("t", "v") == ["09:05:00", "10:30:00", "00:00:00"]
    assert rows_of("t")[2]["_corrections_applied"]["v"]["before"] == "24:00"
    assert [(warning["code"], warning["params"]) for warning in ImportHistory.objects.get().warning_details] == [
        ("end_of_day", {"column": "v", "count": 1})
    ]


def test_times_before_midnight_are_without_a_warning(tmp_path):
    done = import_text(tmp_path, "t.csv", "k,v\n1,9:05\n2,00:00\n", db_schema={"v": "TIME"})

    assert (stored("t", "v"), done.warnings) == (["09:05:00", "00:00:00"], [])


@pytest.mark.parametrize(
    ("text", "sql_type", "expected"),
    [
        ("2024-03-04 24:00", "TIMESTAMP", "2024-03-05 00:00:00"),
        ("2024-03-04T10:15:00.123456789", "TIMESTAMP", "2024-03-04 10:15:00.123456"),
        ("1/2/2024 0:00", "DATE", "2024-01-02"),
        ("1/2/2024 0:00", "TIMESTAMP", "2024-01-02 00:00:00"),
        ("1/2/2024 12:00 AM", "TIMESTAMP", "2024-01-02 00:00:00"),
        ('"Mon, 04 Mar 2024 10:15:00 GMT"', "TIMESTAMPTZ", "2024-03-04 10:15:00+00:00"),
        ("2024-03-04 10:15 EST", "TIMESTAMPTZ", None),
        ("4 mai 2024", "DATE", None),
        ("2024-065", "DATE", None),
        ("1711843200", "TIMESTAMP", None),  # it could be seconds, or an identifier
        ("45355", "DATE", None),
    ],
)
def test_one_value_of_a_type_that_was_asked_for(tmp_path, text, sql_type, expected):
    assert asked(tmp_path, f"k,v\n1,{text}\n", sql_type)[0] == [expected]


def test_a_type_that_was_asked_for_takes_iso_8601_beside_another_format(tmp_path):
    values, corrections = asked(tmp_path, "k,v\n1,03/14/2024\n2,20240304\n3,2024-3-5\n4,03/15/2024\n", "DATE")

    assert values == ["2024-03-14", "2024-03-04", "2024-03-05", "2024-03-15"]
    assert corrections == ["%m/%d/%Y", "iso_8601", "iso_8601", "%m/%d/%Y"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("more.csv", "k,d\n1,20240304\n2,2024-3-5\n"),
        ("more.json", '[{"k": 1, "d": "20240304"}, {"k": 2, "d": "2024-3-5"}]'),
        ("more.xml", "<r><p><k>1</k><d>20240304</d></p><p><k>2</k><d>2024-3-5</d></p></r>"),
    ],
)
def test_a_column_of_dates_takes_other_spellings_from_every_format(tmp_path, name, text):
    import_text(tmp_path, "t.csv", "k,d\n0,2024-01-01\n")

    import_text(tmp_path, name, text, table_name="t")

    assert stored("t", "d") == ["2024-01-01", "2024-03-04", "2024-03-05"]


# --- dots, and two-digit years


def test_dotted_dates_are_never_month_first(tmp_path):
    done = import_text(tmp_path, "t.csv", "datum;betrag\n03.04.2024;12,50\n05.06.2024;3,99\n")

    assert (stored("t", "datum"), done.warnings) == (["2024-04-03", "2024-06-05"], [])


def test_dotted_dates_that_could_only_be_month_first_are_texts(tmp_path):
    import_text(tmp_path, "t.csv", "d\n03.14.2024\n")

    assert stored("t", "d") == ["03.14.2024"]


def test_dates_with_slashes_are_month_first_by_default_with_a_warning(tmp_path):
    done = import_text(tmp_path, "t.csv", "d\n03/04/2024\n")

    assert (stored("t", "d"), [warning["code"] for warning in done.warning_details]) == (
        ["2024-03-04"], ["ambiguous_date_order"],
    )  # fmt: skip


BIRTHS = "name,dob\nA,12/25/45\nB,01/13/68\nC,11/30/69\n"


def test_dates_that_two_digits_put_into_the_future_are_counted_in_a_warning(tmp_path):
    done = import_text(tmp_path, "t.csv", BIRTHS)

    assert stored("t", "dob") == ["2045-12-25", "2068-01-13", "1969-11-30"]
    assert [(warning["code"], warning["params"]) for warning in done.warning_details] == [
        ("dates_in_future", {"column": "dob", "first": 1969, "last": 2068, "later": 2, "dates": 3})
    ]
    assert "2 of 3 dates lie in the future" in done.warnings[0]


def test_the_century_is_a_question_in_the_preview(tmp_path):
    [question] = looked_at(tmp_path, "t.csv", BIRTHS)["columns"][1]["questions"]

    assert question["option"] == "pivot_year"
    assert [choice["reads"] for choice in question["choices"]] == ["2045-12-25", "1945-12-25"]
    assert question["choices"][0]["choice"] == "69"


def test_the_pivot_that_was_asked_for_is_one_rule_for_the_column(tmp_path):
    done = import_text(tmp_path, "t.csv", BIRTHS, source_options={"pivot_year": 27})

    assert (stored("t", "dob"), done.warnings) == (["1945-12-25", "1968-01-13", "1969-11-30"], [])
    undo_import(done.pk, TESTER)
    redo_import(done.pk, TESTER)
    assert stored("t", "dob") == ["1945-12-25", "1968-01-13", "1969-11-30"]


@pytest.mark.parametrize("pivot_year", [-1, 101, "27", True, None, 1.5])
def test_a_pivot_that_is_none_is_refused(pivot_year):
    with pytest.raises(InvalidMapping) as refused:
        parse_mapping({"source_options": {"pivot_year": pivot_year}})

    assert refused.value.message.code == "pivot_year_expected"


@pytest.mark.parametrize("pivot_year", [27, 69])
def test_the_pivot_of_an_earlier_import_holds_for_its_column(tmp_path, pivot_year):
    import_text(tmp_path, "t.csv", BIRTHS, source_options={"pivot_year": pivot_year})

    more = import_text(tmp_path, "more.csv", "name,dob\nD,12/24/45\n", table_name="t")

    assert (stored("t", "dob")[-1], more.warnings) == (f"{1945 if pivot_year == 27 else 2045}-12-24", [])


def test_a_pivot_that_was_only_assumed_gives_a_warning_again(tmp_path):
    import_text(tmp_path, "t.csv", BIRTHS)

    more = import_text(tmp_path, "more.csv", "name,dob\nD,12/24/45\n", table_name="t")

    assert [warning["code"] for warning in more.warning_details] == ["dates_in_future"]


def test_two_digit_years_of_the_past_are_no_question_and_say_their_century(tmp_path):
    found = looked_at(tmp_path, "t.csv", "name,seen\nA,12/25/19\nB,01/13/98\n")

    assert (found["warnings"], found["columns"][1]["questions"]) == ([], [])
    assert [reason["reason"] for reason in found["columns"][1]["reasons"]] == [
        "Two-digit years are read as 1969 to 2068."
    ]


def test_four_digit_years_in_the_future_are_no_question(tmp_path):
    assert looked_at(tmp_path, "t.csv", "name,due\nA,12/25/2045\n")["columns"][1]["questions"] == []


def test_the_year_first_is_a_reading_of_two_digit_years(tmp_path):
    [question] = looked_at(tmp_path, "t.csv", "k,d\n1,24-03-05\n")["columns"][1]["questions"]

    assert {choice["choice"] for choice in question["choices"]} == {"DMY", "YMD"}
    done = import_text(tmp_path, "t.csv", "k,d\n1,24-03-05\n")
    assert [warning["code"] for warning in done.warning_details] == ["ambiguous_date_order"]


def test_years_that_hardly_change_show_the_order_of_two_digit_dates(tmp_path):
    days = [f"{day:02}.12.24" for day in range(1, 32)]

    done = import_text(tmp_path, "t.csv", "d\n" + "\n".join(days) + "\n")

    assert (stored("t", "d")[-1], done.warnings) == ("2024-12-31", [])


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["24-03-05", "24-03-06", "24-04-07"], "2024-03-05"),
        (["24-03-05", "25-11-30"], "2024-03-05"),
        (["05-03-24", "30-11-25"], "2024-03-05"),
        (["24-03-05"], "2024-03-05"),
        (["05.03.24"], "2024-03-05"),
        (["03/05/24"], "2024-03-05"),
    ],
)
def test_a_few_two_digit_dates_stay_a_question_with_the_likelier_order_first(tmp_path, texts, first):
    done = import_text(tmp_path, "t.csv", "d\n" + "\n".join(texts) + "\n")

    assert stored("t", "d")[0] == first
    assert [warning["code"] for warning in done.warning_details] == ["ambiguous_date_order"]


# --- every format of files alike


def written(folder, kind, rows):
    """A file t.KIND with a column `d` of these texts and numbers."""
    path = folder / f"t.{kind}"
    match kind:
        case "csv":
            path.write_text("k,d\n" + "".join(f"{number},{row}\n" for number, row in enumerate(rows)))
        case "json":
            path.write_text(json.dumps([{"k": number, "d": row} for number, row in enumerate(rows)]))
        case "xml":
            cells = "".join(f"<p><k>{number}</k><d>{row}</d></p>" for number, row in enumerate(rows))
            path.write_text(f"<r>{cells}</r>")
        case "xlsx":
            workbook = Workbook()
            for row in [["k", "d"], *enumerate(rows)]:
                workbook.active.append(list(row))
            workbook.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "json", "xml", "xlsx"])
@pytest.mark.parametrize(
    ("rows", "mapping", "expected"),
    [
        (["03/04/2024", "5.3.2024"], {"rules": date_rules(("d", "%d/%m/%Y"), ("d", "%d.%m.%Y"))},
         ["2024-04-03", "2024-03-05"]),
        ([1711843200, 1711929600], {"rules": date_rules(("d", "epoch_s"))},
         ["2024-03-31 00:00:00+00:00", "2024-04-01 00:00:00+00:00"]),
        ([1711843200123, 1711929600000], {"rules": date_rules(("d", "epoch_ms"))},
         ["2024-03-31 00:00:00.123000+00:00", "2024-04-01 00:00:00+00:00"]),
        ([45355, 45356], {"rules": date_rules(("d", "excel_1900"))}, ["2024-03-04", "2024-03-05"]),
        ([45355.5, 45356], {"rules": date_rules(("d", "excel_1904"))},
         ["2028-03-05 12:00:00", "2028-03-06 00:00:00"]),
        ([20240304, 20240305], {"db_schema": {"d": "DATE"}}, ["2024-03-04", "2024-03-05"]),
        (["01/02/2024", "02/14/2024"], {"source_options": {"date_order": "DMY"}}, ["2024-02-01", None]),
        (["12/25/45", "01/13/68"], {"source_options": {"pivot_year": 30}}, ["1945-12-25", "1968-01-13"]),
    ],
    ids=["two formats", "epoch_s", "epoch_ms", "excel_1900", "excel_1904", "basic dates", "date_order", "pivot_year"],
)  # fmt: skip
def test_dates_of_every_file_format_alike(tmp_path, kind, rows, mapping, expected):
    import_path(written(tmp_path, kind, rows), **mapping)

    assert stored("t", "d") == expected


# --- the mapping that a preview proposes


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        (DMY_ASKED, {"source_options": {"date_order": "DMY"}}),
        (TWO_FORMATS, {"rules": date_rules(("d", "%d/%m/%Y"), ("d", "%d.%m.%Y"))}),
        (BIRTHS, {"source_options": {"pivot_year": 27}}),
        ("k,d\n1,45355\n2,45356\n", {"rules": date_rules(("d", "excel_1900"))}),
        ("k,d\n1,03/14/2024\n2,20240304\n3,03/15/2024\n", {"db_schema": {"d": "DATE"}}),
        (US_NUMBERS, {"source_options": {"decimal": ","}}),
        ("k,d\n1,12/31/2024\n", {"source_options": {"date_order": "DMY"}}),
    ],
)
def test_the_mapping_that_a_preview_proposes_makes_the_same_table(tmp_path, text, mapping):
    proposed = looked_at(tmp_path, "straight.csv", text, **mapping)["mapping"]
    straight = import_text(tmp_path, "straight.csv", text, **mapping)
    again = import_text(tmp_path, "again.csv", text, **(proposed | {"table_name": "again"}))

    columns = [column["name"] for column in straight.mapping_config["columns"]]
    names = " ".join([*columns, "_corrections_applied"])
    assert rows_of("again", names) == rows_of("straight", names)
    assert again.mapping_errors_count == straight.mapping_errors_count


# --- the preview takes an earlier order only where it fits


def test_an_order_that_was_seen_before_does_not_overrule_the_values(tmp_path):
    import_text(tmp_path, "first.csv", "day,n\n31/12/2024,1\n", table_name="days")

    found = looked_at(tmp_path, "second.csv", "day,n\n12/31/2024,2\n")

    assert found["columns"][0]["first_values_after"] == ["2024-12-31"]
    assert "date_order" not in found["mapping"]["source_options"]


# --- an option given is in the plan as given

MONTHS = st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%y", "%y-%m-%d", "%d.%m.%Y", "%m/%d/%y %H:%M"])


@settings(max_examples=60, deadline=None)
@given(
    columns=st.lists(
        st.tuples(MONTHS, st.lists(st.dates(date(1971, 1, 1), date(2025, 12, 31)), min_size=1, max_size=6)),
        min_size=1, max_size=3,
    ),
    order=st.sampled_from(["DMY", "MDY", "YMD"]),
    pivot=st.integers(0, 100),
)  # fmt: skip
def test_options_that_were_asked_for_are_in_the_plan(columns, order, pivot):
    options = {"date_order": order, "pivot_year": pivot}
    texts = [pa.array([day.strftime(format_) for day in days]) for format_, days in columns]

    plan = plan_of(texts, source_options=options)

    assert {key: plan.as_config()["source_options"][key] for key in options} == options
    for column in plan.columns:
        assert reading_in(order, column.reading) in (None, replace(column.reading, pivot_year=69))
        assert column.reading.pivot_year == (pivot if "%y" in column.reading.source_format else 69)


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.dates(date(1971, 1, 1), date(2025, 12, 31)), min_size=1, max_size=6),
    written=MONTHS,
    formats=st.lists(MONTHS, min_size=1, max_size=3, unique=True),
)
def test_formats_that_were_asked_for_are_in_the_plan(days, written, formats):
    texts = pa.array([day.strftime(written) for day in days])

    plan = plan_of([texts], rules=date_rules(*(("c0", format_) for format_ in formats)))

    assert plan.columns[0].reading.formats == tuple(formats)


def plan_of(columns, **mapping):
    """The plan of a file with these columns, c0 and so on, into a new table."""
    profilers = [ColumnProfiler(DEFAULT_NULL_TOKENS) for _ in columns]
    for profiler, texts in zip(profilers, columns, strict=True):
        profiler.add(texts)
    profiles = [profiler.finish(f"c{at}", native_text=False) for at, profiler in enumerate(profilers)]
    records = InMemory(columns)
    return make_plan(
        parse_mapping(mapping),
        table_name="t",
        profiles=profiles,
        columns=records,
        table=None,
        source_options={},
        near_misses=NearMisses(records, profiles, parse_mapping(mapping), lambda record: f"line {record}"),
    )


@dataclass
class InMemory:
    """Columns of a file as one batch."""

    columns: list[pa.Array]

    def column(self, position):
        return [self.columns[position]]


def test_the_order_of_a_format_that_was_asked_for_is_evidence_for_the_next_file(tmp_path):
    rule = {"field": "d", "source_format": "%d/%m/%Y"}
    rules = {"rules": {"datetime_transformations": [rule]}}
    import_text(tmp_path, "a.csv", "k,d\n1,03/04/2024\n", table_name="t", **rules)
    record = import_text(tmp_path, "b.csv", "k,d\n2,05/06/2024\n", table_name="t")

    assert (stored("t", "d"), record.warnings) == (["2024-04-03", "2024-06-05"], [])


def test_formats_in_several_orders_are_no_evidence(tmp_path):
    formats = [{"field": "d", "source_format": text} for text in ("%d/%m/%Y", "%m/%d/%Y")]
    import_text(tmp_path, "a.csv", "k,d\n1,03/04/2024\n", table_name="t", rules={"datetime_transformations": formats})
    record = import_text(tmp_path, "b.csv", "k,d\n2,05/06/2024\n", table_name="t")

    assert [warning["code"] for warning in record.warning_details] == ["ambiguous_date_order"]
