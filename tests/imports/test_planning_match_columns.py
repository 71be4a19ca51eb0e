"""A column of a file is the table's column that had its header, whatever the order of the columns."""

import itertools
import json
from decimal import Decimal
from importlib import import_module
from io import BytesIO

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from imports.analysis.analyse import analyse
from imports.errors import CannotRedo, MappingDoesNotFit
from imports.identifiers import Spelling, UniqueNames, safe_column, source_names, spelled
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.planning.match_columns import match_columns
from imports.sources import upload
from imports.table_description import HeaderUse, TableColumn, TableDescription
from lineage.undo import redo_import, undo_import
from tests.examples import examples
from tests.importing import TESTER, columns_of, import_path, import_text, query, rows_of, warnings_of

pytestmark = pytest.mark.usefixtures("in_this_process")

PRICES = "sku,Price ($),Price (€)\nA,1.00,9.00\n"


def codes_of(record):
    return [code for code, _ in warnings_of(record)]


def values_by_header(table):
    """Each row's values under the headers that its import had for them."""
    plans = {record.pk: record.mapping_config["columns"] for record in ImportHistory.objects.filter(table_name=table)}
    return [
        sorted((column["header"], row[column["name"]]) for column in plans[row["_import_id"]])
        for row in rows_of(table)
    ]  # fmt: skip


# --- the same headers in another order


def test_prices_stay_with_their_currency_whatever_the_order(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    b = import_text(tmp_path, "b.csv", "sku,Price (€),Price ($)\nB,9.00,1.00\n", table_name="t")
    c = import_text(tmp_path, "c.csv", "sku,Price (€)\nC,9.50\n", table_name="t")

    assert (b.import_strategy, codes_of(b), codes_of(c)) == ("merge_exact", [], [])
    assert query("SELECT sku, price, price_2 FROM t ORDER BY id") == [
        ("A", Decimal("1.00"), Decimal("9.00")), ("B", Decimal("1.00"), Decimal("9.00")), ("C", None, Decimal("9.50")),
    ]  # fmt: skip


def as_csv(headers, values):
    return "t.csv", ",".join(headers) + "\n" + ",".join(values) + "\n"


def as_json(headers, values):
    return "t.json", json.dumps([dict(zip(headers, values, strict=True))], ensure_ascii=False)


def as_excel(headers, values):
    book = openpyxl.Workbook()
    book.active.append(headers)
    book.active.append(values)
    stream = BytesIO()
    book.save(stream)
    return "t.xlsx", stream.getvalue()


@pytest.mark.parametrize("written", [as_csv, as_json, as_excel])
def test_each_format_finds_its_columns(atlas_db, tmp_path, written):
    headers, values = ["sku", "Price ($)", "Price (€)"], ["A", "one", "nine"]
    import_text(tmp_path, *written(headers, values), table_name="t")
    import_text(tmp_path, *written(headers[::-1], ["neuf", "un", "B"]), table_name="t")

    assert query("SELECT sku, price, price_2 FROM t ORDER BY id") == [("A", "one", "nine"), ("B", "un", "neuf")]


def test_elements_whose_names_become_equal_find_their_columns(atlas_db, tmp_path):
    import_text(
        tmp_path, "a.xml", "<r><i><a-b>1</a-b><a.b>2</a.b></i><i><a-b>3</a-b><a.b>4</a.b></i></r>", table_name="t"
    )
    import_text(
        tmp_path, "b.xml", "<r><i><a.b>6</a.b><a-b>5</a-b></i><i><a.b>8</a.b><a-b>7</a-b></i></r>", table_name="t"
    )

    assert query("SELECT a_b, a_b_2 FROM t ORDER BY id") == [(1, 2), (3, 4), (5, 6), (7, 8)]


# --- what is no new header


@pytest.mark.parametrize("header", ["PRICE ($)", "price  ($) ", "Price (＄)"])
def test_a_header_written_another_way_finds_its_column_among_several(atlas_db, tmp_path, header):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    record = import_text(tmp_path, "b.csv", f"sku,{header}\nB,2.00\n", table_name="t")

    assert codes_of(record) == []
    assert query("SELECT sku, price, price_2 FROM t ORDER BY id")[1] == ("B", Decimal("2.00"), None)


def test_a_header_with_other_punctuation_finds_its_column_without_a_word(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "Order No.,Weight (kg)\n7,2\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "weight_kg,order-no\n3,8\n", table_name="t")

    assert (record.import_strategy, codes_of(record)) == ("merge_exact", [])
    assert query("SELECT order_no, weight_kg FROM t ORDER BY id") == [(7, 2), (8, 3)]


def test_another_currency_in_the_header_gives_a_warning(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "sku,Price ($)\nA,1.00\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "sku,Price (£)\nB,2.00\n", table_name="t")

    assert warnings_of(record) == [
        ("header_differs", {"header": "Price (£)", "column": "price", "earlier": ["Price ($)"]})
    ]


def test_a_second_currency_is_a_column_of_its_own(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "sku,Price ($)\nA,1.00\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "sku,Price (€),Price ($)\nB,9.00,1.00\n", table_name="t")

    assert (record.import_strategy, codes_of(record)) == ("extend_table", [])
    assert query("SELECT sku, price, price_2 FROM t ORDER BY id") == [
        ("A", Decimal("1.00"), None), ("B", Decimal("1.00"), Decimal("9.00")),
    ]  # fmt: skip


# --- unclear


def test_a_header_that_may_be_two_columns_is_refused_and_both_are_named(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", "sku,Price (£)\nB,2.00\n", table_name="t")

    assert refused.value.message.code == "columns_unclear"
    assert refused.value.details["unclear_columns"] == {"Price (£)": "price, price_2"}
    assert len(rows_of("t")) == 1


def test_two_headers_that_may_be_one_column_are_refused(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "sku,Price ($)\nA,1.00\n", table_name="t")

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", "sku,Price (£),Price (€)\nB,2.00,3.00\n", table_name="t")

    assert refused.value.details["unclear_columns"] == {"Price (£)": "price", "Price (€)": "price"}


def test_an_unclear_header_is_a_new_column_where_that_was_asked_for(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    record = import_text(tmp_path, "b.csv", "sku,Price (£)\nB,2.00\n", table_name="t", strategy="extend_table")

    assert codes_of(record) == ["unclear_columns_added"]
    assert query("SELECT price, price_2, price_3 FROM t ORDER BY id")[1] == (None, None, Decimal("2.00"))


def test_an_unclear_header_is_left_out_where_no_new_column_was_asked_for(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    record = import_text(tmp_path, "b.csv", "sku,Price (£)\nB,2.00\n", table_name="t", strategy="adapt_data")

    assert codes_of(record) == ["unclear_columns_not_imported", "columns_without_home"]


def test_what_a_mapping_says_is_not_unclear(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    record = import_text(
        tmp_path, "b.csv", "sku,Price (£)\nB,2.00\n", table_name="t", mappings={"sku": "sku", "price_2": "Price (£)"}
    )

    assert codes_of(record) == []
    assert query("SELECT price_2 FROM t ORDER BY id")[1] == (Decimal("2.00"),)


# --- headers that are spelled alike, empty or missing


@pytest.mark.parametrize(
    ("first", "second", "columns"),
    [
        ("x,k,x\n1,A,2\n", "x,x,k\n3,4,B\n", "x, x_2"),
        (",k,\n1,A,2\n", ",,k\n3,4,B\n", "column_1, column_3"),
    ],
)
def test_headers_spelled_alike_are_matched_by_their_occurrence(atlas_db, tmp_path, first, second, columns):
    import_text(tmp_path, "a.csv", first, table_name="t", source_options={"header_row": 1})
    record = import_text(tmp_path, "b.csv", second, table_name="t", source_options={"header_row": 1})

    assert record.import_strategy == "merge_exact"
    assert query(f"SELECT k, {columns} FROM t ORDER BY id") == [("A", 1, 2), ("B", 3, 4)]


@pytest.mark.parametrize("second", ["x,k\n3,B\n", "x,x,x,k\n3,4,5,B\n"])
def test_headers_spelled_alike_are_unclear_where_there_are_more_or_fewer(atlas_db, tmp_path, second):
    import_text(tmp_path, "a.csv", "x,k,x\n1,A,2\n", table_name="t", source_options={"header_row": 1})

    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "b.csv", second, table_name="t", source_options={"header_row": 1})

    assert refused.value.message.code == "columns_unclear"


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        (["x", "x"], [None, None]),
        (["X", "x"], [None, "x"]),
        (["X", "x "], [None, None]),
        (["x", ""], ["x", None]),
        (["***"], [None]),
    ],
)
def test_a_header_that_a_file_had_once(headers, columns):
    table = table_of(["x"], (Spelling("x"), "x", 1))

    assert list(match_columns(spelled(headers), table).columns) == columns


def test_numbered_columns_are_matched_by_number(atlas_db, tmp_path):
    options = {"header_row": 0}
    import_text(tmp_path, "a.csv", "1,A,2\n3,B,4\n", table_name="t", source_options=options)
    record = import_text(tmp_path, "b.csv", "5,C,6\n7,D,8\n", table_name="t", source_options=options)
    with pytest.raises(MappingDoesNotFit) as refused:
        import_text(tmp_path, "c.csv", "5,C,6,9\n7,D,8,9\n", table_name="t", source_options=options)

    assert record.import_strategy == "merge_exact"
    assert refused.value.message.code == "columns_unclear"


# --- what earlier imports say


def test_the_latest_import_decides_of_a_header_that_had_two_columns(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,v,w\nA,1,2\n", table_name="t")
    import_text(tmp_path, "b.csv", "k,v\nB,3\n", table_name="t", mappings={"k": "k", "w": "v"})
    record = import_text(tmp_path, "c.csv", "k,v\nC,4\n", table_name="t")

    assert warnings_of(record) == [("header_moved", {"header": "v", "column": "w", "others": ["v"]})]
    assert query("SELECT k, v, w FROM t ORDER BY id") == [("A", 1, 2), ("B", None, 3), ("C", None, 4)]


def test_an_undone_import_says_nothing_of_headers(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,v,w\nA,1,2\n", table_name="t")
    mapped = import_text(tmp_path, "b.csv", "k,v\nB,3\n", table_name="t", mappings={"k": "k", "w": "v"})
    undo_import(mapped.pk, TESTER)
    record = import_text(tmp_path, "c.csv", "k,v\nC,4\n", table_name="t")

    assert (codes_of(record), query("SELECT k, v, w FROM t ORDER BY id")[-1]) == ([], ("C", 4, None))


def test_a_header_is_known_however_many_imports_came_after(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,Gewicht\nA,1\n", table_name="t", mappings={"k": "k", "kilos": "Gewicht"})
    for number in range(12):
        import_text(tmp_path, "b.csv", f"k\n{number}\n", table_name="t")

    record = import_text(tmp_path, "c.csv", "Gewicht,k\n2,B\n", table_name="t")

    assert (record.import_strategy, [name for name in columns_of("t") if name == "gewicht"]) == ("merge_exact", [])


def test_plans_of_one_kind_are_read_once(atlas_db, tmp_path):
    for order in itertools.permutations(("k", "v", "w")):
        import_text(tmp_path, "a.csv", f"{','.join(order)}\n1,2,3\n", table_name="t")

    assert ImportHistory.objects.values("columns_hash").distinct().count() == 1


def test_imports_of_versions_without_a_hash_are_asked_too(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    import_text(tmp_path, "b.csv", "sku,Price (€)\nB,2.00\n", table_name="t")
    ImportHistory.objects.update(columns_hash=None)
    query(import_module("imports.migrations.0018_columns_hash").HASH_PLANS)

    record = import_text(tmp_path, "c.csv", "Price (€),Price ($),sku\n9,1,C\n", table_name="t")

    assert codes_of(record) == []
    assert query("SELECT price, price_2 FROM t ORDER BY id")[-1] == (Decimal(1), Decimal(9))


def test_a_file_that_the_table_was_exported_to_finds_every_column(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "x,k,x\n1,A,2\n", table_name="t", source_options={"header_row": 1})
    record = import_text(tmp_path, "b.csv", "k,x_2,x\nB,4,3\n", table_name="t")

    assert (codes_of(record), query("SELECT k, x, x_2 FROM t ORDER BY id")[-1]) == ([], ("B", 3, 4))


def table_of(columns, *uses):
    return TableDescription(
        "t", tuple(TableColumn(name, "TEXT") for name in columns),
        header_uses=tuple(HeaderUse(spelling, column, order) for spelling, column, order in uses),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        (["Weight (kg)"], ["weight_kg"]),
        (["x", "x"], ["x", "x_2"]),  # nothing else tells them
        (["Price ($)", "Price (€)"], [None, None]),
    ],
)
def test_without_imports_a_table_is_matched_by_name(headers, columns):
    table = table_of(["weight_kg", "x", "x_2", "price", "price_2"])

    assert list(match_columns(spelled(headers), table).columns) == columns


def test_a_header_whose_column_another_header_has_had_since_is_unclear():
    table = table_of(["c"], (Spelling("x"), "c", 1), (Spelling("y"), "c", 2))

    matches = match_columns(spelled(["x", "y"]), table)

    assert matches.columns == (None, "c")
    assert [(one.header, one.columns) for one in matches.unclear] == [("x", ("c",))]


# --- mappings


@pytest.mark.parametrize("header", ["x,k,x", ",k,", "Price ($),k,Price (€)"])
def test_a_mapping_that_the_preview_proposes_imports_every_column(atlas_db, tmp_path, header):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n1,A,2\n3,B,4\n")
    with upload.from_disk(path) as source:
        mapping = analyse(source, parse_mapping({"source_options": {"header_row": 1}}))["mapping"]

    record = import_path(path, **{**mapping, "table_name": "t"})

    assert "header_more_than_once" not in codes_of(record)
    assert [list(row.values())[1:4] for row in rows_of("t")] == [[1, "A", 2], [3, "B", 4]]


def test_a_mapping_that_names_one_of_two_equal_headers_is_obeyed_with_a_warning_about_the_other(atlas_db, tmp_path):
    record = import_text(
        tmp_path, "a.csv", "x,k,x\n1,A,2\n", table_name="t", mappings={"k": "k", "x": "x"},
        source_options={"header_row": 1},
    )  # fmt: skip

    assert warnings_of(record) == [("header_more_than_once", {"header": "x", "times": 2, "others": ["x_2"]})]


def test_a_preview_adds_a_column_where_it_is_unclear_which_is_meant(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    path = tmp_path / "b.csv"
    path.write_text("sku,Price (£)\nB,2.00\n")
    with upload.from_disk(path) as source:
        findings = analyse(source, parse_mapping({"table_name": "t"}))
    mapping = findings["mapping"]

    record = import_path(path, **mapping)

    assert "unclear_columns_added" in [warning["code"] for warning in findings["warning_details"]]
    assert (mapping["strategy"], mapping["mappings"]) == ("extend_table", {"sku": "sku", "price_3": "Price (£)"})
    assert query("SELECT price, price_2, price_3 FROM t ORDER BY id")[1] == (None, None, Decimal("2.00"))
    assert record.rows_inserted == 1


def test_a_preview_of_what_is_refused_names_columns_as_in_the_table(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    path = tmp_path / "b.csv"
    path.write_text("sku,Price (€),Price ($)\nB,no,none\nC,not,any\nD,2,3\n")
    with upload.from_disk(path) as source:
        findings = analyse(source, parse_mapping({"table_name": "t"}))

    assert findings["strategy"] is None
    assert findings["mapping"]["mappings"] == {"sku": "sku", "price_2": "Price (€)", "price": "Price ($)"}


def test_columns_that_are_left_out_are_shown_with_the_names_of_the_table(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    path = tmp_path / "b.csv"
    path.write_text("sku,Price (€),Price ($)\nB,9.00,1.00\n")
    with upload.from_disk(path) as source:
        findings = analyse(source, parse_mapping({"table_name": "t", "mappings": {"sku": "sku"}}))

    assert [column["name"] for column in findings["columns"]] == ["sku", "price_2", "price"]


def test_a_mapping_that_exchanges_columns_is_obeyed_with_a_warning(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", PRICES, table_name="t")
    record = import_text(
        tmp_path, "b.csv", "sku,Price (€),new\nB,9.00,1.00\n", table_name="t",
        mappings={"sku": "sku", "price": "Price (€)", "price_2": "new"},
    )  # fmt: skip

    assert warnings_of(record) == [
        ("mapped_elsewhere", {"header": "Price (€)", "column": "price", "others": ["price_2"]})
    ]


# --- redo


def test_a_redo_does_not_put_a_header_into_the_column_of_another(atlas_db, tmp_path):
    first = import_text(tmp_path, "a.csv", PRICES, table_name="t")
    undo_import(first.pk, TESTER)
    import_text(tmp_path, "b.csv", "sku,Price (€),Price ($)\nB,9.00,1.00\n", table_name="t")

    with pytest.raises(CannotRedo) as refused:
        redo_import(first.pk, TESTER)

    assert refused.value.message.code == "header_moved_since"
    assert len(rows_of("t")) == 1


def test_a_redo_puts_every_header_where_it_was(atlas_db, tmp_path):
    first = import_text(tmp_path, "a.csv", PRICES, table_name="t")
    import_text(tmp_path, "b.csv", "sku,Price (€),Price ($)\nB,9.00,1.00\n", table_name="t")
    before = values_by_header("t")
    undo_import(first.pk, TESTER)
    import_text(tmp_path, "c.csv", "Price (€),sku\n9.50,C\n", table_name="t")
    redo_import(first.pk, TESTER)

    found = values_by_header("t")
    assert len(found) == 3
    assert all(row in found for row in before)


# --- any order


HEADERS = ["Price ($)", "Price (€)", "price", "PRICE ($)", "x", "x", "", "n-1", "n_1"]


odd_headers = ["a", "A", "a ", "Price ($)", "Price (€)", "price", "x", "x", "", "n-1", "n_1", "%", "#"]
headers_of_files = st.lists(st.sampled_from(odd_headers) | st.text("ab-", max_size=3), min_size=1, max_size=8)


@given(files=st.lists(headers_of_files, min_size=1, max_size=3), data=st.data())
def test_a_header_goes_where_the_latest_file_with_it_went(files, data):
    table = table_of([])
    for order, headers in enumerate(files, start=1):
        table = extended_by(table, headers, order)
    last = spelled(files[-1])
    place = {use.spelling: use.column for use in table.header_uses if use.order == len(files)}
    kept = data.draw(st.sets(st.sampled_from(sorted({spelling.text for spelling in last})), min_size=1))
    again = spelled(data.draw(st.permutations([spelling.text for spelling in last if spelling.text in kept])))

    matches = match_columns(again, table)

    assert [matches.columns[at] for at, spelling in enumerate(again)] == [place.get(spelling) for spelling in again]


def extended_by(table, headers, order):
    """The table after an import with extend_table."""
    matches = match_columns(spelled(headers), table)
    names = UniqueNames(column.name for column in table.columns)
    columns = [
        column or names.add(safe_column(header) or f"column_{position}")
        for position, (header, column) in enumerate(zip(headers, matches.columns, strict=True), start=1)
    ]
    names = dict.fromkeys([*(column.name for column in table.columns), *columns])
    uses = zip(spelled(headers), columns, [order] * len(columns), strict=True)
    return table_of(names, *((use.spelling, use.column, use.order) for use in table.header_uses), *uses)


@settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_any_order_of_columns_and_files_gives_the_same_values_under_the_same_headers(atlas_db, tmp_path_factory, data):
    tmp_path = tmp_path_factory.mktemp("files")
    headers = data.draw(st.lists(st.sampled_from(range(len(HEADERS))), min_size=2, max_size=6, unique=True))
    table = f"t{ImportHistory.objects.count()}"
    expected, imports = {}, []
    for number in range(3):
        order = data.draw(st.permutations(headers))
        names = ["k", *(HEADERS[position] for position in order)]
        values = [f"r{number}", *(f"{number}-{position}" for position in order)]
        record = import_text(
            tmp_path, "t.csv", "\n".join([",".join(names), ",".join(values)]) + "\n", table_name=table,
            source_options={"header_row": 1},
        )  # fmt: skip
        imports.append(record.pk)
        expected[f"r{number}"] = sorted(zip(names, values, strict=True))
    undone = data.draw(st.permutations(imports))[:2]
    for import_id in undone:
        undo_import(import_id, TESTER)
    for import_id in data.draw(st.permutations(undone)):
        redo_import(import_id, TESTER)

    found = {dict(row)["k"]: row for row in values_by_header(table)}
    assert found == expected
    assert columns_by_header(imports[0]) == columns_by_header(imports[1]) == columns_by_header(imports[2])


def columns_by_header(import_id):
    config = ImportHistory.objects.get(pk=import_id).mapping_config
    return sorted((column["header"], column["name"]) for column in config["columns"])


@pytest.mark.usefixtures("atlas_db")
@pytest.mark.parametrize("header", ["na\u200bme", "\ufeffname", "na\u00adme", "\u200ename\u200f"])
def test_invisible_characters_tell_no_columns_apart(tmp_path, header):
    import_text(tmp_path, "a.csv", f"{header},n\nx,1\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "n,name\n2,y\n", table_name="t")

    assert record.mapping_config["strategy"] == "merge_exact"


@pytest.mark.usefixtures("atlas_db")
def test_headers_that_differ_in_an_invisible_character_in_one_file_are_two_columns(tmp_path):
    import_text(tmp_path, "a.csv", "na\u200bme,name\nx,1\n", table_name="t")
    import_text(tmp_path, "b.csv", "name,na\u200bme\n2,y\n", table_name="t")

    columns = [name for name in columns_of("t") if name in ("na_me", "name")]
    assert [tuple(row[name] for name in columns) for row in rows_of("t")] == [("x", 1), ("y", 2)]


@pytest.mark.usefixtures("atlas_db")
def test_a_proposed_mapping_names_each_of_equal_headers_beside_one_like_their_safe_names(tmp_path):
    headers = ["a", "a", "a_2"]
    mappings = dict(zip("xyz", source_names(headers), strict=True))
    import_text(tmp_path, "a.csv", "a,a,a_2\n1,2,3\n", table_name="t", mappings=mappings)

    assert [tuple(row.values()) for row in rows_of("t", "x y z")] == [(1, 2, 3)]
