#!/usr/bin/env bash
# text2num 3.1.0: a decimal number before a scale word becomes another number. "deux virgule cinq millions" (2,500,000)
# is written "2,5000000", which is 2.5: the scale is appended to the decimals as digits instead of multiplying.
# Seen in French, Spanish, Italian, Portuguese and Dutch; in English and German the scale stays beside the number as
# "2.5 1000000". Whole numbers ("deux millions") are right in all seven. Nothing is raised, so a word error rate over
# texts that were normalised this way compares wrong amounts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install text2num==3.1.0
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version

from text_to_num import alpha2digit

GLUED = {
    "fr": ("deux virgule cinq millions", "2,5000000"),
    "es": ("dos coma cinco millones", "2,5000000"),
    "it": ("due virgola cinque milioni", "2,5000000"),
    "pt": ("dois vírgula cinco milhões", "2,5000000"),
    "nl": ("twee komma vijf miljoen", "2,5000000"),
    "en": ("two point five million", "2.5 1000000"),
    "de": ("zwei komma fünf millionen", "2,5 1000000"),
}
print("text2num", version("text2num"))
for language, (spoken, wrong) in GLUED.items():
    written = alpha2digit(spoken, language)
    print(f"{language}: {spoken!r} -> {written!r}")
    assert written == wrong, (language, written)
assert alpha2digit("deux millions", "fr") == "2000000"
assert alpha2digit("two million", "en") == "2000000"
PY
