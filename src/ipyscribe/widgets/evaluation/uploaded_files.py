"""A folder of files that a page sends in chunks, written to a temporary folder of the kernel's computer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from ipyscribe.errors import ParameterError, StorageError
from ipyscribe.evaluation.shipped_corpora import SOUND_SUFFIXES

CHUNK_BYTES = 262_144
IN_FLIGHT = 32
"""Chunks that are on their way at most."""
_UNSUITABLE = ("", ".", "..")
_LARGEST_TEXT_BYTES = 100_000_000

Json = dict[str, Any]


class UploadedFiles:
    """The files of a dropped folder ``name``, without hidden ones and large ones that are no sound.

    ``offered`` is ``{"path": "a/1.wav", "size": 1234}`` for each file, sizes in bytes. The kernel asks for chunks, a
    few at a time, so that neither side holds more than those. Raises ``ParameterError`` where there is no sound file,
    or a path leads out of the folder, ``StorageError`` where nothing can be written.
    """

    def __init__(self, name: str, offered: Sequence[Json]) -> None:
        files = [(number, _path_of(file), _size_of(file)) for number, file in enumerate(offered)]
        wanted = [file for file in files if _is_usable(*file[1:])]
        if not any(_suffix(path) in SOUND_SUFFIXES for _, path, _ in wanted):
            raise ParameterError(
                f"{name!r:.80} contains no sound files.",
                advice="Drop a folder of sound files, each with its text beside it, or with one table of all texts.",
            )
        self.name = name
        self.bytes_total = sum(size for _, _, size in wanted)
        self.bytes_received = 0
        self._temporary = tempfile.TemporaryDirectory(prefix="ipyscribe-recordings-", ignore_cleanup_errors=True)
        self.folder = Path(self._temporary.name)
        self._paths = {number: self.folder / path for number, path, _ in wanted}
        self._waiting = _chunks(wanted)
        self._in_flight: set[tuple[int, int, int]] = set()
        try:
            for path in self._paths.values():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        except OSError as error:
            raise self._unwritable(error) from None

    @property
    def complete(self) -> bool:
        """Whether every file is there."""
        return self.bytes_received == self.bytes_total

    @property
    def share(self) -> float:
        """The share of the bytes that have arrived."""
        return self.bytes_received / self.bytes_total if self.bytes_total else 1.0

    def next_chunks(self) -> list[Json]:
        """The chunks to ask for now: the number of a file as it was offered, and where its bytes start and end."""
        chunks = list(islice(self._waiting, IN_FLIGHT - len(self._in_flight)))
        self._in_flight.update(chunks)
        return [{"file": file, "start": start, "end": end} for file, start, end in chunks]

    def receive(self, file: object, start: object, data: bytes) -> None:
        """Write a chunk; one that was not asked for is ignored. Raises ``StorageError``."""
        chunk = next((each for each in self._in_flight if each[:2] == (file, start)), None)
        if chunk is None:
            return
        number, at, end = chunk
        if len(data) != end - at:
            path = self._paths[number].relative_to(self.folder)
            raise StorageError(f"{str(path)!r} changed while it was sent.", advice="Drop the folder again.")
        try:
            with self._paths[number].open("r+b") as out:
                out.seek(at)
                out.write(data)
        except OSError as error:
            raise self._unwritable(error) from None
        self._in_flight.remove(chunk)
        self.bytes_received += len(data)

    def remove(self) -> None:
        """Delete the files; any number of times."""
        self._temporary.cleanup()

    def _unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            f"The recordings cannot be written to {str(self.folder)!r} ({error.strerror or error}).",
            advice="Make room there, or set TMPDIR to another folder before Python starts.",
        )


def _path_of(file: object) -> PurePosixPath:
    path = file.get("path") if isinstance(file, dict) else None
    parts = path.split("/") if isinstance(path, str) else [""]
    unsuitable = any(part in _UNSUITABLE or "\\" in part or "\0" in part for part in parts)
    if unsuitable or any("\ud800" <= letter <= "\udfff" for part in parts for letter in part):
        raise ParameterError(f"{path!r:.80} is not a file in the folder.", advice="Drop the folder again.")
    return PurePosixPath(*parts)


def _size_of(file: Json) -> int:
    size = file.get("size")
    return max(0, size) if isinstance(size, int) else 0


def _is_usable(path: PurePosixPath, size: int) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and (_suffix(path) in SOUND_SUFFIXES or size <= _LARGEST_TEXT_BYTES)


def _suffix(path: PurePosixPath) -> str:
    return path.suffix.lower()


def _chunks(files: Sequence[tuple[int, PurePosixPath, int]]) -> Iterator[tuple[int, int, int]]:
    for number, _, size in files:
        for start in range(0, size, CHUNK_BYTES):
            yield number, start, min(start + CHUNK_BYTES, size)
