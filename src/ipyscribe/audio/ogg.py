"""The pages of an Ogg file: how long its sound is, and whether its end is there (RFC 3533)."""

from __future__ import annotations

import struct
from typing import BinaryIO

_HEADER = struct.Struct("<4sBBqIIIB")
_FIRST_PAGE, _LAST_PAGE = 2, 4
_NO_GRANULE = -1
_SOUND = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")


class OggPages:
    """What the pages of ``file`` say; their bodies are not read, except for the first of each stream.

    ``samples`` is the length of all sound streams that follow each other, at the rate of their granules: 48 kHz for
    Opus, the sample rate for the others. ``complete`` says that the last page is complete and marked as the last.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.samples = 0
        self.complete = True
        self._skipped: dict[int, int] = {}
        self._granules: dict[int, int] = {}
        self._unfinished: set[int] = set()
        size, at = file.seek(0, 2), 0
        while at < size and self.complete:
            file.seek(at)
            length = self._page(file.read(_HEADER.size + 255 + 64), size - at)
            at += length
            self.complete = length > 0
        self.samples += sum(self._length(serial) for serial in self._granules)
        self.complete = self.complete and not self._unfinished

    def _page(self, head: bytes, available: int) -> int:
        """Take note of the page that begins with ``head``; its length in bytes, 0 if it is not a complete page."""
        if len(head) < _HEADER.size or not head.startswith(b"OggS"):
            return 0
        _, _, flags, granule, serial, _, _, segments = _HEADER.unpack_from(head)
        length = int(_HEADER.size + segments + sum(head[_HEADER.size : _HEADER.size + segments]))
        if length > available:
            return 0
        packet = head[_HEADER.size + segments :]
        if flags & _FIRST_PAGE and packet.startswith(_SOUND):
            if serial in self._granules:  # a joined copy of the same file
                self.samples += self._length(serial)
            self._skipped[serial] = int.from_bytes(packet[10:12], "little") if packet.startswith(b"OpusHead") else 0
            self._granules[serial] = 0
            self._unfinished.add(serial)
        if serial in self._granules and granule != _NO_GRANULE:
            self._granules[serial] = granule
        if flags & _LAST_PAGE:
            self._unfinished.discard(serial)
        return length

    def _length(self, serial: int) -> int:
        return max(0, self._granules[serial] - self._skipped[serial])
