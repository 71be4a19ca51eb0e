"""One file on its way from bytes to typed batches.

Arguments and results are plain data, and no method is called while a stream of the same object is used: an extraction
can be in another process. Its parts are in readers, inference, mapping, planning and conversion.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from copy import deepcopy
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings

from imports.conversion.convert import TypedBatch, convert
from imports.conversion.stored_plan import StoredPlan
from imports.errors import PlanChanged
from imports.extraction.duplicates import duplicates_in
from imports.extraction.kept_reading import KeptScan, keep, kept_scan
from imports.extraction.locations import located, with_locations
from imports.extraction.prefetch import prefetch, timed
from imports.extraction.preview_columns import preview_columns
from imports.extraction.repair_marks import repaired_imports
from imports.extraction.results import ExtractedBatch, FirstRecords, ReadingProgress, SourceRecord
from imports.extraction.ruled import Ruled, ruled, ruled_by
from imports.extraction.source_records import SourceRecords, first_records
from imports.inference.scan import Scan
from imports.inference.spool import Spool
from imports.mapping import MappingRequest
from imports.planning.plan import ImportPlan
from imports.readers import open_reader
from imports.readers.parts import parts_in
from imports.readers.to_csv import batch_lines, record_line
from imports.sources import SourceFile
from imports.table_description import LastReading, TableDescription
from imports.text_batches import FileInfo, LineReader, Reader, TextBatch


class Extraction:
    """Reads, profiles, applies rules, plans and converts. All methods raise AtlasError; `close` it when it is done."""

    def __init__(
        self,
        source: SourceFile,
        request: MappingRequest,
        *,
        last: LastReading | None = None,
        batch_rows: int | None = None,
        profiled: bool = True,
        kept: Path | None = None,
    ) -> None:
        """request: by which the file is read. kept: where its reading may be kept. The others: as `opened` has them."""
        self._source = source
        self._request = request
        self._last = last
        self._batch_rows = batch_rows
        self._profiled = profiled
        self._kept = kept
        self._ruled: Ruled | None = None
        self._files = ExitStack()

    def open(self) -> None:
        """Find out how the file is read."""
        self._scan  # noqa: B018

    def close(self) -> None:
        """Delete what was read."""
        self._files.close()

    @cached_property
    def _scan(self) -> Scan | KeptScan:
        found = self._kept and kept_scan(self._kept, self._source, self._request, self._last)
        if found:
            kept, descriptor = found
            self._files.callback(os.close, descriptor)
            return kept
        return self._own_scan

    @cached_property
    def _own_scan(self) -> Scan:
        spool = self._files.enter_context(Spool(settings.ATLAS_SPOOL_DIR))
        return Scan(self._reader, spool, self._request, profiled=self._profiled)

    @cached_property
    def _reader(self) -> Reader:
        options = self._request.source_options
        return open_reader(self._source, options, batch_rows=self._batch_rows, last=self._last)

    # --- read

    def info(self) -> FileInfo:
        """Return what is known of the file, as far as it was read."""
        return deepcopy(self._scan.file_info)

    def parts(self) -> tuple[str, list[str]]:
        """Return the option that names a part of the file, and all parts. It is not opened for that."""
        return parts_in(self._source, self._request.source_options)

    def progress(self) -> ReadingProgress:
        return ReadingProgress(self._scan.spool.records, self._scan.expected)

    def read(self) -> Generator[ReadingProgress]:
        """Read what is left of the file into the spool."""
        for _ in self._scan.batches():
            yield self.progress()

    def read_first(self) -> ReadingProgress:
        """Read one batch into the spool; the other methods then work with this part of the file."""
        next(self._scan.batches(), None)
        return self.progress()

    def is_read(self) -> bool:
        """Return whether the file was read to its end: by this extraction, or by one that kept its reading."""
        return self._scan.is_read

    def repaired_imports(self) -> list[str] | None:
        """Return of which imports the first rows are failed rows; None where they are none. After reading a batch."""
        header = self._scan.file_info.header
        return repaired_imports(header, next(self._scan.spool.batches(len(header)), None))

    def keep(self) -> None:
        """Keep what was read to its end, for the next extraction of the file that is asked the same.

        Nothing is said of a full disk: it costs the next one time, and no more.
        """
        if self._kept and isinstance(self._scan, Scan) and self._scan.is_read and self._scan.file_info.header:
            with suppress(OSError):
                keep(self._scan, self._kept, self._source, self._request, self._last)

    def name_columns(self, header: Sequence[str]) -> None:
        """Give the columns of a file that was read to its end, and has none, these names."""
        self._scan.file_info.header += dict.fromkeys(header)

    def reading(self) -> dict[str, Any]:
        """Return what was read: the digest tells whether the file is read in the same way once more."""
        return self._scan.reading()

    # --- plan

    def apply_rules(self, request: MappingRequest) -> int:
        """Apply the rules of the request to all that was read; return how many columns there are then."""
        return len(self._after_rules(request).profiles)

    def plan(
        self,
        request: MappingRequest,
        *,
        table_name: str,
        table: TableDescription | None,
        named_as: TableDescription | None = None,
    ) -> ImportPlan:
        """Return the plan for what was read, after the rules of the request. Raises MappingDoesNotFit.

        named_as: of a plan without a table, the one whose column names it has nevertheless.
        """
        return self._after_rules(request).plan(request, table_name=table_name, table=table, named_as=named_as)

    def columns(self, request: MappingRequest, plan: ImportPlan, full_plan: ImportPlan) -> list[dict[str, Any]]:
        """Return what a preview shows of each column. plan: of the import; full_plan: with every column."""
        after = self._after_rules(request)
        return list(preview_columns(after.records, after.profiles, request, plan, full_plan))

    def _after_rules(self, request: MappingRequest) -> Ruled:
        if self._ruled is None or self._ruled.of != ruled_by(self._scan, request):
            self._ruled = ruled(self._scan, request)
        return self._ruled

    # --- convert

    def typed(self, request: MappingRequest, plan: ImportPlan) -> Generator[ExtractedBatch]:
        """Yield all that was read, after the rules of the request, converting each batch while the last is used."""
        return self._converted(self._after_rules(request).batches(), plan)

    def typed_while_reading(self, plan: ImportPlan) -> Generator[ExtractedBatch]:
        """Yield the whole file from the first batch on, reading the rest. Not for mappings with rules.

        Raises PlanChanged where the plan does not hold for a batch.
        """
        return self._converted(prefetch(self._checked(plan)), plan)

    def typed_again(self, config: Mapping[str, Any], table: TableDescription | None) -> Generator[ExtractedBatch]:
        """Yield all that was read by the plan of an earlier import. config, table: as StoredPlan has them."""
        stored = StoredPlan(config, table)
        batches = self._scan.spool.batches(len(stored.plan.header))
        return self._extracted(chain.from_iterable(map(stored.ruled, batches)), stored.typed)

    def _checked(self, plan: ImportPlan) -> Generator[TextBatch]:
        """Yield all batches from the first, as long as the plan holds for them."""
        yield from self._scan.spool.batches(len(plan.header))
        for batch in self._scan.batches():
            if not plan.holds_for(self._scan.profiles()):
                raise PlanChanged
            yield batch.with_columns(len(plan.header))

    def _converted(self, batches: Iterable[TextBatch], plan: ImportPlan) -> Generator[ExtractedBatch]:
        return self._extracted(batches, lambda batch: convert(batch, plan))

    def _extracted(
        self, batches: Iterable[TextBatch], made: Callable[[TextBatch], TypedBatch]
    ) -> Generator[ExtractedBatch]:
        """Yield what is made of each batch, while the next one is made."""
        for typed, seconds in prefetch(timed(batches, made)):
            yield ExtractedBatch(located(typed, self._scan.location), seconds, self._scan.expected)

    # --- texts of the file

    def record_ranges(self) -> list[tuple[int, int]]:
        """Return the first and the last record of each batch that was read: so many are in memory at once."""
        return self._scan.spool.ranges()

    def locations(self, numbers: Sequence[int]) -> list[str]:
        """Return where these records are in the file. numbers: rising."""
        found: list[str] = []
        for first, last in self.record_ranges():
            positions = [number - first for number in numbers if first <= number <= last]
            if positions:
                batch = self._scan.spool.batch_with(first, 0)
                found += map(self._scan.location, batch.source_positions.take(pa.array(positions)).to_pylist())
        return found

    def duplicates(self, numbers: Sequence[int], columns: int, reason: str) -> pa.RecordBatch:
        """Return records as they are kept: SKIPPED_SCHEMA with `location`.

        numbers: within one of `record_ranges`. columns: of the file's header. reason: the text that is kept with each.
        """
        batch = self._scan.spool.batch_with(numbers[0], columns)
        return with_locations(duplicates_in(batch, numbers, reason), self._scan.location)

    @cached_property
    def _records(self) -> SourceRecords:
        return SourceRecords(self._own_scan.unread, self._reader.location)

    def source_records(self, numbers: Sequence[int]) -> Generator[tuple[int, SourceRecord]]:
        """Yield rows of a file of which nothing was read into the spool, in rising order over all calls.

        The file is read only up to the last one; those behind its end are left out.
        """
        found = ((number, self._records.find(number)) for number in numbers)
        yield from ((number, record) for number, record in found if record)

    def first_records(self) -> FirstRecords:
        """Return header and records of the first batch of a file of which nothing was read yet."""
        batch = next(self._own_scan.unread, None)
        return first_records(batch, list(self._reader.file_info.header))

    def shows_lines(self) -> bool:
        """Return whether the format has lines or rows that `source_lines` can show."""
        return isinstance(self._reader, LineReader)

    def source_lines(self, first: int, last: int) -> Generator[tuple[int, str]]:
        """Yield number and text of each line that is not blank, also of those that were not read."""
        if isinstance(self._reader, LineReader):
            yield from self._reader.source_lines(first, last)

    def as_csv(self) -> Generator[bytes]:
        """Yield header and records that were read as lines of CSV: every value as in the file."""
        info = self._scan.file_info
        header = info.header
        if info.options.get("header_row") != 0:
            yield record_line([name or None for name in header] if len(header) > 1 else header)
        yield from map(batch_lines, self._scan.spool.batches(len(header)))
