"""What XML files say: one row for each repeating element, its attributes and children as columns."""

import pytest

from imports.errors import InvalidMapping, UnreadableFile
from tests.imports.reading import read_file, read_path

# file: header, rows, location of the first record
RECORDS = {
    "people.xml": (
        ["@id", "name", "city", "age"],
        [("1", "Ann", " Bern ", None), ("2", "Bob", None, "30")],
        "/people/person[1]",
    ),
    "nested.xml": (
        ["a.b", "a.c.@k", "a.c", "tel", "kid"],
        [("1", "v", "x", '["1","2"]', '[{"n":"A"},{"n":"B"}]'), ("2", None, None, None, None)],
        "/r/row[1]",
    ),
    "wrapped.xml": (["id"], [("1",), ("2",)], "/export/rows/row[1]"),
    "attributes.xml": (["@id", "@n"], [("1", "x"), ("2", None)], "/rows/row[1]"),
    "leaves.xml": (["item"], [("a",), ("b",)], "/list/item[1]"),
    "one_record.xml": (["name", "age"], [("Ann", "30")], "/people/person[1]"),
    "namespaces.xml": (["id", "x:id"], [("1", "2"), (None, None)], "/feed/entry[1]"),
    "mixed.xml": (["t", "p.b", "p"], [("a<b>&c < d", "two", "one  three"), (None, None, None)], "/r/row[1]"),
    "latin1.xml": (["a"], [("é",), ("ü",)], "/r/row[1]"),
    "two_lists.xml": (["i"], [("1",), ("2",), ("3",)], "/r/a[1]"),
}


@pytest.mark.parametrize("batch_rows", [None, 1])
@pytest.mark.parametrize("file", RECORDS)
def test_cells_and_locations(file, batch_rows):
    header, rows, first = RECORDS[file]

    found = read_file(f"xml/{file}", batch_rows)

    assert (found.header, found.rows, found.locations[0]) == (header, rows, first)
    assert (found.troubles, found.understood.native_text) == ({}, set())


def test_another_element_can_be_chosen():
    found = read_file("xml/two_lists.xml", record_path="/r/b")

    assert found.rows == [("1",), ("2",)]
    assert found.locations == ["/r/b[1]", "/r/b[2]"]
    assert found.understood.options == {"record_path": "/r/b"}
    assert found.understood.choices["record_path"] == ["/r/a", "/r/b", "/r"]


def test_an_element_that_is_not_there_is_refused():
    with pytest.raises(InvalidMapping, match="/r/c"):
        read_file("xml/two_lists.xml", record_path="/r/c")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("doctype.xml", "DOCTYPE"),
        ("bomb.xml", "DOCTYPE"),
        ("broken.xml", "broken on line 1"),
        ("cut_short.xml", "broken"),
        ("deep.xml", "broken|deep"),
    ],
)
def test_files_that_cannot_be_read_are_refused(file, words):
    with pytest.raises(UnreadableFile, match=words):
        read_file(f"xml/{file}")


def test_records_are_let_go_while_reading(tmp_path):
    path = tmp_path / "many.xml"
    path.write_text("<r>" + "<row><a>1</a><b>x</b></row>\n" * 50_000 + "</r>")

    found = read_path(path)

    assert len(found.rows) == 50_000
    assert set(found.rows) == {("1", "x")}
    assert found.places[-1] == 50_000


def test_equal_names_are_columns_of_their_own(tmp_path):
    path = tmp_path / "equal.xml"
    path.write_text("<t><r><a><b>1</b></a><a.b>2</a.b></r><r><a.b>3</a.b></r></t>")

    found = read_path(path)

    assert (found.header, found.rows) == (["a.b", "a.b"], [("1", "2"), (None, "3")])
