"""All sheets of a workbook, or all files of an archive, in one step: an import for each, into a table of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from uuid import uuid4

from core.errors import AtlasError
from imports.errors import NoPartImported
from imports.extraction import parts_in
from imports.identifiers import MAX_TABLE_NAME_BYTES, UniqueNames, safe_table, stem_of
from imports.loading import messages
from imports.loading.preflight import destination
from imports.mapping import MappingRequest
from imports.sources import SourceFile

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class FilePart:
    """One sheet, or one file of an archive."""

    name: str
    table_name: str
    request: MappingRequest  # as if it alone were asked for
    group: str  # what the imports of all parts have in common

    @property
    def metadata(self) -> dict[str, Any]:
        """Return what the import's record says of its group."""
        return {"group": {"id": self.group, "part": self.name}}


@dataclass(frozen=True)
class PartOutcome(Generic[_Result]):
    """What became of one part."""

    part: FilePart
    result: _Result | None  # None: it was refused
    error: AtlasError | None = None


def parts_of(source: SourceFile, request: MappingRequest) -> list[FilePart]:
    """Return all parts of a file; request: with `*` as sheet or member. Tables are called FILE_SHEET.

    Raises InvalidMapping, UnreadableFile.
    """
    option, names = parts_in(source, request.source_options)
    base, group = destination(source.name, request), str(uuid4())
    table_names = UniqueNames(max_bytes=MAX_TABLE_NAME_BYTES)
    parts = []
    for name in names:
        label = name if option == "sheet" else stem_of(name)
        table_name = table_names.add(safe_table(f"{base}_{label}"))
        options = {**request.source_options, option: name}
        asked = {**request.as_given, "table_name": table_name, "source_options": options}
        alone = replace(request, table_name=table_name, source_options=options, as_given=asked)
        parts.append(FilePart(name, table_name, alone, group))
    return parts


def for_each(parts: Sequence[FilePart], carry_out: Callable[[FilePart], _Result]) -> list[PartOutcome[_Result]]:
    """Import every part, whatever becomes of the others. Raises NoPartImported where all are refused."""
    outcomes = [_outcome(part, carry_out) for part in parts]
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if errors and len(errors) == len(outcomes):
        refused = [
            {"part": outcome.part.name, "table_name": outcome.part.table_name, "code": error.code,
             "message": str(error), "details": error.details}
            for outcome, error in zip(outcomes, errors, strict=True)
        ]  # fmt: skip
        raise NoPartImported(
            messages.NO_PART_IMPORTED(parts=len(errors), first=errors[0].message.as_json()), parts=refused
        )
    return outcomes


def _outcome(part: FilePart, carry_out: Callable[[FilePart], _Result]) -> PartOutcome[_Result]:
    try:
        return PartOutcome(part, carry_out(part))
    except AtlasError as error:
        return PartOutcome(part, None, error)
