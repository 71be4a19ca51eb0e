"""Updates that are undone, in small cases that can be checked by reading; test_undo_laws.py has the random ones.

Imports are called A, B, C in their order; A2 is record 2 of import A. A row is shown as its values and the record that
last wrote a cell of it; without updates that is the record that inserted it.
"""

from itertools import permutations

import pytest

from imports.errors import CannotRedo, CannotUndo
from lineage.consistency.check import check
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.importing import columns_of, query, rows_of
from tests.lineage.customers import FILES, Customers
from tests.lineage.held import contents_by_id, kept_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

in_each_format = pytest.mark.parametrize("kind", FILES)


@pytest.fixture
def customers(tmp_path):
    yield Customers(tmp_path)
    assert [str(violation) for violation in check().violations] == []


@in_each_format
def test_an_update_changes_rows_and_its_undo_gives_them_their_old_values_back(customers, kind):
    customers.load("A", "nr name town", "1 Ada Bonn", "2 Bo Rome", "3 Cy Oslo", kind=kind)
    before = customers.state()
    customers.load("B", "nr name town", "2 Bo Paris", "3 Cy Oslo", "4 Di Graz", kind=kind)

    assert customers.rows() == ["1 Ada Bonn A1", "2 Bo Paris B1", "3 Cy Oslo A3", "4 Di Graz B3"]
    assert customers.outcomes("B") == {1: "updated A2: town", 2: "duplicate of A3"}
    assert customers.counts("B") == (1, 1, 1)

    after = customers.state()
    customers.undo("B")
    assert customers.state() == before
    customers.redo("B")
    assert customers.state() == after


@in_each_format
def test_undo_of_the_import_that_made_a_row_leaves_it_as_the_others_alone_make_it(customers, kind):
    customers.load("A", "nr name town", "1 Ada Bonn", "2 Bo Rome", kind=kind)
    customers.load("B", "nr name", "2 Bob", "3 Cy", kind=kind)
    assert customers.rows() == ["1 Ada Bonn A1", "2 Bob Rome B1", "3 Cy - B2"]
    there = customers.state()

    customers.undo("A")
    assert customers.rows() == ["2 Bob B1", "3 Cy B2"]  # only A filled `town`, which is gone
    assert (customers.outcomes("B"), customers.counts("B")) == ({}, (2, 0, 0))

    customers.redo("A")
    assert customers.state() == there


def test_three_updates_of_which_the_middle_one_is_undone(customers):
    customers.load("A", "nr name town phone", "1 Ada Bonn 11")
    customers.load("B", "nr name town phone", "1 Ada Rome 22")
    customers.load("C", "nr town", "1 Oslo")
    assert customers.rows() == ["1 Ada Oslo 22 C1"]

    customers.undo("B")
    assert customers.rows() == ["1 Ada Oslo 11 C1"]  # the town of the third, the telephone of the first
    customers.undo("C")
    assert customers.rows() == ["1 Ada Bonn 11 A1"]
    customers.redo("B")
    assert customers.rows() == ["1 Ada Rome 22 B1"]
    customers.redo("C")
    assert customers.rows() == ["1 Ada Oslo 22 C1"]


def test_an_update_that_changes_what_an_undone_one_had_made_equal(customers):
    """B makes the row what C says too, so C is a duplicate; without B it is an update."""
    customers.load("A", "nr town", "1 Bonn")
    customers.load("B", "nr town", "1 Rome")
    customers.load("C", "nr town", "1 Rome")
    assert (customers.outcomes("C"), customers.counts("C")) == ({1: "duplicate of A1"}, (0, 0, 1))

    customers.undo("B")
    assert customers.rows() == ["1 Rome C1"]
    assert (customers.outcomes("C"), customers.counts("C")) == ({1: "updated A1: town"}, (0, 1, 0))
    customers.redo("B")
    assert customers.rows() == ["1 Rome B1"]
    assert (customers.outcomes("C"), customers.counts("C")) == ({1: "duplicate of A1"}, (0, 0, 1))


def test_update_and_skip_mixed(customers):
    customers.load("A", "nr town", "1 Bonn", "2 Rome")
    customers.load("B", "nr town", "1 Oslo", "2 Rome", "3 Graz", on_match="skip")
    customers.load("C", "nr town", "1 Paris", "3 Lima")
    assert customers.rows() == ["1 Paris C1", "2 Rome A2", "3 Lima C2"]
    assert customers.outcomes("B") == {1: "duplicate of A1, differs: town", 2: "duplicate of A2"}
    assert customers.origins() == ["A1", "A2", "B3"]

    customers.undo("A")  # what B had skipped is its row now, and C changes it
    assert customers.rows() == ["1 Paris C1", "2 Rome B2", "3 Lima C2"]
    assert customers.origins() == ["B1", "B2", "B3"]
    assert customers.outcomes("C") == {1: "updated B1: town", 2: "updated B3: town"}

    customers.undo("C")
    assert customers.rows() == ["1 Oslo B1", "2 Rome B2", "3 Graz B3"]


def test_a_skipped_record_matches_the_row_as_it_was_then(customers):
    """By whole rows: B repeats A's row as A made it. C changes it later, and without A there is only B's."""
    customers.load("A", "nr town", "1 Bonn")
    customers.load("B", "nr town", "1 Bonn", on_match="skip", key="")
    customers.load("C", "nr town", "1 Rome")
    customers.load("D", "nr town", "1 Bonn", on_match="skip", key="")
    assert customers.rows() == ["1 Rome C1", "1 Bonn D1"]
    assert (customers.outcomes("B"), customers.outcomes("D")) == ({1: "duplicate of A1"}, {})

    customers.undo("C")
    assert customers.rows() == ["1 Bonn A1"]
    assert customers.outcomes("D") == {1: "duplicate of A1"}
    customers.undo("A")
    assert customers.rows() == ["1 Bonn B1"]


def test_fill_then_update(customers):
    customers.load("A", "nr town phone", "1 Bonn -", "2 - 22")
    customers.load("B", "nr town phone", "1 Rome 11", "2 Oslo 99", on_match="fill")
    assert customers.rows() == ["1 Bonn 11 B1", "2 Oslo 22 B2"]
    customers.load("C", "nr town phone", "1 Lima -", "2 Oslo 22")
    assert customers.rows() == ["1 Lima - C1", "2 Oslo 22 B2"]  # an empty cell is a value of an update

    customers.undo("B")
    assert customers.rows() == ["1 Lima - C1", "2 Oslo 22 C2"]
    customers.undo("A")
    assert customers.rows() == ["1 Lima - C1", "2 Oslo 22 C2"]
    customers.redo("B")
    assert customers.rows() == ["1 Lima - C1", "2 Oslo 22 C2"]
    assert customers.outcomes("C") == {1: "updated B1: town phone", 2: "updated B2: phone"}


def test_fill_leaves_what_is_there_and_tells_what_differs(customers):
    customers.load("A", "nr town phone", "1 Bonn 11", "2 Rome 22")
    customers.load("B", "nr town phone", "1 Oslo 11", "2 Rome -", on_match="fill")
    assert customers.rows() == ["1 Bonn 11 A1", "2 Rome 22 A2"]
    assert customers.outcomes("B") == {1: "duplicate of A1, differs: town", 2: "duplicate of A2, differs: phone"}


def test_redo_in_between_takes_its_place_before_later_updates(customers):
    customers.load("A", "nr town phone", "1 Bonn 11")
    customers.load("B", "nr town phone", "1 Rome 22", "2 Graz 33")
    customers.undo("B")
    customers.load("C", "nr town", "1 Oslo", "2 Lima")
    assert customers.rows() == ["1 Oslo 11 C1", "2 Lima - C2"]

    customers.redo("B")
    assert customers.rows() == ["1 Oslo 22 C1", "2 Lima 33 C2"]
    assert customers.origins() == ["A1", "B2"]
    assert customers.outcomes("C") == {1: "updated A1: town", 2: "updated B2: town"}
    customers.undo("C")
    assert customers.rows() == ["1 Rome 22 B1", "2 Graz 33 B2"]


@in_each_format
@pytest.mark.parametrize(("on_match", "town"), [("update", "Paris B3"), ("fill", "Oslo B1"), ("skip", "Oslo B1")])
def test_the_same_key_twice_in_a_file(customers, kind, on_match, town):
    """Of an update the last record takes part, otherwise the first; the others repeat it."""
    customers.load("A", "nr town", "1 Bonn", kind=kind)
    customers.load("B", "nr town", "7 Oslo", "1 Bonn", "7 Paris", on_match=on_match, kind=kind)
    assert customers.rows() == ["1 Bonn A1", f"7 {town}"]
    repeat, of = (1, 3) if on_match == "update" else (3, 1)
    assert customers.outcomes("B") == dict(
        sorted({repeat: f"duplicate of B{of}, differs: town", 2: "duplicate of A1"}.items())
    )
    assert customers.counts("B") == (1, 0, 2)


def test_the_same_key_twice_in_a_file_that_updates_a_row(customers):
    customers.load("A", "nr town", "7 Bonn")
    customers.load("B", "nr town", "7 Oslo", "7 Paris")
    assert customers.rows() == ["7 Paris B2"]
    assert customers.outcomes("B") == {1: "duplicate of B2, differs: town", 2: "updated A1: town"}
    customers.undo("A")
    assert customers.rows() == ["7 Paris B2"]
    assert customers.outcomes("B") == {1: "duplicate of B2, differs: town"}


def test_an_update_that_brings_a_column(customers):
    customers.load("A", "nr town", "1 Bonn", "2 Rome")
    customers.load("B", "nr phone", "2 22")
    assert customers.rows() == ["1 Bonn - A1", "2 Rome 22 B1"]
    customers.load("C", "nr town", "2 Oslo")

    customers.undo("B")
    assert customers.rows() == ["1 Bonn A1", "2 Oslo C1"]
    customers.redo("B")
    assert customers.rows() == ["1 Bonn - A1", "2 Oslo 22 C1"]
    customers.undo("A")
    assert columns_of("t").keys() >= {"nr", "phone", "town"}
    assert rows_of("t", "nr phone town") == [{"nr": 2, "phone": 22, "town": "Oslo"}]


def test_the_key_of_one_import_is_changed_by_another(customers):
    """C finds its row by a code that B gave it: without B it finds none, and inserts its record."""
    customers.load("A", "nr code town", "1 k Bonn")
    customers.load("B", "nr code", "1 m")
    customers.load("C", "code town", "m Oslo", key="code")
    assert customers.rows() == ["1 m Oslo C1"]

    customers.undo("B")
    assert customers.rows() == ["1 k Bonn A1", "- m Oslo C1"]
    assert customers.counts("C") == (1, 0, 0)
    customers.redo("B")
    assert customers.rows() == ["1 m Oslo C1"]
    assert customers.counts("C") == (0, 1, 0)


def test_a_row_that_leaves_takes_the_update_of_another_key_with_it(customers):
    """Without B, C's record is a row of its own, and D, by the other key, finds that one."""
    customers.load("A", "nr code town", "1 k Bonn")
    customers.load("B", "nr code", "1 m")
    customers.load("C", "code nr town", "m 9 Oslo", key="code")  # changes the id
    customers.load("D", "nr town", "9 Lima")
    assert customers.rows() == ["9 m Lima D1"]

    customers.undo("B")
    assert customers.rows() == ["1 k Bonn A1", "9 m Lima D1"]
    assert customers.outcomes("D") == {1: "updated C1: town"}
    customers.undo("C")
    assert customers.rows() == ["1 k Bonn A1", "9 - Lima D1"]


def test_a_key_that_several_rows_have_matches_the_first_of_them(customers):
    customers.load("A", "nr town", "1 Bonn", "1 Rome", on_match="insert", key="")
    record = customers.load("B", "nr town", "1 Oslo")
    assert customers.rows() == ["1 Oslo B1", "1 Rome A2"]
    assert [warning["code"] for warning in record.warning_details] == ["key_not_unique"]

    customers.undo("A")
    assert customers.rows() == ["1 Oslo B1"]
    customers.redo("A")
    assert customers.rows() == ["1 Oslo B1", "1 Rome A2"]


def test_records_without_a_key_are_rows_and_are_never_changed(customers):
    customers.load("A", "nr town", "- Bonn")
    customers.load("B", "nr town", "- Oslo", "- Oslo")
    assert customers.rows() == ["- Bonn A1", "- Oslo B1", "- Oslo B2"]
    customers.undo("A")
    assert customers.rows() == ["- Oslo B1", "- Oslo B2"]


@in_each_format
def test_a_cell_that_could_not_be_read_changes_nothing(customers, kind):
    types = {"db_schema": {"nr": "INTEGER", "age": "INTEGER", "town": "TEXT"}}
    customers.load("A", "nr age town", "1 30 Bonn", kind=kind, **types)
    customers.load("B", "nr age town", "1 old Rome", "2 young Graz", "x 5 Lima", "4 6 Kiel", kind=kind, **types)
    rows = ["2 - Graz B2", "- 5 Lima B3", "4 6 Kiel B4"]
    assert customers.rows() == ["1 30 Rome B1", *rows]
    assert customers.outcomes("B") == {1: "updated A1: town"}

    customers.undo("A")
    assert customers.rows() == ["1 - Rome B1", *rows]
    customers.redo("A")
    assert customers.rows() == ["1 30 Rome B1", *rows]


def test_corrections_are_those_of_the_cells_as_they_are(customers):
    types = {"db_schema": {"nr": "INTEGER", "age": "INTEGER", "score": "INTEGER"}}
    customers.load("A", "nr age score", "1 30.0 7.0", **types)
    customers.load("B", "nr age score", "1 31 7", **types)
    customers.load("C", "nr age score", "1 32.0 7.0", **types)
    [(_, row)] = contents_by_id("t")
    assert {column: (entry["before"], entry.get("import_id")) for column, entry in row[3].items()} == {
        "age": ("32.0", None),
        "score": ("7.0", str(customers.ids["A"])),
    }

    customers.undo("C")
    [(_, row)] = contents_by_id("t")
    assert {column: entry["import_id"] for column, entry in row[3].items()} == {"score": str(customers.ids["A"])}
    customers.undo("B")
    [(_, row)] = contents_by_id("t")
    assert {column: (entry["before"], entry.get("import_id")) for column, entry in row[3].items()} == {
        "age": ("30.0", None),
        "score": ("7.0", None),
    }


def test_values_come_back_exactly_as_they_were(customers):
    first = {
        "amount": ("NUMERIC", "1.00", "2.5"), "ratio": ("DOUBLE PRECISION", "0.1", "inf"),
        "born": ("DATE", "0001-01-01", "2024-02-29"), "seen": ("TIMESTAMPTZ", "2024-03-31T01:30:00.123456Z", "-"),
        "at": ("TIME", "23:59:59.999999", "00:00"), "is_new": ("BOOLEAN", "true", "false"),
        "uid": ("UUID", "12345678-1234-1234-1234-1234567890ab", "-"), "extra": ("JSONB", '{"a":[1.50,null]}', "null"),
        "word": ("TEXT", "null", "ü😀\\N'\""), "large": ("BIGINT", "-9223372036854775808", "0"),
    }  # fmt: skip
    types = {"db_schema": {"nr": "INTEGER", **{name: sql_type for name, (sql_type, *_) in first.items()}}}
    header = " ".join(["nr", *first])
    columns = ", ".join(f"{name}::text" for name in first)
    customers.load("A", header, " ".join(["1", *(value for _, value, _ in first.values())]), **types)
    before = query(f"SELECT {columns} FROM t")
    customers.load("B", header, " ".join(["1", *(value for _, _, value in first.values())]), **types)
    assert all(old != new for old, new in zip(before[0], query(f"SELECT {columns} FROM t")[0], strict=True))

    customers.undo("B")
    assert query(f"SELECT {columns} FROM t") == before


def test_equal_numbers_keep_the_places_that_they_were_written_with(customers):
    types = {"db_schema": {"nr": "INTEGER", "amount": "NUMERIC"}}
    customers.load("A", "nr amount", "1 1.00", **types)
    customers.load("B", "nr amount", "1 1.0", **types)
    assert customers.outcomes("B") == {1: "duplicate of A1"}
    assert customers.rows() == ["1 1.00 A1"]
    customers.undo("A")
    assert customers.rows() == ["1 1.0 B1"]
    customers.redo("A")
    assert customers.rows() == ["1 1.00 A1"]


def test_any_order_of_undo_and_redo_comes_to_the_same(customers):
    customers.load("A", "nr town phone", "1 Bonn -", "2 Rome 22")
    customers.load("B", "nr town phone", "1 Oslo 11", "3 Graz 33", on_match="fill")
    customers.load("C", "nr town", "1 Lima", "3 Kiel", "2 Rome")
    all_three = customers.state()
    alone = {}
    for order in permutations("ABC", 2):
        customers.undo(order)
        alone.setdefault(frozenset(order), customers.state())
        assert customers.state() == alone[frozenset(order)]
        customers.redo(order)
        assert customers.state() == all_three


@pytest.mark.parametrize(
    ("choice", "rows"), [(EditedRowsChoice.KEEP, ["1 Kiel B1"]), (EditedRowsChoice.REMOVE, ["1 Bonn A1"])]
)
def test_undo_of_an_update_of_a_row_that_was_changed_manually_since(customers, choice, rows):
    customers.load("A", "nr town", "1 Bonn")
    customers.load("B", "nr town", "1 Rome")
    query("UPDATE t SET town = 'Kiel'")
    with pytest.raises(CannotUndo):
        customers.undo("B")
    assert customers.rows() == ["1 Kiel B1"]

    customers.undo("B", choice)
    assert customers.rows() == rows


@pytest.mark.parametrize("choice", EditedRowsChoice)
def test_a_manual_change_between_two_updates(customers, choice):
    """C updates the row as it finds it. Without C, `remove` leaves what A and B make, `keep` the row as it is."""
    customers.load("A", "nr town phone", "1 Bonn 11")
    customers.load("B", "nr town phone", "1 Rome 11")
    query("UPDATE t SET town = 'Kiel', phone = 77")
    customers.load("C", "nr town", "1 Oslo")
    assert customers.rows() == ["1 Oslo 77 C1"]
    assert query("SELECT by_hand FROM imports_row_update WHERE import_id = %s", customers.ids["C"]) == [(True,)]

    with pytest.raises(CannotUndo):
        customers.undo("C")
    customers.undo("C", choice)
    expected = {EditedRowsChoice.KEEP: "1 Oslo 77 C1", EditedRowsChoice.REMOVE: "1 Rome 11 B1"}
    assert customers.rows() == [expected[choice]]


@pytest.mark.parametrize("choice", EditedRowsChoice)
def test_redo_of_an_update_of_a_row_that_was_changed_manually(customers, choice):
    customers.load("A", "nr town", "1 Bonn")
    customers.load("B", "nr town", "1 Rome")
    customers.undo("B")
    query("UPDATE t SET town = 'Kiel'")

    with pytest.raises(CannotRedo):
        customers.redo("B")
    customers.redo("B", choice)
    expected = {EditedRowsChoice.KEEP: "1 Kiel A1", EditedRowsChoice.REMOVE: "1 Rome B1"}
    assert customers.rows() == [expected[choice]]


@pytest.mark.parametrize("undone", "ABC")
def test_a_row_that_an_undo_kept_counts_after_the_redo_as_before(customers, undone):
    """A inserted it, B and C updated it. The redo leaves it; a later undo makes of it what imports alone make."""
    customers.load("A", "nr town phone", "1 Bonn 11", "2 Rom 22")
    customers.load("B", "nr town", "1 Rome", "2 Roma")
    customers.load("C", "nr town", "1 Oslo")
    query("UPDATE t SET town = 'Kiel' WHERE nr = '1'")
    before = [customers.counts(letter) for letter in "ABC"]

    customers.undo(undone, EditedRowsChoice.KEEP)
    customers.redo(undone, EditedRowsChoice.REMOVE)
    assert [customers.counts(letter) for letter in "ABC"] == before
    assert [str(violation) for violation in check().violations] == []
    assert customers.rows() == [f"1 {'Oslo' if undone == 'B' else 'Kiel'} 11 C1", "2 Roma 22 B2"]

    customers.undo(undone, EditedRowsChoice.REMOVE)
    rows = {
        "A": ["1 Oslo C1", "2 Roma B2"],
        "B": ["1 Oslo 11 C1", "2 Rom 22 A2"],
        "C": ["1 Rome 11 B1", "2 Roma 22 B2"],
    }
    assert customers.rows() == rows[undone]
    customers.redo(undone)
    assert [customers.counts(letter) for letter in "ABC"] == before
    assert customers.rows() == ["1 Oslo 11 C1", "2 Roma 22 B2"]


@pytest.mark.parametrize(
    ("undone", "choices", "rows"),
    [
        ("BC", "keep remove", ["1 Bonn 11 A1", "2 Rom 22 A2"]),
        ("CB", "keep remove", ["1 Bonn 11 A1", "2 Rom 22 A2"]),
        ("BAC", "keep remove remove", []),
        ("AB", "keep remove", ["1 Oslo 11 C1"]),
        ("ABC", "keep keep remove", []),
    ],
)
def test_a_kept_row_never_gets_the_values_of_an_undone_update(customers, undone, choices, rows):
    customers.load("A", "nr town phone", "1 Bonn 11", "2 Rom 22")
    customers.load("B", "nr town", "1 Rome", "2 Roma")
    customers.load("C", "nr town", "1 Oslo")
    query("UPDATE t SET town = 'Kiel' WHERE nr = '1'")
    for letter, choice in zip(undone, choices.split(), strict=True):
        customers.undo(letter, EditedRowsChoice(choice))
        assert [str(violation) for violation in check().violations] == []
    assert customers.rows() == rows


def test_an_update_of_a_kept_row_that_was_redone_is_one_of_its_versions(customers):
    """C finds the row as A and B make it, and without C it is that."""
    customers.load("A", "nr town phone", "1 Bonn 11")
    customers.load("B", "nr phone town", "1 22 Rome")
    query("UPDATE t SET town = 'Kiel'")
    customers.undo("B", EditedRowsChoice.KEEP)
    customers.redo("B")
    customers.load("C", "nr town", "1 Oslo")
    assert customers.rows() == ["1 Oslo 22 C1"]
    before = query("SELECT before->>'town', before->>'phone', before_import_id FROM imports_row_update"
                   " WHERE import_id = %s", customers.ids["C"])  # fmt: skip
    assert before == [("Rome", "22", customers.ids["B"])]

    customers.undo("C", EditedRowsChoice.REMOVE)
    assert customers.rows() == ["1 Rome 22 B1"]
    customers.load("D", "nr town", "1 Graz")
    assert [str(violation) for violation in check().violations] == []
    customers.undo("DB")
    assert customers.rows() == ["1 Bonn 11 A1"]


def test_versions_of_a_kept_row_keep_what_other_imports_wrote(customers):
    """B writes town and phone, C writes town, D writes neither: without B, the phone is A's everywhere."""
    customers.load("A", "nr town phone zip", "1 Bonn 11 53")
    customers.load("B", "nr town phone", "1 Rome 22")
    customers.load("C", "nr town", "1 Oslo")
    customers.load("D", "nr zip", "1 77")
    query("UPDATE t SET town = 'Kiel'")
    customers.undo("B", EditedRowsChoice.KEEP)
    before = query("SELECT before->>'town', before->>'phone', before->>'zip' FROM imports_row_update"
                   " WHERE row_id IS NOT NULL ORDER BY import_order")  # fmt: skip
    assert before == [("Bonn", "11", "53"), ("Oslo", "11", "53")]

    customers.undo("D", EditedRowsChoice.REMOVE)
    assert customers.rows() == ["1 Oslo 11 53 C1"]
    customers.undo("C")
    assert customers.rows() == ["1 Bonn 11 53 A1"]


def test_a_deletion_in_psql_takes_the_rows_that_the_import_wrote_last(customers):
    """The foreign key deletes them, whoever inserted them; that is reported, and no undo fails on it."""
    customers.load("A", "nr town", "1 Bonn", "2 Rome")
    customers.load("B", "nr town", "1 Oslo")
    customers.load("C", "nr town", "2 Graz")
    query("DELETE FROM import_history WHERE import_id = %s", customers.ids["B"])
    assert [row["town"] for row in rows_of("t", "town")] == ["Graz"]
    assert check().violations != ()

    customers.undo("C")
    assert [row["town"] for row in rows_of("t", "town")] == ["Rome"]
    customers.undo("A")


def test_an_undo_that_leads_to_the_values_of_a_deleted_import_deletes_the_row(customers):
    """The foreign key would have deleted it, had the undone import never changed it."""
    customers.load("A", "nr town", "1 Bonn", "2 Rome")
    customers.load("B", "nr town", "1 Oslo")
    customers.load("C", "nr town", "1 Graz")
    query("DELETE FROM import_history WHERE import_id = %s", customers.ids["B"])

    customers.undo("C")
    assert [row["town"] for row in rows_of("t", "town")] == ["Rome"]
    customers.undo("A")


def test_which_cells_could_not_be_read_is_known_of_each_record_after_an_undo(customers):
    """Record 3 of B cannot be read in `nr`, record 2 can: it differs from the row that it matches, before and after."""
    schema = {"nr": "INTEGER", "town": "TEXT"}
    customers.load("A", "town nr", "Bonn -", "Rome 1", db_schema=schema)
    customers.load("B", "nr town", "1 -", "1 Bonn", "x Rome", on_match="skip", key="town", db_schema=schema,
                   strategy="adapt_data")  # fmt: skip
    before = kept_of(customers.ids["B"])
    assert [(number, differs) for number, _, _, differs in before] == [(2, ("nr",)), (3, ())]

    customers.undo("A")
    customers.redo("A")

    assert kept_of(customers.ids["B"]) == before
