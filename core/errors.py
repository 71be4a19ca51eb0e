"""Errors that users can fix: what happened, where, and what to do next."""

from __future__ import annotations

from typing import Any

from core.messages import Message, storable


class AtlasError(Exception):
    """An error that a user can fix. Its message tells what happened, where, and what to do next.

    details: more facts for the API's response; they include the message's code and parameters as `reason` and `params`.
    """

    code = "error"
    http_status = 500
    retry_after_seconds: int | None = None  # when the same request may succeed; None: unknown

    def __init__(self, message: Message, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = {**details, "reason": message.code, "params": storable(message.params)}


class ServiceError(AtlasError):
    """An error of the service, not of the file."""

    code = "service_error"
    http_status = 500


class DiskFull(AtlasError):
    """A disk of the service is full, or nearly."""

    code = "disk_full"
    http_status = 507


class StorageUnavailable(AtlasError):
    """The service cannot use its own files."""

    code = "storage_unavailable"
    http_status = 503


class DatabaseUnavailable(AtlasError):
    """The database is away, or accepts no work for now."""

    code = "database_unavailable"
    http_status = 503


#: Errors whose cause is the service's machines, not the file or the request.
SERVICE_FAULTS = (DiskFull, StorageUnavailable, DatabaseUnavailable)


class FileTooLarge(AtlasError):
    """The file exceeds a limit of the settings."""

    code = "file_too_large"
    http_status = 413


class TooManyRequests(AtlasError):
    """A limit of the settings is used up for now."""

    code = "too_many_requests"
    http_status = 429

    def __init__(self, message: Message, *, retry_after_seconds: int, **details: Any) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds, **details)
        self.retry_after_seconds = retry_after_seconds


class BadRequest(AtlasError):
    """The request is not valid for the endpoint."""

    code = "bad_request"
    http_status = 400


class NotSignedIn(AtlasError):
    """The request has no valid session or token."""

    code = "not_authenticated"
    http_status = 401


class NotAllowed(AtlasError):
    """The user lacks the permission."""

    code = "permission_denied"
    http_status = 403


class NoSuchAddress(AtlasError):
    """No view serves the address."""

    code = "not_found"
    http_status = 404


class TableBusy(AtlasError):
    """Another import, undo or database session holds the table, or the history, for longer than a request waits."""

    code = "table_busy"
    http_status = 409


class QueryTooLong(AtlasError):
    """A query of a page or of the API took longer than the settings allow."""

    code = "query_too_long"
    http_status = 422


class QueryStopped(AtlasError):
    """An administrator of the database cancelled the query."""

    code = "query_stopped"
    http_status = 503


class ClientGone(AtlasError):
    """The client closed its connection; the work for it was rolled back. The status is for logs alone."""

    code = "client_gone"
    http_status = 499
