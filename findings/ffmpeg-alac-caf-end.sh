#!/usr/bin/env bash
# PyAV 18.1.0 (libavcodec 62.28, libavformat 62.12): a lossless ALAC track that FFmpeg wrote into a CAF file loses its
# end when FFmpeg reads it. The last packet holds only the samples that are left, and its duration says so; then the
# padding of a full packet is taken off once more, wherever that leaves something. Of 48,000 samples 46,848 come back.
# At lengths where the padding is longer than the last packet, all come back, so a test with one file can miss it. From
# m4a the same sound comes back whole, and with PyAV 16.0.1 (libavformat 62.3) it did from CAF.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install av==18.1.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PY'
import io

import av
import numpy as np

RATE_HZ, PACKET = 16_000, 4_096


def encoded(container, pcm):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream("alac", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            file.mux(packet)
    return buffer.getvalue()


def decoded(data):
    with av.open(io.BytesIO(data)) as file:
        return np.concatenate([frame.to_ndarray().ravel() for frame in file.decode(audio=0)]) >> 16  # they are 32 bit


def packets_say(data):
    with av.open(io.BytesIO(data)) as file:
        return sum(packet.duration or 0 for packet in file.demux(audio=0) if packet.size)


print("PyAV", av.__version__, {name: ".".join(map(str, av.library_versions[name])) for name in ("libavcodec", "libavformat")})
counts = {}
for length in (48_000, 46_000):
    pcm = (3_000 * np.random.default_rng(0).standard_normal(length)).astype("int16")
    caf, m4a = encoded("caf", pcm), encoded("ipod", pcm)
    counts[length] = len(decoded(caf)), packets_say(caf), len(decoded(m4a))
    print(f"{length} samples: CAF {counts[length][0]}, by its packets' durations {counts[length][1]}, m4a {counts[length][2]}")
    assert np.array_equal(decoded(caf), pcm[: counts[length][0]]), "the samples themselves differ"
padding = -48_000 % PACKET
assert counts[48_000] == (48_000 - padding, 48_000, 48_000), "FFmpeg reads it whole now"
assert counts[46_000] == (46_000, 46_000, 46_000), "a short last packet is cut now"
PY
