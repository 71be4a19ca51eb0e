"""What is too large never gets in: refused before it is read, or at the limit, and the log tells of it."""

import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db.models import F

from audit.models import AuditEntry
from core.models import UsedLimit
from imports.models import Analysis, ImportHistory
from tests.imports.reading import FILES

GIGABYTES = 3_000_000_000
LIMIT = 2 * 1024**3
SAID = "File too large. The limit is 2147.48 MB. Split it into parts, each with the header row."


def begun(url, head):
    """The answer to a request of which only the head is sent, for a server that does not wait for the rest."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(head.format(host=place.netloc).replace("\n", "\r\n").encode() + b"\r\n")
        answer = b""
        while b"\r\n\r\n" not in answer or b"}" not in answer and b"</html>" not in answer and b" 302 " not in answer:
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


RECORDS = "The request body exceeds the limit of 16,777,216 bytes"
FORM = "The request body exceeds the limit of 262,144 bytes of this address, which takes no file."


@pytest.mark.parametrize(
    ("address", "length", "said"),
    [
        ("/map-data", 16 * 1024**2 + 1, RECORDS),
        ("/map-b2-data", 16 * 1024**2 + 1, RECORDS),
        ("/import-history/1/undo", 256 * 1024 + 1, FORM),
        ("/admin/auth/user/add/", 256 * 1024 + 1, "262,144 bytes of this address"),
    ],
)
def test_a_body_of_records_that_says_it_is_too_large_is_refused_unread_and_told(site, importer, address, length, said):
    token = importer.defaults["HTTP_AUTHORIZATION"]
    head = HEAD.format(address=address, who=f"Authorization: {token}\n", length=length)

    answer = begun(site, head.replace("multipart/form-data; boundary=x", "application/json"))

    assert answer.startswith("HTTP/1.1 413 ")
    assert said in answer
    ((actor, subject, code, reason),) = refusals()
    assert (actor, subject, code) == ("ida", address, "file_too_large")
    assert said in reason


@pytest.mark.parametrize("who", ["", "Authorization: Token wrong\n", "Cookie: sessionid=x; csrftoken=y\n"])
@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/ui/upload", 302, "Location: /ui/sign-in?next=/ui/upload"),
        ("/ui/sign-in", 302, "Location: /ui/sign-in?next=/ui/sign-in"),
        ("/admin/auth/user/add/", 302, "Location: /ui/sign-in?next=/admin/auth/user/add/"),
        ("/map-data", 401, '"code": "not_authenticated"'),
        ("/import-history", 401, "WWW-Authenticate: Token"),
        ("/nothing", 404, '"code": "not_found"'),
    ],
)
def test_a_large_body_of_an_unknown_user_is_refused_unread(site, atlas_db, who, address, status, said):
    answer = begun(site, HEAD.format(address=address, who=who, length=256 * 1024 + 1))

    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert said in answer
    logged = [(actor, subject, code) for actor, subject, code, _ in refusals()]
    assert logged == ([] if status == 404 else [("anonymous", address, "not_authenticated")])


def test_a_large_body_of_a_user_without_the_permission_is_refused_unread(site, auditor):
    token = auditor.defaults["HTTP_AUTHORIZATION"]

    answer = begun(site, HEAD.format(address="/map-data", who=f"Authorization: {token}\n", length=256 * 1024 + 1))

    assert answer.startswith("HTTP/1.1 403 ")
    assert '"code": "permission_denied"' in answer
    assert refusals() == []


def test_a_file_over_the_limit_in_a_body_under_it_is_refused_and_told(importer, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 10

    for address in ("/map-data", "/detect-mapping"):
        assert importer.upload("customers.csv", "a,b\n1,2\n3,4\n", address=address).status_code == 413

    said = "File too large. The limit is 10 bytes. Split it into parts, each with the header row."
    assert refusals() == [("ida", "customers.csv", "file_too_large", said)]  # the second in the same minute counts

    UsedLimit.objects.update(unused_at=F("unused_at") - timedelta(minutes=1))
    importer.upload("customers.csv", "a,b\n1,2\n3,4\n")
    entries = AuditEntry.objects.filter(action="file.refused").order_by("id")
    assert [one.detail.get("not_recorded") for one in entries] == [None, 1, None]


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
