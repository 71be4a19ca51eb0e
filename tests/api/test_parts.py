"""All sheets of a workbook, or all files of an archive, in one request: each into its own table."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from imports.jobs.worker import run_queued
from imports.models import ImportHistory
from imports.tables.catalog import data_tables
from tests.importing import rows_of

ALL_SHEETS, ALL_FILES = {"source_options": {"sheet": "*"}}, {"source_options": {"member": "*"}}


def book(**sheets):
    """The bytes of a workbook. sheets: rows by name."""
    workbook, content = Workbook(), io.BytesIO()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(content)
    return content.getvalue()


def archive(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return content.getvalue()


def tables():
    return set(data_tables())


PEOPLE, TOWNS = [["name", "age"], ["Ada", 36], ["Alan", 41]], [["town"], ["Oslo"], ["Rome"], ["Bern"]]
YEARS = book(People=PEOPLE, Towns=TOWNS)


def test_every_sheet_becomes_a_table(importer):
    response = importer.upload("book.xlsx", YEARS, ALL_SHEETS)

    body = response.json()
    assert (response.status_code, body["success"]) == (200, True)
    assert body["message"] == "2 of 2 sheets or files imported, each into its own table; 0 refused."
    told = [(one["part"], one["table_name"], one["status"], one["rows_inserted"]) for one in body["imports"]]
    assert told == [("People", "book_people", "success", 2), ("Towns", "book_towns", "success", 3)]
    assert [row["name"] for row in rows_of("book_people")] == ["Ada", "Alan"]
    assert [row["town"] for row in rows_of("book_towns")] == ["Oslo", "Rome", "Bern"]


def test_each_is_an_import_of_its_own_with_a_common_group(importer):
    body = importer.upload("book.xlsx", YEARS, ALL_SHEETS).json()

    listed = importer.get("/import-history", {"group": body["import_group"]}).json()["imports"]
    assert {one["import_id"] for one in listed} == {one["import_id"] for one in body["imports"]}
    record = ImportHistory.objects.get(table_name="book_towns")
    assert record.metadata["group"] == {"id": body["import_group"], "part": "Towns"}
    assert record.mapping_config["source_options"]["sheet"] == "Towns"


def test_a_table_name_is_what_all_tables_begin_with(importer):
    importer.upload("book.xlsx", YEARS, {"table_name": "y", **ALL_SHEETS})

    assert tables() == {"y_people", "y_towns"}


def test_sheets_of_equal_names_in_a_table_have_tables_of_their_own(importer):
    importer.upload("book.xlsx", book(**{"A b": PEOPLE, "a-b": TOWNS, "a_b": TOWNS}), ALL_SHEETS)

    assert tables() == {"book_a_b", "book_a_b_2", "book_a_b_3"}


def test_a_sheet_that_is_refused_does_not_lose_the_others(importer):
    body = importer.upload("book.xlsx", book(People=PEOPLE, Empty=[], Towns=TOWNS), ALL_SHEETS).json()

    assert [one["success"] for one in body["imports"]] == [True, False, True]
    assert body["imports"][1]["part"] == "Empty"
    assert body["imports"][1]["error"]["code"] == "invalid_mapping"
    assert tables() == {"book_people", "book_towns"}


def test_every_file_of_an_archive_becomes_a_table(importer):
    content = archive(**{"2023/people.csv": "name,age\nAda,36\n", "towns.json": '[{"town":"Oslo"}]'})

    body = importer.upload("pack.zip", content, ALL_FILES).json()

    assert {(one["part"], one["table_name"]) for one in body["imports"]} == {
        ("2023/people.csv", "pack_people"), ("towns.json", "pack_towns"),
    }  # fmt: skip
    assert [row["name"] for row in rows_of("pack_people")] == ["Ada"]


def test_the_same_workbook_again_is_refused_as_a_whole(importer):
    importer.upload("book.xlsx", YEARS, ALL_SHEETS)

    response = importer.upload("book.xlsx", YEARS, ALL_SHEETS)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "no_part_imported")
    assert [part["code"] for part in error["details"]["parts"]] == ["already_imported"] * 2


@pytest.mark.parametrize(
    ("name", "content", "mapping"),
    [
        ("a.csv", b"a,b\n1,2\n", ALL_SHEETS),
        ("a.csv", b"a,b\n1,2\n", ALL_FILES),
        ("book.xlsx", YEARS, ALL_FILES),
        ("pack.zip", archive(**{"a.csv": "a\n1\n"}), {"source_options": {"sheet": "*", "member": "*"}}),
    ],
)
def test_what_has_no_such_parts_is_refused(importer, name, content, mapping):
    response = importer.upload(name, content, mapping)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_mapping")
    assert not ImportHistory.objects.exists()


def test_sheets_of_a_workbook_in_an_archive_are_imported(importer):
    importer.upload("pack.zip", archive(**{"book.xlsx": YEARS}), ALL_SHEETS)

    assert tables() == {"pack_people", "pack_towns"}


def test_parts_can_be_queued(importer):
    response = importer.upload("book.xlsx", YEARS, ALL_SHEETS, address="/map-data?background=true")

    body = response.json()
    assert (response.status_code, [one["status"] for one in body["imports"]]) == (202, ["pending"] * 2)
    for one in body["imports"]:
        run_queued(one["task_id"], lambda: False)
    assert [importer.get(f"/tasks/{one['task_id']}").json()["status"] for one in body["imports"]] == ["completed"] * 2
    assert tables() == {"book_people", "book_towns"}


def test_the_imports_of_a_group_are_undone_together(api):
    body = api.upload("book.xlsx", YEARS, ALL_SHEETS).json()

    response = api.send({"reason": "wrong file"}, address=f"/import-groups/{body['import_group']}/undo")

    undone = response.json()["imports"]
    assert [(one["success"], one["table_name"]) for one in undone] == [(True, "book_towns"), (True, "book_people")]
    assert tables() == set()
    assert {record.undo_reason for record in ImportHistory.objects.all()} == {"wrong file"}
    again = api.send({}, address=f"/import-groups/{body['import_group']}/undo")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "cannot_undo")


def test_one_of_a_group_is_undone_alone(api):
    body = api.upload("book.xlsx", YEARS, ALL_SHEETS).json()

    api.send({}, address=f"/import-history/{body['imports'][0]['import_id']}/undo")

    assert tables() == {"book_towns"}


@pytest.mark.parametrize("group", ["x", "5c6f3d9e-8d0b-4c1e-9a53-0f6f3f6f7a10"])
def test_an_unknown_group_is_not_found(api, group):
    assert api.send({}, address=f"/import-groups/{group}/undo").status_code == 404
