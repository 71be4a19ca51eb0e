"""What every page does alike: who may open it, how trouble is said, how a list is cut into pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from core.errors import AtlasError

View = Callable[..., HttpResponse]


def page(permission: str) -> Callable[[View], View]:
    """For people who are signed in and have the permission; an AtlasError becomes a page that says it."""

    def decorate(view: View) -> View:
        @login_required
        @permission_required(permission, raise_exception=True)
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except AtlasError as error:
                return render(request, "error.html", {"error": error}, status=error.http_status)

        return shown

    return decorate


def form_data(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing before it was sent."""
    return request.POST if request.method == "POST" else None
