from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import rights, sign_in

        sign_in.listen()
        rights.listen()
