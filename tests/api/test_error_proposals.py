"""Errors say what would fit; groups of them say which one change mends all of their values."""

import json

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import BadRequest
from imports.history import error_groups, tracking
from imports.history.proposal_values import proposal_values, verified
from imports.models import ErrorSummary, ImportHistory, MappingError
from imports.proposals.proposal import Proposal, ProposalKind
from lineage.repairs import proposed_changes, repair
from tests.importing import TESTER, import_path, import_text, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

VALUES = ["13.2.2020", "1.2.2020", "2020-02-13", "soon"]
ISO = {"rules": {"datetime_transformations": [{"field": "born", "source_format": "%Y-%m-%d"}]}}


def csv(folder, values):
    return import_text(folder, "t.csv", "born,n\n" + "".join(f'"{value}",1\n' for value in values), **ISO)


def as_json(folder, values):
    return import_text(folder, "t.json", json.dumps([{"born": value, "n": 1} for value in values]), **ISO)


def xml(folder, values):
    rows = "".join(f"<p><born>{value}</born><n>1</n></p>" for value in values)
    return import_text(folder, "t.xml", f"<people>{rows}</people>", **ISO)


def excel(folder, values):
    book, path = openpyxl.Workbook(), folder / "t.xlsx"
    for row in [["born", "n"], *([value, 1] for value in values)]:
        book.active.append(row)
    book.save(path)
    return import_path(path, **ISO)


def groups_of(client, record):
    response = client.get(f"/import-history/{record.pk}/mapping-errors/summary")
    assert response.status_code == 200, response.content
    return response.json()["groups"]


def in_short(groups):
    """Shape and count of each group, with kind, parameters and number of values of its proposals."""
    return [
        (group["shape"], group["count"], [(one["kind"], one["params"], one["mends"]) for one in group["proposals"]])
        for group in groups
    ]


@pytest.mark.parametrize("imported", [csv, as_json, xml, excel])
def test_values_of_every_kind_of_file_are_grouped_with_a_proposal(auditor, tmp_path, imported):
    record = imported(tmp_path, VALUES)

    assert in_short(groups_of(auditor, record)) == [
        ("9.9.9", 2, [("date_format", {"source_format": "%d.%m.%Y"}, 2)]),
        ("a", 1, [("null_token", {"tokens": ["soon"]}, 1)]),
    ]


def test_errors_of_an_older_version_get_proposals_too(auditor, tmp_path):
    record = csv(tmp_path, VALUES)
    before = in_short(groups_of(auditor, record))
    MappingError.objects.update(error_details=None)

    assert in_short(groups_of(auditor, record)) == before


def test_numbers_of_json_and_texts_beyond_a_value_of_the_column(auditor, tmp_path):
    text = '[{"n": 1}, {"n": "1.5"}, {"n": 2.5}, {"n": "x"}, {"n": {"a": 1}}]'
    record = import_text(tmp_path, "t.json", text, db_schema={"n": "INTEGER"}, source_options={"nested": "jsonb"})

    assert [(group["shape"], group["count"]) for group in groups_of(auditor, record)] == [
        ("9.9", 2), ("a", 1), ('{"a":9}', 1)
    ]  # fmt: skip


def test_a_value_that_was_cut_gets_no_proposal(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", f"n\n{'1' * 501} kg\n2 kg\n3 kg\n4\n", db_schema={"n": "NUMERIC"})

    assert in_short(groups_of(auditor, record)) == [
        ("9 a", 2, [("trim", {"suffix": " kg"}, 2)]), ("9", 1, [])
    ]  # fmt: skip


@pytest.mark.parametrize("values", [["13.2.2020", "2.13.2020"], ["2020-13-13"], ["13.2.2020 x", "99.2.2020 y"]])
def test_no_change_that_contradicts_the_values_is_proposed(auditor, tmp_path, values):
    record = csv(tmp_path, [*values, "2020-02-13"])

    assert {len(group["proposals"]) for group in groups_of(auditor, record)} == {0}


def test_each_error_says_what_would_fit_and_by_which_rule(auditor, tmp_path):
    rules = {
        "datetime_transformations": [{"field": "born", "source_format": "%d/%m/%Y"}],
        "transformations": [{"type": "split", "field": "name", "targets": ["a", "b"], "separator": " "}],
    }
    text = "born,n,name\n13/13/2020,1,A B\n31/12/2025,x,A B C\n"
    record = import_text(tmp_path, "t.csv", text, rules=rules, db_schema={"n": "NUMERIC"})

    errors = auditor.get(f"/import-history/{record.pk}/mapping-errors").json()["errors"]

    day = {"message": "A date as day/month/year, such as 31/12/2025", "example": "31/12/2025"}
    assert [(one["source_field"], one["rule"], one["expected"]) for one in errors] == [
        ("born", "rules.datetime_transformations[0]", {**day, "misfit": "day/month/year does not fit, month 13"}),
        ("name", "rules.transformations[0]", {"message": "Any text", "example": "", "misfit": None}),
        ("n", None, {"message": "A number such as 1234.5", "example": "1234.5", "misfit": None}),
    ]
    assert errors[0]["error_details"] == {"code": "not_a_date", "params": {}}


def test_the_queries_for_errors_do_not_grow(auditor, tmp_path):
    few = csv(tmp_path, VALUES)
    many = import_text(tmp_path, "many.csv", "born,n\n" + "".join(f"{day}.1.2020,1\n" for day in range(1, 29)), **ISO)
    numbers = []
    for record in (few, many):
        with CaptureQueriesContext(connection) as captured:
            auditor.get(f"/import-history/{record.pk}/mapping-errors")
        numbers.append(len(captured))

    assert numbers[0] == numbers[1]


def proposal(kind, **params):
    return Proposal(ProposalKind(kind), params)


def test_a_proposal_gives_the_value_of_each_record(auditor, tmp_path):
    record = csv(tmp_path, [*VALUES, "45.2.2020"])
    group = groups_of(auditor, record)[0]
    german = proposal("date_format", source_format="%d.%m.%Y")

    assert list(proposal_values(record, group, german)) == [
        (1, "13.2.2020", "2020-02-13"), (2, "1.2.2020", "2020-02-01")
    ]  # fmt: skip
    tried = verified(record, group, german)
    assert (tried.mends, tried.of) == (2, 3)
    assert tried.examples == (("13.2.2020", "2020-02-13"), ("1.2.2020", "2020-02-01"))
    nothing = proposal_values(record, group, proposal("value", value=None))
    assert [(one.record_number, one.after) for one in nothing] == [(1, None), (2, None), (5, None)]
    everything = {"target_field": "born"}
    same = proposal_values(record, everything, proposal("value", value="2020-01-01"))
    assert [one.record_number for one in same] == [1, 2, 4, 5]


def test_a_group_that_is_none_is_refused(tmp_path, atlas_db):
    record = csv(tmp_path, VALUES)
    groups = [
        None, [], {}, {"target_field": "*"}, {"target_field": "no"}, {"target_field": "born", "shape": 5},
        {"target_field": "born", "error_type": ["x"]}, {"target_field": "born", "shape": "\x00"},
    ]  # fmt: skip
    for group in groups:
        with pytest.raises(BadRequest):
            list(proposal_values(record, group, proposal("value", value=None)))


@pytest.fixture
def kept(monkeypatch):
    """Keep the groups of imports with two errors."""
    monkeypatch.setattr(error_groups, "KEPT_FROM", 2)


def test_groups_of_many_errors_are_found_once(auditor, tmp_path, kept):
    record = csv(tmp_path, VALUES)
    first = groups_of(auditor, record)
    MappingError.objects.update(source_value="changed without a word")

    assert [group["proposals"] for group in groups_of(auditor, record)] == [group["proposals"] for group in first]
    tracking.record_mapping_errors_batch(record.pk, [{"error_message": "Broken"}])
    assert [group["shape"] for group in groups_of(auditor, record)] == ["a", None]


def test_kept_groups_of_other_errors_are_found_again(auditor, tmp_path, kept):
    record = csv(tmp_path, VALUES)
    groups_of(auditor, record)
    MappingError.objects.filter(source_value="soon").delete()
    ImportHistory.objects.update(mapping_errors_count=2, errors_by_type={"datetime_conversion": 2})

    assert [group["shape"] for group in groups_of(auditor, record)] == ["9.9.9"]


def test_groups_of_few_errors_are_not_kept(auditor, tmp_path):
    groups_of(auditor, csv(tmp_path, VALUES))

    assert ErrorSummary.objects.count() == 0


def retry(client, record, query="", **body):
    return client.post(f"/import-history/{record.pk}/retry{query}", body, content_type="application/json")


def test_a_group_is_repaired_by_a_proposal(importer, tmp_path):
    record = csv(tmp_path, [*VALUES, "45.2.2020"])
    group = groups_of(importer, record)[0]

    would = retry(importer, record, "?dry_run=true", group=group, proposal=group["proposals"][0]).json()
    done = retry(importer, record, group=group, proposal=group["proposals"][0]).json()

    assert [(one["repaired"], one["still_failing"], one["mapping_errors_count"]) for one in (would, done)] == [
        (2, 0, 2)
    ] * 2
    days = ["2020-02-13", "2020-02-01", "2020-02-13", None, None]
    assert [row["born"] and str(row["born"]) for row in rows_of("t", "born")] == days
    repairs = importer.get(f"/import-history/{record.pk}/repairs").json()["repairs"]
    assert [(one["record_number"], one["origin"], one["before"], one["after"]) for one in repairs] == [
        (2, "proposal", {"born": "1.2.2020"}, {"born": "2020-02-01"}),
        (1, "proposal", {"born": "13.2.2020"}, {"born": "2020-02-13"}),
    ]
    assert in_short(groups_of(importer, record)) == [
        ("a", 1, [("null_token", {"tokens": ["soon"]}, 1)]), ("9.9.9", 1, [])
    ]  # fmt: skip


def test_cells_that_mean_nothing_are_repaired_with_nothing(importer, tmp_path):
    record = csv(tmp_path, VALUES)
    group = groups_of(importer, record)[1]

    done = retry(importer, record, group=group, proposal=group["proposals"][0]).json()

    assert (done["repaired"], done["mapping_errors_count"]) == (1, 2)


def test_a_repair_of_a_group_that_cannot_be_meant_is_refused(importer, tmp_path):
    record = csv(tmp_path, VALUES)
    born, empty = {"target_field": "born"}, {"kind": "value", "params": {"value": None}}
    bodies = [
        {"group": born}, {"proposal": empty}, {"group": {"target_field": "n_"}, "proposal": empty},
        {"group": born, "proposal": {"kind": "x", "params": {}}}, {"group": [], "proposal": empty},
        {"group": born, "proposal": empty, "records": {}},
    ]  # fmt: skip
    for body in bodies:
        response = retry(importer, record, **body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "bad_request"), body


def test_kept_groups_are_deleted_by_a_repair(importer, tmp_path, kept):
    record = csv(tmp_path, VALUES)
    group = groups_of(importer, record)[0]
    assert ErrorSummary.objects.count() == 1

    retry(importer, record, "?dry_run=true", group=group, proposal=group["proposals"][0])
    assert ErrorSummary.objects.count() == 1
    retry(importer, record, group=group, proposal=group["proposals"][0])
    assert ErrorSummary.objects.count() == 0
    assert [one["shape"] for one in groups_of(importer, record)] == ["a"]


def test_a_row_that_was_repaired_meanwhile_is_a_conflict(importer, tmp_path):
    record = csv(tmp_path, VALUES)
    group = groups_of(importer, record)[0]
    changes = list(proposed_changes(record, group, proposal("date_format", source_format="%d.%m.%Y")))
    retry(importer, record, records={"1": {"born": "1999-09-09"}})

    report = repair(record.pk, changes, TESTER)

    assert (report.repaired, report.conflicts) == (1, (1,))
    assert [str(row["born"]) for row in rows_of("t", "born")] == ["1999-09-09", "2020-02-01", "2020-02-13", "None"]


def test_values_that_rules_made_or_that_no_cell_can_show_are_repaired_too(importer, tmp_path):
    rules = {"transformations": [{"type": "regex_replace", "field": "n", "pattern": "^x", "replacement": ""}]}
    made = import_text(tmp_path, "made.csv", "n\nx5 kg\n7\n", db_schema={"n": "INTEGER"}, rules=rules)
    nul = import_text(tmp_path, "nul.csv", b"n\n5\x00 kg\n7\n", db_schema={"n": "INTEGER"})

    for record in (made, nul):
        group = groups_of(importer, record)[0]
        done = retry(importer, record, group=group, proposal={"kind": "value", "params": {"value": "5"}}).json()
        assert (done["repaired"], done["conflicts"]) == (1, []), record.file_name
