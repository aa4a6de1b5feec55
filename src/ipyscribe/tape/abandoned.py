"""Tapes in the folder of temporary files whose program was killed before it could take them away.

The folder of a tape holds a file that its program keeps locked: the system lets go of the lock when the program ends,
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
from pathlib import Path
from typing import BinaryIO

from ipyscribe.tape.manifest import MANIFEST

FOLDER = "ipyscribe-tape-"
SAVING = "ipyscribe-save-"
KEPT_DAYS = 7
"""For so long after the last word that was written can a tape be had that its program left behind."""
_HELD = "held"


def hold(folder: Path) -> BinaryIO:
    """Say that the tape in ``folder`` is in use until the file that comes back is closed."""
    file = (folder / _HELD).open("wb")
    with contextlib.suppress(OSError):  # a file system without locks
        _lock(file, wait=True)
    return file


def left_behind() -> tuple[Path, ...]:
    """The folders of this user's tapes that no running program holds, the oldest first."""
    found = [folder for folder in _abandoned() if folder.name.startswith(FOLDER) and (folder / MANIFEST).is_file()]
    return tuple(sorted(found, key=_newest_s))


def remove(folder: Path) -> None:
    """Take away one of them, as far as the system lets it."""
    shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def clear_old() -> None:
    """Take away what was left behind more than ``KEPT_DAYS`` ago, sound and all; once in a program."""
    oldest_s = time.time() - 86_400 * KEPT_DAYS
    for folder in _abandoned():
        if _newest_s(folder) < oldest_s:
            remove(folder)


def _abandoned() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).iterdir():
            if folder.name.startswith((FOLDER, SAVING)) and _is_own(folder) and not _is_held(folder):
                yield folder


def _is_own(folder: Path) -> bool:
    """A folder of this user, and no link to one."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid())


def _is_held(folder: Path) -> bool:
    try:
        with (folder / _HELD).open("rb+") as file:
            _lock(file, wait=False)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _newest_s(folder: Path) -> float:
    """When anything in it was last written; infinity where that cannot be seen."""
    try:
        return max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return float("inf")


def _lock(file: BinaryIO, *, wait: bool) -> None:
    """Raises ``OSError`` where another program has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
