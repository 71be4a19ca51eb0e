import gc
from contextlib import contextmanager

import pytest

from imports.sandbox import remote
from imports.sandbox.job import descendants
from tests.imports.sandbox.serving import LIMITS, PROGRAM, SERVICE, TEMPLATES, descriptors, eventually
from tests.processes import is_there


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path, monkeypatch):
    """No file, descriptor or process is left, whatever a child did."""
    monkeypatch.setattr(remote, "templates", TEMPLATES)
    template = TEMPLATES.start(PROGRAM)
    before = descriptors()
    yield
    assert list(tmp_path.glob("spool/*")) == []
    gc.collect()  # closes what earlier tests have left open
    assert descriptors() <= before
    if is_there(template):
        eventually(lambda: descendants(template) == [])


@pytest.fixture(scope="module", autouse=True)
def template():
    yield
    TEMPLATES.end()


@pytest.fixture
def child(tmp_path):
    @contextmanager
    def opened(limits=LIMITS, *, service=SERVICE, **named):
        with remote.opened(service, limits, tmp_path / "spool", {"ATLAS_DATE_ORDER": "DMY"}, **named) as one:
            yield one

    return opened
