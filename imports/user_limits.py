"""How much of the service one user may use: imports and previews an hour. Commands have no limit."""

from __future__ import annotations

from django.conf import settings

from core.actors import Actor
from core.errors import TooManyRequests
from core.messages import Sentence
from core.rate_limits import Key, Limit, use
from imports import messages

HOUR = 3600.0


def count_import(actor: Actor) -> None:
    """Count an import, whatever becomes of it. Raises TooManyRequests."""
    _count("imports an hour", settings.ATLAS_IMPORTS_PER_HOUR, actor, messages.TOO_MANY_IMPORTS)


def count_preview(actor: Actor) -> None:
    """Count a preview of a file. Raises TooManyRequests."""
    _count("previews an hour", settings.ATLAS_PREVIEWS_PER_HOUR, actor, messages.TOO_MANY_PREVIEWS)


def _count(kind: str, number: int, actor: Actor, sentence: Sentence) -> None:
    if actor.user_id is None:
        return
    answer = use(Key(Limit(kind, number, HOUR), account=actor.user_id))
    if not answer.is_granted:
        wait = answer.wait_seconds
        raise TooManyRequests(sentence(limit=number, wait=wait), retry_after_seconds=wait, limit=number)
