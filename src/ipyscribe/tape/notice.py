"""What a person should know while a session goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.protocol.messages import Begin, ServerWarning, Unknown
from ipyscribe.protocol.models import Model
from ipyscribe.protocol.plain import plain


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know that does not end the session. ``kind`` is a word for programs."""

    kind: str
    message: str
    advice: str = ""


def simulation_of(model: Model) -> tuple[Notice, ...]:
    """What is to be said where ``model`` is simulated."""
    if not model.simulated:
        return ()
    told = f"This is not AssemblyAI's {model.name}, but a simulation on this computer."
    return (Notice("simulated", told, model.note),)


def notices_of(
    *,
    told: Sequence[Notice],
    sound: Notice | None,
    lost_samples: int,
    asked: str,
    begin: Begin | None,
    soon: str,
    warnings: Sequence[ServerWarning],
    unknown: Sequence[Unknown],
) -> tuple[Notice, ...]:
    """What a person should know of a session, of all that is known of it.

    ``asked`` is the model that was asked for, ``soon`` what is to be said of the budget.
    """
    notices = [*told, *(() if sound is None else (sound,))]
    if lost_samples:
        seconds = lost_samples / SAMPLE_RATE_HZ
        notices.append(Notice("dropped", f"{seconds:.1f} s of sound were lost because they could not be sent in time."))
    if begin is not None and begin.model not in (None, asked):
        notices.append(Notice("model", f"The server runs {plain(begin.model or '')}, not {asked}."))
    if soon:
        notices.append(Notice("budget", soon))
    notices += [Notice("warning", f"The server warns: {plain(warning.text)}") for warning in warnings]
    if unknown:
        kinds = plain(", ".join(sorted({message.type or "no type" for message in unknown})))
        notices.append(Notice("unknown", f"{len(unknown)} messages were not understood ({kinds:.80})."))
    return tuple(notices)
