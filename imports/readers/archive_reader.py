"""The one file in an archive, read like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.messages import Message
from imports.errors import UnreadableFile
from imports.not_read import NotRead
from imports.readers import messages
from imports.readers.detect import extension_of
from imports.readers.flatten import MAX_NAMED
from imports.readers.open_plain import open_plain
from imports.readers.unpack import SUFFIXES, Archive, archive_of, unpacked
from imports.sources import SourceFile
from imports.table_description import LastReading
from imports.text_batches import LineReader, Places, TextBatch


class UnpackedReader:
    """What was understood says the archive and the member too; the unpacked file goes when it has been read."""

    def __init__(
        self,
        source: SourceFile,
        archive: Archive,
        options: Mapping[str, Any],
        *,
        batch_rows: int | None = None,
        last: LastReading | None = None,
    ) -> None:
        member = archive.chosen(options.get("member"))
        inside, self._file = unpacked(source, archive, member)
        try:
            if archive_of(inside):
                raise UnreadableFile(messages.ARCHIVE_IN_ARCHIVE(member=member))
            self._reader = open_plain(inside, options, batch_rows=batch_rows, last=last)
        except BaseException:
            self._file.close()
            raise
        self.file_info = self._reader.file_info
        self.file_info.options = {"archive": archive.kind, "member": member, **self.file_info.options}
        if len(archive.members) > 1:
            self.file_info.choices["member"] = list(archive.members)
        for other in archive.members:
            if other != member:
                self.file_info.not_read.add(NotRead.ARCHIVE_MEMBER, name=other)
        self.file_info.warnings[:0] = _warnings(source.name, archive, member, is_chosen="member" in options)

    @property
    def share_read(self) -> float:
        return self._reader.share_read

    @property
    def places(self) -> Places:
        return self._reader.places

    def location(self, place: int) -> str:
        return self._reader.location(place)

    def source_lines(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        if isinstance(self._reader, LineReader):
            yield from self._reader.source_lines(first, last)

    def batches(self) -> Iterator[TextBatch]:
        with self._file:
            yield from self._reader.batches()


def _warnings(name: str, archive: Archive, member: str, *, is_chosen: bool) -> Iterator[Message]:
    extension = extension_of(name)
    if extension not in SUFFIXES[archive.kind]:
        if extension:
            yield messages.CALLED_OTHERWISE_THAN_ARCHIVE(extension=extension, archive=archive.kind)
        else:
            yield messages.ARCHIVE_WITHOUT_EXTENSION(archive=archive.kind)
    others = [name for name in archive.members if name != member]
    if others and not is_chosen:
        more = max(0, len(others) - MAX_NAMED)
        yield messages.MEMBERS_NOT_READ(files=len(archive.members), member=member, others=others[:MAX_NAMED], more=more)
