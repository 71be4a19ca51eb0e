"""Files of repaired rows that a page received: kept like a preview, until they are sent to their import or expire."""

from __future__ import annotations

from uuid import UUID, uuid4

from core.actors import Actor
from imports.analysis.analyse import analysis_of
from imports.models import Analysis
from imports.sources import SourceFile
from imports.sources.kept_files import kept
from imports.user_limits import count_preview

KEY = "repaired_import_id"  # among findings without a version: no page takes them for those of a preview


def keep_repair_file(source: SourceFile, import_id: UUID, actor: Actor, *, recognised: bool = False) -> Analysis:
    """Keep a file for an import. recognised: it was sent as a file of its own. Raises TooManyRequests."""
    count_preview(actor)
    with kept(source):
        return Analysis.objects.create(
            analysis_id=uuid4(),
            user_id=actor.user_id or "",
            file_name=source.name,
            file_size_bytes=source.size,
            file_hash=source.sha256,
            findings={KEY: str(import_id), "recognised": recognised},
            source_type=source.source_type,
        )


def kept_repair_file(file_id: UUID, import_id: UUID, actor: Actor) -> Analysis | None:
    """Return the user's own file for this import; None for another's preview or import. Raises SourceUnavailable."""
    analysis = analysis_of(file_id, actor)
    return analysis if analysis.findings.get(KEY) == str(import_id) else None
