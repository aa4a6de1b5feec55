"""Files that are written completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ipyscribe.errors import StorageError

_LONGEST_NAME = 100


def atomic_write(path: Path, data: bytes) -> None:
    """Replace the file at ``path`` with ``data``. Raises ``StorageError``, and then leaves the old file."""
    with atomic_writer(path) as file:
        file.write(data)


@contextlib.contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """A new file that replaces the one at ``path`` when the block ends without an exception.

    Raises ``StorageError``, also for an ``OSError`` that the block raises.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise StorageError(f"{str(path)!r} is not a file.", advice="Give the name of a file in it, or another path.")
    part = target.with_name(f".{target.name[:_LONGEST_NAME]}.{secrets.token_hex(4)}.part")
    try:
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
        with contextlib.suppress(OSError):
            part.unlink()
