"""Sound files of many kinds, made from the bundled sample with PyAV, libsndfile and plain bytes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
import soxr

from ipyscribe.audio import sample_path

SECONDS = 3
IN_FULL, NOTICE, ERROR, REFUSED = "read in full", "read with a notice", "read up to the cut, then an error", "refused"


@dataclass(frozen=True)
class OddInput:
    """One file: its ``kind``, its name, the function that makes it, and the expected outcome."""

    kind: str
    detail: str
    suffix: str
    content: Callable[[], bytes]
    outcome: str = IN_FULL
    words: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.detail}"


@lru_cache
def speech(rate: int, channels: int, start_s: float = 0.5) -> np.ndarray:
    """The sample's first words: int16, shape (n, channels), the second channel half as loud as the first."""
    start, frames = int(16_000 * start_s), 16_000 * SECONDS
    samples, own_rate = soundfile.read(sample_path(), dtype="float32", start=start, frames=frames)
    samples = soxr.resample(samples, own_rate, rate)
    scaled = samples[:, None] / np.arange(1, channels + 1)
    return np.rint(32767 * np.clip(scaled, -1, 1)).astype(np.int16)


class _Pipe:
    """A file that cannot seek: an encoder cannot come back to write the length into the header."""

    def __init__(self) -> None:
        self.content = io.BytesIO()

    def write(self, data: bytes) -> int:
        return self.content.write(data)


@lru_cache
def encode(
    container: str,
    codec: str,
    rate: int = 16_000,
    channels: int = 1,
    *,
    pipe: bool = False,
    start_s: float = 0.5,
    options: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """Speech in a ``container``, written by FFmpeg's muxer and encoder."""
    if ("movflags", "faststart") in options:  # the muxer opens the file a second time
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.m4a"
            _write(str(path), container, codec, rate, channels, start_s, options)
            return path.read_bytes()
    out: Any = _Pipe() if pipe else io.BytesIO()
    _write(out, container, codec, rate, channels, start_s, options)
    return bytes((out.content if pipe else out).getvalue())


def _write(
    out: Any, container: str, codec: str, rate: int, channels: int, start_s: float, options: tuple[tuple[str, str], ...]
) -> None:
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    frames = speech(rate, channels, start_s)
    with av.open(out, "w", format=container, options=dict(options)) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout, options=dict(options))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(frames.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)


def vorbis(rate: int = 16_000, channels: int = 1, start_s: float = 0.5) -> bytes:
    """Ogg Vorbis, which PyAV cannot encode."""
    out = io.BytesIO()
    soundfile.write(out, speech(rate, channels, start_s), rate, format="OGG", subtype="VORBIS")
    return out.getvalue()


def wav_with_size(data_size: int | None, riff_size: int | None = None, tail: bytes = b"") -> bytes:
    """A 16 kHz WAV whose header says ``data_size``; None leaves it as it is."""
    content = bytearray(encode("wav", "pcm_s16le"))
    at = content.index(b"data")
    if data_size is not None:
        content[at + 4 : at + 8] = data_size.to_bytes(4, "little")
    if riff_size is not None:
        content[4:8] = riff_size.to_bytes(4, "little")
    return bytes(content) + tail


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _kinds() -> list[OddInput]:
    lossless = [
        ("WAV, 16 bit", "wav", "pcm_s16le"),
        ("WAV, 24 bit", "wav", "pcm_s24le"),
        ("WAV, float", "wav", "pcm_f32le"),
        ("WAV, 8 bit", "wav", "pcm_u8"),
        ("WAV, mu-law", "wav", "pcm_mulaw"),
        ("W64", "w64", "pcm_s16le"),
        ("AIFF", "aiff", "pcm_s16be"),
        ("AU", "au", "pcm_s16be"),
        ("FLAC", "flac", "flac"),
        ("Ogg FLAC", "ogg", "flac"),
        ("ALAC in CAF", "caf", "alac"),
        ("ALAC in M4A", "ipod", "alac"),
        ("TTA", "tta", "tta"),
        ("WavPack", "wv", "wavpack"),
    ]
    lossy = [
        ("MP3", "mp3", "libmp3lame", 44_100),
        ("MP2", "mp2", "mp2", 44_100),
        ("AAC in M4A", "ipod", "aac", 44_100),
        ("AAC in MP4", "mp4", "aac", 48_000),
        ("AAC as a stream (ADTS)", "adts", "aac", 44_100),
        ("Opus in Ogg", "ogg", "libopus", 48_000),
        ("Opus in WebM", "webm", "libopus", 48_000),
        ("AC-3", "ac3", "ac3", 48_000),
        ("ADPCM in WAV", "wav", "adpcm_ima_wav", 44_100),
    ]

    def kind_of(kind: str, container: str, codec: str, rate: int, channels: int) -> OddInput:
        detail = f"{rate} Hz, {channels} ch"
        return OddInput(kind, detail, container, lambda: encode(container, codec, rate, channels))

    kinds = [kind_of(*row, *shape) for row in lossless for shape in ((16_000, 1), (44_100, 2))]
    kinds += [kind_of(*row, channels) for row in lossy for channels in (1, 2)]
    kinds += [
        OddInput("Vorbis in Ogg", f"{rate} Hz, {channels} ch", "ogg", lambda r=rate, n=channels: vorbis(r, n))
        for rate, channels in ((16_000, 1), (44_100, 2))
    ]
    return kinds


_VBR = (("compression_level", "9"), ("global_quality", "1062"), ("flags", "+qscale"))


def _lengths() -> list[OddInput]:
    def mp3(rate: int, *options: tuple[str, str]) -> bytes:
        return encode("mp3", "libmp3lame", rate, options=(*_VBR, *options))

    no_length = "gives no length"
    return [
        OddInput("MP3, VBR", "44100 Hz", "mp3", lambda: mp3(44_100)),
        OddInput("MP3, VBR", "22050 Hz", "mp3", lambda: mp3(22_050)),
        OddInput("MP3, VBR", "no header with its length", "mp3", lambda: mp3(44_100, ("write_xing", "0"))),
        OddInput(
            "MP3, ABR",
            "out of a pipe",
            "mp3",
            lambda: encode("mp3", "libmp3lame", 44_100, pipe=True, options=(("abr", "1"), ("b", "48000"))),
        ),
        OddInput("MP3", "named .wav", "wav", lambda: mp3(44_100)),
        OddInput("MP3 in WAV", "44100 Hz", "wav", lambda: encode("wav", "libmp3lame", 44_100)),
        OddInput("M4A", "named .mp3", "mp3", lambda: encode("ipod", "aac", 44_100)),
        OddInput(
            "M4A",
            "index at its beginning",
            "m4a",
            lambda: encode("ipod", "aac", 44_100, options=(("movflags", "faststart"),)),
        ),
        OddInput("FLAC", "length unknown, out of a pipe", "flac", lambda: encode("flac", "flac", pipe=True)),
        OddInput("WebM", "length unknown, out of a pipe", "webm", lambda: encode("webm", "libopus", 48_000, pipe=True)),
        OddInput("WAV", "length unknown (0xFFFFFFFF)", "wav", lambda: wav_with_size(0xFFFF_FFFF, 0xFFFF_FFFF)),
        OddInput("WAV", "length unknown (0x7FFFFFFF)", "wav", lambda: wav_with_size(0x7FFF_FFFF, 0x7FFF_FFFF)),
        OddInput("WAV", "recorder killed: data size 0", "wav", lambda: wav_with_size(0), NOTICE, no_length),
        OddInput("WAV", "recorder killed: all sizes 0", "wav", lambda: wav_with_size(0, 0), NOTICE, no_length),
        OddInput(
            "WAV", "header with a third of the length", "wav", lambda: wav_with_size(32_000), NOTICE, "file goes on"
        ),
        OddInput(
            "WAV",
            "other chunks behind the sound",
            "wav",
            lambda: wav_with_size(None, tail=b"LIST\x04\x00\x00\x00INFO" + b"id3 \x10\x27\x00\x00" + bytes(10_000)),
        ),
    ]


def _joined() -> list[OddInput]:
    def twice(container: str, codec: str, rate: int = 16_000) -> Callable[[], bytes]:
        return lambda: encode(container, codec, rate) + encode(container, codec, rate, start_s=7.0)

    def two_rates(container: str, codec: str) -> Callable[[], bytes]:
        return lambda: encode(container, codec, 44_100) + encode(container, codec, 16_000, start_s=7.0)

    several = "is several .* concatenated"
    return [
        OddInput("MP3", "two joined", "mp3", twice("mp3", "libmp3lame", 44_100), NOTICE, "could not be decoded"),
        OddInput("FLAC", "two joined", "flac", twice("flac", "flac")),
        OddInput("AAC as a stream (ADTS)", "two joined", "aac", twice("adts", "aac", 44_100)),
        OddInput("AAC as a stream (ADTS)", "two joined, 44100 and 16000 Hz", "aac", two_rates("adts", "aac")),
        OddInput("MP2", "two joined, 44100 and 16000 Hz", "mp2", two_rates("mp2", "mp2")),
        OddInput("Opus in Ogg", "two joined", "opus", twice("ogg", "libopus", 48_000)),
        OddInput("Vorbis in Ogg", "two joined", "ogg", lambda: vorbis() + vorbis(start_s=7.0)),
        OddInput("WebM", "two joined", "webm", twice("webm", "libopus", 48_000)),
        OddInput("WAV", "two joined", "wav", twice("wav", "pcm_s16le"), REFUSED, several),
        OddInput("AIFF", "two joined", "aiff", twice("aiff", "pcm_s16be"), REFUSED, several),
        OddInput("M4A", "two joined", "m4a", twice("ipod", "aac", 44_100), REFUSED, several),
    ]


def _cut() -> list[OddInput]:
    def m4a(*options: tuple[str, str]) -> bytes:
        return encode("ipod", "aac", 44_100, options=options)

    cut, missing = "is cut off or damaged after", "of the sound that its header declares"
    return [
        OddInput("WAV", "the last byte missing", "wav", lambda: encode("wav", "pcm_s16le")[:-1], NOTICE, missing),
        OddInput("FLAC", "the last byte missing", "flac", lambda: encode("flac", "flac")[:-1], NOTICE, missing),
        OddInput(
            "Opus in Ogg",
            "the last byte missing",
            "opus",
            lambda: encode("ogg", "libopus", 48_000)[:-1],
            NOTICE,
            "its last Ogg page is missing",
        ),
        OddInput(
            "WAV",
            "half of it",
            "wav",
            lambda: half(encode("wav", "pcm_s16le")),
            REFUSED,
            "its header declares .* bytes of sound and .* are there",
        ),
        OddInput("FLAC", "half of it", "flac", lambda: half(encode("flac", "flac")), ERROR, cut),
        OddInput("MP3", "half of it", "mp3", lambda: half(encode("mp3", "libmp3lame", 44_100)), ERROR, cut),
        OddInput("WebM", "half of it", "webm", lambda: half(encode("webm", "libopus", 48_000)), ERROR, cut),
        OddInput(
            "M4A", "half of it, index at its beginning", "m4a", lambda: half(m4a(("movflags", "faststart"))), ERROR, cut
        ),
        OddInput("M4A", "half of it, index at its end", "m4a", lambda: half(m4a()), REFUSED, "its index.* is missing"),
        OddInput(
            "Opus in Ogg",
            "half of it",
            "opus",
            lambda: half(encode("ogg", "libopus", 48_000)),
            NOTICE,
            "its last Ogg page is missing",
        ),
        OddInput("FLAC", "damaged in the middle", "flac", lambda: _damaged("flac", "flac"), NOTICE, missing),
        OddInput(
            "MP3",
            "damaged in the middle",
            "mp3",
            lambda: _damaged("mp3", "libmp3lame"),
            NOTICE,
            "is damaged|" + missing,
        ),
        OddInput(
            "WAV",
            "no sound in it",
            "wav",
            lambda: encode("wav", "pcm_s16le")[:78],
            REFUSED,
            "has no audio samples|is not",
        ),
        OddInput(
            "Text",
            "named .wav",
            "wav",
            lambda: b"To be honest, I almost hope for rain.\n" * 20,
            REFUSED,
            "is not a sound file that can be read",
        ),
        OddInput(
            "A playlist",
            "named .m3u8",
            "m3u8",
            lambda: b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n",
            REFUSED,
            "is not a sound file that can be read",
        ),
    ]


def _damaged(container: str, codec: str) -> bytes:
    content = bytearray(encode(container, codec))
    middle = len(content) // 2
    content[middle : middle + 300] = b"\x55" * 300
    return bytes(content)


INPUTS = [*_kinds(), *_lengths(), *_joined(), *_cut()]
