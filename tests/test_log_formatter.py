"""What the log has of a request that makes no sense."""

import logging

import pytest
from django.test import Client

from atlas.log_formatter import FaultsInOneLine, RedactingFormatter


@pytest.mark.parametrize(
    ("logger", "request_of"),
    [
        ("django.security.DisallowedHost", lambda client: client.get("/tables", headers={"host": "elsewhere"})),
        ("django.request", lambda client: client.post("/ui/sign-in", b"--x", content_type="multipart/form-data")),
    ],
    ids=["host", "form"],
)
def test_a_request_that_makes_no_sense_is_logged_in_one_line(atlas_db, logger, request_of):
    lines = []

    class Lines(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Lines()
    handler.addFilter(FaultsInOneLine())
    handler.setFormatter(RedactingFormatter())
    log = logging.getLogger(logger)
    log.addHandler(handler)
    try:
        status = request_of(Client()).status_code
    finally:
        log.removeHandler(handler)

    assert (status, len(lines)) == (400, 1)
    assert "\n" not in lines[0]
