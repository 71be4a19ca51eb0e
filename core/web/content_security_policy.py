"""The Content-Security-Policy header of every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: Nothing from elsewhere, nothing inline, no frames: default-src does not cover the last three.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


#: The browsable API and the API's documentation bring styles of their own into the page, and icons as data.
API_PAGES_POLICY = f"{POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the policy of its kind to every response."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        by_api = hasattr(response, "accepted_renderer")  # an answer of Django REST framework
        response.headers["Content-Security-Policy"] = API_PAGES_POLICY if by_api else POLICY
        return response

    return respond
