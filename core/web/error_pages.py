"""Errors outside of any view, or that a view does not catch: a page with advice, JSON for the API."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views import csrf, defaults
from rest_framework.status import HTTP_503_SERVICE_UNAVAILABLE, is_server_error

from core.api import messages
from core.api.exception_handler import RETRY_AFTER_SECONDS, UNEXPECTED, error_body, log_fault
from core.api.parsers import body_too_large
from core.api.responses import PAGES
from core.errors import AtlasError, BadRequest, NoSuchAddress, NotAllowed
from core.faults import service_fault


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return refused(request, body_too_large())
    if not _is_page(request):
        error = BadRequest(messages.UNREADABLE_REQUEST())
        return _json(400, error.code, str(error), error.details)
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
    return _json(403, "permission_denied", f"CSRF Failed: {reason}")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond to an address that no view serves."""
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
    response = _json(error.http_status, error.code, str(error), error.details)
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Token"
    return response


def given_up(request: HttpRequest, error: AtlasError) -> HttpResponse:
    """Respond where the database refused to wait longer, or was stopped."""
    if _is_page(request):
        return render(request, "error.html", {"error": error}, status=error.http_status)
    return _json(error.http_status, error.code, str(error), error.details)


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to an exception that no view caught; Django calls it while it handles that exception."""
    error = sys.exception()
    fault = _fault_of(error)
    if error and fault:
        log_fault(error, request)
        return service_unavailable(request, fault)
    if not _is_page(request):
        return _json(500, *UNEXPECTED)
    # Without the request: the signed-in user is read from the database, which may be what failed.
    context = {"path": request.path, "now": timezone.now()}
    return HttpResponse(render_to_string("500.html", context), status=500)


def _fault_of(error: BaseException | None) -> AtlasError | None:
    if isinstance(error, AtlasError):
        return error if is_server_error(error.http_status) else None
    return service_fault(error) if error else None


def service_unavailable(request: HttpRequest, fault: AtlasError) -> HttpResponse:
    """Respond to a fault of the service, without the database, which may be what failed."""
    if _is_page(request):
        context = {"error": fault, "path": request.path, "now": timezone.now()}
        response = HttpResponse(render_to_string("fault.html", context), status=fault.http_status)
    else:
        response = _json(fault.http_status, fault.code, str(fault), fault.details)
    if fault.http_status == HTTP_503_SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _json(status: int, code: str, message: str, details: Any = None) -> HttpResponse:
    return JsonResponse(error_body(code, message, details), status=status)


def _is_page(request: HttpRequest) -> bool:
    return request.path == "/" or request.path.startswith(PAGES)


def _is_browser(request: HttpRequest) -> bool:
    """Return whether a browser, not a program, requests the address."""
    return "text/html" in request.headers.get("Accept", "")
