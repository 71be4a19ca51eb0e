"""Find, save, describe and archive saved mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.log import record
from core.actors import Actor
from core.errors import BadRequest
from imports.errors import MappingArchived, MappingChanged, MappingNameTaken, UnknownMapping
from imports.identifiers import cut_header, header_hash, nearest
from imports.mapping import parse_mapping
from imports.models import SavedMapping, SavedMappingVersion
from imports.saved_mappings import messages
from imports.saved_mappings.names import Reference, clean_name, key_of
from imports.saved_mappings.shape import needed_columns

MAX_NOTE, MAX_DESCRIPTION = 500, 2_000  # characters


@dataclass(frozen=True)
class Saved:
    """What became of an attempt to save a version."""

    version: SavedMappingVersion  # the new one; the latest where it says the same already
    is_new: bool


@dataclass(frozen=True)
class Draft:
    """What is to be saved."""

    config: Mapping[str, Any]
    header: Sequence[str] | None = None  # of the file that it was made with; None: not known


def find(name: str) -> SavedMapping:
    """Return the mapping of this name, whatever its case. Raises UnknownMapping."""
    found = SavedMapping.objects.filter(name_key=key_of(name)).first() if "\x00" not in name else None
    if found is None:
        names = SavedMapping.objects.filter(archived_at=None).values_list("name", flat=True)
        raise UnknownMapping(messages.NO_SUCH_MAPPING(name=name, nearest=nearest(name, names)))
    return found


def find_version(reference: Reference) -> SavedMappingVersion:
    """Return the version that a reference names. Raises UnknownMapping."""
    mapping = find(reference.name)
    return version_of(mapping, reference.version or mapping.latest_version)


def version_of(mapping: SavedMapping, number: int) -> SavedMappingVersion:
    """Return a version of a mapping. Raises UnknownMapping."""
    found = mapping.versions.select_related("saved_mapping").filter(version=number).first()
    if found is None:
        raise UnknownMapping(
            messages.NO_SUCH_VERSION(name=mapping.name, version=number, latest=mapping.latest_version),
            latest_version=mapping.latest_version,
        )
    return found


def create(name: str, draft: Draft, actor: Actor, *, description: str = "", note: str = "") -> SavedMappingVersion:
    """Save a mapping under a new name. Raises MappingNameTaken, InvalidMapping, BadRequest."""
    name = clean_name(name)
    refuse_long(description, "description", MAX_DESCRIPTION)
    _check(draft, note)
    try:
        with transaction.atomic():
            mapping = SavedMapping.objects.create(
                name=name, name_key=key_of(name), description=description, latest_version=1, created_by=actor.name[:255]
            )
            return _add_version(mapping, draft, actor, note)
    except IntegrityError:
        existing = SavedMapping.objects.get(name_key=key_of(name))
        raise MappingNameTaken(
            messages.MAPPING_NAME_TAKEN(name=existing.name), name=existing.name, latest_version=existing.latest_version
        ) from None


def save_version(
    mapping: SavedMapping, draft: Draft, actor: Actor, *, note: str = "", base: int | None = None
) -> Saved:
    """Save a new version, unless the latest says the same. Of several at once each sees what the one before saved.

    base: the version that was changed; None: whatever the latest is. Raises MappingChanged where there is a newer one,
    MappingArchived, InvalidMapping, BadRequest.
    """
    _check(draft, note)
    with transaction.atomic():
        locked = SavedMapping.objects.select_for_update().get(pk=mapping.pk)
        _refuse_archived(locked)
        latest = version_of(locked, locked.latest_version)
        if latest.config == draft.config:
            return Saved(latest, is_new=False)
        if base is not None and base != locked.latest_version:
            version_of(locked, base)  # one that there never was is no conflict
            raise MappingChanged(
                messages.CHANGED_MEANWHILE(
                    name=locked.name, latest=latest.version, by=latest.created_by, base=base
                ),
                latest_version=latest.version,
            )  # fmt: skip
        locked.latest_version += 1
        locked.save(update_fields=["latest_version"])
        return Saved(_add_version(locked, draft, actor, note, before=latest), is_new=True)


def describe(mapping: SavedMapping, description: str, actor: Actor) -> None:
    """Change the description. Raises BadRequest."""
    refuse_long(description, "description", MAX_DESCRIPTION)
    with transaction.atomic():
        locked = SavedMapping.objects.select_for_update().get(pk=mapping.pk)
        if locked.description != description:
            locked.description = description
            locked.save(update_fields=["description"])
            record(actor, "mapping.described", locked.name)


def archive(mapping: SavedMapping, actor: Actor) -> None:
    """Stop offering a mapping. Its versions stay, for the imports that used them."""
    with transaction.atomic():
        locked = SavedMapping.objects.select_for_update().get(pk=mapping.pk)
        if locked.archived_at is None:
            locked.archived_at, locked.archived_by = timezone.now(), actor.name[:255]
            locked.save(update_fields=["archived_at", "archived_by"])
            record(actor, "mapping.archived", locked.name)


def restore(mapping: SavedMapping, actor: Actor) -> None:
    """Offer an archived mapping again."""
    with transaction.atomic():
        locked = SavedMapping.objects.select_for_update().get(pk=mapping.pk)
        if locked.archived_at is not None:
            locked.archived_at, locked.archived_by = None, ""
            locked.save(update_fields=["archived_at", "archived_by"])
            record(actor, "mapping.restored", locked.name)


def usable_version(reference: Reference) -> SavedMappingVersion:
    """Return the version that a reference names, to use it. Raises UnknownMapping, MappingArchived."""
    version = find_version(reference)
    _refuse_archived(version.saved_mapping)
    return version


def refuse_long(text: Any, key: str, limit: int) -> None:
    """Raise BadRequest for a text that is too long."""
    if len(text) > limit:
        raise BadRequest(messages.TEXT_TOO_LONG(key=key, length=len(text), limit=limit), parameter=key)


def _refuse_archived(mapping: SavedMapping) -> None:
    if mapping.archived_at is not None:
        raise MappingArchived(messages.MAPPING_IS_ARCHIVED(name=mapping.name))


def _check(draft: Draft, note: str) -> None:
    refuse_long(note, "note", MAX_NOTE)
    parse_mapping(draft.config)


def _add_version(
    mapping: SavedMapping, draft: Draft, actor: Actor, note: str, before: SavedMappingVersion | None = None
) -> SavedMappingVersion:
    """before: the latest, whose file the new version is for where it was not made with another one."""
    former = before.header_hash if before else None
    version = SavedMappingVersion.objects.create(
        saved_mapping=mapping,
        version=mapping.latest_version,
        config=dict(draft.config),
        note=note,
        created_by=actor.name[:255],
        header_hash=header_hash(cut_header(draft.header)) if draft.header else former,
        sources=needed_columns(draft.config),
    )
    record(actor, "mapping.saved", mapping.name, version=version.version)
    return version
