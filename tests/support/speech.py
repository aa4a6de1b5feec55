"""Recorded speech with its words: the bundled sample, and the speech corpus where it lies beside the project."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import soundfile

from ipyscribe.audio import sample_path, sample_reference

RATE_HZ = 16_000
CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
HAS_CORPUS = (CORPUS / "manifest.csv").is_file()
BOTH = ["sample", pytest.param("corpus", marks=pytest.mark.skipif(not HAS_CORPUS, reason=f"no corpus at {CORPUS}"))]
"""For tests that run on the bundled sample, and on the corpus besides."""
BEST = ["corpus" if HAS_CORPUS else "sample"]
"""For tests that recognise minutes of speech: on the corpus, or on the bundled sample where there is none."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """``samples`` are float32 in [-1, 1] at 16 kHz."""

    name: str
    language: str
    samples: Any
    text: str


@cache
def sample_speech() -> Any:
    """The bundled sample, float32 at 16 kHz."""
    samples, rate_hz = soundfile.read(sample_path(), dtype="float32")
    assert rate_hz == RATE_HZ
    return samples


def sample_utterances() -> list[Utterance]:
    """Each turn of the bundled sample."""
    speech = sample_speech()
    return [
        Utterance(f"turn-{number}", "en", speech[16 * turn.start_ms : 16 * turn.end_ms], turn.text)
        for number, turn in enumerate(sample_reference())
    ]


def corpus_texts(*languages: str) -> list[tuple[str, str]]:
    """File and text of each utterance of the corpus in these languages."""
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [(row["file"], row["text"]) for row in rows if row["lang"] in languages and row["text"]]


def corpus_utterances(*names: str) -> list[Utterance]:
    """The English utterances of the corpus whose files begin with one of these names, in the order of the names."""
    texts = corpus_texts("en")
    files = [(file, text) for name in names for file, text in texts if file.startswith(name)]
    return [
        Utterance(Path(file).stem, "en", soundfile.read(CORPUS / file, dtype="float32")[0], text)
        for file, text in files
    ]
