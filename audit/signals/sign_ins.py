"""Sign-ins, good and bad, and sign-outs, in the log. Django tells of them by signals only, whichever page it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from audit.limited_entries import record_unknown
from audit.log import record
from core.actors import Actor, actor_of, current_actor

USERNAME_LENGTH = 150


def listen() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit.signals.sign_ins")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit.signals.sign_ins")
    user_logged_out.connect(_signed_out, dispatch_uid="audit.signals.sign_ins")


def _signed_in(request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    name = user.get_username()
    record(replace(_sender(request), name=name, user_id=str(user.pk)), "sign_in", name)


def _sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    name = str(credentials.get("username", "")).replace("\x00", "")
    is_user = get_user_model()._default_manager.filter(username=name[:USERNAME_LENGTH]).exists()
    actor = Actor(name, address=_sender(request).address)
    record_unknown(actor, "sign_in.failed", name, account=name if is_user else "")


def _signed_out(request: HttpRequest | None, user: AbstractBaseUser | None, **_: Any) -> None:
    if user is not None:
        name = user.get_username()
        record(replace(_sender(request), name=name, user_id=str(user.pk)), "sign_out", name)


def _sender(request: HttpRequest | None) -> Actor:
    return actor_of(request) if request else current_actor()
