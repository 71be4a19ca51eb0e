"""What is no table is refused in plain words, and options that say nothing of the format are told."""

import errno
import gzip
import resource
import zipfile

import pytest

from imports.errors import UnreadableFile
from imports.readers.formats import BY_NAME
from imports.readers.messages import NAME_OF_OTHER_TYPE, OPTION_IGNORED, OPTIONS_IGNORED
from tests.imports.reading import FILES, read_file, read_path

OFFICE = ("[Content_Types].xml", "<x/>")
CSV = ("data.csv", "a,b\n1,2\n")


def zipped(path, *parts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts:
            archive.writestr(name, text)


@pytest.mark.parametrize(
    ("name", "parts", "words"),
    [
        ("empty.xlsx", [OFFICE, CSV], "a document or a presentation"),
        ("drawing.vsdx", [OFFICE, ("visio\\document.xml", "<a><b>1</b><b>2</b></a>")], "a document or a presentation"),
        ("program.jar", [("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"), CSV], "a Java program"),
        ("book.epub", [("mimetype", "application/epub+zip"), CSV], "E-books are not supported"),
    ],
)
def test_zips_that_are_no_archives_are_not_unpacked(tmp_path, name, parts, words):
    zipped(tmp_path / name, *parts)

    with pytest.raises(UnreadableFile, match=words):
        read_path(tmp_path / name)


def with_backslashes(path):
    with zipfile.ZipFile(FILES / "excel/errors.xlsx") as book:
        parts = [(part.filename.replace("/", "\\"), book.read(part)) for part in book.infolist()]
    zipped(path, *parts)
    return path


def test_a_workbook_with_backslashes_in_its_paths_is_read(tmp_path):
    assert read_path(with_backslashes(tmp_path / "book.xlsx")).rows == read_path(FILES / "excel/errors.xlsx").rows


def test_a_copy_that_the_disk_does_not_take_is_no_damage_of_the_file(tmp_path):
    (packed := tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 1000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    for path in (with_backslashes(tmp_path / "book.xlsx"), packed):
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        try:
            with pytest.raises(OSError) as failed:
                read_path(path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert failed.value.errno == errno.EFBIG


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("page.mht", "From: <x>\nSubject: a,\n b\nMIME-Version: 1.0\n\n<p>\n", "a saved web page or message"),
        ("page.ps", "%!PS-Adobe-3.0\n%%Title: a,b\n", "a PostScript document"),
        ("letter.rtf", "{\\rtf1\\ansi a,b\n}", "an RTF document"),
        ("bare.json", "{a: 1, b: 2}", r"line 1, character 2\): expected a key in double quotes"),
        ("bare.ndjson", "{'a': 1}\n{'a': 2}\n", r"line 1, character 2\): expected a key in double quotes"),
        ("word.json", "[x", r"line 1, character 2\): expected a value"),
        ("cut.json", "{", r"line 1, character 2\): expected a key in double quotes, but the text ends"),
    ],
)
def test_texts_that_are_no_tables_are_refused(tmp_path, name, text, words):
    (tmp_path / name).write_text(text, newline="")

    with pytest.raises(UnreadableFile, match=words):
        read_path(tmp_path / name)


def test_a_table_of_headers_of_messages_is_a_table(tmp_path):
    (tmp_path / "t.csv").write_text("header,MIME-Version\nFrom: x,1.0\n")

    assert read_path(tmp_path / "t.csv").header == ["header", "MIME-Version"]


@pytest.mark.parametrize(
    ("name", "options", "warnings"),
    [
        ("csv/plain.csv", {"sheet": "Jan"}, ["The option “sheet” does not apply to CSV files and was ignored."]),
        (
            "csv/plain.csv",
            {"member": "a"},
            ["The option member applies only to archives and was ignored."],
        ),
        ("csv/plain.csv", {"sheet": None, "date_order": "DMY", "delimiter": ","}, []),
        (
            "excel/total.xlsx",
            {"delimiter": ";", "quote": "'"},
            ["The options “delimiter” and “quote” do not apply to spreadsheets and were ignored."],
        ),
        (
            "archives/lines.ndjson.gz",
            {"sheet": "Jan"},
            ["The option “sheet” does not apply to JSON files and was ignored."],
        ),
    ],
)
def test_options_that_do_not_apply_to_a_format_are_reported(name, options, warnings):
    found = read_file(name, **options).warnings

    assert [one for one in found if "ignored" in one] == warnings


@pytest.mark.parametrize(
    ("sentence", "others"),
    [
        (NAME_OF_OTHER_TYPE, {"extension": "x"}),
        (OPTION_IGNORED, {"name": "x"}),
        (OPTIONS_IGNORED, {"names": ["x", "y"]}),
    ],
)
@pytest.mark.parametrize("name", BY_NAME)
def test_messages_name_every_format(name, sentence, others):
    named, unknown = (str(sentence(file_type=one, **others)) for one in (name, "unknown"))

    assert named != unknown.replace("unknown", name)
