"""What is lost of the notation of numbers is said in a warning."""

from decimal import Decimal
from functools import partial

import pytest

from imports.extraction import opened
from imports.loading import pipeline
from tests.importing import columns_of, corrections_of, import_text, values_of, warnings_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def test_leading_zeros_in_a_column_of_numbers_give_a_warning(tmp_path):
    import_text(tmp_path, "a.csv", "zip,n\n12345,1\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "zip,n\n01234,2\n00501,0\n70000,3\n", table_name="t")

    assert values_of("zip") == [12345, 1234, 501, 70000]
    assert corrections_of("zip") == {"01234": 1234, "00501": 501}
    assert warnings_of(record) == [("leading_zeros", {"column": "zip", "values": 2, "example": "01234"})]


def test_zeros_before_a_decimal_point_give_no_warning(tmp_path):
    import_text(tmp_path, "a.csv", "k,v\na,1.5\nb,0\n", table_name="t")

    assert warnings_of(import_text(tmp_path, "b.csv", "k,v\nc,0.5\nd,+0\n", table_name="t")) == []


def test_another_currency_than_that_of_the_table_gives_a_warning(tmp_path):
    import_text(tmp_path, "a.csv", "k;v\na;12,50 EUR\n", table_name="t")
    same = import_text(tmp_path, "b.csv", "k;v\nb;€ 13,50\n", table_name="t")
    plain = import_text(tmp_path, "c.csv", "k;v\nc;14,50\n", table_name="t")
    other = import_text(tmp_path, "d.csv", "k;v\nd;CHF 15.50\n", table_name="t")

    assert values_of("v") == [Decimal("12.50"), Decimal("13.50"), Decimal("14.50"), Decimal("15.50")]
    assert warnings_of(same) == warnings_of(plain) == []
    assert ("other_currency", {"column": "v", "currency": "CHF", "before": ["EUR"]}) in warnings_of(other)


def test_a_dollar_sign_may_be_any_dollar(tmp_path):
    import_text(tmp_path, "a.csv", "k,v\na,$12.50\n", table_name="t")

    assert warnings_of(import_text(tmp_path, "b.csv", "k,v\nb,13.50 USD\n", table_name="t")) == []
    assert len(warnings_of(import_text(tmp_path, "c.csv", "k,v\nc,13.50 CAD\n", table_name="t"))) == 1


def test_several_currencies_in_a_column_of_numbers_give_a_warning(tmp_path):
    text = "k,amount\na,$-5.00\nb,12.50 EUR\nc,₹12.50\nd,1.00\n"
    record = import_text(tmp_path, "amounts.csv", text, table_name="t", db_schema={"amount": "NUMERIC"})

    assert ("currencies_removed", {"column": "amount", "currencies": ["$", "EUR", "INR"]}) in warnings_of(record)


def test_dashes_among_accounts_are_empty_with_a_warning(tmp_path):
    text = 'k,v\na,"(1,234.00)"\nb, - \nc,–\nd,12.00\n'
    record = import_text(tmp_path, "a.csv", text, table_name="t")
    plain = import_text(tmp_path, "b.csv", "k,v\na,1.50\nb,-\n", table_name="plain")

    assert values_of("v") == [Decimal("-1234.00"), None, None, Decimal("12.00")]
    assert warnings_of(record) == [("dashes_are_empty", {"column": "v", "values": 2})]
    assert values_of("v", "plain") == [Decimal("1.50"), None]
    assert warnings_of(plain) == []


@pytest.mark.parametrize("batch_rows", [1, None])
@pytest.mark.parametrize("amount", ["$5", "(5)"])
def test_dashes_are_counted_where_the_type_was_asked_for_too(tmp_path, monkeypatch, batch_rows, amount):
    monkeypatch.setattr(pipeline, "opened", partial(opened, batch_rows=batch_rows))
    text = f"k,v\na,word\nb,{amount}\nc,-\nd,(x)\n"
    record = import_text(tmp_path, "a.csv", text, table_name="t", db_schema={"v": "INTEGER"})

    assert warnings_of(record) == [("dashes_are_empty", {"column": "v", "values": 1})]


def test_columns_that_are_text_because_the_table_has_no_value_in_them_give_a_warning(tmp_path):
    import_text(tmp_path, "a.csv", "k,credit,due,note\nA,,,x\nB,,,y\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "k,credit,due,note\nC,5.50,2024-01-01,7\n", table_name="t")
    later = import_text(tmp_path, "c.csv", "k,credit,due,note\nD,6.50,2024-01-02,8\n", table_name="t")

    assert values_of("credit") == [None, None, "5.50", "6.50"]
    assert warnings_of(record) == [("no_values_before", {"columns": ["credit", "due"]})]
    assert warnings_of(later) == []


def test_numbers_in_several_notations_are_read_with_the_separators_that_were_asked_for(tmp_path):
    text = "k;a;b;c\n1;1.234,56;12,5 kg;01,5\n2;12.5;3.5 kg;2.25\n3;7,5;NA;3\n"
    record = import_text(tmp_path, "n.csv", text, table_name="t", source_options={"decimal": ","})

    assert values_of("a") == [Decimal("1234.56"), None, Decimal("7.5")]
    assert columns_of("t")["b"] == columns_of("t")["c"] == "text"  # units, a leading zero
    assert ("not_with_marks", {"column": "a", "invalid": 1, "values": 3}) in warnings_of(record)
    assert record.mapping_errors_count == 1


def test_numbers_in_several_notations_are_texts_where_no_separator_was_asked_for(tmp_path):
    record = import_text(tmp_path, "n.csv", "k;a\n1;1.234,56\n2;12.5\n3;7,5\n", table_name="t")

    assert columns_of("t")["a"] == "text"
    assert record.mapping_errors_count == 0


#: File -> warnings.
EXPONENTS = {
    "one among numbers": (
        "k,v\na,1012.5\nb,1e3\nc,NA\n", [("exponent_among_numbers", {"column": "v", "value": "1e3"})],
    ),
    "after many numbers": (
        "k,v\n" + "a,1012.5\n" * 9000 + "b,9E2\n", [("exponent_among_numbers", {"column": "v", "value": "9E2"})],
    ),
    "codes": ("k,v\na,1E10\nb,2E12\n", []),
    "a point before the exponent": ("k,v\na,1012.5\nb,1.5e3\n", []),
    "a sign in the exponent": ("k,v\na,1012.5\nb,1e+3\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPONENTS)
def test_numbers_that_are_text_because_of_a_bare_exponent_give_a_warning(tmp_path, name):
    content, warnings = EXPONENTS[name]

    assert warnings_of(import_text(tmp_path, "a.csv", content, table_name="t")) == warnings


@pytest.mark.parametrize("sql_type", ["NUMERIC", "TEXT"])
def test_a_type_that_was_asked_for_gives_no_warning_of_exponents(tmp_path, sql_type):
    record = import_text(tmp_path, "a.csv", "k,v\na,1012.5\nb,1e3\n", table_name="t", db_schema={"v": sql_type})

    assert warnings_of(record) == []
    assert values_of("v") == ([Decimal("1012.5"), Decimal(1000)] if sql_type == "NUMERIC" else ["1012.5", "1e3"])
