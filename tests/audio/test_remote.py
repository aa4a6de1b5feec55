"""A stream that others fill: order, gaps, ends."""

from __future__ import annotations

import random
import threading

import pytest
from audio.conftest import Clock

from ipyscribe.audio import AudioNotice, AudioStream, RemoteStream
from ipyscribe.audio.remote import BUSY_LIMIT_S
from ipyscribe.errors import DeviceLostError, DeviceRefusedError

CHUNK = 1600


def chunk(number: int) -> bytes:
    return bytes([number % 256, number // 256]) * CHUNK


def put(stream: RemoteStream, *numbers: int) -> None:
    for number in numbers:
        stream.put(number, CHUNK * number, chunk(number))


def drain(stream: RemoteStream) -> bytes:
    """All blocks that are there, each of which has to begin where the one before it ended."""
    blocks = []
    while block := stream.read(0):
        assert not blocks or block.position == blocks[-1].position + blocks[-1].samples
        blocks.append(block)
    return b"".join(block.pcm for block in blocks)


@pytest.fixture
def stream(clock: Clock) -> RemoteStream:
    return RemoteStream(name="the browser", clock=clock, absent_after_s=20)


def test_it_is_an_audio_stream(stream: RemoteStream) -> None:
    assert isinstance(stream, AudioStream)


def test_blocks_of_50_ms_come_out(stream: RemoteStream) -> None:
    put(stream, 0)
    first = stream.read(0)
    assert first is not None
    assert (first.samples, first.position) == (800, 0)
    second = stream.read(0)
    assert second is not None
    assert (second.pcm, second.position) == (chunk(0)[1600:], 800)


def test_any_order_and_any_repetition_gives_the_same_sound(stream: RemoteStream) -> None:
    numbers = [*range(100), *range(50)]
    random.Random(7).shuffle(numbers)
    put(stream, *numbers)
    stream.end(100)
    assert drain(stream) == b"".join(chunk(number) for number in range(100))
    assert stream.ended
    assert stream.dropped_samples == 0


def test_the_answer_is_the_first_number_that_is_missing(stream: RemoteStream) -> None:
    assert [stream.put(n, CHUNK * n, chunk(n)) for n in (0, 2, 3, 1, 1)] == [1, 1, 1, 4, 4]


def test_what_the_sender_dropped_is_counted(stream: RemoteStream) -> None:
    stream.put(0, 0, chunk(0))
    stream.put(1, 5 * CHUNK, chunk(1))
    assert stream.dropped_samples == 4 * CHUNK
    assert len(drain(stream)) == 2 * 2 * CHUNK


def test_what_nobody_reads_is_dropped_beyond_the_bound_and_counted(clock: Clock) -> None:
    stream = RemoteStream(name="the browser", clock=clock, buffer_s=0.3)
    put(stream, *range(5))
    assert stream.dropped_samples == 2 * CHUNK
    assert len(drain(stream)) == 3 * 2 * CHUNK


def test_the_end_waits_for_chunks_that_are_still_under_way(stream: RemoteStream) -> None:
    put(stream, 0)
    stream.end(2)
    assert len(drain(stream)) == 2 * CHUNK
    assert not stream.ended
    put(stream, 1, 2)
    assert len(drain(stream)) == 2 * CHUNK
    assert stream.ended
    assert stream.chunks == 2


def test_a_short_last_piece_comes_out_at_the_end(stream: RemoteStream) -> None:
    stream.put(0, 0, bytes(2 * 1000))
    assert stream.read(0) is not None
    assert stream.read(0) is None
    stream.end(1)
    last = stream.read(0)
    assert last is not None
    assert last.samples == 200
    assert stream.ended


def test_a_failure_comes_after_the_sound_before_it(stream: RemoteStream) -> None:
    put(stream, 0)
    stream.fail(DeviceRefusedError("No.", advice="Allow it."))
    assert stream.read(0) is not None
    assert stream.read(0) is not None
    with pytest.raises(DeviceRefusedError, match=r"No\. Allow it\."):
        stream.read(0)


def test_a_sender_that_is_gone_is_noticed(stream: RemoteStream, clock: Clock) -> None:
    put(stream, 0)
    drain(stream)
    clock.now += 19
    assert stream.read(0) is None
    stream.alive()
    clock.now += 19
    assert stream.read(0) is None
    clock.now += 1
    with pytest.raises(DeviceLostError, match="the browser for 20 s"):
        stream.read(0)


def test_a_busy_kernel_is_not_an_absent_sender(clock: Clock) -> None:
    stream = RemoteStream(name="the browser", clock=clock, busy=lambda: True)
    put(stream, 0)
    drain(stream)
    clock.now += BUSY_LIMIT_S - 1
    assert stream.read(0) is None
    assert stream.notice is not None
    assert stream.notice.kind == "held"
    clock.now += 1
    with pytest.raises(DeviceLostError):
        stream.read(0)


def test_notices(stream: RemoteStream) -> None:
    assert stream.notice is None
    stream.alive(AudioNotice("permission", "Answer the browser."))
    assert stream.notice == AudioNotice("permission", "Answer the browser.")
    stream.alive()
    stream.put(0, 0, chunk(0), held_s=4.2)
    assert stream.notice is not None
    assert "4 s of sound" in stream.notice.message
    stream.put(1, CHUNK, chunk(1))
    assert stream.notice is None


def test_a_pause_throws_away(stream: RemoteStream) -> None:
    put(stream, 0)
    stream.pause()
    put(stream, 1, 2)
    stream.resume()
    put(stream, 3)
    assert drain(stream) == chunk(0) + chunk(3)
    assert stream.dropped_samples == 0


def test_closing_wakes_a_reader_and_is_closings_once() -> None:
    closings = []
    stream = RemoteStream(name="the browser", on_close=lambda: closings.append(1))
    got: list[object] = []
    reader = threading.Thread(target=lambda: got.append(stream.read(60)))
    reader.start()
    stream.close()
    stream.close()
    reader.join(30)
    assert (got, closings, stream.ended) == ([None], [1], True)
    stream.put(0, 0, chunk(0))
    assert stream.read(0) is None
