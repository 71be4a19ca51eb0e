"""What requests of /mappings ask for, checked by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.actors import Actor
from core.errors import BadRequest
from imports.analysis.previous_mapping import mapping_to_save
from imports.api.lookups import find_analysis, find_import
from imports.mapping.json_values import as_object, as_text, flag, known_keys
from imports.saved_mappings import messages
from imports.saved_mappings.store import Draft

SOURCES = ("mapping", "import_id", "analysis_id")  # of what is saved
TO_CREATE = ("name", "description", "note", *SOURCES)
TO_CHANGE = ("base_version", "note", "description", "archived", *SOURCES)


@dataclass(frozen=True)
class Changes:
    """What a PUT changes of a saved mapping; None: it stays."""

    draft: Draft | None
    note: str
    base_version: int | None  # that was changed; None: whatever the latest is
    description: str | None
    archived: bool | None


def new_mapping(body: bytes, actor: Actor) -> tuple[Draft, dict[str, str]]:
    """Return what is saved, and its name, description and note. Raises BadRequest, InvalidMapping, UnknownImport."""
    keys = as_object(body, "The body")
    known_keys("The body", keys, TO_CREATE)
    texts = {key: as_text(keys.get(key) or "", key) for key in ("name", "description", "note")}
    return _draft(keys, actor), texts


def changes(body: bytes, actor: Actor) -> Changes:
    """Return what a body changes. Raises BadRequest, InvalidMapping, UnknownImport."""
    keys = as_object(body, "The body")
    known_keys("The body", keys, TO_CHANGE)
    if not keys.keys() & {*SOURCES, "description", "archived"}:
        raise BadRequest(messages.NOTHING_TO_CHANGE(keys=[*SOURCES, "description", "archived"]))
    return Changes(
        draft=_draft(keys, actor) if keys.keys() & set(SOURCES) else None,
        note=as_text(keys.get("note") or "", "note"),
        base_version=_number(keys, "base_version"),
        description=as_text(keys["description"], "description") if "description" in keys else None,
        archived=flag(keys, "archived", False) if "archived" in keys else None,
    )


def _number(keys: Mapping[str, Any], key: str) -> int | None:
    value = keys.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise BadRequest(messages.NOT_A_VERSION_NUMBER(key=key), parameter=key)
    return value


def _draft(keys: Mapping[str, Any], actor: Actor) -> Draft:
    """Return the mapping that is sent, or that of an import or of a preview."""
    given = [key for key in SOURCES if keys.get(key) is not None]
    if len(given) != 1:
        raise BadRequest(messages.ONE_SOURCE_EXPECTED(sources=list(SOURCES)))
    if given == ["mapping"]:
        return Draft(as_object(keys["mapping"], "mapping"))
    if given == ["import_id"]:
        return mapping_to_save(find_import(str(keys["import_id"])))
    findings = find_analysis(keys["analysis_id"], actor).findings
    return Draft(without_force(findings["mapping"]), [column["header"] for column in findings["columns"]])


def without_force(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proposed mapping without what holds for its file alone: that it is imported again."""
    check = {key: value for key, value in mapping.get("duplicate_check", {}).items() if key != "force_import"}
    return {**mapping, "duplicate_check": check}
