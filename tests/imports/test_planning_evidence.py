"""Which reading of a column is taken where its values fit several: other columns, earlier imports, and questions."""

from decimal import Decimal

import pytest

from imports.analysis.analyse import analyse
from imports.mapping import parse_mapping
from imports.sources.upload import from_disk
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_path, import_text, query

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def looked_at(folder, name, text, **mapping):
    (folder / name).write_text(text)
    with from_disk(folder / name) as source:
        return analyse(source, parse_mapping(mapping))


def values(table, column):
    return [value for (value,) in query(f'SELECT "{column}"::text FROM "{table}" ORDER BY id')]


def codes(record):
    return [warning["code"] for warning in record.warning_details]


def evidence_of(record, column):
    (found,) = [one for one in record.mapping_config["columns"] if one["name"] == column]
    return [(item["code"], item["params"].get("column")) for item in found.get("evidence", ())]


# --- numbers: the other columns of the file


def test_a_neighbour_with_a_decimal_comma_makes_dots_thousands(tmp_path):
    record = import_text(tmp_path, "t.csv", "artikel;menge;preis\nA;1.234;12,50\nB;2.500;3,99\nC;3.100;1.250,00\n")

    assert (columns_of("t")["menge"], values("t", "menge")) == ("integer", ["1234", "2500", "3100"])
    assert (record.warnings, values("t", "preis")) == ([], ["12.50", "3.99", "1250.00"])
    assert ("neighbour_decimal", "preis") in evidence_of(record, "menge")


def test_a_neighbour_decides_for_a_column_that_exists(tmp_path):
    import_text(tmp_path, "a.csv", "k;menge\nA;5\nB;7\n", table_name="t")
    text = "k;menge;preis\nC;1.000;2,50\nD;3;4,99\nE;12.000;1,00\n"

    record = import_text(tmp_path, "b.csv", text, table_name="t")

    assert values("t", "menge") == ["5", "7", "1000", "3", "12000"]
    assert record.warnings == []
    assert query("SELECT _corrections_applied->'menge'->>'before' FROM t ORDER BY id") == [
        (None,), (None,), ("1.000",), (None,), ("12.000",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "menge"),
    [
        ("a,menge,price\nx,1.234,2.50\ny,2.500,3.75\n", ["1.234", "2.500"]),
        ('a,menge,price\nx,"1,234",2.50\ny,"2,500",3.75\n', ["1234", "2500"]),
        ("a|menge|price\nx|1,234|2,50\ny|2,500|3,75\n", ["1.234", "2.500"]),
        ("a|menge|price\nx|1.234|1.234.567\ny|2.500|12.345\n", ["1234", "2500"]),
    ],
)
def test_a_neighbour_decides_either_way(tmp_path, text, menge):
    record = import_text(tmp_path, "t.csv", text)

    assert (values("t", "menge"), record.warnings) == (menge, [])


@pytest.mark.parametrize(
    ("text", "menge", "code"),
    [
        ("a,menge\nx,1.234\ny,2.500\n", ["1.234", "2.500"], "ambiguous_point"),
        ("a|menge\nx|1,234\ny|1,000\n", ["1234", "1000"], "ambiguous_comma"),
        ("a;menge\nx;1.234\ny;2.500\n", ["1234", "2500"], "ambiguous_point"),
        ("a|menge|up|down\nx|1.234|2,50|2.50\ny|2.500|3,75|3.75\n", ["1.234", "2.500"], "ambiguous_point"),
        ("a|menge|host\nx|1.234|192.168.100.101\ny|2.500|192.168.100.102\n", ["1.234", "2.500"], "ambiguous_point"),
    ],
)
def test_what_no_evidence_decides_gives_a_warning(tmp_path, text, menge, code):
    record = import_text(tmp_path, "t.csv", text)

    assert values("t", "menge") == menge
    assert code in codes(record)


def test_dots_that_can_only_be_decimals_are_not_asked_about(tmp_path):
    record = import_text(tmp_path, "t.csv", "a,b,c,d\n1.5,0.125,1.2345,3\n1.125,2.250,1.125,4\n")

    assert record.warnings == []


NOT_WHOLE = [
    # file, its values, a warning, errors
    ("k|n\nB|1.234\nC|2.500\n", ["5", "1234", "2500"], [], 0),
    ("k|n|p\nB|1.234|2.50\nC|2.500|3.50\n", ["5", "1234", "2500"], ["ambiguous_point"], 0),
    ("k|n|p\nB|1,234|2,50\nC|2,500|3,50\n", ["5", "1234", "2500"], ["ambiguous_comma"], 0),
    (
        "k|n|p|q\nB|1.234|2.50|0.5\nC|5678|3.50|0.5\nD|9876|1.50|0.5\n",
        ["5", None, "5678", "9876"],
        ["invalid_values"],
        1,
    ),
]


@pytest.mark.parametrize(("text", "stored", "warned", "errors"), NOT_WHOLE)
def test_values_that_fit_whole_numbers_against_the_file_give_a_warning(tmp_path, text, stored, warned, errors):
    import_text(tmp_path, "a.csv", "k|n|p|q\nA|5||\n", table_name="t", db_schema={"p": "NUMERIC", "q": "NUMERIC"})

    record = import_text(tmp_path, "b.csv", text, table_name="t")

    assert values("t", "n") == stored
    assert ([code for code in codes(record) if code != "no_values"], record.mapping_errors_count) == (warned, errors)


def test_grouped_numbers_in_a_column_of_whole_numbers_give_a_warning_where_nothing_decides(tmp_path):
    import_text(tmp_path, "a.csv", "k|n\nA|5\n", table_name="t")

    record = import_text(tmp_path, "b.csv", "k|n\nB|1.000\nC|3\n", table_name="t")

    assert (values("t", "n"), codes(record)) == (["5", "1000", "3"], ["ambiguous_point"])


@pytest.mark.parametrize("headers", ["lat,lon", "Latitude,Longitude", "geo.lat,geo.lng", "startLat,startLon"])
def test_coordinates_have_decimals(tmp_path, headers):
    record = import_text(tmp_path, "t.csv", f"{headers}\n52.123,13.456\n48.137,11.575\n")

    assert (record.warnings, query('SELECT * FROM "t"')[0][1:3]) == ([], (Decimal("52.123"), Decimal("13.456")))


@pytest.mark.parametrize("name", ["t.json", "t.ndjson"])
def test_numbers_of_a_format_with_numbers_are_never_ambiguous(tmp_path, name):
    text = '{"k": "a", "n": 1.234}\n{"k": "b", "n": 2.125}\n'
    record = import_text(tmp_path, name, text if name == "t.ndjson" else f"[{text.strip().replace(chr(10), ',')}]")

    assert (record.warnings, values("t", "n")) == ([], ["1.234", "2.125"])


def test_xml_is_judged_like_delimited_text(tmp_path):
    rows = "".join(f"<r><n>{n}</n><p>{p}</p></r>" for n, p in [("1.234", "2,50"), ("2.500", "3,75")])

    record = import_text(tmp_path, "t.xml", f"<d>{rows}</d>")

    assert (values("t", "n"), record.warnings) == (["1234", "2500"], [])


def test_separators_that_were_asked_for_are_obeyed(tmp_path):
    text = "a|menge|price\nx|1.234|2,50\ny|2.500|3,75\n"
    record = import_text(tmp_path, "t.csv", text, source_options={"decimal": "."})

    assert (values("t", "menge"), values("t", "price")) == (["1.234", "2.500"], ["2,50", "3,75"])
    assert [warning["code"] for warning in record.warning_details] == ["no_number_with_marks"]


# --- dates: the other columns of the file


TWO_DATES = "a,b\n03/04/2024,25/12/2024\n05/06/2024,01/02/2024\n"


def test_a_neighbour_decides_the_order_of_day_and_month(tmp_path):
    record = import_text(tmp_path, "t.csv", TWO_DATES)

    assert values("t", "a") == ["2024-04-03", "2024-06-05"]
    assert (evidence_of(record, "a"), record.warnings) == ([("neighbour_date_order", "b")], [])


def test_neighbours_that_disagree_decide_nothing(tmp_path):
    record = import_text(tmp_path, "t.csv", "a,b,c\n03/04/2024,25/12/2024,12/25/2024\n")

    assert (codes(record), values("t", "a")) == (["ambiguous_date_order"], ["2024-03-04"])


def test_a_majority_of_the_columns_decides_nothing(tmp_path):
    record = import_text(tmp_path, "t.csv", "a|b|c|d\n1,50|2,50|1.5|1.234\n2,50|3,75|2.25|5.678\n")

    assert codes(record) == ["ambiguous_point"]
    assert evidence_of(record, "d") == [("neighbour_decimal", "a"), ("neighbour_decimal", "c")]


def test_a_plan_names_two_columns_that_show_a_notation_however_many_do(tmp_path):
    names = "a1;a2;a3;a4;b"
    record = import_text(tmp_path, "t.csv", f"{names}\n1,5;2,5;3,5;4,5;1.234\n1,5;2,5;3,5;4,5;5.678\n")

    assert evidence_of(record, "b") == [("neighbour_decimal", "a1"), ("neighbour_decimal", "a2"), ("semicolons", None)]


def test_an_iso_date_says_nothing_of_the_order(tmp_path):
    assert codes(import_text(tmp_path, "t.csv", "a,b\n03/04/2024,2024-12-25\n")) == ["ambiguous_date_order"]


# --- the earlier imports of the table


def test_earlier_imports_decide_for_a_column(tmp_path):
    import_text(tmp_path, "a.csv", "day,n\n25/12/2024,1\n", table_name="t")

    record = import_text(tmp_path, "b.csv", "day,n\n03/04/2024,2\n", table_name="t")

    assert values("t", "day") == ["2024-12-25", "2024-04-03"]
    assert (evidence_of(record, "day"), record.warnings) == ([("earlier_date_order", "day")], [])


def test_an_import_that_was_undone_is_no_evidence(tmp_path):
    import_text(tmp_path, "a.csv", "day,n\n12/24/2024,1\n", table_name="t")
    undo_import(import_text(tmp_path, "b.csv", "day,n\n25/12/2024,1\n", table_name="t").pk, TESTER)

    import_text(tmp_path, "c.csv", "day,n\n03/04/2024,2\n", table_name="t")

    assert values("t", "day") == ["2024-12-24", "2024-03-04"]


def test_what_was_only_assumed_is_no_evidence(tmp_path):
    import_text(tmp_path, "a.csv", "day,n\n03/02/2024,1\n", table_name="t")

    record = import_text(tmp_path, "b.csv", "day,n\n03/04/2024,2\n", table_name="t")

    assert (codes(record), evidence_of(record, "day")) == (["ambiguous_date_order"], [])


def test_a_file_that_contradicts_the_history_of_a_column_is_asked_about(tmp_path):
    import_text(tmp_path, "a.csv", "n|p\n1.234|2,50\n", table_name="t")

    record = import_text(tmp_path, "b.csv", "n|q\n2.000|2.50\n", table_name="t", strategy="extend_table")

    assert (values("t", "n"), codes(record)) == (["1234", "2000"], ["ambiguous_point"])
    assert evidence_of(record, "n") == [("neighbour_decimal", "q"), ("earlier_decimal", "n")]


def test_a_redo_never_decides_again(tmp_path):
    first = import_text(tmp_path, "a.csv", "day,n\n25/12/2024,1\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "day,n\n03/04/2024,2\n", table_name="t")
    undo_import(second.pk, TESTER)
    undo_import(first.pk, TESTER)

    redo_import(second.pk, TESTER)

    assert values("t", "day") == ["2024-04-03"]


# --- the preview


def test_the_preview_shows_the_evidence(tmp_path):
    found = looked_at(tmp_path, "t.csv", TWO_DATES)["columns"]

    assert found[0]["questions"] == []
    assert found[0]["reasons"] == [{
        "about": "date_order", "value": "DMY", "weight": 4, "code": "neighbour_date_order",
        "params": {"column": "b", "value": "DMY"}, "reason": "Column “b” has dates as day/month/year.",
    }]  # fmt: skip
    assert found[1]["reasons"] == []


def test_the_preview_asks_about_dots(tmp_path):
    (question,) = looked_at(tmp_path, "t.csv", "a;menge\nx;1.234\ny;2.500\n")["columns"][1]["questions"]

    assert question["option"] == "decimal"
    assert question["choices"] == [{"choice": ",", "reads": "1234"}, {"choice": ".", "reads": "1.234"}]


def test_an_import_as_proposed_makes_what_an_import_without_a_preview_makes(tmp_path):
    proposed = looked_at(tmp_path, "a.csv", "n;p\n1.234;2,50\n5;3,75\n")["mapping"]
    import_path(tmp_path / "a.csv", **proposed | {"table_name": "with_preview"})
    import_path(tmp_path / "a.csv", table_name="without")

    assert query("SELECT n, p FROM with_preview ORDER BY id") == query('SELECT n, p FROM "without" ORDER BY id')
    assert columns_of("with_preview") == columns_of("without")


# --- lists of numbers, and durations


@pytest.mark.parametrize(
    ("values_in_file", "asked"),
    [
        (['"101,102,103"', '"204,305"'], True),
        (['"101,102"', "103"], True),
        (['"1,234,567"', '"234,567"'], False),
        (['"101,102,103.5"', '"204,305"'], False),
        (['"$101,102"', '"$204,305"'], False),
        (['"101,102,103"', "12"], False),
    ],
)
def test_groups_of_three_digits_may_be_a_list(tmp_path, values_in_file, asked):
    record = import_text(tmp_path, "t.csv", "k,rooms\n" + "".join(f"{n},{v}\n" for n, v in enumerate(values_in_file)))

    assert ("ambiguous_list" in codes(record)) == asked
    assert columns_of("t")["rooms"] in ("integer", "numeric")


def test_thousands_in_another_column_show_that_it_is_no_list(tmp_path):
    record = import_text(tmp_path, "t.csv", 'a,b\n"101,102","1,234.50"\n"204,305","99.00"\n')

    assert (record.warnings, values("t", "a")) == ([], ["101102", "204305"])


def test_a_list_in_a_column_of_numbers_gives_a_warning(tmp_path):
    import_text(tmp_path, "a.csv", "k,n\n1,5\n", table_name="t")

    record = import_text(tmp_path, "b.csv", 'k,n\n2,"101,102,103"\n', table_name="t")

    assert (codes(record), values("t", "n")) == (["list_in_numbers"], ["5", "101102103"])


def test_lists_are_asked_about_and_can_be_texts(tmp_path):
    found = looked_at(tmp_path, "t.csv", 'k,ids\n1,"101,102,103"\n2,"204,305"\n')
    (question,) = found["columns"][1]["questions"]

    assert (question["option"], question["value"]) == ("db_schema", "101,102,103")
    assert question["choices"] == [
        {"choice": "INTEGER", "reads": "101102103"}, {"choice": "TEXT", "reads": "101,102,103"},
    ]  # fmt: skip
    record = import_path(tmp_path / "t.csv", db_schema={"ids": "TEXT"})
    assert (record.warnings, values("t", "ids")) == ([], ["101,102,103", "204,305"])


@pytest.mark.parametrize("header", ["len", "Duration", "trackLength", "Spieldauer (min)", "time (mm:ss)", "Durée"])
def test_minutes_and_seconds_are_asked_about_below_a_header_of_a_duration(tmp_path, header):
    record = import_text(tmp_path, "t.csv", f"song,{header}\na,03:45\nb,04:20\nc,NA\n")

    assert codes(record) == ["ambiguous_duration"]
    assert list(columns_of("t").values())[2] == "time without time zone"


@pytest.mark.parametrize(
    ("header", "first"),
    [("opens", "08:30"), ("time", "03:45"), ("calendar", "03:45"), ("duration (hh:mm)", "03:45"), ("len", "00:03:45")],
)
def test_times_of_day_are_not_asked_about(tmp_path, header, first):
    assert import_text(tmp_path, "t.csv", f"k,{header}\na,{first}\nb,04:20\n").warnings == []


def test_a_duration_that_is_answered_as_text_is_not_asked_about_again(tmp_path):
    found = looked_at(tmp_path, "t.csv", "song,len\na,03:45\n", db_schema={"len": "TEXT"})["columns"][1]

    assert (found["questions"], found["sql_type"]) == ([], "TEXT")
