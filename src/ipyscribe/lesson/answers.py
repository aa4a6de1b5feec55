"""Checks answers to the lessons' exercises against the tapes that they are about."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.lesson.solutions import SOLUTIONS
from ipyscribe.protocol.python_values import python_values

_SIMULATED = "(simulated)"
"""What the labels of simulated lanes end with; an answer may leave it out."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, with a sentence that explains it; true if it is right."""

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.text


def check(exercise: str, answer: Any) -> Verdict:
    """Whether ``answer`` is right for an exercise of the lessons, such as ``"words-1"``.

    A number may be rounded. ``...``, the placeholder of the notebooks, is not an answer yet.
    Raises ``ParameterError`` for an exercise that does not exist.
    """
    solution = SOLUTIONS.get(exercise)
    if solution is None:
        raise ParameterError(f"{exercise!r:.40} is not an exercise.", advice=f"Available: {', '.join(SOLUTIONS)}.")
    if answer is ...:
        return Verdict(False, "Replace the three dots by your answer, and run the cell again.")
    right = _same(answer, solution.answer, solution.within)
    return Verdict(right, f"Right. {solution.because}" if right else f"Not yet. {solution.hint}")


def _same(answer: Any, expected: Callable[[], Any], within: float) -> bool:
    value = expected()
    if isinstance(value, str):
        return isinstance(answer, str) and _label(answer) == _label(value)
    answer = python_values(answer)
    if isinstance(answer, bool) or not isinstance(answer, int | float) or math.isnan(answer):
        return False
    return bool(abs(answer - value) <= within)


def _label(text: str) -> str:
    return text.strip().removesuffix(_SIMULATED).rstrip().casefold()
