"""Loading a file while it is read, by the plan that its beginning suggests, gives the same result."""

from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.errors import MappingDoesNotFit, UnreadableFile
from imports.extraction import opened
from imports.loading import pipeline
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.upload import from_disk
from tests.examples import examples
from tests.importing import TESTER, columns_of, import_text, query, rows_of
from tests.imports.test_laws import every_format, imported, slow_database, tables
from tests.imports.written import written

pytestmark = pytest.mark.usefixtures("atlas_db")


@pytest.fixture
def two_by_two(monkeypatch):
    """Treat small files as long ones, read two records at a time."""
    monkeypatch.setattr(pipeline, "STREAMING_THRESHOLD_BYTES", 0)
    monkeypatch.setattr(pipeline, "opened", partial(opened, batch_rows=2))


def progress_of_import(path, **mapping):
    """Import a file; return the reported progress of reading and loading: phase, records done, total."""
    steps = []
    with from_disk(path) as source:
        pipeline.run_import(source, parse_mapping(mapping), TESTER, progress=lambda *step: steps.append(step))
    return [step for step in steps if step[0] not in ("finishing", "committing")]


def numbers(*texts):
    return "n,word\n" + "".join(f"{text},w{at}\n" for at, text in enumerate(texts, 1))


@pytest.mark.parametrize("name", ["t.csv", "t.json", "t.xml"])
def test_a_long_file_is_loaded_while_it_is_read(tmp_path, two_by_two, name):
    texts = {
        "t.csv": numbers(1, 2, 3, 4, 5),
        "t.json": '[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}]',
        "t.xml": "<r>" + "".join(f"<one><n>{n}</n></one>" for n in range(1, 6)) + "</r>",
    }
    (tmp_path / name).write_text(texts[name])

    steps = progress_of_import(tmp_path / name)

    assert [step[:2] for step in steps] == [("loading", 2), ("loading", 4), ("loading", 5)]
    assert [(row["n"], row["_source_row_number"]) for row in rows_of("t")] == [(n, n) for n in range(1, 6)]


def test_a_short_file_is_read_first(tmp_path):
    (tmp_path / "t.csv").write_text(numbers(1, 2, 3))

    assert progress_of_import(tmp_path / "t.csv") == [("reading", 3, 3), ("loading", 3, 3)]


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ({"on_error": "abort"}, "what is an error is known at the end"),
        ({"max_errors": {"share": 0.5}}, "the share is one of all records"),
        ({"rules": {"transformations": [{"type": "uppercase", "field": "word"}]}}, "rules make columns to profile"),
    ],
)
def test_a_mapping_that_needs_every_record_reads_the_file_first(tmp_path, two_by_two, mapping, why):
    (tmp_path / "t.csv").write_text(numbers(1, 2, 3))

    assert progress_of_import(tmp_path / "t.csv", **mapping)[:2] == [("reading", 2, 2), ("reading", 3, 3)], why


@pytest.mark.parametrize(
    ("texts", "sql_type"),
    [
        ((1, 2, 3, 4, "x", 6), "text"),
        ((1, 2, 3, 3_000_000_000, 5, 6), "bigint"),
        (("", "", "", 7, 8, 9), "integer"),
        (("01/02/2024", "03/04/2024", "05/06/2024", "07/08/2024", "25/12/2024"), "date"),
    ],
)
def test_a_file_whose_beginning_misleads_is_loaded_by_the_plan_of_the_whole(tmp_path, two_by_two, texts, sql_type):
    (tmp_path / "t.csv").write_text(numbers(*texts))

    steps = progress_of_import(tmp_path / "t.csv")

    assert steps[-1] == ("loading", len(texts), len(texts))
    assert columns_of("t")["n"] == sql_type
    assert [row["_source_row_number"] for row in rows_of("t")] == list(range(1, len(texts) + 1))
    found = ImportHistory.objects.get()
    assert (found.status, found.rows_inserted, found.mapping_errors_count) == ("success", len(texts), 0)


def test_a_column_that_occurs_late_is_imported(tmp_path, two_by_two):
    import_text(tmp_path, "t.json", '[{"a":1},{"a":2},{"a":3},{"a":4,"b":"late"}]')

    assert [(row["a"], row["b"]) for row in rows_of("t")] == [(1, None), (2, None), (3, None), (4, "late")]


def test_a_reading_that_only_the_whole_column_shows_is_taken(tmp_path, two_by_two):
    """The type is set, so nothing contradicts the beginning until the whole column is read."""
    text = numbers("1,000", "2,000", '"3,5"', '"4,5"', '"5,5"').replace("1,000", '"1,000"').replace("2,000", '"2,000"')
    import_text(tmp_path, "t.csv", text, db_schema={"n": "NUMERIC"})

    assert [str(row["n"]) for row in rows_of("t")] == ["1.000", "2.000", "3.5", "4.5", "5.5"]
    assert query("SELECT count(*) FROM mapping_errors") == [(0,)]


@pytest.mark.parametrize(
    "rows",
    [
        ["1.234|2,50", "2.500|3,75", "3.100|1,00", "5|7,25", "12.000|1,00"],
        ["1.234|5", "2.500|6", "3.100|7", "5|7,25", "12.000|1,00"],
    ],
)
def test_a_neighbour_decides_whether_it_does_so_early_or_late(tmp_path, two_by_two, rows):
    record = import_text(tmp_path, "t.csv", "n|price\n" + "".join(f"{row}\n" for row in rows))

    assert [row["n"] for row in rows_of("t")] == [1234, 2500, 3100, 5, 12000]
    assert record.warnings == []


def test_values_that_make_a_column_text_give_a_warning_whenever_they_come(tmp_path, two_by_two):
    record = import_text(tmp_path, "t.csv", numbers(1, 2, 3, 4, "soon", 6, 7))

    assert record.warning_details[0]["params"]["misfits"] == [["soon", "line 6"]]


def test_an_append_loaded_while_reading_finds_duplicates(tmp_path, two_by_two):
    import_text(tmp_path, "a.csv", numbers(1, 2, 3), table_name="t")
    found = import_text(tmp_path, "b.csv", numbers(1, 5, 3, "x", 7), table_name="t")

    assert (found.rows_inserted, found.duplicates_found, found.mapping_errors_count) == (3, 2, 1)
    kept = query("SELECT record_number, fate, original::text FROM imports_kept_record ORDER BY 1")
    assert [(number, fate) for number, fate, _ in kept] == [(1, "duplicate"), (3, "duplicate")]


def test_a_file_that_matches_only_at_its_beginning_is_refused(tmp_path, two_by_two):
    import_text(tmp_path, "a.csv", numbers(1, 2, 3), table_name="t")
    with pytest.raises(MappingDoesNotFit, match="4 of 6 non-empty values"):
        import_text(tmp_path, "b.csv", numbers(4, 5, "a", "b", "c", "d"), table_name="t")

    assert len(rows_of("t")) == 3


def test_a_truncated_file_leaves_no_rows(tmp_path, two_by_two):
    with pytest.raises(UnreadableFile):
        import_text(tmp_path, "t.json", '[{"a":1},{"a":2},{"a":3},{"a":4},')

    assert columns_of("t") == {}
    assert [(one.status, one.rows_inserted) for one in ImportHistory.objects.all()] == [("failed", 0)]


@pytest.mark.usefixtures("in_this_process")
@every_format
@slow_database(max_examples=examples(8))
@given(data=st.data(), batch_rows=st.integers(1, 5))
def test_loading_while_reading_makes_no_difference_to_anything(tmp_path, kind, data, batch_rows):
    header, rows, mapping = data.draw(tables(kind))
    text = written(kind, header, rows)
    by_the_whole = imported(tmp_path, kind, text, mapping)
    with patch.object(pipeline, "STREAMING_THRESHOLD_BYTES", 0):
        while_reading = imported(tmp_path, kind, text, mapping, batch_rows)

    assert while_reading == by_the_whole


def test_while_a_file_is_read_the_number_of_its_records_is_estimated(tmp_path):
    (tmp_path / "t.csv").write_text("n,word\n" + "7654321,word\n" * 1_000_000)

    steps = progress_of_import(tmp_path / "t.csv")

    assert steps[0][0] == "loading"
    assert [total for _, _, total in steps] == [pytest.approx(1_000_000, rel=0.05)] * len(steps)
    assert steps[-1] == ("loading", 1_000_000, 1_000_000)
