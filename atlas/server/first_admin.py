"""Create the first administrator of an instance."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from knox.models import AuthToken

from core.actors import Actor, acting_as
from core.whole_files import write_whole

USERNAME = "admin"


@dataclass(frozen=True)
class FirstLogin:
    """The first administrator's login."""

    username: str
    password: str
    token: str  # for the API; does not expire
    url: str

    def __str__(self) -> str:
        return f"username: {self.username}\npassword: {self.password}\ntoken: {self.token}\nurl: {self.url}"


def create_first_login(directory: Path, url: str) -> FirstLogin | None:
    """Create an administrator and write the login to first-login.txt, unless there is an administrator already."""
    users = get_user_model().objects
    with acting_as(Actor("first start")), transaction.atomic():
        lock_first_login()
        if users.filter(is_superuser=True).exists():
            return None
        password = secrets.token_urlsafe(12)
        user = users.create_superuser(USERNAME, password=password)
        _, token = AuthToken.objects.create(user=user, expiry=None)
        login = FirstLogin(USERNAME, password, token, url)
        # Before the commit: without the file, the administrator's password would be lost.
        write_whole(directory / "first-login.txt", f"{login}\n")
    return login


def lock_first_login() -> None:
    """Let one transaction at a time check for an administrator: two servers may start at once on one database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('first login', 0))")
