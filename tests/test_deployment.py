"""What stops a process from outside gives it the time that it takes at most: the times of deploy/ and of the code."""

import re
import runpy
from pathlib import Path

import pytest
import yaml

from atlas.server import instance, postgres_server, venv
from imports.management.commands import run_worker

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
#: Of each part, when it does not end by itself.
WEB = instance.WEB_STOP_SECONDS
WORKER = instance.WORKER_STOP_SECONDS
DATABASE = sum(postgres_server.STOPS.values()) + postgres_server.KILL_SECONDS
MARGIN = 10  # seconds for what has no time of its own: a look every second, starting pg_ctl


def timeout_of_unit(name):
    return int(re.search(r"^TimeoutStopSec=(\d+)$", (DEPLOY / name).read_text(), re.MULTILINE)[1])


@pytest.mark.parametrize(
    ("unit", "needed"),
    [("content-atlas.service", WEB + DATABASE), ("content-atlas-worker@.service", WORKER)],
)
def test_systemd_waits_for_the_longest_stop(unit, needed):
    assert timeout_of_unit(unit) >= needed + MARGIN


def test_systemd_also_waits_for_a_worker_of_the_web_server():
    assert timeout_of_unit("content-atlas.service") >= WEB + WORKER + DATABASE


@pytest.mark.parametrize(("service", "needed"), [("web", WEB), ("worker", WORKER)])
def test_containers_have_the_time_of_their_longest_stop(service, needed):
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]

    assert int(services[service]["stop_grace_period"].removesuffix("s")) >= needed + MARGIN


def test_each_process_has_more_time_to_stop_than_it_gives_its_work():
    gunicorn = runpy.run_path(str(ROOT / "gunicorn.conf.py"))

    assert gunicorn["graceful_timeout"] < WEB
    assert run_worker.STOP_SECONDS < WORKER


def test_the_image_installs_the_locked_packages(monkeypatch):
    """The build of the image runs Python without Django: its one line is executed, without creating a .venv."""
    steps = []
    monkeypatch.setattr(venv, "create", lambda: steps.append("create"))
    monkeypatch.setattr(venv, "install", steps.append)
    code = re.search(r"^RUN python -c '(.+)'$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[1]

    exec(code, {})

    assert steps == ["create", ROOT / "requirements.txt"]


def test_the_image_has_no_data_and_no_secrets_of_the_machine_that_builds_it():
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    left_out = {line.removeprefix("**/") for line in (ROOT / ".dockerignore").read_text().splitlines()}

    assert {"deploy/.env", "deploy/tls", "var"} <= ignored
    assert left_out == ignored | {".git"}


@pytest.mark.parametrize("unit", ["content-atlas.service", "content-atlas-worker@.service"])
def test_systemd_makes_the_data_directory_of_the_settings(unit):
    settings = (DEPLOY / "content-atlas.env").read_text()

    assert "\nATLAS_DATA_DIR=/var/lib/content-atlas/data\n" in settings
    assert "\nStateDirectory=content-atlas\nStateDirectoryMode=0700\n" in (DEPLOY / unit).read_text()
