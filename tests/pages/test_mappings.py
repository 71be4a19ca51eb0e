"""The pages of saved mappings, and where previews and imports use them."""

import json
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imports.models import Analysis, ImportHistory, SavedMapping
from imports.saved_mappings.store import Draft, archive, create, save_version
from tests.importing import TESTER, import_text
from tests.pages.reading import links, words

pytestmark = pytest.mark.usefixtures("in_this_process")

SALES = "Day;Amount;Customer\n31/12/2025;1.234,50;Ada\n30/11/2025;99,00;Grace\n"
CONFIG = {"table_name": "sales", "mappings": {"day": "Day", "amount": "Amount"}, "db_schema": {"day": "DATE"}}


@pytest.fixture
def sales(atlas_db):
    """Save a mapping in two versions."""
    mapping = create("Sales", Draft(CONFIG), TESTER, description="Of the shop").saved_mapping
    save_version(mapping, Draft({**CONFIG, "on_error": "reject_row", "unique_columns": ["day"]}), TESTER, note="Key")
    return SavedMapping.objects.get()


def used_by(record):
    used = record.metadata["saved_mapping"]
    return used["name"], used["version"], used["changed"]


def submitted(response, **changes):
    """What a browser sends for the form of a preview, with these changes."""
    fields = {bound.html_name: bound.initial for bound in response.context["form"]}
    return {name: value for name, value in fields.items() if value not in (None, False)} | changes


def test_a_proposed_mapping_is_used_and_the_import_names_it(imogen, upload_of, sales):
    address = upload_of("imogen", "sales.csv", SALES)
    shown = imogen.get(address)
    assert "Saved mapping: Sales, version 2. The file has all columns that it names." in words(shown)

    used = imogen.post(f"{address}/use-mapping", {"saved_mapping": "sales@2"})
    shown = imogen.get(used["Location"])
    assert "Mapping: Sales , version 2. You can change anything." in words(shown)
    assert "Saved mapping: Sales" not in words(shown)
    imported = imogen.post(used["Location"], submitted(shown))
    record = ImportHistory.objects.get()
    assert (imported["Location"], used_by(record)) == (f"/ui/imports/{record.pk}", ("Sales", 2, []))
    page = imogen.get(imported["Location"])
    assert "Sales , version 2 Action" in words(page)
    assert "/ui/mappings/Sales?version=2" in links(page)


def test_a_mapping_is_chosen_with_the_file(imogen, sales):
    def upload(reference):
        file = SimpleUploadedFile("sales.csv", SALES.encode())
        return imogen.post("/ui/upload", {"file": file, "saved_mapping": reference})

    assert '<option value="Sales">' in imogen.get("/ui/upload").content.decode()
    shown = imogen.get(upload("sales@1")["Location"])
    assert "Mapping: Sales , version 1." in words(shown)
    refused = upload("Slaes")
    assert (refused.status_code, "Did you mean “Sales”?" in words(refused)) == (404, True)
    assert upload("")["Location"].startswith("/ui/upload/")


def test_what_is_changed_in_the_preview_is_said_of_the_import(imogen, upload_of, sales):
    first = upload_of("imogen", "sales.csv", SALES)
    address = imogen.post(f"{first}/use-mapping", {"saved_mapping": "Sales@1"})["Location"]
    shown = imogen.get(address)
    assert "Saved mapping: Sales, version 2." in words(shown)  # the newer one is proposed

    refreshed = imogen.post(address, submitted(shown, table_name="others", refresh="preview"))["Location"]
    shown = imogen.get(refreshed)
    assert "version 1. You changed: table." in words(shown)
    imogen.post(refreshed, submitted(shown, take_2="on", name_2="customer", key_0="on"))

    record = ImportHistory.objects.get()
    assert used_by(record) == ("Sales", 1, ["mappings", "table_name", "unique_columns"])
    assert "Changed for this import: columns, table, unique key." in words(imogen.get(f"/ui/imports/{record.pk}"))


def test_the_mapping_of_a_preview_is_saved_as_the_user_changed_it(imogen, upload_of, sales):
    address = upload_of("imogen", "sales.csv", SALES)
    shown = imogen.get(address)

    taken = imogen.post(f"{address}/save-mapping", submitted(shown, mapping_name="sales", name_1="total"))
    assert (taken.status_code, SavedMapping.objects.count()) == (409, 1)
    assert "A saved mapping is named “Sales” already" in words(taken)
    assert 'value="total"' in unescape(taken.content.decode())
    nameless = imogen.post(f"{address}/save-mapping", submitted(shown))
    assert "This field is required." in words(nameless)
    saved = imogen.post(f"{address}/save-mapping", submitted(shown, mapping_name="Shop", name_1="total"))
    page = imogen.get(saved["Location"])

    assert "Saved: “Shop”, version 1." in words(page)
    assert "Mapping: Shop , version 1." in words(page)
    config = SavedMapping.objects.get(name="Shop").versions.get().config
    assert config["mappings"] == {"day": "Day", "total": "Amount", "customer": "Customer"}
    assert config["db_schema"] == {"day": "DATE", "total": "NUMERIC", "customer": "TEXT"}
    assert config["source_options"]["header_row"] == 1
    again = imogen.post(f"{saved['Location']}/save-mapping", submitted(page, mapping_name="Shop", new_version="on"))
    assert "says the same already" in words(imogen.get(again["Location"]))
    imogen.post(saved["Location"], submitted(page))
    assert used_by(ImportHistory.objects.get()) == ("Shop", 1, [])


def test_the_mapping_of_an_import_is_saved(imogen, sales, tmp_path):
    record = import_text(tmp_path, "sales.csv", SALES)
    page = imogen.get(f"/ui/imports/{record.pk}")
    assert "Save this mapping" in words(page)

    refused = imogen.post(f"/ui/imports/{record.pk}/save-mapping", {"mapping_name": "a/b"}, follow=True)
    assert "“a/b” cannot be the name of a mapping" in words(refused)
    saved = imogen.post(
        f"/ui/imports/{record.pk}/save-mapping", {"mapping_name": "SALES", "new_version": "on"}, follow=True
    )
    assert "Saved: “Sales”, version 3." in words(saved)
    assert "Column “customer” is filled from “Customer”." in words(saved)


def test_the_list_and_the_page_of_a_mapping_show_versions_uses_and_differences(imogen, signed_in, sales, tmp_path):
    import_text(tmp_path, "sales.csv", SALES)
    ImportHistory.objects.update(metadata={"saved_mapping": {"id": sales.pk, "name": "Sales", "version": 1}})
    create("Old", Draft({}), TESTER)
    archive(SavedMapping.objects.get(name="Old"), TESTER)

    shown = imogen.get("/ui/mappings")
    assert "Sales Of the shop 2 1" in words(shown)
    assert "Old" not in words(shown)
    assert "Old Archived" in words(imogen.get("/ui/mappings?show=archived"))
    assert "No matching mappings" in words(imogen.get("/ui/mappings?search=nothing"))
    assert "/ui/imports?saved_mapping=Sales" in links(shown)
    assert "sales.csv" in words(imogen.get("/ui/imports?saved_mapping=Sales@1"))
    assert "sales.csv" not in words(imogen.get("/ui/imports?saved_mapping=Sales@2"))

    page = words(imogen.get("/ui/mappings/sales"))
    for text in ("2 Key 0", "1 – 1", "“Invalid values” is set to “Reject the row”.", "“Unique key” is set to “day”.",
                 "Amount amount found from the values", "Day day Date", "Save as version 3"):  # fmt: skip
        assert text in page
    earlier = words(imogen.get("/ui/mappings/Sales?version=1"))
    assert "This is an earlier version." in earlier
    assert "Choose two versions to compare them." in earlier
    assert imogen.get("/ui/mappings/Sales?version=7").status_code == 404
    assert imogen.get("/ui/mappings/None").status_code == 404
    assert imogen.get("/ui/mappings/a%00b").status_code == 404
    ada = signed_in("ada")
    version = sales.versions.get(version=2)
    for address, text in ((f"savedmapping/{sales.pk}/change/", "Of the shop"), ("savedmapping/", "Sales"),
                          (f"savedmappingversion/{version.pk}/change/", "reject_row"),
                          ("savedmappingversion/?q=Sales", "Key")):  # fmt: skip
        assert text in words(ada.get(f"/admin/imports/{address}"))
    audrey = signed_in("audrey").get("/ui/mappings/Sales")
    assert "Archive" not in words(audrey)
    assert "New version" not in words(audrey)


def test_a_version_is_written_as_json_and_a_newer_one_is_not_overwritten(imogen, sales):
    form = {"mapping": json.dumps({**CONFIG, "strategy": "extend_table"}), "base_version": 2, "note": "Grows"}
    assert imogen.post("/ui/mappings/Sales/save", form)["Location"] == "/ui/mappings/Sales"
    refused = imogen.post("/ui/mappings/Sales/save", {**form, "mapping": '{"strategy": "auto"}'})
    assert refused.status_code == 409
    assert "Version 3 of “Sales” was saved by imogen after version 2" in words(refused)
    assert '{"strategy": "auto"}' in unescape(refused.content.decode())
    invalid = imogen.post("/ui/mappings/Sales/save", {**form, "mapping": '{"strtegy": "auto"}'})
    assert (invalid.status_code, "The closest known key is “strategy”." in words(invalid)) == (400, True)
    assert SavedMapping.objects.get().latest_version == 3


def test_a_mapping_is_described_archived_restored_and_uploaded(imogen, sales):
    imogen.post("/ui/mappings/Sales/change", {"description": "Of all shops"})
    assert "is archived" in words(imogen.post("/ui/mappings/Sales/change", {"archive": "yes"}, follow=True))
    assert SavedMapping.objects.get().archived_by == "imogen"
    assert "offered again" in words(imogen.post("/ui/mappings/Sales/change", {"restore": "yes"}, follow=True))
    content = imogen.get("/mappings/Sales/export.json").content

    def upload(data, **form):
        return imogen.post("/ui/upload-mapping", {"file": SimpleUploadedFile("m.json", data), **form}, follow=True)

    assert "Nothing was saved. A saved mapping is named “Sales” already" in words(upload(content))
    copied = upload(content, name="Copy")
    assert "Saved: “Copy”, version 1." in words(copied)
    assert "Of all shops" in words(copied)
    assert "invalid JSON" in words(upload(b"{"))
    assert "Choose a file first." in words(imogen.post("/ui/upload-mapping", {}))


def test_a_test_run_shows_numbers_and_errors_and_imports_nothing(imogen, sales):
    def run(text):
        form = {"file": SimpleUploadedFile("s.csv", text.encode())}
        return imogen.post("/ui/mappings/Sales/test-run?version=2", form)

    result = words(run("Day;Amount\n31/12/2025;1\n99/99/2025;2\n"))
    for text in ("New rows 1", "Rejected 1", "Table sales Creates a new table.", "2 line 3 Day 99/99/2025"):
        assert text in result
    unfit = run("a;b\n1;2\n")
    assert (unfit.status_code, "An import would fail." in words(unfit)) == (422, True)
    assert (ImportHistory.objects.count(), Analysis.objects.count()) == (0, 0)
