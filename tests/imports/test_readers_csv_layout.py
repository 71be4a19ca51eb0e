"""Where a table stands in a CSV file: headers of several lines, several tables, blank columns, one column, doubts."""

import pytest

from imports.errors import UnreadableFile
from imports.readers.csv.reader import CsvReader
from tests.imports.polluted import HEADER, LINES, ROWS, lines, text
from tests.imports.reading import read_all, read_path, source_of

SMALL = ["item,qty,unit", "apple,3,kg", "pear,5,kg", "plum,1,kg"]
OTHER = ["id,born,town,size", "x,2020,Rome,5", "y,2019,Oslo,6"]


def read(folder, *parts, **options):
    path = folder / "t.csv"
    path.write_text(text(*parts), newline="")
    return read_path(path, **options)


# lines: header, first record, records of the header
HEADERS = {
    "titles over columns": (
        ["region,2019,,2020,", ",Q1,Q2,Q1,Q2", "North,1,2,3,4", "South,5,6,7,8"],
        ["region", "2019 Q1", "2019 Q2", "2020 Q1", "2020 Q2"], ("North", "1", "2", "3", "4"), 2,
    ),
    "units": (
        ["name,weight,length", "text,(kg),(cm)", "a,1,2", "b,3,4"],
        ["name text", "weight (kg)", "length (cm)"], ("a", "1", "2"), 2,
    ),
    "three lines": (
        ["A,B,B,B", "x,y,y,z", "n,m,cm,kg", "Ann,1,2,3", "Bob,4,5,6"],
        ["A x n", "B y m", "B y cm", "B z kg"], ("Ann", "1", "2", "3"), 3,
    ),
    "a line under it": (["id|name", "---|----", "1|Ann"], ["id", "name"], ("1", "Ann"), 2),
    "one line, for nothing tells": (["first,last", "name,name", "Ann,Lee"], ["first", "last"], ("name", "name"), 1),
    "one text above one column of numbers": (["name,age", "Ann,old", "Bob,5"], ["name", "age"], ("Ann", "old"), 1),
    "row names": (["a,b", "r1,1,3", "r2,2,4"], ["", "a", "b"], ("r1", "1", "3"), 1),
    "last column without a name": (["a,b", "r,1,3", "r,2,4"], ["a", "b", ""], ("r", "1", "3"), 1),
    "a column without name or value inside": (["a,,b", "1,,2"], ["a", "", "b"], ("1", None, "2"), 1),
    "a column without a name but with values": (["a,b,", "1,2,3"], ["a", "b", ""], ("1", "2", "3"), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_headers(tmp_path, name):
    parts, header, first, count = HEADERS[name]

    found = read(tmp_path, *parts)

    assert (found.header, found.rows[0], found.positions[0]) == (header, first, count + 1)
    assert found.file_info.options.get("header_rows", 1) == count
    assert read_path(tmp_path / "t.csv", **found.file_info.options).header == header


MEASURED = ["S0,0.5,40", "S1,1.5,41", "S2,2.5,42", "S3,3.5,43"]
NAMES = ["Ann,1,2", "Bob,3,4", "Cem,5,6"]

# lines: the header, the first record: a line of words that is a record, whatever its columns hold below
WORDS_IN_A_RECORD = {
    "one word": (["station,temp,hum", "S1,error,error", *MEASURED], ["station", "temp", "hum"]),
    "two words": (["station,temp,hum", "S9,offline,broken", *MEASURED], ["station", "temp", "hum"]),
    "of a person": (["name,mathematics,biology", "Dan,ill,absent", *NAMES], ["name", "mathematics", "biology"]),
    "grades, which are units too": (["name,math,physics", "Dan,A,C", *NAMES], ["name", "math", "physics"]),
    "in the key too": (["day,t,hum", "unknown,error,off", "2024-01-05,1,2", "2024-01-06,3,4"], ["day", "t", "hum"]),
    "a letter like a unit": (["day,grade", "error,A", "2024-01-05,1", "2024-01-06,3"], ["day", "grade"]),
    "codes like units": (["room,temp,hum", "m2,C-1,S-1", "s1,1,2", "s2,3,4"], ["room", "temp", "hum"]),
    "in two records": (["station,temp,hum", "S8,error,off", "S9,off,error", *MEASURED], ["station", "temp", "hum"]),
    "below a first column without a name": ([",temp,hum", "S1,error,off", *MEASURED], ["", "temp", "hum"]),
    "below a last column without a name": (["station,temp,", "S1,error,off", *MEASURED], ["station", "temp", ""]),
    "the same word below a title": ([",temp,", "x,error,error", *MEASURED], ["", "temp", ""]),
    "beside a column without a name": (
        ["day,t,hum,", "unknown,error,off,", "2024-01-05,1,2,x", "2024-01-06,3,4,"], ["day", "t", "hum", ""],
    ),
    "below names that are repeated": (["station,v,v", "S1,error,off", *MEASURED], ["station", "v", "v"]),
    "no value in the key": (["station,temp,hum", ",error,off", *MEASURED], ["station", "temp", "hum"]),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS_IN_A_RECORD)
def test_a_record_with_words_in_columns_of_numbers_is_no_header(tmp_path, name):
    parts, header = WORDS_IN_A_RECORD[name]

    found = read(tmp_path, *parts)

    assert (found.header, len(found.rows)) == (header, len(parts) - 1)
    assert found.rows[0] == tuple(cell or None for cell in parts[1].split(","))
    assert "header_rows" not in found.file_info.options


# A second line that is one of names.
NAMED_BY_TWO_LINES = {
    "units": ["time,speed,flow", "s,m/s,mg m-3", "1,2,3", "4,5,6"],
    "units in brackets, and one that is not known": ["station,temp,x", ",[°C],[furlong]", *MEASURED],
    "kinds of values": ["station,temp,hum", "text,float,int", *MEASURED],
    "units of one letter": ["time,current,voltage", "s,A,V", "1,2,3", "4,5,6"],
    "currencies": ["client,sales,costs", "name,EUR,USD", *NAMES],
    "titles over columns": [",Budget,,Actual,", "Region,Sales,Cost,Sales,Cost", "North,1,2,3,4", "South,5,6,7,8"],
    "one title over columns": [",Sales,", "Region,Q1,Q2", "North,1,2", "South,5,6"],
    "titles written out": ["region,2023,2023", "region,sales,cost", "North,1,2", "South,5,6"],
}


@pytest.mark.parametrize("name", NAMED_BY_TWO_LINES)
def test_a_second_line_of_names_is_one_of_the_header(tmp_path, name):
    parts = NAMED_BY_TWO_LINES[name]

    found = read(tmp_path, *parts)

    assert (len(found.rows), found.file_info.options.get("header_rows")) == (len(parts) - 2, 2)


def test_an_option_sets_the_lines_of_the_header(tmp_path):
    found = read(tmp_path, "x", "first,last", "name,name", "Ann,Lee", header_row=2, header_rows=2)

    assert (found.header, found.rows) == (["first name", "last name"], [("Ann", "Lee")])


def test_a_header_of_several_lines_that_is_repeated_is_left_out(tmp_path):
    records = ["a,1,2", "b,3,4", "c,5,6", "d,7,8"]

    found = read(tmp_path, "name,weight,length", "text,(kg),(cm)", *records, "name,weight,length", *records)

    assert found.header == ["name text", "weight (kg)", "length (cm)"]
    assert found.told() == [(5, "repeated_header", True, ("name", "weight", "length"))]


def test_names_in_one_column_are_records_even_where_they_are_the_header(tmp_path):
    assert read(tmp_path, "name", "Ann", "name").rows == [("Ann",), ("name",)]


BEFORE = "Skipped lines 1–5 above the table: they contain a smaller table. Change header_row to read it."


def another(first, last, begins):
    read_it = f"Set header_row to {first} to read it"
    return f"Skipped lines {first}–{last}: another table (starts on line {begins}). {read_it}."


# lines: lines of the records that are read, what is said of the others
TABLES = {
    "another, apart": ([*lines(), "", *SMALL], LINES, [another(14, 17, "14")]),
    "another, not apart": ([*lines(), *SMALL], LINES, [another(13, 16, "13")]),
    "another with a title": ([*lines(), "", "Stock", *SMALL], LINES, [another(14, 18, "14")]),
    "two others": ([*lines(), "", *SMALL, "", *OTHER], LINES, [another(14, 21, "14, 19")]),
    "as wide": ([*SMALL, "", "name,age,born", "Ann,3,2020", "Bob,4,2019"], [2, 3, 4], [another(6, 8, "6")]),
    "a note between them": (
        [*SMALL, "", "Total,8", "", *OTHER],
        [2, 3, 4],
        ["Skipped line 6 (note or total). Set last_row to 0 to include it.", another(8, 10, "8")],
    ),
    "one of as many records": ([*SMALL, "", *OTHER, "z,2018,Bern,7"], [2, 3, 4], [another(6, 9, "6")]),
    "one of as many records, not apart": ([*SMALL, *OTHER, "z,2018,Bern,7"], [2, 3, 4], [another(5, 8, "5")]),
    "dates below numbers": (
        ["name,qty", "A,1", "B,2", "", "who,since", "Ann,2024-01-05"],
        [2, 3],
        [another(5, 6, "5")],
    ),
    "texts below numbers": (["qty,n", "1,3", "2,4", "", "who,n", "Ann,5", "Bob,6"], [2, 3], [another(5, 7, "5")]),
    "a smaller one before": ([*SMALL, "", *lines()], [number + 5 for number in LINES], [BEFORE]),
}


@pytest.mark.parametrize("name", TABLES)
def test_one_table_is_read_and_the_others_are_named(tmp_path, name):
    parts, positions, warnings = TABLES[name]

    found = read(tmp_path, *parts)

    assert (found.positions, found.warnings, found.problems) == (positions, warnings, {})


def test_another_table_can_be_asked_for(tmp_path):
    found = read(tmp_path, *lines(), "", *SMALL, header_row=14)

    assert (found.header, found.rows[0], found.positions) == (
        ["item", "qty", "unit"],
        ("apple", "3", "kg"),
        [15, 16, 17],
    )


def test_a_smaller_table_before_a_larger_one_can_be_asked_for(tmp_path):
    found = read(tmp_path, *SMALL, "", *lines(), header_row=1)

    assert (found.header, found.positions, found.problems) == (["item", "qty", "unit"], [2, 3, 4], {})


def test_the_same_table_again_is_its_continuation(tmp_path):
    found = read(tmp_path, *lines(), *lines())

    assert found.rows == [*ROWS, (None,) * len(HEADER), *ROWS]
    assert found.told() == [(11, "repeated_header", True, tuple(HEADER))]


MORE = [f"M{i},{i}" for i in range(50)]
WITH_EXTRA_FIELD = ["D,unknown,late", "E,5,x", "F,6,y", "G,7,z"]

# What is one table, whatever begins like another one: lines
ONE_TABLE = {
    "a word after a blank line": ["name,qty", "A,0", "B,1", "C,2", "", "D,unknown", *MORE],
    "twice": ["name,qty", "A,0", "B,1", "C,2", "", "D,unknown", *MORE, "", "E,none yet", *MORE],
    "a word in many columns": ["day,a,b", "2024-01-05,1,2", "2024-01-06,3,4", "", "soon,x,y", "2024-01-07,5,6"],
    "a word, then other single ones": ["name,qty", "A,0", "B,1", "", "D,unknown", *MORE[:8], "E,lost", *MORE],
    "after the header": ["name,qty", "", "D,unknown", *MORE],
    "after one record": ["name,qty", "A,0", "", "D,unknown", *MORE],
    "texts before it": ["name,note", "A,x", "B,y", "", "C,unknown", "D,5", "E,6"],
    "a column that was empty": ["name,qty,n", "A,1,", "B,2,", "", "C,unknown,", "D,5,6", "E,7,8"],
    "a line of one field before it": ["name,qty", "A,0", "B,1", "", "second part", "D,unknown", *MORE],
    "fields too many that are empty": ["name,qty", *MORE, "", "D,unknown,", "E,5,", "F,6,"],
    "wider records in between": ["name,qty", *MORE, *WITH_EXTRA_FIELD, *MORE],
    "a legend in between": ["name,qty", *MORE, "", "code,meaning,n", "x,late,1", "y,lost,2", "", *MORE],
    "a legend in between, and the header again": [
        "name,qty",
        *MORE,
        "",
        "code,meaning,n",
        "x,late,1",
        "y,lost,2",
        "",
        "name,qty",
        *MORE,
    ],
    "wider records after a blank line": ["name,qty", *MORE, "", *WITH_EXTRA_FIELD, *MORE],
    "names above values like those before": ["name,qty", "A,0", "B,1", "C,2", "", "product,stock", "X,5", "Y,6"],
}


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("name", ONE_TABLE)
def test_lines_that_fit_the_columns_before_them_are_the_same_table(tmp_path, name, careful):
    path = tmp_path / "t.csv"
    path.write_text(text(*ONE_TABLE[name]), newline="")

    found = read_all(CsvReader(source_of(path), {}, careful=careful))

    assert len(found.rows) == sum(map(bool, ONE_TABLE[name])) - 1
    assert (found.file_info.warnings, "last_row" in found.file_info.options) == ([], False)


def test_lines_that_fit_far_below_are_the_same_table(tmp_path):
    found = read(tmp_path, "name,qty", *MORE * 2_000, "", "D,unknown", *MORE)

    assert len(found.rows) == 100_051


def test_titles_over_several_columns_of_texts_are_said(tmp_path):
    found = read(tmp_path, "Person,,Place,", "first,last,city,land", "Ann,A,Rome,IT", "Bob,B,Oslo,NO")

    assert found.warned == [("mostly_without_names", {"named": 2, "columns": 4, "next_row": 2})]


# What stays a record: lines, the last record
DOUBTFUL = {
    "a short last line": (["name,city,age", "Ann,Rome,3", "Bob,Oslo,4", "Cem"], ("Cem", None, None)),
    "a short line inside": (["a,b,c", "1,2,3", "4", "7,8,9"], ("7", "8", "9")),
    "a total among texts": (["name,n", "Ada,1", "Total,2"], ("Total", "2")),
    "a total that is not the last": (["day,n", "2024-01-05,1", "Total,1", "2024-01-06,2"], ("2024-01-06", "2")),
    "empty records": (["a,b,c", "1,2,3", ",,", ",,"], (None, None, None)),
    "a number sign in a column of them": (["no,a,b", "#1,x,y", "#2,z,w", "#3,,"], ("#3", None, None)),
    "a long text in a column of them": (["note,n", "it is a long day,1", "no"], ("no", None)),
    "a whole record apart": (["a,b", "1,2", "", "", "3,4"], ("3", "4")),
    "an empty record apart": (["a,b", ",", ",", "", ","], (None, None)),
    "a record apart that ends early": (["a,b", "1,2", "", "3,"], ("3", None)),
    "a whole line of one text below numbers": (["n,b", "1,2", "2,3", "open,"], ("open", None)),
    "a whole total without amounts": (["n,b", "1,2", "2,3", "Total,"], ("Total", None)),
    "a whole line like a note": (["a,b", "x,2", "y,3", "(none),"], ("(none)", None)),
    "an empty record below a note": (["a,b", "1,2", "Note", ","], (None, None)),
    "a whole note where every record is apart": (["a,b", "x,2", "", "y,3", "", "z,3", "", "Notes,"], ("Notes", None)),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_when_in_doubt_a_line_is_a_record(tmp_path, name):
    parts, last = DOUBTFUL[name]

    found = read(tmp_path, *parts)

    assert found.rows[-1] == last
    assert found.warnings == []
    assert "last_row" not in found.file_info.options


def totals_of(found):
    """Record numbers of the totals."""
    return [number for number, code, _, _ in found.told() if code == "total"]


# What is below two records -> whether the first line of it is a total
TOTALS = {
    "all amounts": (["Total,3,4.5"], True),
    "one amount": (["Total,3,"], True),
    "fewer fields": (["Total,3"], True),
    "a blank line before": (["", "Total,3,4.5"], True),
    "empty records before": ([",,", "Total,3,4.5"], True),
    "notes below": (["Total,3,4.5", "", "Source: the office"], True),
    "a remark below": (["Total,3,4.5", "Printed by the office,,"], True),
    "remarks after a blank line": (["", "Total,3,4.5", "Printed by the office,,", "Page 1,,"], True),
    "a currency": (["Total,3,$4.50"], True),
    "rounded": (["Total,3,5"], True),
    "rounded otherwise": (["Total,3,4"], True),
    "another whole amount": (["Total,4,4.5"], False),
    "another amount": (["Total,3,4.6"], False),
    "no amounts": (["Total,,"], False),
    "a name": (["Thomas,3,4.5"], False),
    "not the last": (["Total,3,4.5", "Cem,1,1"], False),
    "an amount of a remark below": (["Total,3,4.5", "Carried,1,"], False),
    "a remark below what is no sum": (["Total,3,4.6", "Printed by the office,,"], False),
}


@pytest.mark.parametrize("name", TOTALS)
def test_a_total_is_a_record_that_is_filtered_where_it_sums_up(tmp_path, name):
    below, is_total = TOTALS[name]
    found = read(tmp_path, "name,n,v", "Ada,1,1.5", "Bob,2,3.0", *below)

    position = 3 if below[0] == ",," else 2
    assert totals_of(found) == ([position + 1] if is_total else [])
    assert (found.rows[position] == (None, None, None)) == is_total


def test_a_total_between_tables_is_one_of_the_first(tmp_path):
    found = read(tmp_path, *SMALL, "", "Total,9", "", *OTHER)

    assert (totals_of(found), found.warnings) == ([4], [another(8, 10, "8")])


def test_a_total_with_decimal_commas_sums_up(tmp_path):
    assert totals_of(read(tmp_path, "name;v", "Ada;1.000,50", "Bob;2,25", "Summe;1.002,75")) == [3]


def test_a_short_sum_is_proven(tmp_path):
    assert totals_of(read(tmp_path, "name,score", "A,1", "B,2", "Sum,3")) == [3]


def test_a_total_is_rounded_as_it_is_shown(tmp_path):
    assert totals_of(read(tmp_path, "name,v", "Ada,1.26", "Bob,2.26", "Total,3.5")) == [3]


@pytest.mark.parametrize("records", [30, 41, 10_000])
def test_totals_are_proven_at_any_length(tmp_path, records):
    lines = [f"A{n},{n},{n / 4}" for n in range(records)]
    sums = sum(range(records))
    found = read(tmp_path, "name,n,v", *lines, f"Total,{sums},{sums / 4}")
    other = read(tmp_path, "name,n,v", *lines, f"Total,{sums + 1},{sums / 4}")

    assert (totals_of(found), totals_of(other)) == ([records + 1], [])


def test_subtotals_above_do_not_count_twice(tmp_path):
    found = read(tmp_path, "name,n", "a,1", "b,2", "Subtotal,3", "c,4", "d,5", "Grand total,12")

    assert totals_of(found) == [6]


def test_a_whole_total_apart_that_does_not_sum_up_is_a_record_with_a_warning(tmp_path):
    found = read(tmp_path, "name,n", "Ada,1", "Bob,2", "", "Total,4")

    assert found.rows[-1] == ("Total", "4")
    assert found.warned == [("unproven_total", {"line": 5})]


def test_records_of_nothing_are_records_below_and_between_notes(tmp_path):
    found = read(tmp_path, "a,b", "1,2", ",", "", "Note: x", ",", "", "Note: y")

    assert found.rows == [("1", "2"), (None, None), ("Note: x", None), (None, None)]
    assert found.file_info.options["last_row"] == 6


def test_an_option_sets_the_last_row(tmp_path):
    parts = ["day,n", "2024-01-05,1", "2024-01-06,2", "Total,3"]

    assert totals_of(read(tmp_path, *parts)) == [3]
    assert totals_of(read(tmp_path, *parts, last_row=4)) == [3]
    assert totals_of(read(tmp_path, *parts, last_row=0)) == []
    assert len(read(tmp_path, *parts, last_row=2).rows) == 1


def test_an_option_says_that_there_is_no_header(tmp_path):
    found = read(tmp_path, "x,y", "a,b", header_row=0)

    assert (found.rows, found.warnings) == ([("x", "y"), ("a", "b")], [])


def test_what_is_left_out_before_records_without_a_header_is_reported(tmp_path):
    found = read(tmp_path, "Report,,", "1,2,3", "4,5,6", header_row=0)

    assert (found.positions, found.warnings) == (
        [2, 3],
        ["Skipped line 1 above the table. Change header_row if that is wrong."],
    )


def test_an_empty_record_before_the_first_value_is_one_where_there_is_no_header(tmp_path):
    assert read(tmp_path, ",,", "1,2,3", "4,5,6").rows[0] == (None, None, None)


def test_blank_lines_alone_are_no_table(tmp_path):
    with pytest.raises(UnreadableFile, match="only blank lines"):
        read(tmp_path, "", "", "  ", "")


def test_an_option_sets_the_first_row(tmp_path):
    assert read(tmp_path, "1,2", "3,4", "5,6", header_row=0, first_row=2).rows == [("3", "4"), ("5", "6")]


def test_a_note_far_below_is_found_in_a_large_file(tmp_path):
    found = read(tmp_path, "day,n", *["2024-01-05,1"] * 100_000, "", "Source: Office")

    assert (len(found.rows), found.file_info.options["last_row"]) == (100_000, 100_001)


def test_another_table_far_below_is_found_in_a_large_file(tmp_path):
    found = read(tmp_path, "day,n", *["2024-01-05,1"] * 100_000, "", *SMALL)

    assert (len(found.rows), found.file_info.options["last_row"]) == (100_000, 100_001)


# text: header, rows
ONE_COLUMN = {
    "words": ("name\nAnn Lee\nBob Ray\n", ["name"], [("Ann Lee",), ("Bob Ray",)]),
    "prose": ("text\nhello, world\nfoo\nbar\nqux\n", ["text"], [("hello, world",), ("foo",), ("bar",), ("qux",)]),
    "times": ("at\n10:30\n10:45\n", ["at"], [("10:30",), ("10:45",)]),
    "decimal commas": ("price\n1,50\n2,75\n3,20\n", ["price"], [("1,50",), ("2,75",), ("3,20",)]),
    "moments": ("at\n2024-01-05 10:00\n2024-01-06 11:00\n", ["at"], [("2024-01-05 10:00",), ("2024-01-06 11:00",)]),
    "addresses": ("url\nhttp://a.it/x\nhttp://b.it/y\n", ["url"], [("http://a.it/x",), ("http://b.it/y",)]),
    "numbers": ("n\n1\n2\n", ["n"], [("1",), ("2",)]),
    "blank lines": ("n\n1\n\n2\n", ["n"], [("1",), (None,), ("2",)]),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_one_column(tmp_path, name):
    content, header, rows = ONE_COLUMN[name]

    found = read(tmp_path, *content.split("\n")[:-1])

    assert (found.header, found.rows, found.problems) == (header, rows, {})


def test_many_columns(tmp_path):
    names = [f"column {i}" for i in range(17_000)]

    found = read(tmp_path, ",".join(names), *[",".join(f'"{i}, {n}"' for i in range(17_000)) for n in range(3)])

    assert found.header == names
    assert [row[16_999] for row in found.rows] == ["16999, 0", "16999, 1", "16999, 2"]


def test_a_value_of_ten_megabytes(tmp_path):
    found = read(tmp_path, "a,b", f'1,"{"x, " * 3_400_000}"', "2,y")

    assert [len(value) for _, value in found.rows] == [10_200_000, 1]
