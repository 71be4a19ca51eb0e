"""Rows, cells and what is shown of a value: limits of the settings, and errors that name them."""

import io
import json
import zipfile

from tests.api.test_long_names import MARKS


def reason(answer):
    assert answer.status_code == 422, answer.json()
    return answer.json()["error"]["details"]["reason"], answer.json()["error"]["details"]["params"]


def test_a_cell_over_the_limit_is_refused_with_its_place(importer, settings):
    settings.ATLAS_MAX_CELL_BYTES = 1_000

    for address in ("/detect-mapping", "/map-data"):
        answer = importer.upload("a.csv", "a,b\n1,2\n" + "x" * 1_001 + ",1\n", {"table_name": "t"}, address)
        place = {"location": "line 3", "column": "a", "limit_mb": 0.001}
        assert reason(answer) == ("cell_too_long", place)
    assert importer.upload("a.csv", "a,b\n" + "x" * 1_000 + ",1\n").status_code == 200


def test_rows_over_the_limit_are_refused(importer, settings):
    assert importer.upload("a.csv", "a\n" + "1\n" * 6).status_code == 200
    settings.ATLAS_MAX_ROWS = 5

    for address in ("/detect-mapping", "/map-data"):
        assert reason(importer.upload("b.csv", "a\n" + "1\n" * 6, {}, address)) == ("too_many_rows", {"limit": 5})
    assert importer.upload("b.csv", "a\n" + "1\n" * 5).status_code == 200


def test_answers_have_the_beginning_of_a_long_value(importer):
    long = "1,234" + "x" * 1_000_000
    content = "a;b;c\n" + f"{long};{'9' * 250_000};2024-01-31\n" + "1.5;1;x\n" * 9

    found = importer.upload("a.csv", content, {}, "/detect-mapping")
    done = importer.upload("a.csv", content, {"db_schema": {"a": "NUMERIC", "b": "INTEGER", "c": "DATE"}})
    errors = importer.get(f"/import-history/{done.json()['import_id']}/mapping-errors")

    assert found.status_code == done.status_code == errors.status_code == 200
    for answer in (found, done, errors):
        assert len(answer.content) < 20_000
    first = found.json()["columns"][0]["first_values"][0]
    assert (first[:299], len(first), first[-1]) == (long[:299], 300, "…")


def test_a_member_of_an_archive_with_a_long_name_is_read_by_its_beginning(importer):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(2):
            archive.writestr(f"{MARKS[:20_000]}{number}.csv", f"a\n{number}\n")

    found = importer.upload("a.zip", content.getvalue(), {}, "/detect-mapping").json()
    members = found["choices"]["member"]
    read = importer.upload("a.zip", content.getvalue(), {"source_options": {"member": members[1]}, "table_name": "t"})

    assert len(json.dumps(found)) < 50_000
    assert [len(member) for member in members] == [300, 300]
    assert read.status_code == 200, read.json()
