"""Digits in groups are codes until something shows that the separators are those of thousands."""

from decimal import Decimal

import pytest

from tests.importing import columns_of, import_text, table_of, values_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


@pytest.mark.parametrize(
    "values",
    [
        ["192.168.100.101", "192.168.100.102", "10.200.100.250"],
        ["501 234 567", "600 123 456"],
        ["12 345", "98 765"],
        ["100.200.300", "101.201.301"],
    ],
)
def test_digit_groups_that_nothing_shows_to_be_thousands_are_texts(tmp_path, values):
    types, rows = table_of(tmp_path, "codes.csv", "k;v\n" + "".join(f"x;{value}\n" for value in values))

    assert types["v"] == "text"
    assert [row["v"] for row in rows] == values


@pytest.mark.parametrize(
    ("values", "first"),
    [
        (["1,234,567", "2,345,678"], 1234567),
        (["1'234'567", "2'345'678"], 1234567),
        (["12 345", "1 098 765"], 12345),
        (["12 345", "765"], 12345),
        (["12 345,50", "12 098,10"], Decimal("12345.50")),
        (["12\u00a0345", "12\u202f098"], 12345),
        (["12 345 kr", "12 098 kr"], 12345),
        (["1.234.567", "12.345"], 1234567),
    ],
)
def test_digit_groups_that_something_shows_to_be_thousands_are_thousands(tmp_path, values, first):
    _, rows = table_of(tmp_path, "numbers.csv", "k;v\n" + "".join(f"x;{value}\n" for value in values))

    assert rows[0]["v"] == first


def test_other_columns_show_thousands_but_no_addresses_and_telephone_numbers(tmp_path):
    text = (
        "host;phone;pieces;price\n192.168.100.101;501 234 567;12 345;1 250,00\n"
        "192.168.100.102;600 123 456;98 765;12,50\n"
    )
    types, _ = table_of(tmp_path, "codes.csv", text)

    assert types == {"host": "text", "phone": "text", "pieces": "integer", "price": "numeric"}


def test_addresses_are_texts_beside_a_decimal_comma_too(tmp_path):
    text = "host;price\n192.168.100.101;1.250,00\n192.168.100.102;12,50\n"
    types, _ = table_of(tmp_path, "codes.csv", text)
    import_text(tmp_path, "b.csv", text, table_name="asked", source_options={"decimal": ","})

    assert types["host"] == columns_of("asked")["host"] == "text"


def test_dates_and_times_in_groups_of_digits_stay_what_they_are(tmp_path):
    text = "d;t;s\n2024-01-05;10:30:00;05.02.2024\n2024-01-06;11:30:00;17.02.2024\n"

    assert table_of(tmp_path, "d.csv", text)[0] == {"d": "date", "t": "time without time zone", "s": "date"}


def test_separators_that_were_asked_for_are_thousands(tmp_path):
    import_text(tmp_path, "a.csv", "k;v\na;12 345\nb;98 765\n", table_name="t", source_options={"thousands": " "})

    assert values_of("v") == [12345, 98765]
