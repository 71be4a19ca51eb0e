"""The page of statistics and its tables as CSV."""

import csv
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from imports.models import ImportHistory
from lineage.statistics.charts import in_percent
from lineage.undo import undo_import
from tests.importing import TESTER
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
PARTS = ["over-time", "tables", "people", "errors", "phases", "slowest"]


def part(answer, key):
    """The lines of one part: name and words."""
    [found] = [one for one in answer.context["chart_tables"] if one.key == key]
    return [[line.name, *(said for _, _, said in cells)] for line, cells in found.rows()]


def as_csv(client, key, query=""):
    answer = client.get(f"/ui/statistics/{key}.csv{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_statistics_have_the_numbers_of_the_specification(imogen, people_table, ragged, failed):
    answer = imogen.get("/ui/statistics")
    assert "The last 30 days." in words(answer)
    assert answer.context["tiles"][:-1] == [
        ("Imports", "4", "1 failed or cancelled"),
        ("Success rate", "75%", "3 successful"),
        ("Rows imported", "8", "into 2 tables"),
        ("Rows updated", "0", "by their key"),
        ("Duplicates skipped", "1", "already in the table"),
        ("Errors", "2", "invalid values and rows"),
    ]
    assert answer.context["tiles"][-1][::2] == ("Average duration", "by 1 user")


def test_each_part_of_the_statistics(imogen, people_table, ragged, failed):
    answer = imogen.get("/ui/statistics")
    today = datetime.now(UTC).date()
    days = part(answer, "over-time")
    assert days[0] == [f"{today:%b} {today.day}, {today:%Y}", "4", "3", "1", "75%", "8", "1"]
    assert (len(days), days[1][1:]) == (31, ["0", "0", "0", "–", "0", "0"])
    assert [line[:6] for line in part(answer, "tables")] == [
        ["people", "2", "100%", "5", "1", "1"],
        ["ragged", "1", "100%", "3", "0", "1"],
        ["broken", "1", "0%", "0", "0", "0"],
    ]
    assert [line[:3] for line in part(answer, "people")] == [
        ["tester@example.com", "3", "100%"],
        ["imogen@example.com", "1", "0%"],
    ]
    assert part(answer, "errors") == [["Too many values", "1", "1"], ["Invalid value", "1", "1"]]
    assert "people 1" in words(answer)
    assert [line[0] for line in part(answer, "phases")] == [
        "Read & analyze", "Mapping", "Duplicate check", "Write rows",
    ]  # fmt: skip
    assert sorted(line[0] for line in part(answer, "slowest")) == ["more people.csv", "people.csv", "ragged.csv"]
    assert f"/ui/imports/{ragged.pk}" in links(answer)


def test_every_chart_has_its_table_and_its_csv(imogen, people_table):
    answer = imogen.get("/ui/statistics?days=7")
    html = answer.content.decode()
    assert re.findall('data-chart="(.*?)-table"', html) == ["over-time", *PARTS]
    assert re.findall('<table id="(.*?)-table"', html) == PARTS
    assert [link for link in links(answer) if ".csv" in link] == [f"/ui/statistics/{key}.csv?days=7" for key in PARTS]


def test_csv_has_the_numbers_as_they_are(imogen, people_table, ragged):
    ImportHistory.objects.filter(pk=ragged.pk).update(
        table_name="=ragged", duration_seconds=61.5, parsing_time_seconds=60, mapping_duration_seconds=1,
        duplicate_check_time_seconds=0, insert_time_seconds=None,
    )  # fmt: skip
    assert [row[:6] for row in as_csv(imogen, "tables")] == [
        ["Table", "Imports", "Success rate", "Rows imported", "Duplicates", "Errors"],
        ["people", "2", "1.0", "5", "1", "1"],
        ["'=ragged", "1", "1.0", "3", "0", "1"],
    ]
    assert as_csv(imogen, "slowest")[:2] == [
        [
            "File",
            "Duration",
            "Read & analyze",
            "Duplicate check",
            "Write rows",
            "Other",
            "Mapping",
            "Rows",
            "Note",
        ],
        ["ragged.csv", "61.5", "60.0", "0", "0", "1.5", "1.0", "3", "'=ragged"],
    ]
    assert len(as_csv(imogen, "over-time", "?days=7")) == 9


@pytest.mark.parametrize(
    ("query", "rows"),
    [("", "8"), ("?table_name=ragged", "3"), ("?user=TESTER", "8"), ("?user=imogen", "0"), ("?days=7", "8")],
)
def test_statistics_of_a_table_a_person_and_a_period(imogen, people_table, ragged, failed, query, rows):
    assert imogen.get(f"/ui/statistics{query}").context["tiles"][2][1] == rows


PERIODS = [(90, "By day", 91), (365, "By week", 53), (3650, "By month", 120)]


@pytest.mark.parametrize(("days", "title", "lines"), PERIODS)
def test_a_long_period_is_shown_by_weeks_or_months(imogen, people_table, days, title, lines):
    first_day = datetime.now(UTC) - timedelta(days=days)
    its_end = first_day.replace(hour=23, minute=59, second=59)
    ImportHistory.objects.filter(pk=people_table[0].pk).update(import_timestamp=its_end)
    answer = imogen.get(f"/ui/statistics?days={days}")
    [found] = [one for one in answer.context["chart_tables"] if one.key == "over-time"]
    assert (found.title, found.lines[0].numbers[4], found.lines[-1].numbers[4]) == (title, 2, 3)
    assert lines <= len(found.lines) <= lines + 1


def test_an_undone_import_leaves_every_part(imogen, people_table, ragged):
    undo_import(ragged.pk, TESTER)
    answer = imogen.get("/ui/statistics")
    told = [line for key in PARTS for line in part(answer, key)]
    assert part(answer, "errors") == [["Invalid value", "1", "1"]]
    assert not [line for line in told if line[0].startswith("ragged")]


def test_statistics_of_nothing(imogen):
    answer = imogen.get("/ui/statistics?days=nonsense")
    assert "No imports in this period" in words(answer)
    assert [number for _, number, _ in answer.context["tiles"]] == ["0", "–", "0", "0", "0", "0", "0 ms"]
    assert as_csv(imogen, "errors") == [["Type", "Errors", "Imports"]]
    assert len(table_rows(answer)) == 0


@pytest.mark.parametrize("address", ["/ui/statistics", "/ui/statistics/errors.csv"])
def test_statistics_need_the_view_permission(signed_in, client, people, address):
    assert signed_in("audrey").get(address).status_code == 200
    assert signed_in("norman").get(address).status_code == 403
    assert client.get(address)["Location"] == f"/ui/sign-in?next={address}"


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0%"), (1, "100%"), (0.75, "75%"), (0.6667, "66.7%"), (0.99999, "99.9%"), (0.00001, "0.1%")]
)
def test_shares_are_not_rounded_to_0_or_100_percent(share, said):
    assert in_percent(share) == said


def test_a_part_that_there_is_not_is_404(imogen):
    assert imogen.get("/ui/statistics/nothing.csv").status_code == 404


def test_vendored_scripts_match_their_checksums():
    noted = dict(re.findall(r"^\| `(.*?)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), flags=re.M))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert found == noted
