"""The same table, polluted in the ways of real files and read without a hint, is still the same table."""

import pytest

from imports.errors import UnreadableFile
from imports.readers.csv import mostly_broken
from imports.readers.csv.reader import CsvReader
from tests.imports.polluted import HEADER, LINES, ROWS, WIDTH, line, lines, text, with_line, written
from tests.imports.reading import read_all, read_path, source_of

NAMELESS = [f"column_{i + 1}" for i in range(WIDTH)]
DELIMITERS = [",", ";", "\t", "|", " ", ":", "~", "^", "#", "*", "¦", "§", "\x1f",
              ", ", "; ", " | ", "::", "||", "|~|", "\t\t", "\\t"]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]

# What is still the same table, line by line.
SAME = {
    "as it is": text(*lines()),
    "no line end at the end": text(*lines())[:-2],
    "two line ends at the end": text(*lines()) + "\r\n",
    "many line ends at the end": text(*lines()) + "\r\n" * 9,
    "LF": text(*lines(), end="\n"),
    "CR": text(*lines(), end="\r"),
    "mixed line ends": text(*lines()).replace("\r\n", "\n", 3).replace("\r\n", "\r", 3),
    "everything in quotes": text(*lines(always=True)),
    "a delimiter at the end of every line": text(*[one + "," for one in lines()]),
    "three delimiters at the end of every line": text(*[one + ",,," for one in lines()]),
    "a delimiter at the end of every record": text(lines()[0], *[one + "," for one in lines()[1:]]),
    **{f"delimiter {one!r}": text(*lines(delimiter=one)) for one in DELIMITERS},
    **{f"delimiter {one!r}, all in quotes": text(*lines(delimiter=one, always=True)) for one in DELIMITERS},
    **{
        f"quote {quote}, delimiter {one!r}{', escaped' * bool(escape)}": text(
            *lines(delimiter=one, quote=quote, escape=escape)
        )
        for quote in "\"'"
        for one in [",", ";", "\t", " ", "|", ", "]
        for escape in [None, "\\"]
    },
    **{f"encoding {one}": text(*lines()).encode(one) for one in ENCODINGS},
}


@pytest.mark.parametrize("name", SAME)
def test_the_table_is_the_same(tmp_path, name):
    found = read(tmp_path, SAME[name])

    assert (found.header, found.rows, found.positions) == (HEADER, ROWS, LINES)
    assert found.problems == {}


# What stands around the table: lines before it, lines after it, first line of the table.
AROUND = {
    "a title": (["Report"], []),
    "a title apart": (["Report", ""], []),
    "titles with commas": (["Report of May", "by Ann, Bob and Cem", ""], []),
    "comments": (["# a", "# b, c"], []),
    "a title with delimiters": (["Report,,,,,,,,"], []),
    "a title and an empty line with delimiters": (["Report,,,,,,,,", ",,,,,,,,"], []),
    "a title in quotes": (['"Report, of ""May"""', ""], []),
    "a hint for the delimiter": (["sep=,"], []),
    "key and value": (["Author,Ann", "Year,2013", ""], []),
    "blank lines": (["", ""], []),
    "a note": ([], ["Note"]),
    "a note apart": ([], ["", "Source: Office, 2013"]),
    "an end": ([], ["-- end"]),
    "two notes": ([], ["", "Note: a, b and c", "* another"]),
    "a note with delimiters": ([], ["", "Note: corrected,,,,,,,,"]),
    "a total that does not sum up": ([], ["Total,,72,,195.28,,,,"]),
    "a total alone": ([], ["Grand total"]),
    "a total below delimiters": ([], [",,", "Total,,81"]),
    "both": (["Report", ""], ["", "Source: Office"]),
}


@pytest.mark.parametrize("name", AROUND)
def test_lines_around_the_table_are_not_part_of_it(tmp_path, name):
    before, after = AROUND[name]

    found = read(tmp_path, text(*before, *lines(), *after))

    assert (found.header, found.rows) == (HEADER, ROWS)
    assert found.positions == [number + len(before) for number in LINES]
    assert found.problems == {}
    assert found.file_info.options["header_row"] == len(before) + 1
    assert found.file_info.options.get("last_row") == (LINES[-1] + len(before) if after else None)
    assert len(found.warnings) == bool(any(before)) + bool(after)


def test_a_total_of_the_table_is_a_record_that_is_left_out(tmp_path):
    found = read(tmp_path, text(*lines(), "Total,,81,,196.28,,,,"))

    assert (found.header, found.rows) == (HEADER, [*ROWS, (None,) * WIDTH])
    assert [(number, code) for number, code, _, _ in found.told()] == [(len(ROWS) + 1, "total")]


def test_what_was_left_out_is_named_by_its_lines(tmp_path):
    found = read(tmp_path, text("Report", "", *lines(), "", "Source: Office", "Printed in May"))

    assert found.warnings == [
        "Skipped lines 1–2 above the table. Change header_row if that is wrong.",
        "Skipped lines 16–17 (notes or totals). Set last_row to 0 to include them.",
    ]


def test_a_table_without_a_header(tmp_path):
    found = read(tmp_path, text(*lines(header=None)))

    assert (found.header, found.rows, found.positions) == (NAMELESS, ROWS, [number - 1 for number in LINES])


def test_a_header_alone(tmp_path):
    assert (read(tmp_path, text(*lines([]))).header, read(tmp_path, text(*lines([]))).rows) == (HEADER, [])


def test_one_record(tmp_path):
    assert read(tmp_path, text(*lines(ROWS[:1]))).rows == ROWS[:1]


def test_an_empty_column_before_the_others(tmp_path):
    found = read(tmp_path, text(*["," + one for one in lines()]))

    assert (found.header, found.rows) == (["", *HEADER], [(None, *row) for row in ROWS])


@pytest.mark.parametrize("times", [1, 2])
def test_a_header_that_is_repeated_is_a_record_that_is_left_out(tmp_path, times):
    found = read(tmp_path, text(*lines()[:1] * times, *lines()))

    assert (found.header, found.rows) == (HEADER, [(None,) * WIDTH] * times + ROWS)
    assert found.told() == [(number + 1, "repeated_header", True, tuple(HEADER)) for number in range(times)]
    assert found.messages()[0] == "line 2 repeats the header"


ONE_LINE = [i for i, row in enumerate(ROWS) if not any("\n" in (cell or "") for cell in row)]


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolon"), (" ", "space"), ("\t", "tab"), ("|", "|")])
@pytest.mark.parametrize("row", ONE_LINE)
def test_a_line_with_another_delimiter_is_divided_by_it(tmp_path, row, delimiter, name):
    found = read(tmp_path, with_line(row + 1, line(ROWS[row], delimiter=delimiter)))

    assert (found.header, found.rows) == (HEADER, ROWS)
    assert found.told() == [(row + 1, "other_delimiter", False, None)]
    assert found.messages() == [f"line {LINES[row]} has a different delimiter than the file; it was split at {name}"]


def test_a_header_with_another_delimiter(tmp_path):
    assert read(tmp_path, with_line(0, line(HEADER, delimiter=";"))).header == HEADER


@pytest.mark.parametrize("column", range(WIDTH))
@pytest.mark.parametrize("row", range(len(ROWS)))
def test_a_delimiter_too_many_is_kept_with_its_record(tmp_path, row, column):
    cells = [*ROWS[row][:column], None, *ROWS[row][column:]]

    found = read(tmp_path, with_line(row + 1, line(cells)))

    at_the_end = cells[-1] is None
    assert found.header == HEADER
    assert found.rows == [*ROWS[:row], tuple(cells[:-1]) if at_the_end else (None,) * WIDTH, *ROWS[row + 1 :]]
    assert found.told() == [(row + 1, "too_many_fields", not at_the_end, tuple(cells))]


# A value in quotes that follows text without a delimiter is another pollution: see QUOTED_INSIDE.
BEFORE_PLAIN = [(i, column) for i in ONE_LINE for column in range(1, WIDTH) if '"' not in written(ROWS[i][column])]


@pytest.mark.parametrize(("row", "column"), BEFORE_PLAIN)
def test_a_delimiter_too_few_is_padded_and_reported(tmp_path, row, column):
    cells = [written(cell) for cell in ROWS[row]]

    found = read(tmp_path, with_line(row + 1, ",".join(cells[:column]) + ",".join(cells[column:])))

    others = [one for i, one in enumerate(found.rows) if i != row]
    assert (found.header, others) == (HEADER, [*ROWS[:row], *ROWS[row + 1 :]])
    assert set(found.problems) == {row + 1}
    assert len(found.rows) == len(ROWS)


@pytest.mark.parametrize("column", range(WIDTH))
@pytest.mark.parametrize("row", ONE_LINE)
def test_a_quote_too_many_is_text(tmp_path, row, column):
    cells = [written(cell) for cell in ROWS[row]]
    cells[column] = '"' + cells[column]

    found = read(tmp_path, with_line(row + 1, ",".join(cells)))

    with_quote = tuple('"' + (cell or "") if i == column else cell for i, cell in enumerate(ROWS[row]))
    assert (found.header, found.rows) == (HEADER, [*ROWS[:row], with_quote, *ROWS[row + 1 :]])
    assert [(number, code, rejected) for number, code, rejected, _ in found.told()] == [(row + 1, "bad_quoting", False)]


@pytest.mark.parametrize("column", range(WIDTH))
def test_a_quote_too_many_in_the_header_is_text(tmp_path, column):
    names = [*HEADER[:column], '"' + HEADER[column], *HEADER[column + 1 :]]

    assert (read(tmp_path, with_line(0, ",".join(names))).header) == names


# A record with quotes inside a text: its cells, of four.
QUOTED_INSIDE = {
    'tool"Hammer, large",3,x': ("tool", "Hammer, large", "3", "x"),
    'tool"Hammer, large, red",3,x': ("tool", "Hammer, large, red", "3", "x"),
    'x,tool"Hammer, large, red",3': ("x", "tool", "Hammer, large, red", "3"),
    'x,"two\nlines",tool"a,b"': ("x", "two\nlines", "tool", "a,b"),
    'x,he said "hi, there",3,y': ("x", 'he said "hi, there"', "3", "y"),
    '"x", "a, b, c",3,y': ("x", ' "a, b, c"', "3", "y"),
}


@pytest.mark.parametrize("broken", QUOTED_INSIDE)
def test_quotes_inside_a_text_hold_their_delimiters_together(tmp_path, broken):
    found = read(tmp_path, text("kind,name,n,note", "nail,Nails,1,a", broken, "tape,Tape,2,b"))

    assert found.rows == [("nail", "Nails", "1", "a"), QUOTED_INSIDE[broken], ("tape", "Tape", "2", "b")]
    assert found.told() == [(2, "bad_quoting", False, None)]


def test_quotes_after_numbers_hold_nothing_together(tmp_path):
    found = read(tmp_path, text("a,b", '5" pipe,7"', '5"-pipe,7"'))

    assert (found.rows, found.problems) == ([('5" pipe', '7"'), ('5"-pipe', '7"')], {})


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_that_are_not_escaped_are_text(tmp_path, quote):
    found = read(tmp_path, text(*lines(quote=quote, escape="")))

    assert (found.header, found.rows) == (HEADER, ROWS)
    assert {code for _, code, _, _ in found.told()} == {"bad_quoting"}


@pytest.mark.parametrize("blocks", [1, 30, 300])
@pytest.mark.parametrize(
    "name", ["as it is", "CR", "delimiter '::'", "quote ', delimiter ',', escaped", "both", "twice"]
)
def test_blocks_and_batches_change_nothing(tmp_path, name, blocks):
    before, after = AROUND.get(name, ([], []))
    twice = lines()[:1] if name == "twice" else []
    path = tmp_path / "t.csv"
    path.write_text(SAME.get(name) or text(*before, *lines(), *twice, *after), newline="")
    whole = read_all(CsvReader(source_of(path), {}, careful=True))

    in_blocks = read_all(CsvReader(source_of(path), {}, block=blocks, batch_rows=3))

    assert told(in_blocks) == told(whole)
    assert in_blocks.file_info == whole.file_info


@pytest.mark.parametrize("name", [*SAME, *AROUND])
def test_what_was_understood_reads_the_same_again(tmp_path, name):
    before, after = AROUND.get(name, ([], []))
    first = read(tmp_path, SAME.get(name) or text(*before, *lines(), *after))

    again = read_path(tmp_path / "t.csv", **first.file_info.options)

    assert told(again) == told(first)
    assert again.file_info.options == first.file_info.options


def told(found):
    return found.header, found.rows, found.positions, found.told(), found.messages()


def read(folder, content):
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_path(path)


def test_a_text_of_which_most_records_are_broken_is_refused_with_what_to_set(tmp_path, monkeypatch):
    monkeypatch.setattr(mostly_broken, "MANY", 100)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 10 + '"a"b"\n' * 120)

    with pytest.raises(UnreadableFile) as failure:
        read_path(path)
    assert failure.value.message.code == "mostly_broken"
    assert failure.value.message.params == {"broken": 120, "records": 130, "first": "line 12"}


def test_a_text_with_many_broken_records_is_read_where_others_are_more_or_quotes_are_set(tmp_path, monkeypatch):
    monkeypatch.setattr(mostly_broken, "MANY", 100)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 130 + '"a"b",1\n' * 120)
    assert len(read_path(path).rows) == 250

    path.write_text("a,b\n" + "1,2\n" * 10 + '"a"b"\n' * 120)
    assert len(read_path(path, quote='"').rows) == 130
