"""Errors that a person can fix: what happened, where, and what to do next."""

from __future__ import annotations

from typing import Any


class AtlasError(Exception):
    """Something that a person can mend: says what, where and what to do. `details` goes to the API as it is."""

    code = "error"
    http_status = 500

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ServiceError(AtlasError):
    """Something of ours broke, not the file."""

    code = "service_error"
    http_status = 500


class FileTooLarge(AtlasError):
    """The file is over a limit of the settings."""

    code = "file_too_large"
    http_status = 413


class BadRequest(AtlasError):
    """The body of the request is not what the endpoint takes."""

    code = "bad_request"
    http_status = 400
