"""Whether a comparison was fair: the conditions that differed between the lanes besides the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TURNS = "a setting, not the model, decides how soon a turn ends"
_WAY = "the way to the server is part of every latency"
_WHY = {
    "format_turns": "formatting takes time, and changes raw and punctuation errors",
    "min_turn_silence": _TURNS,
    "max_turn_silence": _TURNS,
    "end_of_turn_confidence_threshold": _TURNS,
    "vad_threshold": _TURNS,
    "endpointing": "forced and detected ends of turns cannot be compared",
    "chunk_ms": "half a chunk is part of every latency",
    "server": _WAY,
    "region": _WAY,
    "network": _WAY,
    "order": "lanes that did not run at the same time had different conditions",
    "reconnects": "a lost connection delays the words around it",
    "dropped_ms": "audio that never arrived cannot be transcribed",
    "keyterms_prompt": "one model was told which words to expect",
    "prompt": "one model was told which words to expect",
    "language": "they listened for different languages",
    "normaliser": "their error rates cannot be compared",
    "speech": "their delays are measured from different anchors",
    "timeline": "their delays are measured on different timelines",
    "rendering": "churn depends on the rendering more than on any setting",
}
_WRONG_AT_ALL = ("dropped_ms", "reconnects")


@dataclass(frozen=True, slots=True)
class Unequal:
    """One condition that was not the same for all: its value for each lane (None: not stated), and why it matters."""

    condition: str
    values: tuple[tuple[str, Any], ...]
    why: str

    @property
    def note(self) -> str:
        """That it was unequal, and why it matters, without the values."""
        return f"Unequal conditions: {self.condition}" + (f" ({self.why})." if self.why else ".")

    def __str__(self) -> str:
        listed = ", ".join(f"{label} {'not stated' if value is None else value}" for label, value in self.values)
        return f"{self.condition}: {listed}" + (f" ({self.why})" if self.why else "")


def conditions(lanes: Mapping[str, Mapping[str, Any]]) -> tuple[Unequal, ...]:
    """What was not equal between lanes, for a note on the table itself; empty for a fair comparison.

    ``lanes`` gives for each label its conditions under any names: settings of the connection as they acted
    (defaults filled in), ``chunk_ms``, ``server``, ``region``, ``order`` ("at once", or a number), ``dropped_ms``.
    Dropped audio is reported also where all lanes dropped the same. Conditions with a known effect come first.
    """
    names = dict.fromkeys(name for facts in lanes.values() for name in facts)
    ordered = [name for name in _WHY if name in names] + [name for name in names if name not in _WHY]
    unequal = []
    for name in ordered:
        values = tuple((label, facts.get(name)) for label, facts in lanes.items())
        different = any(value != values[0][1] for _, value in values)
        if different or (name in _WRONG_AT_ALL and any(value for _, value in values)):
            unequal.append(Unequal(name, values, _WHY.get(name, "")))
    return tuple(unequal)
