"""The sound of a session, or of a stretch of it, as an audio file."""

from __future__ import annotations

import io
import wave

from ipyscribe.audio import SAMPLE_RATE_HZ
from ipyscribe.errors import MissingDependencyError
from ipyscribe.export.exportable import Exportable, sound_of
from ipyscribe.export.time_range import stretch_of


def to_wav(
    what: Exportable,
    *,
    audio: bytes | None = None,
    turn: int | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    lane: str | None = None,
) -> bytes:
    """A WAV file, 16 kHz mono PCM16: the whole, the words of a ``turn`` (its order), or a stretch in ms.

    Several models have heard the same; ``lane`` is the label of the one whose ``turn`` it is. ``audio`` is the whole
    sound as PCM16 bytes where ``what`` has not kept it.
    """
    start_ms, end_ms = stretch_of(what, turn=turn, start_ms=start_ms, end_ms=end_ms, lane=lane)
    pcm16 = sound_of(what, audio, start_ms=start_ms, end_ms=end_ms)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(pcm16[: len(pcm16) // 2 * 2])
    return out.getvalue()


def to_flac(
    what: Exportable,
    *,
    audio: bytes | None = None,
    turn: int | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    lane: str | None = None,
) -> bytes:
    """The same as ``to_wav`` in about half the size, without loss. Raises ``MissingDependencyError``."""
    start_ms, end_ms = stretch_of(what, turn=turn, start_ms=start_ms, end_ms=end_ms, lane=lane)
    return _encoded(sound_of(what, audio, start_ms=start_ms, end_ms=end_ms), "FLAC")


def to_ogg(what: Exportable, *, audio: bytes | None = None) -> bytes:
    """The whole as Ogg Vorbis of about 32 kbit/s, for pages.

    Browsers (Safari since 18.4) play it and find each moment in it exactly; in the MP3 that libsndfile writes they
    are 70 ms late.
    """
    return _encoded(sound_of(what, audio), "OGG", subtype="VORBIS", compression_level=0.8)


def _encoded(pcm16: bytes, kind: str, **options: object) -> bytes:
    try:
        import numpy as np
        import soundfile
    except (ImportError, OSError) as error:
        raise MissingDependencyError("soundfile", purpose=f"Writing {kind}", extra="files") from error
    out = io.BytesIO()
    samples = np.frombuffer(pcm16[: len(pcm16) // 2 * 2], "<i2")
    with soundfile.SoundFile(out, "w", SAMPLE_RATE_HZ, 1, format=kind, **options) as file:
        for at in range(0, len(samples), SAMPLE_RATE_HZ):  # libsndfile crashes over long pieces of Vorbis
            file.write(samples[at : at + SAMPLE_RATE_HZ])
    return out.getvalue()
