"""Compressed files and zip archives: unpacked once, read like any other, and never more than the limits let in."""

import hashlib

import pytest

from core.errors import FileTooLarge
from imports.errors import InvalidMapping, UnreadableFile
from imports.readers import open_reader, unpack
from imports.readers.unpack import archive_of
from imports.sources.kept_files import fetched
from tests.importing import import_path
from tests.imports.reading import FILES, read_file, read_path, source_of

PEOPLE = (["name", "age"], [("Ann", "36"), ("Bob", "7")])
ERRORS = [("Ann", None, "1"), ("Bob", "2", "3"), (None, None, "5"), (None, None, None)]

# file: archive, member, type of the file in it, header and rows
PACKED = {
    "people.csv.gz": ("gzip", "people.csv", "csv", *PEOPLE),
    "people.csv.bz2": ("bzip2", "people.csv", "csv", *PEOPLE),
    "people.csv.zst": ("zstd", "people.csv", "csv", *PEOPLE),
    "two_parts.csv.gz": ("gzip", "two_parts.csv", "csv", *PEOPLE),
    "two_parts.csv.bz2": ("bzip2", "two_parts.csv", "csv", *PEOPLE),
    "two_parts.csv.zst": ("zstd", "two_parts.csv", "csv", *PEOPLE),
    "people.zip": ("zip", "data/people.csv", "csv", *PEOPLE),
    "bzip2_inside.zip": ("zip", "people.csv", "csv", *PEOPLE),
    "lines.ndjson.gz": ("gzip", "lines.ndjson", "json", ["a"], [("1",), ("2",)]),
    "list.xml.zst": ("zstd", "list.xml", "xml", ["a"], [("1",), ("2",)]),
    "book.xlsx.gz": ("gzip", "book.xlsx", "excel", ["name", "rate", "sum"], ERRORS),
    "book.zip": ("zip", "book.ods", "excel", ["code", "n"], [("007", "30")]),
}


@pytest.fixture(autouse=True)
def spool_dir(settings, tmp_path):
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"
    return settings.ATLAS_SPOOL_DIR


@pytest.mark.parametrize("file", PACKED)
def test_a_packed_file_is_read_like_any_other(spool_dir, file):
    archive, member, file_type, header, rows = PACKED[file]

    found = read_file(f"archives/{file}")

    assert (found.header, found.rows) == (header, rows)
    assert found.file_info.file_type == file_type
    assert found.file_info.options["archive"] == archive
    assert found.file_info.options["member"] == member
    assert [warning for warning in found.warnings if "archive" in warning] == []
    assert list(spool_dir.iterdir()) == []


def test_what_was_understood_of_an_archive_reads_the_same_again():
    first = read_file("archives/several.zip")

    again = read_file("archives/several.zip", **first.file_info.options)

    assert (again.header, again.rows, again.positions) == (first.header, first.rows, first.positions)


def test_of_several_files_the_largest_table_is_proposed_and_the_others_are_named():
    file_info = read_file("archives/several.zip").file_info

    assert file_info.options["member"] == "people.csv"
    assert file_info.choices["member"] == ["people.csv", "other.json", "small.csv", "readme.txt"]
    assert [str(one) for one in file_info.warnings] == [
        "File read from the archive: people.csv. Other files: other.json, small.csv, readme.txt."
    ]


def test_another_file_of_an_archive_can_be_chosen():
    found = read_file("archives/several.zip", member="small.csv")

    assert (found.rows, found.warnings) == ([("1", "2")], [])
    with pytest.raises(InvalidMapping, match="File “big.csv” not found"):
        read_file("archives/several.zip", member="big.csv")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("called.csv", "The file extension is .csv, but the content is a gzip archive; it was unpacked."),
        ("no_name", "The file has no extension, but the content is a zstd archive; it was unpacked."),
    ],
)
def test_an_archive_that_is_called_otherwise_is_reported(file, said):
    found = read_file(f"archives/{file}")

    assert found.rows == PEOPLE[1]
    assert said in found.warnings


def test_hash_and_size_of_the_source_stay_those_of_the_packed_file(spool_dir):
    source = source_of(FILES / "archives" / "people.csv.gz")

    inside, file = unpack.unpacked(source, archive_of(source), "people.csv")

    with file:
        assert inside.path.read_bytes() == b"name,age\nAnn,36\nBob,7\n"
        assert (inside.sha256, inside.size, inside.name) == (source.sha256, 22, "people.csv")
        assert inside.path.parent == spool_dir
    assert (source.path.name, source.size) == ("people.csv.gz", source.path.stat().st_size)
    assert not inside.path.exists()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("nested.csv.gz", "contains another archive"),
        ("nested.zip", "contains another archive"),
        ("zip_in_zip.zip", "contains another archive"),
        ("people.tar.gz", "is a tar archive"),
        ("cut.csv.gz", "gzip archive is damaged or incomplete"),
        ("cut.csv.bz2", "bzip2 archive is damaged or incomplete"),
        ("cut.csv.zst", "zstd archive is damaged or incomplete"),
        ("cut.zip", "damaged or incomplete"),
        ("changed.csv.gz", "gzip archive is damaged"),
        ("changed.zip", "zip archive is damaged"),
        ("nothing_but_magic.gz", "gzip archive is damaged"),
        ("empty.csv.gz", "is empty"),
        ("image.csv.gz", "a PNG image"),
        ("protected.zip", "password-protected"),
        ("lzma_inside.zip", "unsupported compression method"),
    ],
)
def test_archives_that_hold_no_table_are_refused(spool_dir, file, words):
    with pytest.raises(UnreadableFile, match=words):
        read_file(f"archives/{file}")

    assert not spool_dir.exists() or list(spool_dir.iterdir()) == []


@pytest.mark.parametrize("file", ["people.csv.gz", "people.csv.bz2", "people.csv.zst", "people.zip"])
def test_what_unpacks_to_more_than_the_limit_is_refused(spool_dir, settings, file):
    settings.ATLAS_MAX_UNPACKED_BYTES = 22
    assert read_file(f"archives/{file}").rows == PEOPLE[1]
    settings.ATLAS_MAX_UNPACKED_BYTES = 21

    with pytest.raises(FileTooLarge, match="The limit is 21 bytes") as refused:
        read_file(f"archives/{file}")

    archive = {"gz": "gzip", "bz2": "bzip2", "zst": "zstd", "zip": "zip"}[file.rpartition(".")[2]]
    assert refused.value.details == {
        "limit_bytes": 21, "reason": "unpacked_too_large", "params": {"archive": archive, "limit_mb": 21e-6}
    }  # fmt: skip
    assert list(spool_dir.iterdir()) == []


@pytest.mark.parametrize("file", ["people.csv.gz", "people.csv.bz2", "people.csv.zst", "people.zip"])
def test_what_unpacks_to_too_many_times_its_size_is_refused(settings, monkeypatch, file):
    monkeypatch.setattr(unpack, "SMALL_UNPACKED", 21)
    settings.ATLAS_MAX_UNPACK_RATIO = 2
    assert read_file(f"archives/{file}").rows == PEOPLE[1]
    settings.ATLAS_MAX_UNPACK_RATIO = 0

    with pytest.raises(FileTooLarge, match="over 0 times its size"):
        read_file(f"archives/{file}")


def test_an_archive_that_is_not_read_to_its_end_leaves_nothing(spool_dir):
    reader = open_reader(source_of(FILES / "archives" / "people.csv.gz"), {})
    assert len(list(spool_dir.iterdir())) == 1

    del reader

    assert list(spool_dir.iterdir()) == []


def test_text_that_begins_like_an_archive_is_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"BZh9,b\n1,2\n")

    assert read_path(path).header == ["BZh9", "b"]


def test_an_import_keeps_the_packed_file_and_says_what_was_read_of_it(atlas_db):
    path = FILES / "archives" / "several.zip"

    done = import_path(path)

    packed = path.read_bytes()
    assert (done.table_name, done.rows_inserted, done.file_type) == ("several", 2, "csv")
    assert (done.file_hash, done.file_size_bytes) == (hashlib.sha256(packed).hexdigest(), len(packed))
    options = done.mapping_config["source_options"]
    assert (options["archive"], options["member"]) == ("zip", "people.csv")
    assert done.warnings == ["File read from the archive: people.csv. Other files: other.json, small.csv, readme.txt."]
    with fetched(done.file_hash, "several.zip") as kept:
        assert kept.path.read_bytes() == packed
