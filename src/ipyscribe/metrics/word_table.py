"""The aligned words of several models in one table: each model's word, when it appeared, and which was first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ipyscribe.errors import ParameterError
from ipyscribe.metrics.alignment import AlignedWord, Slot, align
from ipyscribe.metrics.appearance import Appearance, appearances
from ipyscribe.metrics.characters import characters, in_characters
from ipyscribe.metrics.letters import CHARACTER_LANGUAGES, language_code, plain
from ipyscribe.metrics.run import Run
from ipyscribe.metrics.scoring import Record
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Arrival

_COLUMNS = ("start_ms", "end_ms", "agree", "first", "reference")


def compared_words(runs: Sequence[Run]) -> list[Record]:
    """One record for each aligned word, in order; for each character in languages without spaces.

    ``start_ms`` and ``end_ms`` are on the audio clock, ``agree`` whether all have the same word but for case and
    punctuation. For each run, under its label, its word or None, and if it has ``sent``,
    ``LABEL_appeared_ms`` and ``LABEL_committed_ms``: from sending the end of the slot to the first text with the
    word, and to the first after which it never changed. ``first`` is the label of the run whose word appeared
    first, None where fewer than two can be compared; ties go to the earlier run. If a run has a ``reference``,
    the column ``reference`` has the words of the first one, and ``agree`` includes it.

    Each run is measured from its own ``sent``, so that runs of different clocks can be compared. Raises
    ``ParameterError`` for labels that are not unique, or are names of these columns.
    """
    labels = [run.label for run in runs]
    for label in labels:
        if labels.count(label) > 1 or label in _COLUMNS:
            raise ParameterError(f"label={label!r} does not tell its run apart.", advice="Give each run its own label.")
    language = runs[0].language if runs else "en"
    spoken = [in_characters(appearances(run.transcript), language) for run in runs]
    reference = next((run.reference for run in runs if run.reference is not None), None)
    texts = [[appearance.word for appearance in words] for words in spoken]
    references = [] if reference is None else [_reference_words(reference, language)]
    slots = align([*texts, *references], key=partial(plain, language=language))
    return [_row(slot, runs, spoken, reference is not None) for slot in slots]


def _reference_words(reference: str, language: str) -> list[str]:
    return characters(reference) if language_code(language) in CHARACTER_LANGUAGES else reference.split()


def _row(slot: Slot, runs: Sequence[Run], spoken: Sequence[Sequence[Appearance]], has_reference: bool) -> Record:
    record: Record = {"start_ms": slot.start_ms, "end_ms": slot.end_ms, "agree": slot.agree, "first": None}
    if has_reference:
        record["reference"] = _text(slot.cells[-1])
    appeared_ms: dict[str, float] = {}
    for run, words, cell in zip(runs, spoken, slot.cells, strict=False):
        delays = _delays_ms(words[cell.index], run.sent, slot.end_ms) if cell is not None else (None, None)
        record |= {
            run.label: _text(cell),
            f"{run.label}_appeared_ms": delays[0],
            f"{run.label}_committed_ms": delays[1],
        }
        if delays[0] is not None:
            appeared_ms[run.label] = delays[0]
    if len(appeared_ms) > 1:
        record["first"] = min(appeared_ms, key=lambda label: appeared_ms[label])
    return record


def _delays_ms(word: Appearance, sent: SendTimes | None, end_ms: float | None) -> tuple[float | None, float | None]:
    if sent is None or not sent.at_s or end_ms is None:
        return None, None
    sent_s = sent.at(end_ms)
    return _since(word.appeared, sent_s), _since(word.committed, sent_s)


def _since(arrival: Arrival | None, sent_s: float) -> float | None:
    return None if arrival is None else 1000 * (arrival.monotonic_s - sent_s)


def _text(cell: AlignedWord | None) -> str | None:
    return None if cell is None else cell.text
