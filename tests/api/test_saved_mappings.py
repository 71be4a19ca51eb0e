"""Saved mappings: names, versions, two people at once, files, and imports that use them."""

import json
import threading
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from openpyxl import Workbook

from audit.models import AuditEntry
from imports.jobs.worker import run_queued
from imports.models import ImportHistory, SavedMapping
from tests.api.conftest import ApiClient
from tests.importing import rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

SALES = "Day;Amount;Customer\n31/12/2025;1.234,50;Ada\n30/11/2025;99,00;Grace\n"
NEXT_SALES = "Day;Amount;Customer\n28/01/2026;7,25;Ada\n27/01/2026;x;Grace\n"
MAPPING = {
    "table_name": "sales",
    "mappings": {"day": "Day", "amount": "Amount"},
    "db_schema": {"day": "DATE", "amount": "NUMERIC"},
    "source_options": {"decimal": ",", "thousands": "."},
}


def send(client, method, address, body):
    return getattr(client, method)(address, json.dumps(body), content_type="application/json")


def save(client, name="Sales", mapping=MAPPING, **more):
    response = send(client, "post", "/mappings", {"name": name, "mapping": mapping, **more})
    assert response.status_code == 201, response.json()
    return response.json()


def put(client, name="Sales", **body):
    return send(client, "put", f"/mappings/{name}", body)


def upload(client, text=SALES, address="/map-data", **form):
    return client.post(address, {"file": SimpleUploadedFile("sales.csv", text.encode()), **form})


def error_of(response):
    error = response.json()["error"]
    return response.status_code, error["code"], error["message"]


def used_by(import_id):
    used = ImportHistory.objects.get(pk=import_id).metadata.get("saved_mapping")
    return used and (used["name"], used["version"], used["changed"])


def test_a_mapping_is_saved_under_a_name_and_later_versions_keep_the_earlier_ones(importer, auditor):
    first = save(importer, description="Of the shop", note="First try")
    assert (first["saved_mapping"]["name"], first["version"]["version"], first["is_new_version"]) == ("Sales", 1, True)
    assert first["version"]["mapping"] == MAPPING

    changed = {**MAPPING, "unique_columns": ["day"]}
    second = put(importer, mapping=changed, note="With a key", base_version=1)
    assert (second.status_code, second.json()["version"]["version"]) == (200, 2)
    again = put(importer, mapping=changed, base_version=1)
    assert (again.status_code, again.json()["is_new_version"], again.json()["version"]["version"]) == (200, False, 2)

    assert auditor.get("/mappings/sales").json()["version"]["mapping"] == changed
    assert auditor.get("/mappings/SALES?version=1").json()["version"]["mapping"] == MAPPING
    versions = auditor.get("/mappings/Sales/versions").json()
    assert [(one["version"], one["note"], one["created_by"]) for one in versions["versions"]] == [
        (2, "With a key", "ida"), (1, "First try", "ida"),
    ]  # fmt: skip
    assert versions["total_count"] == 2
    listed = auditor.get("/mappings?limit=1").json()
    assert (listed["total_count"], listed["limit"]) == (1, 1)
    assert listed["mappings"][0] == {
        "name": "Sales", "description": "Of the shop", "latest_version": 2,
        "created_at": listed["mappings"][0]["created_at"], "created_by": "ida", "archived_at": None,
        "archived_by": "", "imports": 0, "last_used_at": None,
    }  # fmt: skip
    assert auditor.get("/mappings/Sales/differences").json()["differences"] == ["unique_columns is set to “day”."]
    entries = AuditEntry.objects.filter(action__startswith="mapping.").order_by("id")
    assert [(entry.action, entry.subject, entry.detail) for entry in entries] == [
        ("mapping.saved", "Sales", {"version": 1}), ("mapping.saved", "Sales", {"version": 2}),
    ]  # fmt: skip


def test_what_cannot_be_saved_is_refused_and_says_why(importer, auditor):
    save(importer, "Größe")
    faults = [
        ({"name": "GRÖSSE", "mapping": {}}, 409, "mapping_name_taken", "named “Größe” already"),
        ({"name": "GRO\u0308ße ", "mapping": {}}, 409, "mapping_name_taken", "named “Größe” already"),
        ({"name": " ", "mapping": {}}, 400, "bad_request", "needs a name"),
        ({"name": "a@2", "mapping": {}}, 400, "bad_request", "“a@2” cannot be the name"),
        ({"name": "..", "mapping": {}}, 400, "bad_request", "more than dots"),
        ({"name": "a\u202eb", "mapping": {}}, 400, "bad_request", "characters that do not show"),
        ({"name": "a\x00b", "mapping": {}}, 400, "invalid_mapping", "name"),
        ({"name": "x" * 201, "mapping": {}}, 400, "bad_request", "201 characters"),
        ({"name": "a", "note": "x" * 501, "mapping": {}}, 400, "bad_request", "note has 501 characters"),
        ({"name": "a", "maping": {}}, 400, "invalid_mapping", "unknown key “maping”. The closest known key is “map"),
        ({"name": "a", "mapping": {"tabel_name": "t"}}, 400, "invalid_mapping", "“table_name”"),
        ({"name": "a"}, 400, "bad_request", "mapping, import_id or analysis_id"),
        ({"name": "a", "mapping": {}, "import_id": "x"}, 400, "bad_request", "exactly one"),
        ({"name": "a", "import_id": "x"}, 404, "unknown_import", "not found"),
        ({"name": "a", "analysis_id": "x"}, 400, "bad_request", "analysis_id"),
    ]  # fmt: skip
    for body, status, code, words in faults:
        found = error_of(send(importer, "post", "/mappings", body))
        assert (found[:2], words in found[2]) == ((status, code), True), (body, found)
    assert SavedMapping.objects.count() == 1

    assert error_of(importer.get("/mappings/Größen")) == (
        404, "unknown_mapping", "No saved mapping is named “Größen”. Did you mean “Größe”?",
    )  # fmt: skip
    assert error_of(importer.get("/mappings/a%00b"))[:2] == (404, "unknown_mapping")
    assert error_of(importer.get("/mappings/Größe?version=2"))[:2] == (404, "unknown_mapping")
    assert error_of(importer.get("/mappings/Größe?version=0"))[:2] == (400, "bad_request")
    assert error_of(importer.get("/mappings?serach=a"))[2].startswith("Unknown query parameter “serach”. Did you mean")
    assert error_of(put(importer, "Größe", note="x"))[:2] == (400, "bad_request")
    assert error_of(put(importer, "Größe", mapping={}, base_version=True))[:2] == (400, "bad_request")
    assert send(auditor, "post", "/mappings", {"name": "b", "mapping": {}}).status_code == 403
    assert put(auditor, "Größe", archived=True).status_code == 403


def test_of_two_who_change_the_same_version_at_once_one_is_told_of_the_other(importer):
    save(importer)
    answers, start = [], threading.Barrier(2)

    def change(note):
        start.wait(60)
        answers.append(put(importer, mapping={**MAPPING, "on_error": note}, note=note, base_version=1))
        connection.close()

    threads = [threading.Thread(target=change, args=[note]) for note in ("abort", "reject_row")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    good, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (good.status_code, good.json()["version"]["version"]) == (200, 2)
    assert error_of(refused)[:2] == (409, "mapping_changed")
    assert refused.json()["error"]["details"]["latest_version"] == 2
    assert "Version 2 of “Sales” was saved by ida after version 1" in error_of(refused)[2]
    assert SavedMapping.objects.get().latest_version == 2


def test_imports_name_the_version_that_they_used(importer, auditor, tmp_path):
    save(importer)
    put(importer, mapping={**MAPPING, "on_error": "reject_row"})

    latest = upload(importer, saved_mapping="sales").json()
    assert rows_of("sales", "day amount")[0]["amount"] == 1234.5
    earlier = upload(importer, NEXT_SALES, saved_mapping="Sales@1").json()
    assert (latest["status"], earlier["status"], earlier["rows_inserted"]) == ("success", "success", 2)
    both = upload(
        importer, SALES, saved_mapping="Sales", mapping_json=json.dumps({"table_name": "other", "on_error": "null"})
    ).json()
    assert (both["table_name"], used_by(both["import_id"])) == ("other", ("Sales", 2, ["on_error", "table_name"]))
    body = {"records": [{"Day": "1/2/2026", "Amount": "3,50", "Customer": "Alan"}], "saved_mapping": "Sales"}
    records = send(importer, "post", "/map-data", body).json()
    task = upload(importer, NEXT_SALES, address="/map-data?background=true", saved_mapping="Sales@2",
                  mapping_json='{"table_name": "later"}').json()  # fmt: skip
    run_queued(UUID(task["task_id"]), lambda: False)
    path = tmp_path / "sales.csv"
    path.write_text(SALES)
    call_command("import_file", path, saved_mapping="Sales@1", table="commanded", stdout=StringIO())
    with pytest.raises(CommandError, match="No saved mapping is named “Slaes”. Did you mean “Sales”"):
        call_command("import_file", path, saved_mapping="Slaes")

    commanded = ImportHistory.objects.get(table_name="commanded").pk
    assert [used_by(one) for one in (latest["import_id"], earlier["import_id"], records["import_id"])] == [
        ("Sales", 2, []), ("Sales", 1, []), ("Sales", 2, []),
    ]  # fmt: skip
    assert used_by(task["import_id"]) == ("Sales", 2, ["table_name"])
    assert ImportHistory.objects.get(pk=task["import_id"]).rows_rejected == 1
    assert used_by(commanded) == ("Sales", 1, ["table_name"])
    assert auditor.get("/import-history?saved_mapping=sales").json()["total_count"] == 6
    assert auditor.get("/import-history?saved_mapping=Sales@1").json()["total_count"] == 2
    assert error_of(auditor.get("/import-history?saved_mapping=none"))[:2] == (404, "unknown_mapping")
    shown = auditor.get("/mappings/Sales?version=1").json()
    assert (shown["saved_mapping"]["imports"], shown["version"]["imports"]) == (6, 2)
    assert shown["version"]["last_used_at"]

    faults = {"": None, "Sales@3": 404, "Sales@x": 400, "Sales@": 400, "@1": 404, "Nope": 404}
    for reference, status in faults.items():
        answer = upload(importer, SALES, saved_mapping=reference, mapping_json='{"table_name": "t"}')
        assert answer.status_code == (status or 200), (reference, answer.json())


def test_files_of_the_bucket_and_all_sheets_of_a_workbook_use_a_saved_mapping(b2, importer):
    save(importer)
    b2.put("sales.csv", SALES.encode())
    b2.put("next.csv", NEXT_SALES.encode())

    imported = send(importer, "post", "/map-b2-data", {"file_name": "sales.csv", "saved_mapping": "Sales"}).json()
    body = {"file_name": "next.csv", "saved_mapping": "Sales", "mapping": {"table_name": "later"}}
    queued = send(importer, "post", "/map-b2-data-async", body).json()
    run_queued(UUID(queued["task_id"]), lambda: False)
    found = send(importer, "post", "/detect-mapping", {"b2_file_name": "next.csv", "saved_mapping": "Sales@1"}).json()

    assert used_by(imported["import_id"]) == ("Sales", 1, [])
    assert used_by(queued["import_id"]) == ("Sales", 1, ["table_name"])
    assert ImportHistory.objects.get(pk=queued["import_id"]).rows_inserted == 2
    assert (found["saved_mapping"]["name"], found["table_name"]) == ("Sales", "sales")
    refused = send(importer, "post", "/map-b2-data", {"file_name": "sales.csv", "saved_mapping": "Slaes"})
    assert error_of(refused)[:2] == (404, "unknown_mapping")

    book = Workbook()
    for sheet in (book.active, book.create_sheet("Second")):
        sheet.append(["Day", "Amount"])
        sheet.append(["31/12/2025", "1"])
    stream = BytesIO()
    book.save(stream)
    file = SimpleUploadedFile("book.xlsx", stream.getvalue())
    save(importer, "All sheets", {"source_options": {"sheet": "*"}})
    parts = importer.post("/map-data", {"file": file, "saved_mapping": "All sheets"}).json()["imports"]
    assert [used_by(part["import_id"])[:2] for part in parts] == [("All sheets", 1), ("All sheets", 1)]


def test_who_may_only_import_saves_and_uses_mappings_but_reads_no_files_of_others(importer):
    user = User.objects.create_user("adder")
    user.user_permissions.add(Permission.objects.get(codename="add_importhistory"))
    adder = ApiClient(user)
    imported = upload(importer).json()

    save(adder)
    assert adder.get("/mappings").status_code == 403
    assert upload(adder, address="/mappings/Sales/test-run").status_code == 200
    refused = adder.post("/mappings/Sales/test-run", {"import_id": imported["import_id"]})
    assert (refused.status_code, "may not read files of imports" in error_of(refused)[2]) == (403, True)


def test_an_archived_mapping_is_not_offered_and_not_used_until_it_is_restored(importer):
    save(importer)
    assert put(importer, archived=True).json()["saved_mapping"]["archived_by"] == "ida"

    assert importer.get("/mappings").json()["total_count"] == 0
    assert importer.get("/mappings?archived=true").json()["total_count"] == 1
    assert importer.get("/mappings?archived=all&search=sal").json()["total_count"] == 1
    assert error_of(upload(importer, saved_mapping="Sales"))[:2] == (409, "mapping_archived")
    assert error_of(put(importer, mapping={}))[:2] == (409, "mapping_archived")
    assert upload(importer, address="/detect-mapping").json()["saved_mappings"] == []
    restored = put(importer, archived=False, description="Again", mapping={**MAPPING, "on_error": "abort"}).json()
    assert (restored["saved_mapping"]["archived_at"], restored["saved_mapping"]["description"]) == (None, "Again")
    assert restored["version"]["version"] == 2
    assert list(AuditEntry.objects.filter(subject="Sales").order_by("id").values_list("action", flat=True)) == [
        "mapping.saved", "mapping.archived", "mapping.restored", "mapping.saved", "mapping.described",
    ]  # fmt: skip


def test_a_file_of_a_known_shape_gets_the_mapping_proposed(importer):
    imported = upload(importer, mapping_json=json.dumps(MAPPING)).json()
    saved = send(importer, "post", "/mappings", {"name": "Of an import", "import_id": imported["import_id"]}).json()
    assert saved["version"]["mapping"]["mappings"] == {"day": "Day", "amount": "Amount"}
    assert saved["version"]["mapping"]["table_name"] == "sales"
    assert "strategy" not in saved["version"]["mapping"]
    save(importer, "By its columns")
    save(importer, "Of others", {"mappings": {"a": "Somewhere else"}})
    save(importer, "Of no columns", {"table_name": "t"})
    whole = {"transformations": [{"type": "split", "field": "Customer", "targets": ["a", "b"], "separator": " "}]}
    save(importer, "With a rule", {"mappings": {"first": "a"}, "rules": whole})

    found = upload(importer, NEXT_SALES, address="/detect-mapping").json()

    assert found["saved_mapping"] is None
    assert [(one["name"], one["version"], one["why"], one["columns"]) for one in found["saved_mappings"]] == [
        ("Of an import", 1, "same_header", 2), ("By its columns", 1, "columns", 2), ("With a rule", 1, "columns", 1),
    ]  # fmt: skip
    used = upload(importer, NEXT_SALES, address="/detect-mapping", saved_mapping="By its columns").json()
    assert used["saved_mapping"] == {
        "id": SavedMapping.objects.get(name="By its columns").pk, "name": "By its columns", "version": 1, "changed": [],
    }  # fmt: skip
    assert (used["mapping"]["mappings"], used["forecast"]["errors"]) == (MAPPING["mappings"], {"type_mismatch": 1})
    of_preview = send(importer, "post", "/mappings", {"name": "Of a preview", "analysis_id": used["analysis_id"]})
    assert of_preview.json()["version"]["mapping"]["db_schema"] == MAPPING["db_schema"]
    upload(importer, NEXT_SALES, saved_mapping="With a rule", mapping_json='{"table_name": "t"}')
    assert upload(importer, address="/detect-mapping").json()["saved_mappings"][0]["why"] == "used"


def test_an_exported_mapping_is_imported_under_its_name_or_another_one(importer, auditor):
    save(importer, description="Of the shop", note="First")
    response = auditor.get("/mappings/Sales/export.json")
    assert response["Content-Disposition"] == 'attachment; filename="Sales.mapping.json"'
    content = response.content.decode()
    assert json.loads(content)["mapping"] == MAPPING

    def send_file(text, **form):
        return upload(importer, text, address="/mappings", **form)

    assert error_of(send_file(content))[:2] == (409, "mapping_name_taken")
    copied = send_file("\ufeff" + content, name="Copy").json()
    assert (copied["saved_mapping"]["description"], copied["version"]["mapping"]) == ("Of the shop", MAPPING)
    same = send_file(content, new_version="true")
    assert (same.status_code, same.json()["is_new_version"]) == (200, False)
    other = json.dumps({"content_atlas_mapping": 1, "name": "SALES", "mapping": {"table_name": "t"}})
    assert send_file(other, new_version="true").json()["version"]["version"] == 2
    assert auditor.get("/mappings/Sales/differences").json()["differences"] == [
        "All columns of the file are imported. Before, 2 columns were chosen.",
        "Column “day” no longer has a set type. It was Date.",
        "Column “amount” no longer has a set type. It was Decimal number.",
        "table_name changes from “sales” to “t”.",
        "source_options.decimal is no longer set. It was “,”.",
        "source_options.thousands is no longer set. It was “.”.",
    ]

    faults = [
        ("{", "invalid_mapping", "invalid JSON (line 1, character 2)"),
        ("\xff\x00", "invalid_mapping", "The file"),
        ("[]", "invalid_mapping", "must be a JSON object"),
        (json.dumps(MAPPING), "bad_request", "it has no content_atlas_mapping"),
        (json.dumps({"content_atlas_mapping": 2, "mapping": {}}), "bad_request", "newer version"),
        (json.dumps({"content_atlas_mapping": 1, "mapping": {}}), "bad_request", "needs a name"),
        (json.dumps({"content_atlas_mapping": 1, "name": "n", "mapping": []}), "invalid_mapping", "mapping must be"),
        (json.dumps({"content_atlas_mapping": 1, "nam": "n", "mapping": {}}), "invalid_mapping", "“nam”"),
        (json.dumps({"content_atlas_mapping": 1, "name": 5, "mapping": {}}), "bad_request", "needs a name"),
    ]
    for text, code, words in faults:
        status, found, message = error_of(send_file(text))
        assert (status, found, words in message) == (400, code, True), (text, message)
    assert error_of(importer.post("/mappings", {"name": "x"}))[:2] == (400, "bad_request")
    assert error_of(send_file(content, nam="x"))[:2] == (400, "bad_request")
    assert error_of(send_file(content, new_version="maybe"))[:2] == (400, "bad_request")


def test_a_test_run_says_what_an_import_would_do_and_imports_nothing(importer, auditor, settings):
    save(importer)
    put(importer, mapping={**MAPPING, "on_error": "reject_row"})

    def run(text=NEXT_SALES, query="", **form):
        return upload(importer, text, address=f"/mappings/Sales/test-run{query}", **form)

    result = run().json()
    assert (result["saved_mapping"], result["table_name"]) == ({"name": "Sales", "version": 2}, "sales")
    assert (result["forecast"]["inserted"], result["forecast"]["rejected"]) == (1, 1)
    assert result["errors"] == [{
        "record_number": 2, "error_type": "type_mismatch", "error_message": result["errors"][0]["error_message"],
        "source_field": "Amount", "target_field": "amount", "source_value": "x", "location": "line 3",
    }]  # fmt: skip
    assert [column["name"] for column in result["columns"]] == ["day", "amount"]
    assert run(query="?version=1").json()["forecast"]["inserted"] == 2
    assert error_of(run("a,b\n1,2\n"))[:2] == (422, "mapping_does_not_fit")
    assert (ImportHistory.objects.count(), rows_exist("sales")) == (0, False)

    imported = upload(importer, NEXT_SALES, saved_mapping="Sales").json()
    kept = importer.post("/mappings/Sales/test-run", {"import_id": imported["import_id"]}).json()
    assert (kept["forecast"]["duplicates"], kept["forecast"]["stopped_by"]) == (1, None)
    assert run().json()["forecast"]["stopped_by"] == "already_imported"
    assert error_of(importer.post("/mappings/Sales/test-run", {"imprt_id": "x"}))[:2] == (400, "bad_request")
    assert auditor.post("/mappings/Sales/test-run", {"import_id": imported["import_id"]}).status_code == 403


def rows_exist(table):
    return table in connection.introspection.table_names()


def test_more_errors_than_are_shown_are_counted(importer):
    save(importer, "Numbers", {"db_schema": {"n": "INTEGER"}, "mappings": {"n": "n"}})
    lines = "".join(f"{'x' if number % 2 else number}\n" for number in range(300))

    result = upload(importer, f"n\n{lines}", address="/mappings/Numbers/test-run").json()

    assert result["forecast"]["errors"] == {"type_mismatch": 150}
    assert [error["record_number"] for error in result["errors"]] == list(range(2, 101, 2))
