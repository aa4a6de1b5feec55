"""When turns end and partials come, per model family: the published defaults, as far as the recogniser can follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipyscribe.local.turns import LONGEST_TURN_MS, TurnSettings
from ipyscribe.protocol.languages import MULTI

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters

ALL = 1_000_000
"""More words than a turn has."""

SILENCE_EVERY_MS = 1000
TAG_EVERY_MS = 5000
SPEAKER_TURN_MS = 10_000

_FIRST_PARTIAL_MS = 256
_PRESETS = {"min_latency": (128, 640, 0), "balanced": (128, 1280, 500), "max_accuracy": (512, 2560, 500)}


def turn_settings(parameters: Parameters) -> TurnSettings:
    """The turn rules that the parameters ask for, the model's defaults where they do not.

    A turn is cut after 25 s at the latest, whatever the model: the recogniser takes no more at once.
    """
    languages = () if MULTI in parameters.language_codes else parameters.language_codes
    return replace(_of_family(parameters), languages=languages)


def _of_family(parameters: Parameters) -> TurnSettings:
    match parameters.family:
        case "local":
            return _own(parameters)
        case "u3":
            return _u3(parameters)
        case "whisper":
            return _whisper()
        case _:
            return _streaming(parameters)


def _own(parameters: Parameters) -> TurnSettings:
    default = TurnSettings()
    return TurnSettings(
        min_turn_silence_ms=_or(parameters.min_turn_silence, default.min_turn_silence_ms),
        max_turn_silence_ms=_or(parameters.max_turn_silence, default.max_turn_silence_ms),
        vad_threshold=_or(parameters.vad_threshold, default.vad_threshold),
        agreeing_hypotheses=parameters.local_agreement or default.agreeing_hypotheses,
        hold_words=default.hold_words if parameters.local_agreement is None else parameters.local_agreement - 1,
        hold_ms=default.hold_ms if parameters.local_agreement is None else 500 * parameters.local_agreement,
        early_final=parameters.local_agreement is None,
    )


def _streaming(parameters: Parameters) -> TurnSettings:
    return TurnSettings(
        min_turn_silence_ms=_or(parameters.min_turn_silence, 400),
        max_turn_silence_ms=_or(parameters.max_turn_silence, 1280),
        vad_threshold=_or(parameters.vad_threshold, 0.4),
        confidence_threshold=_or(parameters.end_of_turn_confidence_threshold, 0.4),
        hold_words=1,
        hold_ms=800,
        early_final=False,
        settle_in_pauses=True,
    )


def _u3(parameters: Parameters) -> TurnSettings:
    """``u3-rt-pro`` waits 100 and 1000 ms unless a mode is named; its successors follow their mode.

    Speaker labels switch partials while a person goes on speaking off, unless they are requested. What ``manual``
    means is not documented where we could read: here no silence ends a turn.
    """
    manual = parameters.mode == "manual"
    shortest, longest, delay = _PRESETS["balanced" if manual else parameters.mode or "balanced"]
    threshold = 0.2
    if parameters.speech_model == "u3-rt-pro":
        threshold = 0.3
        if parameters.mode is None:
            shortest, longest = 100, 1000
    if parameters.speaker_labels:
        shortest, longest, threshold = 640, 768, 0.5
    return TurnSettings(
        min_turn_silence_ms=_or(parameters.min_turn_silence, shortest),
        max_turn_silence_ms=_or(parameters.max_turn_silence, longest),
        vad_threshold=_or(parameters.vad_threshold, threshold),
        longest_turn_ms=SPEAKER_TURN_MS if parameters.speaker_labels else LONGEST_TURN_MS,
        first_partial_ms=_or(parameters.interruption_delay, delay) + _FIRST_PARTIAL_MS,
        interval_ms=1000 if _or(parameters.continuous_partials, not parameters.speaker_labels) else ALL,
        hold_words=ALL,
        early_final=False,
        silence_every_ms=SILENCE_EVERY_MS if parameters.acknowledge_silence else None,
        manual=manual,
    )


def _whisper() -> TurnSettings:
    return TurnSettings(first_partial_ms=None, hold_words=ALL, early_final=False, silence_every_ms=TAG_EVERY_MS)


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
