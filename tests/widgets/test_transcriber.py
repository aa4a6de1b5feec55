"""The widget without a browser: real sessions against a real server; messages as a front end would send them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from local.harness import wait_for
from support.front_end_messages import deliver
from support.scripted_server import scripted
from widgets.conftest import SentMessages, wait_until_published

from ipyscribe import AudioArray, TimelineView, Transcriber, TranscriptView
from ipyscribe.errors import InvalidRequestError, MissingKeyError, ParameterError, SessionStateError
from ipyscribe.notebook import running_cell as cells
from ipyscribe.session import Session
from ipyscribe.widgets.transcriber.controls import Controls

LOCAL = "local-whisper-tiny.en"
LOUD = (np.sin(np.arange(16_000 * 2) * 0.3) * 8000).astype(np.int16)
SPEECH = np.concatenate([LOUD, np.zeros(16_000, np.int16)] * 2)
LONG = np.tile(SPEECH, 20)
"""At its own pace it is not over before a test has ended it."""
KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"

Make = Callable[..., Transcriber]


@pytest.fixture
def make(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)
    made = []

    def transcriber(*arguments: Any, speed: float = 4.0, **options: Any) -> Transcriber:
        sound = LONG if speed == 1.0 else SPEECH
        options.setdefault("source", AudioArray(sound, 16_000, speed=speed, label="a tone"))
        options.setdefault("endpoint", url)
        made.append(Transcriber(*(arguments or (LOCAL,)), **options))
        return made[-1]

    yield transcriber
    for transcriber_ in made:
        transcriber_.close()


def say(widget: Any, **message: Any) -> None:
    """What a front end sends."""
    deliver(widget, message)


def test_a_session_from_start_to_end(make: Make, sent: SentMessages) -> None:
    t = make(source=AudioArray(SPEECH, 16_000))  # slowly enough for a turn to be seen while it is open
    t.start()
    assert t.wait(60)
    first, second = t.transcript.turns
    assert first.text.startswith("Word0 Word1 Word2 Word3 Word4")
    assert second.text.startswith("Word0 Word1")
    wait_for(lambda: t.controls.state["strip"]["status"] == "ended", within_s=30)
    rows = [row for message in sent.of("turns") for _, row in message["rows"]]
    assert {row["state"] for row in rows} == {"open", "settled"}
    wait_for(lambda: sent.of("turns")[-1]["count"] == 2, within_s=30)
    assert t.controls.state["strip"]["clock"].startswith("0:0")
    news = [*sent.of("now"), *(message["strip"] for message in sent.of("live") if "strip" in message)]
    assert all(any(part in message for message in news) for part in ("dbfs", "clock"))
    # While it runs the page draws the timeline; the picture comes at the end.
    wait_for(lambda: sent.of("picture"), within_s=30)
    kinds = [message["kind"] for message in sent if message["kind"] in ("live", "picture")]
    assert kinds == ["live"] * (len(kinds) - 1) + ["picture"]


def test_buttons_do_what_they_say(make: Make) -> None:
    t = make(speed=1.0)
    say(t.controls, kind="command", command="start")
    wait_for(lambda: t.session is not None and t.session.status == "listening", within_s=60)
    wait_for(lambda: t.controls.state["running"] is True, within_s=30)
    say(t.controls, kind="command", command="pause")
    wait_for(lambda: t.controls.state["phase"] == "paused", within_s=30)
    say(t.controls, kind="command", command="resume")
    wait_for(lambda: t.controls.state["phase"] == "listening", within_s=30)
    wait_for(lambda: t.transcript.turns, within_s=30)
    say(t.controls, kind="command", command="force_endpoint")
    wait_for(lambda: t.transcript.settled, within_s=30)
    say(t.controls, kind="command", command="stop")
    wait_for(lambda: t.controls.state["phase"] == "ended", within_s=30)
    assert t.session is not None
    assert t.session.error is None


def test_a_session_that_is_tried_again_can_be_stopped(make: Make) -> None:
    with scripted(lambda client: client.fail(3005, "Session Cancelled: An error occurred")) as server:
        t = make("local-whisper-tiny.en", endpoint=server.url)
        say(t.controls, kind="command", command="start")
        notice = wait_for(
            lambda: next((each for each in t.controls.state["strip"]["notices"] if each["kind"] == "connecting"), None)
        )
        assert "Not open after" in notice["message"]
        assert (t.controls.state["phase"], t.controls.state["strip"]["status"]) == ("connecting", "connecting")
        say(t.controls, kind="command", command=notice["action"]["command"])
        wait_for(lambda: t.controls.state["phase"] == "ended")
        assert t.controls.state["strip"]["error"] is None


def test_a_pause_says_what_it_sends(make: Make) -> None:
    t = make(speed=1.0)

    def told() -> list[str]:
        return [notice["message"] for notice in t.controls.state["strip"]["notices"] if notice["kind"] == "paused"]

    session = t.start()
    session.wait_until_open(60)
    say(t.controls, kind="select", keep_alive=True)
    wait_for(lambda: t.controls.state["keep_alive"] is True, within_s=30)
    say(t.controls, kind="command", command="pause")
    wait_for(lambda: told() == ["Paused without sound: the open turn stays open and the clock stops."], within_s=30)
    still = session.audio_ms
    wait_for(lambda: session.open_s > 1, within_s=30)
    assert session.audio_ms == still
    t.resume()
    wait_for(lambda: not told() and t.controls.state["phase"] == "listening", within_s=30)
    t.pause(keep_alive=False)
    wait_for(lambda: told() == ["Paused with silence: the open turn ends and the clock runs on."], within_s=30)
    still = session.audio_ms
    wait_for(lambda: session.audio_ms > still, within_s=30)
    assert t.controls.state["keep_alive"] is False


def test_it_starts_again_after_the_end(make: Make) -> None:
    t = make()
    first = t.start()
    assert t.wait(60)
    second = t.start()
    assert first is not second
    assert t.wait(60)
    assert len(t.transcript) == 2


def test_choices_and_their_limits(make: Make) -> None:
    t = make(speed=1.0)
    say(t.controls, kind="select", source="sample")
    wait_for(lambda: t.controls.state["source"] == "sample", within_s=30)
    say(t.controls, kind="select", source="source-0")
    wait_for(lambda: t.controls.state["source"] == "source-0", within_s=30)
    say(t.controls, kind="select", source="gone")
    wait_for(lambda: t.controls.state["strip"]["error"], within_s=30)
    assert "'gone'" in t.controls.state["strip"]["error"]["message"]
    t.start()
    with pytest.raises(SessionStateError, match="Press Stop first"):
        t.model = "u3-rt-pro"
    with pytest.raises(SessionStateError, match="Press Stop first"):
        t.start()
    t.stop()
    t.model = "universal-9-preview"
    wait_for(lambda: t.controls.selected["name"] == "universal-9-preview", within_s=30)


def test_settings_act_and_bad_ones_are_explained(make: Make) -> None:
    t = make(speed=1.0)
    say(t.controls, kind="set", name="max_turn_silence", value=9)
    wait_for(lambda: t.controls.state["bad_settings"], within_s=30)
    assert "from 50 to 10,000 ms" in t.controls.state["bad_settings"]["max_turn_silence"]
    say(t.controls, kind="set", name="max_turn_silence", value=900)
    wait_for(lambda: t.controls.parameters == {"max_turn_silence": 900}, within_s=30)
    assert t.controls.state["bad_settings"] == {}
    session = t.start()
    assert session.parameters["max_turn_silence"] == 900
    session.wait_until_open(60)
    say(t.controls, kind="set", name="max_turn_silence", value=400)
    wait_for(lambda: session.parameters["max_turn_silence"] == 400, within_s=30)
    say(t.controls, kind="set", name="max_turn_silence", value=None)
    wait_for(lambda: t.controls.parameters == {}, within_s=30)


def test_settings_that_do_not_act_on_another_model_are_told(make: Make) -> None:
    t = make("u3-rt-pro", prompt="A talk about birds.", api_key=KEY)

    def told() -> list[str]:
        return [notice["message"] for notice in t.controls.state["strip"]["notices"] if notice["kind"] == "parameter"]

    assert told() == []
    t.model = LOCAL
    sentence = f"prompt='A talk about birds.' is not known to act on {LOCAL}; it is sent, and may be ignored."
    wait_for(lambda: told() == [sentence], within_s=30)
    assert t.start().parameters == {"inactivity_timeout": 30, "prompt": "A talk about birds."}
    assert t.wait(60)
    wait_for(lambda: told() == [sentence] and not t.controls.state["running"], within_s=30)


@pytest.mark.parametrize("message", [{"kind": "command", "command": "explode"}, {"kind": "set"}, {}, {"kind": 3}])
def test_strange_messages_do_nothing(make: Make, message: dict[str, Any]) -> None:
    t = make()
    before = t.controls.state
    say(t.controls, **message)
    say(t.transcript_view, **message)
    say(t.timeline, **message)
    deliver(t.controls, "text")
    wait_until_published()
    assert t.controls.state == before


def test_without_a_key_it_says_what_it_is_and_what_to_do(make: Make) -> None:
    t = make(None, endpoint=None)
    [notice] = t.controls.state["strip"]["notices"]
    assert t.model == LOCAL
    assert "offline recogniser on this computer" in notice["message"]
    t.model = "whisper-rt"
    with pytest.raises(MissingKeyError):
        t.start()
    say(t.controls, kind="command", command="start")
    wait_for(lambda: t.controls.state["strip"]["error"], within_s=30)
    assert t.controls.state["strip"]["error"]["action"] == {
        "label": "Use this computer's recogniser",
        "command": "use_local_model",
    }
    say(t.controls, kind="command", command="use_local_model")
    wait_for(lambda: t.controls.selected["name"] == LOCAL, within_s=30)
    assert t.controls.state["strip"]["error"] is None


def test_what_ended_a_session_is_shown_and_raised(make: Make) -> None:
    t = make("not-a-model")
    t.start()
    with pytest.raises(InvalidRequestError, match="speech_model"):
        t.wait(60)
    wait_for(lambda: t.controls.state["strip"]["error"], within_s=30)
    assert t.controls.state["phase"] == "failed"
    assert "Correct the named value" in t.controls.state["strip"]["error"]["advice"]
    assert t.controls.state["strip"]["error"]["docs"].endswith("/common-session-errors-and-closures")


def test_a_view_that_appears_late_gets_everything(make: Make, sent: SentMessages) -> None:
    t = make()
    t.start()
    assert t.wait(60)
    sent.clear()
    say(t.transcript_view, kind="hello")
    wait_for(lambda: sent.of("turns"), within_s=30)
    [message] = sent.of("turns")
    assert [index for index, _ in message["rows"]] == [0, 1]
    say(t.timeline, kind="hello", theme="dark", width=500, ratio=2, everything=True)
    wait_for(lambda: 1000 in [width_of(each) for each in sent.of("picture")], within_s=30)
    picture = sent.of("picture")[-1]
    assert picture["buffers"][0].startswith(b"\x89PNG")
    assert width_of(picture) == 1000
    assert "2 turns" in picture["alt"]


def width_of(picture: dict[str, Any]) -> int:
    return int.from_bytes(picture["buffers"][0][16:20], "big")


def test_only_what_changed_is_sent(make: Make, sent: SentMessages) -> None:
    t = make()
    t.start()
    assert t.wait(60)
    changed = [len(message["rows"]) for message in sent.of("turns")]
    assert max(changed) <= 2
    sent.clear()
    t.update_saved_copy()
    assert sent.of("turns") == []


def test_running_a_cell_again_ends_what_it_had_started(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    running = ("cell-1", "run-1")
    # Outside of a kernel no cell runs.
    monkeypatch.setattr(cells, "_running", lambda: running)
    first, beside = make(speed=1.0), make(speed=1.0)
    first.start()
    beside.start()
    assert not first.session.done
    assert not beside.session.done
    running = ("cell-2", "run-2")
    make()
    assert not first.session.done
    running = ("cell-1", "run-3")
    make()
    for earlier in (first, beside):
        wait_for(lambda t=earlier: t.session.done, within_s=30)
        assert earlier.session is not None
        assert earlier.session.error is None


def test_closing_ends_the_session(make: Make) -> None:
    t = make(speed=1.0)
    session = t.start()
    session.wait_until_open(60)
    t.close()
    assert session.done
    t.close()
    with pytest.raises(SessionStateError, match="was closed"):
        t.start()
    assert t.session is session


def test_the_key_is_in_nothing_that_leaves_the_kernel(make: Make, sent: SentMessages) -> None:
    t = make(api_key=KEY)
    t.start()
    assert t.wait(60)
    widgets = [t, t.controls, t.transcript_view, t.timeline]
    everything = json.dumps([widget.get_state() for widget in widgets], default=str) + repr(sent)
    everything += repr(widgets) + repr(vars(t.session)) + json.dumps(t._repr_mimebundle_())
    assert KEY not in everything


def test_a_view_of_a_session_stands_alone(url: str, sent: SentMessages) -> None:
    session = Session(LOCAL, source=AudioArray(SPEECH, 16_000, speed=4.0), endpoint=url)
    view = TranscriptView(session)
    with session:
        assert session.wait(60)
    wait_for(lambda: any(m["count"] == 2 for m in sent.of("turns")), within_s=30)
    view.close()


def test_a_played_model_is_marked_in_every_part(make: Make, simulating: str, sent: SentMessages) -> None:
    t = make("u3-rt-pro", endpoint=simulating)
    session = t.start()
    assert t.wait(60)
    view, timeline = TranscriptView(session), TimelineView(session)
    say(view, kind="hello")
    say(timeline, kind="hello", width=600)
    wait_for(lambda: t.controls.state["strip"]["status"] == "ended, simulated", within_s=30)
    assert "not AssemblyAI's u3-rt-pro" in json.dumps(t.controls.state["strip"]["notices"])
    assert repr(t).startswith("<Transcriber with u3-rt-pro (simulated): ended")
    wait_for(lambda: t.transcript_view.badge == view.badge == "u3-rt-pro (simulated)", within_s=30)
    wait_for(lambda: sent.of("picture"), within_s=30)
    wait_for(lambda: sent.of("picture")[-1]["alt"].startswith("u3-rt-pro (simulated). Timeline"), within_s=30)
    bundle = t.saved_copy.bundle(session)
    assert "u3-rt-pro (127.0.0.1" in bundle["text/html"]
    assert ", simulated)" in bundle["text/html"]
    assert bundle["text/plain"].startswith("u3-rt-pro (simulated):\n")
    labels = [text.get_text() for text in t.plot_timeline().findobj() if hasattr(text, "get_text")]
    assert "u3-rt-pro (simulated)" in labels
    view.close()
    timeline.close()


def test_the_local_endpoint_offers_played_models_as_such(make: Make) -> None:
    t = make("u3-rt-pro", endpoint="local")
    about = {item["name"]: item for item in t.controls.catalogue}
    assert about["u3-rt-pro"]["label"] == "u3-rt-pro · simulated"
    assert {item["group"] for item in about.values()} == {"This computer", "Simulated"}
    assert t.controls.selected == about["u3-rt-pro"]
    assert (t.controls.state["strip"]["cost"], t.controls.state["strip"]["notices"]) == ("free", [])
    assert "AssemblyAI ·" not in json.dumps(t.controls.catalogue, ensure_ascii=False)
    assert make(endpoint="local").model == LOCAL


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ParameterError, match=r"'talk\.wav' is not a source"):
        Transcriber(source="talk.wav")
    with pytest.raises(ParameterError, match="Did you mean 'max_turn_silence'"):
        Transcriber(LOCAL, max_turn_silense=300)


def test_many_threads_may_press_start(make: Make) -> None:
    t = make(speed=1.0)
    refused = []

    def press() -> None:
        try:
            t.start()
        except SessionStateError as error:
            refused.append(error)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 7


def test_what_a_view_has_painted_is_on_the_tape(make: Make, sent: SentMessages) -> None:
    t = make()
    session = t.start()
    assert t.wait(60)
    wait_for(lambda: sent.of("turns") and sent.of("turns")[-1]["number"], within_s=30)
    number = sent.of("turns")[-1]["number"]
    say(t.transcript_view, kind="painted", paints=[[number, 12.5, 400]])
    say(t.transcript_view, kind="painted", paints=[[number, 12.5, 400]])
    [(arrived_s, painted_s)] = session.tape.lane.paints
    assert arrived_s == t.transcript.turns[-1].history[-1].arrival.monotonic_s
    assert painted_s > arrived_s


def test_a_page_that_draws_before_the_second_message_has_the_model(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, Any]] = []
    open_comm = Controls.open

    def note(self: Any) -> None:
        opened.append(self.get_state())
        open_comm(self)

    monkeypatch.setattr(Controls, "open", note)
    t = make()
    assert [state["selected"] for state in opened] == [t.controls.selected]
    assert t.controls.selected["facts"]
