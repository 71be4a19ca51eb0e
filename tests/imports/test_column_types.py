"""Every type: what it reads as it stands, what it corrects, what does not fit."""

import pyarrow as pa
import pytest

from imports.column_types import PLAIN, TYPES, Reading, cast_column, column_type, type_label, type_named
from imports.column_types.date_readings import check_source_format
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.errors import InvalidMapping
from imports.inference.best_reading import possible_readings
from tests.imports import test_conversion_row_width, written

COMMA = Reading(decimal=",", thousands=".")
US = Reading(thousands=",")


def reads(text, sql_type, reading=PLAIN):
    """What becomes of one text: ('read', value), ('corrected', after) or ('error', code)."""
    found = cast_column(pa.array([text]), column_type(sql_type), reading, DEFAULT_NULL_TOKENS)
    if found.failed is not None:
        failures = column_type(sql_type).failures(pa.array([text.strip()]))
        return ("error", failures.kinds[failures.which[0].as_py()][0])
    if found.change is not None:
        return ("corrected", found.change.after[0].as_py())
    return ("read", str(found.values[0].as_py()))


#: text, type, what becomes of it
VALUES = [
    ("30", "INTEGER", ("read", "30")),
    ("-30", "INTEGER", ("read", "-30")),
    ("30.0", "INTEGER", ("corrected", "30")),
    ("30.00", "INTEGER", ("corrected", "30")),
    ("25.5", "INTEGER", ("error", "type_mismatch")),
    (" 7 ", "INTEGER", ("corrected", "7")),
    ("+7", "INTEGER", ("corrected", "7")),
    ("007", "INTEGER", ("corrected", "7")),
    ("-0", "INTEGER", ("corrected", "0")),
    ("$5", "INTEGER", ("corrected", "5")),
    ("1e3", "INTEGER", ("corrected", "1000")),
    ("NA", "INTEGER", ("corrected", None)),
    ("", "INTEGER", ("read", "None")),
    ("abc", "INTEGER", ("error", "type_mismatch")),
    ("0x1F", "INTEGER", ("error", "type_mismatch")),
    ("1_000", "INTEGER", ("error", "type_mismatch")),
    ("٣", "INTEGER", ("error", "type_mismatch")),
    ("2147483647", "INTEGER", ("read", "2147483647")),
    ("2147483648", "INTEGER", ("error", "number_overflow")),
    ("-2147483648", "INTEGER", ("read", "-2147483648")),
    ("-2147483649", "INTEGER", ("error", "number_overflow")),
    ("9223372036854775807", "BIGINT", ("read", "9223372036854775807")),
    ("9007199254740993", "BIGINT", ("read", "9007199254740993")),
    ("-9223372036854775808", "BIGINT", ("read", "-9223372036854775808")),
    ("9223372036854775808", "BIGINT", ("error", "number_overflow")),
    ("2.50", "NUMERIC", ("read", "2.50")),
    ("12345678901234567890.123", "NUMERIC", ("read", "12345678901234567890.123")),
    ("-0.00", "NUMERIC", ("corrected", "0.00")),
    (".5", "NUMERIC", ("corrected", "0.5")),
    ("5.", "NUMERIC", ("corrected", "5")),
    ("-.5", "NUMERIC", ("corrected", "-0.5")),
    ("1e3", "NUMERIC", ("corrected", "1000")),
    ("1.5E-3", "NUMERIC", ("corrected", "0.0015")),
    ("1e999999999", "NUMERIC", ("error", "type_mismatch")),
    ("1,234", "NUMERIC", ("error", "type_mismatch")),
    ("--5", "NUMERIC", ("error", "type_mismatch")),
    ("5-5", "NUMERIC", ("error", "type_mismatch")),
    ("12.345", "NUMERIC(4,2)", ("error", "number_overflow")),
    ("12.34", "NUMERIC(4,2)", ("read", "12.34")),
    ("123.4", "NUMERIC(4,2)", ("error", "number_overflow")),
    ("inf", "DOUBLE PRECISION", ("corrected", "Infinity")),
    ("1.5", "DOUBLE PRECISION", ("read", "1.5")),
    ("0.12345678901234567", "DOUBLE PRECISION", ("corrected", "0.12345678901234566")),
    ("0.1234567890123456", "DOUBLE PRECISION", ("read", "0.1234567890123456")),
    ("1,234", "DOUBLE PRECISION", ("error", "type_mismatch")),
    ("5.10", "NUMERIC(2,2)", ("error", "number_overflow")),
    ("0.10", "NUMERIC(2,2)", ("read", "0.10")),
    ('[1e200000]', "JSONB", ("error", "type_mismatch")),
    ('[1e2000, 1.5]', "JSONB", ("read", "[1e2000, 1.5]")),
    ("1e400", "DOUBLE PRECISION", ("error", "number_overflow")),
    ("9" * 400, "DOUBLE PRECISION", ("error", "number_overflow")),
    ("-1e300", "DOUBLE PRECISION", ("read", "-1e+300")),
    ("true", "BOOLEAN", ("read", "True")),
    ("TRUE", "BOOLEAN", ("read", "True")),
    ("yes", "BOOLEAN", ("corrected", "true")),
    ("No", "BOOLEAN", ("corrected", "false")),
    ("1", "BOOLEAN", ("corrected", "true")),
    ("maybe", "BOOLEAN", ("error", "type_mismatch")),
    ("2024-02-29", "DATE", ("read", "2024-02-29")),
    ("2023-02-29", "DATE", ("error", "datetime_conversion")),
    ("2023-13-45", "DATE", ("error", "datetime_conversion")),
    ("0000-01-01", "DATE", ("error", "datetime_conversion")),
    ("2024-01-05T00:00:00", "DATE", ("corrected", "2024-01-05")),
    ("2024-01-05T10:00:00", "DATE", ("error", "datetime_conversion")),
    ("2024-01-05T10:00:00", "TIMESTAMP", ("read", "2024-01-05 10:00:00")),
    ("2024-01-05 10:00", "TIMESTAMP", ("read", "2024-01-05 10:00:00")),
    ("2024-01-05 10:00:00.123456", "TIMESTAMP", ("read", "2024-01-05 10:00:00.123456")),
    ("2024-01-05 10:00:00.1234567", "TIMESTAMP", ("error", "datetime_conversion")),
    ("2024-01-05", "TIMESTAMP", ("corrected", "2024-01-05T00:00:00")),
    ("2024-01-05 24:00:00", "TIMESTAMP", ("error", "datetime_conversion")),
    ("2024-01-05T10:00:00Z", "TIMESTAMP", ("error", "datetime_conversion")),
    ("2013-01-01T06:00:00Z", "TIMESTAMPTZ", ("read", "2013-01-01 06:00:00+00:00")),
    ("2013-01-01T06:00:00+02:00", "TIMESTAMPTZ", ("read", "2013-01-01 04:00:00+00:00")),
    ("2013-01-01 06:00:00 UTC", "TIMESTAMPTZ", ("corrected", "2013-01-01 06:00:00Z")),
    ("2013-01-01T06:00:00", "TIMESTAMPTZ", ("error", "datetime_conversion")),
    ("10:11", "TIME", ("read", "36660000000")),
    ("10:11:12.5", "TIME", ("read", "36672500000")),
    ("25:00", "TIME", ("error", "datetime_conversion")),
    ("61616161-6161-6161-6161-61616161616A", "UUID", ("read", "b'aaaaaaaaaaaaaaaj'")),
    ("6ba7b8109dad11d180b400c04fd430c8", "UUID", ("corrected", "6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
    ("not-a-uuid", "UUID", ("error", "type_mismatch")),
    ('{"a": 1}', "JSONB", ("read", '{"a": 1}')),
    ('{"a": 1, "a": 2}', "JSONB", ("error", "type_mismatch")),
    ('"text"', "JSONB", ("error", "type_mismatch")),
    ('["\\u0000"]', "JSONB", ("error", "type_mismatch")),
    ('["\\ud800"]', "JSONB", ("error", "type_mismatch")),
    ("[NaN]", "JSONB", ("error", "type_mismatch")),
    ("NA", "TEXT", ("read", "NA")),
    (" x ", "TEXT", ("read", " x ")),
    ("", "TEXT", ("read", "")),
    ("a\x00b", "TEXT", ("error", "unstorable_text")),
    ("abcd", "VARCHAR(3)", ("error", "too_long")),
    ("äöü", "VARCHAR(3)", ("read", "äöü")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sql_type", "expected"), VALUES)
def test_a_value_is_read_corrected_or_refused(text, sql_type, expected):
    assert reads(text, sql_type) == expected


@pytest.mark.parametrize(
    "tried",
    [{sql_type for _, sql_type, _ in VALUES}, written.TYPES, test_conversion_row_width.VALUES],
    ids=["its cases", "the laws", "the width of rows"],
)
def test_every_type_is_tried(tried):
    assert {type_named(sql_type) for sql_type in tried} == set(TYPES)


@pytest.mark.parametrize(
    ("text", "reading", "expected"),
    [
        ("1,234", US, ("corrected", "1234")),
        ("1,234.50", US, ("corrected", "1234.50")),
        ("12,34", US, ("error", "type_mismatch")),
        ("1.234,50", COMMA, ("corrected", "1234.50")),
        ("1.234", COMMA, ("corrected", "1234")),
        ("1234", COMMA, ("read", "1234")),
        ("12.5", Reading(decimal=","), ("error", "type_mismatch")),
        ("12,5", Reading(decimal=","), ("corrected", "12.5")),
        ("1 234,5", Reading(decimal=",", thousands=" "), ("corrected", "1234.5")),
        ("1'234.5", Reading(thousands="'"), ("corrected", "1234.5")),
        ("1\u202f234", Reading(thousands=" "), ("corrected", "1234")),
    ],
)
def test_thousands_and_decimal_marks(text, reading, expected):
    assert reads(text, "NUMERIC", reading) == expected


@pytest.mark.parametrize(
    ("text", "sql_type", "source_format", "expected"),
    [
        ("10/09/2025 8:11 PM", "TIMESTAMP", "%m/%d/%Y %I:%M %p", "2025-10-09T20:11:00"),
        ("10/09/2025 12:00 AM", "TIMESTAMP", "%m/%d/%Y %I:%M %p", "2025-10-09T00:00:00"),
        ("10/09/2025 12:00 p.m.", "TIMESTAMP", "%m/%d/%Y %I:%M %p", "2025-10-09T12:00:00"),
        ("9.1.2025", "DATE", "%d.%m.%Y", "2025-01-09"),
        ("9.1.25", "DATE", "%d.%m.%y", "2025-01-09"),
        ("9.1.69", "DATE", "%d.%m.%y", "1969-01-09"),
        ("5 Jan 2024", "DATE", "%d %b %Y", "2024-01-05"),
        ("January 5, 2024", "DATE", "%B %d, %Y", "2024-01-05"),
        ("31/12/2024 23:59:59.25", "TIMESTAMP", "%d/%m/%Y %H:%M:%S.%f", "2024-12-31T23:59:59.25"),
        ("05/Jan/2024:10:11:12 +0200", "TIMESTAMPTZ", "%d/%b/%Y:%H:%M:%S %z", "2024-01-05T10:11:12+0200"),
        ("8:11 PM", "TIME", "%I:%M %p", "20:11:00"),
        ("20240105", "DATE", "%Y%m%d", "2024-01-05"),
    ],
)
def test_formats_of_dates_and_times(text, sql_type, source_format, expected):
    assert reads(text, sql_type, Reading(source_format=source_format)) == ("corrected", expected)


@pytest.mark.parametrize("text", ["30.02.2024", "31.04.2024", "29.02.2023", "32.01.2024", "1.13.2024", "x"])
def test_days_that_do_not_exist(text):
    assert reads(text, "DATE", Reading(source_format="%d.%m.%Y")) == ("error", "datetime_conversion")


@pytest.mark.parametrize(
    ("given", "sql"),
    [
        ("int", "INTEGER"), ("Numeric( 10 , 2 )", "NUMERIC(10, 2)"), ("varchar(20)", "VARCHAR(20)"),
        ("timestamp with time zone", "TIMESTAMPTZ"), ("double precision", "DOUBLE PRECISION"), ("text", "TEXT"),
    ],
)  # fmt: skip
def test_sql_types_by_their_names(given, sql):
    assert column_type(given).sql == sql


@pytest.mark.parametrize(
    "given",
    ["TEXT; DROP TABLE users", "SERIAL", "", "INTEGER(3)", "TEXT(3)", "NUMERIC(2,3)", "VARCHAR(0)", "NUMERIC(0)"],
)
def test_sql_types_come_from_a_closed_list(given):
    with pytest.raises(InvalidMapping):
        column_type(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01T00:00:00+15:00", "error"),
        ("0001-01-01T14:59:59.999999+1500", "error"),
        ("0001-01-01 14:59+15", "error"),
        ("0001-01-01T15:00:00+15:00", "read"),
        ("0001-01-01T00:00:00Z", "read"),
        ("0001-01-01T00:00:00-15:00", "read"),
        ("9999-12-31T23:59:59-15:00", "error"),
        ("9999-12-31T09:00:00-15:00", "error"),
        ("9999-12-31T08:59:59.9-15:00", "read"),
        ("9999-12-31T23:59:59.999999Z", "read"),
    ],
)
def test_moments_outside_the_years_of_utc_are_refused(text, expected):
    assert reads(text, "TIMESTAMPTZ")[0] == expected


def test_a_format_holds_only_what_it_converts_at_the_edges_of_the_calendar():
    texts = pa.array(["01/01/0001 00:00:00 +15:00", "01/01/0001 00:00:00 +00:00", "31/12/9999 23:59:59 -01:00"])
    reading = Reading(source_format="%d/%m/%Y %H:%M:%S %z")

    held = column_type("TIMESTAMPTZ").holds(texts, reading).to_pylist()

    assert held == [False, True, False]
    assert held == column_type("TIMESTAMPTZ").convert(texts, reading).is_valid().to_pylist()


@pytest.mark.parametrize("sql_type", ["DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME"])
def test_every_format_that_is_tried_may_be_asked_for(sql_type):
    for reading in possible_readings(column_type(sql_type))[1:]:
        check_source_format(reading.source_format)


@pytest.mark.parametrize(
    ("sql_type", "token", "value"),
    [
        ("INTEGER", "-999", "7"),
        ("INTEGER", "0", "7"),
        ("DATE", "9999-12-31", "2024-01-05"),
        ("BOOLEAN", "false", "true"),
        ("NUMERIC", "0.00", "1.50"),
        ("UUID", "00000000-0000-0000-0000-000000000000", "12345678-1234-1234-1234-1234567890ab"),
    ],
)
def test_a_null_token_that_the_type_could_read_is_no_value(sql_type, token, value):
    cast = cast_column(pa.array([token, f" {token} ", value, None]), column_type(sql_type), PLAIN, [token])

    assert cast.values.is_null().to_pylist() == [True, True, False, True]
    assert cast.change.before.to_pylist() == [token, f" {token} "]
    assert cast.change.after.to_pylist() == [None, None]
    assert cast.failed is None


@pytest.mark.parametrize(
    ("sql_type", "label"),
    [
        ("INTEGER", "Whole number"),
        ("NUMERIC(10,2)", "Decimal number (10,2)"),
        ("varchar(20)", "Text (20)"),
        ("timestamp with time zone", "Date & time with time zone"),
        ("TSVECTOR", "TSVECTOR"),
    ],
)
def test_pages_name_types_in_plain_words(sql_type, label):
    assert type_label(sql_type) == label
