"""Headers and file names as identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.names import column_names, safe_table, table_name_of


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
        ('"; DROP TABLE users; --', "drop_table_users____"),
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


@given(st.lists(st.text(), max_size=30))
def test_names_are_unique_and_fit_postgresql(headers):
    names = column_names(headers)

    assert len(set(names)) == len(headers)
    assert all(0 < len(name.encode()) <= 63 and not name.startswith("_") and name != "id" for name in names)
    assert column_names(names) == names


@pytest.mark.parametrize(
    ("file_name", "table"),
    [
        ("Q3 Report (final).csv", "q3_report__final_"),
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
