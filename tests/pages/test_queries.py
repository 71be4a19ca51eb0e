"""The number of database queries of a page does not depend on the amount of data."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.models import ImportHistory, KeptRecord, MappingError
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

PAGES = [
    "/",
    "/ui/imports",
    "/ui/imports?page=2",
    "/ui/imports?table=people",
    "/ui/imports/{id}",
    "/ui/imports/{id}/errors",
    "/ui/imports/{id}/skipped",
    "/ui/imports/{id}/repair",
    "/ui/imports/{id}/repairs",
    "/ui/imports/{first}/undo",
    "/ui/imports/{gone}/redo",
    "/ui/tables",
    "/ui/tables/people?metadata=1",
    "/ui/statistics",
    "/ui/mappings",
]
FEW = 16  # queries for each of these
PAGES_OF_FEW = [
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


@pytest.fixture
def much_more(people_table, tmp_path):
    """Return a function that creates 60 more of everything."""

    def make(start):
        second = people_table[1]
        for number in range(start, start + 60):
            import_text(tmp_path, "p.csv", f"name,age,city\nP{number},{number},X\n", table_name="people")
        for number in range(start, start + 5):
            import_text(tmp_path, f"t{number}.csv", "a\n1\n")
        numbers = range(start, start + 60)
        MappingError.objects.bulk_create(
            MappingError(import_record=second, record_number=number, error_type="too_long", error_message="No.")
            for number in numbers
        )
        KeptRecord.objects.bulk_create(
            KeptRecord(
                import_record=second,
                record_number=number,
                fate="duplicate",
                reason_code="x",
                reason="x",
                location="line 1",
                original=b'["Ada", "36", "London"]',
                matched_import_id=people_table[0].pk,
                matched_record_number=1,
            )
            for number in numbers
        )

    return make


@pytest.fixture
def gone(people_table, tmp_path):
    """Import a file and undo the import."""
    found = import_text(tmp_path, "gone.csv", "name,age,city\nEdsger,72,Rotterdam\n", table_name="people")
    undo_import(found.pk, TESTER)
    return found


def test_number_of_queries_is_constant(imogen, people_table, ragged, gone, much_more):
    first, second = people_table
    [alan] = rows_of("people", "id", "name = 'Alan'")
    addresses = [page.format(id=second.pk, first=first.pk, gone=gone.pk) for page in PAGES]
    few = [page.format(row=alan["id"]) for page in PAGES_OF_FEW]
    much_more(100)  # a first page that is the only one needs no number of pages
    before = [queries(imogen, address) for address in addresses + few]
    much_more(200)
    assert ImportHistory.objects.count() == 134
    assert [queries(imogen, address) for address in addresses + few] == before
    assert [(address, number) for address, number in before if address in few and number > FEW] == []


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return (address, len(captured))
