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


class BadRequest(AtlasError):
    """The request is not valid for the endpoint."""

    code = "bad_request"
    http_status = 400
