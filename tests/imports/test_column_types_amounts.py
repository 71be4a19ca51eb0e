"""Amounts with signs and currencies are numbers, in every format; codes and quantities are texts."""

import json
from decimal import Decimal

import openpyxl
import pytest

from imports.models import ImportHistory
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, corrections_of, import_path, import_text, table_of, values_of, warnings_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


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


def test_a_plan_of_the_first_rules_reads_what_it_read_then(tmp_path):
    asked = {"db_schema": {"v": "NUMERIC"}}
    record = import_text(tmp_path, "a.csv", "k;v\na;1.50\nb;(5.00)\nc;$7\nd;8 EUR\n", table_name="t", **asked)
    assert values_of("v") == [Decimal("1.50"), -5, 7, 8]
    config = {**record.mapping_config, "rules_version": 1}
    ImportHistory.objects.filter(pk=record.pk).update(mapping_config=config)

    undo_import(record.pk, TESTER)
    redo_import(record.pk, TESTER)

    assert values_of("v") == [Decimal("1.50"), None, 7, None]


@pytest.mark.parametrize(
    ("values", "asked"), [(["12,50 EUR", "EUR 13,00", "-4,00 €"], True), (["AB-12", "CD-13"], False)]
)
def test_amounts_with_a_few_other_values_are_asked_about_and_codes_are_not(tmp_path, values, asked):
    text = "k;v\n" + "".join(f"x;{value}\n" for value in [*values, "unknown"])
    record = import_text(tmp_path, "a.csv", text, table_name="t")

    assert [code for code, _ in warnings_of(record)] == ["near_miss"] * asked
