"""What a client may ask for when it connects and while it streams, and how a refusal is worded.

Texts and ranges follow AssemblyAI's v3 server; unknown parameters are ignored, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

VALIDATION = "User Input Validation Error"
SHORTEST_INACTIVITY_S = 5
LONGEST_INACTIVITY_S = 3600

_SILENCE_MS = (50, 10_000)


class RefusalError(Exception):
    """The session ends with an ``Error`` frame and a close of the same ``code``."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Parameters:
    """A session's parameters. Silences in ms, ``inactivity_timeout`` in seconds (None: no limit)."""

    speech_model: str
    sample_rate: int = 16_000
    encoding: str = "pcm_s16le"
    min_turn_silence: int | None = None
    max_turn_silence: int | None = None
    vad_threshold: float | None = None
    inactivity_timeout: int | None = None
    format_turns: bool = True
    session_heartbeat: bool = False


def read_query(query: Mapping[str, str], model: str) -> Parameters:
    """Parameters from a query string's last values. Raises ``RefusalError`` (3006)."""
    given = query.get("speech_model")
    if given != model:
        raise _invalid("speech_model", f"Input should be '{model}'")
    encoding = query.get("encoding", "pcm_s16le")
    if encoding != "pcm_s16le":
        raise _invalid("encoding", f"'{encoding}' is not a valid Encoding")
    known: dict[str, Callable[[str, Any], Any]] = {
        "sample_rate": _sample_rate,
        "inactivity_timeout": _inactivity,
        **_CHANGEABLE,
    }
    values = {name: read(name, query[name]) for name, read in known.items() if name in query}
    return replace(Parameters(speech_model=model), **values)


def read_update(parameters: Parameters, message: Mapping[str, Any]) -> Parameters:
    """Parameters after an ``UpdateConfiguration``; what it leaves out stays. Raises as ``read_query``."""
    values = {name: read(name, message[name]) for name, read in _CHANGEABLE.items() if name in message}
    return replace(parameters, **values)


def _invalid(name: str, text: str) -> RefusalError:
    return RefusalError(3006, f"{VALIDATION}: Invalid '{name}': {text}")


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise _invalid(name, "Input should be a valid integer")
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        kind = ", unable to parse string as an integer" if isinstance(value, str) else ""
        raise _invalid(name, f"Input should be a valid integer{kind}") from None


def _sample_rate(name: str, value: Any) -> int:
    rate = _integer(name, value)
    if rate < 8_000:
        raise _invalid(name, "Value error, sample_rate must be at least 8,000 Hz")
    if rate > 96_000:
        raise _invalid(name, "Value error, sample_rate must be at most 96,000 Hz")
    return rate


def _inactivity(name: str, value: Any) -> int:
    seconds = _integer(name, value)
    if seconds < SHORTEST_INACTIVITY_S:
        raise _invalid(name, f"Input should be greater than or equal to {SHORTEST_INACTIVITY_S}")
    if seconds > LONGEST_INACTIVITY_S:
        raise _invalid(name, f"Input should be less than or equal to {LONGEST_INACTIVITY_S}")
    return seconds


def _silence(name: str, value: Any) -> int:
    silence_ms = _integer(name, value)
    if silence_ms < 0:
        raise _invalid(name, "Input should be greater than or equal to 0")
    return min(max(silence_ms, _SILENCE_MS[0]), _SILENCE_MS[1])


def _fraction(name: str, value: Any) -> float:
    try:
        fraction = float(value)
    except (TypeError, ValueError):
        raise _invalid(name, "Input should be a valid number") from None
    if isinstance(value, bool) or fraction != fraction:
        raise _invalid(name, "Input should be a valid number")
    if fraction < 0:
        raise _invalid(name, "Input should be greater than or equal to 0")
    if fraction > 1:
        raise _invalid(name, "Input should be less than or equal to 1")
    return fraction


def _boolean(name: str, value: Any) -> bool:
    text = str(value).lower()
    if text in ("true", "1", "on", "yes", "t", "y"):
        return True
    if text in ("false", "0", "off", "no", "f", "n"):
        return False
    raise _invalid(name, "Input should be a valid boolean, unable to interpret input")


_CHANGEABLE: dict[str, Callable[[str, Any], Any]] = {
    "min_turn_silence": _silence,
    "max_turn_silence": _silence,
    "vad_threshold": _fraction,
    "format_turns": _boolean,
    "session_heartbeat": _boolean,
}
