"""Models and a source that are chosen in a cell, and the comparisons that Start makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from comparison.speakers import saying
from local.harness import wait_for
from session.sources import TONE
from support.front_end_messages import deliver
from support.hostile import HOSTILE, assert_plain
from support.scripted_server import scripted

from ipyscribe import AudioArray, ComparisonSetup
from ipyscribe.errors import ParameterError, SessionStateError

CHOSEN = ("u3-rt-pro", "whisper-rt")


def test_models_are_ticked_and_compared_and_earlier_ones_are_kept() -> None:
    with scripted(saying("so we meet")) as server:
        sound = AudioArray(np.resize(TONE, 24_000), 16_000, speed=8, label=HOSTILE)
        setup: Any = ComparisonSetup(CHOSEN, source=sound, endpoint=server.url, api_key="k")
        view = setup.setup_view
        assert setup.saved_copy.bundle(None)["text/plain"] == "No comparison yet."
        assert setup.comparisons == ()
        deliver(view, {"kind": "hello"})
        wait_for(lambda: view.state.get("chosen") == list(CHOSEN))
        assert_plain("source", view.get_state(["sources"])["sources"][0]["label"])

        deliver(view, {"kind": "choose", "model": "whisper-rt", "chosen": False})
        wait_for(lambda: not view.state["ready"])
        deliver(view, {"kind": "start"})
        wait_for(lambda: "cannot be compared" in (view.state["error"] or {}).get("message", ""))
        deliver(view, {"kind": "choose", "model": "universal-streaming-english", "chosen": True})
        wait_for(lambda: view.state["ready"])
        deliver(view, {"kind": "start", "page": "p"})
        wait_for(lambda: setup.comparison is not None and setup.comparison.done)
        first = setup.comparison
        assert set(first.labels) == {"u3-rt-pro", "universal-streaming-english"}
        assert [str(lane.transcript) for lane in first.lanes] == ["so we meet"] * 2
        wait_for(lambda: not view.state["running"] and view.state["error"] is None)

        deliver(view, {"kind": "source", "key": "nowhere"})
        wait_for(lambda: "no source 'nowhere'" in (view.state["error"] or {}).get("message", ""))
        deliver(view, {"kind": "start"})
        wait_for(lambda: len(setup.comparisons) == 2 and setup.comparisons[1].started and setup.comparisons[1].done)
        wait_for(lambda: view.state["shown"] == 1 and len(view.state["earlier"]) == 2 and not view.state["running"])
        assert setup.comparison is not first
        deliver(view, {"kind": "earlier", "number": 0})
        wait_for(lambda: setup.comparison is first)
        assert "so we meet" in setup.saved_copy.bundle(setup._saved_content())["text/plain"]  # as its cell writes it
        with pytest.raises(ParameterError, match="no comparison 2"):
            setup.show_comparison(2)
        setup.close()


def test_one_comparison_at_a_time() -> None:
    with scripted(saying(*["so we meet"] * 60)) as server:
        sound = AudioArray(np.resize(TONE, 960_000), 16_000)
        setup: Any = ComparisonSetup(CHOSEN, source=sound, endpoint=server.url, api_key="k")
        for _ in range(2):
            deliver(setup.setup_view, {"kind": "start"})
        wait_for(lambda: setup.comparison is not None and setup.comparison.started)
        for message in ({"kind": "start"}, {"kind": "choose", "model": "u3-rt-pro", "chosen": False}):
            setup.setup_view.state = {**setup.setup_view.state, "error": None}
            deliver(setup.setup_view, message)
            wait_for(lambda: "is running" in (setup.setup_view.state["error"] or {}).get("message", ""))
        with pytest.raises(SessionStateError, match="is running"):
            setup.show_comparison(0)
        assert len(setup.comparisons) == 1
        setup.close()
        wait_for(lambda: setup.comparison.done)


def test_a_source_keeps_the_channel_that_it_was_given() -> None:
    left = np.stack([np.resize(TONE, 8_000), np.zeros(8_000, np.int16)], axis=1)
    with scripted(saying("so we meet")) as server:
        sound = AudioArray(left, 16_000, channel="left", speed=8)
        setup: Any = ComparisonSetup(CHOSEN, source=sound, endpoint=server.url, api_key="k")
        deliver(setup.setup_view, {"kind": "start"})
        wait_for(lambda: setup.comparison is not None and setup.comparison.started)
        assert setup.comparison.source.channel == "left"
        setup.close()
        wait_for(lambda: setup.comparison.done)


def test_without_a_key_two_recognisers_of_this_computer_are_ticked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)
    without: Any = ComparisonSetup()
    assert without.setup_view.chosen == ("local-whisper-tiny.en", "local-pocketsphinx")
    with_key: Any = ComparisonSetup(api_key="k")
    assert with_key.setup_view.chosen == ("universal-3-6-pro", "universal-streaming-english")
    for setup in (without, with_key):
        setup.close()


@pytest.mark.parametrize("models", ["u3-rt-pro", [3], ["no such model of ours"]])
def test_models_are_checked_at_once(models: Any) -> None:
    if models == ["no such model of ours"]:
        setup: Any = ComparisonSetup(models)  # it may be new on the server
        assert setup.setup_view.catalogue[-1]["name"] == models[0]
        setup.close()
        return
    with pytest.raises(ParameterError, match="not a list of model names"):
        ComparisonSetup(models)
