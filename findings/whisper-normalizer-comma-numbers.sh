#!/usr/bin/env bash
# whisper-normalizer 0.1.15: number words merge over commas and over the ends of sentences, and one entry of its
# spelling table holds a piece of HTML. "one, two, three" becomes "123" while "1, 2, 3" becomes "one 2 3"; "I have two.
# Nine came." becomes "i have 29 came"; "archaeology" becomes "archeology</span>" while "archeology" stays. So two
# transcripts that say the same differ, and a right transcript has a word error rate above zero. The names of
# months keep their ordinals as words ("may ninth") where "May 9th" becomes "may 9th".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install whisper-normalizer==0.1.15
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

from whisper_normalizer.english import EnglishTextNormalizer

SEEN = {
    "one, two, three": "123",
    "1, 2, 3": "one 2 3",
    "I have two. Nine came.": "i have 29 came",
    "archaeology": "archeology</span>",
    "archeology": "archeology",
    "May ninth": "may ninth",
    "May 9th": "may 9th",
}
normalise = EnglishTextNormalizer()
print("whisper-normalizer", version("whisper-normalizer"))
for text, normalised in SEEN.items():
    print(f"{text!r} -> {normalise(text)!r}")
    assert normalise(text) == normalised, (text, normalise(text))
PY
