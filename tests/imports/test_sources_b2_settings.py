"""The variables of the B2 bucket: all of them, or none."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from atlas.environment import all_or_none
from tests.imports.reading import FILES

NAMES = ("B2_KEY_ID", "B2_KEY", "B2_BUCKET")


@pytest.fixture(autouse=True)
def none_of_them(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"B2_KEY": "k"}, "B2_KEY_ID and B2_BUCKET"),
        ({"B2_KEY_ID": "i", "B2_KEY": "k"}, "B2_BUCKET"),
        ({"B2_KEY_ID": "i", "B2_BUCKET": "b", "B2_KEY": ""}, "B2_KEY"),
    ],
)
def test_some_of_them_are_an_error_that_names_the_missing_ones(monkeypatch, given, missing):
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured) as error:
        all_or_none(*NAMES)
    assert str(error.value) == f"{missing} must be set too. Set all of B2_KEY_ID, B2_KEY, B2_BUCKET, or none."


def test_none_and_all_of_them_are_fine(monkeypatch):
    assert all_or_none(*NAMES) == ["", "", ""]
    for name in NAMES:
        monkeypatch.setenv(name, name.lower())
    assert all_or_none(*NAMES) == ["b2_key_id", "b2_key", "b2_bucket"]


def test_the_service_does_not_start_with_half_of_them(tmp_path):
    environment = {**os.environ, "ATLAS_DATA_DIR": str(tmp_path), "B2_BUCKET": "b", "B2_KEY": "the-secret"}

    started = subprocess.run(
        [sys.executable, "-c", "import atlas.settings"],
        cwd=FILES.parents[1],
        env=environment,
        capture_output=True,
        text=True,
    )

    assert started.returncode == 1
    assert "B2_KEY_ID must be set too" in started.stderr
    assert "the-secret" not in started.stderr
