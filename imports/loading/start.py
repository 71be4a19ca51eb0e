"""Open the record of an import: from then on the history shows it as in progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from audit.log import record
from core.actors import Actor
from imports.history import tracking
from imports.mapping import MappingRequest
from imports.sources import SourceFile


def start_import(
    source_facts: Mapping[str, Any],
    request: MappingRequest,
    actor: Actor,
    table_name: str,
    *,
    analysis_id: UUID | None = None,
    task_id: UUID | None = None,
) -> UUID:
    """Open the import's record, with the lock that shows that it runs. source_facts: as `facts_of` returns them."""
    facts = dict(source_facts)
    # A command has no user id.
    metadata = {
        **facts.pop("metadata", {}),
        **({} if actor.user_id else {"actor": actor.name}),
        **({"saved_mapping": request.saved.as_json()} if request.saved else {}),
    }
    import_id = tracking.start_import_tracking(
        **facts,
        table_name=table_name,
        mapping_config=dict(request.as_given),
        duplicate_check_enabled=request.check_duplicates,
        user_id=actor.user_id,
        user_email=actor.email,
        metadata=metadata,
        analysis_id=analysis_id,
        task_id=task_id,
    )
    record(
        actor, "import.started", import_id, table_name=table_name,
        file_hash=facts.get("file_hash"), bytes=facts["file_size_bytes"],
    )  # fmt: skip
    return UUID(import_id)


def facts_of(source: SourceFile, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what is known of a source file, by the names of the history's columns. metadata: more of it."""
    return {
        "source_type": source.source_type,
        "source_path": source.source_path,
        "file_name": source.name,
        "file_size_bytes": source.size,
        "file_hash": source.sha256,
        "metadata": {**({"b2": dict(source.origin)} if source.origin else {}), **(metadata or {})},
    }
