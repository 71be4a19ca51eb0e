"""Imports that change rows by their key: which cells, which of several records, and what is kept of the rows."""

import pytest
from django.core.management import call_command

from audit.models import AuditDetail
from imports.api.serializers import OutcomeSerializer
from imports.errors import MappingDoesNotFit
from imports.history.filters import BY_OUTCOME
from imports.history.labels import outcome, result
from imports.models import ImportHistory, KeptRecord, ManualEdit, RowOrigin, RowUpdate, UnreadCell
from lineage.consistency.check import check
from lineage.undo import undo_import
from tests.importing import TESTER, import_path, import_text, query, rows_of, warnings_of
from tests.imports.written import NAMES, OPTIONS, written

pytestmark = pytest.mark.usefixtures("in_this_process")

K = {"table_name": "t", "unique_columns": ["k"]}
FIRST = "k,name,price\n1,apple,1.00\n2,pear,\n3,plum,3.00\n"


def on_match(policy, **mapping):
    return {**K, "duplicate_check": {"on_match": policy}, **mapping}


@pytest.fixture
def first(atlas_db, tmp_path):
    return import_text(tmp_path, "a.csv", FIRST, **K)


def counts(record):
    return (record.rows_inserted, record.rows_updated, record.duplicates_found, record.rows_skipped)


def duplicates_of(record):
    """Record number -> import and record that inserted the row, and the columns that differ."""
    kept = KeptRecord.objects.filter(import_record=record, fate="duplicate")
    return {one.record_number: (one.matched_import_id, one.matched_record_number, one.differs) for one in kept}


def contents(columns="k name price"):
    """The rows, each with its last writer and its record."""
    rows = rows_of("t", f"{columns} _import_id _source_row_number")
    return [tuple(value if value is None else str(value) for value in row.values()) for row in rows]


def updates_of(record):
    return list(RowUpdate.objects.filter(import_record=record).order_by("record_number"))


def codes(record):
    return [(code, params) for code, params in warnings_of(record) if code in ("key_not_unique", "differing_rows")]


SECOND = [["2", "pear", "2.50"], ["1", "apple", "1.0"], ["3", None, "3.00"], ["4", "fig", "4.00"]]


@pytest.mark.parametrize("kind", ["csv", "excel", "json", "xml"])
def test_an_update_changes_what_differs_and_inserts_what_is_new(first, tmp_path, kind):
    path = tmp_path / NAMES[kind]
    path.write_bytes(written(kind, ["k", "name", "price"], SECOND))
    record = import_path(path, **on_match("update", source_options=OPTIONS.get(kind, {})))

    me, other = str(record.pk), str(first.pk)
    assert (record.status, *counts(record)) == ("success", 1, 2, 1, 1)
    assert contents() == [
        ("1", "apple", "1.00", other, "1"),
        ("2", "pear", "2.50", me, "1"),
        ("3", None, "3.00", me, "3"),
        ("4", "fig", "4.00", me, "4"),
    ]
    assert duplicates_of(record) == {2: (first.pk, 1, [])}
    assert record.updated_columns == ["name", "price"]
    assert codes(record) == []


def test_a_fill_changes_only_what_is_empty(first, tmp_path):
    text = "k,name,price\n1,APPLE,9\n2,PEAR,2.50\n3,,\n4,fig,\n"
    record = import_text(tmp_path, "b.csv", text, **on_match("fill"))

    me, other = str(record.pk), str(first.pk)
    assert counts(record) == (1, 1, 2, 2)
    assert contents() == [
        ("1", "apple", "1.00", other, "1"),
        ("2", "pear", "2.50", me, "2"),
        ("3", "plum", "3.00", other, "3"),
        ("4", "fig", None, me, "4"),
    ]
    assert duplicates_of(record) == {1: (first.pk, 1, ["name", "price"]), 3: (first.pk, 3, ["name", "price"])}
    assert [(update.record_number, update.columns) for update in updates_of(record)] == [(2, ["price"])]


def test_a_skip_says_how_many_records_have_other_values(first, tmp_path):
    record = import_text(tmp_path, "b.csv", "k,name,price\n1,APPLE,1.00\n2,pear,\n3,,3\n4,fig,4\n4,FIG,4\n", **K)

    assert counts(record) == (1, 0, 4, 4)
    assert duplicates_of(record) == {
        1: (first.pk, 1, ["name"]), 2: (first.pk, 2, []), 3: (first.pk, 3, ["name"]), 5: (record.pk, 4, ["name"]),
    }  # fmt: skip
    assert codes(record) == [("differing_rows", {"differing": 2, "matched": 3, "key": ["k"]})]
    assert (
        "2 rows were skipped although they have other values than the table, of 3 rows with a known key (k). To change "
        "the table, undo this import and set duplicate_check.on_match to update."
    ) in record.warnings
    assert not RowUpdate.objects.exists()


def test_an_insert_compares_nothing(first, tmp_path):
    record = import_text(tmp_path, "b.csv", "k,name,price\n1,apple,1.00\n", **on_match("insert"))

    assert counts(record) == (1, 0, 0, 0)


# --- several records of one key


def test_the_last_record_of_a_key_updates(first, tmp_path):
    text = "k,name,price\n1,one,1\n5,five,5\n1,two,1\n,none,0\n5,six,6\n1,three,1\n,none,0\n"
    record = import_text(tmp_path, "b.csv", text, **on_match("update"))

    me = str(record.pk)
    assert counts(record) == (3, 1, 3, 3)
    assert contents()[0] == ("1", "three", "1.00", me, "6")
    assert contents()[3:] == [(None, "none", "0", me, "4"), ("5", "six", "6", me, "5"), (None, "none", "0", me, "7")]
    assert duplicates_of(record) == {
        1: (record.pk, 6, ["name"]), 2: (record.pk, 5, ["name", "price"]), 3: (record.pk, 6, ["name"]),
    }  # fmt: skip


def test_the_first_record_of_a_key_fills(first, tmp_path):
    text = "k,name,price\n2,x,2\n2,y,7\n5,five,\n5,six,6\n"
    record = import_text(tmp_path, "b.csv", text, **on_match("fill"))

    me = str(record.pk)
    assert counts(record) == (1, 1, 2, 2)
    assert contents()[1] == ("2", "pear", "2", me, "1")
    assert contents()[3] == ("5", "five", None, me, "3")
    assert duplicates_of(record) == {2: (record.pk, 1, ["name", "price"]), 4: (record.pk, 3, ["name", "price"])}


def test_a_new_table_gets_the_last_record_of_each_key(atlas_db, tmp_path):
    record = import_text(tmp_path, "a.csv", "k,name\n1,a\n2,b\n1,c\n", **on_match("update"))

    assert (counts(record), contents("k name")) == (
        (2, 0, 1, 1), [("2", "b", str(record.pk), "2"), ("1", "c", str(record.pk), "3")],
    )  # fmt: skip


def test_a_key_of_several_rows_is_that_of_the_first_of_them(first, tmp_path):
    import_text(tmp_path, "b.csv", "k,name,price\n1,again,1\n1,and again,1\n", **on_match("insert"))
    record = import_text(tmp_path, "c.csv", "k,name,price\n1,new,1\n2,pear,\n", **on_match("update"))

    assert [row[1] for row in contents()] == ["new", "pear", "plum", "again", "and again"]
    assert codes(record) == [("key_not_unique", {"keys": 1, "key": ["k"]})]


# --- cells that could not be read, and columns


def test_a_cell_that_could_not_be_read_overwrites_nothing(first, tmp_path):
    text = "k,name,price\n1,x,many\n2,,many\n3,plum,many\n4,fig,many\n5\nx6,fig,7\n"
    record = import_text(tmp_path, "b.csv", text, **on_match("update"), strategy="adapt_data")

    me, other = str(record.pk), str(first.pk)
    assert counts(record) == (3, 2, 1, 1)
    assert contents() == [
        ("1", "x", "1.00", me, "1"),
        ("2", None, None, me, "2"),
        ("3", "plum", "3.00", other, "3"),
        ("4", "fig", None, me, "4"),
        ("5", None, None, me, "5"),
        (None, "fig", "7", me, "6"),
    ]
    assert duplicates_of(record) == {3: (first.pk, 3, [])}
    unread = dict(UnreadCell.objects.values_list("record_number", "columns"))
    assert unread == {
        1: ["price"], 2: ["price"], 3: ["price"], 4: ["price"], 5: ["name", "price"], 6: ["k"],
    }  # fmt: skip


def test_a_record_that_is_too_short_empties_nothing(first, tmp_path):
    record = import_text(tmp_path, "b.csv", "k,name,price\n1\n3,x,4\n", **on_match("update"))

    assert (counts(record), [row[:3] for row in contents()]) == (
        (0, 1, 1, 1), [("1", "apple", "1.00"), ("2", "pear", None), ("3", "x", "4")],
    )  # fmt: skip


def test_a_column_that_the_file_lacks_is_not_touched_and_a_new_one_is_filled(first, tmp_path):
    text = "k,price,colour\n1,1.00,red\n2,2,\n3,3.00,\n"
    record = import_text(tmp_path, "b.csv", text, **on_match("update"), strategy="extend_table")

    me, other = str(record.pk), str(first.pk)
    assert counts(record) == (0, 2, 1, 1)
    assert contents("k name price colour") == [
        ("1", "apple", "1.00", "red", me, "1"),
        ("2", "pear", "2", None, me, "2"),
        ("3", "plum", "3.00", None, other, "3"),
    ]
    assert [(update.columns, update.before) for update in updates_of(record)] == [
        (["colour"], {"k": "1", "name": "apple", "price": "1.00"}),
        (["price"], {"k": "2", "name": "pear", "price": None}),
    ]


def test_values_that_are_equal_are_not_written(atlas_db, tmp_path):
    types = {"k": "TEXT", "n": "NUMERIC", "j": "JSONB", "at": "TIMESTAMPTZ"}
    text = 'k,n,j,at\na,1.00,"{""b"": 1, ""a"": 2}",2026-01-01T00:00:00Z\nb,,[1],\n'
    import_text(tmp_path, "a.csv", text, **K, db_schema=types)
    same = 'k,n,j,at\na,1,"{""a"": 2.0, ""b"": 1}",2026-01-01T01:00:00+01:00\nb,,,\n'
    record = import_text(tmp_path, "b.csv", same, **on_match("update", db_schema=types))

    assert counts(record) == (0, 1, 1, 1)
    [update] = updates_of(record)
    assert (update.before["j"], update.record["j"], update.columns) == ("[1]", None, ["j"])


# --- what is kept of the rows


def test_the_row_is_kept_as_each_update_found_it(first, tmp_path):
    second = import_text(
        tmp_path, "b.csv", "k,name,price\n3,Plum,$3\n1,apple,7\n", **on_match("update"), strategy="adapt_data"
    )
    third = import_text(tmp_path, "c.csv", "price,k\n4.50,3\n", **on_match("update"))
    fourth = import_text(tmp_path, "d.csv", "k,name,price\n3,other,4.50\n", **K)

    [update] = updates_of(third)
    assert (update.table_name, update.row_id, update.record_number, update.columns) == ("t", 3, 1, ["price"])
    assert (update.import_order, update.by_hand, update.found) == (third.import_order, False, None)
    assert update.record == {"price": "4.50", "k": "3"}
    assert update.before == {"k": "3", "name": "Plum", "price": "3.00"}  # which 3 equals
    assert (update.before_import_id, update.before_record_number) == (second.pk, 1)
    assert update.before_corrections is None  # $3 was not written
    assert list(RowOrigin.objects.order_by("row_id").values_list("row_id", "import_id", "record_number")) == [
        (1, first.pk, 1), (3, first.pk, 3),
    ]  # fmt: skip
    # Who matches the row later names the record that inserted it.
    assert duplicates_of(fourth) == {1: (first.pk, 3, ["name"])}


def test_corrections_tell_of_the_cells_as_they_are(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n,price\n3,1,2.00\n", **K)
    second = import_text(
        tmp_path, "b.csv", "k,n,price\n3,2.0,$4\n4,7,$5\n", **on_match("update"), strategy="adapt_data"
    )
    import_text(tmp_path, "c.csv", "k,price\n3,$6\n4,5\n", **on_match("update"), strategy="adapt_data")

    of_n = {"before": "2.0", "after": 2, "correction_type": "type_coercion", "target_type": "INTEGER"}
    of_price = {"after": 6, "correction_type": "type_coercion", "target_type": "NUMERIC"}
    corrections = {row["k"]: row["_corrections_applied"] for row in rows_of("t", "k _corrections_applied")}
    assert corrections[3] == {"n": {**of_n, "import_id": str(second.pk)}, "price": {"before": "$6", **of_price}}
    assert set(corrections[4]) == {"price"}  # $5, which 5 equals

    import_text(tmp_path, "d.csv", "k,n,price\n3,9,1\n", **on_match("update"))
    assert rows_of("t", "k _corrections_applied", "k = 3") == [{"k": 3, "_corrections_applied": None}]


# --- manual changes, constraints and triggers


def test_a_manually_changed_row_is_updated_as_it_is_and_kept_as_imports_made_it(first, tmp_path):
    query("UPDATE t SET name = 'by hand', price = 8 WHERE k = 1")
    record = import_text(tmp_path, "b.csv", "k,name,price\n1,by hand,9\n2,pear,2\n", **on_match("update"))

    by_hand, other = updates_of(record)
    assert (by_hand.columns, by_hand.by_hand, other.by_hand, other.found) == (["price"], True, False, None)
    assert by_hand.before == {"k": "1", "name": "apple", "price": "1.00"}
    assert by_hand.found == {"k": "1", "name": "by hand", "price": "8"}
    assert (by_hand.before_import_id, by_hand.before_record_number) == (first.pk, 1)
    [edit] = ManualEdit.objects.all()  # the update itself is none
    law = {name: edit.law[name] for name in ("k", "name", "price", "_import_id", "_source_row_number")}
    assert law == {"k": "1", "name": "apple", "price": "9", "_import_id": str(record.pk), "_source_row_number": "1"}


def test_an_update_that_breaks_a_constraint_imports_nothing_and_names_it(first, tmp_path):
    query("ALTER TABLE t ADD CONSTRAINT cheap CHECK (price < 5)")
    query("CREATE UNIQUE INDEX one_name ON t (name)")
    before = contents()

    for text, rule in (("k,price\n1,9\n", "cheap"), ("k,name\n1,plum\n", "one_name")):
        with pytest.raises(MappingDoesNotFit) as refused:
            import_text(tmp_path, "b.csv", text, **on_match("update"))
        assert refused.value.details["rule"] == rule
    assert (contents(), RowUpdate.objects.count(), RowOrigin.objects.count()) == (before, 0, 0)


@pytest.mark.parametrize(("action", "orders"), [("NO ACTION", None), ("CASCADE", 7)])
def test_an_update_keeps_the_foreign_keys_of_other_tables(first, tmp_path, action, orders):
    """By another key, so that the value to which an order refers changes."""
    query("ALTER TABLE t ADD UNIQUE (k)")
    query(f"CREATE TABLE orders (k int REFERENCES t (k) ON UPDATE {action}); INSERT INTO orders VALUES (1)")
    try:
        [(name,)] = query("SELECT name FROM t WHERE k = 1")
        asked = {**on_match("update"), "unique_columns": ["name"]}
        if orders:
            record = import_text(tmp_path, "b.csv", f"name,k\n{name},{orders}\n", **asked)
            assert query("SELECT k FROM orders") == [(orders,)]
            undo_import(record.pk, TESTER)
        else:
            with pytest.raises(MappingDoesNotFit, match="orders_k_fkey"):
                import_text(tmp_path, "b.csv", f"name,k\n{name},7\n", **asked)
        assert query("SELECT k FROM orders") == [(1,)]
        assert query("SELECT name FROM t WHERE k = 1") == [(name,)]
    finally:
        query("DROP TABLE orders")


def test_a_trigger_that_prevents_an_update_is_named_and_nothing_is_imported(first, tmp_path):
    query("CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    query("CREATE TRIGGER stay BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stay()")

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", "k,price\n1,9\n4,1\n", **on_match("update"))

    assert refused.value.message.code == "updates_prevented"
    assert len(contents()) == 3


def test_generated_columns_and_rows_of_others_are_left_alone(first, tmp_path):
    query("ALTER TABLE t ALTER COLUMN _import_id DROP NOT NULL")
    query("ALTER TABLE t ADD COLUMN twice numeric GENERATED ALWAYS AS (price * 2) STORED")
    query("INSERT INTO t (k, name) VALUES (7, 'foreign')")
    record = import_text(tmp_path, "b.csv", "k,price\n1,9\n7,7\n", **on_match("update"))

    assert counts(record) == (1, 1, 0, 0)
    assert [update.before for update in updates_of(record)] == [{"k": "1", "name": "apple", "price": "1.00"}]
    assert [(row["k"], row["twice"]) for row in rows_of("t", "k twice")][0] == (1, 18)
    assert rows_of("t", "price _import_id", "name = 'foreign'") == [{"price": None, "_import_id": None}]


def test_a_new_table_of_the_name_of_a_dropped_one_has_no_updates(first, tmp_path):
    updates = import_text(tmp_path, "b.csv", "k,name,price\n1,one,1\n", **on_match("update"))
    query("DROP TABLE t")
    third = import_text(tmp_path, "c.csv", "k,name,price\n1,new,1\n", **K)
    fourth = import_text(tmp_path, "d.csv", "k,name,price\n1,new,2\n", **on_match("fill"))

    assert duplicates_of(fourth) == {1: (third.pk, 1, ["price"])}
    assert [update.row_id for update in updates_of(updates)] == [None]


# --- how it is loaded


def test_a_file_that_is_loaded_while_it_is_read_updates_alike(first, tmp_path, monkeypatch):
    monkeypatch.setattr("imports.loading.pipeline.STREAMING_THRESHOLD_BYTES", 10)
    record = import_text(tmp_path, "b.csv", "k,name,price\n1,one,1\n4,fig,4\n1,two,1\n", **on_match("update"))

    assert counts(record) == (1, 1, 1, 1)
    assert [row[1] for row in contents()] == ["two", "pear", "plum", "fig"]


def test_the_plan_of_an_update_is_stored_and_its_order_is_that_of_its_updates(first, tmp_path):
    record = import_text(tmp_path, "b.csv", "k,price\n1,9\n", **on_match("update"))
    later = import_text(tmp_path, "c.csv", "k,price\n1,8\n", **on_match("fill"))

    assert (record.mapping_config["on_match"], record.mapping_config["check_duplicates"]) == ("update", True)
    assert later.mapping_config["on_match"] == "fill"
    assert first.import_order < record.import_order < later.import_order
    assert ImportHistory.objects.get(pk=first.pk).rows_updated == 0


def test_all_that_an_update_leaves_is_consistent(first, tmp_path):
    import_text(tmp_path, "b.csv", "k,name,price\n1,one,1\n1,two,2\n2,pear,\n4,fig,x\n", **on_match("update"))
    import_text(tmp_path, "c.csv", "k,name,price\n4,,1\n1,two,2\n3,,5\n", **on_match("fill"))
    import_text(tmp_path, "d.csv", "k,name,price\n1,two,2\n2,x,9\n", **on_match("update"))
    import_text(tmp_path, "e.csv", "k,name,price\n1,x,2\n", **K)

    assert check("t").violations == ()

    query("DELETE FROM t WHERE k = 1")
    query("UPDATE t SET name = 'by hand' WHERE k = 2")
    assert check("t").violations == ()


BROKEN = [
    ("UPDATE import_history SET rows_updated = rows_updated + 1, rows_inserted = rows_inserted - 1", "updates_counted"),
    ("DELETE FROM imports_row_origin", "rows_counted"),
    ("SET LOCAL atlas.own_change = 'on'; DELETE FROM t WHERE k = 2", "updated_rows_exist"),
    ("SET LOCAL atlas.own_change = 'on'; UPDATE t SET _source_row_number = 9", "rows_name_their_last_update"),
    ("UPDATE imports_row_origin SET import_id = gen_random_uuid()", "origins_stand"),
]


@pytest.mark.parametrize(("damage", "invariant"), BROKEN, ids=[invariant for _, invariant in BROKEN])
def test_what_is_inconsistent_about_updates_is_named(first, tmp_path, damage, invariant):
    import_text(tmp_path, "b.csv", "k,name,price\n2,one,1\n4,fig,1\n", **on_match("update"))
    query(damage)

    assert invariant in {violation.invariant for violation in check("t").violations}


def test_the_command_takes_the_key_and_what_to_do_on_a_match(first, tmp_path, capsys):
    (tmp_path / "b.csv").write_text("k,name,price\n1,one,1\n")
    call_command("import_file", str(tmp_path / "b.csv"), table="t", key=["k"], on_match="update")

    assert "             1  updated\n" in capsys.readouterr().out
    assert rows_of("t", "name", "k = 1") == [{"name": "one"}]


def test_the_result_is_told_in_numbers(first, tmp_path):
    record = import_text(tmp_path, "b.csv", "k,name,price\n2,one,1\n4,fig,1\n1,apple,1\n", **on_match("update"))
    only_updates = import_text(tmp_path, "c.csv", "k,name,price\n2,two,1\n", **on_match("update"))

    assert str(result(record)) == (
        "3 rows for t: 1 imported, 1 updated, 1 unchanged, 0 rejected, 0 filtered, 0 errors."
    )
    assert (outcome(record), outcome(only_updates)) == ("success", "success")
    assert set(ImportHistory.objects.filter(BY_OUTCOME["nothing_new"])) == set()
    answer = OutcomeSerializer(record).data
    assert (answer["rows_inserted"], answer["rows_updated"], answer["duplicates_skipped"]) == (1, 1, 1)
    [details] = AuditDetail.objects.filter(entry__action="import.finished", entry__subject=str(record.pk))
    assert (details.detail["inserted"], details.detail["updated"]) == (1, 1)
