"""Clients that we did not write hear the local server and report what we parse.

Each has a session of each model. In the first the recogniser hears real speech, in the others a script says the same
words: what differs there is how the server talks, not what it hears.

Every frame of a session is kept as the server sent it. What the client reported is compared with
``parse_message`` of these very frames, and its finals with the transcript that ``reduce`` builds from them.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from foreign.conftest import SECONDS, Run
from foreign.recorded import Recorded, triples
from local.harness import running
from local.scripts import sample_script

from ipyscribe.local import ScriptedRecognition
from ipyscribe.local.loading import OfflineRecognition
from ipyscribe.protocol.messages import ServerError, Termination

pytestmark = [pytest.mark.foreign, pytest.mark.recogniser, pytest.mark.timeout(300)]

MODELS = ["u3-rt-pro", "universal-streaming-english", "universal-streaming-multilingual", "whisper-rt"]
NEWEST_AND_OTHERS = ["universal-3-6-pro", *MODELS[:3]]


Sessions = dict[str, tuple[Recorded, list[Any]]]
"""Of each model, what the server sent and received, and what the client reported."""


def sessions_of(package: str, script: str, models: list[str]) -> Any:
    """A fixture: one process of the client, with a session of each model after the other."""

    @pytest.fixture(scope="module")
    def sessions(offline: OfflineRecognition, run: Run) -> Sessions:
        recorded = {model: Recorded() for model in models}
        recognitions = {model: ScriptedRecognition(sample_script()) for model in models}
        recognitions |= {models[0]: offline}
        with contextlib.ExitStack() as servers:
            urls = {
                model: servers.enter_context(
                    running(
                        lambda model=model: recognitions[model], token="the key", simulate=True, watch=recorded[model]
                    )
                )
                for model in models
            }
            reported = run(package, script, urls)
            assert all(each.over.wait(60) for each in recorded.values())
        return {model: (recorded[model], reported[model]) for model in models}

    return sessions


official_sdk = sessions_of("assemblyai", "official_sdk", MODELS)
livekit = sessions_of("livekit.plugins.assemblyai", "livekit_plugin", NEWEST_AND_OTHERS)
pipecat = sessions_of("pipecat.services.assemblyai.stt", "pipecat_service", NEWEST_AND_OTHERS)


def checked(sessions: Sessions, model: str) -> tuple[Recorded, list[Any]]:
    """The session of the model, which went well and has the words."""
    recorded, reported = sessions[model]
    assert not [event for event in reported if event["event"] == "error"]
    assert not [message for message in recorded.messages if isinstance(message, ServerError)]
    assert recorded.code == "1000"
    ending = recorded.messages[-1]
    assert isinstance(ending, Termination)
    assert ending.audio_duration_s == SECONDS
    spoken = " ".join(recorded.settled(model)).lower()
    for words in ("do you have a minute", "open evening at the observatory", "how many people are coming"):
        assert words in spoken
    return recorded, reported


@pytest.mark.parametrize("model", MODELS)
def test_the_official_sdk(official_sdk: Sessions, model: str) -> None:
    recorded, reported = checked(official_sdk, model)
    assert reported[0]["event"] == "begin"
    assert reported[-1] == {"model": model, "event": "termination", "seconds": SECONDS}
    turns = [event for event in reported if event["event"] == "turn"]
    assert [
        (turn["order"], turn["text"], turn["ended"], turn["formatted"], turn["words"]) for turn in turns
    ] == [
        (turn.turn_order, turn.transcript, turn.end_of_turn, turn.turn_is_formatted, triples(turn))
        for turn in recorded.turns
    ]  # fmt: skip
    finals = {turn["order"]: turn["text"] for turn in turns if turn["ended"] and turn["text"]}
    assert list(finals.values()) == recorded.settled(model, format_turns=True)


@pytest.mark.parametrize("model", NEWEST_AND_OTHERS)
def test_livekits_plugin(livekit: Sessions, model: str) -> None:
    recorded, reported = checked(livekit, model)
    finals = [event for event in reported if event["event"] == "final"]
    assert [event["text"] for event in finals if event["text"]] == recorded.settled(model, format_turns=True)
    assert [event["words"] for event in reported if event["event"] == "interim"] == [
        triples(turn) for turn in recorded.turns if turn.words
    ]


@pytest.mark.parametrize("model", NEWEST_AND_OTHERS)
def test_pipecats_service(pipecat: Sessions, model: str) -> None:
    recorded, reported = checked(pipecat, model)
    finals = [event for event in reported if event["event"] == "final"]
    assert [event["text"] for event in finals] == recorded.settled(model, format_turns=True)
    assert [(event["text"], event["words"]) for event in reported] == [
        (turn.transcript, triples(turn)) for turn in recorded.turns if turn.transcript
    ]
