"""Transcripts as JSON and back without loss: turns, words, marks, and every version of a turn's text.

The format is described in docs/export.md.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ipyscribe.errors import ParameterError
from ipyscribe.export.export_lanes import lanes_of
from ipyscribe.export.exportable import Exportable
from ipyscribe.transcript import Arrival, Mark, Partial, Transcript, Turn, Word

FORMAT = "ipyscribe-transcript"
SEVERAL = "ipyscribe-transcripts"
VERSION = 1
_INVISIBLE = re.compile(
    r"[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_Value = TypeVar("_Value")


def to_json(
    exportable: Exportable,
    *,
    history: bool = True,
    indent: int | None = None,
    offset_s: float = 0.0,
    lane: str | None = None,
) -> str:
    """The transcript as one JSON object; ``history=False`` leaves out the versions of a turn before it settled.

    ``offset_s`` is added to all times on the audio clock. Of several models the object has a list of ``lanes``, each
    a transcript with its ``label``; ``lane`` is the label of the only one that is wanted.
    """
    lanes = lanes_of(exportable, lane, offset_s=offset_s)
    began = {} if lanes[0].began is None else {"began": lanes[0].began.isoformat()}
    if len(lanes) == 1:
        transcript = _transcript_to(lanes[0].transcript, history=history)
        document = {"format": FORMAT, "version": VERSION, **began, **transcript}
    else:
        transcripts = [{"label": one.label, **_transcript_to(one.transcript, history=history)} for one in lanes]
        document = {"format": SEVERAL, "version": VERSION, **began, "lanes": transcripts}
    return json_dumps(document, indent=indent) + "\n"


def json_dumps(document: Any, *, indent: int | None = None) -> str:
    """``document`` as JSON in which characters that act on a terminal or turn the direction of text are escaped."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=indent)
    return _INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def from_json(text: str | bytes) -> Transcript:
    """The transcript that ``to_json`` wrote: equal to the original, except for a history that was left out.

    Unknown fields are ignored. Raises ``ParameterError`` for anything but such a document.
    """
    return _transcript_from(_document(text, FORMAT))


def lanes_from_json(text: str | bytes) -> dict[str, Transcript]:
    """The transcripts that ``to_json`` wrote of several models, by label. Raises as ``from_json`` does."""
    return {lane.text("label"): _transcript_from(lane) for lane in _document(text, SEVERAL).items("lanes")}


def _document(text: str | bytes, kind: str) -> _Reader:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"it is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != kind:
        actual = document.get("format") if isinstance(document, dict) else None
        readers = {FORMAT: "it holds one: from_json reads it", SEVERAL: "it holds several: lanes_from_json reads them"}
        raise _unreadable(readers.get(str(actual), f'it has no "format": "{kind}"'))
    if document.get("version") != VERSION:
        raise _unreadable(f"its version is {document.get('version')!r:.20}, and this reader supports {VERSION}")
    return _Reader("", document)


def _transcript_to(transcript: Transcript, *, history: bool) -> dict[str, Any]:
    return {
        "expects_formatting": transcript.expects_formatting,
        "has_confidences": transcript.has_confidences,
        "turns": [_turn_to(turn, history=history) for turn in transcript.turns],
        "marks": [{"kind": mark.kind, "audio_ms": mark.audio_ms, "text": mark.text} for mark in transcript.marks],
    }


def _transcript_from(document: _Reader) -> Transcript:
    return Transcript(
        turns=tuple(map(_turn_from, document.items("turns"))),
        expects_formatting=document.flag("expects_formatting"),
        has_confidences=document.flag("has_confidences"),
        marks=tuple(
            Mark(mark.text("kind"), mark.number("audio_ms"), mark.text("text")) for mark in document.items("marks")
        ),
    )


def _turn_to(turn: Turn, *, history: bool) -> dict[str, Any]:
    record = {
        "turn_order": turn.order,
        "text": turn.text,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "end_of_turn": turn.ended,
        "turn_is_formatted": turn.formatted,
        "provisional": turn.provisional,
        "end_of_turn_confidence": turn.end_of_turn_confidence,
        "speaker": turn.speaker,
        "language": turn.language,
        "language_confidence": turn.language_confidence,
        "first": _arrival_to(turn.first),
        "final": None if turn.final is None else _arrival_to(turn.final),
        "words": [_word_to(word) for word in turn.words],
    }
    if history:
        record["history"] = [
            {"text": past.text, "arrival": _arrival_to(past.arrival), "words": [_word_to(word) for word in past.words]}
            for past in turn.history
        ]
    return record


def _word_to(word: Word) -> dict[str, Any]:
    return {
        "text": word.text,
        "start_ms": word.start_ms,
        "end_ms": word.end_ms,
        "confidence": word.confidence,
        "word_is_final": word.is_final,
        "speaker": word.speaker,
    }


def _arrival_to(arrival: Arrival) -> dict[str, float]:
    return {"monotonic_s": arrival.monotonic_s, "audio_ms": arrival.audio_ms}


class _Reader:
    """One JSON object at a path in the document, whose fields are read with their types checked."""

    def __init__(self, path: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise _unreadable(f"{path} is {value!r:.40}, and should be an object")
        self._path = path
        self._value: Mapping[str, Any] = value

    def flag(self, name: str) -> bool:
        return self._take(name, "true or false", lambda value: value if isinstance(value, bool) else None)

    def text(self, name: str) -> str:
        return self._take(name, "a text", lambda value: value if isinstance(value, str) else None)

    def number(self, name: str) -> float:
        return self._take(name, "a number", _finite)

    def integer(self, name: str) -> int:
        return self._take(name, "an integer", lambda v: v if isinstance(v, int) and not isinstance(v, bool) else None)

    def items(self, name: str) -> list[_Reader]:
        items = self._take(name, "a list", lambda value: value if isinstance(value, list) else None)
        return [_Reader(self._path_of(f"{name}[{index}]"), item) for index, item in enumerate(items)]

    def child(self, name: str) -> _Reader:
        return _Reader(self._path_of(name), self._value.get(name))

    def optional(self, name: str, take: Callable[[str], _Value]) -> _Value | None:
        return None if self._value.get(name) is None else take(name)

    def _path_of(self, name: str) -> str:
        return f"{self._path}.{name}".lstrip(".")

    def _take(self, name: str, kind: str, check: Callable[[Any], _Value | None]) -> _Value:
        value = check(self._value.get(name))
        if value is None:
            raise _unreadable(f"{self._path_of(name)} is {self._value.get(name)!r:.40}, and should be {kind}")
        return value


def _turn_from(turn: _Reader) -> Turn:
    return Turn(
        order=turn.integer("turn_order"),
        text=turn.text("text"),
        words=_words_from(turn),
        ended=turn.flag("end_of_turn"),
        formatted=turn.flag("turn_is_formatted"),
        provisional=turn.flag("provisional"),
        first=_arrival_from(turn.child("first")),
        final=turn.optional("final", lambda name: _arrival_from(turn.child(name))),
        end_of_turn_confidence=turn.optional("end_of_turn_confidence", turn.number),
        speaker=turn.optional("speaker", turn.text),
        language=turn.optional("language", turn.text),
        language_confidence=turn.optional("language_confidence", turn.number),
        history=tuple(
            Partial(past.text("text"), _words_from(past), _arrival_from(past.child("arrival")))
            for past in turn.optional("history", turn.items) or ()
        ),
    )


def _words_from(parent: _Reader) -> tuple[Word, ...]:
    return tuple(
        Word(
            word.text("text"),
            word.integer("start_ms"),
            word.integer("end_ms"),
            word.optional("confidence", word.number),
            word.flag("word_is_final"),
            word.optional("speaker", word.text),
        )
        for word in parent.items("words")
    )


def _arrival_from(arrival: _Reader) -> Arrival:
    return Arrival(arrival.number("monotonic_s"), arrival.number("audio_ms"))


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _unreadable(reason: str) -> ParameterError:
    return ParameterError(
        f"This is not a transcript in ipyscribe's JSON: {reason}.", advice="Give the output of to_json(), unchanged."
    )
