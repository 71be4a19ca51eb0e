"""Errors that a person can fix: what happened, where, and what to do next."""

from __future__ import annotations

from typing import Any

from core.messages import Message, storable


class AtlasError(Exception):
    """Something that a person can fix: a message that says what, where and what to do.

    details: what else the API answers; the message's code and parameters are in them as `reason` and `params`.
    """

    code = "error"
    http_status = 500

    def __init__(self, message: Message, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = {**details, "reason": message.code, "params": storable(message.params)}


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
