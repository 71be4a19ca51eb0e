"""Which delimiter, quote and escape a text has, where it is not plain."""

import csv
import io

import pytest

from imports.errors import InvalidMapping, UnreadableFile
from imports.readers.csv.dialect import find_dialect
from tests.imports.reading import read_path


def read(folder, content, **options):
    path = folder / "t.csv"
    path.write_text(content, newline="")
    return read_path(path, **options)


# text: delimiter, quote, escape; rows
FOUND = {
    "decimal commas": ("a;b\n1,5;2,5\n3,5;4,5\n", ";", '"', "", [("1,5", "2,5"), ("3,5", "4,5")]),
    "decimal commas and spaces": ("a b\n1,5 2,5\n3,5 4,5\n", " ", '"', "", [("1,5", "2,5"), ("3,5", "4,5")]),
    "commas in texts": ("name;note\nAnn;a, b, c\nBob;d, e\n", ";", '"', "", [("Ann", "a, b, c"), ("Bob", "d, e")]),
    "words": ("name city age\nAnn Rome 3\nBob Oslo 4\n", " ", '"', "", [("Ann", "Rome", "3"), ("Bob", "Oslo", "4")]),
    "quote after a space": ('a, b, c\n1, "x, y", 3\n2, z, 4\n', ", ", '"', "", [("1", "x, y", "3"), ("2", "z", "4")]),
    "quotes as text": (
        'a\tb\n"hello\t1\n"x y\t2\n5" pipe\t3\n"zz\t5\n', "\t", "", "",
        [('"hello', "1"), ('"x y', "2"), ('5" pipe', "3"), ('"zz', "5")],
    ),
    "inches": ('size,n\n5",1\n6" wide,2\n', ",", '"', "", [('5"', "1"), ('6" wide', "2")]),
    "escaped delimiters": (
        "id,txt\n1,a\\,b\n2,c\n3,d\\,e\n", ",", '"', "\\", [("1", "a,b"), ("2", "c"), ("3", "d,e")]
    ),
    "escaped quotes and escapes": (
        'id,txt\n1,"say \\"hi\\""\n2,"C:\\\\tmp\\x"\n', ",", '"', "\\", [("1", 'say "hi"'), ("2", "C:\\tmp\\x")]
    ),
    "backslashes that escape nothing": (
        'path,n\n"C:\\dir\\",1\n"C:\\tmp\\",2\n', ",", '"', "", [("C:\\dir\\", "1"), ("C:\\tmp\\", "2")]
    ),
    "apostrophes": ("name,n\nO'Neil,1\nD'Arcy,2\n", ",", '"', "", [("O'Neil", "1"), ("D'Arcy", "2")]),
    "single quotes": ("name,n\n'O''Neil, A',1\n'Lee, B',2\n", ",", "'", "", [("O'Neil, A", "1"), ("Lee, B", "2")]),
    "JSON in cells": (
        'id,doc\n1,"{""a"": 1, ""b"": 2}"\n2,"{""a"": 3}"\n', ",", '"', "",
        [("1", '{"a": 1, "b": 2}'), ("2", '{"a": 3}')],
    ),
    "a hint": ("sep=|\na,b|c\n1,2|3\n", "|", '"', "", [("1,2", "3")]),
    "two bars and no value": ("a||b||c\n1||||3\n||5||\n", "||", '"', "", [("1", None, "3"), (None, "5", None)]),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_the_dialect_is_found(tmp_path, name):
    content, delimiter, quote, escape, rows = FOUND[name]

    found = read(tmp_path, content)

    options = found.file_info.options
    assert (options["delimiter"], options["quote"], options.get("escape", "")) == (delimiter, quote, escape)
    assert (found.rows, found.problems) == (rows, {})


WITHOUT_ESCAPE = ["1,x", '2,"a, b"', '3,"two\nlines"']
ENDING_IN_BACKSLASH = [r'4,"C:\dir\"', '5,"in two\nlines\\"', r'"\",6', '"a\nb","\\"', r'"C:\a\","C:\b\"', r'"\","\"']
ESCAPING = [r'4,"say \"hi\""', '5,"say\n\\"hi\\""', r'"\"hi\", she said",6', r"7,a\,b", r'8,"\""', r'9,"a\\ \",\""']


def texts(line, place, end):
    """The record as the first, in the middle, or as the last of a table."""
    records = [*WITHOUT_ESCAPE]
    records.insert(place, line)
    return "\n".join(["n,txt", *records]) + end


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("place", [0, 2, 3])
@pytest.mark.parametrize("line", ENDING_IN_BACKSLASH)
def test_a_field_may_end_in_a_backslash(tmp_path, line, place, end):
    found = read(tmp_path, texts(line, place, end), header_row=1, last_row=0)

    expected = next(csv.reader(io.StringIO(line, newline="")))
    assert "escape" not in found.file_info.options
    assert (found.rows[place], len(found.rows), found.problems) == (tuple(expected), 4, {})


def test_a_backslash_alone_in_the_last_of_few_records_is_text(tmp_path):
    found = read(tmp_path, 'c0,c1,c2\n,,\n,,\n1\n1\n,"a\nb","\\"')

    assert (found.rows[4:], "escape" in found.file_info.options) == ([(None, "a\nb", "\\")], False)


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("place", [0, 2, 3])
@pytest.mark.parametrize("line", ESCAPING)
def test_one_backslash_that_escapes_is_enough(tmp_path, line, place, end):
    found = read(tmp_path, texts(line, place, end), header_row=1, last_row=0)

    reader = csv.reader(io.StringIO(line, newline=""), escapechar="\\", doublequote=False)
    assert found.file_info.options["escape"] == "\\"
    assert (found.rows[place], len(found.rows), found.problems) == (tuple(next(reader)), 4, {})


def test_an_escape_that_would_spoil_one_record_is_none(tmp_path):
    records = [r'1,"say \"hi\""'] * 20 + [r'2,"C:\dir\"'] + ["3,x"] * 300
    found = read(tmp_path, "\n".join(["n,txt", *records]))

    assert "escape" not in found.file_info.options
    assert found.rows[20] == ("2", "C:\\dir\\")


def test_a_backslash_far_below_the_beginning_is_seen(tmp_path):
    records = ["1,x"] * 5_000 + [r'2,"say \"hi\""'] + ["3,x"] * 20_000
    found = read(tmp_path, "\n".join(["n,txt", *records, ""]))

    assert found.rows[5_000] == ("2", 'say "hi"')


def test_an_escape_in_one_column_is_found(tmp_path):
    found = read(tmp_path, 'txt\n"say \\"hi\\""\n"C:\\\\dir"\nplain\n')

    assert found.rows == [('say "hi"',), ("C:\\dir",), ("plain",)]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a b c\n1 2 3\n4 5 6\n", "space"),
        ("a::b\n1::2\n", "::"),
        ("id\x1fday\n1\x1f2024-01-05\n2\x1f2024-01-06\n", "control character 31"),
        ("id\x02day\n1\x022024-01-05\n2\x022024-01-06\n", "control character 2"),
    ],
)
def test_an_unusual_delimiter_is_a_warning(tmp_path, content, delimiter):
    warnings = read(tmp_path, content).warnings

    assert warnings == [f"Delimiter: {delimiter}. Change it if columns look wrong."]


def test_two_delimiters_that_do_as_well_are_a_warning(tmp_path):
    found = read(tmp_path, "a,b;c,d\n1,2;3,4\n5,6;7,8\n")

    assert found.warnings == ["Delimiter: comma (semicolon is also possible)."]
    assert found.file_info.choices["delimiter"][:2] == [",", ";"]


def test_options_decide_the_dialect(tmp_path):
    content = "a,b\n'1;2',x\n3,y\\,z\n"

    assert read(tmp_path, content, quote="'").rows[0] == ("1;2", "x")
    assert read(tmp_path, content, quote='"').rows[0] == ("'1;2'", "x")
    assert read(tmp_path, content, escape="\\").rows[1] == ("3", "y,z")
    assert read(tmp_path, content, delimiter="||").rows[0] == ("'1;2',x",)


@pytest.mark.parametrize("escape", ["ab", "\n", ",", '"'])
def test_an_escape_that_cannot_escape_is_refused(tmp_path, escape):
    with pytest.raises(InvalidMapping, match="escape"):
        read(tmp_path, "a,b\n1,2\n", delimiter=",", escape=escape)


@pytest.mark.parametrize("options", [{}, {"delimiter": ","}])
def test_more_columns_than_any_table_could_mean_are_refused(tmp_path, options):
    with pytest.raises(UnreadableFile, match="more than 100,000 columns"):
        read(tmp_path, "," * 100_000 + "\n1,2\n", **options)


def test_words_of_a_very_long_line_are_no_columns(tmp_path):
    assert read(tmp_path, "text\n" + "so " * 100_001 + "\n").header == ["text"]


@pytest.mark.parametrize(("sign", "delimiter"), [("\x00\udc8c\u0600", ","), ("\u0600\u0601", "\u0600\u0601")])
def test_a_delimiter_has_no_half_of_a_surrogate(sign, delimiter):
    found = find_dialect(f"a{sign}b\n1{sign}2\n3{sign}4\n", {}, final=True)

    assert found.dialect.delimiter == delimiter
