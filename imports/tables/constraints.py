"""Keys, constraints and triggers that were added to a data table with SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection

from core.errors import AtlasError
from core.messages import Message, Sentence
from imports.errors import MappingDoesNotFit
from imports.table_description import MAX_ROW_BYTES
from imports.tables import messages
from imports.tables.catalog import own_tables

RAISED = "P0"  # the SQLSTATE class of exceptions raised by functions
UNIQUE_VIOLATION = "23505"  # SQLSTATE
LIMIT = "54000"  # SQLSTATE of exceeded limits, such as a row too large for its page or a value too long for an index
PLACING_ROWS = "RelationGetBufferForTuple"  # the server's function that finds a row too wide for a page
FORMING_INDEXES = "index_form_tuple"  # the start of the functions that find a value too long for any index


@dataclass(frozen=True)
class RejectionMessages:
    """The messages about a row that the database rejects, by what rejects it."""

    trigger: Sentence  # parameters: sqlstate
    not_null: Sentence  # column, table
    key: Sentence  # rule, table: another row has the same values
    other: Sentence  # rule, table
    page: Sentence  # bytes: the row is too wide
    index: Sentence  # rule, table: a value is too long for the index
    some_index: Sentence  # the same, of an index that has no name yet


OF_FILE = RejectionMessages(
    messages.FILE_ROW_AGAINST_TRIGGER,
    messages.FILE_ROW_AGAINST_NOT_NULL,
    messages.FILE_ROW_AGAINST_KEY,
    messages.FILE_ROW_AGAINST_RULE,
    messages.FILE_ROW_AGAINST_PAGE,
    messages.FILE_ROW_AGAINST_INDEX,
    messages.FILE_ROW_AGAINST_SOME_INDEX,
)
RESTORED = RejectionMessages(
    messages.RESTORED_ROW_AGAINST_TRIGGER,
    messages.RESTORED_ROW_AGAINST_NOT_NULL,
    messages.RESTORED_ROW_AGAINST_KEY,
    messages.RESTORED_ROW_AGAINST_RULE,
    messages.RESTORED_ROW_AGAINST_PAGE,
    messages.RESTORED_ROW_AGAINST_INDEX,
    messages.RESTORED_ROW_AGAINST_SOME_INDEX,
)

_HAS_OWN_CONSTRAINTS = """
    SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = own AND confrelid <> 'public.import_history'::regclass
                   AND (contype = 'f' OR condeferrable))
        OR EXISTS (SELECT 1 FROM pg_constraint WHERE confrelid = own AND contype = 'f')
        OR EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = own AND NOT tgisinternal AND tgenabled <> 'D'
                   AND tgfoid <> 'public.imports_note_hand_change'::regproc)
    FROM to_regclass(format('public.%%I', %s::text)) own
"""


@contextmanager
def without_key_checks(table: str) -> Iterator[None]:
    """Do not check the foreign key for every row of a COPY, if the database role may switch the check off.

    The checks would also lock the history until the commit; `rows.lock_import_record` replaces them.
    The server switches off all keys, deferrable constraints and triggers or none: if the table has one that was added
    with SQL, or another table's key refers to it, all stay on, and deferred checks run at the end of the block. Raises
    IntegrityError then.
    """
    if not has_own_constraints(table):
        with without_triggers():
            yield
        return
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def without_triggers() -> Iterator[None]:
    """Switch off foreign keys, deferrable constraints and triggers of all tables, if the database role may."""
    allowed = _may_switch_off()
    with connection.cursor() as cursor:
        if allowed:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        if allowed:
            cursor.execute("SET LOCAL session_replication_role = origin")


def _may_switch_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def has_own_constraints(table: str) -> bool:
    """Return whether the table has a foreign key, a deferrable constraint or a trigger that was added with SQL.

    Also a foreign key of another table to this one, which an update of the table may break.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HAS_OWN_CONSTRAINTS, [table])
        return bool(cursor.fetchone()[0])


@contextmanager
def raise_constraint_errors(error: type[AtlasError], row: RejectionMessages) -> Iterator[None]:
    """Raise the error if a row violates a constraint: it names the constraint, but shows no value of the row.

    Also raise it if columns exceed the limit of the table. row: OF_FILE or RESTORED.
    """
    try:
        yield
    except MappingDoesNotFit as limit:
        raise error(limit.message, **limit.details) from None
    except DatabaseError as violation:
        diagnostics = getattr(violation.__cause__, "diag", None)
        translated = _message(row, diagnostics) if diagnostics else None
        if translated is None:
            raise
        message, details = translated
        raise error(message, **details) from None


def _message(row: RejectionMessages, diagnostics: Any) -> tuple[Message, dict[str, Any]] | None:
    """Return the message and the details for the API from psycopg's diagnostics.

    None if no constraint was violated, or one of the service's own tables, which is not a problem of the file.
    """
    state, table = diagnostics.sqlstate or "", diagnostics.table_name
    if table in own_tables():
        return None
    if state.startswith(RAISED):
        return row.trigger(sqlstate=state), {"sqlstate": state}
    if state == LIMIT:
        return _too_large(row, diagnostics)
    if state.startswith("23") and diagnostics.constraint_name:
        sentence = row.key if state == UNIQUE_VIOLATION else row.other
        return sentence(rule=diagnostics.constraint_name, table=table), {
            "table_name": table,
            "rule": diagnostics.constraint_name,
        }
    if state.startswith("23") and diagnostics.column_name:
        return row.not_null(column=diagnostics.column_name, table=table), {
            "table_name": table,
            "rule": diagnostics.column_name,
        }
    return None


def _too_large(row: RejectionMessages, diagnostics: Any) -> tuple[Message, dict[str, Any]] | None:
    """Return message and details for an exceeded limit of the server."""
    if diagnostics.source_function == PLACING_ROWS:
        return row.page(bytes=MAX_ROW_BYTES), {}
    if diagnostics.constraint_name:
        details = {"table_name": diagnostics.table_name, "rule": diagnostics.constraint_name}
        return row.index(rule=diagnostics.constraint_name, table=diagnostics.table_name), details
    if (diagnostics.source_function or "").startswith(FORMING_INDEXES):
        return row.some_index(), {}
    return None
