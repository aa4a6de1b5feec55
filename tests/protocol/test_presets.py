"""A preset is its values, and they can be sent."""

from __future__ import annotations

from typing import Any

import pytest

from ipyscribe.errors import ParameterError
from ipyscribe.protocol import PRESETS, check_parameters, find_model, models, setting_notes

USES = ("captions", "agent", "notes", "patient")
EN, U3 = find_model("universal-streaming-english"), find_model("universal-3-6-pro")


@pytest.mark.parametrize(
    ("use", "model", "values"),
    [
        ("captions", U3, {"mode": "min_latency"}),
        ("agent", U3, {"mode": "balanced"}),
        ("notes", U3, {"mode": "max_accuracy"}),
        ("patient", U3, {"min_turn_silence": 2000, "max_turn_silence": 3000}),
        ("captions", EN, {"end_of_turn_confidence_threshold": 0.4, "min_turn_silence": 160, "max_turn_silence": 400}),
        ("agent", EN, {"end_of_turn_confidence_threshold": 0.4, "min_turn_silence": 400, "max_turn_silence": 1280}),
        ("notes", EN, {"end_of_turn_confidence_threshold": 0.7, "min_turn_silence": 800, "max_turn_silence": 3600}),
        ("patient", EN, {"min_turn_silence": 2000, "max_turn_silence": 3000}),
    ],
)
def test_a_preset_becomes_its_values(use: str, model: Any, values: dict[str, Any]) -> None:
    assert check_parameters({"preset": use}, model) == values
    assert check_parameters({"preset": use, "max_turn_silence": 9000}, model) == values | {"max_turn_silence": 9000}


@pytest.mark.parametrize("use", USES)
def test_every_value_of_a_preset_acts_where_it_is_for_and_says_where_it_is_from(use: str) -> None:
    for model in models():
        if model.family == "whisper":
            with pytest.raises(ParameterError, match=f"preset='{use}' has no values for whisper-rt"):
                check_parameters({"preset": use}, model)
            continue
        checked = check_parameters({"preset": use}, model)
        assert checked
        assert setting_notes(model, checked) == []
        values = PRESETS[use].values[model.family]
        assert values.source
        assert values.as_of.startswith("2026-")


@pytest.mark.parametrize("value", ["fast", 7, ["agent"]])
def test_a_preset_that_does_not_exist_is_answered_with_those_that_do(value: Any) -> None:
    with pytest.raises(ParameterError, match="'captions' or 'agent' or 'notes' or 'patient'"):
        check_parameters({"preset": value}, U3)


def test_no_preset_is_no_setting() -> None:
    assert tuple(PRESETS) == USES
    assert check_parameters({"preset": None}, U3) == {}
    with pytest.raises(ParameterError, match="Name the model too"):
        check_parameters({"preset": "agent"})
