#!/usr/bin/env bash
# webvtt-py 0.6.0: `caption.text` drops the tags of a cue but keeps its character references, so a captioner's correctly
# escaped "R&amp;D" stays "R&amp;D" and "&lt;laughs&gt;" stays escaped, though WebVTT says that both are part of the
# encoding, not of the text. `caption.voice` keeps them too. A reference transcript that is read this way has words
# ("amp", "lt") that nobody spoke. Nothing is raised, and no argument of the reader unescapes them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install webvtt-py==0.6.0
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

import webvtt

FILE = """WEBVTT

00:01.000 --> 00:02.000
<v Smith &amp; Son>The <b>R&amp;D</b> budget</v>

00:03.000 --> 00:04.000
three &lt; four
"""
first, second = webvtt.from_string(FILE)
print("webvtt-py", version("webvtt-py"))
print(f"text {first.text!r}, voice {first.voice!r}; text {second.text!r}")
assert first.text == "The R&amp;D budget"
assert first.voice == "Smith &amp; Son"
assert second.text == "three &lt; four"
PY
