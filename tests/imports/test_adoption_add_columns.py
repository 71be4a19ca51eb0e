"""manage.py add_tracking_columns: tables that stood before they were tracked."""

from contextlib import contextmanager
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from core.messages import Message
from imports.adoption.adopt import track_table
from imports.errors import CannotTrack, CannotUndo, UntrackedTable
from imports.history import tracking
from imports.models import ImportHistory
from lineage.provenance.tables import table_lineage
from lineage.statistics.statistics import counted_imports, statistics
from lineage.undo import undo_import
from tests.api.conftest import client_of
from tests.importing import TESTER, columns_of, import_text, in_another_thread, query, rows_of

pytestmark = pytest.mark.usefixtures("tidy_db")

TRACKING = {
    "_import_id": "uuid", "_imported_at": "timestamp with time zone", "_source_row_number": "integer",
    "_corrections_applied": "jsonb",
}  # fmt: skip


@pytest.fixture
def tidy_db(atlas_db):
    """Without what tests make themselves: `atlas_db` drops tracked tables only."""
    yield
    connection.close()
    found = query(
        "SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass::text FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
        " AND (relname ~* 'old' OR relname IN ('other', 'later', 'seen')) ORDER BY relkind DESC"
    )
    for kind, name in found:
        query(f"DROP {kind} IF EXISTS {name} CASCADE")
    query("DROP FUNCTION IF EXISTS no CASCADE")


@pytest.fixture
def old():
    """A table of another program, with a serial key."""
    query("CREATE TABLE old (id serial PRIMARY KEY, name text, age integer)")
    query("INSERT INTO old (name, age) VALUES ('Ada', 36), ('Alan', 41), ('Grace', 85)")


def track(table="old"):
    said = StringIO()
    call_command("add_tracking_columns", table, stdout=said)
    return said.getvalue()


def refused(table="old"):
    """What the command says; the table and the history stay as they were."""
    before = columns_of(table)
    with pytest.raises(CommandError) as refusal:
        track(table)
    assert columns_of(table) == before
    assert not ImportHistory.objects.exists()
    assert str(refusal.value).endswith(" Nothing was changed.")
    return str(refusal.value).removesuffix(" Nothing was changed.")


def test_rows_that_stood_there_become_those_of_a_legacy_import(old):
    said = track()

    legacy = ImportHistory.objects.get()
    assert said == f"old is now tracked: 3 rows, import {legacy.pk} (legacy)\n"
    assert columns_of("old") == {"id": "bigint", "name": "text", "age": "integer", **TRACKING}
    assert rows_of("old") == [
        {"id": number, "name": name, "age": age, "_import_id": legacy.pk, "_imported_at": None,
         "_source_row_number": number, "_corrections_applied": None}
        for number, (name, age) in enumerate([("Ada", 36), ("Alan", 41), ("Grace", 85)], start=1)
    ]  # fmt: skip
    counts = (legacy.total_rows_in_file, legacy.rows_processed, legacy.rows_inserted, legacy.rows_skipped)
    assert (legacy.source_type, legacy.status, legacy.mapping_status, counts) == (
        "legacy", "success", "completed", (3, 3, 3, 0),
    )  # fmt: skip
    assert [column["name"] for column in legacy.mapping_config["columns"]] == ["name", "age"]
    assert query("SELECT actor, action, subject FROM audit_auditentry") == [
        ("manage.py add_tracking_columns", "table.tracked", "old")
    ]


def test_afterwards_the_table_is_like_any_that_an_import_made(old, tmp_path):
    import_text(tmp_path, "made.csv", "name,age\nAda,36\n")
    track()

    assert inspect_table("old") == inspect_table("made")


def inspect_table(table):
    """Columns but for their names' order, index and foreign key, with the table's name left out."""
    columns = query(
        "SELECT column_name, data_type, is_nullable, column_default, is_identity, identity_generation"
        " FROM information_schema.columns WHERE table_name = %s ORDER BY column_name",
        table,
    )
    keys = query(
        "SELECT contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass"
        " AND contype <> 'n' ORDER BY 1", table,
    )  # fmt: skip
    indexes = query("SELECT replace(indexdef, %s, 't') FROM pg_indexes WHERE tablename = %s ORDER BY 1", table, table)
    numbers = query("SELECT seqtypid::regtype::text FROM pg_sequence WHERE seqrelid = %s::regclass", f"{table}_id_seq")
    return columns, keys, indexes, numbers


def test_imports_into_it_find_its_rows_as_duplicates(old, tmp_path):
    track()
    legacy = ImportHistory.objects.get()

    found = import_text(tmp_path, "new.csv", "name,age\nAlan,41\nLinus,21\n", table_name="old")

    assert (found.rows_inserted, found.duplicates_found) == (1, 1)
    assert query("SELECT matched_import_id, matched_record_number FROM imports_kept_record") == [(legacy.pk, 2)]
    assert [row["name"] for row in rows_of("old")] == ["Ada", "Alan", "Grace", "Linus"]
    assert table_lineage("old") == {"total_imports": 2, "total_rows_contributed": 4}


def test_before_it_an_import_names_the_command(old, tmp_path):
    with pytest.raises(UntrackedTable, match="manage.py add_tracking_columns old"):
        import_text(tmp_path, "old.csv", "name,age\nAda,36\n")


def test_the_api_and_the_pages_show_it(old):
    track()
    legacy = ImportHistory.objects.get()
    api = client_of("root", is_superuser=True, is_staff=True)

    assert [row["name"] for row in api.get("/tables/old").json()["rows"]] == ["Ada", "Alan", "Grace"]
    assert api.get("/tables/old/lineage").json()["imports"][0]["source_type"] == "legacy"
    fates = api.get(f"/import-history/{legacy.pk}/rows").json()["rows"]
    assert [(fate["record_number"], fate["fate"]) for fate in fates] == [(n, "inserted") for n in (1, 2, 3)]
    api.force_login(api.user)
    for address in ("/ui/tables", "/ui/tables/old", f"/ui/imports/{legacy.pk}", "/ui/imports", "/"):
        assert api.get(address).status_code == 200, address
    assert "Existing data" in api.get(f"/ui/imports/{legacy.pk}").content.decode()


def test_the_legacy_import_is_not_undone_and_says_so(old):
    track()

    with pytest.raises(CannotUndo, match="were in the table before it was tracked"):
        undo_import(ImportHistory.objects.get().pk, TESTER)
    assert len(rows_of("old")) == 3


def test_undoing_the_imports_after_it_leaves_its_rows(old, tmp_path):
    track()
    found = import_text(tmp_path, "new.csv", "name,age,town\nLinus,21,Helsinki\n", table_name="old")

    undo_import(found.pk, TESTER)

    assert [row["name"] for row in rows_of("old")] == ["Ada", "Alan", "Grace"]
    assert list(columns_of("old")) == ["id", "name", "age", *TRACKING]


def test_it_comes_before_every_import_of_the_table(old, tmp_path):
    query("ALTER TABLE old RENAME TO later")
    made = import_text(tmp_path, "old.csv", "name,age\nAda,36\n")
    undo_import(made.pk, TESTER)
    query("ALTER TABLE later RENAME TO old")
    track()

    made.refresh_from_db()
    assert ImportHistory.objects.get(source_type="legacy").import_order < made.import_order


def test_statistics_do_not_count_it_as_imported_today(old):
    track()

    found = statistics(counted_imports())
    assert (found["total_imports"], found["total_rows_inserted"], found["per_day"]) == (0, 0, [])


def test_a_second_time_nothing_is_changed(old):
    track()
    before = rows_of("old")

    assert track() == "old is already tracked: every row has its import. Nothing was changed.\n"
    assert rows_of("old") == before
    assert ImportHistory.objects.count() == 1


def test_a_table_with_the_specifications_own_columns_gets_what_is_missing(old):
    """As its migration guide adds them: rows without an import."""
    query(
        "ALTER TABLE old ADD COLUMN _import_id UUID REFERENCES import_history(import_id) ON DELETE CASCADE,"
        " ADD COLUMN _imported_at timestamptz DEFAULT NOW(), ADD COLUMN _source_row_number INTEGER,"
        " ADD COLUMN _corrections_applied JSONB; CREATE INDEX idx_old_import_id ON old(_import_id)"
    )
    mine = tracking.start_import_tracking("local_upload", "own.csv", "old")
    query("INSERT INTO old (name, _import_id, _source_row_number) VALUES ('Linus', %s, 1)", mine)
    tracking.complete_import_tracking(mine, "success", 1, 1, 1)

    track()

    legacy = ImportHistory.objects.get(source_type="legacy")
    held = [(row["name"], row["_import_id"], row["_source_row_number"]) for row in rows_of("old")]
    assert held == [("Ada", legacy.pk, 1), ("Alan", legacy.pk, 2), ("Grace", legacy.pk, 3), ("Linus", UUID(mine), 1)]
    assert {row["_imported_at"] is None for row in rows_of("old", where="name <> 'Linus'")} == {True}
    assert query("SELECT count(*) FROM pg_constraint WHERE conrelid = 'old'::regclass AND contype = 'f'") == [(1,)]


@pytest.mark.parametrize(
    "definition",
    [
        "id serial PRIMARY KEY",
        "id bigserial PRIMARY KEY",
        "id smallint PRIMARY KEY",
        "id integer",
        "id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    ],
)
def test_ids_stay_and_go_on(definition, tmp_path):
    query(f"CREATE TABLE old ({definition}, a integer)")
    query("INSERT INTO old (id, a) OVERRIDING SYSTEM VALUE VALUES (70, 1), (7, 2)")

    track()
    import_text(tmp_path, "more.csv", "a\n3\n", table_name="old")

    assert columns_of("old")["id"] == "bigint"
    held = [(row["id"], row["a"], row["_source_row_number"]) for row in rows_of("old")]
    assert held[:2] == [(7, 2, 1), (70, 1, 2)]
    assert held[2][0] > 70


def test_a_table_without_id_gets_one(tmp_path):
    query("CREATE TABLE old (a integer); INSERT INTO old VALUES (5), (6)")

    track()
    import_text(tmp_path, "more.csv", "a\n7\n", table_name="old")

    assert [row["a"] for row in rows_of("old")] == [5, 6, 7]
    assert query(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'old'::regclass AND contype = 'p'"
    ) == [("PRIMARY KEY (id)",)]


def test_a_primary_key_of_its_own_stays(tmp_path):
    query("CREATE TABLE old (code text PRIMARY KEY, a integer); INSERT INTO old VALUES ('x', 5)")
    query("CREATE TABLE other (code text REFERENCES old)")

    said = track()
    import_text(tmp_path, "more.csv", "code,a\ny,7\nx,5\n", table_name="old")

    assert [(row["code"], row["a"]) for row in rows_of("old")] == [("x", 5), ("y", 7)]
    keys = query(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'old'::regclass AND contype IN ('p', 'u') ORDER BY 1"
    )
    assert keys == [("PRIMARY KEY (code)",), ("UNIQUE (id)",)]
    assert "warning: The column code is NOT NULL: an import with a row that has no value in it fails." in said


def test_an_empty_table_has_its_import_too():
    query("CREATE TABLE old (a integer)")

    assert "0 rows" in track()
    assert ImportHistory.objects.get().rows_inserted == 0


def test_its_own_triggers_do_not_run(old):
    query("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'touched'; END$$")
    query("CREATE TRIGGER no BEFORE UPDATE ON old FOR EACH ROW EXECUTE FUNCTION no()")

    assert "3 rows" in track()


def test_obstacles_to_imports_are_listed():
    query('CREATE TABLE old (a integer, "First Name" text, tiny smallint, must text NOT NULL, UNIQUE (a))')

    assert [line.strip() for line in track().splitlines()[1:]] == [
        "warning: Imports cannot use the column name “First Name”. Rename it to first_name.",
        "warning: Imports cannot fill the column tiny: its type smallint is not supported.",
        "warning: The column must is NOT NULL: an import with a row that has no value in it fails.",
        "warning: The index old_a_key is unique: an import that repeats one of its values fails.",
    ]


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        ("(id text, a integer)", "The column id is not a primary key of whole numbers"),
        ("(id uuid PRIMARY KEY, a integer)", "ALTER TABLE old RENAME COLUMN id TO source_id"),
        ("(id integer, a integer PRIMARY KEY)", "The column id is not a primary key of whole numbers"),
        (
            "(id integer, a integer); INSERT INTO old VALUES (1, 1), (1, 2)",
            "The column id has duplicate or missing values",
        ),
        ("(id integer, a integer); INSERT INTO old VALUES (1, 1), (NULL, 2)", "duplicate or missing values"),
        ("(id serial PRIMARY KEY, a integer); CREATE VIEW seen AS SELECT id FROM old", "the view “seen” uses it"),
        ("(a integer, _imported_at date)", "The column _imported_at is date"),
        ("(a json)", "Rows cannot be compared by these columns: a (json)."),
        ("(id serial PRIMARY KEY)", "The table has 0 columns besides id"),
        ("(a integer); CREATE TABLE idx_old_import_id (b text)", "already named “idx_old_import_id”"),
        ("(a integer) PARTITION BY RANGE (a)", "Only ordinary tables can be tracked"),
    ],
)
def test_a_refused_table_gets_a_reason(definition, sentence):
    query(f"CREATE TABLE old {definition}")

    assert sentence in refused()


@pytest.mark.parametrize(
    ("definition", "code", "params"),
    [
        ("(id text, a integer)", "id_is_no_key", {"table": "old"}),
        ("(a integer, _imported_at date)", "tracking_column_type",
         {"column": "_imported_at", "type": "date", "expected": "timestamp with time zone"}),
        ("(a json, b json)", "not_comparable", {"columns": ["a (json)", "b (json)"]}),
        ("(id serial PRIMARY KEY)", "column_count", {"columns": 0, "limit": 1595}),
    ],
)  # fmt: skip
def test_a_refusal_has_code_and_parameters(definition, code, params):
    query(f"CREATE TABLE old {definition}")

    with pytest.raises(CannotTrack) as refused:
        track_table("old", TESTER)

    assert refused.value.details == {"table_name": "old", "reason": code, "params": params}


def test_obstacles_have_code_and_parameters():
    query("CREATE TABLE old (a integer, tiny smallint, UNIQUE (a))")

    assert track_table("old", TESTER).obstacles == (
        Message("column_type_not_imported", {"column": "tiny", "type": "smallint"}),
        Message("unique_values", {"index": "old_a_key"}),
    )


def test_a_view_cannot_be_tracked():
    query("CREATE VIEW old AS SELECT 1 AS a")

    assert "Only ordinary tables" in refused()


def test_a_table_name_that_imports_cannot_use_is_refused():
    query('CREATE TABLE "My Old" (a integer)')

    assert (
        refused("My Old")
        == "Imports cannot use the table name “My Old”. Rename the table first, for example to my_old."
    )


def test_missing_and_reserved_tables_are_refused():
    assert refused("nowhere") == "Table “nowhere” not found in the schema public."
    for table in ("auth_user", "import_history", "mapping_errors"):
        assert "is reserved" in refused(table)


def test_a_table_in_use_is_not_changed(old, settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.2

    @contextmanager
    def read():
        with transaction.atomic():
            query("SELECT * FROM old")
            yield

    with in_another_thread(read):
        assert refused() == (
            "Table “old” is in use by another database session. Nothing was changed. Try again when it has finished."
        )
