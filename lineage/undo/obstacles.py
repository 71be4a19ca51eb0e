"""What stands in the way of an undo or redo besides rows that were changed by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from django.db import InternalError

from core.errors import AtlasError
from core.messages import Message
from imports.errors import CannotUndo
from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.sources.kept_files import is_offered
from imports.tables import catalog
from imports.tables.constraints import RESTORED, raise_constraint_errors
from lineage.undo import messages


def translate_constraint_errors(error: type[AtlasError]) -> AbstractContextManager[None]:
    """A row that cannot come back for a rule that somebody gave the table raises the error, which names the rule."""
    return raise_constraint_errors(error, RESTORED)


def referring_in_words(table_name: str) -> Iterator[Message]:
    """The keys of other tables, which the product's own deletes do not look at."""
    for name in catalog.referencing_tables(table_name):
        yield messages.FOREIGN_KEY_TO_TABLE(table=name)


def users_in_words(table_name: str, columns: Sequence[str] | None) -> Iterator[Message]:
    """What else in the database uses the table, or one of these columns of it, which would be dropped."""
    for user in catalog.dependents_of(table_name, columns):
        yield messages.USED_BY(user=user)


def unreadable_in_words(import_ids: Iterable[UUID]) -> Iterator[Message]:
    """Of these later imports, whose rows become duplicates: those whose file is gone, which has the records."""
    with read_without_keeping_locks():
        found = list(ImportHistory.objects.filter(pk__in=import_ids).defer("mapping_config").order_by("import_order"))
    for one in found:
        if not (one.file_hash and is_offered(one.file_hash)):
            yield messages.LATER_FILE_GONE(import_id=str(one.pk), file_name=one.file_name)


@contextmanager
def unless_used() -> Iterator[None]:
    """Dropping what something else in the database depends on raises CannotUndo, which names it."""
    try:
        yield
    except InternalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "2BP01":
            raise
        named = getattr(error.__cause__, "diag", None)
        objects = named and named.message_detail
        raise CannotUndo(
            messages.USED_BY_OBJECTS(objects=objects) if objects else messages.USED_BY_DATABASE()
        ) from None
