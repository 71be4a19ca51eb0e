"""Records as they stand in their file: under its header, and read once more where nothing else has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from imports.errors import ErrorCode
from imports.history.retention_marks import kept_source_of
from imports.models import ImportHistory
from imports.readers import open_reader
from imports.readers.batch_builder import SURROGATE
from imports.sources.kept_files import fetched
from imports.text_batches import Reader, TextBatch

EXTRA = "_extra"  # the place of what stands under no header

#: Records that a reader keeps as their raw text, because they have no fields.
_RAW = (ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY)

Cells = list[str | None]


@dataclass(frozen=True)
class SourceRecord:
    """A record as it stands in the file."""

    location: str
    cells: Cells


class SourceRecords:
    """The records of one file, for whoever asks for rising numbers; no more of it is read than that needs."""

    def __init__(self, reader: Reader) -> None:
        self._location = reader.location
        self._batches = reader.batches()
        self._batch: TextBatch | None = None

    def find(self, number: int) -> SourceRecord | None:
        """None where the file ends before."""
        while self._batch is None or number >= self._batch.first_record + self._batch.rows:
            self._batch = next(self._batches, None)
            if self._batch is None:
                return None
        index = number - self._batch.first_record
        cells = [texts[index].as_py() for texts in self._batch.columns]
        return SourceRecord(self._location(self._batch.places[index].as_py()), cells)


@contextmanager
def source_records(record: ImportHistory) -> Iterator[SourceRecords]:
    """Read as the import read them. Raises SourceUnavailable."""
    with source_reader(record) as reader:
        yield SourceRecords(reader)


@contextmanager
def source_reader(record: ImportHistory) -> Iterator[Reader]:
    """The reader of an import's file, as the import read it. Raises SourceUnavailable."""
    options = (record.mapping_config or {}).get("source_options") or {}
    with fetched(kept_source_of(record), record.file_name or "unnamed") as source:
        yield open_reader(source, options)


def header_of(record: ImportHistory) -> list[str]:
    """As the file spells it; empty where the import never got to read it."""
    return list((record.mapping_config or {}).get("header") or [])


def under_header(header: Sequence[str], cells: Sequence[str | None], code: str | None) -> tuple[Cells, Cells]:
    """The texts under the header, and those beyond it. code: why the record was rejected, if it was."""
    texts = [text and SURROGATE.sub("\ufffd", text) for text in cells]
    if code in _RAW:
        return [None] * len(header), texts
    under = texts[: len(header)]
    return under + [None] * (len(header) - len(under)), texts[len(header) :]


def as_object(header: Sequence[str], cells: Sequence[str | None], code: str | None) -> dict[str, str | None | Cells]:
    """Header → text. What stands beyond the header is a list under `_extra`; a header's second «name» is «name (2)»."""
    under, extra = under_header(header, cells, code)
    *names, extra_name = _told_apart([*header, EXTRA])
    found: dict[str, str | None | Cells] = dict(zip(names, under, strict=True))
    return {**found, extra_name: extra} if extra else found


def _told_apart(names: Sequence[str]) -> list[str]:
    told: dict[str, None] = {}
    for name in names:
        different, times = name, 1
        while different in told:
            times += 1
            different = f"{name} ({times})"
        told[different] = None
    return list(told)
