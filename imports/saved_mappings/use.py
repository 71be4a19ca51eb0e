"""A request that uses a saved mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from imports.mapping import MappingRequest, parse_mapping
from imports.mapping.json_values import as_object
from imports.mapping.request import SavedVersion
from imports.models import SavedMappingVersion
from imports.saved_mappings.names import parse_reference
from imports.saved_mappings.store import usable_version


def requested_mapping(given: str | bytes | Mapping[str, Any] | None, saved: Any = None) -> MappingRequest:
    """Return what a request asks for: its own mapping, over that of the saved one that it names.

    given: the request's mapping. saved: NAME or NAME@VERSION; None or empty: none. Raises InvalidMapping, BadRequest,
    UnknownMapping, MappingArchived.
    """
    if saved is None or saved == "":
        return parse_mapping(given)
    return request_of(usable_version(parse_reference(saved)), as_object(given))


def request_of(version: SavedMappingVersion, given: Mapping[str, Any] | None = None) -> MappingRequest:
    """Return the request of a saved version. given: keys that replace its own; source_options one by one."""
    config, given = version.config, dict(given or {})
    if "source_options" in given:
        options = as_object(given["source_options"], "source_options")
        given["source_options"] = {**as_object(config.get("source_options"), "source_options"), **options}
    changed = [key for key, value in given.items() if value != config.get(key)]
    used = SavedVersion(version.saved_mapping_id, version.saved_mapping.name, version.version)
    return replace(parse_mapping({**config, **given}), saved=used.but(changed))
