"""A comparison's widget without a browser: real sessions, messages as a front end would send them."""

from __future__ import annotations

import io
import json
import re
import threading
import wave
from typing import Any

import ipywidgets
import pytest
from comparison.speakers import turn
from local.harness import wait_for
from session.sources import Endless, tone
from support.front_end_messages import deliver
from support.scripted_server import Client, closed_port, polite, scripted
from widgets.comparisons import FIRST, KEY, SECOND, rows, say, silent, state
from widgets.conftest import MODEL, Make, SentMessages, wait_until_published

from ipyscribe import Comparison
from ipyscribe.access.endpoint import HOSTS
from ipyscribe.notebook import running_cell as cells
from ipyscribe.session import opening_limit


def test_headless_it_makes_no_widget(make: Make) -> None:
    both = make(FIRST, SECOND)
    constructed: list[ipywidgets.Widget] = []
    ipywidgets.Widget.on_widget_constructed(constructed.append)
    try:
        both.run()
    finally:
        ipywidgets.Widget.on_widget_constructed(None)
    assert constructed == []


def test_a_comparison_from_start_to_end(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    wait_for(lambda: state(both).get("strip", {}).get("cost") == "$0.90/h while open")
    assert state(both)["buttons"] == [("start", "Start")]
    say(both, kind="command", command="start", page="p")
    wait_for(lambda: state(both)["strip"]["status"] == "ended")
    wait_for(lambda: sent.of("metrics"))
    both.view.update_saved_copy()
    wait_for(lambda: state(both)["buttons"] == [("start", "Start again")])
    assert [row["start"] for row in rows(sent).values()] == [0, 1000]
    assert re.fullmatch(r"\$0\.\d{4}", state(both)["strip"]["cost"])
    assert sum(lane["first"] for lane in state(both)["lanes"]) == state(both)["compared"]
    said = [spot["texts"] for spot in sent.of("disagreements")[-1]["disagreements"]]
    assert said == [["meet", "meat"], ["red", ""]]
    assert sent.of("metrics")[-1]["rows"][1][0] == "model 1"
    sent.clear()
    both.view.update_saved_copy()
    assert [each["kind"] for each in sent] == []


def test_words_are_shown_before_they_settle(sent: SentMessages) -> None:
    def unfinished(client: Client) -> None:
        client.begin()
        client.hear(chunks=5)
        client.say(turn(0, ["so", "we"], ended=False))
        client.hear("Terminate")
        client.say(turn(0, ["so", "we", "meet"], ended=True))
        client.terminate()

    with scripted(unfinished) as server:
        both = Comparison([MODEL, MODEL], source=Endless(), endpoint=server.url, api_key="any")
        say(both, kind="command", command="start")
        wait_for(lambda: rows(sent).get(0, {}).get("cells") == [[["so we", "new", 0, -1]]] * 2)
        both.stop()
        wait_for(lambda: "new" not in str(rows(sent)[0]["cells"]))
        both.close()


def test_figures_that_words_have_overtaken_are_stale_until_they_are_computed_again(sent: SentMessages) -> None:
    scored = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        client.hear(chunks=5)
        client.say(turn(0, ["so", "we"], ended=True))
        scored.wait(60)
        client.say(turn(1, ["meet", "at", "noon"], ended=True))
        client.hear("Terminate")
        client.terminate()

    with scripted(script) as server:
        both = Comparison([MODEL, MODEL], source=Endless(), endpoint=server.url, api_key="any")
        say(both, kind="command", command="start")
        figures = wait_for(lambda: [each for each in sent.of("metrics") if not each["stale"]])
        assert figures[-1]["at"]  # they are those of so much of the recording
        scored.set()
        wait_for(lambda: sent.of("metrics")[-1]["stale"])
        assert sent.of("metrics")[-1]["rows"] == figures[-1]["rows"]
        both.stop()
        wait_for(lambda: not sent.of("metrics")[-1]["stale"])
        assert sent.of("metrics")[-1]["rows"] != figures[-1]["rows"]
        both.close()


def test_stop_and_pause_do_what_they_say(make: Make) -> None:
    both = make(silent, silent, source=Endless())
    say(both, kind="command", command="start")
    wait_for(lambda: [name for _, name in state(both).get("buttons", [])] == ["Stop", "Pause"])
    wait_for(lambda: state(both)["strip"]["cost"].endswith(" · $0.90/h"))
    say(both, kind="command", command="pause")
    wait_for(lambda: state(both)["strip"]["status"] == "paused (still billed)")
    say(both, kind="command", command="resume")
    wait_for(lambda: state(both)["strip"]["status"] == "listening")
    say(both, kind="command", command="stop")
    wait_for(lambda: state(both)["strip"]["status"] == "ended")
    assert both.errors == {}
    say(both, kind="command", command="start")
    wait_for(lambda: both.started and not both.done)


def test_a_click_plays_the_place_and_what_is_typed_changes_the_numbers(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    [first, _] = sent.of("disagreements")[-1]["disagreements"]
    place = {"first": first["first"], "end": first["end"]}
    assert (first["before"], first["after"]) == ("so we", "at noon bring the")
    say(both, kind="play_audio", request="mine", **place)
    [sound] = wait_for(lambda: sent.of("audio"))
    assert sound["request"] == "mine"
    assert (sound["start"], sound["end"]) == (0.0, first["start"] + 150 + 600)
    with wave.open(io.BytesIO(sound["buffers"][0])) as file:
        assert file.getframerate() == 16_000
        assert file.getnframes() == 16 * (sound["end"] - sound["start"])
    assert "word error rate" not in str(sent.of("metrics")[-1])
    say(both, kind="resolve", text="meet", **place)
    wait_for(lambda: "word error rate" in str(sent.of("metrics")[-1]))
    titles, *models = sent.of("metrics")[-1]["rows"]
    at = titles.index("reference words")
    assert [row[at] for row in models] == ["1", "1"]
    assert [row[at - 1] for row in models] == ["0.0 %", "100.0 %"]
    known = wait_for(lambda: sent.of("disagreements")[-1]["disagreements"][0]["correction"])
    assert known["text"] == "meet"
    say(both, kind="undo_correction", start=known["start"], end=known["end"])
    wait_for(lambda: sent.of("disagreements")[-1]["disagreements"][0]["correction"] is None)
    say(both, kind="resolve", text=" ", **place)
    known = wait_for(lambda: sent.of("disagreements")[-1]["disagreements"][0]["correction"])
    assert known["text"] == "we"


def test_the_lanes_are_drawn_with_their_differences(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND)
    hello = {"kind": "hello", "theme": "dark", "width": 500, "ratio": 2, "everything": True}
    deliver(both.view.timeline, hello)
    wait_until_published()
    both.run()
    both.view.update_saved_copy()
    wait_for(lambda: sent.of("picture") and "They differ at" in sent.of("picture")[-1]["alt"])
    picture = sent.of("picture")[-1]
    assert int.from_bytes(picture["buffers"][0][16:20], "big") == 1000
    assert "model 1: 2 turns" in picture["alt"]
    assert "They differ at 0:00 and 0:01." in picture["alt"]


def test_a_place_that_is_no_more_is_refused_with_advice(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND)
    both.run()
    say(both, kind="hello")
    say(both, kind="play_audio", first=900, end=901, request="mine")
    trouble = wait_for(lambda: state(both).get("strip", {}).get("error"))
    assert "have changed since" in trouble["message"]
    say(both, kind="command", command="start")
    wait_for(lambda: state(both)["strip"]["error"] is None)
    both.stop()


def test_sound_that_was_not_kept_is_said_so(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND, record_audio=False)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    [first, _] = sent.of("disagreements")[-1]["disagreements"]
    say(both, kind="play_audio", first=first["first"], end=first["end"], request="mine")
    [sound] = wait_for(lambda: sent.of("audio"))
    assert sound["buffers"] == None or sound["buffers"] == []  # noqa: E711


def test_one_that_fails_says_so_in_its_column(make: Make) -> None:
    both = make(FIRST, f"ws://127.0.0.1:{closed_port()}", reconnect_for_s=0)
    say(both, kind="command", command="start")
    wait_for(lambda: both.started and both.done)
    wait_for(lambda: state(both)["strip"]["status"] == "ended")
    good, bad = state(both)["lanes"]
    assert good["error"] is None
    assert "127.0.0.1" in bad["error"]["message"]
    assert bad["error"]["advice"]
    assert [turn.text for turn in both.transcripts["model 1"].turns] == list(FIRST)


def test_a_view_that_appears_late_gets_everything(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    before = rows(sent)
    sent.clear()
    say(both, kind="hello")
    wait_for(lambda: sent.of("rows") and sent.of("metrics") and sent.of("disagreements"))
    assert rows(sent) == before
    assert sent.of("rows")[-1]["count"] == len(before)


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "command", "command": "explode"},
        {"kind": "play_audio"},
        {"kind": "resolve", "first": "x"},
        {},
        {"kind": 3},
    ],
)
def test_strange_messages_do_nothing(make: Make, message: dict[str, Any]) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    wait_until_published()
    before = state(both)
    say(both, **message)
    deliver(both.view.panel, "text")
    wait_until_published()
    assert state(both) == before


def test_the_saved_output_tells_all_without_script(make: Make) -> None:
    both = make(("so we meet <b>at</b> noon",), ("so we meat <b>at</b> noon",))
    both.run()
    both.resolve(both.disagreements()[0], "meet")
    both.view.panel.update_metrics()
    bundle = both.view.saved_copy.bundle((both, both.view.panel.metrics))
    page = bundle["text/html"]
    assert re.search(r"https?:|<script|@import|url\(|\son\w+=", page) is None
    for part in ("model 1", "model 2", "meat</u>", "&lt;b&gt;at", "1 difference", "word error rate", "100.0\u00a0%"):
        assert part in page
    assert bundle["text/plain"].startswith("model 1:\nso we meet")
    assert len(page) < 60_000


def test_running_a_cell_again_ends_what_it_had_started(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    running = ("cell-1", "run-1")
    # Outside of a kernel no cell runs.
    monkeypatch.setattr(cells, "_running", lambda: running)
    first = make(silent, silent, source=Endless())
    first.start()
    running = ("cell-1", "run-2")
    make(FIRST, SECOND)
    wait_for(lambda: first.done)
    assert first.errors == {}


def test_closing_ends_it(make: Make) -> None:
    both = make(silent, silent, source=Endless())
    both.view.panel.show(both)
    both.start()
    both.close()
    assert both.done
    both.close()


def test_the_key_is_in_nothing_that_leaves_the_kernel(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND, api_key=KEY)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    everything = json.dumps(both.view.panel.get_state(), default=str) + repr(sent) + repr(both) + repr(both.view)
    everything += json.dumps(both._repr_mimebundle_()) + str(
        both.view.saved_copy.bundle((both, both.view.panel.metrics))
    )
    assert KEY not in everything


def test_simulated_models_are_called_so() -> None:
    both = Comparison([MODEL, "whisper-rt"], source=tone(1), endpoint="local")
    both.view.panel.show(both)
    assert state(both)["strip"]["cost"] == "free"
    assert [lane["about"] for lane in state(both)["lanes"]] == ["this computer, simulated"] * 2
    [notice] = state(both)["strip"]["notices"]
    assert "not AssemblyAI's: u3-rt-pro (simulated), whisper-rt (simulated)" in notice["message"]
    both.close()


def test_a_browser_microphone_is_shown_and_told_of_the_click(make: Make, sent: SentMessages) -> None:
    from ipyscribe import BrowserMicrophone

    microphone = BrowserMicrophone()
    both = make(silent, silent, source=microphone)
    assert microphone.widget in both.view.children
    assert both.view.panel.microphone == microphone.widget.ident
    say(both, kind="command", command="start", page="this page")
    wait_for(lambda: sent.of("record"))
    assert [message["page"] for message in sent.of("record")] == ["this page"]
    both.stop()
    microphone.close()


def test_an_unknown_price_is_called_so(make: Make) -> None:
    with scripted(silent) as server:
        both = Comparison(["new-1", "new-2"], source=tone(1), endpoint=server.url, api_key="any")
        both.view.panel.show(both)
        assert state(both)["strip"]["cost"] == "price unknown"
        both.close()


def test_more_sessions_than_the_account_may_open_are_opened_after_a_second_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opening_limit, "_limits", {})  # it outlives a session, and so a test
    with scripted(polite) as server:
        monkeypatch.setitem(HOSTS, "edge", server.url)
        both = Comparison([MODEL, "whisper-rt"], source=tone(), api_key=KEY, sessions_per_minute=1)
        say(both, kind="command", command="start")
        wait_for(lambda: state(both).get("strip", {}).get("error"), within_s=30)
        error = state(both)["strip"]["error"]
        assert "2 new sessions at once are more than the 1" in error["message"]
        assert error["action"] == {"label": "Open them anyway", "command": "start_confirmed"}
        assert server.clients == []
        say(both, kind="command", command="start_confirmed")
        wait_for(lambda: len(server.clients) == 2 and both.done, within_s=60)
        wait_for(lambda: state(both)["strip"]["error"] is None, within_s=30)
        both.close()
