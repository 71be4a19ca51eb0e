"""Who acts: behind a request, or right now, for deeds that are noticed far from any view, as by a signal."""

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
    """Who acts: a signed-in person, or a command."""

    name: str  # user name, or «manage.py import_file»
    user_id: str | None = None  # as import_history.user_id holds it
    email: str | None = None
    address: str | None = None  # IP address the request came from; None for a command


_acting: ContextVar[HttpRequest | Actor | None] = ContextVar("acting", default=None)


def remember_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what happens while a request is answered was done by whoever sent it."""

    def respond(request: HttpRequest) -> HttpResponse:
        with acting_as(request):
            return get_response(request)

    return respond


@contextmanager
def acting_as(who: HttpRequest | Actor) -> Iterator[None]:
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def current_actor() -> Actor:
    """The person whose request is answered; else who `acting_as` says, or the command that runs."""
    who = _acting.get()
    if isinstance(who, Actor):
        return who
    return actor_of(who) if who else Actor(_command())


def actor_of(request: Any) -> Actor:
    """Who sends a request, of Django or of its REST framework."""
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
