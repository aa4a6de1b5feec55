"""One recording of an evaluation side by side: its reference and the models' words, aligned."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from ipyscribe.comparison.aligned_rows import AlignedRows
from ipyscribe.comparison.settled_words import SettledWords
from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.recording import Recording
from ipyscribe.metrics import Disagreement, Normaliser, Run
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import plain
from ipyscribe.transcript import Arrival, Transcript, Turn, Word
from ipyscribe.transcript.scripts import joined_words

REFERENCE = "reference"
_ALONE_MS = 300.0
"""The length of a word about whose time no transcript says anything."""


class OpenedRecording:
    """The words of ``recording`` in its ``reference``, the first lane, and in the ``runs`` of the models.

    ``reference`` is that which the first model was scored against: of alternatives those that it has.
    """

    def __init__(self, recording: Recording, reference: str, runs: Sequence[Run]) -> None:
        self.recording, self.reference = recording, reference
        self.normaliser: Normaliser = runs[0].by
        transcripts = [run.transcript for run in runs]
        self.transcripts: Mapping[str, Transcript] = dict(
            zip(
                (REFERENCE, *(run.label for run in runs)),
                (reference_transcript(self.reference, transcripts), *transcripts),
                strict=True,
            )
        )
        self.settled = SettledWords(len(self.transcripts), runs[0].language)
        self.settled.catch_up(list(self.transcripts.values()), [True] * len(self.transcripts))
        self.aligned = AlignedRows()
        self.aligned.update(self)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the lanes."""
        return tuple(self.transcripts)

    def rows(self) -> list[dict[str, Any]]:
        """The rows, as ``AlignedRows.row`` gives them; no word is marked as the first."""
        rows = [self.aligned.row(number) for number in range(self.aligned.count)]
        for row in rows:
            row["cells"] = [[[text, style, 0, number] for text, style, _, number in cell] for cell in row["cells"]]
        return rows

    def disagreement(self, first: int, end: int) -> Disagreement:
        """The one of these slots. Raises ``ParameterError``."""
        for span in self.aligned.disagreements:
            if (span.disagreement.first, span.disagreement.end) == (first, end):
                return span.disagreement
        raise ParameterError("The words there have changed since.", advice="Choose the difference again.")

    def corrected_reference(self, disagreement: Disagreement, text: str) -> str:
        """The reference with ``text`` in place of its words at ``disagreement``."""
        words = [appearance.word.text for appearance in self.settled.appeared[0]]
        before = after = 0
        for number, (slot, _) in enumerate(self.settled.slots()):
            cell = slot.cells[0]
            if cell is not None and number < disagreement.end:
                after = cell.index + 1
                before = after if number < disagreement.first else before
        return joined_words((*words[:before], text.strip(), *words[after:]))

    def audio(self, start_ms: float, end_ms: float) -> bytes:
        """The sound of a time range as 16 kHz PCM16 mono, from where the corpus has it. Raises ``AudioFileError``."""
        return sound_of(self.recording, start_ms, end_ms)


def sound_of(recording: Recording, start_ms: float, end_ms: float) -> bytes:
    """A time range of the sound of ``recording`` as 16 kHz PCM16 mono. Raises ``AudioFileError``."""
    start_s = recording.start_s + max(0.0, start_ms) / 1000
    part = replace(recording, start_s=start_s)
    length = math.inf if math.isinf(end_ms) else int(32 * (end_ms - max(0.0, start_ms))) // 2 * 2
    pcm = bytearray()
    with closing(part.source(speed=math.inf).open()) as stream:
        while len(pcm) < length and (block := stream.read(1.0)) is not None:
            pcm += block.pcm
    return bytes(pcm if math.isinf(length) else pcm[: int(length)])


def reference_transcript(text: str, transcripts: Sequence[Transcript]) -> Transcript:
    """``text`` as the transcript of a model that makes no mistake.

    A word that transcripts have too has the median of its times there; those between are spread evenly.
    """
    texts = text.split()
    times_ms: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    keys = [plain(word) for word in texts]
    spoken = [[word for turn in each.turns if turn.is_speech for word in turn.words] for each in transcripts]
    for recognised in spoken:
        for edit in edits(keys, [plain(word.text) for word in recognised]):
            for offset in range(edit.end - edit.start if edit.kind == "equal" else 0):
                word = recognised[edit.other_start + offset]
                times_ms[edit.start + offset].append((word.start_ms, word.end_ms))
    starts_ms = [recognised[0].start_ms for recognised in spoken if recognised]
    ends_ms = [recognised[-1].end_ms for recognised in spoken if recognised]
    edges = {
        -1: (0.0, float(min(starts_ms, default=0))),
        **{index: (median(start for start, _ in at), median(end for _, end in at)) for index, at in times_ms.items()},
        len(texts): (float(max(ends_ms, default=round(_ALONE_MS * len(texts)))), math.inf),
    }
    words = tuple(
        Word(word, round(start_ms), round(end_ms), 1.0, is_final=True)
        for word, (start_ms, end_ms) in zip(texts, _spread(len(texts), edges), strict=True)
    )
    at = Arrival(0.0, 0.0)
    turn = Turn(0, text, words, ended=True, formatted=True, provisional=False, first=at, final=at)
    return Transcript((turn,) if words else ())


def _spread(count: int, edges: Mapping[int, tuple[float, float]]) -> list[tuple[float, float]]:
    """Start and end of each of ``count`` words: those in ``edges``, the others evenly between them."""
    times_ms: list[tuple[float, float]] = []
    fixed = sorted(edges)
    for before, after in pairwise(fixed):
        start_ms, end_ms = edges[before][1], max(edges[before][1], edges[after][0])
        step_ms = (end_ms - start_ms) / max(1, after - before - 1)
        times_ms += [
            (start_ms + step_ms * number, start_ms + step_ms * (number + 1)) for number in range(after - before - 1)
        ]
        if after < count:
            times_ms.append(edges[after])
    return times_ms
