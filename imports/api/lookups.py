"""Look up imports and previews by the id in a request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.actors import Actor
from core.errors import BadRequest
from imports.analysis.analyse import analysis_of
from imports.api import messages
from imports.errors import UnknownImport
from imports.models import Analysis, ImportHistory


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


def find_analysis(analysis_id: Any, actor: Actor) -> Analysis:
    """Return the user's own preview with this id. Raises BadRequest, SourceUnavailable."""
    try:
        return analysis_of(UUID(str(analysis_id)), actor)  # a file part becomes its file name, which is not a UUID
    except ValueError:
        raise BadRequest(messages.NOT_AN_ANALYSIS_ID(), parameter="analysis_id") from None
