"""What each fault does to a plain WebSocket client."""

from __future__ import annotations

import contextlib
import itertools
import json
import select
import socket
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import websocket
from local.harness import MODEL, Client, wait_for
from local.scripts import SECOND, converse, scripted, turns_of

from ipyscribe.local import Fault
from ipyscribe.local.faults import CODES, STATUSES

QUIET_S = 0.4
"""For so long nothing may come; a slow machine makes such a check more lenient, never wrong."""


def lost(client: Client) -> list[dict[str, Any]]:
    """What came before the connection was gone without a close frame."""
    with pytest.raises((websocket.WebSocketConnectionClosedException, OSError)) as gone:
        client.rest()
    assert not isinstance(gone.value, (TimeoutError, websocket.WebSocketTimeoutException))
    return client.frames


def silent(client: Client) -> None:
    """Nothing comes, and nothing is gone."""
    client.socket.settimeout(QUIET_S)
    with pytest.raises(websocket.WebSocketTimeoutException):
        client.next()


def assert_jammed(client: Client) -> None:
    """Nobody reads: what is sent fills the buffers, and then sending waits."""
    client.socket.settimeout(QUIET_S)
    with pytest.raises(websocket.WebSocketTimeoutException):
        client.audio(SECOND * 2000, chunk_bytes=32_000)


@pytest.mark.parametrize("kind", ["drop", "reset"])
@pytest.mark.parametrize("stage", ["connect", "begin", "turn", "final", "stop", "termination", "2s", "4frames"])
def test_a_lost_connection(kind: str, stage: str) -> None:
    with scripted(f"{kind}@{stage}") as url, Client(url) as client:
        with contextlib.suppress(OSError, websocket.WebSocketConnectionClosedException):
            client.audio(SECOND * 2)
            client.send(type="ForceEndpoint")
            if stage in ("stop", "termination"):
                client.send(type="Terminate")
        frames = lost(client)
        kinds = [frame["type"] for frame in frames]
        assert "Termination" not in kinds
        if kind == "drop":
            assert ("Begin" in kinds) is (stage != "connect")
            assert len(frames) == {"connect": 0, "begin": 1, "turn": 2, "4frames": 4}.get(stage, len(frames))
            if stage in ("final", "termination"):
                assert frames[-1]["end_of_turn"] is True
        with Client(url) as again:
            again.until("Begin")


def test_a_stalled_server_neither_reads_nor_writes() -> None:
    with scripted("stall@turn") as url, Client(url) as client:
        client.audio(SECOND)
        client.until("Turn")
        assert_jammed(client)


@pytest.mark.parametrize("stage", ["begin", "turn", "stop", "termination"])
def test_a_half_open_connection_takes_everything_and_answers_no_ping(stage: str) -> None:
    with scripted(f"half-open@{stage}") as url, Client(url) as client:
        client.until("Begin")
        client.audio(SECOND * 2)
        if stage == "turn":
            client.until("Turn")
        client.send(type="Terminate")
        client.audio(SECOND * 200, chunk_bytes=32_000)
        client.socket.ping()
        client.socket.settimeout(QUIET_S)
        with pytest.raises(websocket.WebSocketTimeoutException):
            client.rest()
        assert not any(frame["type"] == "Termination" for frame in client.frames)


@pytest.mark.parametrize("kind", ["stall", "half-open"])
def test_what_holds_a_connection_lets_go_when_the_client_does(kind: str) -> None:
    ended: list[int] = []
    with scripted(f"{kind}@begin", watch=lambda number, event, _: event == "end" and ended.append(number)) as url:
        with Client(url) as client:
            client.until("Begin")
        if kind == "half-open" or hasattr(select, "POLLRDHUP"):
            wait_for(lambda: ended == [1])


def test_a_refused_connection() -> None:
    with scripted("refusex2") as url:
        host, port = url.removeprefix("ws://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as plain:
            assert plain.recv(1) == b""
        with pytest.raises((websocket.WebSocketException, OSError)):
            Client(url)
        with Client(url) as client:
            client.until("Begin")


@pytest.mark.parametrize("status", STATUSES)
def test_an_upgrade_that_is_answered_with_a_status(status: int) -> None:
    with scripted(f"http:{status}") as url:
        with urllib.request.urlopen(f"{url.replace('ws:', 'http:')}/v3/ws/health", timeout=60) as answer:
            assert answer.status == 200
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            Client(url)
        assert refused.value.status_code == status
        with Client(url) as client:
            client.until("Begin")


@pytest.mark.parametrize("code", [code for code in CODES if CODES[code] and code != 1000])
def test_an_error_after_some_seconds(code: int) -> None:
    with scripted(f"error:{code}@1s", f"close:{code}@1s#2") as url:
        with Client(url) as client:
            client.audio(SECOND[:16_000] * 4)
            assert client.refusal() == (code, CODES[code])
        with Client(url) as client:
            client.audio(SECOND * 2)
            assert not any(frame["type"] == "Error" for frame in client.rest())
            assert (client.close_code, client.close_reason) == (code, CODES[code])


def test_a_text_of_ones_own() -> None:
    fault = Fault("error", 1008, on="connect", text="Unauthorized Connection: Insufficient funds")
    with scripted(fault) as url, Client(url) as client:
        assert client.refusal() == (1008, "Unauthorized Connection: Insufficient funds")
        assert len(client.frames) == 1


def test_expiry() -> None:
    with scripted("expire@2s") as url, Client(url) as client:
        client.audio(SECOND * 3)
        assert client.refusal() == (3008, "Session Expired: Maximum session duration exceeded")


def test_no_begin() -> None:
    with scripted("no-begin") as url, Client(url) as client:
        client.audio(SECOND)
        client.socket.ping()
        silent(client)
        assert client.frames == []


def test_a_late_begin() -> None:
    began_s = time.monotonic()
    with scripted("late-begin:1s") as url, Client(url) as client:
        client.until("Begin")
        assert time.monotonic() - began_s >= 1


def test_no_termination_after_terminate() -> None:
    with scripted("no-termination") as url, Client(url) as client:
        client.until("Begin")
        client.send(type="Terminate")
        silent(client)
    with scripted("no-termination@termination") as url, Client(url) as client:
        client.audio(SECOND)
        client.send(type="Terminate")
        client.until("Turn", end_of_turn=True)
        silent(client)


def test_a_close_without_termination() -> None:
    with scripted("close:1000@stop") as url, Client(url) as client:
        client.audio(SECOND)
        client.until("Turn")
        client.send(type="Terminate")
        assert client.rest()[-1]["type"] == "Turn"
        assert (client.close_code, client.close_reason) == (1000, "Session Ended")


def test_everything_late() -> None:
    with scripted("delay:1s") as url, Client(url) as client:
        client.until("Begin")
        began_s = time.monotonic()
        client.audio(SECOND)
        client.until("Turn")
        assert time.monotonic() - began_s >= 1
        client.send(type="Terminate")
        assert [turn["transcript"] for turn in turns_of(client.rest())][-1] == "Hello,"
        assert client.close_code == 1000


def test_a_slow_reader_makes_the_client_wait() -> None:
    with scripted("slow:2s") as url, Client(url) as client:
        client.until("Begin")
        assert_jammed(client)


def strip(turns: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(turn) for turn in turns]


def test_turns_twice_in_another_order_and_once_more() -> None:
    with scripted() as url:
        plain = strip(turns_of(converse(url)))
    with scripted("duplicate") as url:
        assert strip(turns_of(converse(url))) == [turn for turn in plain for _ in range(2)]
    with scripted("out-of-order") as url:
        swapped = strip(turns_of(converse(url)))
    assert sorted(swapped) == sorted(plain)
    assert swapped[:4] == [plain[1], plain[0], plain[3], plain[2]]
    with scripted("echo") as url:
        echoed = turns_of(converse(url))
    after = [later for turn, later in itertools.pairwise(echoed) if turn["end_of_turn"]]
    assert [turn["end_of_turn"] for turn in after] == [False, False, False]
    assert [turn["turn_order"] for turn in after] == [0, 1, 2]
    assert strip([turn for turn in echoed if turn["end_of_turn"]]) == [t for t in plain if '"end_of_turn": true' in t]


def raw_frames(url: str) -> list[tuple[int, bytes]]:
    """Opcode and content of all frames of a session up to its close."""
    frames = []
    with Client(url) as client:
        client.audio(SECOND * 3)
        client.send(type="Terminate")
        opcode, frame = client.socket.recv_data_frame(True)
        while opcode != websocket.ABNF.OPCODE_CLOSE:
            frames.append((opcode, frame.data))
            opcode, frame = client.socket.recv_data_frame(True)
    return frames


def _fields(content: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(content)
    return fields


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("malformed@turn", lambda opcode, content: opcode == 1 and not _is_json(content)),
        ("wrong-types@turn", lambda _, content: b'"turn_order":"zero"' in content),
        ("huge:300kB@turn", lambda _, content: len(content) > 300_000 and _fields(content)["type"] == "Flood"),
        ("unknown@turn", lambda _, content: b'"type":"Sunshine"' in content),
        ("binary@turn", lambda opcode, _: opcode == 2),
        ("two-begins@turn", lambda _, content: b'"id":"00000000-' in content and b'"type":"Begin"' in content),
    ],
)
def test_an_odd_message_comes_as_often_as_planned_and_the_session_goes_on(
    text: str, odd: Callable[[int, bytes], bool]
) -> None:
    for times in (1, 2):
        with scripted(f"{text}x{times}") as url:
            frames = raw_frames(url)
        places = [index for index, (opcode, content) in enumerate(frames) if odd(opcode, content)]
        assert len(places) == times
        assert all(b'"type":"Turn"' in frames[index - 1][1] for index in places)
        assert _fields(frames[-1][1])["type"] == "Termination"


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def test_faults_are_counted_over_connections() -> None:
    with scripted("drop@beginx2", "error:3005@begin#4") as url:
        ends = []
        for _ in range(5):
            with Client(url, f"speech_model={MODEL}") as client:
                try:
                    client.until("Begin")
                    client.send(type="Terminate")
                    client.rest()
                except (websocket.WebSocketConnectionClosedException, OSError):
                    ends.append("lost")
                else:
                    ends.append(str(client.close_code))
    assert ends == ["lost", "lost", "1000", "3005", "1000"]
