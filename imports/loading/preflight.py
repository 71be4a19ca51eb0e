"""What is checked before an import starts: its table, and whether the file was imported already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from audit.log import record
from core.actors import Actor
from imports.errors import AlreadyImported
from imports.history import tracking
from imports.identifiers import former_name, safe_table, stem_of, table_name_of
from imports.loading import messages
from imports.mapping import MappingRequest
from imports.models import ImportHistory
from imports.sources import SourceFile, SourceType
from imports.tables.catalog import existing_tables


def destination(file_name: str, request: MappingRequest) -> str:
    """The table's name: the one that was asked for, or the file's, made safe.

    A table that has the name which the former rule made keeps it.
    """
    if request.table_name:
        names = safe_table(request.table_name), former_name(request.table_name)
    else:
        names = table_name_of(file_name), former_name(stem_of(file_name))
    if names[0] == names[1]:
        return names[0]
    there = existing_tables(names)
    return names[1] if names[1] in there and names[0] not in there else names[0]


def refuse_if_known(source: SourceFile, request: MappingRequest, table_name: str) -> None:
    """Raises AlreadyImported where the same bytes stand in the same table."""
    if source.source_type == SourceType.API_DIRECT or request.force_import:
        return
    if not (request.check_duplicates and request.check_file_level):
        return
    earlier = ImportHistory.objects.active().filter(file_hash=source.sha256, table_name=table_name).first()
    if earlier:
        raise AlreadyImported(
            messages.FILE_IN_TABLE(
                table=table_name, import_id=str(earlier.pk), imported_at=f"{earlier.import_timestamp:%Y-%m-%d %H:%M}"
            ),
            earlier_import_id=str(earlier.pk),
            table_name=table_name,
        )


def start(
    arrived: Mapping[str, Any],
    request: MappingRequest,
    actor: Actor,
    table_name: str,
    *,
    analysis_id: UUID | None = None,
    task_id: UUID | None = None,
) -> UUID:
    """Opens the import's record, which this connection keeps alive.

    arrived: what is known of the source by the names of the history's columns.
    """
    facts = dict(arrived)
    # A command has no user id.
    metadata = {**facts.pop("metadata", {}), **({} if actor.user_id else {"actor": actor.name})}
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


def facts_of(source: SourceFile) -> dict[str, Any]:
    """By the names of the history's columns."""
    return {
        "source_type": source.source_type,
        "source_path": source.source_path,
        "file_name": source.name,
        "file_size_bytes": source.size,
        "file_hash": source.sha256,
        "metadata": {"b2": dict(source.origin)} if source.origin else {},
    }
