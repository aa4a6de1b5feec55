"""What would end a session is refused here; what a server would ignore is sent, and a note says so."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, quote_plus

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.errors import ParameterError
from ipyscribe.protocol import (
    LOCAL_MODEL,
    PARAMETERS,
    check_parameters,
    find_model,
    models,
    parameters_of,
    query_string,
    setting_notes,
    update_notes,
)
from ipyscribe.protocol.parameters import Parameter, check_value, expected, merged

U3, EN, ML, WH, LOCAL = (
    find_model(name)
    for name in (
        "u3-rt-pro",
        "universal-streaming-english",
        "universal-streaming-multilingual",
        "whisper-rt",
        LOCAL_MODEL,
    )
)
BY_FAMILY = {model.family: model for model in (U3, EN, ML, WH, LOCAL)}
EXAMPLES: dict[str, Any] = {"flag": True, "text": "x", "list": ["x"], "object": {"x": 1}}
NUMBERS = [p for p in PARAMETERS.values() if p.kind in ("integer", "number")]


def needed_by(parameter: Parameter) -> dict[str, str]:
    return {"voice_focus": "near-field"} if parameter.needs == "voice_focus" else {}


@pytest.mark.parametrize("parameter", NUMBERS, ids=lambda p: p.name)
def test_the_ends_of_a_range_are_in_it_and_beyond_is_not(parameter: Parameter) -> None:
    assert parameter.low is not None
    assert parameter.high is not None
    for value in (parameter.low, parameter.high):
        checked = check_parameters({parameter.name: value} | needed_by(parameter))
        assert checked == {parameter.name: value} | needed_by(parameter)
        assert type(checked[parameter.name]) is (int if parameter.kind == "integer" else float)
    step = 1 if parameter.kind == "integer" else 0.001
    for value in (parameter.low - step, parameter.high + step, float("nan"), float("inf"), True, "1", [1], 10**400):
        with pytest.raises(ParameterError) as caught:
            check_parameters({parameter.name: value})
        assert f"from {parameter.low:,.10g} to {parameter.high:,.10g} {parameter.unit}".rstrip() in str(caught.value)
        assert parameter.name in caught.value.message


def test_a_range_is_shown_with_its_unit() -> None:
    assert expected(PARAMETERS["max_turn_silence"]) == "a whole number from 50 to 10,000 ms"
    assert expected(PARAMETERS["speaker_labels_revision_interval_ms"]) == "a whole number from 0 to 86,400,000 ms"
    assert expected(PARAMETERS["vad_threshold"]) == "a number from 0 to 1"
    assert expected(PARAMETERS["mode"]) == "'min_latency' or 'balanced' or 'max_accuracy' or 'manual'"
    assert expected(PARAMETERS["keyterms_prompt"]) == "a list of at most 100 texts of at most 50 characters each"
    assert all(expected(parameter) for parameter in PARAMETERS.values())


def test_whole_numbers_may_come_as_floats_or_from_numpy() -> None:
    given_values = (400, 400.0, np.int64(400), np.float32(400))
    checked = [check_parameters({"min_turn_silence": value})["min_turn_silence"] for value in given_values]
    assert checked == [400] * 4
    assert {type(value) for value in checked} == {int}
    with pytest.raises(ParameterError, match="whole number"):
        check_parameters({"min_turn_silence": 400.5})


@pytest.mark.parametrize("value", [0, 1, "true", None.__class__, "False", [True]])
def test_flags_are_true_or_false(value: Any) -> None:
    with pytest.raises(ParameterError, match="Expected True or False"):
        check_parameters({"format_turns": value})


@pytest.mark.parametrize("value", ["balance", "Balanced", 1, ["balanced"], np.array([1, 2])])
def test_choices_are_named(value: Any) -> None:
    with pytest.raises(ParameterError, match="'min_latency' or 'balanced' or 'max_accuracy' or 'manual'"):
        check_parameters({"mode": value})


def test_texts_have_a_length() -> None:
    assert check_parameters({"prompt": "x" * 1750, "agent_context": ""}) == {
        "prompt": "x" * 1750,
        "agent_context": "",
    }
    for value in ("x" * 1751, b"x", 7, "half a pair \ud800"):
        with pytest.raises(ParameterError, match="text of at most 1,750 characters") as caught:
            check_parameters({"prompt": value})
        assert len(str(caught.value)) < 250


def test_lists_of_texts() -> None:
    assert check_parameters({"keyterms_prompt": ("a b", "c,d")}) == {"keyterms_prompt": ["a b", "c,d"]}
    assert check_parameters({"keyterms_prompt": (term for term in ["a", "b"])}) == {"keyterms_prompt": ["a", "b"]}
    assert check_parameters({"keyterms_prompt": []}) == {"keyterms_prompt": []}
    assert check_parameters({"keyterms_prompt": ["x" * 50] * 100})
    for value in ("NADH", b"NADH", 7, ["x"] * 101, ["x" * 51], ["a", 7], ["\ud800"]):
        with pytest.raises(ParameterError, match="at most 100 texts of at most 50 characters each"):
            check_parameters({"keyterms_prompt": value})


def test_objects_are_json() -> None:
    assert check_parameters({"llm_gateway": {"model": "x"}}) == {"llm_gateway": {"model": "x"}}
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    for value in ("{}", [1], {"x": object()}, {"x": float("nan")}, loop):
        with pytest.raises(ParameterError, match="a dict that can be written as JSON"):
            check_parameters({"llm_gateway": value})


def test_none_means_left_out() -> None:
    assert check_parameters({"prompt": None, "mode": "balanced"}) == {"mode": "balanced"}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("speaker_lables", "speaker_labels"),
        ("format_turn", "format_turns"),
        ("min_end_turn_silence", "min_turn_silence"),
        ("keyterm_prompt", "keyterms_prompt"),
        ("vadThreshold", "vad_threshold"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ParameterError, match=f"There is no parameter '{name}'. Did you mean '{near}'"):
        check_parameters({name: 1})


def test_a_name_near_to_none_is_answered_with_all() -> None:
    with pytest.raises(ParameterError) as caught:
        check_parameters({"zzz": 1})
    assert all(name in str(caught.value) for name in PARAMETERS)


@pytest.mark.parametrize("name", ["speech_model", "model", "sample_rate", "encoding", "token", "language"])
def test_what_the_session_decides_is_refused_without_its_value(name: str) -> None:
    with pytest.raises(ParameterError, match=f"{name} cannot be set here") as caught:
        check_parameters({name: "hush-hush"})
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("value", ["hush-hush" * 500, 7])
def test_a_secret_value_is_not_repeated(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"webhook_auth_header_value=\.\.\. ") as caught:
        check_parameters({"webhook_auth_header_value": value})
    assert "hush" not in repr(caught.value)


def example(parameter: Parameter) -> Any:
    if parameter.name == "language_codes":
        return ["en"]
    if parameter.name == "extra":
        return {"turn_left_pad_ms": 1024}
    return (parameter.choices or (EXAMPLES.get(parameter.kind, parameter.high),))[0]


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda p: p.name)
def test_a_parameter_acts_is_noted_or_is_refused(parameter: Parameter) -> None:
    for family, model in BY_FAMILY.items():
        values = {parameter.name: example(parameter)} | needed_by(parameter)
        if family in parameter.refused:
            with pytest.raises(ParameterError, match=f"cannot be used with {model.name}") as caught:
                check_parameters(values, model)
            assert parameter.name in caught.value.advice
            continue
        checked = check_parameters(values, model)
        sent = "turn_left_pad_ms" if parameter.name == "extra" else parameter.name
        assert f"{sent}=" in query_string(model, 16_000, checked)
        notes = {note.name: note for note in setting_notes(model, checked)}
        if family not in parameter.acts:
            assert f"is not known to act on {model.name}; it is sent" in notes[parameter.name].message
        elif parameter.needs and parameter.needs not in checked:
            assert f"does nothing without {parameter.needs}" in notes[parameter.name].message


def test_where_a_parameter_acts_is_noted() -> None:
    (note,) = setting_notes(EN, check_parameters({"interruption_delay": 0, "format_turns": True}, EN))
    assert note == (
        "interruption_delay",
        "interruption_delay=0 is not known to act on universal-streaming-english; it is sent, and may be ignored.",
        "It acts on u3-rt-pro and its successors.",
        True,
    )
    ignored = {("prompt", "english"), ("speaker_labels", "whisper"), ("mode", "local"), ("format_turns", "u3")}
    assert all(family not in PARAMETERS[name].acts for name, family in ignored)


@pytest.mark.parametrize("name", ["prompt", "mode", "agent_context"])
def test_what_ends_a_session_outside_of_u3_is_refused(name: str) -> None:
    values = {name: example(PARAMETERS[name])}
    for model in (EN, ML, WH):
        with pytest.raises(
            ParameterError, match=rf"{name}=.* cannot be used with {model.name}: AssemblyAI's server ends"
        ):
            check_parameters(values, model)
    assert check_parameters(values, U3) == check_parameters(values, LOCAL) == values
    newer = find_model("universal-streaming-english-2")
    assert check_parameters(values, newer) == values
    (note,) = setting_notes(newer, values)
    assert f"may end a session of {newer.name}" in note.message


@pytest.mark.parametrize(
    ("value", "sent"),
    [("en", ["en"]), (["en", "hi"], ["en", "hi"]), (("hi", "en"), ["hi", "en"]), ("multi", ["multi"]), ([], [])],
)
def test_language_codes_are_bare(value: Any, sent: list[str]) -> None:
    assert check_parameters({"language_codes": value}) == {"language_codes": sent}


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("en-IN", "Give the bare code: 'en'"),
        (["de", "pt_BR"], "Give the bare code: 'pt'"),
        ("EN", "Give the bare code: 'en'"),
        ("tlh", "Known are: en, es"),
        (["en", "multi"], "Give 'multi' by itself"),
        (["en"] * 11, "a language code or a list of at most 10 codes"),
        (7, "a language code or a list of at most 10 codes"),
        ([7], "a language code or a list of at most 10 codes"),
    ],
)
def test_language_codes_that_end_a_session_are_refused(value: Any, advice: str) -> None:
    with pytest.raises(ParameterError, match="language_codes=") as caught:
        check_parameters({"language_codes": value})
    assert advice in caught.value.advice


def test_a_language_that_is_not_documented_for_the_model_is_noted() -> None:
    (note,) = setting_notes(U3, check_parameters({"language_codes": ["en", "ko"]}, U3))
    assert note.message.startswith("'ko' (Korean) is not among the languages documented for u3-rt-pro")
    assert not note.ignored
    for name in ("universal-3-6-pro", "assemblyai-stt-3-7-realtime"):
        assert setting_notes(find_model(name), {"language_codes": ["en", "ko"]}) == []


def test_an_interval_of_revisions_is_brought_into_the_servers_range() -> None:
    for value, used in ((1000, "120,000"), (86_400_000, "300,000")):
        values = {"speaker_labels_revision_interval_ms": value, "speaker_labels": True}
        (note,) = setting_notes(EN, check_parameters(values, EN))
        assert f"is taken as {used} ms by the server" in note.message
    for value in (0, 120_000, 300_000):
        assert setting_notes(EN, {"speaker_labels_revision_interval_ms": value, "speaker_labels": True}) == []


def test_settings_that_are_not_known_are_sent_on_purpose() -> None:
    extra = {"turn_left_pad_ms": 1024, "new_flag": True, "new_list": ["a"]}
    checked = check_parameters({"extra": extra, "format_turns": True}, EN)
    assert checked == {"extra": extra, "format_turns": True}
    query = query_string(EN, 16_000, checked)
    assert "turn_left_pad_ms=1024&new_flag=true&new_list=%5B%22a%22%5D" in query
    assert "extra" not in query
    notes = setting_notes(EN, checked)
    assert [note.name for note in notes] == ["extra.turn_left_pad_ms", "extra.new_flag", "extra.new_list"]
    assert notes[0].message == "turn_left_pad_ms=1024 is not a setting that this version knows; it is sent unchecked."
    assert update_notes(EN, {"extra": {"new_flag": True}})[0].message.endswith("it is sent unchecked.")
    assert merged({"extra": {"a": 1, "b": 1}, "x": 1}, {"extra": {"b": 2}}) == {"extra": {"a": 1, "b": 2}, "x": 1}


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ({"prompt": "x"}, "extra: prompt is a setting that ipyscribe knows"),
        ({"token": "hush-hush"}, "extra: token cannot be set here"),
        ({"speech_model": "x"}, "extra: speech_model cannot be set here"),
        ({"a b": 1}, "extra: 'a b' is not a setting's name"),
        ({"": 1}, "extra: '' is not a setting's name"),
        ({"x": object()}, "extra=.* cannot be used"),
        ([("x", 1)], "extra=.* cannot be used"),
    ],
)
def test_extra_does_not_pass_what_is_known_or_no_name(extra: Any, problem: str) -> None:
    with pytest.raises(ParameterError, match=problem) as caught:
        check_parameters({"extra": extra})
    assert "hush" not in str(caught.value)


def test_a_threshold_that_would_end_the_session_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"voice_focus_threshold=0\.5 needs voice_focus"):
        check_parameters({"voice_focus_threshold": 0.5})


def test_a_parameter_that_needs_another() -> None:
    alone = setting_notes(EN, check_parameters({"max_speakers": 2, "speaker_labels": False, "redact_pii_sub": "hash"}))
    assert [item.message for item in alone] == [
        "max_speakers=2 does nothing without speaker_labels.",
        "redact_pii_sub='hash' does nothing without redact_pii.",
    ]
    assert setting_notes(EN, check_parameters({"max_speakers": 2, "speaker_labels": True})) == []


def test_a_secret_is_not_shown() -> None:
    (note,) = setting_notes(WH, check_parameters({"webhook_auth_header_value": "hush-hush"}))
    assert "hush" not in repr(note)


def test_what_an_update_does_not_change_is_noted() -> None:
    assert update_notes(EN, {"max_turn_silence": 2400, "keyterms_prompt": []}) == []
    assert update_notes(U3, {"prompt": ""}) == []
    (fixed,) = update_notes(EN, {"format_turns": True})
    assert fixed.message == (
        "format_turns=True was sent, but format_turns is fixed when a session of universal-streaming-english opens."
    )
    assert "min_turn_silence" in fixed.advice
    assert "These can change now: none" in update_notes(WH, {"format_turns": True})[0].advice
    assert "is not known to act on" in update_notes(EN, {"interruption_delay": 0})[0].message
    assert update_notes(U3, {"acknowledge_silence": True}) == []


def test_live_parameters_act() -> None:
    assert all(parameter.live <= parameter.acts for parameter in PARAMETERS.values())


def test_the_query_string() -> None:
    terms = ["a b", "c,d", "Szent-Györgyi & Co"]
    checked = check_parameters(
        {"keyterms_prompt": terms, "format_turns": True, "speaker_labels": False, "vad_threshold": 0.25}
    )
    query = query_string(EN, 16_000, checked)
    assert query.startswith("speech_model=universal-streaming-english&sample_rate=16000&encoding=pcm_s16le&")
    assert "&format_turns=true&speaker_labels=false&vad_threshold=0.25" in query
    assert f"keyterms_prompt={quote_plus(json.dumps(terms, ensure_ascii=False, separators=(',', ':')))}" in query
    assert json.loads(parse_qs(query)["keyterms_prompt"][0]) == terms


def test_falsy_values_are_sent() -> None:
    checked = check_parameters({"end_of_turn_confidence_threshold": 0, "keyterms_prompt": [], "redact_pii": False})
    query = query_string(EN, 16_000, checked)
    assert query.endswith("end_of_turn_confidence_threshold=0.0&keyterms_prompt=%5B%5D&redact_pii=false")


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.text())


@given(st.sampled_from(sorted(PARAMETERS)), ANYTHING)
def test_a_value_is_either_sent_or_refused(name: str, value: Any) -> None:
    parameter = PARAMETERS[name]
    try:
        checked = check_value(parameter, value)
    except ParameterError:
        return
    query = query_string(EN, 16_000, {name: checked})
    if name == "extra":
        return
    assert len(parse_qs(query, keep_blank_values=True)[name]) == 1


def test_every_model_has_settings_to_show() -> None:
    for model in models():
        assert [parameter for parameter in parameters_of(model) if parameter.shown]
