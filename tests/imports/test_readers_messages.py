"""What the readers say as data: codes with parameters, of files of each format; their English comes after."""

import json
import re

import openpyxl
import pytest

from core.errors import AtlasError
from core.messages import SENTENCES, Sentence, english, message_of
from imports.pages.wording import FIELD_LABELS
from imports.readers import messages
from imports.readers.json.tokenizer import JsonText
from tests.imports.reading import FILES, read_file, read_path

OTHER_TABLE = "k,v\nx,1\n\n\na,b,c\n1,2,3\n4,5,6\n7,8,9\n"
LISTS = ",".join(f'"k{i}":[{{"a":1}}]' for i in range(6))

# name, content, options: warnings
WARNED = [
    ("a.csv", "title\na,b\n1,2\n3,4\n", {}, [("line_above_table", {"line": 1})]),
    ("a.csv", "a,b\n1,2\n3,4\nTotal,9\n", {}, [("line_of_notes", {"line": 4})]),
    ("a.csv", "a,b\n1,2\n3,4\n\nTotal,9\nnote\n", {}, [("lines_of_notes", {"first_line": 5, "last_line": 6})]),
    ("a.csv", "1,2\n3,4\n", {}, [("no_header", {"file_type": "csv"})]),
    ("a.csv", "a^b\n1^2\n3^4\n", {}, [("unusual_delimiter", {"delimiter": "^"})]),
    ("a.csv", "a,b\nä,1\n".encode("latin-1"), {}, [("not_utf_8", {"encoding": "cp1252"})]),
    ("a.csv", "a,b\n1,2\n", {"sheet": "S"}, [("option_ignored", {"name": "sheet", "file_type": "csv"})]),
    ("a.csv", "a,b\n1,2\n", {"sheet": "S", "nested": "jsonb"},
     [("options_ignored", {"names": ["sheet", "nested"], "file_type": "csv"})]),
    ("a.csv", "a,b\n1,2\n", {"member": "b.csv"}, [("member_ignored", {})]),
    ("a.csv", '[{"a":1}]', {}, [("name_of_other_type", {"extension": "csv", "file_type": "json"})]),
    ("a.json", "[[1,2],[3,4]]", {}, [("no_header", {"file_type": "json"})]),
    ("a.json", '{"a":1},{"a":2}', {}, [("commas_without_list", {})]),
    ("a.json", '{"r":[{"a":1}],"r":[{"a":2}]}', {}, [("path_twice", {"path": "/r"})]),
    ("a.json", '{"n":1,"r":[{"a":1}]}', {}, [("other_values_not_read", {"path": "/r", "values": 1})]),
    ("a.json", '{"n":1,"m":2,"r":[{"a":1},{"a":2}],"s":[{"a":1}]}', {},
     [("other_records_and_values_not_read", {"path": "/r", "others": [["/s", 1]], "values": 2})]),
    ("a.json", f'{{"n":1,{LISTS}}}', {},
     [("other_records_not_read", {"path": "/k0", "others": [[f"/k{i}", 1] for i in range(1, 6)], "more": 1})]),
    ("a.xml", "<a><h>1</h><r><x>1</x></r><r><x>2</x></r></a>", {},
     [("other_records_not_read", {"path": "/a/r", "others": [["/a/h", 1]], "more": 0})]),
    ("a.xml", '<?xml version="1.0" encoding="ascii"?><a><b>ä</b><b>1</b></a>', {},
     [("not_in_named_encoding", {"encoding": "utf-8"})]),
]  # fmt: skip

# name, content, options: reason and parameters
REFUSED = [
    ("a.csv", b"", {}, "empty_file", {}),
    ("a.csv", b" \n\n", {}, "only_blank_lines", {}),
    ("a.csv", b"%PDF-1.4\n", {}, "not_a_table", {"kind": "pdf"}),
    ("a.csv", b"x" * 257 + b"ustar", {}, "no_archive_here", {"archive": "tar"}),
    ("a.csv", b"<html><body>", {}, "web_page", {}),
    ("a.gz", b"\x1f\x8b\x08broken", {}, "damaged_archive", {"archive": "gzip"}),
    ("a.csv", b"a,b\n1,2\n", {"header_row": 9}, "no_line_for_header", {"line": 9}),
    ("a.csv", b"a,b\n1,2\n", {"quote": "''"}, "not_one_character", {"name": "quote"}),
    ("a.csv", b"a,b\n1,2\n", {"encoding": "nope"}, "no_such_encoding",
     {"encoding": "nope",
      "common": ["UTF-8", "Windows-1252", "ISO-8859-15", "Windows-1250", "ISO-8859-2", "Windows-1251"]}),
    ("a.json", b"[1]", {}, "no_records", {}),
    ("a.json", b'[{"a":1,"a":2}]', {}, "only_records_with_key_twice", {"location": "/0"}),
    ("a.json", b'{"r":[{"a":1}]}', {"record_path": "/q"}, "nothing_at_path", {"path": "/q", "paths": ["/r", ""]}),
    ("a.json", b'{"a":1}\n{"a":2}', {"record_path": "/q"}, "records_follow", {"path": "/q"}),
    ("a.json", b'{"r":[{"a":1}]}', {"nested": "no"}, "bad_nested", {}),
    ("a.xml", b"<a><b></a>", {}, "broken_xml",
     {"line": 1, "character": 11, "fault": {"code": "xml_tags_differ", "params": {}}}),
    ("a.xml", b'<?xml version="1.0" encoding="foo-99"?><a/>', {}, "xml_names_unknown_encoding", {}),
    ("a.xml", b"<a>\xff</a>", {"encoding": "utf-8"}, "xml_in_other_encoding", {"line": 1, "character": 4}),
    ("a.xml", b'<a b="' + b"x" * 10_100_000 + b'"/>', {}, "xml_text_too_long", {"line": 1, "character": 10_100_010}),
    ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', {}, "xml_with_doctype", {}),
    ("a.xml", b"<a><b>1</b></a>", {"record_path": "/c"}, "no_such_element", {"path": "/c", "paths": ["/a"]}),
]  # fmt: skip

# text: character, what is wrong there, and what comes there
BROKEN = [
    ('{"a" 1}', 6, ("json_character_expected", {"expected": ":"}), "other"),
    ('{"a":1,}', 8, ("json_key_expected", {}), "comma"),
    ('{"a":1', 7, ("json_character_expected", {"expected": "}"}), "end"),
    ('{"a":tru}', 6, ("json_value_expected", {}), "other"),
    ('{"a":"x', 6, ("json_string_not_closed", {}), "other"),
]


@pytest.mark.parametrize(("name", "content", "options", "warnings"), WARNED)
def test_a_warning_is_a_code_with_parameters(tmp_path, name, content, options, warnings):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)

    assert read_path(path, **options).warned == warnings


@pytest.mark.parametrize(("name", "content", "options", "reason", "params"), REFUSED)
def test_a_refusal_is_a_code_with_parameters(tmp_path, name, content, options, reason, params):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(AtlasError) as refused:
        read_path(path, **options)

    assert refused.value.details == {"reason": reason, "params": params}


def test_another_table_of_a_text_is_reported_by_its_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(OTHER_TABLE + "\n\nd,e,f,g\n1,2,3,4\n4,5,6,7\n7,8,9,8\n", encoding="utf-8")

    assert read_path(path, header_row=1).warned == [
        ("last_columns_without_names", {}),
        ("lines_of_other_table", {"first_line": 5, "last_line": 14, "starts": [5, 11]}),
    ]


def test_the_sheet_that_is_read_and_the_rows_around_its_table_are_data(tmp_path):
    workbook = openpyxl.Workbook()
    for row in (["Title"], ["a", "b"], ["x", 1], ["y", 2], ["z", 3], ["Source: the register"]):
        workbook.active.append(row)
    workbook.active.merge_cells("A3:A4")
    workbook.create_sheet("Old").sheet_state = "hidden"
    workbook.create_sheet("New")
    workbook.save(tmp_path / "a.xlsx")

    assert read_path(tmp_path / "a.xlsx").warned == [
        ("sheets_not_read", {"sheet": "Sheet", "others": [["Old", "hidden"], ["New", None]]}),
        ("row_above_table", {"row": 1}),
        ("row_below_table", {"row": 6}),
        ("merged_cells", {"area": "A3:A4"}),
    ]


def test_lost_cells_of_a_header_are_data():
    assert read_file("corpus/excel/error_in_header.xlsx").warned[:2] == [
        ("error_in_header", {"cell": "B1", "error": "#REF!"}),
        ("formula_in_header", {"cell": "C1"}),
    ]


def test_a_sheet_that_is_not_there_is_data():
    with pytest.raises(AtlasError) as refused:
        read_file("excel/total.xlsx", sheet="Nope")

    assert (refused.value.message.code, refused.value.message.params["sheet"]) == ("no_such_sheet", "Nope")


def test_the_files_of_an_archive_that_are_not_read_are_data():
    assert read_file("archives/several.zip").warned[0] == (
        "members_not_read",
        {"files": 4, "member": "people.csv", "others": ["other.json", "small.csv", "readme.txt"], "more": 0},
    )


@pytest.mark.parametrize(("text", "character", "fault", "following"), BROKEN)
def test_broken_json_says_where_it_breaks_and_what_comes_there(text, character, fault, following):
    reader = JsonText(iter([text]))

    with pytest.raises(AtlasError) as broken:
        for _ in reader.members():
            reader.sound_value()

    assert broken.value.details == {
        "reason": "broken_json",
        "params": {
            "line": 1, "character": character, "fault": {"code": fault[0], "params": fault[1]}, "next": following
        },
    }  # fmt: skip


def test_the_options_of_a_warning_are_named_as_the_api_and_the_pages_name_them():
    warning = messages.LINES_OF_OTHER_TABLE(first_line=5, last_line=9, starts=[5, 8])
    of_records = messages.OTHER_RECORDS_NOT_READ(path="/a", others=[["/b", 2]], more=0)

    assert str(warning).endswith("(starts on line 5, 8). Set header_row to 5 to read it.")
    assert english(warning, FIELD_LABELS).endswith(". Set “Header row” to 5 to read it.")
    assert str(of_records).endswith("Also in the file: /b (2). Set source_options.record_path to read others.")
    assert english(of_records, FIELD_LABELS).endswith("Set “Path to rows” to read others.")


@pytest.mark.parametrize(
    ("spec", "value", "shown"),
    [
        ("all", [1, "b"], "1, b"),
        ("joined  and ", ["a", "b"], "a and b"),
        ("noted", [["a", 2], ["b", None]], "a (2), b"),
        ("more", 3, " and 3 more"),
        ("more", 0, ""),
        ("select csv=delimited text|json=JSON", "csv", "delimited text"),
        ("select csv=delimited text|json=JSON", "xml", "xml"),
        ("message", {"code": "empty_file", "params": {}}, "This file is empty. Choose a file that contains a table."),
    ],
)
def test_a_parameter_is_shown_as_its_sentence_says(monkeypatch, spec, value, shown):
    monkeypatch.setattr("core.messages.SENTENCES", dict(SENTENCES))
    sentence = Sentence("shown_in_a_test", f"{{it:{spec}}}")

    assert str(sentence(it=value)) == shown


def test_messages_about_the_corpus_can_be_stored_and_read_again():
    said = list(_said_of_the_corpus())

    assert len(said) > 100
    for message in said:
        stored = json.loads(json.dumps(message.as_json()))
        assert (message_of(stored), str(message_of(stored))) == (message, str(message))


def _said_of_the_corpus():
    for path in sorted((FILES / "corpus").rglob("*.*")):
        if path.is_file() and not path.name.endswith(".expected.json"):
            try:
                found = read_path(path)
            except AtlasError as error:
                yield error.message
            else:
                yield from found.file_info.warnings
                yield from (problem.message for problems in found.problems.values() for problem in problems)


#: Format, document, what is wrong with it.
FAULTS = [
    ("XML", "<a><b>1</b>", "the file ends before all tags are closed"),
    ("XML", "<a>Q & A</a>", "“<” or “&” in a text must be written as “&lt;” or “&amp;”"),
    ("XML", "<a>1 < 2</a>", "“<” or “&” in a text must be written as “&lt;” or “&amp;”"),
    ("XML", "<a><r b=1/></a>", 'an attribute is not written as name="value"'),
    ("XML", '<a><r b="1" b="2"/></a>', "an attribute is repeated in a tag"),
    ("XML", "<a><b>1</b></a><c/>", "text after the last closing tag"),
    ("XML", "<a><b>\x0b</b></a>", "a control character that XML does not allow"),
    ("XML", "<a><!-- x </a>", "a comment, CDATA section or instruction is not closed"),
    ("XML", "<a><r>]]></r></a>", "unexpected text"),
    ("JSON", '[{"a": "x\ty"}]', "a string contains a line break or another control character"),
    ("JSON", '[{"a": "C:\\x"}]', "a backslash in a string is not followed by a valid escape"),
    ("JSON", '[{"a": 1 "b": 2}]', "expected a comma or a closing bracket"),
    ("JSON", "[{a: 1}]", "expected a key in double quotes"),
]


@pytest.mark.parametrize(("kind", "document", "fault"), FAULTS)
def test_what_is_wrong_with_a_document_is_a_plain_sentence_with_its_position(tmp_path, kind, document, fault):
    path = tmp_path / f"a.{kind.lower()}"
    path.write_text(document)

    expected = rf"Invalid {kind} \(line 1, character \d+\): {re.escape(fault)}\. Please export"
    with pytest.raises(AtlasError, match=expected):
        read_path(path)
