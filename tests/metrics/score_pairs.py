"""Pairs of texts that say the same, or not, and the table of them in docs/scores.md.

    python tests/metrics/score_pairs.py

writes the table; the tests hold it.
"""

from __future__ import annotations

import csv
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from ipyscribe.metrics import normaliser

PAIRS = Path(__file__).with_name("score_pairs.tsv")
PAGE = Path(__file__).parents[2] / "docs" / "scores.md"
BEGIN = "<!-- pairs: written by tests/metrics/score_pairs.py -->"
LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian",
    "nl": "Dutch", "tr": "Turkish", "ru": "Russian", "ja": "Japanese", "zh": "Chinese", "yue": "Cantonese",
    "th": "Thai", "ko": "Korean",
}  # fmt: skip
INVISIBLE = {"\u00ad": "(U+00AD)", "\u200b": "(U+200B)", "\ufeff": "(U+FEFF)"}


class Pair(NamedTuple):
    """Two texts of one language, and whether they mean the same."""

    language: str
    same: bool
    first: str
    second: str


def pairs() -> list[Pair]:
    """All pairs of the file."""
    with PAIRS.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Pair(row["language"], row["meaning"] == "same", row["first"], row["second"]) for row in rows]


def equal(pair: Pair, name: str) -> bool:
    """Whether a normaliser takes the two for the same."""
    by = normaliser(pair.language, name=name)  # type: ignore[arg-type]
    return by(pair.first) == by(pair.second)


def table() -> str:
    """All pairs with the results of both normalisers, in Markdown."""
    everything = pairs()
    right = [sum(equal(pair, name) == pair.same for pair in everything) for name in ("whisper", "ipyscribe")]
    lines = [
        BEGIN,
        "",
        f"{len(everything)} pairs in {len({pair.language for pair in everything})} languages, by whisper-normalizer "
        f"{version('whisper-normalizer')} and text2num {version('text2num')}: the plain normaliser is right about "
        f"{right[0]}, ours about {right[1]}.",
    ]
    for code, language in LANGUAGES.items():
        lines += [
            "",
            f"### {language}",
            "",
            "| one text | the other | meaning | plain | ours |",
            "| --- |" + " --- |" * 4,
        ]
        lines += [_row(pair) for pair in everything if pair.language == code]
    return "\n".join(lines) + "\n"


def _row(pair: Pair) -> str:
    verdicts = [_verdict(equal(pair, name), pair.same) for name in ("whisper", "ipyscribe")]
    meaning = "the same" if pair.same else "something else"
    return f"| {_shown(pair.first)} | {_shown(pair.second)} | {meaning} | {verdicts[0]} | {verdicts[1]} |"


def _verdict(equal: bool, same: bool) -> str:
    verdict = "equal" if equal else "different"
    return verdict if equal == same else f"**{verdict}**"


def _shown(text: str) -> str:
    for letter, name in INVISIBLE.items():
        text = text.replace(letter, name)
    return text.replace("|", "\\|").replace("$", "\\$")


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text[: text.index(BEGIN)] + table(), encoding="utf-8")
