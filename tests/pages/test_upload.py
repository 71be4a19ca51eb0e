"""Upload and preview: detected settings, changed settings, refused files."""

import hashlib
import json
import re
import zipfile
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError
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
    """Return the form data that the browser submits, with changes; None removes a field."""
    form = client.get(address).context["form"]
    fields = {bound.html_name: bound.initial for bound in form if bound.initial not in (None, False)}
    return {name: value for name, value in (fields | {"on_error": "null"} | changes).items() if value is not None}


def test_an_upload_shows_a_preview_and_imports_nothing(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "people.csv", PEOPLE)))
    assert "3 rows, 3 columns. Not imported yet." in said
    assert "Format CSV" in said
    assert "Encoding UTF-8" in said
    assert "Delimiter comma" in said
    assert "36 85 55" in said
    assert not ImportHistory.objects.exists()


def test_an_unsupported_character_is_shown_in_the_preview(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "nul.csv", b"a\x00,b\nx\x00y,1\n")))
    assert "x\ufffdy" in said


def test_date_formats_show_how_many_values_they_fit(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "days.csv", "day\n31/12/2025\n01/02/2025\n02/03/2025\n")))
    assert "All 3 values match (day/month/year) Only 2 of 3 values match month/day/year" in said


def test_types_show_how_many_values_they_fit(imogen, upload_of):
    text = 'n,price,day,code,word,none\n1,"1.234,5",soon,007,x,\n2,"2,5",21.03.2024,008,y,\n3,7,22.03.2024,009,z,\n'
    said = words(imogen.get(upload_of("imogen", "kinds.csv", text)))
    for sentence in (
        "All 3 values match", "All 3 values match (decimal separator: comma, thousands separator: dot)",
        "2 of 3 non-empty values are dates (day.month.year), but not “soon” (line 2)", "No values",
    ):  # fmt: skip
        assert sentence in said


def test_a_preview_is_imported_unchanged(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    response = imogen.post(address, form_of(imogen, address))
    done = ImportHistory.objects.get()
    assert response["Location"] == f"/ui/imports/{done.pk}"
    assert (done.status, done.table_name, done.rows_inserted) == ("success", "people", 3)
    assert done.analysis_id == Analysis.objects.get().pk
    assert done.user_email == "imogen@example.com"
    assert [row["age"] for row in rows_of("people", "age")] == [36, 85, 55]


def test_a_preview_links_to_its_import(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    imogen.post(address, form_of(imogen, address))
    page = imogen.get(address)
    assert "Already imported into people. This is the original preview." in words(page)
    assert f"/ui/imports/{ImportHistory.objects.get().pk}" in links(page)


WARNINGS = [
    ("n.csv", "a;b\n1;2\n\nTotal: 1\n", "Set “Last row” to 0 to include it."),
    ("p.csv", "title\n\na;b\n1;2\n", "Change “Header row” if that is wrong."),
    ("r.json", '{"a":[{"x":1},{"x":2}],"b":[{"y":3}]}', "Set “Path to rows” to read others."),
]


@pytest.mark.parametrize(("name", "text", "said"), WARNINGS, ids=[one[0] for one in WARNINGS])
def test_warnings_name_the_fields_of_the_page(imogen, upload_of, name, text, said):
    page = words(imogen.get(upload_of("imogen", name, text)))
    assert said in page
    assert "source_options" not in page


def test_errors_name_the_fields_of_the_page():
    error = MappingDoesNotFit(KEY_NOT_IMPORTED(name="age", nearest=None))

    assert error_in_words(error) == "“Unique key”: column “age” is not imported."
    assert str(error) == "unique_columns: column “age” is not imported."


def test_names_types_columns_and_key_can_be_changed(imogen, upload_of):
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
        ({"name_0": "age"}, "Two columns are named “age”. Please rename one."),
        ({"name_0": "_import_id"}, "The column name “_import_id” is reserved"),
        ({"table_name": "auth_user"}, "Table name “auth_user” is reserved. Choose another name."),
        ({"table_name": None}, "Table: This field is required."),
    ],
)
def test_invalid_settings_are_reported_on_the_page(imogen, upload_of, changes, said):
    address = upload_of("imogen", "people.csv", PEOPLE)
    assert said in words(imogen.post(address, form_of(imogen, address, **changes)))
    assert not ImportHistory.objects.exclude(status="failed").exists()


def test_importing_a_file_again_links_to_the_active_import(imogen, upload_of, people_table):
    address = upload_of("imogen", "people.csv", PEOPLE)
    response = imogen.post(address, form_of(imogen, address))
    assert response.status_code == 409
    assert "This file has already been imported into people." in words(response)
    assert f"/ui/imports/{people_table[0].pk}" in links(response)
    again = imogen.post(address, form_of(imogen, address, force_import="on"))
    forced = ImportHistory.objects.first()
    assert again["Location"] == f"/ui/imports/{forced.pk}"
    assert forced.duplicates_found == 3


def test_a_failed_import_keeps_all_settings(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    chosen = {"strategy": "extend_table", "name_0": "who", "take_2": None, "rules": '{"transformations": []}'}
    response = imogen.post(address, form_of(imogen, address, **chosen))
    failed = ImportHistory.objects.get()
    assert response.status_code == 422
    assert "Import failed." in words(response)
    assert "There is no table of that name to add rows to." in words(response)
    assert f"/ui/imports/{failed.pk}" in links(response)
    assert {name: response.context["form"][name].value() for name in chosen if name != "take_2"} == {
        name: value for name, value in chosen.items() if name != "take_2"
    }
    assert not response.context["form"]["take_2"].value()
    assert address in links(imogen.get(f"/ui/imports/{failed.pk}"))


@pytest.mark.parametrize(("content", "said"), [(b"", "This file is empty."), (b"\x00\x01\x02\xff" * 50, "")])
def test_unreadable_files_are_reported_at_once(imogen, content, said):
    response = imogen.post("/ui/upload", {"file": SimpleUploadedFile("odd.bin", content)})
    assert response.status_code in (200, 422)
    assert said in words(response)
    assert response.context["form"].errors["file"]
    assert not Analysis.objects.exists()


def test_a_missing_file_is_reported(imogen):
    assert "Choose a file first." in words(imogen.post("/ui/upload", {}))


def test_file_over_the_limit_is_refused(imogen, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 10
    response = imogen.post("/ui/upload", {"file": SimpleUploadedFile("big.csv", b"a,b\n1,2\n3,4\n")})
    assert response.status_code == 413
    assert "File too large. The limit is" in words(response)


def test_file_settings_can_be_changed(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    response = imogen.post(f"{address}/read-again", {"read-delimiter": ";"}, follow=True)
    assert "Delimiter semicolon" in words(response)
    assert [column["header"] for column in response.context["findings"]["columns"]] == ["a", "b,c"]
    again = response.redirect_chain[-1][0]
    imogen.post(again, form_of(imogen, again))
    assert ImportHistory.objects.get().mapping_config["header"] == ["a", "b,c"]


def test_a_sheet_is_chosen_from_those_of_the_workbook(imogen, upload_of):
    workbook, content = Workbook(), BytesIO()
    workbook.active.title = "First"
    workbook.active.append(["a"])
    workbook.active.append([1])
    second = workbook.create_sheet("Second")
    second.append(["b"])
    second.append([2])
    workbook.save(content)
    address = upload_of("imogen", "two sheets.xlsx", content.getvalue())
    fields = imogen.get(address).context["file_settings"].fields
    assert set(fields) == {
        "sheet", "columns", "header_row", "header_rows", "first_row", "last_row",
        "date_order", "pivot_year", "decimal", "thousands", "null_tokens",
    }  # fmt: skip
    assert [value for value, _ in fields["sheet"].choices] == ["", "First", "Second"]
    response = imogen.post(f"{address}/read-again", {"read-sheet": "Second"}, follow=True)
    assert [column["header"] for column in response.context["findings"]["columns"]] == ["b"]


def two_sheets():
    workbook, content = Workbook(), BytesIO()
    for name in ("First", "Second"):
        sheet = workbook.create_sheet(name)
        sheet.append([name.lower()])
        sheet.append([1])
    workbook.remove(workbook.worksheets[0])
    workbook.save(content)
    return content.getvalue()


def test_all_sheets_are_imported_from_the_preview_of_one(imogen, upload_of):
    address = upload_of("imogen", "two sheets.xlsx", two_sheets())
    assert "Import all 2 sheets, each into its own table" in words(imogen.get(address))

    response = imogen.post(f"{address}/all", form_of(imogen, address), follow=True)

    imports = ImportHistory.objects.order_by("import_timestamp")
    assert [record.table_name for record in imports] == ["two_sheets_first", "two_sheets_second"]
    assert response.redirect_chain[-1][0] == f"/ui/imports?group={imports[0].metadata['group']['id']}"
    assert "Imported in one step" in words(response)
    assert "others of the same file (First)" in words(imogen.get(f"/ui/imports/{imports[0].pk}"))


def test_all_sheets_of_a_known_file_are_refused_in_words(imogen, upload_of):
    address = upload_of("imogen", "two sheets.xlsx", two_sheets())
    imogen.post(f"{address}/all", form_of(imogen, address))

    response = imogen.post(f"{address}/all", form_of(imogen, address), follow=True)

    assert "Nothing was imported: all 2 sheets or files were refused." in words(response)


def test_a_file_of_one_table_has_nothing_more_to_import(imogen, upload_of):
    assert "each into its own table" not in words(imogen.get(upload_of("imogen", "people.csv", PEOPLE)))


FILE_SETTINGS = [
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


@pytest.mark.parametrize(
    ("name", "text", "fields", "options", "first"), FILE_SETTINGS, ids=[case[0] for case in FILE_SETTINGS]
)
def test_every_file_setting_can_be_changed(imogen, upload_of, name, text, fields, options, first):
    address = upload_of("imogen", name, text)
    sent = {f"read-{key}": value for key, value in fields.items()}
    response = imogen.post(f"{address}/read-again", sent, follow=True)
    findings = response.context["findings"]
    assert findings["requested_options"] == options
    again = response.context["file_settings"]
    assert {key: str(again[key].value()) for key in fields} == fields
    assert [one for one in findings["columns"][0]["first_values_after"] if one in first] == first


def test_detected_settings_are_shown_in_their_fields(imogen, upload_of):
    page = imogen.get(upload_of("imogen", "odd.csv", "title\n\na;b\n1;2\n")).content.decode()
    assert "Auto (Semicolon)" in page
    assert re.search(r'name="read-header_row"[^>]*placeholder="3"', page)


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"a":1}\n{"a":2}\n', "Auto (One object per line)"), ('[{"a":1}]', "Auto (Whole file)")],
)
def test_rows_without_a_path_are_named(imogen, upload_of, text, said):
    assert said in words(imogen.get(upload_of("imogen", "a.json", text)))


def test_an_invalid_file_setting_is_reported(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")
    response = imogen.post(f"{address}/read-again", {"read-encoding": "klingon"})
    assert response.status_code in (400, 422)
    assert "klingon" in words(response)


def test_an_invalid_file_setting_is_kept_in_its_field(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")
    response = imogen.post(f"{address}/read-again", {"read-encoding": "klingon", "read-delimiter": ";"})
    again = response.context["file_settings"]
    assert (again["encoding"].value(), again["delimiter"].value()) == ("klingon", ";")


# --- refreshing the preview ---


def refresh_preview(client, address, **changes):
    return client.post(address, form_of(client, address, **changes) | {"refresh": "preview"}, follow=True)


def test_a_refreshed_preview_keeps_all_settings(imogen, upload_of, people_table):
    address = upload_of("imogen", "people.csv", PEOPLE)
    chosen = {"strategy": "adapt_data", "force_import": "on", "max_errors": "3", "on_error": "reject_row"}
    response = refresh_preview(imogen, address, **chosen)
    form = response.context["form"]
    assert [form[name].initial for name in chosen] == ["adapt_data", True, 3, "reject_row"]
    assert response.context["findings"]["forecast"]["stopped_by"] is None
    again = response.redirect_chain[-1][0]
    imogen.post(again, form_of(imogen, again))
    done = ImportHistory.objects.first()
    assert (done.status, done.import_strategy, done.duplicates_found) == ("success", "adapt_data", 3)


def test_other_file_settings_keep_the_settings_without_columns(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    chosen = {"table_name": "crew", "on_error": "reject_row", "max_errors": "3", "on_match": "insert"}
    looked = refresh_preview(imogen, address, **chosen, key_0="on").redirect_chain[-1][0]
    response = imogen.post(f"{looked}/read-again", {"read-delimiter": ";"}, follow=True)
    form = response.context["form"]
    assert [form[name].initial for name in chosen] == ["crew", "reject_row", 3, "insert"]
    assert [column["header"] for column in response.context["findings"]["columns"]] == ["a", "b,c"]


def test_other_file_settings_reuse_an_earlier_import_where_nothing_was_changed(imogen, upload_of, tmp_path):
    import_text(tmp_path, "first.csv", "a;b,c\n1;2,3\n", table_name="crew", source_options={"delimiter": ";"})
    address = upload_of("imogen", "odd.csv", "a;b,c\n4;5,6\n")
    for delimiter, table in (("|", "odd"), (";", "crew")):
        response = imogen.post(f"{address}/read-again", {"read-delimiter": delimiter}, follow=True)
        assert response.context["findings"]["table_name"] == table
        address = response.redirect_chain[-1][0]


RULES = """{"transformations": [{"type": "uppercase", "field": "name"}],
    "filter_rows": [{"field": "age", "operator": "greater_than", "value": 40}]}"""


def test_transformations_are_entered_and_described(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    response = refresh_preview(imogen, address, rules=RULES)
    said = words(response)
    assert "“name” is converted to upper case." in said
    assert "Only rows with “age” greater than 40 are imported." in said
    assert response.context["findings"]["forecast"]["filtered"] == 1
    again = response.redirect_chain[-1][0]
    done = imogen.post(again, form_of(imogen, again), follow=True)
    assert "“name” is converted to upper case." in words(done)
    assert [row["name"] for row in rows_of("people")] == ["GRACE", "LINUS"]


def test_reused_transformations_can_be_removed(imogen, upload_of, tmp_path):
    import_text(tmp_path, "first.csv", PEOPLE, rules=json.loads(RULES))
    address = upload_of("imogen", "people.csv", PEOPLE.replace("Ada", "Alan"))
    assert "“name” is converted to upper case." in words(imogen.get(address))
    imogen.post(address, form_of(imogen, address, rules=None))
    assert [row["name"] for row in rows_of("first")] == ["GRACE", "LINUS", "Alan", "Grace", "Linus"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("{", "Transformations (JSON): rules: invalid JSON (line 1, character 2): expected a key in double quotes."),
        ('{"transfromations": []}', "The closest known key is “transformations”."),
        ('{"filter_rows": [], "filter_rows": []}', "Duplicate key “filter_rows”"),
    ],
)
def test_invalid_transformations_are_reported_and_kept(imogen, upload_of, rules, said):
    address = upload_of("imogen", "people.csv", PEOPLE)
    response = imogen.post(address, form_of(imogen, address, rules=rules))
    assert said in words(response)
    assert response.context["form"]["rules"].value() == rules
    assert not ImportHistory.objects.exists()


def test_similar_tables_are_listed_with_their_strategy(imogen, upload_of, people_table):
    said = words(imogen.get(upload_of("imogen", "crew.csv", "name,age,city,post\nAda,36,London,1\n")))
    assert "people : 3 of 4 columns match. Adds rows and columns. New columns: post." in said
    assert re.search(r"Creates a new table\. (Similar|Import)", said)


def test_a_table_that_does_not_match_is_reported_with_the_reason(imogen, upload_of, people_table):
    address = upload_of("imogen", "people.csv", "name,age,city\nAda,old,London\n")
    said = words(imogen.get(address))
    assert "Can't be imported into this table." in said
    assert said.count("age: 1 of 1 non-empty values cannot be read as whole numbers.") == 1
    assert "or set “If the table exists” to “Add rows, convert to existing types”." in said
    assert "set strategy to" not in said
    assert "Nothing to import (mapping does not fit) 0" in said


def test_a_similar_table_names_the_fields_of_the_page(imogen, upload_of, people_table):
    said = words(imogen.get(upload_of("imogen", "crew.csv", "name,age,city,post\nAda,old,London,x\n")))
    assert "people : 3 of 4 columns match. Can't be imported into this table. age: 1 of 1 non-empty values" in said
    assert "set strategy to" not in said


def test_the_chosen_table_is_not_a_similar_table(imogen, upload_of, people_table):
    page = imogen.get(upload_of("imogen", "crew.csv", "name,age,city\nAda,36,London\n"))
    assert page.context["findings"]["table_name"] == "people"
    assert [table["table_name"] for table in page.context["findings"]["tables"]] == ["people"]
    assert "Similar tables" not in words(page)


# --- live preview with other file settings ---


def workbook_of(sheets):
    """Return a workbook from sheet name -> rows."""
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
def test_the_first_rows_are_shown_with_other_file_settings(imogen, upload_of, name, content, chosen, shown):
    address = upload_of("imogen", name, content)
    assert f'data-preview="{address}/preview"' in imogen.get(address).content.decode()
    options = {f"read-{key}": value for key, value in chosen.items()}
    before, after = (imogen.get(f"{address}/preview", given) for given in ({}, options))
    assert "problem" not in {**before.context.flatten(), **after.context.flatten()}
    shown_after = [*after.context["header"], *after.context["records"][0]]
    assert shown in shown_after
    assert shown_after != [*before.context["header"], *before.context["records"][0]]


def test_a_large_workbook_has_no_live_preview(imogen, upload_of, monkeypatch):
    monkeypatch.setattr("imports.analysis.analyse.MAX_PREVIEW_BYTES", 1000)
    address = upload_of("imogen", "a.xlsx", workbook_of({"One": [["a"], [1]]}))
    assert "Live preview is off for large files." in words(imogen.get(f"{address}/preview"))


# --- importing with changed file settings ---

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
    """Return the form data of the file settings that the browser submits, with changes."""
    again = client.get(address).context["file_settings"]
    return {bound.html_name: bound.value() or "" for bound in again} | {
        f"read-{name}": value for name, value in changes.items()
    }


@pytest.mark.parametrize("button", [{}, {"refresh": "preview"}], ids=["import", "look again"])
@pytest.mark.parametrize(("name", "content", "chosen", "first"), OTHER_READINGS)
def test_changed_file_settings_are_shown_before_the_import(imogen, upload_of, name, content, chosen, first, button):
    address = upload_of("imogen", name, content)

    sent = form_of(imogen, address, table_name="crew") | reading_of(imogen, address, **chosen) | button
    response = imogen.post(address, sent, follow=True)

    assert not ImportHistory.objects.exists()
    shown = response.redirect_chain[-1][0]
    assert shown != address
    assert ("Not imported yet: the file was read again" in words(response)) is not button
    assert [column["name"] for column in response.context["findings"]["columns"]] == list(first)
    imogen.post(shown, form_of(imogen, shown) | reading_of(imogen, shown))
    row = rows_of("crew")[0]
    assert {name: row[name] for name in first} == first


def test_the_shown_file_settings_are_imported(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    chosen = {"delimiter": ";", "null_tokens": "NA, x", "header_row": "1", "quote": "none"}
    shown = imogen.post(f"{address}/read-again", reading_of(imogen, address, **chosen))["Location"]

    imogen.post(shown, form_of(imogen, shown) | reading_of(imogen, shown))

    assert ImportHistory.objects.get().mapping_config["header"] == ["a", "b,c"]


def test_source_options_without_a_field_are_kept(imogen, people, tmp_path):
    options = {"delimiter": "~", "null_tokens": ["a, b", " "]}
    (tmp_path / "odd.csv").write_text("n~m\n1~a, b\n2~3\n")
    actor = Actor("imogen", user_id=str(people["imogen"].pk), email="")
    with from_disk(tmp_path / "odd.csv") as source:
        found = keep_analysis(source, parse_mapping({"source_options": options}), actor)
    address = f"/ui/upload/{found.pk}"

    imogen.post(address, form_of(imogen, address) | reading_of(imogen, address))

    assert ImportHistory.objects.get().mapping_config["source_options"]["null_tokens"] == ["a, b", " "]
    assert [row["m"] for row in rows_of("odd")] == [None, 3]


def test_settings_of_equal_columns_are_kept(imogen, upload_of):
    address = upload_of("imogen", "a.csv", "city,n\nJosé,1\n".encode("cp1252"))
    chosen = {"table_name": "towns", "name_0": "town", "type_1": "TEXT", "key_0": "on", "on_error": "reject_row"}

    sent = form_of(imogen, address, **chosen) | reading_of(imogen, address, encoding="cp1251")
    response = imogen.post(address, sent, follow=True)

    form = response.context["form"]
    assert {name: form[name].initial for name in chosen} == chosen | {"key_0": True}
    shown = response.redirect_chain[-1][0]
    imogen.post(shown, form_of(imogen, shown, on_error="reject_row") | reading_of(imogen, shown))
    assert rows_of("towns", "town n") == [{"town": "Josй", "n": "1"}]


def test_settings_of_other_columns_are_reset_and_the_rest_kept(imogen, upload_of):
    address = upload_of("imogen", "a.xlsx", TWO_SHEETS)
    chosen = {"table_name": "crew", "on_error": "reject_row", "max_errors": "3", "on_match": "insert"}

    sent = form_of(imogen, address, **chosen, name_0="area", key_0="on", rules=RULES)
    response = imogen.post(address, sent | reading_of(imogen, address, sheet="Costs"), follow=True)

    form = response.context["form"]
    assert [form[name].initial for name in chosen] == ["crew", "reject_row", 3, "insert"]
    assert [(form[f"name_{at}"].initial, form[f"key_{at}"].initial) for at in (0, 1)] == [
        ("item", False), ("cost", False),
    ]  # fmt: skip
    assert "Its columns changed, so their names, types and keys and the transformations were reset." in words(response)


def test_invalid_file_settings_are_reported_and_nothing_is_imported(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")

    for wrong, said in (({"encoding": "klingon"}, "klingon"), ({"header_row": "-1"}, "Header row (0 = no header)")):
        sent = form_of(imogen, address, table_name="crew") | reading_of(imogen, address, **wrong)
        response = imogen.post(address, sent)
        assert response.status_code in (200, 400, 422)
        assert said in words(response)
        assert response.context["form"]["table_name"].value() == "crew"
        assert said in words(imogen.get(f"{address}/preview", {f"read-{key}": value for key, value in wrong.items()}))
    assert not ImportHistory.objects.exists()


def test_changed_file_settings_ask_for_apply(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a;b,c\n1;2,3\n")
    said = "Click Apply to use these settings."

    assert said not in words(imogen.get(f"{address}/preview", reading_of(imogen, address)))
    assert said in words(imogen.get(f"{address}/preview", reading_of(imogen, address, delimiter=";")))


def test_equal_headers_get_different_names(imogen, upload_of):
    address = upload_of("imogen", "twins.csv", "a,a\n1,2\n")
    imogen.post(address, form_of(imogen, address))
    assert rows_of("twins", "a a_2") == [{"a": 1, "a_2": 2}]


# --- questions about ambiguous values ---

AMBIGUOUS = "day,n\nNA,1\n01/01/2024,2\n01/02/2024,3\n03/02/2024,4\n"


def test_an_ambiguous_date_order_is_asked_with_an_example(imogen, upload_of):
    address = upload_of("imogen", "days.csv", AMBIGUOUS)
    page = imogen.get(address)
    said = words(page)
    assert "Which date format is used in “day”?" in said
    assert "Month first: 01/02/2024 = 2 January 2024" in said
    assert "Day first: 01/02/2024 = 1 February 2024" in said
    assert "MDY was taken" not in said
    radios = re.findall(r'<input type="radio" name="date_order"[^>]*>', page.content.decode())
    assert len(radios) == 2
    assert "checked" not in radios[0]


def test_an_ambiguous_date_order_is_asked_without_an_example_too(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "days.csv", "day,n\n" + "NA,1\n" * 5 + "01/02/2024,2\n")))
    assert "Month first Day first" in said


def test_nothing_is_imported_before_the_question_is_answered(imogen, upload_of):
    address = upload_of("imogen", "days.csv", AMBIGUOUS)
    response = imogen.post(address, form_of(imogen, address))
    assert "Please fix the following: Which date format is used in “day”? Please choose one." in words(response)
    assert not ImportHistory.objects.exists()


@pytest.mark.parametrize(("order", "days"), [("DMY", ["02-01", "02-03"]), ("MDY", ["01-02", "03-02"])])
def test_the_answer_decides_the_date_order(imogen, upload_of, order, days):
    address = upload_of("imogen", "days.csv", AMBIGUOUS)
    imogen.post(address, form_of(imogen, address, date_order=order))
    done = ImportHistory.objects.get()
    assert [f"{row['day']:%m-%d}" for row in rows_of("days", "day")[2:]] == days
    assert done.mapping_config["source_options"]["date_order"] == order
    assert done.warnings == []


def test_what_is_asked_is_only_in_the_questions(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "all.csv", "day,born,n\n01/02/2024,03/04/45,1\n")))
    assert "Questions More than one answer fits the file." in said
    assert "Which date format is used in “day” and “born”?" in said
    assert said.count("See “Questions”.") == 2
    assert "Also possible" not in said
    assert "1 value matches" in said  # of the column that is not asked about
    assert "Questions" not in words(imogen.get(upload_of("imogen", "none.csv", "n\n1\n")))


@pytest.mark.parametrize(("answer", "year"), [(0, 2045), (1, 1945)])
def test_the_century_of_two_digit_years_is_asked_where_they_lie_in_the_future(imogen, upload_of, answer, year):
    address = upload_of("imogen", "births.csv", "name,dob\nA,12/25/45\nB,01/13/68\n")
    page = imogen.get(address)
    assert "Which years do the two-digit years in “dob” mean?" in words(page)
    assert "Two-digit years are read as" not in words(page)
    choices = page.context["form"].fields["pivot_year"].choices
    assert [label.partition(": ")[2] for _, label in choices] == [
        "12/25/45 = 25 December 2045", "12/25/45 = 25 December 1945",
    ]  # fmt: skip
    imogen.post(address, form_of(imogen, address, pivot_year=choices[answer][0]))
    assert rows_of("births", "dob")[0]["dob"].year == year
    done = ImportHistory.objects.get()
    assert (done.mapping_config["source_options"]["pivot_year"], done.warnings) == (int(choices[answer][0]), [])


def test_a_chosen_or_unambiguous_date_order_is_not_asked(imogen, upload_of):
    address = upload_of("imogen", "days.csv", AMBIGUOUS)
    again = imogen.post(f"{address}/read-again", {"read-date_order": "DMY"}, follow=True)
    assert again.context["form"].questions() == []
    told = imogen.get(upload_of("imogen", "told.csv", "day\n31/12/2025\n01/02/2025\n"))
    assert told.context["form"].questions() == []


#: File, sample value, separator of decimals, values.
AMBIGUOUS_SEPARATORS = [
    ("total;n\n1,234;1\n2,500;2\n", "1,234", ".", [1234, 2500]),
    ("total;n\n1,234;1\n2,500;2\n", "1,234", ",", [Decimal("1.234"), Decimal("2.500")]),
    ("total,n\n1.234,1\n2.500,2\n", "1.234", ",", [1234, 2500]),
    ("total,n\n1.234,1\n2.500,2\n", "1.234", ".", [Decimal("1.234"), Decimal("2.500")]),
]


@pytest.mark.parametrize(("content", "sample", "decimal", "values"), AMBIGUOUS_SEPARATORS)
def test_an_ambiguous_separator_is_asked(imogen, upload_of, content, sample, decimal, values):
    address = upload_of("imogen", "sums.csv", content)
    said = words(imogen.get(address))
    assert "Which number format is used in “total”?" in said
    assert f"Thousands separator: {sample} = 1234" in said
    assert f"Decimal separator: {sample} = 1.234" in said
    imogen.post(address, form_of(imogen, address, decimal=decimal))
    assert [row["total"] for row in rows_of("sums", "total")] == values


SONGS = "song,len\na,03:45\nb,04:20\n"


@pytest.mark.parametrize(("answer", "type_"), [("TEXT", "text"), ("TIME", "time without time zone")])
def test_the_answer_to_a_question_about_a_type_decides_it(imogen, upload_of, answer, type_):
    address = upload_of("imogen", "songs.csv", SONGS)
    said = words(imogen.get(address))
    assert "Are the values of “len” times of day or durations?" in said
    assert "Times of day (stored as time): 03:45 Durations (stored as text): 03:45" in said
    assert "may be a duration" not in said
    imogen.post(address, form_of(imogen, address, answer_1=answer))
    assert (columns_of("songs")["len"], ImportHistory.objects.get().warnings) == (type_, [])


NEARLY = "k,n\n" + "".join(f"item {n},{n}\n" for n in range(9)) + "x,soon\ny,\n"


@pytest.mark.parametrize(("answer", "type_", "errors"), [("TEXT", "text", 0), ("INTEGER", "integer", 1)])
def test_a_few_misfits_are_asked_about_with_their_lines(imogen, upload_of, answer, type_, errors):
    address = upload_of("imogen", "nearly.csv", NEARLY)
    said = words(imogen.get(address))
    assert "How should “n” be imported?" in said
    assert "9 of 10 non-empty values are whole numbers, but not “soon” (line 11)." in said
    assert "Text: every value as in the file Whole number: 1 cell left empty and listed as an error" in said
    imogen.post(address, form_of(imogen, address, answer_1=answer))
    done = ImportHistory.objects.get()
    assert (columns_of("nearly")["n"], done.warnings, done.mapping_errors_count) == (type_, [], errors)


def test_a_question_about_a_type_waits_for_an_answer(imogen, upload_of):
    address = upload_of("imogen", "songs.csv", SONGS)
    assert "Please choose one." in words(imogen.post(address, form_of(imogen, address)))
    assert not ImportHistory.objects.exists()


def test_choosing_the_type_answers_the_question_about_it(imogen, upload_of):
    address = upload_of("imogen", "songs.csv", SONGS)
    imogen.post(address, form_of(imogen, address, type_1="TEXT"))
    assert columns_of("songs")["len"] == "text"


def test_a_column_that_is_left_out_is_not_asked_about(imogen, upload_of):
    address = upload_of("imogen", "songs.csv", SONGS)
    imogen.post(address, form_of(imogen, address, take_1=None))
    assert "len" not in columns_of("songs")


def test_the_preview_shows_what_decided(imogen, upload_of):
    said = words(imogen.get(upload_of("imogen", "t.csv", "a,b\n03/04/2024,25/12/2024\n")))
    assert "Column “b” has dates as day/month/year." in said


def test_a_decimal_separator_that_another_column_decides_is_not_asked(imogen, upload_of):
    page = imogen.get(upload_of("imogen", "sums.csv", "total;price\n1,234;1.5\n2,500;2.5\n"))
    assert page.context["form"].questions() == []


def test_a_preview_of_an_earlier_version_asks_for_the_file_again(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    kept = Analysis.objects.get()
    del kept.findings["findings_version"], kept.findings["choices"], kept.findings["forecast"]
    kept.save()

    for response in (imogen.get(address), imogen.post(address, {})):
        assert response.status_code == 404
        assert (
            "This preview was created by an earlier version of Content Atlas. Please upload the file again."
            in words(response)
        )


@pytest.mark.parametrize("error", [ProgrammingError, RuntimeError])
def test_an_internal_error_is_reported_with_its_import(imogen, upload_of, monkeypatch, caplog, error):
    def insert(*_):
        raise error(QUOTED)

    monkeypatch.setattr("imports.tables.rows.copy_in", insert)
    address = upload_of("imogen", "people.csv", PEOPLE)

    response = imogen.post(address, form_of(imogen, address))

    failed = ImportHistory.objects.get()
    assert response.status_code == 500
    assert (
        f"Import failed. Internal error ({error.__name__}). Your file is fine. "
        "Try again, or contact your administrator." in words(response)
    )
    assert f"/ui/imports/{failed.pk}" in links(response)
    assert f"{error.__name__} in import {failed.pk}" in caplog.text
    assert "Ada" not in caplog.text


@pytest.mark.parametrize(
    ("content", "label", "note"),
    [
        ("name,age,city\nGrace,85,New York\nAda,36,London\n", "Import file", "Nothing new: 2 duplicates."),
        (PEOPLE + "Alan,41,London\n", "Import 1 new row", None),
        ("name,age,city\nAlan,41,London\nEdsger,72,Nuenen\n", "Import 2 rows", None),
        ("name,age,city\nAlan,41,London\nEdsger,72,Nuenen,x\n", "Import 1 of 2 rows", None),
    ],
)
def test_the_button_of_a_preview_says_what_an_import_would_add(imogen, upload_of, people_table, content, label, note):
    page = imogen.get(upload_of("imogen", "more.csv", content))

    assert f"{label} Refresh preview" in words(page)
    assert (note in words(page)) if note else ("Nothing new" not in words(page))


BURIED = "a note\nanother\na third\na fourth\n\nday,n,town\n2024-01-05,1,Ulm\n"


def test_a_file_of_which_most_is_not_read_is_imported_as_previewed(imogen, upload_of):
    address = upload_of("imogen", "buried.csv", BURIED)
    said = words(imogen.get(address))
    imogen.post(address, form_of(imogen, address))

    assert "Most of this file is outside the table that was found: 4 lines not read, 2 lines read." in said
    assert "Lines above the table 4 (in lines 1–5)" in said
    record = ImportHistory.objects.get()
    assert (record.status, record.rows_inserted, record.not_read["lines"]) == ("success", 1, 4)
