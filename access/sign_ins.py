"""Limits of attempts with a wrong password, for all processes together.

An attempt counts before its password is checked: attempts at the same time cannot pass the limit together, and a right
password during a lock is refused like a wrong one. A success gives its attempt back. There are three limits, because
each alone locks out the wrong users: docs/decisions.md, *Who is locked out*.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils import timezone

from access import messages
from audit.limited_entries import record_unknown
from core import rate_limits
from core.actors import Actor
from core.errors import TooManyRequests
from core.rate_limits import Key, Limit, LimitReached

OF_BOTH = "sign-in"  # attempts for an account from an address
OF_ACCOUNT = "sign-in to account"  # from all addresses
OF_ADDRESS = "sign-in from address"  # for all accounts
KNOWN = "known address"  # from which the account signed in
KNOWN_FOR = timedelta(days=30)

_SENTENCES = {
    OF_BOTH: messages.TOO_MANY_SIGN_INS,
    OF_ACCOUNT: messages.TOO_MANY_SIGN_INS_TO_ACCOUNT,
    OF_ADDRESS: messages.TOO_MANY_SIGN_INS_FROM_ADDRESS,
}


class SignInLimit:
    """An authentication backend that only counts: it is asked before the one that checks the password."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **credentials: Any) -> None:
        """Raises TooManyRequests."""
        if username is not None:
            count_attempt(username, request)


def count_attempt(account: str, request: HttpRequest | None) -> None:
    """Count an attempt before its password is checked. account: as it was typed. Raises TooManyRequests."""
    rate_limits.delete_unused()
    both, of_account, of_address = _keys(account, request)
    is_known = rate_limits.is_marked(_known(both))
    try:
        rate_limits.use_all([both, of_address] if is_known else [both, of_account, of_address])
    except LimitReached as reached:
        raise _refusal(account, request, reached) from None


def attempt_succeeded(account: str, request: HttpRequest) -> None:
    """Forget the failed attempts for this account from this address.

    Those of the address alone stay: otherwise an own account would reset the limit of guesses for other accounts.
    """
    both, of_account, of_address = _keys(account, request)
    is_known = rate_limits.is_marked(_known(both))
    rate_limits.reset(both)
    for key in [of_address] if is_known else [of_account, of_address]:
        rate_limits.give_back(key)
    rate_limits.mark(_known(both), timezone.now() + KNOWN_FOR)


def _keys(account: str, request: HttpRequest | None) -> tuple[Key, Key, Key]:
    """Return whose limits an attempt counts against, in the order in which they are locked."""
    address = rate_limits.network_of(request.META.get("REMOTE_ADDR") if request else None)
    seconds = settings.ATLAS_SIGN_IN_MINUTES * 60
    return (
        Key(Limit(OF_BOTH, settings.ATLAS_SIGN_IN_TRIES, seconds), account, address),
        Key(Limit(OF_ACCOUNT, settings.ATLAS_SIGN_IN_TRIES_ACCOUNT, seconds), account),
        Key(Limit(OF_ADDRESS, settings.ATLAS_SIGN_IN_TRIES_ADDRESS, seconds), address=address),
    )


def _known(both: Key) -> Key:
    return Key(Limit(KNOWN, 1, KNOWN_FOR.total_seconds()), both.account, both.address)


def _refusal(account: str, request: HttpRequest | None, reached: LimitReached) -> TooManyRequests:
    name = account.replace("\0", "")
    address = request.META.get("REMOTE_ADDR") if request else None
    is_user = get_user_model().objects.filter(username=name[:150]).exists()
    actor = Actor(name, address=address or None)
    kind, wait = reached.key.limit.kind, reached.use.wait_seconds
    record_unknown(actor, "sign_in.refused", name, account=name if is_user else "", limit=kind)
    return TooManyRequests(_SENTENCES[kind](wait=wait), retry_after_seconds=wait)
