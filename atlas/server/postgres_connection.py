"""The socket of the embedded PostgreSQL, and connections to it."""

import errno
import hashlib
import os
import socket
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

NAME = "atlas"  # of the database and of its role
PORT = "5432"  # only a part of the socket's name
MAX_SOCKET_DIR_LENGTH = 85  # bytes; a socket's address has room for 103, its file name takes 15
RESPONSE_SECONDS = 30  # for the first response of a running server
CONNECT_SECONDS = 5  # for each attempt to connect


def socket_dir(directory: Path) -> Path:
    """Return the directory of the server's socket: in its home, or in /tmp if that path is too long."""
    in_home = directory / "postgres" / "socket"
    if len(os.fsencode(in_home)) <= MAX_SOCKET_DIR_LENGTH:
        return in_home
    return Path("/tmp") / f"content-atlas-{short_hash(directory)}"  # noqa: S108  its owner is checked


def short_hash(directory: Path) -> str:
    return hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]


def socket_path(directory: Path) -> Path:
    return socket_dir(directory) / f".s.PGSQL.{PORT}"


def is_listening(directory: Path) -> bool:
    """Tell whether the server of a data directory listens at its socket, ready or not. It never waits."""
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        return client.connect_ex(str(socket_path(directory))) in (0, errno.EAGAIN)  # so many wait that it is full


def ping(directory: Path) -> Ping:
    """Return how the server of a data directory answers an attempt to connect. It may wait CONNECT_SECONDS.

    REJECT: the server starts, recovers or stops. OK: it accepts connections, or refuses them for another reason.
    """
    place = make_conninfo(**place_of(directory), connect_timeout=CONNECT_SECONDS)
    return Ping(PGconn.ping(place.encode()))


def connect(directory: Path, *, seconds: int) -> psycopg.Connection[Any]:
    """Connect to the server, but not to the instance's database, which may not exist yet."""
    return psycopg.connect(**place_of(directory), autocommit=True, connect_timeout=seconds)


def place_of(directory: Path) -> dict[str, Any]:
    """Return the parameters of a connection to the database that every server has."""
    return {"host": str(socket_dir(directory)), "port": PORT, "user": NAME, "dbname": "postgres"}


def create_database(directory: Path) -> None:
    """Create the database unless it exists. The server must accept connections."""
    with connect(directory, seconds=RESPONSE_SECONDS) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))
