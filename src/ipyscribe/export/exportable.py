"""What can be exported: a transcript, or anything that has one, with its audio where that was kept."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from ipyscribe.audio import SAMPLE_RATE_HZ
from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.tape import Lane, Tape
from ipyscribe.transcript import Transcript

SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


class HasTranscript(Protocol):
    """A session, a replay, a widget, a tape or one of its lanes."""

    @property
    def transcript(self) -> Transcript: ...


class HasLanes(Protocol):
    """A comparison: several transcripts of the same audio, each under its label."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def lanes(self) -> tuple[Any, ...]: ...


Exportable: TypeAlias = Transcript | HasTranscript | HasLanes | str | os.PathLike[str]
"""A ``Transcript``, something that has one (or several), or the path of a tape."""


def opened(exportable: Exportable) -> Any:
    """The tape at ``exportable`` where that is a path, else ``exportable``. Raises ``TapeError``."""
    return Tape.load(exportable) if isinstance(exportable, str | os.PathLike) else exportable


def transcript_of(exportable: Exportable) -> Transcript:
    """The transcript of ``exportable``. Raises ``ParameterError`` where there is none."""
    transcript = exportable if isinstance(exportable, Transcript) else getattr(exportable, "transcript", None)
    if not isinstance(transcript, Transcript):
        raise ParameterError(
            f"{exportable!r:.80} has no transcript.",
            advice="Give a Transcript, something with one (a session, a tape), or the path of a tape.",
        )
    return transcript


def origin_of(exportable: Exportable, *, label: str = "") -> str:
    """Model, endpoint and audio source as plain text, as far as ``exportable`` has them.

    Without the model where ``label``, beside which it stands, is its name.
    """
    if isinstance(exportable, Tape):
        exportable = exportable.lane
    if isinstance(exportable, Lane):
        manifest = exportable.manifest
        return _joined(label, manifest.model.name, exportable.server, str(manifest.source.get("label") or ""))
    session = getattr(exportable, "session", None) or exportable
    model, source = getattr(session, "model", None), getattr(session, "source", None)
    return _joined(label, getattr(model, "name", ""), getattr(session, "server", ""), getattr(source, "label", ""))


def _joined(label: str, model: str, server: str, source: str) -> str:
    model = "" if model == label else model
    return one_line(" · ".join(filter(None, (f"{model} ({server})" if model and server else model or server, source))))


def source_name(exportable: Exportable) -> str:
    """The label of the audio source as plain text, "" where there is none."""
    tape = _tape_of(exportable)
    if isinstance(tape, Tape):
        return one_line(str(tape.lanes[0].manifest.source.get("label") or ""))
    session = getattr(exportable, "session", None) or exportable
    return one_line(str(getattr(getattr(session, "source", None), "label", "") or ""))


def began_at(exportable: Exportable) -> datetime | None:
    """When the session began, in UTC; None without a tape."""
    began = getattr(_tape_of(exportable), "began", None)
    return began if isinstance(began, datetime) else None


def one_line(text: str) -> str:
    """``text`` on one line with single spaces, without control characters of terminals and pages."""
    return " ".join(plain(text).split())


def audio_of(
    exportable: Exportable, audio: bytes | None = None, *, start_ms: float | None = None, end_ms: float | None = None
) -> bytes:
    """The audio of ``exportable`` as 16 kHz mono PCM16: cut from ``audio``, or from its tape.

    Raises ``ParameterError`` where no audio was kept.
    """
    if audio is not None:
        return bytes(audio[_byte_offset(start_ms or 0.0) : None if end_ms is None else _byte_offset(end_ms)])
    tape = _tape_of(opened(exportable))
    pcm16 = b"" if tape is None else bytes(tape.audio(start_ms, end_ms))
    if not pcm16:
        raise ParameterError(
            f"{exportable!r:.80} has no audio for that time range.",
            advice="Give a tape that kept its audio, or audio= as 16 kHz mono PCM16 bytes.",
        )
    return pcm16


def has_audio(exportable: Exportable) -> bool:
    """True where a tape with audio belongs to ``exportable``."""
    tape = _tape_of(exportable)
    return tape is not None and getattr(tape, "sound", tape) is not None


def audio_start_ms(exportable: Exportable) -> float:
    """Where the kept audio begins: later than 0 where a tape keeps only the newest part."""
    return getattr(getattr(_tape_of(opened(exportable)), "sound", None), "start", 0) / SAMPLES_PER_MS


def audio_end_ms(exportable: Exportable, transcript: Transcript) -> float:
    """Where the audio ends: that of the tape or session, else as far as ``transcript`` shows that it reached."""
    kept = getattr(getattr(_tape_of(exportable), "sound", None), "end", 0) / SAMPLES_PER_MS
    sent = getattr(exportable, "audio_ms", 0.0)
    arrivals = (turn.final.audio_ms for turn in transcript.turns if turn.final is not None)
    return max(float(kept), float(sent), *arrivals, *(turn.end_ms for turn in transcript.turns), 0.0)


def _tape_of(exportable: Exportable) -> Any:
    """The tape that belongs to ``exportable``, or another object with ``audio(start_ms, end_ms)``; None without."""
    session = getattr(exportable, "session", None)
    owners = (getattr(exportable, "tape", None), getattr(session, "tape", None), exportable)
    return next((owner for owner in owners if callable(getattr(owner, "audio", None))), None)


def _byte_offset(time_ms: float) -> int:
    return 2 * round(time_ms * SAMPLES_PER_MS)
