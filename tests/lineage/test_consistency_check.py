"""manage.py check_consistency: each violated invariant is named."""

from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection

from imports.analysis.analyse import keep_analysis
from imports.errors import AlreadyImported, CannotRedo, NothingLoaded
from imports.history import tracking
from imports.locks import release_liveness_lock
from imports.mapping import parse_mapping
from imports.sources.kept_files import address_of
from imports.sources.upload import from_disk
from lineage.consistency import check as consistency
from lineage.undo import redo_import, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.audit.tampering import tamper
from tests.importing import TESTER, import_text, query, rows_of
from tests.test_run import processor_seconds

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

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


@pytest.fixture
def shared_places(atlas_db):
    """Lets several active imports have one place until the test is over."""
    [(index,)] = query("SELECT indexdef FROM pg_indexes WHERE indexname = 'import_history_order_of_active'")
    query("DROP INDEX import_history_order_of_active")
    yield
    query("TRUNCATE import_history CASCADE")
    query(index)


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
    counts = "0 tables, 0 imports, 0 rows, 0 skipped rows, 0 errors, 0 source files, 0 audit entries"
    assert check() == ([f"No problems found: {counts}; 28 checks per table."], 0)


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


def test_one_table_can_be_checked(people, tmp_path, unnoticed):
    import_text(tmp_path, "other.csv", "a\n1\n")
    unnoticed("DELETE FROM other")

    assert check("--table", "people")[1] == 0
    assert check("--table", "other")[1] == 1
    with pytest.raises(CommandError, match="Table “nowhere” not found"):
        check("--table", "nowhere")


def kept_path(record):
    return Path(storages["sources"].path(address_of(record.file_hash)))


def test_source_files_that_are_missing_or_damaged(people, tmp_path):
    """Sizes are always compared, contents where asked for; the same bytes repair the file, also where refused."""
    old, new = people
    kept_path(old).unlink()
    half = kept_path(new)
    half.write_bytes(half.read_bytes()[:5])
    repair = "1 import needs it. Upload the same file again, which repairs it, or restore it from a backup."
    missing = f"people, import {old.pk}: the source file {old.file_hash} is missing. {repair} [source_file_whole]"
    broken(
        missing,
        f"people, import {new.pk}: the source file {new.file_hash} is damaged: its size is not that of the file as"
        f" received. {repair} [source_file_whole]",
    )

    half.write_bytes(MORE.replace("36", "63").encode())
    broken(missing)
    assert check("--read-files") == (
        [
            missing,
            f"people, import {new.pk}: the source file {new.file_hash} is damaged: its content has another SHA-256."
            f" {repair} [source_file_whole]",
        ],
        1,
    )
    undo_import(old.pk, TESTER)
    with pytest.raises(CannotRedo, match="no longer stored"):
        redo_import(old.pk, TESTER)
    with pytest.raises(AlreadyImported):
        import_text(tmp_path, "more.csv", MORE, table_name="people")
    looked_at(tmp_path / "people.csv")
    redo_import(old.pk, TESTER)
    assert check("--read-files")[1] == 0


def test_a_damaged_source_file_is_not_used(people, tmp_path):
    undo_import(people[0].pk, TESTER)
    kept_path(people[0]).write_bytes(PEOPLE.replace("36", "63").encode())
    with pytest.raises(CannotRedo) as refused:
        redo_import(people[0].pk, TESTER)
    assert refused.value.details["reason"] == "source_damaged"
    assert len(rows_of("people")) == 2


def looked_at(path):
    with from_disk(path) as source:
        return keep_analysis(source, parse_mapping({}), TESTER)


def test_counts_that_do_not_add_up(people, unconstrained):
    unconstrained("%total_rows_in_file =%")
    query("UPDATE import_history SET rows_skipped = 2 WHERE import_id = %s", people[0].pk)

    broken(
        f"people, import {people[0].pk}: the counts do not add up: 4 rows in the file, 3 imported, 0 updated,"
        " 2 skipped (0 duplicates, 1 rejected, 0 filtered). [fates_add_up]"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("status = 'success'", "the status is success, but 1 row was rejected. [status_follows]"),
        (
            "mapping_status = 'completed'",
            "the mapping status is completed, but there are 2 errors. [mapping_status_follows]",
        ),
        ("import_order = NULL", "the import is active, but has no position in the order of imports. [order_known]"),
        ("mapping_errors_count = 5", "the import counts 5 errors, but 2 are stored. [mapping_errors_counted]"),
        (
            """errors_by_type = '{"type_mismatch": 3, "too_many_fields": 1}'""",
            "the import counts 3 errors of type type_mismatch, but 1 are stored. [mapping_errors_counted_by_type]",
        ),
    ],
)
def test_a_record_of_the_history_that_was_changed(people, change, sentence):
    query(f"UPDATE import_history SET {change} WHERE import_id = %s", people[0].pk)

    broken(f"people, import {people[0].pk}: {sentence}")


def test_two_imports_with_the_same_position(people, shared_places):
    query("UPDATE import_history SET import_order = 7")

    first = min(people[0].pk, people[1].pk)
    broken(
        f"people, import {first}: the import shares position 7 in the order of imports with 1 other import."
        f" [order_unique]"
    )


def test_missing_skipped_rows(people):
    query("DELETE FROM imports_kept_record")

    broken(
        f"people, import {people[0].pk}: the import counts 1 row as rejected, but 0 are stored. [kept_records_counted]",
        f"people, import {people[1].pk}: the import counts 1 row as duplicate, but 0 are stored."
        f" [kept_records_counted]",
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


def test_manually_deleted_rows_are_no_violation(people):
    query("DELETE FROM people WHERE name IN ('Ada', 'Grace')")

    assert check()[1] == 0


def test_manual_deletions_stay_known_after_another_undo(people):
    query("DELETE FROM people WHERE name = 'Grace'")
    undo_import(people[1].pk, TESTER)

    assert check()[1] == 0


def test_rows_deleted_without_a_trace(people, unnoticed):
    query("DELETE FROM people WHERE name = 'Alan'")
    unnoticed("DELETE FROM people WHERE name = 'Grace'")

    broken(f"people, import {people[0].pk}: 3 rows imported, but 1 in the table and 1 deleted manually. [rows_counted]")


def test_manually_inserted_rows(people):
    query("INSERT INTO people (name, _import_id) VALUES ('Kurt', %s)", people[0].pk)

    broken(f"people, import {people[0].pk}: 3 rows imported, but 4 in the table and 0 deleted manually. [rows_counted]")


def test_a_row_that_a_duplicate_matches_went_unseen(people, unnoticed):
    unnoticed("DELETE FROM people WHERE name = 'Ada'")

    broken(
        f"people, import {people[0].pk}: 3 rows imported, but 2 in the table and 0 deleted manually. [rows_counted]",
        f"people, import {people[1].pk}: 1 duplicate matches neither a row of the table, nor a skipped row, nor a"
        " row that was deleted manually. [duplicates_match_a_record]",
    )


def test_rows_that_an_undo_kept_are_no_violation(people):
    query("UPDATE people SET age = 37 WHERE name = 'Grace'")
    query("UPDATE people SET age = 73 WHERE name = 'Edsger'")
    for found in people:
        undo_import(found.pk, TESTER, changed_rows=EditedRowsChoice.KEEP)

    assert [row["name"] for row in rows_of("people", "name")] == ["Grace", "Edsger"]
    assert check()[1] == 0


def test_unchanged_rows_of_an_undone_import(people):
    query("UPDATE people SET age = 37 WHERE name = 'Grace'")
    undo_import(people[0].pk, TESTER, changed_rows=EditedRowsChoice.KEEP)
    query("INSERT INTO people (name, _import_id) VALUES ('Kurt', %s)", people[0].pk)

    broken(f"people, import {people[0].pk}: the table contains 1 row, but the import is undone. [rows_stand]")


def test_a_duplicate_of_no_import(people):
    query("UPDATE imports_kept_record SET matched_import_id = gen_random_uuid() WHERE fate = 'duplicate'")

    broken(
        f"people, import {people[1].pk}: 1 duplicate does not match an active import into the table."
        " [duplicates_match_an_import]"
    )


def test_a_row_with_two_outcomes(people):
    query("UPDATE imports_kept_record SET record_number = 3 WHERE fate = 'rejected'")

    broken(
        f"people, import {people[0].pk}: 1 row number occurs twice among imported, updated and"
        " skipped rows. [one_fate_each]"
    )


@pytest.fixture
def updated(people, tmp_path):
    """The three imports of people; the third updates the rows of Ada and Alan and has one of its own."""
    text = "name,age\nAda,37\nAlan,42\nKurt,70\n"
    by_name = {"on_match": "update", "uniqueness_columns": ["name"]}
    return [*people, import_text(tmp_path, "update.csv", text, table_name="people", duplicate_check=by_name)]


def test_updates_are_consistent(updated):
    assert check()[1] == 0
    query("DELETE FROM people WHERE name = 'Ada'")
    assert check()[1] == 0


@pytest.mark.parametrize(
    ("change", "place", "sentences"),
    [
        ("UPDATE people SET _source_row_number = 1 WHERE name = 'Grace'", 0, ["1 row number occurs twice among"
         " imported, updated and skipped rows. [one_fate_each]"]),
        ("DELETE FROM imports_row_update WHERE record_number = 1", 2, ["the import counts 2 updated rows, but 1"
         " are stored. [updates_counted]"]),
        ("UPDATE people SET _source_row_number = 2 WHERE name = 'Ada'", 2, ["1 row does not name the update that"
         " changed them last. [rows_name_their_last_update]"]),
        ("UPDATE imports_row_update SET import_order = 0 WHERE record_number = 1", 2, ["1 update has another position"
         " than the import. [updates_in_order]"]),
        ("UPDATE imports_row_update SET before_record_number = 4 WHERE record_number = 2", 2, ["1 update found a row of"
         " another record than the one that wrote it before. [versions_follow]"]),
        ("UPDATE import_history SET updated_columns = '{}' WHERE rows_updated > 0", 2, ["the import changed the column"
         " age, which its record does not name. [updated_columns_named]"]),
    ],
)  # fmt: skip
def test_an_update_that_was_changed(updated, unnoticed, change, place, sentences):
    unnoticed(change)

    broken(*(f"people, import {updated[place].pk}: {sentence}" for sentence in sentences))


def test_an_updated_row_that_went_unseen(updated, unnoticed):
    """Its origin is still known, and so is the import that misses it."""
    unnoticed("DELETE FROM people WHERE name = 'Alan'")

    broken(
        f"people, import {updated[0].pk}: 3 rows imported, but 2 in the table and 0 deleted manually. [rows_counted]",
        f"people, import {updated[2].pk}: 1 update is of rows that were deleted outside Content Atlas."
        " [updated_rows_exist]",
    )


def test_an_import_that_was_deleted_with_sql_and_updated_rows(updated):
    """The foreign key takes the rows that it wrote last, with those that others inserted."""
    query("DELETE FROM import_history WHERE import_id = %s", updated[2].pk)

    found, status = check()
    assert status == 1
    assert (
        f"people, import {updated[0].pk}: 3 rows imported, but 1 in the table and 0 deleted manually. [rows_counted]"
        in found
    )


def test_an_update_of_an_undone_import_that_counts_as_a_version(updated):
    undo_import(updated[2].pk, TESTER)
    assert check()[1] == 0
    query("UPDATE imports_row_update SET row_id = (SELECT min(id) FROM people)")

    broken(
        f"people, import {updated[2].pk}: the import is undone, but 2 updates name a row of the table."
        " [updates_are_active]"
    )


def test_a_number_that_no_record_has(people):
    query("UPDATE people SET _source_row_number = 9 WHERE name = 'Grace'")

    broken(f"people, import {people[0].pk}: 1 row has a row number that is not from 1 to 4. [record_numbers]")


def test_rows_without_an_import(people):
    query("ALTER TABLE people ALTER COLUMN _import_id DROP NOT NULL")
    query("INSERT INTO people (name) VALUES ('unknown'), ('unknown')")

    broken("people: the column _import_id allows NULL. [shape]", "people: 2 rows have no import. [rows_have_an_import]")


def test_rows_of_a_deleted_import(people):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE people SET _import_id = gen_random_uuid() WHERE name = 'Edsger'")
        cursor.execute("SET session_replication_role = origin")

    broken(
        f"people, import {people[1].pk}: 1 row imported, but 0 in the table and 0 deleted manually. [rows_counted]",
        "people: 1 row has no import. [rows_have_an_import]",
    )


@pytest.mark.parametrize(
    ("change", "why", "code"),
    [
        ("undone_at = now()", "is undone", "rows_of_undone"),
        ("status = 'failed'", "failed", "rows_of_failed"),
        ("table_name = 'other'", "was into other", "rows_of_import_into_other_table"),
    ],
)
def test_rows_of_an_inactive_import(people, change, why, code):
    query(f"UPDATE import_history SET {change} WHERE import_id = %s", people[1].pk)

    found, status = check("--table", "people")

    assert found == [f"people, import {people[1].pk}: the table contains 1 row, but the import {why}. [rows_stand]"]
    assert status == 1
    [violation] = consistency.check("people").violations
    table = "other" if "table_name" in change else "people"
    assert violation.what.as_json() == {"code": code, "params": {"rows": 1, "table": table}}


def test_a_table_that_was_dropped(people):
    query("DROP TABLE people")

    broken("people: the table does not exist, but has 2 active imports. [table_exists]")


def test_a_table_without_active_imports(people):
    query("UPDATE import_history SET undone_at = now()")
    query("DELETE FROM people")

    broken("people: the table has no active import. [table_has_an_import]")


def test_a_column_of_a_plan_that_is_gone_or_of_another_type(people):
    query("ALTER TABLE people DROP COLUMN name")
    query("ALTER TABLE people ALTER COLUMN age TYPE bigint")

    broken(
        f"people, import {people[0].pk}: the column age is INTEGER in the plan, but BIGINT in the table."
        " [planned_columns]",
        f"people, import {people[0].pk}: the table has no column name, which the plan contains. [planned_columns]",
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DROP CONSTRAINT {key}", "the foreign key to import_history is missing, invalid or does not cascade"),
        ("DROP CONSTRAINT people_pkey", "the column id has no valid unique index"),
        ("ALTER COLUMN id DROP IDENTITY", "the column id is not a 64-bit identity column that is NOT NULL"),
        ("ALTER COLUMN id TYPE integer", "the column id is not a 64-bit identity column that is NOT NULL"),
        ("ALTER COLUMN _imported_at TYPE date", "the column _imported_at is missing or not of type TIMESTAMPTZ"),
        (
            "ALTER COLUMN _corrections_applied TYPE text",
            "the column _corrections_applied is missing or not of type JSONB",
        ),
        (
            "ALTER COLUMN _source_row_number TYPE text",
            "the column _source_row_number is missing or not of type INTEGER",
        ),
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


def test_a_missing_index(people):
    query("DROP INDEX idx_people_import_id")

    broken("people: the index on _import_id is missing or invalid. [shape]")


def test_a_table_without_tracking_columns_is_no_data_table(people):
    query("ALTER TABLE people DROP COLUMN _imported_at")

    broken("people: the table does not exist, but has 2 active imports. [table_exists]")


def test_an_import_without_a_process():
    import_id = tracking.start_import_tracking("local_upload", "a.csv", "t")

    assert check()[1] == 0
    release_liveness_lock(UUID(import_id))

    broken(
        f"t, import {import_id}: the import is in progress, but no process is running it;"
        " manage.py sweep_imports marks it as failed. [runs_alive]"
    )


@pytest.mark.parametrize("table", ["mapping_errors", "imports_kept_record", "imports_row_update"])
def test_details_of_a_deleted_import(updated, table):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET import_id = gen_random_uuid()")
        count = cursor.rowcount
        cursor.execute("SET session_replication_role = origin")

    records = "1 record has" if count == 1 else f"{count} records have"
    assert f"{table}: {records} no import. [ledger_has_an_import]" in check()[0]


def test_an_audit_log_that_was_changed(people):
    tamper("UPDATE audit_auditentry SET actor = 'unknown' WHERE id = 2")

    broken("audit log, entry 2: Entry 2 was changed. [audit_chain]")
    assert check("--table", "people")[1] == 0


def test_records_of_other_code_are_no_violation(people):
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
