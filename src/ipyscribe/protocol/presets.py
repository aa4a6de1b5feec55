"""Settings by use: what a name such as ``"captions"`` stands for on each family of models, from where, and since when.

A preset is no more than its values: they are what is sent, shown and recorded, and any of them given beside it wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.model import Family, Model

Settings: TypeAlias = Mapping[str, Any]
PresetName = Literal["captions", "agent", "notes", "patient"]
_MODES = "AssemblyAI's page on accuracy and latency"
_SILENCES = "AssemblyAI's page on turn detection"
_MEASURED = "682 sentences of dysarthric speech on universal-3-6-pro, measured by others"
_CARRIED_OVER = f"as on Universal-3 ({_MEASURED}); not measured here"
_OURS = "chosen by this package for its own recogniser"


@dataclass(frozen=True, slots=True)
class PresetValues:
    """What a preset stands for on one family; ``source`` and ``as_of`` say where the values are from."""

    settings: Settings
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings for one use."""

    name: PresetName
    use: str
    values: Mapping[Family, PresetValues]


def _silences(min_ms: int, max_ms: int, threshold: float | None = None) -> dict[str, Any]:
    silences: dict[str, Any] = {"min_turn_silence": min_ms, "max_turn_silence": max_ms}
    return silences if threshold is None else {"end_of_turn_confidence_threshold": threshold, **silences}


def _preset(name: PresetName, use: str, mode: str, streaming: Settings, local: Settings) -> Preset:
    universal = PresetValues(streaming, _SILENCES, "2026-03-23")
    return Preset(
        name,
        use,
        {
            "u3": PresetValues({"mode": mode}, _MODES, "2026-11-29"),
            "english": universal,
            "multilingual": universal,
            "local": PresetValues(local, _OURS, "2026-11-29"),
        },
    )


_PATIENT = _silences(2000, 3000)
PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        _preset("captions", "text as early as possible", "min_latency", _silences(160, 400, 0.4), _silences(400, 600)),
        _preset("agent", "a conversation with a program", "balanced", _silences(400, 1280, 0.4), _silences(680, 760)),
        _preset("notes", "dictation, notes and minutes", "max_accuracy", _silences(800, 3600, 0.7),
                _silences(1000, 2500)),
        Preset("patient", "people who speak slowly or with long pauses", {
            "u3": PresetValues(_PATIENT, _MEASURED, "2026-09-22"),
            "english": PresetValues(_PATIENT, _CARRIED_OVER, "2026-09-22"),
            "multilingual": PresetValues(_PATIENT, _CARRIED_OVER, "2026-09-22"),
            "local": PresetValues(_PATIENT, _CARRIED_OVER, "2026-09-22"),
        }),
    )
}  # fmt: skip

PRESET_SETTINGS = frozenset(
    setting for preset in PRESETS.values() for values in preset.values.values() for setting in values.settings
)
"""The settings that presets choose."""


def presets_of(model: Model) -> dict[PresetName, PresetValues]:
    """What each preset stands for on ``model``; none where no setting is known to change where its turns end."""
    return {preset.name: preset.values[model.family] for preset in PRESETS.values() if model.family in preset.values}


def matching_preset(settings: Settings, model: Model) -> PresetName | None:
    """The preset whose values ``settings`` have on ``model``, and no other setting that presets choose."""
    chosen = {name: value for name, value in settings.items() if name in PRESET_SETTINGS}
    return next((name for name, values in presets_of(model).items() if values.settings == chosen), None)


def preset_settings(name: str, model: Model) -> dict[str, Any]:
    """The settings that the preset ``name`` stands for on ``model``. Raises ``ParameterError``."""
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if preset is None:
        raise ParameterError(
            f"preset={name!r:.80} cannot be used.", advice=f"Expected {' or '.join(map(repr, PRESETS))}."
        )
    values = preset.values.get(model.family)
    if values is None:
        raise ParameterError(
            f"preset={name!r} has no values for {model.name}: no setting is known to change where its turns end.",
            advice="Leave it out, or choose another model.",
        )
    return dict(values.settings)
