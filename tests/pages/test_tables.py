"""Tables, the rows of one, and its columns."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lineage.undo import undo_import
from tests.importing import TESTER, import_text, rows_of
from tests.lineage.foreign import guided_table
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")


def test_tables_with_the_rows_of_their_imports(imogen, people_table, ragged):
    rows = [row[:3] for row in table_rows(imogen.get("/ui/tables"))]
    assert rows == [["people", "2", "5"], ["ragged", "1", "3"]]


def test_an_empty_list_explains_how_tables_are_created(imogen):
    assert "No tables yet" in words(imogen.get("/ui/tables"))


def test_table_shows_rows_and_imports(imogen, people_table):
    answer = imogen.get("/ui/tables/people")
    assert "5 rows in 3 columns, from 2 active imports." in words(answer)
    assert [row[1:] for row in table_rows(answer)[:5]] == [
        ["Ada", "36", "London"],
        ["Grace", "85", "New York"],
        ["Linus", "55", "Helsinki"],
        ["Margaret", "88", "Boston"],
        ["Alan", "empty", "London"],
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
    assert "_source_row_number Whole number" not in words(plain)
    assert "_source_row_number Whole number" in words(tracked)
    assert table_rows(tracked)[3][-2] == "2"
    assert f"/ui/imports/{people_table[1].pk}" in links(tracked)


def test_rows_of_no_import_are_counted_separately(imogen, tmp_path):
    guided_table("id serial, name text", "(7, 'Ada'), (8, 'Bo')")
    import_text(tmp_path, "a.csv", "name\nCy\n", table_name="mig1")

    assert [row[:3] for row in table_rows(imogen.get("/ui/tables"))] == [["mig1", "1", "1"]]
    answer = imogen.get("/ui/tables/mig1?metadata=1")
    assert "3 rows in 1 column, from 1 active import (2 rows not from an import)." in words(answer)
    assert [row[:2] for row in table_rows(answer)[:3]] == [["1", "Cy"], ["7", "Ada"], ["8", "Bo"]]
    assert "1 row found in 1 column, from 1 active import." in words(imogen.get("/ui/tables/mig1?name=Ada"))
    said = words(imogen.get("/ui/tables/mig1/rows/7"))
    assert "Row 7 of mig1 was not added by an import, so its source is unknown." in said


@pytest.fixture
def numbers(atlas_db, tmp_path):
    """120 rows: n from 1 to 120, but for 7, which is NULL; half is n / 2, so that each comes twice."""
    lines = (f"{'' if n == 7 else n},{n // 2},x" for n in range(1, 121))
    return import_text(tmp_path, "numbers.csv", "n,half,x\n" + "\n".join(lines))


def page_through(client, address, relation):
    """The values of n on every page, from this address to the end, and what the pages say of their places."""
    values, places = [], []
    while address:
        answer = client.get(address)
        values.append(
            [row[1] for row in table_rows(answer)[: answer.context["page"].last - answer.context["page"].start]]
        )
        places.append(re.search(r"[\d,]+–[\d,]+ of [\d,]+", words(answer))[0])
        found = re.search(f'href="([^"]*)" rel="{relation}"', answer.content.decode())
        address = found and f"/ui/tables/numbers{unescape(found[1])}"
    return values, places


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", [*range(1, 7), None, *range(8, 121)]),
        ("-id", [*range(120, 7, -1), None, *range(6, 0, -1)]),
        ("n", [*range(1, 7), *range(8, 121), None]),
        ("-n", [*range(120, 7, -1), *range(6, 0, -1), None]),
        ("half,-n", [1, 3, 2, 5, 4, 6, None, *sum(([n + 1, n] for n in range(8, 120, 2)), []), 120]),
    ],
)
def test_pages_follow_each_other_in_any_order_and_back(imogen, numbers, sort, order):
    expected = ["empty" if n is None else str(n) for n in order]
    forwards, places = page_through(imogen, f"/ui/tables/numbers?sort={sort}", "next")
    assert sum(forwards, []) == expected
    assert places == ["1–50 of 120", "51–100 of 120", "101–120 of 120"]
    backwards, places = page_through(imogen, f"/ui/tables/numbers?sort={sort}&end=1", "prev")
    assert sum(reversed(backwards), []) == expected
    assert places == ["71–120 of 120", "21–70 of 120", "1–20 of 120"]


def test_a_page_far_behind_passes_over_no_row(imogen, numbers):
    with CaptureQueriesContext(connection) as captured:
        imogen.get("/ui/tables/numbers?after=100")
    [rows] = [query["sql"] for query in captured if "row_to_json" in query["sql"]]
    assert "\"id\" > CAST('100' AS BIGINT)" in rows
    assert rows.endswith("LIMIT 50 OFFSET 0")


def test_a_page_that_no_longer_exists_shows_the_first_page(imogen, numbers):
    answer = imogen.get("/ui/tables/numbers?sort=half&after=999")
    assert "That page no longer exists. Showing the first page." in words(answer)
    assert "1–50 of 120" in words(answer)


def test_rows_are_searched_and_filtered_and_filters_can_be_removed(imogen, people_table):
    answer = imogen.get("/ui/tables/people?age__gte=50&city__contains=n&search=o&sort=-age&metadata=1")
    assert [row[1] for row in table_rows(answer)[:2]] == ["Margaret", "Grace"]
    assert "2 rows found in 3 columns" in words(answer)
    assert "contains “o” × age is at least 50 × city contains n × Clear filters" in words(answer)
    assert "/ui/tables/people?city__contains=n&sort=-age&metadata=1&search=o" in links(answer)
    exports = [link for link in links(answer) if "/export." in link]
    assert exports[0] == (
        "/tables/people/export.csv?age__gte=50&city__contains=n&search=o&ordering=-age&include_metadata=true"
    )
    content = b"".join(imogen.get(exports[0]).streaming_content).decode()
    assert [line.partition(",")[0] for line in content.splitlines()] == ["name", '"Margaret"', '"Grace"']


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ("column=age&condition=gte&value=50", "?age__gte=50"),
        ("column=age&condition=empty&value=", "?age__isnull=true"),
        ("column=age&condition=not_empty&value=5&search=a", "?age__isnull=false&search=a"),
        ("age__gte=5&column=age&condition=lt&value=60&sort=age", "?age__gte=5&age__lt=60&sort=age"),
        ("column=name&condition=contains&value=+&after=3", "?name__contains=+"),
    ],
)
def test_a_filter_of_the_form_is_added_to_the_address(imogen, people_table, asked, address):
    answer = imogen.get(f"/ui/tables/people?{asked}")
    assert (answer.status_code, answer["Location"]) == (302, f"/ui/tables/people{address}")


def test_an_invalid_filter_is_reported_in_the_form(imogen, people_table):
    answer = imogen.get("/ui/tables/people?column=age&condition=lt&value=old&city=London")
    assert answer.status_code == 200
    assert "age: “old” is not a valid whole number." in words(answer)
    assert "2 rows found" in words(answer)


def test_without_matching_rows_filters_can_be_cleared(imogen, people_table):
    assert "No matching rows" in words(imogen.get("/ui/tables/people?name=Unknown"))


def test_columns_with_the_columns_of_the_files_and_the_imports(imogen, people_table):
    answer = imogen.get("/ui/tables/people/columns")
    assert "3 columns , filled by 2 active imports." in words(answer)
    assert [row[:5] for row in table_rows(answer)] == [
        ["name Text", "name", "unchanged", "2", "5"],
        ["age Whole number", "age", "unchanged", "2", "5"],
        ["city Text", "city", "unchanged", "2", "5"],
    ]
    assert f"/ui/imports/{people_table[0].pk}" in links(answer)


@pytest.mark.parametrize("path", ["", "/columns", "/rows/1"])
def test_table_pages_need_the_view_permission(signed_in, client, people_table, path):
    address = f"/ui/tables/people{path}"
    assert signed_in("audrey").get(address).status_code == 200
    assert signed_in("norman").get(address).status_code == 403
    assert client.get(address)["Location"] == f"/ui/sign-in?next={address}"


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
        ("/ui/tables/people?after=x", 400),
        ("/ui/tables/people?before=9223372036854775808", 400),
        ("/ui/tables/nowhere/columns", 404),
        ("/ui/tables/auth_user/rows/1", 422),
        ("/ui/tables/people/rows/999", 404),
        ("/ui/tables/people/rows/x", 404),
    ],
)
def test_invalid_addresses_are_reported(imogen, people_table, address, status):
    answer = imogen.get(address)
    assert answer.status_code == status
    assert "Request failed" in words(answer)


def test_one_row_alone_is_shown_by_its_id(imogen, people_table):
    grace = rows_of("people", "id name")[1]["id"]
    answer = imogen.get(f"/ui/tables/people?id={grace}")
    assert f"id is {grace} × Clear filters" in words(answer)
    assert table_rows(answer)[0] == [str(grace), "Grace", "85", "New York"]
    assert "1 row found in 3 columns" in words(answer)
    assert f"/ui/tables/people/rows/{grace}" in links(answer)


def test_a_table_name_with_nul_is_404(imogen):
    assert imogen.get("/ui/tables/a%00b").status_code == 404


def test_a_table_as_of_an_import_has_its_rows_of_then(imogen, people_table):
    first, second = (str(record.pk) for record in people_table)

    then = imogen.get(f"/ui/tables/people?as_of={first}&sort=-name")

    assert "3 rows in 3 columns, from 1 active import." in words(then)
    assert "These are the rows as 1 active import up to this one made them." in words(then)
    assert [row[1] for row in table_rows(then)[:3]] == ["Linus", "Grace", "Ada"]
    assert f"/tables/people/export.csv?ordering=-name&as_of={first}" in links(then)
    assert "?sort=-name" in links(then)  # the current rows, in the same order
    assert f'<option value="{second}">more people.csv, ' in then.content.decode()


def test_as_of_stays_while_rows_are_filtered(imogen, people_table):
    first = str(people_table[0].pk)

    filtered = imogen.get(f"/ui/tables/people?as_of={first}&column=city&condition=eq&value=London", follow=True)

    assert [row[1] for row in table_rows(filtered)[:1]] == ["Ada"]
    assert filtered.redirect_chain[-1][0] == f"/ui/tables/people?city__eq=London&as_of={first}"


def test_a_table_as_of_an_undone_import_says_what_to_do(imogen, people_table):
    undo_import(people_table[1].pk, TESTER)

    refused = imogen.get(f"/ui/tables/people?as_of={people_table[1].pk}")

    assert refused.status_code == 409
    assert "Choose an active import, or redo this one." in words(refused)


def test_an_import_leads_to_its_table_as_of_then(imogen, people_table):
    [first, _] = people_table
    assert f"/ui/tables/people?as_of={first.pk}" in links(imogen.get(f"/ui/imports/{first.pk}"))


def test_the_rows_of_an_import_say_how_many_others_have_updated(imogen, tmp_path):
    first = import_text(tmp_path, "prices.csv", "id,price\n1,5\n2,7\n3,9\n")
    second = import_text(tmp_path, "prices 2.csv", "id,price\n1,6\n2,8\n", table_name="prices", unique_columns=["id"],
                         duplicate_check={"on_match": "update"})  # fmt: skip

    own, updated = (imogen.get(f"/ui/tables/prices?_import_id={record.pk}&metadata=1") for record in (first, second))

    assert [row[1:3] for row in table_rows(own)[:1]] == [["3", "9"]]
    assert "2 rows that this import added are not listed: later imports updated them" in words(own)
    assert "not listed" not in words(updated)
    undo_import(second.pk, TESTER)
    assert "not listed" not in words(imogen.get(f"/ui/tables/prices?_import_id={first.pk}"))
