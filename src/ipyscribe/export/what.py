"""What can be exported: a transcript, or anything that has one, with the sound where it was kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from ipyscribe.audio import SAMPLE_RATE_HZ
from ipyscribe.errors import ParameterError
from ipyscribe.protocol.plain import plain
from ipyscribe.tape import Lane, Tape
from ipyscribe.transcript import Transcript, Turn

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


def stretch_of(
    what: Exportable, *, turn: int | None = None, start_ms: float | None = None, end_ms: float | None = None
) -> tuple[float | None, float | None]:
    """The stretch that was asked for, in ms on the audio clock: that of a turn's words, or the one given.

    Raises ``ParameterError`` for an order that no turn has, for both at once, and for an empty stretch.
    """
    if turn is not None:
        if start_ms is not None or end_ms is not None:
            raise ParameterError("turn names a stretch already.", advice="Leave out start_ms and end_ms, or turn.")
        found = _turn_of(transcript_of(what).turns, turn)
        return float(found.start_ms), float(found.end_ms)
    for name, value in (("start_ms", start_ms), ("end_ms", end_ms)):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise ParameterError(f"{name}={value!r} is not a time.", advice="Give milliseconds of sound from 0 on.")
    if end_ms is not None and end_ms <= (start_ms or 0.0):
        raise ParameterError(
            f"The stretch from start_ms={start_ms or 0:g} to end_ms={end_ms:g} is empty.",
            advice="Give an end_ms greater than start_ms.",
        )
    return start_ms, end_ms


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
    owners = (what, getattr(what, "tape", None), getattr(getattr(what, "session", None), "tape", None))
    return next((owner for owner in owners if callable(getattr(owner, "audio", None))), None)


def _at(time_ms: float) -> int:
    return 2 * round(time_ms * SAMPLES_PER_MS)


def _turn_of(turns: Sequence[Turn], order: int) -> Turn:
    for turn in turns:
        if turn.order == order:
            return turn
    known = f"{turns[0].order} to {turns[-1].order}" if turns else "none"
    raise ParameterError(f"There is no turn {order!r}.", advice=f"The turns' orders are: {known}.")
