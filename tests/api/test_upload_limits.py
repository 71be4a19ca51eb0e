"""What is too large never gets in: refused before it is read, or at the limit, and the log tells of it."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from audit.models import AuditEntry
from imports.models import Analysis, ImportHistory
from tests.imports.reading import FILES
from tests.working import wait_for

GIGABYTES = 3_000_000_000
LIMIT = 2 * 1024**3
SAID = "File too large. The limit is 2147.48 MB. Split it into parts, each with the header row."


def begun(url, head):
    """The answer to a request of which only the head is sent, for a server that does not wait for the rest."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(head.format(host=place.netloc).replace("\n", "\r\n").encode() + b"\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer or b"}" not in answer and b"</html>" not in answer:
            data = connection.recv(65_536)
            if not data:
                break
            answer += data
    return answer.decode()


HEAD = """POST {address} HTTP/1.1
Host: {{host}}
{who}Content-Type: multipart/form-data; boundary=x
Content-Length: {length}
"""


def refusals():
    entries = AuditEntry.objects.filter(action="file.refused").order_by("id")
    return [(one.actor, one.subject, one.detail["code"], one.detail["reason"]) for one in entries]


@pytest.mark.parametrize("address", ["/map-data", "/detect-mapping"])
def test_a_body_that_says_it_is_too_large_is_refused_unread(site, importer, address):
    token = importer.defaults["HTTP_AUTHORIZATION"]
    head = HEAD.format(address=address, who=f"Authorization: {token}\n", length=GIGABYTES)

    answer = begun(site, head)

    assert answer.startswith("HTTP/1.1 413 ")
    assert f'{{"success": false, "error": {{"code": "file_too_large", "message": "{SAID}"' in answer
    assert f'"limit_bytes": {LIMIT}' in answer
    assert refusals() == [("ida", address, "file_too_large", SAID)]
    assert AuditEntry.objects.get(action="file.refused").detail["bytes"] == GIGABYTES


@pytest.mark.parametrize("address", ["/map-data", "/import-history/1/undo"])
def test_a_body_of_records_that_says_it_is_too_large_is_refused_unread_and_told(site, importer, address):
    token = importer.defaults["HTTP_AUTHORIZATION"]
    head = HEAD.format(address=address, who=f"Authorization: {token}\n", length=16 * 1024**2 + 1)

    answer = begun(site, head.replace("multipart/form-data; boundary=x", "application/json"))

    assert answer.startswith("HTTP/1.1 413 ")
    said = "The request body exceeds the limit of 16,777,216 bytes"
    assert f'"code": "file_too_large", "message": "{said}' in answer
    ((actor, subject, code, reason),) = refusals()
    assert (actor, subject, code) == ("ida", address, "file_too_large")
    assert reason.startswith(said)


@pytest.mark.parametrize("who", ["", "Authorization: Token wrong\n", "Cookie: sessionid=x; csrftoken=y\n"])
def test_a_body_of_an_unknown_user_is_refused_unread_too(site, atlas_db, who):
    answer = begun(site, HEAD.format(address="/ui/upload", who=who, length=GIGABYTES))

    assert answer.startswith("HTTP/1.1 413 ")
    assert SAID in answer
    assert "Content-Type: text/html" in answer
    assert refusals() == [("anonymous", "/ui/upload", "file_too_large", SAID)]


def test_a_file_over_the_limit_in_a_body_under_it_is_refused_and_told(importer, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 10

    for address in ("/map-data", "/detect-mapping"):
        assert importer.upload("customers.csv", "a,b\n1,2\n3,4\n", address=address).status_code == 413

    said = "File too large. The limit is 1e-05 MB. Split it into parts, each with the header row."
    assert refusals() == [("ida", "customers.csv", "file_too_large", said)] * 2


@pytest.mark.parametrize("file", ["junk/image.csv", "junk/bomb.xlsx", "archives/nested.zip", "xml/doctype.xml"])
def test_a_file_that_nothing_can_be_made_of_is_refused_and_told(importer, settings, file):
    path = FILES / file
    of_killed_workers = set(settings.ATLAS_SPOOL_DIR.glob("*"))

    answer = importer.upload(path.name, path.read_bytes(), address="/detect-mapping")

    assert answer.status_code == 422
    assert refusals() == [("ida", path.name, "unreadable_file", answer.json()["error"]["message"])]
    assert not Analysis.objects.exists()
    assert set(settings.ATLAS_SPOOL_DIR.glob("*")) == of_killed_workers


def test_an_import_that_failed_tells_of_it_once(importer):
    path = FILES / "junk" / "image.csv"

    assert importer.upload("image.csv", path.read_bytes()).status_code == 422

    assert refusals() == []
    assert ImportHistory.objects.get().status == "failed"
    assert list(AuditEntry.objects.filter(action="import.failed").values_list("actor", flat=True)) == ["ida"]


def answers(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def gunicorn(database_url, tmp_path, **environment):
    """The server that people run, on the test database; the address of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"],
        cwd=FILES.parents[1],
        env=os.environ | {
            "DATABASE_URL": database_url, "ATLAS_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "atlas.settings",
            "ATLAS_SECRET_KEY": "x" * 50, "ATLAS_MAX_UPLOAD_BYTES": "3000000",
        } | environment,
    )  # fmt: skip
    try:
        wait_for(lambda: answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(120)


def chunked(url, token, content, address="/map-data"):
    """Status and body of the answer to a form with this file, whose length is not declared."""
    import requests

    form = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n', content, b"\r\n--x--\r\n",
    )  # fmt: skip
    return requests.post(
        url + address,
        data=iter(b"".join(form)[i : i + 65_536] for i in range(0, sum(map(len, form)), 65_536)),
        headers={"Authorization": token, "Content-Type": "multipart/form-data; boundary=x"},
        timeout=120,
    )


def test_a_body_that_comes_in_chunks_is_taken_up_to_the_limit(importer, database_url, tmp_path):
    token = importer.defaults["HTTP_AUTHORIZATION"]
    rows = 3_000_000 // 4 - 1
    with gunicorn(database_url, tmp_path) as url:
        taken = chunked(url, token, b"a,b\n" + b"1,2\n" * 1000)
        over = chunked(url, token, b"a,b\n" + b"1,2\n" * rows + b"3")
        far_over = chunked(url, token, b"a,b\n" + b"1,2\n" * rows * 2)

    assert (taken.status_code, taken.json()["rows_inserted"]) == (200, 1000)
    for refused in (over, far_over):
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "file_too_large")
    assert [subject for _, subject, *_ in refusals()] == ["people.csv", "/map-data"]
    assert list((tmp_path / "spool").iterdir()) == []
