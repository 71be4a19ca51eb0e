from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit.signals import access_changes, sign_ins

        sign_ins.listen()
        access_changes.listen()
