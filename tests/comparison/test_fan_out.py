"""One source, several listeners: the same samples, and nobody waits for one who is gone."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from session.sources import Endless, tone
from support.waiting import LIMIT_S, wait_for

from ipyscribe.audio import AudioArray, AudioBlock
from ipyscribe.comparison import fan_out
from ipyscribe.comparison.fan_out import FanOut, FanOutStream
from ipyscribe.errors import AudioError, DeviceLostError


def read_all(stream: FanOutStream) -> bytes:
    pcm = b""
    while not stream.ended:
        block = stream.read(LIMIT_S)
        pcm += b"" if block is None else block.pcm
    return pcm


def next_block(stream: FanOutStream) -> AudioBlock:
    block: AudioBlock = wait_for(lambda: stream.read(0.1))
    return block


def test_all_hear_the_same_from_the_first_sample() -> None:
    samples = np.random.default_rng(0).integers(-9999, 9999, 48_123).astype("<i2")
    shared = FanOut(AudioArray(samples, 16_000, speed=float("inf")), 3)
    received: dict[int, bytes] = {}

    def listen(number: int) -> None:
        with shared.lane_sources[number].open() as stream:
            received[number] = read_all(stream)

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert received[0] == received[1] == received[2] == samples.tobytes()


def test_sound_waits_for_the_last_to_open() -> None:
    source = Endless()
    shared = FanOut(source, 2)
    first = shared.lane_sources[0].open()
    assert first.read(0.05) is None
    assert source.streams == []
    second = shared.lane_sources[1].open()
    assert next_block(first).position == next_block(second).position == 0
    first.close()
    second.close()
    assert source.streams[0].ended


def test_nobody_waits_for_one_that_has_left() -> None:
    shared = FanOut(tone(0.5), 2)
    stream = shared.lane_sources[0].open()
    shared.leave(shared.lane_sources[1])
    shared.leave(shared.lane_sources[1])
    assert len(read_all(stream)) == 16_000
    stream.close()


def test_one_that_comes_late_is_given_what_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fan_out, "OPENING_TIMEOUT_S", 0.05)
    shared = FanOut(tone(0.5), 2)
    first = shared.lane_sources[0].open()
    pcm = read_all(first)
    late = shared.lane_sources[1].open()
    assert read_all(late) == pcm
    first.close()
    late.close()


def test_one_that_lags_behind_a_microphone_loses_the_oldest_and_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that few blocks are too many.
    monkeypatch.setattr(fan_out, "_MAX_BLOCKS", 3)
    shared = FanOut(Endless(live=True), 2)
    quick, slow = (lane_source.open() for lane_source in shared.lane_sources)
    for _ in range(10):
        next_block(quick)
    wait_for(lambda: slow.dropped_samples > 0)
    lost = slow.dropped_samples
    assert next_block(slow).position >= lost
    quick.close()
    slow.close()


def test_one_that_lags_behind_a_file_holds_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # So that few blocks are too many.
    monkeypatch.setattr(fan_out, "_MAX_BLOCKS", 2)
    shared = FanOut(tone(2), 2)
    quick, slow = (lane_source.open() for lane_source in shared.lane_sources)
    positions = [next_block(quick).position for _ in range(2)]
    assert quick.read(0.2) is None
    assert [next_block(slow).position for _ in range(2)] == positions
    assert next_block(quick).position > positions[-1]
    slow.close()
    assert len(read_all(quick)) > 0
    assert (quick.dropped_samples, slow.dropped_samples) == (0, 0)
    quick.close()


def test_the_device_is_let_go_of_with_the_last_listener() -> None:
    source = Endless(live=True)
    shared = FanOut(source, 2)
    one, other = (lane_source.open() for lane_source in shared.lane_sources)
    next_block(one)
    one.close()
    assert one.ended
    assert not source.streams[0].ended
    assert next_block(other).position == 0
    other.close()
    assert source.streams[0].ended


def test_while_paused_all_hear_the_same_silence() -> None:
    source = Endless()
    shared = FanOut(source, 2)
    streams = [lane_source.open() for lane_source in shared.lane_sources]
    for stream in streams:
        next_block(stream)
    shared.paused = True
    wait_for(lambda: all(not any(next_block(stream).pcm) for stream in streams))
    assert source.streams[0].paused
    silence = [next_block(stream) for stream in streams]
    shared.paused = False
    sound = [wait_for(lambda stream=stream: (b := stream.read(1)) and any(b.pcm) and b) for stream in streams]
    assert sound[0].position > silence[0].position
    assert not source.streams[0].paused
    for stream in streams:
        stream.close()


def test_a_device_that_goes_is_told_to_all() -> None:
    source = Endless(live=True)
    shared = FanOut(source, 2)
    streams = [lane_source.open() for lane_source in shared.lane_sources]
    next_block(streams[0])
    source.lose(DeviceLostError("The microphone was unplugged.", advice="Plug it in."))
    for stream in streams:
        with pytest.raises(DeviceLostError, match="unplugged"):
            read_all(stream)
        assert not stream.ended
        stream.close()


def test_what_cannot_be_opened_is_told_to_all() -> None:
    class Broken(Endless):
        def open(self) -> AudioBlock:  # type: ignore[override]
            raise ZeroDivisionError("a bug")

    shared = FanOut(Broken(), 2)
    for stream in [lane_source.open() for lane_source in shared.lane_sources]:
        with pytest.raises(AudioError, match="unexpected ZeroDivisionError: a bug"):
            stream.read(LIMIT_S)
        stream.close()


def test_nothing_is_opened_where_all_have_gone() -> None:
    source = Endless(live=True)
    shared = FanOut(source, 2)
    shared.lane_sources[0].open().close()
    shared.leave(shared.lane_sources[1])
    assert source.streams == []
    assert (shared.lane_sources[0].live, shared.lane_sources[0].label, shared.lane_sources[0].duration_s) == (
        True,
        "endless",
        None,
    )
