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
    "mixed.xml": (["t", "p.b", "p"], [("a<b>&c < d", "two", "one two three"), (None, None, None)], "/r/row[1]"),
    "latin1.xml": (["a"], [("é",), ("ü",)], "/r/row[1]"),
    "two_lists.xml": (["i"], [("1",), ("2",), ("3",)], "/r/a[1]"),
}


@pytest.mark.parametrize("batch_rows", [None, 1])
@pytest.mark.parametrize("file", RECORDS)
def test_cells_and_locations(file, batch_rows):
    header, rows, first = RECORDS[file]

    found = read_file(f"xml/{file}", batch_rows)

    assert (found.header, found.rows, found.locations[0]) == (header, rows, first)
    assert (found.problems, found.file_info.native_text) == ({}, set())


def test_another_element_can_be_chosen():
    found = read_file("xml/two_lists.xml", record_path="/r/b")

    assert found.rows == [("1",), ("2",)]
    assert found.locations == ["/r/b[1]", "/r/b[2]"]
    assert found.file_info.options == {"record_path": "/r/b"}
    assert found.file_info.choices["record_path"] == ["/r/a", "/r/b", "/r"]


def test_an_element_that_is_not_there_is_refused():
    with pytest.raises(InvalidMapping, match="/r/c"):
        read_file("xml/two_lists.xml", record_path="/r/c")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("doctype.xml", "DOCTYPE"),
        ("bomb.xml", "DOCTYPE"),
        ("broken.xml", r"line 1, character 36\): the closing tag does not match"),
        ("cut_short.xml", r"line 1, character 28\): the file ends before all tags are closed"),
        ("deep.xml", "nested too deeply"),
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
    assert found.positions[-1] == 50_000


def test_equal_names_are_columns_of_their_own(tmp_path):
    path = tmp_path / "equal.xml"
    path.write_text("<t><r><a><b>1</b></a><a.b>2</a.b></r><r><a.b>3</a.b></r></t>")

    found = read_path(path)

    assert (found.header, found.rows) == (["a.b", "a.b"], [("1", "2"), (None, "3")])


# XML: header, rows
VALUES = {
    '<t xmlns:x="u"><r id="1" x:id="2"/><r x:id="3"/></t>': (["@id", "@x:id"], [("1", "2"), (None, "3")]),
    '<t xmlns:x="u"><r x:id="2" id="1"/><r id="3"/></t>': (["@id", "@:id"], [("2", "1"), (None, "3")]),
    "<t xmlns:x='u'><r><x:a>1</x:a><a>2</a></r><r><a>3</a></r></t>": (["a", ":a"], [("1", "2"), (None, "3")]),
    "<t><r><a/></r><r/><r><a>1</a></r></t>": (["a"], [(None,), (None,), ("1",)]),
    '<t><r xml:lang="de"><a>1</a></r></t>': (["@lang", "a"], [("de", "1")]),
    '<t xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><r><a xsi:nil="true" u="m"/></r><r><a>1</a></r></t>': (
        ["a.@u", "a"],
        [("m", None), (None, "1")],
    ),
    "<t><r><a>one<!-- not this -->two<?nor this?>!</a></r><r/></t>": (["a"], [("onetwo!",), (None,)]),
    "<t><r><a><![CDATA[<b>&amp;</b>]]></a></r><r/></t>": (["a"], [("<b>&amp;</b>",), (None,)]),
    "<t><r><a>&lt;&#233;&#x1F600;&amp;&apos;</a></r><r/></t>": (["a"], [("<é😀&'",), (None,)]),
    "<t><r><a/><b></b><c> </c></r><r/></t>": (["a", "b", "c"], [(None, None, " "), (None, None, None)]),
    "<t><r>x<a>1</a>y</r><r/></t>": (["a", "r"], [("1", "x1y"), (None, None)]),
    "<t><r><a>Hello <b>bold</b> world</a></r><r><a>Plain</a></r></t>": (
        ["a.b", "a"],
        [("bold", "Hello bold world"), (None, "Plain")],
    ),
    '<t><r><a>see <i h="x">this <b>now</b></i>!</a></r><r/></t>': (
        ["a.i.@h", "a.i.b", "a.i", "a"],
        [("x", "now", "this now", "see this now!"), (None, None, None, None)],
    ),
    "<t><r><a>\n <b>1</b>\n <c>2</c>\n</a></r><r/></t>": (["a.b", "a.c"], [("1", "2"), (None, None)]),
    "<t><r><a>x <b>1</b> y <b>2</b></a></r><r/></t>": (["a.b", "a"], [('["1","2"]', "x 1 y 2"), (None, None)]),
    "<t><r><k>1</k></r><r><k>2</k><k>3</k></r></t>": (["k"], [('["1"]',), ('["2","3"]',)]),
    "<t><r><k><v>1</v></k><k/></r><r><k a='x'/></r><r/></t>": (
        ["k"],
        [('[{"v":"1"},null]',), ('[{"@a":"x"}]',), (None,)],
    ),
    "<t><r><k><v>1</v></k></r><r><j><k/><k/></j></r></t>": (["k.v", "j.k"], [("1", None), (None, "[null,null]")]),
}


@pytest.mark.parametrize("text", VALUES)
def test_the_content_of_an_element_is_its_value(tmp_path, text):
    path = tmp_path / "values.xml"
    path.write_text(text, encoding="utf-8")

    found = read_path(path)

    assert (found.header, found.rows, found.problems) == (*VALUES[text], {})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252", "iso-8859-15", "shift_jis", "gb18030"])
def test_the_encoding_that_the_file_names_is_used(tmp_path, encoding):
    word = {"shift_jis": "東京", "gb18030": "北京"}.get(encoding, "Zoë")
    path = tmp_path / "encoded.xml"
    declared = encoding.removesuffix("-sig")
    path.write_text(f"<?xml version='1.0' encoding='{declared}'?>\n<t><r><a>{word}</a></r><r/></t>", encoding)

    assert read_path(path).rows == [(word,), (None,)]


@pytest.mark.parametrize(
    ("declared", "used", "options", "warning"),
    [
        ("", "cp1252", "cp1252", "Encoding detected: Windows-1252. If special characters look wrong"),
        ("<?xml version='1.0' encoding='utf-8'?>", "cp1250", "cp1250", "Encoding detected: Windows-1250."),
        (
            "<?xml version='1.0' encoding='us-ascii'?>", "utf-8", "utf-8",
            "The file is not in the encoding that it declares; it was read as UTF-8.",
        ),
    ],
)  # fmt: skip
def test_bytes_of_another_encoding_than_the_file_names_are_read_in_the_likely_one(
    tmp_path, declared, used, options, warning
):
    path = tmp_path / "other.xml"
    words = ["Příliš žluťoučký kůň", "Łódź"] if used == "cp1250" else ["Zürich", "Genève"]
    path.write_bytes((declared + "<t>" + "".join(f"<r>{word}</r>" for word in words) + "</t>").encode(used))

    found = read_path(path)

    assert found.rows == [(word,) for word in words]
    assert found.file_info.options == {"record_path": "/t/r", "encoding": options}
    assert found.warnings[0].startswith(warning)
    assert read_path(path, **found.file_info.options).rows == found.rows


@pytest.mark.parametrize(
    ("root", "namespace", "words"),
    [
        (
            "Workbook",
            "urn:schemas-microsoft-com:office:spreadsheet",
            "The workbook has no values",
        ),
        (
            "document",
            "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
            "an OpenDocument spreadsheet in a single XML",
        ),
    ],
)
def test_a_workbook_as_xml_is_no_list_of_records_unless_asked(tmp_path, root, namespace, words):
    path = tmp_path / "book.xls"
    path.write_text(f"<w:{root} xmlns:w='{namespace}'><w:Row><w:Cell>1</w:Cell></w:Row><w:Row/></w:{root}>")

    with pytest.raises(UnreadableFile, match=words):
        read_path(path)
    assert read_path(path, record_path=f"/{root}/Row").rows == [("1",), (None,)]


def test_a_text_that_is_too_long_is_refused_in_words(tmp_path):
    path = tmp_path / "long.xml"
    path.write_text(f"<t><r>1</r><r>{'x' * 10_100_000}</r></t>")

    with pytest.raises(UnreadableFile, match="more than 10 MB before line 1"):
        read_path(path)


def test_mixed_content_in_mixed_content_does_not_multiply_a_long_text(tmp_path):
    path = tmp_path / "mixed.xml"
    path.write_text(f"<t><r>{'<a>x' * 100}{'y' * 1_000_000}{'z</a>' * 100}</r><r/></t>")

    with pytest.raises(UnreadableFile, match="larger than 32 MB"):
        read_path(path)


def test_another_encoding_can_be_chosen(tmp_path):
    path = tmp_path / "undeclared.xml"
    path.write_text("<t><r><a>Zoë</a></r><r/></t>", "cp1252")

    with pytest.raises(UnreadableFile, match=r"encoding of the XML \(line \d+, character 12\)"):
        read_path(path, encoding="utf-8")
    for encoding in ("cp1252", "latin-1", "iso8859-15", "Windows-1252"):
        assert read_path(path, encoding=encoding).rows == [("Zoë",), (None,)]
    for encoding in ("klingon", "mac_arabic"):
        with pytest.raises(InvalidMapping, match=encoding):
            read_path(path, encoding=encoding)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<t><r><a>&nbsp;</a></r></t>", r"line 1, character 16\): a name between “&” and “;” that XML does not know"),
        ('<!DOCTYPE t SYSTEM "file:///etc/hostname"><t><r>1</r></t>', "DOCTYPE"),
        ('<!DOCTYPE t [<!ENTITY e SYSTEM "file:///etc/hostname">]><t><r>&e;</r></t>', "DOCTYPE"),
        ('<!DOCTYPE t [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><t r="&b;"/>', "DOCTYPE"),
        ('<!DOCTYPE t [<!ELEMENT t ANY><!ENTITY % p "x">]><t><r>1</r></t>', "DOCTYPE"),
        ('<!DOCTYPE t [<!NOTATION n SYSTEM "n"><!ENTITY e SYSTEM "e.gif" NDATA n>]><t><r>1</r></t>', "DOCTYPE"),
        ('<!DOCTYPE t SYSTEM "t.dtd"><t><r>1&nbsp;</r></t>', "line 1, character 41"),
        ("<?xml version='1.0' encoding='klingon'?><t/>", "encoding"),
        ("<t><r>1</r></t><t/>", "text after the last closing tag"),
        ("<t><r/><r/></t>", "have no values"),
    ],
)
def test_what_is_not_plain_xml_is_refused(tmp_path, text, words):
    path = tmp_path / "odd.xml"
    path.write_text(text)

    with pytest.raises(UnreadableFile, match=words):
        read_path(path)


# XML: header, rows
DOCTYPES = {
    "<!DOCTYPE t [<!ELEMENT t (r*)><!ATTLIST r a CDATA #REQUIRED b ID #IMPLIED>]><t><r a='1' b='2'/><r a='3'/></t>": (
        ["@a", "@b"],
        [("1", "2"), ("3", None)],
    ),
    "<!DOCTYPE t [<!ATTLIST r unit CDATA 'kg'>]><t><r>1</r><r unit='g'>2</r></t>": (
        ["@unit", "r"],
        [("kg", "1"), ("g", "2")],
    ),
    "<!DOCTYPE t><t><r>1</r><r>&amp;</r></t>": (["r"], [("1",), ("&",)]),
    '<!DOCTYPE t PUBLIC "-//X//EN" "http://example.com/t.dtd"><t><r>1</r><r>2</r></t>': (["r"], [("1",), ("2",)]),
    '<!DOCTYPE t SYSTEM "t.dtd"><t><r>1</r><r>2</r></t>': (["r"], [("1",), ("2",)]),
}


@pytest.mark.parametrize("text", DOCTYPES)
def test_a_doctype_without_entities_is_read(tmp_path, text):
    path = tmp_path / "declared.xml"
    path.write_text(text)

    found = read_path(path)

    assert (found.header, found.rows, found.warnings) == (*DOCTYPES[text], [])


def test_nested_elements_stay_json_by_option():
    found = read_file("xml/nested.xml", nested="jsonb")

    assert found.header == ["a", "tel", "kid"]
    assert found.rows[0] == ('{"b":"1","c":{"@k":"v","":"x"}}', '["1","2"]', '[{"n":"A"},{"n":"B"}]')


def test_other_contents_of_the_file_are_reported(tmp_path):
    path = tmp_path / "beside.xml"
    path.write_text("<t><on>today</on><rows><r><a>1</a></r><r/></rows><s>2</s></t>")

    found = read_path(path)

    assert found.warnings == [
        "Rows read from /t/rows/r. Also in the file: /t/on (1), /t/s (1). "
        "Set source_options.record_path to read others."
    ]
    assert read_path(path, record_path="/t/rows/r").warnings == []
