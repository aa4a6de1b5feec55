"""Whether a folder holds results of the same models and settings, which may stand in one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ipyscribe.errors import ParameterError

_LONGEST = 120


def check_setup(folder: Path, stored: Any, setup: Mapping[str, Any]) -> None:
    """``setup`` is that of an evaluation, ``stored`` that of the results in ``folder``, both as JSON has them.

    Raises ``ParameterError``, which says where they differ.
    """
    if stored == setup:
        return
    labels = _models(stored).keys() & _models(setup).keys()
    there, here = _settings(stored, labels), _settings(setup, labels)
    differences = [
        f"{name} (there: {_shown(there.get(name))}; here: {_shown(here.get(name))})"
        for name in dict.fromkeys([*here, *there])
        if there.get(name) != here.get(name)
    ]
    raise ParameterError(
        f"The folder {str(folder)!r} holds results of other models or settings: {', '.join(differences)}.",
        advice="Give another folder, or the models and settings of those results.",
    )


def _models(setup: Any) -> dict[str, dict[str, Any]]:
    """The settings of each model by its label."""
    models = setup.get("models") if isinstance(setup, Mapping) else None
    pairs = [each for each in models if isinstance(each, list) and len(each) == 2] if isinstance(models, list) else []
    return {label: own for label, own in pairs if isinstance(label, str) and isinstance(own, dict)}


def _settings(setup: Any, labels: Iterable[str]) -> dict[str, Any]:
    """The settings by name: the labels of all models, what is common to them, and what each of ``labels`` has alone."""
    models = _models(setup)
    common = dict(setup) if isinstance(setup, Mapping) else {}
    named = common.pop("settings", None)
    return {
        **common,
        "models": ", ".join(models),
        **(named if isinstance(named, dict) else {}),
        **{f"{name} of {label}": value for label in labels for name, value in models[label].items()},
    }


def _shown(value: Any) -> str:
    text = "none" if value in (None, "") else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
