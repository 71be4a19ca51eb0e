"""What CSV files say: every cell, the line of every record, every problem; and that the fast reader agrees."""

import encodings
import pkgutil
from contextlib import suppress
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imports.errors import InvalidMapping, UnreadableFile
from imports.readers.csv.careful_parser import CarefulReader, Quoting
from imports.readers.csv.fast_parser import FastReader
from imports.readers.csv.reader import CsvReader
from imports.readers.csv.syntax import Dialect
from tests.imports.reading import read_all, read_file, read_path, source_of

NAME_AGE = ["name", "age"]
ANN_BOB = [("Ann", "30"), ("Bob", "25")]

# file: header, rows, physical line of each record
REGULAR = {
    "plain.csv": (NAME_AGE, ANN_BOB, [2, 3]),
    "crlf.csv": (NAME_AGE, ANN_BOB, [2, 3]),
    "cr.csv": (NAME_AGE, ANN_BOB, [2, 3]),
    "mixed_line_ends.csv": (NAME_AGE, [*ANN_BOB, ("Cem", "41")], [2, 3, 4]),
    "no_last_line_end.csv": (NAME_AGE, ANN_BOB, [2, 3]),
    "null_and_empty.csv": (["a", "b", "c"], [(None, "", "x"), (" ", "  ", None)], [2, 3]),
    "values_stay.csv": (
        ["code", "amount", "note"],
        [("00123", "2.50", " padded "), ("+1", "1e3", "  quoted  ")],
        [2, 3],
    ),
    "quotes.csv": (["who", "said"], [("Ann", 'hi, "you"'), ("Bob", '5" pipe'), ("Cem", None)], [2, 3, 4]),
    "lines_in_values.csv": (["a", "b"], [("1", "x\ny"), ("2", "z"), ("3\r\n\r\n", "w"), ("4", "v")], [2, 4, 5, 8]),
    "semicolons.csv": (["name", "price"], [("Ann", "1,50"), ("Bob", "2,75")], [2, 3]),
    "tabs.tsv": (NAME_AGE, [("Ann", "30"), ("Bob, Jr", "25")], [2, 3]),
    "pipes.txt": (NAME_AGE, ANN_BOB, [2, 3]),
    "one_column.csv": (["x"], [("1",), (None,), ("3",)], [2, 3, 4]),
    "one_row.csv": (["a", "b"], [("1", "2")], [2]),
    "header_only.csv": (["a", "b"], [], []),
    "no_header.csv": (["column_1", "column_2"], [("7", "2024-01-05"), ("8", "2024-01-06")], [1, 2]),
    "year_columns.csv": (["country", "2019", "2020"], [("France", "5", "6"), ("Peru", "7", "8")], [2, 3]),
    "duplicate_names.csv": (["a", "a", ""], [("1", "2", "3")], [2]),
    "blank_lines.csv": (["a", "b"], [("1", "2"), ("3", "4")], [4, 7]),
    "nul.csv": (["a", "b"], [("1", "x\0y"), ("2", "z")], [2, 3]),
    "bom.csv": (NAME_AGE, [("José", "30")], [2]),
    "utf16.csv": (["name", "city"], [("José", "Zürich")], [2]),
    "utf16_big.csv": (["name", "city"], [("José", "Zürich")], [2]),
    "utf16_no_mark.csv": (["name", "city"], [("José", "Zürich")], [2]),
    "utf32.csv": (["name", "city"], [("José", "Zürich")], [2]),
    "cp1252.csv": (["name", "price"], [("José", "5 €")], [2]),
    "latin1_text.csv": (["name", "town"], [("Müller", "Köln"), ("Größe", "Düsseldorf")], [2, 3]),
    "json_like.csv": (["[id]", "[name]"], [("1", "Ann"), ("2", "Bob")], [2, 3]),
}


@pytest.mark.parametrize("file", REGULAR)
def test_cells_and_lines(file):
    header, rows, lines = REGULAR[file]

    found = read_file(f"csv/{file}")

    assert (found.header, found.rows, found.positions) == (header, rows, lines)
    assert found.problems == {}
    assert found.locations == [f"line {line}" for line in lines]


def test_shift_jis_is_suggested():
    found = read_file("csv/shift_jis.csv")

    assert found.header == ["名前", "都市", "会社"]
    assert found.rows[0] == ("田中太郎", "東京都千代田区", "日本電気株式会社")


# file: rows, [(record number, code, rejected, original)], messages
PROBLEMATIC = {
    "too_few.csv": (
        [("1", "2", "3"), ("4", None, None), ("5", "6", None), ("7", "8", "9")],
        [(2, "too_few_fields", False, ("4",)), (3, "too_few_fields", False, ("5", "6"))],
        ["line 3 has 1 value, expected 3", "line 4 has 2 values, expected 3"],
    ),
    "too_many.csv": (
        [("1", "2"), (None, None), ("6", "7")],
        [(2, "too_many_fields", True, ("3", "4", "5"))],
        ["line 3 has 3 values, expected 2"],
    ),
    "unclosed_quote.csv": (
        [("1", "2"), ('"3', "4"), ("5", "6"), ("x", "y")],
        [(2, "bad_quoting", False, None)],
        ["line 3 has quotes that are not doubled or not closed; they were read as text"],
    ),
    "unclosed_at_end.csv": (
        [("1", "2"), ("3", '"4')],
        [(2, "bad_quoting", False, None)],
        ["line 3 has quotes that are not doubled or not closed; they were read as text"],
    ),
    "undoubled_quotes.csv": (
        [("1", "2"), ('the "big" one', "4"), ("5", "6")],
        [(2, "bad_quoting", False, None)],
        ["line 3 has quotes that are not doubled or not closed; they were read as text"],
    ),
    "bad_bytes.csv": (
        [("José", "Zürich"), ("Änn", None), (None, None), ("Öz", "Köln"), ("Łukasz", "Łódź")],
        [
            (2, "bad_encoding", False, ("Änn", "\udcff\udcfe")),
            (3, "too_many_fields", True, ("Gül", "İzmir", " ş")),
        ],
        ["line 3 has characters that are not valid in UTF-8", "line 4 has 3 values, expected 2"],
    ),
}


@pytest.mark.parametrize("file", PROBLEMATIC)
def test_rows_with_problems_are_reported(file):
    rows, told, messages = PROBLEMATIC[file]

    found = read_file(f"csv/{file}")

    assert found.rows == rows
    assert found.told() == told
    assert found.messages() == messages


def test_file_info_is_reported():
    file_info = read_file("csv/semicolons.csv").file_info

    assert file_info.file_type == "csv"
    assert file_info.options == {"encoding": "utf-8", "delimiter": ";", "quote": '"', "header_row": 1}
    assert file_info.choices["delimiter"] == [";", ","]
    assert file_info.native_text == set()
    assert file_info.warnings == []


def test_what_was_understood_reads_the_same_again():
    first = read_file("csv/blank_lines.csv")

    again = read_file("csv/blank_lines.csv", **first.file_info.options)

    assert (again.header, again.rows, again.positions) == (first.header, first.rows, first.positions)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("cp1252.csv", "Encoding detected: Windows-1252"),
        ("shift_jis.csv", "Encoding detected: CP932"),
        ("utf16_no_mark.csv", "read as UTF-16 LE"),
        ("bad_bytes.csv", "some invalid characters"),
        ("no_header.csv", "No header row found"),
    ],
)
def test_a_guess_is_a_warning(file, words):
    assert any(words in warning for warning in read_file(f"csv/{file}").warnings)


# The first line names the columns.
NAMED = [
    "name,25%,50%,75%\nAnn,1,2,3\nBob,4,5,6\n",
    "name,25%,50%,75%\nAnn,10%,25%,31%\nBob,4%,5%,9%\n",
    "region,1,2,3\nNorth,7,1,9\nSouth,4,6,5\n",
    ",1,2,3\nNorth,7,1,9\nSouth,4,6,5\n",
    "region,1,2,3,total\nNorth,7,1,9,17\n",
    "a,b,c,d,e,f,g,h,i,j,k,l,m,100%\n" + "1,2,3,4,5,6,7,8,9,0,1,2,3,4\n" * 3,
    "a,b,c,d,e,f,g,h,i,j,k,l,m,100%\n" + "1,2,3,4,5,6,7,8,9,0,1,2,3,4%\n" * 3,
    "country,2019,2020\nFrance,5,6\nPeru,7,8\n",
    "country,2019,2020,2021\nFrance,1999,2001,2008\nPeru,2007,1998,1984\n",
    "name,2024-01-05,2024-01-06\nAnn,5,6\n",
    "id,3\n1,2\n4,5\n",
    "name,city\nAnn,Rome\nBob,Rome\n",
    "Ann,Rome\nAnn,Oslo\n",
    "day\n2024-01-05\n",
    "id,name\n",
    "region,2019,2020\n",
    "region,1,2,3\n",
    "a,b\n,\n,\n",
]
# The first line is a record.
UNNAMED = [
    "1,2\n",
    "5,John,2024-01-01\n",
    "ann@example.org,Ann\n",
    "Ann,true\n",
    "$5.00,Ann\n",
    "+49 30 123456,Ann\n",
    "Ann,30\nBob,25\n",
    "Ann,1999,7\nBob,30,8\n",
    "Ann,N/A,7\nBob,30,8\n",
    "Ann,,7\nBob,30,8\n",
    "1,2,3\n4,5,6\n",
    "a,1,2,3\nb,4,5,6\n",
    "North,1,2,3\nSouth,4,6,5\nNorth,7,1,9\n",
    "7,2024-01-05\n8,2024-01-06\n",
    "1999,Ann\n2001,Bob\n",
    "Ann,5%\nBob,7%\n",
    "Ann,0,5\nBob,7%,6\n",
    "1,2,3,\n4,5,9,\n",
    "1.5,x,2\n2.5,y,3\n",
]


@pytest.mark.parametrize(("text", "named"), [(text, True) for text in NAMED] + [(text, False) for text in UNNAMED])
def test_the_first_line_is_a_header_unless_it_looks_like_the_others(tmp_path, text, named):
    path = tmp_path / "table.csv"
    path.write_text(text)

    found = read_path(path)

    first = text.split("\n")[0].rstrip(",").split(",")
    assert found.header == (first if named else [f"column_{i + 1}" for i in range(len(first))])
    assert any("No header row found" in warning for warning in found.warnings) is not named


def test_options_overrule_what_is_found():
    assert read_file("csv/plain.csv", delimiter=";").rows == [("Ann,30",), ("Bob,25",)]
    assert read_file("csv/plain.csv", header_row=0).rows == [("name", "age"), *ANN_BOB]
    assert read_file("csv/plain.csv", header_row=2).header == ["Ann", "30"]
    assert read_file("csv/quotes.csv", quote="").rows[2] == ('"Cem"', None)
    assert read_file("csv/cp1252.csv", encoding="cp437").rows == [("JosΘ", "5 Ç")]


@pytest.mark.parametrize(
    ("written", "header"),
    [(b"n\xe9,a\0b\n1,2\n", ["n\ufffd", "a\ufffdb"]), (b'[{"\\ud800": 1, "a\\u0000b": 2}]', ["\ufffd", "a\ufffdb"])],
)
def test_a_header_has_no_character_that_cannot_be_stored(tmp_path, written, header):
    path = tmp_path / "odd"
    path.write_bytes(written)

    found = read_path(path, encoding="utf-8")

    assert (found.header, found.rows) == (header, [("1", "2")])


def test_a_header_row_below_a_preamble_can_be_asked_for():
    found = read_file("csv/preamble_asked.csv", header_row=3, delimiter=",")

    assert (found.header, found.rows, found.positions) == (NAME_AGE, [("Ann", "30")], [4])


@pytest.mark.parametrize("options", [{"quote": "ab"}, {"header_row": 9}])
def test_impossible_options_are_refused(options):
    with pytest.raises(InvalidMapping):
        read_file("csv/plain.csv", **options)


@pytest.mark.parametrize("delimiter", ["\n", "\r", "\r\n", ",\n", '"', ';";', "'"])
def test_a_delimiter_that_cannot_divide_is_refused(delimiter):
    with pytest.raises(InvalidMapping, match="delimiter"):
        read_file("csv/plain.csv", delimiter=delimiter, **({"quote": "'"} if delimiter == "'" else {}))


@pytest.mark.parametrize("quote", ["\n", "\r", ","])
def test_a_quote_that_cannot_quote_is_refused(quote):
    with pytest.raises(InvalidMapping, match="quote"):
        read_file("csv/plain.csv", quote=quote, delimiter=",")


def test_the_quote_is_not_taken_for_the_delimiter(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("a\nb,c\nd\n")

    assert read_path(path, quote=",").rows == [("b,c",), ("d",)]


def test_quotes_can_be_the_delimiter_where_they_are_ordinary_text():
    assert read_file("csv/plain.csv", delimiter='"', quote="").rows == [("Ann,30",), ("Bob,25",)]


NO_ENCODINGS = ["klingon", "base64", "rot13", "zlib", "idna", "punycode", "unicode_escape", "raw_unicode_escape"]
NO_ENCODINGS += ["undefined", "unicode-escape", "aliases", " ", "x" * 5_000]


@pytest.mark.parametrize("file", ["csv/plain.csv", "json/array.json", "xml/people.xml"])
@pytest.mark.parametrize("encoding", NO_ENCODINGS)
def test_what_is_no_encoding_of_text_is_refused_by_name(file, encoding):
    with pytest.raises(InvalidMapping, match=f"Unknown encoding “{encoding[:499]}"):
        read_file(file, encoding=encoding)


ENCODINGS = sorted({module.name for module in pkgutil.iter_modules(encodings.__path__)})


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_encoding_stumbles_over_any_bytes(tmp_path, encoding):
    path = tmp_path / "odd.csv"
    path.write_bytes(b"a;b\n" * 99 + bytes(range(1, 256)) * 3 + b"~x+~\x1b$B\x1b(\xff\n\\N\\x\\u1\n")

    with suppress(InvalidMapping, UnreadableFile):
        read_path(path, encoding=encoding)


def test_an_unclosed_quote_does_not_swallow_the_file(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text('a,b\n1,"2\n' + "3,4\n" * 100_000)

    found = read_all(CsvReader(source_of(path), {}, block=50_000))

    assert len(found.rows) == 100_001
    assert found.told() == [(1, "bad_quoting", False, None)]


def test_a_value_longer_than_a_block_is_whole(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text('a,b\n1,"' + "x\n" * 300_000 + '"\n2,y\n')

    found = read_all(CsvReader(source_of(path), {}, block=10_000))

    assert [len(value) for _, value in found.rows] == [600_000, 1]
    assert found.positions == [2, 300_003]


def test_short_rows_below_a_wide_header_stay_small(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(5_000)) + "\n" + "1,2\n" * 5_000)

    batches = list(CsvReader(source_of(path), {}).batches())

    assert sum(batch.rows for batch in batches) == 5_000
    assert max(batch.rows * len(batch.columns) for batch in batches) <= 2_100_000


def test_regular_stretches_take_the_fast_reader(monkeypatch, tmp_path):
    path = tmp_path / "regular.csv"
    path.write_text('a,b\n1,"x\n""y"""\n' + "2,é\n" * 1000)
    monkeypatch.setattr(CarefulReader, "records", lambda self: pytest.fail("the careful reader was asked"))

    assert len(read_all(CsvReader(source_of(path), {})).rows) == 1001


def test_only_the_irregular_block_takes_the_careful_reader(monkeypatch, tmp_path):
    path = tmp_path / "mostly.csv"
    path.write_text("a,b\n" + "1,2\n" * 1000 + "3\n" + "1,2\n" * 1000)
    texts = []
    records = CarefulReader.records
    monkeypatch.setattr(CarefulReader, "records", lambda self: texts.append(self._text) or records(self))

    found = read_all(CsvReader(source_of(path), {}, block=400))

    assert found.told() == [(1001, "too_few_fields", False, ("3",))]
    assert len(texts) == 1


# Texts of what CSV is made of, more often regular than not, and what gets in its way.
REGULAR_FIELDS = ["", "a", "é", "1.50", '""', '"x"', '"a,b"', '"q""q"', '"l\nm"', '"l\r\nm"', " ", "\ufeff"]


def lines_of(fields):
    rows = st.lists(st.lists(st.sampled_from(fields), min_size=2, max_size=2), max_size=12)
    return rows.map(lambda rows: "\n".join(",".join(row) for row in rows))


REGULAR_TEXT = lines_of(REGULAR_FIELDS)
ANY_TEXT = st.text(st.sampled_from('a,,,"\n\n\r\0é\ufeff;'), max_size=60)
BODIES = st.lists(st.one_of(lines_of([*REGULAR_FIELDS, '"l\rm"', 'a"b', '"a"b']), ANY_TEXT), max_size=3).map("\n".join)


def told(found):
    return found.rows, found.positions, found.told(), found.messages()


@settings(max_examples=400, deadline=None)
@given(body=BODIES, names=st.sampled_from(["a,b", "a", "a,b,c"]), block=st.integers(1, 40), junk=st.booleans())
@example(body='"a"\n', names="a", block=1, junk=False)
@example(body='1,"a""', names="a,b", block=3, junk=False)
@example(body="\ufeff,1\n2,3", names="a,b", block=9, junk=False)
@example(body='"a"b,ccccccc\n1,2', names="a,b", block=4, junk=False)
@example(body='1,"a\rb"\n1,2', names="a,b", block=90, junk=False)
@example(body='1,2\r\n"",\r', names="a,b", block=4, junk=True)
def test_the_fast_reader_agrees_with_the_careful_one(tmp_path_factory, body, names, block, junk):
    path = tmp_path_factory.getbasetemp() / "agree.csv"
    path.write_bytes(f"{names}\n{body}".encode() + (b"\n\xff,x\n1,2" if junk else b""))
    options = {"delimiter": ",", "header_row": 1, "encoding": "utf-8"}

    careful = read_all(CsvReader(source_of(path), options, careful=True))
    fast = read_all(CsvReader(source_of(path), options))
    with mock.patch("imports.readers.csv.blocks.PIECE", block // 3 + 1):
        in_pieces = read_all(CsvReader(source_of(path), options, block=block, batch_rows=3))
    careful_in_pieces = read_all(CsvReader(source_of(path), options, block=block, careful=True))

    assert told(fast) == told(careful)
    assert told(in_pieces) == told(careful)
    assert told(careful_in_pieces) == told(careful)


@settings(max_examples=200, deadline=None)
@given(text=REGULAR_TEXT)
def test_regular_text_does_take_the_fast_reader(text):
    block = (text + "\n").encode()
    no_blank_line = "," in text and not block.startswith(b"\xef\xbb\xbf")

    part = FastReader(Dialect(","), 2, 2).read(block, 1)

    assert (part is not None and part.size == len(block)) or not no_blank_line


@settings(max_examples=400, deadline=None)
@given(text=ANY_TEXT)
def test_records_in_bulk_are_the_same_as_one_by_one(text):
    bulk, single = CarefulReader(Dialect(","), text), CarefulReader(Dialect(","), text)

    records = list(bulk.records())

    assert records == list(iter(single.next_record, None))
    assert bulk.position == single.position == len(text)
    assert bulk.line == single.line


FIELDS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.lists(FIELDS, min_size=2, max_size=4), min_size=1, max_size=8))
def test_what_is_written_well_is_read_back(rows):
    written = "\r\n".join(
        ";".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    )

    records = list(CarefulReader(Dialect(";"), written).records())

    assert [record.cells for record in records] == rows
    assert {record.quoting for record in records} == {Quoting.REGULAR}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("empty.csv", "empty"),
        ("blank.csv", "only blank lines"),
        ("image.csv", "a PNG image"),
        ("paper.csv", "a PDF document"),
        ("page.xml", "a web page"),
        ("binary.csv", "Unsupported file type"),
        ("truncated.xlsx", "incomplete"),
        ("archive.csv", "zip archive"),
        ("letter.docx", "a document"),
        ("protected.xlsx", "password"),
    ],
)
def test_junk_is_refused_and_named(file, words):
    with pytest.raises(UnreadableFile, match=words):
        read_file(f"junk/{file}")
