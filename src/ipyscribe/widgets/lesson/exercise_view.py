"""A transcript with words left out, in a cell: heard turn by turn, typed, marked."""

from __future__ import annotations

import html
from typing import Any

import traitlets

from ipyscribe.export.static_style import COLOURS, INK, MUTE, PAPER, host_rules
from ipyscribe.lesson import Exercise
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.transcript import Turn
from ipyscribe.widgets.shared.copied_view import CopiedView
from ipyscribe.widgets.shared.publisher import PUBLISH_EVERY_S, Publisher
from ipyscribe.widgets.shared.saved_copy import SavedCopy
from ipyscribe.widgets.shared.sound_requests import SoundRequests

_MOST_LETTERS = 80
_CELL = "text-align:left;vertical-align:top;padding:3px 12px"


class ExerciseView(CopiedView):
    """The gaps of ``exercise`` as text fields. The answers stay in the kernel until somebody asks for them.

    ``typed`` and ``marks`` are what was typed and what it is worth, a text for each gap; ``summary`` says so in words.
    """

    front = "lesson/exercise"
    turns: Any = traitlets.List().tag(sync=True)
    typed: Any = traitlets.List().tag(sync=True)
    marks: Any = traitlets.List().tag(sync=True)
    answers: Any = traitlets.List().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    has_sound = traitlets.Bool(False).tag(sync=True)

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._sound = SoundRequests(self)
        super().__init__(
            ExerciseCopy(),
            turns=[_turn_json(exercise, turn) for turn in exercise.turns],
            has_sound=exercise.tape.sound is not None,
        )
        self._publisher = Publisher(self._publish, interval_s=PUBLISH_EVERY_S, name="publish")
        self.wake = self._publisher.poke

    def on_message(self, message: dict[str, Any]) -> None:
        """Words are to be marked, answers shown, or a turn played."""
        match message:
            case {"kind": "check", "typed": list(typed)}:
                self._mark([str(word)[:_MOST_LETTERS] for word in typed[: len(self._exercise.gaps)]])
            case {"kind": "reveal"}:
                self.answers = [gap.answer for gap in self._exercise.gaps]
            case _:
                self._sound.queue(message)

    def close(self) -> None:
        """Remove the view; the exercise stays."""
        self._publisher.close()
        super().close()

    def _mark(self, typed: list[str]) -> None:
        marks = self._exercise.marks(typed)
        with self.hold_trait_notifications():
            self.typed, self.marks = typed, list(marks)
            self.summary = _summary(self._exercise, typed)

    def _publish(self) -> None:
        self._sound.answer([self._exercise.transcript], lambda: self._exercise.tape)
        self.saved_copy.update(self._saved_content())

    def _saved_content(self) -> tuple[Exercise, str]:
        return self._exercise, self.summary


class ExerciseCopy(SavedCopy[tuple[Exercise, str]]):
    """The turns with their gaps, and what was scored, without script."""

    def version(self, content: tuple[Exercise, str]) -> Any:
        """The score; nothing else changes."""
        return content[1]

    def bundle(self, content: tuple[Exercise, str]) -> dict[str, str]:
        """HTML, and the same as text."""
        exercise, summary = content
        rows = "".join(
            f"<tr><th scope='row' style='{_CELL};font-weight:400;color:{MUTE}'>{clock_text(turn.start_ms / 1000)}</th>"
            f"<td style='{_CELL};color:{INK}'>{html.escape(' '.join(exercise.line(turn)))}</td></tr>"
            for turn in exercise.turns
        )
        page = (
            f"{host_rules(self.css_class)}<div class='{self.css_class}' style='{COLOURS};background:{PAPER}'>"
            f"<table style='border-collapse:collapse;font:13px/1.5 system-ui,sans-serif'>{rows}</table>"
            f"<p style='margin:0;padding:3px 12px;color:{INK}'>{html.escape(summary)}</p></div>"
        )
        return {"text/html": page, "text/plain": f"{exercise.text}\n{summary}".rstrip()}


def _turn_json(exercise: Exercise, turn: Turn) -> dict[str, Any]:
    gaps = {gap.word: gap for gap in exercise.gaps if gap.turn_order == turn.order}
    parts: list[dict[str, Any]] = []
    for number, word in enumerate(turn.text.split()):
        if number in gaps:
            gap = gaps[number]
            parts.append({"gap": gap.number, "letters": len(gap.answer), "before": gap.before, "after": gap.after})
        else:
            parts.append({"text": word})
    return {"order": turn.order, "start": clock_text(turn.start_ms / 1000), "parts": parts}


def _summary(exercise: Exercise, typed: list[str]) -> str:
    marks = exercise.marks(typed)
    right, close = marks.count("right"), marks.count("close")
    nearly = f", {close} nearly" if close else ""
    return f"{right} of {len(marks)} right{nearly}: {exercise.score(typed):.0%}"
