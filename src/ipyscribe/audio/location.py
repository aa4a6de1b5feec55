"""Where the bytes of a sound file come from: a path, a ``file://`` address, a pipe, or an open file."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from ipyscribe.audio.decoder import CONVERT
from ipyscribe.errors import AudioFileError, ParameterError

# pathlib makes "https:/…" of "https://…".
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]+://|(?:https?|ftp|s3|gs):/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Location:
    """A regular file by its ``path``, the full ``content`` of a file object, or a ``pipe`` that is read once.

    ``pipe`` is the path of a named pipe, or a file object that cannot seek. ``name`` is its name for messages.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    pipe: Path | BinaryIO | None = None


def locate(file: str | os.PathLike[str] | BinaryIO) -> Location:
    """Classify ``file``. Raises AudioFileError or ParameterError if nothing can be read from it."""
    if isinstance(file, str | os.PathLike):
        return _locate_path(file)
    if not callable(getattr(file, "read", None)):
        raise ParameterError(
            f"AudioFile got {type(file).__name__}; it takes a path or a file opened with mode 'rb'.",
            advice="For samples in memory use AudioArray(samples, sample_rate).",
        )
    name = str(getattr(file, "name", "in-memory file"))
    seekable = getattr(file, "seekable", None)
    if seekable is None or not seekable():
        return Location(name, pipe=file)
    file.seek(0)
    content = file.read()
    if not isinstance(content, bytes):
        raise ParameterError(f"{name!r} was opened as text.", advice="Open it with mode 'rb'.")
    if not content:
        raise AudioFileError(f"{name!r} is empty (0 bytes).", advice=CONVERT)
    return Location(name, content=content)


def _locate_path(file: str | os.PathLike[str]) -> Location:
    text = os.fspath(file)
    if not isinstance(text, str):
        raise ParameterError(f"The path {text!r} is bytes, not text.", advice="Use os.fsdecode(path).")
    if text.lower().startswith("file://"):
        text = _path_of_file_url(text)
    elif _ADDRESS.match(text):
        shown = re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", text)[0])
        raise AudioFileError(
            f"{shown!r} is a URL, and URLs are not downloaded.",
            advice="Download it first, e.g. with curl -LO URL, and give the path of the file.",
        )
    path = Path(text).expanduser()
    check_readable(path)
    if stat.S_ISFIFO(path.stat().st_mode):
        return Location(str(file), pipe=path)
    return Location(str(file), path=path)


def _path_of_file_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise AudioFileError(
            f"{url!r} is a file on the machine {parts.netloc!r}; only files on this machine are read.",
            advice="Copy it here, and give its path.",
        )
    path = unquote(parts.path)
    return path.lstrip("/") if re.match(r"/[A-Za-z]:", path) else path


def check_readable(path: Path) -> None:
    """Raise AudioFileError unless ``path`` is a file with something in it, or a pipe."""
    try:
        mode, size = path.stat().st_mode, path.stat().st_size
        if stat.S_ISDIR(mode):
            raise AudioFileError(
                f"{str(path)!r} is a folder, not a sound file.", advice="Give the path of a file in it."
            )
        if stat.S_ISFIFO(mode):
            return
        if not stat.S_ISREG(mode):
            raise AudioFileError(
                f"{str(path)!r} is a device or a socket, not a sound file.",
                advice="For a microphone use Microphone(); for sound from another program give a pipe or PushSource.",
            )
        with path.open("rb"):
            pass
    except AudioFileError:
        raise  # it is a ValueError too
    except FileNotFoundError as error:
        raise AudioFileError(
            f"There is no file {str(path)!r}.",
            advice=f"Check the spelling; relative paths start at {str(Path.cwd())!r}.",
        ) from error
    except (OSError, ValueError) as error:
        raise AudioFileError(
            f"{str(path)!r} cannot be opened ({getattr(error, 'strerror', None) or error}).",
            advice="Check its permissions.",
        ) from error
    if size == 0:
        raise AudioFileError(f"{str(path)!r} is empty (0 bytes).", advice=CONVERT)
