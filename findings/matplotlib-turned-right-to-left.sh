#!/usr/bin/env bash
# matplotlib 3.11.2 with python-bidi 0.6.12 and arabic-reshaper 3.1.0: what made Hebrew and Arabic in a figure right up to
# 3.10 makes them wrong now. Up to 3.10 letters were drawn one by one from left to right, so that programs turned a text
# round first (get_display, after reshape for Arabic). 3.11 lays text out itself, takes what was turned round for a text
# in reading order, and turns it back: the word stands the wrong way round, as it did in 3.10 without any help. Arabic of
# presentation forms keeps its joined shapes in the wrong order. Nothing is raised, no warning is given, and who cannot
# read the script does not see it. Text as it is spoken is right in 3.11 and wrong in 3.10, so no call serves both.
# Here a wide Hebrew letter comes before a narrow one: it has to stand on the right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/draw.py" <<'PY'
import io

import arabic_reshaper
import matplotlib
import numpy as np
from bidi import get_display
from matplotlib.figure import Figure


def letters(text):
    """The widths of what is drawn, from left to right, in pixels."""
    figure = Figure(figsize=(4, 1), dpi=100)
    figure.text(0.1, 0.4, text, fontfamily="DejaVu Sans", fontsize=24)
    raw = io.BytesIO()
    figure.savefig(raw, format="raw")
    ink = (np.frombuffer(raw.getvalue(), np.uint8).reshape(100, 400, 4)[:, :, 0] < 128).any(0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], ink.astype(int), [0]))))
    return (edges[1::2] - edges[::2]).tolist()


SHIN_YOD = "\u05e9\u05d9"
plain, turned = letters(SHIN_YOD), letters(get_display(SHIN_YOD))
SEEN = "\u0628\u062f"
joined = letters(get_display(arabic_reshaper.reshape(SEEN)))
release = matplotlib.__version__
print(f"matplotlib {release}: widths from the left: as spoken {plain}, turned round {turned};", end=" ")
print(f"Arabic as spoken {letters(SEEN)}, reshaped and turned round {joined}")
right = {False: turned, True: plain}[release.startswith("3.11")]
wrong = {False: plain, True: turned}[release.startswith("3.11")]
assert right[0] < right[-1], "the narrow letter, which comes last, is no longer on the left"
assert wrong[0] > wrong[-1], "both ways are right now"
PY
for release in 3.10.9 3.11.2; do
    python3 -m venv "$folder/$release"
    "$folder/$release/bin/pip" -q --disable-pip-version-check install \
        matplotlib==$release python-bidi==0.6.12 arabic-reshaper==3.1.0 numpy==2.4.6
    "$folder/$release/bin/python" "$folder/draw.py"
done
