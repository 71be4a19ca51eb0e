"""What in the database or among the kept files prevents an undo or redo, besides rows with manual changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from django.db import InternalError

from core.errors import AtlasError
from core.messages import Message
from core.sqlstates import sqlstate_of
from imports.errors import CannotUndo, HistoryPurged
from imports.history.retention_marks import SOURCE_FILE, purged_at
from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.sources.kept_files import is_offered
from imports.tables import catalog
from imports.tables.constraints import RESTORED, raise_constraint_errors
from lineage.undo import messages


def translate_constraint_errors(error: type[AtlasError]) -> AbstractContextManager[None]:
    """Raise the error where a constraint of the table forbids a restored row; it names the constraint."""
    return raise_constraint_errors(error, RESTORED)


def referring_tables(table_name: str) -> Iterator[Message]:
    """Yield the tables with a foreign key to this one: rows of theirs may refer to rows that are removed."""
    for name in catalog.referencing_tables(table_name):
        yield messages.FOREIGN_KEY_TO_TABLE(table=name)


def dependents(table_name: str, columns: Sequence[str] | None) -> Iterator[Message]:
    """Yield what else in the database uses the table, or one of these columns: views, functions, keys, children."""
    for child in catalog.inheriting_tables(table_name) if columns else ():  # it would lose the columns, too
        yield messages.USED_BY(user=f"table {child}")
    for dependent in catalog.dependents_of(table_name, columns):
        yield messages.USED_BY(user=dependent)


def unreadable_files(import_ids: Iterable[UUID]) -> Iterator[Message]:
    """Yield those of these later imports whose file is not kept: from it the rows that become duplicates are kept."""
    with read_without_keeping_locks():
        imports = list(ImportHistory.objects.filter(pk__in=import_ids).defer("mapping_config").order_by("import_order"))
    for record in imports:
        if not (record.file_hash and is_offered(record.file_hash)):
            sentence = messages.LATER_FILE_FORGOTTEN if SOURCE_FILE in purged_at(record) else messages.LATER_FILE_GONE
            yield sentence(import_id=str(record.pk), file_name=record.file_name)


def refuse(error: type[AtlasError], obstacles: Iterable[Message], **details: str) -> None:
    """Raise the error of the first obstacle, if there is one: HistoryPurged where retention is its cause."""
    for obstacle in obstacles:
        raise (HistoryPurged if obstacle.code == messages.LATER_FILE_FORGOTTEN.code else error)(obstacle, **details)


@contextmanager
def unless_used() -> Iterator[None]:
    """Raise CannotUndo, which names the dependent object, where something in the database uses what is dropped."""
    try:
        yield
    except InternalError as error:
        if sqlstate_of(error) != "2BP01":
            raise
        diagnostics = getattr(error.__cause__, "diag", None)
        objects = diagnostics and diagnostics.message_detail
        raise CannotUndo(
            messages.USED_BY_OBJECTS(objects=objects) if objects else messages.USED_BY_DATABASE()
        ) from None
