"""What a file or its rules cost: the process that reads it is ended, and everything else goes on."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.db import connection

from imports.extraction import factory
from imports.models import ImportHistory
from imports.sandbox import messages
from imports.sandbox.job import descendants
from imports.sandbox.template_process import templates
from tests.importing import rows_of, table_in_use
from tests.working import wait_for

MB = 1_000_000
LARGE = json.dumps([{"n": number, "word": f"word {number}"} for number in range(60_000)])
COSTLY = json.dumps([{"n": number, "word": f"word {number}"} for number in range(300_000)])
SMALL = "n\n1\n2\n"
#: Setting, its value, and what is said. Loading what a child needs takes 110 MB already.
EXCEEDED = [
    ("ATLAS_READING_MEMORY_BYTES", 125 * MB, messages.TOO_MUCH_MEMORY),
    ("ATLAS_READING_DISK_BYTES", MB, messages.TOO_MUCH_DISK),
    ("ATLAS_{}_SECONDS", 0, messages.TOO_MUCH_TIME),
    ("ATLAS_{}_PROCESSOR_SECONDS", 1, messages.TOO_MUCH_PROCESSOR_TIME),
]


def template():
    return templates.start(factory.PROGRAM)


@pytest.fixture(autouse=True)
def no_child_is_left():
    yield
    assert descendants(template()) == []


def limit(settings, work, name, value):
    setattr(settings, name.format(work), value)
    setattr(settings, f"ATLAS_{work}_PROCESSOR_SECONDS_PER_MB", 0)


@pytest.mark.parametrize(("name", "value", "reason"), EXCEEDED)
def test_an_import_that_exceeds_a_limit_fails_with_it(importer, settings, name, value, reason):
    importer.upload("small.csv", SMALL, {"table_name": "t"})
    limit(settings, "IMPORT", name, value)

    response = importer.upload("large.json", COSTLY, {"table_name": "t"})

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["details"]["reason"]) == (422, "file_too_costly", reason.code)
    assert name.format("IMPORT") in error["message"]
    record = ImportHistory.objects.get(pk=error["details"]["import_id"])
    assert (record.status, record.error_code, record.error_message) == ("failed", "file_too_costly", error["message"])
    assert [row["n"] for row in rows_of("t")] == [1, 2]


def test_a_preview_that_exceeds_a_limit_is_refused_with_it(importer, settings):
    limit(settings, "PREVIEW", "ATLAS_PREVIEW_SECONDS", 0)

    response = importer.upload("large.json", LARGE, address="/detect-mapping")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "file_too_costly")
    assert "ATLAS_PREVIEW_SECONDS" in error["message"]
    assert importer.upload("small.csv", SMALL, {"table_name": "t"}).status_code == 200


def test_others_are_answered_while_a_file_is_read(site, importer, settings):
    """Of their answers none waits for it: the process of the server is not the one that is busy."""
    limit(settings, "PREVIEW", "ATLAS_PREVIEW_PROCESSOR_SECONDS", 1)
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(post, site, importer, "/detect-mapping", COSTLY)
        child = wait_for(lambda: descendants(template()))
        answers = 0
        while descendants(template()) == child and not looking.done():
            assert requests.get(f"{site}/health", timeout=60).status_code == 200
            answers += 1
        assert looking.result().json()["error"]["details"]["reason"] == messages.TOO_MUCH_PROCESSOR_TIME.code
    assert answers >= 3


def test_a_template_that_dies_in_a_preview_is_an_error_of_the_service(site, importer):
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(post, site, importer, "/detect-mapping")
        wait_for(lambda: descendants(template()))
        os.kill(template(), signal.SIGKILL)
        response = looking.result()

    assert (response.status_code, response.json()["error"]["code"]) == (503, "reader_unavailable")
    assert response.headers["Retry-After"]
    assert post(site, importer, "/detect-mapping").status_code == 200


def test_a_template_that_dies_in_an_import_leaves_no_rows(site, importer):
    with ThreadPoolExecutor(1) as pool:
        with table_in_use("t"):
            importing = pool.submit(post, site, importer, "/map-data")
            wait_for(lambda: descendants(template()))
            os.kill(template(), signal.SIGKILL)
        response = importing.result()

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (503, "reader_unavailable")
    record = ImportHistory.objects.get(pk=error["details"]["import_id"])
    assert (record.status, record.error_code) == ("failed", "reader_unavailable")
    assert "t" not in connection.introspection.table_names()
    assert post(site, importer, "/map-data").status_code == 200
    assert len(rows_of("t")) == 60_000


def post(site, client, address, content=LARGE):
    """Send a file from outside, as a browser does."""
    return requests.post(
        f"{site}{address}",
        files={"file": ("large.json", content)},
        data={"mapping_json": json.dumps({"table_name": "t"})},
        headers=client.defaults and {"Authorization": client.defaults["HTTP_AUTHORIZATION"]},
        timeout=120,
    )


def test_the_lineage_of_a_row_says_what_its_file_exceeds(importer, settings):
    importer.upload("small.csv", SMALL, {"table_name": "t"})
    settings.ATLAS_READING_MEMORY_BYTES = 1
    [row] = [row for row in rows_of("t") if row["n"] == 2]

    response = importer.get(f"/tables/t/rows/{row['id']}/lineage")

    assert response.status_code == 200, response.content
    [note] = response.json()["notes"]
    assert "ATLAS_READING_MEMORY_BYTES" in note
