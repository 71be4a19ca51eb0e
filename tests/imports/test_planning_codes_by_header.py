"""What looks like a date, a time or a number is a text below a header that says so; an amount may be a code."""

from decimal import Decimal

import pytest

from tests.importing import columns_of, import_text, values_of, warnings_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def imported(folder, header, *values, **mapping):
    lines = "".join(f"{number};{value}\n" for number, value in enumerate(values))
    return import_text(folder, "t.csv", f"k;{header}\n{lines}", table_name="t", **mapping)


# --- versions and numbers of sections


@pytest.mark.parametrize("header", ["version", "Firmware-Version", "appVersion", "Kapitel", "section"])
@pytest.mark.parametrize("values", [("1.2.10", "1.2.11", "1.2.12"), ("1.9", "1.10", "1.11"), ("1.0", "2.0")])
def test_versions_are_texts(tmp_path, header, values):
    record = imported(tmp_path, header, *values)

    column = record.mapping_config["columns"][1]
    assert values_of(column["name"]) == list(values)
    assert [reason["code"] for reason in column["evidence"]] == ["version_header"]


def test_whole_numbers_and_dates_below_such_a_header_stay_what_they_are(tmp_path):
    imported(tmp_path, "version", "1", "2")
    import_text(tmp_path, "u.csv", "k;release date;release\n1;03.04.2024;25.12.24\n", table_name="u")

    assert values_of("version") == [1, 2]
    assert columns_of("u")["release_date"] == columns_of("u")["release"] == "date"


def test_the_same_values_below_another_header_are_dates(tmp_path):
    imported(tmp_path, "day", "1.2.10", "1.2.11")

    assert columns_of("t")["day"] == "date"


def test_a_type_that_was_asked_for_is_obeyed(tmp_path):
    imported(tmp_path, "version", "1.9", "1.10", db_schema={"version": "NUMERIC"})

    assert values_of("version") == [Decimal("1.9"), Decimal("1.10")]


# --- scores


@pytest.mark.parametrize("header", ["score", "Result", "Ergebnis", "odds", "aspect ratio", "finalScore"])
def test_scores_are_texts(tmp_path, header):
    record = imported(tmp_path, header, "21:15", "11:21")

    column = record.mapping_config["columns"][1]
    assert values_of(column["name"]) == ["21:15", "11:21"]
    assert [reason["code"] for reason in column["evidence"]] == ["score_header"]


@pytest.mark.parametrize(("header", "value"), [("result time", "21:15"), ("result", "21:15:03"), ("start", "21:15")])
def test_times_are_times(tmp_path, header, value):
    record = imported(tmp_path, header, value)

    assert columns_of("t")[record.mapping_config["columns"][1]["name"]] == "time without time zone"


# --- codes that look like amounts


def test_whole_numbers_behind_letters_of_a_currency_may_be_codes(tmp_path):
    record = imported(tmp_path, "room", "CAD 101", "CAD 202")

    assert values_of("room") == [101, 202]
    assert warnings_of(record) == [("amounts_or_codes", {"column": "room", "value": "CAD 101", "currency": "CAD"})]


@pytest.mark.parametrize(
    "values", [("CAD 101.50", "CAD 202"), ("CAD 1,101", "CAD 202"), ("101 CAD", "202 CAD"), ("$101", "$202")]
)
def test_amounts_give_no_warning(tmp_path, values):
    assert "amounts_or_codes" not in dict(warnings_of(imported(tmp_path, "v", *values)))


# --- durations


def test_durations_in_a_column_of_times_give_a_warning(tmp_path):
    imported(tmp_path, "len", "03:45", "04:20")
    record = imported(tmp_path, "len", "02:59")

    assert warnings_of(record) == [("duration_in_times", {"column": "len", "value": "02:59"})]


def test_times_in_a_column_of_times_give_no_warning(tmp_path):
    imported(tmp_path, "opens", "03:45")

    assert warnings_of(imported(tmp_path, "opens", "02:59")) == []
