"""Clients that we did not write, on words that a script gives at known times: what each reads and how each ends."""

from __future__ import annotations

from typing import Any

import pytest
from foreign.conftest import RunPlugin
from foreign.recorded import Recorded, triples
from local.scripts import TEXTS, scripted

from ipyscribe.local.tls import one_day_certificate
from ipyscribe.protocol.messages import Termination

pytestmark = [pytest.mark.foreign, pytest.mark.timeout(300)]


def words_of(reported: list[dict[str, Any]], kind: str) -> list[str]:
    return [event["text"] for event in reported if event["event"] == kind]


def test_the_official_javascript_sdk_reads_every_turn_to_the_termination(run_on_silence: RunPlugin) -> None:
    """It takes no address but ``wss://``. It waits for the end: the turn that Terminate closes is among its words."""
    recorded = Recorded()
    with one_day_certificate() as tls, scripted(token="the key", watch=recorded, tls=tls.context) as url:
        assert url.startswith("wss://")
        trusted = {"NODE_EXTRA_CA_CERTS": str(tls.authority)}
        reported = run_on_silence(
            None, "javascript_sdk.mjs", "universal-streaming-english", url=url, environment=trusted
        )
        assert recorded.over.wait(60)
    assert reported[0]["event"] == "begin"
    assert words_of(reported, "error") == []
    turns = [event for event in reported if event["event"] == "turn"]
    assert [(turn["order"], turn["text"], turn["ended"], turn["formatted"], turn["words"]) for turn in turns] == [
        (turn.turn_order, turn.transcript, turn.end_of_turn, turn.turn_is_formatted, triples(turn))
        for turn in recorded.turns
    ]
    assert [turn["text"] for turn in turns if turn["ended"] and turn["formatted"] and turn["text"]] == TEXTS
    assert recorded.received == ['{"type":"Terminate"}']
    assert isinstance(recorded.messages[-1], Termination)
    assert recorded.code in ("1000", "1005")  # it leaves without a code as soon as it has read that


def test_vision_agents_plugin_loses_the_turn_that_is_open_when_it_is_closed(run_on_silence: RunPlugin) -> None:
    """Its ``close`` sends Terminate and leaves at once, without reading what answers it."""
    recorded = Recorded()
    with scripted(token="the key", watch=recorded) as url:
        reported = run_on_silence(
            "vision_agents.plugins.assemblyai", "vision_agents_plugin.py", "u3-rt-pro", TEXTS[2], url=url
        )
        assert recorded.over.wait(60)
    assert words_of(reported, "final") == TEXTS[:2]
    assert words_of(reported, "interim")[-1].startswith(TEXTS[2])
    sent = [turn.transcript for turn in recorded.turns if turn.transcript]
    assert [event["text"] for event in reported] == sent[: len(reported)]
    assert recorded.received == ['{"type": "Terminate"}']


def test_videosdks_plugin_waits_half_a_second_for_the_last_words(run_on_silence: RunPlugin) -> None:
    """Its ``aclose`` sends Terminate, sleeps for 0.5 s and leaves: what a slower server says then is lost."""
    recorded = Recorded()
    with scripted("delay:5s@stop", token="the key", watch=recorded) as url:
        reported = run_on_silence(
            "videosdk.plugins.assemblyai", "videosdk_plugin.py", "universal-streaming-english", "so we", url=url
        )
        assert recorded.over.wait(60)
    assert words_of(reported, "error") == []
    assert words_of(reported, "final") == TEXTS[:2]
    assert words_of(reported, "interim")[-1] == "so we"
    assert recorded.received == ['{"type": "Terminate"}']
