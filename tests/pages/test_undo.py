"""Taking an import back and bringing it back, on the pages."""

import pytest

from audit.models import AuditEntry
from imports.models import ImportHistory
from imports.sources.kept_files import delete_kept_file
from lineage.undo import redo, undo, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.importing import TESTER, import_text, query, rows_of, table_in_use
from tests.pages.reading import links, words

WRONG = {"reason": "The wrong month"}


def names():
    return sorted(row["name"] for row in rows_of("people", "name"))


def address(record, act):
    return f"/ui/imports/{record.pk}/{act}"


@pytest.fixture
def changed(people_table):
    """The id of a row of the first import that somebody changed by hand."""
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    return rows_of("people", "id", "name = 'Grace'")[0]["id"]


@pytest.fixture
def undone(people_table):
    """The first of the two imports, undone."""
    undo_import(people_table[0].pk, TESTER, "Too early")
    return people_table[0]


# --- undo ---


def test_undo_says_in_numbers_what_will_happen(imogen, people_table):
    said = words(imogen.get(address(people_table[1], "undo")))

    assert "2 rows will leave the table people. 3 rows will stay, from 1 other import." in said
    assert "changed by hand" not in said
    assert ImportHistory.objects.filter(undone_at=None).count() == 2


def test_undo_names_the_imports_whose_rows_come_back(imogen, people_table):
    answer = imogen.get(address(people_table[0], "undo"))

    assert (
        "3 rows will leave the table people. 1 row of other imports will come back, having been left out as duplicates"
        " of rows that leave. 1 row of more people.csv The table will have 3 rows then, from 1 other import."
    ) in words(answer)
    assert f"/ui/imports/{people_table[1].pk}" in links(answer)


def test_undo_takes_the_rows_back_and_keeps_the_history(imogen, people_table):
    answer = imogen.post(address(people_table[1], "undo"), WRONG, follow=True)

    assert answer.redirect_chain == [(f"/ui/imports/{people_table[1].pk}", 302)]
    said = words(answer)
    assert "Taken back: 2 rows left people." in said
    assert "This import was taken back" in said
    assert "Its rows are no longer in the table; the numbers below are what it was." in said
    assert "by imogen" in said
    assert "Reason: The wrong month" in said
    assert names() == ["Ada", "Grace", "Linus"]
    assert AuditEntry.objects.get(action="import.undone").actor == "imogen"
    shown = words(imogen.get("/ui/tables/people"))
    assert "3 rows in 3 columns, from 1 import; 1 import undone." in shown
    assert "Imports that were undone" in shown


def test_the_report_has_all_numbers(imogen, people_table, tmp_path):
    extended = import_text(tmp_path, "towns.csv", "name,age,city,zip\nAda,36,London,N1\n", table_name="people")
    said = words(imogen.post(address(extended, "undo"), WRONG, follow=True))
    assert "Taken back: 1 row left people. 1 column went: zip." in said
    said = words(imogen.post(address(people_table[0], "undo"), WRONG, follow=True))
    assert "Taken back: 3 rows left people. 1 row of other imports came back." in said


def test_undo_wants_a_reason(imogen, people_table):
    answer = imogen.post(address(people_table[1], "undo"), {"reason": " "})

    assert "This field is required." in words(answer)
    assert len(names()) == 5


def test_undo_of_the_last_import_drops_the_table(imogen, ragged):
    going = words(imogen.get(address(ragged, "undo")))
    assert "No other import stands in the table, so the table itself will go." in going
    said = words(imogen.post(address(ragged, "undo"), WRONG, follow=True))
    assert "Taken back: 3 rows left ragged. The table went with them." in said
    assert imogen.get("/ui/tables/ragged").status_code == 404


def test_undo_twice_is_refused(imogen, ragged):
    imogen.post(address(ragged, "undo"), WRONG)
    answer = imogen.post(address(ragged, "undo"), WRONG)

    assert answer.status_code == 409
    assert "This import was not taken back. The import was undone already" in words(answer)


def test_undo_says_which_view_stands_in_the_way(imogen, ragged):
    query("CREATE VIEW seen AS SELECT day FROM ragged")
    answer = imogen.get(address(ragged, "undo"))

    assert "Something stands in the way. The view seen uses what would be dropped. Drop it first." in words(answer)
    assert 'name="reason"' not in answer.content.decode()


@pytest.fixture
def people_in_use(monkeypatch):
    """Somebody has the table, and nobody waits long for it."""
    for module in (undo, redo):
        monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    with table_in_use("people"):
        yield


def test_a_table_in_use_is_said_and_what_was_typed_stays(imogen, people_table, people_in_use):
    answer = imogen.post(address(people_table[0], "undo"), WRONG)

    assert answer.status_code == 409
    assert "This import was not taken back. Another import or undo of table “people” is running." in words(answer)
    assert "3 rows will leave the table people." in words(answer)
    assert "The wrong month</textarea>" in answer.content.decode()


def test_a_redo_into_a_table_in_use_may_be_tried_again(imogen, undone, people_in_use):
    answer = imogen.post(address(undone, "redo"))

    assert answer.status_code == 409
    assert "This import was not brought back. Another import or undo of table “people” is running." in words(answer)
    assert "Redo: bring it back into people" in words(answer)


# --- rows that were changed by hand ---


def test_changed_rows_are_named_and_lead_to_the_row(imogen, people_table, changed):
    answer = imogen.get(address(people_table[0], "undo"))

    assert f"1 row that would be lost was changed by hand since. row {changed}" in words(answer)
    link = f"/ui/tables/people?id={changed}&metadata=1"
    assert link in links(answer)
    assert "Grace 86 New York" in words(imogen.get(link))


def test_each_choice_says_what_it_comes_to_and_none_is_made(imogen, people_table, changed):
    answer = imogen.get(address(people_table[0], "undo"))

    said = words(answer)
    assert "Keep them as they are 2 rows will leave, the table will have 4 rows." in said
    assert "Remove them like the others 3 rows will leave, the table will have 3 rows." in said
    assert "checked" not in answer.content.decode()


def test_without_a_choice_nothing_happens_and_the_reason_stays(imogen, people_table, changed):
    answer = imogen.post(address(people_table[0], "undo"), WRONG)

    assert answer.status_code == 200
    assert "Choose what becomes of the rows that were changed by hand." in words(answer)
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


def test_kept_rows_stay_and_their_import_says_so(imogen, people_table, changed):
    said = words(imogen.post(address(people_table[0], "undo"), WRONG | {"changed_rows": "keep"}, follow=True))

    assert "Taken back: 2 rows left people. 1 row of other imports came back. 1 row changed by hand stayed." in said
    assert "Its rows are no longer in the table, but for 1 row changed by hand and kept;" in said
    assert names() == ["Ada", "Alan", "Grace", "Margaret"]


def test_removed_rows_go(imogen, people_table, changed):
    said = words(imogen.post(address(people_table[0], "undo"), WRONG | {"changed_rows": "remove"}, follow=True))

    assert "Taken back: 3 rows left people. 1 row of other imports came back." in said
    assert names() == ["Ada", "Alan", "Margaret"]


def test_a_view_may_stay_where_rows_are_kept(imogen, ragged):
    query("CREATE VIEW seen AS SELECT day FROM ragged; UPDATE ragged SET amount = 1 WHERE amount = 99")
    answer = imogen.get(address(ragged, "undo"))

    assert "Keep them as they are 2 rows will leave, the table will have 1 row." in words(answer)
    blocked = "The view seen uses what would be dropped. Drop it first."
    assert f"Remove them like the others 3 rows will leave with the table. {blocked}" in words(answer)
    answer = imogen.post(address(ragged, "undo"), WRONG | {"changed_rows": "remove"})
    assert f"This import was not taken back. {blocked}" in words(answer)
    assert "The wrong month</textarea>" in answer.content.decode()
    imogen.post(address(ragged, "undo"), WRONG | {"changed_rows": "keep"})
    assert len(rows_of("ragged")) == 1


def test_rows_deleted_by_hand_are_said(imogen, people_table):
    query("DELETE FROM people WHERE name = 'Alan'")

    said = words(imogen.get(address(people_table[1], "undo")))
    assert (
        "1 row will leave the table people. 3 rows will stay, from 1 other import. Gone already, deleted by hand: 1 row"
        in said
    )


def test_a_table_that_somebody_made_in_its_place_is_none_of_it(imogen, ragged):
    undo_import(ragged.pk, TESTER)
    query("CREATE TABLE ragged (a integer)")
    try:
        answer = imogen.get(f"/ui/imports/{ragged.pk}")
        redo_page = imogen.get(address(ragged, "redo"))
    finally:
        query("DROP TABLE ragged")

    assert "Its rows are no longer in the table; the numbers below are what it was." in words(answer)
    assert redo_page.status_code == 409


# --- redo ---


def test_redo_says_what_will_happen(imogen, undone):
    said = words(imogen.get(address(undone, "redo")))

    assert "Bring this import back?" in said
    assert "by tester. Reason: Too early" in said
    assert "3 records will be read again from the kept file, with the mapping that the import had." in said
    assert "before 1 import: rows of theirs that it had first become duplicates again." in said
    assert "When it was undone it had 3 rows and 0 duplicates." in said
    assert names() == ["Ada", "Alan", "Margaret"]


def test_redo_brings_the_rows_back(imogen, undone):
    answer = imogen.post(address(undone, "redo"), follow=True)

    assert answer.redirect_chain == [(f"/ui/imports/{undone.pk}", 302)]
    said = words(answer)
    assert "Brought back: 3 rows in people, 0 duplicates left out. 1 row of later imports became duplicates." in said
    assert "This import was taken back" not in said
    assert names() == ["Ada", "Alan", "Grace", "Linus", "Margaret"]


def test_redo_says_which_table_and_columns_come_back(imogen, ragged, people_table, tmp_path):
    extended = import_text(tmp_path, "towns.csv", "name,age,city,zip\nAda,36,London,N1\n", table_name="people")
    for found in (ragged, extended):
        undo_import(found.pk, TESTER)

    assert "The table ragged will be made again: nothing stands in it." in words(imogen.get(address(ragged, "redo")))
    assert "1 column will be added to the table again: zip." in words(imogen.get(address(extended, "redo")))
    assert "The table was made again." in words(imogen.post(address(ragged, "redo"), follow=True))
    assert "1 column came back: zip." in words(imogen.post(address(extended, "redo"), follow=True))


def test_redo_knows_the_rows_that_were_kept(imogen, people_table, changed):
    undo_import(people_table[0].pk, TESTER, changed_rows=EditedRowsChoice.KEEP)

    said = words(imogen.get(address(people_table[0], "redo")))
    assert "1 row of it, kept because somebody changed what was imported, will stay as they stand." in said


def test_redo_asks_what_becomes_of_rows_that_were_changed(imogen, undone):
    query("UPDATE people SET city = 'by hand' WHERE name = 'Ada'")
    assert "1 row of imports after it was changed by hand: some may repeat" in words(
        imogen.get(address(undone, "redo"))
    )
    query("UPDATE people SET name = 'Linus', age = 55, city = 'Helsinki' WHERE name = 'Ada'")

    answer = imogen.post(address(undone, "redo"))

    assert answer.status_code == 200
    assert "Choose what becomes of the rows that were changed by hand. Keep them as they are Remove them" in words(
        answer
    )
    assert len(names()) == 3
    said = words(imogen.post(address(undone, "redo"), {"changed_rows": "keep"}, follow=True))
    assert "Brought back: 3 rows in people, 0 duplicates left out." in said


def test_redo_says_before_it_starts_that_the_file_is_gone(imogen, undone):
    delete_kept_file(undone.file_hash)
    answer = imogen.get(address(undone, "redo"))

    assert answer.status_code == 409
    assert "This import was not brought back. The source file of this import is no longer kept." in words(answer)
    assert '<form method="post" class="card">' not in answer.content.decode()


def test_redo_says_before_it_starts_that_a_column_has_another_type(imogen, ragged, tmp_path):
    undo_import(ragged.pk, TESTER)
    import_text(tmp_path, "other.csv", "Day\nMonday\n", table_name="ragged")
    answer = imogen.get(address(ragged, "redo"))

    assert answer.status_code == 409
    assert "The column day was DATE and is TEXT now" in words(answer)


def test_redo_of_what_stands_is_refused(imogen, people_table):
    answer = imogen.post(address(people_table[0], "redo"))

    assert answer.status_code == 409
    assert "The import was not undone: there is nothing to bring back." in words(answer)


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
