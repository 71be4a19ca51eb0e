"""Headers and file names as identifiers."""

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.identifiers import (
    MAX_NAME_LENGTH,
    ColumnPositions,
    UniqueNames,
    column_names,
    cut_name,
    former_name,
    nearest,
    safe_table,
    source_names,
    table_name_of,
)
from lineage.provenance.source_records import as_object
from tests.costs import growth


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("First Name", "first_name"),
        ("Größe", "größe"),
        ("2024", "c_2024"),
        ("id", "source_id"),
        ("ID", "source_id"),
        (" id ", "source_id"),
        ("\tFirst Name\u00a0", "first_name"),
        ("_import_id", "import_id"),
        ("xmin", "source_xmin"),
        ("CTID", "source_ctid"),
        ("select", "select"),
        ("a%b", "a_b"),
        ("Weight (kg)", "weight_kg"),
        ("Price ($)", "price"),
        ("a__b", "a_b"),
        ("% of total", "of_total"),
        ("(2024)", "c_2024"),
        ('"; DROP TABLE users; --', "drop_table_users"),
        ("ﬁeld", "field"),
        ("x²", "x2"),
        ("😀", "column_1"),
        ("", "column_1"),
        ("___", "column_1"),
        ("__5", "c_5"),
        ("名前", "名前"),
    ],
)
def test_a_header_becomes_a_name(header, name):
    assert column_names([header]) == [name]


def test_equal_names_are_numbered():
    assert column_names(["a", "A", "a ", "a_2", "a"]) == ["a", "a_2", "a_3", "a_2_2", "a_4"]


def test_two_headers_equal_in_their_first_63_bytes_differ():
    first, second = column_names(["x" * 70 + "1", "x" * 70 + "2"])

    assert first != second
    assert len(first) == len(second) == 63


#: Unicode sorts a row of these by their classes, in the square of the time.
MARKS = "\u0345\u0334" * 200_000


def mark_of(text):
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]


@pytest.mark.parametrize(
    "called",
    [
        column_names, source_names, lambda names: [safe_table(name) for name in names],
        lambda names: [table_name_of(f"{name}.csv") for name in names],
        lambda names: ColumnPositions(names).of("nowhere"), lambda names: nearest(names[0], names[1:]),
        lambda names: nearest("a", names),
    ],
)  # fmt: skip
def test_the_time_for_a_name_does_not_grow_with_it(called):
    began = time.process_time()

    called([MARKS, f"{MARKS}2", f"a{MARKS}", " " * 400_000 + "b", "\ufdfa" * 130_000])

    assert time.process_time() - began < 1


def test_many_names_of_a_thousand_characters_are_cut_before_they_are_made_safe():
    headers = [f"{number}{MARKS[:990]}" for number in range(1595)]
    began = time.process_time()

    assert ColumnPositions(headers).of("nowhere") is None

    assert time.process_time() - began < 2


def test_a_long_name_is_cut_and_told_from_others_by_its_hash():
    long, other = "Größe " + "x" * 2000, "Größe " + "x" * 2001

    assert cut_name(long) == f"Größe {'x' * (MAX_NAME_LENGTH - 6 - 9)}_{mark_of(long)}"
    assert cut_name(other) != cut_name(long)
    assert len(cut_name(other)) == MAX_NAME_LENGTH
    assert cut_name("x" * MAX_NAME_LENGTH) == "x" * MAX_NAME_LENGTH
    assert cut_name(cut_name(long)) == cut_name(long)
    assert ColumnPositions(["a", cut_name(long), cut_name(other)]).of(other) == 2


ALIKE = {
    "equal": lambda number: ["a"] * number,
    "equal when they are safe": lambda number: [f"a{'!' * (i % 200)}" for i in range(number)],
    "equal when they are cut": lambda number: [f"{'a' * 59}{i // 2:04}" for i in range(number)],
    "with the numbers of others": lambda number: [*(f"a_{i}" for i in range(2, number // 2)), *["a"] * (number // 2)],
    "empty": lambda number: [""] * number,
}


@pytest.mark.parametrize("alike", ALIKE.values(), ids=ALIKE)
@pytest.mark.parametrize(
    "called",
    [
        column_names, source_names, lambda names: ColumnPositions(names).of("nowhere"),
        lambda names: as_object(names, ["1"] * len(names), None),
    ],
    ids=["column names", "names in a mapping", "positions", "keys of a record"],
)  # fmt: skip
def test_the_cost_of_many_names_grows_with_their_number(alike, called):
    assert growth(called, alike(1_000), alike(4_000)) < 8


@given(st.lists(st.sampled_from(["a", "b", "a_2", "a_3", "x" * 63, "x" * 61 + "_2", "x" * 70, "ä" * 31 + "a"])))
def test_unique_names_have_the_first_number_that_is_free(names):
    unique, taken = UniqueNames(), set()

    for name in names:
        endings = ["", *(f"_{number}" for number in range(2, 100))]
        candidates = [
            name if not ending else name.encode()[: 63 - len(ending)].decode(errors="ignore").rstrip("_") + ending
            for ending in endings
        ]
        expected = next(candidate for candidate in candidates if candidate not in taken)
        assert unique.add(name) == expected
        taken.add(expected)


def test_long_names_end_with_a_hash_of_the_whole():
    long, other = "Größe " + "x" * 2000, "Größe " + "x" * 2001
    begins = "größe_" + "x" * 46

    assert column_names([long, other, f" {long}\n"]) == [
        f"{begins}_{mark_of(long)}", f"{begins}_{mark_of(other)}", f"{begins}_{mark_of(long)[:6]}_2",
    ]  # fmt: skip
    assert safe_table(long) == f"größe_{'x' * 32}_{mark_of(long)}"
    empty = [MARKS, "!" * 2000, "\ud800" * 2000]
    assert column_names(empty) == [f"column_{mark_of(name)}" for name in empty]
    assert safe_table(MARKS) == f"data_{mark_of(MARKS)}"


def test_names_of_up_to_three_hundred_characters_are_as_they_were():
    """The same file must find its columns again."""
    safe = "x" * 300

    assert column_names([f" {safe.upper()} "]) == [f"{'x' * 54}_{mark_of(safe)}"]
    assert safe_table(safe) == f"{'x' * 40}_{mark_of(safe)}"


def test_the_nearest_name_is_found_by_its_beginning():
    assert nearest("Agee", ["Age", "Name"]) == "Age"
    assert nearest("x" * 500, ["y", "x" * 400]) == "x" * 80


@pytest.mark.parametrize("headers", [["0" * 51 + " " + "1" * 40], ["x" * 60 + " y", "X" * 60 + " y"], ["a", "a"]])
def test_a_name_that_was_cut_has_one_underscore_where_it_was(headers):
    names = column_names(headers)

    assert column_names(names) == names
    assert not any("__" in name for name in names)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Q3 (report)", "q3__report_"),
        ("x" * 39 + " " + "y" * 30, f"{'x' * 39}__{mark_of('x' * 39 + '_' + 'y' * 30)}"),
        ("x" * 35 + " (old) " + "y" * 30, f"{'x' * 35}__old_{mark_of('x' * 35 + '__old__' + 'y' * 30)}"),
        ("(" * 2000, f"data_{mark_of('(' * 2000)}"),
        ("x (" * 500, f"{'x__' * 13}x_{mark_of('x (' * 500)}"),
    ],
)
def test_the_former_name_of_a_table_is_as_earlier_versions_cut_it(name, table):
    """Otherwise a file no longer finds its table."""
    assert former_name(name) == table


@given(st.lists(st.text(), max_size=30))
def test_names_are_unique_and_fit_postgresql(headers):
    names = column_names(headers)

    assert len(set(names)) == len(headers)
    assert all(0 < len(name.encode()) <= 63 and not name.startswith("_") and name != "id" for name in names)
    assert column_names(names) == names


@pytest.mark.parametrize(
    ("file_name", "table"),
    [
        ("Q3 Report (final).csv", "q3_report_final"),
        ("customers.csv.gz", "customers"),
        ("a.b.csv", "a_b"),
        ("noending", "noending"),
        (".csv", "csv"),
        ("2024-01.xlsx", "c_2024_01"),
        ("C:\\data\\x.json", "x"),
        ("../../etc/passwd", "passwd"),
        ("_hidden.csv", "hidden"),
        ("😀.csv", "data"),
    ],
)
def test_a_file_name_becomes_a_table_name(file_name, table):
    assert table_name_of(file_name) == table


@given(st.text())
def test_table_names_leave_room_for_their_index(text):
    name = safe_table(text)

    assert 0 < len(name.encode()) <= 49
    assert safe_table(name) == name


@pytest.mark.parametrize(
    "headers",
    [
        ["a", "a", "a_2"], ["a_2", "a", "a"], ["a", "a", "a_2", "a_2"], ["", "column_1"], ["b", "", "column_2"],
        ["a", "a"], ["A", "a"], ["id", "source_id", "id"],
    ],
)  # fmt: skip
def test_a_name_in_a_mapping_is_that_of_one_column(headers):
    names = source_names(headers)

    assert len(set(names)) == len(names)
    assert list(map(ColumnPositions(headers).of, names)) == list(range(len(headers)))
