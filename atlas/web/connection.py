"""One connection of a client: how long it may take for a header, how large that may be, and how it is closed."""

from __future__ import annotations

import asyncio
import json
import socket
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from gunicorn.asgi.parser import LimitRequestHeaders
from gunicorn.asgi.protocol import ASGIProtocol

from atlas.web import messages
from core.api.exception_handler import error_body
from core.api.messages import UNEXPECTED

#: For how long, and how much of what a refused client still sends is taken: closed at once, the client would lose the
#: answer (RFC 9112, 9.6).
LINGER_SECONDS = 5.0
LINGER_BYTES = 32 * 1024**2

#: From the end of what a client sends to the question whether it still listens, and from then on between two looks.
LISTENS_SECONDS = 0.2
#: How long a client of HTTP/1.0 is answered, which cannot be asked.
UNASKED_SECONDS = 2.0
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"  # RFC 9110, 15.2: every client of HTTP/1.1 passes over it
TCP_CLOSE = 7  # linux/tcp_states.h: the other end has said that there is no connection

_SAID = {
    400: ("bad_request", messages.MALFORMED_REQUEST),
    408: ("request_timeout", messages.HEADER_TOO_SLOW),
    414: ("url_too_long", messages.URL_TOO_LONG),
    431: ("headers_too_large", messages.HEADERS_TOO_LARGE),
    500: ("internal_error", UNEXPECTED),
    501: ("bad_request", messages.UNKNOWN_TRANSFER_CODING),
    503: ("too_many_connections", messages.TOO_MANY_CONNECTIONS),
}


class Connection(ASGIProtocol):
    """gunicorn's connection, with limits and with errors in the API's format."""

    worker: Any  # the WebWorker
    transport: Any
    _closed: bool

    def __init__(self, worker: Any) -> None:
        super().__init__(worker)
        self._header_bytes = 0  # of the request whose header has not ended
        self._lingering_bytes = 0
        self._address: str | None = None  # None: not counted
        self._timers: list[asyncio.TimerHandle] = []
        self._sends_no_more = False  # the client: it may still wait for answers
        self._listens_timer: asyncio.TimerHandle | None = None
        self._is_answering = False  # the head of the answer is sent, its end may be not

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.worker.connections.add(self)
        self._after(settings.ATLAS_HEADER_SECONDS, self._header_too_slow)
        if self._too_many():
            self._refuse(503)

    def _too_many(self) -> bool:
        """Count the connection. Behind a proxy all have its address, and the proxy limits those of a client."""
        peer = self.transport.get_extra_info("peername")
        if peer and not settings.ATLAS_PROXIES:
            self._address = peer[0]
            self.worker.connections_of[peer[0]] += 1
            if self.worker.connections_of[peer[0]] > settings.ATLAS_MAX_CONNECTIONS_PER_ADDRESS:
                return True
        return len(self.worker.connections) > settings.ATLAS_MAX_CONNECTIONS

    def connection_lost(self, exc: Exception | None) -> None:
        self.worker.connections.discard(self)
        if self._address is not None:
            self.worker.connections_of[self._address] -= 1
            if not self.worker.connections_of[self._address]:
                del self.worker.connections_of[self._address]
            self._address = None
        self._stop_timers()
        if self._listens_timer:
            self._listens_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._closed:
            self._lingering_bytes += len(data)
            if self._lingering_bytes > LINGER_BYTES:
                self.transport.abort()
            return
        if self._current_request is None:
            self._header_bytes += len(data)  # 0 again when the header has ended
        try:
            super().data_received(data)
        except ValueError:  # of a number that is longer than Python reads
            self._refuse(400)
        if self._current_request is None and not self._closed and self._header_bytes > settings.ATLAS_MAX_HEADER_BYTES:
            self._refuse(431)

    # --- a client that has sent all

    def eof_received(self) -> bool:
        """Answer what was received whole; return whether the connection stays open for that.

        A client that has gone looks the same as one that only sends no more: it is asked after a moment.
        """
        if self._closed or self._current_request is None or not self._is_read():
            return False
        if not self._sends_no_more:
            self._sends_no_more = True
            if self._current_request.version >= (1, 1):
                self._listens_timer = self.worker.loop.call_later(LISTENS_SECONDS, self._ask_whether_it_listens)
            else:
                self._listens_timer = self.worker.loop.call_later(UNASKED_SECONDS, self.transport.abort)
        return True

    def _ask_whether_it_listens(self) -> None:
        """Send an interim answer: the system of a client that has gone says so."""
        if not self._is_answering:
            self._safe_write(INTERIM)
        self._look_whether_it_listens()

    def _look_whether_it_listens(self) -> None:
        if _tcp_state(self.transport) == TCP_CLOSE:
            self.transport.abort()
        else:
            self._listens_timer = self.worker.loop.call_later(LISTENS_SECONDS, self._look_whether_it_listens)

    def close_if_idle(self) -> None:
        """Close it unless a request is being answered."""
        if self._current_request is None or self._closed:
            self.transport.abort()

    def _header_too_slow(self) -> None:
        """Answer, where the client has begun a request. A client that sent nothing gets nothing."""
        if self._header_bytes:
            self._refuse(408)
        else:
            self.transport.abort()

    def _refuse(self, status: int) -> None:
        self._send_error_response(status, "")
        self._close_transport()
        self._request_ready.set()  # which ends the task that waits for a request

    def _after(self, seconds: float, call: Any) -> None:
        self._timers.append(self.worker.loop.call_later(seconds, call))

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    # --- what gunicorn calls ---

    def _on_headers_complete(self) -> Any:
        """Refuse headers that are too large, also those that arrived at once, before anything is made of them."""
        size = sum(len(name) + len(value) for name, value in self._callback_parser.headers)
        if size > settings.ATLAS_MAX_HEADER_BYTES:
            raise LimitRequestHeaders("All headers together are too large")
        self._stop_timers()
        self._header_bytes = 0
        self._is_answering = False
        return super()._on_headers_complete()

    def _arm_keepalive_timer(self) -> None:
        if self._sends_no_more:  # there is no next request
            self._close_transport()
            self._request_ready.set()
        else:
            super()._arm_keepalive_timer()

    def _send_response_start(self, *arguments: Any, **named: Any) -> None:
        self._is_answering = True
        super()._send_response_start(*arguments, **named)

    def _is_websocket_upgrade(self, request: Any) -> bool:
        """Answer such a request as any other: there are no web sockets."""
        return False

    def _build_http_scope(self, request: Any, sockname: Any, peername: Any) -> dict[str, Any]:
        scope: dict[str, Any] = super()._build_http_scope(request, sockname, peername)
        return _with_path(scope) | {"atlas.abort": self.transport.abort}

    def _close_transport(self) -> None:
        if self.transport is None or self._closed:
            return
        self._closed = True
        self._stop_timers()
        if self._is_read():
            self._after(settings.ATLAS_SILENT_SECONDS, self.transport.abort)  # what is not sent by then
            self.transport.close()
        else:
            self._after(LINGER_SECONDS, self.transport.abort)
            self.transport.write_eof()
            self._resume_reading()

    def _is_read(self) -> bool:
        """Return whether the client has sent all that it announced."""
        receiver = self._body_receiver
        return receiver._complete if receiver is not None else not self._header_bytes

    def _send_error_response(self, status: int, message: str, extra_headers: Any = ()) -> None:
        """Answer in the API's format. message: gunicorn's, which can quote the request; it is not used."""
        code, sentence = _SAID.get(status, _SAID[400])
        body = json.dumps(error_body(code, str(sentence(**_limits(sentence.code))))).encode()
        lines = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Cache-Control: private, no-store",
            *(["Retry-After: 10"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
            *(f"{name}: {value}" for name, value in extra_headers),
            "Connection: close",
        ]
        self._safe_write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def _with_path(scope: dict[str, Any]) -> dict[str, Any]:
    """Return the scope of a request for a whole URL as for its path, from the host that it names (RFC 9112, 3.2.2)."""
    _, is_url, place = scope["raw_path"].partition(b"://")
    if scope["raw_path"].startswith(b"/") or not is_url:
        return scope
    host, _, path = place.partition(b"/")
    raw_path = b"/" + path
    return scope | {
        "raw_path": raw_path,
        "path": unquote_to_bytes(raw_path).decode(errors="replace"),
        "headers": [(b"host", host), *(header for header in scope["headers"] if header[0] != b"host")],
    }


def _limits(code: str) -> dict[str, int]:
    """Return the parameters of a sentence: the limits that it names."""
    return {
        "header_too_slow": {"seconds": settings.ATLAS_HEADER_SECONDS},
        "headers_too_large": {"limit_bytes": settings.ATLAS_MAX_HEADER_BYTES},
    }.get(code, {})


def _tcp_state(transport: Any) -> int:
    """Return the state of a connection; TCP_CLOSE where it has none any more."""
    try:
        state: int = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    except OSError:
        return TCP_CLOSE
    return state
