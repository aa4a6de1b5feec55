"""The audio of a session, or of a time range of it, as an audio file."""

from __future__ import annotations

import io
import wave

from ipyscribe.audio import SAMPLE_RATE_HZ
from ipyscribe.errors import MissingDependencyError
from ipyscribe.export.exportable import Exportable, audio_of
from ipyscribe.export.time_range import time_range


def to_wav(
    exportable: Exportable,
    *,
    audio: bytes | None = None,
    turn: int | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    lane: str | None = None,
) -> bytes:
    """A WAV file, 16 kHz mono PCM16: all of it, the words of a ``turn`` (its order), or ``start_ms`` to ``end_ms``.

    Several models share one audio; ``lane`` is the label of the one whose ``turn`` it is. ``audio`` is the complete
    audio as PCM16 bytes where ``exportable`` has not kept it. Raises ``ParameterError``.
    """
    start_ms, end_ms = time_range(exportable, turn=turn, start_ms=start_ms, end_ms=end_ms, lane=lane)
    return wav_of(audio_of(exportable, audio, start_ms=start_ms, end_ms=end_ms))


def wav_of(pcm16: bytes) -> bytes:
    """16 kHz mono PCM16 as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(pcm16[: len(pcm16) // 2 * 2])
    return out.getvalue()


def to_flac(
    exportable: Exportable,
    *,
    audio: bytes | None = None,
    turn: int | None = None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    lane: str | None = None,
) -> bytes:
    """The same as ``to_wav`` in about half the size, without loss. Raises ``MissingDependencyError``."""
    start_ms, end_ms = time_range(exportable, turn=turn, start_ms=start_ms, end_ms=end_ms, lane=lane)
    return _encoded(audio_of(exportable, audio, start_ms=start_ms, end_ms=end_ms), "FLAC")


def to_ogg(exportable: Exportable, *, audio: bytes | None = None) -> bytes:
    """All of the audio as Ogg Vorbis of about 32 kbit/s, for pages.

    Browsers (Safari since 18.4) play it and seek in it exactly; in the MP3 that libsndfile writes they are 70 ms
    late.
    """
    return _encoded(audio_of(exportable, audio), "OGG", subtype="VORBIS", compression_level=0.8)


def _encoded(pcm16: bytes, container: str, **options: object) -> bytes:
    try:
        import numpy as np
        import soundfile
    except (ImportError, OSError) as error:
        raise MissingDependencyError("soundfile", purpose=f"Writing {container}", extra="files") from error
    out = io.BytesIO()
    samples = np.frombuffer(pcm16[: len(pcm16) // 2 * 2], "<i2")
    with soundfile.SoundFile(out, "w", SAMPLE_RATE_HZ, 1, format=container, **options) as file:
        for start in range(0, len(samples), SAMPLE_RATE_HZ):  # libsndfile crashes on long writes of Vorbis
            file.write(samples[start : start + SAMPLE_RATE_HZ])
    return out.getvalue()
