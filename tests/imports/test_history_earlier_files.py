"""What earlier imports of a table say of its next file, also where the former rule named the columns."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.history.earlier_files import header_uses, last_reading
from imports.models import ImportHistory
from tests.importing import columns_of, import_text, query, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

OWN = {"id", "_import_id", "_imported_at", "_source_row_number", "_corrections_applied"}


def own_columns(table):
    return [name for name in columns_of(table) if name not in OWN]


def as_an_older_version_made_it(table, names):
    """Rename the columns by the former rule, in the table and in the plans of its imports."""
    with connection.cursor() as cursor:
        for name, former in names.items():
            cursor.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{name}" TO "{former}"')
    for record in ImportHistory.objects.filter(table_name=table):
        for column in record.mapping_config["columns"]:
            column["name"] = names.get(column["name"], column["name"])
        record.save(update_fields=["mapping_config"])


TEXT = "Weight (kg),Price ($)\n1,2\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", TEXT),
        ("t.json", '[{"Weight (kg)": 1, "Price ($)": 2}]'),
        ("t.ndjson", '{"Weight (kg)": 1, "Price ($)": 2}\n'),
    ],
)
def test_a_new_table_has_names_that_people_would_write(atlas_db, tmp_path, name, text):
    import_text(tmp_path, name, text)

    assert own_columns("t") == ["weight_kg", "price"]


def test_a_table_of_the_former_rule_keeps_its_columns(atlas_db, tmp_path):
    import_text(tmp_path, "t.csv", TEXT)
    as_an_older_version_made_it("t", {"weight_kg": "weight__kg_", "price": "price____"})

    record = import_text(tmp_path, "t2.csv", "Price ($),Weight (kg)\n4,3\n", table_name="t")

    assert (record.import_strategy, record.warnings) == ("merge_exact", [])
    assert own_columns("t") == ["weight__kg_", "price____"]
    assert query('SELECT "weight__kg_", "price____" FROM t ORDER BY id') == [(1, 2), (3, 4)]


def test_a_header_finds_the_column_it_had_although_another_column_has_its_name(atlas_db, tmp_path):
    import_text(tmp_path, "t.csv", "A (B,A/B\n1,2\n")
    as_an_older_version_made_it("t", {"a_b": "a__b", "a_b_2": "a_b"})

    import_text(tmp_path, "t2.csv", "A/B,A (B\n4,3\n", table_name="t")

    assert query("SELECT a__b, a_b FROM t ORDER BY id") == [(1, 2), (3, 4)]


def test_a_column_without_a_known_header_is_found_by_its_name(atlas_db, tmp_path):
    import_text(tmp_path, "t.csv", "x\n1\n", mappings={"weight__kg_": "x"})
    assert own_columns("t") == ["weight__kg_"]  # an identifier that was asked for stays as it is

    record = import_text(tmp_path, "t2.csv", "Weight (kg)\n3\n", table_name="t")

    assert (record.import_strategy, own_columns("t")) == ("merge_exact", ["weight__kg_"])


def test_a_column_that_two_names_could_mean_gets_none_of_them(atlas_db, tmp_path):
    import_text(tmp_path, "t.csv", "x,y,z\n1,2,3\n", mappings={"a__b": "x", "a___b": "y", "z": "z"})

    import_text(tmp_path, "t2.csv", "A B,z\n5,6\n", table_name="t", strategy="extend_table")

    assert own_columns("t") == ["a__b", "a___b", "z", "a_b"]
    assert query("SELECT a__b, a___b, z, a_b FROM t ORDER BY id") == [(1, 2, 3, None), (None, None, 6, 5)]


def test_types_keys_and_date_formats_by_the_present_name_reach_the_former_column(atlas_db, tmp_path):
    import_text(tmp_path, "t.csv", "Day (UTC),Item No.\n2024-02-01,1\n")
    as_an_older_version_made_it("t", {"day_utc": "day__utc_", "item_no": "item_no_"})

    record = import_text(
        tmp_path, "t2.csv", "Day (UTC),Item No.\n03.02.2024,1\n04.02.2024,2\n", table_name="t",
        unique_columns=["item_no"],
        rules={"datetime_transformations": [{"field": "day_utc", "source_format": "%d.%m.%Y"}]},
    )  # fmt: skip

    assert (record.rows_inserted, record.duplicates_found, record.mapping_errors_count) == (1, 1, 0)
    assert [str(row["day__utc_"]) for row in rows_of("t")] == ["2024-02-01", "2024-02-04"]


def test_a_table_with_the_former_name_of_a_file_is_its_table(atlas_db, tmp_path):
    import_text(tmp_path, "Q3 (report).csv", "a\n1\n", table_name="q3__report_")

    record = import_text(tmp_path, "Q3 (report).csv", "a\n2\n")

    assert record.table_name == "q3__report_"


def test_without_such_a_table_a_file_makes_the_present_name(atlas_db, tmp_path):
    assert import_text(tmp_path, "Q3 (report).csv", "a\n2\n").table_name == "q3_report"


# --- the cost


def with_many_imports(record, number):
    """As many imports of the same kind of file, later than this one."""
    names = [field.column for field in ImportHistory._meta.concrete_fields if field.column != "file_pattern"]
    others = {"import_id": "gen_random_uuid()", "import_order": "import_order + number"}
    query(
        f"INSERT INTO import_history ({', '.join(names)}) SELECT {', '.join(others.get(name, name) for name in names)}"
        " FROM import_history, generate_series(1, %s) number WHERE import_id = %s",
        number, record.pk,
    )  # fmt: skip
    query("ANALYZE import_history")


def rows_read(plan):
    """How many rows a query read, by its plan as PostgreSQL carried it out."""
    own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return own + sum(map(rows_read, plan.get("Plans", ())))


def rows_read_by(read):
    """How many rows of the history, or of indexes, the queries of a call read."""
    with CaptureQueriesContext(connection) as queries:
        assert read()
    statements = [captured["sql"] for captured in queries if "import_history" in captured["sql"]]
    plans = [query(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")[0][0] for statement in statements]
    plans = [json.loads(plan) if isinstance(plan, str) else plan for plan in plans]
    return sum(rows_read(plan[0]["Plan"]) for plan in plans)


@pytest.mark.parametrize("read", [last_reading, lambda table: list(header_uses(table))])
def test_what_earlier_imports_say_costs_the_same_however_many_there_are(atlas_db, tmp_path, read):
    with_many_imports(import_text(tmp_path, "t.csv", "a,b\n1,2\n"), 5_000)

    assert 0 < rows_read_by(lambda: read("t")) < 100


def test_the_imports_of_one_step_are_found_without_reading_the_others(atlas_db, tmp_path):
    record = import_text(tmp_path, "t.csv", "a,b\n1,2\n")
    with_many_imports(record, 5_000)
    group = str(record.pk)
    ImportHistory.objects.filter(pk=record.pk).update(metadata={"group": {"id": group, "part": "s"}})

    assert 0 < rows_read_by(lambda: ImportHistory.objects.get(metadata__group__id=group)) < 100
