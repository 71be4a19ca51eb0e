"""Clients of a running instance that do anything that its users can do, at random, and a psql session beside them."""

import gzip
import io
import json
import random
import socket
import threading
import time
import zipfile
from collections import Counter
from contextlib import suppress

import openpyxl
import psycopg
import requests
from lxml import html
from psycopg import sql

from tests.killing import SECONDS, first_login

TABLES = [f"random{number}" for number in range(5)]
COLUMNS = ("k", "name", "amount", "day", "note", "Extra 1", "Extra 2")
ENDINGS = ("", "__eq", "__ne", "__lt", "__lte", "__gt", "__gte", "__contains", "__isnull")
#: A value of each type; other types have numbers.
VALUES = {
    "TEXT": "Näme 5", "BOOLEAN": "true", "DATE": "2024-05-05", "TIMESTAMP": "2024-05-05T10:00:00",
    "TIMESTAMPTZ": "2024-05-05T10:00:00Z", "TIME": "10:00", "UUID": "00000000-0000-0000-0000-000000000000",
    "JSONB": "{}",
}  # fmt: skip
NO_TABLE = {"name": "k", "sql_type": "TEXT"}  # its only column, if there were one
GOOD = {200, 202, 302}
REFUSALS = {400, 404, 409, 413, 422, 429, 503, 507}


class Clients:
    """What all of them share: the instance, its end, what they saw."""

    def __init__(self, instance, seed, seconds):
        self.instance, self.seed, self.end = instance, seed, time.monotonic() + seconds
        self.address = f"http://127.0.0.1:{instance.port}"
        self.login = first_login(instance.data)
        self.seen = Counter()  # (action, status)
        self.faults = []

    def is_over(self):
        return time.monotonic() > self.end or len(self.faults) > 20

    def run(self, *, users, sessions, meanwhile=lambda: None):
        threads = [User(self, f"user {number}") for number in range(users)]
        threads += [Psql(self, f"psql {number}") for number in range(sessions)]
        for thread in threads:
            thread.start()
        while not self.is_over():
            meanwhile()
            time.sleep(5)
        for thread in threads:
            thread.join(SECONDS * 5)
            assert not thread.is_alive(), f"{thread.name} waits for ever in {thread.action}"


class Actor(threading.Thread):
    """Does one thing after the other until it is over. Its actions are its methods that begin with do_."""

    def __init__(self, clients, name):
        super().__init__(name=name, daemon=True)
        self.clients, self.chance, self.action = clients, random.Random(f"{clients.seed} {name}"), ""
        self.actions = [getattr(self, name) for name in dir(self) if name.startswith("do_")]

    def run(self):
        while not self.clients.is_over():
            act = self.chance.choice(self.actions)
            self.action = act.__name__.removeprefix("do_")
            try:
                act()
            except Exception as error:
                self.clients.faults.append(f"{self.name}, {self.action}: {type(error).__name__}: {error}")


class User(Actor):
    """A user with a token, and with a browser."""

    def __init__(self, clients, name):
        super().__init__(clients, name)
        self.api, self.browser = requests.Session(), requests.Session()
        for session in (self.api, self.browser):  # else the server may close a connection just when it is used again
            session.headers["Connection"] = "close"
        self.api.headers["Authorization"] = f"Token {clients.login['token']}"
        self.analyses = []

    # --- requests ---

    def ask(self, method, path, session=None, *, name=None, **options):
        """Return the answer, which must be a good one or say what happened. name: in place of the action's."""
        answer = (session or self.api).request(method, self.clients.address + path, timeout=SECONDS, **options)
        self.clients.seen[name or self.action, answer.status_code] += 1
        if answer.status_code not in GOOD:
            self.check_refusal(method, path, answer)
        return answer

    def check_refusal(self, method, path, answer):
        text = answer.text
        assert answer.status_code in REFUSALS, f"{method} {path}: {answer.status_code} {text[:600]}"
        if answer.status_code in (429, 503):
            assert "Retry-After" in answer.headers, f"{method} {path}: {answer.status_code} {text[:600]}"
        if answer.headers["Content-Type"].startswith("application/json"):
            error = answer.json()["error"]
            assert error["code"] and error["message"].endswith((".", "?")), error
            assert "Error" not in error["message"], error

    def json(self, path, **options):
        answer = self.ask("GET", path, **options)
        return answer.json() if answer.status_code == 200 else {}

    def an_import(self, *, undone=None):
        """Return one of the latest; mostly one of those that are undone, or are not, where that is asked for."""
        table = self.chance.choice(["", f"&table_name={self.chance.choice(TABLES)}"])
        found = self.json(f"/import-history?limit=50{table}", name="list").get("imports") or []
        fitting = [each for each in found if undone is None or bool(each["undone_at"]) == undone]
        if self.chance.random() < 0.2:
            fitting = found
        return self.chance.choice(fitting) if fitting else None

    # --- files ---

    def records(self):
        count = self.chance.choice([0, 1, 20, 20, 300, 300, 3_000, 30_000])
        first, step = self.chance.randrange(5_000), self.chance.choice([1, 1, 1, 3])
        columns = ["k", *(name for name in COLUMNS[1:] if self.chance.random() < 0.8)]
        return columns, [self.record(first + number * step, columns) for number in range(count)]

    def record(self, number, columns):
        odd = self.chance.random() < 0.01
        values = {
            "k": "none" if odd else str(number), "name": f"Näme {number % 97}", "amount": f"{number % 1000}.50",
            "day": "31/31/2024" if odd else f"2024-{1 + number % 12:02}-{1 + number % 28:02}",
            "note": "x" * (number % 40),
            "Extra 1": "" if number % 3 else "yes", "Extra 2": str(number / 7),
        }  # fmt: skip
        return [values[name] for name in columns]

    def file(self):
        """Return the name and the bytes of a file."""
        columns, records = self.records()
        kind = self.chance.choice(["csv", "csv", "csv", "csv.gz", "ndjson", "json", "xlsx", "zip", "nonsense"])
        return f"file{self.chance.randrange(30)}.{kind}", self.contents(kind, columns, records)

    def contents(self, kind, columns, records):
        text = "\n".join(",".join(line) for line in [columns, *records]).encode()
        if kind == "csv.gz":
            return gzip.compress(text)
        if kind in ("json", "ndjson"):
            lines = [json.dumps(dict(zip(columns, record, strict=True))) for record in records]
            return ("\n".join(lines) if kind == "ndjson" else f"[{','.join(lines)}]").encode()
        if kind == "xlsx":
            return workbook([columns, *records[:300]])
        if kind == "zip":
            return archive({"a.csv": text, "b.csv": text})
        return self.chance.randbytes(2_000) if kind == "nonsense" else text

    def mapping(self):
        mapping = {"table_name": self.chance.choice(TABLES)}
        options = {
            "unique_columns": ["k"], "on_error": self.chance.choice(["null", "reject_row", "abort"]),
            "max_errors": 20, "strategy": self.chance.choice(["auto", "extend_table", "adapt_data", "merge_exact"]),
            "duplicate_check": {"force_import": True}, "source_options": {self.chance.choice(["sheet", "member"]): "*"},
            "db_schema": {"k": self.chance.choice(["INTEGER", "TEXT"])},
        }  # fmt: skip
        mapping |= {name: option for name, option in options.items() if self.chance.random() < 0.25}
        return {"mapping_json": json.dumps(mapping)}

    # --- imports ---

    def do_import(self):
        self.ask("POST", "/map-data", data=self.mapping(), files={"file": self.file()})

    def do_background_import(self):
        answer = self.ask("POST", "/map-data?background=true", data=self.mapping(), files={"file": self.file()})
        if answer.status_code != 202 or "task_id" not in answer.json():
            return
        task = answer.json()["task_id"]
        if self.chance.random() < 0.5:
            time.sleep(self.chance.expovariate(1))
            self.ask("POST", f"/tasks/{task}/cancel")
        else:
            self.ask("GET", f"/tasks/{task}")

    def do_large_import(self):
        """Rarely: of a file that is loaded while it is read."""
        if self.chance.random() < 0.1:
            columns = ["k", "name", "note"]
            records = [[str(number), "n" * 60, "x"] for number in range(250_000)]
            file = ("large.csv", self.contents("csv", columns, records))
            self.ask("POST", "/map-data?background=true", data=self.mapping(), files={"file": file})

    def do_preview(self):
        answer = self.ask("POST", "/detect-mapping", files={"file": self.file()})
        if answer.status_code == 200:
            self.analyses.append(answer.json()["analysis_id"])

    def do_import_of_preview(self):
        if self.analyses:
            analysis = self.chance.choice(self.analyses[-5:])
            self.ask("POST", "/map-data", files={"analysis_id": (None, analysis)} | {
                name: (None, text) for name, text in self.mapping().items()})  # fmt: skip

    def do_broken_off_upload(self):
        """The client closes the connection in the middle of the file."""
        whole = requests.Request("POST", f"{self.clients.address}/map-data", self.api.headers,
                                 data=self.mapping(), files={"file": self.file()}).prepare()  # fmt: skip
        lines = [f"POST /map-data HTTP/1.1\r\nHost: 127.0.0.1:{self.clients.instance.port}"]
        lines += [f"{name}: {value}" for name, value in whole.headers.items()]
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.clients.instance.port)) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            connection.sendall(whole.body[: self.chance.randrange(len(whole.body))])
            time.sleep(self.chance.choice([0, 0.1, 2]))
        self.clients.seen[self.action, "broken off"] += 1

    # --- undo, redo ---

    def do_undo(self):
        self.change("undo", undone=False)

    def do_redo(self):
        self.change("redo", undone=True)

    def change(self, what, *, undone):
        record = self.an_import(undone=undone)
        if record:
            self.ask("GET", f"/import-history/{record['import_id']}/undo-preview", name="undo preview")
            choice = {"changed_rows": "keep"} if self.chance.random() < 0.5 else {"changed_rows": "remove"}
            body = choice if self.chance.random() < 0.7 else {}
            self.ask("POST", f"/import-history/{record['import_id']}/{what}", json=body)

    def do_undo_of_a_group(self):
        record = self.an_import()
        group = record and (record.get("metadata") or {}).get("import_group")
        if group:
            self.ask("POST", f"/import-groups/{group}/undo", json={"changed_rows": "keep"})

    # --- reading ---

    def do_table_query(self):
        """As many filters as there are, mostly with values that their columns can have."""
        table = self.chance.choice(TABLES)
        columns = self.json(f"/tables/{table}/schema", name="schema").get("columns") or [NO_TABLE]
        share = self.chance.choice([0.02, 0.2, 1])
        filters = [
            (column["name"] + ending, self.a_value(column["sql_type"], ending))
            for column in columns for ending in ENDINGS if self.chance.random() < share
        ]  # fmt: skip
        order = ",".join(self.chance.sample([column["name"] for column in columns], min(2, len(columns))))
        more = {"api": [("ordering", order), ("include_metadata", "true")], "ui": [("sort", order), ("metadata", "1")]}
        kind = self.chance.choice(["api", "ui"])
        path, session = (f"/tables/{table}", self.api) if kind == "api" else (f"/ui/tables/{table}", self.signed_in())
        self.ask("GET", path, session, params=[*filters, *more[kind], ("search", self.chance.choice(["", "Nä", "%"]))])

    def a_value(self, kind, ending):
        if ending == "__isnull":
            return self.chance.choice(["true", "false"])
        return "a" if self.chance.random() < 0.01 else VALUES.get(kind.split("(")[0], "5")

    def do_downloads(self):
        """Most are broken off after some bytes."""
        record = self.an_import()
        table, kind = self.chance.choice(TABLES), self.chance.choice(["csv", "json", "xlsx", "parquet"])
        paths = [f"/tables/{table}/export.{kind}"]
        if record:
            paths += [
                f"/import-history/{record['import_id']}/{name}"
                for name in ("source-file", "failed-rows.csv", "failed-rows.xlsx", "not-read.csv")
            ]
        with self.ask("GET", self.chance.choice(paths), stream=True) as answer:
            if self.chance.random() < 0.7:
                next(answer.iter_content(self.chance.choice([1, 1_000, 50_000])), None)
            else:
                assert answer.content is not None

    def do_reading(self):
        record, table = self.an_import(), self.chance.choice(TABLES)
        paths = ["/tables", "/import-statistics", "/lineage/graph", "/audit-log?limit=20", "/ready", "/health",
                 f"/tables/{table}/lineage", f"/tables/{table}/columns", f"/tables/{table}/rows/1/lineage"]  # fmt: skip
        if record:
            start = f"/import-history/{record['import_id']}"
            paths += [
                start,
                f"{start}/mapping-errors",
                f"{start}/mapping-errors/summary",
                f"{start}/rows?fate=duplicate",
            ]
        self.ask("GET", self.chance.choice(paths))

    def do_retention_dry_run(self):
        with COMMANDS:
            error, said = self.clients.instance.command("enforce_retention", "--dry-run")
        self.clients.seen[self.action, bool(error)] += 1
        assert "Error: " not in error.partition(": ")[2], f"{error}\n{said}"

    # --- pages ---

    def signed_in(self):
        if not self.browser.cookies.get("sessionid"):
            page = self.browser.get(f"{self.clients.address}/ui/sign-in", timeout=SECONDS)
            login = self.clients.login
            self.submit(page, username=login["username"], password=login["password"])
        return self.browser

    def submit(self, page, file=None, pressed=None, **values):
        """Send the page's form of the main part, with its fields as they are, or other values."""
        form, fields = main_form(page)
        if form is None:
            return page
        fields |= values | ({pressed: "1"} if pressed else {})
        path = form.get("action") or page.url.removeprefix(self.clients.address)
        return self.ask("POST", path, self.browser, data=fields, files={"file": file} if file else None,
                        headers={"Referer": page.url})  # fmt: skip

    def do_upload_page(self):
        page = self.ask("GET", "/ui/upload", self.signed_in())
        page = self.submit(page, file=self.file())
        if "/ui/upload/" in page.url and page.status_code == 200:
            self.submit(page, table_name=self.chance.choice(TABLES), pressed=self.chance.choice([None, "refresh"]))

    def do_undo_page(self):
        what = self.chance.choice(["undo", "redo"])
        record = self.an_import(undone=what == "redo")
        if record:
            page = self.ask("GET", f"/ui/imports/{record['import_id']}/{what}", self.signed_in())
            if page.status_code == 200:
                self.submit(page, reason="by page")

    def do_pages(self):
        record, table = self.an_import(), self.chance.choice(TABLES)
        paths = ["/", "/ui/imports", "/ui/tables", "/ui/lineage", "/ui/statistics", f"/ui/tables/{table}/columns",
                 f"/ui/tables/{table}?end", f"/ui/tables/{table}/rows/1"]  # fmt: skip
        if record:
            start = f"/ui/imports/{record['import_id']}"
            paths += [start, f"{start}/errors", f"{start}/skipped", f"/ui/files/{record['file_hash']}"]
        self.ask("GET", self.chance.choice(paths), self.signed_in())


COMMANDS = threading.Lock()  # one process of the instance runs them


def workbook(lines):
    book, content = openpyxl.Workbook(), io.BytesIO()
    for sheet in (book.active, book.create_sheet("Other")):
        for line in lines:
            sheet.append(line)
    book.save(content)
    return content.getvalue()


def archive(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for name, member in members.items():
            written.writestr(name, member)
    return content.getvalue()


def main_form(page):
    """Return the form of a page that changes something, with all its fields, also those outside of its element."""
    document = html.fromstring(page.text)
    forms = [each for each in document.forms if each.method == "POST" and "sign-out" not in (each.get("action") or "")]
    if not forms:
        return None, {}
    form = forms[0]
    fields = dict(form.form_values())
    for field in document.xpath(f"//*[@form='{form.get('id')}']") if form.get("id") else []:
        if field.tag in ("input", "select", "textarea") and field.value is not None:
            fields[field.name] = field.value
    return form, fields


class Psql(Actor):
    """A user of psql, who locks what the product uses, is idle in transactions, edits rows and ends sessions."""

    def session(self):
        session = self.clients.instance.connected()
        session.execute("SET application_name = 'psql'")
        session.execute("SET lock_timeout = '10s'")
        return session

    def hold(self, *statements, longest=12):
        with suppress(psycopg.Error), self.session() as session, session.transaction(force_rollback=True):
            for statement in statements:
                session.execute(statement)
            self.clients.seen[self.action, "held"] += 1
            time.sleep(min(self.chance.expovariate(0.5), longest))

    def table(self):
        return sql.Identifier(self.chance.choice(TABLES))

    def do_lock(self):
        mode = self.chance.choice(["ACCESS SHARE", "ROW EXCLUSIVE", "SHARE", "ACCESS EXCLUSIVE"])
        self.hold(sql.SQL("LOCK TABLE {} IN {} MODE").format(self.table(), sql.SQL(mode)))

    def do_idle(self):
        self.hold(sql.SQL("SELECT count(*) FROM {}").format(self.table()))

    def do_lock_of_the_history(self):
        self.hold(self.chance.choice([
            "LOCK TABLE import_history IN SHARE MODE", "SELECT count(*) FROM import_history",
            "SELECT import_id FROM import_history ORDER BY created_at DESC LIMIT 1 FOR UPDATE",
        ]), longest=6)  # fmt: skip

    def do_edit(self):
        edits = [
            "UPDATE {} SET name = 'by hand' WHERE id IN (SELECT id FROM {} ORDER BY random() LIMIT 3)",
            "DELETE FROM {} WHERE id IN (SELECT id FROM {} ORDER BY random() LIMIT 2)",
            "INSERT INTO {} (name) VALUES ('foreign')",
        ]
        table = self.table()
        with suppress(psycopg.Error), self.session() as session:
            session.execute(sql.SQL(self.chance.choice(edits)).format(table, table))
            self.clients.seen[self.action, "done"] += 1
        time.sleep(self.chance.uniform(1, 5))

    def do_termination(self):
        """End a session of the product; a busy one if there is one."""
        with suppress(psycopg.Error), self.session() as session:
            ended = session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND application_name <> 'psql'"
                " ORDER BY state = 'idle', random() LIMIT 1"
            ).fetchall()
            self.clients.seen[self.action, "ended"] += len(ended)
        time.sleep(self.chance.uniform(2, 15))
