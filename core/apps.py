from django.apps import AppConfig


class CoreConfig(AppConfig):
    """An app for its template tags only; it has no models."""

    name = "core"
