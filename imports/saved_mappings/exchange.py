"""A saved mapping as a JSON file, to be kept elsewhere or given to another instance."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any, BinaryIO

from django.conf import settings

from core.actors import Actor
from core.errors import BadRequest, FileTooLarge
from imports.mapping.json_values import as_object, as_text, known_keys, parse_json
from imports.models import SavedMapping, SavedMappingVersion
from imports.saved_mappings import messages
from imports.saved_mappings.names import clean_name, key_of
from imports.saved_mappings.store import Draft, Saved, create, save_version

FORMAT = 1
WHITE_SPACE = 4  # so many times the limit of a mapping a file of it may have, as it is indented
KEYS = ("content_atlas_mapping", "name", "description", "version", "note", "saved_at", "saved_by", "mapping")


def exported(version: SavedMappingVersion) -> dict[str, Any]:
    """Return the content of the file."""
    return {
        "content_atlas_mapping": FORMAT,
        "name": version.saved_mapping.name,
        "description": version.saved_mapping.description,
        "version": version.version,
        "note": version.note,
        "saved_at": f"{version.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "saved_by": version.created_by,
        "mapping": version.config,
    }


def beginning_of(file: BinaryIO) -> bytes:
    """Return a file; of one that is too large only a part, which is too large as well."""
    return file.read(WHITE_SPACE * settings.ATLAS_MAX_MAPPING_BYTES + 1)


def import_file(content: bytes, actor: Actor, *, name: str = "", new_version: bool = False) -> Saved:
    """Save the mapping of a file. name: instead of the file's; new_version: of the mapping that has the name.

    Raises InvalidMapping, BadRequest, FileTooLarge, MappingNameTaken, MappingArchived.
    """
    file = _read(content)
    name = clean_name(name or file["name"])
    draft = Draft(as_object(file["mapping"], "mapping"))
    note = as_text(file.get("note") or "", "note")
    existing = SavedMapping.objects.filter(name_key=key_of(name)).first() if new_version else None
    if existing:
        return save_version(existing, draft, actor, note=note)
    description = as_text(file.get("description") or "", "description")
    return Saved(create(name, draft, actor, description=description, note=note), is_new=True)


def _read(content: bytes) -> dict[str, Any]:
    limit = WHITE_SPACE * settings.ATLAS_MAX_MAPPING_BYTES
    if len(content) > limit:
        raise FileTooLarge(messages.MAPPING_FILE_TOO_LARGE(limit_mb=limit / 1_000_000), limit_bytes=limit)
    file = as_object(parse_json(content.removeprefix(BOM_UTF8), "The file"), "The file")
    for key in ("content_atlas_mapping", "mapping"):
        if key not in file:
            raise BadRequest(messages.NO_MAPPING_FILE(key=key), parameter="file")
    if file["content_atlas_mapping"] != FORMAT:
        found = str(file["content_atlas_mapping"])[:20]
        raise BadRequest(messages.NEWER_MAPPING_FILE(found=found, known=FORMAT), parameter="file")
    known_keys("The file", file, KEYS)
    return {"name": "", **file}
