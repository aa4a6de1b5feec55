"""Parameters that a server takes and does nothing with: they are sent all the same, and a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ipyscribe.protocol.models import Model
from ipyscribe.protocol.parameters import PARAMETERS, Parameter, names_of, parameters_of


class Unused(NamedTuple):
    """A parameter that is sent and that the server may ignore without a word; what to say of it."""

    name: str
    message: str
    advice: str


def unused(model: Model, checked: Mapping[str, Any]) -> list[Unused]:
    """Which of a connection's checked parameters do nothing on ``model``, or nothing without another."""
    found = []
    for name, value in checked.items():
        parameter = PARAMETERS[name]
        if model.family not in parameter.acts:
            found.append(_does_not_act(parameter, value, model))
        elif parameter.needs and not checked.get(parameter.needs):
            found.append(
                Unused(name, f"{parameter.shows(value)} does nothing without {parameter.needs}.", "Give both.")
            )
    return found


def unused_update(model: Model, checked: Mapping[str, Any]) -> list[Unused]:
    """``unused`` for a change of an open session: what is fixed at its start does nothing there either."""
    found = []
    for name, value in checked.items():
        parameter = PARAMETERS[name]
        if model.family not in parameter.acts:
            found.append(_does_not_act(parameter, value, model))
        elif model.family not in parameter.live:
            live = ", ".join(p.name for p in parameters_of(model) if model.family in p.live)
            found.append(
                Unused(
                    name,
                    f"{parameter.shows(value)} was sent, but {name} is fixed when a session of {model.name} opens.",
                    f"Stop and start again with the new value. These can change now: {live or 'none'}.",
                )
            )
    return found


def _does_not_act(parameter: Parameter, value: Any, model: Model) -> Unused:
    return Unused(
        parameter.name,
        f"{parameter.shows(value)} is not known to act on {model.name}; it is sent, and may be ignored.",
        f"It acts on {names_of(parameter.acts)}.",
    )
