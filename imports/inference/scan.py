"""One reading of a file: its batches in order, spooled and profiled while they are read."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from imports.inference.profile import ColumnProfile, ColumnProfiler
from imports.inference.reading_digest import ReadingDigest
from imports.inference.size_limits import refuse_large
from imports.inference.spool import Spool
from imports.mapping import MappingRequest
from imports.mapping.column_limit import refuse_too_wide
from imports.text_batches import FileInfo, Reader, TextBatch

#: Records of a batch from which two threads are faster than one: below, they mostly wait for each other.
WORTH_THREADS = 4096


class Scan:
    """What is known of a file so far. `batches` may be left and taken up again; each batch comes once.

    Raises MappingDoesNotFit as soon as there are more columns than the request can load.
    """

    def __init__(self, reader: Reader, spool: Spool, request: MappingRequest, *, profiled: bool = True) -> None:
        """profiled: whether a plan will be made: else columns are not profiled, and there may be any number of them."""
        self.reader = reader
        self.spool = spool
        self._profiled = profiled
        self._request = request
        self._refuse_too_wide()
        self._null_tokens = request.null_tokens
        self._profilers: list[ColumnProfiler] = []
        self.unread = reader.batches()
        self.digest = ReadingDigest()
        self.expected = 0  # records of the file, by the part of it that was read so far
        self.is_read = False  # to its end

    @property
    def file_info(self) -> FileInfo:
        return self.reader.file_info

    def location(self, place: int) -> str:
        return self.reader.location(place)

    def reading(self) -> dict[str, Any]:
        """Return what was read: the digest tells whether the file is read in the same way once more."""
        places = [self.location(place) for place in self.digest.places or ()]
        return {
            "records": self.digest.records,
            "digest": self.digest.hexdigest(),
            "first_record": places[0] if places else None,
            "last_record": places[-1] if places else None,
        }

    def batches(self) -> Iterator[TextBatch]:
        with ThreadPoolExecutor(2) as pool:
            for batch in self.unread:
                if self._profiled:
                    refuse_large(batch, self.file_info.header, self.location)
                self.spool.put(batch)
                self.digest.add(batch)
                share = self.reader.share_read
                self.expected = round(self.spool.records / share) if share else 0
                self._refuse_too_wide()
                if self._profiled:
                    self._profile(batch, pool)
                yield batch
        self.is_read = True

    def _refuse_too_wide(self) -> None:
        if self._profiled:
            refuse_too_wide(self.reader.file_info.header, self._request)

    def _profile(self, batch: TextBatch, pool: ThreadPoolExecutor) -> None:
        self._profilers += [self._profiler() for _ in batch.columns[len(self._profilers) :]]
        each = pool.map if batch.rows >= WORTH_THREADS else map
        list(each(ColumnProfiler.add, self._profilers, batch.columns))

    def _profiler(self) -> ColumnProfiler:
        return ColumnProfiler(self._null_tokens, formulas=self.reader.file_info.has_formulas)

    def profiles(self) -> list[ColumnProfile]:
        """Return the profiles of the rows that were read so far."""
        info = self.reader.file_info
        header, native, numbers = info.header, info.native_text, info.native_numbers
        unseen = [self._profiler() for _ in header[len(self._profilers) :]]
        return [
            profiler.finish(
                name, native_text=position in native, native_numbers=position in numbers, typed=info.is_typed
            )
            for position, (name, profiler) in enumerate(zip(header, [*self._profilers, *unseen], strict=True))
        ]
