"""The Content-Security-Policy header of every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

#: No other sites, nothing inline, no frames; default-src does not cover the last three directives.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


#: The browsable API and the API's documentation have inline styles, and icons as data URLs.
API_PAGES_POLICY = f"{POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the policy to every response: that of API pages or that of all other pages."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_api_page = hasattr(response, "accepted_renderer")  # rendered by Django REST framework
        response.headers["Content-Security-Policy"] = API_PAGES_POLICY if is_api_page else POLICY
        return response

    return respond
