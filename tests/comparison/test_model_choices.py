"""Which models a comparison is made of, and what it says where they cannot be compared."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from session.sources import tone

from ipyscribe.comparison import Comparison, sweep
from ipyscribe.comparison.model_choices import billed_model, duration_limit_s, model_choices
from ipyscribe.errors import MissingKeyError, ParameterError

MODEL = "u3-rt-pro"
TWO = [MODEL, "universal-streaming-english"]


@pytest.mark.parametrize(
    ("models", "options", "says"),
    [
        ([MODEL], {}, "cannot be compared"),
        (MODEL, {}, "cannot be compared"),
        ([MODEL] * 7, {}, "7 models cannot be compared at once.*2 to 6 model names"),
        ([MODEL, ("patient", {})], {}, "is not the name of a model.*mapping"),
        ([MODEL, 3], {}, "3 is not the name of a model"),
        ({MODEL: MODEL}, {}, "2 to 6 model names"),
        ({"a": MODEL, "": MODEL}, {}, "'' is not a label"),
        ({"a": MODEL, 3: MODEL}, {}, "3 is not a label"),
        ({"a": MODEL, "b": {"max_turn_silence": 3}}, {}, r"models\['b'\].* names no model"),
        ({"a": MODEL, "b": {"model": ""}}, {}, r"models\['b'\].* names no model"),
        ({"a": MODEL, "b": 3}, {}, r"models\['b'\]=3 names no model"),
        ({"a": MODEL, "b": {"model": MODEL, "min_turn_silense": 3}}, {}, "min_turn_silence"),
        (TWO, {"max_cost_usd": -1}, "max_cost_usd=-1"),
        (TWO, {"keep_audio_s": 0}, "keep_audio_s=0"),
        (["new-1", "new-2"], {"max_cost_usd": 1}, "price of new-1 is not known"),
        (TWO, {"source": "talk.wav"}, "is not a source of sound"),
        (TWO, {"reference": "missing.txt"}, "cannot be read"),
        (TWO, {"reference": 3}, "neither a text nor a file"),
        (TWO, {"min_turn_silense": 3}, "min_turn_silence"),
    ],
)
def test_unusable_input_is_named(models: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        Comparison(models, **{"source": tone(1), "api_key": "any", "endpoint": "ws://127.0.0.1:1", **options})


def test_a_sweep_goes_through_settings() -> None:
    lanes = sweep(MODEL, max_turn_silence=[300, 1200], min_turn_silence=100, format_turns=[True])
    assert lanes == {
        f"max_turn_silence={silence}, format_turns=True": {
            "model": MODEL, "max_turn_silence": silence, "min_turn_silence": 100, "format_turns": True,
        }
        for silence in (300, 1200)
    }  # fmt: skip
    both = Comparison(lanes, source=tone(1), api_key="any", endpoint="ws://127.0.0.1:1")
    assert [session.parameters["max_turn_silence"] for session in both.sessions] == [300, 1200]
    for values in (np.array([300, 1200]), [np.int64(300), np.int64(1200)]):
        of_numpy = sweep(MODEL, max_turn_silence=values)
        assert json.loads(json.dumps(of_numpy)) == sweep(MODEL, max_turn_silence=[300, 1200])
    for settings in ({}, {"max_turn_silence": 300}, {"max_turn_silence": []}):
        with pytest.raises(ParameterError, match="no values to go through"):
            sweep(MODEL, **settings)


def test_a_key_is_asked_for_before_anything_is_opened() -> None:
    with pytest.raises(MissingKeyError):
        Comparison(TWO, source=tone(1))


def test_what_is_only_played_here_is_not_ended_by_a_budget_of_money() -> None:
    played = Comparison(TWO, source=tone(1), endpoint="local", max_cost_usd=1e-9)
    assert played.usd_per_hour == 0.0
    billed = [billed_model(choice, {"endpoint": "local"}) for choice in model_choices(TWO)]
    assert duration_limit_s(billed, 1e-9, None) is None
    assert duration_limit_s(billed, 1e-9, 7) == 7
