"""What can be exported: a transcript, or anything that has one, with the sound where it was kept."""

from __future__ import annotations

from typing import Any, TypeAlias

from ipyscribe.audio import SAMPLE_RATE_HZ
from ipyscribe.errors import ParameterError
from ipyscribe.protocol.plain import plain
from ipyscribe.tape import Lane, Tape
from ipyscribe.transcript import Transcript

Exportable: TypeAlias = Any
"""A ``Transcript``, or a session, widget or tape: anything with ``.transcript``."""

SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


def transcript_of(what: Exportable) -> Transcript:
    """The transcript of ``what``. Raises ``ParameterError`` where there is none."""
    transcript = what if isinstance(what, Transcript) else getattr(what, "transcript", None)
    if not isinstance(transcript, Transcript):
        raise ParameterError(
            f"{what!r:.80} has no transcript.", advice="Give a Transcript, or something with one: a session or a tape."
        )
    return transcript


def described(what: Exportable) -> str:
    """Which model heard it, where, and from which source, where ``what`` knows."""
    if isinstance(what, Tape):
        what = what.lane
    if isinstance(what, Lane):
        about = what.about
        return _described(about.model.name, about.place, str(about.source.get("label") or ""))
    session = getattr(what, "session", None) or what
    model, source = getattr(session, "model", None), getattr(session, "source", None)
    return _described(getattr(model, "name", ""), getattr(session, "place", ""), getattr(source, "label", ""))


def _described(model: str, place: str, source: str) -> str:
    return " · ".join(filter(None, (f"{model} ({place})" if model and place else model, source)))


def one_line(text: str) -> str:
    """``text`` on one line with single spaces, without what acts on terminals and pages and what XML forbids."""
    return " ".join(plain(text).split())


def sound_of(
    what: Exportable, audio: bytes | None = None, *, start_ms: float | None = None, end_ms: float | None = None
) -> bytes:
    """The sound of ``what`` as 16 kHz mono PCM16: cut from ``audio``, or what its tape kept.

    Raises ``ParameterError`` where no sound was kept.
    """
    if audio is not None:
        return bytes(audio[_at(start_ms or 0.0) : None if end_ms is None else _at(end_ms)])
    kept = _keeper(what)
    sound = b"" if kept is None else bytes(kept.audio(start_ms, end_ms))
    if not sound:
        raise ParameterError(
            f"{what!r:.80} holds no sound of that stretch.",
            advice="Give a tape that kept its sound, or audio= as 16 kHz mono PCM16 bytes.",
        )
    return sound


def has_sound(what: Exportable) -> bool:
    """Whether a tape goes with ``what`` that kept sound."""
    kept = _keeper(what)
    return kept is not None and getattr(kept, "sound", kept) is not None


def sound_start_ms(what: Exportable) -> float:
    """Where the sound that was kept begins: later than 0 where a tape keeps only the newest part."""
    return getattr(getattr(_keeper(what), "sound", None), "start", 0) / SAMPLES_PER_MS


def _keeper(what: Exportable) -> Any:
    """The tape that goes with ``what``, or what else can say ``audio(start_ms, end_ms)``; None without any."""
    owners = (getattr(what, "tape", None), getattr(getattr(what, "session", None), "tape", None), what)
    return next((owner for owner in owners if callable(getattr(owner, "audio", None))), None)


def _at(time_ms: float) -> int:
    return 2 * round(time_ms * SAMPLES_PER_MS)
