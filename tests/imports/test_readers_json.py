"""What JSON files say: literals as they are written, one row for each record, one location for each row."""

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imports.errors import InvalidMapping, UnreadableFile
from imports.readers.json import tokenizer
from tests.imports.reading import read_file, read_path

# file: header, rows, locations
RECORDS = {
    "array.json": (
        ["id", "name", "score", "ok"],
        [("1", "Ann", "1.50", None), ("2", None, None, "true"), (None, "Cem", "1e3", "false")],
        ["/0", "/1", "/2"],
    ),
    "literals.json": (
        ["n", "d", "e", "z", "x", "i", "s"],
        [("12345678901234567890123", "1.10", "-1E+5", "-0", "NaN", "-Infinity", "00123")],
        ["/0"],
    ),
    "lines.ndjson": (
        ["id", "v", "w"],
        [("1", "x", None), ("2", None, "y"), ("3", None, None)],
        ["line 1", "line 3", "line 4"],
    ),
    "concatenated.json": (["id"], [("1",), ("2",), ("3",)], ["line 1", "line 4", "line 6"]),
    "wrapped.json": (["id"], [("1",), ("2",)], ["/result/items/0", "/result/items/1"]),
    "one_object.json": (["id", "name", "tags"], [("1", "Ann", '["a"]')], ["/"]),
    "arrays.json": (["name", "n"], [("Ann", "1"), ("Bob", None), (None, None)], ["/1", "/2", "/3"]),
    "numbers.json": (["column_1", "column_2"], [("1", "2"), ("3", "4")], ["/0", "/1"]),
    "bom.json": (["a"], [("é",)], ["/0"]),
    "utf16.json": (["a"], [("é",)], ["/0"]),
    "geo.csv": (["id", "name"], [("1", "Ann")], ["/0"]),
}


@pytest.mark.parametrize("batch_rows", [None, 1])
@pytest.mark.parametrize("file", RECORDS)
def test_cells_and_locations(file, batch_rows):
    header, rows, locations = RECORDS[file]

    found = read_file(f"json/{file}", batch_rows)

    assert (found.header, found.rows, found.locations) == (header, rows, locations)
    assert found.file_info.file_type == "json"


def test_nested_objects_are_columns_and_lists_stay_json():
    found = read_file("json/nested.json")

    assert found.header == ["a.b", "a.c.d", "tags", "none", "u", "a.b"]
    assert found.rows[0] == ("1", "x", '["p",1.0,null,{"k":[true]}]', "{}", "é", None)


# text: header, rows
EQUAL_NAMES = {
    '{"a":{"b":1},"a.b":2}': (["a.b", "a.b"], [("1", "2")]),
    '[{"a.b":1},{"a":{"b":2}},{"a.b":3,"a":{"b":4}}]': (["a.b", "a.b"], [("1", None), (None, "2"), ("3", "4")]),
    '[{"a":{"":1,"b":2}},{"a":3}]': (["a", "a.b"], [("1", "2"), ("3", None)]),
    '[["a","b","a"],[1,2,3],{"a":4}]': (["a", "b", "a"], [("1", "2", "3"), ("4", None, None)]),
    '{"":{"":1}}': ([""], [("1",)]),
}


@pytest.mark.parametrize("text", EQUAL_NAMES)
def test_equal_names_are_columns_of_their_own(tmp_path, text):
    path = tmp_path / "equal.json"
    path.write_text(text)

    found = read_path(path)

    assert (found.header, found.rows) == EQUAL_NAMES[text]
    assert found.problems == {}


def test_nested_objects_stay_json_by_option():
    found = read_file("json/nested.json", nested="jsonb")

    assert found.header == ["a", "tags", "none", "u", "a.b"]
    assert found.rows[0] == ('{"b":1,"c":{"d":"x"}}', '["p",1.0,null,{"k":[true]}]', "{}", "é", None)
    assert found.file_info.native_text == {3}


def test_nested_objects_in_lists_stay_json_by_option(tmp_path):
    path = tmp_path / "lists.json"
    path.write_text('[["k","v"],[1,{"b":2}]]')

    assert read_path(path).header == ["k", "v", "v.b"]
    assert read_path(path, nested="jsonb").rows == [("1", '{"b":2}')]


@pytest.mark.parametrize("nested", ["", "none", "JSONB"])
def test_another_way_to_nest_is_refused(nested):
    with pytest.raises(InvalidMapping, match="flatten"):
        read_file("json/nested.json", nested=nested)


# text, header_row: header, rows, header_row that was understood
LISTS = {
    ('[["a","b"],["1","2"]]', None): (["a", "b"], [("1", "2")], 1),
    ('[["a","b"],["1","2"]]', 0): (["column_1", "column_2"], [("a", "b"), ("1", "2")], 0),
    ('[["y",2020],["1",2]]', None): (["column_1", "column_2"], [("y", "2020"), ("1", "2")], 0),
    ('[["y",2020],["1",2]]', 1): (["y", "2020"], [("1", "2")], 1),
    ('[["a",null],[1,2]]', 1): (["a", ""], [("1", "2")], 1),
    ('["a","b"]\n[1,2]\n[3,4]', None): (["a", "b"], [("1", "2"), ("3", "4")], 1),
}


@pytest.mark.parametrize(("text", "asked"), LISTS)
def test_the_first_list_names_the_columns_if_it_is_all_text_or_by_option(tmp_path, text, asked):
    path = tmp_path / "lists.json"
    path.write_text(text)

    found = read_path(path, **({} if asked is None else {"header_row": asked}))

    assert (found.header, found.rows, found.file_info.options["header_row"]) == LISTS[text, asked]
    numbered = ["No header row found; columns were numbered."]
    assert found.warnings == (numbered if asked is None and not found.file_info.options["header_row"] else [])


def test_lists_of_records_may_follow_one_another(tmp_path):
    path = tmp_path / "lists.json"
    path.write_text('[{"a":1},\n{"a":2}]\n[{"a":3,\n"b":4},{"b":\n5}]\n{"a":6}')

    found = read_path(path)

    assert (found.header, found.rows) == (
        ["a", "b"],
        [("1", None), ("2", None), ("3", "4"), (None, "5"), ("6", None)],
    )
    assert found.locations == ["line 1", "line 2", "line 3", "line 4", "line 6"]


# text: what is told
BESIDE = {
    '{"a":[{"x":1},{"x":2}],"b":[{"y":1}]}': "/b (1)",
    '{"a":[{"x":1}],"n":5,"t":["q"]}': "2 other values",
    '{"n":5,"a":[{"x":1},{"x":2}],"c":{"d":[[1]]}}': "/c/d (1) and 1 other value",
}


@pytest.mark.parametrize("text", BESIDE)
def test_other_contents_of_the_file_are_reported(tmp_path, text):
    path = tmp_path / "beside.json"
    path.write_text(text)

    assert read_path(path).warnings == [
        f"Rows read from /a. Also in the file: {BESIDE[text]}. Set source_options.record_path to read others."
    ]
    assert read_path(path, record_path="/a").warnings == []


def test_a_list_that_is_named_twice_is_reported(tmp_path):
    path = tmp_path / "twice.json"
    path.write_text('{"a":[{"x":1}],"a":[{"x":2},{"x":3}]}')

    found = read_path(path)

    assert found.rows == [("1",)]
    assert found.warnings == ["The file contains /a more than once; the first was read."]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("one.json", '{"a":1,"a":2}', "/ has a duplicate key"),
        ("all.ndjson", '{"a":1,"a":2}\n{"b":1,"b":2}\n', "line 1 has a duplicate key"),
        ("number.json", "5", "no rows"),
        ("text.json", ' "text, and more"\n', "no rows"),
        ("long_text.json", '"' + "x, " * 5_000 + '"', "no rows"),
        ("word.json", "true", "no rows"),
        ("nothing.json", "null\n", "no rows"),
        ("numbers.ndjson", "1\n2\n", "no rows"),
        ("list.json", "[1,2]", "no rows"),
        ("list.txt", "[1,2]", "no rows"),
        ("in_list.json", '{"records":[1,2]}', "no rows"),
        ("in_lists.json", '{"data":{"records":["a"],"more":[]}}', "no rows"),
    ],
)
def test_json_without_records_is_refused(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text)

    with pytest.raises(UnreadableFile, match=words):
        read_path(path)


@pytest.mark.parametrize(("text", "place"), [('1\n{"a":2}\n', 1), ('[1,{"a":2}]', 0), ('{"records":[1,{"a":2}]}', 0)])
def test_a_value_among_records_is_kept_back(tmp_path, text, place):
    path = tmp_path / "mixed.ndjson"
    path.write_text(text)

    found = read_path(path)

    assert (found.header, found.rows, found.positions) == (["a"], [(None,), ("2",)], [place, place + 1])
    assert found.told() == [(1, "not_a_record", True, ("1",))]


def test_a_document_of_lists_can_be_the_record_by_option(tmp_path):
    path = tmp_path / "lists.json"
    path.write_text('{"records":[1,2]}')

    assert read_path(path, record_path="").rows == [("[1,2]",)]


@pytest.mark.parametrize("text", ["5,6\n7,8\n", '"name"\nAnn\n', "name\nAnn\n"])
def test_delimited_text_is_read_whatever_it_is_called(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)

    assert read_path(path).file_info.file_type == "csv"


def test_records_that_are_none_are_kept_back_as_written():
    found = read_file("json/troubled.json")

    assert found.told() == [
        (2, "duplicate_key", True, ('{"a":2,"a":3}',)),
        (3, "not_a_record", True, ("5",)),
        (4, "not_a_record", True, ('"x"',)),
        (5, "unstorable_text", False, ("\ud800",)),
        (6, "duplicate_key", True, ('{"b":{"k":1,"k":2}}',)),
        (7, "not_a_record", True, ("null",)),
    ]
    assert [found.rows[0], found.rows[7]] == [("1",), ("4",)]
    assert found.messages()[:2] == ["/1 has a duplicate key", "/2 is not an object with named values"]


def test_a_broken_line_does_not_break_the_others():
    found = read_file("json/troubled.ndjson")

    assert [(row, place) for row, place in zip(found.rows, found.positions, strict=True) if row[0]] == [
        (("1",), 1),
        (("3",), 3),
        (("5",), 6),
    ]
    assert found.told() == [
        (2, "not_a_record", True, ('{"a":',)),
        (4, "not_a_record", True, ("nonsense",)),
        (5, "not_a_record", True, ("[1]",)),
        (7, "not_a_record", True, ("trailing",)),
        (8, "not_a_record", True, ('{"a":6',)),
    ]


def test_lists_of_other_lengths_are_reported():
    found = read_file("json/arrays.json")

    assert found.told() == [(2, "too_few_fields", False, ("Bob",)), (3, "too_many_fields", True, ("Cem", "3", "4"))]


def test_strings_are_text_and_numbers_are_not():
    found = read_file("json/array.json")

    assert [found.header[i] for i in found.file_info.native_text] == ["name"]


def test_null_tokens_do_not_make_a_column_text(tmp_path):
    path = tmp_path / "tokens.json"
    path.write_text('[{"a":1,"b":2},{"a":"NA","b":"void"}]')

    assert read_path(path).file_info.native_text == {1}
    assert read_path(path, null_tokens=["void"]).file_info.native_text == {0}
    assert read_path(path, null_tokens=[]).file_info.native_text == {0, 1}


def test_other_lists_can_be_chosen():
    found = read_file("json/wrapped.json", record_path="/result/errors")

    assert (found.header, found.rows, found.locations) == (["code"], [("7",)], ["/result/errors/0"])
    assert found.file_info.options["record_path"] == "/result/errors"
    assert found.file_info.choices["record_path"] == ["/result/errors", "/result/items", ""]


def test_the_whole_document_can_be_the_record():
    found = read_file("json/wrapped.json", record_path="")

    assert found.header == ["meta.page", "meta.tags", "result.errors", "result.items"]
    assert found.rows == [("1", '["a","b"]', '[{"code":7}]', '[{"id":1},{"id":2}]')]


@pytest.mark.parametrize(
    ("file", "path"), [("wrapped.json", "/nowhere"), ("lines.ndjson", "/id"), ("array.json", "/0")]
)
def test_a_record_path_that_is_not_there_is_refused(file, path):
    with pytest.raises(InvalidMapping, match="record_path"):
        read_file(f"json/{file}", record_path=path)


def test_a_wrong_extension_is_reported():
    assert read_file("json/geo.csv").warnings == [
        "The file extension is .csv, but the content is JSON and was read as such."
    ]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("scalars_only.json", "no rows"),
        ("broken.json", r"line 3, character 6\): expected a colon after the key"),
        ("cut_short.json", r"line 1, character 16\): expected a comma or a closing bracket, but the text ends"),
        ("followed.json", "text after the end of the list"),
        ("deep_lists.json", "levels deep"),
        ("deep_record.json", "levels deep"),
    ],
)
def test_files_that_cannot_be_read_are_refused(file, words):
    with pytest.raises(UnreadableFile, match=words):
        read_file(f"json/{file}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a":1},\n {"a":2},\n]', "line 3, character 1): expected a value, but nothing follows the comma"),
        ('[{"a":1},\n {"a":2,}]', "line 2, character "),
        (
            '{"rows":[{"a":1}],}',
            "line 1, character 19): expected a key in double quotes, but nothing follows the comma",
        ),
        ('[{"a":1}\n {"a":2}]', "line 2, character 2): expected “]”"),
        ('[{"a":1},{"a":"x', "line 1, character 15): the string that starts here is not closed"),
        ('{"rows":[{"a":1},{"a"', "line 1, character 22): expected a colon after the key, but the text ends"),
        ("[{'a':1}]", "line 1, character 3): expected a key in double quotes"),
        ('[{"a":1}, // no\n{"a":2}]', "line 1, character 11): expected a value"),
    ],
)
def test_the_position_of_invalid_json_is_reported(tmp_path, text, words):
    path = tmp_path / "broken.json"
    path.write_text(text)

    with pytest.raises(UnreadableFile, match=re.escape(words)):
        read_path(path)


def test_the_position_of_invalid_json_is_reported_far_into_a_file_of_one_line(tmp_path):
    path = tmp_path / "minified.json"
    sound = "[" + '{"a":"é"},' * 300_000
    path.write_text(sound + '{"a" 1}]')

    with pytest.raises(UnreadableFile, match=rf"character {len(sound) + 6:,}\): expected a colon after the key"):
        read_path(path)


def test_too_long_a_record_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(tokenizer, "MAX_ELEMENT", 1_000_000)
    path = tmp_path / "long.json"
    path.write_text('[{"a":1},{"a":"' + "x" * 5_000_000 + '"}]')

    with pytest.raises(UnreadableFile, match="larger than 1 MB"):
        read_path(path)


def test_a_record_across_many_pieces_is_whole(tmp_path):
    path = tmp_path / "long.json"
    path.write_text(json.dumps([{"a": 1}, {"a": "x" * 3_000_000, "b": list(range(200_000))}, {"a": 2}]))

    found = read_path(path)

    assert [len(row[0]) for row in found.rows] == [1, 3_000_000, 1]
    assert found.rows[1][1] == json.dumps(list(range(200_000)), separators=(",", ":"))


@pytest.mark.parametrize("piece", range(1, 12))
def test_a_number_cut_in_two_is_one_number(piece):
    written = "[12,-34.5e+10,7E-1,true]"

    text = tokenizer.JsonText(written[i : i + piece] for i in range(0, len(written), piece))

    assert list(text.elements()) == ["12", "-34.5e+10", "7E-1", True]


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
CELLS = st.one_of(
    st.tuples(NUMBERS, NUMBERS).map(lambda pair: (pair[0], pair[0])),
    TEXTS.map(lambda text: (json.dumps(text), text)),
    TEXTS.map(lambda text: (json.dumps(text, ensure_ascii=False), text)),
    st.sampled_from([("true", "true"), ("false", "false"), ("null", None), ("[ 1.0 ]", "[1.0]")]),
)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8)


@example(rows=[[("[ 1.0 ]", "[1.0]"), ("[ 1.0 ]", "[1.0]")]], as_lines=True, piece=1)
@settings(max_examples=200, deadline=None)
@given(rows=ROWS, as_lines=st.booleans(), piece=st.integers(1, 40))
def test_every_literal_is_as_written_however_the_text_is_cut(tmp_path_factory, rows, as_lines, piece):
    path = tmp_path_factory.getbasetemp() / "literals.json"
    records = [f'{{"a": {a[0]}, "b" :{b[0]}}}' for a, b in rows]
    written = "\n".join(records) if as_lines else "[" + " ,\n".join(records) + "]"
    path.write_text(written, encoding="utf-8")
    text = tokenizer.JsonText(written[i : i + piece] for i in range(0, len(written), piece))
    in_pieces = list(_all_values(text) if as_lines else text.elements())

    # A document of one object with nothing but lists is read as a record only where that was requested.
    options = {"record_path": ""} if as_lines and len(rows) == 1 else {}
    found = read_path(path, batch_rows=3, **options)

    expected = [(a[1], b[1]) for a, b in rows]
    assert found.rows == expected
    assert [(record["a"], record["b"]) for record in in_pieces] == [
        (_plain(a[1], a[0]), _plain(b[1], b[0])) for a, b in rows
    ]


def _all_values(text):
    while text.peek():
        yield text.value()


def _plain(cell, written):
    """The cell's value before it is text."""
    special = {"true": True, "false": False, "null": None, "[ 1.0 ]": ["1.0"]}
    return special.get(written, cell)


PEOPLE = '{"u1": {"name": "Ann", "key": 1}, "u2": {"name": "Bob", "key": 2, "more": [1]}, "u3": {"name": "Cem"}}'


def test_records_under_keys_are_proposed_and_their_keys_are_a_column(tmp_path):
    path = tmp_path / "keyed.json"
    path.write_text(f'{{"count": 3, "people": {PEOPLE}}}')

    found = read_path(path)

    assert found.header == ["_key", "name", "key", "more"]
    assert found.rows == [("u1", "Ann", "1", None), ("u2", "Bob", "2", "[1]"), ("u3", "Cem", None, None)]
    assert found.locations == [f"/people/*, record {number}" for number in (1, 2, 3)]
    assert found.file_info.choices == {"record_path": ["/people/*", ""]}
    again = read_path(path, **found.file_info.options)
    assert (again.header, again.rows, again.locations) == (found.header, found.rows, found.locations)
    assert len(read_path(path, record_path="").rows) == 1


# document: what is proposed, what is offered too
KEYED = {
    PEOPLE: ("/*", [""]),
    '{"dev": {"host": "a", "port": 1}, "prod": {"host": "b", "port": 2}}': ("", ["/*"]),
    '{"a": {"x": 1, "y": 2}, "b": {"z": 3}, "c": {"w": 4}}': ("", []),
    '{"name": {"0": "Ann", "1": "Bob"}, "age": {"0": 1, "1": 2}, "city": {"0": "x", "1": "y"}}': ("/|", [""]),
    '{"a": {"rows": [{"x": 1}]}, "b": {"rows": [{"x": 2}, {"x": 3}]}, "c": {"rows": []}}': ("/b/rows", ["/a/rows", ""]),
    '{"a": {"x": 1}, "b": {"x": 2}, "c": 3}': ("", []),
    '{"all": {"*": {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}}}}': ("/all/~2/*", [""]),
    '{"schema": {"fields": [{"n": 1}, {"n": 2}]}, "data": [{"x": 1}, {"x": 2}]}': ("/data", ["/schema/fields", ""]),
}


@pytest.mark.parametrize("document", KEYED)
def test_the_records_are_where_a_table_is_at_least_half_full(tmp_path, document):
    proposed, others = KEYED[document]
    path = tmp_path / "document.json"
    path.write_text(document)

    file_info = read_path(path).file_info

    assert file_info.options["record_path"] == proposed
    assert set(file_info.choices["record_path"]) == {proposed, *others}


def test_two_values_that_may_be_records_are_read_as_one_and_reported(tmp_path):
    path = tmp_path / "two.json"
    path.write_text('{"dev": {"host": "a"}, "prod": {"host": "b"}}')

    found = read_path(path)

    assert (found.header, found.rows) == (["dev.host", "prod.host"], [("a", "b")])
    assert found.warnings == ["The values at /* may be rows. Set record_path to /* to read them."]
    assert read_path(path, record_path="/*").rows == [("dev", "a"), ("prod", "b")]


def test_commas_between_records_are_no_records(tmp_path):
    path = tmp_path / "commas.json"
    path.write_text('{"a": 1},\n{"a": 2},\n{"a": 3},\n')

    found = read_path(path)

    assert (found.rows, found.problems) == ([("1",), ("2",), ("3",)], {})
    assert found.warnings == ["The objects are separated by commas, but are not in a list; they were read as rows."]


def test_a_sequence_of_texts_has_a_sign_before_each(tmp_path):
    path = tmp_path / "sequence.json"
    path.write_text('\x1e{"a": 1}\n\x1e{"a": 2}\n')

    assert read_path(path).rows == [("1",), ("2",)]


def test_a_file_of_elements_without_names_is_refused_before_its_end(tmp_path):
    path = tmp_path / "numbers.json"
    path.write_text("[" + "1," * 70_000 + "x")

    with pytest.raises(UnreadableFile, match="no rows with named values"):
        read_path(path)
