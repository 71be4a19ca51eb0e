"""Repairs of single records, in small cases that can be checked by reading; test_undo_laws.py has the random ones.

Imports are called A, B, C in their order; A2 is record 2 of import A. A row is shown as its values and the record that
last wrote a cell of it.
"""

import threading

import pytest
from django.db import connection

from core.errors import BadRequest
from imports.errors import CannotRepair, NothingLoaded, TooManyErrors
from imports.models import ImportHistory, KeptRecord, MappingError, Repair, RepairedRecord
from lineage.consistency.check import check
from lineage.repairs import RecordChange, repair, undo_repair
from lineage.undo.edited_rows_choice import EditedRowsChoice
from tests.importing import TESTER, import_text, query
from tests.lineage.customers import FILES, Customers
from tests.lineage.held import contents_by_id

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

in_each_format = pytest.mark.parametrize("kind", FILES)
SCHEMA = {"nr": "INTEGER", "born": "DATE"}


class Repaired(Customers):
    def repair(self, letter, changes, **options):
        """changes: number -> values by column."""
        changes = [RecordChange(number, values=values) for number, values in changes.items()]
        return repair(self.ids[letter], changes, TESTER, **options)

    def repair_texts(self, letter, changes, **options):
        changes = [RecordChange(number, texts=texts) for number, texts in changes.items()]
        return repair(self.ids[letter], changes, TESTER, **options)

    def status(self, letter):
        found = ImportHistory.objects.get(pk=self.ids[letter])
        return found.status, found.mapping_status, found.mapping_errors_count

    def load_people(self, letter, *lines, **mapping):
        mapping = {"db_schema": SCHEMA, "on_error": "reject_row", "on_match": "skip", **mapping}
        if self.ids:
            mapping["strategy"] = "adapt_data"
        return self.load(letter, "nr born", *lines, **mapping)

    def errors(self, letter):
        errors = MappingError.objects.filter(import_record=self.ids[letter]).order_by("record_number", "target_field")
        return list(errors.values_list("record_number", "target_field", "source_value"))

    def corrections(self):
        return {self.name(origin): corrections for _, (_, origin, _, corrections) in contents_by_id("t")}


@pytest.fixture
def people(tmp_path):
    yield Repaired(tmp_path)
    assert [str(violation) for violation in check().violations] == []


@in_each_format
def test_a_rejected_row_is_repaired(people, kind):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", "3 2020-03-03", kind=kind)
    assert people.status("A") == ("partial", "completed_with_errors", 1)

    report = people.repair("A", {2: {"born": "2020-02-13"}})

    assert (report.repaired, report.still_failing, report.status) == (1, 0, "success")
    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-13 A2", "3 2020-03-03 A3"]
    assert people.status("A") == ("success", "completed", 0)
    assert people.counts("A") == (3, 0, 0)
    assert people.corrections()["A2"] == {
        "born": {"before": "13/13/2020", "after": "2020-02-13", "correction_type": "manual", "by": "tester"}
    }
    [attempt] = Repair.objects.all()
    assert (attempt.before, attempt.after, attempt.result) == (
        {"born": "13/13/2020"}, {"born": "2020-02-13"}, "repaired"
    )  # fmt: skip
    assert (attempt.kind, attempt.origin, attempt.by, attempt.by_email) == (
        "repair", "values", "tester", "tester@example.com"
    )  # fmt: skip


def test_a_cell_that_was_set_to_null_is_repaired(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", on_error="null")
    assert people.rows() == ["1 2020-01-01 A1", "2 - A2"]

    people.repair("A", {2: {"born": "2020-02-13"}})

    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-13 A2"]
    assert people.status("A") == ("success", "completed", 0)
    assert people.corrections()["A2"]["born"]["before"] == "13/13/2020"


@in_each_format
def test_a_cell_that_was_read_is_corrected_with_a_reason(people, kind):
    people.load_people("A", "1 2020-01-01", "2 2020-02-02", kind=kind)
    with pytest.raises(BadRequest, match="reason"):
        people.repair("A", {2: {"born": "1999-09-09"}})

    people.repair("A", {2: {"born": "1999-09-09"}}, reason="As in the passport")

    assert people.rows() == ["1 2020-01-01 A1", "2 1999-09-09 A2"]
    assert people.corrections()["A2"] == {
        "born": {
            "before": "2020-02-02", "after": "1999-09-09", "correction_type": "manual", "by": "tester",
            "reason": "As in the passport",
        }
    }  # fmt: skip
    assert Repair.objects.get().kind == "correction"


def test_a_repair_is_undone_alone(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", "x 14/13/2020")
    before = people.state(), people.errors("A")
    people.repair("A", {2: {"born": "2020-02-13"}, 3: {"nr": "3", "born": "2020-02-14"}})
    people.repair("A", {2: {"born": "2020-02-15"}}, reason="Misread")
    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-15 A2", "3 2020-02-14 A3"]

    undo_repair(people.ids["A"], Repair.objects.get(attempt=2).pk, TESTER)
    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-13 A2", "3 2020-02-14 A3"]

    undo_repair(people.ids["A"], Repair.objects.get(attempt=1, record_number=2).batch, TESTER)
    assert (people.state(), people.errors("A")) == before
    assert people.status("A") == ("partial", "completed_with_errors", 3)
    assert not RepairedRecord.objects.exists()
    with pytest.raises(CannotRepair, match="already undone"):
        undo_repair(people.ids["A"], Repair.objects.get(attempt=2).pk, TESTER)


def test_a_repair_in_parts(people):
    people.load_people("A", "1 2020-01-01", "x 13/13/2020")

    report = people.repair("A", {2: {"nr": "2"}})
    assert (report.repaired, report.partly) == (0, 1)
    assert [error["column"] for error in report.records[0]["errors"]] == ["born"]
    assert people.rows() == ["1 2020-01-01 A1"]
    assert people.status("A") == ("partial", "completed_with_errors", 1)

    people.repair("A", {2: {"born": "2020-02-13"}})
    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-13 A2"]
    assert [one.result for one in Repair.objects.order_by("attempt")] == ["partly", "repaired"]


def test_what_does_not_fit_stays_and_the_others_go_in(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", "3 14/13/2020")

    report = people.repair("A", {2: {"born": "2020-02-31"}, 3: {"born": "2020-02-13"}})

    assert (report.repaired, report.still_failing) == (1, 1)
    assert report.records[0]["record_number"] == 2
    assert report.records[0]["errors"][0]["value"] == "2020-02-31"
    assert people.rows() == ["1 2020-01-01 A1", "3 2020-02-13 A3"]
    assert {one.record_number: one.result for one in Repair.objects.all()} == {2: "failed", 3: "repaired"}
    assert people.errors("A") == [(2, "born", "13/13/2020")]


def test_the_same_repair_twice_is_one(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020")
    people.repair("A", {2: {"born": "2020-02-13"}})
    there = people.state()

    report = people.repair("A", {2: {"born": "2020-02-13"}, 1: {"born": "2020-01-01"}}, reason="Again")

    assert (report.repaired, report.unchanged, report.batch) == (0, 2, None)
    assert people.state() == there
    assert Repair.objects.count() == 1


def test_a_sender_who_saw_something_else_changes_nothing(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020")
    people.repair("A", {2: {"born": "2020-02-13"}})
    stale = RecordChange(2, values={"born": "2020-02-14"}, expected_before={"born": "13/13/2020"})

    report = repair(people.ids["A"], [stale], TESTER, reason="Late")

    assert (report.conflicts, report.repaired, people.rows()[1]) == ((2,), 0, "2 2020-02-13 A2")


def test_a_dry_run_changes_nothing(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020")
    before = people.state()

    report = people.repair("A", {2: {"born": "2020-02-13"}}, dry_run=True)

    assert (report.dry_run, report.repaired, report.counts["rows_inserted"], report.status) == (True, 1, 2, "success")
    assert people.state() == before
    assert not Repair.objects.exists() and not RepairedRecord.objects.exists()


@pytest.mark.parametrize(
    "kind, on_match", [("csv", "skip"), ("excel", "update"), ("json", "insert"), ("xml", "skip"), ("csv", "update")]
)
def test_undo_takes_repaired_rows_and_redo_brings_them_back(people, kind, on_match):
    key = "" if on_match == "insert" else "nr"
    people.load_people("0", "1 2019-01-01", on_match=on_match, key=key, kind=kind)
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", "x 14/13/2020", on_match=on_match, key=key, kind=kind)
    people.repair("A", {2: {"born": "2020-02-13"}, 3: {"nr": "3"}})
    people.repair("A", {1: {"born": "2020-01-02"}}, reason="Misread")
    people.load_people("B", "2 2020-02-13", "3 2021-01-01", on_match=on_match, key=key, kind=kind)
    there, errors = people.state(), people.errors("A")

    people.undo("A")
    assert not any("A" in row for row in people.rows())
    people.redo("A")
    assert (people.state(), people.errors("A")) == (there, errors)
    people.undo("0A")
    people.redo("A0")
    assert (people.state(), people.errors("A")) == (there, errors)


# --- what follows for others


def test_a_later_record_becomes_a_duplicate_of_a_repaired_one_and_a_row_again(people):
    people.load_people("A", "1 2020-01-01", "x 2020-02-02")
    people.load_people("B", "2 2020-02-02", "3 2020-03-03")
    before = people.state()

    would = people.repair("A", {2: {"nr": "2"}}, dry_run=True)
    report = people.repair("A", {2: {"nr": "2"}})

    assert (would.rows_become_duplicates, report.rows_become_duplicates) == (1, 1)
    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-02 A2", "3 2020-03-03 B2"]
    assert people.outcomes("B") == {1: "duplicate of A2"}

    report = undo_repair(people.ids["A"], Repair.objects.get().pk, TESTER)
    assert (report.rows_returned, people.state()) == (1, before)


def test_a_later_update_of_the_same_cell_wins(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", on_match="update")
    people.load_people("B", "1 2021-01-01", "2 2021-02-02", on_match="update")
    assert people.counts("B") == (1, 1, 0)

    people.repair("A", {2: {"born": "2020-02-13"}})
    people.repair("A", {1: {"born": "2020-01-31"}}, reason="Misread")

    assert people.rows() == ["1 2021-01-01 B1", "2 2021-02-02 B2"]
    assert people.origins() == ["A1", "A2"]
    people.undo("B")
    assert people.rows() == ["1 2020-01-31 A1", "2 2020-02-13 A2"]


def test_another_record_of_the_file_takes_part_once_the_last_of_its_key_changes(people):
    people.load_people("A", "1 2020-01-01", on_match="update")
    people.load_people("B", "1 2021-01-01", "1 2022-01-01", on_match="update")
    assert people.outcomes("B") == {1: "duplicate of B2, differs: born", 2: "updated A1: born"}

    people.repair("B", {2: {"nr": "2"}}, reason="Another person")
    assert people.rows() == ["1 2021-01-01 B1", "2 2022-01-01 B2"]
    assert people.outcomes("B") == {1: "updated A1: born"}

    people.undo("A")
    assert people.rows() == ["1 2021-01-01 B1", "2 2022-01-01 B2"]
    people.redo("A")
    assert people.outcomes("B") == {1: "updated A1: born"}


def test_a_repaired_record_that_repeats_a_row_is_a_duplicate(people):
    people.load_people("A", "1 2020-01-01", "2 2020-02-02")
    people.load_people("B", "x 2020-02-02", "3 2020-03-03")

    people.repair("B", {1: {"nr": "2"}})

    assert people.outcomes("B") == {1: "duplicate of A2"}
    assert people.status("B") == ("success", "completed", 0)
    people.undo("A")  # it is a row then, as it was repaired
    assert people.rows() == ["2 2020-02-02 B1", "3 2020-03-03 B2"]
    assert people.corrections()["B1"]["nr"]["before"] == "x"


def test_an_import_of_which_every_row_was_rejected(people):
    with pytest.raises(NothingLoaded):
        people.load_people("A", "1 13/13/2020", "2 14/13/2020")
    failed = ImportHistory.objects.get()
    people.ids["A"] = failed.pk
    assert (failed.status, failed.rows_rejected) == ("failed", 2)

    report = people.repair("A", {2: {"born": "2020-02-14"}})
    assert (report.status, report.mapping_status) == ("partial", "completed_with_errors")
    assert people.rows() == ["2 2020-02-14 A2"]
    people.repair("A", {1: {"born": "2020-02-13"}})
    assert people.status("A") == ("success", "completed", 0)
    there = people.state()
    people.undo("A")
    assert query("SELECT to_regclass('public.t') IS NULL") == [(True,)]
    people.redo("A")
    assert people.state() == there


def test_an_import_that_stopped_takes_no_repairs(people):
    with pytest.raises(TooManyErrors):
        people.load_people("A", "1 13/13/2020", "2 2020-02-14", on_error="abort")
    people.ids["A"] = ImportHistory.objects.get().pk

    with pytest.raises(CannotRepair, match="Run it again") as refused:
        people.repair("A", {1: {"born": "2020-02-14"}})
    assert refused.value.details["rerun"] == f"/import-history/{people.ids['A']}/rerun"


def test_an_undone_import_takes_no_repairs(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020")
    people.undo("A")
    with pytest.raises(CannotRepair, match="Redo it"):
        people.repair("A", {2: {"born": "2020-02-14"}})


# --- rows that were changed with SQL


def test_a_row_that_was_changed_manually_needs_a_choice(people):
    people.load_people("A", "1 2020-01-01", "2 2020-02-02")
    query("UPDATE t SET born = '1999-09-09' WHERE nr = 1")

    with pytest.raises(CannotRepair) as refused:
        people.repair("A", {1: {"born": "2020-01-31"}}, reason="Misread")
    assert refused.value.details["rows_changed_by_hand"] == 1

    kept = people.repair("A", {1: {"born": "2020-01-31"}}, reason="Misread", changed_rows=EditedRowsChoice.KEEP)
    assert (kept.kept, kept.repaired, people.rows()[0]) == ((1,), 0, "1 1999-09-09 A1")

    people.repair("A", {1: {"born": "2020-01-31"}}, reason="Misread", changed_rows=EditedRowsChoice.REMOVE)
    assert people.rows() == ["1 2020-01-31 A1", "2 2020-02-02 A2"]


# --- repairs of texts, as a file of repaired rows sends them


@in_each_format
def test_texts_go_through_the_plan_and_iso_is_taken_too(people, kind):
    lines = "1 02/01/2020", "2 31/02/2020", "3 32/02/2020", "x 13/02/2020"
    people.load_people("A", *lines, kind=kind, source_options={"date_order": "DMY"})

    report = people.repair_texts("A", {2: {1: "28/02/2020"}, 3: {1: "2020-02-27"}, 4: {0: " 4 "}})

    assert (report.repaired, report.still_failing) == (3, 0)
    assert people.rows() == ["1 2020-01-02 A1", "2 2020-02-28 A2", "3 2020-02-27 A3", "4 2020-02-13 A4"]
    entry = people.corrections()["A2"]["born"]
    assert {name: entry[name] for name in ("before", "after", "correction_type", "by")} == {
        "before": "31/02/2020", "after": "2020-02-28", "correction_type": "manual", "by": "tester",
    }  # fmt: skip
    assert [(step["before"], step["after"], step["correction_type"]) for step in entry["steps"]] == [
        ("31/02/2020", "28/02/2020", "manual"), ("28/02/2020", "2020-02-28", "datetime_standardization"),
    ]  # fmt: skip
    there = people.state()
    people.undo("A")
    people.redo("A")
    assert people.state() == there


def test_a_text_that_does_not_fit_is_a_failed_attempt(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020")
    report = people.repair_texts("A", {2: {1: "yesterday"}})
    assert (report.repaired, report.still_failing) == (0, 1)
    assert report.records[0]["errors"][0]["value"] == "yesterday"
    assert people.errors("A") == [(2, "born", "13/13/2020")]
    assert Repair.objects.get().result == "failed"


def test_a_record_that_was_too_short_is_repaired(people, tmp_path):
    content = b"nr,born\n1,2020-01-01\n2\n3,2020-03-03\n"
    people.ids["A"] = import_text(
        tmp_path, "A.csv", content, table_name="t", db_schema=SCHEMA, on_error="reject_row"
    ).pk  # fmt: skip
    assert people.status("A") == ("partial", "completed_with_errors", 1)

    people.repair("A", {2: {"born": "2020-02-02"}})

    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-02 A2", "3 2020-03-03 A3"]
    assert people.status("A") == ("success", "completed", 0)
    undo_repair(people.ids["A"], Repair.objects.get().pk, TESTER)
    assert people.status("A") == ("partial", "completed_with_errors", 1)
    assert KeptRecord.objects.get().reason_code == "too_few_fields"


def test_two_senders_at_once_repair_each_record_once(people):
    people.load_people("A", "1 2020-01-01", "2 13/13/2020", "3 14/13/2020")
    ready, reports = threading.Barrier(2), []

    def send():
        ready.wait(60)
        reports.append(people.repair("A", {2: {"born": "2020-02-13"}, 3: {"born": "2020-02-14"}}))
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(120)

    assert sorted((report.repaired, report.unchanged) for report in reports) == [(0, 2), (2, 0)]
    assert Repair.objects.count() == 2
    assert people.rows() == ["1 2020-01-01 A1", "2 2020-02-13 A2", "3 2020-02-14 A3"]


@pytest.mark.parametrize(
    "change, invariant",
    [
        ("DELETE FROM imports_repair WHERE record_number = 2", "repairs_have_a_record"),
        ("UPDATE imports_repair SET attempt = 3 WHERE record_number = 2", "attempts_counted"),
        ("UPDATE imports_repaired_record SET record = NULL WHERE record_number = 2", "repaired_records_loaded"),
        ("UPDATE imports_repaired_record SET corrections = NULL WHERE record_number = 2", "repaired_rows_follow"),
    ],
)
def test_what_is_kept_of_repairs_was_changed(atlas_db, tmp_path, change, invariant):
    people = Repaired(tmp_path)
    people.load_people("A", "1 2020-01-01", "2 13/13/2020")
    people.repair("A", {2: {"born": "2020-02-13"}})
    assert check().violations == ()

    query(change)

    assert [violation.invariant for violation in check().violations] == [invariant]


def test_repaired_records_that_repeat_each_other_when_their_dropped_table_is_made_again(people):
    people.load_people("A", "x 2020-01-01", "x 2020-02-02", "3 2020-03-03")
    people.repair("A", {1: {"nr": "3"}, 2: {"nr": "3"}})
    there = people.state()
    assert people.rows() == ["3 2020-01-01 A1"]

    people.undo("A")
    people.redo("A")

    assert people.state() == there


def test_records_that_repeat_one_which_takes_part_no_longer_repeat_the_one_that_does(people):
    people.load_people("A", "1 2020-01-01", "2 2020-02-02", on_match="update")
    people.load_people("B", "1 2021-01-01", "1 2022-01-01", "2 2023-01-01", on_match="update")
    assert people.outcomes("B")[1] == "duplicate of B2, differs: born"

    people.repair("B", {3: {"nr": "1"}}, reason="The same person")

    assert people.outcomes("B") == {
        1: "duplicate of B3, differs: born", 2: "duplicate of B3, differs: born", 3: "updated A1: born",
    }  # fmt: skip
    assert people.rows() == ["1 2023-01-01 B3", "2 2020-02-02 A2"]
