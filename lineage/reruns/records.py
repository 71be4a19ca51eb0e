"""The import that replaces another one: its record, and the records of the file by its plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from core.actors import Actor
from core.messages import Message
from imports.conversion.convert import TypedBatch
from imports.conversion.stored_plan import StoredPlan
from imports.extraction.extraction import Extraction
from imports.history import tracking
from imports.loading.key_warnings import KeyWarnings
from imports.loading.load import Counts
from imports.loading.run import check_error_limits
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus, MappingStatus
from imports.planning.plan import ImportPlan
from imports.table_description import TableDescription
from lineage.undo.redone_records import RedoneRecords
from lineage.undo.repaired_records import RepairedRecords

RERUN_OF, REPLACED_BY = "rerun_of", "replaced_by"  # in the metadata of the new import, and of the old one
#: What else the metadata of the new import has from the old one: where its file is from, and with what it belongs.
_OF_THE_FILE = ("b2", "group", "file_name", "table_name", "file_type")
_FACTS = (
    "source_type", "source_path", "file_name", "file_size_bytes", "file_type", "file_hash", "table_name",
)  # fmt: skip


def metadata_of_rerun(record: ImportHistory) -> dict[str, Any]:
    """Return what the record of an import says that replaces this one."""
    of_file = {key: value for key, value in (record.metadata or {}).items() if key in _OF_THE_FILE}
    return {**of_file, RERUN_OF: str(record.pk)}


def start_rerun(record: ImportHistory, request: MappingRequest, config: dict[str, Any], actor: Actor) -> ImportHistory:
    """Open the record of the import that replaces this one, within the transaction of the rerun: only it sees it."""
    metadata = {
        **metadata_of_rerun(record),
        **({} if actor.user_id else {"actor": actor.name}),
        **({"saved_mapping": request.saved.as_json()} if request.saved else {}),
    }
    new = ImportHistory.objects.create(
        import_id=uuid4(),
        **{name: getattr(record, name) for name in _FACTS},
        mapping_config=config,
        duplicate_check_enabled=request.check_duplicates,
        status=ImportStatus.IN_PROGRESS,
        user_id=actor.user_id and actor.user_id[:255],
        user_email=actor.email and actor.email[:255],
        metadata=metadata,
    )
    tracking.update_mapping_status(new.pk, MappingStatus.IN_PROGRESS)
    return new


def mark_replaced(record: ImportHistory, new: UUID, actor: Actor, reason: str) -> None:
    """Mark an active import as undone, because another one replaces it."""
    now = timezone.now()
    ImportHistory.objects.filter(pk=record.pk).update(
        undone_at=now, undone_by=actor.name[:255], undo_reason=reason or None, updated_at=now
    )
    link_replaced(record, new)


def link_replaced(record: ImportHistory, new: UUID) -> None:
    """Note in the metadata of an import which one it was run again as."""
    metadata = ImportHistory.objects.values_list("metadata", flat=True).get(pk=record.pk) or {}
    ImportHistory.objects.filter(pk=record.pk).update(metadata={**metadata, REPLACED_BY: str(new)})


class RerunRecords(RedoneRecords):
    """All records of the file, but those whose rows are kept, as the old import's."""

    def __init__(
        self, record: ImportHistory, stored: StoredPlan, table: TableDescription, extraction: Extraction, *,
        limits: ImportPlan, kept: Sequence[int],
    ) -> None:  # fmt: skip
        """limits: the plan with the limits of errors that were asked for; a stored one has none."""
        super().__init__(record, stored, table, extraction, kept, RepairedRecords(record.table_name, record.pk, kept))
        self._limits = limits
        self._key_warnings = KeyWarnings(self.plan)
        self.left_out: list[int] = []  # the records whose rows are kept, without rejected and filtered ones

    def _unrepaired(self) -> Iterator[TypedBatch]:
        """Raises TooManyErrors where the mapping's limits of errors are exceeded."""
        so_far, total = Counts(), self.extraction.progress().records
        for batch in super()._unrepaired():
            check_error_limits(self._limits, batch, so_far, total)
            so_far.add(batch)
            if self.plan.check_duplicates:
                self._key_warnings.add(batch)
            if self.kept:
                self.left_out += sorted(set(self.kept).intersection(batch.record_numbers.to_pylist()))
            yield batch

    def warnings(self) -> list[Message]:
        """Return what is said of keys that are empty or could not be read."""
        return self._key_warnings.warnings()
