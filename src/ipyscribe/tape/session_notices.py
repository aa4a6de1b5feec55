"""The notices that hold for a session in its present state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.plain_text import plain
from ipyscribe.protocol.models import Model
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.snapshot import SessionSnapshot
from ipyscribe.transcript.lateness import LATE_MS

_ONLY_WHILE_IT_RUNS = frozenset(("click", "held", "permission", "stalled", "suspended"))


def notices_of(
    snapshot: SessionSnapshot, model: Model, *, budget_warning: str = "", late_s: float = 0.0
) -> tuple[Notice, ...]:
    """The notices that hold for a session of ``model``.

    ``budget_warning`` says that its time or money runs out; its words are, or once it is over were, ``late_s`` late.
    """
    return tuple(_notices(snapshot, model, budget_warning, late_s))


def late_by_s(snapshot: SessionSnapshot, parameters: Mapping[str, Any], now_s: float | None) -> float:
    """By how many seconds words are late at ``now_s``, or with None were at worst; 0 where they keep up.

    The silence that ends a turn by the session's own setting is no delay.
    """
    lateness = snapshot.lateness
    silence_ms = parameters.get("max_turn_silence")
    limit_ms = LATE_MS + (silence_ms if isinstance(silence_ms, int | float) else 0)
    delay_ms = lateness.worst_ms if now_s is None else lateness.delay_ms(now_s)
    return delay_ms / 1000 if delay_ms >= limit_ms else 0.0


def _late_notice(snapshot: SessionSnapshot, model: Model, late_s: float) -> Notice:
    own = model.local or model.simulated
    who = "This computer" if own else "The server, or the way to it,"
    if snapshot.done:
        message = f"{who} could not keep up: words were up to {late_s:.0f} s late."
        return Notice("late", message, "The latencies of this session are not those of the model.")
    advice = (
        "Close other programs, or choose a model that does not run on this computer." if own else "Check the network."
    )
    return Notice("late", f"{who} cannot keep up: words are {late_s:.0f} s late.", advice)


def _notices(snapshot: SessionSnapshot, model: Model, budget_warning: str, late_s: float) -> Iterator[Notice]:
    if model.simulated:
        message = f"This is not AssemblyAI's {model.name}, but a simulation on this computer."
        yield Notice("simulated", message, model.note)
    yield from snapshot.notices
    if late_s:
        yield _late_notice(snapshot, model, late_s)
    if not snapshot.done:
        yield from snapshot.watchdog
    audio = snapshot.audio_notice
    if audio is not None and not (snapshot.done and audio.kind in _ONLY_WHILE_IT_RUNS):
        yield audio
    if lost_samples := snapshot.dropped_samples + snapshot.lost_samples:
        lost_s = lost_samples / SAMPLE_RATE_HZ
        yield Notice("dropped", f"{lost_s:.1f} s of sound were lost because they could not be sent in time.")
    if snapshot.served_model not in (None, model.name):
        yield Notice("model", f"The server runs {plain(snapshot.served_model)}, not {model.name}.")
    if budget_warning:
        yield Notice("budget", budget_warning)
    for warning in snapshot.warnings:
        yield Notice("warning", f"The server warns: {plain(warning.text)}")
    if snapshot.unknown:
        types = plain(", ".join(sorted({message.type or "no type" for message in snapshot.unknown})))
        yield Notice("unknown", f"{len(snapshot.unknown)} messages were not recognised ({types:.80}).")
