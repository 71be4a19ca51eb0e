"""Load rows into a table: keys created after the load, key checks switched off where possible, cancelling."""

import pytest
from django.db import ProgrammingError, connection, transaction

from core.errors import ServiceError
from imports.errors import ImportCancelled, MappingDoesNotFit, UnreadableFile
from imports.jobs.progress import cancelled_by
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.upload import from_disk
from imports.tables.constraints import without_key_checks
from tests.importing import TESTER, columns_of, import_path, import_text, query
from tests.imports.reading import FILES

QUOTED = "secret value of a row"  # a message of the database

pytestmark = pytest.mark.usefixtures("atlas_db")


def constraints(table):
    return query("SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
                 " WHERE conrelid = %s::regclass AND contype <> 'n' ORDER BY 1", table)  # fmt: skip


def test_a_new_table_has_its_key_index_and_cascading_foreign_key(tmp_path):
    import_text(tmp_path, "t.csv", "a\n1\n")

    assert constraints("t") == [
        ("f", "FOREIGN KEY (_import_id) REFERENCES import_history(import_id) ON DELETE CASCADE"),
        ("p", "PRIMARY KEY (id)"),
    ]
    assert query("SELECT indexname FROM pg_indexes WHERE tablename = 't' ORDER BY 1") == [
        ("idx_t_import_id",), ("t_pkey",),
    ]  # fmt: skip


@pytest.fixture
def plain_role():
    """Use a role that may not switch off key checks."""
    query("CREATE ROLE atlas_plain; GRANT ALL ON SCHEMA public TO atlas_plain;"
          "GRANT ALL ON ALL TABLES IN SCHEMA public TO atlas_plain;"
          "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO atlas_plain; SET ROLE atlas_plain")  # fmt: skip
    yield
    query("RESET ROLE; DROP OWNED BY atlas_plain CASCADE; DROP ROLE atlas_plain")


@pytest.mark.parametrize("check", [True, False])
def test_a_role_that_may_not_switch_off_key_checks_can_import(tmp_path, plain_role, check):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    found = import_text(tmp_path, "b.csv", "a\n2\n", table_name="t", check_duplicates=check)

    assert query("SELECT current_user")[0] == ("atlas_plain",)
    assert query("SELECT count(*) FROM t WHERE _import_id = %s", found.pk) == [(1,)]


def test_key_checks_are_back_on_after_an_append(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")
    import_text(tmp_path, "b.csv", "a\n2\n", table_name="t", check_duplicates=False)

    assert query("SHOW session_replication_role") == [("origin",)]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("ADD FOREIGN KEY (a) REFERENCES parent", "t_a_fkey"),
        ("ADD FOREIGN KEY (a) REFERENCES parent DEFERRABLE INITIALLY DEFERRED", "t_a_fkey"),
        ("ADD UNIQUE (b) DEFERRABLE INITIALLY DEFERRED", "t_b_key"),
    ],
)
def test_a_user_defined_key_is_checked(tmp_path, parent, rule, name):
    import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t")
    query(f"ALTER TABLE t {rule}")

    with pytest.raises(MappingDoesNotFit, match=f"A row of the file violates the constraint “{name}” of table “t”"):
        import_text(tmp_path, "b.csv", "a,b\n2,x\n", table_name="t", check_duplicates=False)
    assert ImportHistory.objects.get(status="failed").error_message
    import_text(tmp_path, "c.csv", "a,b\n1,y\n", table_name="t")

    assert query("SELECT a, b FROM t ORDER BY id") == [(1, "x"), (1, "y")]


@pytest.fixture
def parent():
    """A user's table with the row 1."""
    query("CREATE TABLE parent (k integer PRIMARY KEY); INSERT INTO parent VALUES (1)")
    yield
    query("DROP TABLE parent CASCADE")


def test_a_user_defined_trigger_fires(tmp_path):
    import_text(tmp_path, "a.csv", "a\nx\n", table_name="t")
    query("CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
          " 'BEGIN NEW.a := upper(NEW.a); RETURN NEW; END';"
          "CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout()")  # fmt: skip
    try:
        import_text(tmp_path, "b.csv", "a\ny\n", table_name="t")
    finally:
        query("DROP FUNCTION shout CASCADE")

    assert query("SELECT a FROM t ORDER BY id") == [("x",), ("Y",)]


@pytest.mark.parametrize("phase", ["reading", "loading"])
def test_cancelling_between_batches_leaves_nothing(tmp_path, phase):
    (tmp_path / "t.csv").write_text("a\n1\n2\n")

    def cancel(now, done, total):
        if now == phase:
            raise cancelled_by("tester")

    with from_disk(tmp_path / "t.csv") as source, pytest.raises(ImportCancelled):
        run_import(source, parse_mapping(None), TESTER, progress=cancel)

    found = ImportHistory.objects.get()
    assert (found.status, found.error_message) == ("failed", "Cancelled by tester. Nothing was imported.")
    assert columns_of("t") == {}
    assert import_text(tmp_path, "t.csv", "a\n1\n2\n").status == "success"


def test_a_violated_constraint_is_named_without_the_row(tmp_path):
    import_text(tmp_path, "a.csv", "a,b\n1,x\n", table_name="t")
    query("ALTER TABLE t ADD CONSTRAINT own CHECK (b <> 'secret')")

    with pytest.raises(MappingDoesNotFit) as failure:
        import_text(tmp_path, "b.csv", "a,b\n2,secret\n", table_name="t")

    assert str(failure.value) == (
        "A row of the file violates the constraint “own” of table “t”. "
        "Change the file or its mapping, or drop the constraint."
    )
    failed = ImportHistory.objects.get(status="failed")
    assert failed.error_message == str(failure.value)
    assert failure.value.details == {
        "import_id": str(failed.pk), "table_name": "t", "rule": "own",
        "reason": "file_row_against_rule", "params": {"table": "t", "rule": "own"},
    }  # fmt: skip
    assert failure.value.__cause__ is None


def test_a_rejecting_trigger_is_reported_without_the_row(tmp_path, refuser):
    import_text(tmp_path, "a.csv", "a\nx\n", table_name="t")
    query(f"CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION {refuser}()")

    with pytest.raises(MappingDoesNotFit) as failure:
        import_text(tmp_path, "b.csv", "a\nsecret\n", table_name="t")

    assert str(failure.value) == (
        "A trigger of the table rejected a row of the file (SQLSTATE P0001). "
        "Change the file or its mapping, or drop the trigger."
    )
    assert (failure.value.message.code, failure.value.message.params) == (
        "file_row_against_trigger", {"sqlstate": "P0001"},
    )  # fmt: skip
    assert query("SELECT a FROM t") == [("x",)]


def test_a_trigger_of_one_table_does_not_slow_down_other_tables(tmp_path, refuser):
    for table in ("t", "u"):
        import_text(tmp_path, f"{table}.csv", "a\nx\n", table_name=table)
    query(f"CREATE TRIGGER own BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION {refuser}()")
    with transaction.atomic():
        with without_key_checks("t"):
            assert query("SHOW session_replication_role") == [("origin",)]
        with without_key_checks("u"):
            assert query("SHOW session_replication_role") == [("replica",)]
        assert query("SHOW session_replication_role") == [("origin",)]


@pytest.fixture
def refuser():
    """A trigger function that rejects every row with a message that quotes it."""
    query("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no %', NEW; END $$")
    yield "refuse"
    query("DROP FUNCTION refuse CASCADE")


@pytest.mark.parametrize("kind", [RuntimeError, ProgrammingError, MemoryError])
@pytest.mark.usefixtures("in_this_process")
def test_an_internal_error_is_recorded_logged_without_row_data_and_raised(tmp_path, monkeypatch, caplog, kind):
    def broken(*arguments):
        raise kind(QUOTED)

    monkeypatch.setattr("imports.extraction.extraction.convert", broken)
    with pytest.raises(ServiceError) as raised:
        import_text(tmp_path, "t.csv", "a\n1\n")

    found = ImportHistory.objects.get()
    assert raised.value.details == {
        "import_id": str(found.pk), "reason": "service_failed", "params": {"error": kind.__name__},
    }  # fmt: skip
    assert (
        found.error_message
        == f"Internal error ({kind.__name__}). Your file is fine. Try again, or contact your administrator."
    )
    assert f"{kind.__name__} in import {found.pk}\n" in caplog.text
    assert "in broken" in caplog.text
    assert "secret" not in caplog.text
    assert not connection.in_atomic_block


@pytest.fixture
def rule_of_our_own():
    """A constraint of a table of the service that every record violates."""
    query("ALTER TABLE imports_kept_record ADD CONSTRAINT never CHECK (record_number < 0)")
    yield
    query("ALTER TABLE imports_kept_record DROP CONSTRAINT never")


def test_a_violated_constraint_of_the_services_tables_is_an_internal_error(tmp_path, rule_of_our_own, caplog):
    with pytest.raises(ServiceError):
        import_text(tmp_path, "t.csv", "a\n1\nx\n", db_schema={"a": "INTEGER"}, on_error="reject_row")

    found = ImportHistory.objects.get()
    assert (found.status, found.error_code) == ("failed", "service_error")
    assert f"IntegrityError (SQLSTATE 23514) in import {found.pk}\n" in caplog.text


@pytest.mark.parametrize("kind", [KeyError, IndexError, ValueError, RuntimeError])
def test_an_ambiguous_error_is_logged_with_its_import(tmp_path, monkeypatch, caplog, kind, in_this_process):
    def broken(*arguments):
        raise kind(QUOTED)

    monkeypatch.setattr("imports.readers.excel.facts_xlsx.facts_of_xlsx", broken)
    path = tmp_path / "t.xlsx"
    path.write_bytes((FILES / "excel" / "values.xlsx").read_bytes())
    with pytest.raises(UnreadableFile):
        import_path(path)

    assert f"UnreadableFile from {kind.__name__} in import {ImportHistory.objects.get().pk}\n" in caplog.text
    assert "in broken" in caplog.text
    assert "secret" not in caplog.text


def test_an_exception_that_stops_the_process_is_recorded_and_raised(tmp_path, monkeypatch, caplog, in_this_process):
    def stopped(*arguments):
        raise SystemExit(1)

    monkeypatch.setattr("imports.extraction.extraction.convert", stopped)
    with pytest.raises(SystemExit):
        import_text(tmp_path, "t.csv", "a\n1\n")

    assert ImportHistory.objects.get().error_code == "service_error"
    assert "SystemExit in import" in caplog.text


def test_a_problem_of_the_file_is_not_logged_as_an_error(tmp_path, caplog):
    with pytest.raises(UnreadableFile):
        import_text(tmp_path, "t.csv", "")

    assert caplog.text == ""


def test_ids_are_taken_from_the_sequence_32_at_a_time(tmp_path):
    import_text(tmp_path, "a.csv", "a\n1\n", table_name="t")

    assert query("SELECT seqcache FROM pg_sequence WHERE seqrelid = 't_id_seq'::regclass") == [(32,)]
