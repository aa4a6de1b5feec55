"""Sessions against a scripted server: their tapes agree with the sessions, here and in other processes."""

from __future__ import annotations

import getpass
import hashlib
import json
import math
import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from session.sources import Endless
from support.scripted_server import Client, scripted
from support.waiting import no_new_threads, wait_for

from ipyscribe import Replay, Session, Tape
from ipyscribe.audio import AudioArray, AudioFile
from ipyscribe.errors import ServerFailureError
from ipyscribe.protocol.messages import Revision, ServerWarning, SpeakerRevision
from ipyscribe.timeline import plot_timeline
from ipyscribe.transcript import Transcript

U3 = "u3-rt-pro"
KEY = "hush-0123456789abcdef"
TELL = """
import contextlib, hashlib, math, sys
import ipyscribe as scribe
tape = scribe.Tape.load(sys.argv[1])
replay = scribe.Replay(tape, speed=float(sys.argv[2]))
with replay:
    with contextlib.suppress(scribe.errors.ScribeError):
        replay.wait(60)
figure = scribe.plot_timeline(replay.transcript)
figure.canvas.draw()
print(repr(replay.transcript) == repr(tape.transcript))
print(hashlib.sha256(repr(replay.transcript).encode()).hexdigest())
print(hashlib.sha256(repr([turn.history for turn in replay.transcript.turns]).encode()).hexdigest())
print(hashlib.sha256(bytes(figure.canvas.buffer_rgba())).hexdigest())
print(hashlib.sha256(repr((replay.status, replay.notices, replay.audio_ms, tape.sent)).encode()).hexdigest())
"""


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with no_new_threads():
        yield


def numbered(seconds: float, speed: float = 8.0) -> AudioArray:
    """Sound in which every 50 ms chunk differs from every other."""
    samples = np.repeat(np.arange(1, round(20 * seconds) + 1, dtype=np.int16), 800)
    return AudioArray(samples, 16_000, speed=speed)


def digest(value: Any) -> str:
    return hashlib.sha256(value if isinstance(value, bytes) else repr(value).encode()).hexdigest()


def picture(transcript: Transcript) -> bytes:
    figure = plot_timeline(transcript)
    figure.canvas.draw()
    return bytes(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]


class Twice:
    """A server whose first connection is lost, once it has received ``lost_after``; it sends messages of all kinds."""

    def __init__(self, lost_after: str | None = None) -> None:
        self.count = 0
        self._lost_after = lost_after

    def __call__(self, client: Client) -> None:
        self.count += 1
        if self.count == 1:
            client.begin(configuration={"model": "u3-rt-pro-2"})
            client.say(ServerWarning(4, "a parameter was left out"))
            client.hear(chunks=6)
            client.turn(0, "one")
            client.turn(0, "one two", end=True)
            client.say("no JSON")
            client.hear(chunks=10)
            client.turn(1, "three fo")
            if self._lost_after not in (None, *(message["type"] for message in client.messages)):
                client.hear(self._lost_after)
            client.hear(chunks=14)
            client.vanish()
            return
        client.begin()
        client.hear(chunks=4)
        client.turn(0, "three four")
        client.turn(0, "three four five", end=True)
        client.say(SpeakerRevision((Revision(0, "B", ()),)))
        client.hear("Terminate")
        client.turn(1, "last", end=True)
        client.terminate()


def shown(listening: Session | Replay) -> tuple[Any, ...]:
    return (
        listening.status,
        listening.transcript,
        listening.notices,
        listening.audio_ms,
        listening.model,
        listening.server,
        listening.parameters,
        str(listening.error),
    )


def test_a_replay_shows_the_same_as_the_session(tmp_path: Path) -> None:
    states: list[Transcript] = []
    with scripted(Twice(lost_after="UpdateConfiguration")) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, prompt="numbers")
        session.on_change(lambda: states.append(session.transcript))
        with session:
            wait_for(lambda: session.transcript.turns)
            session.update(prompt="more numbers")
            wait_for(lambda: "three four five" in session.transcript.text)
    assert [turn.text for turn in session.transcript.turns] == ["one two", "three four five", "last"]
    assert {mark.kind for mark in session.transcript.marks} >= {"seam", "settings"}
    tape = Tape.load(session.tape.save(tmp_path / "a.tape"))
    assert tape.transcript == session.tape.transcript == session.transcript

    for speed in (math.inf, 50.0):
        replay = Replay(tape, speed=speed)
        with replay:
            assert replay.wait(60.0)
            assert [turn.text for turn in replay.iter_turns()] == [turn.text for turn in session.iter_turns()]
        assert shown(replay) == shown(session)
        assert replay.open_s == pytest.approx(session.open_s, abs=1e-4)
        assert replay.billed_s == pytest.approx(session.billed_s, abs=1e-4)
        assert replay.cost_usd == pytest.approx(session.cost_usd, abs=1e-6)

    # Step by step every state comes again, in its order, and no other.
    stepping = Replay(tape)
    seen = [stepping.transcript]
    while stepping.step():
        seen.append(stepping.transcript)
    assert _different(states) == [state for state in _different(seen) if state != Transcript.of(session.model, {})]


def _different(states: list[Transcript]) -> list[Transcript]:
    """Each state that is not the same as the one before; a frame of marks and the like changes several at once."""
    texts = [[(turn.text, turn.ended, turn.speaker, turn.history) for turn in state.turns] for state in states]
    return [state for at, state in enumerate(states) if texts[at] and (at == 0 or texts[at] != texts[at - 1])]


@pytest.mark.parametrize("speed", ["1", "50"])
def test_another_process_comes_to_the_same(tmp_path: Path, speed: str) -> None:
    with scripted(Twice()) as server:
        session = Session(U3, source=numbered(3.0), endpoint=server.url, api_key=KEY)
        with session:
            session.wait(60.0)
    path = session.tape.save(tmp_path / "a.tape")
    done = subprocess.run([sys.executable, "-c", TELL, path, speed], capture_output=True, text=True, timeout=100)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "True",
        digest(session.transcript),
        digest([turn.history for turn in session.transcript.turns]),
        digest(picture(session.transcript)),
        digest((session.status, session.notices, session.audio_ms, session.tape.sent)),
    ]


def test_the_sound_on_the_tape_is_the_sound_that_was_sent(tmp_path: Path) -> None:
    with scripted(Twice()) as server:
        session = Session(U3, source=numbered(3.0), endpoint=server.url, api_key=KEY)
        with session:
            session.wait(60.0)
        first, second = (bytes(client.audio) for client in server.clients)
    tape = Tape.load(session.tape.save(tmp_path / "a.tape"))
    audio = tape.audio()
    assert np.frombuffer(audio, "<i2")[::800].tolist() == list(range(1, 61))
    assert audio.startswith(first)
    assert audio.endswith(second[1600:])  # its first chunk may be a part of one, filled up with silence
    connections = tape.lanes[0].sound.sent
    assert list(connections[0].end) == list(range(800, (len(connections[0]) + 1) * 800, 800))
    assert connections[max(connections)].end[-1] == 60 * 800
    assert tape.sent.ends_ms[-1] == 3000.0
    assert set(tape.sent.ends_ms) <= {50.0 * (chunk + 1) for chunk in range(60)}


def test_both_directions_are_verbatim(tmp_path: Path) -> None:
    with scripted(Twice(lost_after="ForceEndpoint")) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY)
        with session:
            wait_for(lambda: session.transcript.turns)
            session.update(prompt="ünïcode")
            session.force_endpoint()
            wait_for(lambda: "three four five" in session.transcript.text)
        received = [message for client in server.clients for message in client.messages]
    records = list(Tape.load(session.tape.save(tmp_path / "a.tape")).lanes[0].records())
    assert [json.loads(record[3]) for record in records if record[1] == "sent"] == received
    frames = [record[4] for record in records if record[1] == "received"]
    assert "no JSON" in frames
    assert json.loads(frames[0])["configuration"] == {"model": "u3-rt-pro-2"}


def test_an_error_that_ended_it_is_on_the_tape(tmp_path: Path) -> None:
    def fail(client: Client) -> None:
        client.begin()
        client.hear(chunks=3)
        client.fail(3005, "Session Cancelled: An error occurred")

    with scripted(fail) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY, reconnect_for_s=0)
        with pytest.raises(ServerFailureError) as caught, session:
            session.wait(60.0)
    replay = Replay(Tape.load(session.tape.save(tmp_path / "a.tape")), speed=math.inf)
    with pytest.raises(ServerFailureError) as again, replay:
        replay.wait(60.0)
    assert (str(again.value), again.value.code, again.value.reason) == (
        str(caught.value),
        caught.value.code,
        caught.value.reason,
    )
    assert replay.status == session.status == "failed"


def test_nothing_private_is_on_the_tape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "ann" / "private talks"
    home.mkdir(parents=True)
    numbered(1.0)
    sound = home / "lesson.wav"
    import soundfile

    soundfile.write(sound, np.repeat(np.arange(1, 61, dtype=np.int16), 800), 16_000)
    hook = "very-secret-hook-value"
    token = "tok-9876543210fedcba"

    def echo(client: Client) -> None:
        client.begin()
        client.say(ServerWarning(1, f"unknown key {secret}, {hook}"))
        client.hear("Terminate")
        client.terminate()

    files: dict[str, bytes] = {}
    credential_sets: list[dict[str, Any]] = [{"api_key": KEY}, {"token": lambda: token}]
    for number, credentials in enumerate(credential_sets):
        secret = (KEY, token)[number]
        with scripted(echo) as server:
            session = Session(
                U3,
                source=AudioFile(sound, speed=math.inf),
                endpoint=server.url,
                webhook_url=f"https://user:pass@example.org/hook?auth={hook}",
                webhook_auth_header_name="X-Auth",
                webhook_auth_header_value=hook,
                **credentials,
            )
            with session:
                session.wait(60.0)
        with zipfile.ZipFile(session.tape.save(tmp_path / f"{number}.tape")) as archive:
            files |= {f"{number} {name}": archive.read(name) for name in archive.namelist() if "audio" not in name}
        # The folder that a killed program would leave behind.
        storage = session.tape.lanes[0]._storage
        files |= {
            f"{number} folder {name}": storage.read(name) for name in storage.parts() if not name.startswith("audio/")
        }
    everything = b"\n".join(files.values()).decode()
    assert "lesson.wav" in everything
    private = [KEY, hook, token, "pass@", "private talks", str(tmp_path), str(Path.home()) + "/"]
    private += [name for name in (getpass.getuser(), platform.node()) if len(name) > 4]
    for name, content in files.items():
        for text in private:
            assert text not in content.decode(), f"{text} in {name}"


def test_no_secret_of_a_setting_that_changes_is_on_the_tape(tmp_path: Path) -> None:
    def listen(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        client.terminate()

    hook = "https://ann:passw0rd@example.org/hook?auth=sesame99&on=true"
    with scripted(listen) as server:
        session = Session(U3, source=Endless(), endpoint=server.url, api_key=KEY)
        with session:
            wait_for(lambda: session.audio_ms > 100)
            session.update(webhook_url=hook, webhook_auth_header_value="topsecret1", prompt="numbers")
            wait_for(lambda: any("webhook_url" in message for client in server.clients for message in client.messages))
        sent = [message for client in server.clients for message in client.messages if "webhook_url" in message]
    assert sent[0]["webhook_url"] == hook
    with zipfile.ZipFile(session.tape.save(tmp_path / "a.tape")) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist() if "audio" not in name).decode()
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "example.org/hook" in content
    for text in ("ann:", "passw0rd", "sesame99", "topsecret1"):
        assert text not in content
        assert text not in repr((session.notices, session.transcript))


class Device(Endless):
    """A microphone whose name says a lot."""

    label = "Microphone of anns-laptop (Yeti SN-0042-7731)"


@pytest.mark.parametrize("notice_kind", ["silent", "lost"])
def test_no_microphone_is_named(tmp_path: Path, notice_kind: str) -> None:
    from ipyscribe.audio import AudioNotice
    from ipyscribe.errors import DeviceLostError

    def listen(client: Client) -> None:
        client.begin()
        client.hear("Terminate")
        client.terminate()

    source = Device(live=True)
    message = "The device 'Yeti SN-0042-7731' (hw:2,0) gives silence."
    with scripted(listen) as server:
        session = Session(U3, source=source, endpoint=server.url, api_key=KEY)
        session.start()
        wait_for(lambda: source.streams and session.audio_ms > 100)
        if notice_kind == "silent":
            source.streams[0].notice = AudioNotice("silent", message, "Turn up 'Yeti SN-0042-7731'.")
            wait_for(lambda: "silent" in {notice.kind for notice in session.notices})
            session.stop()
        else:
            source.lose(DeviceLostError(f"{message} It was disconnected."))
            wait_for(lambda: session.done)
            session.stop()
    tape = session.tape
    path = tape.save(tmp_path / "a.tape")
    with zipfile.ZipFile(path) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist() if "audio" not in name).decode()
    assert "gives silence" in content
    for private in ("Yeti", "SN-0042", "0042-7731", "anns-laptop", "hw:2"):
        assert private not in content


@pytest.mark.parametrize("kept", [True, False])
def test_whether_sound_is_recorded_can_be_chosen(tmp_path: Path, kept: bool) -> None:
    with scripted(Twice()) as server:
        session = Session(U3, source=numbered(3.0), endpoint=server.url, api_key=KEY, record_audio=kept)
        with session:
            session.wait(60.0)
    assert bool(session.tape.audio()) is kept
    with zipfile.ZipFile(session.tape.save(tmp_path / "a.tape")) as archive:
        assert any(name.startswith("audio") for name in archive.namelist()) is kept


def test_a_session_that_was_never_started_has_an_empty_tape(tmp_path: Path) -> None:
    session = Session("local-whisper-tiny.en", source=numbered(1.0))
    session.stop()
    tape = Tape.load(session.tape.save(tmp_path / "a.tape"))
    assert len(tape.transcript) == 0
    assert tape.audio() == b""
    assert Replay(tape, speed=math.inf).start().wait(60.0)
