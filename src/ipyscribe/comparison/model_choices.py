"""The models of a comparison, as they are named or written with their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from itertools import product
from typing import Any, TypeAlias

from ipyscribe.access.target import model_at
from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.budget import budget_at, budget_of
from ipyscribe.protocol.models import Model
from ipyscribe.protocol.pricing import priced
from ipyscribe.protocol.python_values import python_values
from ipyscribe.protocol.secret import hidden_settings
from ipyscribe.tape.manifest import distinct

LaneSettings: TypeAlias = Mapping[str, Any]
"""``model`` and, beside it, anything that ``Session`` takes: ``{"model": "u3-rt-pro", "max_turn_silence": 3000}``."""
Models: TypeAlias = Sequence[str] | Mapping[str, str | LaneSettings]
FEWEST_MODELS, MOST_MODELS = 2, 6
_EXAMPLE = '{"patient": {"model": "u3-rt-pro", "max_turn_silence": 3000}, "quick": "u3-rt-pro"}'


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One model under its label, with the settings of its session alone."""

    label: str
    model: str
    settings: Mapping[str, Any]


def hidden_models(models: Models) -> Models:
    """``models`` with the keys and tokens hidden that are among the settings of one."""
    if not isinstance(models, Mapping):
        return models
    return {
        label: hidden_settings(chosen) if isinstance(chosen, Mapping) else chosen for label, chosen in models.items()
    }


def sweep(model: str, **settings: Any) -> dict[str, dict[str, Any]]:
    """The lanes of a comparison or evaluation over settings of one model: each list of values is gone through.

    ``sweep("universal-streaming-english", max_turn_silence=[300, 600, 1200])`` is a mapping of three labels to
    settings; several lists give all combinations, other values hold for all lanes. An array of NumPy is a list too.
    Raises ``ParameterError``.
    """
    settings = python_values(settings)
    lists = {name: values for name, values in settings.items() if isinstance(values, list | tuple | range)}
    if not lists or not all(map(len, lists.values())):
        raise ParameterError(
            f"sweep({model!r:.40}) has no values to go through.",
            advice="Give a list for at least one setting: max_turn_silence=[300, 600, 1200].",
        )
    lanes: dict[str, dict[str, Any]] = {}
    for values in product(*lists.values()):
        chosen = dict(zip(lists, values, strict=True))
        label = ", ".join(f"{name}={value}" for name, value in chosen.items())
        lanes[label] = {"model": model, **settings, **chosen}
    return lanes


def model_choices(models: Models, *, fewest: int = FEWEST_MODELS) -> tuple[ModelChoice, ...]:
    """The choices of ``models``, each with a label of its own. Raises ``ParameterError``."""
    if isinstance(models, str) or not isinstance(models, Sequence | Mapping):
        raise _unusable(models, fewest)
    if not fewest <= len(models) <= MOST_MODELS:
        number = "1 model" if len(models) == 1 else f"{len(models)} models"
        raise _unusable(models, fewest, f"{number} cannot be compared at once: models={models!r:.60}.")
    if isinstance(models, Mapping):
        choices = [_labelled(label, chosen) for label, chosen in models.items()]
    else:
        choices = [_named(name) for name in models]
    labels = distinct(plain(choice.label) for choice in choices)
    return tuple(dataclass_replace(choice, label=label) for choice, label in zip(choices, labels, strict=True))


def _named(name: object) -> ModelChoice:
    if isinstance(name, str) and name.strip():
        return ModelChoice(name, name, {})
    raise ParameterError(
        f"{name!r:.80} is not the name of a model.",
        advice=f"For settings of one model alone, give a mapping: {_EXAMPLE}.",
    )


def _labelled(label: object, chosen: object) -> ModelChoice:
    if not isinstance(label, str) or not plain(label).strip():
        raise ParameterError(f"{label!r:.80} is not a label.", advice=f"Expected text, as in {_EXAMPLE}.")
    if isinstance(chosen, str) and chosen.strip():
        return ModelChoice(label, chosen, {})
    if isinstance(chosen, Mapping) and isinstance(model := chosen.get("model"), str) and model.strip():
        settings = {name: python_values(value) for name, value in chosen.items() if name != "model"}
        return ModelChoice(label, model, settings)
    raise ParameterError(
        f"models[{label!r:.40}]={chosen!r:.80} names no model.",
        advice=f'Give the name of a model, or settings with "model": {_EXAMPLE}.',
    )


def _unusable(models: object, fewest: int, message: str = "") -> ParameterError:
    return ParameterError(
        message or f"models={models!r:.80} cannot be compared.",
        advice=f"Give a list of {fewest} to {MOST_MODELS} model names, or a mapping of labels: {_EXAMPLE}.",
    )


def billed_model(choice: ModelChoice, common_settings: Mapping[str, Any]) -> Model:
    """The model as it is billed: with the add-ons of its settings; a simulation on this computer is free."""
    settings = {**common_settings, **choice.settings}
    return priced(model_at(choice.model, settings.get("endpoint")), settings, settings.get("price_per_hour_usd"))


def duration_limit_s(models: Sequence[Model], max_cost_usd: float | None, max_duration_s: float | None) -> float | None:
    """How long sessions with all ``models`` may be open, in seconds; None for no limit.

    Raises ``ParameterError`` where a limit is unusable, or where the price of a model is unknown.
    """
    for model in models:
        if model.price_per_hour_usd is None:
            budget_of(model, max_cost_usd, max_duration_s)
    return budget_at(sum(model.price_per_hour_usd or 0.0 for model in models), max_cost_usd, max_duration_s).seconds
