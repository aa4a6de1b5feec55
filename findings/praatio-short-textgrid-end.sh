#!/usr/bin/env bash
# praatio 6.2.2 with tgt 1.5: the last interval (or point) of a short TextGrid that does not end with a newline is
# dropped, and nothing is raised. tgt writes short TextGrids without a last newline, so what it saved loses the last word
# of its last tier when praatio opens it, and a tier with one word comes back empty. With one newline more, or in the
# long format without it, every word is read. Word counts and boundaries of such an alignment are wrong at its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install praatio==6.2.2 tgt==1.5 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
from importlib.metadata import version
from pathlib import Path

import tgt
from praatio import textgrid

WORDS = ["one", "two", "three"]
PATH = Path("words.TextGrid")


def save(words, format):
    grid, tier = tgt.core.TextGrid(), tgt.core.IntervalTier(0, len(words), "words")
    for index, word in enumerate(words):
        tier.add_interval(tgt.core.Interval(index, index + 1, word))
    grid.add_tier(tier)
    tgt.io.write_to_file(grid, str(PATH), format=format)


def read():
    return [entry.label for entry in textgrid.openTextgrid(str(PATH), includeEmptyIntervals=True).getTier("words").entries]


print("praatio", version("praatio"), "tgt", version("tgt"))
for words in (WORDS, ["only"]):
    save(words, "short")
    by_tgt = [interval.text for interval in tgt.io.read_textgrid(str(PATH)).tiers[0]]
    without = read()
    PATH.write_text(PATH.read_text() + "\n")
    print(f"written {words}, read by tgt {by_tgt}, by praatio {without}, with a newline at the end {read()}")
    assert by_tgt == words
    assert without == words[:-1]
    assert read() == words
save(WORDS, "long")
PATH.write_text(PATH.read_text().rstrip("\n"))
assert read() == WORDS
PY
