"""Tables, one table, statistics, and taking an import back."""

import pytest

from audit.models import AuditEntry
from imports.models import ImportHistory
from tests.importing import import_text, rows_of
from tests.pages.reading import links, table_rows, words


def test_tables_with_what_their_imports_brought(imogen, people_table, ragged):
    rows = [row[:3] for row in table_rows(imogen.get("/ui/tables"))]
    assert rows == [["people", "2", "5"], ["ragged", "1", "3"]]


def test_without_tables_the_page_says_how_one_is_made(imogen):
    assert "There is no table yet" in words(imogen.get("/ui/tables"))


def test_table_shows_rows_and_imports(imogen, people_table):
    answer = imogen.get("/ui/tables/people")
    assert "5 rows in 3 columns, from 2 imports." in words(answer)
    assert table_rows(answer)[:5] == [
        ["1", "Ada", "36", "London"],
        ["2", "Grace", "85", "New York"],
        ["3", "Linus", "55", "Helsinki"],
        ["4", "Margaret", "88", "Boston"],
        ["5", "Alan", "null", "London"],
    ]
    assert [row[0] for row in table_rows(answer)[5:]] == ["more people.csv", "people.csv"]


def test_table_sorts_both_ways_with_nulls_last(imogen, people_table):
    up, down = imogen.get("/ui/tables/people?sort=age"), imogen.get("/ui/tables/people?sort=-age")
    assert [row[1] for row in table_rows(up)[:5]] == ["Ada", "Linus", "Grace", "Margaret", "Alan"]
    assert [row[1] for row in table_rows(down)[:5]] == ["Margaret", "Grace", "Linus", "Ada", "Alan"]
    assert "?sort=-age" in links(up)
    assert 'aria-sort="ascending"' in up.content.decode()


def test_tracking_columns_on_demand_lead_to_the_import(imogen, people_table):
    plain, tracked = imogen.get("/ui/tables/people"), imogen.get("/ui/tables/people?metadata=1")
    assert "_source_row_number" not in words(plain)
    assert "_source_row_number" in words(tracked)
    assert table_rows(tracked)[3][-2] == "2"
    assert f"/ui/imports/{people_table[1].pk}" in links(tracked)


def test_table_is_paged_and_keeps_its_order(imogen, tmp_path, atlas_db):
    import_text(tmp_path, "numbers.csv", "n\n" + "\n".join(map(str, range(1, 121))))
    answer = imogen.get("/ui/tables/numbers?sort=-n&page=3")
    assert [row[1] for row in table_rows(answer)[:20]] == [str(number) for number in range(20, 0, -1)]
    assert "101–120 of 120" in words(answer)


def test_exports_are_linked_and_answer(imogen, people_table):
    exports = [link for link in links(imogen.get("/ui/tables/people")) if "/export." in link]
    assert exports == [f"/tables/people/export.{kind}" for kind in ("csv", "xlsx", "parquet", "json")]
    assert all(imogen.get(address).status_code == 200 for address in exports)


@pytest.mark.parametrize(
    ("address", "status"),
    [("/ui/tables/nowhere", 404), ("/ui/tables/auth_user", 422), ("/ui/tables/people?sort=nothing", 400)],
)
def test_what_cannot_be_shown_is_said(imogen, people_table, address, status):
    answer = imogen.get(address)
    assert answer.status_code == status
    assert "This cannot be done" in words(answer)


def test_statistics_have_the_numbers_of_the_specification(imogen, people_table, ragged, failed):
    answer = imogen.get("/ui/statistics")
    assert "The last 30 days." in words(answer)
    tiles = dict(answer.context["tiles"])
    del tiles["Average duration"]
    assert tiles == {
        "Imports": "4",
        "Successful": "3",
        "Failed": "1",
        "Rows inserted": "8",
        "Duplicates left out": "1",
        "Tables": "2",
        "People": "1",
    }


def test_statistics_of_one_table(imogen, people_table, ragged):
    answer = imogen.get("/ui/statistics?days=7&table_name=ragged")
    assert ("Rows inserted", "3") in answer.context["tiles"]
    assert table_rows(answer)[0][1:] == ["1", "1", "0", "3"]


def test_statistics_of_nothing(imogen):
    answer = imogen.get("/ui/statistics?days=nonsense")
    assert "Nothing came in" in words(answer)
    assert ("Average duration", "0 ms") in answer.context["tiles"]


def test_undo_says_in_numbers_what_will_happen(imogen, people_table):
    answer = imogen.get(f"/ui/imports/{people_table[1].pk}/undo")
    said = words(answer)
    assert "2 rows will leave the table people. 3 rows will stay, from 1 other import." in said
    assert ImportHistory.objects.filter(undone_at=None).count() == 2


def test_undo_takes_the_rows_back_and_keeps_the_history(imogen, people_table):
    address = f"/ui/imports/{people_table[1].pk}"
    answer = imogen.post(f"{address}/undo", {"reason": "The wrong month"}, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    said = words(answer)
    assert "Taken back: 2 rows left people." in said
    assert "This import was taken back" in said
    assert "by imogen" in said
    assert "Reason: The wrong month" in said
    assert [row["name"] for row in rows_of("people", "name")] == ["Ada", "Grace", "Linus"]
    assert AuditEntry.objects.get(action="import.undone").actor == "imogen"
    shown = words(imogen.get("/ui/tables/people"))
    assert "3 rows in 3 columns, from 1 import; 1 import undone." in shown
    assert "Imports that were undone" in shown


def test_undo_wants_a_reason(imogen, people_table):
    answer = imogen.post(f"/ui/imports/{people_table[1].pk}/undo", {"reason": " "})
    assert "This field is required." in words(answer)
    assert len(rows_of("people")) == 5


def test_undo_of_the_last_import_drops_the_table(imogen, ragged):
    address = f"/ui/imports/{ragged.pk}/undo"
    assert "No other import stands in the table, so the table itself will go." in words(imogen.get(address))
    imogen.post(address, {"reason": "x"})
    assert imogen.get("/ui/tables/ragged").status_code == 404


def test_undo_twice_is_refused(imogen, ragged):
    address = f"/ui/imports/{ragged.pk}/undo"
    imogen.post(address, {"reason": "x"})
    answer = imogen.post(address, {"reason": "x"})
    assert answer.status_code == 409
    assert "This import was not taken back. The import was undone already" in words(answer)


def test_a_table_name_with_nul_is_404(imogen):
    assert imogen.get("/ui/tables/a%00b").status_code == 404
