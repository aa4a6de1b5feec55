"""Sound that another program pushes."""

import asyncio
import io
import queue

import numpy as np
import pytest
import soundfile

from ipyscribe.audio import AudioSource, PushSource
from ipyscribe.audio.g711 import decode_g711
from ipyscribe.errors import DeviceLostError, ParameterError, SessionStateError

SPEECH = np.random.default_rng(0).integers(-9000, 9000, 16_000).astype("<i2")


def samples_of(stream):
    pcm = b""
    while not stream.ended:
        block = stream.read(5)
        pcm += block.pcm if block else b""
    stream.close()
    return np.frombuffer(pcm, "<i2")


@pytest.mark.parametrize(("law", "subtype"), [("mu", "ULAW"), ("a", "ALAW")])
def test_telephone_bytes_are_expanded_as_libsndfile_does(law, subtype):
    codes = bytes(range(256))
    samples, _ = soundfile.read(
        io.BytesIO(codes), dtype="int16", format="RAW", subtype=subtype, samplerate=8_000, channels=1
    )
    assert np.array_equal(decode_g711(codes, law) * 32768, samples)


@pytest.mark.parametrize("size", [1, 3, 640, 7_000, 40_000])
def test_pushed_sound_is_read_bit_for_bit(size):
    source = PushSource(16_000)
    stream = source.open()
    data = SPEECH.tobytes()
    for start in range(0, len(data), size):
        source.push(data[start : start + size])
    source.end()
    assert np.array_equal(samples_of(stream), SPEECH)
    assert stream.dropped_samples == 0


def test_arrays_are_pushed_too():
    source = PushSource(16_000)
    source.push(SPEECH[:8_000])
    source.push(SPEECH[8_000:] / 32768)
    source.end()
    assert np.array_equal(samples_of(source.open()), SPEECH)


@pytest.mark.parametrize(("encoding", "kind"), [("pcm_s16le", "<i2"), ("pcm_f32le", "<f4")])
@pytest.mark.parametrize(("channel", "expected"), [("left", [1, 2]), (1, [3, 4]), ("mix", [2, 3])])
def test_one_of_several_channels_is_read(encoding, kind, channel, expected):
    source = PushSource(16_000, encoding=encoding, channels=2, channel=channel)
    frames = np.array([[1, 3], [2, 4]]) * 1000
    source.push((frames if kind == "<i2" else frames / 32768).astype(kind).tobytes())
    source.end()
    assert samples_of(source.open()).tolist() == [1000 * value for value in expected]


def test_a_telephone_call_in_frames_of_20_ms(clock):
    tone = np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(8_000) / 8_000)).astype(np.int16)
    raw = io.BytesIO()
    soundfile.write(raw, tone, 8_000, format="RAW", subtype="ULAW")
    source = PushSource(8_000, encoding="pcm_mulaw", clock=clock)
    stream = source.open()
    started, blocks = clock.now, []
    for frame in range(50):
        clock.now = started + 0.02 * (frame + 1)
        source.push(raw.getvalue()[160 * frame : 160 * (frame + 1)], at_s=0.02 * frame)
        while block := stream.read(0):
            blocks.append(block)
            assert block.captured_s == pytest.approx(started + (block.position + block.samples) / 16_000, abs=1e-6)
            assert clock.now - block.captured_s < 0.03  # a frame, and the filter's 9 ms
    source.end()
    blocks.append(stream.read(0))
    samples = np.frombuffer(b"".join(block.pcm for block in blocks), "<i2")
    expected = 8000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert len(samples) == 16_000
    assert np.abs(samples - expected)[500:-500].max() < 300  # mu-law itself
    assert stream.dropped_samples == 0


def test_what_is_missing_between_two_pushes_is_counted():
    source = PushSource(8_000, encoding="pcm_mulaw")
    stream = source.open()
    for at_s in (0.0, 0.02, 0.1, 0.12):  # on the sender's clock
        source.push(bytes(160), at_s=at_s)
    source.end()
    assert len(samples_of(stream)) == 1280
    assert stream.dropped_samples == 960


def test_what_was_pushed_before_the_opening_waits():
    source = PushSource(16_000, buffer_s=0.5)
    for start in range(0, 16_000, 800):
        source.push(SPEECH[start : start + 800])
    stream = source.open()
    later = source.open()
    source.push(SPEECH[:800])
    source.end()
    assert np.array_equal(samples_of(stream), SPEECH[:8_000])
    assert stream.dropped_samples == 8_800
    assert np.array_equal(samples_of(later), SPEECH[:800])
    assert later.dropped_samples == 0
    assert source.open().ended


def test_silence_and_a_stall_are_noticed(clock):
    source = PushSource(16_000, label="the call", clock=clock)
    stream = source.open()
    assert stream.notice is None
    clock.now += 2
    assert stream.notice.kind == "stalled"
    source.push(bytes(32_000))
    assert stream.notice.kind == "silent"
    assert "the call delivers only digital silence" in stream.notice.message
    source.push(SPEECH)
    assert stream.notice is None
    stream.close()


def test_an_end_and_a_failure():
    source = PushSource(16_000)
    stream = source.open()
    source.push(SPEECH)
    source.fail("The caller hung up.", advice="Call again.")
    with pytest.raises(DeviceLostError, match=r"The caller hung up\. Call again"):
        samples_of(stream)
    with pytest.raises(SessionStateError, match="The source has ended"):
        source.push(SPEECH)
    with pytest.raises(DeviceLostError):
        source.open().read(0)
    source.end()


def test_an_async_iterator_and_a_queue_feed_it():
    async def frames():
        for start in range(0, 16_000, 160):
            await asyncio.sleep(0)
            yield SPEECH[start : start + 160].tobytes()

    source = PushSource(16_000)
    asyncio.run(source.feed(frames()))
    assert np.array_equal(samples_of(source.open()), SPEECH)

    waiting = queue.SimpleQueue()
    for piece in (SPEECH[:100].tobytes(), SPEECH[100:].tobytes(), None):
        waiting.put(piece)
    source = PushSource(16_000)
    asyncio.run(source.feed(iter(waiting.get, None)))
    assert np.array_equal(samples_of(source.open()), SPEECH)


def test_an_iterator_that_raises_fails_the_session():
    async def frames():
        yield SPEECH.tobytes()
        raise ConnectionError("gone")

    source = PushSource(16_000, label="the call")
    with pytest.raises(ConnectionError):
        asyncio.run(source.feed(frames()))
    with pytest.raises(DeviceLostError, match="'the call' failed: ConnectionError: gone"):
        samples_of(source.open())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_rate": 0}, "sample_rate is 0"),
        ({"encoding": "mp3"}, "encoding is 'mp3'; it must be one of pcm_s16le, pcm_f32le, pcm_mulaw, pcm_alaw"),
        ({"channels": 0}, "channels is 0"),
        ({"buffer_s": -1}, "buffer_s is -1"),
        ({"channel": "centre"}, "channel is 'centre'"),
    ],
)
def test_arguments_are_checked(options, message):
    with pytest.raises(ParameterError, match=message):
        PushSource(**({"sample_rate": 16_000} | options))


def test_an_array_of_other_channels_is_refused():
    with pytest.raises(ParameterError, match="has 2 channels; the source has 1"):
        PushSource(16_000).push(np.zeros((80, 2), np.int16))


def test_it_is_an_audio_source():
    source = PushSource(8_000, encoding="pcm_mulaw", label="call")
    assert isinstance(source, AudioSource)
    assert (source.label, source.live, source.duration_s) == ("call", True, None)
    assert repr(source) == "PushSource(8000, encoding='pcm_mulaw', channels=1)"
