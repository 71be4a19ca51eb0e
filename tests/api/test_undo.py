"""POST /import-history/{id}/undo and /redo, GET …/undo-preview."""

import pytest

from audit.models import AuditEntry
from imports.sources.kept_files import delete_kept_file
from tests.importing import import_text, query, rows_of, table_in_use

pytestmark = pytest.mark.usefixtures("in_this_process")

PEOPLE = "name,age\nAda,36\nGrace,85\n"
MORE = "name,age\nAda,36\nAlan,41\n"


@pytest.fixture
def people(atlas_db, tmp_path):
    """Two imports into people: 2 rows; then 1 row and a duplicate of Ada."""
    return [
        import_text(tmp_path, "people.csv", PEOPLE),
        import_text(tmp_path, "more.csv", MORE, table_name="people"),
    ]


@pytest.fixture
def changed(people):
    """The id of a row of the first import that was changed with SQL."""
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    return rows_of("people", "id", "name = 'Grace'")[0]["id"]


def address(record, what):
    return f"/import-history/{record.pk}/{what}"


def undone(client, record, **body):
    return client.post(address(record, "undo"), body, content_type="application/json")


def error(response):
    return response.status_code, response.json()["error"]["code"]


def names():
    return [row["name"] for row in rows_of("people", "name")]


# --- preview ---


def test_the_preview_shows_the_effects_in_numbers(auditor, people, changed):
    query("DELETE FROM people WHERE name = 'Alan'")
    first, second = people

    assert auditor.get(address(first, "undo-preview")).json() == {
        "success": True,
        "import_id": str(first.pk),
        "table_name": "people",
        "rows_going": 2,
        "rows_remaining": 1,
        "imports_remaining": 1,
        "rows_returning": 1,
        "returning": [{"import_id": str(second.pk), "file_name": "more.csv", "rows": 1}],
        "rows_becoming_duplicates": 0,
        "becoming_duplicates": [],
        "rows_reverted": 0,
        "reverted": [],
        "columns_dropped": [],
        "table_dropped": False,
        "rows_changed_by_hand": 1,
        "changed_rows": [changed],
        "rows_deleted_by_hand": 0,
        "blocked_by": [],
        "blocked_by_details": [],
    }
    assert auditor.get(address(second, "undo-preview")).json()["rows_deleted_by_hand"] == 1


@pytest.mark.parametrize(("choice", "going", "remaining"), [("keep", 1, 3), ("remove", 2, 2)])
def test_the_preview_knows_the_choice(auditor, people, changed, choice, going, remaining):
    body = auditor.get(address(people[0], f"undo-preview?changed_rows={choice}")).json()

    assert (body["rows_going"], body["rows_remaining"]) == (going, remaining)


@pytest.mark.parametrize("choice", ["", "KEEP", "both"])
def test_the_preview_refuses_another_choice(auditor, people, choice):
    response = auditor.get(address(people[0], f"undo-preview?changed_rows={choice}"))

    assert error(response) == (400, "bad_request")
    assert response.json()["error"]["details"] == {
        "parameter": "changed_rows", "reason": "unknown_parameter_value",
        "params": {"parameter": "changed_rows", "choices": ["keep", "remove"]},
    }  # fmt: skip


def test_the_preview_lists_what_prevents_the_undo_with_codes(auditor, people):
    query("CREATE TABLE orders (row_id bigint REFERENCES people (id))")
    try:
        body = auditor.get(address(people[0], "undo-preview")).json()
    finally:
        query("DROP TABLE orders")

    assert body["blocked_by"] == [
        "The table orders has a foreign key to this table. Drop the foreign key, and create it again afterwards."
    ]
    assert body["blocked_by_details"] == [{"code": "foreign_key_to_table", "params": {"table": "orders"}}]


# --- undo ---


def test_undo_reports_its_numbers(importer, people):
    assert undone(importer, people[0], reason="wrong file").json() == {
        "success": True,
        "import_id": str(people[0].pk),
        "table_name": "people",
        "rows_removed": 2,
        "rows_returned": 1,
        "rows_become_duplicates": 0,
        "rows_reverted": 0,
        "rows_kept": 0,
        "columns_dropped": [],
        "table_dropped": False,
    }
    assert sorted(names()) == ["Ada", "Alan"]
    record = importer.get(f"/import-history/{people[0].pk}").json()["import_record"]
    assert (record["undone_by"], record["undo_reason"], record["status"]) == ("ida", "wrong file", "success")


def test_undo_requires_a_choice_for_changed_rows(importer, people, changed):
    response = undone(importer, people[0])

    assert error(response) == (409, "cannot_undo")
    assert response.json()["error"]["details"] == {
        "import_id": str(people[0].pk), "rows_changed_by_hand": 1, "changed_rows": [changed],
        "reason": "changed_rows_undecided", "params": {"rows": 1},
    }  # fmt: skip
    assert len(names()) == 3


@pytest.mark.parametrize(
    ("choice", "removed", "kept", "left"), [("keep", 1, 1, ["Ada", "Alan", "Grace"]), ("remove", 2, 0, ["Ada", "Alan"])]
)
def test_an_undo_does_as_is_chosen(importer, people, changed, choice, removed, kept, left):
    report = undone(importer, people[0], changed_rows=choice).json()

    assert (report["rows_removed"], report["rows_kept"]) == (removed, kept)
    assert sorted(names()) == left
    assert AuditEntry.objects.latest("id").detail["changed_rows"] == choice


@pytest.mark.parametrize(
    "body",
    [
        "{", "[]", '"keep"', '{"reason": 1}', '{"reason": "\\u0000"}', '{"reason": "\\ud800"}',
        '{"changed_rows": null}', '{"changed_rows": "Keep"}', '{"changed_rows": ["keep"]}', '{"changed_rows": {}}',
        '{"changed_row": "keep"}',
    ],
)  # fmt: skip
def test_an_invalid_undo_body_is_400_and_undoes_nothing(importer, people, body):
    response = importer.send(body, address(people[0], "undo"))

    assert response.status_code == 400
    assert response.json()["success"] is False
    assert len(names()) == 3


def test_an_undo_twice_is_409(importer, people):
    undone(importer, people[0])

    assert error(undone(importer, people[0])) == (409, "cannot_undo")


# --- undone imports ---


@pytest.mark.parametrize(
    ("choice", "note"),
    [
        ("keep", "Its rows were removed, except 1 manually changed row."),
        ("remove", "Its rows were removed."),
    ],
)
def test_an_undone_import_notes_the_rows_kept(importer, people, changed, choice, note):
    undone(importer, people[0], changed_rows=choice)

    for body in (importer.get(address(people[0], "rows")).json(), importer.get(address(people[0], "")).json()):
        assert body["note"].startswith("This import was undone on ")
        assert body["note"].endswith(f" UTC. {note}")
    assert "note" not in importer.get(address(people[1], "")).json()


# --- redo ---


def test_redo_reports_its_numbers(importer, people):
    undone(importer, people[0])

    assert importer.post(address(people[0], "redo")).json() == {
        "success": True,
        "import_id": str(people[0].pk),
        "table_name": "people",
        "rows_inserted": 2,
        "rows_updated": 0,
        "duplicates_found": 0,
        "rows_returned": 0,
        "rows_become_duplicates": 1,
        "table_made": False,
        "columns_added": [],
    }
    assert sorted(names()) == ["Ada", "Alan", "Grace"]
    record = importer.get(f"/import-history/{people[0].pk}").json()["import_record"]
    assert (record["undone_at"], record["undone_by"], record["undo_reason"]) == (None, None, None)


def test_a_redo_creates_the_table_again(importer, people):
    for record in people:
        undone(importer, record)

    report = importer.post(address(people[1], "redo")).json()

    assert (report["rows_inserted"], report["duplicates_found"], report["table_made"]) == (2, 0, True)


def test_what_was_not_undone_cannot_be_redone(importer, people):
    assert error(importer.post(address(people[0], "redo"))) == (409, "cannot_redo")


def test_a_redo_without_its_file_is_409(importer, people):
    undone(importer, people[0])
    delete_kept_file(people[0].file_hash)

    response = importer.post(address(people[0], "redo"))

    assert error(response) == (409, "cannot_redo")
    assert "no longer stored" in response.json()["error"]["message"]
    assert sorted(names()) == ["Ada", "Alan"]


@pytest.mark.parametrize(
    ("choice", "left"), [("keep", ["Ada", "Grace", "Grace"]), ("remove", ["Ada", "Alan", "Grace"])]
)
def test_redo_requires_a_choice_for_changed_rows(importer, people, choice, left):
    undone(importer, people[0])
    query("UPDATE people SET name = 'Grace', age = 85 WHERE name = 'Alan'")
    [row] = rows_of("people", "id", "name = 'Grace'")

    response = importer.post(address(people[0], "redo"))

    assert error(response) == (409, "cannot_redo")
    assert response.json()["error"]["details"] == {
        "import_id": str(people[0].pk), "rows_changed_by_hand": 1, "changed_rows": [row["id"]],
        "reason": "changed_rows_undecided", "params": {"rows": 1},
    }  # fmt: skip
    body = {"changed_rows": choice, "reason": "The right one"}
    report = importer.post(address(people[0], "redo"), body, content_type="application/json").json()
    assert (report["rows_inserted"], report["rows_become_duplicates"]) == (2, 1)
    assert sorted(names()) == left
    detail = AuditEntry.objects.latest("id").detail
    assert (detail["changed_rows"], detail["reason"]) == (choice, "The right one")


@pytest.mark.parametrize(
    "body", ["{", '{"why": "x"}', '{"reason": 5}', "[1]", '{"changed_rows": "both"}', '{"changed_rows": null}']
)
def test_a_redo_takes_reason_and_choice_and_nothing_else(importer, people, body):
    undone(importer, people[0])

    assert importer.send(body, address(people[0], "redo")).status_code == 400
    assert sorted(names()) == ["Ada", "Alan"]


@pytest.mark.parametrize("act", ["undo", "redo"])
def test_a_table_that_is_in_use_is_409(importer, people, settings, act):
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.1
    if act == "redo":
        undone(importer, people[0])
    with table_in_use("people"):
        response = importer.post(address(people[0], act))

    assert error(response) == (409, "table_busy")


# --- the documentation ---


def test_the_schema_shows_what_is_answered(importer, people):
    schemas = importer.get("/schema?format=json").json()["components"]["schemas"]
    preview = importer.get(address(people[0], "undo-preview")).json()
    report = undone(importer, people[0]).json()
    redone = importer.post(address(people[0], "redo")).json()

    for name, body in {"UndoPreview": preview, "UndoReport": report, "RedoReport": redone}.items():
        assert list(schemas[name]["properties"]) == list(body)
