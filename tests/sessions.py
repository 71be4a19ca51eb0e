"""Database sessions beside the product's own, as a user of psql has them."""

from contextlib import contextmanager

import psycopg
from django.db import connection

from tests.working import wait_for

PSQL = "psql"


@contextmanager
def session(*statements):
    """A session that has begun a transaction, and is idle in it until the block ends."""
    parameters = connection.get_connection_params()
    given = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    with psycopg.connect(**given, application_name=PSQL) as other:
        for statement in statements:
            other.execute(statement)
        yield other
        other.rollback()


def waiting():
    """The sessions that wait for a lock now, by their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname ="
            " current_database()"
        )
        return [name for (name,) in cursor.fetchall()]


def wait_for_waiter():
    return wait_for(waiting)
