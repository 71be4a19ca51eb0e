"""Imports by the id in an address."""

from __future__ import annotations

from uuid import UUID

from imports.api import messages
from imports.errors import UnknownImport
from imports.models import ImportHistory


def import_id_of(text: str) -> UUID:
    """The import that an address names. Raises UnknownImport for what is no id at all."""
    try:
        return UUID(text)
    except ValueError:
        raise unknown_import() from None


def unknown_import() -> UnknownImport:
    return UnknownImport(messages.NO_IMPORT_WITH_ID())


def find_import(import_id: str) -> ImportHistory:
    """Raises UnknownImport."""
    found = ImportHistory.objects.filter(pk=import_id_of(import_id)).first()
    if found is None:
        raise unknown_import()
    return found
