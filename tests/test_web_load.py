"""Fifty clients read and fifty upload for three minutes: good answers and clean refusals only, and nothing is lost."""

import json
import random
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from imports.models import ImportHistory
from lineage.consistency.check import check
from tests.api.conftest import client_of
from tests.importing import query
from tests.web_server import static_folder, web_server
from tests.working import wait_for

SECONDS = 180
CLIENTS = 50
TABLES = 8
READS = (
    "/health", "/ready", "/tables", "/import-history?limit=20", "/tables/load0?limit=50", "/tables/load1/schema",
    "/ui/sign-in",
)  # fmt: skip
MEGABYTE = 1_000_000


class Load:
    """What the clients did."""

    def __init__(self, server, token):
        self.server, self.token = server, token
        self.end = time.monotonic() + SECONDS
        self.statuses = {}  # (kind, status) -> how many
        self.without_retry = 0  # refusals that do not say when to try again
        self.accepted = {}  # id of an import -> table, rows, sum of its values
        self._lock = threading.Lock()

    def is_over(self):
        return time.monotonic() > self.end

    def count(self, kind, status, headers):
        with self._lock:
            self.statuses[kind, status] = self.statuses.get((kind, status), 0) + 1
            self.without_retry += status in (429, 503) and headers["Retry-After"] is None

    def read(self, number):
        chance = random.Random(number)
        while not self.is_over():
            path = chance.choice(READS)
            status, headers, _ = self.server.ask("GET", path, headers={"Authorization": self.token})
            if status != 404:  # before the first import into the table
                self.count("health" if path == "/health" else "read", status, headers)

    def upload(self, number):
        chance = random.Random(1000 + number)
        while not self.is_over():
            rows, table = chance.choice([10, 1_000, 20_000]), f"load{chance.randrange(TABLES)}"
            values = [chance.randrange(10**9) for _ in range(rows)]
            status, headers, content = self.server.ask("POST", "/map-data", *self._form(table, values))
            self.count("upload", status, headers)
            if status == 200:
                answer = json.loads(content)
                self.accepted[answer["import_id"]] = (table, answer["rows_inserted"], rows, sum(values))

    def _form(self, table, values):
        mapping = json.dumps({"table_name": table, "duplicate_check": {"enabled": False, "force_import": True}})
        text = "".join(f"{number},{value}\n" for number, value in enumerate(values))
        body = (
            f'--x\r\nContent-Disposition: form-data; name="mapping_json"\r\n\r\n{mapping}\r\n'
            f'--x\r\nContent-Disposition: form-data; name="file"; filename="load.csv"\r\n\r\n'
            f"position,amount\n{text}\r\n--x--\r\n"
        )
        return body.encode(), {"Authorization": self.token, "Content-Type": "multipart/form-data; boundary=x"}


def memory(server):
    """Bytes that the processes of the web server have for themselves, and share among each other."""
    pids = [server.process.pid, *server.workers]
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(text.split("\nPss:")[1].split()[0]) * 1024 for text in texts)


@pytest.mark.long
def test_load_is_answered_and_every_accepted_import_is_whole(database_url):
    token = client_of("ida", "importer").defaults["HTTP_AUTHORIZATION"]
    static_folder(settings.DATA_DIR)
    with web_server(database_url, settings.DATA_DIR, ATLAS_WEB_PROCESSES="2") as server:
        wait_for(lambda: server.ask("GET", "/health")[0] == 200)
        load = Load(server, token)
        clients = [threading.Thread(target=act, args=(n,)) for n in range(CLIENTS) for act in (load.read, load.upload)]
        for client in clients:
            client.start()
        sizes = []
        while not load.is_over():
            time.sleep(5)
            sizes.append(memory(server))
        for client in clients:
            client.join(300)
        wait_for(lambda: not list(settings.ATLAS_SPOOL_DIR.glob("source-*")))

    print(load.statuses, [round(size / MEGABYTE) for size in sizes], len(load.accepted))
    assert {status for _, status in load.statuses} <= {200, 409, 429, 503}
    assert {status for kind, status in load.statuses if kind == "health"} == {200}
    assert load.without_retry == 0
    assert len(load.accepted) > 100
    middle = len(sizes) // 2
    assert max(sizes[middle:]) < 1.3 * max(sizes[3:middle])
    for import_id, (table, inserted, rows, total) in load.accepted.items():
        found = query(f'SELECT count(*), sum(amount) FROM "{table}" WHERE _import_id = %s', import_id)
        assert (inserted, [tuple(map(int, row)) for row in found]) == (rows, [(rows, total)])
    assert ImportHistory.objects.filter(status="success").count() >= len(load.accepted)
    assert not ImportHistory.objects.filter(status="in_progress").exists()
    assert check().violations == ()
