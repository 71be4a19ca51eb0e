from django.apps import AppConfig


class AccessConfig(AppConfig):
    """An app without models: its users, groups and tokens are those of Django and Knox."""

    name = "access"
