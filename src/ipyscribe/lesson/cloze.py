"""A transcript with words left out, to be typed by ear: a cloze exercise out of a tape."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from ipyscribe.errors import ParameterError
from ipyscribe.metrics import align
from ipyscribe.metrics.letters import plain
from ipyscribe.notebook import NotebookDisplay
from ipyscribe.protocol.python_values import python_values
from ipyscribe.tape import Tape
from ipyscribe.transcript import Transcript, Turn

Mark: TypeAlias = Literal["right", "close", "wrong", "empty"]
"""What a typed word is worth: "close" is a slip of the pen."""
MOST_EVERY = 1000
_CLOSE = 0.75
_BLANK = "______"
_CORE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Gap:
    """A word that is left out: ``answer`` is what is spoken there, ``word`` the number of the word in its turn.

    ``before`` and ``after`` are the punctuation that stays.
    """

    number: int
    turn_order: int
    word: int
    answer: str
    before: str = ""
    after: str = ""

    def mark(self, typed: str) -> Mark:
        """What ``typed`` is worth; case and punctuation do not count."""
        given, answer = plain(typed), plain(self.answer)
        if not given:
            return "empty"
        if given == answer:
            return "right"
        return "close" if SequenceMatcher(None, given, answer).ratio() >= _CLOSE else "wrong"


class Exercise(NotebookDisplay):
    """The transcript of a tape with words left out. ``gaps`` are those words, ``text`` is what is shown.

    ``marks(typed)`` says what each typed word is worth, and ``score(typed)`` the share that is right. As the last
    expression of a notebook cell it shows itself, with the sound of each turn where the tape has it.
    """

    view_factory = "ipyscribe.widgets.lesson.exercise_view:ExerciseView"

    def __init__(self, tape: Tape, turns: Sequence[Turn], gaps: Sequence[Gap]) -> None:
        """``hide`` makes one."""
        self.tape = tape
        self.turns = tuple(turns)
        self.gaps = tuple(gaps)

    @property
    def transcript(self) -> Transcript:
        """The turns that it is made of, complete."""
        return Transcript(turns=self.turns)

    @property
    def text(self) -> str:
        """One turn per line, with a line in place of each word that is left out."""
        return "\n".join(" ".join(self.line(turn)) for turn in self.turns)

    def line(self, turn: Turn) -> list[str]:
        """The words of a turn; in place of one that is left out, a line with its punctuation."""
        gaps = {gap.word: gap for gap in self.gaps if gap.turn_order == turn.order}
        return [
            word if number not in gaps else f"{gaps[number].before}{_BLANK}{gaps[number].after}"
            for number, word in enumerate(turn.text.split())
        ]

    def marks(self, typed: Sequence[str]) -> tuple[Mark, ...]:
        """What each word of ``typed`` is worth; words that were not typed are "empty". Raises ``ParameterError``."""
        if isinstance(typed, str) or len(typed) > len(self.gaps):
            raise ParameterError(
                f"{len(typed)} words were typed for {len(self.gaps)} gaps.", advice="Give a list, a word for each gap."
            )
        padded = [*map(str, typed), *[""] * (len(self.gaps) - len(typed))]
        return tuple(gap.mark(word) for gap, word in zip(self.gaps, padded, strict=True))

    def score(self, typed: Sequence[str]) -> float:
        """The share of the gaps that are right, from 0 to 1. Raises ``ParameterError``."""
        marks = self.marks(typed)
        return marks.count("right") / len(marks)

    def __repr__(self) -> str:
        return f"<Exercise of {len(self.gaps)} gaps in {len(self.turns)} turns>"


def hide(
    tape: Tape | str | os.PathLike[str], *, every: int = 7, lane: str | None = None, reference: str | None = None
) -> Exercise:
    """An exercise out of a tape: every ``every``-th word is left out, to be typed by ear.

    ``tape`` is a tape, the path of one, or whatever has one as ``.tape``, such as a session or a comparison. The words
    are those of its first lane, or of ``lane``, a label. A model may have misheard them: with ``reference``, the true
    words, what is left out is what was really said, and words that the model made up stay. Raises ``TapeError``, and
    ``ParameterError`` where there is nothing to leave out.
    """
    every = python_values(every)
    if isinstance(every, bool) or not isinstance(every, int) or not 1 <= every <= MOST_EVERY:
        raise ParameterError(f"every={every!r:.40} cannot be used.", advice=f"Expected 1 to {MOST_EVERY}.")
    opened = _tape_of(tape)
    turns = [turn for turn in _transcript(opened, lane).settled if turn.is_speech]
    words = [(turn, number, word) for turn in turns for number, word in enumerate(turn.text.split())]
    answers = _answers([word for _, _, word in words], reference)
    gaps: list[Gap] = []
    since = 0
    for (turn, number, word), answer in zip(words, answers, strict=True):
        since += 1
        if since >= every and answer:
            before, _, after = _core(word)
            gaps.append(Gap(len(gaps), turn.order, number, _core(answer)[1], before, after))
            since = 0
    if not gaps:
        raise ParameterError(
            f"The tape has {len(words)} words, and none to leave out with every={every}.",
            advice="Give a smaller number, or a tape with more words.",
        )
    return Exercise(opened, turns, gaps)


def _tape_of(tape: object) -> Tape:
    tape = getattr(tape, "tape", tape)
    return tape if isinstance(tape, Tape) else Tape.load(tape)  # type: ignore[arg-type]


def _transcript(tape: Tape, label: str | None) -> Transcript:
    if label is None:
        return tape.lanes[0].transcript
    lanes = dict(zip(tape.labels, tape.lanes, strict=True))
    if label not in lanes:
        raise ParameterError(f"lane={label!r:.80} is not on the tape.", advice=f"It has: {', '.join(lanes)}.")
    return lanes[label].transcript


def _answers(words: list[str], reference: str | None) -> list[str]:
    """For each word what was said there, or nothing where it is none or was not said."""
    if reference is None:
        return [word if plain(word) else "" for word in words]
    spoken = {
        cells[1].index: cells[0].text
        for slot in align([reference.split(), words])
        if (cells := slot.cells)[0] is not None and cells[1] is not None
    }
    return [spoken.get(number, "") if plain(word) else "" for number, word in enumerate(words)]


def _core(word: str) -> tuple[str, str, str]:
    """The punctuation before a word, the word, and the punctuation after it."""
    match = _CORE.match(word)
    assert match is not None
    before, core, after = match.groups()
    return (before, core, after) if core else ("", word, "")
