"""References with alternatives and optional words, as NIST writes them: "{ gonna / going to / @ }", "(uh)"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain, islice, pairwise, product

from ipyscribe.metrics import Normaliser, word_errors
from ipyscribe.metrics.edits import edits
from ipyscribe.metrics.letters import plain

_OPTIONAL = re.compile(r"(?<!\S)\(([^\s()]+)\)(?!\S)")
_NOT_SPEECH = re.compile(r"\{[A-Z_]+\}|(?<=\w)\(\d+\)")  # TED-LIUM's noises, and its numbers of pronunciations
_MAX_PASSES, _MAX_COMBINATIONS = 3, 64
_CONTEXT = 8
Choices = tuple[str, ...]


def parse_alternatives(text: str) -> tuple[Choices, ...]:
    """``text`` as a sequence of choices; text without alternatives is a choice of one."""
    text = _NOT_SPEECH.sub(" ", text)
    parts: list[Choices] = []
    end = 0
    for start, stop, choices in _groups(text):
        parts += [*_with_optional_words(text[end:start]), choices]
        end = stop
    parts += _with_optional_words(text[end:])
    return tuple(part for part in parts if len(part) > 1 or part[0].strip() or "\n" in part[0])


def _groups(text: str) -> Iterator[tuple[int, int, Choices]]:
    """Start, end and choices of the outermost groups "{ a / b }"; one within another is multiplied out."""
    depth, start, slashes = 0, 0, [0]
    for index, letter in enumerate(text):
        if letter == "{":
            if depth == 0:
                start, slashes = index, [index]
            depth += 1
        elif letter == "/" and depth == 1:
            slashes.append(index)
        elif letter == "}" and depth:
            depth -= 1
            if depth == 0 and len(slashes) > 1:
                texts = (text[at + 1 : end] for at, end in pairwise([*slashes, index]))
                yield start, index + 1, tuple(dict.fromkeys(chain.from_iterable(map(_multiplied, texts))))


def _multiplied(text: str) -> list[str]:
    combinations = islice(product(*parse_alternatives(text)), _MAX_COMBINATIONS)
    return [" ".join(word for word in " ".join(each).split() if word != "@") for each in combinations]


def _with_optional_words(text: str) -> list[Choices]:
    parts: list[Choices] = []
    end = 0
    for match in _OPTIONAL.finditer(text):
        parts += [(text[end : match.start()],), ("", match[1]) if match[1].startswith("%") else (match[1], "")]
        end = match.end()
    return [*parts, (text[end:],)]


def first_choices(text: str) -> str:
    """``text`` with the first of all alternatives, and with optional words."""
    return _joined([choices[0] for choices in parse_alternatives(text)])


def best_reference(text: str, hypothesis: str, normalise: Normaliser) -> str:
    """``text`` with those alternatives that give ``hypothesis`` the fewest word errors; its lines stay lines.

    Each group of alternatives is chosen by the words around it while the others stand, until nothing gets better.
    """
    parts = parse_alternatives(text)
    chosen = [choices[0] for choices in parts]
    errors = cache(lambda text, hypothesis: word_errors(text, hypothesis, normalise).total)
    for _ in range(_MAX_PASSES):
        better = _chosen_again(parts, chosen, hypothesis, normalise, errors)
        if better == chosen:
            break
        chosen = better
    return _joined(chosen)


def _chosen_again(
    parts: Sequence[Choices],
    chosen: Sequence[str],
    hypothesis: str,
    normalise: Normaliser,
    errors: Callable[[str, str], int],
) -> list[str]:
    """The best of each group of ``parts`` where the others are as in ``chosen``, by the words around it."""
    if all(len(choices) == 1 for choices in parts):
        return list(chosen)
    tokens_of_part = [_tokens(text, normalise) for text in chosen]
    tokens = list(chain.from_iterable(tokens_of_part))
    hypothesis_tokens = _tokens(hypothesis, normalise)
    positions = _positions(tokens, hypothesis_tokens, normalise.language)
    better: list[str] = []
    end = 0
    for choices, own in zip(parts, tokens_of_part, strict=True):
        start, end = end, end + len(own)
        first, last = max(start - _CONTEXT, 0), min(end + _CONTEXT, len(tokens))
        if len(choices) == 1:
            better.append(choices[0])
            continue
        window = normalise.joined(hypothesis_tokens[positions[first] : positions[last]])
        before, after = normalise.joined(tokens[first:start]), normalise.joined(tokens[end:last])
        better.append(min(choices, key=lambda choice: errors(f"{before} {choice} {after}", window)))
    return better


def _tokens(text: str, normalise: Normaliser) -> list[str]:
    words = text.split()
    return words if normalise.unit == "words" else list("".join(words))


def _positions(tokens: Sequence[str], others: Sequence[str], language: str) -> list[int]:
    """For each of ``tokens``, and for their end, the index in ``others`` to which they are aligned."""
    positions = [0] * len(tokens) + [len(others)]
    keys, other_keys = ([plain(token, language) for token in each] for each in (tokens, others))
    for kind, start, end, other_start, _ in edits(keys, other_keys):
        for index in range(start, end):
            positions[index] = other_start if kind == "delete" else other_start + index - start
    return positions


def _joined(parts: Sequence[str]) -> str:
    return "\n".join(" ".join(line.split()) for line in " ".join(parts).split("\n"))
