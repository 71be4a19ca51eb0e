"""After any imports, undos and redos every table is as if only the active imports had ever run."""

import csv
import json
from dataclasses import replace
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from core.errors import AtlasError
from imports.loading.pipeline import run_import
from imports.loading.run import ImportRun
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources import upload
from lineage.undo import preview, redo_import, undo_import
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import TESTER, columns_of, query, rows_of
from tests.lineage.model import INTEGERS, TEXTS, TYPES, WRONG, Import, world_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

STEPS = 25 if examples(1) == 1 else 34
EXAMPLES = examples(20)  # of so many steps each
TRACKING = {"id", "_import_id", "_imported_at", "_source_row_number", "_corrections_applied"}

names = st.sampled_from([("a",), ("a", "b"), ("b", "a"), ("a", "b", "row_id"), ("row_id", "a"), ("a", "status")])
texts = {
    "INTEGER": st.sampled_from([*INTEGERS, "1", "1", "2", WRONG]),
    "TEXT": st.sampled_from(TEXTS),
}  # fmt: skip


@st.composite
def asked(draw):
    columns = draw(names)
    record = st.tuples(*(texts[TYPES[name]] for name in columns))
    return Import(
        table=draw(st.sampled_from(["one", "one", "two"])),
        columns=columns,
        records=draw(st.lists(record, min_size=1, max_size=8)),
        key=draw(st.one_of(st.just(()), st.lists(st.sampled_from(columns), unique=True, max_size=2).map(tuple))),
        check=draw(st.sampled_from([True, True, True, False])),
        on_error=draw(st.sampled_from(["null", "null", "reject_row", "abort"])),
        rules=draw(st.sampled_from([2, 2, 1])),
    )


class Undoing(RuleBasedStateMachine):
    folder = None  # where files are written

    @initialize()
    def start(self):
        empty_database()
        self.imports = []  # in their order, standing or not
        self.undone = set()

    @property
    def standing(self):
        return [one for one in self.imports if one.ident not in self.undone]

    @rule(one=asked(), as_json=st.booleans())
    def import_file(self, one, as_json):
        found = imported(self.folder, one, one.table, as_json=as_json)
        assert (found is None) == one.fails
        if found:
            one.ident = found.pk
            self.imports.append(one)
        self.compare()

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def import_once_more(self, data):
        """An overlapping export: some records of an earlier one, and perhaps another key."""
        earlier = data.draw(st.sampled_from(self.imports))
        records = data.draw(st.lists(st.sampled_from(earlier.records), min_size=1, max_size=8))
        key = data.draw(st.sampled_from([earlier.key, (), earlier.columns[:1], earlier.columns[-1:]]))
        again = Import(earlier.table, earlier.columns, records, key, data.draw(st.booleans()) or earlier.check)
        self.import_file(again, as_json=False)

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def undo(self, data):
        one = data.draw(st.sampled_from(self.standing))
        before = preview(one.ident)
        report = undo_import(one.ident, TESTER, "a law")
        assert before.blocked_by == () and before.rows_changed_by_hand == 0
        assert (before.rows_going, before.rows_returning, before.rows_becoming_duplicates) == (
            report.rows_removed, report.rows_returned, report.rows_become_duplicates,
        )  # fmt: skip
        assert (before.columns_dropped, before.table_dropped) == (report.columns_dropped, report.table_dropped)
        assert before.rows_remaining == len(contents(one.table))
        self.undone.add(one.ident)
        self.compare()

    @precondition(lambda self: self.undone)
    @rule(data=st.data())
    def redo(self, data):
        ident = data.draw(st.sampled_from([one.ident for one in self.imports if one.ident in self.undone]))
        redo_import(ident, TESTER)
        self.undone.remove(ident)
        self.compare()

    def compare(self):
        world = world_of(self.standing)
        for table in ("one", "two"):
            assert_table(table, world.tables.get(table))
        for one in self.standing:
            assert kept_of(one.ident) == world.kept[one.ident]
            assert_counts(one, world)

    def teardown(self):
        """Of every other example on average: so of every 50th step."""
        if len(self.imports) % 2:
            self.compare_with_the_product()

    def compare_with_the_product(self):
        """The standing imports alone, through the product, in tables of their own."""
        fresh = {one.ident: imported(self.folder, one, f"fresh_{one.table}").pk for one in self.standing}
        for table in ("one", "two"):
            assert contents(table, fresh) == contents(f"fresh_{table}")
            query(f"DROP TABLE IF EXISTS fresh_{table}")
        assert [kept_of(ident, fresh) for ident in fresh] == [kept_of(ident) for ident in fresh.values()]
        ImportHistory.objects.filter(pk__in=fresh.values()).delete()


def imported(folder, one, table, *, as_json=False):
    """The record of the import; None where nothing was loaded."""
    there = columns_of(table)
    strategy = "new_table" if not there else "extend_table" if set(one.columns) - set(there) else "adapt_data"
    mapping = {
        "table_name": table, "db_schema": {name: TYPES[name] for name in one.columns}, "strategy": strategy,
        "unique_columns": list(one.key), "check_duplicates": one.check, "on_error": one.on_error,
        "duplicate_check": {"force_import": True},
    }  # fmt: skip
    if as_json:
        path = folder / "file.json"
        path.write_text(json.dumps([dict(zip(one.columns, map(none, r), strict=True)) for r in one.records]))
    else:
        path = folder / "file.csv"
        mapping["source_options"] = {"delimiter": ",", "quote": '"', "header_row": 1}
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows([one.columns, *one.records])
    with upload.from_disk(path) as source, planned_by(one.rules):
        try:
            return run_import(source, parse_mapping(mapping), TESTER)
        except AtlasError as error:
            assert error.http_status == 422, error.message
            return None


def planned_by(rules):
    """As the version of the product that had these rules."""
    make_plan = ImportRun.make_plan
    return mock.patch.object(
        ImportRun, "make_plan", lambda run, table: replace(make_plan(run, table), rules_version=rules)
    )


def none(text):
    return text or None


def contents(table, renamed=None):
    """Rows of imports as values by column without NULLs, import, record number, corrections; in one fixed order."""
    renamed = renamed or {}
    held = rows_of(table) if columns_of(table) else []
    found = [
        ({name: value for name, value in sorted(row.items()) if name not in TRACKING and value is not None},
         renamed.get(row["_import_id"], row["_import_id"]), row["_source_row_number"], row["_corrections_applied"])
        for row in held if row["_import_id"]
    ]  # fmt: skip
    return sorted(found, key=repr)


def assert_table(name, table):
    if table is None:
        assert columns_of(name) == {}
        return
    assert set(columns_of(name)) - TRACKING == table.columns
    expected = [
        ({column: value for column, value in sorted(row.items()) if value is not None}, *rest)
        for row, *rest in table.rows
    ]  # fmt: skip
    assert contents(name) == sorted(expected, key=repr)


def kept_of(import_id, renamed=None):
    found = query(
        "SELECT record_number, fate, matched_import_id, matched_record_number FROM imports_kept_record"
        " WHERE import_id = %s ORDER BY record_number",
        import_id,
    )
    return [(number, fate, (renamed or {}).get(match, match), record) for number, fate, match, record in found]


def assert_counts(one, world):
    found = ImportHistory.objects.get(pk=one.ident)
    kept = [fate for _, fate, _, _ in world.kept[one.ident]]
    inserted = sum(ident == one.ident for _, ident, _, _ in world.tables[one.table].rows)
    assert (found.total_rows_in_file, found.rows_inserted, found.rows_skipped) == (
        len(one.records), inserted, len(kept),
    )  # fmt: skip
    assert (found.duplicates_found, found.rows_rejected) == (kept.count("duplicate"), kept.count("rejected"))
    assert found.status == ("partial" if "rejected" in kept else "success")


def test_tables_are_as_if_only_the_active_imports_had_run(tmp_path):
    machine = type("Undoing", (Undoing,), {"folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
