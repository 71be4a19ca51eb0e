"""The admin: auditors read, no record is edited, and what changes something asks first."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from audit.log import record
from audit.models import AuditEntry
from core import pagination
from core.actors import Actor
from imports.jobs.queue import queue_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory, ImportTask, ManualEdit, MappingError
from imports.sources import upload
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query, rows_of
from tests.pages.browsing import faults_of, on_every_screen, sign_in
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")

CHANGELIST = "/admin/imports/importhistory/"
TASKS = "/admin/imports/importtask/"
CONSISTENCY = f"{CHANGELIST}consistency/"
LISTS = [
    CHANGELIST, "/admin/imports/mappingerror/", "/admin/imports/keptrecord/", TASKS, "/admin/imports/manualedit/",
    "/admin/procrastinate/procrastinatejob/", "/admin/audit/auditentry/",
]  # fmt: skip


@pytest.fixture
def staff(signed_in, people):
    """A client of a named person who may enter the administration."""

    def client_of(name):
        people[name].is_staff = True
        people[name].save()
        return signed_in(name)

    return client_of


@pytest.fixture
def queue(atlas_db, tmp_path):
    """Puts an import into the queue; its task."""

    def put(name):
        path = tmp_path / name
        path.write_text("a,b\n1,2\n")
        with upload.from_disk(path) as source:
            return queue_import(source, parse_mapping({"table_name": "large"}), Actor("imogen"))

    return put


@pytest.fixture
def of_everything(people_table, queue):
    """One record at least on every list."""
    queue("large.csv")
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    return people_table


def test_auditors_look_and_change_nothing(staff, of_everything):
    audrey = staff("audrey")
    for address in LISTS:
        shown = audrey.get(address)
        assert shown.status_code == 200
        first = f"{address}{shown.context['cl'].result_list[0].pk}"
        assert audrey.get(f"{first}/change/").status_code == 200
        assert audrey.post(f"{first}/change/", {}).status_code == 403
        assert audrey.post(f"{first}/delete/", {"post": "yes"}).status_code == 403
        assert audrey.get(f"{address}add/").status_code == 403


def test_staff_without_rights_see_nothing(staff, of_everything):
    norman = staff("norman")
    assert {norman.get(address).status_code for address in [*LISTS, CONSISTENCY]} == {403}


def test_the_front_page_lists_what_one_may_see(staff):
    assert "Nothing" not in words(staff("audrey").get("/admin/"))
    assert set(LISTS) <= set(links(staff("audrey").get("/admin/")))
    assert set(LISTS).isdisjoint(links(staff("norman").get("/admin/")))


def test_number_of_queries_is_constant(staff, of_everything, queue, tmp_path):
    second = of_everything[1]

    def grow(first, last):
        for number in range(first, last):
            import_text(tmp_path, "p.csv", f"name,age,city\nP{number},x,Y\nAda,36,London\n", table_name="people")
            queue(f"large {number}.csv")
            ManualEdit.objects.create(table_name="people", row_id=1000 + number, import_id=second.pk, deleted=True)

    audrey = staff("audrey")
    grow(0, 2)
    before = [queries(audrey, address) for address in LISTS]
    grow(2, 30)
    assert [queries(audrey, address) for address in LISTS] == before


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return address, len(captured)


def test_a_long_list_is_counted_to_a_bound_and_says_so(staff, people_table, monkeypatch):
    monkeypatch.setattr(pagination, "MAX_COUNTED", 40)
    MappingError.objects.bulk_create(
        MappingError(import_record=people_table[0], record_number=number, error_message="No.") for number in range(60)
    )
    with CaptureQueriesContext(connection) as captured:
        said = words(staff("audrey").get("/admin/imports/mappingerror/"))
    assert "The first 40 errors: filter or search for others." in said
    counts = [query["sql"] for query in captured if "COUNT(*)" in query["sql"]]
    assert len(counts) == 1
    assert "LIMIT 41" in counts[0]


def test_days_lead_into_the_list(staff, of_everything):
    ImportHistory.objects.filter(pk=of_everything[0].pk).update(import_timestamp="2019-03-05T12:00:00Z")
    errors, field = "/admin/imports/mappingerror/", "import_record__import_timestamp"
    audrey = staff("audrey")
    assert f"?{field}__year=2019" in links(audrey.get(errors))
    year = audrey.get(f"{errors}?{field}__year=2019")
    assert {f"?{field}__month=3&{field}__year=2019", "?"} <= set(links(year))
    assert f"?{field}__month=4&{field}__year=2019" not in links(year)
    assert year.context["cl"].result_count == 0
    month = audrey.get(f"{CHANGELIST}?import_timestamp__year=2019&import_timestamp__month=3")
    assert month.context["cl"].result_count == 1
    assert "?import_timestamp__day=5&import_timestamp__month=3&import_timestamp__year=2019" in links(month)


def test_search(staff, of_everything):
    second = of_everything[1].pk
    expected = {
        ("/admin/imports/mappingerror/", "more peo"): 1,
        ("/admin/imports/mappingerror/", "age"): 1,
        ("/admin/imports/mappingerror/", "city"): 0,
        ("/admin/imports/keptrecord/", "people"): 1,
        ("/admin/imports/keptrecord/", second): 1,
        ("/admin/imports/manualedit/", "people"): 1,
        (CHANGELIST, "tester@"): 2,
        (CHANGELIST, second): 1,
        (TASKS, "large"): 1,
        (TASKS, second): 0,
        ("/admin/procrastinate/procrastinatejob/", "table large"): 1,
        ("/admin/audit/auditentry/", second): 2,
        ("/admin/audit/auditentry/", "two words"): 1,
    }
    record(Actor("two words"), "download", "people")
    audrey = staff("audrey")
    found = {asked: audrey.get(asked[0], {"q": asked[1]}).context["cl"].result_count for asked in expected}
    assert found == expected


def test_an_import_leads_to_what_belongs_to_it(staff, of_everything):
    second = of_everything[1].pk
    shown = staff("audrey").get(f"{CHANGELIST}{second}/change/")
    assert {
        f"/ui/imports/{second}", "/ui/tables/people", f"/admin/imports/mappingerror/?q={second}",
        f"/admin/audit/auditentry/?subject={second}",
    } <= set(links(shown))  # fmt: skip
    assert '"table_name": "people"' in words(shown)
    entries = staff("audrey").get(f"/admin/audit/auditentry/?subject={second}").context["cl"].result_list
    assert {entry.action for entry in entries} == {"import.started", "import.finished"}


# --- the queue ---


def test_the_queue_says_what_waits(staff, queue):
    queue("large.csv")
    shown = staff("audrey").get(f"{TASKS}?state=pending")
    assert table_rows(shown)[0][1:6] == ["large.csv → large", "imogen", "Queued", "0 %", "0"]
    assert staff("audrey").get(f"{TASKS}?state=processing").context["cl"].result_count == 0


def test_a_queued_import_is_cancelled_after_a_question(staff, queue):
    task = queue("large.csv")
    ada = staff("ada")
    chosen = {"action": "cancel", "_selected_action": [str(task.pk)]}
    said = words(ada.post(TASKS, chosen))
    assert "Cancel 1 import?" in said
    assert "large.csv → large 0 % 0 Queued: waiting for a worker or for another import into the table." in said
    task.import_record.refresh_from_db()
    assert task.import_record.status == "in_progress"
    done = words(ada.post(TASKS, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Cancelled by ada. Nothing was imported. (large.csv → large)" in done
    task.import_record.refresh_from_db()
    assert task.import_record.status == "failed"
    again = words(ada.post(TASKS, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Not cancelled: large.csv → large. This import was already cancelled." in again
    cancelled = AuditEntry.objects.get(action="import.cancelled")
    assert (cancelled.actor, cancelled.subject) == ("ada", str(task.import_record_id))


def test_auditors_cancel_nothing(staff, queue):
    task = queue("large.csv")
    staff("audrey").post(TASKS, {"action": "cancel", "_selected_action": [str(task.pk)], "confirmed": "yes"})
    assert ImportTask.objects.get().cancelled_by == ""
    assert "Cancel selected imports" not in words(staff("audrey").get(TASKS))


# --- files, consistency ---


def test_files_are_offered_with_their_numbers(staff, of_everything):
    first, second = (str(found.pk) for found in of_everything)
    audrey = staff("audrey")
    shown = audrey.post(CHANGELIST, {"action": "files", "_selected_action": [first, second]})
    said = words(shown)
    assert "Files of 2 imports" in said
    assert "0 rejected, 1 with empty cells, 1 error : CSV" in said.replace("error:", "error :")
    assert "Rows with errors: none." in said
    offered = {f"/import-history/{second}/failed-rows.csv", f"/import-history/{first}/source-file"}
    assert offered | {"/tables/people/export.parquet"} <= set(links(shown))
    assert all(audrey.get(address).status_code == 200 for address in offered)


def test_an_action_takes_so_many_at_once(staff, people_table, monkeypatch):
    monkeypatch.setattr("lineage.admin.MAX_IMPORTS", 1)
    chosen = {"action": "undo", "_selected_action": [str(found.pk) for found in people_table]}
    said = words(staff("ada").post(CHANGELIST, chosen))
    assert "Undo 1 import?" in said
    assert "Only the first 1 of the selected imports were processed." in said


def test_consistency_is_checked_after_a_question(staff, people_table):
    audrey = staff("audrey")
    asked = words(audrey.get(CONSISTENCY))
    assert f"1 table, 2 imports and {AuditEntry.objects.count()} audit entries." in asked
    assert "No problems found" not in asked
    assert "No problems found: 1 table, 2 imports, 5 rows, 1 skipped row, 1 error, 2 source files;" in words(
        audrey.post(CONSISTENCY, {"table": "people"})
    )
    ImportHistory.objects.filter(pk=people_table[0].pk).update(mapping_errors_count=7)
    said = words(audrey.post(CONSISTENCY))
    assert "2 problems found:" in said
    assert f"people, import {people_table[0].pk}: the import counts 7 errors, but 0 are stored." in said
    assert "Table “nowhere” not found" in words(audrey.post(CONSISTENCY, {"table": "nowhere"}))


def test_consistency_needs_the_right_to_the_audit_log(staff):
    assert staff("imogen").get(CONSISTENCY).status_code == 403


# --- the way in, people and rights ---


def test_the_way_in_is_the_sign_in_of_the_site(staff, people):
    stranger = Client().get("/admin/imports/importhistory/?q=x", follow=True)
    assert stranger.redirect_chain[-1][0] == "/ui/sign-in?next=/admin/imports/importhistory/%3Fq%3Dx"
    assert Client().get("/admin").headers["Location"] == "/admin/"
    audrey = staff("audrey")
    assert audrey.get("/admin/login/").headers["Location"] == "/admin/"
    assert audrey.post("/admin/logout/").headers["Location"] == "/ui/sign-in"
    assert audrey.get("/admin/").status_code == 302


def test_the_former_address_of_the_manual_edits_leads_to_them(staff, people):
    page = staff("audrey").get("/admin/imports/handchange/?q=people", follow=True)

    assert page.redirect_chain == [("/admin/imports/manualedit/?q=people", 302)]
    assert page.status_code == 200


def test_administrators_give_rights_and_the_log_tells(staff, people):
    ada, norman = staff("ada"), people["norman"]
    address = f"/admin/auth/user/{norman.pk}/change/"
    group = Group.objects.get(name="auditor")
    assert f'type="checkbox" name="groups" value="{group.pk}"' in ada.get(address).content.decode()
    form = {"username": "norman", "is_active": "on", "groups": [group.pk]}
    assert ada.post(address, form).status_code == 302
    assert User.objects.get(username="norman").has_perm("audit.view_auditentry")
    given = AuditEntry.objects.filter(action="group.given").first()
    assert (given.actor, given.subject, given.detail) == ("ada", "norman", {"groups": ["auditor"]})


# --- in a browser ---


@on_every_screen
def test_axe_finds_nothing_serious_in_the_administration(open_page, of_everything, people, width):
    page = open_page(width=width)
    sign_in(page)
    addresses = [
        "/admin/", "/admin/imports/mappingerror/", TASKS, "/admin/audit/auditentry/", CONSISTENCY,
        f"/admin/auth/user/{people['imogen'].pk}/change/", "/ui/audit", "/ui/audit/verify",
    ]  # fmt: skip
    assert faults_of(page, addresses) == []


def test_an_action_is_chosen_asked_and_done_by_keyboard(open_page, people_table):
    page = open_page()
    sign_in(page)
    page.goto(CHANGELIST)
    page.get_by_role("checkbox", name="Select this object for an action - more people.csv").focus()
    page.keyboard.press("Space")
    page.get_by_label("Action:").focus()
    page.keyboard.type("Undo")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 rows will be removed from people.")).to_be_visible()
    page.get_by_label("Reason").focus()
    page.keyboard.type("A test")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Undone: 2 rows removed from people.")).to_be_visible()


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
    assert "2 rows will be removed from people. The table will still contain 3 rows from 1 other import." in said
    assert len(rows_of("people")) == 5
    done = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "Wrong"}, follow=True))
    assert "Undone: 2 rows removed from people. (more people.csv → people)" in done
    assert "Undone: 3 rows removed from people. Table deleted. (people.csv → people)" in done
    assert not ImportHistory.objects.filter(undone_at=None).exists()


def test_undo_asks_what_becomes_of_rows_that_were_changed(staff, people_table):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    ada = staff("ada")
    chosen = {"action": "undo", "_selected_action": [str(found.pk) for found in people_table]}
    assert "1 row that would be removed or changed was changed manually. (row " in words(ada.post(CHANGELIST, chosen))
    again = ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "Wrong"})
    assert "Choose whether to keep or remove the manually changed rows." in words(again)
    assert ">\nWrong</textarea>" in again.content.decode()
    assert len(rows_of("people")) == 5
    done = words(
        ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "x", "changed_rows": "keep"}, follow=True)
    )
    assert "Undone: 2 rows removed from people. 1 manually changed row kept. (people.csv → people)" in done
    assert [row["name"] for row in rows_of("people", "name")] == ["Grace"]


def test_redo_asks_first_and_then_does_it(staff, people_table):
    for found in people_table:
        undo_import(found.pk, TESTER)
    ada = staff("ada")
    chosen = {"action": "redo", "_selected_action": [str(found.pk) for found in people_table]}
    said = words(ada.post(CHANGELIST, chosen))
    assert "Redo 2 imports?" in said
    assert "The table people will be created again." in said
    assert ImportHistory.objects.filter(undone_at=None).count() == 0
    done = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "reason": "Right"}, follow=True))
    reasons = [entry.detail["reason"] for entry in AuditEntry.objects.filter(action="import.redone")]
    assert reasons == ["Right", "Right"]
    assert "Redone: 3 rows restored in people, 0 duplicates skipped. Table created again. (people.csv" in done
    assert "Redone: 2 rows restored in people, 1 duplicate skipped. (more people.csv → people)" in done
    again = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Redo failed: people.csv → people. This import is not undone, so there is nothing to redo." in again


def test_redo_asks_what_becomes_of_rows_that_were_changed(staff, people_table):
    undo_import(people_table[0].pk, TESTER)
    query("UPDATE people SET city = 'edited' WHERE name = 'Ada'")
    ada = staff("ada")
    chosen = {"action": "redo", "_selected_action": [str(people_table[0].pk)]}
    assert "Manually changed rows" in words(ada.post(CHANGELIST, chosen))
    query("UPDATE people SET name = 'Grace', age = 85, city = 'New York' WHERE name = 'Ada'")
    refused = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes"}, follow=True))
    assert "Redo failed: people.csv → people. 1 row that would be removed or changed was changed manually." in refused
    done = words(ada.post(CHANGELIST, {**chosen, "confirmed": "yes", "changed_rows": "remove"}, follow=True))
    assert (
        "Redone: 3 rows restored in people, 0 duplicates skipped. 1 row from later imports is now a duplicate." in done
    )


def test_auditors_are_not_offered_the_undo(staff, people_table):
    chosen = {"action": "undo", "_selected_action": [str(people_table[0].pk)], "confirmed": "yes", "reason": "x"}
    audrey = staff("audrey")
    assert "Undo selected imports" not in words(audrey.get(CHANGELIST))
    audrey.post(CHANGELIST, chosen)
    assert len(rows_of("people")) == 5


def test_jobs_show_their_status_in_words(staff, of_everything):
    said = words(staff("audrey").get("/admin/procrastinate/procrastinatejob/"))

    assert "Queued" in said
    assert "todo" not in said


def test_a_token_is_shown_once_when_an_administrator_creates_it(signed_in, people):
    added = signed_in("ada").post("/admin/knox/authtoken/add/", {"user": people["imogen"].pk}, follow=True)
    token = people["imogen"].auth_token_set.get()

    assert f"API token of imogen: {token.token_key}" in words(added)
    page = signed_in("ada").get(f"/admin/knox/authtoken/{token.pk}/change/")
    assert f"API token of imogen: {token.token_key}" not in words(page)
    assert token.digest not in words(page).replace(str(token), "")


def test_permissions_are_named_by_what_they_allow(signed_in, people):
    said = words(signed_in("ada").get(f"/admin/auth/group/{Group.objects.get(name='importer').pk}/change/"))

    assert "Can view skipped rows" in said
    assert "Can undo and redo imports" in said
    assert "kept record" not in said


def test_the_admin_signs_out_like_the_site(signed_in, people):
    assert "Sign out" in words(signed_in("ada").get("/admin/"))
    assert "Log out" not in words(signed_in("ada").get("/admin/"))
