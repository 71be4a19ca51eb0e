"""The one place where files are opened: each in a process of its own, which ends with the `with` block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pkgutil import walk_packages
from typing import Any

from django.conf import settings

from imports import readers
from imports.extraction.extraction import Extraction
from imports.extraction.kept_reading import key_of
from imports.extraction.limits import Work, limits_of
from imports.extraction.vocabulary import CLASSES
from imports.mapping import MappingRequest
from imports.sandbox import remote
from imports.sandbox.template_process import Program, templates
from imports.sources import SourceFile
from imports.sources.kept_readings import place_of
from imports.table_description import LastReading

#: What an extraction needs of the settings, as tests/test_architecture.py finds. None of them is a credential.
SETTINGS = (
    "ATLAS_DATE_ORDER", "ATLAS_MAX_CELL_BYTES", "ATLAS_MAX_MAPPING_BYTES", "ATLAS_MAX_MAPPING_NAMES", "ATLAS_MAX_ROWS",
    "ATLAS_MAX_RULES", "ATLAS_MAX_UNPACKED_BYTES", "ATLAS_MAX_UNPACK_RATIO", "ATLAS_RULE_MEMORY_BYTES",
    "ATLAS_RULE_OUTPUT_BYTES", "ATLAS_RULE_OUTPUT_RATIO",
)  # fmt: skip
#: Loaded before the first file comes: the extraction, and all readers, which are otherwise loaded when one is needed.
MODULES = (
    "imports.extraction.warm_up",
    *(module.name for module in walk_packages(readers.__path__, "imports.readers.")),
)

PROGRAM = Program(MODULES, warm_up="imports.extraction.warm_up:warm_up")


def _stop_if_asked() -> None:
    """Leave the file where its import was cancelled, or the client has gone."""
    from core.waits.operations import stop_if_asked  # knows the database, which the process that reads does not

    stop_if_asked()


SERVICE = remote.Service(Extraction, CLASSES, "imports.extraction.vocabulary:CLASSES", PROGRAM, _stop_if_asked)


@contextmanager
def opened(
    source: SourceFile,
    request: MappingRequest,
    *,
    work: Work,
    last: LastReading | None = None,
    batch_rows: int | None = None,
    profiled: bool = True,
    keeps: bool = False,
    counts_caller: bool = False,
) -> Iterator[Extraction]:
    """Open a file for the length of a `with` block. Raises AtlasError where it cannot be read.

    work: what for, which sets the limits. last: how the last file of the same table was read. batch_rows: records of a
    batch at most. profiled: whether a plan will be made of what is read; if not, the file may have any number of
    columns. keeps: whether the file need not be read if its reading was kept, and `Extraction.keep` may keep it.
    counts_caller: whether the limit of time is for all that is done in the `with` block.
    """
    kept = place_of(source.sha256, key_of(source, request)) if keeps and settings.ATLAS_READINGS_BYTES else None
    options = {"last": last, "batch_rows": batch_rows, "profiled": profiled, "kept": kept}
    with _extraction(source, request, work, counts_caller=counts_caller, **options) as extraction:
        extraction.open()
        yield extraction


def parts_in(source: SourceFile, options: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the option that names a part of the file, and the names of all parts. Raises as readers.parts has it."""
    with _extraction(source, MappingRequest(source_options=options), Work.PREVIEW) as extraction:
        return extraction.parts()


def prepare() -> None:
    """Start the process that children are forked from, so that the first file need not wait for it."""
    templates.start(PROGRAM)


@contextmanager
def _extraction(
    source: SourceFile, request: MappingRequest, work: Work, *, counts_caller: bool = False, **options: Any
) -> Iterator[Extraction]:
    values = {name: getattr(settings, name) for name in SETTINGS}
    limits = limits_of(work, source.size, counts_caller=counts_caller)
    with remote.opened(SERVICE, limits, settings.ATLAS_SPOOL_DIR, values, source, request, **options) as extraction:
        yield extraction
