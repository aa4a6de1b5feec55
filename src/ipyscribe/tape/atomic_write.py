"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from ipyscribe.errors import ParameterError


def atomic_write(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of what is at ``path``, at once or not at all. Raises ``ParameterError``."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise ParameterError(f"{str(path)!r} is not a file.", advice="Give the name of a file in it, or another path.")
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
        part.replace(target)
    except OSError as error:
        raise ParameterError(
            f"{str(path)!r} cannot be written ({error.strerror or error}).",
            advice="Check the folder, and that you may write there.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
