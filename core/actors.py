"""Identify the actor: of a request, or the current one for code without a request, such as signal handlers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class Actor:
    """A signed-in user or a command."""

    name: str  # user name, or "manage.py import_file"
    user_id: str | None = None  # as import_history.user_id holds it
    email: str | None = None
    address: str | None = None  # IP address the request came from; None for a command


_current: ContextVar[HttpRequest | Actor | None] = ContextVar("acting", default=None)


def remember_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the user who sent a request is the current actor while it is processed."""

    def respond(request: HttpRequest) -> HttpResponse:
        with acting_as(request):
            return get_response(request)

    return respond


@contextmanager
def acting_as(actor: HttpRequest | Actor) -> Iterator[None]:
    """Set the current actor for the length of the block."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)


def current_actor() -> Actor:
    """Return the user of the current request, or the actor of `acting_as`; without either, the running command."""
    current = _current.get()
    if isinstance(current, Actor):
        return current
    return actor_of(current) if current else Actor(_command())


def actor_of(request: Any) -> Actor:
    """Return the user who sent a request, of Django or of the REST framework."""
    user = getattr(request, "user", None)
    return Actor(
        name=(user.get_username() if user else "") or "anonymous",
        user_id=str(user.pk) if user and user.pk else None,
        email=getattr(user, "email", "") or None,
        address=request.META.get("REMOTE_ADDR") or None,
    )


def _command() -> str:
    program = Path(sys.argv[0]).name
    return f"{program} {sys.argv[1]}" if program == "manage.py" and len(sys.argv) > 1 else program
