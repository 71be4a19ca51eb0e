"""API tokens: how they are checked, how often wrong ones are answered, and their end with their user's password.

A right token is never refused because of wrong ones: its 256 random bits cannot be guessed, and one program with an old
token must not stop all others of its network.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import get_token_model
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access import messages
from audit.limited_entries import record_unknown
from core import rate_limits
from core.actors import Actor
from core.api.framework_errors import AuthenticationRefused
from core.errors import TooManyRequests
from core.rate_limits import Key, Limit

WRONG_TOKENS = "wrong API token"


class UncountedTokens(KnoxAuthentication):
    """Authenticate by `Authorization: Token …`, before the view does: it counts wrong tokens."""

    def authenticate(self, request: Request | HttpRequest) -> Any:
        try:
            return super().authenticate(request)
        except AuthenticationRefused:
            raise
        except AuthenticationFailed:
            raise AuthenticationRefused(messages.TOKEN_HEADER_MALFORMED()) from None

    def authenticate_credentials(self, token: bytes) -> Any:
        try:
            if token.isalnum():  # Knox would fail to read or to look up other bytes
                return super().authenticate_credentials(token)
        except AuthenticationRefused:
            raise
        except AuthenticationFailed:
            pass
        raise AuthenticationRefused(messages.INVALID_TOKEN())

    def validate_user(self, auth_token: Any) -> Any:
        if not auth_token.user.is_active:
            raise AuthenticationRefused(messages.TOKEN_OF_INACTIVE_USER())
        return super().validate_user(auth_token)


class TokenAuthentication(UncountedTokens):
    """Authenticate by `Authorization: Token …`; too many wrong tokens from an address are a 429."""

    def authenticate(self, request: Request | HttpRequest) -> Any:
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            count_wrong_token(request.META.get("REMOTE_ADDR") or None)
            raise


class TokenScheme(KnoxTokenScheme):
    """What the OpenAPI document says of it."""

    target_class = "access.tokens.TokenAuthentication"


def count_wrong_token(address: str | None) -> None:
    """Raises TooManyRequests."""
    rate_limits.delete_unused()
    record_unknown(Actor("anonymous", address=address), "token.refused", "API")
    limit = Limit(WRONG_TOKENS, settings.ATLAS_WRONG_TOKENS, settings.ATLAS_SIGN_IN_MINUTES * 60)
    use = rate_limits.use(Key(limit, address=rate_limits.network_of(address)))
    if not use.is_granted:
        raise TooManyRequests(
            messages.TOO_MANY_WRONG_TOKENS(wait=use.wait_seconds), retry_after_seconds=use.wait_seconds
        )


def end_tokens(user: User) -> int:
    """Revoke all tokens of the user, one by one, so that the audit log names each; return how many."""
    tokens = list(get_token_model().objects.filter(user=user))
    for token in tokens:
        token.delete()
    return len(tokens)
