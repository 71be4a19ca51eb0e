"""Drop the data tables that imports created, and the service's own tables; never anything of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import InternalError, NotSupportedError, connection, transaction
from psycopg import sql

from core.errors import TableBusy
from core.messages import Message
from core.sqlstates import sqlstate_of
from core.waits.holders import APPLICATION
from imports.errors import CannotReset
from imports.tables import messages
from imports.tables.catalog import data_tables, dependents_of, own_tables, referencing_tables
from imports.tables.foreign import count_foreign_rows
from imports.tables.manual_edits import without_triggers
from imports.tables.schema import created_by_imports

#: Before the names of what migrations create: functions, types and sequences, and tables without a model.
PREFIXES = ("django_", "auth_", "imports_", "lineage_", "audit_", "core_", "access_", "procrastinate_", "knox_")
IN_USE = "2BP01"  # SQLSTATE: other objects depend on it


@dataclass(frozen=True)
class Dropped:
    """What a reset dropped."""

    data_tables: tuple[str, ...]
    system_tables: tuple[str, ...]


def reset() -> Dropped:
    """Drop all tables of the service, or nothing. Afterwards `migrate` makes its own anew.

    Raises CannotReset where something of others would be lost, TableBusy while the service runs.
    """
    with transaction.atomic(durable=True):
        _refuse_while_running()
        data, system = _data_tables(), _system_tables()
        for obstacle in _obstacles(data, system):
            raise CannotReset(obstacle)
        try:
            _drop(data, system)
        except (InternalError, NotSupportedError) as error:
            if sqlstate_of(error) != IN_USE:
                raise
            raise CannotReset(messages.RESET_IN_USE(detail=_detail(error))) from None
    return Dropped(tuple(data), tuple(system))


def _detail(error: BaseException) -> str:
    """Return the database's list of what depends on what: names, no rows."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return (diagnostics and diagnostics.message_detail) or ""


def _refuse_while_running() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND application_name LIKE %s",
            [f"{APPLICATION}%"],
        )
        (sessions,) = cursor.fetchone()
    if sessions:
        raise TableBusy(messages.RESET_WHILE_RUNNING(sessions=sessions))


def _data_tables() -> list[str]:
    return [name for name in data_tables() if created_by_imports(name)]


def _system_tables() -> list[str]:
    names = own_tables()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND (relname = ANY(%s) OR relname LIKE 'procrastinate\\_%%' OR relname = 'django_migrations')"
            " ORDER BY relname",
            [list(names)],
        )
        return [name for (name,) in cursor.fetchall()]


def _obstacles(data: list[str], system: list[str]) -> Iterator[Message]:
    """Yield what of others would be lost: rows, and tables with a foreign key to one of ours."""
    ours = {*data, *system}
    for name in data:
        rows = count_foreign_rows(name)
        if rows:
            yield messages.RESET_FOREIGN_ROWS(table=name, rows=rows)
    for name in (*data, *system):
        for other in referencing_tables(name):
            if other not in ours:
                yield messages.RESET_REFERENCED(table=name, other=other)
    for name in data:
        for dependent in dependents_of(name):
            yield messages.RESET_USED(table=name, user=dependent)


def _drop(data: list[str], system: list[str]) -> None:
    """Drop everything without CASCADE, in the order of its dependencies."""
    for name in set(data_tables()) - set(data):
        _run(sql.SQL(without_triggers(name)))
    _drop_functions(of_triggers=False)
    tables = sql.SQL(", ").join(sql.Identifier("public", name) for name in (*data, *system))
    if data or system:
        _run(sql.SQL("DROP TABLE {}").format(tables))
    _drop_functions(of_triggers=True)
    for kind, query in (("TYPE", _TYPES), ("SEQUENCE", _SEQUENCES)):
        for name in _names(query):
            _run(sql.SQL("DROP {} {}").format(sql.SQL(kind), sql.Identifier("public", name)))


def _drop_functions(*, of_triggers: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS, {"prefixes": _patterns(), "of_triggers": of_triggers})
        signatures = [signature for (signature,) in cursor.fetchall()]
    if signatures:
        _run(sql.SQL("DROP FUNCTION {}").format(sql.SQL(", ").join(map(sql.SQL, signatures))))  # quoted by the server


_FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc held
    WHERE pronamespace = 'public'::regnamespace AND proname LIKE ANY(%(prefixes)s)
      AND (prorettype = 'trigger'::regtype) = %(of_triggers)s
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = held.oid AND deptype = 'e')
"""
_TYPES = """
    SELECT typname FROM pg_type LEFT JOIN pg_class ON pg_class.oid = typrelid
    WHERE typnamespace = 'public'::regnamespace AND (typtype = 'e' OR relkind = 'c') AND typname LIKE ANY(%s)
"""
_SEQUENCES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relname LIKE ANY(%s)
"""


def _names(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, [_patterns()])
        return [name for (name,) in cursor.fetchall()]


def _patterns() -> list[str]:
    return [prefix.replace("_", r"\_") + "%" for prefix in PREFIXES]


def _run(statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
