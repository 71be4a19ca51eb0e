"""A file goes in through the page: what was found, what may be changed, what is refused."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from imports.models import Analysis, ImportHistory
from tests.importing import columns_of, rows_of
from tests.pages.conftest import PEOPLE
from tests.pages.reading import links, words


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
    assert "day/month/year fits 3 of 3; month/day/year fits 2 of 3" in said


def test_import_of_what_was_found(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    answer = imogen.post(address, form_of(imogen, address))
    done = ImportHistory.objects.get()
    assert answer["Location"] == f"/ui/imports/{done.pk}"
    assert (done.status, done.table_name, done.rows_inserted) == ("success", "people", 3)
    assert done.analysis_id == Analysis.objects.get().pk
    assert done.user_email == "imogen@example.com"
    assert [row["age"] for row in rows_of("people", "age")] == [36, 85, 55]


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
        ({"table_name": "auth_user"}, "The table name 'auth_user' is reserved; choose another name."),
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


def test_import_that_fails_leads_to_its_page_and_back(imogen, upload_of):
    address = upload_of("imogen", "people.csv", PEOPLE)
    answer = imogen.post(address, form_of(imogen, address, strategy="extend_table"), follow=True)
    failed = ImportHistory.objects.get()
    assert answer.redirect_chain[-1][0] == f"/ui/imports/{failed.pk}"
    assert "Nothing was loaded. The strategy extend_table needs a table that exists." in words(answer)
    assert address in links(answer)


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
    assert set(fields) == {"sheet", "header_row", "date_order", "decimal"}
    assert [value for value, _ in fields["sheet"].choices] == ["", "First", "Second"]
    answer = imogen.post(f"{address}/read-again", {"read-sheet": "Second"}, follow=True)
    assert [column["header"] for column in answer.context["findings"]["columns"]] == ["b"]


def test_wrong_reading_is_said_on_the_page(imogen, upload_of):
    address = upload_of("imogen", "odd.csv", "a,b\n1,2\n")
    answer = imogen.post(f"{address}/read-again", {"read-encoding": "klingon"})
    assert answer.status_code in (400, 422)
    assert "klingon" in words(answer)


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
