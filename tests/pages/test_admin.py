"""The administration: auditors look, nobody edits, an undo asks first."""

import pytest

from imports.models import ImportHistory
from lineage.undo import undo_import
from tests.importing import TESTER, query, rows_of
from tests.pages.reading import words

CHANGELIST = "/admin/imports/importhistory/"


@pytest.fixture
def staff(signed_in, people):
    """A client of a named person who may enter the administration."""

    def client_of(name):
        people[name].is_staff = True
        people[name].save()
        return signed_in(name)

    return client_of


@pytest.mark.parametrize("model", ["importhistory", "mappingerror", "keptrecord"])
def test_auditors_look_and_change_nothing(staff, people_table, model):
    audrey = staff("audrey")
    shown = audrey.get(f"/admin/imports/{model}/")
    assert shown.status_code == 200
    first = shown.context["cl"].result_list[0].pk
    assert audrey.get(f"/admin/imports/{model}/{first}/change/").status_code == 200
    assert audrey.post(f"/admin/imports/{model}/{first}/change/", {}).status_code == 403
    assert audrey.post(f"/admin/imports/{model}/{first}/delete/", {"post": "yes"}).status_code == 403
    assert audrey.get(f"/admin/imports/{model}/add/").status_code == 403


def test_not_even_the_administrator_edits_the_history(staff, people_table):
    address = f"{CHANGELIST}{people_table[0].pk}/"
    assert staff("ada").post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert ImportHistory.objects.count() == 2


def test_search_and_filters(staff, people_table, failed):
    ada = staff("ada")
    assert ada.get(f"{CHANGELIST}?q=more").context["cl"].result_count == 1
    assert ada.get(f"{CHANGELIST}?status=failed").context["cl"].result_count == 1
    assert ada.get(f"{CHANGELIST}?undone=yes").context["cl"].result_count == 0


def test_kept_record_shows_its_values(staff, people_table):
    kept = people_table[1].kept_records.get()
    said = words(staff("audrey").get(f"/admin/imports/keptrecord/{kept.pk}/change/"))
    assert '["Ada", "36", "London"]' in said


def test_undo_asks_first_in_numbers_and_then_does_it(staff, people_table):
    ada = staff("ada")
    chosen = {"action": "undo", "_selected_action": [str(found.pk) for found in people_table]}
    said = words(ada.post(CHANGELIST, chosen))
    assert "Undo 2 imports?" in said
    assert "2 rows will leave the table people. 3 rows will stay, from 1 other import." in said
    assert len(rows_of("people")) == 5
    done = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "Wrong"}, follow=True))
    assert "Taken back: 2 rows left people. (more people.csv → people)" in done
    assert "Taken back: 3 rows left people. The table went with them. (people.csv → people)" in done
    assert not ImportHistory.objects.filter(undone_at=None).exists()


def test_undo_asks_what_becomes_of_rows_that_were_changed(staff, people_table):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    ada = staff("ada")
    chosen = {"action": "undo", "_selected_action": [str(found.pk) for found in people_table]}
    assert "1 row that would be lost was changed by hand since. (row " in words(ada.post(CHANGELIST, chosen))
    again = ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "Wrong"})
    assert "Choose what becomes of the rows that were changed by hand." in words(again)
    assert ">\nWrong</textarea>" in again.content.decode()
    assert len(rows_of("people")) == 5
    done = words(
        ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "x", "changed_rows": "keep"}, follow=True)
    )
    assert "Taken back: 2 rows left people. 1 row changed by hand stayed. (people.csv → people)" in done
    assert [row["name"] for row in rows_of("people", "name")] == ["Grace"]


def test_redo_asks_first_and_then_does_it(staff, people_table):
    for found in people_table:
        undo_import(found.pk, TESTER)
    ada = staff("ada")
    chosen = {"action": "redo", "_selected_action": [str(found.pk) for found in people_table]}
    said = words(ada.post(CHANGELIST, chosen))
    assert "Redo 2 imports?" in said
    assert "The table people will be made again: nothing stands in it." in said
    assert ImportHistory.objects.filter(undone_at=None).count() == 0
    done = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Brought back: 3 rows in people, 0 duplicates left out. The table was made again. (people.csv" in done
    assert "Brought back: 2 rows in people, 1 duplicate left out. (more people.csv → people)" in done
    again = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Not brought back: people.csv → people. The import was not undone: there is nothing to bring back." in again


def test_redo_asks_what_becomes_of_rows_that_were_changed(staff, people_table):
    undo_import(people_table[0].pk, TESTER)
    query("UPDATE people SET city = 'by hand' WHERE name = 'Ada'")
    ada = staff("ada")
    chosen = {"action": "redo", "_selected_action": [str(people_table[0].pk)]}
    assert "What becomes of the rows that were changed by hand?" in words(ada.post(CHANGELIST, chosen))
    query("UPDATE people SET name = 'Grace', age = 85, city = 'New York' WHERE name = 'Ada'")
    refused = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Not brought back: people.csv → people. 1 row that would be lost was changed by hand." in refused
    done = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "changed_rows": "remove"}, follow=True))
    assert "Brought back: 3 rows in people, 0 duplicates left out. 1 row of later imports became duplicates." in done


def test_auditors_are_not_offered_the_undo(staff, people_table):
    chosen = {"action": "undo", "_selected_action": [str(people_table[0].pk)], "confirmed": "yes", "reason": "x"}
    audrey = staff("audrey")
    assert "the chosen imports" not in words(audrey.get(CHANGELIST))
    audrey.post(CHANGELIST, chosen)
    assert len(rows_of("people")) == 5
