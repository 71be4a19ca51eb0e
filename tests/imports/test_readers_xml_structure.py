"""XML whose columns or records have to be found: fields named by an attribute, lists, points inside segments."""

import pytest

from imports.errors import NoSuchRecordPath
from tests.imports.reading import read_path

ROWS = [("1", "a"), ("2", "b")]


def read(tmp_path, text, **options):
    path = tmp_path / "document.xml"
    path.write_text(text)
    return read_path(path, **options)


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

# XML: header, rows, paths of fields
NAMED = {
    '<resultset><row><field name="id">1</field><field name="n">a</field></row>'
    '<row><field name="id">2</field><field name="n">b</field></row></resultset>': (["id", "n"], ROWS, ["field"]),
    '<resultset><row><field name="id">1</field><field name="n">a</field></row></resultset>': (
        ["id", "n"], ROWS[:1], ["field"],
    ),
    f'<r {XSI}><row><field name="id">1</field><field name="n" xsi:nil="true"/></row>'
    '<row><field name="n">b</field></row></r>': (["id", "n"], [("1", None), (None, "b")], ["field"]),
    '<r><row><c name="id" value="1"/><c name="n" value="a"/></row><row><c name="id" value="2"/><c name="n" value="b"/>'
    "</row></r>": (["id", "n"], ROWS, ["c"]),
    '<r><row><x name="id">1</x><x name="n">a</x></row><row><x name="id">2</x><x name="n">b</x></row></r>': (
        ["id", "n"], ROWS, ["x"],
    ),
    '<r><doc><str name="id">1</str><str name="n">a</str><int name="k">5</int></doc><doc><str name="id">2</str></doc>'
    "</r>": (["id", "n", "k"], [("1", "a", "5"), ("2", None, None)], ["int", "str"]),
    '<r><row><field name="id" type="int">1</field><field name="n">a</field></row><row><field name="id">2</field></row>'
    "</r>": (["id.@type", "id", "n"], [("int", "1", "a"), (None, "2", None)], ["field"]),
    '<r><row><id>9</id><field name="id">1</field><field name="n">a</field></row><row/></r>': (
        ["id", ":id", "n"], [("9", "1", "a"), (None, None, None)], ["field"],
    ),
    '<r><row><at><Data Name="x">1</Data><Data Name="y">a</Data></at></row><row/></r>': (
        ["at.x", "at.y"], [("1", "a"), (None, None)], ["at/Data"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", NAMED)
def test_elements_with_a_name_are_the_columns(tmp_path, text):
    found = read(tmp_path, text)

    header, rows, fields = NAMED[text]
    record = found.file_info.options["record_path"]
    assert (found.header, found.rows, found.problems) == (header, rows, {})
    assert found.file_info.options["named_fields"] == [f"{record}/{path}" for path in fields]
    assert read(tmp_path, text, **found.file_info.options).rows == rows


# XML: header
NOT_NAMED = {
    '<r><team><player name="Ann">x</player><player name="Bob">y</player></team>'
    '<team><player name="Cy">x</player><player name="Di">y</player></team></r>': ["player"],
    '<r><row><city name="x">t</city></row><row><city name="y">u</city></row></r>': ["city.@name", "city"],
    '<r><row><field name="a">1</field><field name="a">2</field></row><row/></r>': ["field"],
    '<r><row><field name="a"><v>1</v></field><field name="b"><v>1</v></field></row><row/></r>': ["field"],
    '<r><row><field name="a" unit="kg">1</field><field name="b">1</field></row><row/></r>': ["field"],
    '<r><row><field>1</field><field name="b">1</field></row><row/></r>': ["field"],
    '<add><add key="a" value="1"/><add key="b" value="2"/></add>': ["@key", "@value"],
}


@pytest.mark.parametrize("text", NOT_NAMED)
def test_other_elements_with_a_name_are_no_columns_of_that_name(tmp_path, text):
    found = read(tmp_path, text)

    assert found.header == NOT_NAMED[text]
    assert "named_fields" not in found.file_info.options


def test_fields_can_be_asked_for(tmp_path):
    text = '<r><row><x name="id">1</x></row><row><x name="n">b</x></row></r>'

    assert read(tmp_path, text).header == ["x.@name", "x"]
    assert read(tmp_path, text, named_fields=["/r/row/x"]).rows == [("1", None), (None, "b")]
    several = '<r><row><x name="id">1</x><x name="n">a</x></row><row><x name="id">2</x><x name="n">b</x></row></r>'
    assert read(tmp_path, several, named_fields=[]).header == ["x"]


def test_children_that_are_lists_in_one_file_can_be_lists_in_another(tmp_path):
    several = read(tmp_path, "<r><row><t>1</t><t>2</t></row><row><t>3</t></row></r>")
    assert several.file_info.options == {"record_path": "/r/row", "lists": ["/r/row/t"]}

    found = read(tmp_path, "<r><row><t>4</t></row><row/></r>", **several.file_info.options)

    assert found.rows == [('["4"]',), (None,)]
    assert found.file_info.options == several.file_info.options


POINTS = "<trkseg>" + "".join(f'<trkpt lat="{i}" lon="7"/>' for i in range(3)) + "</trkseg>"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"<gpx><trk><name>a</name>{POINTS}{POINTS}</trk></gpx>", "/gpx/trk/trkseg/trkpt"),
        (f"<gpx>{f'<trk><name>a</name>{POINTS * 4}</trk>' * 2}</gpx>", "/gpx/trk/trkseg/trkpt"),
        ("<r><page><rows><i><a>1</a></i><i><a>2</a></i></rows></page><page><rows><i><a>3</a></i></rows></page></r>",
         "/r/page/rows/i"),
    ],
)  # fmt: skip
def test_points_below_segments_are_offered(tmp_path, text, path):
    found = read(tmp_path, text)

    assert found.file_info.choices["record_path"][1] == path
    assert ("possible_records", {"path": path}) in found.warned
    assert len(read(tmp_path, text, record_path=path).rows) == text.count(f"<{path.rpartition('/')[2]}")


@pytest.mark.parametrize(
    "text",
    [
        "<r><o><id>1</id><line><k>1</k></line><line><k>2</k></line></o><o><id>2</id><line><k>3</k></line></o></r>",
        '<r><o id="1"><line><k>1</k></line><line><k>2</k></line></o><o id="2"><line><k>3</k></line></o></r>',
        "<r><o><t>1</t><t>2</t></o><o><t>3</t></o></r>",
    ],
)
def test_lines_of_records_are_not_offered_as_records(tmp_path, text):
    assert read(tmp_path, text).warned == []


def test_records_are_found_deep_in_an_envelope(tmp_path):
    steps = ["Envelope", "Body", "Response", "Result", "diffgram", "NewDataSet"]
    text = "<T><id>1</id></T><T><id>2</id></T>"
    for step in reversed(steps):
        text = f"<{step}>{text}</{step}>"

    assert read(tmp_path, text).rows == [("1",), ("2",)]


TWO = "<Resp><Meta><At>2024</At></Meta><Items><Item><Id>1</Id></Item><Item><Id>2</Id></Item></Items></Resp>"


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("<Resp><Meta><At>2024</At></Meta><Items></Items></Resp>", []),
        ("<Resp><Meta><At>2024</At></Meta><Items/></Resp>", []),
        ("<Resp><Link><a>1</a></Link><Link><a>2</a></Link><Items/></Resp>", []),
        ("<Resp><Meta><At>2024</At></Meta></Resp>", ["nothing_at_path_now"]),
        ("<Resp><Items><Total>0</Total></Items></Resp>", ["nothing_at_path_now"]),
        ("<Resp/>", ["nothing_at_path_now"]),
    ],
)
def test_a_document_without_a_record_has_no_rows(tmp_path, text, warned):
    found = read(tmp_path, text, record_path="/Resp/Items/Item")

    assert (found.header, found.rows, [code for code, _ in found.warned]) == ([], [], warned)


def test_the_only_element_of_a_list_is_offered(tmp_path):
    one = "<Resp><Meta><At>2024</At></Meta><Items><Item><Id>3</Id><N>c</N></Item></Items></Resp>"

    assert read(tmp_path, one).warned == [("possible_records", {"path": "/Resp/Items/Item"})]
    assert read(tmp_path, "<order id='7'><to><name>Ann</name><city>Rome</city></to><n>1</n></order>").warned == []


@pytest.mark.parametrize(
    "text", ["<Other/>", TWO.replace("Item>", "Row>"), "<Resp><Row><a>1</a></Row><Row><a>2</a></Row></Resp>"]
)
def test_a_path_that_another_document_would_have_is_refused(tmp_path, text):
    with pytest.raises(NoSuchRecordPath, match="not found"):
        read(tmp_path, text, record_path="/Resp/Items/Item")
