"""Presets and language names among the settings of the Transcriber, with messages as a front end would send them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from local.harness import wait_for
from support.front_end_messages import deliver

from ipyscribe import PushSource, Transcriber
from ipyscribe.protocol import PRESETS

LOCAL, EN, U3 = "local-whisper-tiny.en", "universal-streaming-english", "universal-3-6-pro"
KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"

Make = Callable[..., Transcriber]


@pytest.fixture
def make() -> Iterator[Make]:
    made = []

    def transcriber(model: str, **options: Any) -> Transcriber:
        made.append(Transcriber(model, source=PushSource(16_000), api_key=KEY, **options))
        return made[-1]

    yield transcriber
    for transcriber_ in made:
        transcriber_.close()


def choose(transcriber: Transcriber, **choice: Any) -> None:
    deliver(transcriber.controls, {"kind": "select", **choice})


def shows(transcriber: Transcriber, preset: str, parameters: dict[str, Any]) -> None:
    """Wait until the page has that preset and these values in its fields."""
    controls = transcriber.controls
    wait_for(lambda: (controls.state["preset"], controls.parameters) == (preset, parameters), within_s=30)


def test_a_preset_is_shown_as_its_values_which_follow_the_model(make: Make) -> None:
    t = make(EN, keyterms_prompt=["Vera"])
    shows(t, "", {"keyterms_prompt": ["Vera"]})
    choose(t, preset="captions")
    values = {"end_of_turn_confidence_threshold": 0.4, "min_turn_silence": 160, "max_turn_silence": 400}
    shows(t, "captions", {"keyterms_prompt": ["Vera"], **values})
    choose(t, model=U3)
    shows(t, "captions", {"keyterms_prompt": ["Vera"], "mode": "min_latency"})
    fields = [setting["name"] for setting in t.controls.selected["settings"]]
    assert "mode" in fields
    assert 'mode="min_latency"' in t.to_code()
    choose(t, model="whisper-rt")
    shows(t, "", {"keyterms_prompt": ["Vera"]})
    assert t.controls.selected["presets"] == []


def test_own_values_are_no_preset_and_none_takes_back_what_presets_choose(make: Make) -> None:
    t = make(U3, preset="patient")
    shows(t, "patient", {"min_turn_silence": 2000, "max_turn_silence": 3000})
    deliver(t.controls, {"kind": "set", "name": "max_turn_silence", "value": 4000})
    shows(t, "", {"min_turn_silence": 2000, "max_turn_silence": 4000})
    choose(t, preset="")
    shows(t, "", {})
    choose(t, preset="fast")
    wait_for(lambda: t.controls.state["strip"]["error"], within_s=30)
    assert "'captions' or 'agent' or 'notes' or 'patient'" in t.controls.state["strip"]["error"]["advice"]


@pytest.mark.parametrize("model", [LOCAL, EN, U3, "assemblyai-stt-3-7-realtime"])
def test_every_preset_says_what_it_stands_for_and_from_where(make: Make, model: str) -> None:
    presets = make(model).controls.selected["presets"]
    assert [preset["name"] for preset in presets] == list(PRESETS)
    for preset in presets:
        assert preset["use"] == PRESETS[preset["name"]].use
        assert "=" in preset["values"]
        assert ", 2026-" in preset["source"]


def test_an_open_session_takes_the_values_of_a_preset(make: Make, url: str) -> None:
    t = make(LOCAL, endpoint=url)
    session = t.start()
    session.wait_until_open(60)
    choose(t, preset="notes")
    wait_for(lambda: session.parameters.get("max_turn_silence") == 2500, within_s=30)
    assert session.parameters["min_turn_silence"] == 1000
    shows(t, "notes", {"min_turn_silence": 1000, "max_turn_silence": 2500})


def test_the_languages_of_a_model_have_names(make: Make) -> None:
    def names(model: str) -> dict[str, str]:
        settings = make(model).controls.selected["settings"]
        names: dict[str, str] = next(each["names"] for each in settings if each["name"] == "language_codes")
        return names

    six = names("u3-rt-pro")
    assert six == {
        "en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian", "pt": "Portuguese",
        "multi": "several languages",
    }  # fmt: skip
    assert len(names(U3)) == 33
    assert names(U3)["yue"] == "Cantonese"
    assert len(names("assemblyai-stt-3-7-realtime")) == 33
