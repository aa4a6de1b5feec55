"""Recordings left behind in the folder of temporary files by programs that were killed.

The folder of a tape holds a file that its program keeps locked: the system releases the lock when the program ends,
however it ends.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from ipyscribe.tape.manifest import MANIFEST

FOLDER = "ipyscribe-tape-"
SAVING = "ipyscribe-save-"
KEPT_DAYS = 7
"""Days after the last write for which an abandoned tape is kept."""
_LOCK_FILE = "lock"


def hold(folder: Path) -> BinaryIO:
    """Mark the tape in ``folder`` as in use until the returned file is closed."""
    file = (folder / _LOCK_FILE).open("wb")
    with contextlib.suppress(OSError):  # a file system without locks
        _lock(file, wait=True)
    return file


def try_hold(folder: Path) -> BinaryIO | None:
    """Like ``hold``, without waiting; None where it is in use. Raises ``OSError`` where it cannot be written to."""
    file = (folder / _LOCK_FILE).open("wb")
    with contextlib.suppress(OSError):  # a file system without locks
        try:
            _lock(file, wait=False)
        except (BlockingIOError, PermissionError):
            file.close()
            return None
    return file


def abandoned_tapes() -> tuple[Path, ...]:
    """The folders of this user's tapes that no running program holds, the oldest first."""
    tapes = [folder for folder in _own_folders() if folder.name.startswith(FOLDER) and (folder / MANIFEST).is_file()]
    return tuple(sorted([folder for folder in tapes if not _is_held(folder)], key=_last_write_s))


def remove(folder: Path) -> None:
    """Delete ``folder``, as far as the system allows."""
    shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def clear_old() -> None:
    """Delete tapes abandoned more than ``KEPT_DAYS`` ago, sound and all; once in a program."""
    oldest_s = time.time() - 86_400 * KEPT_DAYS
    for folder in _own_folders():
        if _was_written_before(folder, oldest_s) and not _is_held(folder):
            remove(folder)


def _own_folders() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).iterdir():
            if folder.name.startswith((FOLDER, SAVING)) and _is_own(folder):
                yield folder


def _is_own(folder: Path) -> bool:
    """Whether it is a folder of this user, and not a link to one."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())


def _is_held(folder: Path) -> bool:
    try:
        with (folder / _LOCK_FILE).open("rb+") as file:
            _lock(file, wait=False)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _was_written_before(folder: Path, time_s: float) -> bool:
    """Whether nothing in it was written at ``time_s`` or later; false where that cannot be found out."""
    try:
        return all(path.lstat().st_mtime < time_s for path in chain((folder,), folder.rglob("*")))
    except OSError:
        return False


def _last_write_s(folder: Path) -> float:
    """When anything in it was last written; infinity where that cannot be found out."""
    try:
        return max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return float("inf")


def _lock(file: BinaryIO, *, wait: bool) -> None:
    """Lock ``file`` for this program. Raises ``OSError`` where another program has locked it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
