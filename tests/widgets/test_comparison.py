"""A comparison's widget without a browser: real sessions, messages as a front end would send them."""

from __future__ import annotations

import contextlib
import io
import json
import re
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from comparison.speakers import saying, turn
from local.harness import wait_for
from session.sources import Endless, tone
from support.scripted_server import Client, closed_port, scripted
from widgets.conftest import Heard

from ipyscribe import Comparison, ComparisonView
from ipyscribe.notebook import running_cell as cells
from ipyscribe.replay import Replay

MODEL = "u3-rt-pro"
FIRST = ("so we meet at noon", "bring the red lamps")
SECOND = ("so we meat at noon", "bring the lamps")
KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"

Make = Callable[..., Comparison]


@pytest.fixture
def make() -> Iterator[Make]:
    """Comparisons of servers that say known turns, or do what a script says; strings are addresses."""
    with contextlib.ExitStack() as left:

        def comparison(*says: Any, source: Any = None, **options: Any) -> Comparison:
            urls = [
                said
                if isinstance(said, str)
                else left.enter_context(scripted(said if callable(said) else saying(*said))).url
                for said in says
            ]
            models = {f"model {number}": {"model": MODEL, "endpoint": url} for number, url in enumerate(urls, start=1)}
            made = Comparison(models, source=source or tone(2.5), **options)
            left.callback(made.close)
            return made

        yield comparison


def silent(client: Client) -> None:
    """A server that has nothing to say."""
    client.begin()
    client.hear("Terminate")
    client.terminate()


def say(comparison: Comparison, **message: Any) -> None:
    """What a front end sends."""
    comparison.view.panel._handle_custom_msg(message, [])


def rows(heard: Heard) -> dict[int, Any]:
    """The rows as a view has them by now."""
    found: dict[int, Any] = {}
    for message in heard.of("rows"):
        found.update(dict(message["rows"]))
        found = {number: row for number, row in found.items() if number < message["count"]}
    return found


def state(comparison: Comparison) -> dict[str, Any]:
    return dict(comparison.view.panel.state)


def test_headless_it_makes_no_widget(make: Make) -> None:
    both = make(FIRST, SECOND)
    both.run()
    assert both._view is None


def test_a_comparison_from_start_to_end(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    wait_for(lambda: state(both).get("cost") == "$0.90/h while open")
    assert state(both)["buttons"] == [("start", "Start")]
    say(both, kind="do", what="start", page="p")
    wait_for(lambda: state(both)["status"] == "ended")
    wait_for(lambda: heard.of("numbers"))
    both.view.update_saved_copy()
    wait_for(lambda: state(both)["buttons"] == [("start", "Start again")])
    assert [row["start"] for row in rows(heard).values()] == [0, 1000]
    assert re.fullmatch(r"\$0\.\d{4}", state(both)["cost"])
    assert sum(lane["first"] for lane in state(both)["lanes"]) == state(both)["compared"]
    said = [spot["said"] for spot in heard.of("spots")[-1]["spots"]]
    assert said == [("meet", "meat"), ("red", "")]
    assert heard.of("numbers")[-1]["rows"][1][0] == "model 1"
    heard.clear()
    both.view._publisher.poke()
    both.view._publisher.flush(30)
    assert heard == []


def test_words_are_shown_before_they_settle(heard: Heard) -> None:
    def unfinished(client: Client) -> None:
        client.begin()
        client.hear(chunks=5)
        client.say(turn(0, ["so", "we"], ended=False))
        client.hear("Terminate")
        client.say(turn(0, ["so", "we", "meet"], ended=True))
        client.terminate()

    with scripted(unfinished) as server:
        both = Comparison([MODEL, MODEL], source=Endless(), endpoint=server.url, api_key="any")
        say(both, kind="do", what="start")
        wait_for(lambda: rows(heard).get(0, {}).get("cells") == [[["so we", "new", 0, -1]]] * 2)
        both.stop()
        wait_for(lambda: "new" not in str(rows(heard)[0]["cells"]))
        both.close()


def test_stop_and_pause_do_what_they_say(make: Make) -> None:
    both = make(silent, silent, source=Endless())
    say(both, kind="do", what="start")
    wait_for(lambda: [name for _, name in state(both).get("buttons", [])] == ["Stop", "Pause"])
    wait_for(lambda: state(both)["cost"].endswith(" · $0.90/h"))
    say(both, kind="do", what="pause")
    wait_for(lambda: state(both)["status"] == "paused (still billed)")
    say(both, kind="do", what="pause")
    wait_for(lambda: state(both)["status"] == "listening")
    say(both, kind="do", what="stop")
    wait_for(lambda: state(both)["status"] == "ended")
    assert both.errors == {}
    say(both, kind="do", what="start")
    wait_for(lambda: both.started and not both.done)


def test_a_click_plays_the_place_and_what_is_typed_changes_the_numbers(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    [first, _] = heard.of("spots")[-1]["spots"]
    place = {"first": first["first"], "end": first["end"]}
    assert (first["before"], first["after"]) == ("so we", "at noon bring the")
    say(both, kind="listen", ask="mine", **place)
    [sound] = wait_for(lambda: heard.of("sound"))
    assert sound["ask"] == "mine"
    assert (sound["start"], sound["end"]) == (0.0, first["start"] + 150 + 600)
    with wave.open(io.BytesIO(sound["buffers"][0])) as file:
        assert file.getframerate() == 16_000
        assert file.getnframes() == 16 * (sound["end"] - sound["start"])
    assert "word error rate" not in str(heard.of("numbers")[-1])
    say(both, kind="resolve", text="meet", **place)
    wait_for(lambda: "word error rate" in str(heard.of("numbers")[-1]))
    titles, *models = heard.of("numbers")[-1]["rows"]
    at = titles.index("reference words")
    assert [row[at] for row in models] == ["1", "1"]
    assert [row[at - 1] for row in models] == ["0.0 %", "100.0 %"]
    known = wait_for(lambda: heard.of("spots")[-1]["spots"][0]["known"])
    assert known["text"] == "meet"
    say(both, kind="take_back", start=known["start"], end=known["end"])
    wait_for(lambda: heard.of("spots")[-1]["spots"][0]["known"] is None)
    say(both, kind="resolve", text=" ", **place)
    known = wait_for(lambda: heard.of("spots")[-1]["spots"][0]["known"])
    assert known["text"] == "we"


def test_the_lanes_are_drawn_with_their_differences(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND)
    both.view.lanes._handle_custom_msg({"kind": "hello", "theme": "dark", "width": 500, "ratio": 2, "whole": True}, [])
    both.view._publisher.flush(30)
    both.run()
    both.view.update_saved_copy()
    wait_for(lambda: heard.of("picture") and "They differ at" in heard.of("picture")[-1]["alt"])
    picture = heard.of("picture")[-1]
    assert int.from_bytes(picture["buffers"][0][16:20], "big") == 1000
    assert "model 1: 2 turns" in picture["alt"]
    assert "They differ at 0:00 and 0:01." in picture["alt"]


def test_a_place_that_is_no_more_is_refused_with_advice(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND)
    both.run()
    say(both, kind="hello")
    say(both, kind="listen", first=900, end=901, ask="mine")
    trouble = wait_for(lambda: state(both).get("trouble"))
    assert "changed meanwhile" in trouble["message"]
    say(both, kind="do", what="start")
    wait_for(lambda: state(both)["trouble"] is None)
    both.stop()


def test_sound_that_was_not_kept_is_said_so(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND, record_audio=False)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    [first, _] = heard.of("spots")[-1]["spots"]
    say(both, kind="listen", first=first["first"], end=first["end"], ask="mine")
    [sound] = wait_for(lambda: heard.of("sound"))
    assert sound["buffers"] == None or sound["buffers"] == []  # noqa: E711


def test_one_that_fails_says_so_in_its_column(make: Make) -> None:
    both = make(FIRST, f"ws://127.0.0.1:{closed_port()}", reconnect_for_s=0)
    say(both, kind="do", what="start")
    wait_for(lambda: both.started and both.done)
    wait_for(lambda: state(both)["status"] == "ended")
    good, bad = state(both)["lanes"]
    assert good["error"] is None
    assert "127.0.0.1" in bad["error"]["message"]
    assert bad["error"]["advice"]
    assert [turn.text for turn in both.transcripts["model 1"].turns] == list(FIRST)


def test_a_view_that_appears_late_gets_everything(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    before = rows(heard)
    heard.clear()
    say(both, kind="hello")
    wait_for(lambda: heard.of("rows") and heard.of("numbers") and heard.of("spots"))
    assert rows(heard) == before
    assert heard.of("rows")[-1]["count"] == len(before)


@pytest.mark.parametrize(
    "message",
    [{"kind": "do", "what": "explode"}, {"kind": "listen"}, {"kind": "resolve", "first": "x"}, {}, {"kind": 3}],
)
def test_strange_messages_do_nothing(make: Make, message: dict[str, Any]) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    both.view._publisher.flush(30)
    before = state(both)
    say(both, **message)
    both.view.panel._handle_custom_msg("text", [])
    both.view._publisher.flush(30)
    assert state(both) == before


def test_a_tape_plays_holds_and_plays_again(make: Make, heard: Heard, tmp_path: Path) -> None:
    both = make(FIRST, SECOND)
    both.run()
    recorded = Comparison.from_replay(Replay(both.tape.save(tmp_path / "both.tape"), speed=1000.0))
    view = ComparisonView(recorded)
    tell = lambda **message: view.panel._handle_custom_msg(message, [])  # noqa: E731
    tell(kind="hello")
    wait_for(lambda: view.panel.state.get("buttons") == [("play", "Play"), ("finish", "To the end")])
    tell(kind="do", what="play")
    wait_for(lambda: view.panel.state["buttons"] == [("play", "Play again")])
    wait_for(lambda: heard.of("spots")[-1]["total"] == 2)
    tell(kind="do", what="play")
    wait_for(lambda: any(m["count"] < 2 for m in heard.of("rows")[2:]) or view.panel.passages.count)
    tell(kind="do", what="hold")
    tell(kind="do", what="finish")
    wait_for(lambda: heard.of("rows")[-1]["count"] == 2 and heard.of("spots")[-1]["total"] == 2)
    assert view.panel.state["source"] == "from a tape"
    assert recorded.stop()
    view.close()


def test_the_saved_output_tells_all_without_script(make: Make) -> None:
    both = make(("so we meet <b>at</b> noon",), ("so we meat <b>at</b> noon",))
    both.run()
    both.resolve(both.disagreements()[0], "meet")
    both.view.panel.count()
    bundle = both.view._copy._bundle((both, both.view.panel.numbers))
    page = bundle["text/html"]
    assert re.search(r"https?:|<script|@import|url\(|\son\w+=", page) is None
    for part in ("model 1", "model 2", "meat</u>", "&lt;b&gt;at", "1 difference", "word error rate", "100.0 %"):
        assert part in page
    assert bundle["text/plain"].startswith("model 1:\nso we meet")
    assert len(page) < 60_000


def test_running_a_cell_again_ends_what_it_had_started(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    running = ("cell-1", "run-1")
    monkeypatch.setattr(cells, "_running", lambda: running)
    first = make(silent, silent, source=Endless())
    first.start()
    running = ("cell-1", "run-2")
    make(FIRST, SECOND)
    wait_for(lambda: first.done)
    assert first.errors == {}


def test_closing_ends_it(make: Make) -> None:
    both = make(silent, silent, source=Endless())
    both.view.panel.show()
    both.start()
    both.close()
    assert both.done
    both.close()


def test_the_key_is_in_nothing_that_leaves_the_kernel(make: Make, heard: Heard) -> None:
    both = make(FIRST, SECOND, api_key=KEY)
    say(both, kind="hello")
    both.run()
    both.view.update_saved_copy()
    everything = json.dumps(both.view.panel.get_state(), default=str) + repr(heard) + repr(both) + repr(both.view)
    everything += json.dumps(both._repr_mimebundle_()) + str(both.view._copy._bundle((both, both.view.panel.numbers)))
    assert KEY not in everything


def test_simulated_models_are_called_so() -> None:
    both = Comparison([MODEL, "whisper-rt"], source=tone(1), endpoint="local")
    both.view.panel.show()
    assert state(both)["cost"] == "free"
    assert [lane["about"] for lane in state(both)["lanes"]] == ["this computer, simulated"] * 2
    [notice] = state(both)["notices"]
    assert "not AssemblyAI's: u3-rt-pro, whisper-rt" in notice["message"]
    both.close()


def test_a_browser_microphone_is_shown_and_told_of_the_click(make: Make) -> None:
    from ipyscribe import BrowserMicrophone

    microphone = BrowserMicrophone()
    both = make(silent, silent, source=microphone)
    assert microphone.widget in both.view.children
    assert both.view.panel.microphone == microphone.widget.ident
    say(both, kind="do", what="start", page="this page")
    wait_for(lambda: microphone._clicked[0] == "this page" or microphone._recording is not None)
    both.stop()
    microphone.close()


def test_an_unknown_price_is_called_so(make: Make) -> None:
    with scripted(silent) as server:
        both = Comparison(["new-1", "new-2"], source=tone(1), endpoint=server.url, api_key="any")
        both.view.panel.show()
        assert state(both)["cost"] == "price not known"
        both.close()
