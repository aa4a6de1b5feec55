"""One recording of an evaluation side by side: reference and models aligned, to be heard and corrected."""

from __future__ import annotations

import heapq
from typing import Any, ClassVar

import traitlets

from ipyscribe.comparison.aligned_rows import DisagreementSpan, context_text
from ipyscribe.evaluation import Evaluation
from ipyscribe.evaluation.opened_recording import OpenedRecording
from ipyscribe.evaluation.overview import percent
from ipyscribe.widgets.shared.command_view import CommandView
from ipyscribe.widgets.shared.sound_requests import send_sound
from ipyscribe.widgets.shared.status_strip import error_json

Json = dict[str, Any]
_CONTEXT_WORDS = 4
_CONTEXT_MS = 600.0
_FIRST_DIFFERENCES = 12
_PLACE_MS = 1500.0
"""How much is heard before and after the time of an error."""


class RecordingPanel(CommandView):
    """The recording that is open, if any, of the evaluation that it has to ``follow``.

    Commands wait in a queue for ``run_commands``.
    """

    front = "evaluation/recording_panel"
    styles = ("comparison/comparison_panel",)
    user_text: ClassVar[frozenset[str]] = frozenset({"reference"})
    state = traitlets.Dict().tag(sync=True)
    reference = traitlets.Unicode().tag(sync=True)

    _evaluation: Evaluation

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._opened: OpenedRecording | None = None
        self._play_from_ms: float | None = None
        self._shown: Any = None
        self._number = 0
        self._most = _FIRST_DIFFERENCES

    def follow(self, evaluation: Evaluation) -> None:
        """Open recordings of this one from now on."""
        self._evaluation, self._opened = evaluation, None

    def open_recording(self, name: str, at_ms: float | None = None) -> None:
        """Show the recording of that name; the sound around ``at_ms`` is played. Raises ``ScribeError``."""
        self._opened, self._error = self._evaluation.open(name), None
        self._play_from_ms = at_ms
        self._number += 1
        self._most = _FIRST_DIFFERENCES

    def _run(self, message: Json) -> None:
        opened = self._opened
        match message:
            case {"kind": "hello"}:
                self._shown = None
            case {"kind": "close"}:
                self._opened = None
            case {"kind": "more_disagreements"} if opened is not None:
                self._most += _FIRST_DIFFERENCES
                self._post_differences(opened)
            case {"kind": "play_audio", "request": str(request)} if opened is not None:
                start_ms, end_ms = _range_of(opened, message)
                send_sound(self, opened.audio, request, start_ms, end_ms)
            case {"kind": "resolve", "first": int(first), "end": int(end), "text": str(text)} if opened is not None:
                self._set_reference(opened.corrected_reference(opened.disagreement(first, end), text))
            case {"kind": "reference", "text": str(text)} if opened is not None:
                self._set_reference(text)

    def _set_reference(self, text: str) -> None:
        assert self._opened is not None
        name, self._error = self._opened.recording.name, None
        self._evaluation.set_reference(name, text)
        self._opened = self._evaluation.open(name)

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        opened = self._opened
        if opened is None:
            self.state, self._shown = {"open": False}, None
            return
        self.reference = opened.recording.reference
        self.state = self._state(opened)
        if self._shown is not opened:
            self._shown = opened
            rows = list(enumerate(opened.rows()))
            self.post("rows", count=len(rows), rows=rows, name=opened.recording.name)
            self._post_differences(opened)
        if self._play_from_ms is not None:
            from_ms, self._play_from_ms = self._play_from_ms, None
            self.post("play", start=max(0.0, from_ms - _PLACE_MS), end=from_ms + _PLACE_MS)

    def _post_differences(self, opened: OpenedRecording) -> None:
        spans = opened.aligned.disagreements
        first = heapq.nsmallest(self._most, spans, key=lambda span: span.rank)
        differences = [_span_json(opened, span) for span in first]
        self.post("disagreements", total=len(spans), disagreements=differences)

    def _state(self, opened: OpenedRecording) -> Json:
        name, labels = opened.recording.name, self._evaluation.labels
        row = self._evaluation.row(name)
        rates = dict(zip(labels, row.rates, strict=True))
        facts = [row.as_json["length"], *filter(None, row.groups)]
        if row.disagreement is not None:
            facts.append(f"models differ in {percent(row.disagreement)}")
        return {
            "open": True,
            "number": self._number,
            "name": name,
            "facts": " \u00b7 ".join(facts),
            "lanes": [
                {
                    "label": "reference",
                    "about": "the correct words",
                    "status": "",
                    "first": 0,
                    "error": None,
                    "notices": [],
                },
                *(
                    {
                        "label": label,
                        "about": f"error rate {percent(rates[label])}" if rates[label] is not None else "",
                        "status": "",
                        "first": 0,
                        "error": None,
                        "notices": [],
                    }
                    for label in labels
                ),
            ],
            "error": error_json(self._error),
        }


def _range_of(opened: OpenedRecording, message: Json) -> tuple[float, float]:
    """From where to where to play, in ms: a difference with what is around it, or a time range."""
    match message:
        case {"first": int(first), "end": int(end)}:
            disagreement = opened.disagreement(first, end)
            start_ms, end_ms = disagreement.start_ms or 0.0, disagreement.end_ms or 0.0
            return max(0.0, start_ms - _CONTEXT_MS), end_ms + _CONTEXT_MS
        case {"start_ms": int() | float() as start, "end_ms": int() | float() as end_at}:
            return max(0.0, float(start)), float(end_at)
        case {"from_ms": int() | float() as start}:
            return max(0.0, float(start)), float("inf")
    return 0.0, float("inf")


def _span_json(opened: OpenedRecording, span: DisagreementSpan) -> Json:
    disagreement, slots = span.disagreement, opened.settled.slots
    return span.as_json | {
        "start": disagreement.start_ms or 0.0,
        "before": context_text(slots(disagreement.first - _CONTEXT_WORDS, disagreement.first)),
        "after": context_text(slots(disagreement.end, disagreement.end + _CONTEXT_WORDS)),
        "correction": None,
    }
