"""The preview of rows that the table has: the key, what happens to them, and what would change."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from imports.models import ImportHistory
from tests.importing import import_text, rows_of
from tests.pages.reading import links, table_rows, words
from tests.pages.test_upload import form_of

FIRST = "id,name,city,phone\n1,Ada,London,\n2,Grace,New York,555\n3,Linus,Helsinki,777\n"
SECOND = "id,name,city,phone\n2,Grace,Arlington,\n1,Ada,London,111\n3,Linus,Helsinki,777\n4,Alan,London,\n"


@pytest.fixture
def customers(atlas_db, tmp_path):
    return import_text(tmp_path, "customers.csv", FIRST, unique_columns=["id"])


def click(client, address, **button):
    """Press a button of the preview: the page that it leads to."""
    return client.post(address, form_of(client, address) | button, follow=True)


def test_rows_with_other_values_are_said_and_updated_at_one_click(imogen, upload_of, customers):
    address = upload_of("imogen", "customers.csv", SECOND)
    said = words(imogen.get(address))
    assert "New rows 1 Other values than the table (skipped) 2 Same as in the table (skipped) 1" in said
    assert "2 of 3 rows have other values than the table. Update them?" in said
    assert "Differences Table → file 2 rows of the file have other values than the table." in said
    assert "They will be skipped. city 1 row phone 2 rows" in said

    response = click(imogen, address, use_on_match="update")

    said = words(response)
    assert "New rows 1 Updated rows 2 Unchanged rows 1" in said
    assert "Import 1 new row, update 2 rows Refresh preview" in said
    assert table_rows(response)[:2] == [
        ["line 2", "2", "city New York → becomes Arlington phone 555 → becomes empty"],
        ["line 3", "1", "phone empty → becomes 111"],
    ]
    again = response.redirect_chain[-1][0]
    page = imogen.post(again, form_of(imogen, again), follow=True)
    assert "Imported, updated" in words(page)
    assert "1 Imported 2 Updated 1 Unchanged" in words(page)
    rows = sorted(tuple(row.values()) for row in rows_of("customers", "source_id city phone"))
    assert rows == [(1, "London", 111), (2, "Arlington", None), (3, "Helsinki", 777), (4, "London", None)]
    done = ImportHistory.objects.first()
    assert (done.mapping_config["on_match"], done.rows_inserted, done.rows_updated) == ("update", 1, 2)
    assert f"/ui/imports/{done.pk}/updated" in links(page)
    assert table_rows(imogen.get(f"/ui/imports/{done.pk}/updated")) == [
        ["Row 1", "2", "city New York → becomes Arlington phone 555 → becomes empty"],
        ["Row 2", "1", "phone empty → becomes 111"],
    ]


def test_the_next_preview_does_with_existing_rows_what_the_last_import_did(imogen, upload_of, tmp_path, customers):
    fill = {"unique_columns": ["id"], "duplicate_check": {"on_match": "fill"}}
    import_text(tmp_path, "customers.csv", FIRST.replace("\n3", "\n5"), table_name="customers", **fill)

    page = imogen.get(upload_of("imogen", "customers.csv", SECOND))

    assert page.context["form"]["on_match"].initial == "fill"
    assert "New rows 1 Filled rows 1 Unchanged rows 2" in words(page)
    assert "update 1 row" in words(page)


def test_the_proposed_key_is_used_at_one_click(imogen, upload_of, tmp_path):
    import_text(tmp_path, "customers.csv", FIRST)
    address = upload_of("imogen", "customers.csv", SECOND)
    said = words(imogen.get(address))
    assert "Rows are compared in all columns: no unique key is chosen." in said
    assert "Proposed key: id. All 4 rows have a value of their own in “id”" in said
    assert "New rows 3" in said

    response = click(imogen, address, use_key="proposed")

    said = words(response)
    assert "Rows are compared by the key id ." in said
    assert "Proposed key" not in said
    assert "2 of 3 rows have other values than the table." in said
    assert response.context["findings"]["mapping"]["unique_columns"] == ["source_id"]


def test_updates_without_a_key_are_an_error_of_the_form(imogen, upload_of, customers):
    address = upload_of("imogen", "others.csv", "name,city\nAda,Rome\n")
    response = imogen.post(address, form_of(imogen, address, on_match="update"))

    assert "Rows can only be updated or filled by a key. Tick “Unique key”" in words(response)
    assert ImportHistory.objects.count() == 1


def test_rows_are_imported_as_other_rows(imogen, upload_of, customers):
    address = upload_of("imogen", "customers.csv", SECOND)
    response = click(imogen, address, on_match="insert", refresh="preview")
    assert "Import 4 rows" in words(response)
    assert response.context["changes"] is None

    again = response.redirect_chain[-1][0]
    imogen.post(again, form_of(imogen, again))

    assert len(rows_of("customers", "id")) == 7


def test_file_settings_that_change_the_columns_reset_what_needs_a_key(imogen, upload_of, customers):
    address = upload_of("imogen", "customers.csv", SECOND)
    chosen = click(imogen, address, use_on_match="update").redirect_chain[-1][0]

    response = imogen.post(f"{chosen}/read-again", form_of(imogen, chosen) | {"read-delimiter": ";"}, follow=True)

    assert response.context["form"]["on_match"].initial == "skip"


def test_users_who_may_not_see_rows_see_numbers_only(customers):
    user = User.objects.create_user("zoe")
    user.user_permissions.add(Permission.objects.get(codename="add_importhistory"))
    zoe = Client()
    zoe.force_login(user)
    file = SimpleUploadedFile("customers.csv", SECOND.encode())

    page = zoe.post("/ui/upload", {"file": file}, follow=True)

    assert "Differences Table → file 2 rows of the file have other values than the table." in words(page)
    assert "You don't have permission to view the rows of this table." in words(page)
    assert "New York" not in page.content.decode()
