"""What is kept of a row that is changed with SQL: what the imports alone made of it."""

import pytest

from imports.models import ManualEdit
from tests.importing import import_text, query

pytestmark = pytest.mark.usefixtures("in_this_process")


def laws():
    return {edit.row_id: edit.law for edit in ManualEdit.objects.order_by("row_id")}


def test_the_first_of_several_changes_keeps_the_row_as_it_was_imported(atlas_db, tmp_path):
    record = import_text(tmp_path, "a.csv", 'n,at,j\n1.00,2026-01-02T03:04:05Z,"{""a"": 1.50}"\n2,,\n', table_name="t")
    # Whatever the session is set to: the texts can be read back.
    query("SET LOCAL datestyle = 'German, DMY'; SET LOCAL timezone = 'Asia/Tokyo'")
    query("UPDATE t SET n = 5 WHERE id = 1")
    query("UPDATE t SET n = 6, j = NULL WHERE id = 1")

    law = laws()
    [(is_same,)] = query("SELECT _imported_at = %s::timestamptz FROM t WHERE id = 1", law[1].pop("_imported_at"))

    assert law == {
        1: {
            "n": "1.00", "at": "2026-01-02 03:04:05+00", "j": '{"a": 1.50}', "_import_id": str(record.pk),
            "_source_row_number": "1", "_corrections_applied": None,
        }
    }  # fmt: skip
    assert is_same


def test_a_row_whose_import_is_changed_keeps_its_first_values_too(atlas_db, tmp_path):
    first = import_text(tmp_path, "a.csv", "n\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "n\n2\n", table_name="t")
    query("UPDATE t SET n = 5 WHERE n = 1")
    query("UPDATE t SET _import_id = %s WHERE n = 5", second.pk)
    query("UPDATE t SET n = 7 WHERE n = 5")

    notes = ManualEdit.objects.order_by("id")

    assert [note.import_id for note in notes] == [first.pk, second.pk]
    assert [(note.law["n"], note.law["_import_id"]) for note in notes] == [("1", str(first.pk))] * 2


def test_a_row_that_is_deleted_has_no_values_to_keep(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "n\n1\n", table_name="t")
    query("DELETE FROM t")

    assert laws() == {1: None}
