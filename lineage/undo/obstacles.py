"""What stands in the way of an undo or redo besides rows that were changed by hand, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

from django.db import InternalError

from core.errors import AtlasError
from imports.errors import CannotUndo
from imports.locks import brief_look
from imports.models import ImportHistory
from imports.sources.kept_files import is_offered
from imports.tables import catalog
from imports.tables.constraints import unless_broken


def rules_obeyed(error: type[AtlasError]) -> AbstractContextManager[None]:
    """A row that cannot come back for a rule that somebody gave the table raises the error, which names the rule."""
    return unless_broken(
        error,
        "A row that would come back",
        "Drop the rule, or change or delete the rows in its way, and try again.",
    )


def referring_in_words(table_name: str) -> Iterator[str]:
    """The keys of other tables, which the product's own deletes do not look at."""
    for name in catalog.referring_to(table_name):
        yield (
            f"The table {name} refers to rows of this one by a foreign key. Drop the key, and make it again afterwards."
        )


def users_in_words(table_name: str, columns: Sequence[str] | None) -> Iterator[str]:
    """What else in the database uses the table, or one of these columns of it, which would be dropped."""
    for user in catalog.users_of(table_name, columns):
        yield f"The {user} uses what would be dropped. Drop it first."


def unreadable_in_words(import_ids: Iterable[UUID]) -> Iterator[str]:
    """Of these later imports, whose rows become duplicates: those whose file is gone, which has the records."""
    with brief_look():
        found = list(ImportHistory.objects.filter(pk__in=import_ids).defer("mapping_config").order_by("import_order"))
    for one in found:
        if not (one.file_hash and is_offered(one.file_hash)):
            yield (
                f"Rows of the later import {one.pk} ({one.file_name}) would become duplicates, and its source file, "
                "from which they would be kept, is gone. Undo that import first."
            )


@contextmanager
def unless_used() -> Iterator[None]:
    """Dropping what something else in the database depends on raises CannotUndo, which names it."""
    try:
        yield
    except InternalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "2BP01":
            raise
        named = getattr(error.__cause__, "diag", None)
        said = (named and named.message_detail) or "Something in the database uses it."
        raise CannotUndo(f"What would be dropped is in use: {said} Drop that first.") from None
