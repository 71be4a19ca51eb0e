"""The law of undo and redo for a table whose owner had rows in it: they are no part of it, and stay as they are."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from tests.examples import examples
from tests.importing import query
from tests.lineage.foreign import foreign_rows, guided_table
from tests.lineage.model import Table, world_of
from tests.lineage.test_undo_laws import Undoing, assert_counts, assert_table, kept_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

STEPS = 20
EXAMPLES = examples(8)  # of so many steps each
VALUES = "(1, 1, 'a'), (2, 1, 'a'), (3, 2, 'b'), (4, NULL, NULL)"  # that the imports' records have too


class UndoingBesideForeignRows(Undoing):
    @initialize()
    def start(self):
        super().start()
        guided_table("id serial PRIMARY KEY, a int, b text", VALUES, name="one")
        query("SELECT setval('one_id_seq', 4)")
        self.before = foreign_rows("one", "id, a, b")

    def compare(self):
        assert foreign_rows("one", "id, a, b") == self.before
        world = world_of(self.standing, {"one": Table({"a", "b"})})
        for table in ("one", "two"):
            assert_table(table, world.tables.get(table))
        for one in self.standing:
            assert kept_of(one.ident) == world.kept[one.ident]
            assert_counts(one, world)

    def teardown(self):
        """No comparison with tables of the product's own: it makes them without rows of others."""


def test_rows_of_no_import_are_kept_and_do_not_affect_undo(tmp_path):
    machine = type("UndoingBesideForeignRows", (UndoingBesideForeignRows,), {"folder": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
