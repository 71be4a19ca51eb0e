import pytest
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.response import Response

from core.web.content_security_policy import content_security_policy


def policy(response):
    return content_security_policy(lambda request: response)(None).headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/admin/login/", "/no-such-page"])
def test_every_page_forbids_what_is_not_ours(client, atlas_db, path):
    assert client.get(path).headers["Content-Security-Policy"] == (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def test_the_api_pages_may_bring_styles_but_no_scripts():
    response = Response()
    response.accepted_renderer = BrowsableAPIRenderer()
    assert "style-src 'self' 'unsafe-inline'" in policy(response)
    assert "script-src" not in policy(response)
    assert "default-src 'self'" in policy(response)
