"""Which files a saved mapping is for: those with the header of its file, or with all columns that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import F

from imports.identifiers import cut_header, header_hash, source_names
from imports.mapping.request import parse_stored
from imports.models import ImportHistory, SavedMapping, SavedMappingVersion

MAX_PROPOSALS = 5


class Why(StrEnum):
    """Why a saved mapping is proposed for a file."""

    USED = "used"  #: the last import of a file with this header used it
    SAME_HEADER = "same_header"  #: it was saved for a file with this header
    COLUMNS = "columns"  #: the file has all columns that it names


@dataclass(frozen=True)
class Proposal:
    """A saved mapping that fits a file, in its latest version."""

    name: str
    version: int
    why: Why
    columns: int  # that it names

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "version": self.version, "why": str(self.why), "columns": self.columns}


def needed_columns(config: Mapping[str, Any]) -> list[str]:
    """Return the columns that a file must have for this mapping: those that it reads and does not make itself."""
    request = parse_stored(config)
    made = {target for rule in request.transformations for target in rule.targets}
    read = [*(request.mappings or {}).values(), *(name for rule in request.transformations for name in rule.fields)]
    return sorted({name for name in read if name not in made})


def proposals(header: Sequence[str]) -> list[Proposal]:
    """Return the saved mappings that fit a file with this header, the likeliest first."""
    if not header:
        return []
    header = cut_header(header)
    by_id = dict.fromkeys(_used(header), Why.USED)
    versions = SavedMappingVersion.objects.filter(saved_mapping__archived_at=None)
    for mapping_id in versions.filter(header_hash=header_hash(header)).values_list("saved_mapping_id", flat=True):
        by_id.setdefault(mapping_id, Why.SAME_HEADER)
    latest = versions.filter(version=F("saved_mapping__latest_version")).select_related("saved_mapping")
    fitting = latest.filter(sources__contained_by=[*header, *source_names(header)]).exclude(sources=[])
    found = {version.saved_mapping_id: (version, Why.COLUMNS) for version in fitting}
    found |= {
        version.saved_mapping_id: (version, by_id[version.saved_mapping_id])
        for version in latest.filter(saved_mapping_id__in=by_id)
    }
    shown = [
        Proposal(version.saved_mapping.name, version.version, why, len(version.sources))
        for version, why in found.values()
    ]
    return sorted(shown, key=lambda one: (list(Why).index(one.why), -one.columns, one.name))[:MAX_PROPOSALS]


def _used(header: Sequence[str]) -> list[int]:
    """Return the id of the mapping that the last active import of such a file used."""
    active = ImportHistory.objects.active().filter(header_hash=header_hash(header))
    metadata = active.order_by("-import_order").values_list("metadata", flat=True).first() or {}
    used = metadata.get("saved_mapping", {}).get("id")
    return list(SavedMapping.objects.filter(pk=used, archived_at=None).values_list("pk", flat=True)) if used else []
