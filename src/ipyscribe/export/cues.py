"""Subtitle cues from word times: how much stands on the screen, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from wcwidth import iter_graphemes

from ipyscribe.errors import ParameterError
from ipyscribe.export.line_breaks import WORD_JOINER, balanced, cells, fragments, may_break, wrapped
from ipyscribe.export.speaker_labels import labelled
from ipyscribe.export.timed_words import TimedWord, speaker_runs
from ipyscribe.protocol.python_values import python_values
from ipyscribe.transcript import Transcript
from ipyscribe.transcript.scripts import needs_space, writes_without_spaces

Speakers = Literal["change", "always", "never"]
_SENTENCE_END = (".", "?", "!", "\u2026", "\u3002", "\uff1f", "\uff01")  # the last three as in Chinese and Japanese
_CLAUSE_END = (",", ";", ":", "\u2013", "\uff0c", "\u3001")
_CLOSING = "\"')]\u2019\u201d\u00bb\u300d\u300f\uff09"
_LEAST_FULL = 0.4
_SHORTEST_MS = 40


@dataclass(frozen=True, slots=True)
class CueStyle:
    """How text is split into cues.

    At most ``lines`` lines of ``line_length`` display cells (a Chinese, Japanese or Korean character takes two);
    no cue goes on for more than ``longest_s`` seconds of speech, or over a pause of ``pause_s``. A cue stays until
    it can be read at ``reading_speed`` cells per second and for at least ``shortest_s``, where the next one leaves
    that much room. None begins before its first word is spoken, none ends before its last word unless the same
    speaker's next cue begins, so that two cues overlap only where two people speak at once. ``speakers`` says when
    the speaker is named: when it changes, in every cue, or never.
    """

    line_length: int = 42
    lines: int = 2
    reading_speed: float = 17.0
    shortest_s: float = 1.0
    longest_s: float = 7.0
    pause_s: float = 1.5
    speakers: Speakers = "change"

    def __post_init__(self) -> None:
        for name, low, high in (
            ("line_length", 10, 1000), ("lines", 1, 10), ("reading_speed", 1, 1000), ("shortest_s", 0, 60),
            ("longest_s", 0.5, 600), ("pause_s", 0.1, 600),
        ):  # fmt: skip
            value = python_values(getattr(self, name))
            object.__setattr__(self, name, value)
            integral = name in ("line_length", "lines")
            usable = isinstance(value, int if integral else int | float) and not isinstance(value, bool)
            if not (usable and low <= value <= high):
                kind = "an integer" if integral else "a number"
                raise ParameterError(f"{name}={value!r} cannot be used.", advice=f"Give {kind} from {low} to {high}.")
        if self.speakers not in get_args(Speakers):
            raise ParameterError(
                f"speakers={self.speakers!r} cannot be used.", advice="Use 'change', 'always' or 'never'."
            )


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: lines of text from ``start_ms`` to ``end_ms``, both on the audio clock.

    ``speaker`` is who speaks, ``named`` whether the style wants the speaker to be written before the text.
    """

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str | None = None
    named: bool = False


def cues(transcript: Transcript, style: CueStyle, *, label: Callable[[str], str] | None = labelled) -> list[Cue]:
    """The cues of ``transcript``, ordered by their start.

    Turns without words (whisper-rt's ``[Silence]``) have no time and are left out. ``label`` gives what stands
    before the text of a cue that names its speaker and takes room in its first line; None where the format has
    another way to name speakers. A cue during which another speaker is heard names its own, unless the style says
    "never".
    """
    untimed: list[Cue] = []
    last_speaker: str | None = None
    runs = list(speaker_runs(transcript))
    overlapping = _overlapping(runs)
    for index, run in enumerate(runs):
        speaker = run[0].speaker
        always = style.speakers == "always" or (style.speakers == "change" and index in overlapping)
        named = speaker is not None and (always or (style.speakers == "change" and speaker != last_speaker))
        last_speaker = None if index in overlapping else speaker
        indent = min(cells(label(speaker)), style.line_length // 2) if named and speaker and label else 0
        words = [part for word in run for part in _within_limits(word, style, indent)]
        while words:
            count = _cue_length(words, style, indent)
            lines = balanced(fragments(words[:count], style.line_length - indent), style.line_length, indent)
            if index in overlapping and count < len(words):
                lines = (*lines[:-1], lines[-1] + WORD_JOINER)
            untimed.append(Cue(words[0].start_ms, words[count - 1].end_ms, lines, speaker, named))
            words = words[count:]
            if not always:
                named, indent = False, 0
    return _timed(untimed, style)


def _overlapping(runs: Sequence[Sequence[TimedWord]]) -> set[int]:
    """The runs during which another speaker is heard: their cues stand between one another."""
    overlapping: set[int] = set()
    unfinished: list[int] = []
    for index in sorted(range(len(runs)), key=lambda index: runs[index][0].start_ms):
        start_ms, speaker = runs[index][0].start_ms, runs[index][0].speaker
        unfinished = [other for other in unfinished if runs[other][-1].end_ms > start_ms]
        for other in unfinished:
            if runs[other][0].speaker != speaker:
                overlapping |= {index, other}
        unfinished.append(index)
    return overlapping


def _within_limits(word: TimedWord, style: CueStyle, indent: int) -> Iterator[TimedWord]:
    """``word``, split where it alone is too long for a cue, as a sentence without spaces and word times can be.

    Its time is shared out among its graphemes; numbers and Latin words in it stay whole.
    """
    too_long = word.end_ms - word.start_ms > 1000 * style.longest_s
    too_wide = cells(word.text) > style.lines * (style.line_length - indent)
    if not (too_long or too_wide) or not any(map(writes_without_spaces, word.text)):
        yield word
        return
    graphemes: list[str] = []
    for grapheme in iter_graphemes(word.text):
        if graphemes and needs_space(graphemes[-1], grapheme):
            graphemes[-1] += grapheme
        else:
            graphemes.append(grapheme)
    length_ms = (word.end_ms - word.start_ms) / len(graphemes)
    for index, grapheme in enumerate(graphemes):
        yield replace(
            word,
            text=grapheme,
            start_ms=round(word.start_ms + index * length_ms),
            end_ms=round(word.start_ms + (index + 1) * length_ms),
            spaced=word.spaced and index == 0,
        )


def _cue_length(words: list[TimedWord], style: CueStyle, indent: int) -> int:
    """How many of ``words``, at least one, the next cue holds; up to the end of a sentence where one is near."""
    fitting = _fitting(words, style, indent)
    if fitting == len(words):
        return fitting
    count = _at_sentence_end(words, fitting)
    while count > 1 and not words[count].spaced and not may_break(words[count - 1].text, words[count].text):
        count -= 1
    return count


def _fitting(words: list[TimedWord], style: CueStyle, indent: int) -> int:
    """How many words from the first one may stand in one cue; at least one."""
    most = style.lines * style.line_length + 1  # every word has one cell at least, nearly always
    parts = fragments(words[: most + 1], style.line_length - indent)
    if len(words) <= most and len(wrapped(parts, style.line_length, indent)) <= style.lines:
        most = len(words)
    else:
        most = _most_that_wrap(words[:most], style, indent)
    for index in range(1, most):
        if (
            words[index].start_ms - words[index - 1].end_ms >= 1000 * style.pause_s
            or words[index].end_ms - words[0].start_ms > 1000 * style.longest_s
        ):
            return index
    return most


def _most_that_wrap(words: list[TimedWord], style: CueStyle, indent: int) -> int:
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        parts = fragments(words[:middle], style.line_length - indent)
        if len(wrapped(parts, style.line_length, indent)) <= style.lines:
            low = middle
        else:
            high = middle - 1
    return low


def _at_sentence_end(words: list[TimedWord], count: int) -> int:
    """``count``, or fewer words up to a sentence's end, else a clause's, if that leaves the cue full enough."""
    total = sum(cells(word.text) + 1 for word in words[:count])
    for endings in (_SENTENCE_END, _CLAUSE_END):
        filled = total
        for index in range(count, 0, -1):
            if filled < _LEAST_FULL * total:
                break
            if words[index - 1].text.rstrip(_CLOSING).endswith(endings):
                return index
            filled -= cells(words[index - 1].text) + 1
    return count


def _timed(untimed: list[Cue], style: CueStyle) -> list[Cue]:
    """Each cue stays as long as its words last, and beyond that until it can be read or the next one begins."""
    ordered: list[Cue] = []
    reached_ms: dict[str | None, int] = {}
    for cue in sorted(untimed, key=lambda cue: cue.start_ms):
        start_ms = max(cue.start_ms, reached_ms.get(cue.speaker, 0))
        reached_ms[cue.speaker] = start_ms + _SHORTEST_MS
        ordered.append(replace(cue, start_ms=start_ms, end_ms=max(cue.end_ms, start_ms + _SHORTEST_MS)))
    ordered.sort(key=lambda cue: cue.start_ms)
    timed: list[Cue] = []
    next_start_ms: dict[str | None, int] = {}
    for index in range(len(ordered) - 1, -1, -1):
        cue = ordered[index]
        wanted_ms = max(1000 * style.shortest_s, 1000 * sum(map(cells, cue.lines)) / style.reading_speed)
        end_ms = cue.start_ms + round(wanted_ms)
        if index + 1 < len(ordered):
            end_ms = min(end_ms, ordered[index + 1].start_ms)
        end_ms = max(cue.end_ms, end_ms)
        timed.append(replace(cue, end_ms=min(end_ms, next_start_ms.get(cue.speaker, end_ms))))
        next_start_ms[cue.speaker] = cue.start_ms
    return timed[::-1]
