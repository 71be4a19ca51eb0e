"""Tables, one table, and statistics."""

import pytest

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
    assert [row[1:] for row in table_rows(answer)[:5]] == [
        ["Ada", "36", "London"],
        ["Grace", "85", "New York"],
        ["Linus", "55", "Helsinki"],
        ["Margaret", "88", "Boston"],
        ["Alan", "null", "London"],
    ]
    assert [int(row[0]) for row in table_rows(answer)[:5]] == [row["id"] for row in rows_of("people", "id")]
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
    [
        ("/ui/tables/nowhere", 404),
        ("/ui/tables/auth_user", 422),
        ("/ui/tables/people?sort=nothing", 400),
        ("/ui/tables/people?id=nothing", 400),
    ],
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


def test_one_row_alone_is_shown_by_its_id(imogen, people_table):
    grace = rows_of("people", "id name")[1]["id"]
    answer = imogen.get(f"/ui/tables/people?id={grace}")
    assert f"Only row {grace} is shown. Show all rows" in words(answer)
    assert table_rows(answer)[0] == [str(grace), "Grace", "85", "New York"]
    assert "1 row in 3 columns" in words(answer)
    assert "There is no row 999: it was deleted, or taken back." in words(imogen.get("/ui/tables/people?id=999"))


def test_a_table_name_with_nul_is_404(imogen):
    assert imogen.get("/ui/tables/a%00b").status_code == 404
