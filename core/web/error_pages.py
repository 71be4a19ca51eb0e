"""Errors outside of any view, or that a view does not catch: a page with advice, JSON for the API."""

from __future__ import annotations

import sys
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views import csrf, defaults
from rest_framework.status import is_server_error

from core.api import messages
from core.api.exception_handler import error_body, log_fault, retry_headers, unexpected_body
from core.api.parsers import body_too_large
from core.api.responses import PAGES
from core.errors import AtlasError, BadRequest, NoSuchAddress, NotAllowed
from core.faults import service_fault
from core.web.pages import error_page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return refused(request, body_too_large())
    if not _is_page(request):
        return _json_of(BadRequest(messages.UNREADABLE_REQUEST()))
    context = {
        "unknown_host": isinstance(exception, DisallowedHost),
        "cut_short": isinstance(exception, MultiPartParserError),
    }
    # Without the request: it is invalid, so that reading it may fail again.
    return HttpResponse(render_to_string("400.html", context), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_page(request):
        return defaults.permission_denied(request, exception)
    return refused(request, NotAllowed(messages.PERMISSION_MISSING()))


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form without the CSRF token of its session."""
    if _is_page(request):
        return csrf.csrf_failure(request, reason)
    return JsonResponse(error_body("permission_denied", f"CSRF Failed: {reason}"), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond to an address that no view serves."""
    if request.path.startswith(settings.STATIC_URL):
        # Without the request: the signed-in user is read from the database, which LaneName.QUICK never uses.
        return HttpResponse(render_to_string("404.html"), status=404)
    if _is_page(request) or _is_browser(request):
        return defaults.page_not_found(request, exception)
    return refused(request, NoSuchAddress(messages.NO_SUCH_ADDRESS()))


def refused(request: HttpRequest, error: AtlasError) -> HttpResponse:
    """Respond to a request that no view has seen, because of its body or its sender, or for want of room."""
    if is_server_error(error.http_status):
        return service_unavailable(request, error)
    return _page_of(request, error) if _is_page(request) else _json_of(error)


def _page_of(request: HttpRequest, error: AtlasError) -> HttpResponse:
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        return redirect_to_login(request.get_full_path())
    if error.http_status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return render(request, "413.html", {"error": error}, status=error.http_status)
    # Without the request: the signed-in user is read from the database, for which there may be no room.
    return HttpResponse(render_to_string("refused.html", {"error": error}), status=error.http_status)


def _json_of(error: AtlasError) -> HttpResponse:
    headers = retry_headers(error)
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Token"
    return JsonResponse(error_body(error.code, str(error), error.details), status=error.http_status, headers=headers)


def given_up(request: HttpRequest, error: AtlasError) -> HttpResponse:
    """Respond where the database refused to wait longer, or was stopped."""
    return error_page(request, error) if _is_page(request) else _json_of(error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to an exception that no view caught; Django calls it while it handles that exception."""
    error = sys.exception()
    fault = _fault_of(error)
    if error and fault:
        log_fault(error, request)
        return service_unavailable(request, fault)
    if not _is_page(request):
        return JsonResponse(unexpected_body(), status=500)
    # Without the request: the signed-in user is read from the database, which may be what failed.
    context = {"path": request.path, "now": timezone.now()}
    return HttpResponse(render_to_string("500.html", context), status=500)


def _fault_of(error: BaseException | None) -> AtlasError | None:
    if isinstance(error, AtlasError):
        return error if is_server_error(error.http_status) else None
    return service_fault(error) if error else None


def service_unavailable(request: HttpRequest, fault: AtlasError) -> HttpResponse:
    """Respond to a fault of the service, without the database, which may be what failed."""
    if not _is_page(request):
        return _json_of(fault)
    context = {"error": fault, "path": request.path, "now": timezone.now()}
    page = render_to_string("fault.html", context)
    return HttpResponse(page, status=fault.http_status, headers=retry_headers(fault))


def _is_page(request: HttpRequest) -> bool:
    return request.path == "/" or request.path.startswith(PAGES)


def _is_browser(request: HttpRequest) -> bool:
    """Return whether a browser, not a program, requests the address."""
    return "text/html" in request.headers.get("Accept", "")
