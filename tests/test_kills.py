"""kill -9 of each part of an instance while it starts, is upgraded, imports, undoes, redoes and deletes.

After each, without a hand: the instance serves again, what was said was clear, every import is whole or not there, all
invariants hold, and no process of before is left.
"""

import random
import time

import pytest

from tests.killing import PARTS, Act, gone, instance_on, kill, processes
from tests.working import wait_for

ROWS = 40_000
KEPT = 12_000  # skipped records, deleted in batches of 5,000
BACK_TO = "0016_plain_labels"  # of the migrations, for the next start to be an upgrade
#: What happens meanwhile, and the part of its time in which the kill comes.
MOMENTS = [
    ("first start", 0, 1), ("upgrade", 0, 0.5), ("upgrade", 0.5, 1), ("import", 0, 0.5), ("import", 0.5, 1),
    ("background import", 0, 0.5), ("background import", 0.5, 1), ("undo", 0, 0.5), ("undo", 0.5, 1), ("redo", 0, 0.5),
    ("redo", 0.5, 1), ("retention", 0, 1),
]  # fmt: skip
#: Roughly, from the call to its end.
SECONDS = {"first start": 6, "upgrade": 4, "import": 2, "background import": 3, "undo": 1, "redo": 1.5, "retention": 1}
CUT_OFF = {"./run", "the web server", "a web worker"}  # parts that take the client's connection with them


def csv(first, count, mark):
    return f"k,n,{mark}\n" + "".join(f"{row},{row % 100},x\n" for row in range(first, first + count))


class Kill:
    """One kill: what is prepared, done, and must be right afterwards."""

    def __init__(self, instance, name, part, place):
        self.instance, self.name, self.part, self.place = instance, name, part, place
        self.table = f"t{place}"

    def happen(self, delay):
        getattr(self, f"before_{self.key}", lambda: None)()
        self.said_before = len(self.instance.printed())
        act = Act(getattr(self, self.key))
        time.sleep(delay)
        before = processes(self.instance) if self.instance.process else []
        self.killed = kill(self.instance, self.part)
        answer = act.finish()
        self.instance.come_back()
        self.assert_clear(answer)
        self.assert_told()
        getattr(self, f"right_{self.key}", lambda _: None)(answer)
        for command in ("check_consistency", "verify_audit"):
            error, said = self.instance.command(command)
            assert not error, f"{error}\n{said}"
        now = processes(self.instance)
        assert gone([each for each in before if each not in now]) == []

    @property
    def key(self):
        return self.name.replace(" ", "_")

    def assert_clear(self, answer):
        """An answer is good, or says what happened; only a part that has the connection may break it."""
        if answer is None:
            return
        status, body = answer
        assert status or self.part in CUT_OFF
        if status >= 400:
            assert status in (409, 422, 503, 507), body
            assert body["error"]["code"] and body["error"]["message"].endswith("."), body
            assert "Error" not in body["error"]["message"], body

    def assert_told(self):
        """./run says which part ended; its own end it cannot tell, nor the web server that of its parts."""
        words = {"the database": ["The database ended", "could not start: "],
                 "the web server": ["The web server was killed by SIGKILL."],
                 "the worker": ["A worker was killed by SIGKILL."]}  # fmt: skip
        if self.killed and self.part in words:
            wait_for(lambda: any(text in self.said() for text in words[self.part]))

    def said(self):
        return "".join(self.instance.printed()[self.said_before :])

    # --- starts ---

    def first_start(self):
        self.instance.start()

    def before_upgrade(self):
        assert self.instance.command("migrate", "imports", BACK_TO)[0] == ""
        assert self.instance.stop() == []

    def upgrade(self):
        self.instance.start()

    def right_upgrade(self, _):
        assert self.instance.command("migrate", "--check")[0] == ""

    # --- imports ---

    def file(self):
        return csv(0, ROWS, f"f{self.place}")

    def assert_whole(self):
        [numbers] = self.instance.query(
            f"SELECT count(*), sum(k), count(DISTINCT _source_row_number) FROM {self.table}"
        )
        assert numbers == (ROWS, ROWS * (ROWS - 1) // 2, ROWS)

    def statuses(self):
        """Wait until no import into the table runs, and return how they ended."""

        def ended():
            found = [status for (status,) in self.instance.query(
                "SELECT status FROM import_history WHERE table_name = %s", self.table)]  # fmt: skip
            return "in_progress" not in found and (found or ["none"])

        return wait_for(ended)

    def exists(self):
        return self.instance.query("SELECT to_regclass(%s) IS NOT NULL", self.table) == [(True,)]

    def import_(self, **options):
        return self.instance.upload(self.file(), self.table, **options)

    def right_import(self, answer):
        statuses = self.statuses()
        assert statuses in (["success"], ["failed"], ["none"])
        if answer[0] == 200:
            assert statuses == ["success"]
        if statuses == ["success"]:
            self.assert_whole()
        else:
            assert not self.exists()
            assert self.import_()[0] == 200
            self.assert_whole()

    def background_import(self):
        return self.import_(background=True)

    def right_background_import(self, answer):
        """What was accepted arrives, whatever was killed."""
        if answer[0] != 202 and self.statuses() == ["none"]:
            assert self.background_import()[0] == 202
        assert self.statuses() == ["success"]
        self.assert_whole()

    # --- undo, redo ---

    def before_undo(self):
        """The second import has the second half of the first one's keys, and as many new ones."""
        for first in (0, ROWS // 4):
            status, body = self.instance.upload(
                csv(first, ROWS // 2, f"f{self.place}"), self.table, unique_columns=["k"]
            )
            assert status == 200, body
        rows = "SELECT import_id FROM import_history WHERE table_name = %s ORDER BY created_at"
        self.first = self.instance.query(rows, self.table)[0][0]

    def undo(self):
        return self.instance.ask(f"/import-history/{self.first}/undo", b"{}")

    def redo(self):
        return self.instance.ask(f"/import-history/{self.first}/redo", b"{}")

    def right_undo(self, answer):
        self.assert_done(answer, self.undo, undone=True)

    def before_redo(self):
        self.before_undo()
        status, body = self.undo()
        assert status == 200, body

    def right_redo(self, answer):
        self.assert_done(answer, self.redo, undone=False)

    def assert_done(self, answer, again, *, undone):
        """All of it or nothing has happened; then it is possible again."""
        happened = self.is_undone() is undone
        self.assert_rows()
        assert happened or answer[0] != 200
        if not happened:
            status, body = again()
            assert status == 200, body
            assert self.is_undone() is undone
            self.assert_rows()

    def is_undone(self):
        return self.instance.query(
            "SELECT undone_at IS NOT NULL FROM import_history WHERE import_id = %s", self.first)[0][0]  # fmt: skip

    def assert_rows(self):
        """The table has what its active imports alone would have made."""
        first, last = (ROWS // 4 if self.is_undone() else 0), ROWS // 4 + ROWS // 2
        assert self.instance.query(f"SELECT count(*), sum(k), count(DISTINCT k) FROM {self.table}") == [
            (last - first, sum(range(first, last)), last - first)
        ]  # fmt: skip

    # --- retention ---

    def before_retention(self):
        for count in (KEPT, KEPT + 1):
            status, body = self.instance.upload(csv(0, count, "x"), self.table, unique_columns=["k"])
            assert status == 200, body
        assert self.kept() == KEPT

    def kept(self):
        return self.instance.query("SELECT count(*) FROM imports_kept_record k JOIN import_history h"
                                   " USING (import_id) WHERE table_name = %s", self.table)[0][0]  # fmt: skip

    def retention(self):
        error, _ = self.instance.command("enforce_retention", "--policy", "kept_records")
        assert "Error: " not in error.partition(": ")[2], error

    def right_retention(self, _):
        assert self.instance.command("enforce_retention", "--policy", "kept_records")[0] == ""
        assert self.kept() == 0


setattr(Kill, "import", Kill.import_)


def kill_once(instance, chosen, name, lower, upper, part, place):
    delay = SECONDS[name] * chosen.uniform(lower, upper)
    one = Kill(instance, name, part, place)
    start = time.monotonic()
    try:
        one.happen(delay)
    except Exception as error:
        state = f"{''.join(instance.printed())}\n{instance.state()}"
        raise AssertionError(f"{part} killed {delay:.2f} s after the begin of {name}.\n{state}") from error
    print(f"{part} killed {delay:.2f} s into {name}: back after {time.monotonic() - start:.1f} s ({one.killed})")


def seeded(request, *of):
    """Return random numbers of this run, and of a test of several that must not kill at the same moments."""
    seed = request.config.getoption("randomly_seed", 0)
    print(f"seed {seed}")
    return random.Random(f"{seed} {of}")


def test_an_instance_comes_back_from_a_kill_at_every_moment(tmp_path, request):
    """One kill for each moment; the part is the next one of a list that begins anywhere."""
    chosen = seeded(request)
    parts = list(PARTS)
    chosen.shuffle(parts)
    with instance_on(tmp_path / "data") as instance:
        for place, moment in enumerate(MOMENTS):
            kill_once(instance, chosen, *moment, parts[place % len(parts)], place)


@pytest.mark.long
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("turn", range(5))
def test_an_instance_comes_back_from_kills_of_every_part_at_every_moment(tmp_path, request, turn, part):
    """Five kills for each pair."""
    chosen = seeded(request, turn, part)
    with instance_on(tmp_path / "data") as instance:
        for number, name in enumerate(SECONDS):
            kill_once(instance, chosen, name, 0, 1, part, number)
