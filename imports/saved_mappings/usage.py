"""Which imports used a saved mapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.fields.json import KeyTransform

from imports.models import ImportHistory, SavedMapping
from imports.saved_mappings.names import parse_reference
from imports.saved_mappings.store import find

_SAVED = KeyTransform("saved_mapping", "metadata")


@dataclass(frozen=True)
class Usage:
    """How often a mapping, or one version of it, was used."""

    imports: int = 0
    last_used: datetime | None = None


def used_mapping(text: str) -> Q:
    """Return the condition for the imports that used NAME or NAME@VERSION. Raises BadRequest, UnknownMapping."""
    reference = parse_reference(text)
    used = Q(metadata__saved_mapping__id=find(reference.name).pk)
    return used & Q(metadata__saved_mapping__version=reference.version) if reference.version else used


def usage_of_mappings(mappings: Iterable[SavedMapping]) -> dict[int, Usage]:
    """Return the usage by id of the mapping."""
    ids = [mapping.pk for mapping in mappings]
    return _usage(ImportHistory.objects.filter(metadata__saved_mapping__id__in=ids), "id")


def usage_of_versions(mapping: SavedMapping) -> dict[int, Usage]:
    """Return the usage by number of the version."""
    return _usage(ImportHistory.objects.filter(metadata__saved_mapping__id=mapping.pk), "version")


def _usage(imports: QuerySet[ImportHistory], key: str) -> dict[int, Usage]:
    grouped = (
        imports.order_by()
        .annotate(used=KeyTransform(key, _SAVED))
        .values("used")
        .annotate(imports=Count("pk"), last=Max("import_timestamp"))
    )
    return {row["used"]: Usage(row["imports"], row["last"]) for row in grouped}
