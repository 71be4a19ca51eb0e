"""Sign-ins, good and bad, in the log. Django tells of them by signals only, whichever page they came through."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest

from audit.log import Actor, record


def listen() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit.sign_in")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit.sign_in")


def _signed_in(request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    name = user.get_username()
    record(Actor(name, user_id=str(user.pk), address=_address(request)), "sign_in", name)


def _sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    name = str(credentials.get("username", "")).replace("\x00", "")
    record(Actor(name, address=_address(request)), "sign_in.failed", name)


def _address(request: HttpRequest | None) -> str | None:
    return (request.META.get("REMOTE_ADDR") or None) if request else None
