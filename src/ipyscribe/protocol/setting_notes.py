"""Settings that a server takes and ignores or changes: they are sent anyway, with a note for the user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ipyscribe.protocol.languages import MULTI, language_name
from ipyscribe.protocol.model import Model
from ipyscribe.protocol.parameters import EXTRA, PARAMETERS, Parameter, families_text, parameters_of

REVISION_INTERVAL = "speaker_labels_revision_interval_ms"
_REVISION_RANGE_MS = (120_000, 300_000)


class SettingNote(NamedTuple):
    """What a person should know of one setting before a session, or after a change.

    ``ignored`` where the server is not known to use the value.
    """

    name: str
    message: str
    advice: str
    ignored: bool = True


def setting_notes(model: Model, settings: Mapping[str, Any]) -> list[SettingNote]:
    """Which of a connection's checked settings may do nothing on ``model``, or something else than their value."""
    notes = []
    for name, value in settings.items():
        parameter = PARAMETERS[name]
        if name == EXTRA:
            notes += _unchecked(value)
        elif model.family not in parameter.acts:
            notes.append(_does_not_act(parameter, value, model))
        elif parameter.needs and not settings.get(parameter.needs):
            notes.append(
                SettingNote(name, f"{parameter.shows(value)} does nothing without {parameter.needs}.", "Give both.")
            )
        else:
            notes += _server_side(parameter, value, model)
    return notes


def update_notes(model: Model, changes: Mapping[str, Any]) -> list[SettingNote]:
    """``setting_notes`` for a change of an open session: what is fixed at its start does nothing there either."""
    notes = []
    for name, value in changes.items():
        parameter = PARAMETERS[name]
        if name == EXTRA:
            notes += _unchecked(value)
        elif model.family not in parameter.acts:
            notes.append(_does_not_act(parameter, value, model))
        elif model.family not in parameter.live:
            live = ", ".join(p.name for p in parameters_of(model) if model.family in p.live and p.name != EXTRA)
            notes.append(
                SettingNote(
                    name,
                    f"{parameter.shows(value)} was sent, but {name} is fixed when a session of {model.name} opens.",
                    f"Stop and start again with the new value. These can change now: {live or 'none'}.",
                )
            )
        else:
            notes += _server_side(parameter, value, model)
    return notes


def _does_not_act(parameter: Parameter, value: Any, model: Model) -> SettingNote:
    if model.family in parameter.refused:
        ends = f"would end a session of {model.name}" if model.known else f"may end a session of {model.name}"
        return SettingNote(
            parameter.name,
            f"{parameter.shows(value)} {ends}: models of its family reject it.",
            f"It acts on {families_text(parameter.acts)}.",
        )
    return SettingNote(
        parameter.name,
        f"{parameter.shows(value)} is not known to act on {model.name}; it is sent, and may be ignored.",
        f"It acts on {families_text(parameter.acts)}.",
    )


def _unchecked(extra: Mapping[str, Any]) -> list[SettingNote]:
    return [
        SettingNote(
            f"{EXTRA}.{name}",
            f"{name}={value!r:.80} is not a setting that this version knows; it is sent unchecked.",
            "The server ignores a name that it does not know and ends the session over a value that it refuses.",
        )
        for name, value in extra.items()
    ]


def _server_side(parameter: Parameter, value: Any, model: Model) -> list[SettingNote]:
    """What the server makes of a value that it takes."""
    shortest, longest = _REVISION_RANGE_MS
    if parameter.name == REVISION_INTERVAL and value and not shortest <= value <= longest:
        used = min(max(value, shortest), longest)
        return [
            SettingNote(
                parameter.name,
                f"{parameter.shows(value)} is taken as {used:,} ms by the server.",
                f"Give {shortest:,} to {longest:,} ms, or 0 for a revision at the end only.",
                ignored=False,
            )
        ]
    if parameter.name == "language_codes":
        return _foreign_languages(value, model)
    return []


def _foreign_languages(codes: list[str], model: Model) -> list[SettingNote]:
    documented = model.language_codes
    unknown = [] if not documented else [code for code in codes if code not in (*documented, MULTI)]
    if not unknown:
        return []
    names = ", ".join(f"{code!r} ({language_name(code)})" for code in unknown)
    return [
        SettingNote(
            "language_codes",
            f"{names} is not among the languages documented for {model.name}; it is sent anyway.",
            f"Documented are: {', '.join(documented or ())}.",
            ignored=False,
        )
    ]
