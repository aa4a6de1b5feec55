"""What a simulated model refuses, and in which words."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from local.harness import MODEL, Client
from local.scripts import scripted

from ipyscribe.local.dialects import turn_settings
from ipyscribe.local.parameters import Parameters, RefusalError, read_query, read_update

VALIDATION = "User Input Validation Error: "
MODELS = (MODEL, "u3-rt-pro", "universal-streaming-english")


def refused(query: dict[str, str]) -> str:
    with pytest.raises(RefusalError) as refusal:
        read_query({"speech_model": "u3-rt-pro", **query}, MODELS)
    assert refusal.value.code == 3006
    return refusal.value.text.removeprefix(VALIDATION)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("sample_rate", "7999", "Value error, sample_rate must be at least 8,000 Hz"),
        ("encoding", "flac", "'flac' is not a valid Encoding"),
        ("keyterms_prompt", json.dumps(["a"] * 101), "Value error, Max 100 items"),
        ("keyterms_prompt", "loose words", "Value error, Invalid JSON array"),
        ("keyterms_prompt", '"loose words"', "Input should be a valid list"),
        ("language_codes", '["en","multi"]', "Value error, 'multi' cannot be combined with other codes"),
        ("prompt", "x" * 1751, "Value error, prompt exceeds maximum length of 1750 characters (got 1751)"),
        (
            "agent_context",
            "x" * 1800,
            "Value error, agent_context exceeds maximum length of 1750 characters (got 1800)",
        ),
        ("max_speakers", "11", "Input should be less than or equal to 10"),
        ("previous_context_n_turns", "-1", "Input should be greater than or equal to 0"),
        ("interruption_delay", "1001", "Input should be less than or equal to 1000"),
        ("mode", "fast", "Input should be 'min_latency', 'balanced', 'max_accuracy' or 'manual'"),
        ("voice_focus_threshold", "0.5", "Value error, voice_focus_threshold requires voice_focus"),
        ("speaker_labels", "perhaps", "Input should be a valid boolean, unable to interpret input"),
        ("llm_gateway", "[]", "Input should be an object"),
        ("speech_model", "u3-pro", f"Input should be '{MODEL}', 'u3-rt-pro' or 'universal-streaming-english'"),
    ],
)
def test_values_are_refused_by_name(name: str, value: str, text: str) -> None:
    assert refused({name: value}) == f"Invalid '{name}': {text}"


def test_a_language_code_is_refused_by_its_place() -> None:
    text = refused({"language_codes": '["de","xx"]'})
    assert text.startswith("Invalid 'language_codes.1': Input should be 'en', 'es', ")
    assert text.count("'") - 2 == 2 * 33


def test_one_bare_language_code_is_taken_and_a_region_is_not() -> None:
    for text in ("en", '["en","hi"]', "multi", "[]"):
        read_query({"speech_model": "u3-rt-pro", "language_codes": text}, MODELS)
    assert refused({"language_codes": "en-IN"}).startswith("Invalid 'language_codes.0': Input should be 'en', ")
    assert refused({"language_codes": '["de","en-IN"]'}).startswith("Invalid 'language_codes.1': ")


@pytest.mark.parametrize("name", ["prompt", "mode", "agent_context"])
def test_settings_of_u3_end_a_session_of_another_model(name: str) -> None:
    for model in ("universal-streaming-english", "universal-streaming-multilingual", "whisper-rt"):
        with scripted() as url, Client(url, f"speech_model={model}&{name}=balanced") as client:
            assert client.refusal() == (
                3006,
                f"{VALIDATION}Invalid '{name}': Value error, {name} is not supported for {model}",
            )


def test_agent_context_in_an_update_is_left_out_with_a_warning() -> None:
    with scripted() as url, Client(url, "speech_model=universal-streaming-english") as client:
        client.until("Begin")
        client.send(type="UpdateConfiguration", agent_context="Hello")
        assert "agent_context is not supported" in client.until("Warning")["warning"]
        client.send(type="UpdateConfiguration", mode="balanced")
        assert client.refusal()[0] == 3006


def test_what_is_taken() -> None:
    query = {
        "speech_model": "u3-rt-pro",
        "speaker_labels": "True",
        "language_detection": "1",
        "keyterms_prompt": json.dumps(["x" * 60] * 100),
        "prompt": "x" * 1750,
        "min_end_of_turn_silence_when_confident": "300",
        "speaker_lables": "no",
        "speechModel": "none",
    }
    parameters = read_query(query, MODELS)
    assert parameters.speaker_labels is parameters.language_detection is True
    assert parameters.min_turn_silence == 300
    assert parameters.requested == {
        "speaker_labels", "language_detection", "keyterms_prompt", "prompt", "min_turn_silence"
    }  # fmt: skip


def test_its_own_model_ignores_what_it_does_not_know() -> None:
    assert read_query({"speech_model": MODEL, "prompt": "x" * 9999}, MODELS) == Parameters(speech_model=MODEL)


def test_a_default_model_stands_in() -> None:
    assert read_query({}, MODELS, "u3-rt-pro").speech_model == "u3-rt-pro"
    with pytest.raises(RefusalError):
        read_query({}, MODELS)


def test_updates_change_what_they_name() -> None:
    before = read_query({"speech_model": "u3-rt-pro", "mode": "balanced", "prompt": "Stars"}, MODELS)
    after = read_update(before, {"mode": "min_latency", "prompt": "", "sample_rate": 8000, "max_turn_silence": 900})
    assert (after.mode, after.max_turn_silence, after.sample_rate) == ("min_latency", 900, 16_000)
    assert after.requested == {"mode", "max_turn_silence"}


@pytest.mark.parametrize("name", ["prompt", "agent_context"])
def test_an_overlong_text_ends_a_session_that_is_open(name: str) -> None:
    with scripted() as url, Client(url, "speech_model=u3-rt-pro") as client:
        client.until("Begin")
        client.send(type="UpdateConfiguration", **{name: "x" * 1751})
        text = f"Value error, {name} exceeds maximum length of 1750 characters (got 1751)"
        assert client.refusal() == (3006, f"{VALIDATION}Invalid '{name}': {text}")


def test_the_enum_is_named_in_the_refusal() -> None:
    with scripted() as url, Client(url, f"speech_model={quote('u3-pro')}") as client:
        code, text = client.refusal()
    assert code == 3006
    for name in (MODEL, "u3-rt-pro", "universal-3-6-pro", "whisper-rt", "universal-streaming-multilingual"):
        assert f"'{name}'" in text


def test_older_servers_say_it_in_the_close_frame() -> None:
    with scripted(older=True) as url:
        with Client(url, "speech_model=u3-pro") as client:
            assert client.rest() == []
        assert client.close_code == 3006
        assert client.close_reason.startswith(f"{VALIDATION}Invalid 'speech_model': Input should be ")
        with Client(url, "speech_model=u3-rt-pro") as client:
            assert "configuration" not in client.until("Begin")


@pytest.mark.parametrize(
    ("text", "codes"),
    [("de", ("de",)), ('["de","cy"]', ("de", "cy")), ("multi", ("multi",))],
)
def test_the_servers_own_model_takes_the_languages_of_whisper(text: str, codes: tuple[str, ...]) -> None:
    parameters = read_query({"speech_model": MODELS[0], "language_codes": text}, MODELS)
    assert parameters.language_codes == codes
    assert turn_settings(parameters).languages == (() if codes == ("multi",) else codes)
