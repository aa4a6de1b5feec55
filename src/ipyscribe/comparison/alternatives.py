"""References with alternatives and optional words, as NIST writes them: "{ gonna / going to / @ }", "(uh)"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ipyscribe.metrics import Normaliser, word_errors

_MARKUP = re.compile(r"\{([^{}]*/[^{}]*)\}|(?<!\S)\(([^\s()]+)\)(?!\S)")
_MAX_PASSES = 3
Choices = tuple[str, ...]


def parse_alternatives(text: str) -> tuple[Choices, ...]:
    """``text`` as a sequence of choices; text without alternatives is a choice of one."""
    parts: list[Choices] = []
    end = 0
    for match in _MARKUP.finditer(text):
        parts.append((text[end : match.start()],))
        if match[1] is not None:
            parts.append(tuple(" ".join(word for word in each.split() if word != "@") for each in match[1].split("/")))
        else:
            parts.append((match[2], ""))
        end = match.end()
    parts.append((text[end:],))
    return tuple(part for part in parts if part != ("",) and (len(part) > 1 or part[0].strip()))


def first_choices(text: str) -> str:
    """``text`` with the first of all alternatives, and with optional words."""
    return _joined([choices[0] for choices in parse_alternatives(text)])


def best_reference(text: str, hypothesis: str, normalise: Normaliser) -> str:
    """``text`` with those alternatives that give ``hypothesis`` the fewest word errors.

    Each group of alternatives is chosen while the others stand, until nothing gets better.
    """
    parts = parse_alternatives(text)
    chosen = [choices[0] for choices in parts]
    open_parts = [index for index, choices in enumerate(parts) if len(choices) > 1]
    for _ in range(_MAX_PASSES if open_parts else 0):
        before = list(chosen)
        for index in open_parts:
            chosen[index] = min(parts[index], key=lambda choice: _errors(chosen, index, choice, hypothesis, normalise))
        if chosen == before:
            break
    return _joined(chosen)


def _errors(chosen: Sequence[str], index: int, choice: str, hypothesis: str, normalise: Normaliser) -> int:
    text = _joined([*chosen[:index], choice, *chosen[index + 1 :]])
    if not normalise(text):
        return len(normalise(hypothesis))
    errors = word_errors(text, hypothesis, normalise)
    return errors.substitutions + errors.deletions + errors.insertions


def _joined(parts: Sequence[str]) -> str:
    return " ".join(" ".join(parts).split())
