"""Connection parameters: which exist, what they may be, on which models they act; and the query string.

The server ignores names that it does not know without a word and ends the session over a value that it refuses,
so both are refused here, before anything is opened. What it would take and not use is sent; ``setting_notes`` says so.
A setting that this version does not know can be sent on purpose, in ``extra``.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from ipyscribe.errors import ParameterError
from ipyscribe.protocol.languages import MULTI, STREAMING_CODES, WHISPER
from ipyscribe.protocol.model import Family, Model
from ipyscribe.protocol.presets import preset_settings
from ipyscribe.protocol.python_values import python_values

Kind = Literal["flag", "integer", "number", "text", "list", "choice", "object"]
ALL: frozenset[Family] = frozenset(("u3", "english", "multilingual", "whisper", "local"))
CLOUD = ALL - {"local"}
UNIVERSAL: frozenset[Family] = frozenset(("english", "multilingual"))
U3: frozenset[Family] = frozenset(("u3",))
SPOKEN = UNIVERSAL | U3
NOT_U3 = CLOUD - U3
EXTRA = "extra"
PRESET = "preset"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One connection parameter.

    ``low`` and ``high`` bound numbers (in ``unit``), the length of a text, and the number of items of a list.
    ``acts`` are the families on which it does something; ``live`` those on which ``UpdateConfiguration`` may
    change it while the session is open; ``refused`` those on which the server ends the session over it. ``needs`` is
    another one without which it does nothing. ``shown`` puts it among the widget's settings; ``secret`` keeps its value out
    of messages.
    """

    name: str
    kind: Kind
    acts: frozenset[Family]
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    live: frozenset[Family] = frozenset()
    shown: bool = False
    item_length: int | None = None
    secret: bool = False
    needs: str = ""
    refused: frozenset[Family] = frozenset()

    def shows(self, value: Any) -> str:
        """``name=value`` for a message to a person."""
        if self.name == "webhook_url":
            value = bare_address(value)
        return f"{self.name}={'...' if self.secret else f'{value!r:.80}'}"


def bare_address(url: Any) -> str:
    """An address without what it may hold of secrets: name and password, query, fragment."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return "..."
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("format_turns", "flag", UNIVERSAL | {"whisper", "local"}, "Punctuation and capitals in finals", shown=True),
        Parameter("min_turn_silence", "integer", SPOKEN | {"local"}, "Silence that ends a turn which seems complete",
                  "ms", 50, 10_000, live=SPOKEN | {"local"}, shown=True),
        Parameter("max_turn_silence", "integer", SPOKEN | {"local"}, "Silence that ends any turn",
                  "ms", 50, 10_000, live=SPOKEN | {"local"}, shown=True),
        Parameter("end_of_turn_confidence_threshold", "number", UNIVERSAL, "How sure the model must be that a turn has ended",
                  "", 0, 1, live=UNIVERSAL, shown=True),
        Parameter("vad_threshold", "number", SPOKEN | {"local"}, "Above this probability a frame counts as speech",
                  "", 0, 1, live=SPOKEN | {"local"}, shown=True),
        Parameter("local_agreement", "integer", frozenset({"local"}), "Hypotheses in a row that must agree before a word is final",
                  "", 2, 5),
        Parameter("keyterms_prompt", "list", SPOKEN, "Words and names to listen for", "", 0, 100, live=SPOKEN,
                  shown=True, item_length=50),
        Parameter("prompt", "text", U3, "What the conversation is about", "characters", 0, 1750, live=U3, shown=True,
                  refused=NOT_U3),
        Parameter("agent_context", "text", U3, "What the agent has just said", "characters", 0, 1750, live=U3,
                  refused=NOT_U3),
        Parameter("previous_context_n_turns", "integer", U3, "Turns carried over as context", "turns", 0, 100),
        Parameter("language_detection", "flag", U3 | {"multilingual", "whisper"}, "Report the language of each turn", shown=True),
        Parameter("language_codes", "list", U3 | {"local"}, "Languages to expect", "", 0, 10, live=U3 | {"local"},
                  shown=True),
        Parameter("speaker_labels", "flag", SPOKEN, "Label the speakers", shown=True),
        Parameter("max_speakers", "integer", SPOKEN, "Upper limit of speakers; further voices get the nearest label", "speakers", 1, 10,
                  needs="speaker_labels"),
        Parameter("speaker_labels_revision_interval_ms", "integer", SPOKEN, "How often speaker labels are revised", "ms", 0, 86_400_000,
                  needs="speaker_labels"),
        Parameter("inactivity_timeout", "integer", ALL, "End the session when nothing was sent for this long", "s", 5, 3600),
        Parameter("interruption_delay", "integer", U3, "Delay of the first partial", "ms", 0, 1000, live=U3),
        Parameter("continuous_partials", "flag", U3, "Partials while a person goes on speaking", live=U3),
        Parameter("include_partial_turns", "flag", SPOKEN, "Send partials"),
        Parameter("mode", "choice", U3, "Latency against accuracy", choices=("min_latency", "balanced", "max_accuracy", "manual"),
                  live=U3, refused=NOT_U3, shown=True),
        Parameter("domain", "choice", CLOUD, "Special vocabulary", choices=("medical-v1",)),
        Parameter("voice_focus", "choice", U3, "Suppress other sounds", choices=("near-field", "far-field")),
        Parameter("voice_focus_threshold", "number", U3, "How strongly other sounds are suppressed", "", 0, 1,
                  needs="voice_focus"),
        Parameter("filter_profanity", "flag", SPOKEN, "Mask swear words"),
        Parameter("redact_pii", "flag", SPOKEN, "Mask personal data in finals; partials stop"),
        Parameter("redact_pii_policies", "list", SPOKEN, "Which personal data", "", 0, 100, needs="redact_pii"),
        Parameter("redact_pii_sub", "choice", SPOKEN, "What replaces it", choices=("hash", "entity_name"),
                  needs="redact_pii"),
        Parameter("session_heartbeat", "flag", SPOKEN | {"local"}, "Heartbeat every 5 s", live=SPOKEN),
        Parameter("acknowledge_silence", "flag", U3, "Report silence", live=U3),
        Parameter("llm_gateway", "object", SPOKEN, "A request to a language model after each final"),
        Parameter("webhook_url", "text", SPOKEN, "Where the finals are posted after the session", "characters", 1, 2048),
        Parameter("webhook_auth_header_name", "text", SPOKEN, "Name of the webhook's header", "characters", 1, 256),
        Parameter("webhook_auth_header_value", "text", SPOKEN, "Value of the webhook's header", "characters", 1, 2048,
                  secret=True),
        Parameter(EXTRA, "object", ALL, "Settings that this version does not know, sent unchecked", live=ALL),
    )
}  # fmt: skip

_RESERVED = {
    "speech_model": "It is the first argument: Session(model, ...).",
    "model": "It is the first argument: Session(model, ...).",
    "sample_rate": "ipyscribe always sends 16 kHz and resamples its input.",
    "encoding": "ipyscribe always sends pcm_s16le.",
    "token": "It is an argument of Session: token=.",
    "language": "It was replaced by the choice of the model.",
}


def parameters_of(model: Model) -> tuple[Parameter, ...]:
    """The parameters that act on ``model``; a local model that knows one language has no choice of languages."""
    one_language = model.local and len(model.language_codes or ()) == 1
    return tuple(
        parameter
        for parameter in PARAMETERS.values()
        if model.family in parameter.acts and not (one_language and parameter.name == "language_codes")
    )


def check_parameters(values: Mapping[str, Any], model: Model | None = None) -> dict[str, Any]:
    """The values in their wire types, None left out. What ``model`` ignores is among them: see ``setting_notes``.

    Raises ``ParameterError`` over what would end the session: a name that does not exist (with the nearest one),
    a value of another type or out of range, ``voice_focus_threshold`` without ``voice_focus``, and what a server is
    known to refuse on ``model``. ``preset`` becomes the settings that it stands for on ``model``; others given beside
    it win.
    """
    checked = {}
    if PRESET in values:
        values = _of_preset(values, model)
    for name, value in values.items():
        parameter = parameter_named(name)
        if value is not None:
            checked[name] = check_value(parameter, value, model)
            if model is not None:
                _check_on_model(parameter, value, model)
    if "voice_focus_threshold" in checked and "voice_focus" not in checked:
        raise ParameterError(
            f"{PARAMETERS['voice_focus_threshold'].shows(checked['voice_focus_threshold'])} needs voice_focus.",
            advice="Give voice_focus too, or leave the threshold out.",
        )
    return checked


def _of_preset(values: Mapping[str, Any], model: Model | None) -> dict[str, Any]:
    if model is None:
        raise ParameterError("preset stands for other settings on each model.", advice="Name the model too.")
    others = {name: value for name, value in values.items() if name != PRESET}
    return others if values[PRESET] is None else preset_settings(values[PRESET], model) | others


def merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Checked settings after an update; what stands in ``extra`` is merged name by name."""
    together = {**settings, **changes}
    if EXTRA in settings and EXTRA in changes:
        together[EXTRA] = {**settings[EXTRA], **changes[EXTRA]}
    return together


def on_the_wire(checked: Mapping[str, Any]) -> dict[str, Any]:
    """Checked settings by their names on the wire: those in ``extra`` stand beside the others."""
    return {**{name: value for name, value in checked.items() if name != EXTRA}, **checked.get(EXTRA, {})}


def _check_on_model(parameter: Parameter, value: Any, model: Model) -> None:
    """Refuse what ends the session on a model of the catalogue; a name that is not in it gets the benefit of doubt."""
    if model.known and model.family in parameter.refused:
        raise ParameterError(
            f"{parameter.shows(value)} cannot be used with {model.name}: AssemblyAI's server ends the session over it.",
            advice=f"Leave {parameter.name} out; it acts on {families_text(parameter.acts)}.",
        )


def check_value(parameter: Parameter, value: Any, model: Model | None = None) -> Any:
    """``value`` as the wire wants it, for ``model`` or any. Raises ``ParameterError`` that says what was expected."""
    value = python_values(value)
    match parameter.kind:
        case "flag" if isinstance(value, bool):
            return value
        case "integer" if _is_whole(value) and _within(parameter, value):
            return int(value)
        case "number" if _is_number(value) and _within(parameter, value):
            return float(value)
        case "text" if _is_text(value) and _within(parameter, len(value)):
            return value
        case "choice" if isinstance(value, str) and value in parameter.choices:
            return value
        case "list" if parameter.name == "language_codes":
            return _language_codes(parameter, value, model)
        case "list" if (texts := _texts(parameter, value)) is not None:
            return texts
        case "object" if isinstance(value, Mapping) and _is_json(dict(value)):
            return _extra(value) if parameter.name == EXTRA else dict(value)
    raise ParameterError(f"{parameter.shows(value)} cannot be used.", advice=f"Expected {expected(parameter)}.")


def _language_codes(parameter: Parameter, value: Any, model: Model | None) -> list[str]:
    """One code or several; a region and a code that the server is known to refuse are refused here."""
    codes = _texts(parameter, [value] if isinstance(value, str) else value)
    if codes is None:
        raise ParameterError(f"{parameter.shows(value)} cannot be used.", advice=f"Expected {expected(parameter)}.")
    if model is not None and model.local:
        _check_local_languages(codes, model)
    for code in codes if model is None or not model.local else ():
        base = re.split("[-_]", code, maxsplit=1)[0].lower()
        if code in STREAMING_CODES:
            continue
        if base in STREAMING_CODES:
            raise ParameterError(
                f"language_codes={code!r} is refused by AssemblyAI's server, which ends the session over it.",
                advice=f"Give the bare code: {base!r}.",
            )
        raise ParameterError(
            f"language_codes={code!r} is not a code that AssemblyAI's server is known to take.",
            advice=f"Known are: {', '.join(STREAMING_CODES)}. A newer one goes through extra={{'language_codes': [...]}}.",
        )
    if MULTI in codes and len(codes) > 1:
        raise ParameterError(
            f"language_codes={codes!r:.80} cannot be used: {MULTI!r} stands alone.",
            advice=f"Give {MULTI!r} by itself, or the codes without it.",
        )
    return codes


_EXTRA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _check_local_languages(codes: list[str], model: Model) -> None:
    accepted = (*(model.language_codes or WHISPER), MULTI)
    for code in codes:
        if code not in accepted:
            raise ParameterError(
                f"language_codes={code!r} is not a language that {model.name} knows.",
                advice="Choose a multilingual Whisper model, such as 'local-whisper-base'."
                if code in WHISPER
                else f"Known are: {', '.join(accepted)}.",
            )


_EXTRA_MAY_REPEAT = ("language_codes",)


def _extra(value: Mapping[str, Any]) -> dict[str, Any]:
    for name in value:
        if not isinstance(name, str) or not _EXTRA_NAME.fullmatch(name):
            raise ParameterError(
                f"extra: {name!r:.80} is not a setting's name.", advice="Give the names of AssemblyAI's parameters."
            )
        if name in _RESERVED:
            raise ParameterError(f"extra: {name} cannot be set here.", advice=_RESERVED[name])
        if name in PARAMETERS and name not in _EXTRA_MAY_REPEAT:
            raise ParameterError(f"extra: {name} is a setting that ipyscribe knows.", advice=f"Give it as {name}=.")
    return dict(value)


def expected(parameter: Parameter) -> str:
    """What a value of ``parameter`` may be, in words."""
    match parameter.kind:
        case "flag":
            return "True or False"
        case "integer" | "number":
            noun = "a whole number" if parameter.kind == "integer" else "a number"
            return f"{noun} from {parameter.low:,.10g} to {parameter.high:,.10g} {parameter.unit}".rstrip()
        case "text":
            return f"text of at most {parameter.high:,.10g} characters"
        case "choice":
            return " or ".join(map(repr, parameter.choices))
        case "list" if parameter.name == "language_codes":
            return f"a language code or a list of at most {parameter.high:g} codes"
        case "list":
            each = f" of at most {parameter.item_length} characters each" if parameter.item_length else ""
            return f"a list of at most {parameter.high:g} texts{each}"
        case "object":
            return "a dict that can be written as JSON"


def query_string(model: Model, sample_rate_hz: int, checked: Mapping[str, Any]) -> str:
    """The query of the WebSocket address: lower-case booleans, one JSON array per list."""
    query = {"speech_model": model.name, "sample_rate": str(sample_rate_hz), "encoding": "pcm_s16le"}
    query |= {name: _wire(value) for name, value in on_the_wire(checked).items()}
    return urlencode(query)


def _wire(value: Any) -> str:
    if isinstance(value, (bool, list, dict)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def parameter_named(name: str) -> Parameter:
    """The parameter of that name. Raises ``ParameterError`` with the nearest one."""
    if name in PARAMETERS:
        return PARAMETERS[name]
    if name in _RESERVED:
        raise ParameterError(f"{name} cannot be set here.", advice=_RESERVED[name])
    near = difflib.get_close_matches(name, PARAMETERS, n=1)
    raise ParameterError(
        f"There is no parameter {name!r}.",
        advice=f"Did you mean {near[0]!r}?" if near else f"Available: {', '.join(sorted(PARAMETERS))}.",
    )


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


_INFINITE = (float("inf"), float("-inf"))


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and value == value and value not in _INFINITE


def _within(parameter: Parameter, value: float) -> bool:
    return (parameter.low is None or value >= parameter.low) and (parameter.high is None or value <= parameter.high)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_json(value: Any) -> bool:
    try:
        return _is_text(json.dumps(value, ensure_ascii=False, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return False


def _texts(parameter: Parameter, value: Any) -> list[str] | None:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return None
    items = list(value)
    fits = _within(parameter, len(items)) and all(
        _is_text(item) and (parameter.item_length is None or len(item) <= parameter.item_length) for item in items
    )
    return items if fits else None


_FAMILY_NAMES: Mapping[Family, str] = {
    "u3": "u3-rt-pro and its successors",
    "english": "universal-streaming-english",
    "multilingual": "universal-streaming-multilingual",
    "whisper": "whisper-rt",
    "local": "the offline recogniser",
}


def families_text(families: frozenset[Family]) -> str:
    """The models of ``families``, for a message to a person."""
    return ", ".join(text for family, text in _FAMILY_NAMES.items() if family in families)
