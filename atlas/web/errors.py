"""Errors of requests that the web server does not pass on to a view."""

from core.errors import AtlasError


class RequestTooSlow(AtlasError):
    """The client sends its body too slowly."""

    code = "request_timeout"
    http_status = 408


class ServerBusy(AtlasError):
    """No thread became free in time."""

    code = "server_busy"
    http_status = 503
