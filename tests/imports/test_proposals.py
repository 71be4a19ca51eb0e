"""Proposals: what one change makes invalid values fit, tried on all of them."""

import pyarrow as pa
import pytest

from core.errors import BadRequest
from imports.column_types import Reading, column_type
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.proposals import summarize
from imports.proposals.apply import applied
from imports.proposals.column import ReadColumn
from imports.proposals.expected import expected_value
from imports.proposals.proposal import Proposal, ProposalKind, proposal_of
from imports.proposals.shapes import pattern_of, shapes_of
from imports.proposals.summarize import ERRORS, Summarizer
from imports.proposals.tally import GroupTally
from tests.importing import query


def column(sql_type, *, formulas=False, **reading):
    return ReadColumn("c", "C", column_type(sql_type), Reading(**reading), frozenset(DEFAULT_NULL_TOKENS), formulas)


def proposed(sql_type, values, *, code="type_mismatch", parts=1, **reading):
    """Kind, parameters and number of values of each proposal. parts: in which the values come."""
    tally = GroupTally(code, column(sql_type, **reading))
    for part in range(parts):
        tally.add(pa.array(values[part::parts], pa.string()))
    return [
        (str(one.proposal.kind), dict(one.proposal.params), one.mends) for one in tally.verified(len(values))
    ]  # fmt: skip


def dated(source_format, mends, kind="date_format"):
    return kind, {"source_format": source_format}, mends


def marks(kind, decimal, thousands, mends):
    return kind, {"decimal": decimal, "thousands": thousands}, mends


def trimmed(mends, **around):
    return "trim", around, mends


DMY, MDY = {"source_format": "%d/%m/%Y"}, {"source_format": "%m/%d/%Y"}


@pytest.mark.parametrize(
    ("sql_type", "values", "expected", "reading"),
    [
        ("DATE", ["13.2.2020", "1.2.2020"], [dated("%d.%m.%Y", 2)], {}),
        ("DATE", ["13.2.2020"] * 3 + ["45.2.2020"], [dated("%d.%m.%Y", 3)], {}),  # the honest count
        ("DATE", ["13.2.2020"] * 99 + ["2.13.2020"], [], {}),  # they contradict each other
        ("DATE", ["2.13.2020", "3.14.2020"], [dated("%m.%d.%Y", 2)], {}),
        ("DATE", ["13/2/2020", "1/2/2020"], [dated("%d/%m/%Y", 2, "date_order")], MDY),
        ("DATE", ["2/13/2020", "1/2/2020"], [dated("%m/%d/%Y", 2, "date_order")], DMY),
        ("DATE", ["1/2/2020"], [dated("%m/%d/%Y", 1), dated("%d/%m/%Y", 1)], {}),  # a person has to decide
        ("DATE", ["30/02/2020", "31/04/2020"], [], DMY),
        ("DATE", ["13 Feb 2020", "1 March 2020"], [dated("%d %B %Y", 2)], {}),
        ("DATE", ["20200213"], [dated("iso_8601", 1)], {}),
        ("DATE", ["43874"], [dated("excel_1900", 1)], {}),
        ("DATE", ["99/99/9999"] * 2, [("null_token", {"tokens": ["99/99/9999"]}, 2)], {}),
        ("DATE", ['"2020-01-01"'], [trimmed(1, prefix='"', suffix='"')], {}),
        ("DATE", ["13.2.2020 14:30"], [], {}),  # the time would be lost
        ("TIMESTAMP", ["13.2.2020 14:30"], [dated("%d.%m.%Y %H:%M", 1)], {}),
        ("TIMESTAMP", ["13.2.2020"], [dated("%d.%m.%Y", 1)], {}),
        ("TIMESTAMPTZ", ["13.2.2020 14:30"], [], {}),  # of which zone?
        ("TIME", ["2:30 PM"], [dated("%I:%M %p", 1)], {}),
        ("NUMERIC", ["12,50", "1,5"], [marks("decimal_mark", ",", "", 2)], {}),
        ("NUMERIC", ["1.234,56"], [marks("decimal_mark", ",", ".", 1)], {}),
        ("NUMERIC", ["1,234", "12,50"], [marks("decimal_mark", ",", "", 2)], {}),
        ("NUMERIC", ["1,234"], [marks("thousands", ".", ",", 1), marks("decimal_mark", ",", "", 1)], {}),
        ("NUMERIC", ["1.5"], [marks("decimal_mark", ".", "", 1)], {"decimal": ","}),
        ("INTEGER", ["1,234"], [marks("thousands", ".", ",", 1)], {}),
        ("INTEGER", ["1'234'567"], [marks("thousands", ".", "'", 1)], {}),
        ("INTEGER", ["12,5"], [], {}),  # no whole number in any notation
        ("INTEGER", ["99999999999"], [], {}),
        ("INTEGER", ["12 kg", "13 kg", "14 lb"], [trimmed(2, suffix=" kg")], {}),
        ("INTEGER", ["No. 12"], [trimmed(1, prefix="No. ")], {}),
        ("INTEGER", ["12%"], [], {}),  # not the number 12
        ("INTEGER", ["<5"], [], {}),
        ("INTEGER", ["12k"], [], {}),
        ("INTEGER", ["1O0", "10l"], [("replace", {"characters": {"O": "0", "l": "1"}}, 2)], {}),
        ("INTEGER", ["unknown", "tbd", " tbd "], [("null_token", {"tokens": ["unknown", "tbd"]}, 3)], {}),
        ("INTEGER", list("abcdefgh"), [], {}),  # too many for one word for «no value»
        ("BOOLEAN", ["ja", "nein", "ja"], [("replace", {"values": {"ja": "true", "nein": "false"}}, 3)], {}),
        ("UUID", ["abc"], [("null_token", {"tokens": ["abc"]}, 1)], {}),
        ("INTEGER", ["x" * 500], [], {}),  # it may have been longer
        ("TEXT", ["x"], [], {}),
        ("VARCHAR(3)", ["long"], [], {}),
    ],
)  # fmt: skip
def test_a_proposal_says_how_many_values_it_mends(sql_type, values, expected, reading):
    assert proposed(sql_type, values, **reading) == expected


def test_all_values_are_tried_in_however_many_parts():
    values = ["13.2.2020"] * 50 + ["1.2.2020"] * 49 + ["2.13.2020"]
    assert proposed("DATE", values, parts=7) == []
    assert proposed("DATE", values[:-1], parts=7) == [dated("%d.%m.%Y", 99)]


@pytest.mark.parametrize("code", ["too_few_fields", "bad_encoding", "row_transformation", None])
def test_errors_that_are_not_about_the_notation_get_no_proposal(code):
    assert proposed("INTEGER", ["1,234"], code=code) == []


def test_errors_of_a_spreadsheet_can_be_left_empty():
    assert proposed("NUMERIC", ["#DIV/0!"], code="excel_error_cell") == [("null_token", {"tokens": ["#DIV/0!"]}, 1)]


def after(kind, params, values, sql_type="DATE", **reading):
    made = applied(Proposal(ProposalKind(kind), params), pa.array(values, pa.string()), column(sql_type, **reading))
    return [value if fits else "–" for fits, value in zip(made.fits.to_pylist(), made.values.to_pylist(), strict=True)]


LONG = "1" * 500


@pytest.mark.parametrize(
    ("kind", "params", "sql_type", "values", "expected"),
    [
        ("date_format", {"source_format": "%d.%m.%Y"}, "DATE", [" 13.2.2020 ", "2.13.2020"], ["2020-02-13", "–"]),
        ("decimal_mark", {"decimal": ",", "thousands": "."}, "NUMERIC", ["1.234,50"], ["1234.50"]),
        ("null_token", {"tokens": ["tbd"]}, "DATE", ["tbd", "x"], [None, "–"]),
        ("trim", {"prefix": "~", "suffix": " kg"}, "INTEGER", ["~5 kg", "5 kg", "~ kg", "~kg"], ["5", "–", None, "–"]),
        ("trim", {"suffix": "x"}, "INTEGER", ["5x", "NAx", "5"], ["5", None, "–"]),
        ("replace", {"values": {"five": "5", "no": "-"}}, "INTEGER", ["five", "no", "six"], ["5", None, "–"]),
        ("replace", {"characters": {"O": "0"}}, "INTEGER", ["1O", "10"], ["10", "–"]),
        ("value", {"value": "2020-02-13"}, "DATE", ["x", LONG], ["2020-02-13"] * 2),
        ("value", {"value": None}, "DATE", ["x"], [None]),
        ("value", {"value": "x"}, "DATE", ["x"], ["–"]),
        ("trim", {"suffix": "1"}, "NUMERIC", [LONG], ["–"]),  # what was cut is not known
    ],
)  # fmt: skip
def test_what_a_proposal_makes_of_values(kind, params, sql_type, values, expected):
    assert after(kind, params, values, sql_type) == expected


@pytest.mark.parametrize(
    "given",
    [
        None, [], "trim", {}, {"kind": "guess", "params": {}}, {"kind": "trim"}, {"kind": "trim", "params": {}},
        {"kind": "trim", "params": {"suffix": 5}}, {"kind": "trim", "params": {"suffix": ""}},
        {"kind": "trim", "params": {"suffix": "x", "more": "y"}}, {"kind": "value", "params": {}},
        {"kind": "value", "params": {"value": 5}}, {"kind": "value", "params": {"value": "a\x00"}},
        {"kind": "date_format", "params": {"source_format": "%Q"}},
        {"kind": "date_format", "params": {"source_format": "%Y"}},
        {"kind": "decimal_mark", "params": {"decimal": "x", "thousands": ""}},
        {"kind": "decimal_mark", "params": {"decimal": ",", "thousands": ","}},
        {"kind": "null_token", "params": {"tokens": []}}, {"kind": "null_token", "params": {"tokens": "x"}},
        {"kind": "replace", "params": {"values": {}}}, {"kind": "replace", "params": {"values": {"a": 1}}},
        {"kind": "replace", "params": {"values": {"a": "b"}, "characters": {"a": "b"}}},
    ],
)  # fmt: skip
def test_a_proposal_that_is_none_is_refused(given):
    with pytest.raises(BadRequest):
        proposal_of(given)


def test_a_proposal_is_read_back_with_its_words_and_counts():
    tally = GroupTally("type_mismatch", column("NUMERIC"))
    tally.add(pa.array(["12,5"]))
    [verified] = tally.verified(1)

    assert proposal_of(verified.as_json()) == verified.proposal
    assert verified.as_json() == {
        "kind": "decimal_mark", "params": {"decimal": ",", "thousands": ""},
        "message": "Read the comma as the decimal separator", "mends": 1, "of": 1, "mends_all": True,
        "samples": [{"before": "12,5", "after": "12.5"}],
    }  # fmt: skip


SHAPES = {
    "13.2.2020": "9.9.9", " 1.12.2020\t": "9.9.9", "Not available": "a", "It's": "a", "12  kg": "9 a", "n.a.": "a.a.",
    "żółć 5€": "a 9€", "1.234,56-": "9.9,9-", "日本": "a", "٣": "a", "": "", "a" * 100: "a", "?" * 50: "?" * 40 + "…",
    "1-" * 30: "9-" * 20 + "…", "(5]^$\\*+{}|": "(9]^$\\*+{}|", "a\nb": "a", "5\x0b\u00a05": "9 9", "😀": "a",
}  # fmt: skip


def test_shapes_of_values():
    assert dict(zip(SHAPES, shapes_of(pa.array([*SHAPES])).to_pylist(), strict=True)) == SHAPES


def test_postgresql_finds_the_values_of_a_shape(atlas_db):
    for shape in set(SHAPES.values()) - {""}:
        [(found,)] = query("SELECT array_agg(v) FROM unnest(%s::text[]) v WHERE v ~ %s", [*SHAPES], pattern_of(shape))
        assert sorted(found) == sorted(value for value, own in SHAPES.items() if own == shape), shape


@pytest.mark.parametrize(
    ("sql_type", "value", "expected", "reading"),
    [
        ("DATE", "13/13/2020", ("A date as day/month/year, such as 31/12/2025", "31/12/2025",
                                "day/month/year does not fit, month 13"), DMY),
        ("DATE", "30/02/2020", ("A date as day/month/year, such as 31/12/2025", "31/12/2025",
                                "day/month/year does not fit, day 30"), DMY),
        ("DATE", "soon", ("A date as day/month/year, such as 31/12/2025", "31/12/2025", None), DMY),
        ("DATE", "2020-13-01", ("A date as year-month-day, such as 2025-12-31", "2025-12-31",
                                "year-month-day does not fit, month 13"), {}),
        ("TIME", "25:00:00", ("A time as hour:minute:second, such as 14:30:00", "14:30:00",
                              "hour:minute:second does not fit, hour 25"), {}),
        ("NUMERIC", "x", ("A number such as 1.234,5", "1.234,5", None), {"decimal": ",", "thousands": "."}),
        ("NUMERIC(5,2)", "x", ("A number of at most 3 digits before and 2 digits after the decimal separator, such as "
                               "123.50", "123.50", None), {}),
        ("INTEGER", "x", ("A whole number of at most 2,147,483,647, such as 1234", "1234", None), {}),
        ("BOOLEAN", "x", ("Yes or no: true, false, yes, no, 1, 0", "true", None), {}),
        ("VARCHAR(3)", "long", ("A text of at most 3 characters", "", None), {}),
    ],
)  # fmt: skip
def test_what_would_fit(sql_type, value, expected, reading):
    made = expected_value(value, column(sql_type, **reading))
    assert (made["message"], made["example"], made["misfit"]) == expected


TYPES = ["DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "NUMERIC", "NUMERIC(2)", "NUMERIC(3,3)", "DOUBLE PRECISION",
         "INTEGER", "BIGINT", "BOOLEAN", "UUID", "JSONB"]  # fmt: skip
READINGS = [("DATE", {"source_format": "%d.%m.%Y"}), ("DATE", {"source_format": "excel_1900"}),
            ("NUMERIC", {"decimal": ",", "thousands": "."}), ("INTEGER", {"thousands": "'"})]  # fmt: skip


@pytest.mark.parametrize(("sql_type", "reading"), [*((name, {}) for name in TYPES), *READINGS])
def test_the_example_of_what_would_fit_fits(sql_type, reading):
    own = column(sql_type, **reading)
    example = expected_value("x", own)["example"]
    made = own.sql_type.convert(pa.array([example]), own.reading)
    assert own.sql_type.canonical(pa.array([example]))[0].as_py() or made[0].is_valid


def error(number, value, field="c", kind='{"code": "not_a_date", "params": {}}'):
    return {"error_type": "datetime_conversion", "source_field": field, "target_field": field, "error_details": kind,
            "own_text": None, "source_value": value, "id": number}  # fmt: skip


def grouped(errors, batch=1):
    summarizer = Summarizer({"c": column("DATE")})
    for start in range(0, len(errors), batch):
        summarizer.add(pa.RecordBatch.from_pylist(errors[start : start + batch], ERRORS))
    return [
        (one.key.source_field, one.key.shape, one.count, one.first_ids, len(one.proposals))
        for one in summarizer.groups()
    ]  # fmt: skip


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_errors_are_grouped_alike_whatever_the_batches(batch):
    errors = [error(number, "13.2.2020") for number in range(5, 0, -1)]
    errors += [
        error(10, "soon"),
        error(11, "later"),
        error(12, "13.2.2020", "d"),
        error(13, None, "*"),
        error(14, "x", "*"),
    ]

    assert grouped(errors, batch) == [
        ("c", "9.9.9", 5, [1, 2, 3], 1), ("c", "a", 2, [10, 11], 1), ("*", None, 2, [13, 14], 0),
        ("d", "9.9.9", 1, [12], 0),
    ]  # fmt: skip


def test_values_of_many_shapes_are_grouped_without_them(monkeypatch):
    monkeypatch.setattr(summarize, "MAX_SHAPES", 2)
    errors = [error(1, "1"), error(2, "?"), error(3, "!"), error(4, "1"), error(5, ";")]

    assert grouped(errors) == [("c", "9", 2, [1, 4], 0), ("c", None, 2, [3, 5], 0), ("c", "?", 1, [2], 1)]


def test_values_are_tried_before_they_take_much_memory(monkeypatch):
    monkeypatch.setattr(summarize, "MAX_WAITING_BYTES", 1)
    assert grouped([error(1, "13.2.2020"), error(2, "soon"), error(3, "2.13.2020")]) == [
        ("c", "9.9.9", 2, [1, 3], 0), ("c", "a", 1, [2], 1)
    ]  # fmt: skip
