"""The classes of what an extraction returns and raises: nothing else is taken from the process that reads a file."""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import AtlasError
from imports import errors
from imports.column_types import TYPES, Reading
from imports.column_types.correction_kinds import CorrectionKind
from imports.conversion.convert import TypedBatch
from imports.errors import ErrorCode, PlanChanged
from imports.extraction.results import ExtractedBatch, FirstRecords, ReadingProgress, SourceRecord
from imports.inference.candidates import Candidate
from imports.inference.near_misses import NearMiss
from imports.mapping.request import MaxErrors, OnError, OnMatch
from imports.not_read import NotRead, Unread, UnreadPart
from imports.planning.decide import Question
from imports.planning.evidence import Evidence
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.text_batches import FileInfo


def _errors_in(kind: type[AtlasError]) -> Iterator[type[AtlasError]]:
    """Yield the kinds of errors for users that the errors of the ground define."""
    for subclass in kind.__subclasses__():
        if subclass.__module__ in (AtlasError.__module__, errors.__name__):
            yield subclass
        yield from _errors_in(subclass)


CLASSES: tuple[type, ...] = (
    # of the file
    FileInfo, Unread, UnreadPart, NotRead, ReadingProgress, FirstRecords, SourceRecord,
    # of the plan
    ImportPlan, PlannedColumn, Reading, NearMiss, Candidate, Question, Evidence, OnError, OnMatch, MaxErrors,
    CorrectionKind, *TYPES,
    # of the rows
    ExtractedBatch, TypedBatch, ErrorCode,
    # exceptions
    PlanChanged, AtlasError, *_errors_in(AtlasError),
)  # fmt: skip
