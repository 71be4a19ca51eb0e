"""Rows of source files: their values by header, and reading them again from the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from imports.column_types.base import rules_version_of
from imports.errors import ErrorCode
from imports.extraction import Work, opened
from imports.extraction.extraction import Extraction
from imports.extraction.results import Cells
from imports.history.retention_marks import kept_source_of
from imports.mapping import MappingRequest
from imports.models import ImportHistory
from imports.readers.batch_builder import SURROGATE
from imports.sources.kept_files import fetched

EXTRA = "_extra"  # the key of values without a header

WITH_FOOTERS = ("csv", "excel")  # types of files that can have notes and totals below a table

#: Rows that readers store as raw text, because they have no fields.
_RAW = (ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY)


@contextmanager
def source_extraction(record: ImportHistory, *, work: Work = Work.PREVIEW) -> Iterator[Extraction]:
    """Open the import's file with the options of the import. Raises SourceUnavailable."""
    config = record.mapping_config or {}
    options = config.get("source_options") or {}
    if rules_version_of(config) < 2 and record.file_type in WITH_FOOTERS:
        # Where these rules left nothing out below a table, they filtered no total either.
        options = {"last_row": 0, **options}
    with (
        fetched(kept_source_of(record), record.file_name or "unnamed") as source,
        opened(source, MappingRequest(source_options=options), work=work, profiled=False) as extraction,
    ):
        yield extraction


def header_of(record: ImportHistory) -> list[str]:
    """Return the header as in the file; empty if the import failed before reading it."""
    return list((record.mapping_config or {}).get("header") or [])


def under_header(header: Sequence[str], cells: Sequence[str | None], code: str | None) -> tuple[Cells, Cells]:
    """Return the values with a header, and those without. code: why the row was rejected, if it was."""
    texts = [text and SURROGATE.sub("\ufffd", text) for text in cells]
    if code in _RAW:
        return [None] * len(header), texts
    under = texts[: len(header)]
    return under + [None] * (len(header) - len(under)), texts[len(header) :]


def as_object(header: Sequence[str], cells: Sequence[str | None], code: str | None) -> dict[str, str | None | Cells]:
    """Return header → text. Values without a header are a list in `_extra`; a repeated header gets a number: a (2)."""
    under, extra = under_header(header, cells, code)
    *names, extra_name = _unique_names([*header, EXTRA])
    values: dict[str, str | None | Cells] = dict(zip(names, under, strict=True))
    return {**values, extra_name: extra} if extra else values


def _unique_names(names: Sequence[str]) -> list[str]:
    """Return the names, equal ones with a number that no other has: a, a (2)."""
    names_seen: dict[str, None] = {}
    times: dict[str, int] = {}  # each name was tried, whose numbers are all taken
    for name in names:
        unique_name = name
        while unique_name in names_seen:
            times[name] = times.get(name, 1) + 1
            unique_name = f"{name} ({times[name]})"
        names_seen[unique_name] = None
    return list(names_seen)
