from django.apps import AppConfig


class CoreConfig(AppConfig):
    """An app for its template tags and checks, and for what is used of limits."""

    name = "core"

    def ready(self) -> None:
        import core.checks  # noqa: F401  it registers itself
