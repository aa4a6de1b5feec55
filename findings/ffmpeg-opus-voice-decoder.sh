#!/usr/bin/env bash
# PyAV 16.0.1 (FFmpeg's libavcodec 62.11) holds two Opus decoders, FFmpeg's own "opus", which is the default, and
# "libopus". For music modes they give the same samples (SNR 76 dB). For speech in the voice mode at 16 to 24 kbit/s,
# which telephony and browsers use, they agree only to 20 to 30 dB, though the file, the length and the position are the
# same: FFmpeg brings the 16 kHz voice layer to 48 kHz by a resampler of its own. Which decoder a tool was built with
# is heard by a speech recogniser, and a test that compares samples across decoders fails on right output.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install av==16.0.1 numpy==2.3.5
"$folder/venv/bin/python" - <<'PY'
import io

import av
import numpy as np

RATE_HZ, FRAME = 16_000, 320
t_s = np.arange(4 * RATE_HZ) / RATE_HZ
voice = sum(np.sin(2 * np.pi * 120 * k * t_s + np.sin(3 * t_s)) / k for k in range(1, 40))
voice = 0.1 * voice * (0.5 + 0.5 * np.sin(6 * np.pi * t_s))
voice += 0.003 * np.random.default_rng(0).standard_normal(len(t_s))
pcm = (voice * 32_767).clip(-32_768, 32_767).astype("int16")


def encoded(application, bit_rate):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE_HZ)
        stream.bit_rate, stream.layout, stream.options = bit_rate, "mono", {"application": application}
        for start in range(0, len(pcm) - FRAME + 1, FRAME):
            frame = av.AudioFrame.from_ndarray(pcm[None, start : start + FRAME], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def decoded(ogg, decoder):
    with av.open(io.BytesIO(ogg)) as container:
        stream = container.streams.audio[0]
        context = av.CodecContext.create(decoder, "r")
        context.extradata, context.sample_rate, context.layout = stream.codec_context.extradata, 48_000, "mono"
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
    blocks = [frame.to_ndarray().ravel() / (32_768 if "s16" in frame.format.name else 1) for frame in frames]
    return np.concatenate(blocks).astype("float64")


def snr_db(application, bit_rate):
    """At the lag where the two agree best, so that a shift by some samples does not count."""
    ogg = encoded(application, bit_rate)
    own, reference = decoded(ogg, "opus"), decoded(ogg, "libopus")
    assert len(own) == len(reference)
    middle = slice(2_000, len(own) - 2_000)
    errors = [np.mean((np.roll(own, lag)[middle] - reference[middle]) ** 2) for lag in range(-50, 51)]
    return 10 * np.log10(np.mean(reference[middle] ** 2) / min(errors))


print("PyAV", av.__version__, "libavcodec", av.library_versions["libavcodec"])
figures = {mode: snr_db(*mode) for mode in (("voip", 16_000), ("voip", 24_000), ("audio", 64_000), ("lowdelay", 64_000))}
for (application, bit_rate), figure in figures.items():
    print(f"{application} at {bit_rate // 1000} kbit/s: the decoders agree to {figure:.0f} dB")
assert all(figure < 35 for (application, _), figure in figures.items() if application == "voip"), "they agree now"
assert all(figure > 60 for (application, _), figure in figures.items() if application != "voip"), "music differs now"
PY
