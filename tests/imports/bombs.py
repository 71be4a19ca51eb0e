"""Files that are small and come to very much, made in a moment: a compressed block that is repeated many times.

Run as a program it reads each file that it is given in a process of its own and says what became of it.
"""

import bz2
import importlib
import json
import os
import re
import resource
import struct
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa

MEGABYTE = 1_000_000
MAX_SECONDS = 2.0  # of the processor, for a reading: below, one tells enough
WORK_SECONDS = 0.25  # of the processor, for `work` on the machine for which the limits were chosen


def deflated(content: bytes, times: int, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Raw DEFLATE of the content so many times, and once of what is before and after."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(content) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * times + packer.compress(after) + packer.flush()


def gzip_bomb(path: Path, content: bytes, times: int) -> None:
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    path.write_bytes(header + deflated(content, times) + struct.pack("<II", 0, len(content) * times % 2**32))


def bzip2_bomb(path: Path, content: bytes, times: int) -> None:
    path.write_bytes(bz2.compress(content) * times)


def zstd_bomb(path: Path, content: bytes, times: int) -> None:
    path.write_bytes(pa.compress(content, "zstd", asbytes=True) * times)


def zip_with(path: Path, parts: dict[str, bytes], name: str, packed: bytes, says: int) -> None:
    """A zip of small parts, and of one that is packed already and says how large it is."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_STORED
        archive.writestr(info, packed)  # and then told that it was packed already
        info.compress_type, info.file_size = zipfile.ZIP_DEFLATED, says
        info.CRC = zlib.crc32(b"0" * min(says, MEGABYTE))
        archive.fp.seek(info.header_offset + 8)
        archive.fp.write(struct.pack("<H", zipfile.ZIP_DEFLATED))
        archive.fp.seek(archive.start_dir)


def xls(path: Path, rows: list[tuple[int, int]], *, says: int = 4096, next_sector: int = 0xFFFFFFFE) -> None:
    """An .xls with a number in each of these cells. says: the bytes of its stream; next_sector: behind its last one."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 0))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        spelt = f"{name}\0".encode("utf-16-le")
        links = struct.pack("<HBB3I", len(spelt), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return spelt.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)

    book = begin(5) + record(0x85, struct.pack("<IBBBB", 37, 0, 0, 1, 0) + b"S") + record(0xA, b"")
    cells = b"".join(record(0x203, struct.pack("<HHHd", row, column, 0, 1)) for row, column in rows)
    stream = (book + begin(0x10) + cells + record(0xA, b"")).ljust(4096, b"\0")
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + 8), next_sector] + [0xFFFFFFFF] * 118
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(10) + struct.pack("<8I", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + bytes(4) + b"\xff" * 432
    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, says) + bytes(256)
    path.write_bytes(head[:512] + struct.pack("<128I", *table) + folder + stream)


def read(path: Path) -> str:
    """What became of it, in the class and the words of the refusal. Read by the mapping next to it, if there is one."""
    from contextlib import closing

    from core.errors import AtlasError
    from imports.extraction.extraction import Extraction
    from imports.mapping import parse_mapping
    from tests.imports.reading import source_of

    mapping = path.with_name(f"{path.name}.mapping")
    try:
        request = parse_mapping(mapping.read_text() if mapping.exists() else None)
        with closing(Extraction(source_of(path), request)) as extraction:
            for _ in extraction.read():
                pass
            extraction.apply_rules(request)
            for batch in extraction.typed(request, extraction.plan(request, table_name="t", table=None)):
                del batch
            return f"read: {extraction.progress().records} records"
    except AtlasError as error:
        return f"{type(error).__name__}: {error}"


def measured(path: Path) -> dict[str, object]:
    """Outcome, processor seconds and peak memory in MB, of the process that read it and of those that it started."""
    pipe, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(end, read(path).encode())
        os._exit(0)
    os.close(end)
    _, status, usage = os.wait4(child, 0)
    with open(pipe, "rb") as said:
        outcome = said.read().decode() or f"died: {status}"
    return {"outcome": outcome, "seconds": usage.ru_utime + usage.ru_stime, "megabytes": usage.ru_maxrss / 1024}


def work() -> None:
    """What takes the same work on every machine, of the kind that reading a file is."""
    block = b"<row><c><v>%d</v></c></row>" * 20_000 % (*range(20_000),)
    for _ in range(30):
        re.findall(rb"<(?:\w+:)?c(?=[\s/>])([^<>]*)>", zlib.decompress(zlib.compress(block)))
        sum(len(row) for row in block.split(b"</row>"))


def slowness() -> float:
    """How many times as long the same work takes as where the limits were chosen; 1 on a faster machine."""
    start = time.process_time()
    work()
    return max(1.0, (time.process_time() - start) / WORK_SECONDS)


def least(path: Path) -> dict[str, object]:
    """The cheapest of up to three readings, in processor seconds of the machine for which the limits were chosen.

    Processor time grows with a slower processor, and where others share its caches.
    """
    found = measured(path)
    for _ in range(2):
        if found["seconds"] < MAX_SECONDS:
            break
        slow = slowness()
        again = measured(path)
        again["seconds"] /= slow
        found = min(found, again, key=lambda one: one["seconds"])
    return found


def main(spool: str, *paths: str) -> None:
    import django
    from django.conf import settings

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    importlib.import_module("imports.extraction.warm_up")  # with all that the readings need
    settings.ATLAS_SPOOL_DIR = Path(spool)
    settings.ATLAS_SPOOL_DIR.mkdir()

    resource.setrlimit(resource.RLIMIT_AS, (4_000 * MEGABYTE,) * 2)  # whatever goes wrong, the machine stays alive
    for path in paths:
        found = least(Path(path)) | {"left": os.listdir(spool)}
        print(json.dumps({Path(path).name: found}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
