"""Source files in a bucket that speaks S3: Amazon's, Backblaze B2's, MinIO's. The settings name this storage."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3File, S3Storage

from core.messages import Message
from imports.sources import messages

P = ParamSpec("P")
T = TypeVar("T")


class StorageError(OSError):
    """The bucket refused a request. The message has the kind of error, without names or keys."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def translate_storage_errors(ask: Callable[P, T]) -> Callable[P, T]:
    """Translate botocore's exceptions to those of a file system."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return ask(*args, **kwargs)
        except ClientError as error:
            code = error.response["Error"].get("Code", "an error")
            if code in ("NoSuchKey", "404"):
                raise FileNotFoundError from error
            raise StorageError(messages.STORAGE_BUCKET_REFUSED(error=code)) from error
        except BotoCoreError as error:
            raise StorageError(messages.STORAGE_BUCKET_SILENT(error=type(error).__name__)) from error

    return asked


class BucketStorage(S3Storage):
    """S3Storage that fails as a file system does, and can read the beginning of an object alone."""

    delete = translate_storage_errors(S3Storage.delete)
    exists = translate_storage_errors(S3Storage.exists)
    listdir = translate_storage_errors(S3Storage.listdir)
    size = translate_storage_errors(S3Storage.size)
    get_modified_time = translate_storage_errors(S3Storage.get_modified_time)
    _save = translate_storage_errors(S3Storage._save)

    @translate_storage_errors
    def _open(self, name: str, mode: str = "rb") -> S3File:
        file = super()._open(name, mode)
        file.open()  # fetches it: here, not at its first read
        return file

    def replace(self, name: str, content: File[bytes]) -> None:
        """Store an object in place of the one of that name, if there is one; the service does it in one step."""
        self._save(name, content)

    def sweep_unfinished(self) -> None:
        """Do nothing: the service shows an object when it is whole."""

    @translate_storage_errors
    def first_bytes(self, name: str, size: int) -> bytes:
        response: dict[str, Any] = self.bucket.Object(self._normalize_name(name)).get(Range=f"bytes=0-{size - 1}")
        return bytes(response["Body"].read())
