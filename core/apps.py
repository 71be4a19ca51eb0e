from django.apps import AppConfig


class CoreConfig(AppConfig):
    """An app without models, for its template tags and checks."""

    name = "core"

    def ready(self) -> None:
        import core.checks  # noqa: F401  it registers itself
