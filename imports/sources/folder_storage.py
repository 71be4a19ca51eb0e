"""Source files in a folder of this machine, or of a network: each is whole and on the disk, or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from core.whole_files import UNFINISHED, make_folder, whole_file
from imports.sources.spool_files import remove_if_unused


class FolderStorage(FileSystemStorage):
    """FileSystemStorage that replaces a file in one step."""

    def replace(self, name: str, content: File[bytes]) -> None:
        """Store a file in place of the one of that name, if there is one."""
        path = Path(self.path(name))
        make_folder(path.parent)
        with whole_file(path) as file:
            for chunk in content.chunks():
                file.write(chunk)

    def _save(self, name: str, content: Any) -> str:
        self.replace(name, content)
        return name

    def sweep_unfinished(self) -> None:
        """Delete what killed processes left half written."""
        for path in Path(self.location).glob(f"*/{UNFINISHED}*"):
            remove_if_unused(path)

    def first_bytes(self, name: str, size: int) -> bytes:
        with self.open(name) as stream:
            return bytes(stream.read(size))
