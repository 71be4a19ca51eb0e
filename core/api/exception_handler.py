"""Return every API error in one format: {"success": false, "error": {code, message, details}}."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from errno import errorcode
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_503_SERVICE_UNAVAILABLE
from rest_framework.views import APIView
from rest_framework.views import exception_handler as drf_exception_handler

from core.api import messages
from core.api.framework_errors import message_for
from core.api.parsers import body_too_large
from core.errors import AtlasError, BadRequest
from core.faults import service_fault
from core.messages import storable
from core.sqlstates import sqlstate_of
from core.waits.given_up import given_up_wait

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 30  # for a service that we depend on and that does not respond


def error_body(code: str, message: str, details: Any = None) -> dict[str, Any]:
    return {"success": False, "error": {"code": code, "message": message, "details": details or {}}}


def unexpected_body() -> dict[str, Any]:
    """Return the body for an error that is a bug: without its message."""
    return error_body("internal_error", str(messages.UNEXPECTED()))


def retry_headers(error: AtlasError) -> dict[str, str]:
    """Return the header that says when to try again: as the error knows, or RETRY_AFTER_SECONDS for every 503."""
    seconds = error.retry_after_seconds
    if seconds is None and error.http_status == HTTP_503_SERVICE_UNAVAILABLE:
        seconds = RETRY_AFTER_SECONDS
    return {"Retry-After": str(seconds)} if seconds else {}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Return the error response for any exception of an API view."""
    fault = service_fault(error)
    if fault:
        log_fault(error, context["request"])
        error = fault
    error = given_up_wait(error) or error
    if isinstance(error, AtlasError):
        body = error_body(error.code, str(error), error.details)
        return Response(body, status=error.http_status, headers=retry_headers(error))
    if isinstance(error, RequestDataTooBig):
        return exception_handler(body_too_large(), context)
    if isinstance(error, SuspiciousOperation):
        return exception_handler(BadRequest(messages.UNREADABLE_REQUEST()), context)
    response = drf_exception_handler(error, dict(context))
    if response is None:
        return _unexpected_error(error, context)
    response.data = _drf_error_body(error, response, context["view"])
    return response


class ErrorsInJSON(APIView):
    """Base of views whose responses are not JSON: their errors are."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.exception:
            response.accepted_renderer, response.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
        return response


def _drf_error_body(error: Exception, response: Response, view: APIView) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"request": error.detail}
        message = "; ".join(f"{name}: {_first(errors)}" for name, errors in fields.items())
        return error_body("bad_request", message, {"parameters": fields})
    # Http404 and PermissionDenied are Django's own: their message is in the response only.
    detail = error.detail if isinstance(error, APIException) else response.data["detail"]
    code = getattr(detail, "code", None) or "error"
    ours = message_for(error, view)
    if ours:
        return error_body(code, str(ours), {"reason": ours.code, "params": storable(ours.params)})
    return error_body(code, str(detail))


def _first(detail: Any) -> str:
    return _first(detail[0]) if isinstance(detail, list) and detail else str(detail)


def log_fault(error: BaseException, request: Any) -> None:
    """Log a fault of the service in one line, without its message."""
    number = getattr(error, "errno", None)
    code = sqlstate_of(error) or (errorcode.get(number) if number else None)
    log.error("%s%s in %s %s", type(error).__name__, code and f" ({code})" or "", request.method, request.path)


def _unexpected_error(error: Exception, context: Mapping[str, Any]) -> Response:
    """Log where the error happened, without its message: messages of the database can quote rows."""
    request = context["request"]
    trace = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s in %s %s\n%s", type(error).__name__, request.method, request.path, trace)
    return Response(unexpected_body(), status=500)
