"""Django's checks of settings that are unsafe together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]"}


@register(Tags.security)
def no_debug_for_others(*, app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Refuse debug mode with names under which others reach the service: error pages show settings and data."""
    others = set(settings.ALLOWED_HOSTS) - LOCAL_NAMES
    if not (settings.DEBUG and others):
        return []
    return [
        Error(
            f"ATLAS_DEBUG is on, and the service answers to {', '.join(sorted(others))}.",
            hint="Error pages would show settings and data to others. Set ATLAS_DEBUG to off, or empty"
            " ATLAS_ALLOWED_HOSTS.",
            id="core.E001",
        )
    ]
