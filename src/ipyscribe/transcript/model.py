"""Words, turns and the transcript: immutable values that any thread may read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, overload

from msgspec import Struct
from msgspec.structs import replace

from ipyscribe.errors import MissingDependencyError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.clock_text import clock_text, delay_text
from ipyscribe.protocol.html_table import table_html, unbroken
from ipyscribe.protocol.messages import Word
from ipyscribe.protocol.models import Model

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]
_ONLY_TAGS = re.compile(r"\s*(\[[^\[\]]*\]\s*)+")


def only_tags(text: str) -> bool:
    """True where ``text`` consists of whisper-rt's tags alone: ``[Silence]``, ``[Music]``."""
    return _ONLY_TAGS.fullmatch(text) is not None


_MOST_SHOWN = 500


class Arrival(Struct, frozen=True, gc=False):
    """When a message arrived: seconds since the start of the session, and the audio clock (ms sent by then)."""

    monotonic_s: float
    audio_ms: float


class Partial(Struct, frozen=True, gc=False):
    """One version of a turn's text, from the moment it arrived until the next."""

    text: str
    words: tuple[Word, ...]
    arrival: Arrival


class History(Sequence[Partial]):
    """The versions of a turn, oldest first; it never changes, and compares like a tuple.

    A turn of seconds has a hundred versions, and each message makes a new turn: all of them share one list, of which
    each knows its part.
    """

    __slots__ = ("_length", "_shared")

    def __init__(self, versions: list[Partial], length: int) -> None:
        self._shared = versions
        self._length = length

    def followed_by(self, partial: Partial) -> History:
        """The history with ``partial`` as its newest version."""
        shared, length = self._shared, self._length
        if len(shared) == length:
            shared.append(partial)
            if shared[length] is partial:  # otherwise another thread went on from the same version
                return History(shared, length + 1)
        return History([*shared[:length], partial], length + 1)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Partial]:
        return islice(self._shared, self._length)

    @overload
    def __getitem__(self, index: int) -> Partial: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Partial, ...]: ...
    def __getitem__(self, index: int | slice) -> Partial | tuple[Partial, ...]:
        if isinstance(index, slice):
            return tuple(self._shared[: self._length][index])
        if not -self._length <= index < self._length:
            raise IndexError(f"there is no version {index} of {self._length}")
        return self._shared[index if index >= 0 else self._length + index]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, History | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Turn(Struct, frozen=True, gc=False):
    """One turn of speech, open or ended.

    ``order`` is the server's ``turn_order``; times are milliseconds on the audio clock. ``ended`` is true
    from the first message with ``end_of_turn``; ``provisional`` while a formatted version of that final is
    still expected. ``history`` holds every version of the text, oldest first, the current one included.
    """

    order: int
    text: str
    words: tuple[Word, ...]
    ended: bool
    formatted: bool
    provisional: bool
    first: Arrival
    final: Arrival | None
    end_of_turn_confidence: float | None = None
    speaker: str | None = None
    language: str | None = None
    language_confidence: float | None = None
    history: Sequence[Partial] = ()

    @property
    def settled(self) -> bool:
        """True once the text is not expected to change again."""
        return self.ended and not self.provisional

    @property
    def is_speech(self) -> bool:
        """False for a turn of whisper-rt that consists of tags (``[Music]``, ``[Silence]``) and has no words."""
        return not only_tags(self.text)

    @property
    def start_ms(self) -> int:
        """Start of the first word."""
        return self.words[0].start_ms if self.words else int(self.first.audio_ms)

    @property
    def end_ms(self) -> int:
        """End of the last word."""
        return self.words[-1].end_ms if self.words else self.start_ms

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the words, 0 to 1; None where the model gives none."""
        values = [word.confidence for word in self.words if word.confidence is not None]
        return sum(values) / len(values) if values else None

    @property
    def final_delay_ms(self) -> float | None:
        """From the end of the last word to the arrival of the final, on the audio clock, in ms.

        It includes the silence that the model waits for. It can be negative: a model may end a turn before
        all of its audio was sent.
        """
        return None if self.final is None else self.final.audio_ms - self.end_ms

    def __repr__(self) -> str:
        state = "settled" if self.settled else "ended" if self.ended else "open"
        return f"<Turn {self.order}, {state}, {self.start_ms}-{self.end_ms} ms: {self.text!r}>"

    def to_record(self) -> Record:
        """The turn as a flat dict."""
        return {
            "turn_order": self.order,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "text": self.text,
            "speaker": self.speaker,
            "language": self.language,
            "confidence": self.confidence,
            "end_of_turn": self.ended,
            "settled": self.settled,
            "words": len(self.words),
            "partials": len(self.history),
            "final_delay_ms": None if self.final_delay_ms is None else round(self.final_delay_ms, 1),
        }


class Mark(Struct, frozen=True, gc=False):
    """An event other than words at ``audio_ms`` on the audio clock.

    ``kind`` is "seam" (a new connection replaced a lost one), "settings", "paused", "resumed" or "lost" (audio
    that never reached the server); ``text`` describes it for a reader.
    """

    kind: str
    audio_ms: float
    text: str


class Transcript(Struct, frozen=True, gc=False):
    """The turns of a session in order, and its marks.

    ``expects_formatting``: each final is followed by a formatted one. ``has_confidences``: false for a model whose
    word confidences carry no information; they become None.
    """

    turns: tuple[Turn, ...] = ()
    expects_formatting: bool = False
    has_confidences: bool = True
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, model: Model, parameters: Mapping[str, Any]) -> Self:
        """The empty transcript of a session of ``model`` that was opened with ``parameters``."""
        return cls(
            expects_formatting=model.family in ("english", "multilingual", "whisper")
            and bool(parameters.get("format_turns")),
            has_confidences=model.has_confidences,
        )

    def with_turns(self, turns: tuple[Turn, ...]) -> Transcript:
        """A copy with ``turns`` in place of its own."""
        return replace(self, turns=turns)

    def with_speakers(self, names: Mapping[str, str]) -> Transcript:
        """A copy with ``names`` in place of the speakers' labels: ``{"A": "Ada", "B": "Ben"}``. Others keep theirs.

        Figures, exports and tables take it in place of the transcript.
        """

        def named(speaker: str | None) -> str | None:
            return None if speaker is None else names.get(speaker, speaker)

        turns = []
        for turn in self.turns:
            words = tuple([replace(word, speaker=named(word.speaker)) for word in turn.words])
            turns.append(replace(turn, speaker=named(turn.speaker), words=words))
        return self.with_turns(tuple(turns))

    @property
    def text(self) -> str:
        """The text of all turns, settled and open, one turn per line."""
        return "\n".join(turn.text for turn in self.turns if turn.text)

    @property
    def settled(self) -> tuple[Turn, ...]:
        """The turns whose text is not expected to change again."""
        return tuple(turn for turn in self.turns if turn.settled)

    @property
    def open_turn(self) -> Turn | None:
        """The newest turn, while it has not ended."""
        return self.turns[-1] if self.turns and not self.turns[-1].ended else None

    def _repr_html_(self) -> str:
        """The newest turns as a table: when, who, what, and the delay of the final."""
        shown = self.turns[-_MOST_SHOWN:]
        rows = [
            [
                clock_text(turn.start_ms / 1000),
                turn.speaker or "",
                turn.text,
                "open" if turn.final_delay_ms is None else unbroken(delay_text(turn.final_delay_ms)),
            ]
            for turn in shown
        ]
        count = f"{len(self.turns):,} turn{'' if len(self.turns) == 1 else 's'}"
        caption = count if len(shown) == len(self.turns) else f"{count}, of which the newest {len(shown):,}"
        return table_html(["time", "speaker", "words", "delay of the final"], rows, caption=caption)

    def to_records(self) -> list[Record]:
        """One dict per turn: times in ms, text, speaker, language, confidence, delays."""
        return [turn.to_record() for turn in self.turns]

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of all turns, in order."""
        return tuple(word for turn in self.turns for word in turn.words)

    def to_word_records(self) -> list[Record]:
        """One dict per word, with the order of its turn."""
        return [
            {
                "turn_order": turn.order,
                "text": word.text,
                "start_ms": word.start_ms,
                "end_ms": word.end_ms,
                "confidence": word.confidence,
                "speaker": word.speaker if word.speaker is not None else turn.speaker,
                "word_is_final": word.is_final,
            }
            for turn in self.turns
            for word in turn.words
        ]

    def to_dataframe(self) -> pd.DataFrame:
        """``to_records()`` as a pandas DataFrame. Raises ``MissingDependencyError`` without pandas."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingDependencyError("pandas", purpose="to_dataframe()", extra="data") from None
        return pd.DataFrame.from_records(self.to_records())

    def __len__(self) -> int:
        return len(self.turns)

    def __str__(self) -> str:
        return "\n".join(plain(turn.text) for turn in self.turns if turn.text)
