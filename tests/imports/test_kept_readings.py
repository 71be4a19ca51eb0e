"""What a preview has read of a file is used by its import, which then reads nothing, and gives the same.

Between the two the file on the disk gets other bytes: reading it again would give another table, or none.
"""

import gzip
import json
import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AtlasError, DiskFull
from imports.analysis.analyse import analyse
from imports.extraction import Work, opened
from imports.loading import pipeline
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.disk_space import refuse_if_short
from imports.sources.kept_files import delete_kept_file, keep
from imports.sources.kept_readings import make_room
from imports.sources.spool_files import sweep_spool
from imports.sources.upload import from_disk
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import TESTER, import_text, query
from tests.imports.test_analysis_proposed_mapping import READABLE
from tests.imports.test_corpus import CORPUS
from tests.imports.test_laws import every_format, outcome, slow_database, tables
from tests.imports.written import NAMES, written

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = "name,n,day\nAnn,1,2024-01-05\nBob,x,2024-02-30\nAnn,1,2024-01-05\nEve,3\n,,\nTotal,4,\n"
RULES = {"transformations": [{"type": "uppercase", "field": "name"}]}


@pytest.fixture
def readings(settings, tmp_path):
    settings.ATLAS_READINGS_DIR = tmp_path / "readings"
    return settings.ATLAS_READINGS_DIR


def imported(tmp_path, name, text, *, look=None, between=lambda: None, spoils=False, **mapping):
    """Return what an import comes to; look: the mapping of the preview before it, if there is one."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    request = parse_mapping({"table_name": "law", **mapping})
    with from_disk(path) as source:
        if look is not None:
            analyse(source, parse_mapping({"table_name": "law", **look}))
            keep(source)
        between()
        if spoils:
            source.path.write_bytes(b"\0" * source.size)
        try:
            pipeline.run_import(source, request, TESTER)
        except AtlasError as error:
            return {"refused": error.message.as_json()}
    return outcome("law")


def alone(tmp_path, name, text, **mapping):
    """Return what an import without a preview comes to, and forget it."""
    found = imported(tmp_path, name, text, **mapping)
    empty_database()
    return found


@every_format
@slow_database(max_examples=examples(1))
@given(data=st.data(), threshold=st.sampled_from([0, 10**9]))
def test_an_import_after_a_preview_reads_nothing_and_gives_the_same(tmp_path, kind, data, threshold):
    header, rows, mapping = data.draw(tables(kind))
    text, name, look = written(kind, header, rows), NAMES[kind], {"source_options": mapping["source_options"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "STREAMING_THRESHOLD_BYTES", threshold)
        try:
            found = imported(tmp_path, name, text, look=look, spoils=True, **mapping)
        except AtlasError:  # of the preview, which keeps nothing then
            return
        empty_database()
        patch.setattr(settings, "ATLAS_READINGS_BYTES", 0)

        assert found == alone(tmp_path, name, text, **mapping)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("people.csv", "A list of people\n\n" + PEOPLE),
        ("people.json", json.dumps({"people": {"Ann": {"n": "1,5"}, "Bob": {"n": 2, "tags": ["a"]}}, "page": 1})),
        ("columns.json", json.dumps({"a": {"x": 1, "y": 2}, "b": {"x": "u", "y": "v"}})),
        ("one.xml", "<r><p><a>1</a></p><p><a>x</a><b/></p><q><z>1</z></q></r>"),
        ("people.csv.gz", gzip.compress(PEOPLE.encode(), mtime=0)),
    ],
    ids=["csv", "json", "json_columns", "xml", "gzip"],
)
def test_words_and_warnings_are_those_of_the_file(tmp_path, name, text):
    expected = alone(tmp_path, name, text, on_error="reject_row", rules={})

    assert imported(tmp_path, name, text, look={}, spoils=True, on_error="reject_row", rules={}) == expected


def known_of(source, options, *, keeps):
    """Return whether the file was read before, and what is known of it."""
    with opened(source, parse_mapping({"source_options": options}), work=Work.PREVIEW, keeps=keeps) as extraction:
        was_read = extraction.is_read()
        for _ in extraction.read():
            pass
        return was_read, (extraction.info(), extraction.reading())


@pytest.mark.parametrize(
    "name",
    [name if at % 40 == 0 else pytest.param(name, marks=pytest.mark.long) for at, name in enumerate(READABLE)],
)
def test_what_a_preview_has_found_can_be_asked_for(tmp_path, name):
    with from_disk(CORPUS / name) as source:
        found = analyse(source, parse_mapping({}))
        options = found["mapping"]["source_options"]
        others = {"rows_of_other_table", "columns_of_other_table", "columns_read_together"}
        codes = {warning["code"] for warning in found["warning_details"]}

        was_read, known = known_of(source, options, keeps=True)

        assert was_read == (codes.isdisjoint(others) and "last_row" not in options)
        assert known == known_of(source, options, keeps=False)[1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "A list of people\n\n" + PEOPLE),
        ("t.csv", "1,2\n3,4\n"),
        ("t.json", json.dumps({"a": [{"x": 1}], "b": [{"y": 1}, {"y": 2}], "c": 1})),
        ("t.xml", "<r><q><z>1</z></q><p><a>1</a></p><p><a>x</a></p></r>"),
    ],
)
def test_an_import_by_the_proposed_mapping_reads_nothing(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with from_disk(tmp_path / name) as source:
        mapping = analyse(source, parse_mapping({"table_name": "law"}))["mapping"]
    expected = alone(tmp_path, name, text, **mapping)

    assert imported(tmp_path, name, text, look={}, spoils=True, **mapping) == expected


def test_a_second_preview_reads_nothing_either(tmp_path):
    (tmp_path / "t.csv").write_text(PEOPLE)
    with from_disk(tmp_path / "t.csv") as source:
        first = analyse(source, parse_mapping({}))
        source.path.write_bytes(b"\0" * source.size)

        assert analyse(source, parse_mapping({})) == first
        assert analyse(source, parse_mapping({"rules": RULES}))["columns"][0]["first_values_after"][0] == "ANN"


@pytest.mark.parametrize(
    "changed",
    [{"delimiter": ";"}, {"header_row": 0}, {"null_tokens": ["Ann"]}, {"last_row": 3}],
)
def test_with_another_option_the_file_is_read_anew(tmp_path, changed):
    expected = alone(tmp_path, "t.csv", PEOPLE, source_options=changed)

    assert imported(tmp_path, "t.csv", PEOPLE, look={}, source_options=changed) == expected


def test_with_an_option_that_says_how_values_are_written_it_is_not(tmp_path):
    text = "day,n\n01/02/2024,1\n"
    expected = alone(tmp_path, "t.csv", text, source_options={"date_order": "DMY"})

    assert imported(tmp_path, "t.csv", text, look={}, spoils=True, source_options={"date_order": "DMY"}) == expected


def test_after_another_import_of_the_table_the_file_is_read_anew(tmp_path):
    text = "<r><head><x>1</x></head><p><a>1</a></p><p><a>2</a></p></r>"
    before = "<r><head><x>1</x></head><head><x>2</x></head><p><a>1</a></p></r>"
    found = []
    for look in (None, {}):
        imported(
            tmp_path, "t.xml", text, look=look,
            between=lambda: import_text(tmp_path, "b.xml", before, table_name="law",
                                        source_options={"record_path": "/r/head"}),
        )  # fmt: skip
        found.append(
            query("SELECT mapping_config->'source_options'->>'record_path' FROM import_history ORDER BY import_order")
        )
        empty_database()

    assert found == [[("/r/head",), ("/r/head",)]] * 2


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("ending", "damage"),
    [("index", flip), ("index", cut_off), ("batches", flip), ("batches", cut_off), ("batches", Path.unlink)],
)
def test_a_damaged_reading_is_read_anew(tmp_path, readings, ending, damage):
    expected = alone(tmp_path, "t.csv", PEOPLE)

    def damage_it():
        (path,) = readings.glob(f"*.{ending}")
        damage(path)

    assert imported(tmp_path, "t.csv", PEOPLE, look={}, between=damage_it) == expected


def test_an_index_is_not_used_with_the_batches_of_another_reading(tmp_path, readings):
    expected = alone(tmp_path, "t.csv", PEOPLE)

    def look_with_another_option():
        (index,) = readings.glob("*.index")
        of_first = index.read_bytes()
        with from_disk(tmp_path / "t.csv") as source:
            analyse(source, parse_mapping({"source_options": {"delimiter": ";"}}))
        assert index.read_bytes() != of_first
        index.write_bytes(of_first)

    assert imported(tmp_path, "t.csv", PEOPLE, look={}, between=look_with_another_option) == expected


def test_of_another_version_it_is_read_anew(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text(PEOPLE)
    with from_disk(tmp_path / "t.csv") as source:
        analyse(source, parse_mapping({}))
        assert known_of(source, {}, keeps=True)[0]
        monkeypatch.setattr("imports.extraction.kept_reading.VERSION", 0)

        assert not known_of(source, {}, keeps=True)[0]


def test_a_limit_that_was_lowered_since_the_preview_holds(tmp_path, settings):
    text = "a\n" + "".join(f"text {number}\n" for number in range(8))

    found = imported(tmp_path, "t.csv", text, look={}, between=lambda: setattr(settings, "ATLAS_MAX_ROWS", 5))

    assert found["refused"]["params"]["limit"] == 5


def test_readings_fit_the_disk_budget_and_the_oldest_go_first(tmp_path, readings, settings):
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text(f"a,b\n{number},2\n")
        with from_disk(tmp_path / f"{number}.csv") as source:
            analyse(source, parse_mapping({}))
        for path in readings.glob("*"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 1000))
    assert sorted(path.suffix for path in readings.glob("*")) == [".batches"] * 3 + [".index"] * 3
    newest = max(readings.glob("*"), key=lambda path: path.stat().st_mtime).stem
    settings.ATLAS_READINGS_BYTES = sum(path.stat().st_size for path in readings.glob(f"{newest}.*"))

    make_room()
    assert {path.stem for path in readings.glob("*")} == {newest}
    for path in readings.glob("*"):
        os.utime(path, (0, time.time() - 3601))
    for hours in (0, 2):
        settings.ATLAS_ANALYSIS_HOURS = hours
        sweep_spool()
        assert len(list(readings.glob("*"))) == 2
    settings.ATLAS_ANALYSIS_HOURS = 1
    sweep_spool()
    assert list(readings.glob("*")) == []


def test_readings_are_deleted_before_a_file_is_refused_for_want_of_space(tmp_path, readings, settings):
    imported(tmp_path, "t.csv", PEOPLE, look={})
    refuse_if_short()
    assert len(list(readings.glob("*"))) == 2
    settings.ATLAS_MIN_FREE_BYTES = 10**18

    with pytest.raises(DiskFull):
        refuse_if_short()
    assert list(readings.glob("*")) == []


def test_what_was_read_of_a_file_is_deleted_with_it(tmp_path, readings):
    imported(tmp_path, "t.csv", PEOPLE, look={})
    assert len(list(readings.glob("*"))) == 2

    delete_kept_file(ImportHistory.objects.get().file_hash)

    assert list(readings.glob("*")) == []


def test_without_a_budget_nothing_is_kept(tmp_path, readings, settings):
    settings.ATLAS_READINGS_BYTES = 0
    imported(tmp_path, "t.csv", PEOPLE, look={})

    assert not readings.exists()
