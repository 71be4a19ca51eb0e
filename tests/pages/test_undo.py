"""The undo and redo pages."""

import pytest
from openpyxl import Workbook

from audit.models import AuditEntry
from imports.loading.parts import parts_of
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.kept_files import delete_kept_file
from imports.sources.upload import from_disk
from imports.tables.catalog import data_tables
from lineage.undo import undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.importing import TESTER, import_text, query, rows_of, table_in_use
from tests.pages.reading import links, words

pytestmark = pytest.mark.usefixtures("in_this_process")

WRONG = {"reason": "The wrong month"}


def names():
    return sorted(row["name"] for row in rows_of("people", "name"))


def address(record, act):
    return f"/ui/imports/{record.pk}/{act}"


@pytest.fixture
def changed(people_table):
    """The id of a row of the first import that was changed with SQL."""
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    return rows_of("people", "id", "name = 'Grace'")[0]["id"]


@pytest.fixture
def undone(people_table):
    """The first of the two imports, undone."""
    undo_import(people_table[0].pk, TESTER, "Too early")
    return people_table[0]


# --- undo ---


def test_undo_shows_its_effects_in_numbers(imogen, people_table):
    said = words(imogen.get(address(people_table[1], "undo")))

    assert "2 rows will be removed from people. The table will still contain 3 rows from 1 other import." in said
    assert "changed by hand" not in said
    assert ImportHistory.objects.filter(undone_at=None).count() == 2


def test_undo_lists_the_imports_whose_rows_are_restored(imogen, people_table):
    answer = imogen.get(address(people_table[0], "undo"))

    assert (
        "3 rows will be removed from people. 1 row from other imports that repeated or updated a removed row will be"
        " restored. 1 row of more people.csv The table will contain 3 rows from 1 other import."
    ) in words(answer)
    assert f"/ui/imports/{people_table[1].pk}" in links(answer)


def test_undo_removes_the_rows_and_keeps_the_history(imogen, people_table):
    answer = imogen.post(address(people_table[1], "undo"), WRONG, follow=True)

    assert answer.redirect_chain == [(f"/ui/imports/{people_table[1].pk}", 302)]
    said = words(answer)
    assert "Undone: 2 rows removed from people." in said
    assert "Its rows were removed. Figures below are from the original import." in said
    assert "by imogen" in said
    assert "Reason: The wrong month" in said
    assert names() == ["Ada", "Grace", "Linus"]
    assert AuditEntry.objects.get(action="import.undone").actor == "imogen"
    shown = words(imogen.get("/ui/tables/people"))
    assert "3 rows in 3 columns, from 1 active import; 1 undone import." in shown
    assert "Undone imports" in shown


def test_the_report_has_all_numbers(imogen, people_table, tmp_path):
    extended = import_text(tmp_path, "towns.csv", "name,age,city,zip\nAda,36,London,N1\n", table_name="people")
    said = words(imogen.post(address(extended, "undo"), WRONG, follow=True))
    assert "Undone: 1 row removed from people. 1 column deleted: zip." in said
    said = words(imogen.post(address(people_table[0], "undo"), WRONG, follow=True))
    assert "Undone: 3 rows removed from people. 1 row from other imports restored." in said


def test_undo_wants_a_reason(imogen, people_table):
    answer = imogen.post(address(people_table[1], "undo"), {"reason": " "})

    assert "This field is required." in words(answer)
    assert len(names()) == 5


def test_undo_of_the_last_import_drops_the_table(imogen, ragged):
    going = words(imogen.get(address(ragged, "undo")))
    assert "This is the only import in the table, so the table will be deleted." in going
    said = words(imogen.post(address(ragged, "undo"), WRONG, follow=True))
    assert "Undone: 3 rows removed from ragged. Table deleted." in said
    assert imogen.get("/ui/tables/ragged").status_code == 404


def test_undo_twice_is_refused(imogen, ragged):
    imogen.post(address(ragged, "undo"), WRONG)
    answer = imogen.post(address(ragged, "undo"), WRONG)

    assert answer.status_code == 409
    assert "Undo failed. This import was already undone" in words(answer)


def test_undo_names_the_view_that_prevents_it(imogen, ragged):
    query("CREATE VIEW seen AS SELECT day FROM ragged")
    answer = imogen.get(address(ragged, "undo"))

    assert (
        "Can’t undo: The view seen depends on this table or one of its columns. Remove that dependency first."
        in words(answer)
    )
    assert 'name="reason"' not in answer.content.decode()


@pytest.fixture
def people_in_use(settings):
    """Another session has the table, and the page does not wait long for it."""
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.1
    with table_in_use("people"):
        yield


def test_a_table_in_use_is_reported_and_the_reason_is_kept(imogen, people_table, people_in_use):
    answer = imogen.post(address(people_table[0], "undo"), WRONG)

    assert answer.status_code == 409
    assert "Undo failed. Table “people” is in use by another database session." in words(answer)
    assert "3 rows will be removed from people." in words(answer)
    assert "The wrong month</textarea>" in answer.content.decode()


def test_a_redo_into_a_table_in_use_may_be_tried_again(imogen, undone, people_in_use):
    answer = imogen.post(address(undone, "redo"))

    assert answer.status_code == 409
    assert "Redo failed. Table “people” is in use by another database session." in words(answer)
    assert "Redo import" in words(answer)


# --- manually changed rows ---


def test_changed_rows_are_named_and_lead_to_the_row(imogen, people_table, changed):
    answer = imogen.get(address(people_table[0], "undo"))

    assert f"1 row that would be removed or changed was changed manually. row {changed}" in words(answer)
    link = f"/ui/tables/people?id={changed}&metadata=1"
    assert link in links(answer)
    assert "Grace 86 New York" in words(imogen.get(link))


def test_each_choice_shows_its_effect_and_none_is_preselected(imogen, people_table, changed):
    answer = imogen.get(address(people_table[0], "undo"))

    said = words(answer)
    assert "Keep 2 rows will be removed. The table will contain 4 rows." in said
    assert "Remove 3 rows will be removed. The table will contain 3 rows." in said
    assert "checked" not in answer.content.decode()


def test_without_a_choice_nothing_happens_and_the_reason_stays(imogen, people_table, changed):
    answer = imogen.post(address(people_table[0], "undo"), WRONG)

    assert answer.status_code == 200
    assert "Choose whether to keep or remove the manually changed rows." in words(answer)
    assert "The wrong month</textarea>" in answer.content.decode()
    assert len(names()) == 5


def test_without_a_reason_the_choice_stays(imogen, people_table, changed):
    answer = imogen.post(address(people_table[0], "undo"), {"reason": "", "changed_rows": "keep"})

    assert 'value="keep" id="id_changed_rows_0" checked' in " ".join(answer.content.decode().split())
    assert len(names()) == 5


@pytest.mark.parametrize("choice", ["", "both"])
def test_another_choice_is_none(imogen, people_table, changed, choice):
    imogen.post(address(people_table[0], "undo"), WRONG | {"changed_rows": choice})

    assert len(names()) == 5


def test_the_import_page_shows_kept_rows(imogen, people_table, changed):
    said = words(imogen.post(address(people_table[0], "undo"), WRONG | {"changed_rows": "keep"}, follow=True))

    assert "Undone: 2 rows removed from people. 1 row from other imports restored. 1 manually changed row kept." in said
    assert "Its rows were removed, except 1 manually changed row . Figures below are from the original import." in said
    assert names() == ["Ada", "Alan", "Grace", "Margaret"]


def test_changed_rows_can_be_removed(imogen, people_table, changed):
    said = words(imogen.post(address(people_table[0], "undo"), WRONG | {"changed_rows": "remove"}, follow=True))

    assert "Undone: 3 rows removed from people. 1 row from other imports restored." in said
    assert names() == ["Ada", "Alan", "Margaret"]


def test_a_view_may_stay_where_rows_are_kept(imogen, ragged):
    query("CREATE VIEW seen AS SELECT day FROM ragged; UPDATE ragged SET amount = 1 WHERE amount = 99")
    answer = imogen.get(address(ragged, "undo"))

    assert "Keep 2 rows will be removed. The table will contain 1 row." in words(answer)
    blocked = "The view seen depends on this table or one of its columns. Remove that dependency first."
    assert f"Remove 3 rows will be removed and the table deleted. {blocked}" in words(answer)
    answer = imogen.post(address(ragged, "undo"), WRONG | {"changed_rows": "remove"})
    assert f"Undo failed. {blocked}" in words(answer)
    assert "The wrong month</textarea>" in answer.content.decode()
    imogen.post(address(ragged, "undo"), WRONG | {"changed_rows": "keep"})
    assert len(rows_of("ragged")) == 1


def test_manually_deleted_rows_are_reported(imogen, people_table):
    query("DELETE FROM people WHERE name = 'Alan'")

    said = words(imogen.get(address(people_table[1], "undo")))
    assert (
        "1 row will be removed from people. The table will still contain 3 rows from 1 other import. 1 row of"
        " this import was already deleted manually." in said
    )


def test_a_new_table_of_the_same_name_is_not_affected(imogen, ragged):
    undo_import(ragged.pk, TESTER)
    query("CREATE TABLE ragged (a integer)")
    try:
        answer = imogen.get(f"/ui/imports/{ragged.pk}")
        redo_page = imogen.get(address(ragged, "redo"))
    finally:
        query("DROP TABLE ragged")

    assert "Its rows were removed. Figures below are from the original import." in words(answer)
    assert redo_page.status_code == 409


# --- redo ---


def test_redo_shows_its_effects(imogen, undone):
    said = words(imogen.get(address(undone, "redo")))

    assert "Redo this import?" in said
    assert "by tester. Reason: Too early" in said
    assert "3 rows will be imported again from the original file with the same settings." in said
    assert (
        "before 1 later import. Rows that were imported later but are also in this file become duplicates again."
        in said
    )
    assert "Expected: 3 rows and 0 duplicates, as before the undo." in said
    assert names() == ["Ada", "Alan", "Margaret"]


def test_redo_restores_the_rows(imogen, undone):
    assert "Reason (optional)" in words(imogen.get(address(undone, "redo")))
    answer = imogen.post(address(undone, "redo"), {"reason": "It was the right one"}, follow=True)
    assert AuditEntry.objects.get(action="import.redone").detail["reason"] == "It was the right one"

    assert answer.redirect_chain == [(f"/ui/imports/{undone.pk}", 302)]
    said = words(answer)
    assert (
        "Redone: 3 rows restored in people, 0 duplicates skipped. 1 row from later imports is now a duplicate." in said
    )
    assert "Its rows were removed" not in said
    assert names() == ["Ada", "Alan", "Grace", "Linus", "Margaret"]


def test_redo_names_the_restored_table_and_columns(imogen, ragged, people_table, tmp_path):
    extended = import_text(tmp_path, "towns.csv", "name,age,city,zip\nAda,36,London,N1\n", table_name="people")
    for found in (ragged, extended):
        undo_import(found.pk, TESTER)

    assert "The table ragged will be created again." in words(imogen.get(address(ragged, "redo")))
    assert "1 column will be added again: zip." in words(imogen.get(address(extended, "redo")))
    assert "Table created again." in words(imogen.post(address(ragged, "redo"), follow=True))
    assert "1 column added again: zip." in words(imogen.post(address(extended, "redo"), follow=True))


def test_redo_shows_rows_kept_by_the_undo(imogen, people_table, changed):
    undo_import(people_table[0].pk, TESTER, changed_rows=EditedRowsChoice.KEEP)

    said = words(imogen.get(address(people_table[0], "redo")))
    assert "1 manually changed row of this import that the undo kept will stay unchanged." in said


def test_redo_page_requires_a_choice_for_changed_rows(imogen, undone):
    query("UPDATE people SET city = 'edited' WHERE name = 'Ada'")
    assert "1 row of later imports was changed manually. Restored rows may duplicate" in words(
        imogen.get(address(undone, "redo"))
    )
    query("UPDATE people SET name = 'Linus', age = 55, city = 'Helsinki' WHERE name = 'Ada'")

    answer = imogen.post(address(undone, "redo"))

    assert answer.status_code == 200
    assert "Choose whether to keep or remove the manually changed rows. Keep Remove" in words(answer)
    assert len(names()) == 3
    said = words(imogen.post(address(undone, "redo"), {"changed_rows": "keep"}, follow=True))
    assert "Redone: 3 rows restored in people, 0 duplicates skipped." in said


def test_redo_page_reports_a_missing_file(imogen, undone):
    delete_kept_file(undone.file_hash)
    answer = imogen.get(address(undone, "redo"))

    assert answer.status_code == 409
    assert "Can’t redo: The source file of this import is no longer stored." in words(answer)
    assert '<form method="post" class="card">' not in answer.content.decode()


def test_redo_page_reports_a_column_of_another_type(imogen, ragged, tmp_path):
    undo_import(ragged.pk, TESTER)
    import_text(tmp_path, "other.csv", "Day\nMonday\n", table_name="ragged")
    answer = imogen.get(address(ragged, "redo"))

    assert answer.status_code == 409
    assert "The column day was DATE and is now TEXT" in words(answer)


def test_redo_of_an_active_import_is_refused(imogen, people_table):
    answer = imogen.post(address(people_table[0], "redo"))

    assert answer.status_code == 409
    assert "This import is not undone, so there is nothing to redo." in words(answer)


# --- where the buttons are, and for whom ---


@pytest.mark.parametrize("page", ["/ui/imports", "/ui/tables/people"])
def test_lists_offer_undo_and_redo(imogen, undone, people_table, page):
    found = links(imogen.get(page))

    assert address(people_table[1], "undo") in found
    assert address(undone, "redo") in found
    assert address(undone, "undo") not in found


def test_the_page_of_an_import_offers_what_can_be_done(imogen, undone, people_table, failed):
    assert address(undone, "redo") in links(imogen.get(f"/ui/imports/{undone.pk}"))
    assert address(people_table[1], "undo") in links(imogen.get(f"/ui/imports/{people_table[1].pk}"))
    of_failed = links(imogen.get(f"/ui/imports/{failed.pk}"))
    assert not [link for link in of_failed if link.endswith(("/undo", "/redo"))]


def test_rows_that_stood_before_are_offered_no_undo(imogen, people_table):
    ImportHistory.objects.filter(pk=people_table[0].pk).update(source_type="legacy")

    assert address(people_table[0], "undo") not in links(imogen.get("/ui/imports"))
    assert address(people_table[0], "undo") not in links(imogen.get(f"/ui/imports/{people_table[0].pk}"))


def test_auditors_are_offered_nothing_and_may_not(signed_in, undone, people_table):
    audrey = signed_in("audrey")

    for page in ("/ui/imports", "/ui/tables/people", f"/ui/imports/{undone.pk}", f"/ui/imports/{people_table[1].pk}"):
        assert not [link for link in links(audrey.get(page)) if link.endswith(("/undo", "/redo"))]
    assert audrey.get(address(undone, "redo")).status_code == 403
    assert audrey.post(address(undone, "redo")).status_code == 403
    assert len(names()) == 3


# --- imports of one step


@pytest.fixture
def group(atlas_db, tmp_path):
    """The id that the imports of two sheets have in common."""
    workbook = Workbook()
    for name in ("First", "Second"):
        sheet = workbook.create_sheet(name)
        sheet.append([name.lower()])
        sheet.append([1])
    workbook.remove(workbook.worksheets[0])
    workbook.save(tmp_path / "book.xlsx")
    with from_disk(tmp_path / "book.xlsx") as source:
        parts = parts_of(source, parse_mapping({"source_options": {"sheet": "*"}}))
        for part in parts:
            run_import(source, part.request, TESTER, metadata=part.metadata)
    return parts[0].group


def test_imports_of_one_step_are_undone_together_after_a_page_that_says_so(imogen, group):
    page = f"/ui/import-groups/{group}/undo"
    assert "Undo 2 imports? What will change 1 row of First removed from book_first." in words(imogen.get(page))
    assert "Undo all of them" in words(imogen.get(f"/ui/imports?group={group}"))

    answer = imogen.post(page, WRONG, follow=True)

    assert answer.redirect_chain[-1][0] == f"/ui/imports?group={group}"
    assert data_tables() == []
    assert "Nothing to undo" in words(imogen.get(page))


def test_an_unknown_group_is_not_found(imogen):
    assert imogen.get("/ui/import-groups/00000000-0000-0000-0000-000000000000/undo").status_code == 404
