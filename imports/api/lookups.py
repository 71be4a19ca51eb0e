"""Look up imports by the id in a URL."""

from __future__ import annotations

from uuid import UUID

from imports.api import messages
from imports.errors import UnknownImport
from imports.models import ImportHistory


def import_id_of(text: str) -> UUID:
    """Parse the import id of a URL. Raises UnknownImport for text that is not a UUID."""
    try:
        return UUID(text)
    except ValueError:
        raise unknown_import() from None


def unknown_import() -> UnknownImport:
    return UnknownImport(messages.NO_IMPORT_WITH_ID())


def find_import(import_id: str) -> ImportHistory:
    """Return the import with this id. Raises UnknownImport."""
    record = ImportHistory.objects.filter(pk=import_id_of(import_id)).first()
    if record is None:
        raise unknown_import()
    return record
