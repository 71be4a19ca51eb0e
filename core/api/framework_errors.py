"""Our own messages for the errors that REST framework itself raises: its own do not say what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from rest_framework import exceptions

from core.api import messages
from core.messages import Message

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports the classes that authenticate, which import this module


class AuthenticationRefused(exceptions.AuthenticationFailed):
    """The credentials of a request are not valid, and the message says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def message_for(error: Exception, view: APIView) -> Message | None:
    """Return our message for an error of REST framework; None if its own is as good."""
    if isinstance(error, AuthenticationRefused):
        return error.message
    if isinstance(error, exceptions.NotAuthenticated):
        return messages.NO_CREDENTIALS()
    if isinstance(error, exceptions.MethodNotAllowed):
        taken = sorted({*view.allowed_methods} - {"HEAD", "OPTIONS"})
        return messages.METHOD_NOT_TAKEN(method=view.request.method, taken=taken)
    if isinstance(error, exceptions.UnsupportedMediaType):
        taken = sorted(parser.media_type for parser in view.parser_classes)
        return messages.CONTENT_TYPE_NOT_TAKEN(content_type=view.request.content_type, taken=taken)
    if isinstance(error, exceptions.NotAcceptable):
        return messages.ACCEPT_NOT_SERVED(served=[renderer.media_type for renderer in view.renderer_classes])
    if isinstance(error, exceptions.NotFound | Http404):
        return messages.NO_SUCH_ADDRESS()
    if isinstance(error, exceptions.ParseError):
        return messages.UNREADABLE_REQUEST()
    return None
