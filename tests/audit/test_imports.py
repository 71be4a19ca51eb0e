"""What the log says of imports: numbers and names, never what stood in a file."""

import pytest

from audit.models import AuditEntry
from imports.errors import AlreadyImported, TooManyErrors
from tests.importing import import_text

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")
SECRET = "xyzzy"


def deeds():
    return [(entry.action, entry.subject, entry.detail) for entry in AuditEntry.objects.order_by("id")]


def test_an_import_is_told_at_its_beginning_and_its_end(tmp_path):
    found = import_text(tmp_path, "a.csv", f"a\n1\n{SECRET}\n", db_schema={"a": "INTEGER"})

    [(started, first, numbers), (finished, second, counts)] = deeds()
    assert (started, finished, first, second) == ("import.started", "import.finished", str(found.pk), str(found.pk))
    assert numbers == {"table_name": "a", "file_hash": found.file_hash, "bytes": 10}
    assert (counts["table_name"], counts["inserted"], counts["rejected"], counts["problems"]) == ("a", 2, 0, 1)
    assert SECRET not in str(deeds())


def test_an_import_that_failed_is_recorded_with_the_code_of_its_error(tmp_path):
    with pytest.raises(TooManyErrors, match=SECRET):
        import_text(tmp_path, "a.csv", f"a\n1\n{SECRET}\n", db_schema={"a": "INTEGER"}, on_error="abort")

    assert [(action, detail.get("code")) for action, _, detail in deeds()] == [
        ("import.started", None), ("import.failed", "too_many_errors"),
    ]  # fmt: skip
    assert SECRET not in str(deeds())


def test_an_import_that_was_refused_is_told(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n")
    with pytest.raises(AlreadyImported):
        import_text(tmp_path, "a.csv", "a\n1\n")

    assert deeds()[-1] == (
        "import.refused", "a", {"code": "already_imported", "file_name": "a.csv", "file_hash": found.file_hash},
    )  # fmt: skip
