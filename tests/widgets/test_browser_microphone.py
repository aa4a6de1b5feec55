"""The kernel's half of the browser's microphone: messages as a page would send them, a real session behind it."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from local.harness import wait_for
from support.front_end_messages import deliver
from websockets.sync.client import connect
from widgets.conftest import SentMessages

from ipyscribe import BrowserMicrophone, Session, Transcriber
from ipyscribe.audio import AudioSource, RemoteStream
from ipyscribe.errors import DeviceLostError, DeviceRefusedError, NoInputDeviceError, UnsupportedKernelError
from ipyscribe.notebook.hosts import nearest_microphone
from ipyscribe.widgets.shared.living_widgets import require_living_widgets

LOCAL = "local-whisper-tiny.en"
ORIGIN = "http://127.0.0.1:8888"
PCM = bytes(3200)


@pytest.fixture
def microphone(sent: SentMessages) -> Iterator[BrowserMicrophone]:
    made = BrowserMicrophone()
    yield made
    made.close()


def say(microphone: BrowserMicrophone, *buffers: bytes, **message: Any) -> None:
    """What a page sends."""
    deliver(microphone.widget, message, buffers)


def chunk(microphone: BrowserMicrophone, number: int, take: int = 1) -> None:
    say(microphone, PCM, kind="chunk", take=take, seq=number, position=1600 * number, at=0.0, waiting_ms=0)


def grant(microphone: BrowserMicrophone, page: str = "one", take: int = 1) -> None:
    granted = {"device": "Headset", "echo_cancellation": False}
    say(microphone, kind="granted", take=take, page=page, origin=ORIGIN, granted=granted)


def drain(stream: RemoteStream) -> int:
    samples = 0
    while block := stream.read(0):
        samples += block.samples
    return samples


def test_it_is_a_source(microphone: BrowserMicrophone) -> None:
    assert isinstance(microphone, AudioSource)
    assert "application/vnd.jupyter.widget-view+json" in str(microphone._repr_mimebundle_())


def test_a_recording_from_start_to_end(microphone: BrowserMicrophone, sent: SentMessages) -> None:
    microphone.clicked("one")
    stream = microphone.open()
    assert [(m["take"], m["page"]) for m in sent.of("record")] == [(1, "one")]
    say(microphone, kind="waiting", take=1, reason="permission")
    assert stream.notice is not None
    assert stream.notice.kind == "permission"
    grant(microphone)
    assert stream.notice is None
    assert microphone.granted["device"] == "Headset"
    for number in (0, 2, 1):
        chunk(microphone, number)
    assert [m["next"] for m in sent.of("ack")] == [1, 3]
    assert drain(stream) == 3 * 1600
    say(microphone, kind="end", take=1, count=3)
    assert sent.of("ack")[-1]["over"] is True
    assert stream.ended
    stream.close()
    assert sent.of("stop")[-1]["take"] == 1
    assert microphone.path == ""


def test_a_click_counts_once(microphone: BrowserMicrophone, sent: SentMessages) -> None:
    microphone.clicked("one")
    microphone.open()
    microphone.open()
    assert [m["page"] for m in sent.of("record")] == ["one", None]


def test_opening_again_ends_the_recording_before(microphone: BrowserMicrophone, sent: SentMessages) -> None:
    first = microphone.open()
    second = microphone.open()
    assert first.ended
    assert not second.ended
    chunk(microphone, 0, take=1)
    assert sent.of("stop")[-1]["take"] == 1
    assert second.chunks == 0


def test_only_one_page_records(microphone: BrowserMicrophone, sent: SentMessages) -> None:
    microphone.open()
    grant(microphone, "one")
    grant(microphone, "two")
    assert [m["page"] for m in sent.of("taken")] == ["one", "one"]
    say(microphone, kind="hello", page="three")
    assert (sent.of("welcome")[-1]["take"], sent.of("welcome")[-1]["page"]) == (1, "one")


def test_a_page_that_appears_while_a_recording_ends_hears_of_the_end_last(
    microphone: BrowserMicrophone, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    closing = threading.Thread(target=microphone.open().close)

    def tell(kind: str, **fields: Any) -> None:
        if kind == "welcome":
            closing.start()
            closing.join(0.2)  # it may come through only if nothing holds it back
        told.append(kind)

    monkeypatch.setattr(microphone.widget, "post", tell)
    say(microphone, kind="hello", page="two")
    closing.join()
    assert told == ["welcome", "stop"]


@pytest.mark.parametrize(("what", "error"), [("refused", DeviceRefusedError), ("none", NoInputDeviceError)])
def test_what_the_browser_says_ends_it(microphone: BrowserMicrophone, what: str, error: type[Exception]) -> None:
    stream = microphone.open()
    say(microphone, kind="failed", take=1, reason=what, message="It would not.", advice="Do this.")
    with pytest.raises(error, match=r"It would not\. Do this\."):
        stream.read(0)
    stream.close()


def test_the_websocket_carries_on_where_the_comm_was(microphone: BrowserMicrophone, sent: SentMessages) -> None:
    stream = microphone.open()
    grant(microphone)
    chunk(microphone, 0)
    [offer] = sent.of("socket")
    with connect(f"ws://127.0.0.1:{offer['port']}/", origin=ORIGIN) as page:  # type: ignore[arg-type]
        page.send(json.dumps({"kind": "token", "token": offer["token"]}))
        assert json.loads(page.recv(30)) == {"kind": "ready"}
        assert microphone.path == "websocket"
        for number in (0, 1, 2):
            page.send(struct.pack("<IIdd", number, 0, 1600.0 * number, 0.0) + PCM)
        wait_for(lambda: stream.chunks == 3, within_s=30)
    wait_for(lambda: microphone.path == "comm", within_s=30)
    chunk(microphone, 2)
    chunk(microphone, 3)
    assert drain(stream) == 4 * 1600
    assert stream.dropped_samples == 0


def test_a_page_that_hangs_up_and_says_no_more_is_gone(
    microphone: BrowserMicrophone, sent: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the test does not wait for seconds.
    monkeypatch.setattr("ipyscribe.widgets.microphone.browser_microphone._HUNG_UP_AFTER_S", 0.2)
    stream = microphone.open()
    grant(microphone)
    [offer] = sent.of("socket")
    with connect(f"ws://127.0.0.1:{offer['port']}/", origin=ORIGIN) as page:  # type: ignore[arg-type]
        page.send(json.dumps({"kind": "token", "token": offer["token"]}))
        assert json.loads(page.recv(30)) == {"kind": "ready"}
        assert stream.absent_after_s > 10
    with pytest.raises(DeviceLostError, match="the browser's microphone"):
        stream.read(60)


def test_stop_lets_the_page_deliver_the_rest_and_a_silent_page_hold_up_nothing(
    microphone: BrowserMicrophone, sent: SentMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that the test does not wait for seconds.
    monkeypatch.setattr("ipyscribe.widgets.microphone.browser_microphone._STOP_WITHIN_S", 0.2)
    tell = microphone.widget.post

    def page(kind: str, **fields: Any) -> None:
        tell(kind, **fields)
        if kind == "finish":
            chunk(microphone, 1)  # before the time begins that it has for that

    monkeypatch.setattr(microphone.widget, "post", page)
    assert not microphone.finish()
    stream = microphone.open()
    chunk(microphone, 0)
    assert microphone.finish()
    assert sent.of("finish")[-1]["take"] == 1
    assert not microphone.finish()
    wait_for(lambda: drain(stream) == 0 and stream.ended, within_s=30)
    assert stream.chunks == 2
    stream.close()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"kind": "chunk", "take": 1},
        {"kind": "chunk", "take": 1, "seq": "x"},
        {"kind": "granted", "take": 1},
        {"kind": "end", "take": 1, "count": None},
        {"kind": "waiting", "take": 1, "reason": 3},
        {"kind": "failed", "take": 1},
    ],
)
def test_strange_messages_do_nothing(microphone: BrowserMicrophone, message: dict[str, Any]) -> None:
    stream = microphone.open()
    say(microphone, PCM, **message)
    assert stream.read(0) is None
    assert not stream.ended


def test_a_session_of_it(url: str, microphone: BrowserMicrophone, sent: SentMessages) -> None:
    session = Session(LOCAL, source=microphone, endpoint=url).start()
    wait_for(lambda: sent.of("record"), within_s=60)
    grant(microphone)
    for number in range(30):
        chunk(microphone, number)
    say(microphone, kind="end", take=1, count=30)
    assert session.wait(60)
    assert session.audio_ms == 3000
    assert microphone.path == ""


@pytest.fixture
def make(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Transcriber]]:
    monkeypatch.delenv("ASSEMBLYAI_API_KEY", raising=False)
    made: list[Transcriber] = []

    def transcriber(**options: Any) -> Transcriber:
        made.append(Transcriber(LOCAL, endpoint=url, **options))
        return made[-1]

    yield transcriber
    for each in made:
        each.close()


def test_start_in_a_page_opens_the_microphone_of_that_page(
    make: Callable[..., Transcriber], sent: SentMessages
) -> None:
    t = make(source="auto")
    microphone = t.controls.browser_microphone
    assert microphone.widget.shown
    deliver(t.controls, {"kind": "command", "command": "start", "page": "mine"})
    wait_for(lambda: sent.of("record"), within_s=60)
    assert sent.of("record")[0]["page"] == "mine"
    assert sent.of("received"), "so that the page does not take the kernel for busy"
    grant(microphone, "mine")
    chunk(microphone, 0)
    deliver(t.controls, {"kind": "command", "command": "stop"})
    wait_for(lambda: sent.of("finish"), within_s=60)
    chunk(microphone, 1)
    say(microphone, kind="end", take=1, count=2)
    assert t.wait(60)
    assert t.session is not None
    assert t.session.audio_ms == 200


def test_the_list_says_whose_microphone_it_is(make: Callable[..., Transcriber]) -> None:
    t = make()
    labels = {choice["key"]: choice["label"] for choice in t.controls.sources}
    assert list(labels)[:2] == ["sample", "browser"]
    assert labels["browser"] == "Microphone of this browser"
    assert not t.controls.browser_microphone.widget.shown
    mine = BrowserMicrophone(noise_suppression=True)
    given = make(source=mine)
    assert given.controls.browser_microphone is mine
    assert [choice["key"] for choice in given.controls.sources][:2] == ["source-0", "sample"]


@pytest.mark.parametrize(
    ("environment", "names", "near"),
    [
        ({}, {}, "browser"),
        ({"SSH_CONNECTION": "1"}, {}, "browser"),
        ({"COLAB_RELEASE_TAG": "1"}, {}, "browser"),
        ({}, {"__vsc_ipynb_file__": "a.ipynb"}, "kernel"),
        ({"SSH_CONNECTION": "1"}, {"__vsc_ipynb_file__": "a.ipynb"}, "none"),
        ({"CODESPACES": "true"}, {"__vsc_ipynb_file__": "a.ipynb"}, "none"),
    ],
)
def test_auto_never_means_the_room_of_a_remote_kernel(
    environment: dict[str, str], names: dict[str, str], near: str
) -> None:
    assert nearest_microphone(environment, names) == near


@pytest.mark.parametrize("version", ["7.0.0", "7.0.1"])
def test_a_kernel_that_lets_no_thread_speak_is_refused_with_advice(version: str) -> None:
    with pytest.raises(UnsupportedKernelError, match=r"ipykernel>=7\.1"):
        require_living_widgets(version)


@pytest.mark.parametrize("version", ["", "6.31.0", "7.1.0", "7.10.2", "17.0.1", None])
def test_other_kernels_are_not(version: str | None) -> None:
    require_living_widgets(version)


def test_no_thread_is_left_when_a_recording_is_forgotten(microphone: BrowserMicrophone) -> None:
    stream = microphone.open()
    grant(microphone)
    assert any(thread.name == "ipyscribe-sound" for thread in threading.enumerate())
    stream.close()
    wait_for(lambda: not any(t.name == "ipyscribe-sound" for t in threading.enumerate()), within_s=30)


def test_two_sessions_on_one_microphone(microphone: BrowserMicrophone, url: str) -> None:
    """The second one takes it, and says so to the first; whoever made the microphone closes it."""
    first, second = (Transcriber(LOCAL, source=microphone, endpoint=url) for _ in range(2))
    for take, t in enumerate((first, second), start=1):
        t.start().wait_until_open(60)
        wait_for(lambda take=take: microphone._recording is not None and microphone._recording.take == take)  # type: ignore[misc]  # no other sign of it
        grant(microphone, take=take)
        chunk(microphone, 0, take)
    assert first.wait(60)
    assert first.session is not None
    assert [notice.kind for notice in first.session.notices] == ["microphone"]
    wait_for(lambda: second.session is not None and second.session.audio_ms == 100)
    first.close()
    chunk(microphone, 1, take=2)
    wait_for(lambda: second.session is not None and second.session.audio_ms == 200)
    second.close()
    third = Transcriber(LOCAL, source=microphone, endpoint=url)
    assert microphone.widget in third.children
    third.close()
