"""What a client may ask for when it connects and while it streams.

Texts and ranges follow AssemblyAI's v3 server; unknown parameters are ignored, as there. The server's own
model takes few of them; with one of AssemblyAI's names, all that the protocol knows are checked, whether or
not they act on that model, and what AssemblyAI refuses on that model is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ipyscribe.local import values
from ipyscribe.local.values import VALIDATION, Read, RefusalError, invalid, one_of
from ipyscribe.protocol.models import SPHINX_MODEL, Family, find_model
from ipyscribe.protocol.parameters import PARAMETERS

__all__ = ["VALIDATION", "Parameters", "RefusalError", "read_query", "read_update"]

SHORTEST_INACTIVITY_S = 5
LONGEST_INACTIVITY_S = 3600
ENCODINGS = ("pcm_s16le", "pcm_mulaw")


@dataclass(frozen=True, slots=True)
class Parameters:
    """A session's parameters, in the units of the wire: ms, except ``inactivity_timeout`` in seconds.

    ``requested`` names all that were set to something other than ``false`` or an empty list.
    """

    speech_model: str
    family: Family = "local"
    sample_rate: int = 16_000
    encoding: str = "pcm_s16le"
    format_turns: bool = True
    min_turn_silence: int | None = None
    max_turn_silence: int | None = None
    vad_threshold: float | None = None
    end_of_turn_confidence_threshold: float | None = None
    inactivity_timeout: int | None = None
    session_heartbeat: bool = False
    language_detection: bool = False
    language_codes: tuple[str, ...] = ()
    speaker_labels: bool = False
    interruption_delay: int | None = None
    continuous_partials: bool | None = None
    include_partial_turns: bool | None = None
    acknowledge_silence: bool = False
    local_agreement: int | None = None
    mode: str | None = None
    domain: str | None = None
    voice_focus: str | None = None
    filter_profanity: bool = False
    redact_pii: bool = False
    requested: frozenset[str] = frozenset()

    @property
    def partials(self) -> bool:
        """Whether turns are sent before they have ended."""
        return not self.redact_pii if self.include_partial_turns is None else self.include_partial_turns


def read_query(query: Mapping[str, str], models: Sequence[str], default_model: str | None = None) -> Parameters:
    """Parameters from a query string's last values; the first of ``models`` is the server's own.

    Raises ``RefusalError`` (3006).
    """
    model = query.get("speech_model", default_model)
    if model is None or model not in models:
        raise invalid("speech_model", one_of(models))
    own = model == models[0]
    encoding = query.get("encoding", "pcm_s16le")
    if encoding not in ENCODINGS:
        raise invalid("encoding", f"'{encoding}' is not a valid Encoding")
    known = {"sample_rate": values.sample_rate, "inactivity_timeout": _inactivity, **_OWN_LIVE}
    if not own:
        known = {**known, **_LIVE, **_FIXED}
    else:
        known["local_agreement"] = values.integer(2, 5)
    canonical = {_ALIASES.get(name, name): text for name, text in query.items()}
    family: Family = "local" if own else find_model(model).family
    _refuse_on(family, model, canonical)
    read = {name: reader(name, canonical[name]) for name, reader in known.items() if name in canonical}
    if "voice_focus_threshold" in read and "voice_focus" not in read:
        raise invalid("voice_focus_threshold", "Value error, voice_focus_threshold requires voice_focus")
    start = Parameters(speech_model=model, family=family, encoding=encoding, format_turns=own and model != SPHINX_MODEL)
    return _changed(start, read)


def read_update(parameters: Parameters, message: Mapping[str, Any]) -> Parameters:
    """Parameters after an ``UpdateConfiguration``; what it leaves out stays. Raises as ``read_query``."""
    known = _OWN_LIVE if parameters.family == "local" else _LIVE
    message = {name: value for name, value in message.items() if name not in stripped(parameters, message)}
    _refuse_on(parameters.family, parameters.speech_model, message)
    return _changed(parameters, {name: read(name, message[name]) for name, read in known.items() if name in message})


def stripped(parameters: Parameters, message: Mapping[str, Any]) -> list[str]:
    """What an update asks for and the model leaves out with a ``Warning``, where at the start it is an error."""
    refused = parameters.family in PARAMETERS[_STRIPPED].refused
    return [_STRIPPED] if refused and _STRIPPED in message else []


def _refuse_on(family: Family, model: str, names: Mapping[str, Any]) -> None:
    """Refuse what this family takes as an error. AssemblyAI's own text for it was not published; this one is ours."""
    for name in names:
        if name in PARAMETERS and family in PARAMETERS[name].refused:
            raise invalid(name, f"Value error, {name} is not supported for {model}")


def _changed(parameters: Parameters, read: Mapping[str, Any]) -> Parameters:
    requested = (parameters.requested - read.keys()) | {name for name, value in read.items() if value}
    return replace(parameters, requested=requested, **{name: value for name, value in read.items() if name in _FIELDS})


def _inactivity(name: str, value: Any) -> int:
    return int(values.integer(SHORTEST_INACTIVITY_S, LONGEST_INACTIVITY_S)(name, value))


_FIELDS = frozenset(field.name for field in fields(Parameters))
_STRIPPED = "agent_context"
_ALIASES = {"min_end_of_turn_silence_when_confident": "min_turn_silence"}
_OWN_LIVE: Mapping[str, Read] = {
    "min_turn_silence": values.silence,
    "max_turn_silence": values.silence,
    "vad_threshold": values.fraction,
    "format_turns": values.boolean,
    "session_heartbeat": values.boolean,
    "language_codes": values.whisper_languages,
}
_LIVE: Mapping[str, Read] = {
    **_OWN_LIVE,
    "end_of_turn_confidence_threshold": values.fraction,
    "keyterms_prompt": values.keyterms,
    "prompt": values.context,
    "agent_context": values.context,
    "language_codes": values.languages,
    "interruption_delay": values.integer(0, 1000),
    "continuous_partials": values.boolean,
    "mode": values.choice("min_latency", "balanced", "max_accuracy", "manual"),
    "filter_profanity": values.boolean,
    "acknowledge_silence": values.boolean,
}
_FIXED: Mapping[str, Read] = {
    "previous_context_n_turns": values.integer(0, 100),
    "language_detection": values.boolean,
    "speaker_labels": values.boolean,
    "max_speakers": values.integer(1, 10),
    "speaker_labels_revision_interval_ms": values.integer(0, 86_400_000),
    "include_partial_turns": values.boolean,
    "domain": values.choice("medical-v1"),
    "voice_focus": values.choice("near-field", "far-field"),
    "voice_focus_threshold": values.fraction,
    "redact_pii": values.boolean,
    "redact_pii_policies": values.strings,
    "redact_pii_sub": values.choice("hash", "entity_name"),
    "llm_gateway": values.json_object,
    "webhook_url": values.text,
}
