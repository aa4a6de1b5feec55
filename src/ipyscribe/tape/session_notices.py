"""The notices that hold for a session in its present state."""

from __future__ import annotations

from collections.abc import Iterator

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.plain_text import plain
from ipyscribe.protocol.models import Model
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.snapshot import SessionSnapshot


def notices_of(snapshot: SessionSnapshot, model: Model, *, budget_warning: str = "") -> tuple[Notice, ...]:
    """The notices that hold for a session of ``model``; ``budget_warning`` says that its time or money runs out."""
    return tuple(_notices(snapshot, model, budget_warning))


def _notices(snapshot: SessionSnapshot, model: Model, budget_warning: str) -> Iterator[Notice]:
    if model.simulated:
        message = f"This is not AssemblyAI's {model.name}, but a simulation on this computer."
        yield Notice("simulated", message, model.note)
    yield from snapshot.notices
    yield from snapshot.watchdog
    if snapshot.audio_notice is not None:
        yield snapshot.audio_notice
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
        yield Notice("unknown", f"{len(snapshot.unknown)} messages were not understood ({types:.80}).")
