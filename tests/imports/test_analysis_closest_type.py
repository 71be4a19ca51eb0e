"""The closest type of a text column, and a value that is not of it."""

import pyarrow as pa
import pytest

from imports.analysis.closest_type import closest_type
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS

CASES = [
    ("whole numbers but one", [["1", "2", None, "NA"], ["3", "x y", "4"]],
     {"sql_type": "INTEGER", "fits": 4, "of": 5, "misfit": "x y"}),
    ("numbers but one", [["1.5", "2", "n.d.", "3"]],
     {"sql_type": "NUMERIC", "fits": 3, "of": 4, "misfit": "n.d."}),
    ("numbers with a decimal comma", [["1,55", "2.000,1", "?!"]],
     {"sql_type": "NUMERIC", "decimal": ",", "thousands": ".", "fits": 2, "of": 3, "misfit": "?!"}),
    ("dates but one", [["31.12.2024", "soon", "29.12.2024"]],
     {"sql_type": "DATE", "source_format": "%d.%m.%Y", "fits": 2, "of": 3, "misfit": "soon"}),
    ("ISO dates but one", [["2024-12-31", "2024-12-30", "2024-13-30"]],
     {"sql_type": "DATE", "fits": 2, "of": 3, "misfit": "2024-13-30"}),
    ("dates with the month's name", [["31 Dec 2024", "30 Dec 2024", "soon"]],
     {"sql_type": "DATE", "source_format": "%d %b %Y", "fits": 2, "of": 3, "misfit": "soon"}),
    ("sums of money", [["$1,500.00", "€ 2", "-", "3 €", "much"]],
     {"sql_type": "NUMERIC", "thousands": ",", "fits": 3, "of": 4, "misfit": "much"}),
    ("times of day and night", [["2024-12-31T10:00:00", "2024-12-31 11:00:00", "2024"]],
     {"sql_type": "TIMESTAMP", "fits": 2, "of": 3, "misfit": "2024"}),
    ("half of them", [["1", "a"]], {"sql_type": "INTEGER", "fits": 1, "of": 2, "misfit": "a"}),
    ("fewer than half", [["1", "a", "b"]], None),
    ("fewer than half in the end", [["1"] * 300, ["a"] * 301], None),
    ("words", [["a", "b"]], None),
    ("codes with leading zeros", [["007", "008", "009"]], None),
    ("nothing", [[None, "", "NA"], []], None),
]  # fmt: skip


@pytest.mark.parametrize(("chunks", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_type_that_most_values_fit(chunks, found):
    texts = [pa.array(chunk, pa.string()) for chunk in chunks]

    assert closest_type(texts, DEFAULT_NULL_TOKENS) == found


def test_a_long_invalid_value_is_cut():
    found = closest_type([pa.array(["1", "2", "x" * 1000])], DEFAULT_NULL_TOKENS)

    assert found["misfit"] == "x" * 60
