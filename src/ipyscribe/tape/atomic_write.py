"""Files that are written completely or not at all."""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import glob
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ipyscribe.errors import StorageError

_LONGEST_NAME = 100
_UNFINISHED_S = 3600.0
"""Age at which what a program was writing is taken to be left behind: it was killed."""
_LISTED_FOR_S = 600.0


def atomic_write(path: Path, data: bytes) -> None:
    """Replace the file at ``path`` with ``data``. Raises ``StorageError``, and then leaves the old file."""
    with atomic_writer(path) as file:
        file.write(data)


@contextlib.contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """A new file that replaces the one at ``path`` when the block ends without an exception.

    Raises ``StorageError``, also for an ``OSError`` that the block raises.
    """
    part: Path | None = None
    try:
        target = _real_path(path)
        if target.exists() and not target.is_file():
            raise StorageError(
                f"{str(path)!r} is not a file.", advice="Give the name of a file in it, or another path."
            )
        name = f".{target.name[:_LONGEST_NAME]}"
        clear_unfinished(target.parent, f"{glob.escape(name)}.{'[0-9a-f]' * 8}.part")
        part = target.with_name(f"{name}.{secrets.token_hex(4)}.part")
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written ({error.strerror or error}).",
            advice="Check the folder and that you may write there, or make room on the disk.",
            cause=error,
        ) from error
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()


def clear_unfinished(folder: Path, pattern: str) -> None:
    """Delete what killed programs left in ``folder`` under hidden names that match ``pattern``, as far as possible.

    The folder is listed once in ten minutes, not for each of thousands of files that are saved there.
    """
    for name in fnmatch.filter(_hidden_names(folder, int(time.monotonic() / _LISTED_FOR_S)), pattern):
        path = folder / name
        with contextlib.suppress(OSError):
            newest_s = max(each.lstat().st_mtime for each in (path, *path.rglob("*")))
            if time.time() - newest_s > _UNFINISHED_S:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()


@functools.lru_cache(maxsize=16)
def _hidden_names(folder: Path, _period: int) -> tuple[str, ...]:
    """The names in ``folder`` that start with a dot, as they were when first listed in a period of ten minutes."""
    try:
        return tuple(name for name in os.listdir(folder) if name.startswith("."))
    except OSError:
        return ()


def _real_path(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:  # it holds a null character
        raise StorageError(f"{str(path)!r:.200} is not the name of a file ({error}).") from None
