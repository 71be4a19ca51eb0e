"""A redo is refused where this version reads the file differently than the import did."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AtlasError
from imports.errors import ErrorCode, ReadingChanged
from imports.inference.reading_digest import ReadingDigest
from imports.models import ImportHistory
from imports.readers import open_reader
from imports.readers.messages import NO_HEADER
from imports.sources import upload
from imports.text_batches import RowProblem, TextBatch
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_records, import_text, rows_of

FILES = Path(__file__).parent.parent / "files"
TEXT = "id,name\n1,Ann\n2,\n3,Eve\n"


def reading_of(record):
    return ImportHistory.objects.get(pk=record.pk).mapping_config["reading"]


def change_reading(record, **reading):
    """As if the file had been read otherwise at the import."""
    config = ImportHistory.objects.get(pk=record.pk).mapping_config
    ImportHistory.objects.filter(pk=record.pk).update(mapping_config={**config, **reading})


def test_a_plan_says_what_was_read_and_by_which_rules(atlas_db, tmp_path):
    record = import_text(tmp_path, "a.csv", "A list\n\n" + TEXT, table_name="t")

    reading = reading_of(record)
    assert (reading["records"], reading["first_record"], reading["last_record"]) == (3, "line 4", "line 6")
    assert record.mapping_config["rules_version"] == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", TEXT),
        ("a.csv", "id,name\n1,Ann,x\n2\n3,Eve\n"),
        ("a.json", json.dumps([{"id": 1}, {"id": 2, "name": "Ann"}, {"name": "Eve"}])),
        ("a.xml", "<r><i><id>1</id></i><i><id>2</id><name>Ann</name></i><i><name>Eve</name></i></r>"),
    ],
)
def test_a_file_that_is_read_alike_is_redone(atlas_db, tmp_path, name, text):
    record = import_text(tmp_path, name, text, table_name="t")
    before = [{**row, "id": 0} for row in rows_of("t", "source_id name _source_row_number")]
    undo_import(record.pk, TESTER)

    redo_import(record.pk, TESTER)

    assert [{**row, "id": 0} for row in rows_of("t", "source_id name _source_row_number")] == before


def test_records_of_the_api_are_redone(atlas_db):
    record = import_records([{"a": 1, "b": None}, {"a": 2}], table_name="t")
    undo_import(record.pk, TESTER)

    assert redo_import(record.pk, TESTER).rows_inserted == 2


@pytest.mark.parametrize(
    "reading",
    [
        {"reading": {"records": 4, "digest": "x"}},
        {"reading": {"records": 3, "digest": "0" * 64}},
        {"header": ["id", "nom"]},
    ],
)
def test_a_file_that_is_read_differently_is_not_redone(atlas_db, tmp_path, reading):
    other = import_text(tmp_path, "b.csv", "id,name\n9,Zoe\n", table_name="t")
    record = import_text(tmp_path, "a.csv", TEXT, table_name="t")
    undo_import(record.pk, TESTER)
    change_reading(record, **reading)

    with pytest.raises(ReadingChanged) as refused:
        redo_import(record.pk, TESTER)

    assert (refused.value.code, refused.value.http_status) == ("reading_changed", 409)
    assert [row["_import_id"] for row in rows_of("t")] == [other.pk]
    assert ImportHistory.objects.get(pk=record.pk).undone_at


def undone_without_a_digest(tmp_path, records):
    """An undone import of a version that stored the number of records only."""
    record = import_text(tmp_path, "a.csv", TEXT, table_name="t")
    undo_import(record.pk, TESTER)
    change_reading(record, reading=None)
    ImportHistory.objects.filter(pk=record.pk).update(total_rows_in_file=records, rows_inserted=records)
    return record


def test_an_import_without_a_digest_is_redone_where_the_file_has_as_many_records(atlas_db, tmp_path):
    record = undone_without_a_digest(tmp_path, records=3)

    assert redo_import(record.pk, TESTER).rows_inserted == 3


def test_an_import_without_a_digest_is_not_redone_where_the_file_has_another_number_of_records(atlas_db, tmp_path):
    record = undone_without_a_digest(tmp_path, records=4)

    with pytest.raises(ReadingChanged):
        redo_import(record.pk, TESTER)
    assert columns_of("t") == {}


def change_of_later_import(tmp_path):
    """First 1, later 1 and 2: a redo of the first makes a row of the later a duplicate."""
    first = import_text(tmp_path, "a.csv", "id,name\n1,Ann\n", table_name="t")
    later = import_text(tmp_path, "b.csv", "id,name\n1,Ann\n2,Eve\n", table_name="t")
    undo_import(first.pk, TESTER)
    return first, later


def test_duplicates_are_not_kept_from_a_file_that_is_read_differently(atlas_db, tmp_path):
    first, later = change_of_later_import(tmp_path)
    change_reading(later, rules_version=1, reading={"records": 3})

    with pytest.raises(ReadingChanged) as refused:
        redo_import(first.pk, TESTER)

    assert refused.value.message.code == "later_reading_changed"
    assert [row["_import_id"] for row in rows_of("t")] == [later.pk, later.pk]


def test_duplicates_of_earlier_rules_are_kept_from_a_file_that_is_read_alike(atlas_db, tmp_path):
    first, later = change_of_later_import(tmp_path)
    change_reading(later, rules_version=1, reading=None)

    assert redo_import(first.pk, TESTER).rows_become_duplicates == 1


def as_redone_by_earlier_rules(tmp_path, content, *, rejected=0, **mapping):
    """Return the number of inserted rows of an import that earlier rules made with as many rejected, once redone."""
    record = import_text(tmp_path, "a.csv", content, table_name="t", **mapping)
    change_reading(record, rules_version=1, reading=None)
    inserted = record.total_rows_in_file - rejected
    ImportHistory.objects.filter(pk=record.pk).update(
        rows_inserted=inserted, rows_skipped=rejected, rows_rejected=rejected, rows_filtered=0
    )
    undo_import(record.pk, TESTER)
    return redo_import(record.pk, TESTER).rows_inserted


def test_earlier_rules_rejected_rows_with_invalid_characters(atlas_db, tmp_path):
    content = "id,name\n1,Zürich\n2,Genève\n".encode() + b"3,Bad\xff\n"

    assert as_redone_by_earlier_rules(tmp_path, content, rejected=1) == 2


def test_earlier_rules_filtered_no_totals(atlas_db, tmp_path):
    assert as_redone_by_earlier_rules(tmp_path, "name,n\nAnn,1\nBob,2\nTotal,3\n") == 3


def test_earlier_rules_kept_rows_with_too_few_fields(atlas_db, tmp_path):
    assert as_redone_by_earlier_rules(tmp_path, "a,b\n1,2\n3\n4,5\n", on_error="reject_row") == 3


def reading_by(path, options):
    with upload.from_disk(path) as source:
        reader, digest = open_reader(source, options), ReadingDigest()
        for batch in reader.batches():
            digest.add(batch)
    return digest.hexdigest(), reader.file_info.header, dict(reader.file_info.options)


@pytest.mark.parametrize("folder", ["archives", "csv", "excel", "json", "xml"])
def test_a_file_is_read_alike_by_the_options_that_its_plan_has(folder):
    compared = 0
    for path in filter(Path.is_file, sorted((FILES / folder).rglob("*"))):
        try:
            digest, header, options = reading_by(path, {})
        except AtlasError:
            continue
        assert reading_by(path, options)[:2] == (digest, header), path
        compared += 1
    assert compared


# --- the digest


def digest_of(rows, borders=(), problems=()):
    digest = ReadingDigest()
    ends = [*sorted(borders), len(rows)]
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        columns = [pa.array(list(column), pa.string()) for column in zip(*rows[start:end], strict=True)]
        inside = tuple(
            RowProblem(number - start, code, NO_HEADER(), rejected, column=column)
            for number, code, rejected, column in problems if start <= number < end
        )  # fmt: skip
        digest.add(TextBatch(columns, start + 1, pa.array(range(start, end), pa.int64()), inside))
    return digest.hexdigest()


cells = st.one_of(st.none(), st.text(max_size=3))
tables = st.lists(st.tuples(cells, cells), min_size=1, max_size=8)


@given(rows=tables, data=st.data())
def test_the_borders_of_batches_do_not_change_a_digest(rows, data):
    borders = data.draw(st.lists(st.integers(0, len(rows)), max_size=3))

    assert digest_of(rows, borders) == digest_of(rows)


@given(rows=tables, others=tables)
def test_other_records_have_another_digest(rows, others):
    assert (digest_of(rows) == digest_of(others)) == (rows == others)


def test_a_column_that_appears_late_is_absent_before():
    late, early = ReadingDigest(), ReadingDigest()
    positions = pa.array([0], pa.int64())
    a, b, none = (pa.array([value], pa.string()) for value in ("a", "b", None))
    for digest, first in ((late, [a]), (early, [a, none])):
        digest.add(TextBatch(first, 1, positions))
        digest.add(TextBatch([a, b], 2, positions))

    assert late.hexdigest() == early.hexdigest()


def test_a_record_that_is_rejected_changes_the_digest_and_the_word_for_it_does_not():
    rows = [("a", "b"), ("c", "d")]
    rejected = digest_of(rows, problems=[(1, ErrorCode.TOO_MANY_FIELDS, True, None)])

    assert rejected != digest_of(rows)
    assert rejected == digest_of(rows, problems=[(1, ErrorCode.BAD_QUOTING, True, None)])
