"""The embedded PostgreSQL: the processes that use it create, start, share and stop it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
from environ import Env

from atlas.server.postgres_connection import NAME, PORT, socket_dir
from atlas.server.postgres_home import EmbeddedPostgresError
from atlas.server.postgres_server import Server

PROJECT = Path(__file__).resolve().parents[2]

#: The server releases the locks of a machine that lost power or network within half a minute.
KEEPALIVES = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000"
)


def data_dir() -> Path:
    """Return the instance's data directory: ATLAS_DATA_DIR, or the project's var/."""
    return Path(os.environ.get("ATLAS_DATA_DIR") or PROJECT / "var").absolute()


def uses_external_database() -> bool:
    """Tell whether DATABASE_URL is set, so that no server is embedded."""
    return bool(os.environ.get("DATABASE_URL"))


def connection_settings(directory: Path) -> dict[str, Any]:
    """Return Django's settings for the server of DATABASE_URL or the embedded one. Raises EmbeddedPostgresError."""
    if uses_external_database():
        return external_settings()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": NAME,
        "HOST": str(socket_dir(directory)),
        "PORT": PORT,
    }


def external_settings() -> dict[str, Any]:
    """Return Django's settings for the server of DATABASE_URL. Raises EmbeddedPostgresError."""
    url = os.environ["DATABASE_URL"]
    settings: dict[str, Any] = {}
    if url.startswith(("postgres://", "postgresql://")):
        with contextlib.suppress(ValueError):  # its message may quote the password
            settings = dict(Env.db_url_config(url))
    if not settings.get("NAME"):
        raise EmbeddedPostgresError("DATABASE_URL must have the form postgres://user:password@host:5432/database.")
    # The directory of a socket is written as %2Fits%2Fpath, which django-environ does not decode.
    options = {"options": KEEPALIVES, **settings.get("OPTIONS", {})}
    return settings | {"HOST": unquote(settings["HOST"]), "OPTIONS": options}


@contextlib.contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[Server | None]:
    """Use the server of a data directory: start it if needed; its last user stops it. None with DATABASE_URL.

    durable: False for data that need not survive a crash (tests). Raises EmbeddedPostgresError.
    """
    if uses_external_database():
        yield None
        return
    with translate_os_errors(directory):
        server = Server(directory, durable=durable)
    try:
        with translate_os_errors(directory):
            server.join()
        yield server
    finally:
        server.leave()


def remove(directory: Path) -> None:
    """Delete the database of a data directory. Its server must not be running."""
    if not uses_external_database():
        shutil.rmtree((directory / "postgres").resolve())
        (directory / "postgres").unlink(missing_ok=True)


@contextlib.contextmanager
def translate_os_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, psycopg.Error) as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL in {directory} could not start: {error}") from error
