"""/detect-mapping of a file whose rows the table has: the key, the changes, and the import that they foretell."""

import json
from functools import partial

import pytest
from django.contrib.auth.models import Permission

from core.waits.limits import limit_statements_of_transaction
from imports.analysis import changes
from imports.models import ImportHistory
from tests.api.conftest import client_of
from tests.importing import import_text, rows_of

FIRST = "id,name,city\n1,Ada,London\n2,Grace,New York\n3,Linus,Helsinki\n"
SECOND = (
    "id,name,city\n2,Grace,\n1,Ada,Paris\n1,Ada,Rome\n3,Linus,Helsinki\n4,Alan,London\n,Kurt,Brno\nx,Emmy,Erlangen\n"
)
UPDATE = {"table_name": "people", "unique_columns": ["id"], "duplicate_check": {"on_match": "update"}}


@pytest.fixture
def people(atlas_db, tmp_path):
    return import_text(tmp_path, "people.csv", FIRST, unique_columns=["id"])


def preview(importer, text=SECOND, **mapping):
    return importer.upload("people.csv", text, mapping, "/detect-mapping").json()


def test_a_preview_counts_what_an_update_would_change_and_shows_it(importer, people):
    found = preview(importer, **UPDATE)

    assert found["changes"] == {
        "on_match": "update", "changed": 2, "unchanged": 1, "repeated": 1, "empty_keys": 1, "unread_keys": 1,
        "keys_of_several_rows": 0, "columns": {"city": 2},
        "rows": [
            {"record_number": 1, "location": "line 2", "key": {"source_id": "2"}, "cells_not_shown": 0,
             "cells": [{"column": "city", "before": "New York", "after": None}]},
            {"record_number": 3, "location": "line 4", "key": {"source_id": "1"}, "cells_not_shown": 0,
             "cells": [{"column": "city", "before": "London", "after": "Rome"}]},
        ],
    }  # fmt: skip
    forecast = {name: found["forecast"][name] for name in ("inserted", "updated", "duplicates", "not_compared")}
    assert forecast == {"inserted": 3, "updated": 2, "duplicates": 2, "not_compared": 0}


@pytest.mark.parametrize(("on_match", "changed"), [("update", 2), ("fill", 0), ("insert", None)])
def test_the_proposed_mapping_makes_the_import_that_was_foretold(importer, people, on_match, changed):
    found = preview(importer, **{**UPDATE, "duplicate_check": {"on_match": on_match}})
    assert found["mapping"]["duplicate_check"]["on_match"] == on_match
    assert (found["changes"] or {}).get("changed") == changed

    mapping = json.dumps(found["mapping"])
    importer.post("/map-data", {"analysis_id": found["analysis_id"], "mapping_json": mapping})

    done, forecast = ImportHistory.objects.latest("import_order"), found["forecast"]
    assert (done.rows_inserted, done.rows_updated, done.duplicates_found) == (
        forecast["inserted"], forecast["updated"], forecast["duplicates"],
    )  # fmt: skip


def test_a_preview_of_skipped_rows_says_how_many_have_other_values(importer, people):
    found = preview(importer, table_name="people", unique_columns=["id"])

    warnings = [one for one in found["warning_details"] if one["code"] == "differing_rows_of_file"]
    assert warnings == [
        {"code": "differing_rows_of_file", "params": {"differing": 3, "matched": 4, "key": ["source_id"]}}
    ]
    assert (found["changes"]["changed"], found["forecast"]["updated"]) == (3, 0)


def test_keys_of_several_rows_are_counted(importer, people, tmp_path):
    import_text(tmp_path, "more.csv", FIRST + "\n", table_name="people", duplicate_check={"on_match": "insert"})

    found = preview(importer, **UPDATE)

    assert found["changes"]["keys_of_several_rows"] == 3
    assert "key_not_unique" in [warning["code"] for warning in found["warning_details"]]


def test_a_preview_changes_nothing(importer, people):
    before = rows_of("people")

    preview(importer, **UPDATE)

    assert rows_of("people") == before


def test_the_changes_are_bounded(importer, people, tmp_path, monkeypatch):
    columns = [f"c{number}" for number in range(30)]
    text = "id," + ",".join(columns) + "\n" + "".join(f"{n}{f',{{0}}{n}' * 30}\n" for n in range(150))
    import_text(tmp_path, "wide.csv", text.format("a"), unique_columns=["id"])
    update = {**UPDATE, "table_name": "wide"}

    found = importer.upload("wide.csv", text.format("b" * 300), update, "/detect-mapping").json()["changes"]

    assert (found["changed"], found["columns"]["c0"]) == (150, 150)
    assert 50 < len(found["rows"]) < 100
    assert (len(found["rows"][0]["cells"]), found["rows"][0]["cells_not_shown"]) == (20, 10)
    assert len(found["rows"][0]["cells"][0]["after"]) == 200
    assert len(json.dumps(found["rows"])) < 1.5 * changes.MAX_BYTES


def test_rows_beyond_the_limit_are_counted_but_not_compared(importer, people, settings):
    settings.ATLAS_PREVIEW_COMPARED_ROWS = 3

    found = preview(importer, **UPDATE)

    numbers = {name: found["forecast"][name] for name in ("rows", "inserted", "updated", "duplicates", "not_compared")}
    assert numbers == {"rows": 7, "inserted": 0, "updated": 2, "duplicates": 1, "not_compared": 4}
    assert (found["changes"]["changed"], found["changes"]["empty_keys"]) == (2, 0)


def test_a_comparison_that_takes_too_long_is_given_up(importer, people, monkeypatch):
    limit = partial(limit_statements_of_transaction, 0.001)
    monkeypatch.setattr("imports.analysis.dry_run.limit_statements_of_transaction", lambda _: limit())
    many = "id,name,city\n" + "".join(f"{number},x,y\n" for number in range(20_000))

    found = preview(importer, many, **UPDATE)

    assert (found["forecast"]["not_compared"], found["forecast"]["inserted"]) == (20_000, 0)
    assert found["changes"] is None


def test_users_who_may_not_see_rows_get_numbers_only(people):
    user = client_of("zoe")
    user.user.user_permissions.add(Permission.objects.get(codename="add_importhistory"))

    answer = user.upload("people.csv", SECOND, UPDATE, "/detect-mapping")

    assert (answer.json()["changes"]["changed"], answer.json()["changes"]["rows"]) == (2, None)
    assert "New York" not in answer.content.decode()
