"""Codes stay text, amounts become numbers: through the whole import, in every format."""

import json
from decimal import Decimal

import openpyxl
import pytest

from imports.models import ImportHistory
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_path, import_text, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")


def table_of(folder, name, text, **mapping):
    """The types and the rows of the columns of a file that is imported into a new table."""
    record = import_text(folder, name, text, table_name="t", **mapping)
    types = {
        column: sql_type for column, sql_type in columns_of("t").items() if column in record.mapping_config["db_schema"]
    }
    return types, rows_of("t", " ".join(types))


def values_of(column, table="t"):
    return [row[column] for row in rows_of(table, column)]


def corrections_of(column, table="t"):
    """Before -> after of the corrections of a column."""
    found = [(row["_corrections_applied"] or {}).get(column) for row in rows_of(table)]
    return {change["before"]: change["after"] for change in found if change}


HASHES = (
    "digest,path\n0e830400451993494058024219903391,a.txt\n0e462097431906509019562988736854,b.txt\n"
    "0e545993274517709034328855841020,c.txt\n"
)


def test_digests_of_digits_and_an_e_are_texts_and_a_key_tells_them_apart(tmp_path):
    record = import_text(tmp_path, "hash.csv", HASHES, table_name="t", unique_columns=["digest"])

    assert record.rows_inserted == 3
    assert columns_of("t")["digest"] == "text"
    assert values_of("digest")[0] == "0e830400451993494058024219903391"


def test_digits_with_a_bare_exponent_are_texts_but_numbers_where_a_number_was_asked_for(tmp_path):
    import_text(tmp_path, "rooms.csv", "room,floor\n1E10,1\n2E12,2\n3E01,3\n", table_name="t")
    import_text(tmp_path, "n.csv", "room,floor\n1E3,1\n2E2,2\n", table_name="asked", db_schema={"room": "NUMERIC"})

    assert values_of("room") == ["1E10", "2E12", "3E01"]
    assert values_of("room", "asked") == [1000, 200]
    assert corrections_of("room", "asked") == {"1E3": 1000, "2E2": 200}


def test_numbers_in_scientific_notation_are_numbers(tmp_path):
    import_text(tmp_path, "s.csv", "v\n1.5e3\n1e+3\n2.5E-2\n", table_name="t")

    assert values_of("v") == [1500, 1000, Decimal("0.025")]


@pytest.mark.parametrize("word", ["NO", "yes", "TRUE"])
def test_one_word_of_a_pair_alone_is_a_text(tmp_path, word):
    types, rows = table_of(tmp_path, "w.csv", f"name,land\na,{word}\nb,{word}\n")

    assert types["land"] == "text"
    assert [row["land"] for row in rows] == [word, word]


def test_one_word_is_a_yes_no_value_where_the_table_has_them(tmp_path):
    import_text(tmp_path, "a.csv", "k,v\na,yes\nb,no\n", table_name="t")
    import_text(tmp_path, "b.csv", "k,v\nc,NO\n", table_name="t")

    assert values_of("v") == [True, False, False]


def test_truth_values_of_json_and_excel_are_no_words(tmp_path):
    book = openpyxl.Workbook()
    for row in (("k", "v"), ("a", True), ("b", True)):
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    import_path(tmp_path / "b.xlsx", table_name="excel")
    import_text(tmp_path, "b.json", '[{"k": "a", "v": true}, {"k": "b", "v": true}]', table_name="json")

    assert values_of("v", "excel") == values_of("v", "json") == [True, True]


AMOUNTS = (
    'acct,amount\nA,"(1,234.56)"\nB,123.45-\nC,$-5.00\nD,−12.00\nE,"1,00,000.00"\nF,12.50 EUR\nG,($30.00)\nH,10.00\n'
    "I,₹12.50\n"
)
NUMBERS = ["-1234.56", "-123.45", "-5.00", "-12.00", "100000.00", "12.50", "-30.00", "10.00", "12.50"]


def test_amounts_are_numbers_where_a_number_was_asked_for(tmp_path):
    import_text(tmp_path, "amounts.csv", AMOUNTS, table_name="t", db_schema={"amount": "NUMERIC"})

    assert values_of("amount") == [Decimal(number) for number in NUMBERS]
    assert len(corrections_of("amount")) == 8


def test_amounts_in_several_currencies_are_texts(tmp_path):
    types, _ = table_of(tmp_path, "amounts.csv", AMOUNTS)

    assert types["amount"] == "text"


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["(1,234.56)", "2,000.00", "(50.00)"], ["-1234.56", "2000.00", "-50.00"]),
        (["123.45-", "10.00", "99.10-"], ["-123.45", "10.00", "-99.10"]),
        (["12,50 kr", "1 250,00 kr", "-3,10 kr"], ["12.50", "1250.00", "-3.10"]),
        (["Rs. 1,00,000.00", "(Rs. 500.00)"], ["100000.00", "-500.00"]),
        (["CHF 12.50", "CHF 1’000.–"], ["12.50", "1000"]),
        (["$1,234.00", "$ -", "$(30.00)"], ["1234.00", "0", "-30.00"]),
        (["1 234,50 €", "-5,00 €"], ["1234.50", "-5.00"]),
    ],
)
def test_amounts_of_one_currency_are_numbers(tmp_path, texts, numbers):
    text = "k;amount\n" + "".join(f"{at};{text}\n" for at, text in enumerate(texts))
    types, rows = table_of(tmp_path, "amounts.csv", text)

    assert types["amount"] == "numeric"
    assert [row["amount"] for row in rows] == [Decimal(number) for number in numbers]


@pytest.mark.parametrize(
    "texts", [["(1)", "(2)"], ["12-", "13-"], ["RM101", "RM102"], ["5 PCS", "7 PCS"], ["1-2", "3-4"]]
)
def test_numbering_codes_and_quantities_are_no_amounts(tmp_path, texts):
    types, rows = table_of(tmp_path, "codes.csv", "k,v\n" + "".join(f"x,{text}\n" for text in texts))

    assert types["v"] == "text"
    assert [row["v"] for row in rows] == texts


def test_amounts_that_json_and_excel_call_texts_stay_texts_until_a_number_is_asked_for(tmp_path):
    records = json.dumps([{"v": "(1,234.56)"}, {"v": "12.50-"}])
    book = openpyxl.Workbook()
    for row in (("v",), ("(1,234.56)",), ("12.50-",)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    asked = {"db_schema": {"v": "NUMERIC"}}
    import_text(tmp_path, "a.json", records, table_name="texts")
    import_text(tmp_path, "b.json", records, table_name="json", **asked)
    import_path(tmp_path / "a.xlsx", table_name="excel", **asked)

    assert values_of("v", "texts") == ["(1,234.56)", "12.50-"]
    assert values_of("v", "json") == values_of("v", "excel") == [Decimal("-1234.56"), Decimal("-12.50")]


def test_amounts_in_xml_are_numbers(tmp_path):
    rows = "".join(f"<r><v>{text}</v></r>" for text in ("($1,234.56)", "$12.50", "−$3.00"))
    import_text(tmp_path, "a.xml", f"<rs>{rows}</rs>", table_name="t")

    assert values_of("v") == [Decimal("-1234.56"), Decimal("12.50"), Decimal("-3.00")]


def test_numbers_of_json_in_scientific_notation_are_numbers(tmp_path):
    import_text(tmp_path, "a.json", '[{"v": 1E3}, {"v": 2e2}]', table_name="t")

    assert values_of("v") == [1000, 200]


FORMULAS = 'sku,qty\n="00123",1\n="00456",2\n'


def test_a_formula_that_gives_a_text_is_that_text(tmp_path):
    types, rows = table_of(tmp_path, "f.csv", FORMULAS)

    assert types == {"sku": "text", "qty": "integer"}
    assert [row["sku"] for row in rows] == ["00123", "00456"]
    assert rows_of("t")[0]["_corrections_applied"]["sku"] == {
        "before": '="00123"', "after": "00123", "correction_type": "type_coercion", "target_type": "TEXT",
    }  # fmt: skip


def test_formulas_that_give_a_text_are_read_quoted_too_and_beside_other_values(tmp_path):
    text = 'a,b,c\n"=""007""","=""say """"x"""""",2024-01-05\nx,y,"=""2024-01-06"""\n="5",=A1+B1,\n'
    types, rows = table_of(tmp_path, "f.csv", text)

    assert types == {"a": "text", "b": "text", "c": "date"}
    assert [row["a"] for row in rows] == ["007", "x", "5"]
    assert [row["b"] for row in rows] == ['say "x"', "y", "=A1+B1"]


@pytest.mark.parametrize("formula", ["=A1+B1", '="a"&A1', '=SUM("x")', '="a', "='00123'"])
def test_other_formulas_stay_as_they_are(tmp_path, formula):
    quoted = '"' + formula.replace('"', '""') + '"'
    _, rows = table_of(tmp_path, "f.csv", f"a,b\n{quoted},1\nx,2\n")

    assert rows[0]["a"] == formula


def test_formulas_in_json_and_excel_are_texts_as_they_are(tmp_path):
    import_text(tmp_path, "f.json", json.dumps([{"a": '="00123"'}]), table_name="t")

    assert values_of("a") == ['="00123"']


def test_a_formula_in_a_column_of_numbers_is_the_number_in_it(tmp_path):
    import_text(tmp_path, "a.csv", "sku,qty\n5,1\n", table_name="t")
    record = import_text(tmp_path, "b.csv", FORMULAS, table_name="t")

    assert record.mapping_errors_count == 0
    assert values_of("sku") == [5, 123, 456]
    assert corrections_of("sku") == {'="00123"': 123, '="00456"': 456}


@pytest.mark.parametrize(
    "values",
    [
        ["192.168.100.101", "192.168.100.102", "10.200.100.250"],
        ["501 234 567", "600 123 456"],
        ["12 345", "98 765"],
        ["100.200.300", "101.201.301"],
    ],
)
def test_digit_groups_that_nothing_bears_out_as_thousands_are_texts(tmp_path, values):
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
def test_digit_groups_that_something_bears_out_are_thousands(tmp_path, values, first):
    _, rows = table_of(tmp_path, "numbers.csv", "k;v\n" + "".join(f"x;{value}\n" for value in values))

    assert rows[0]["v"] == first


def test_neighbours_bear_out_thousands_but_no_addresses_and_telephone_numbers(tmp_path):
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


def warned(record):
    return [(warning["code"], warning["params"]) for warning in record.warning_details]


def test_leading_zeros_in_a_column_of_numbers_are_said(tmp_path):
    import_text(tmp_path, "a.csv", "zip,n\n12345,1\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "zip,n\n01234,2\n00501,0\n70000,3\n", table_name="t")

    assert values_of("zip") == [12345, 1234, 501, 70000]
    assert corrections_of("zip") == {"01234": 1234, "00501": 501}
    assert warned(record) == [("leading_zeros", {"column": "zip", "values": 2, "example": "01234"})]


def test_zeros_before_a_decimal_point_are_not_said(tmp_path):
    import_text(tmp_path, "a.csv", "k,v\na,1.5\nb,0\n", table_name="t")

    assert warned(import_text(tmp_path, "b.csv", "k,v\nc,0.5\nd,+0\n", table_name="t")) == []


def test_another_currency_than_that_of_the_table_is_said(tmp_path):
    import_text(tmp_path, "a.csv", "k;v\na;12,50 EUR\n", table_name="t")
    same = import_text(tmp_path, "b.csv", "k;v\nb;€ 13,50\n", table_name="t")
    plain = import_text(tmp_path, "c.csv", "k;v\nc;14,50\n", table_name="t")
    other = import_text(tmp_path, "d.csv", "k;v\nd;CHF 15.50\n", table_name="t")

    assert values_of("v") == [Decimal("12.50"), Decimal("13.50"), Decimal("14.50"), Decimal("15.50")]
    assert warned(same) == warned(plain) == []
    assert ("other_currency", {"column": "v", "currency": "CHF", "before": ["EUR"]}) in warned(other)


def test_a_dollar_sign_may_be_any_dollar(tmp_path):
    import_text(tmp_path, "a.csv", "k,v\na,$12.50\n", table_name="t")

    assert warned(import_text(tmp_path, "b.csv", "k,v\nb,13.50 USD\n", table_name="t")) == []
    assert len(warned(import_text(tmp_path, "c.csv", "k,v\nc,13.50 CAD\n", table_name="t"))) == 1


def test_several_currencies_in_a_column_of_numbers_are_said(tmp_path):
    record = import_text(tmp_path, "amounts.csv", AMOUNTS, table_name="t", db_schema={"amount": "NUMERIC"})

    assert ("currencies_removed", {"column": "amount", "currencies": ["$", "EUR", "INR"]}) in warned(record)


def test_dashes_among_accounts_are_empty_and_said(tmp_path):
    text = 'k,v\na,"(1,234.00)"\nb, - \nc,–\nd,12.00\n'
    record = import_text(tmp_path, "a.csv", text, table_name="t")
    plain = import_text(tmp_path, "b.csv", "k,v\na,1.50\nb,-\n", table_name="plain")

    assert values_of("v") == [Decimal("-1234.00"), None, None, Decimal("12.00")]
    assert warned(record) == [("dashes_are_empty", {"column": "v", "values": 2})]
    assert values_of("v", "plain") == [Decimal("1.50"), None]
    assert warned(plain) == []


def test_columns_that_are_text_because_the_table_has_no_value_in_them_are_said(tmp_path):
    import_text(tmp_path, "a.csv", "k,credit,due,note\nA,,,x\nB,,,y\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "k,credit,due,note\nC,5.50,2024-01-01,7\n", table_name="t")
    later = import_text(tmp_path, "c.csv", "k,credit,due,note\nD,6.50,2024-01-02,8\n", table_name="t")

    assert values_of("credit") == [None, None, "5.50", "6.50"]
    assert warned(record) == [("no_values_before", {"columns": ["credit", "due"]})]
    assert warned(later) == []


def test_a_plan_of_the_first_rules_reads_what_it_read_then(tmp_path):
    asked = {"db_schema": {"v": "NUMERIC"}}
    record = import_text(tmp_path, "a.csv", "k;v\na;1.50\nb;(5.00)\nc;$7\nd;8 EUR\n", table_name="t", **asked)
    assert values_of("v") == [Decimal("1.50"), -5, 7, 8]
    config = {**record.mapping_config, "rules_version": 1}
    ImportHistory.objects.filter(pk=record.pk).update(mapping_config=config)

    undo_import(record.pk, TESTER)
    redo_import(record.pk, TESTER)

    assert values_of("v") == [Decimal("1.50"), None, 7, None]


def test_a_formula_stays_the_text_it_gives_after_undo_and_redo(tmp_path):
    record = import_text(tmp_path, "f.csv", FORMULAS, table_name="t")
    undo_import(record.pk, TESTER)
    redo_import(record.pk, TESTER)

    assert values_of("sku") == ["00123", "00456"]


@pytest.mark.parametrize(
    ("values", "asked"), [(["12,50 EUR", "EUR 13,00", "-4,00 €"], True), (["AB-12", "CD-13"], False)]
)
def test_amounts_with_a_few_other_values_are_asked_about_and_codes_are_not(tmp_path, values, asked):
    text = "k;v\n" + "".join(f"x;{value}\n" for value in [*values, "unknown"])
    record = import_text(tmp_path, "a.csv", text, table_name="t")

    assert [code for code, _ in warned(record)] == ["near_miss"] * asked
