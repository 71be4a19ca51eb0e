"""Undo and redo in small cases that can be checked by reading; test_undo_laws.py tests the rule on random ones."""

import pytest

from imports.errors import CannotRedo, CannotUndo, HistoryPurged
from imports.models import ImportHistory
from imports.readers.limits import BATCH_TEXT
from imports.sources.kept_files import delete_kept_file
from lineage.consistency.check import check
from lineage.undo import later_imports, messages, preview, redo_import, undo_import
from lineage.undo.redo_preview import redo_preview
from tests.importing import TESTER, columns_of, import_text, query, rows_of
from tests.imports.written import WRITERS, written

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

FORCED = {"duplicate_check": {"force_import": True}}


def undo(*imports):
    for one in imports:
        undo_import(one.pk, TESTER)


def redo(*imports):
    for one in imports:
        redo_import(one.pk, TESTER)


def table(*imports, columns="a", name="t"):
    """Each row as its values, the place of its import among these (from 1) and its record number; in that order."""
    places = {one.pk: place for place, one in enumerate(imports, start=1)}
    names = columns.split()
    found = [
        (*(row[column] for column in names), places[row["_import_id"]], row["_source_row_number"])
        for row in rows_of(name)
    ]
    return sorted(found, key=lambda row: row[-2:])


def balance(one):
    one.refresh_from_db()
    return one.rows_inserted, one.duplicates_found


def kept(one, *imports):
    """Record number of each kept record, and which import's record it repeats."""
    places = {found.pk: place for place, found in enumerate(imports, start=1)}
    found = query(
        "SELECT record_number, matched_import_id, matched_record_number FROM imports_kept_record"
        " WHERE import_id = %s ORDER BY 1",
        one.pk,
    )
    return [(number, places[match], record) for number, match, record in found]


def test_long_duplicates_are_not_all_in_memory_at_once(tmp_path, monkeypatch):
    """No more than a batch of a file has, or rules that were applied to it in time would take too long here."""
    sizes = []
    typed = later_imports.typed_duplicates

    def noted(plan, numbers, records):
        sizes.append(len(records))
        return typed(plan, numbers, records)

    monkeypatch.setattr(later_imports, "typed_duplicates", noted)
    rows = [f"{'xy' * 100_000}{number}" for number in range(30)] + [f"s{number}" for number in range(10)]
    text = "a\n" + "\n".join(rows) + "\n"
    first = import_text(tmp_path, "a.csv", text, table_name="t")
    second = import_text(tmp_path, "b.csv", f"{text}z\n", table_name="t")

    undo(first)

    assert balance(second) == (41, 0)
    assert sorted(row["a"] for row in rows_of("t")) == sorted([*rows, "z"])
    assert max(sizes) <= BATCH_TEXT < sum(sizes)
    assert not check().violations


def test_undo_restores_as_many_duplicates_as_rows_it_removes(tmp_path):
    """Two equal records of the later file were told from two equal rows of the first, and a third was new."""
    first = import_text(tmp_path, "a.csv", "a\n7\n7\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n7\n7\n7\n", table_name="t")
    assert table(first, second) == [(7, 1, 1), (7, 1, 2), (7, 2, 3)]
    assert balance(second) == (1, 2)

    undo(first)

    assert table(first, second) == [(7, 2, 1), (7, 2, 2), (7, 2, 3)]
    assert balance(second) == (3, 0)
    assert kept(second) == []


def test_three_imports_of_one_file_replace_each_other(tmp_path):
    one, two, three = (import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t", **FORCED) for _ in range(3))
    assert table(one, two, three) == [(1, 1, 1), (2, 1, 2)]

    undo(one)
    assert table(one, two, three) == [(1, 2, 1), (2, 2, 2)]
    assert kept(three, one, two, three) == [(1, 2, 1), (2, 2, 2)]
    undo(two)
    assert table(one, two, three) == [(1, 3, 1), (2, 3, 2)]
    redo(one)
    assert table(one, two, three) == [(1, 1, 1), (2, 1, 2)]
    undo(one, three)
    assert columns_of("t") == {}


def test_undo_of_the_first_of_three_overlapping_imports(tmp_path):
    january = import_text(tmp_path, "1.csv", "id,a\nx,1\ny,2\n", table_name="t", unique_columns=["source_id"])
    february = import_text(tmp_path, "2.csv", "id,a\ny,20\nz,3\n", table_name="t", unique_columns=["source_id"])
    march = import_text(tmp_path, "3.csv", "id,a\nx,100\ny,200\nz,300\n", table_name="t", unique_columns=["source_id"])
    all_three = (january, february, march)
    assert table(*all_three, columns="source_id a") == [("x", 1, 1, 1), ("y", 2, 1, 2), ("z", 3, 2, 2)]

    undo(january)

    assert table(*all_three, columns="source_id a") == [("y", 20, 2, 1), ("z", 3, 2, 2), ("x", 100, 3, 1)]
    assert kept(march, *all_three) == [(2, 2, 1), (3, 2, 2)]
    assert [balance(one) for one in all_three] == [(2, 0), (2, 0), (1, 2)]  # what was undone keeps its numbers


def test_undo_drops_and_redo_restores_columns_of_the_import(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    wider = import_text(tmp_path, "b.csv", "a,b\n1,x\n2,y\n", table_name="t")
    third = import_text(tmp_path, "c.csv", "a\n3\n", table_name="t")
    before = table(first, wider, third, columns="a b")

    undo(wider)
    assert "b" not in columns_of("t")
    assert table(first, wider, third) == [(1, 1, 1), (3, 3, 1)]
    redo(wider)
    assert table(first, wider, third, columns="a b") == before
    assert columns_of("t")["b"] == "text"


def test_a_column_that_another_import_fills_too_stays(tmp_path):
    first = import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a,b\n2,y\n", table_name="t")

    undo(first)

    assert table(first, second, columns="a b") == [(2, "y", 2, 1)]


def test_a_restored_row_can_turn_another_row_into_a_duplicate(tmp_path):
    """The key changed between imports: what B restores has C's key."""
    by_id, by_name = {"unique_columns": ["k"]}, {"unique_columns": ["n"]}
    a = import_text(tmp_path, "a.csv", "k,n\n1,Ada\n", table_name="t", **by_id)
    b = import_text(tmp_path, "b.csv", "k,n\n1,Bob\n", table_name="t", **by_id)
    c = import_text(tmp_path, "c.csv", "k,n\n9,Bob\n", table_name="t", **by_name)
    assert table(a, b, c, columns="k n") == [(1, "Ada", 1, 1), (9, "Bob", 3, 1)]

    seen = preview(a.pk)
    undo(a)

    assert table(a, b, c, columns="k n") == [(1, "Bob", 2, 1)]
    assert kept(c, a, b, c) == [(1, 2, 1)]
    assert query("SELECT encode(original, 'escape'), location FROM imports_kept_record WHERE import_id = %s", c.pk) == [
        ('["9","Bob"]', "line 2")
    ]
    assert [(one.import_id, one.rows) for one in seen.returning] == [(str(b.pk), 1)]
    assert [(one.import_id, one.rows) for one in seen.becoming_duplicates] == [(str(c.pk), 1)]
    redo(a)
    assert table(a, b, c, columns="k n") == [(1, "Ada", 1, 1), (9, "Bob", 3, 1)]


def test_redo_returns_to_the_original_position(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    undo(first)
    later = import_text(tmp_path, "b.csv", "a\n2\n3\n", table_name="t")
    assert table(first, later) == [(2, 2, 1), (3, 2, 2)]

    redo(first)

    assert table(first, later) == [(1, 1, 1), (2, 1, 2), (3, 2, 2)]
    assert kept(later, first, later) == [(1, 1, 2)]
    assert (balance(first), balance(later)) == ((2, 0), (1, 1))
    first.refresh_from_db()
    assert (first.undone_at, first.undone_by, first.undo_reason) == (None, None, None)


def test_a_new_import_matches_the_earliest_of_equal_rows(tmp_path):
    """Ids tell no order any more: the row that came back is of an earlier import than one that stood."""
    first = import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t", unique_columns=["a"])
    second = import_text(tmp_path, "b.csv", "a,b\n1,y\n", table_name="t", unique_columns=["a"])
    third = import_text(tmp_path, "c.csv", "a,b\n1,z\n", table_name="t", check_duplicates=False)
    undo(first)
    assert table(first, second, third, columns="b") == [("y", 2, 1), ("z", 3, 1)]

    fourth = import_text(tmp_path, "d.csv", "a,b\n1,w\n", table_name="t", unique_columns=["a"])

    assert kept(fourth, first, second, third, fourth) == [(1, 2, 1)]


def test_restored_rows_have_their_own_corrections_and_types(tmp_path):
    types = {"db_schema": {"a": "INTEGER", "d": "DATE"}}
    first = import_text(tmp_path, "a.csv", "a,d\n30,2025-09-10\n", table_name="t", **types)
    second = import_text(tmp_path, "b.csv", "a,d\n30.0,09/10/2025\n", table_name="t", **types)
    assert balance(second) == (0, 1)

    undo(first)

    [row] = rows_of("t")
    assert (row["a"], str(row["d"]), row["_import_id"]) == (30, "2025-09-10", second.pk)
    assert row["_corrections_applied"] == {
        "a": {"before": "30.0", "after": 30, "correction_type": "type_coercion", "target_type": "INTEGER"},
        "d": {
            "before": "09/10/2025", "after": "2025-09-10", "correction_type": "datetime_standardization",
            "source_format": "%m/%d/%Y",
        },
    }  # fmt: skip


def test_corrected_rows_are_restored_with_their_corrections(tmp_path):
    """Its line has a field too few; what is kept is the line, what comes back is the padded record."""
    first = import_text(tmp_path, "a.csv", "a,b,c\n1,2,\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a,b,c\n1,2\n3,4,5\n", table_name="t")
    assert balance(second) == (1, 1)

    undo(first)

    assert table(first, second, columns="a b c") == [(1, 2, None, 2, 1), (3, 4, "5", 2, 2)]


def test_restored_rows_are_transformed_by_the_mapping(tmp_path):
    rules = {"rules": {"transformations": [{"type": "uppercase", "field": "a"}]}}
    first = import_text(tmp_path, "a.csv", "a\nada\n", table_name="t", **rules)
    second = import_text(tmp_path, "b.csv", "a\nAda\nbob\n", table_name="t", **rules)

    undo(first)
    assert table(first, second) == [("ADA", 2, 1), ("BOB", 2, 2)]
    redo(first)
    assert table(first, second) == [("ADA", 1, 1), ("BOB", 2, 2)]


@pytest.mark.parametrize("kind", WRITERS)
def test_undo_and_redo_of_every_format(tmp_path, kind):
    first = import_text(tmp_path, f"a.{kind}", written(kind, ["a", "b"], [["1", "x"], ["2", "y"]]), table_name="t")
    second = import_text(tmp_path, f"b.{kind}", written(kind, ["a", "b"], [["2", "y"], ["3", "z"]]), table_name="t")
    before = table(first, second, columns="a b")
    assert [row[-2:] for row in before] == [(1, 1), (1, 2), (2, 2)]

    undo(first)
    assert [row[-2:] for row in table(first, second)] == [(2, 1), (2, 2)]
    redo(first)
    assert table(first, second, columns="a b") == before


def test_an_import_of_only_duplicates_keeps_the_table_when_it_is_the_last(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t", **FORCED)

    undo(second, first)
    assert columns_of("t") == {}
    redo(second)
    assert table(first, second) == [(1, 2, 1)]
    assert ImportHistory.objects.get(pk=second.pk).status == "success"


def test_a_refused_redo_gives_the_reason(tmp_path):
    standing = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    with pytest.raises(CannotRedo, match="not undone"):
        redo(standing)
    undo(standing)
    import_text(tmp_path, "b.csv", "a\nx\n", table_name="t")
    with pytest.raises(CannotRedo, match="The column a was INTEGER and is now TEXT"):
        redo(standing)
    delete_kept_file(standing.file_hash)
    with pytest.raises(CannotRedo, match="no longer stored"):
        redo(standing)


def test_undo_is_refused_if_it_needs_details_deleted_by_retention(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n1\n2\n", table_name="t")
    ImportHistory.objects.filter(pk=second.pk).update(metadata={"forgotten": {"kept_records": "2026-01-01T00:00:00Z"}})

    with pytest.raises(HistoryPurged, match="were deleted by retention"):
        undo(first)
    assert table(first, second) == [(1, 1, 1), (2, 2, 2)]


def test_undo_is_refused_if_it_needs_versions_deleted_by_retention(tmp_path):
    keyed = {"table_name": "t", "unique_columns": ["k"], "duplicate_check": {"on_match": "update"}}
    first = import_text(tmp_path, "a.csv", "k,a\n1,1\n", **keyed)
    second = import_text(tmp_path, "b.csv", "k,a\n1,2\n", **keyed)
    third = import_text(tmp_path, "c.csv", "k,a\n2,2\n", **keyed)
    ImportHistory.objects.filter(pk=second.pk).update(metadata={"forgotten": {"row_versions": "2026-01-01T00:00:00Z"}})

    for one in (first, second):
        with pytest.raises(HistoryPurged, match="earlier versions of the rows") as refused:
            undo(one)
        assert (refused.value.http_status, refused.value.code) == (409, "history_purged")
        assert refused.value.details["purged_import"] == str(second.pk)
    undo(third)
    assert balance(second) == (0, 0)


def test_a_source_file_that_retention_deleted_is_said_to_be_purged(tmp_path):
    """Of the import that is redone, and of a later one from whose file rows that become duplicates would be kept."""
    a = import_text(tmp_path, "a.csv", "k\n1\n", table_name="t")
    undo(a)
    b = import_text(tmp_path, "b.csv", "k\n1\n2\n", table_name="t")
    for record, reason in ((b, "later_file_forgotten"), (a, "redo_file_forgotten")):
        delete_kept_file(record.file_hash)
        ImportHistory.objects.filter(pk=record.pk).update(
            metadata={"forgotten": {"source_file": "2026-01-01T00:00:00Z"}}
        )
        with pytest.raises(HistoryPurged, match="was deleted by retention") as refused:
            redo(a)
        assert (refused.value.http_status, refused.value.code) == (409, "history_purged")
        assert refused.value.details["reason"] == reason
    assert table(b, columns="k") == [(1, 1, 1), (2, 1, 2)]


# --- manually changed rows ---


def test_undo_requires_a_choice_for_manually_changed_rows(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n3\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n2\n", table_name="t")
    query("UPDATE t SET a = 20 WHERE a = 2")
    query("UPDATE t SET a = a")  # changes nothing
    query("DELETE FROM t WHERE a = 3")
    [changed] = [row["id"] for row in rows_of("t") if row["a"] == 20]

    seen = preview(first.pk)
    assert (seen.rows_changed_by_hand, seen.changed_rows, seen.rows_deleted_by_hand) == (1, (changed,), 1)
    assert (seen.rows_going, seen.rows_returning) == (2, 1)
    with pytest.raises(CannotUndo, match="1 row that would be removed or changed was changed manually"):
        undo(first)
    assert len(rows_of("t")) == 2
    assert undo_import(first.pk, TESTER, changed_rows="remove").rows_removed == 2
    assert table(first, second) == [(2, 2, 1)]


def test_kept_rows_stay_with_their_import_and_a_redo_leaves_them(tmp_path):
    first = import_text(tmp_path, "a.csv", "a,b\n1,x\n2,y\n", table_name="t")
    query("UPDATE t SET a = 20 WHERE a = 2")

    seen = preview(first.pk, "keep")
    report = undo_import(first.pk, TESTER, changed_rows="keep")

    assert (seen.rows_going, seen.rows_remaining) == (1, 1)
    assert (report.rows_removed, report.rows_kept, report.table_dropped) == (1, 1, False)
    assert table(first, columns="a b") == [(20, "y", 1, 2)]
    redo(first)
    assert table(first, columns="a b") == [(1, "x", 1, 1), (20, "y", 1, 2)]
    assert balance(first) == (2, 0)


@pytest.fixture
def changed_later(tmp_path):
    """An import that was undone, a later one of the same key that was changed with SQL, and the id of its row."""
    first = import_text(tmp_path, "a.csv", "k,v\n1,x\n", table_name="t", unique_columns=["k"])
    undo(first)
    second = import_text(tmp_path, "b.csv", "k,v\n1,y\n2,z\n", table_name="t", unique_columns=["k"])
    query("UPDATE t SET v = 'edited' WHERE k = 1")
    return first, second, rows_of("t", "id", "k = 1")[0]["id"]


def test_redo_requires_a_choice_for_manually_changed_rows(changed_later):
    first, second, row_id = changed_later

    with pytest.raises(
        CannotRedo, match="1 row that would be removed or changed was changed manually. Choose with changed_rows"
    ) as refused:
        redo(first)
    assert refused.value.details == {
        "import_id": str(first.pk), "rows_changed_by_hand": 1, "changed_rows": [row_id],
        "reason": "changed_rows_undecided", "params": {"rows": 1},
    }  # fmt: skip
    assert table(first, second, columns="k v") == [(1, "edited", 2, 1), (2, "z", 2, 2)]


def test_redo_can_keep_manually_changed_rows(changed_later):
    first, second, _ = changed_later

    report = redo_import(first.pk, TESTER, changed_rows="keep")

    assert (report.rows_inserted, report.rows_become_duplicates) == (1, 0)
    assert table(first, second, columns="k v") == [(1, "x", 1, 1), (1, "edited", 2, 1), (2, "z", 2, 2)]
    assert (balance(first), balance(second)) == ((1, 0), (2, 0))
    assert check().violations == ()


def test_a_redo_takes_them_out_as_the_records_that_they_were(changed_later):
    first, second, _ = changed_later

    report = redo_import(first.pk, TESTER, changed_rows="remove")

    assert (report.rows_inserted, report.rows_become_duplicates) == (1, 1)
    assert table(first, second, columns="k v") == [(1, "x", 1, 1), (2, "z", 2, 2)]
    assert kept(second, first, second) == [(1, 1, 1)]
    assert query("SELECT count(*) FROM imports_hand_change") == [(0,)]
    undo(first)
    assert table(first, second, columns="k v") == [(1, "y", 2, 1), (2, "z", 2, 2)]


def test_a_copy_costs_no_notice_and_the_products_own_changes_are_none(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n1\n2\n", table_name="t")
    undo(first)
    redo(first)
    undo(second)

    assert query("SELECT count(*) FROM imports_hand_change") == [(0,)]


def test_deleting_the_history_with_sql_takes_the_rows_and_is_no_change_of_theirs(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")

    query("DELETE FROM import_history WHERE import_id = %s", first.pk)

    assert rows_of("t") == []
    assert query("SELECT count(*) FROM imports_hand_change") == [(0,)]


def test_a_row_that_was_of_two_imports_is_seen_as_changed_of_both(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n2\n", table_name="t")
    query("UPDATE t SET _import_id = %s WHERE a = 1", second.pk)
    query("UPDATE t SET a = 3 WHERE a = 1")

    assert sorted(query("SELECT import_id, deleted FROM imports_hand_change")) == sorted(
        [(first.pk, False), (second.pk, False)]
    )
    assert preview(second.pk).rows_changed_by_hand == 1
    query("DELETE FROM t WHERE a = 3")
    assert query("SELECT DISTINCT deleted FROM imports_hand_change") == [(True,)]
    assert check().violations == ()


def test_a_row_in_the_place_of_one_that_was_deleted_may_be_changed_too(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n3\n", table_name="t")
    [gone] = [row["id"] for row in rows_of("t") if row["a"] == 1]
    query("DELETE FROM t WHERE a = 1")
    query("UPDATE t SET id = %s, a = 30 WHERE a = 3", gone)

    assert preview(first.pk).rows_deleted_by_hand == 1
    seen = preview(second.pk)
    assert (seen.changed_rows, seen.rows_deleted_by_hand) == ((gone,), 0)
    assert check().violations == ()


def test_an_id_that_was_changed_is_a_change_and_no_loss(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("UPDATE t SET id = 1000 WHERE a = 1")

    seen = preview(found.pk)
    assert (seen.changed_rows, seen.rows_deleted_by_hand, seen.rows_going) == ((1000,), 0, 2)
    assert undo_import(found.pk, TESTER, changed_rows="keep").rows_kept == 1


def test_undo_notices_a_manually_emptied_table(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n2\n3\n", table_name="t")
    query("UPDATE t SET a = 10 WHERE a = 1")
    query("TRUNCATE t")

    assert check().violations == ()
    assert [preview(one.pk).rows_deleted_by_hand for one in (first, second)] == [2, 1]
    undo(first)
    assert table(first, second) == [(2, 2, 1)]
    assert query("SELECT import_id, record_number, deleted FROM imports_hand_change") == [(second.pk, 2, True)]


def test_manually_inserted_rows_are_removed_with_their_import(tmp_path):
    found = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("DELETE FROM t WHERE a = 2")
    query("INSERT INTO t (a, _import_id, _source_row_number) SELECT 7, %s, n FROM generate_series(5, 6) n", found.pk)

    seen = preview(found.pk)
    assert (seen.rows_going, seen.rows_deleted_by_hand) == (3, 1)
    assert undo_import(found.pk, TESTER).rows_removed == 3
    assert redo_import(found.pk, TESTER).rows_inserted == 2


@pytest.mark.parametrize("number", [2, 9])
def test_manually_inserted_rows_of_a_later_import_are_kept(tmp_path, number):
    """Number 2 is of a record that is a duplicate, 9 of none."""
    import_text(tmp_path, "z.csv", "a\n2\n", table_name="t")
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n3\n2\n", table_name="t")
    undo(first)
    query("INSERT INTO t (a, _import_id, _source_row_number) VALUES (1, %s, %s)", second.pk, number)

    assert redo_import(first.pk, TESTER).rows_become_duplicates == 0
    assert sorted(row["a"] for row in rows_of("t")) == [1, 1, 2, 3]
    assert balance(second) == (1, 1)


def test_a_row_inserted_under_an_undone_import_keeps_no_record_from_coming_back(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n3\n", table_name="t")
    undo(first)
    query("INSERT INTO t (a, _import_id, _source_row_number) VALUES (9, %s, 1)", first.pk)

    assert redo_import(first.pk, TESTER).rows_inserted == 2
    assert sorted(row[0] for row in table(first, second)) == [1, 2, 3, 9]


def test_rows_kept_by_another_undo_are_removed_with_the_table(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n3\n", table_name="t")
    query("UPDATE t SET a = 20 WHERE a = 2")
    undo_import(first.pk, TESTER, changed_rows="keep")

    seen = preview(second.pk, "remove")
    report = undo_import(second.pk, TESTER, changed_rows="remove")

    assert (seen.table_dropped, seen.rows_going, seen.rows_remaining) == (True, 2, 0)
    assert (report.table_dropped, report.rows_removed) == (True, 2)


@pytest.mark.parametrize("number", [1, 9, None])
def test_redo_refuses_rows_with_a_manually_changed_row_number(tmp_path, number):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("UPDATE t SET a = 20, _source_row_number = %s WHERE a = 2", number)
    query("UPDATE t SET a = 21 WHERE a = 20")
    undo_import(first.pk, TESTER, changed_rows="keep")
    [row] = rows_of("t")
    with pytest.raises(CannotRedo, match="1 row that the undo kept has a _source_row_number"):
        redo_preview(first.pk)

    with pytest.raises(
        CannotRedo, match="1 row that the undo kept has a _source_row_number that was changed"
    ) as refused:
        redo(first)

    assert refused.value.details == {
        "import_id": str(first.pk), "rows_renumbered": 1, "renumbered_rows": [row["id"]],
        "reason": "kept_rows_renumbered", "params": {"rows": 1},
    }  # fmt: skip
    query("DELETE FROM t")
    redo(first)
    assert table(first) == [(1, 1, 1), (2, 1, 2)]


def test_redo_works_after_the_row_number_was_restored(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("UPDATE t SET a = 20, _source_row_number = 7 WHERE a = 2")
    undo_import(first.pk, TESTER, changed_rows="keep")
    query("UPDATE t SET _source_row_number = 2 WHERE a = 20")

    redo(first)

    assert table(first) == [(1, 1, 1), (20, 1, 2)]


def test_a_redo_names_the_import_whose_file_it_would_need(tmp_path):
    a = import_text(tmp_path, "a.csv", "k\n1\n", table_name="t")
    undo(a)
    b = import_text(tmp_path, "b.csv", "k\n1\n2\n", table_name="t")
    delete_kept_file(b.file_hash)

    with pytest.raises(CannotRedo) as refused:
        redo(a)

    assert str(refused.value) == (
        f"Rows of the later import {b.pk} (b.csv) would become duplicates, but the source file that they would be "
        "copied from is no longer stored. Undo that import first."
    )
    assert table(b, columns="k") == [(1, 1, 1), (2, 1, 2)]


def test_redo_refuses_rows_with_the_same_row_number(tmp_path):
    """The second was inserted with SQL, then changed."""
    first = import_text(tmp_path, "a.csv", "a\n1\n2\n", table_name="t")
    query("INSERT INTO t (a, _import_id, _source_row_number) VALUES (9, %s, 2)", first.pk)
    query("UPDATE t SET a = a * 10 WHERE a > 1")
    undo_import(first.pk, TESTER, changed_rows="keep")

    with pytest.raises(CannotRedo, match="2 rows that the undo kept have a _source_row_number"):
        redo(first)


def test_redo_restores_details_deleted_by_retention(tmp_path):
    first = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "a\n1\n2\n", table_name="t")
    marks = dict.fromkeys(("kept_records", "mapping_errors", "other"), "2026-01-01T00:00:00Z")
    ImportHistory.objects.filter(pk=second.pk).update(metadata={"forgotten": marks, "more": 1})
    undo(second)
    redo(second)

    second.refresh_from_db()
    assert second.metadata == {"forgotten": {"other": "2026-01-01T00:00:00Z"}, "more": 1}
    undo(first)
    assert table(first, second) == [(1, 2, 1), (2, 2, 2)]


def test_an_undo_names_the_import_whose_file_it_would_need(tmp_path):
    by_id, by_name = {"unique_columns": ["k"]}, {"unique_columns": ["n"]}
    a = import_text(tmp_path, "a.csv", "k,n\n1,Ada\n", table_name="t", **by_id)
    import_text(tmp_path, "b.csv", "k,n\n1,Bob\n", table_name="t", **by_id)
    c = import_text(tmp_path, "c.csv", "k,n\n9,Bob\n", table_name="t", **by_name)
    delete_kept_file(c.file_hash)
    said = (
        f"Rows of the later import {c.pk} (c.csv) would become duplicates, but the source file that they would be "
        "copied from is no longer stored. Undo that import first."
    )

    obstacle = messages.LATER_FILE_GONE(import_id=str(c.pk), file_name="c.csv")
    assert (preview(a.pk).blocked_by, str(obstacle)) == ((obstacle,), said)
    with pytest.raises(CannotUndo) as refused:
        undo(a)
    assert refused.value.message == obstacle
