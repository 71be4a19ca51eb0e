"""manage.py check_consistency: each law, broken once by hand, is named."""

from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from imports.errors import NothingLoaded
from imports.history import tracking
from imports.locks import release_liveness_lock
from lineage.consistency import check as consistency
from lineage.undo import undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.audit.tampering import tamper
from tests.importing import TESTER, import_text, query, rows_of
from tests.test_run import processor_seconds

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = "name,age\nAda,36\nAlan,old\nGrace,85\nLinus,21,more\n"
MORE = "name,age\nAda,36\nEdsger,72\n"


@pytest.fixture
def people(tmp_path):
    """Two imports: 3 rows with a value that did not fit, and a rejected record; then 1 row and a duplicate."""
    return [
        import_text(tmp_path, "people.csv", PEOPLE, db_schema={"age": "INTEGER"}),
        import_text(tmp_path, "more.csv", MORE, table_name="people"),
    ]


@pytest.fixture
def unconstrained(atlas_db):
    """Lets go of constraints of import_history until the test is over."""
    dropped = []

    def drop(definition):
        [(name, whole)] = query(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'import_history'::regclass AND pg_get_constraintdef(oid) LIKE %s", definition,
        )  # fmt: skip
        query(f"ALTER TABLE import_history DROP CONSTRAINT {name}")
        dropped.append((name, whole))

    yield drop
    query("TRUNCATE import_history CASCADE")
    for name, whole in dropped:
        query(f"ALTER TABLE import_history ADD CONSTRAINT {name} {whole}")


def check(*arguments):
    """What the command says, line by line, and its exit status."""
    said = StringIO()
    try:
        call_command("check_consistency", *arguments, stdout=said)
    except SystemExit as ended:
        return said.getvalue().splitlines(), ended.code
    return said.getvalue().splitlines(), 0


def broken(*lines):
    """Exactly these lines, in any order, and the exit status 1."""
    found, status = check()
    assert (sorted(found), status) == (sorted(lines), 1)


def test_nothing_at_all_is_consistent():
    counts = "0 tables, 0 imports, 0 rows, 0 skipped rows, 0 errors, 0 audit entries"
    assert check() == ([f"No problems found: {counts}; 15 checks per table."], 0)


def test_what_the_product_does_is_consistent(people, tmp_path):
    import_text(tmp_path, "key.csv", "name,age\nAda,1\nKurt,2\nKurt,3\n", table_name="people",
                duplicate_check={"enabled": True}, unique_columns=["name"])  # fmt: skip
    import_text(tmp_path, "wide.csv", "name,age,town\nNiklaus,9,Zurich\n", table_name="people")
    import_text(
        tmp_path, "filtered.csv", "a\n1\n2\n", rules={"filter_rows": [{"field": "a", "operator": "equals", "value": 1}]}
    )
    undone = import_text(tmp_path, "undone.csv", "a\n1\n")
    undo_import(undone.pk, TESTER)
    with pytest.raises(NothingLoaded):
        import_text(tmp_path, "failed.csv", "a\nx\n", db_schema={"a": "INTEGER"}, on_error="reject_row")
    query("CREATE TABLE old (id serial, a varchar(20)); INSERT INTO old (a) VALUES ('x')")
    call_command("add_tracking_columns", "old", stdout=StringIO())
    import_text(tmp_path, "old.csv", "a\nx\ny\n")

    lines, status = check()

    assert (len(lines), status) == (1, 0), lines
    assert lines[0].startswith("No problems found: 3 tables, 7 imports, 9 rows, ")


def test_one_table_alone_can_be_looked_at(people, tmp_path, unnoticed):
    import_text(tmp_path, "other.csv", "a\n1\n")
    unnoticed("DELETE FROM other")

    assert check("--table", "people")[1] == 0
    assert check("--table", "other")[1] == 1
    with pytest.raises(CommandError, match="There is no data table 'nowhere'"):
        check("--table", "nowhere")


def test_counts_that_do_not_add_up(people, unconstrained):
    unconstrained("%total_rows_in_file =%")
    query("UPDATE import_history SET rows_skipped = 2 WHERE import_id = %s", people[0].pk)

    broken(
        f"people, import {people[0].pk}: its counts do not add up: 4 records, 3 inserted, 2 skipped,"
        " of them 0 duplicates, 1 rejected, 0 filtered. [fates_add_up]"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("status = 'success'", "its status is success, but 1 records were rejected. [status_follows]"),
        (
            "mapping_status = 'completed'",
            "its mapping status is completed, but it has 2 mapping errors. [mapping_status_follows]",
        ),
        ("import_order = NULL", "it stands, but has no place in the order of imports. [order_known]"),
        ("mapping_errors_count = 5", "it counts 5 mapping errors, but 2 are there. [mapping_errors_counted]"),
        (
            """errors_by_type = '{"type_mismatch": 3, "too_many_fields": 1}'""",
            "it counts 3 mapping errors of type type_mismatch, but 1 are there. [mapping_errors_counted_by_type]",
        ),
    ],
)
def test_a_record_of_the_history_that_was_changed(people, change, sentence):
    query(f"UPDATE import_history SET {change} WHERE import_id = %s", people[0].pk)

    broken(f"people, import {people[0].pk}: {sentence}")


def test_two_imports_in_one_place(people, unconstrained):
    unconstrained("UNIQUE (import_order)")
    query("UPDATE import_history SET import_order = 7")

    first = min(people[0].pk, people[1].pk)
    broken(f"people, import {first}: it has the place 7 in the order of imports, as 1 others have. [order_unique]")


def test_kept_records_that_are_gone(people):
    query("DELETE FROM imports_kept_record")

    broken(
        f"people, import {people[0].pk}: it counts 1 records as rejected, but 0 are kept. [kept_records_counted]",
        f"people, import {people[1].pk}: it counts 1 records as duplicate, but 0 are kept. [kept_records_counted]",
    )


@pytest.fixture
def unnoticed():
    """Runs a statement that no trigger sees, as a replica's work is."""

    def run(statement):
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement)
            cursor.execute("SET session_replication_role = origin")

    return run


def test_rows_that_were_deleted_by_hand_are_no_violation(people):
    query("DELETE FROM people WHERE name IN ('Ada', 'Grace')")

    assert check()[1] == 0


def test_rows_deleted_by_hand_stay_known_when_another_import_is_undone(people):
    query("DELETE FROM people WHERE name = 'Grace'")
    undo_import(people[1].pk, TESTER)

    assert check()[1] == 0


def test_rows_that_went_unseen(people, unnoticed):
    query("DELETE FROM people WHERE name = 'Alan'")
    unnoticed("DELETE FROM people WHERE name = 'Grace'")

    broken(
        f"people, import {people[0].pk}: it inserted 3 rows, but 1 of it are there, and 1 were seen being deleted by"
        " hand. [rows_counted]"
    )


def test_rows_that_were_put_in_by_hand(people):
    query("INSERT INTO people (name, _import_id) VALUES ('Kurt', %s)", people[0].pk)

    broken(
        f"people, import {people[0].pk}: it inserted 3 rows, but 4 of it are there, and 0 were seen being deleted by"
        " hand. [rows_counted]"
    )


def test_a_row_that_a_duplicate_matches_went_unseen(people, unnoticed):
    unnoticed("DELETE FROM people WHERE name = 'Ada'")

    broken(
        f"people, import {people[0].pk}: it inserted 3 rows, but 2 of it are there, and 0 were seen being deleted by"
        " hand. [rows_counted]",
        f"people, import {people[1].pk}: 1 of its duplicates match a record that is neither a row, nor kept, nor a row"
        " that was seen being deleted by hand. [duplicates_match_a_record]",
    )


def test_rows_that_an_undo_kept_are_no_violation(people):
    query("UPDATE people SET age = 37 WHERE name = 'Grace'")
    query("UPDATE people SET age = 73 WHERE name = 'Edsger'")
    for found in people:
        undo_import(found.pk, TESTER, changed_rows=EditedRowsChoice.KEEP)

    assert [row["name"] for row in rows_of("people", "name")] == ["Grace", "Edsger"]
    assert check()[1] == 0


def test_rows_of_an_undone_import_that_nobody_changed(people):
    query("UPDATE people SET age = 37 WHERE name = 'Grace'")
    undo_import(people[0].pk, TESTER, changed_rows=EditedRowsChoice.KEEP)
    query("INSERT INTO people (name, _import_id) VALUES ('Kurt', %s)", people[0].pk)

    broken(f"people, import {people[0].pk}: 1 rows are there, but it was undone. [rows_stand]")


def test_a_duplicate_of_no_import(people):
    query("UPDATE imports_kept_record SET matched_import_id = gen_random_uuid() WHERE fate = 'duplicate'")

    broken(
        f"people, import {people[1].pk}: 1 of its duplicates match a record of no import that stands in the table."
        " [duplicates_match_an_import]"
    )


def test_a_record_with_two_fates(people):
    query("UPDATE imports_kept_record SET record_number = 3 WHERE fate = 'rejected'")

    broken(
        f"people, import {people[0].pk}: 1 of its record numbers stand twice among its rows and kept records."
        " [one_fate_each]"
    )


def test_a_number_that_no_record_has(people):
    query("UPDATE people SET _source_row_number = 9 WHERE name = 'Grace'")

    broken(f"people, import {people[0].pk}: 1 of its records have a number that is not from 1 to 4. [record_numbers]")


def test_rows_without_an_import(people):
    query("ALTER TABLE people ALTER COLUMN _import_id DROP NOT NULL")
    query("INSERT INTO people (name) VALUES ('nobody''s'), ('nobody''s')")

    broken("people: its column _import_id may be NULL. [shape]", "people: 2 rows have no import. [rows_have_an_import]")


def test_rows_of_an_import_that_is_gone(people):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE people SET _import_id = gen_random_uuid() WHERE name = 'Edsger'")
        cursor.execute("SET session_replication_role = origin")

    broken(
        f"people, import {people[1].pk}: it inserted 1 rows, but 0 of it are there, and 0 were seen being deleted by"
        " hand. [rows_counted]",
        "people: 1 rows have no import. [rows_have_an_import]",
    )


@pytest.mark.parametrize(
    ("change", "why", "code"),
    [
        ("undone_at = now()", "was undone", "rows_of_undone"),
        ("status = 'failed'", "failed", "rows_of_failed"),
        ("table_name = 'other'", "went into other", "rows_of_import_into_other_table"),
    ],
)
def test_rows_of_an_import_that_does_not_stand(people, change, why, code):
    query(f"UPDATE import_history SET {change} WHERE import_id = %s", people[1].pk)

    found, status = check("--table", "people")

    assert found == [f"people, import {people[1].pk}: 1 rows are there, but it {why}. [rows_stand]"]
    assert status == 1
    [violation] = consistency.check("people").violations
    table = "other" if "table_name" in change else "people"
    assert violation.what.as_json() == {"code": code, "params": {"rows": 1, "table": table}}


def test_a_table_that_was_dropped(people):
    query("DROP TABLE people")

    broken("people: 2 imports stand in it, but there is no such data table. [table_exists]")


def test_a_table_that_nobody_stands_in(people):
    query("UPDATE import_history SET undone_at = now()")
    query("DELETE FROM people")

    broken("people: no import stands in the table. [table_has_an_import]")


def test_a_column_of_a_plan_that_is_gone_or_of_another_type(people):
    query("ALTER TABLE people DROP COLUMN name")
    query("ALTER TABLE people ALTER COLUMN age TYPE bigint")

    broken(
        f"people, import {people[0].pk}: the column age of its plan is INTEGER, in the table it is BIGINT."
        " [planned_columns]",
        f"people, import {people[0].pk}: the table lacks the column name of its plan. [planned_columns]",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DROP CONSTRAINT {key}", "its foreign key to import_history is missing, not valid or does not cascade"),
        ("DROP CONSTRAINT people_pkey", "its column id has no valid unique index"),
        ("ALTER COLUMN id DROP IDENTITY", "its column id is no 64-bit identity that is never NULL"),
        ("ALTER COLUMN id TYPE integer", "its column id is no 64-bit identity that is never NULL"),
        ("ALTER COLUMN _imported_at TYPE date", "its column _imported_at is no TIMESTAMPTZ"),
        ("ALTER COLUMN _corrections_applied TYPE text", "its column _corrections_applied is no JSONB"),
        ("ALTER COLUMN _source_row_number TYPE text", "its column _source_row_number is no INTEGER"),
    ],
)
def test_a_table_that_was_changed(people, change, sentence):
    [(key,)] = query("SELECT conname FROM pg_constraint WHERE conrelid = 'people'::regclass AND contype = 'f'")
    query(f"ALTER TABLE people {change.format(key=key)}")

    broken(f"people: {sentence}. [shape]")


def test_a_violation_is_a_code_with_parameters(people):
    query("ALTER TABLE people ALTER COLUMN _imported_at TYPE date")
    query("UPDATE import_history SET mapping_errors_count = 5 WHERE import_id = %s", people[0].pk)

    assert sorted(one.what.code for one in consistency.check().violations) == [
        "column_of_other_type", "mapping_errors_differ",
    ]  # fmt: skip
    assert [one.what.params for one in consistency.check().violations] == [
        {"column": "_imported_at", "type": "TIMESTAMPTZ"}, {"counted": 5, "kept": 2},
    ]  # fmt: skip


def test_an_index_that_is_gone(people):
    query("DROP INDEX idx_people_import_id")

    broken("people: its index on _import_id is missing or not valid. [shape]")


def test_a_table_without_tracking_columns_is_no_data_table(people):
    query("ALTER TABLE people DROP COLUMN _imported_at")

    broken("people: 2 imports stand in it, but there is no such data table. [table_exists]")


def test_an_import_that_nobody_works_on():
    import_id = tracking.start_import_tracking("local_upload", "a.csv", "t")

    assert check()[1] == 0
    release_liveness_lock(UUID(import_id))

    broken(
        f"t, import {import_id}: it is in progress, but no process works on it;"
        " manage.py sweep_imports sets it to failed. [runs_alive]"
    )


@pytest.mark.parametrize("table", ["mapping_errors", "imports_kept_record"])
def test_records_of_an_import_that_is_gone(people, table):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET import_id = gen_random_uuid() WHERE import_id = %s", [people[0].pk])
        count = cursor.rowcount
        cursor.execute("SET session_replication_role = origin")

    assert f"{table}: {count} records have no import. [ledger_has_an_import]" in check()[0]


def test_an_audit_log_that_was_changed(people):
    tamper("UPDATE audit_auditentry SET actor = 'nobody' WHERE id = 2")

    broken("audit log, entry 2: Entry 2 was changed. [audit_chain]")
    assert check("--table", "people")[1] == 0


def test_what_somebodys_own_code_recorded_is_no_violation(people):
    mine = tracking.start_import_tracking("local_upload", "own.csv", "people")
    query("INSERT INTO people (name, _import_id) VALUES ('Kurt', %s)", mine)
    assert check()[1] == 0

    tracking.complete_import_tracking(mine, "success", 3, 1, 1)

    assert check()[1] == 0


def test_no_row_is_quoted(people):
    query("UPDATE people SET name = 'secret', _source_row_number = 77")
    query("UPDATE imports_kept_record SET reason = 'secret', record_number = 99")

    assert "secret" not in "\n".join(check()[0])


def test_the_time_grows_with_the_rows(tmp_path):
    """A join that compares every record with every row takes ten seconds of the server's processor."""
    import_text(tmp_path, "many.csv", "a\n" + "\n".join(map(str, range(10_000))), table_name="t")
    import_text(tmp_path, "again.csv", "a\n" + "\n".join(map(str, range(12_000))), table_name="t")

    [(server,)] = query("SELECT pg_backend_pid()")
    if not Path(f"/proc/{server}").exists():
        pytest.skip("the server is on another machine")
    query("SET max_parallel_workers_per_gather = 0")  # all of it in the one process that is measured
    before = processor_seconds([server])
    assert check()[1] == 0
    assert processor_seconds([server]) - before < 5
