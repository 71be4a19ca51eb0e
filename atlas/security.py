"""The Content-Security-Policy header of every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Nothing from elsewhere, nothing inline, no frames: default-src does not cover the last three.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add POLICY to every response that brings no policy of its own."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return respond
