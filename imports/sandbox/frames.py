"""Frames over a socket: a kind, plain data and Arrow data, each with its length."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pyarrow as pa

MAX_PLAIN = 64 * 1024**2  # bytes
MAX_ARROW = 512 * 1024**2  # bytes: a batch is read by 4 MB, but one value may be as long as a file
SOCKET_BUFFER = 1024**2  # bytes
_HEADER = struct.Struct("!BQQ")  # kind, bytes of plain data, bytes of Arrow data


class Kind(IntEnum):
    """What a frame says."""

    # to the child
    CALL = 1  #: a method's name and its arguments; the first call makes the object
    STOP = 2  #: give no more items
    # from the child
    RESULT = 3
    STREAM = 4  #: items follow
    ITEM = 5
    END = 6  #: of the items
    ERROR = 7  #: an exception that the caller expects
    FAULT = 8  #: any other exception


@dataclass(frozen=True)
class Frame:
    """What was received."""

    kind: Kind
    plain: memoryview
    arrow: pa.Buffer


class Disconnected(Exception):
    """The other side has closed the connection, or its process has ended."""


class InvalidFrame(Exception):
    """What was received, or is to be sent, is no frame of ours."""


#: Fill a buffer from the socket; wait as long as the side allows. Raises Disconnected.
Fill = Callable[[memoryview], None]


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets."""
    ends = socket.socketpair()
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER)
    return ends


def parts_of(kind: Kind, plain: bytes, arrow: Any = b"") -> Sequence[Any]:
    """Return the bytes of a frame, to be sent one after the other. Raises InvalidFrame where one is too large."""
    arrow = memoryview(arrow)
    if len(plain) > MAX_PLAIN or len(arrow) > MAX_ARROW:
        raise InvalidFrame
    head = _HEADER.pack(kind, len(plain), len(arrow)) + plain
    return [head, arrow] if len(arrow) else [head]


def read(fill: Fill) -> Frame:
    """Return the next frame. Raises Disconnected and InvalidFrame."""
    head = bytearray(_HEADER.size)
    fill(memoryview(head))
    kind, plain_size, arrow_size = _HEADER.unpack(head)
    if kind not in set(Kind) or plain_size > MAX_PLAIN or arrow_size > MAX_ARROW:
        raise InvalidFrame
    plain = bytearray(plain_size)
    fill(memoryview(plain))
    # Aligned, as Arrow wants it, and not zeroed before it is filled.
    arrow = pa.allocate_buffer(arrow_size)
    if arrow_size:
        fill(memoryview(arrow))
    return Frame(Kind(kind), memoryview(plain), arrow)


def fill_from(end: socket.socket) -> Fill:
    """Return what fills a buffer from a socket that waits as long as it takes."""

    def fill(buffer: memoryview) -> None:
        while buffer:
            try:
                received = end.recv_into(buffer)
            except ConnectionResetError as error:  # the other side had not read everything
                raise Disconnected from error
            if not received:
                raise Disconnected
            buffer = buffer[received:]

    return fill
