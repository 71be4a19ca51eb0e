"""The only user of b2sdk: the bucket of the settings, with B2's errors as ours. None of them contains the key."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import requests
from b2sdk.v3 import B2Api, B2Http, B2Session, InMemoryAccountInfo
from b2sdk.v3 import exception as b2

from core.errors import AtlasError
from imports.errors import (
    SourceChanged,
    SourceRefused,
    SourceUnavailable,
    SourceUnreachable,
)
from imports.sources import messages

CHUNK = 1 << 20  # bytes
LISTED = 1000  # names that one call returns; more would be charged as more calls
#: Seconds before each new attempt of a download that broke. An attempt that received bytes starts them again.
RETRY_DELAYS = (1, 2, 4, 8)


@dataclass(frozen=True)
class File:
    """The newest version of an object, as a listing has it."""

    name: str
    file_id: str
    size: int  # bytes
    uploaded_at: datetime


class Bucket:
    """An opened bucket. Everything raises SourceRefused, SourceUnreachable, SourceUnavailable."""

    def __init__(self, name: str, bucket_id: str, api: B2Api) -> None:
        self.name = name
        self._id = bucket_id
        self._api = api

    def files(self, prefix: str, start: str, count: int = LISTED) -> tuple[list[File], str | None]:
        """Return what begins with the prefix, by name from `start` on, and the name to go on with."""
        with translate_b2_errors(self.name):
            answer = self._api.session.list_file_names(self._id, start or None, count, prefix or None)
        return list(map(_file, answer["files"])), answer["nextFileName"]

    def chunks(self, file_id: str, name: str, size: int, received: Callable[[int], None]) -> Iterator[bytes]:
        """Yield the bytes of a version, however often the connection breaks. Raises SourceChanged at their end."""
        taken, attempts, digest = 0, 0, hashlib.sha1(usedforsecurity=False)
        download = Download(self._api, file_id)
        while taken < size:
            try:
                for chunk in self._rest(download, name, taken, size):
                    taken, attempts = taken + len(chunk), 0
                    digest.update(chunk)
                    received(taken)
                    yield chunk
            except DownloadBroken:
                if attempts == len(RETRY_DELAYS):
                    raise SourceUnreachable(
                        messages.DOWNLOAD_BROKE_OFF(
                            name=name, bucket=self.name, received_bytes=taken, size_bytes=size, attempts=attempts
                        )
                    ) from None
                until = time.monotonic() + RETRY_DELAYS[attempts]
                attempts += 1
                while (left := until - time.monotonic()) > 0:
                    time.sleep(min(left, 1))
                    received(taken)
        if taken != size or download.sha1 not in (None, digest.hexdigest()):
            raise SourceChanged(messages.DOWNLOAD_DIFFERS(name=name, bucket=self.name))
        if [file.file_id for file in self.files(name, name, count=1)[0] if file.name == name] != [file_id]:
            raise self._replaced(name)

    def _rest(self, download: Download, name: str, start: int, size: int) -> Iterator[bytes]:
        with translate_b2_errors(self.name):
            try:
                yield from download.rest(start, size)
            except b2.FileNotPresent:
                raise self._replaced(name) from None

    def _replaced(self, name: str) -> SourceChanged:
        return SourceChanged(messages.OBJECT_REPLACED(name=name, bucket=self.name))


class DownloadBroken(Exception):
    """The connection broke, or there was none to be had."""


#: What another attempt may fix.
PASSING = (
    b2.B2ConnectionError, b2.B2RequestTimeout, b2.BrokenPipe, b2.ConnectionReset, b2.RequestTimeout, b2.ServiceError,
    b2.TooManyRequests, b2.UnknownHost, requests.RequestException,
)  # fmt: skip


class Download:
    """One version on its way."""

    def __init__(self, api: B2Api, file_id: str) -> None:
        self.sha1: str | None = None  # as B2 has it; large objects may have none
        self._api = api
        self._file_id = file_id

    def rest(self, start: int, size: int) -> Iterator[bytes]:
        """Yield the bytes from `start`, counted from 0, to the end. Raises Broken."""
        url = self._api.get_download_url_for_fileid(self._file_id)
        try:
            with self._api.session.download_file_from_url(url, range_=(start, size - 1)) as response, response:
                version = self._api.download_version_factory.from_response_headers(response.headers)
                self.sha1 = version.get_content_sha1()
                yield from response.iter_content(CHUNK)
        except PASSING as problem:
            raise DownloadBroken from problem


def _file(answer: dict[str, Any]) -> File:
    uploaded_at = datetime.fromtimestamp(answer["uploadTimestamp"] / 1000, UTC)
    return File(answer["fileName"], answer["fileId"], answer["contentLength"], uploaded_at)


@lru_cache(maxsize=1)
def opened(key_id: str, key: str, realm: str, name: str) -> Bucket:
    """Return the bucket. Raises SourceRefused, SourceUnreachable, SourceUnavailable; discarded at the first error."""
    api = _Api(InMemoryAccountInfo())
    with translate_b2_errors(name):
        try:
            api.authorize_account(key_id, key, realm=realm)
        except b2.Unauthorized:
            raise SourceRefused(messages.B2_KEY_UNKNOWN()) from None
        return Bucket(name, api.get_bucket_by_name(name).id_, api)


class Http(B2Http):
    """b2sdk's own patience is up to twenty attempts and a quarter of an hour: too long for a user who waits."""

    CONNECTION_TIMEOUT = 10  # seconds
    TIMEOUT = TIMEOUT_FOR_COPY = 60  # of downloads, and of all other calls
    ATTEMPTS = 3

    def request(
        self, method: Any, url: str, headers: Any, data: Any = None, try_count: int = 1, *more: Any, **kw: Any
    ) -> Any:
        return super().request(method, url, headers, data, min(try_count, self.ATTEMPTS), *more, **kw)


class _Session(B2Session):
    B2HTTP_CLASS = staticmethod(Http)


class _Api(B2Api):
    SESSION_CLASS = staticmethod(_Session)


@contextmanager
def translate_b2_errors(bucket: str) -> Iterator[None]:
    """Return the exception of b2sdk as an AtlasError."""
    try:
        yield
    except (*PASSING, b2.B2Error, ValueError, KeyError, TypeError) as problem:
        opened.cache_clear()
        raise _in_words(problem, bucket) from None


def _in_words(problem: Exception, bucket: str) -> AtlasError:
    if isinstance(problem, (b2.NonExistentBucket, b2.BucketIdNotFound, b2.RestrictedBucketMissing)):
        return SourceUnavailable(messages.NO_SUCH_BUCKET(bucket=bucket))
    if isinstance(problem, (b2.Unauthorized, b2.RestrictedBucket)):
        return SourceRefused(messages.B2_KEY_LACKS_RIGHT(bucket=bucket))
    if isinstance(problem, b2.AccessDenied):
        return SourceRefused(messages.OBJECT_ENCRYPTED())
    if isinstance(problem, b2.CapExceeded):
        return SourceRefused(messages.B2_CAP_REACHED())
    if isinstance(problem, b2.ClockSkew):
        return SourceRefused(messages.CLOCK_WRONG())
    if isinstance(problem, PASSING):
        return SourceUnreachable(messages.B2_UNREACHABLE())
    return SourceUnreachable(messages.B2_ANSWER_NOT_UNDERSTOOD(error=type(problem).__name__))
