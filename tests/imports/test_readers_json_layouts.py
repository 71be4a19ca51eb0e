"""JSON documents that hold their rows in other ways than as a list of objects: each with its columns and rows."""

import json

import pytest

from imports.errors import InvalidMapping, NoSuchRecordPath, UnreadableFile
from tests.imports.reading import read_path

ROWS = [("1", "a"), ("2", "b")]


def read(tmp_path, document, name="document.json", **options):
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_path(path, **options)


# document: path of the rows, of the names
NAMED_ELSEWHERE = {
    '{"columns":["id","name"],"data":[[1,"a"],[2,"b"]]}': ("/data", "/columns"),
    '{"columns":["id","name"],"index":[0,1],"data":[[1,"a"],[2,"b"]]}': ("/data", "/columns"),
    '{"data":[[1,"a"],[2,"b"]],"columns":["id","name"]}': ("/data", "/columns"),
    '{"cols":[{"name":"id"},{"name":"name"}],"rows":[[1,"a"],[2,"b"]]}': ("/rows", "/cols"),
    '{"data":{"rows":[[1,"a"],[2,"b"]],"cols":[{"name":"id","type":"int"},{"name":"name"}]}}': (
        "/data/rows",
        "/data/cols",
    ),
    '{"meta":{"view":{"columns":[{"id":1,"name":"id"},{"id":2,"name":"name"}]}},"data":[[1,"a"],[2,"b"]]}': (
        "/data",
        "/meta/view/columns",
    ),
    '{"columnNames":["id","name"],"rows":[[1,"a"],[2,"b"]],"more":{"fields":["u","v"]}}': ("/rows", "/columnNames"),
}


@pytest.mark.parametrize("document", NAMED_ELSEWHERE)
def test_lists_are_named_by_the_names_elsewhere_in_the_document(tmp_path, document):
    found = read(tmp_path, document)

    options = found.file_info.options
    assert (found.header, found.rows) == (["id", "name"], ROWS)
    assert (options["record_path"], options["header_path"]) == NAMED_ELSEWHERE[document]
    assert "header_row" not in options
    again = read(tmp_path, document, **options)
    assert (again.header, again.rows, again.locations, again.warnings) == (
        found.header,
        found.rows,
        found.locations,
        [],
    )


# document: header, rows
LABELLED = {
    '{"columns":["v"],"index":["x","y"],"data":[[1],[2]]}': (["index", "v"], [("x", "1"), ("y", "2")]),
    '{"columns":["index"],"index":[5,7],"data":[[1],[2]]}': (["_index", "index"], [("5", "1"), ("7", "2")]),
    '{"columns":["v"],"index":["x"],"data":[[1],[2]]}': (["v"], [("1",), ("2",)]),
    '{"columns":[["a","x"],["a","y"]],"index":[0],"data":[[1,2]]}': (["a.x", "a.y"], [("1", "2")]),
    '{"columns":[0,1],"index":[0],"data":[[1,2]]}': (["0", "1"], [("1", "2")]),
    '{"columns":["id","name"],"data":[]}': (["id", "name"], []),
}


@pytest.mark.parametrize("document", LABELLED)
def test_labels_of_rows_are_a_column_unless_they_number_them(tmp_path, document):
    found = read(tmp_path, document)

    assert (found.header, found.rows) == LABELLED[document]


# document: header, rows, where nothing names the columns of a list
NOT_NAMED = {
    '{"tags":["x","y"],"data":[[1,2],[3,4]]}': (["column_1", "column_2"], [("1", "2"), ("3", "4")]),
    '{"columns":["x","y","z"],"data":[[1,2],[3,4]]}': (["column_1", "column_2"], [("1", "2"), ("3", "4")]),
    '{"columns":["x","x"],"data":[[1,2],[3,4]]}': (["column_1", "column_2"], [("1", "2"), ("3", "4")]),
    '{"columns":["x","y"],"data":[{"a":1},{"a":2}]}': (["a"], [("1",), ("2",)]),
}


@pytest.mark.parametrize("document", NOT_NAMED)
def test_lists_that_are_no_names_name_nothing(tmp_path, document):
    found = read(tmp_path, document)

    assert (found.header, found.rows) == NOT_NAMED[document]
    assert "header_path" not in found.file_info.options


def test_names_elsewhere_are_not_looked_for_where_a_header_row_is_set(tmp_path):
    document = '{"columns":["x","y"],"data":[["u","v"],["1","2"]]}'

    assert read(tmp_path, document, header_row=0).header == ["column_1", "column_2"]
    assert read(tmp_path, document, header_row=1).header == ["u", "v"]
    assert read(tmp_path, document, header_path="/columns").header == ["x", "y"]


def test_names_can_be_asked_for_under_any_key(tmp_path):
    document = '{"what":["x","y"],"rows":[[1,2],[3,4]]}'

    assert read(tmp_path, document, header_path="/what").header == ["x", "y"]
    with pytest.raises(InvalidMapping, match="“/rows” does not lead to a list"):
        read(tmp_path, document, header_path="/rows")


@pytest.mark.parametrize(
    "document",
    [
        '{"schema":{"fields":[{"name":"a"},{"name":"b"},{"name":"c"}]},"data":[{"a":1,"b":2,"c":3}]}',
        '{"fields":[{"id":"a","type":"t"},{"id":"b"},{"id":"c"}],"records":[{"a":1,"b":2,"c":3}]}',
        '{"columns":[{"title":"X","field":"a"},{"title":"Y","field":"b"},{"title":"Z","field":"c"}],'
        '"rows":[{"a":1,"b":2,"c":3}]}',
    ],
)
def test_a_list_that_describes_the_columns_is_no_list_of_records(tmp_path, document):
    assert read(tmp_path, document).rows == [("1", "2", "3")]


@pytest.mark.parametrize("comment", ["// made by hand\n", "/* made\nby hand */ "])
def test_json_with_comments_is_no_csv(tmp_path, comment):
    with pytest.raises(UnreadableFile) as refusal:
        read(tmp_path, comment + '[{"a":1},{"a":2}]')

    assert refusal.value.message.code == "broken_json"


def test_fields_that_are_no_columns_of_another_list_are_records(tmp_path):
    document = '{"fields":[{"title":"North","key":"n"},{"title":"South","key":"s"}],"farmers":[{"name":"Ann"}]}'

    assert read(tmp_path, document).rows == [("North", "n"), ("South", "s")]


# document: path, header, rows
BY_COLUMN = {
    '{"id":{"0":1,"1":2},"name":{"0":"a","1":"b"}}': ("/|", ["id", "name"], ROWS),
    '{"id":[1,2],"name":["a","b"]}': ("/|", ["id", "name"], ROWS),
    '{"id":[1],"name":["a"]}': ("/|", ["id", "name"], ROWS[:1]),
    '{"id":{"0":1},"name":{"0":"a"}}': ("/|", ["id", "name"], ROWS[:1]),
    '{"v":{"2024-01-01":1.50,"2024-01-02":2},"w":{"2024-01-02":null,"2024-01-03":4}}': (
        "/|",
        ["key", "v", "w"],
        [("2024-01-01", "1.50", None), ("2024-01-02", "2", None), ("2024-01-03", None, "4")],
    ),
    '{"key":{"7":"x"},"b":{"7":"y"}}': ("/|", ["_key", "key", "b"], [("7", "x", "y")]),
    '{"at":7.5,"unit":{"t":"C"},"hourly":{"h":[0,1,2,3,4,5,6,7,8,9],"t":[5,5,5,5,5,5,5,5,5,null]}}': (
        "/hourly/|",
        ["h", "t"],
        [*[(str(hour), "5") for hour in range(9)], ("9", None)],
    ),
}


@pytest.mark.parametrize("document", BY_COLUMN)
def test_columns_are_read_as_rows(tmp_path, document):
    found = read(tmp_path, document)

    assert (found.file_info.options["record_path"], found.header, found.rows) == BY_COLUMN[document]
    again = read(tmp_path, document, **found.file_info.options)
    assert (again.header, again.rows, again.warnings, again.problems) == (found.header, found.rows, [], {})


def test_columns_give_a_warning_unless_their_rows_are_numbered(tmp_path):
    assert read(tmp_path, '{"id":{"0":1,"1":2},"name":{"0":"a","1":"b"}}').warned == []
    assert read(tmp_path, '{"id":[1,2],"name":["a","b"]}').warned == [("columns_read_as_rows", {"path": "/|"})]


def test_texts_of_columns_are_native_text_and_other_values_are_not(tmp_path):
    assert read(tmp_path, '{"z":["01","02"],"n":[1,null],"e":["NA",2]}').file_info.native_text == {0}
    assert read(tmp_path, '{"n":{"2024":5},"z":{"2024":"01"}}').file_info.native_text == {2}


def test_locations_of_rows_in_columns_are_pointers_with_a_star(tmp_path):
    assert read(tmp_path, '{"a":[1,2],"b":[3,4]}').locations == ["/*/0", "/*/1"]
    assert read(tmp_path, '{"a":{"5":1,"6/7":2}}').locations == ["/*/5", "/*/6~17"]


def test_values_of_columns_are_rejected_like_those_of_records(tmp_path):
    found = read(tmp_path, '{"a":{"0":1,"0":2,"1":"\\ud800","2":[1, 2]},"b":{"0":"x","1":"y","2":"z"}}')

    assert found.told() == [
        (1, "duplicate_key", True, ("2", "x")),
        (2, "unstorable_text", False, ("\ud800", "y")),
    ]
    assert found.rows[2] == ("[1,2]", "z")


def test_columns_of_many_rows_are_whole(tmp_path):
    many = list(range(70_000))
    found = read(tmp_path, {"a": many, "b": [str(number) for number in many]}, batch_rows=1_000)

    assert found.rows == [(str(number), str(number)) for number in many]


# document: what is read instead
NOT_BY_COLUMN = {
    '{"id":7,"tags":["a","b"],"roles":["c","d"]}': ("", ["id", "tags", "roles"], ["/|"]),
    '{"name":"x","at":{"from":["a","b"],"to":["c","d"]}}': ("", ["name", "at.from", "at.to"], ["/at/|"]),
    '{"ann":{"age":1,"c":"x"},"bob":{"age":2,"c":"y"},"cem":{"age":3}}': ("/*", ["key", "age", "c"], []),
    '{"2024-01-01":{"1. open":1},"2024-01-02":{"1. open":2},"2024-01-03":{"1. open":3}}': (
        "/*",
        ["key", "1. open"],
        [],
    ),
    '{"a":{"x":1},"b":[1,2],"c":[3,4]}': ("", ["a.x", "b", "c"], ["/|"]),
    '{"rows":[{"x":1}],"a":[1,2],"b":[3,4]}': ("/rows", ["x"], ["/|"]),
}


@pytest.mark.parametrize("document", NOT_BY_COLUMN)
def test_other_documents_are_not_read_by_column(tmp_path, document):
    found = read(tmp_path, document)

    path, header, offered = NOT_BY_COLUMN[document]
    assert (found.file_info.options["record_path"], found.header) == (path, header)
    assert [choice for choice in found.file_info.choices["record_path"] if choice.endswith("/|")] == offered


def test_lists_of_other_lengths_are_no_columns_unless_asked(tmp_path):
    document = '{"a":[1,2,3],"b":[1,2]}'

    with pytest.raises(UnreadableFile, match="no rows"):
        read(tmp_path, document)
    found = read(tmp_path, document, record_path="/|")
    assert found.rows == [("1", "1"), ("2", "2"), ("3", None)]
    assert found.warned == [("columns_of_other_lengths", {})]


# document: path, header, rows
NUMBERED = {
    '{"0":{"id":1,"name":"a"},"1":{"id":2,"name":"b"}}': ("/#", ["id", "name"], ROWS),
    '{"0":{"id":1,"name":"a"}}': ("/#", ["id", "name"], ROWS[:1]),
    '{"ok":true,"items":{"0":{"id":1,"name":"a"},"1":{"id":2,"name":"b"}}}': ("/items/#", ["id", "name"], ROWS),
    '{"11":{"id":1,"name":"a"},"12":{"id":2,"name":"b"},"15":{"id":3}}': (
        "/*",
        ["key", "id", "name"],
        [("11", "1", "a"), ("12", "2", "b"), ("15", "3", None)],
    ),
}


@pytest.mark.parametrize("document", NUMBERED)
def test_objects_under_numbers_are_rows(tmp_path, document):
    found = read(tmp_path, document)

    assert (found.file_info.options["record_path"], found.header, found.rows) == NUMBERED[document]


def test_a_list_may_have_become_an_object_under_numbers_and_back(tmp_path):
    document = '{"items":{"0":{"id":1,"name":"a"},"1":{"id":2,"name":"b"}}}'

    assert read(tmp_path, document, record_path="/items").rows == ROWS
    assert read(tmp_path, document, record_path="/items").locations == ["/items/0", "/items/1"]
    assert read(tmp_path, '{"items":[{"id":1,"name":"a"}]}', record_path="/items/#").rows == ROWS[:1]
    assert read(tmp_path, '{"items":{"id":1,"name":"a"}}', record_path="/items").rows == ROWS[:1]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("[]", None), ("[]", ""), ('{"items":[]}', None), ('{"items":[]}', "/items"), ('{"items":null}', "/items"),
        ('{"items":""}', "/items"), ('{"items":{}}', "/items"), ('{"items":{}}', "/items/*"), ('{"total":0}', "/items"),
        ('{"items":[]}', "/items/#"), ("{}", "/|"), ('{"total":0,"items":[]}', "/items"), ('{"a":[],"b":[]}', None),
    ],
)  # fmt: skip
def test_a_document_without_a_record_has_no_rows(tmp_path, document, path):
    found = read(tmp_path, document, **({} if path is None else {"record_path": path}))

    assert (found.header, found.rows) == ([], [])


@pytest.mark.parametrize(
    ("document", "path"),
    [('{"other":[{"a":1}]}', "/items"), ('{"total":0}', "/items/rows"), ('[{"a":1}]', "/items"), ("[]", "/items")],
)
def test_a_path_that_another_document_would_have_is_refused(tmp_path, document, path):
    with pytest.raises(NoSuchRecordPath, match="not found"):
        read(tmp_path, document, record_path=path)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ('{"id":1,"name":"a"}\n{"id":2,"name":"b"}', ""),
        ('{"id":1,"name":"a"}\n{"id":2,"name":"b"}', "lines"),
        ('[{"id":1,"name":"a"},{"id":2,"name":"b"}]', "lines"),
        ('[{"id":1,"name":"a"},{"id":2,"name":"b"}]', "/*"),
    ],
)
def test_records_in_a_list_and_one_after_the_other_are_the_same(tmp_path, document, path):
    assert read(tmp_path, document, record_path=path).rows == ROWS


def test_a_line_of_a_file_of_lines_is_the_record(tmp_path):
    document = '{"id":1,"items":[{"x":1},{"x":2}]}'

    assert read(tmp_path, document, "one.ndjson").rows == [("1", '[{"x":1},{"x":2}]')]
    assert read(tmp_path, document, "one.json").rows == [("1",), ("2",)]
    assert read(tmp_path, '{"items":[{"x":1},{"x":2}]}', "one.ndjson").rows == [("1",), ("2",)]
