"""Shared by the views of all pages: permissions, and error pages for AtlasError."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from core.errors import SERVICE_FAULTS, AtlasError

View = Callable[..., HttpResponse]


def page(permission: str) -> Callable[[View], View]:
    """Require a signed-in user with the permission; show an AtlasError as an error page."""

    def decorate(view: View) -> View:
        @login_required
        @permission_required(permission, raise_exception=True)
        @wraps(view)
        def protected_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except AtlasError as error:
                if isinstance(error, SERVICE_FAULTS):
                    raise  # a page without the database tells it
                return error_page(request, error)

        return protected_view

    return decorate


def error_page(request: HttpRequest, error: AtlasError) -> HttpResponse:
    response = render(request, "error.html", {"error": error}, status=error.http_status)
    for name, value in retry_headers(error).items():
        response.headers[name] = value
    return response


def retry_headers(error: AtlasError) -> dict[str, str]:
    """Return the header that says when to try again, if the error knows."""
    return {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}


def form_data(request: HttpRequest) -> QueryDict | None:
    """Return the data of a submitted form, None before it is submitted."""
    return request.POST if request.method == "POST" else None
