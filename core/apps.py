from django.apps import AppConfig


class CoreConfig(AppConfig):
    """An app without models, for its template tags."""

    name = "core"
