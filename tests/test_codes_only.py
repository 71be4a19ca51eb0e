"""The same story told in English and in codes only: what happens does not depend on the words.

`pytest --codes-only` runs other tests that way too; those that assert English fail then, and no others should.
"""

import csv
import io
import re
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from audit.models import AuditEntry
from core.messages import SENTENCES
from imports.jobs.worker import run_queued
from lineage.consistency.check import check
from lineage.undo.redo_preview import redo_preview
from lineage.undo.undo import preview
from lineage.undo.wording import outcome_in_words, redo_in_words, undo_in_words
from tests.api.conftest import client_of
from tests.conftest import empty_database
from tests.importing import query, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

#: What times, ids and chance decide.
OF_ONE_RUN = {
    "previous_hash", "entry_hash", "detail_digest", "token", "phase", "progress", "records_done",
    "records_per_second", "bytes_done",
}  # fmt: skip
#: Where an answer holds what a person reads; `reason` also holds codes, which are equal.
TEXTS = {
    "message", "error_message", "warning", "warnings", "strategy_reason", "message_pattern", "blocked_by", "note",
    "reason", "_errors", "stdout",
}  # fmt: skip
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.?\d*)?(Z|[+-]\d\d:?\d\d)?")

MESSY = (
    "name,age,born,city\n"
    "Ada,36,01/02/2024,London\n"
    "Alan,old,03/04/2024,London\n"
    "Grace,85,05/06/2024,\n"
    "Ada,36,01/02/2024,London\n"
    "Linus,99999999999,07/08/2024,Helsinki,more\n"
    "Tim,7\n"
)
RULED = {
    "table_name": "ruled",
    "rules": {"filter_rows": [{"field": "city", "operator": "not_equals", "value": "Oslo"}]},
}


class Story:
    """A client of everything, and what it was answered: each with its label, for the comparison."""

    def __init__(self):
        self.api = client_of("ada", is_superuser=True, is_staff=True)
        self.browser = Client()
        self.browser.force_login(User.objects.get(username="ada"))
        self.told = []
        self.ids = {}

    def tell(self, label, value):
        self.told.append((self.stable(label), self.stable(value)))
        return value

    def asked(self, label, response):
        """The answer as JSON, told with its status."""
        is_json = "json" in response.headers["Content-Type"]
        self.tell(label, {"status": response.status_code, "body": response.json() if is_json else None})
        return response.json() if is_json else response

    def get(self, address):
        return self.asked(f"GET {address}", self.api.get(address))

    def post(self, address, **body):
        return self.asked(f"POST {address}", self.api.post(address, body, content_type="application/json"))

    def upload(self, name, text, mapping=None, address="/map-data"):
        return self.asked(f"{address}: {name}", self.api.upload(name, text, mapping, address))

    def page(self, address, form=None):
        """Where its links and forms lead and what it asks for; its words are not told. form: what is sent to it."""
        response = self.browser.get(address) if form is None else self.browser.post(address, form)
        html = response.content.decode()
        links = set(re.findall(r'(?:href|action)="([/?][^"]*)"', html))
        self.tell(
            f"page {address}",
            {
                "status": response.status_code,
                "to": response.headers.get("Location"),
                "links": sorted(map(self.stable, links)),
                "fields": sorted(set(re.findall(r'<(?:input|select|button)[^>]* name="([^"]*)"', html))),
            },
        )

    def stable(self, value):
        """Without what differs from run to run."""
        if isinstance(value, dict):
            return {
                key: "…" if key.endswith("_seconds") or key in OF_ONE_RUN else self.stable(one)
                for key, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.stable(one) for one in value]
        if isinstance(value, UUID):
            value = str(value)
        if isinstance(value, str):
            return TIMES.sub(
                "<time>", UUIDS.sub(lambda found: self.ids.setdefault(found[0], f"<{len(self.ids)}>"), value)
            )
        return value


def imports_with_warnings(story):
    """Ambiguous dates, values that do not fit, rows too long and too short, duplicates, filtered rows."""
    story.upload("messy.csv", MESSY, {"db_schema": {"age": "INTEGER"}})
    story.upload("messy2.csv", MESSY, {"db_schema": {"age": "INTEGER"}, "on_error": "reject_row"})
    story.upload(
        "messy3.csv", MESSY, {"table_name": "by_key", "unique_columns": ["name"], "db_schema": {"age": "INTEGER"}}
    )
    story.upload("filtered.csv", "name,city\nAda,London\nOla,Oslo\n", RULED)
    story.upload("latin.csv", "name,city\nJos\xe9,M\xfcnchen\n".encode("latin-1"))
    story.upload("second.csv", "a,b\n1,2\n\n\nx,y,z\n1,2,3\n4,5,6\n")
    story.upload("nested.json", b'[{"a": 1, "a": 2}, {"a": {"b": [1, 2]}}, 5]')
    for record in story.get("/import-history?ordering=import_timestamp")["imports"]:
        at = f"/import-history/{record['import_id']}"
        for address in (at, f"{at}/mapping-errors", f"{at}/mapping-errors/summary", f"{at}/rows?include_original=true"):
            story.get(address)
        for address in ("", "/errors", "/kept"):
            story.page(f"/ui/imports/{record['import_id']}{address}")
    for table in ("messy", "messy2", "by_key", "ruled", "latin", "nested"):
        story.tell(f"rows of {table}", values_of(table) if is_there(table) else None)


def values_of(table):
    return [[value for name, value in row.items() if not name.startswith("_")] for row in rows_of(table)]


def is_there(table):
    return query("SELECT to_regclass(%s) IS NOT NULL", table) == [(True,)]


def analyses(story):
    """Looks at files with their dry runs, also at one whose date order an earlier import decided."""
    story.upload("ambiguous.csv", "day,n\n01/02/2024,1\n03/04/2024,2\n", {"table_name": "ambiguous"})
    story.upload("clear.csv", "at,n\n25/02/2024,1\n03/04/2024,x\n", {"table_name": "clear"})
    for name, text, mapping in (
        ("messy.csv", MESSY, {"db_schema": {"age": "INTEGER"}}),
        ("ambiguous2.csv", "day,n\n05/06/2024,1\n", None),
        ("clear2.csv", "at,n\n05/06/2024,1\n", None),
        (
            "clear3.csv",
            "at,n\n05/06/2024,1\n",
            {"table_name": "clear", "on_error": "abort", "db_schema": {"n": "DATE"}},
        ),
        ("filtered.csv", "name,city\nAda,London\nOla,Oslo\n", RULED),
        ("numbers.csv", 'price;when\n"1.234";01/02/2024\n"2.345";03/04/2024\n', None),
        ("empty.csv", "", None),
    ):
        found = story.upload(name, text, mapping, "/detect-mapping")
        if found.get("analysis_id"):
            story.page(f"/ui/upload/{found['analysis_id']}")


def refusals(story):
    """Files and requests that are refused, and imports that fail and are tried again."""
    story.upload("people.csv", "name,age\nAda,36\n")
    for mapping in (
        None, {"duplicate_check": {"force_import": True}}, {"table_name": "auth_user"}, {"table_name": "_x"},
        {"tabel": "x"}, {"mappings": {"years": "agee"}}, {"db_schema": {"age": "INT4"}},
        {"db_schema": {"name": "DATE"}, "on_error": "reject_row", "table_name": "t"},
        {"db_schema": {"name": "DATE"}, "on_error": "abort", "table_name": "t"},
        {"db_schema": {"name": "DATE"}, "max_errors": 0, "table_name": "t"},
        {"strategy": "append", "table_name": "nowhere"}, {"source_options": {"delimiter": "ab"}},
        {"source_options": {"sheet": "x"}}, {"source_options": {"header_row": 9}},
        {"rules": {"filter_rows": [{"field": "cty", "operator": "equals", "value": "x"}]}},
    ):  # fmt: skip
        story.upload("people.csv", "name,age\nAda,36\n", mapping)
    story.upload("people.csv", "name,age\nAda,36\n", {"table_name": "t"})  # what failed may be tried again
    for name, content in (
        ("empty.csv", b""), ("header.csv", b"a,b\n"), ("broken.xlsx", b"PK\x03\x04broken"), ("broken.json", b'{"a": '),
        ("broken.xml", b"<a><b></a>"), ("image.png", b"\x89PNG\r\n\x1a\n" + bytes(50)), ("zeros.csv", bytes(100)),
        ("lines.csv", b'a,b\n"1,2\n3,4\n'),
    ):  # fmt: skip
        story.upload(name, content)
        story.upload(name, content, address="/detect-mapping")
    for address in ("/tables/nowhere", "/import-history?colour=red", "/import-history/7", "/tasks/7"):
        story.get(address)


def undos(story):
    """Undo and redo with their previews, with duplicates of others, rows changed by SQL and what is in the way."""
    first = story.upload("first.csv", "name,age\nAda,36\nGrace,85\n", {"table_name": "people"})["import_id"]
    second = story.upload("second.csv", "name,age,city\nAda,36,\nAlan,41,Oslo\n", {"table_name": "people"})["import_id"]
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    query("CREATE TABLE orders (row_id bigint REFERENCES people (id))")
    undo_of(story, first)
    query("DROP TABLE orders")
    undo_of(story, first)
    undo_of(story, first, changed_rows="keep", reason="wrong file")
    undo_of(story, first)
    redo_of(story, second)
    redo_of(story, first)
    undo_of(story, second)
    redo_of(story, second)
    query("UPDATE people SET age = 42 WHERE name = 'Alan'")
    undo_of(story, second, changed_rows="remove")
    story.post(f"/import-history/{first}/undo", changed_rows="both")
    story.get("/import-history")
    story.tell("consistency", [one.message.as_json() for one in check().violations])


def undo_of(story, import_id, **body):
    story.get(f"/import-history/{import_id}/undo-preview")
    story.page(f"/ui/imports/{import_id}/undo")
    try:
        effects = preview(UUID(import_id))
    except Exception as refused:
        story.tell("refused", [type(refused).__name__, refused.message.as_json()])
    else:
        story.tell("effects", [one.message.as_json() for one in undo_in_words(effects)])
        outcome_in_words(effects)
    if body:
        story.page(f"/ui/imports/{import_id}/undo", {"reason": "wrong file"})
    story.post(f"/import-history/{import_id}/undo", **body)
    story.tell("rows", [[row["name"], row["age"]] for row in rows_of("people")] if is_there("people") else None)


def redo_of(story, import_id):
    story.page(f"/ui/imports/{import_id}/redo")
    try:
        effects = redo_preview(UUID(import_id))
    except Exception as refused:
        story.tell("refused", [type(refused).__name__, refused.message.as_json()])
    else:
        story.tell("effects", [one.message.as_json() for one in redo_in_words(effects)])
    story.post(f"/import-history/{import_id}/redo")
    story.tell("rows", [[row["name"], row["age"]] for row in rows_of("people")])


def failed_rows(story):
    """The file of what failed, as CSV and workbook, and the same file imported when it is repaired."""
    found = story.upload("messy.csv", MESSY, {"db_schema": {"age": "INTEGER"}, "on_error": "reject_row"})
    for kind in ("csv", "xlsx"):
        response = story.api.get(f"/import-history/{found['import_id']}/failed-rows.{kind}")
        content = b"".join(response.streaming_content)
        story.tell(f"failed rows as {kind}", response.status_code)
        if kind == "csv":
            table = list(csv.DictReader(io.StringIO(content.decode())))
            story.tell("failed rows", table)
            repaired = content.decode().replace("old", "41").replace("99999999999", "21")
            mapping = {
                "table_name": "messy",
                "db_schema": {"age": "INTEGER"},
                "mappings": {"name": "name", "age": "age"},
            }
            story.upload("repaired.csv", repaired, mapping)
    story.tell("rows", [[row["name"], row["age"]] for row in rows_of("messy")])


def background(story):
    """Imports that a worker makes, that fail, and that are cancelled."""
    for name, text, mapping in (
        ("good.csv", MESSY, {"db_schema": {"age": "INTEGER"}}),
        ("bad.csv", "a\nx\n", {"db_schema": {"a": "DATE"}, "on_error": "abort"}),
        ("broken.xlsx", b"PK\x03\x04broken", None),
    ):
        task = story.upload(name, text, mapping, "/map-data?background=true")
        if "task_id" in task:
            story.get(f"/tasks/{task['task_id']}")
            run_queued(UUID(task["task_id"]), lambda: False)
            story.get(f"/tasks/{task['task_id']}")
            story.page(f"/ui/imports/{task['import_id']}")
            story.post(f"/tasks/{task['task_id']}/cancel")
    task = story.upload("stopped.csv", "a\n1\n", None, "/map-data?background=true")
    story.post(f"/tasks/{task['task_id']}/cancel")
    run_queued(UUID(task["task_id"]), lambda: False)
    story.get(f"/tasks/{task['task_id']}")
    story.page(f"/ui/imports/{task['import_id']}")


def audit(story):
    """What the log tells of all of this."""
    first = story.upload("first.csv", "name,age\nAda,36\n", {"table_name": "people"})["import_id"]
    story.upload("first.csv", "name,age\nAda,36\n", {"table_name": "people"})
    story.upload("broken.xlsx", b"PK\x03\x04broken")
    story.post(f"/import-history/{first}/undo", reason="wrong file")
    story.post(f"/import-history/{first}/redo")
    story.get("/audit-log?limit=100")
    story.get("/audit-log?action=import.refused")
    story.get("/audit-log/verify")
    story.page("/ui/audit")
    story.page("/ui/audit?action=import.failed")
    story.page("/ui/audit/verify")
    story.tell("entries", [[one.action, one.subject, one.detail] for one in AuditEntry.objects.order_by("id")])


def commands(story):
    """Commands say what they did; only their words may differ."""
    story.upload("messy.csv", MESSY, {"db_schema": {"age": "INTEGER"}})
    query("UPDATE import_history SET mapping_errors_count = 99")
    for command in (("check_consistency",), ("enforce_retention", "--dry-run")):
        out = io.StringIO()
        try:
            call_command(*command, stdout=out, stderr=out)
            failed = None
        except SystemExit as ended:
            failed = ended.code
        story.tell(command[0], {"failed": failed, "stdout": out.getvalue()})


@pytest.fixture
def told(atlas_db, request):
    """What a part of the story tells: in English, or with codes only."""

    def tell(part, *, with_codes):
        empty_database()
        if with_codes:
            request.getfixturevalue("codes_only")
        story = Story()
        part(story)
        return story.told

    return tell


@pytest.mark.parametrize(
    "part",
    [imports_with_warnings, analyses, refusals, undos, failed_rows, background, audit, commands],
    ids=lambda part: part.__name__,
)
def test_what_happens_is_the_same_with_codes_only(told, part):
    english, codes = told(part, with_codes=False), told(part, with_codes=True)

    assert [label for label, _ in english] == [label for label, _ in codes]
    differ = [
        one for (label, was), (_, now) in zip(english, codes, strict=True) for one in differences(label, was, now)
    ]
    assert [one for one in differ if not is_wording(*one)] == []
    assert differ, "Nothing of it has a sentence: the codes were not used."


def differences(place, was, now):
    if type(was) is not type(now):
        yield place, was, now
    elif isinstance(was, dict) and was.keys() == now.keys():
        for key in was:
            yield from differences(f"{place} {key}", was[key], now[key])
    elif isinstance(was, list) and len(was) == len(now):
        for one, other in zip(was, now, strict=True):
            yield from differences(place, one, other)
    elif was != now:
        yield place, was, now


def is_wording(place, was, now):
    """A text for people: a sentence in English, its code otherwise."""
    is_for_people = place.rpartition(" ")[2] in TEXTS and isinstance(was, str)
    return is_for_people and any(code in now for code in SENTENCES)
