"""Whatever leaves the house is in the log, in numbers, before the first byte of it leaves."""

import pytest

from audit.models import AuditEntry
from tests.importing import import_text

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture
def found(auditor, tmp_path):
    return import_text(tmp_path, "people.csv", "name,age\nAda,36\nGrace,85\n")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "json"])
def test_an_export_is_told(auditor, found, kind):
    response = auditor.get(f"/tables/people/export.{kind}", REMOTE_ADDR="192.0.2.7")

    entry = AuditEntry.objects.get(action="export")
    assert (entry.actor, entry.address, entry.subject) == ("otto", "192.0.2.7", "people")
    assert entry.detail == {"file": f"export.{kind}", "rows": 2, "columns": 2, "all_rows": True}
    response.close()


def test_an_export_of_some_rows_says_how_many(auditor, found):
    auditor.get("/tables/people/export.csv?age__gt=50&include_metadata=true").close()

    assert AuditEntry.objects.get(action="export").detail == {
        "file": "export.csv", "rows": 1, "columns": 6, "all_rows": False,
    }  # fmt: skip


def test_the_source_file_is_told(auditor, found):
    auditor.get(f"/import-history/{found.pk}/source-file").close()

    entry = AuditEntry.objects.get(action="download")
    assert (entry.actor, entry.subject) == ("otto", str(found.pk))
    assert entry.detail == {"file": "source-file", "file_name": "people.csv", "bytes": 25}


@pytest.mark.parametrize("address", ["/tables/nothing/export.csv", "/tables/people/export.pdf",
                                     "/tables/people/export.csv?age=x"])  # fmt: skip
def test_what_cannot_be_had_is_not_told(auditor, found, address):
    assert auditor.get(address).status_code in (400, 404)
    assert not AuditEntry.objects.filter(action="export").exists()
