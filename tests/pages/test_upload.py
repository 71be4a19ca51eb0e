"""A file goes in through the page: what was found, what may be changed, what is refused."""

import hashlib
import json
import re
import zipfile
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from openpyxl import Workbook

from core.actors import Actor
from imports.analysis.analyse import keep_analysis
from imports.errors import MappingDoesNotFit
from imports.mapping import parse_mapping
from imports.models import Analysis, ImportHistory
from imports.pages.wording import error_in_words
from imports.planning.messages import KEY_NOT_IMPORTED
from imports.sources.upload import from_disk
from tests.importing import columns_of, import_text, rows_of
from tests.pages.conftest import PEOPLE
from tests.pages.reading import links, words

QUOTED = "row is too big: Ada"  # a message of the database


def form_of(client, address, **changes):
    """What the browser would send: the fields as the page has them, with changes; None leaves one out."""
    form = client.get(address).context["form"]
    fields = {bound.html_name: bound.initial for bound in form if bound.initial not in (None, False)}
    return {name: value for name, value in (fields | {"on_error": "null"} | changes).items() if value is not None}


def test_upload_shows_what_was_found_and_imports_nothing(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "people.csv", PEOPLE)))
    assert "3 records in 3 columns. Nothing is imported yet." in said
    assert "Format CSV" in said
    assert "Encoding utf-8" in said
    assert "Delimiter comma" in said
    assert "36 85 55" in said
    assert not ImportHistory.objects.exists()


def test_a_text_that_cannot_be_stored_is_shown_all_the_same(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "nul.csv", b"a\x00,b\nx\x00y,1\n")))
    assert "x\ufffdy" in said


def test_order_of_dates_is_shown_with_its_evidence(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "days.csv", "day\n31/12/2025\n01/02/2025\n02/03/2025\n")))
    assert "day/month/year fits 3 of 3 month/day/year fits 2 of 3" in said


def test_every_type_is_shown_with_its_evidence(imogen, upload_of):
    text = 'n,price,day,code,word,none\n1,"1.234,5",soon,007,x,\n2,"2,5",21.03.2024,008,y,\n3,7,22.03.2024,009,z,\n'
    said = words(imogen.get(upload_of("imogen", "kinds.csv", text)))
    for sentence in (
        "INTEGER fits 3 of 3", "NUMERIC (decimal comma, thousands separated by point) fits 3 of 3",
        "day.month.year fits 2 of 3, but not “soon”", "No other type fits every value", "There are no values",
    ):  # fmt: skip
        assert sentence in said


def test_import_of_what_was_found(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    answer = imogen.post(address, form_of(imogen, address))
    done = ImportHistory.objects.get()
    assert answer["Location"] == f"/ui/imports/{done.pk}"
    assert (done.status, done.table_name, done.rows_inserted) == ("success", "people", 3)
    assert done.analysis_id == Analysis.objects.get().pk
    assert done.user_email == "imogen@example.com"
    assert [row["age"] for row in rows_of("people", "age")] == [36, 85, 55]


def test_the_page_of_a_file_that_was_imported_says_so(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    imogen.post(address, form_of(imogen, address))
    page = imogen.get(address)
    assert "It was imported into people; what follows is how it was before." in words(page)
    assert f"/ui/imports/{ImportHistory.objects.get().pk}" in links(page)


WARNINGS = [
    ("n.csv", "a;b\n1;2\n\nTotal: 1\n", "set “Last row” to 0 to read all lines."),
    ("p.csv", "title\n\na;b\n1;2\n", "Set “Header in row” to say where the table begins."),
    ("r.json", '{"a":[{"x":1},{"x":2}],"b":[{"y":3}]}', "Set “Records at” to read others."),
]


@pytest.mark.parametrize(("name", "text", "said"), WARNINGS, ids=[one[0] for one in WARNINGS])
def test_warnings_name_the_fields_of_the_page(imogen, upload_of, name, text, said):
    page = words(imogen.get(upload_of("imogen", name, text)))
    assert said in page
    assert "source_options" not in page


def test_errors_name_the_fields_of_the_page():
    error = MappingDoesNotFit(KEY_NOT_IMPORTED(name="age", nearest=None))

    assert error_in_words(error) == "“Key” names 'age', which is not imported."
    assert str(error) == "unique_columns names 'age', which is not imported."


def test_names_types_columns_and_key_may_be_changed(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    names = {"table_name": "crew", "name_0": "full_name", "key_0": "on", "type_1": "TEXT", "take_2": None}
    imogen.post(address, form_of(imogen, address, **names, on_error="reject_row"))
    done = ImportHistory.objects.get()
    assert done.mapping_config["unique_columns"] == ["full_name"]
    assert done.mapping_config["on_error"] == "reject_row"
    columns = {name: type_ for name, type_ in columns_of("crew").items() if name in ("full_name", "age", "city")}
    assert columns == {"full_name": "text", "age": "text"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"take_0": None, "take_1": None, "take_2": None}, "Choose at least one column."),
        ({"name_0": "age"}, "Two columns are called 'age'. Rename one of them."),
        ({"name_0": "_import_id"}, "A column cannot be called '_import_id'"),
        ({"table_name": "auth_user"}, "Table name “auth_user” is reserved. Choose another name."),
        ({"table_name": None}, "Import into the table: This field is required."),
    ],
)
def test_what_cannot_be_is_said_on_the_page(imogen, upload_of, changes, said):
    address = upload_of("imogen", "people.csv", PEOPLE)
    assert said in words(imogen.post(address, form_of(imogen, address, **changes)))
    assert not ImportHistory.objects.exclude(status="failed").exists()


def test_same_file_again_names_the_import_that_stands_and_the_way_past(imogen, upload_of, people_table):
    address = upload_of("imogen", "people.csv", PEOPLE)
    answer = imogen.post(address, form_of(imogen, address))
    assert answer.status_code == 409
    assert "This file is in the table people already." in words(answer)
    assert f"/ui/imports/{people_table[0].pk}" in links(answer)
    again = imogen.post(address, form_of(imogen, address, force_import="on"))
    forced = ImportHistory.objects.first()
    assert again["Location"] == f"/ui/imports/{forced.pk}"
    assert forced.duplicates_found == 3


def test_import_that_fails_is_said_where_every_choice_still_stands(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    chosen = {"strategy": "extend_table", "name_0": "who", "take_2": None, "rules": '{"transformations": []}'}
    answer = imogen.post(address, form_of(imogen, address, **chosen))
    failed = ImportHistory.objects.get()
    assert answer.status_code == 422
    assert "This was not imported." in words(answer)
    assert "The strategy extend_table needs a table that exists." in words(answer)
    assert f"/ui/imports/{failed.pk}" in links(answer)
    assert {name: answer.context["form"][name].value() for name in chosen if name != "take_2"} == {
        name: value for name, value in chosen.items() if name != "take_2"
    }
    assert not answer.context["form"]["take_2"].value()
    assert address in links(imogen.get(f"/ui/imports/{failed.pk}"))


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "The file is empty: it has no bytes."), (b"\x00\x01\x02\xff" * 50, "")]
)
def test_unreadable_files_are_said_at_once(imogen, content, said):
    answer = imogen.post("/ui/upload", {"file": SimpleUploadedFile("odd.bin", content)})
    assert answer.status_code in (200, 422)
    assert said in words(answer)
    assert answer.context["form"].errors["file"]
    assert not Analysis.objects.exists()


def test_no_file_is_said(imogen):
    assert "Choose a file first." in words(imogen.post("/ui/upload", {}))


def test_file_over_the_limit_is_refused(imogen, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 10
    answer = imogen.post("/ui/upload", {"file": SimpleUploadedFile("big.csv", b"a,b\n1,2\n3,4\n")})
    assert answer.status_code == 413
    assert "The file is larger than" in words(answer)


def test_file_may_be_read_differently(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    answer = imogen.post(f"{address}/read-again", {"read-delimiter": ";"}, follow=True)
    assert "Delimiter semicolon" in words(answer)
    assert [column["header"] for column in answer.context["findings"]["columns"]] == ["a", "b,c"]
    again = answer.redirect_chain[-1][0]
    imogen.post(again, form_of(imogen, again))
    assert ImportHistory.objects.get().mapping_config["header"] == ["a", "b,c"]


def test_a_sheet_is_chosen_among_those_there_are(imogen, upload_of):
    workbook, content = Workbook(), BytesIO()
    workbook.active.title = "First"
    workbook.active.append(["a"])
    workbook.active.append([1])
    second = workbook.create_sheet("Second")
    second.append(["b"])
    second.append([2])
    workbook.save(content)
    address = upload_of("imogen", "two sheets.xlsx", content.getvalue())
    fields = imogen.get(address).context["again"].fields
    assert set(fields) == {
        "sheet", "header_row", "header_rows", "first_row", "last_row",
        "date_order", "decimal", "thousands", "null_tokens",
    }  # fmt: skip
    assert [value for value, _ in fields["sheet"].choices] == ["", "First", "Second"]
    answer = imogen.post(f"{address}/read-again", {"read-sheet": "Second"}, follow=True)
    assert [column["header"] for column in answer.context["findings"]["columns"]] == ["b"]


READ_AGAIN = [
    ("odd.csv", "a,b\n'1','2,5'\n", {"quote": "none"}, {"quote": ""}, ["'1'"]),
    ("sum.csv", "a;b\n1;x\n2;y\nTotal;\n", {"last_row": "0"}, {"last_row": 0}, ["1", "2", "Total"]),
    ("p.csv", "some notes\n1,x\n2,y\n", {"header_row": "0", "first_row": "2"}, {"header_row": 0, "first_row": 2},
     ["1", "2"]),
    ("t.csv", "a;b\n1,234;x\n", {"thousands": ","}, {"thousands": ","}, ["1234"]),
    ("n.csv", "a,b\n1,x\nn.d.,y\n2,z\n", {"null_tokens": "n.d., none"}, {"null_tokens": ["n.d.", "none"]},
     ["1", None, "2"]),
    ("d.json", '{"meta":{"n":5},"rows":[{"a":1},{"a":2}]}', {"record_path": "none"}, {"record_path": ""}, ["5"]),
    ("l.json", "[[1,2],[3,4]]", {"header_row": "1"}, {"header_row": 1}, ["3"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "fields", "options", "first"), READ_AGAIN, ids=[one[0] for one in READ_AGAIN])
def test_whatever_was_understood_may_be_said_differently(imogen, upload_of, name, text, fields, options, first):
    address = upload_of("imogen", name, text)
    sent = {f"read-{key}": value for key, value in fields.items()}
    answer = imogen.post(f"{address}/read-again", sent, follow=True)
    findings = answer.context["findings"]
    assert findings["mapping"]["source_options"] == options
    again = answer.context["again"]
    assert {key: str(again[key].value()) for key in fields} == fields
    assert [one for one in findings["columns"][0]["first_values_after"] if one in first] == first


def test_what_was_found_stands_in_the_fields_that_may_change_it(imogen, upload_of):
    page = imogen.get(upload_of("imogen", "odd.csv", "title\n\na;b\n1;2\n")).content.decode()
    assert "Found: Semicolon" in page
    assert re.search(r'name="read-header_row"[^>]*placeholder="3"', page)


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"a":1}\n{"a":2}\n', "Found: Records one after another"), ('[{"a":1}]', "Found: The whole document")],
)
def test_where_records_are_is_said_without_a_path_too(imogen, upload_of, text, said):
    assert said in words(imogen.get(upload_of("imogen", "a.json", text)))


def test_wrong_reading_is_said_on_the_page(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")
    answer = imogen.post(f"{address}/read-again", {"read-encoding": "klingon"})
    assert answer.status_code in (400, 422)
    assert "klingon" in words(answer)


def test_a_wrong_reading_stays_in_its_field(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")
    answer = imogen.post(f"{address}/read-again", {"read-encoding": "klingon", "read-delimiter": ";"})
    again = answer.context["again"]
    assert (again["encoding"].value(), again["delimiter"].value()) == ("klingon", ";")


# --- another look, with choices ---


def look_again(client, address, **changes):
    return client.post(address, form_of(client, address, **changes) | {"refresh": "preview"}, follow=True)


def test_another_look_keeps_every_choice(imogen, upload_of, people_table):
    address = upload_of("imogen", "people.csv", PEOPLE)
    chosen = {"strategy": "adapt_data", "force_import": "on", "most_errors": "3", "on_error": "reject_row"}
    answer = look_again(imogen, address, **chosen)
    form = answer.context["form"]
    assert [form[name].initial for name in chosen] == ["adapt_data", True, 3, "reject_row"]
    assert answer.context["findings"]["forecast"]["stopped_by"] is None
    again = answer.redirect_chain[-1][0]
    imogen.post(again, form_of(imogen, again))
    done = ImportHistory.objects.first()
    assert (done.status, done.import_strategy, done.duplicates_found) == ("success", "adapt_data", 3)


def test_reading_differently_keeps_what_does_not_depend_on_the_columns(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    chosen = {"table_name": "crew", "on_error": "reject_row", "most_errors": "3", "check_duplicates": None}
    looked = look_again(imogen, address, **chosen, key_0="on").redirect_chain[-1][0]
    answer = imogen.post(f"{looked}/read-again", {"read-delimiter": ";"}, follow=True)
    form = answer.context["form"]
    assert [form[name].initial for name in chosen] == ["crew", "reject_row", 3, False]
    assert [column["header"] for column in answer.context["findings"]["columns"]] == ["a", "b,c"]


def test_reading_differently_proposes_anew_where_nothing_was_chosen(imogen, upload_of, tmp_path):
    import_text(tmp_path, "first.csv", "a;b,c\n1;2,3\n", table_name="crew", source_options={"delimiter": ";"})
    address = upload_of("imogen", "odd.csv", "a;b,c\n4;5,6\n")
    for delimiter, table in (("|", "odd"), (";", "crew")):
        answer = imogen.post(f"{address}/read-again", {"read-delimiter": delimiter}, follow=True)
        assert answer.context["findings"]["table_name"] == table
        address = answer.redirect_chain[-1][0]


RULES = """{"transformations": [{"type": "uppercase", "field": "name"}],
    "filter_rows": [{"field": "age", "operator": "greater_than", "value": 40}]}"""


def test_rules_are_written_on_the_page_and_said_in_words(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    answer = look_again(imogen, address, rules=RULES)
    said = words(answer)
    assert "“name” is put in upper case." in said
    assert "Only records with “age” greater than 40 go in." in said
    assert answer.context["findings"]["forecast"]["filtered"] == 1
    again = answer.redirect_chain[-1][0]
    done = imogen.post(again, form_of(imogen, again), follow=True)
    assert "“name” is put in upper case." in words(done)
    assert [row["name"] for row in rows_of("people")] == ["GRACE", "LINUS"]


def test_rules_that_an_earlier_import_had_may_be_taken_out(imogen, upload_of, tmp_path):
    import_text(tmp_path, "first.csv", PEOPLE, rules=json.loads(RULES))
    address = upload_of("imogen", "people.csv", PEOPLE.replace("Ada", "Alan"))
    assert "“name” is put in upper case." in words(imogen.get(address))
    imogen.post(address, form_of(imogen, address, rules=None))
    assert [row["name"] for row in rows_of("first")] == ["GRACE", "LINUS", "Alan", "Grace", "Linus"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("{", "Rules, as JSON: rules is not valid JSON"),
        ('{"transfromations": []}', "The nearest known one is 'transformations'."),
        ('{"filter_rows": [], "filter_rows": []}', "names the key 'filter_rows' twice"),
    ],
)
def test_rules_that_make_no_sense_are_said_and_stay(imogen, upload_of, rules, said):
    address = upload_of("imogen", "people.csv", PEOPLE)
    answer = imogen.post(address, form_of(imogen, address, rules=rules))
    assert said in words(answer)
    assert answer.context["form"]["rules"].value() == rules
    assert not ImportHistory.objects.exists()


def test_tables_of_such_columns_are_named_with_what_an_import_would_be(imogen, upload_of, people_table):
    said = words(imogen.get(upload_of("imogen", "crew.csv", "name,age,city,post\nAda,36,London,1\n")))
    assert (
        "people has 3 of 4 columns. Adds rows, and new columns. The file has columns that the table lacks: post."
        in said
    )
    assert "Makes the table. There was no table of that name." in said


def test_a_table_that_the_file_cannot_go_into_is_said_with_the_reason(imogen, upload_of, people_table):
    address = upload_of("imogen", "people.csv", "name,age,city\nAda,old,London\n")
    said = words(imogen.get(address))
    assert "Would be refused. Column age of the table is INTEGER, but 1 of 1 values of the file are not." in said
    assert "Nothing goes in (mapping does not fit) 0" in said


# --- the first records, read differently ---


def workbook_of(sheets):
    """name -> rows"""
    workbook, content = Workbook(), BytesIO()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(content)
    return content.getvalue()


def zipped(texts):
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return content.getvalue()


LONG_TEXT = "n,word\n" + "".join(f"{number},{hashlib.md5(b'%d' % number).hexdigest()}\n" for number in range(20_000))
PREVIEWS = [
    (
        "a.xlsx",
        workbook_of({"One": [["a", "d", "e"], [1, 1, 1], [2, 2, 2]], "Two": [["note"], [None], ["b", "c"], [2, 3]]}),
        {"sheet": "Two"},
        "b",
    ),
    ("a.json", '{"x":[{"a":1},{"a":2}],"y":[{"b":"é"}]}', {"record_path": "/y"}, "é"),
    ("a.xml", "<r><p><a>1</a></p><p><a>2</a></p><q><b>three</b></q></r>", {"record_path": "/r/q"}, "three"),
    ("a.csv.zip", zipped({"a.csv": LONG_TEXT}), {"delimiter": ";"}, "n,word"),
    ("two.zip", zipped({"a.csv": "a\n1\n", "b.csv": LONG_TEXT}), {"member": "a.csv"}, "a"),
    ("a.csv", LONG_TEXT, {"header_row": "0"}, "word"),
]


@pytest.mark.parametrize(("name", "content", "chosen", "shown"), PREVIEWS, ids=[one[0] for one in PREVIEWS])
def test_the_first_records_are_shown_as_other_options_read_them(imogen, upload_of, name, content, chosen, shown):
    address = upload_of("imogen", name, content)
    assert f'data-preview="{address}/preview"' in imogen.get(address).content.decode()
    options = {f"read-{key}": value for key, value in chosen.items()}
    before, after = (imogen.get(f"{address}/preview", given) for given in ({}, options))
    assert "trouble" not in {**before.context.flatten(), **after.context.flatten()}
    shown_after = [*after.context["header"], *after.context["records"][0]]
    assert shown in shown_after
    assert shown_after != [*before.context["header"], *before.context["records"][0]]


def test_a_workbook_too_large_to_be_read_at_every_choice_says_so(imogen, upload_of, monkeypatch):
    monkeypatch.setattr("imports.analysis.analyse.MAX_PREVIEW_BYTES", 1000)
    address = upload_of("imogen", "a.xlsx", workbook_of({"One": [["a"], [1]]}))
    assert "Live preview is off for large files." in words(imogen.get(f"{address}/preview"))


# --- another reading than the one that the page shows the columns of ---

COSTS = [["item", "cost"], ["pen", 3], ["ink", 4]]
TWO_SHEETS = workbook_of({"Sales": [["region", "sum"], ["North", 1]], "Costs": COSTS})
OTHER_READINGS = [
    ("a.csv", "a;b,c\n1;2,3\n", {"delimiter": ";"}, {"a": 1, "b_c": Decimal("2.3")}),
    ("a.csv", "t,u\na,b\n1,2\n", {"header_row": "2"}, {"a": 1, "b": 2}),
    ("a.csv", "city\nJosé\n".encode("cp1252"), {"encoding": "cp1251"}, {"city": "Josй"}),
    ("a.csv", "a,b\n1,x\n2,y\n", {"last_row": "2"}, {"a": 1, "b": "x"}),
    ("a.csv", "a,b\n1,x\n2,5\n", {"null_tokens": " x"}, {"a": 1, "b": None}),
    ("a.xlsx", TWO_SHEETS, {"sheet": "Costs"}, {"item": "pen", "cost": 3}),
    ("a.xlsx", TWO_SHEETS, {"sheet": "Costs", "header_row": "2"}, {"pen": "ink", "c_3": 4}),
    ("a.json", '{"x":[{"a":1},{"a":2}],"y":[{"b":"z"}]}', {"record_path": "/y"}, {"b": "z"}),
    ("a.xml", "<r><p><x>1</x></p><p><x>2</x></p><q><y>z</y></q></r>", {"record_path": "/r/q"}, {"y": "z"}),
    ("two.zip", zipped({"a.csv": "a\n1\n", "b.csv": "a\n1\n2\n"}), {"member": "a.csv"}, {"a": 1}),
]  # fmt: skip


def reading_of(client, address, **changes):
    """What the browser would send of how to read the file."""
    again = client.get(address).context["again"]
    return {bound.html_name: bound.value() or "" for bound in again} | {
        f"read-{name}": value for name, value in changes.items()
    }


@pytest.mark.parametrize("button", [{}, {"refresh": "preview"}], ids=["import", "look again"])
@pytest.mark.parametrize(("name", "content", "chosen", "first"), OTHER_READINGS)
def test_another_reading_is_shown_before_it_is_imported(imogen, upload_of, name, content, chosen, first, button):
    address = upload_of("imogen", name, content)

    sent = form_of(imogen, address, table_name="crew") | reading_of(imogen, address, **chosen) | button
    answer = imogen.post(address, sent, follow=True)

    assert not ImportHistory.objects.exists()
    shown = answer.redirect_chain[-1][0]
    assert shown != address
    assert ("Nothing was imported yet: the file was read again" in words(answer)) is not button
    assert [column["name"] for column in answer.context["findings"]["columns"]] == list(first)
    imogen.post(shown, form_of(imogen, shown) | reading_of(imogen, shown))
    row = rows_of("crew")[0]
    assert {name: row[name] for name in first} == first


def test_the_reading_that_is_shown_is_imported(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    chosen = {"delimiter": ";", "null_tokens": "NA, x", "header_row": "1", "quote": "none"}
    shown = imogen.post(f"{address}/read-again", reading_of(imogen, address, **chosen))["Location"]

    imogen.post(shown, form_of(imogen, shown) | reading_of(imogen, shown))

    assert ImportHistory.objects.get().mapping_config["header"] == ["a", "b,c"]


def test_a_reading_that_no_field_can_say_is_imported_as_it_was_asked_for(imogen, people, tmp_path):
    options = {"delimiter": "~", "null_tokens": ["a, b", " "]}
    (tmp_path / "odd.csv").write_text("n~m\n1~a, b\n2~3\n")
    actor = Actor("imogen", user_id=str(people["imogen"].pk), email="")
    with from_disk(tmp_path / "odd.csv") as source:
        found = keep_analysis(source, parse_mapping({"source_options": options}), actor)
    address = f"/ui/upload/{found.pk}"

    imogen.post(address, form_of(imogen, address) | reading_of(imogen, address))

    assert ImportHistory.objects.get().mapping_config["source_options"]["null_tokens"] == ["a, b", " "]
    assert [row["m"] for row in rows_of("odd")] == [None, 3]


def test_choices_of_columns_stay_where_another_reading_has_the_same(imogen, upload_of):
    address = upload_of("imogen", "a.csv", "city,n\nJosé,1\n".encode("cp1252"))
    chosen = {"table_name": "towns", "name_0": "town", "type_1": "TEXT", "key_0": "on", "on_error": "reject_row"}

    sent = form_of(imogen, address, **chosen) | reading_of(imogen, address, encoding="cp1251")
    answer = imogen.post(address, sent, follow=True)

    form = answer.context["form"]
    assert {name: form[name].initial for name in chosen} == chosen | {"key_0": True}
    shown = answer.redirect_chain[-1][0]
    imogen.post(shown, form_of(imogen, shown, on_error="reject_row") | reading_of(imogen, shown))
    assert rows_of("towns", "town n") == [{"town": "Josй", "n": "1"}]


def test_other_columns_are_proposed_anew_and_the_rest_of_the_choices_stays(imogen, upload_of):
    address = upload_of("imogen", "a.xlsx", TWO_SHEETS)
    chosen = {"table_name": "crew", "on_error": "reject_row", "most_errors": "3", "check_duplicates": None}

    sent = form_of(imogen, address, **chosen, name_0="area", key_0="on", rules=RULES)
    answer = imogen.post(address, sent | reading_of(imogen, address, sheet="Costs"), follow=True)

    form = answer.context["form"]
    assert [form[name].initial for name in chosen] == ["crew", "reject_row", 3, False]
    assert [(form[f"name_{at}"].initial, form[f"key_{at}"].initial) for at in (0, 1)] == [
        ("item", False), ("cost", False),
    ]  # fmt: skip
    assert "The names, types and keys of its columns and the rules are proposed anew." in words(answer)


def test_a_reading_that_is_none_is_said_and_nothing_is_imported(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")

    for wrong, said in (({"encoding": "klingon"}, "klingon"), ({"header_row": "-1"}, "Header in row (0: none)")):
        sent = form_of(imogen, address, table_name="crew") | reading_of(imogen, address, **wrong)
        answer = imogen.post(address, sent)
        assert answer.status_code in (200, 400, 422)
        assert said in words(answer)
        assert answer.context["form"]["table_name"].value() == "crew"
        assert said in words(imogen.get(f"{address}/preview", {f"read-{key}": value for key, value in wrong.items()}))
    assert not ImportHistory.objects.exists()


def test_the_preview_of_another_reading_says_what_import_will_do(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    said = "Import reads the file like this first and shows its columns"

    assert said not in words(imogen.get(f"{address}/preview", reading_of(imogen, address)))
    assert said in words(imogen.get(f"{address}/preview", reading_of(imogen, address, delimiter=";")))


def test_headers_alike_stay_apart(imogen, upload_of):
    address = upload_of("imogen", "twins.csv", "a,a\n1,2\n")
    imogen.post(address, form_of(imogen, address))
    assert rows_of("twins", "a a_2") == [{"a": 1, "a_2": 2}]


# --- what the file does not tell ---

DOUBTFUL = "day,n\nNA,1\n01/01/2024,2\n01/02/2024,3\n03/02/2024,4\n"


def test_a_doubtful_order_of_dates_is_asked_with_a_value_that_tells(imogen, upload_of):
    address = upload_of("imogen", "days.csv", DOUBTFUL)
    page = imogen.get(address)
    said = words(page)
    assert "In which order are day and month in “day”?" in said
    assert "Month first: 01/02/2024 is 2 January 2024" in said
    assert "Day first: 01/02/2024 is 1 February 2024" in said
    assert "MDY was taken" not in said
    assert page.content.decode().count('type="radio"') == 2
    assert "checked" not in re.findall(r'<input type="radio"[^>]*>', page.content.decode())[0]


def test_a_question_without_a_value_that_tells_is_asked_all_the_same(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "days.csv", "day,n\n" + "NA,1\n" * 5 + "01/02/2024,2\n")))
    assert "Month first Day first" in said


def test_nothing_is_imported_before_the_question_is_answered(imogen, upload_of):
    address = upload_of("imogen", "days.csv", DOUBTFUL)
    answer = imogen.post(address, form_of(imogen, address))
    assert "Choose one: the file does not tell." in words(answer)
    assert not ImportHistory.objects.exists()


@pytest.mark.parametrize(("order", "days"), [("DMY", ["02-01", "02-03"]), ("MDY", ["01-02", "03-02"])])
def test_the_answer_is_obeyed(imogen, upload_of, order, days):
    address = upload_of("imogen", "days.csv", DOUBTFUL)
    imogen.post(address, form_of(imogen, address, date_order=order))
    done = ImportHistory.objects.get()
    assert [f"{row['day']:%m-%d}" for row in rows_of("days", "day")[2:]] == days
    assert done.mapping_config["source_options"]["date_order"] == order
    assert done.warnings == []


def test_an_order_that_was_said_or_that_the_file_tells_is_not_asked(imogen, upload_of):
    address = upload_of("imogen", "days.csv", DOUBTFUL)
    again = imogen.post(f"{address}/read-again", {"read-date_order": "DMY"}, follow=True)
    assert again.context["form"].questions() == []
    told = imogen.get(upload_of("imogen", "told.csv", "day\n31/12/2025\n01/02/2025\n"))
    assert told.context["form"].questions() == []


@pytest.mark.parametrize(("decimal", "values"), [(".", [1234, 2500]), (",", [Decimal("1.234"), Decimal("2.500")])])
def test_a_doubtful_decimal_mark_is_asked_and_the_answer_obeyed(imogen, upload_of, decimal, values):
    address = upload_of("imogen", "sums.csv", "total;n\n1,234;1\n2,500;2\n")
    said = words(imogen.get(address))
    assert "What does the sign in the numbers of “total” mean?" in said
    assert "It separates thousands: 1,234 is 1234" in said
    assert "It marks decimals: 1,234 is 1.234" in said
    imogen.post(address, form_of(imogen, address, decimal=decimal))
    assert [row["total"] for row in rows_of("sums", "total")] == values


def test_a_decimal_mark_that_another_column_tells_is_not_asked(imogen, upload_of):
    page = imogen.get(upload_of("imogen", "sums.csv", "total;price\n1,234;1.5\n2,500;2.5\n"))
    assert page.context["form"].questions() == []


def test_a_look_of_an_earlier_version_asks_for_the_file_again(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    kept = Analysis.objects.get()
    del kept.findings["findings_version"], kept.findings["choices"], kept.findings["forecast"]
    kept.save()

    for answer in (imogen.get(address), imogen.post(address, {})):
        assert answer.status_code == 404
        assert "This look is of an earlier version of the service. Upload the file again." in words(answer)


@pytest.mark.parametrize("error", [OperationalError, RuntimeError])
def test_an_error_of_the_service_is_said_on_the_page_with_its_import(imogen, upload_of, monkeypatch, caplog, error):
    def insert(*_):
        raise error(QUOTED)

    monkeypatch.setattr("imports.tables.rows.copy_in", insert)
    address = upload_of("imogen", "people.csv", PEOPLE)

    answer = imogen.post(address, form_of(imogen, address))

    failed = ImportHistory.objects.get()
    assert answer.status_code == 500
    assert f"This was not imported. Internal error ({error.__name__}). Your file is fine." in words(answer)
    assert f"/ui/imports/{failed.pk}" in links(answer)
    assert f"{error.__name__} in import {failed.pk}" in caplog.text
    assert "Ada" not in caplog.text
