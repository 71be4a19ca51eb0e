"""GET /lineage/graph and /files/{sha256}/lineage: exact nodes and edges of small histories, and groups of long ones."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imports.models import ImportHistory
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, import_records, import_text

pytestmark = pytest.mark.usefixtures("in_this_process")

PEOPLE = "name,age\nAda,36\nGrace,85\n"
MORE = "name,age\nAda,36\nAlan,41\n"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def digest(text):
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def people(atlas_db, tmp_path):
    """people.csv into people and crew, more.csv into people with a duplicate."""
    return [
        import_text(tmp_path, "people.csv", PEOPLE),
        import_text(tmp_path, "more.csv", MORE, table_name="people"),
        import_text(tmp_path, "people.csv", PEOPLE, table_name="crew"),
    ]


def graph(client, **asked):
    response = client.get("/lineage/graph", asked)
    assert response.status_code == 200, response.content
    return response.json()


def nodes(body):
    return [node["id"] for node in body["nodes"]]


def edges(body):
    return [(edge["from"], edge["to"], edge["rows_inserted"]) for edge in body["edges"]]


def imported(number=0, **more):
    """An import of 10 rows that a caller's own code recorded."""
    values = {
        "source_type": "local_upload", "table_name": "sales", "user_id": "7", "status": "success",
        "file_name": f"sales-{number}.csv", "file_hash": digest(str(number)), "import_timestamp": NOON,
        "total_rows_in_file": 10, "rows_inserted": 10, "rows_skipped": 0, "duplicates_found": 0, "rows_rejected": 0,
        "rows_filtered": 0, "duration_seconds": 60,
    }  # fmt: skip
    return ImportHistory(**values | more)


# --- nodes and edges ---


def test_the_whole_graph_newest_first(auditor, people):
    first, second, third = people
    body = graph(auditor)
    one, two = f"file:{digest(PEOPLE)}", f"file:{digest(MORE)}"

    assert nodes(body) == [
        one, two, f"import:{third.pk}", f"import:{second.pk}", f"import:{first.pk}", "table:crew", "table:people",
    ]  # fmt: skip
    assert edges(body) == [
        (one, f"import:{third.pk}", 2), (f"import:{third.pk}", "table:crew", 2),
        (two, f"import:{second.pk}", 1), (f"import:{second.pk}", "table:people", 1),
        (one, f"import:{first.pk}", 2), (f"import:{first.pk}", "table:people", 2),
    ]  # fmt: skip
    keys = ("as_of", "grouped_by", "total_imports", "imports_left_out", "note")
    assert [body[key] for key in keys] == [None, None, 3, 0, None]


def test_the_keys_of_each_kind_of_node(auditor, people):
    first = ImportHistory.objects.get(pk=people[0].pk)
    body = graph(auditor, table="people", file=digest(PEOPLE).upper())
    at = first.import_timestamp.isoformat().replace("+00:00", "Z")
    common = {"imports": 1, "rows_inserted": 2, "rows_updated": 0, "first_import_at": at, "last_import_at": at}

    assert body["nodes"] == [
        {
            "id": f"file:{digest(PEOPLE)}", "kind": "file", "name": "people.csv", "sha256": digest(PEOPLE),
            "url": f"/files/{digest(PEOPLE)}/lineage", **common,
        },
        {
            "id": f"import:{first.pk}", "kind": "import", "name": "people.csv", "import_id": str(first.pk),
            "table_name": "people", "status": "success", "undone": False,
            "url": f"/import-history/{first.pk}", **common,
        },
        {
            "id": "table:people", "kind": "table", "name": "people", "table_name": "people",
            "url": "/tables/people/lineage", **common,
        },
    ]  # fmt: skip


def test_an_import_that_only_updates_rows_has_them(auditor, tmp_path):
    import_text(tmp_path, "prices.csv", "id,price\n1,5\n2,7\n")
    import_text(tmp_path, "prices 2.csv", "id,price\n1,6\n2,8\n", table_name="prices", unique_columns=["id"],
                duplicate_check={"on_match": "update"})  # fmt: skip

    body = graph(auditor, table="prices")

    counts = [(node["name"], node["rows_inserted"], node["rows_updated"]) for node in body["nodes"]]
    assert counts == [
        ("prices 2.csv", 0, 2), ("prices.csv", 2, 0), ("prices 2.csv", 0, 2), ("prices.csv", 2, 0), ("prices", 2, 2),
    ]  # fmt: skip
    assert [edge["rows_updated"] for edge in body["edges"]] == [2, 2, 0, 0]


def test_of_one_table_or_one_file_or_one_user(auditor, people):
    first, second, third = people
    other = imported(user_id="8")
    other.save()

    assert edges(graph(auditor, table="crew")) == [
        (f"file:{digest(PEOPLE)}", f"import:{third.pk}", 2), (f"import:{third.pk}", "table:crew", 2),
    ]  # fmt: skip
    assert nodes(graph(auditor, file=digest(MORE))) == [f"file:{digest(MORE)}", f"import:{second.pk}", "table:people"]
    assert nodes(graph(auditor, user="8")) == [f"file:{digest('0')}", f"import:{other.pk}", "table:sales"]
    assert graph(auditor, user="7")["total_imports"] == 3
    assert graph(auditor, user="unknown")["nodes"] == []


def test_a_user_is_known_by_id_name_or_address(auditor):
    imported(user_id=str(auditor.user.pk)).save()

    for words in (str(auditor.user.pk), "otto", "Otto@example.com"):
        assert graph(auditor, user=words)["total_imports"] == 1


def test_what_was_undone_is_shown_when_asked(auditor, people):
    undo_import(people[0].pk, TESTER)

    assert f"import:{people[0].pk}" not in nodes(graph(auditor))
    body = graph(auditor, include_undone="true", table="people")
    assert [
        (edge["from"], edge["rows_inserted"], edge["undone"]) for edge in body["edges"] if "table:" in edge["to"]
    ] == [
        (f"import:{people[1].pk}", 2, False),
        (f"import:{people[0].pk}", 2, True),
    ]
    assert body["nodes"][-1]["rows_inserted"] == 2


def test_failed_running_and_file_less_imports(auditor, atlas_db):
    records = import_records([{"a": 1}], table_name="sent")
    failed = imported(status="failed", table_name="broken", rows_inserted=0)
    failed.save()
    imported(1, status="in_progress").save()
    legacy = imported(2, file_hash=None, file_name=None, source_type="legacy", table_name="old")
    legacy.save()

    assert edges(graph(auditor)) == [
        (f"file:{records.file_hash}", f"import:{records.pk}", 1), (f"import:{records.pk}", "table:sent", 1),
        *sorted([(f"file:{digest('0')}", f"import:{failed.pk}", 0), (f"import:{legacy.pk}", "table:old", 10)],
                key=lambda edge: next(name for name in edge[:2] if name.startswith("import:")), reverse=True),
    ]  # fmt: skip


# --- as of a time ---


def test_as_of_a_time_between_imports(auditor, people):
    first = ImportHistory.objects.get(pk=people[0].pk)
    between = first.mapping_completed_at

    assert nodes(graph(auditor, as_of=between.isoformat()))[1:] == [f"import:{first.pk}", "table:people"]
    assert nodes(graph(auditor, as_of=(first.import_timestamp - timedelta(seconds=1)).isoformat())) == []
    assert graph(auditor, as_of=timezone.now().isoformat())["total_imports"] == 3


def test_an_import_is_there_when_it_was_done(auditor, atlas_db):
    imported().save()

    assert graph(auditor, as_of="2026-01-15T12:00:59Z")["total_imports"] == 0
    assert graph(auditor, as_of="2026-01-15T12:01:00Z")["total_imports"] == 1
    assert graph(auditor, as_of="2026-01-14")["total_imports"] == 0
    day = graph(auditor, as_of="2026-01-15")
    assert (day["total_imports"], day["as_of"]) == (1, "2026-01-15T23:59:59.999999Z")
    assert day["note"].startswith("Row counts are current")


def test_as_of_a_time_before_and_after_an_undo(auditor, people):
    before = timezone.now()
    undo_import(people[0].pk, TESTER)
    undone = timezone.now()
    redo_import(people[0].pk, TESTER)
    redone = timezone.now()
    undo_import(people[0].pk, TESTER)

    there = [f"import:{people[0].pk}" in nodes(graph(auditor, as_of=at.isoformat())) for at in (before, undone, redone)]
    assert there == [True, False, True]
    assert f"import:{people[0].pk}" not in nodes(graph(auditor))
    shown = graph(auditor, as_of=undone.isoformat(), include_undone="true")["nodes"]
    assert [node["undone"] for node in shown if node["id"] == f"import:{people[0].pk}"] == [True]


# --- groups ---


@pytest.fixture
def long_history(atlas_db):
    """600 imports into sales: 590 of sales-N.csv, 10 of returns N.csv; one undone; and one into people."""
    of_sales = [imported(number, import_timestamp=NOON + timedelta(minutes=number)) for number in range(590)]
    returns = [imported(number, file_name=f"returns {number}.csv") for number in range(590, 600)]
    of_sales[3].undone_at = timezone.now()
    ImportHistory.objects.bulk_create([*of_sales, *returns, imported(600, table_name="people", file_name="p.csv")])


def test_many_imports_are_grouped_by_the_names_of_their_files(auditor, long_history):
    body = graph(auditor, include_undone="true")
    groups = [(node["id"], node["imports"], node["rows_inserted"]) for node in body["nodes"]]

    assert (body["grouped_by"], body["total_imports"], body["imports_left_out"]) == ("file_name", 601, 0)
    single = ImportHistory.objects.get(table_name="people")
    undone = ImportHistory.objects.get(undone_at__isnull=False)
    assert groups == [
        ("files:sales:sales-*.csv", 589, 5890),
        (f"file:{digest('3')}", 1, 0),
        (f"file:{digest('600')}", 1, 10),
        ("files:sales:returns *.csv", 10, 100),
        ("imports:sales:success::sales-*.csv", 589, 5890),
        (f"import:{undone.pk}", 1, 10),
        (f"import:{single.pk}", 1, 10),
        ("imports:sales:success::returns *.csv", 10, 100),
        ("table:sales", 600, 5990),
        ("table:people", 1, 10),
    ]


def test_a_group_links_to_its_part_of_the_history(auditor, long_history):
    groups = [node for node in graph(auditor)["nodes"] if node["kind"] == "imports"]

    assert [(node["name"], node["imports"]) for node in groups] == [("sales-*.csv", 589), ("returns *.csv", 10)]
    assert [auditor.get(node["url"]).json()["total_count"] for node in groups] == [589, 10]
    assert auditor.get(graph(auditor)["nodes"][0]["url"]).json()["total_count"] == 590  # the undone one's file too


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("s-2026-01-05.csv", "s-*-*-*.csv"), ("s1234567890123456.csv", "s*.csv"), ("4 of 12.xlsx", "* of *.xlsx")],
)
def test_the_pattern_of_a_name_has_a_star_for_each_number(auditor, atlas_db, name, pattern):
    ImportHistory.objects.bulk_create([imported(number, file_name=name) for number in range(10)])
    assert {node["name"] for node in graph(auditor, limit=10)["nodes"] if node["kind"] == "imports"} == {pattern}


def test_names_without_a_pattern_are_grouped_by_day(auditor, atlas_db):
    names = [digest(f"name {number}").translate(str.maketrans("0123456789", "ghijklmnop")) for number in range(30)]
    imports = [
        imported(number, file_name=name, import_timestamp=NOON + timedelta(days=number % 3))
        for number, name in enumerate(names)
    ]
    ImportHistory.objects.bulk_create(imports)

    body = graph(auditor, limit=20)
    assert body["grouped_by"] == "day"
    groups = [node for node in body["nodes"] if node["kind"] == "imports"]
    assert [(node["name"], node["imports"]) for node in groups] == [
        ("2026-01-17", 10), ("2026-01-16", 10), ("2026-01-15", 10),
    ]  # fmt: skip
    assert [auditor.get(node["url"]).json()["total_count"] for node in groups] == [10, 10, 10]


def test_more_tables_than_nodes_omits_the_smallest(auditor, atlas_db):
    imports = [imported(number, table_name=f"t{number % 12}") for number in range(18)]
    ImportHistory.objects.bulk_create(imports)

    body = graph(auditor, limit=10)
    assert (body["grouped_by"], body["total_imports"], body["imports_left_out"]) == ("table", 18, 12)
    assert [node["name"] for node in body["nodes"] if node["kind"] == "table"] == ["t0", "t1", "t2"]
    assert len(body["nodes"]) <= 10


def test_the_limit_is_of_nodes(auditor, long_history):
    assert graph(auditor, limit=1000)["grouped_by"] == "file_name"
    assert graph(auditor, limit=1000, table="people")["grouped_by"] is None
    ImportHistory.objects.filter(file_name__startswith="sales").delete()
    assert graph(auditor, limit=24)["grouped_by"] is None  # 11 files, 11 imports, 2 tables
    assert graph(auditor, limit=23)["grouped_by"] == "file_name"


def test_number_of_queries_is_constant(auditor, people):
    def queries(**asked):
        with CaptureQueriesContext(connection) as captured:
            graph(auditor, limit=20, **asked)
        return len(captured)

    few = queries()
    ImportHistory.objects.bulk_create([imported(number) for number in range(40)])
    grouped = queries()
    ImportHistory.objects.bulk_create([imported(number, table_name="more") for number in range(40, 160)])
    assert (grouped - few, queries()) == (2, grouped)
    assert queries(table="sales", as_of="2027-01-01") == grouped + 1


# --- invalid requests, and permissions ---


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("as_of=yesterday", "as_of"), ("as_of=2026-02-30", "as_of"), ("limit=9", "limit"), ("limit=1001", "limit"),
        ("limit=many", "limit"), ("file=abc", "file"), ("include_undone=perhaps", "include_undone"),
        ("table=a%00b", "table"), ("user=%00", "user"),
    ],
)  # fmt: skip
def test_bad_parameters_are_400(auditor, asked, parameter):
    response = auditor.get(f"/lineage/graph?{asked}")

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "bad_request"
    assert error["message"].startswith(f"{parameter}: ")
    assert list(error["details"]["parameters"]) == [parameter]


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/lineage/graph?table=nowhere", 404, "unknown_table"),
        ("/lineage/graph?table=auth_user", 422, "reserved_table"),
        (f"/lineage/graph?file={'0' * 64}", 404, "unknown_file"),
        (f"/files/{'0' * 64}/lineage", 404, "unknown_file"),
        ("/files/abc/lineage", 404, "unknown_file"),
        ("/files/%00/lineage", 404, "unknown_file"),
    ],
)
def test_what_is_not_there_is_404(auditor, address, status, code):
    response = auditor.get(address)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("address", ["/lineage/graph", f"/files/{'0' * 64}/lineage"])
def test_reading_needs_the_view_permission(anonymous, unprivileged, address):
    assert (anonymous.get(address).status_code, unprivileged.get(address).status_code) == (401, 403)


# --- one file ---


def test_every_table_that_a_file_touched(auditor, people):
    undo_import(people[0].pk, TESTER)
    body = auditor.get(f"/files/{digest(PEOPLE).upper()}/lineage").json()
    at = {one["import_id"]: one["import_timestamp"] for one in body["imports"]}
    first, third = str(people[0].pk), str(people[2].pk)

    assert [body[key] for key in ("sha256", "file_name", "file_size_bytes", "file_type", "total_count")] == [
        digest(PEOPLE), "people.csv", len(PEOPLE), "csv", 2,
    ]  # fmt: skip
    assert body["tables"] == [
        {"table_name": "crew", "total_imports": 1, "imports_standing": 1, "total_rows_contributed": 2,
         "last_import_at": at[third]},
        {"table_name": "people", "total_imports": 1, "imports_standing": 0, "total_rows_contributed": 0,
         "last_import_at": at[first]},
    ]  # fmt: skip
    shown = [(one["import_id"], one["status"], bool(one["undone_at"]), one["rows_inserted"]) for one in body["imports"]]
    assert shown == [(third, "success", False, 2), (first, "success", True, 2)]


def test_the_imports_of_a_file_are_paged(auditor, people):
    body = auditor.get(f"/files/{digest(PEOPLE)}/lineage?limit=1&offset=1").json()

    assert [one["import_id"] for one in body["imports"]] == [str(people[0].pk)]
    assert (body["total_count"], body["limit"], body["offset"]) == (2, 1, 1)
    assert auditor.get(f"/files/{digest(PEOPLE)}/lineage?limit=0").status_code == 400
