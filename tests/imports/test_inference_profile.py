"""Types out of all rows: preference, evidence, and the law that what was inferred converts."""

import time

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imports.column_types import accepts_mask, cast_column, column_type
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.inference.best_reading import best_reading, possible_readings
from imports.inference.profile import ColumnProfiler


def profile(texts, *, batch=1000, native_text=False):
    profiler = ColumnProfiler(DEFAULT_NULL_TOKENS)
    for start in range(0, len(texts), batch):
        profiler.add(pa.array(texts[start : start + batch], pa.string()))
    return profiler.finish("column", native_text=native_text)


def inferred(texts, **how):
    fitting = profile(texts, **how).fitting()
    return (fitting[0].sql_type.sql, fitting[0].reading.as_config()) if fitting else ("TEXT", {})


@pytest.mark.parametrize(
    ("texts", "sql_type", "reading"),
    [
        (["1", "2", "NA"], "INTEGER", {}),
        (["0", "1"], "INTEGER", {}),
        (["7.0", "8.0"], "INTEGER", {}),
        (["7", "8.0"], "NUMERIC", {}),
        (["10.00", "20.00"], "NUMERIC", {}),
        (["2147483648"], "BIGINT", {}),
        (["9223372036854775808"], "NUMERIC", {}),
        (["12345678901234567890123"], "NUMERIC", {}),
        (["1", "2.50"], "NUMERIC", {}),
        (["1.5e3", "1e+3", "2"], "NUMERIC", {}),
        (["1e3"], "TEXT", {}),
        (["1E10", "2E12", "3E01"], "TEXT", {}),
        (["1", "2.5", "3E1"], "TEXT", {}),
        (["0e830400451993494058024219903391", "0e462097431906509019562988736854"], "TEXT", {}),
        (["1.5", "inf"], "DOUBLE PRECISION", {}),
        (["12345678901234567890.123456789", "inf"], "TEXT", {}),
        (["007", "8"], "TEXT", {}),
        (["+49", "50"], "TEXT", {}),
        (["yes", "no"], "BOOLEAN", {}),
        (["true", "FALSE"], "BOOLEAN", {}),
        (["t", "f"], "TEXT", {}),
        (["NO", "NO"], "TEXT", {}),
        (["yes", "Yes"], "TEXT", {}),
        (["true"], "TEXT", {}),
        (["NO", "yes", "NA"], "BOOLEAN", {}),
        (["(1,234.56)", "2,000.00", "(50.00)"], "NUMERIC", {"thousands": ","}),
        (["123.45-", "10.00", "99.10-"], "NUMERIC", {}),
        (["\u221212.00", "3.00"], "NUMERIC", {}),
        (["$-5.00", "-$5.00", "($30.00)", "$ -", "$1,200"], "NUMERIC", {"thousands": ","}),
        (["12,50 EUR", "1.250,00 EUR"], "NUMERIC", {"decimal": ",", "thousands": "."}),
        (["CHF 12.50", "CHF 1'000.-"], "NUMERIC", {"thousands": "'"}),
        (["R$ 12,50"], "NUMERIC", {"decimal": ","}),
        (["12,50 kr", "-3,00 kr."], "NUMERIC", {"decimal": ","}),
        (["12.50 z\u0142", "3"], "NUMERIC", {}),
        (["\u20b91,00,000.00", "\u20b950"], "NUMERIC", {"thousands": ","}),
        (["1\u202f234", "12"], "INTEGER", {"decimal": ",", "thousands": " "}),
        (["$5", "5 USD"], "INTEGER", {}),
        (["5 EUR", "5 USD"], "TEXT", {}),
        (["$5", "5 EUR"], "TEXT", {}),
        (["(1)", "(2)", "(3)"], "TEXT", {}),
        (["12-", "13-"], "TEXT", {}),
        (["(1)", "2"], "INTEGER", {}),
        (["RM101", "RM102"], "TEXT", {}),
        (["5 PCS", "7 PCS"], "TEXT", {}),
        (["5 kg"], "TEXT", {}),
        (["10-20"], "TEXT", {}),
        (["+12.50 EUR"], "TEXT", {}),
        (["50%"], "TEXT", {}),
        (["$5", "$1,234"], "INTEGER", {"thousands": ","}),
        (["$5", "€6"], "TEXT", {}),
        (["1,234.50", "1"], "NUMERIC", {"thousands": ","}),
        (["1.234,50", "1"], "NUMERIC", {"decimal": ",", "thousands": "."}),
        (["1,5", "2,25"], "NUMERIC", {"decimal": ","}),
        (["2024-01-05"], "DATE", {}),
        (["2024-01-05", "2024-02-30"], "TEXT", {}),
        (["2024-01-05T10:00", "2024-01-05 11:00:00.5"], "TIMESTAMP", {}),
        (["2024-01-05", "2024-01-05 11:00"], "TIMESTAMP", {}),
        (["2013-01-01T06:00:00Z"], "TIMESTAMPTZ", {}),
        (["10:11", "23:59:59"], "TIME", {}),
        (["31/12/2024", "01/02/2024"], "DATE", {"source_format": "%d/%m/%Y"}),
        (["12/31/2024 8:11 PM"], "TIMESTAMP", {"source_format": "%m/%d/%Y %I:%M %p"}),
        (["31.12.24"], "DATE", {"source_format": "%d.%m.%y"}),
        (["5 Jan 2024"], "DATE", {"source_format": "%d %b %Y"}),
        (["20240105"], "INTEGER", {}),
        (["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "UUID", {}),
        (["d41d8cd98f00b204e9800998ecf8427e"], "TEXT", {}),
        (['{"a": 1}', "[1]"], "JSONB", {}),
        (["NA", ""], "TEXT", {}),
        ([None], "TEXT", {}),
        ([], "TEXT", {}),
        (["a", "1"], "TEXT", {}),
    ],
)
def test_the_type_of_a_column(texts, sql_type, reading):
    assert inferred(texts) == (sql_type, reading)


def test_native_text_is_never_read_as_numbers_but_as_dates():
    assert inferred(["12", "13"], native_text=True)[0] == "TEXT"
    assert inferred(["2024-01-05"], native_text=True)[0] == "DATE"


def test_one_late_value_decides():
    assert inferred(["1"] * 5000 + ["x"])[0] == "TEXT"
    assert inferred(["1"] * 5000 + ["2.5"])[0] == "NUMERIC"


def test_the_evidence_counts_both_orders_of_day_and_month():
    texts = ["13/01/2024"] * 588 + ["01/02/2024"] * 412

    assert profile(texts, batch=100).evidence() == [
        {"sql_type": "DATE", "source_format": "%m/%d/%Y", "fits": 412, "of": 1000},
        {"sql_type": "DATE", "source_format": "%d/%m/%Y", "fits": 1000, "of": 1000},
    ]


VALUES = st.sampled_from([
    "1", "-2", "3.0", "4.50", "1,234", "1.234", "1.234,5", "$5", "007", "+1", "1e3", "yes", "no", "true", "NA", "",
    " 7 ", "2024-01-05", "2024-02-30", "01/02/2024", "13/02/2024", "02/13/2024", "2024-01-05 10:00", "10:00", "x", None,
    "9223372036854775808", "2147483648", '{"a":1}', "inf", "5 Jan 2024", "-0", ".5", "12:00 PM",
    "(5)", "(1,234.50)", "5-", "5.50-", "\u22125", "$-5", "5 EUR", "5,50 EUR", "$5 USD", "A$5", "5 kr", "$ -", "RM5",
    "1E5", "1,00,000", "1 234", "1\u202f234", "12.\u2013", '="5"', "\u2013", "NO",
])  # fmt: skip


def test_a_column_of_a_format_and_of_iso_8601_is_text_whatever_comes_first():
    for texts in (["12:00 PM", "10:00"], ["10:00", "12:00 PM"], ["03/14/2024", "2024-03-14"]):
        assert [profile(texts, batch=batch).fitting() for batch in (1, 2)] == [[], []]


@settings(max_examples=150, deadline=None)
@example(["inf", "12.\u2013"], 1)
@given(st.lists(VALUES, max_size=40), st.integers(1, 40))
def test_what_was_inferred_converts_and_batches_make_no_difference(texts, batch):
    found = profile(texts, batch=batch)

    assert found.evidence() == profile(texts).evidence()
    for candidate in found.fitting():
        cast = cast_column(pa.array(texts, pa.string()), candidate.sql_type, candidate.reading, DEFAULT_NULL_TOKENS)
        assert cast.failed is None, candidate


@settings(max_examples=50, deadline=None)
@given(st.lists(VALUES, max_size=40), st.integers(1, 40))
def test_values_are_the_same_in_any_batches(texts, batch):
    for candidate in profile(texts).fitting():
        whole = cast_column(pa.array(texts, pa.string()), candidate.sql_type, candidate.reading, DEFAULT_NULL_TOKENS)
        parts = [
            cast_column(
                pa.array(texts[at : at + batch], pa.string()),
                candidate.sql_type, candidate.reading, DEFAULT_NULL_TOKENS,
            ).values.to_pylist()
            for at in range(0, len(texts), batch)
        ]  # fmt: skip
        assert [value for part in parts for value in part] == whole.values.to_pylist()


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["1", "2.0", "1.234", "1,234", "1.234,5", "x", "$5", "12:30", "1/2/2024", "NA", " 7 "])),
    st.sampled_from(["INTEGER", "BIGINT", "NUMERIC", "DOUBLE PRECISION", "DATE", "TEXT"]),
)
def test_the_best_reading_is_the_one_that_most_values_fit(texts, sql_type):
    readings = possible_readings(column_type(sql_type))
    column = pa.array(texts, pa.string())

    found = best_reading([column[:3], column[3:]], column_type(sql_type), readings, ["NA"])

    words = pa.array([text if sql_type == "TEXT" else text.strip() for text in texts if text != "NA"], pa.string())
    fits = [accepts_mask(words, column_type(sql_type), reading).true_count for reading in readings]
    assert (found.values, found.fits) == (len(words), max(fits))
    assert found.reading == readings[fits.index(max(fits))]


@pytest.mark.parametrize("batch", [1, 2, 6])
def test_a_null_token_that_looks_like_a_value_is_none(batch):
    profiler = ColumnProfiler(["0", "-999"])
    texts = ["7", "8", "0", "9", "-999", "0"]
    for start in range(0, len(texts), batch):
        profiler.add(pa.array(texts[start : start + batch], pa.string()))
    found = profiler.finish("n", native_text=False)

    assert (found.values, found.null_tokens, found.fitting()[0].sql_type.sql) == (3, 3, "INTEGER")


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_what_a_column_of_texts_counts_does_not_depend_on_batches(batch):
    found = profile(["x", "1", "NA", "", "y", "NA", "2"], batch=batch)

    assert (found.values, found.null_tokens, found.fitting()) == (7, 0, [])


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("texts", [["2", "1e400", "inf"], ["1e-400", "2", "inf"], ["5e-324", "inf"]])
def test_numbers_that_no_double_holds_make_no_column_of_doubles(texts, batch):
    assert inferred(texts, batch=batch) == ("TEXT", {})


def test_an_exponent_of_thousands_of_digits_is_no_number():
    assert inferred(["1", "1e" + "1" * 5000]) == ("TEXT", {})


def test_a_long_run_of_digits_is_searched_for_dates_no_longer_than_a_date_is():
    start = time.process_time()

    assert inferred(["1" * 200_000]) == ("TEXT", {})

    assert time.process_time() - start < 5


def test_nesting_of_json_is_measured_by_the_text_alone():
    assert inferred(["[" * 200 + "]" * 200]) == ("JSONB", {})
    assert inferred(["[" * 201 + "]" * 201]) == ("TEXT", {})
    assert inferred(['["' + "[" * 500 + '"]']) == ("JSONB", {})


def test_a_zero_with_a_sign_is_lost_in_jsonb():
    assert [inferred([text])[0] for text in ('{"a":-0}', '{"a":-0.0}', '{"a":-1}')] == ["TEXT", "TEXT", "JSONB"]
