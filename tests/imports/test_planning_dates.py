"""Dates from a file into a table: what was asked for is obeyed, and what is not certain is said."""

import pytest

from tests.importing import import_text, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")


def date_rules(*rules):
    """A mapping with `field, format` pairs as datetime_transformations."""
    return {"datetime_transformations": [{"field": field, "source_format": format_} for field, format_ in rules]}


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
