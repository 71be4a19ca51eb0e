"""What the log has of a request that makes no sense."""

import logging

from django.test import Client

from atlas.log_formatter import FaultsInOneLine, RedactingFormatter


def test_a_request_for_a_foreign_host_is_logged_in_one_line(atlas_db):
    lines = []

    class Lines(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Lines()
    handler.addFilter(FaultsInOneLine())
    handler.setFormatter(RedactingFormatter())
    log = logging.getLogger("django.security.DisallowedHost")
    log.addHandler(handler)
    try:
        status = Client().get("/tables", headers={"host": "elsewhere"}).status_code
    finally:
        log.removeHandler(handler)

    assert (status, len(lines)) == (400, 1)
    assert "\n" not in lines[0]
