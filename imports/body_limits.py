"""How large a body may be, by who sends it and where it goes: before it is received, so that strangers fill no disk."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed

from access.tokens import UncountedTokens
from core.api import messages
from core.api.parsers import body_too_large
from core.errors import AtlasError, FileTooLarge, NoSuchAddress, NotAllowed, NotSignedIn
from core.web.body_sizes import BodySize, size_taken
from core.web.lanes import view_of
from imports.sources.receive import too_large

FORM_OVERHEAD = 1 << 20  # bytes of a multipart body that are not the file


@dataclass(frozen=True)
class Allowance:
    """What a request may send."""

    most_bytes: int
    refusal: AtlasError  # of a larger body
    user: User | AnonymousUser | None = None  # None where it was not asked for


def allowance(request: HttpRequest) -> Allowance:
    """Return what the request may send, without reading its body. Asks the database only for a view that takes more."""
    form_bytes: int = settings.ATLAS_MAX_FORM_BYTES
    view = view_of(request.path_info)
    if view is None:
        return Allowance(form_bytes, NoSuchAddress(messages.NO_SUCH_ADDRESS()))
    user = sender(request)
    if not user.is_authenticated:
        return Allowance(form_bytes, NotSignedIn(messages.BODY_OF_UNKNOWN_SENDER(limit_bytes=form_bytes)), user)
    size = size_taken(view) if request.method == "POST" else BodySize.FORM
    if size > BodySize.FORM and not user.has_perm(_permission(view)):
        return Allowance(form_bytes, NotAllowed(messages.PERMISSION_MISSING()), user)
    if size == BodySize.FORM:
        refusal = FileTooLarge(messages.FORM_TOO_LARGE(limit_bytes=form_bytes), limit_bytes=form_bytes)
        return Allowance(form_bytes, refusal, user)
    if size == BodySize.FILE and request.content_type == "multipart/form-data":
        most_bytes: int = settings.ATLAS_MAX_UPLOAD_BYTES
        return Allowance(most_bytes + FORM_OVERHEAD, too_large(most_bytes), user)
    return Allowance(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, body_too_large(), user)


def sender(request: HttpRequest) -> User | AnonymousUser:
    """Return who sends the request, by session or token."""
    user = getattr(request, "user", None) or _user_of_session(request)
    if user.is_authenticated:
        return user
    try:
        user_and_token = UncountedTokens().authenticate(request)
    except AuthenticationFailed:
        user_and_token = None
    return user_and_token[0] if user_and_token else AnonymousUser()


def _user_of_session(request: HttpRequest) -> User | AnonymousUser:
    """Return the user of the session, without the middleware of sessions."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return AnonymousUser()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return get_user(request) if SESSION_KEY in request.session else AnonymousUser()


def _permission(view: object) -> str:
    """Return the permission that a view requires: a page's own, or that of an API view's first class."""
    classes = getattr(view, "permission_classes", ())
    permission: str = getattr(classes[0] if classes else view, "permission")  # noqa: B009  a view without one is a fault
    return permission
