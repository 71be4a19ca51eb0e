"""A file of failed rows that is sent as a file of its own: recognised, said, and never loaded as columns."""

import csv
import io
import json
from uuid import UUID

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from imports.errors import RepairFile
from imports.extraction.repair_marks import repaired_imports
from imports.models import ImportHistory
from tests.api.test_failed_rows import downloaded
from tests.importing import import_path, import_records, import_text, query

UNKNOWN = "11111111-2222-4333-8444-555555555555"
TEXT = "name,age\nAda,36\nLee,old\n"
AGE = {"db_schema": {"age": "INTEGER"}}


@pytest.fixture
def people(atlas_db, tmp_path):
    return import_text(tmp_path, "people.csv", TEXT, **AGE)


@pytest.fixture
def failed(auditor, people):
    return downloaded(auditor, people, "csv").decode()


def names_the_import(people, error):
    assert error["code"] == "repair_file"
    assert error["details"]["repaired_import_id"] == str(people.pk)
    assert error["details"]["table_name"] == "people"
    assert error["details"]["retry_url"] == f"/import-history/{people.pk}/retry"


def upload(text, name="repaired.csv", **fields):
    stream = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    stream.name = name
    return {"file": stream, **fields}


def tables():
    return {name for (name,) in query("SELECT table_name FROM import_history")}


@pytest.mark.parametrize("address", ["/map-data", "/detect-mapping"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_api_names_the_import_and_imports_nothing(api, people, address, kind):
    data = downloaded(api, people, kind)

    response = api.post(address, upload(data, f"repaired.{kind}"))

    assert response.status_code == 409
    names_the_import(people, response.json()["error"])
    assert tables() == {"people"}
    assert ImportHistory.objects.count() == 1


def test_it_is_told_in_the_log(api, people, failed):
    api.post("/map-data", upload(failed))

    entry = AuditEntry.objects.get(action="import.refused")
    assert (entry.subject, entry.detail["code"]) == ("repaired", "repair_file")


@pytest.mark.parametrize(
    "options",
    [{}, {"header_row": 0}, {"delimiter": ";"}, {"delimiter": "|", "header_row": 0}],
)
def test_no_way_of_reading_loads_it(people, failed, tmp_path, options):
    with pytest.raises(RepairFile):
        import_text(tmp_path, "again.csv", failed, source_options=options)

    assert tables() == {"people"}


def changed(text, change):
    rows = change(list(csv.reader(io.StringIO(text))))
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [row[::-1] for row in rows],
        lambda rows: [[row[1], row[2], row[-1]] for row in rows],
        lambda rows: [["Repairs of Monday"], [], *rows],
        lambda rows: [[*row, "mine"] for row in rows],
    ],
    ids=["moved", "columns removed", "a title", "a column added"],
)
def test_what_a_person_does_to_the_file_does_not_hide_it(people, failed, tmp_path, change):
    with pytest.raises(RepairFile) as refusal:
        import_text(tmp_path, "again.csv", changed(failed, change))

    assert refusal.value.details["repaired_import_id"] == str(people.pk)


def test_records_and_other_formats_are_recognised_too(people, failed, tmp_path):
    records = list(csv.DictReader(io.StringIO(failed)))

    with pytest.raises(RepairFile):
        import_records(records, table_name="t")
    with pytest.raises(RepairFile):
        import_text(tmp_path, "again.json", json.dumps(records))
    assert tables() == {"people"}


def test_a_long_file_is_refused_before_it_is_read_to_its_end(people, failed, tmp_path, monkeypatch):
    monkeypatch.setattr("imports.loading.pipeline.STREAMING_THRESHOLD_BYTES", 10)

    with pytest.raises(RepairFile):
        import_text(tmp_path, "again.csv", failed)

    assert tables() == {"people"}


def test_of_two_imports_the_first_is_named_that_exists(people, failed, tmp_path):
    lines = failed.splitlines()
    other = lines[1].replace(str(people.pk), UNKNOWN)

    with pytest.raises(RepairFile) as refusal:
        import_text(tmp_path, "again.csv", "\n".join([lines[0], other, lines[1]]))

    assert refusal.value.details["repaired_import_id"] == str(people.pk)


def test_an_import_that_is_gone_is_said(people, failed, tmp_path):
    with pytest.raises(RepairFile) as refusal:
        import_text(tmp_path, "again.csv", failed.replace(str(people.pk), UNKNOWN))

    assert refusal.value.message.code == "repair_file_of_no_import"
    assert refusal.value.message.params["import_id"] == UNKNOWN


def test_a_file_without_the_import_is_recognised_by_its_other_columns(people, failed, tmp_path):
    with pytest.raises(RepairFile) as refusal:
        import_text(tmp_path, "again.csv", changed(failed, lambda rows: [row[:-1] for row in rows]))

    assert refusal.value.message.code == "repair_file_without_import"


def test_a_workbook_whose_sheets_are_all_imported_is_refused(people, auditor, tmp_path):
    path = tmp_path / "again.xlsx"
    path.write_bytes(downloaded(auditor, people, "xlsx"))
    book = openpyxl.load_workbook(path)
    book.create_sheet("mine").append(["a"])
    book.save(path)

    with pytest.raises(RepairFile):
        import_path(path, source_options={"sheet": "failed rows"})


def test_the_command_names_the_import(people, failed, tmp_path):
    path = tmp_path / "again.csv"
    path.write_text(failed)

    with pytest.raises(CommandError, match=f"/import-history/{people.pk}/retry"):
        call_command("import_file", path)

    assert tables() == {"people"}


@pytest.mark.parametrize(
    "header",
    [
        ["id", "_import_id"],
        ["_record_number", "value"],
        ["_errors", "_record_number"],
        ["a_import_id", "_record_number"],
    ],
)
def test_other_files_are_none(header):
    assert repaired_imports(header, None) is None
    assert repaired_imports(["_import_id", "_record_number"], None) == []
    assert UUID(UNKNOWN)


# --- sent to their import ---


def test_the_file_is_sent_to_its_import(api, people, failed):
    changed = failed.replace(",old,", ",37,").replace("Lee,", "Lee ,").replace("line 3", "")
    address = f"/import-history/{people.pk}/retry"

    dry = api.post(f"{address}?dry_run=true", upload(changed)).json()
    done = api.post(address, upload(changed, reason="as on paper")).json()
    again = api.post(address, upload(changed)).json()

    assert (dry["dry_run"], dry["repaired"], dry["file"]["changed"]) == (True, 1, 1)
    assert (done["success"], done["repaired"], done["mapping_errors_count"], done["table_name"]) == (
        True,
        1,
        0,
        "people",
    )
    assert done["file"]["notes"] == [{
        "code": "rewritten_by_program", "params": {"column": "name", "cells": 1, "kind": "spaces", "before": "Lee",
        "after": "Lee "}, "message": done["file"]["notes"][0]["message"],
    }]  # fmt: skip
    assert done["file"]["notes"][0]["message"].startswith("name: a program has changed 1 cell without a repair: spaces")
    assert (again["repaired"], again["file"]["changed"], again["file"]["unchanged"]) == (0, 0, 1)
    assert query("SELECT name, age FROM people ORDER BY id") == [("Ada", 36), ("Lee", 37)]
    assert query("SELECT origin, reason, by FROM imports_repair") == [("file", "as on paper", "admin")]


def test_what_is_no_repaired_file_is_refused(api, auditor, people, failed):
    address = f"/import-history/{people.pk}/retry"
    refused = {
        "bad_request": [{}, upload(failed, changed_rows="maybe"), upload(failed, other="1")],
        "no_repair_file": [
            upload("a,b\n1,2\n"), upload('{"a": 1}', "t.json"), upload(failed.replace(str(people.pk), UNKNOWN)),
        ],
        "unreadable_file": [upload("")],
    }  # fmt: skip

    for code, bodies in refused.items():
        for body in bodies:
            assert api.post(address, body).json()["error"]["code"] == code
    assert api.post(f"/import-history/{UNKNOWN}/retry", upload(failed)).status_code == 404
    assert auditor.post(address, upload(failed)).status_code == 403
    api.post(f"/import-history/{people.pk}/undo")
    assert api.post(address, upload(failed)).json()["error"]["code"] == "cannot_repair"
    assert query("SELECT count(*) FROM imports_repair") == [(0,)]
