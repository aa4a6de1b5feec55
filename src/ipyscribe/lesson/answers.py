"""Answers of the lessons' exercises, checked against the tapes that they are about."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.lesson.solutions import SOLUTIONS


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and a sentence on it; true where it is."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.text


def check(exercise: str, answer: Any) -> Verdict:
    """Whether ``answer`` is that of an exercise of the lessons, such as ``"words-1"``.

    A number may be off by as much as rounding makes it. ``...``, which stands in the notebooks, is no answer yet.
    Raises ``ParameterError`` for an exercise that does not exist.
    """
    solution = SOLUTIONS.get(exercise)
    if solution is None:
        raise ParameterError(f"{exercise!r:.40} is not an exercise.", advice=f"Available: {', '.join(SOLUTIONS)}.")
    if answer is ...:
        return Verdict(False, "Put your answer in the place of the three dots, and run the cell again.")
    right = _same(answer, solution.answer, solution.within)
    return Verdict(right, f"Right. {solution.because}" if right else f"Not yet. {solution.hint}")


def _same(answer: Any, expected: Callable[[], Any], within: float) -> bool:
    value = expected()
    if isinstance(value, str):
        return isinstance(answer, str) and answer.strip().casefold() == value.casefold()
    if isinstance(answer, bool) or not isinstance(answer, int | float) or math.isnan(answer):
        return False
    return bool(abs(answer - value) <= within)
