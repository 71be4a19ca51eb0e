"""Imports that are run again with another mapping, in small cases; the laws are in test_undo_laws.py."""

import pytest

from audit.models import AuditEntry
from imports.errors import CannotRedo, CannotRerun, InvalidMapping, MappingDoesNotFit, NothingLoaded, TooManyErrors
from imports.mapping import parse_mapping
from imports.models import ImportHistory, MappingError, Repair
from imports.sources.kept_files import delete_kept_file
from lineage.consistency.check import check
from lineage.repairs import RecordChange, repair, undo_repair
from lineage.reruns import preview, rerun_import
from lineage.undo import redo_import, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.importing import TESTER, columns_of, import_text, query, rows_of
from tests.lineage.customers import FILES, Customers

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def rerun(one, reason="", changed_rows=None, **mapping):
    report = rerun_import(one.pk, parse_mapping(mapping), TESTER, reason, changed_rows)
    assert [str(violation) for violation in check().violations] == []
    return ImportHistory.objects.get(pk=report.import_id), report


def values(*names, table="t"):
    return sorted(
        (tuple(None if row[name] is None else str(row[name]) for name in names) for row in rows_of(table)), key=str
    )


def test_another_date_order_gives_other_dates_and_errors(tmp_path):
    old = import_text(tmp_path, "a.csv", "k,born\n1,03/04/2020\n2,13/02/2020\n3,05/06/2020\n", table_name="t",
                      db_schema={"born": "DATE"}, source_options={"date_order": "MDY"})  # fmt: skip
    assert values("k", "born") == [("1", "2020-03-04"), ("2", None), ("3", "2020-05-06")]
    mapping = {"db_schema": {"born": "DATE"}, "source_options": {"date_order": "DMY"}}

    before = preview(old.pk, parse_mapping(mapping), TESTER)
    assert values("k", "born") == [("1", "2020-03-04"), ("2", None), ("3", "2020-05-06")]
    assert ImportHistory.objects.count() == 1
    new, report = rerun(old, "The dates are European", **mapping)

    assert values("k", "born") == [("1", "2020-04-03"), ("2", "2020-02-13"), ("3", "2020-06-05")]
    assert (before.rows_changed, before.rows_added, before.rows_removed) == (3, 0, 0)
    assert before.cells_changed == {"born": 3}
    assert before.rows[0].cells == {"born": ("2020-03-04", "2020-04-03")}
    [gone] = before.error_changes
    assert (gone.column, gone.before, gone.after) == ("born", 1, 0)
    assert (report.rows_removed, report.rows_inserted, report.mapping_errors_count) == (3, 3, 0)
    old.refresh_from_db()
    assert (old.undo_reason, old.undone_by, old.metadata["replaced_by"]) == (
        "The dates are European", "tester", str(new.pk),
    )  # fmt: skip
    assert (new.metadata["rerun_of"], new.import_order, new.file_hash) == (
        str(old.pk), old.import_order, old.file_hash,
    )  # fmt: skip
    assert (new.status, new.mapping_status, new.user_email) == ("success", "completed", "tester@example.com")
    assert MappingError.objects.filter(import_record=old).count() == 1  # what was undone keeps its errors
    entry = AuditEntry.objects.get(action="import.rerun")
    assert entry.subject == str(old.pk)


def test_a_column_of_the_old_import_alone_gets_another_type_and_another_name(tmp_path):
    old = import_text(tmp_path, "a.csv", "k,n,x\n1,1.5,a\n2,oops,b\n", table_name="t")
    assert columns_of("t")["n"] == "text"

    new, report = rerun(
        old, mappings={"k": "k", "n": "n", "letter": "x"}, db_schema={"n": "NUMERIC"}, on_error="reject_row"
    )

    assert columns_of("t")["n"] == "numeric"
    assert values("k", "n", "letter") == [("1", "1.5", "a")]
    assert (report.columns_dropped, report.columns_added, report.columns_retyped) == (("x",), ("letter",), ("n",))
    assert (new.status, new.rows_rejected) == ("partial", 1)


def test_the_rows_of_later_imports_follow(tmp_path):
    """With the key, the second file's row repeats the first; without it both are rows."""
    first = import_text(tmp_path, "a.csv", "k,n\n1,a\n2,b\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,n\n01,c\n2,b\n", table_name="t", unique_columns=["k"])
    assert (second.rows_inserted, second.duplicates_found) == (0, 2)

    not_one = {"field": "k", "operator": "not_equals", "value": "1"}
    changed = {"mappings": {"k": "k", "n": "n"}, "rules": {"filter_rows": [not_one]}}
    before = preview(first.pk, parse_mapping(changed), TESTER)
    new, report = rerun(first, **changed)

    second.refresh_from_db()
    assert values("k", "n") == [("1", "c"), ("2", "b")]
    assert (second.rows_inserted, second.duplicates_found, new.rows_filtered) == (1, 1, 1)
    assert report.rows_returned == before.rows_returning == 1
    assert [other.file_name for other in before.returning] == ["b.csv"]
    assert query("SELECT matched_import_id FROM imports_kept_record WHERE import_id = %s", second.pk) == [(new.pk,)]


def test_an_update_is_judged_on_the_rows_as_they_were_at_its_place(tmp_path):
    one = import_text(tmp_path, "1.csv", "k,n,m\n1,a,p\n2,b,q\n", table_name="t")
    by_key = {"table_name": "t", "unique_columns": ["k"], "duplicate_check": {"on_match": "update"}}
    two = import_text(tmp_path, "2.csv", "k,n,m\n1,c,p2\n3,d,r\n", **by_key)
    three = import_text(tmp_path, "3.csv", "k,m\n1,z\n3,y\n", **by_key)
    assert values("k", "n", "m") == [("1", "c", "z"), ("2", "b", "q"), ("3", "d", "y")]

    new, report = rerun(two, unique_columns=["k"], duplicate_check={"on_match": "fill"})

    assert values("k", "n", "m") == [("1", "a", "z"), ("2", "b", "q"), ("3", "d", "y")]
    assert (new.rows_inserted, new.rows_updated, new.duplicates_found) == (1, 0, 1)
    undo_import(new.pk, TESTER)
    redo_import(two.pk, TESTER)
    assert values("k", "n", "m") == [("1", "c", "z"), ("2", "b", "q"), ("3", "d", "y")]
    assert not check().violations
    assert [row["_import_id"] for row in rows_of("t") if row["k"] == 2] == [one.pk]
    assert {row["_import_id"] for row in rows_of("t") if row["k"] != 2} == {three.pk}


def test_only_one_of_the_old_and_the_new_import_is_active(tmp_path):
    old = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    new, _ = rerun(old, db_schema={"a": "TEXT"})

    with pytest.raises(CannotRedo) as refused:
        redo_import(old.pk, TESTER)
    assert (refused.value.message.code, refused.value.details["active_import"]) == ("redo_of_replaced", str(new.pk))
    with pytest.raises(CannotRerun) as refused:
        rerun(old, db_schema={"a": "NUMERIC"})
    assert refused.value.details["active_import"] == str(new.pk)
    newest, _ = rerun(new, db_schema={"a": "NUMERIC"})
    undo_import(newest.pk, TESTER)
    redo_import(old.pk, TESTER)
    assert columns_of("t")["a"] == "integer"
    with pytest.raises(CannotRedo) as refused:
        redo_import(new.pk, TESTER)
    assert refused.value.details["active_import"] == str(old.pk)
    undo_import(old.pk, TESTER)
    redo_import(new.pk, TESTER)
    assert columns_of("t")["a"] == "text"


def test_evidence_and_types_are_those_of_earlier_imports_only(tmp_path):
    """The later import shows days first; the first one is planned as if it did not exist."""
    first = import_text(tmp_path, "1.csv", "k,born\n1,03/04/2020\n", table_name="t")
    import_text(tmp_path, "2.csv", "k,born\n2,13/02/2020\n", table_name="t")

    rerun(first, unique_columns=["k"])

    assert ("1", "2020-03-04") in values("k", "born")


def test_another_type_than_a_later_import_has_is_refused_by_name(tmp_path):
    first = import_text(tmp_path, "1.csv", "k,n\n1,1\n", table_name="t", db_schema={"n": "NUMERIC"})
    later = import_text(tmp_path, "2.csv", "k,n\n2,2.5\n", table_name="t")

    with pytest.raises(CannotRerun) as refused:
        rerun(first, db_schema={"n": "TEXT"})

    assert refused.value.message.code == "rerun_other_type"
    assert (refused.value.details["column"], refused.value.details["other_import"]) == ("n", str(later.pk))
    first.refresh_from_db()
    assert first.is_active and ImportHistory.objects.count() == 2


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        ({"on_error": "abort", "db_schema": {"a": "INTEGER"}}, TooManyErrors),
        ({"max_errors": 0, "db_schema": {"a": "INTEGER"}}, TooManyErrors),
        ({"on_error": "reject_row", "db_schema": {"a": "DATE"}}, NothingLoaded),
        ({"mappings": {"a": "b"}}, MappingDoesNotFit),
        ({"table_name": "other"}, InvalidMapping),
        ({"source_options": {"sheet": "*"}}, InvalidMapping),
    ],
)  # fmt: skip
def test_a_mapping_that_would_not_import_changes_nothing(tmp_path, mapping, error):
    old = import_text(tmp_path, "a.csv", "a\n1\nx\n", table_name="t")

    with pytest.raises(error):
        rerun(old, **mapping)

    old.refresh_from_db()
    assert old.is_active and "replaced_by" not in (old.metadata or {})
    assert values("a") == [("1",), ("x",)]
    assert ImportHistory.objects.count() == 1


def test_a_failed_import_is_imported_with_the_other_mapping_and_linked(tmp_path):
    with pytest.raises(NothingLoaded) as failed:
        import_text(tmp_path, "a.csv", "a\nx\n", table_name="t", db_schema={"a": "INTEGER"}, on_error="reject_row")
    old = ImportHistory.objects.get(pk=failed.value.details["import_id"])
    later = import_text(tmp_path, "b.csv", "a\ny\n", table_name="t")

    new, _ = rerun(old, db_schema={"a": "TEXT"})

    old.refresh_from_db()
    assert (old.status, old.metadata["replaced_by"], new.metadata["rerun_of"]) == ("failed", str(new.pk), str(old.pk))
    assert new.import_order > later.import_order
    assert values("a") == [("x",), ("y",)]


def test_rows_with_manual_changes_need_a_choice(tmp_path):
    old = import_text(tmp_path, "a.csv", "k,n\n1,a\n2,b\n", table_name="t")
    query("UPDATE t SET n = 'mine' WHERE k = 1")
    mapping = {"rules": {"transformations": [{"type": "uppercase", "field": "n"}]}}

    with pytest.raises(CannotRerun) as refused:
        rerun(old, **mapping)
    assert refused.value.details["rows_changed_by_hand"] == 1

    new, report = rerun(old, changed_rows=EditedRowsChoice.KEEP, **mapping)
    assert values("k", "n") == [("1", "mine"), ("2", "B")]
    assert (report.rows_kept, new.rows_inserted, new.duplicates_found) == (1, 1, 1)

    undo_import(new.pk, TESTER, changed_rows=EditedRowsChoice.KEEP)
    redo_import(old.pk, TESTER)
    assert values("k", "n") == [("1", "mine"), ("2", "b")]
    newer, _ = rerun(old, changed_rows=EditedRowsChoice.REMOVE, **mapping)
    assert values("k", "n") == [("1", "A"), ("2", "B")]
    assert newer.rows_inserted == 2


def test_what_cannot_be_run_again_says_why(tmp_path):
    undone = import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    undo_import(undone.pk, TESTER)
    gone = import_text(tmp_path, "b.csv", "a\n2\n", table_name="u")
    delete_kept_file(gone.file_hash)
    dropped = import_text(tmp_path, "c.csv", "a\n3\n", table_name="v")
    query("DROP TABLE v")

    for one, code in ((undone, "rerun_of_undone"), (gone, "rerun_without_file"), (dropped, "table_dropped_by_hand")):
        with pytest.raises(CannotRerun) as refused:
            rerun_import(one.pk, parse_mapping({}), TESTER)
        assert refused.value.message.code == code


def test_a_view_on_a_column_that_would_go_prevents_it(tmp_path):
    old = import_text(tmp_path, "a.csv", "a,b\n1,2\n", table_name="t")
    query("CREATE VIEW uses_b AS SELECT b FROM t")

    with pytest.raises(CannotRerun, match="uses_b"):
        rerun(old, mappings={"a": "a"})
    assert [str(one) for one in preview(old.pk, parse_mapping({"mappings": {"a": "a"}}), TESTER).blocked_by] != []
    query("DROP VIEW uses_b")
    rerun(old, mappings={"a": "a"})
    assert "b" not in columns_of("t")


@pytest.mark.parametrize("kind", FILES)
def test_another_policy_on_every_kind_of_file(tmp_path, kind):
    """B was to skip; run again it updates, at its place before C, and A's undo leaves what B makes of its rows."""
    people = Customers(tmp_path)
    people.load("A", "nr name age", "1 Ada 3", "2 Bob x", kind=kind)
    second = people.load("B", "nr name age", "2 Rob 4", "3 Cy 5", kind=kind, on_match="skip")
    people.load("C", "nr age", "3 6", kind=kind)
    assert people.rows() == ["1 Ada 3 A1", "2 Bob x A2", "3 Cy 6 C1"]

    new, _ = rerun(second, unique_columns=["nr"], duplicate_check={"on_match": "update"})
    people.ids["N"] = new.pk

    assert people.rows() == ["1 Ada 3 A1", "2 Rob 4 N1", "3 Cy 6 C1"]
    people.undo("A")
    assert people.rows() == ["2 Rob 4 N1", "3 Cy 6 C1"]
    people.redo("A")
    people.undo("N")
    people.redo("B")
    assert people.rows() == ["1 Ada 3 A1", "2 Bob x A2", "3 Cy 6 C1"]
    assert not check().violations


def test_repairs_count_for_the_new_import_where_the_file_has_the_same(tmp_path):
    text = "k,n,born\n1,x,2020-01-01\n2,7,13/13/2020\n3,y,2020-01-03\n"
    old = import_text(tmp_path, "a.csv", text, table_name="t", db_schema={"n": "INTEGER", "born": "DATE"})
    repair(old.pk, [RecordChange(1, {"n": "5"}), RecordChange(2, {"born": "2020-12-13"})], TESTER)
    repair(old.pk, [RecordChange(3, {"k": "33"})], TESTER, reason="Typed wrong")

    changed = {"mappings": {"key": "k", "n": "n"}, "db_schema": {"n": "INTEGER"}}
    before = preview(old.pk, parse_mapping(changed), TESTER)
    new, report = rerun(old, **changed)

    assert values("key", "n") == [("1", "5"), ("2", "7"), ("33", None)]
    assert (report.repairs_carried, report.repairs_left) == (2, (2,))
    assert (before.repairs_carried, before.repairs_left) == (2, (2,))
    assert new.mapping_errors_count == before.after["mapping_errors_count"] == 1
    copied = Repair.objects.filter(import_record=new)
    assert [(one.record_number, one.values, one.by, one.reason) for one in copied] == [
        (3, {"key": "33"}, "tester", "Typed wrong"), (1, {"n": "5"}, "tester", None),
    ]  # fmt: skip

    undo_import(new.pk, TESTER)
    redo_import(old.pk, TESTER)
    assert values("k", "n", "born") == [("1", "5", "2020-01-01"), ("2", "7", "2020-12-13"), ("33", None, "2020-01-03")]
    undo_import(old.pk, TESTER)
    redo_import(new.pk, TESTER)
    assert values("key", "n") == [("1", "5"), ("2", "7"), ("33", None)]
    undo_repair(new.pk, Repair.objects.get(import_record=new, record_number=1).pk, TESTER)
    assert values("key", "n") == [("1", None), ("2", "7"), ("33", None)]
    assert not check().violations


def test_repairs_of_records_that_are_read_differently_are_named(tmp_path):
    old = import_text(tmp_path, "a.csv", "k,n\n1,x\n2,7\n3,8\n", table_name="t", db_schema={"n": "INTEGER"})
    repair(old.pk, [RecordChange(1, {"n": "5"})], TESTER)

    new, report = rerun(old, db_schema={"n": "INTEGER"}, source_options={"header_row": 1, "first_row": 3})

    assert report.repairs_left == (1,)
    assert values("k", "n") == [("2", "7"), ("3", "8")]
    assert not Repair.objects.filter(import_record=new).exists()


def test_a_repaired_rejected_row_stays_repaired(tmp_path):
    old = import_text(tmp_path, "a.csv", "k,n\n1,x\n2,7\n3,y\n", table_name="t", db_schema={"n": "INTEGER"},
                      on_error="reject_row")  # fmt: skip
    repair(old.pk, [RecordChange(1, {"n": "5"})], TESTER)

    new, report = rerun(old, db_schema={"n": "INTEGER"}, on_error="reject_row", unique_columns=["k"])

    assert (new.rows_inserted, new.rows_rejected, new.mapping_errors_count, new.status) == (2, 1, 1, "partial")
    assert values("k", "n") == [("1", "5"), ("2", "7")]
    assert report.repairs_carried == 1


def test_a_row_without_its_repair_is_rejected_where_invalid_values_stop_an_import(tmp_path):
    old = import_text(tmp_path, "a.csv", "k,n\n1,x\n2,7\n", table_name="t", db_schema={"n": "INTEGER"})
    repair(old.pk, [RecordChange(1, {"n": "5"})], TESTER)

    new, _ = rerun(old, db_schema={"n": "INTEGER"}, on_error="abort")
    assert values("k", "n") == [("1", "5"), ("2", "7")]

    undo_repair(new.pk, Repair.objects.get(import_record=new).pk, TESTER)
    for _ in range(2):
        new.refresh_from_db()
        assert values("k", "n") == [("2", "7")]
        assert (new.status, new.rows_inserted, new.rows_rejected) == ("partial", 1, 1)
        assert not check().violations
        undo_import(new.pk, TESTER)
        redo_import(new.pk, TESTER)
