"""Shared by the views of all pages: permissions, and error pages for AtlasError."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from core.api.exception_handler import retry_headers
from core.errors import SERVICE_FAULTS, AtlasError

View = Callable[..., HttpResponse]


def page(permission: str) -> Callable[[View], View]:
    """Require a signed-in user with the permission; show an AtlasError as an error page.

    The view's attribute `permission` says which it is.
    """

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

        protected_view.permission = permission  # type: ignore[attr-defined]
        return protected_view

    return decorate


def error_page(request: HttpRequest, error: AtlasError) -> HttpResponse:
    return render_with_error(request, "error.html", {"error": error}, error)


def render_with_error(
    request: HttpRequest, template: str, context: dict[str, Any], error: AtlasError | None
) -> HttpResponse:
    """Render a page that shows an error, with its status and headers; None: without an error."""
    response = render(request, template, context, status=error.http_status if error else 200)
    for name, value in (retry_headers(error) if error else {}).items():
        response.headers[name] = value
    return response


def form_data(request: HttpRequest) -> QueryDict | None:
    """Return the data of a submitted form, None before it is submitted."""
    return request.POST if request.method == "POST" else None
