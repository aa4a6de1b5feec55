"""The faults that reality does not give on request."""

import gc
import sys
import threading

import numpy as np
import pytest
from audio.fake_portaudio import FINE, OVERFLOW, FakePortAudio, opened

from ipyscribe.audio import AudioSource, AudioStream, Microphone, open_microphones
from ipyscribe.errors import (
    AudioFileError,
    DeviceLostError,
    DeviceRefusedError,
    ParameterError,
)


def all_blocks(stream):
    blocks = []
    while (block := stream.read(0)) is not None:
        blocks.append(block)
    return blocks


def blocks_before_the_loss(stream):
    blocks = []
    try:
        while True:
            blocks.append(stream.read(0))
    except DeviceLostError:
        return blocks


def test_16_khz_mono_is_taken_as_it_is(clock):
    module = FakePortAudio()
    stream, device = opened(module, clock)
    assert isinstance(stream, AudioStream)
    assert (stream.native_rate_hz, stream.native_channels) == (16_000, 1)
    assert device.options["blocksize"] == 800
    clock.now += 0.05
    device.give(range(800))
    clock.now += 0.05
    device.give(range(800, 1600))
    first, second = all_blocks(stream)
    assert first.pcm + second.pcm == np.arange(1600, dtype="<i2").tobytes()
    assert (first.position, second.position) == (0, 800)
    assert second.captured_s - first.captured_s == pytest.approx(0.05)
    stream.close()


@pytest.mark.parametrize(
    ("devices", "refused", "requests", "native"),
    [
        ((("Headset", 2, 16_000),), [], 1, (16_000, 2)),
        ((("Headset", 2, 16_000),), [(16_000, 2)], 2, (16_000, 1)),
        ((("Headset", 1, 8_000),), [(16_000, 1)], 2, (8_000, 1)),
        ((("Headset", 2, 48_000),), [(16_000, 2), (16_000, 1)], 3, (48_000, 2)),
        ((("Headset", 2, 44_100),), [(16_000, 1), (16_000, 2), (44_100, 2)], 4, (44_100, 1)),
        ((("Interface", 8, 96_000),), [(r, c) for r in (16_000, 96_000) for c in (1, 2)], 5, (96_000, 8)),
    ],
)
def test_the_native_format_is_converted(clock, devices, refused, requests, native):
    module = FakePortAudio(*devices, refused=refused)
    stream, device = opened(module, clock)
    assert len(module.requested) == requests
    assert (stream.native_rate_hz, stream.native_channels) == native
    rate, channels = native
    tone = 16_000 * np.sin(2 * np.pi * 1000 * np.arange(2 * rate) / rate)
    size = device.options["blocksize"]
    assert size == rate // 20 if rate == 16_000 else size == rate // 100
    for piece in np.split(np.rint(tone), range(size, 2 * rate, size)):
        device.give(np.repeat(piece[:, None], channels, axis=1))
        clock.now += size / rate
    blocks = all_blocks(stream)
    assert all(block.samples == 800 for block in blocks)
    assert [block.position for block in blocks] == list(range(0, 800 * len(blocks), 800))
    device.vanish()
    blocks += blocks_before_the_loss(stream)
    samples = np.frombuffer(b"".join(block.pcm for block in blocks), "<i2")
    assert len(samples) == 32_000
    expected = 16_000 * np.sin(2 * np.pi * 1000 * np.arange(32_000) / 16_000)
    assert np.abs(samples - expected)[1000:-1000].max() < 16
    stream.close()


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_first_block_comes_within_20_ms_of_that_at_16_khz_and_its_capture_time_counts_the_filter(
    clock, rate, channels
):
    native = [(16_000, 1), (16_000, 2)] if rate != 16_000 else []
    stream, device = opened(FakePortAudio(("Headset", channels, rate), refused=native), clock)
    started, size = clock.now, device.options["blocksize"]
    noise = np.random.default_rng(0).integers(-9000, 9000, (rate, channels))
    blocks = []
    for start in range(0, rate, size):
        clock.now = started + (start + size) / rate  # when the last sample of this chunk was captured
        device.give(noise[start : start + size])
        for block in all_blocks(stream):
            blocks.append((block, clock.now))
    _, came = blocks[0]
    assert 0.0499 <= came - started <= 0.0701
    for block, came in blocks:
        assert block.captured_s == pytest.approx(started + (block.position + block.samples) / 16_000, abs=1e-4)
        assert came - block.captured_s < 0.02
    stream.close()


def test_channels_that_cancel_each_other_give_the_louder_one_and_a_notice():
    stream, device = opened(FakePortAudio(("Headset", 2, 16_000)))
    left = np.random.default_rng(0).integers(-9000, 9000, 800)
    assert stream.notice is None
    device.give(np.stack([left, -left], axis=1))
    assert np.array_equal(np.frombuffer(stream.read(0).pcm, "<i2"), left)
    assert stream.notice.kind == "out_of_phase"
    assert "'Headset' cancel each other" in stream.notice.message
    stream.close()


@pytest.mark.parametrize(("channel", "requested", "expected"), [(0, 1, 0), ("left", 1, 0), ("right", 2, 1), (5, 6, 5)])
def test_a_channel_is_chosen(channel, requested, expected):
    module = FakePortAudio(("Interface", 8, 16_000))
    stream, device = opened(module, channel=channel)
    assert module.requested[0] == (16_000, max(2, requested))
    frames = np.arange(800 * max(2, requested)).reshape(800, -1)
    device.give(frames)
    assert np.array_equal(np.frombuffer(stream.read(0).pcm, "<i2"), frames[:, expected])
    assert len(stream.channel_levels_dbfs) == max(2, requested)
    stream.close()


def test_a_channel_that_the_device_has_not_is_refused():
    module = FakePortAudio(("Headset", 1, 48_000))
    with pytest.raises(AudioFileError, match=r"channel='right' does not exist: 'Headset' has one channel"):
        Microphone(channel="right", portaudio=module).open()
    for channel in (-1, "both", None, 1.0, True):
        with pytest.raises(ParameterError, match=r"channel is .*counted from 0"):
            Microphone(channel=channel)


def test_a_device_that_refuses_everything_says_what_was_tried():
    module = FakePortAudio(refused=[(16_000, 1), (48_000, 1)])
    with pytest.raises(
        DeviceRefusedError, match=r"'Headset, Core Audio' could not be opened \(16000 Hz, 1 ch: "
    ) as caught:
        Microphone(portaudio=module).open()
    assert "48000 Hz, 1 ch" in str(caught.value)
    assert caught.value.retry


def test_a_device_in_use_is_asked_once():
    module = FakePortAudio(refused=[(16_000, 1)], code=-9985)
    with pytest.raises(DeviceRefusedError, match="Another program is using it"):
        Microphone(portaudio=module).open()
    assert module.requested == [(16_000, 1)]


def test_a_slow_reader_loses_sound_that_is_counted():
    stream, device = opened(FakePortAudio(), buffer_s=0.5)
    for number in range(25):
        device.give([number] * 800)
    assert stream.dropped_samples == 15 * 800
    assert [block.pcm[:2] for block in all_blocks(stream)] == [bytes([n, 0]) for n in range(10)]
    device.give([25] * 800)
    assert stream.read(0).position == 8000
    assert stream.dropped_samples == 15 * 800
    stream.close()


def test_drops_are_counted_in_16_khz_samples():
    module = FakePortAudio(refused=[(16_000, 1)])
    stream, device = opened(module, buffer_s=0.05)
    for _ in range(105):
        device.give([1] * 480)
    assert stream.dropped_samples == 16_000
    stream.close()


def test_overflows_are_counted():
    stream, device = opened(FakePortAudio())
    for status in (FINE, OVERFLOW, FINE, OVERFLOW):
        device.give([1] * 800, status)
    assert stream.overflows == 2
    assert len(all_blocks(stream)) == 4
    stream.close()


def test_a_stall_is_noticed_after_2_s_and_forgotten_when_sound_comes(clock):
    stream, device = opened(FakePortAudio(), clock)
    device.give([1] * 800)
    clock.now += 1.99
    assert stream.notice is None
    clock.now += 0.01
    assert stream.notice.kind == "stalled"
    assert "'Headset' for 2 s" in stream.notice.message
    assert stream.notice.advice
    device.give([1] * 800)
    assert stream.notice is None
    clock.now += 9
    stream.close()
    assert stream.notice is None


@pytest.mark.parametrize("system", ["darwin", "win32", "linux"])
def test_a_second_of_exact_zeros_is_noticed(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    stream, device = opened(FakePortAudio())
    for _ in range(19):
        device.give([0] * 800)
    all_blocks(stream)
    assert stream.notice is None
    device.give([0] * 800)
    all_blocks(stream)
    assert stream.notice.kind == "silent"
    assert {"darwin": "Privacy & Security", "win32": "desktop apps", "linux": "muted"}[system] in stream.notice.advice
    device.give([0] * 799 + [1])
    all_blocks(stream)
    assert stream.notice is None
    for _ in range(100):
        device.give([0] * 800)
        stream.read(0)
    assert stream.notice is None
    stream.close()


def test_dither_is_not_silence():
    stream, device = opened(FakePortAudio())
    for _ in range(60):
        device.give(np.tile([0, 1, 0, -1], 200))
    all_blocks(stream)
    assert stream.notice is None
    stream.close()


def test_a_lost_device_is_reported_after_the_captured_sound():
    stream, device = opened(FakePortAudio())
    device.give([1] * 800)
    device.give([2] * 800)
    device.vanish()
    assert [stream.read(1).pcm[0], stream.read(1).pcm[0]] == [1, 2]
    for _ in range(2):
        with pytest.raises(DeviceLostError, match="'Headset, Core Audio' was disconnected"):
            stream.read(1)
    assert stream.ended
    assert open_microphones() == 0
    stream.close()
    assert stream.read(1) is None


def test_a_device_that_stops_without_notice_is_lost():
    stream, device = opened(FakePortAudio())
    device.active = False
    with pytest.raises(DeviceLostError):
        stream.read(60)
    stream.close()


def test_a_pause_throws_sound_away_and_is_not_a_stall(clock):
    stream, device = opened(FakePortAudio(), clock)
    device.give([1] * 800)
    stream.pause()
    for _ in range(100):
        clock.now += 0.05
        device.give([2] * 800)
    assert stream.notice is None
    stream.resume()
    device.give([3] * 800)
    assert [(block.pcm[0], block.position) for block in all_blocks(stream)] == [(1, 0), (3, 800)]
    assert stream.dropped_samples == 0
    stream.close()


def test_close_wakes_a_reader_and_stops_the_device_once():
    stream, device = opened(FakePortAudio())
    answers = []
    reader = threading.Thread(target=lambda: answers.append(stream.read(60)))
    reader.start()
    stream.close()
    stream.close()
    reader.join(60)
    assert answers == [None]
    assert stream.ended
    assert not device.active
    assert device.stopped_in == "ipyscribe-close-microphone"


def test_a_driver_that_hangs_does_not_hang_close(monkeypatch):
    # So that the test does not wait for seconds.
    monkeypatch.setattr("ipyscribe.audio.portaudio._CLOSE_LIMIT_S", 0.05)
    module = FakePortAudio()
    stream, device = opened(module)
    module.hang.clear()
    stream.close()
    assert stream.ended
    assert open_microphones() == 1
    module.hang.set()
    for thread in threading.enumerate():
        if thread.name == "ipyscribe-close-microphone":
            thread.join(60)
    assert open_microphones() == 0
    assert not device.active


def test_a_forgotten_stream_lets_go_of_its_device():
    stream, device = opened(FakePortAudio())
    assert open_microphones() == 1
    del stream
    assert open_microphones() == 0
    assert not device.active


def test_a_stream_forgotten_in_a_cycle_does_not_lock_up_the_closing_of_another(monkeypatch):
    # Python has no hook that runs first in a new thread.
    identify = threading.Thread._set_ident

    def collect_in_the_new_thread(thread):
        identify(thread)
        gc.collect()

    # As above.
    monkeypatch.setattr(threading.Thread, "_set_ident", collect_in_the_new_thread)
    module = FakePortAudio()
    gc.disable()
    try:
        forgotten = [opened(module)]
        forgotten.append(forgotten)
        del forgotten
        opened(module)[0].close()
    finally:
        gc.enable()
    assert open_microphones() == 0
    assert not any(device.active for device in module.streams)


@pytest.mark.parametrize("buffer_s", [0, -1, 601, "1", True, None])
def test_the_buffer_is_checked(buffer_s):
    with pytest.raises(ParameterError, match=r"buffer_s is .*0\.05 to 600"):
        Microphone(buffer_s=buffer_s)


def test_a_microphone_is_a_live_audio_source():
    source = Microphone("Headset")
    assert isinstance(source, AudioSource)
    assert (source.live, source.duration_s) == (True, None)
    assert source.label.startswith("Microphone of ")
    assert source.label.endswith("(Headset)")
    assert Microphone().label.endswith("(default)")
    assert repr(source) == "Microphone('Headset')"
