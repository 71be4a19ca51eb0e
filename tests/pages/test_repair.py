"""The pages on which rows are repaired: the grid, one row, the list of repairs, and the undo of one."""

import html
import re

import pytest
from django.db import connection

from imports.errors import NothingLoaded
from imports.models import ImportHistory, Repair
from tests.importing import import_text, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

PEOPLE = "name,born,age\nAda,1815-12-10,36\nGrace,13/13/1906,85\nAlan,1912-06-23,x\nLinus,14/14/1969,y\n"
SCHEMA = {"born": "DATE", "age": "INTEGER"}


@pytest.fixture
def rejected(atlas_db, tmp_path):
    """Of four rows three are rejected: 2 for its date, 3 for its age, 4 for both."""
    return import_text(tmp_path, "people.csv", PEOPLE, db_schema=SCHEMA, on_error="reject_row")


@pytest.fixture
def emptied(atlas_db, tmp_path):
    """Of four rows three have cells that could not be read, and are empty."""
    return import_text(tmp_path, "people.csv", PEOPLE, db_schema=SCHEMA, on_error="null")


def fields_of(page):
    """Return what a browser would send of the form, without a script."""
    inputs = re.findall(r'<input type="(?:text|hidden)" name="([^"]+)"[^>]*?value="([^"]*)"', page)
    fields = {}
    for name, value in inputs:
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def text_of(response):
    text = re.sub(r"<(script|style).*?</\1>", "", response.content.decode(), flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def test_the_grid_shows_each_invalid_value_beside_an_editor(imogen, rejected):
    response = imogen.get(f"/ui/imports/{rejected.pk}/repair")
    fields, text = fields_of(response.content.decode()), text_of(response)

    assert {name: value for name, value in fields.items() if name.startswith("c")} == {
        "csrfmiddlewaretoken": fields["csrfmiddlewaretoken"],
        "c2.1": ["13/13/1906"], "c3.2": ["x"], "c4.1": ["14/14/1969"], "c4.2": ["y"],
    }  # fmt: skip
    assert fields["row"] == ["2", "3", "4"]
    assert "In the file 13/13/1906 Value '13/13/1906' is not a valid date Expected: A date as" in text
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "<style" not in response.content.decode() and "onclick" not in response.content.decode()


def test_a_plain_form_saves_what_was_changed_and_says_of_each_value_what_became_of_it(imogen, rejected):
    address = f"/ui/imports/{rejected.pk}/repair"
    fields = fields_of(imogen.get(address).content.decode())

    response = imogen.post(address, fields | {"c2.1": "1906-12-09", "c3.2": "41.5", "c4.2": "55"})
    text = text_of(response)

    assert response.status_code == 200
    assert "2 values were saved. 1 value was not saved." in text
    assert "Not saved: Value '41.5' is not a valid integer" in text
    after = fields_of(response.content.decode())
    # The value that does not fit is still in its editor, the saved one as it is stored, the other as before.
    assert (after["c2.1"], after["w2.1"], after["c3.2"], after["w3.2"]) == (
        ["1906-12-09"],
        ["1906-12-09"],
        ["41.5"],
        ["x"],
    )
    assert (after["c4.1"], after["c4.2"]) == (["14/14/1969"], ["55"])
    assert [row["name"] for row in rows_of("people", "name")] == ["Ada", "Grace"]
    assert {one.record_number: one.result for one in Repair.objects.all()} == {2: "repaired", 3: "failed", 4: "partly"}
    assert {one.record_number: one.after for one in Repair.objects.all()} == {
        2: {"born": "1906-12-09"}, 3: {"age": "41.5"}, 4: {"age": "55"}
    }  # fmt: skip


def test_an_unchanged_form_saves_nothing(imogen, rejected):
    address = f"/ui/imports/{rejected.pk}/repair"
    response = imogen.post(address, fields_of(imogen.get(address).content.decode()))
    assert "No value was changed" in text_of(response)
    assert not Repair.objects.exists()


def test_a_value_that_another_user_has_repaired_is_not_taken(imogen, signed_in, rejected):
    address = f"/ui/imports/{rejected.pk}/repair"
    fields = fields_of(imogen.get(address).content.decode())
    signed_in("ada").post(address, {"row": ["2"], "c2.1": "1906-12-09"})

    response = imogen.post(address, fields | {"c2.1": "1906-12-10", "c3.2": "41"})

    assert "1 value was saved. 1 value was not saved, because the row has changed" in text_of(response)
    assert {one.record_number: one.by for one in Repair.objects.all()} == {2: "ada", 3: "imogen"}


def test_an_emptied_editor_leaves_the_cell_empty(imogen, emptied):
    response = imogen.post(f"/ui/imports/{emptied.pk}/repair", {"row": ["3"], "c3.2": ""})
    assert "1 value was saved." in text_of(response)
    assert Repair.objects.get().after == {"age": None}
    emptied.refresh_from_db()
    assert emptied.mapping_errors_count == 3


def test_one_value_for_all_of_a_column_without_a_script(imogen, rejected):
    address = f"/ui/imports/{rejected.pk}/repair"
    fields = fields_of(imogen.get(address).content.decode())
    imogen.post(address, fields | {"fill": "1", "fill_column": "age", "fill_value": "50"})
    assert {one.record_number: one.after for one in Repair.objects.all()} == {3: {"age": "50"}, 4: {"age": "50"}}


def test_pages_of_rows(imogen, atlas_db, tmp_path):
    lines = "".join(f"p{number},x\n" for number in range(1, 121))
    record = import_text(tmp_path, "many.csv", f"name,age\n{lines}P,1\n", db_schema=SCHEMA, on_error="reject_row")
    address = f"/ui/imports/{record.pk}/repair"

    def rows(query):
        return [int(number) for number in fields_of(imogen.get(address + query).content.decode()).get("row", ())]

    assert rows("") == list(range(1, 51))
    assert rows("?after=50") == list(range(51, 101))
    assert rows("?before=101") == list(range(51, 101))
    assert rows("?after=100") == list(range(101, 121))
    assert rows("?rows=200&column=age") == list(range(1, 121))
    assert rows("?column=name") == []
    first, second = (imogen.get(address + query).content.decode() for query in ("", "?after=50"))
    assert ('rel="prev"' in first, 'rel="next"' in first) == (False, True)
    assert ('href="?before=51"' in second, 'href="?after=100"' in second) == (True, True)


def test_values_are_checked_as_the_repair_checks_them(imogen, rejected):
    address = f"/ui/imports/{rejected.pk}/repair/check"
    body = {"cells": [[1, "2020-02-13"], [1, "13.2.2020"], [2, " 41 "], [2, ""], [2, "41.5"], [0, "a\u0000"]]}
    cells = imogen.post(address, body, content_type="application/json").json()["cells"]
    assert [cell["fits"] for cell in cells] == [True, False, True, True, False, False]
    assert (cells[0]["stored"], cells[2]["stored"], cells[3]["stored"]) == ("2020-02-13", "41", None)
    assert cells[1]["message"] == "Value '13.2.2020' is not a valid date"
    for wrong in ({}, {"cells": [[9, "a"]]}, {"cells": [["0", "a"]]}, {"cells": [[0, 1]]}, {"cells": 1}):
        assert imogen.post(address, wrong, content_type="application/json").status_code == 400
    assert not Repair.objects.exists()


def test_an_import_that_takes_no_repairs_says_why(imogen, failed):
    response = imogen.get(f"/ui/imports/{failed.pk}/repair")
    assert response.status_code == 409
    assert "Can’t repair" in text_of(response)


def test_who_may_only_view_sees_no_buttons_but_the_list(signed_in, rejected):
    signed_in("imogen").post(f"/ui/imports/{rejected.pk}/repair", {"row": ["2"], "c2.1": "1906-12-09"})
    audrey = signed_in("audrey")
    for page in ("repair", "repair/2"):
        assert audrey.get(f"/ui/imports/{rejected.pk}/{page}").status_code == 403
    for page in ("", "/errors", "/repairs"):
        text = audrey.get(f"/ui/imports/{rejected.pk}{page}").content.decode()
        assert f'/ui/imports/{rejected.pk}/repair"' not in text and "/undo" not in text
    assert "1906-12-09" in audrey.get(f"/ui/imports/{rejected.pk}/repairs").content.decode()
    assert f"/ui/imports/{rejected.pk}/repairs" in audrey.get(f"/ui/imports/{rejected.pk}").content.decode()
    row_id = rows_of("people", "id name")[-1]["id"]
    assert "repair/" not in audrey.get(f"/ui/tables/people/rows/{row_id}").content.decode()


def test_a_value_that_is_wrong_in_the_file_is_corrected_with_a_reason_and_the_correction_undone(imogen, emptied):
    address = f"/ui/imports/{emptied.pk}/repair/1"
    [ada] = [row for row in rows_of("people", "id name age") if row["name"] == "Ada"]
    row_page = imogen.get(f"/ui/tables/people/rows/{ada['id']}").content.decode()
    assert f'href="{address}?column=age"' in row_page
    page = imogen.get(f"{address}?column=age").content.decode()
    assert re.search(r'name="c1\.2"[^>]* autofocus', page)
    fields = fields_of(page)
    assert (fields["c1.0"], fields["c1.1"], fields["c1.2"]) == (["Ada"], ["1815-12-10"], ["36"])

    without = imogen.post(address, fields | {"c1.2": "37"})
    assert without.status_code == 200 and "Say why: a value without an error is changed." in text_of(without)
    assert fields_of(without.content.decode())["c1.2"] == ["37"]

    done = imogen.post(address, fields | {"c1.2": "37", "reason": "As in the register"}, follow=True)
    assert "1 value was saved." in text_of(done)
    assert "age 36 → becomes 37" in text_of(done) and "As in the register" in text_of(done)
    assert [row["age"] for row in rows_of("people", "name age") if row["name"] == "Ada"] == [37]
    assert Repair.objects.get().kind == "correction"

    again = imogen.post(address, fields | {"c1.2": "38", "reason": "Late"})
    assert "the row was repaired since you opened this page" in text_of(again)

    undo = f"/ui/imports/{emptied.pk}/repairs/{Repair.objects.get().pk}/undo"
    assert undo in imogen.get(f"/ui/tables/people/rows/{ada['id']}").content.decode()
    assert "Undo this repair?" in text_of(imogen.get(undo))
    assert "Repair undone: 1 row is as before." in text_of(imogen.post(undo, {"reason": "No"}, follow=True))
    assert [row["age"] for row in rows_of("people", "name age") if row["name"] == "Ada"] == [36]
    assert "already undone" in text_of(imogen.get(undo))


def test_a_row_that_could_not_be_read_is_repaired_as_a_whole(imogen, ragged):
    grid = imogen.get(f"/ui/imports/{ragged.pk}/repair").content.decode()
    address = f"/ui/imports/{ragged.pk}/repair/4"
    assert address in grid and "data-status" not in grid and "Edit each as a whole" in grid
    page = imogen.get(address)
    fields = fields_of(page.content.decode())
    assert (fields["c4.0"], fields["c4.1"]) == (["2025-11-28"], ["5.00"])

    done = imogen.post(address, fields | {"as_shown": "1"}, follow=True)

    assert "2 values were saved." in text_of(done)
    ragged.refresh_from_db()
    assert (ragged.status, ragged.rows_inserted) == ("success", 4)


def test_rejected_rows_have_a_link_to_their_repair(imogen, signed_in, rejected):
    link, address = f'href="/ui/imports/{rejected.pk}/repair/2"', f"/ui/imports/{rejected.pk}/skipped"
    assert link in imogen.get(address).content.decode()
    assert link not in signed_in("audrey").get(address).content.decode()


def test_a_row_of_no_import(imogen, rejected):
    for number in (0, 99, 999999999999):
        assert imogen.get(f"/ui/imports/{rejected.pk}/repair/{number}").status_code == 404


def test_an_import_whose_rows_were_all_rejected_is_repaired(imogen, atlas_db, tmp_path):
    with pytest.raises(NothingLoaded):
        import_text(tmp_path, "ages.csv", "name,age\nAda,x\nAlan,y\n", db_schema=SCHEMA, on_error="reject_row")
    record = ImportHistory.objects.get()
    address = f"/ui/imports/{record.pk}/repair"
    assert f'<a href="{address}">Repair its rows</a>' in imogen.get(f"/ui/imports/{record.pk}").content.decode()

    imogen.post(address, {"row": ["1", "2"], "c1.1": "36"})

    record.refresh_from_db()
    assert (record.status, [row["age"] for row in rows_of("ages", "age")]) == ("partial", [36])


def test_all_that_was_saved_at_once_is_undone_at_once(imogen, emptied):
    imogen.post(f"/ui/imports/{emptied.pk}/repair", {"row": ["2", "3"], "c2.1": "1906-12-09", "c3.2": "41"})
    undo = f"/ui/imports/{emptied.pk}/repairs/{Repair.objects.first().batch}/undo"
    assert undo in imogen.get(f"/ui/imports/{emptied.pk}/repairs").content.decode()
    assert "Undo these repairs?" in text_of(imogen.get(undo))
    assert "Repair undone: 2 rows are as before." in text_of(imogen.post(undo, follow=True))


def test_the_page_of_a_row_says_who_changed_a_value_and_why(imogen, emptied):
    address = f"/ui/imports/{emptied.pk}/repair/1"
    imogen.post(address, {"attempts": "0", "c1.2": "37", "reason": "As in the register"})
    [ada] = [row for row in rows_of("people", "id name") if row["name"] == "Ada"]
    text = text_of(imogen.get(f"/ui/tables/people/rows/{ada['id']}"))
    assert "age 36 → becomes 37 Repaired Correction Undo" in text


def test_a_value_of_json_has_its_numbers_in_its_editor(imogen, atlas_db, tmp_path):
    text = 'no;note\n1;{"a": 1, "b": [1.50, null]}\n'
    record = import_text(tmp_path, "notes.csv", text, db_schema={"note": "JSONB"})
    fields = fields_of(imogen.get(f"/ui/imports/{record.pk}/repair/1").content.decode())
    assert fields["c1.1"] == ['{"a": 1, "b": [1.50, null]}']


def test_a_row_that_was_changed_with_sql_needs_a_choice(imogen, emptied):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people SET age = 1 WHERE name = 'Alan'")
    address, values = f"/ui/imports/{emptied.pk}/repair", {"row": ["2", "3"], "c2.1": "1906-12-09", "c3.2": "41"}
    response = imogen.post(address, values)
    assert (response.status_code, Repair.objects.count()) == (409, 0)
    assert "Nothing was saved. Rows were changed or deleted with SQL since." in text_of(response)
    assert 'name="changed_rows"' in response.content.decode()
    assert fields_of(response.content.decode())["c3.2"] == ["41"]

    kept = text_of(imogen.post(address, values | {"changed_rows": "keep"}))
    assert "1 value was saved. 1 value was not saved, because" in kept
    assert "the row was changed with SQL and stays as it is" in kept


def test_what_a_repair_does_to_later_imports_is_said(imogen, atlas_db, tmp_path):
    first = import_text(tmp_path, "a.csv", "name,age\nAda,36\nAlan,x\n", table_name="t", db_schema={"age": "INTEGER"},
                        unique_columns=["name"], on_error="reject_row")  # fmt: skip
    import_text(tmp_path, "b.csv", "name,age\nAlan,41\n", table_name="t", unique_columns=["name"])
    response = imogen.post(f"/ui/imports/{first.pk}/repair", {"row": ["2"], "c2.1": "40"})
    assert "1 row of later imports: now duplicates, so they leave the table." in text_of(response)
    undo = imogen.get(f"/ui/imports/{first.pk}/repairs/{Repair.objects.get().pk}/undo")
    assert "1 duplicate of later imports: no longer duplicates, so they become rows." in text_of(undo)
