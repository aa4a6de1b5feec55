"""WebSocket frames (RFC 6455, sections 5.2 to 5.5), written and read without a socket.

A session wakes forty times a second, briefly each time, so its code is seldom in the processor's cache and
its size is what counts: websocket-client's own reading and writing, with three calls of the
system for each frame that comes, takes as long as all the rest of a session.
"""

from __future__ import annotations

import os
from functools import lru_cache
from struct import Struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
MAX_MESSAGE_BYTES = 4 * 2**20
MAX_FRAGMENTS = 4096
_WHOLE_TEXT = 0x81
_HEAD = Struct(">BBH")
_TEXT_HEAD = Struct(">HH")
_WHOLE_LONG_TEXT = _WHOLE_TEXT << 8 | 126
_FINAL, _MASKED, _RESERVED, _OPCODE = 0x80, 0x80, 0x70, 0x0F
_KEYS_BYTES = 1024
_keys: list[bytes] = []
"""Random, each for one frame: to ask the system for each took a fifth of the time of a frame."""
if hasattr(os, "register_at_fork"):  # or parent and child would use the same ones
    os.register_at_fork(after_in_child=_keys.clear)


class FrameError(Exception):
    """The server broke RFC 6455, or sent more than ``MAX_MESSAGE_BYTES`` or ``MAX_FRAGMENTS`` in a message."""


def encode(opcode: int, payload: bytes) -> bytes:
    """One complete frame of a client, masked with a fresh key."""
    first, length = _FINAL | opcode, len(payload)
    if 126 <= length < 2**16:  # a chunk of sound
        head = _HEAD.pack(first, _MASKED | 126, length)
    elif length < 126:
        head = bytes((first, _MASKED | length))
    else:
        head = bytes((first, _MASKED | 127)) + length.to_bytes(8, "big")
    try:
        key = _keys.pop()
    except IndexError:
        fresh = os.urandom(_KEYS_BYTES)
        _keys.extend([fresh[at : at + 4] for at in range(4, _KEYS_BYTES, 4)])
        key = fresh[:4]
    from_bytes, keys = int.from_bytes, length // 4 + 1
    mask = from_bytes(key, "little") * _each_fourth_byte(keys)
    return head + key + (from_bytes(payload, "little") ^ mask).to_bytes(4 * keys, "little")[:length]


@lru_cache(maxsize=32)
def _each_fourth_byte(count: int) -> int:
    """A factor that writes a number of four bytes ``count`` times in a row."""
    return int.from_bytes(b"\1\0\0\0" * count, "little")


class FrameReader:
    """Whole messages and control frames out of a stream of bytes that is cut anywhere."""

    def __init__(self) -> None:
        self._buffer = b""
        self._opcode = CONTINUATION
        self._pieces: list[bytes] = []
        self._piece_bytes = 0

    def only_text(self, data: memoryview) -> bytes | None:
        """The payload where ``data`` is one text message of 126 to 65,535 bytes and nothing else, as nearly always."""
        if len(data) < 4 or self._buffer or self._pieces:
            return None
        head, length = _TEXT_HEAD.unpack_from(data)
        return bytes(data[4:]) if head == _WHOLE_LONG_TEXT and length == len(data) - 4 else None

    def feed(self, data: bytes | memoryview) -> list[tuple[int, bytes]]:
        """What is complete after ``data``: (opcode, payload) in order. Raises ``FrameError``."""
        buffer = self._buffer + data
        complete: list[tuple[int, bytes]] = []
        begin = 0
        while len(buffer) - begin >= 2:
            first, length = buffer[begin], buffer[begin + 1]
            start = begin + 2
            if length >= _MASKED or first & _RESERVED:
                raise FrameError("a masked or extended frame")
            if length > 125:
                start += 2 if length == 126 else 8
                length = int.from_bytes(buffer[begin + 2 : start], "big")
            if len(buffer) >= start and length > MAX_MESSAGE_BYTES:
                raise FrameError(f"a frame of {length} bytes")
            if len(buffer) < start + length:
                break
            begin = start + length
            if first == _WHOLE_TEXT and not self._pieces:
                complete.append((TEXT, buffer[start:begin]))
            else:
                self._add(first, buffer[start:begin], complete)
        self._buffer = buffer[begin:]
        return complete

    def _add(self, first: int, payload: bytes, complete: list[tuple[int, bytes]]) -> None:
        opcode = first & _OPCODE
        if opcode >= CLOSE:
            complete.append((opcode, payload))
        elif (opcode == CONTINUATION) != bool(self._pieces):
            raise FrameError("a new message within a fragmented one, or a continuation of none")
        elif first & _FINAL and not self._pieces:
            complete.append((opcode, payload))
        else:
            self._piece(opcode, payload)
            if first & _FINAL:
                complete.append((self._opcode, b"".join(self._pieces)))
                self._pieces = []

    def _piece(self, opcode: int, payload: bytes) -> None:
        self._opcode = opcode or self._opcode
        self._piece_bytes = len(payload) + (self._piece_bytes if self._pieces else 0)
        self._pieces.append(payload)
        if self._piece_bytes > MAX_MESSAGE_BYTES:
            raise FrameError("a message of too many bytes")
        if len(self._pieces) > MAX_FRAGMENTS:
            raise FrameError("a message of too many fragments")
