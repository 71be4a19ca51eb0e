"""Repair by file on the pages: download, change in a spreadsheet, send, see what it changes, repair."""

import io

import pytest

from imports.models import Analysis, ImportHistory
from tests.importing import import_text, query
from tests.lineage.repaired_files import failed_csv, failed_xlsx
from tests.pages.reading import links, words

pytestmark = pytest.mark.usefixtures("in_this_process")

TEXT = "name,age\nAda,36\nLee,old\nGrace,x\n"


@pytest.fixture
def record(atlas_db, tmp_path):
    return import_text(tmp_path, "people.csv", TEXT, table_name="people", db_schema={"age": "INTEGER"})


def named(content, name):
    stream = io.BytesIO(content)
    stream.name = name
    return stream


def test_repaired_rows_are_previewed_and_then_sent(imogen, signed_in, record):
    address = f"/ui/imports/{record.pk}/repaired-rows"
    changed = failed_csv(record).replace(",old,", ",37,").replace(",x,", ",y,").replace("Lee", "Lee ").encode()
    assert address in links(imogen.get(f"/ui/imports/{record.pk}"))
    assert address in links(imogen.get(f"/ui/imports/{record.pk}/errors"))

    review = imogen.post(address, {"file": named(changed, "repaired.csv")})
    shown = words(imogen.get(review.url))

    assert "2 rows changed of 2" in shown
    assert "1 row without an error afterwards. 1 row with values that do not fit: unchanged." in shown
    assert "3 age: Value 'y' is not a valid integer" in shown
    assert "name: a program has changed 1 cell without a repair: spaces at the beginning or the end" in shown
    assert query("SELECT age FROM people ORDER BY id") == [(36,), (None,), (None,)]
    assert signed_in("audrey").get(review.url).status_code == 403

    sent = imogen.post(review.url, {"reason": "as on paper"})

    assert sent.url == f"/ui/imports/{record.pk}"
    assert "1 row repaired" in words(imogen.get(sent.url))
    assert query("SELECT age FROM people ORDER BY id") == [(36,), (37,), (None,)]
    assert "No changes" not in words(imogen.get(review.url))  # the row that did not fit is tried again


def test_the_upload_page_leads_repaired_rows_to_their_import(imogen, record):
    changed = failed_xlsx(record)

    response = imogen.post("/ui/upload", {"file": named(changed, "repaired.xlsx")}, follow=True)

    file = Analysis.objects.get()
    assert response.redirect_chain[-1][0] == f"/ui/imports/{record.pk}/repaired-rows/{file.pk}"
    assert "These are repaired rows of an import into “people”." in words(response)
    assert "No changes of 2 2 rows as in the import." in words(response)
    assert ImportHistory.objects.count() == 1
    assert imogen.get(f"/ui/upload/{file.pk}").status_code != 200
    other = "11111111-2222-4333-8444-555555555555"
    assert imogen.get(f"/ui/imports/{other}/repaired-rows").status_code == 404


def test_a_file_that_has_no_rows_of_the_import_is_said(imogen, record):
    review = imogen.post(f"/ui/imports/{record.pk}/repaired-rows", {"file": named(b"a,b\n1,2\n", "x.csv")})

    assert "This is no file of rows with errors" in words(imogen.get(review.url))
