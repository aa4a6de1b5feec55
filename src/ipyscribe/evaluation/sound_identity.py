"""By what the sound of a recording is recognised: its samples, whatever the name and the format of its file."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from hashlib import blake2b

from ipyscribe.errors import AudioFileError
from ipyscribe.evaluation.recording import Recording

Stamp = tuple[int | str, ...]


def sound_digest(recording: Recording) -> str:
    """A digest of its sound as a session sends it: decoded, 16 kHz, mono, the chosen part alone.

    Of a file that is damaged it is the part before the damage. Raises ``AudioFileError`` for one that cannot be opened.
    """
    digest = blake2b(digest_size=16)
    for pcm in _decoded(recording):
        digest.update(pcm)
    return digest.hexdigest()


def pcm_of(recording: Recording) -> bytes:
    """The same sound as 16 kHz PCM16 mono. Raises ``AudioFileError``."""
    return b"".join(_decoded(recording))


def _decoded(recording: Recording) -> Iterator[bytes]:
    stream = recording.source(speed=math.inf).open()
    try:
        while not stream.ended:
            block = stream.read(0)
            if block is not None:
                yield block.pcm
    except AudioFileError:
        return
    finally:
        stream.close()


def stamp_of(recording: Recording) -> Stamp | None:
    """What shows at little cost that the content of a file has not changed: its size and time of change.

    Of a recording without a file it is a digest of its bytes; None for a file that is not there.
    """
    if recording.path is None:
        return (blake2b(recording.sound_bytes(), digest_size=16).hexdigest(),)
    try:
        status = os.stat(recording.path)
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns)
