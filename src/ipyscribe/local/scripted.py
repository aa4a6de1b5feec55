"""A recognition that needs no weights: it returns the words of a script at their times, whatever the audio is.

The audio clock is all it listens to. So a test knows every frame beforehand, hours of audio pass in seconds,
and many sessions cost little. A script is JSON, or the same as Python values::

    {
      "duration_ms": 20000,
      "repeat": true,
      "turns": [
        {"start_ms": 500, "end_ms": 2600, "text": "Hello, how are you?", "speaker": "Nora"},
        {"words": [{"text": "Fine.", "start_ms": 3600, "end_ms": 4100, "confidence": 0.8}]}
      ]
    }

The words of a ``text`` share the turn's time evenly. ``speaker`` (any name: on the wire it is ``A``, ``B``, in the
order of appearance), ``first_speaker`` (whom the final names, before ``SpeakerRevision`` puts it right) and
``language`` are optional. With ``repeat`` the script begins again every ``duration_ms``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipyscribe.errors import LocalServerError
from ipyscribe.local.dialects import turn_settings
from ipyscribe.local.recognition_events import Event, Silence, Turn, Word
from ipyscribe.local.turns import PAUSE_MS, end_confidence, looks_complete

if TYPE_CHECKING:
    from ipyscribe.local.loading import SessionWorker
    from ipyscribe.local.parameters import Parameters

CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class _ScriptedWord:
    """A word of the script and the turn it belongs to."""

    turn: int
    word: Word
    speaker: str | None
    first_speaker: str | None
    language: str | None


class ScriptedRecognition:
    """Gives every session the same words. Raises ``LocalServerError`` for a script that cannot be read."""

    has_diarization = True
    languages = ("en",)

    def __init__(self, script: Mapping[str, Any]) -> None:
        try:
            self._turns = [_turn(turn) for turn in script["turns"]]
            self._period_ms = int(script["duration_ms"]) if script.get("repeat") else None
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise LocalServerError(
                f"The script cannot be used: {type(error).__name__}: {error}.",
                advice="It needs 'turns', each with 'words' or with 'text', 'start_ms' and 'end_ms'; with 'repeat', "
                "'duration_ms' too.",
            ) from error
        ends = [words[-1]["end_ms"] for words, _ in self._turns]
        if self._period_ms is not None and (not ends or max(ends) >= self._period_ms):
            raise LocalServerError("The script cannot be repeated: its last word ends after 'duration_ms'.")

    @classmethod
    def from_file(cls, path: str | Path) -> ScriptedRecognition:
        """Read a script of JSON. Raises ``LocalServerError``."""
        try:
            script = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LocalServerError(f"The script {path} cannot be read: {error}") from error
        return cls(script)

    def worker(
        self,
        parameters: Parameters,
        emit: Callable[[Event], None],
        finished: Callable[[Exception | None], None],
    ) -> SessionWorker:
        """A worker without a thread: it emits events while audio is handed over."""
        return ScriptedWorker(self._words(), parameters, emit, finished)

    def _words(self) -> Iterator[_ScriptedWord]:
        speakers: dict[str, str] = {}
        number = count()
        for round_ms in count(0, self._period_ms) if self._period_ms else (0,):
            for words, attributes in self._turns:
                turn = next(number)
                speaker, first_speaker = (
                    _label(speakers, attributes.get(name)) for name in ("speaker", "first_speaker")
                )
                for word in words:
                    start_ms, end_ms = round_ms + word["start_ms"], round_ms + word["end_ms"]
                    scripted = Word(word["text"], start_ms, end_ms, word.get("confidence", CONFIDENCE), is_final=False)
                    yield _ScriptedWord(turn, scripted, speaker, first_speaker, attributes.get("language"))


class ScriptedWorker:
    """One session's script. ``emit`` and ``finished`` are called where audio is handed over."""

    def __init__(
        self,
        script: Iterator[_ScriptedWord],
        parameters: Parameters,
        emit: Callable[[Event], None],
        finished: Callable[[Exception | None], None],
    ) -> None:
        self._script = script
        self._next = next(script, None)
        self._settings = turn_settings(parameters)
        self._bytes_per_ms = 2 * parameters.sample_rate / 1000
        self._emit = emit
        self._finished = finished
        self._done = False
        self._now_ms = 0.0
        self._order = 0
        self._open: list[_ScriptedWord] = []
        self._paused = False
        self._silence_since_ms = 0.0
        self._spoke = False

    @property
    def backlog_s(self) -> float:
        """Nothing ever waits."""
        return 0.0

    def take_max_probability(self) -> float:
        """1.0 if a word was emitted since the last call, 0.0 if not."""
        spoke, self._spoke = self._spoke, False
        return float(spoke)

    def start(self) -> None:
        """There is nothing to start."""

    def audio(self, pcm: bytes) -> None:
        """Advance the audio clock and emit what is due."""
        self._now_ms += len(pcm) / self._bytes_per_ms
        while self._step():
            pass

    def update(self, parameters: Parameters) -> None:
        """Other silences from now on."""
        self._settings = turn_settings(parameters)

    def force(self) -> None:
        """End the open turn; what is left of it in the script becomes another."""
        if self._open:
            self._end(self._now_ms)

    def finish(self) -> None:
        """End the open turn and the work."""
        self.force()
        self.abandon()

    def abandon(self) -> None:
        """End the work."""
        if not self._done:
            self._done = True
            self._finished(None)

    def _step(self) -> bool:
        """Do what is due next; false if nothing is."""
        scripted = self._next
        if self._silence():
            return True
        if self._open and self._now_ms >= self._over_ms(scripted):
            self._end(self._over_ms(scripted))
        elif self._open and not self._paused and self._now_ms >= self._pause_ms(scripted):
            self._paused = True
            self._publish(ended=False)
        elif scripted is not None and self._now_ms >= scripted.word.end_ms and not self._ends_before(scripted):
            self._open.append(scripted)
            self._next = next(self._script, None)
            self._paused, self._spoke = False, True
            self._publish(ended=False)
        else:
            return False
        return True

    def _ends_before(self, scripted: _ScriptedWord) -> bool:
        return bool(self._open) and scripted.turn != self._open[-1].turn and not self._settings.manual

    def _over_ms(self, scripted: _ScriptedWord | None) -> float:
        """When the open turn is over: after a silence, and before another turn's first word at the latest."""
        if self._settings.manual or (scripted is not None and not self._ends_before(scripted)):
            return float("inf")
        text = self._open[-1].word.text
        settings = self._settings
        complete = (
            looks_complete(text)
            if settings.confidence_threshold is None
            else end_confidence(text) > settings.confidence_threshold
        )
        silence_ms = settings.min_turn_silence_ms if complete else settings.max_turn_silence_ms
        over_ms = self._open[-1].word.end_ms + max(silence_ms, settings.min_turn_silence_ms)
        return over_ms if scripted is None else min(over_ms, max(scripted.word.start_ms, self._open[-1].word.end_ms))

    def _pause_ms(self, scripted: _ScriptedWord | None) -> float:
        within = scripted is not None and not self._ends_before(scripted)
        return float("inf") if within else self._open[-1].word.end_ms + PAUSE_MS

    def _end(self, at_ms: float) -> None:
        self._publish(ended=True)
        self._order += 1
        self._silence_since_ms = at_ms
        self._open, self._paused = [], False

    def _publish(self, *, ended: bool) -> None:
        last = self._open[-1]
        settled = len(self._open) if ended or self._paused else len(self._open) - 1
        if self._settings.hold_words > len(self._open) and not ended:
            settled = 0
        words = tuple(
            Word(
                scripted.word.text,
                scripted.word.start_ms,
                scripted.word.end_ms,
                scripted.word.confidence,
                is_final=index < settled,
            )
            for index, scripted in enumerate(self._open)
        )
        self._emit(
            Turn(
                self._order,
                words,
                ended,
                self._paused,
                onset_ms=words[0].start_ms,
                speaker=last.speaker,
                first_speaker=last.first_speaker,
                language=last.language,
            )
        )

    def _silence(self) -> bool:
        every_ms = self._settings.silence_every_ms
        starts_ms = self._next.word.start_ms if self._next is not None else float("inf")
        until_ms = self._silence_since_ms + (every_ms or 0)
        if every_ms is None or self._open or until_ms > min(self._now_ms, starts_ms):
            return False
        self._emit(Silence(int(self._silence_since_ms), int(until_ms)))
        self._silence_since_ms = until_ms
        return True


def _label(speakers: dict[str, str], name: str | None) -> str | None:
    return None if name is None else speakers.setdefault(name, chr(ord("A") + len(speakers) % 26))


def _turn(turn: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    """The turn's words with their times, and its other fields."""
    words = list(turn["words"]) if "words" in turn else list(_spread(turn["text"], turn["start_ms"], turn["end_ms"]))
    if not words:
        raise ValueError(f"a turn without words: {turn!r:.80}")
    return [{**word, "start_ms": int(word["start_ms"]), "end_ms": int(word["end_ms"])} for word in words], turn


def _spread(text: str, start_ms: int, end_ms: int) -> Iterable[dict[str, Any]]:
    pieces = text.split()
    step_ms = (end_ms - start_ms) / len(pieces)
    for index, piece in enumerate(pieces):
        begin_ms = int(start_ms + index * step_ms)
        yield {"text": piece, "start_ms": begin_ms, "end_ms": int(start_ms + (index + 1) * step_ms)}
