"""manage.py undo_import and redo_import: what they say, what they do, and how they refuse."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from imports.models import ImportHistory
from imports.sources.kept_files import delete_kept_file
from tests.importing import import_text, query, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")


@pytest.fixture
def people(tmp_path):
    """Two imports into people: 2 rows; then 1 row and a duplicate of Ada."""
    return [
        import_text(tmp_path, "people.csv", "name,age\nAda,36\nGrace,85\n"),
        import_text(tmp_path, "more.csv", "name,age\nAda,36\nAlan,41\n", table_name="people"),
    ]


def run(command, *arguments):
    """What is said, what is complained of, and the exit status."""
    said, complained = StringIO(), StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=said, stderr=complained, no_color=True)
    except SystemExit as ended:
        return said.getvalue().splitlines(), complained.getvalue().splitlines(), ended.code
    return said.getvalue().splitlines(), complained.getvalue().splitlines(), 0


def names():
    return sorted(row["name"] for row in rows_of("people", "name"))


def test_undo_reports_its_numbers(people):
    first = people[0]

    assert run("undo_import", first.pk, "--reason", "wrong file") == (
        [f"{first.pk}: Undone: 2 rows removed from people. 1 row from other imports restored."], [], 0,
    )  # fmt: skip
    assert names() == ["Ada", "Alan"]
    first.refresh_from_db()
    assert (first.undone_by, first.undo_reason) == ("manage.py undo_import", "wrong file")


def test_a_dry_run_lists_the_effects_and_changes_nothing(people):
    assert run("undo_import", people[0].pk, "--dry-run") == (
        [
            f"{people[0].pk}: preview, nothing was changed.",
            "  2 rows will be removed from people.",
            "  1 row from other imports that repeated or updated a removed row will be restored. (1 row of more.csv)",
            "  The table will contain 2 rows from 1 other import.",
            "  The import stays in the history as undone. You can import the file again.",
        ],
        [],
        0,
    )
    assert names() == ["Ada", "Alan", "Grace"]


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--reason", "x"]])
def test_rows_that_were_changed_need_a_choice(people, arguments):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")

    _, complained, status = run("undo_import", people[0].pk, *arguments)

    assert complained == [
        f"{people[0].pk}: Undo failed. 1 row that would be removed or changed was changed manually. Choose with "
        "changed_rows: keep leaves such rows unchanged, remove treats them like all other rows, and the manual changes "
        "are lost."
    ]
    assert status == 1
    assert names() == ["Ada", "Alan", "Grace"]


@pytest.mark.parametrize(("choice", "left"), [("keep", ["Ada", "Alan", "Grace"]), ("remove", ["Ada", "Alan"])])
def test_the_choice_is_done(people, choice, left):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")

    assert run("undo_import", people[0].pk, "--changed-rows", choice, "--dry-run")[2] == 0
    assert run("undo_import", people[0].pk, "--reason", "x", "--changed-rows", choice)[2] == 0
    assert names() == left


def test_an_undo_needs_a_reason(people):
    with pytest.raises(CommandError, match="--reason is required"):
        run("undo_import", people[0].pk)
    with pytest.raises(CommandError, match="--reason is required"):
        run("undo_import", people[0].pk, "--reason", " ")
    assert len(names()) == 3


def test_one_refusal_stops_no_other_and_shows_in_the_exit_status(people):
    unknown = uuid4()

    said, complained, status = run("undo_import", unknown, people[1].pk, "--reason", "x")

    assert said == [f"{people[1].pk}: Undone: 1 row removed from people."]
    assert complained == [f"{unknown}: Undo failed. Import {unknown} not found."]
    assert status == 1


def test_redo_reports_its_numbers(people):
    run("undo_import", *(found.pk for found in people), "--reason", "x")

    said, complained, status = run("redo_import", people[1].pk, people[0].pk)

    assert said == [
        f"{people[1].pk}: Redone: 2 rows restored in people, 0 duplicates skipped. Table created again.",
        f"{people[0].pk}: Redone: 2 rows restored in people, 0 duplicates skipped."
        " 1 row from later imports is now a duplicate.",
    ]
    assert (complained, status) == ([], 0)
    assert not ImportHistory.objects.exclude(undone_at=None).exists()


@pytest.mark.parametrize(
    ("choice", "left"), [("keep", ["Ada", "Alan", "Grace", "Grace"]), ("remove", ["Ada", "Alan", "Grace"])]
)
def test_redo_requires_a_choice_for_changed_rows(people, choice, left):
    run("undo_import", people[0].pk, "--reason", "x")
    query("UPDATE people SET name = 'Grace', age = 85 WHERE name = 'Ada'")

    assert run("redo_import", people[0].pk)[1:] == (
        [
            f"{people[0].pk}: Redo failed. 1 row that would be removed or changed was changed manually. Choose with "
            "changed_rows: keep leaves such rows unchanged, remove treats them like all other rows, and the manual "
            "changes are lost."
        ],
        1,
    )
    assert run("redo_import", people[0].pk, "--changed-rows", choice, "--reason", "y")[2] == 0
    assert AuditEntry.objects.get(action="import.redone").detail["reason"] == "y"
    assert names() == left


def test_a_refused_redo_reports_the_reason(people):
    run("undo_import", people[0].pk, "--reason", "x")
    delete_kept_file(people[0].file_hash)

    said, complained, status = run("redo_import", people[0].pk, people[1].pk)

    assert said == []
    assert complained == [
        f"{people[0].pk}: Redo failed. The source file of this import is no longer stored. Upload the file again.",
        f"{people[1].pk}: Redo failed. This import is not undone, so there is nothing to redo.",
    ]
    assert status == 1
