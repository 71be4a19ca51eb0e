"""GET /tables/{t}/columns and /tables/{t}/rows/{id}/lineage."""

import pytest

from imports.history.retention_marks import SOURCE_FILE, mark_purged
from imports.models import ImportHistory
from imports.sources.kept_files import delete_kept_file
from lineage.undo import undo_import
from tests.importing import TESTER, import_records, import_text, query, rows_of
from tests.lineage.foreign import guided_table

pytestmark = pytest.mark.usefixtures("in_this_process")

FIRST = "Name,Age,Paid\nAda, 36 ,1.50\nGrace,85.0,\n"
SECOND = "name;alter;paid\nAda;36;1,5\nLinus;alt;2,25\n"
SPLIT = "Full,Town\nAda Lovelace,london\n"
RULES = {
    "rules": {
        "transformations": [
            {"type": "split", "field": "Full", "separator": " ", "targets": ["first", "last"]},
            {"type": "uppercase", "field": "last"},
            {"type": "constant", "target": "source", "value": "letters"},
        ]
    }
}


@pytest.fixture
def people(atlas_db, tmp_path):
    """The second import has another header, decimal commas, a duplicate, and an age that is no number."""
    mappings = {"name": "name", "age": "alter", "paid": "paid"}
    return [
        import_text(tmp_path, "people.csv", FIRST),
        import_text(tmp_path, "more.csv", SECOND, table_name="people", mappings=mappings),
    ]


@pytest.fixture
def rule_effects(atlas_db, tmp_path):
    return import_text(tmp_path, "ruled.csv", SPLIT, **RULES)


def columns(client, table):
    body = client.get(f"/tables/{table}/columns").json()
    assert body["success"], body
    return {column["name"]: column for column in body["columns"]}


def lineage(client, row_id, table="people", query=""):
    response = client.get(f"/tables/{table}/rows/{row_id}/lineage{query}")
    assert response.status_code == 200, response.content
    return response.json()


def value(body, column):
    return next(one for one in body["values"] if one["column"] == column)


def row_called(name, table="people"):
    return rows_of(table, "id", f"name = '{name}'")[0]["id"]


# --- columns ---


def test_a_column_names_the_columns_of_the_files_that_fill_it(auditor, people):
    first, second = people

    age = columns(auditor, "people")["age"]

    assert (age["sql_type"], len(age["sources"])) == ("NUMERIC", 2)
    latest, earliest = age["sources"]
    assert [latest[key] for key in ("source_fields", "imports", "rows_inserted")] == [["alter"], 1, 1]
    assert latest["last_import"]["import_id"] == str(second.pk)
    assert earliest == {
        "source_fields": ["Age"],
        "sql_type": "NUMERIC",
        "notation": "",
        "rules": [],
        "imports": 1,
        "rows_inserted": 2,
        "rows_updated": 0,
        "first_import": earliest["last_import"],
        "last_import": {
            "import_id": str(first.pk),
            "file_name": "people.csv",
            "import_timestamp": first.import_timestamp.isoformat().replace("+00:00", "Z"),
        },
    }
    assert columns(auditor, "people")["paid"]["sources"][0]["notation"] == "decimal separator: comma"


def test_imports_that_fill_a_column_the_same_way_are_grouped(auditor, people, tmp_path):
    third = import_text(tmp_path, "third.csv", "Name,Age,Paid\nAlan,41,3.00\n", table_name="people")

    latest = columns(auditor, "people")["name"]["sources"][0]

    assert (latest["source_fields"], latest["imports"], latest["rows_inserted"]) == (["Name"], 2, 3)
    assert latest["first_import"]["import_id"] == str(people[0].pk)
    assert latest["last_import"]["import_id"] == str(third.pk)


def test_a_column_lists_the_rules_that_changed_it(auditor, rule_effects):
    found = {name: one["sources"][0] for name, one in columns(auditor, "ruled").items()}

    assert found["last"]["source_fields"] == ["Full"]
    assert found["last"]["rules"] == [
        "“Full” is split at \" \" into “first”, “last”.",
        "“last” is converted to upper case.",
    ]  # fmt: skip
    assert found["source"]["source_fields"] == []
    assert found["source"]["rules"] == ['“source” is "letters" in every row.']
    assert (found["town"]["source_fields"], found["town"]["rules"]) == (["Town"], [])


def test_columns_of_an_undone_import_have_no_origin_in_it(auditor, people):
    undo_import(people[1].pk, TESTER)

    assert [one["source_fields"] for one in columns(auditor, "people")["age"]["sources"]] == [["Age"]]


def test_columns_filled_by_other_code_or_added_manually(auditor, people):
    ImportHistory.objects.filter(pk=people[1].pk).update(mapping_config={"mappings": {"age": "years"}})
    query("ALTER TABLE people ADD note text")

    found = columns(auditor, "people")

    assert [one["source_fields"] for one in found["age"]["sources"]] == [["years"], ["Age"]]
    assert found["note"] == {"name": "note", "sql_type": "TEXT", "sources": []}


# --- a row ---


def test_each_value_of_a_row_with_its_source_its_steps_and_its_errors(auditor, people):
    linus = row_called("Linus")

    body = lineage(auditor, linus)

    assert (body["table_name"], body["row_id"], body["record_number"], body["location"]) == (
        "people",
        linus,
        2,
        "line 3",
    )
    assert body["import_record"]["import_id"] == str(people[1].pk)
    assert body["import_record"]["file_hash"] == people[1].file_hash
    assert body["import_record"]["mapping_config"]["strategy"] == "adapt_data"
    assert value(body, "name") == {
        "column": "name",
        "sql_type": "TEXT",
        "value": "Linus",
        "originals": [{"source_field": "name", "position": 0, "text": "Linus", "known_from": "source_file"}],
        "steps": [],
        "mapping_errors": [],
        "written_by": {
            "import_id": str(people[1].pk),
            "file_name": "more.csv",
            "import_timestamp": people[1].import_timestamp.isoformat().replace("+00:00", "Z"),
        },
        "written_record": 2,
    }
    assert value(body, "paid")["value"] == 2.25
    assert value(body, "paid")["originals"][0]["text"] == "2,25"
    assert value(body, "paid")["steps"] == [
        {"step": "type_coercion", "before": "2,25", "after": 2.25, "detail": "NUMERIC"}
    ]
    assert value(body, "age")["value"] is None
    assert value(body, "age")["originals"][0]["text"] == "alt"
    assert [one["error_type"] for one in value(body, "age")["mapping_errors"]] == ["type_mismatch"]
    assert [one["target_field"] for one in body["mapping_errors"]] == ["age"]
    assert (body["changed_by_hand"], body["notes"], body["duplicates"]) == (None, [], [])


def test_a_row_names_the_records_that_were_left_out_as_equal_to_it(auditor, people):
    body = lineage(auditor, row_called("Ada"))

    assert body["duplicates_count"] == 1
    assert body["duplicates"] == [
        {
            "import_id": str(people[1].pk),
            "file_name": "more.csv",
            "import_timestamp": people[1].import_timestamp.isoformat().replace("+00:00", "Z"),
            "undone_at": None,
            "record_number": 1,
            "location": "line 2",
        }
    ]


def test_the_effect_of_each_rule_on_a_row(auditor, rule_effects):
    body = lineage(auditor, 1, table="ruled")

    last = value(body, "last")
    assert (last["value"], [one["source_field"] for one in last["originals"]]) == ("LOVELACE", ["Full"])
    assert [(one["step"], one["before"], one["after"]) for one in last["steps"]] == [
        ("split", {"Full": "Ada Lovelace"}, {"first": "Ada", "last": "Lovelace"}),
        ("uppercase", {"last": "Lovelace"}, {"last": "LOVELACE"}),
    ]
    assert (value(body, "source")["originals"], value(body, "source")["value"]) == ([], "letters")


def test_without_the_file_only_corrections_are_known(auditor, people):
    delete_kept_file(people[1].file_hash)
    mark_purged([people[1].pk], SOURCE_FILE, people[1].import_timestamp)

    body = lineage(auditor, row_called("Linus"))

    assert value(body, "name")["originals"][0] == {
        "source_field": "name", "position": 0, "text": None, "known_from": None,
    }  # fmt: skip
    assert value(body, "paid")["originals"][0] == {
        "source_field": "paid", "position": 2, "text": "2,25", "known_from": "corrections",
    }  # fmt: skip
    assert body["location"] == "line 3"  # its mapping error says so
    assert [note.partition(" on ")[0] for note in body["notes"]] == ["The source file was deleted"]


def test_the_file_is_read_only_on_request(auditor, people):
    body = lineage(auditor, row_called("Grace"), query="?include_original=false")

    assert {one["known_from"] for found in body["values"] for one in found["originals"]} == {None}
    assert (body["location"], body["notes"]) == (None, [])


def test_a_manually_changed_row_is_marked(auditor, people):
    query("UPDATE people SET age = 37 WHERE name = 'Ada'")

    changed = lineage(auditor, row_called("Ada"))["changed_by_hand"]

    assert set(changed) == {"changed_at", "changed_by"}
    assert lineage(auditor, row_called("Grace"))["changed_by_hand"] is None


def test_a_row_inserted_by_other_code_has_no_steps(auditor, people):
    query(
        "INSERT INTO people (name, _import_id) VALUES ('Bob', %s)",
        ImportHistory.objects.create(source_type="api_direct", table_name="people", status="in_progress").pk,
    )

    body = lineage(auditor, row_called("Bob"))

    assert (body["record_number"], body["location"], body["duplicates_count"]) == (None, None, 0)
    assert value(body, "name")["originals"] == []
    assert body["notes"] == [
        "This row was inserted by other software than Content Atlas, so the conversion of its values is unknown."
    ]


def test_numbers_keep_their_digits(auditor):
    import_records([{"long": 12345678901234567890123}], table_name="kinds")

    content = auditor.get("/tables/kinds/rows/1/lineage").content.decode()

    assert '"value":12345678901234567890123,' in content
    assert '"text":"12345678901234567890123"' in content


# --- what cannot be answered ---


@pytest.mark.parametrize("row_id", ["999", "x", "-1", "9223372036854775808", "1" * 4000, "%C2%B2"])
def test_a_row_that_is_not_there_is_404(auditor, people, row_id):
    response = auditor.get(f"/tables/people/rows/{row_id}/lineage")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "unknown_row")


def test_a_row_of_no_import_is_404(auditor, tmp_path):
    guided_table("id serial, name text", "(7, 'Ada')")
    import_text(tmp_path, "a.csv", "name\nCy\n", table_name="mig1")

    response = auditor.get("/tables/mig1/rows/7/lineage")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "unknown_row")
    said = "Row 7 of mig1 was not added by an import, so its source is unknown."
    assert response.json()["error"]["message"] == said
    assert auditor.get("/tables/mig1/rows/1/lineage").json()["record_number"] == 1


@pytest.mark.parametrize("ending", ["columns", "rows/1/lineage"])
@pytest.mark.parametrize(
    ("table", "status"), [("nothing", 404), ("auth_user", 422), ("a%00b", 404)]
)  # fmt: skip
def test_a_table_that_is_not_ours_has_no_origins(auditor, table, status, ending):
    assert auditor.get(f"/tables/{table}/{ending}").status_code == status


@pytest.mark.parametrize("address", ["/tables/people/columns", "/tables/people/rows/1/lineage"])
def test_origins_need_the_view_permission(anonymous, unprivileged, people, address):
    assert (anonymous.get(address).status_code, unprivileged.get(address).status_code) == (401, 403)


@pytest.fixture
def updated(atlas_db, tmp_path):
    """One row: inserted, two of its cells updated, one of them once more."""

    def loaded(name, text, **more):
        mapping = {"table_name": "stock", "unique_columns": ["k"], "duplicate_check": {"on_match": "update"}}
        return import_text(tmp_path, name, text, **mapping, **more)

    return [
        loaded("a.csv", 'k,name,price,seen\n1,apple,"1,000.50",x\n'),
        loaded("b.csv", "price,name,k\n2.50,pear,1\n"),
        loaded("c.csv", "k,name\n9,fig\n1,plum\n"),
    ]


def test_each_cell_names_the_record_that_wrote_it_and_its_text_in_that_file(auditor, updated):
    [row] = rows_of("stock", "id", "k = 1")
    body = lineage(auditor, row["id"], "stock")

    values = {value["column"]: value for value in body["values"]}
    assert {name: (value["written_by"]["file_name"], value["written_record"]) for name, value in values.items()} == {
        "k": ("a.csv", 1), "name": ("c.csv", 2), "price": ("b.csv", 1), "seen": ("a.csv", 1),
    }  # fmt: skip
    assert {name: value["originals"][0]["text"] for name, value in values.items()} == {
        "k": "1", "name": "plum", "price": "2.50", "seen": "x",
    }  # fmt: skip
    assert (body["import_record"]["file_name"], body["record_number"]) == ("c.csv", 2)
    assert (body["inserted_by"]["file_name"], body["inserted_record"]) == ("a.csv", 1)


def test_the_history_of_a_row_has_each_update_newest_first(auditor, updated):
    [row] = rows_of("stock", "id", "k = 1")
    body = lineage(auditor, row["id"], "stock")

    assert body["updates_count"] == 2
    assert [(update["file_name"], update["record_number"], update["changes"]) for update in body["updates"]] == [
        ("c.csv", 2, [{"column": "name", "before": "pear", "after": "plum"}]),
        ("b.csv", 1, [{"column": "price", "before": "1000.50", "after": "2.50"},
                      {"column": "name", "before": "apple", "after": "pear"}]),
    ]  # fmt: skip
    undo_import(updated[1].pk, TESTER)
    [update] = lineage(auditor, row["id"], "stock")["updates"]
    assert update["changes"] == [{"column": "name", "before": "apple", "after": "plum"}]


def test_duplicates_of_an_updated_row_are_listed(auditor, updated, tmp_path):
    import_text(tmp_path, "d.csv", "k,name\n1,plum\n", table_name="stock", unique_columns=["k"])
    [row] = rows_of("stock", "id", "k = 1")

    body = lineage(auditor, row["id"], "stock")

    assert [(one["file_name"], one["record_number"]) for one in body["duplicates"]] == [("d.csv", 1)]


def test_a_row_without_updates_has_no_history(auditor, updated):
    [row] = rows_of("stock", "id", "k = 9")
    body = lineage(auditor, row["id"], "stock")

    assert (body["updates"], body["updates_count"], body["inserted_by"]["file_name"]) == ([], 0, "c.csv")
