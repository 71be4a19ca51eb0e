from django.apps import AppConfig


class CoreConfig(AppConfig):
    """An app for its template tags and for what is used of limits."""

    name = "core"
