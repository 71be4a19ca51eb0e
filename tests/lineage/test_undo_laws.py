"""After any imports, undos and redos every table is as if only the active imports had ever run."""

import csv
import json
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from core.errors import AtlasError
from imports.conversion.stored_plan import StoredPlan
from imports.errors import CannotRedo
from imports.loading.pipeline import run_import
from imports.loading.run import ImportRun
from imports.mapping import parse_mapping
from imports.models import ImportHistory, Repair
from imports.sources import upload
from lineage.repairs import RecordChange, repair, undo_repair
from lineage.reruns import preview as preview_rerun
from lineage.reruns import rerun_import
from lineage.undo import preview, redo_import, undo_import
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import TESTER, columns_of, query
from tests.lineage.held import (
    TRACKING,
    assert_counts,
    contents,
    contents_as_of,
    expected_as_of,
    expected_contents,
    expected_kept,
    expected_updates,
    kept_of,
    origins_of,
    updates_of,
)
from tests.lineage.model import (
    FINAL,
    INTEGERS,
    NUMBERS,
    POLICIES,
    REASON,
    TEXTS,
    TYPES,
    WRONG,
    Import,
    Repaired,
    final_value,
    world_of,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

STEPS = 25 if examples(1) == 1 else 34
EXAMPLES = 20 if examples(1) == 1 else 600  # of so many steps each

#: A file needs a column that its table has.
names = st.sampled_from([
    ("a",), ("a", "b"), ("b", "a"), ("a", "b", "row_id"), ("row_id", "a"), ("a", "status"), ("price", "a"),
    ("a", "price", "b"),
])  # fmt: skip
texts = {
    "INTEGER": st.sampled_from([*INTEGERS, "1", "1", "2", WRONG]),
    "TEXT": st.sampled_from(TEXTS),
    "NUMERIC": st.sampled_from([*NUMBERS, WRONG]),
}  # fmt: skip
policies = st.sampled_from([*POLICIES, "skip"])


def records_of(columns):
    return st.tuples(*(texts[TYPES[name]] for name in columns))


@st.composite
def keys_of(draw, columns, on_match):
    """The columns of a key: none, one or two; `update` and `fill` need one."""
    least = 1 if on_match in ("update", "fill") else 0
    return tuple(draw(st.lists(st.sampled_from(columns), unique=True, min_size=least, max_size=2)))


@st.composite
def asked(draw):
    columns, on_match = draw(names), draw(policies)
    return Import(
        table=draw(st.sampled_from(["one", "one", "two"])),
        columns=columns,
        records=draw(st.lists(records_of(columns), min_size=1, max_size=8)),
        key=draw(keys_of(columns, on_match)),
        on_match=on_match,
        on_error=draw(st.sampled_from(["null", "null", "reject_row", "abort"])),
        filtered=draw(st.sampled_from([None, None, None, "2", "b"])),
        rules=draw(st.sampled_from([2, 2, 1])) if on_match in ("skip", "insert") else 2,
        kind=draw(st.sampled_from(["csv", "csv", "json"])),
    )


def repaired_values(one):
    """Final values of some columns."""
    cells = st.sampled_from(one.columns).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(FINAL[TYPES[name]]))
    )
    return st.lists(cells, min_size=1, max_size=2).map(dict)


@st.composite
def another_export(draw, earlier):
    """Of records of an earlier one, some changed and some new; perhaps by another key or with other columns."""
    absent = draw(st.sampled_from([None, None, *earlier.columns[1:]]))
    columns = tuple(name for name in draw(st.permutations(earlier.columns)) if name == "a" or name != absent)
    on_match = draw(policies)
    records = []
    for old in draw(st.lists(st.sampled_from(earlier.records), min_size=1, max_size=8)):
        record = dict(zip(earlier.columns, old, strict=True))
        if changed := draw(st.sampled_from([None, *columns])):
            record[changed] = draw(texts[TYPES[changed]])
        records.append(tuple(record[name] for name in columns))
    key = draw(st.sampled_from([tuple(name for name in earlier.key if name in columns), columns[:1], columns[-1:]]))
    if on_match in ("update", "fill"):
        key = key or columns[:1]
    return Import(earlier.table, columns, records, key, on_match)


@st.composite
def asked_otherwise(draw, old):
    """The same file with another mapping."""
    on_match = draw(policies)
    return Import(
        table=old.table,
        columns=old.columns,
        records=old.records,
        key=draw(keys_of(old.columns, on_match)),
        on_match=on_match,
        on_error=draw(st.sampled_from(["null", "null", "reject_row", "abort"])),
        filtered=draw(st.sampled_from([None, None, None, "2", "b"])),
        kind=old.kind,
    )


class Undoing(RuleBasedStateMachine):
    folder = None  # where files are written
    columns_before = {}  # table -> its columns that no import added

    @initialize()
    def start(self):
        empty_database()
        self.imports = []  # in their order, active or not
        self.undone = set()

    @property
    def active(self):
        return [one for one in self.imports if one.ident not in self.undone]

    @rule(one=asked())
    def import_file(self, one):
        found = imported(self.folder, one, one.table)
        assert (found is None) == one.fails
        if found:
            one.ident = found.pk
            self.imports.append(one)
        world = self.compare()
        if found:
            assert key_warnings(found) == expected_key_warnings(one, world.outcomes[one.ident])

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def import_another_export(self, data):
        self.import_file(data.draw(another_export(data.draw(st.sampled_from(self.imports)))))

    @precondition(lambda self: self.active)
    @rule(data=st.data())
    def undo(self, data):
        one = data.draw(st.sampled_from(self.active))
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
        places = dict(ImportHistory.objects.values_list("pk", "import_order"))
        in_place = [one.ident for one in self.active if places[one.ident] == places[ident]]
        if in_place:
            with pytest.raises(CannotRedo, match=str(in_place[0])):
                redo_import(ident, TESTER)
            return
        redo_import(ident, TESTER)
        self.undone.remove(ident)
        self.compare()

    @precondition(lambda self: self.repairable)
    @rule(data=st.data())
    def repair(self, data):
        one = data.draw(st.sampled_from(self.repairable))
        numbers = [number for number in range(1, len(one.records) + 1) if not one.is_filtered(number)]
        sent = data.draw(st.dictionaries(st.sampled_from(numbers), repaired_values(one), min_size=1, max_size=3))
        expected = [number for number in sorted(sent) if changes(one, number, sent[number])]
        taken = {number: not_sent_before(one, number, sent[number]) for number in sent}

        report = repair(
            one.ident, [RecordChange(n, values=values) for n, values in sent.items()], TESTER, reason=REASON
        )

        assert report.repaired + report.partly == len(expected)
        assert (report.unchanged, report.still_failing) == (len(sent) - len(expected), 0)
        for found in Repair.objects.filter(batch=report.batch).order_by("record_number") if report.batch else ():
            one.repairs.append(Repaired(found.record_number, taken[found.record_number], found.pk))
        self.compare()

    @precondition(lambda self: any(one.repairs for one in self.active))
    @rule(data=st.data())
    def undo_repair(self, data):
        one = data.draw(st.sampled_from([one for one in self.active if one.repairs]))
        undone = data.draw(st.sampled_from(one.repairs))
        undo_repair(one.ident, undone.ident, TESTER)
        one.repairs.remove(undone)
        self.compare()

    @property
    def repairable(self):
        """The active imports with a record that no filter excluded."""
        return [
            one for one in self.active if not all(one.is_filtered(number) for number in range(1, len(one.records) + 1))
        ]

    @precondition(lambda self: self.active)
    @rule(data=st.data())
    def rerun(self, data):
        """The file of an active import again, by another key, policy and filter, at its place."""
        old = data.draw(st.sampled_from(self.active))
        new = data.draw(asked_otherwise(old))
        if old.repairs and new.on_error == "abort":  # the file alone would not be loaded, so nothing could compare it
            new = replace(new, on_error="reject_row")
        new.repairs = [repaired for repaired in old.repairs if not new.is_filtered(repaired.number)]
        at = self.imports.index(old)
        earlier = set(self.columns_before.get(old.table, ())) | {
            name for one in self.imports[:at] for name in one.columns if one in self.active and one.table == old.table
        }
        mapping = parse_mapping(mapping_of(new, old.table, earlier))
        before = preview_rerun(old.ident, mapping, TESTER) if not new.fails else None
        try:
            report = rerun_import(old.ident, mapping, TESTER)
        except AtlasError as error:
            assert new.fails and error.http_status == 422, error.message
        else:
            assert not new.fails
            assert before.after == {name: getattr(report, name) for name in before.after}
            assert (before.rows_returning, before.rows_becoming_duplicates) == (
                report.rows_returned, report.rows_become_duplicates,
            )  # fmt: skip
            new.ident = UUID(report.import_id)
            new.repairs = carried_over(old.repairs, new.ident)
            self.imports.insert(at, new)
            self.undone.add(old.ident)
        self.compare()

    def compare(self):
        world = world_of(self.active)
        for table in ("one", "two"):
            assert_table(table, world.tables.get(table))
        self.compare_outcomes(world)
        return world

    def compare_outcomes(self, world):
        rows = {table: origins_of(table) for table in world.tables}
        for one in self.active:
            outcomes = world.outcomes[one.ident]
            assert kept_of(one.ident) == expected_kept(outcomes)
            assert updates_of(one.table, one.ident, rows=rows[one.table]) == expected_updates(outcomes)
            assert_counts(one.ident, len(one.records), outcomes)

    def teardown(self):
        """The second of every other example on average: so of every 50th step."""
        self.compare_as_of()
        if len(self.imports) % 2:
            self.compare_with_the_product()

    def compare_as_of(self):
        """As of each active import its table is what the active imports up to it make."""
        active = self.active
        for place, one in enumerate(active, start=1):
            world = world_of(active[:place])
            assert contents_as_of(one.table, one.ident) == expected_as_of(world.tables[one.table])

    def compare_with_the_product(self):
        """The active imports alone, through the product, in tables of their own and by their frozen plans."""
        fresh = {}
        for one in self.active:
            plan = ImportHistory.objects.get(pk=one.ident).mapping_config
            made = imported(self.folder, one, f"fresh_{one.table}", plan=plan)
            # Where the repairs alone make rows, the import has failed, and takes repairs too.
            fresh[one.ident] = made.pk if made else ImportHistory.objects.latest("created_at").pk
            for each in one.repairs:
                repair(fresh[one.ident], [RecordChange(each.number, values=each.values)], TESTER, reason=REASON)
        for table in ("one", "two"):
            assert without_repeats(contents(table, fresh)) == without_repeats(contents(f"fresh_{table}"))
        for one in self.active:
            there = fresh[one.ident]
            assert kept_of(one.ident, fresh) == kept_of(there)
            assert updates_of(one.table, one.ident, fresh) == updates_of(f"fresh_{one.table}", there)
        query("DROP TABLE IF EXISTS fresh_one, fresh_two")
        ImportHistory.objects.filter(pk__in=fresh.values()).delete()


def without_repeats(rows):
    """Return the rows without the notes of repairs to the value of the file.

    Such a repair counts where an earlier one had changed the cell, and is still noted when that one is undone; of an
    import that never had the earlier one it changes nothing, and is not taken.
    """
    return [
        (
            *row[:3],
            {
                name: entry for name, entry in row[3].items()
                if entry["correction_type"] != "manual" or str(entry["before"]) != str(entry["after"])
            },
        )
        for row in rows
    ]  # fmt: skip


def carried_over(repairs, ident):
    """Return those repairs that count for a new import, as it has them."""
    found = []
    for number in sorted({one.number for one in repairs}):
        own = [one for one in repairs if one.number == number]
        copies = Repair.objects.filter(import_record=ident, record_number=number, undone_at=None).order_by("attempt")
        if copies:
            found += [replace(one, ident=copy.pk) for one, copy in zip(own, copies, strict=True)]
    return found


def not_sent_before(one, number, values):
    """Return the final values that a record does not have already: of the others the repairs are the earlier ones."""
    return {name: text for name, text in values.items() if one.final(number).get(name, WRONG) != text}


def changes(one, number, values):
    """Return whether final values change anything of a record."""
    sent = not_sent_before(one, number, values)
    if not sent:
        return False
    if one.unread(number):
        return True
    now, _ = one.read(number)
    return any(
        str(now[name]) != str(final_value(TYPES[name], text)) for name, text in sent.items()
    )  # fmt: skip


def imported(folder, one, table, *, plan=None):
    """The record of the import; None where nothing was loaded. plan: the stored one of an earlier import."""
    mapping = mapping_of(one, table, set(columns_of(table)))
    planned = frozen(plan) if plan else planned_by(one.rules)
    with upload.from_disk(written(folder, one)) as source, planned:
        try:
            return run_import(source, parse_mapping(mapping), TESTER)
        except AtlasError as error:
            assert error.http_status == 422, error.message
            return None


def mapping_of(one, table, there):
    """there: the columns that the table has before."""
    strategy = "new_table" if not there else "extend_table" if set(one.columns) - there else "adapt_data"
    mapping = {
        "table_name": table, "db_schema": {name: TYPES[name] for name in one.columns}, "strategy": strategy,
        "unique_columns": list(one.key), "on_error": one.on_error,
        "duplicate_check": {"force_import": True, "on_match": one.on_match},
    }  # fmt: skip
    if one.filtered:
        rule = {"field": one.columns[0], "operator": "not_equals", "value": one.filtered}
        mapping["rules"] = {"filter_rows": [rule]}
    if one.kind == "csv":
        mapping["source_options"] = {"delimiter": ",", "quote": '"', "header_row": 1}
    return mapping


def written(folder, one):
    """Write the file of an import; an empty text is nothing."""
    path = folder / f"file.{one.kind}"
    if one.kind == "json":
        path.write_text(json.dumps([dict(zip(one.columns, map(none, r), strict=True)) for r in one.records]))
        return path
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([one.columns, *one.records])
    return path


def none(text):
    return text or None


@contextmanager
def planned(make):
    """Let imports have the plans that `make` makes of the run and the table."""
    with mock.patch.object(ImportRun, "make_plan", make):
        yield


def planned_by(rules):
    """As the version of the product that had these rules."""
    make_plan = ImportRun.make_plan
    return planned(lambda run, table: replace(make_plan(run, table), rules_version=rules))


def frozen(config):
    """By the stored plan of an earlier import, into the table of the run."""
    return planned(lambda run, table: StoredPlan({**config, "table_name": run.table_name}, table).plan)


def key_warnings(record):
    """Return what an import said of rows that its records matched."""
    said = {warning["code"]: warning["params"] for warning in record.warning_details}
    return said.get("key_not_unique", {}).get("keys"), {
        name: count for name, count in said.get("differing_rows", {}).items() if name != "key"
    }


def expected_key_warnings(one, outcomes):
    keys = outcomes.keys_of_several_rows if one.on_match in ("update", "fill") else None
    differs = one.key and one.on_match == "skip" and outcomes.differing
    return keys or None, {"differing": outcomes.differing, "matched": outcomes.matched} if differs else {}


def assert_table(name, table):
    if table is None:
        assert columns_of(name) == {}
        return
    assert set(columns_of(name)) - TRACKING == table.columns
    assert contents(name) == expected_contents(table)


def test_tables_are_as_if_only_the_active_imports_had_run(tmp_path):
    machine = type("Undoing", (Undoing,), {"folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
