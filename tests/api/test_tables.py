"""GET /tables, /tables/{t}, /tables/{t}/schema and /tables/{t}/lineage."""

from decimal import Decimal

import pytest
from django.db import connection

from tests.importing import import_records, import_text

pytestmark = pytest.mark.usefixtures("in_this_process")

PEOPLE = (
    "name,age,height,born,seen\n"
    "Ada,36,1.70,1815-12-10,2025-10-09T20:11:00Z\n"
    "Alan,41,1.80,1912-06-23,2025-10-09T22:11:00.5+02:00\n"
    "Grace,,1.6,1906-12-09,\n"
)


@pytest.fixture
def people(atlas_db, tmp_path):
    return import_text(tmp_path, "people.csv", PEOPLE)


def names(response):
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["rows"]]


def test_tables_are_listed_by_name_with_the_rows_of_their_imports(auditor, people, tmp_path):
    import_text(tmp_path, "animals.csv", "name\nRex\n")
    import_text(tmp_path, "more.csv", "name,age,height,born,seen\nBob,1,2.0,2000-01-01,\n", table_name="people")

    body = auditor.get("/tables").json()

    assert [(t["table_name"], t["total_imports"], t["total_rows_contributed"]) for t in body["tables"]] == [
        ("animals", 1, 1),
        ("people", 2, 4),
    ]
    assert body["tables"][1]["last_import_at"] > people.import_timestamp.isoformat()
    assert (body["total_count"], body["limit"], body["offset"]) == (2, 100, 0)


def test_tables_are_paged(auditor, people, tmp_path):
    import_text(tmp_path, "animals.csv", "name\nRex\n")

    body = auditor.get("/tables?limit=1&offset=1").json()

    assert [table["table_name"] for table in body["tables"]] == ["people"]
    assert body["total_count"] == 2


def test_the_service_s_own_tables_are_not_listed(auditor):
    assert auditor.get("/tables").json()["tables"] == []


def test_rows_have_exact_numbers_and_iso_times(auditor, people):
    response = auditor.get("/tables/people")

    assert response.json() == {
        "success": True,
        "table_name": "people",
        "columns": [
            {"name": "id", "sql_type": "BIGINT"},
            {"name": "name", "sql_type": "TEXT"},
            {"name": "age", "sql_type": "INTEGER"},
            {"name": "height", "sql_type": "NUMERIC"},
            {"name": "born", "sql_type": "DATE"},
            {"name": "seen", "sql_type": "TIMESTAMPTZ"},
        ],
        "rows": [
            {"id": 1, "name": "Ada", "age": 36, "height": 1.7, "born": "1815-12-10", "seen": "2025-10-09T20:11:00Z"},
            {"id": 2, "name": "Alan", "age": 41, "height": 1.8, "born": "1912-06-23", "seen": "2025-10-09T20:11:00.5Z"},
            {"id": 3, "name": "Grace", "age": None, "height": 1.6, "born": "1906-12-09", "seen": None},
        ],
        "total_count": 3,
        "limit": 100,
        "offset": 0,
    }
    assert b'"height":1.70,' in response.content
    assert b'"height":1.6,' in response.content


def test_every_kind_of_value_is_json(auditor):
    import_records(
        [
            {"big": 9223372036854775807, "long": 12345678901234567890123, "yes": True, "when": "2025-10-09T20:11:00",
             "clock": "20:11:00", "uid": "550e8400-e29b-41d4-a716-446655440000",
             "nested": {"a": [Decimal("1.10"), None]}},
        ],
        table_name="kinds",
    )  # fmt: skip

    content = auditor.get("/tables/kinds").content.decode()

    assert '"big":9223372036854775807,"long":12345678901234567890123,"yes":true' in content
    assert '"when":"2025-10-09T20:11:00","clock":"20:11:00"' in content
    assert '"nested_a":[1.10,null]' in content


def test_values_that_no_json_number_can_be_are_texts(auditor, people):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people SET height = 'NaN', born = 'infinity', seen = '-infinity' WHERE id = 1")

    assert auditor.get("/tables/people?id=1").json()["rows"] == [
        {"id": 1, "name": "Ada", "age": 36, "height": "NaN", "born": "infinity", "seen": "-infinity"}
    ]


def test_tracking_columns_are_hidden_by_default(auditor, people):
    hidden = auditor.get("/tables/people?id=1").json()
    shown = auditor.get("/tables/people?id=1&include_metadata=true").json()

    assert not [name for name in hidden["rows"][0] if name.startswith("_")]
    assert [column["name"] for column in shown["columns"][-4:]] == [
        "_import_id", "_imported_at", "_source_row_number", "_corrections_applied",
    ]  # fmt: skip
    row = shown["rows"][0]
    assert (row["_import_id"], row["_source_row_number"]) == (str(people.pk), 1)
    assert row["_imported_at"].endswith("Z")
    assert row["_corrections_applied"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1&offset=1", ["Alan"]),
        ("ordering=-name", ["Grace", "Alan", "Ada"]),
        ("ordering=age", ["Ada", "Alan", "Grace"]),
        ("ordering=-age", ["Alan", "Ada", "Grace"]),
        ("ordering=-born,name", ["Alan", "Grace", "Ada"]),
        ("ordering=-_source_row_number", ["Grace", "Alan", "Ada"]),
        ("name=Ada", ["Ada"]),
        ("name=ada", []),
        ("age=36", ["Ada"]),
        ("age__eq=41", ["Alan"]),
        ("age__ne=41", ["Ada", "Grace"]),
        ("age__gte=36&age__lt=41", ["Ada"]),
        ("age__isnull=true", ["Grace"]),
        ("age__isnull=false", ["Ada", "Alan"]),
        ("height=1.700", ["Ada"]),
        ("height__lte=1.7", ["Ada", "Grace"]),
        ("born__gt=1900-01-01", ["Alan", "Grace"]),
        ("seen=2025-10-09T20:11:00Z", ["Ada"]),
        ("name__contains=A", ["Ada", "Alan", "Grace"]),
        ("name__contains=%25", []),
        ("search=LA", ["Alan"]),
        ("search=1906", ["Grace"]),
        ("search=_", []),
        ("search=zzz", []),
    ],
)
def test_rows_are_filtered_searched_and_ordered(auditor, people, query, expected):
    names_found = names(auditor.get(f"/tables/people?{query}"))

    assert names_found == expected if "ordering" in query else sorted(names_found) == sorted(expected)


def test_total_count_of_rows_is_of_those_that_match(auditor, people):
    assert auditor.get("/tables/people?age__isnull=false&limit=1").json()["total_count"] == 2


@pytest.mark.parametrize(
    "query",
    [
        "age=old", "age=99999999999", "born=2025-02-30", "nickname=x", "nickname__gte=1", "age__between=1",
        "age__isnull=1",
        "ordering=nickname", "ordering=name;", "ordering=--name", "include_metadata=yes", "name=%00", "search=%00",
        "name__contains=%00", "limit=0", 'ordering="name"',
    ],
)  # fmt: skip
def test_an_invalid_query_is_400(auditor, people, query):
    response = auditor.get(f"/tables/people?{query}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize(
    ("query", "parameter", "reason", "params"),
    [
        ("age=old", "age", "not_of_column_type", {"column": "age", "type": "INTEGER", "value": "old"}),
        ("nickname=x", "nickname", "neither_parameter_nor_column", {"name": "nickname"}),
        ("age__isnull=1", "age__isnull", "isnull_true_or_false", {"column": "age"}),
        ("ordering=-born,nickname", "ordering", "no_such_order", {"name": "nickname"}),
    ],
)
def test_an_invalid_query_is_reported_by_code_and_parameters(auditor, people, query, parameter, reason, params):
    details = auditor.get(f"/tables/people?{query}").json()["error"]["details"]

    assert details == {"parameter": parameter, "reason": reason, "params": params}


def test_a_column_called_like_a_parameter_is_asked_for_with_its_ending(auditor, tmp_path):
    import_text(tmp_path, "t.csv", "limit,search\n1,a\n2,b\n")

    body = auditor.get("/tables/t?limit__eq=2&search__eq=b").json()

    assert [(row["limit"], row["search"]) for row in body["rows"]] == [(2, "b")]


def test_names_that_sql_would_mistake_are_names(auditor, tmp_path):
    import_text(tmp_path, "select.csv", "order,größe,group\n1,2,3\n", table_name="select")

    body = auditor.get("/tables/select?order=1&ordering=-gr%C3%B6%C3%9Fe").json()

    assert body["rows"] == [{"id": 1, "order": 1, "größe": 2, "group": 3}]


def test_a_manually_added_column_is_read_as_text(auditor, people):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE people ADD place point; UPDATE people SET place = '(1,2)' WHERE id = 1")

    assert names(auditor.get("/tables/people?place=(1,2)&ordering=place")) == ["Ada"]


@pytest.mark.parametrize("ending", ["", "/schema", "/lineage", "/export.csv"])
@pytest.mark.parametrize(
    ("table", "status", "code"),
    [
        ("nothing", 404, "unknown_table"),
        ("auth_user", 422, "reserved_table"),
        ("import_history", 422, "reserved_table"),
        ("knox_authtoken", 422, "reserved_table"),
        ("pg_authid", 422, "reserved_table"),
        ('people"; DROP TABLE people; --', 404, "unknown_table"),
    ],
)
def test_a_table_that_is_not_ours_cannot_be_read(auditor, table, status, code, ending):
    response = auditor.get(f"/tables/{table}{ending}")

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_a_table_without_tracking_columns_is_409(auditor):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE old_customers (name text)")
    try:
        response = auditor.get("/tables/old_customers")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE old_customers")

    assert response.status_code == 409
    assert "add_tracking_columns" in response.json()["error"]["message"]


def test_the_schema_of_a_table(auditor, people):
    plain = auditor.get("/tables/people/schema").json()
    whole = auditor.get("/tables/people/schema?include_metadata=true").json()

    assert set(plain) == {"success", "table_name", "columns"}
    assert plain["columns"][3] == {"name": "height", "sql_type": "NUMERIC"}
    assert [column["name"] for column in whole["columns"]][-4:] == [
        "_import_id", "_imported_at", "_source_row_number", "_corrections_applied",
    ]  # fmt: skip


# --- lineage ---


@pytest.fixture
def batches(atlas_db, tmp_path):
    """Two imports into one table."""
    first = import_text(tmp_path, "batch1.csv", "name\nAda\nAlan\n", table_name="customers")
    second = import_text(tmp_path, "batch2.csv", "name\nGrace\n", table_name="customers")
    return first, second


def lineage(client, query=""):
    body = client.get(f"/tables/customers/lineage{query}").json()
    return [found["file_name"] for found in body["imports"]], body["total_imports"], body["total_rows_contributed"]


def test_lineage_lists_the_imports_of_a_table_newest_first(auditor, batches):
    assert lineage(auditor) == (["batch2.csv", "batch1.csv"], 2, 3)


def test_undone_imports_are_hidden_from_the_lineage_by_default(importer, batches):
    importer.post(f"/import-history/{batches[0].pk}/undo")

    assert lineage(importer) == (["batch2.csv"], 1, 1)
    assert lineage(importer, "?include_undone=true") == (["batch2.csv", "batch1.csv"], 1, 1)


def test_a_table_that_was_undone_away_still_has_a_lineage(importer, batches):
    for record in batches:
        importer.post(f"/import-history/{record.pk}/undo")

    assert lineage(importer) == ([], 0, 0)
    assert lineage(importer, "?include_undone=true") == (["batch2.csv", "batch1.csv"], 0, 0)


def test_an_import_that_failed_is_no_part_of_a_lineage(importer, batches):
    mapping = {
        "table_name": "customers",
        "on_error": "abort",
        "strategy": "extend_table",
        "db_schema": {"age": "INTEGER"},
    }
    assert importer.upload("batch3.csv", "name,age\nBob,x\n", mapping).status_code == 422

    assert lineage(importer, "?include_undone=true") == (["batch2.csv", "batch1.csv"], 2, 3)


# --- what no request may break ---


@pytest.mark.parametrize("ending", ["", "/schema", "/lineage", "/export.csv", "/export.xlsx", "/export.parquet"])
def test_a_table_name_with_nul_is_404(auditor, ending):
    response = auditor.get(f"/tables/a%00b{ending}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "unknown_table")


def test_a_column_with_a_percent_sign_can_be_read_and_filtered(auditor, batches):
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE customers ADD "p%s" int')
        cursor.execute('UPDATE customers SET "p%s" = 7')

    rows = auditor.get("/tables/customers?p%25s=7&ordering=-p%25s&search=7").json()["rows"]

    assert {row["p%s"] for row in rows} == {7}
    assert auditor.get("/tables/customers?p%25s__isnull=true").json()["rows"] == []


@pytest.mark.parametrize("query", ["", "?p%25s=7"])
@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
def test_a_column_with_a_percent_sign_can_be_exported(auditor, batches, kind, query):
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE customers ADD "p%s" int DEFAULT 7')

    response = auditor.get(f"/tables/customers/export.{kind}{query}")
    content = b"".join(response.streaming_content)

    assert response.status_code == 200
    assert kind != "csv" or content == b'name,p%s\n"Ada",7\n"Alan",7\n"Grace",7\n'


@pytest.fixture
def named_like_parameters(atlas_db, tmp_path):
    return import_text(tmp_path, "t.csv", "limit,offset,format\n1,2,csv\n5,6,pdf\n")


def test_a_format_that_is_none_is_refused_with_the_way_to_filter_by_the_column(auditor, named_like_parameters):
    response = auditor.get("/tables/t?format=csv")

    assert response.status_code == 400
    assert response.json()["error"]["details"]["reason"] == "unknown_format"
    assert "format__eq" in response.json()["error"]["message"]


@pytest.mark.parametrize("query", ["format__eq=csv", "limit__eq=1", "offset__lt=6", "limit=1", "format=json&limit=1"])
def test_columns_named_like_parameters_are_filtered_by_operator(auditor, named_like_parameters, query):
    rows = auditor.get(f"/tables/t?{query}").json()["rows"]

    assert [row["format"] for row in rows] == ["csv"]


@pytest.mark.parametrize("name", ["limit", "offset", "format"])
def test_an_export_does_not_ignore_a_filter_that_is_named_like_a_parameter(
    auditor, named_like_parameters, people, name
):
    refused = auditor.get(f"/tables/t/export.csv?{name}=csv")
    without_such_column = auditor.get(f"/tables/people/export.csv?{name}=1")

    assert (refused.status_code, without_such_column.status_code) == (400, 200)
    assert f"{name}__eq" in refused.json()["error"]["message"]
