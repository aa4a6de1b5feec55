import math
import random
import threading
import time

import numpy as np
import pytest

from ipyscribe.audio import BLOCK_SAMPLES, AudioArray, AudioStream, PacedStream
from ipyscribe.errors import ParameterError

SECOND = np.zeros(16_000, np.int16)
THREE_HOURS_S = 3 * 3600


def test_three_hours_do_not_drift(clock):
    opened = clock.now
    stream = PacedStream((bytes(32_000) for _ in range(THREE_HOURS_S)), clock=clock, wait=clock.wait)
    work = random.Random(1)
    blocks = 0
    while not stream.ended:
        block = stream.read(60.0)
        blocks += 1
        assert block.captured_s == opened + blocks * BLOCK_SAMPLES / 16_000
        assert 0 <= clock.now - block.captured_s < 0.02 + 1e-6
        clock.now += work.random() * 0.02
    assert blocks == THREE_HOURS_S * 20


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.25, 4.0])
def test_a_block_is_due_when_its_last_sample_was_spoken(clock, speed):
    source = AudioArray(np.zeros(1000, np.int16), 16_000, speed=speed, clock=clock, wait=clock.wait)
    opened = clock.now
    with source.open() as stream:
        first, last = stream.read(1.0), stream.read(1.0)
        assert stream.ended
    assert (first.samples, first.position) == (800, 0)
    assert (last.samples, last.position) == (200, 800)
    assert first.captured_s == opened + 0.05 / speed
    assert last.captured_s == pytest.approx(opened + 0.0625 / speed, abs=1e-9)
    assert last.duration_ms == 12.5


def test_an_overdue_reader_gets_the_blocks_at_once(clock):
    with AudioArray(SECOND, 16_000, clock=clock, wait=clock.wait).open() as stream:
        opened = clock.now
        clock.now += 0.5
        for number in range(10):
            assert stream.read(0).captured_s == pytest.approx(opened + 0.05 * (number + 1))
        assert stream.read(0) is None


def test_read_gives_up_after_its_timeout(clock):
    with AudioArray(SECOND, 16_000, clock=clock, wait=clock.wait).open() as stream:
        start = clock.now
        assert stream.read(0.02) is None
        assert clock.now == pytest.approx(start + 0.02)
        assert not stream.ended
        assert stream.read(1.0).position == 0


def test_infinite_speed_never_waits(clock, drain):
    source = AudioArray(np.arange(5000, dtype=np.int16), 16_000, speed=math.inf, clock=clock, wait=clock.wait)
    start = clock.now
    assert drain(source.open()) == np.arange(5000, dtype="<i2").tobytes()
    assert clock.now == start


def test_a_pause_shifts_all_later_blocks(clock):
    with AudioArray(SECOND, 16_000, clock=clock, wait=clock.wait).open() as stream:
        opened = clock.now
        stream.read(1.0)
        stream.pause()
        stream.pause()
        assert stream.read(7.0) is None
        stream.resume()
        stream.resume()
        second = stream.read(1.0)
    assert second.position == 800
    assert second.captured_s == pytest.approx(opened + 0.1 + 7.0)


def test_a_pause_holds_back_overdue_blocks(clock):
    with AudioArray(SECOND, 16_000, clock=clock, wait=clock.wait).open() as stream:
        clock.now += 0.3
        stream.pause()
        assert stream.read(0) is None
        stream.resume()
        assert stream.read(0).position == 0


@pytest.mark.parametrize("paused", [True, False])
def test_close_ends_a_waiting_read_at_once(paused):
    stream = AudioArray(SECOND, 16_000, speed=0.001).open()
    if paused:
        stream.pause()
    answers = []
    reading = threading.Event()

    def read():
        reading.set()
        answers.append(stream.read(600.0))

    thread = threading.Thread(target=read)
    thread.start()
    assert reading.wait(60)
    stream.close()
    stream.close()
    thread.join(60)
    assert not thread.is_alive()
    assert answers == [None]
    assert stream.ended
    assert stream.read(0) is None


def test_resume_wakes_a_waiting_read():
    stream = AudioArray(SECOND, 16_000, speed=math.inf).open()
    stream.pause()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(stream.read(600.0)))
    thread.start()
    stream.resume()
    thread.join(60)
    stream.close()
    assert answers[0].position == 0


def test_real_time_takes_real_time():
    start = time.monotonic()
    with AudioArray(SECOND[:4800], 16_000).open() as stream:
        while not stream.ended:
            block = stream.read(60.0)
            assert time.monotonic() >= block.captured_s
    assert time.monotonic() - start >= 0.3


def test_what_cannot_be_opened_is_let_go():
    def pieces():
        raise ModuleNotFoundError("no resampler")
        yield b""

    released = []
    with pytest.raises(ModuleNotFoundError, match="no resampler"):
        PacedStream(pieces(), release=lambda: released.append(True))
    assert released == [True]


def test_two_streams_of_one_source_are_independent(clock):
    source = AudioArray(np.arange(1600, dtype=np.int16), 16_000, clock=clock, wait=clock.wait)
    with source.open() as one, source.open() as two:
        assert one.read(1).pcm == two.read(1).pcm
        one.close()
        assert two.read(1).position == 800


def test_a_paced_stream_is_an_audio_stream():
    stream = AudioArray(SECOND, 16_000).open()
    assert isinstance(stream, AudioStream)
    assert stream.notice is None
    assert stream.dropped_samples == 0
    stream.close()


@pytest.mark.parametrize("speed", [0, -1, math.nan, "2", None, True])
def test_speed_is_checked(speed):
    with pytest.raises(ParameterError, match=r"speed is .*must be a number above 0.*math.inf"):
        AudioArray(SECOND, 16_000, speed=speed)
