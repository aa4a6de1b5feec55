"""Why the models are wrong: their most frequent errors, and the words that they get wrong most often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from ipyscribe.comparison.table import Record
from ipyscribe.errors import ParameterError
from ipyscribe.evaluation.word_errors import ErrorKind, WordError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.html_table import table_element

ErrorKey = tuple[ErrorKind, str, str]
"""Kind of error, word of the reference, word of the transcript; "" where there is none."""
_MOST_SHOWN = 20


class Place(NamedTuple):
    """Where an error was made: the name of a recording, and seconds of its sound."""

    recording: str
    at_s: float

    def __str__(self) -> str:
        return f"{self.recording} {clock_text(self.at_s)}"


class Transcribed(NamedTuple):
    """One recording as a model transcribed it: the normalised words of its reference, and the errors."""

    recording: str
    reference: Sequence[str]
    errors: Sequence[WordError]


class ErrorTable(list[Record]):
    """One record for each different error of each model, the most frequent first.

    Each has ``model``, ``kind``, ``reference`` and ``transcript`` (normalised words, empty for none), ``count``, how
    often the word occurs in the references as ``occurrences`` (None for an insertion), and its ``places``: recording
    and seconds of its sound. ``words`` and ``differences`` are the same by word.
    """

    def __init__(self, records: Iterable[Record], occurrences: Mapping[str, Mapping[str, int]]) -> None:
        super().__init__(records)
        self._occurrences = occurrences

    @property
    def models(self) -> tuple[str, ...]:
        """The labels of the models."""
        return tuple(self._occurrences)

    def words(self) -> list[Record]:
        """The words that each model gets wrong, the most errors first, against how often they occur.

        Each record has ``model``, ``word``, ``errors``, ``occurrences``, ``share`` (errors by occurrences), what was
        ``written`` instead with its count ("" for nothing), and the ``places``. Insertions are errors of no word.
        """
        by_word: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self:
            if record["reference"]:
                by_word[record["model"], record["reference"]].append(record)
        records = [
            {
                "model": model,
                "word": word,
                "errors": (errors := sum(record["count"] for record in records)),
                "occurrences": self._occurrences[model][word],
                "share": errors / self._occurrences[model][word],
                "written": {record["transcript"]: record["count"] for record in records},
                "places": tuple(place for record in records for place in record["places"]),
            }
            for (model, word), records in by_word.items()
        ]
        return sorted(records, key=lambda record: (-record["errors"], -record["share"], record["word"]))

    def differences(self, first: str | None = None, second: str | None = None) -> list[Record]:
        """The words on which two models differ most: ``second`` against ``first``, else the first two.

        Each record has ``word``, ``occurrences``, ``difference`` (errors of the second less those of the first),
        the errors of both as ``first`` and ``second``, and the ``places`` of both. Raises ``ParameterError``.
        """
        labels = self._pair(first, second)
        errors: list[dict[str, Record]] = [{}, {}]
        for record in self.words():
            if record["model"] in labels:
                errors[labels.index(record["model"])][record["word"]] = record
        records = []
        for word in {**errors[0], **errors[1]}:
            before, after = (each.get(word) for each in errors)
            counts = [0 if each is None else each["errors"] for each in (before, after)]
            if counts[0] != counts[1]:
                records.append(
                    {
                        "word": word,
                        "occurrences": max(self._occurrences[label].get(word, 0) for label in labels),
                        "difference": counts[1] - counts[0],
                        "first": counts[0],
                        "second": counts[1],
                        "places": tuple(place for each in (after, before) if each for place in each["places"]),
                    }
                )
        return sorted(records, key=lambda record: (-abs(record["difference"]), record["word"]))

    def _pair(self, first: str | None, second: str | None) -> tuple[str, str]:
        labels = [label for label in (first, second) if label is not None]
        unknown = [label for label in labels if label not in self.models]
        others = [label for label in self.models if label not in labels]
        if unknown or len(self.models) < 2 or (first is not None and first == second):
            raise ParameterError(
                f"{plain(', '.join(map(repr, unknown)) or 'One model')} cannot be compared with another.",
                advice=f"Give two of: {', '.join(self.models)}.",
            )
        return first or others.pop(0), second or others.pop(0)

    def shown(self) -> list[list[str]]:
        """The most frequent errors as text: titles, then a row for each."""
        rows = [["model", "error", "count", "of", "places"]]
        for record in self[:_MOST_SHOWN]:
            of = "" if record["occurrences"] is None else f"{record['occurrences']:,}"
            places = ", ".join(map(str, record["places"][:3])) + (" …" if len(record["places"]) > 3 else "")
            rows.append([record["model"], error_text(record), f"{record['count']:,}", of, places])
        return rows

    def __str__(self) -> str:
        rows = [[plain(cell) for cell in row] for row in self.shown()]
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        more = [f"and {len(self) - _MOST_SHOWN:,} more"] if len(self) > _MOST_SHOWN else []
        return "\n".join([*lines, *more])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        titles, *rows = ([escape(plain(cell)) for cell in row] for row in self.shown())
        head = "".join(f'<th scope="col">{title}</th>' for title in titles)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return table_element(f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", len(titles))


def error_text(record: Record) -> str:
    """An error in words: "meet → meat", "left out: the", "inserted: uh"."""
    if record["kind"] == "deletion":
        return f"left out: {record['reference']}"
    if record["kind"] == "insertion":
        return f"inserted: {record['transcript']}"
    return f"{record['reference']} \u2192 {record['transcript']}"


def frequent_errors(transcribed: Mapping[str, Iterable[Transcribed]]) -> ErrorTable:
    """The errors of each model, by its label, on all of its recordings."""
    records: list[Record] = []
    occurrences: dict[str, Counter[str]] = {}
    for label, recordings in transcribed.items():
        words: Counter[str] = Counter()
        places: defaultdict[ErrorKey, list[Place]] = defaultdict(list)
        for name, reference, errors in recordings:
            words.update(reference)
            for error in errors:
                key = (error.kind, error.reference, error.transcript)
                places[key].append(Place(name, round(error.at_ms / 1000, 2)))
        occurrences[label] = words
        records += [
            {
                "model": label,
                "kind": kind,
                "reference": reference,
                "transcript": transcript,
                "count": len(at),
                "occurrences": words[reference] if reference else None,
                "places": tuple(at),
            }
            for (kind, reference, transcript), at in places.items()
        ]
    labels = list(transcribed)
    records.sort(
        key=lambda record: (
            -record["count"], labels.index(record["model"]), record["kind"], record["reference"], record["transcript"],
        )
    )  # fmt: skip
    return ErrorTable(records, occurrences)
