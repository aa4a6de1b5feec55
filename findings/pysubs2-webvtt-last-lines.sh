#!/usr/bin/env bash
# pysubs2 1.8.1: a caption loses its last line where that is a number, and has text of the file that nobody speaks. WebVTT
# is read by the code for SubRip: all that stands between two time lines is the first one's text, except a number at its
# end, which is taken for the next cue's. WebVTT cues need no number, so "The answer is / 42" becomes "The answer is"; the
# last caption of a SubRip file, which no number follows, loses such a line too. A comment (NOTE) and the next cue's
# identifier become part of the caption before them. pysubs2 so does not read back what it wrote itself. Nothing is
# raised, and no option of the reader changes it: a reference transcript has words too few and words too many.
# webvtt-py 0.6.0 and srt 3.5.3 read the same text as it is meant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install pysubs2==1.8.1 webvtt-py==0.6.0 srt==3.5.3
"$folder/venv/bin/python" - <<'PY'
import pysubs2
import srt
import webvtt

WEBVTT = """WEBVTT

00:00.000 --> 00:02.000
The answer is
42

00:02.000 --> 00:04.000
and nobody knows why.

NOTE the next voice was hard to hear

second-speaker
00:04.000 --> 00:06.000
Nobody at all.
"""
SUBRIP = """1
00:00:00,000 --> 00:00:02,000
The answer is
42

2
00:00:02,000 --> 00:00:04,000
See you in
2027
"""


def by_pysubs2(text):
    return [event.plaintext for event in pysubs2.SSAFile.from_string(text)]


def shown(title, by_others, by_it):
    print(title)
    for right, seen in zip(by_others, by_it, strict=True):
        print(f"  {right!r:28} pysubs2: {seen!r}")


cues = [caption.text for caption in webvtt.from_string(WEBVTT)]
shown("WebVTT", cues, by_pysubs2(WEBVTT))
assert cues == ["The answer is\n42", "and nobody knows why.", "Nobody at all."]
assert by_pysubs2(WEBVTT) == [
    "The answer is",
    "and nobody knows why.\n\nNOTE the next voice was hard to hear\n\nsecond-speaker",
    "Nobody at all.",
], "pysubs2 reads WebVTT otherwise now"

captions = [each.content for each in srt.parse(SUBRIP)]
shown("SubRip", captions, by_pysubs2(SUBRIP))
assert captions == ["The answer is\n42", "See you in\n2027"]
assert by_pysubs2(SUBRIP) == ["The answer is\n42", "See you in"], "pysubs2 reads the last caption otherwise now"

file = pysubs2.SSAFile()
file.append(pysubs2.SSAEvent(0, 2000, r"Gate\N7"))
for name in ("vtt", "srt"):
    again = by_pysubs2(file.to_string(name))
    print(f"written by pysubs2 as {name} and read again: {again}")
    assert again == ["Gate"], f"pysubs2 reads its own {name} otherwise now"
PY
