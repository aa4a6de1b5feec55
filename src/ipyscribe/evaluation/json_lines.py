"""A file of JSON lines that grows, of which the last line of each key holds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from ipyscribe.errors import StorageError
from ipyscribe.metrics.run_score import to_json
from ipyscribe.tape.atomic_write import atomic_write

Line = TypeVar("Line", bound=msgspec.Struct)
_MOST_OVERTAKEN = 1_000


class JsonLines(Generic[Line]):
    """Lines of a kind in a file to which other programs may append too; ``key`` tells them apart."""

    def __init__(
        self, file: Path, kind: type[Line], key: Callable[[Line], str], from_json: Callable[[type, Any], Any]
    ) -> None:
        self._file, self._key = file, key
        self._decoder = msgspec.json.Decoder(kind, dec_hook=from_json)
        self._inode = self._read_bytes = 0

    def read(self, *, alone: bool) -> dict[str, Line]:
        """The last line of each key among those that were neither read nor appended here. Raises ``OSError``.

        ``alone`` is true where no other program appends: lines that were overtaken are then removed once they are the
        most.
        """
        lines: dict[str, Line] = {}
        if not self._file.exists():
            return lines
        with self._file.open("rb") as stored:
            begin_bytes = self._begin(os.fstat(stored.fileno()).st_ino)
            stored.seek(begin_bytes)
            count = 0
            for line in stored:
                count += 1
                if not line.endswith(b"\n"):  # a program was killed while it wrote it, or one is about to write it
                    break
                self._read_bytes += len(line)
                with contextlib.suppress(msgspec.DecodeError):
                    decoded = self._decoder.decode(line)
                    lines[self._key(decoded)] = decoded
        if alone and not begin_bytes and count > 2 * len(lines) + _MOST_OVERTAKEN:
            with contextlib.suppress(StorageError):
                atomic_write(self._file, encoded(lines.values()))
                self._inode, self._read_bytes = self._file.stat().st_ino, self._file.stat().st_size
        return lines

    def append(self, lines: Iterable[Line]) -> None:
        """Write lines at the end. Raises ``OSError``."""
        content = encoded(lines)
        if not content:
            return
        with self._file.open("ab+", buffering=0) as file:
            end_bytes = file.seek(0, os.SEEK_END)
            if end_bytes:
                file.seek(end_bytes - 1)
                content = content if file.read(1) == b"\n" else b"\n" + content
            file.write(content)
            if end_bytes == self._begin(os.fstat(file.fileno()).st_ino):
                self._read_bytes += len(content)

    def _begin(self, inode: int) -> int:
        """Where what is new begins; at 0 if the file was replaced by a shorter one."""
        if inode != self._inode:
            self._inode, self._read_bytes = inode, 0
        return self._read_bytes


def encoded(lines: Iterable[msgspec.Struct]) -> bytes:
    """``lines`` as they are written."""
    return b"".join(to_json(line) + b"\n" for line in lines)
