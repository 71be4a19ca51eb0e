"""Dates and times in formats with a name, in several formats, and in spellings of ISO 8601."""

import pyarrow as pa
import pytest

from imports.column_types import Reading, cast_column, column_type
from imports.column_types.date_formats import FormatError
from imports.column_types.date_readings import check_source_format
from imports.column_types.named_formats import NAMED_FORMATS

INVALID = "invalid"


def reads(text, sql_type, *formats, **reading):
    """The value of one text as ISO 8601, or INVALID."""
    found = cast_column(
        pa.array([text]),
        column_type(sql_type),
        Reading(source_format=formats[0], other_formats=formats[1:], **reading),
        [],
    )
    if found.failed is not None:
        return INVALID
    return text if found.change is None else found.change.after[0].as_py()


ISO = [
    ("20240304", "DATE", "2024-03-04"),
    ("2024-3-4", "DATE", "2024-03-04"),
    ("2024-03-04", "DATE", "2024-03-04"),
    ("2024-3-4T0:00", "DATE", "2024-03-04"),
    ("2024-3-4 9:05", "DATE", INVALID),
    ("20240230", "DATE", INVALID),
    ("20241301", "DATE", INVALID),
    ("2024065", "DATE", INVALID),  # the 65th day of 2024, not 6 May
    ("2024-065", "DATE", INVALID),
    ("2024-W10-1", "DATE", INVALID),
    ("2024-3", "DATE", INVALID),
    ("202403", "DATE", INVALID),
    ("24-03-04", "DATE", INVALID),
    ("0000-00-00", "DATE", INVALID),
    ("0044-03-15 BC", "DATE", INVALID),
    ("-0044-03-15", "DATE", INVALID),
    ("2024-3-4 9:05", "TIMESTAMP", "2024-03-04T09:05:00"),
    ("2024-3-4", "TIMESTAMP", "2024-03-04T00:00:00"),
    ("20240304T101500", "TIMESTAMP", "2024-03-04T10:15:00"),
    ("20240304101500", "TIMESTAMP", "2024-03-04T10:15:00"),
    ("20240304 10:15", "TIMESTAMP", "2024-03-04T10:15:00"),
    ("2024-03-04 10:15:00.123456789", "TIMESTAMP", "2024-03-04T10:15:00.123456"),
    ("2024-03-04 10:15:00,123", "TIMESTAMP", "2024-03-04T10:15:00.123"),
    ("2024-02-28 24:00", "TIMESTAMP", "2024-02-29T00:00:00"),
    ("2024-12-31T24:00:00.000", "TIMESTAMP", "2025-01-01T00:00:00"),
    ("2024-03-04 24:00:01", "TIMESTAMP", INVALID),
    ("2024-03-04 24:00:00.0000001", "TIMESTAMP", INVALID),
    ("9999-12-31 24:00", "TIMESTAMP", INVALID),
    ("2016-12-31 23:59:60", "TIMESTAMP", INVALID),
    ("20240304T1015.5", "TIMESTAMP", INVALID),  # half a minute
    ("2024-3-41015", "TIMESTAMP", INVALID),
    ("2024-03-04T10:15:00Z", "TIMESTAMP", INVALID),
    ("2024-03-04T10:15:00.123456789Z", "TIMESTAMPTZ", "2024-03-04T10:15:00.123456Z"),
    ("20240304T101500+0100", "TIMESTAMPTZ", "2024-03-04T10:15:00+0100"),
    ("2024-3-4 9:05 GMT", "TIMESTAMPTZ", "2024-03-04T09:05:00Z"),
    ("2024-02-28 24:00Z", "TIMESTAMPTZ", "2024-02-29T00:00:00Z"),
    ("2024-3-4 9:05 EST", "TIMESTAMPTZ", INVALID),
    ("2024-3-4 9:05 Europe/Berlin", "TIMESTAMPTZ", INVALID),
    ("2024-3-4 9:05", "TIMESTAMPTZ", INVALID),
    ("9:05", "TIME", "09:05:00"),
    ("9:05:07.123456789", "TIME", "09:05:07.123456"),
    ("24:00", "TIME", "00:00:00"),
    ("24:00:00", "TIME", "00:00:00"),
    ("24:01", "TIME", INVALID),
    ("25:00", "TIME", INVALID),
    ("9:5", "TIME", INVALID),
    ("905", "TIME", INVALID),
    ("-1:30", "TIME", INVALID),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sql_type", "expected"), ISO)
def test_iso_8601_in_other_spellings(text, sql_type, expected):
    assert reads(text, sql_type, "iso_8601") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 04 Mar 2024 10:15:00 GMT", "2024-03-04T10:15:00Z"),
        ("Mon, 4 Mar 2024 10:15:00 +0100", "2024-03-04T10:15:00+0100"),
        ("4 Mar 2024 10:15 UT", "2024-03-04T10:15:00Z"),
        ("Mon, 04 Mar 2024 10:15:00 -0800 (PST)", "2024-03-04T10:15:00-0800"),
        ("Tue, 04 Mar 2024 10:15:00 GMT", INVALID),  # it was a Monday
        ("Mon, 04 Mar 2024 10:15:00 EST", INVALID),
        ("Mon, 04 Mar 2024 10:15:00", INVALID),
        ("Mon, 30 Feb 2024 10:15:00 GMT", INVALID),
        ("Mon, 04 Mai 2024 10:15:00 GMT", INVALID),
        ("Mon, 04 Mar 24 10:15:00 GMT", INVALID),
    ],
)
def test_dates_of_e_mail(text, expected):
    assert reads(text, "TIMESTAMPTZ", "rfc_2822") == expected


@pytest.mark.parametrize(
    ("text", "source_format", "sql_type", "expected"),
    [
        ("1711843200", "epoch_s", "TIMESTAMPTZ", "2024-03-31T00:00:00Z"),
        ("1711843200", "epoch_s", "TIMESTAMP", "2024-03-31T00:00:00"),
        ("1711843200", "epoch_s", "DATE", "2024-03-31"),
        ("1711843201", "epoch_s", "DATE", INVALID),
        ("1711843200", "epoch_s", "TIME", INVALID),
        ("1711843200.25", "epoch_s", "TIMESTAMPTZ", "2024-03-31T00:00:00.25Z"),
        ("1711843200.123456789", "epoch_s", "TIMESTAMPTZ", "2024-03-31T00:00:00.123456Z"),
        ("-1", "epoch_s", "TIMESTAMPTZ", "1969-12-31T23:59:59Z"),
        ("-0.5", "epoch_s", "TIMESTAMPTZ", "1969-12-31T23:59:59.5Z"),
        ("-1.5", "epoch_s", "TIMESTAMPTZ", "1969-12-31T23:59:58.5Z"),
        ("0", "epoch_s", "TIMESTAMPTZ", "1970-01-01T00:00:00Z"),
        ("-62135596800", "epoch_s", "TIMESTAMPTZ", "0001-01-01T00:00:00Z"),
        ("-62135596801", "epoch_s", "TIMESTAMPTZ", INVALID),
        ("253402300799", "epoch_s", "TIMESTAMPTZ", "9999-12-31T23:59:59Z"),
        ("253402300800", "epoch_s", "TIMESTAMPTZ", INVALID),
        ("1711843200000", "epoch_s", "TIMESTAMPTZ", INVALID),  # these are milliseconds
        ("99999999999999999999", "epoch_s", "TIMESTAMPTZ", INVALID),
        ("1.711843e9", "epoch_s", "TIMESTAMPTZ", INVALID),
        ("1,711,843,200", "epoch_s", "TIMESTAMPTZ", INVALID),
        ("1711843200123", "epoch_ms", "TIMESTAMPTZ", "2024-03-31T00:00:00.123Z"),
        ("1711843200123.4567", "epoch_ms", "TIMESTAMPTZ", "2024-03-31T00:00:00.123456Z"),
        ("45355", "excel_1900", "DATE", "2024-03-04"),
        ("45355.0", "excel_1900", "DATE", "2024-03-04"),
        ("45355.5", "excel_1900", "DATE", INVALID),
        ("45355.5", "excel_1900", "TIMESTAMP", "2024-03-04T12:00:00"),
        ("45355.427083333336", "excel_1900", "TIMESTAMP", "2024-03-04T10:15:00"),
        ("0.4375", "excel_1900", "TIME", "10:30:00"),
        ("45355.4375", "excel_1900", "TIME", INVALID),
        ("1", "excel_1900", "DATE", "1900-01-01"),
        ("59", "excel_1900", "DATE", "1900-02-28"),
        ("60", "excel_1900", "DATE", INVALID),  # 29 February 1900
        ("61", "excel_1900", "DATE", "1900-03-01"),
        ("0", "excel_1900", "DATE", INVALID),
        ("-1", "excel_1900", "DATE", INVALID),
        ("2958465", "excel_1900", "DATE", "9999-12-31"),
        ("2958466", "excel_1900", "DATE", INVALID),
        ("45,355", "excel_1900", "DATE", INVALID),
        ("0", "excel_1904", "DATE", "1904-01-01"),
        ("43893", "excel_1904", "DATE", "2024-03-04"),
        ("2957003", "excel_1904", "DATE", "9999-12-31"),
        ("2957004", "excel_1904", "DATE", INVALID),
    ],
)
def test_counts_of_time(text, source_format, sql_type, expected):
    assert reads(text, sql_type, source_format) == expected


def test_formats_are_tried_in_order():
    both = ("%d/%m/%Y", "%d.%m.%Y")
    assert [reads(text, "DATE", *both) for text in ("03/04/2024", "5.3.2024", "2024-03-05", "3-4-2024")] == [
        "2024-04-03", "2024-03-05", "2024-03-05", INVALID,
    ]  # fmt: skip
    assert reads("03/04/2024", "DATE", "%d/%m/%Y", "%m/%d/%Y") == "2024-04-03"
    assert reads("03/14/2024", "DATE", "%d/%m/%Y", "%m/%d/%Y") == "2024-03-14"
    assert reads("03/04/2024", "DATE", "%m/%d/%Y", "%d/%m/%Y") == "2024-03-04"


def test_a_format_that_reads_iso_dates_otherwise_is_obeyed():
    assert reads("2024-05-01", "DATE", "%Y-%d-%m") == "2024-01-05"
    assert reads("2024-01-13", "DATE", "%Y-%d-%m") == INVALID
    assert reads("2024-05-01 10:15", "TIMESTAMP", "%Y-%d-%m %H:%M") == "2024-01-05T10:15:00"
    assert reads("2024-01-13 10:15", "TIMESTAMP", "%Y-%d-%m %H:%M") == INVALID
    assert reads("2024-05-01", "DATE", "%Y-%m-%d") == "2024-05-01"
    assert reads("10:15", "TIME", "%M:%H") == "15:10:00"
    assert reads("2024-05-01 10:15", "TIMESTAMP", "%Y-%m-%d %M:%H") == "2024-05-01T15:10:00"
    assert reads("2024-05-01 10:15", "TIMESTAMP", "%Y-%m-%d %H:%M") == "2024-05-01 10:15"


@pytest.mark.parametrize(
    ("text", "source_format", "expected"),
    [
        ("2024111", "%Y%m%d", INVALID),  # 11 January, or 1 November
        ("20240111", "%Y%m%d", "2024-01-11"),
        ("5032024", "%d%m%Y", "2024-03-05"),
        ("1112024", "%d%m%Y", "2024-11-01"),
        ("2024-1-11", "%Y-%m-%d", "2024-01-11"),
    ],
)
def test_parts_without_a_mark_between_have_all_their_digits(text, source_format, expected):
    assert reads(text, "DATE", source_format) == expected


@pytest.mark.parametrize(
    ("pivot", "years"), [(69, (2045, 2068, 1969)), (27, (1945, 1968, 1969)), (100, (2045, 2068, 2069))]
)
def test_one_pivot_gives_every_two_digit_year_its_century(pivot, years):
    texts = ("12/25/45", "01/13/68", "11/30/69")
    assert tuple(int(reads(text, "DATE", "%m/%d/%y", pivot_year=pivot)[:4]) for text in texts) == years


def test_plans_of_earlier_rules_read_as_they_did():
    earlier = {"rules_version": 1}
    assert reads("2024-05-01", "DATE", "%Y-%d-%m", **earlier) == "2024-05-01"
    assert reads("2024111", "DATE", "%Y%m%d", **earlier) == "2024-01-11"
    assert Reading.of_config({"source_format": "%Y%m%d", **earlier}).rules_version == 1


def test_the_century_decides_whether_a_29_february_exists():
    assert reads("02/29/00", "DATE", "%m/%d/%y") == "2000-02-29"
    assert reads("02/29/00", "DATE", "%m/%d/%y", pivot_year=0) == INVALID


@pytest.mark.parametrize("name", NAMED_FORMATS)
def test_nothing_that_is_not_text_of_the_format_is_read(name):
    texts = pa.array([None, "", "x", "1e5", "٣", "12:00 AM", "2024-02-30", "-", "1 2", "NaN", "1.", ".5"])
    for sql_type in ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME"):
        assert column_type(sql_type).convert(texts, Reading(source_format=name)).to_pylist() == [None] * len(texts)


def test_a_reading_is_what_its_configuration_says():
    reading = Reading(source_format="%d/%m/%y", other_formats=("%d.%m.%y", "epoch_s"), pivot_year=27)
    assert Reading.of_config({"name": "d", **reading.as_config()}) == reading
    assert Reading.of_config({"source_format": "%d/%m/%Y"}) == Reading(source_format="%d/%m/%Y")


def test_a_name_that_no_format_has_is_refused_with_those_that_there_are():
    with pytest.raises(FormatError) as refused:
        check_source_format("epoch")
    assert refused.value.message.code == "unknown_format_name"
    assert "epoch_s" in str(refused.value.message)
