"""However much there is, the pages of a table, of its columns, of a row and of statistics ask the database as often."""

from tests.importing import rows_of
from tests.pages.test_queries import much_more as much_more
from tests.pages.test_queries import queries

PAGES = [
    "/ui/tables/people?age__gte=1&search=a&sort=-age",
    "/ui/tables/people?sort=age&after={row}",
    "/ui/tables/people/columns",
    "/ui/tables/people/rows/{row}",
    "/ui/statistics?days=365",
    "/ui/statistics/people.csv",
    "/tables/people/columns",
    "/tables/people/rows/{row}/lineage",
    "/import-statistics",
]


def test_number_of_queries_is_constant(imogen, people_table, ragged, much_more):
    [alan] = rows_of("people", "id", "name = 'Alan'")
    addresses = [page.format(row=alan["id"]) for page in PAGES]
    much_more(100)
    before = [queries(imogen, address) for address in addresses]
    much_more(200)
    assert [queries(imogen, address) for address in addresses] == before
    assert max(number for _, number in before) <= 15
