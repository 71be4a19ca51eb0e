"""Limits of a user: imports and previews an hour, imports that wait for a worker; others are not concerned."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.actors import Actor
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from imports.sources.upload import from_disk
from tests.pages.reading import words

CSV = "a,b\n1,2\n"


def refusal(response):
    error = response.json()["error"]
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) == error["details"]["retry_after_seconds"] > 0
    return error["code"], error["details"]["reason"], error["message"]


def page_of(client):
    browser = Client()
    browser.force_login(client.user)
    return browser


def test_imports_an_hour(importer, api, settings, tmp_path):
    settings.ATLAS_IMPORTS_PER_HOUR = 3
    assert importer.upload("a.csv", CSV).status_code == 200
    assert importer.upload("a.csv", CSV).status_code == 409  # a refused one counts too
    assert importer.upload("b.csv", CSV, address="/map-data?background=true").status_code == 202

    code, reason, message = refusal(importer.upload("c.csv", CSV))

    assert (code, reason) == ("too_many_requests", "too_many_imports")
    assert message == (
        "You have started 3 imports within an hour, which is the limit. Nothing was imported. Try again in 20 minutes."
    )
    assert refusal(importer.upload("c.csv", CSV, address="/map-data?background=true"))[1] == "too_many_imports"
    assert refusal(importer.send({"records": [{"a": 1}], "mapping": {"table_name": "r"}}))[1] == "too_many_imports"
    assert api.upload("c.csv", CSV).status_code == 200
    (tmp_path / "d.csv").write_text(CSV)
    with from_disk(tmp_path / "d.csv") as source:  # a command has no limit
        for number in range(4):
            run_import(source, parse_mapping({"table_name": f"d{number}"}), Actor("manage.py import_file"))


def test_previews_an_hour_in_the_api_and_on_pages(importer, settings):
    settings.ATLAS_PREVIEWS_PER_HOUR = 2
    browser = page_of(importer)
    shown = browser.post("/ui/upload", {"file": SimpleUploadedFile("a.csv", CSV.encode())})
    assert importer.upload("a.csv", CSV, address="/detect-mapping").status_code == 200

    assert refusal(importer.upload("a.csv", CSV, address="/detect-mapping"))[1] == "too_many_previews"
    refused = browser.post("/ui/upload", {"file": SimpleUploadedFile("a.csv", CSV.encode())})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert "You have requested 2 previews within an hour, which is the limit. Try again in 30 minutes." in words(
        refused
    )
    assert browser.get(shown["Location"]).status_code == 200


def test_imports_an_hour_on_the_page_of_a_preview(importer, settings):
    settings.ATLAS_IMPORTS_PER_HOUR = 1
    browser = page_of(importer)
    preview = browser.post("/ui/upload", {"file": SimpleUploadedFile("a.csv", CSV.encode())})["Location"]
    assert importer.upload("b.csv", CSV).status_code == 200
    form = browser.get(preview).context["form"]
    fields = {field.html_name: field.value() for field in form if field.value() not in (None, False)}

    refused = browser.post(preview, fields)

    assert (refused.status_code, bool(refused.headers["Retry-After"])) == (429, True)
    assert "You have started 1 import within an hour, which is the limit." in words(refused)
    assert ImportHistory.objects.count() == 1


def test_waiting_imports_of_a_user(importer, api, settings):
    settings.ATLAS_WAITING_IMPORTS = 2
    queued = [importer.upload(f"{n}.csv", CSV, address="/map-data?background=true") for n in range(2)]
    assert [task.json()["imports_before"] for task in queued] == [0, 1]

    code, reason, message = refusal(importer.upload("c.csv", CSV, address="/map-data?background=true"))

    assert (code, reason) == ("too_many_requests", "too_many_waiting")
    assert "You already have 2 imports waiting for a worker, which is the limit. Nothing was queued." in message
    assert api.upload("c.csv", CSV, address="/map-data?background=true").json()["imports_before"] == 1
    assert importer.upload("c.csv", CSV, {"table_name": "other"}).status_code == 200
    importer.post(f"/tasks/{queued[0].json()['task_id']}/cancel")  # the next one of api has its turn already
    assert importer.upload("d.csv", CSV, address="/map-data?background=true").status_code == 202
    address = f"/ui/imports/{queued[1].json()['import_id']}"
    assert "Imports before it 1" in words(page_of(importer).get(address))


@pytest.mark.parametrize("name", ["ATLAS_IMPORTS_PER_HOUR", "ATLAS_PREVIEWS_PER_HOUR", "ATLAS_WAITING_IMPORTS"])
def test_0_is_no_limit(importer, settings, name):
    setattr(settings, name, 0)
    assert importer.upload("a.csv", CSV, address="/detect-mapping").status_code == 200
    assert importer.upload("a.csv", CSV, address="/map-data?background=true").status_code == 202
