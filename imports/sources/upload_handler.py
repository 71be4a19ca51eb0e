"""Where Django puts the files of a form while they arrive: in the spool folder, locked, and hashed on the way."""

from __future__ import annotations

import hashlib
from time import perf_counter
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from imports.sources.disk_space import CHECK_EVERY, refuse_if_short
from imports.sources.spool_files import new_spool_file


class SpooledUpload(UploadedFile):
    """An uploaded file that is a spool file already; it is deleted when the request is over."""

    def __init__(self, *details: Any) -> None:
        # Without a buffer: one that a full disk does not take could not be closed.
        super().__init__(new_spool_file(buffering=0), *details)
        self.digest = hashlib.sha256()
        self.hashing_seconds = 0.0

    def temporary_file_path(self) -> str:
        return str(self.file.name)  # type: ignore[union-attr]

    def add(self, chunk: bytes) -> None:
        start = perf_counter()
        rest = memoryview(chunk)
        while rest:  # a write without a buffer may take a part
            rest = rest[self.file.write(rest) :]  # type: ignore[union-attr]
        self.digest.update(chunk)
        self.hashing_seconds += perf_counter() - start


class SpoolUploadHandler(FileUploadHandler):
    """Receive files into the spool folder. Raises DiskFull while they arrive, before the disk is full."""

    file: SpooledUpload

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        refuse_if_short()
        self.file = SpooledUpload(self.file_name, self.content_type, 0, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.add(raw_data)
        if start // CHECK_EVERY != (start + len(raw_data)) // CHECK_EVERY:
            refuse_if_short()

    def file_complete(self, file_size: int) -> SpooledUpload:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
