"""The law of undo and redo beside foreign objects: they are no part of it, and stay as they are, byte for byte."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from lineage.retention import enforce
from tests.examples import examples
from tests.importing import TESTER, columns_of, query
from tests.lineage.foreign import APART, WITHOUT_APART, foreign_rows, guided_table, objects_apart
from tests.lineage.held import TRACKING, contents, expected_contents
from tests.lineage.model import TYPES, Table, world_of
from tests.lineage.test_undo_laws import Undoing

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

STEPS = 20
EXAMPLES = examples(3)  # of so many steps each
VALUES = "(1, 1, 'a'), (2, 1, 'a'), (3, 2, 'b'), (4, NULL, NULL)"  # that the imports' records have too
COLUMNS = {"note", "extra"}  # foreign, in the tables of imports
ADDED = (
    "SELECT attnum, attname, atttypid, attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef"
    " ON adrelid = attrelid AND adnum = attnum WHERE attrelid = to_regclass(%s) AND attname = ANY(%s) ORDER BY attnum"
)


class UndoingBesideOthers(Undoing):
    """Two tables with foreign rows and columns, and a database around them."""

    columns_before = {"one": {"a", "b"}}

    @initialize()
    def start(self):
        query(WITHOUT_APART)
        super().start()
        query(APART)
        guided_table("id serial PRIMARY KEY, a int, b text, note text DEFAULT 'n'", VALUES, name="one")
        query("SELECT setval('one_id_seq', 4)")
        self.kept = self.of_others()
        self.extra = None

    def of_others(self):
        return foreign_rows("one", "id, a, b, note"), query(ADDED, "one", ["note"]), objects_apart()

    @precondition(lambda self: self.extra is None and columns_of("two"))
    @rule()
    def add_a_column_with_sql(self):
        query("ALTER TABLE two ADD COLUMN extra int NOT NULL DEFAULT 5")
        self.extra = query(ADDED, "two", ["extra"])
        self.compare()

    @precondition(lambda self: self.imports)
    @rule(data=st.data())
    def retain(self, data):
        """Delete an import with its rows, or an undone one, and every trace of it."""
        one = data.draw(st.sampled_from(self.imports))
        (outcome,) = enforce(["imports_with_rows"], actor=TESTER, import_ids=[one.ident])
        assert (outcome.left, outcome.numbers["imports"]) == ((), 1)
        self.imports.remove(one)
        self.undone.discard(one.ident)
        self.compare()

    def compare(self):
        assert self.of_others() == self.kept
        world = world_of(self.active, {"one": Table({"a", "b"})})
        assert self.rows("one") == self.expected(world, "one")
        assert set(columns_of("one")) - TRACKING - COLUMNS == world.tables["one"].columns
        if self.extra:
            assert query(ADDED, "two", ["extra"]) == self.extra
            assert query("SELECT count(*) FROM two WHERE extra IS DISTINCT FROM 5") == [(0,)]
        else:
            columns = world.tables["two"].columns if "two" in world.tables else set()
            assert set(columns_of("two")) - TRACKING == columns
        assert self.rows("two") == self.expected(world, "two")
        assert set(columns_of("two")) - TRACKING - COLUMNS <= TYPES.keys()
        self.compare_outcomes(world)
        return world

    def rows(self, table):
        return sorted(
            (({name: value for name, value in row.items() if name not in COLUMNS}, *rest)
             for row, *rest in contents(table)),
            key=repr,
        )  # fmt: skip

    def expected(self, world, table):
        return expected_contents(world.tables[table]) if table in world.tables else []

    def teardown(self):
        """No comparison with tables of the product's own: it makes them without what others have."""


def test_what_is_of_others_stays_and_does_not_affect_undo(tmp_path):
    machine = type("UndoingBesideOthers", (UndoingBesideOthers,), {"folder": tmp_path})
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
    finally:
        query(WITHOUT_APART)
