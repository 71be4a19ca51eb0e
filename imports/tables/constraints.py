"""Rules that somebody gave a data table with SQL: keys, constraints and triggers of their own."""

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

RAISED = "P0"  # the class of SQLSTATE of what a function raises
REPEATED = "23505"  # SQLSTATE of unique_violation
LIMIT = "54000"  # SQLSTATE of what is too large, a row for its page and a value for an index among it
PLACING_ROWS = "RelationGetBufferForTuple"  # the server's function that finds a row too wide for a page
FORMING_INDEXES = "index_form_tuple"  # those that find a value too long for any index


@dataclass(frozen=True)
class BrokenRule:
    """What is said of a row that a rule of its table refuses, by what the rule is."""

    trigger: Sentence  # parameter: sqlstate
    not_null: Sentence  # column, table
    key: Sentence  # rule, table: another row has the same values
    other: Sentence  # rule, table
    page: Sentence  # bytes: the row is too wide
    index: Sentence  # rule, table: a value is too long for the index
    some_index: Sentence  # the same, of an index that has no name yet


OF_FILE = BrokenRule(
    messages.FILE_ROW_AGAINST_TRIGGER,
    messages.FILE_ROW_AGAINST_NOT_NULL,
    messages.FILE_ROW_AGAINST_KEY,
    messages.FILE_ROW_AGAINST_RULE,
    messages.FILE_ROW_AGAINST_PAGE,
    messages.FILE_ROW_AGAINST_INDEX,
    messages.FILE_ROW_AGAINST_SOME_INDEX,
)
RESTORED = BrokenRule(
    messages.RESTORED_ROW_AGAINST_TRIGGER,
    messages.RESTORED_ROW_AGAINST_NOT_NULL,
    messages.RESTORED_ROW_AGAINST_KEY,
    messages.RESTORED_ROW_AGAINST_RULE,
    messages.RESTORED_ROW_AGAINST_PAGE,
    messages.RESTORED_ROW_AGAINST_INDEX,
    messages.RESTORED_ROW_AGAINST_SOME_INDEX,
)

_HAS_OWN_RULES = """
    SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = own AND confrelid <> 'public.import_history'::regclass
                   AND (contype = 'f' OR condeferrable))
        OR EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = own AND NOT tgisinternal AND tgenabled <> 'D'
                   AND tgfoid <> 'public.imports_note_hand_change'::regproc)
    FROM to_regclass(format('public.%%I', %s::text)) own
"""


@contextmanager
def without_key_checks(table: str) -> Iterator[None]:
    """COPY into a table with a foreign key without a look-up for every row, where the role may switch it off.

    The look-ups would also lock the history until the commit. `rows.lock_import_record` takes their place.
    The server switches off all keys, deferrable rules and triggers or none: where somebody gave the table one of
    these with SQL, all stay on, and what they deferred is checked at the end. Raises IntegrityError then.
    """
    if not _has_own_rules(table):
        with without_triggers():
            yield
        return
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def without_triggers() -> Iterator[None]:
    """No table's keys, deferrable rules and triggers look at what is written, where the role may switch them off."""
    off = _may_switch_off()
    with connection.cursor() as cursor:
        if off:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        if off:
            cursor.execute("SET LOCAL session_replication_role = origin")


def _may_switch_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def _has_own_rules(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_HAS_OWN_RULES, [table])
        return bool(cursor.fetchone()[0])


@contextmanager
def raise_constraint_errors(error: type[AtlasError], row: BrokenRule) -> Iterator[None]:
    """A row that breaks a rule of a table raises the error, which names the rule and shows nothing of the row.

    So do columns that find no place in the table. row: OF_FILE or RESTORED.
    """
    try:
        yield
    except MappingDoesNotFit as full:
        raise error(full.message, **full.details) from None
    except DatabaseError as broken:
        said = getattr(broken.__cause__, "diag", None)
        found = _message(row, said) if said else None
        if found is None:
            raise
        message, details = found
        raise error(message, **details) from None


def _message(row: BrokenRule, said: Any) -> tuple[Message, dict[str, Any]] | None:
    """Return which rule it is and what the API adds, of psycopg's diagnostics.

    None where it is no rule's doing, or a rule of the service's own tables: that is no fault of the file.
    """
    state, table = said.sqlstate or "", said.table_name
    if table in own_tables():
        return None
    if state.startswith(RAISED):
        return row.trigger(sqlstate=state), {"sqlstate": state}
    if state == LIMIT:
        return _too_large(row, said)
    if state.startswith("23") and said.constraint_name:
        sentence = row.key if state == REPEATED else row.other
        return sentence(rule=said.constraint_name, table=table), {"table_name": table, "rule": said.constraint_name}
    if state.startswith("23") and said.column_name:
        return row.not_null(column=said.column_name, table=table), {"table_name": table, "rule": said.column_name}
    return None


def _too_large(row: BrokenRule, said: Any) -> tuple[Message, dict[str, Any]] | None:
    """The same of a limit of the server's."""
    if said.source_function == PLACING_ROWS:
        return row.page(bytes=MAX_ROW_BYTES), {}
    if said.constraint_name:
        details = {"table_name": said.table_name, "rule": said.constraint_name}
        return row.index(rule=said.constraint_name, table=said.table_name), details
    if (said.source_function or "").startswith(FORMING_INDEXES):
        return row.some_index(), {}
    return None
