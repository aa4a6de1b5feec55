"""The parts of a tape: files of a folder while it is recorded, members of one zip file once it is saved.

A part is read by its exact name and never extracted, so that no name in a file leads outside of it.
"""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from ipyscribe.errors import StorageError
from ipyscribe.tape.manifest import MANIFEST, malformed

MOST_PARTS = 100_000
_MOST_PART_BYTES = 12 * 2**20
_MOST_COLUMNS_BYTES = 24 * 2**20
MOST_BYTES = 2 * 2**30
_PIECE_BYTES = 2**20
_PART = re.compile(r"manifest\.json|lanes/\d{1,3}/(\d{5,7}|sound)\.jsonl|audio\.(flac|wav)|audio/\d{5,7}\.pcm")
_LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
_SIGNATURE = b"PK\x03\x04"
_SOUND = ("audio.flac", "audio.wav")


class TapeStorage(Protocol):
    """The parts of one tape. ``cut_off`` is true where the end of it is missing."""

    name: str
    cut_off: bool

    def parts(self) -> list[str]:
        """The names of its parts, sorted."""
        ...

    def read(self, part: str) -> bytes:
        """All bytes of a part. Raises ``TapeError`` and ``StorageError``."""
        ...

    def open_sound(self, part: str) -> BinaryIO:
        """Open a part that is not compressed, for reading and seeking. Raises ``TapeError`` and ``StorageError``."""
        ...


@contextlib.contextmanager
def read_errors(name: str) -> Iterator[None]:
    """Errors of the system while the tape called ``name`` is read, as ``StorageError``."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"{name} cannot be read ({error.strerror or error}).",
            advice="Check the disk, that it is still there, and that you may read it.",
            cause=error,
        ) from None


class FolderStorage:
    """A tape in a folder, as it is while it is recorded, or after its program was killed."""

    cut_off = False

    folder: Path

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"The folder {folder.name!r}"

    def parts(self) -> list[str]:
        """The names of its parts, sorted. Raises ``StorageError`` where the folder has vanished."""
        folder = self.folder
        with read_errors(self.name):
            folder.stat()  # rglob finds nothing in a folder that is not there
            paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        names = (path.relative_to(folder).as_posix() for path in paths)
        return sorted(name for name in names if _PART.fullmatch(name))

    def read(self, part: str) -> bytes:
        """All bytes of a part. Raises ``TapeError`` and ``StorageError``."""
        path = self.folder / part
        with read_errors(f"{self.name}: {part}"):
            if path.stat().st_size > _most_bytes(part):
                raise malformed(self.name, f"{part} is larger than any part may be")
            return path.read_bytes()

    def open_sound(self, part: str) -> BinaryIO:
        """Open a part that is not compressed, for reading and seeking. Raises ``StorageError``."""
        with read_errors(f"{self.name}: {part}"):
            return (self.folder / part).open("rb")


class ZipStorage:
    """A tape in one file. Of a truncated file the parts that are there can be read."""

    def __init__(self, content: Path | bytes, name: str) -> None:
        self.name = name
        self.cut_off = False
        self._content = content
        self._entries = self._listed()

    def parts(self) -> list[str]:
        """The names of its parts, sorted."""
        return sorted(self._entries)

    def read(self, part: str) -> bytes:
        """All bytes of a part. Raises ``TapeError`` and ``StorageError``."""
        entry = self._entries.get(part)
        if entry is None:
            raise malformed(self.name, f"it has no {part}")
        if entry.size > _most_bytes(part):
            raise malformed(self.name, f"{part} is larger than any part may be ({entry.size:,} bytes)")
        with read_errors(self.name), self._open() as file:
            file.seek(entry.start)
            packed = file.read(min(entry.packed, _most_bytes(part)))
        if entry.stored:
            return packed[: entry.size]
        try:
            plain = _inflated(packed, entry.size)
        except zlib.error as error:
            raise malformed(self.name, f"{part} cannot be unpacked ({error})") from None
        if len(plain) > entry.size:
            raise malformed(self.name, f"{part} is longer than it says")
        if not entry.cut and (len(plain) != entry.size or zlib.crc32(plain) != entry.crc):
            raise malformed(self.name, f"{part} is damaged")
        return plain

    def open_sound(self, part: str) -> BinaryIO:
        """Open a part that is not compressed, for reading and seeking. Raises ``TapeError`` and ``StorageError``."""
        entry = self._entries[part]
        if not entry.stored:
            raise malformed(self.name, f"{part} is compressed")
        with read_errors(self.name):
            return io.BufferedReader(_Window(self._open(), entry.start, entry.packed))

    def _open(self) -> BinaryIO:
        return io.BytesIO(self._content) if isinstance(self._content, bytes) else self._content.open("rb")

    def _listed(self) -> dict[str, _Entry]:
        with self._open() as file:
            if file.read(4) != _SIGNATURE:
                raise malformed(self.name, "it does not start like a zip file")
            length = file.seek(0, io.SEEK_END)
            try:
                with zipfile.ZipFile(file) as archive:
                    infos = archive.infolist()
                entries = [_of_directory(file, info) for info in infos[: MOST_PARTS + 1]]
            except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError, EOFError):
                self.cut_off = True
                entries = _scanned(file, length)
        return self._checked(entries, length)

    def _checked(self, entries: list[_Entry], length: int) -> dict[str, _Entry]:
        if len(entries) > MOST_PARTS:
            raise malformed(self.name, f"it has more than {MOST_PARTS:,} parts")
        checked: dict[str, _Entry] = {}
        for entry in entries:
            if not _PART.fullmatch(entry.name):
                continue
            if entry.name in checked:
                raise malformed(self.name, f"it has {entry.name} twice")
            if not entry.plain:
                raise malformed(self.name, f"{entry.name} is encrypted, or packed in another way than deflate")
            if entry.start + entry.packed > length and not entry.cut:
                raise malformed(self.name, f"{entry.name} lies beyond the end of the file")
            checked[entry.name] = entry
        if sum(entry.size for name, entry in checked.items() if name not in _SOUND) > MOST_BYTES:
            raise malformed(self.name, "it unpacks to more than 2 GiB of text")
        if MANIFEST not in checked:
            raise malformed(self.name, f"it has no {MANIFEST}")
        return checked


class _Entry:
    """One member of a zip file; ``cut`` where the file ends within it."""

    __slots__ = ("crc", "cut", "name", "packed", "plain", "size", "start", "stored")

    def __init__(
        self, name: str, start: int, packed: int, size: int, crc: int, *, method: int, flags: int, cut: bool = False
    ) -> None:
        self.name, self.start, self.packed, self.size, self.crc, self.cut = name, start, packed, size, crc, cut
        self.stored = method == zipfile.ZIP_STORED
        self.plain = method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not flags & 0x1


def _most_bytes(part: str) -> int:
    return _MOST_COLUMNS_BYTES if part.endswith("sound.jsonl") else _MOST_PART_BYTES


def _inflated(packed: bytes, size: int) -> bytes:
    """The first ``size`` + 1 bytes of deflated data, in as much memory. Raises ``zlib.error``."""
    inflating, plain = zlib.decompressobj(-15), bytearray()
    while packed and not inflating.eof and len(plain) <= size:
        piece = inflating.decompress(packed, min(_PIECE_BYTES, size + 1 - len(plain)))
        if not piece and packed == inflating.unconsumed_tail:
            break
        plain += piece
        packed = inflating.unconsumed_tail
    if not packed and not inflating.eof:
        plain += inflating.flush()
    return cast(bytes, plain)  # a copy would take the memory again


def _of_directory(file: BinaryIO, info: zipfile.ZipInfo) -> _Entry:
    file.seek(info.header_offset)
    head = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if head[0] != _SIGNATURE:
        raise zipfile.BadZipFile("no local header where the directory says that one is")
    start = info.header_offset + _LOCAL_HEADER.size + head[9] + head[10]
    return _Entry(
        info.filename, start, info.compress_size, info.file_size, info.CRC,
        method=info.compress_type, flags=info.flag_bits,
    )  # fmt: skip


def _scanned(file: BinaryIO, length: int) -> list[_Entry]:
    """The parts of a file without a central directory, found by their local headers."""
    entries: list[_Entry] = []
    at = 0
    while len(entries) <= MOST_PARTS:
        file.seek(at)
        head = file.read(_LOCAL_HEADER.size)
        if len(head) < _LOCAL_HEADER.size or head[:4] != _SIGNATURE:
            return entries
        _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL_HEADER.unpack(head)
        name = file.read(name_length).decode("utf-8", "replace")
        start = at + _LOCAL_HEADER.size + name_length + extra_length
        cut = start + packed > length
        there = max(0, length - start) if cut else packed
        entries.append(_Entry(name, start, there, size, crc, method=method, flags=flags, cut=cut))
        at = start + packed
    return entries


class _Window(io.RawIOBase):
    """A range of bytes of a file as a file of its own."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._start, self._length, self._at = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = min(max(0, base + offset), self._length)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._start + self._at)
        data = self._file.read(min(len(buffer), self._length - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
