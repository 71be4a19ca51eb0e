"""What is done with a file is done in another process: all that goes in and comes out can be sent."""

from functools import partial

import pytest
from django.core.management import call_command

from core.errors import AtlasError
from imports.analysis.analyse import analyse, first_records
from imports.errors import NoPartImported
from imports.extraction import opened
from imports.extraction.extraction import Extraction
from imports.loading import pipeline
from imports.loading.parts import for_each, parts_of
from imports.mapping import MappingRequest, parse_mapping
from imports.models import ImportHistory
from imports.sandbox import frames
from imports.sandbox.remote import Calls
from imports.sources.upload import from_disk
from lineage.exports import not_read
from lineage.exports.failed_rows import FailedRecords
from lineage.provenance.record_outcomes import RecordOutcomes
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, import_path, import_text, rows_of
from tests.imports.written import NAMES, written


@pytest.fixture
def called(monkeypatch):
    """The names of the methods that were called; none while a stream of the same extraction is read."""
    names = set()
    call = Calls.call

    def note(self, method, *arguments, **options):
        assert self._items is None or self._items._has_ended, f"{method} is called while a stream is read"
        names.add(method)
        return call(self, method, *arguments, **options)

    monkeypatch.setattr(Calls, "call", note)
    return names


#: Method -> used by which of the tests below.
BY_IMPORTS = {
    "open", "info", "read", "progress", "reading", "apply_rules", "plan", "columns", "typed", "typed_again",
    "record_ranges", "duplicates", "source_records", "first_records", "is_read", "keep", "locations",
    "repaired_imports",
}  # fmt: skip
WHILE_READING = {"read_first", "typed_while_reading"}
BY_OTHERS = {"parts", "name_columns", "shows_lines", "source_lines", "as_csv"}


HEADER = ["n", "day", "word", "amount"]
ROWS = [
    ["1", "2024-01-05", "x", "1,5"],
    ["2", "2024-02-30", "y", "2,5"],
    ["no", "2024-01-06", "x", "1.234,50"],
    ["1", "2024-01-05", "x", "1,5"],
    ["3", "2024-01-07", "out", "7"],
    ["4", None, "a\tb", "8"],
]
RULES = {
    "transformations": [{"type": "uppercase", "field": "word"}],
    "filter_rows": [{"field": "word", "operator": "not_equals", "value": "OUT"}],
}
MAPPING = {
    "db_schema": {"n": "INTEGER", "day": "DATE"}, "unique_columns": ["n", "day"], "table_name": "t", "rules": RULES,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "excel", "json", "xml"])
def test_everything_of_an_import_can_be_sent(atlas_db, tmp_path, called, kind):
    path = tmp_path / NAMES[kind]
    path.write_bytes(written(kind, HEADER, ROWS))

    record = import_path(path, **MAPPING, on_error="null")
    again = import_path(path, **MAPPING, on_error="reject_row", duplicate_check={"force_import": True})

    assert (record.total_rows_in_file, record.rows_inserted, record.duplicates_found) == (6, 4, 1)
    assert (again.rows_inserted, again.rows_rejected, again.rows_filtered, again.duplicates_found) == (0, 2, 1, 3)
    with from_disk(path) as source:
        assert first_records(source, {}).header == HEADER
        found = analyse(source, parse_mapping(MAPPING))
    assert (found["forecast"]["duplicates"], found["forecast"]["stopped_by"]) == (3, "already_imported")

    undo_import(record.pk, TESTER)
    redo_import(record.pk, TESTER)

    assert {row["n"] for row in rows_of("t")} == {1, 2, None, 4}
    again = ImportHistory.objects.get(pk=again.pk)
    assert (again.rows_inserted, again.duplicates_found) == (0, 3)
    assert [one.number for one in FailedRecords(record).records()] == [2, 3]
    originals = [row["original"] for row in RecordOutcomes(record, "inserted", include_original=True)[0:10]]
    assert [original["amount"] for original in originals] == ["1,5", "2,5", "1.234,50", "8"]
    assert called >= BY_IMPORTS


def test_everything_of_a_load_while_reading_can_be_sent(atlas_db, tmp_path, called, monkeypatch):
    monkeypatch.setattr(pipeline, "STREAMING_THRESHOLD_BYTES", 0)
    monkeypatch.setattr(pipeline, "opened", partial(opened, batch_rows=2))
    steps = []

    held = import_text(tmp_path, "a.csv", "n\n1\n2\n3\n4\n5\n", table_name="held")
    with from_disk(tmp_path / "a.csv") as source:
        other = parse_mapping({"table_name": "other"})
        pipeline.run_import(source, other, TESTER, progress=lambda *step: steps.append(step))
    changed = import_text(tmp_path, "b.csv", "n\n1\n2\n3\nx\n5\n", table_name="changed")

    assert (held.rows_inserted, changed.rows_inserted) == (5, 5)
    assert [row["n"] for row in rows_of("changed")] == ["1", "2", "3", "x", "5"]
    assert [step[:2] for step in steps] == [("loading", 2), ("loading", 4), ("loading", 5), ("finishing", 5),
                                            ("committing", 5)]  # fmt: skip
    assert called >= WHILE_READING


def test_many_long_rows_of_a_file_are_not_sent_as_one(atlas_db, tmp_path, monkeypatch):
    rows = [f"{number},{'x' * 2_000},no number" for number in range(60)]
    text = "\n".join(["n,word,amount", *rows, *(f"{number},y,{number}" for number in range(200)), ""])
    record = import_text(tmp_path, "long.csv", text, table_name="t", db_schema={"amount": "BIGINT"})
    monkeypatch.setattr(frames, "MAX_PLAIN", 100_000)  # 50 of the rows

    assert len(RecordOutcomes(record, "inserted", include_original=True)[0:100]) == 100
    assert len(list(FailedRecords(record).records())) == 60


def test_the_other_uses_of_a_file_can_be_sent(atlas_db, tmp_path, called):
    text = "A list of\nwhat there is\n\nn,word\n1,x\n2,y\n3,z\n"
    record = import_text(tmp_path, "notes.csv", text, table_name="t")
    assert b"".join(not_read.as_csv(record, formula_safe=True)).count(b"title") == 2
    (tmp_path / "f.json").write_text('{"a": [], "b": 1')
    with from_disk(tmp_path / "f.json") as source, pytest.raises(AtlasError) as refused:
        analyse(source, MappingRequest())
    assert refused.value.details["reason"] == refused.value.message.code
    import_text(tmp_path, "none.json", "[]", mappings={"a": "x"}, db_schema={"a": "TEXT"}, table_name="empty")
    (tmp_path / "book.xlsx").write_bytes(written("excel", HEADER, ROWS))
    with from_disk(tmp_path / "book.xlsx") as source:
        parts = parts_of(source, parse_mapping({"source_options": {"sheet": "*"}}))
        assert [part.name for part in parts] == ["rows"]
        with pytest.raises(NoPartImported):
            for_each(parts, lambda part: pipeline.run_import(source, wrong(part.request), TESTER))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("x\n1\n")
    call_command("read_files", tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out" / "a.csv").read_bytes() == b"x\r\n1\r\n"
    assert called >= BY_OTHERS


def wrong(request):
    return parse_mapping({**request.as_given, "mappings": {"a": "nothing"}})


def test_every_method_is_sent_by_a_test():
    public = {name for name in vars(Extraction) if not name.startswith("_")}

    assert public - {"close"} == BY_IMPORTS | WHILE_READING | BY_OTHERS
