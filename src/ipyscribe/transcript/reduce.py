"""The reducer: (transcript, message, arrival) -> transcript, for every model.

Each ``Turn`` message replaces the last one of the same ``turn_order``. The first ``end_of_turn`` ends the
turn; a later one replaces the text only when it is formatted, so that text never goes back to its
unformatted form; a partial that comes after the end is ignored. An empty final, which the
universal-streaming models send on ``Terminate``, leaves no turn behind.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter

from msgspec.structs import replace

from ipyscribe.protocol.messages import (
    Message,
    Revision,
    SpeakerRevision,
    Termination,
    TurnMessage,
    Word,
)
from ipyscribe.transcript.model import Arrival, History, Partial, Transcript, Turn, only_tags

_text_of_word = attrgetter("text")
_TAG = re.compile(r"\[ *([^\[\]]*?) *\]")


def reduce(transcript: Transcript, message: Message, arrival: Arrival) -> Transcript:
    """The transcript after ``message``; the same object where ``message`` does not concern its words."""
    if not isinstance(message, TurnMessage):  # nearly every message is
        return _reduce_other(transcript, message)
    turns = transcript.turns
    previous: Turn | None
    if turns and turns[-1].order == message.turn_order:  # nearly always
        index, previous = len(turns) - 1, turns[-1]
    elif not turns or turns[-1].order < message.turn_order:
        index, previous = len(turns), None
    else:
        index, previous = _place(turns, message.turn_order)
    joined = " ".join(map(_text_of_word, message.words))
    tidy = joined.isprintable() and "  " not in joined and joined.strip() == joined != ""
    text = _text(message, joined if tidy else " ".join(joined.split()))
    if previous is not None and previous.ended:
        if not (message.end_of_turn and message.turn_is_formatted and text):
            return transcript
    elif not text:
        if previous is None or not message.end_of_turn:
            return transcript
        return replace(transcript, turns=turns[:index] + turns[index + 1 :])
    words = message.words if tidy else tuple(word for word in message.words if word.text.strip())
    turn = _upsert(transcript, previous, message, text, words, arrival)
    if turns and previous is turns[-1] and not (index and turns[-2].provisional):
        return replace(transcript, turns=(*turns[:-1], turn))
    before, after = turns[:index], turns[index:] if previous is None else turns[index + 1 :]
    if index and before[-1].provisional:  # a later turn has begun: its formatted final is no longer awaited
        before = (*before[:-1], replace(before[-1], provisional=False))
    return replace(transcript, turns=(*before, turn, *after))


def _reduce_other(transcript: Transcript, message: Message) -> Transcript:
    match message:
        case SpeakerRevision(revisions):
            return _revise(transcript, revisions)
        case Termination():
            return _settle(transcript)
        case _:
            return transcript


def _place(turns: tuple[Turn, ...], order: int) -> tuple[int, Turn | None]:
    """Where the turn of that order is, or would be, and the turn."""
    index = bisect_left(turns, order, key=lambda turn: turn.order)
    return index, turns[index] if index < len(turns) and turns[index].order == order else None


def _text(message: TurnMessage, joined: str) -> str:
    """The text to display, with the unfinished word on models whose ``transcript`` lags behind their words.

    ``joined`` are the words of the message.
    """
    if joined == message.transcript and not message.end_of_turn:
        return joined
    transcript = " ".join(message.transcript.split())
    if not message.end_of_turn:
        return joined if len(joined) > len(transcript) else transcript
    utterance = _TAG.sub(r"[\1]", " ".join(message.utterance.split()))
    # On universal-streaming an utterance may hold only the words since the last pause.
    complete = len(utterance.split()) >= len(transcript.split())
    if utterance and (only_tags(utterance) or (complete and not message.turn_is_formatted)):
        return utterance
    return transcript or utterance or joined


def _upsert(
    transcript: Transcript,
    previous: Turn | None,
    message: TurnMessage,
    text: str,
    words: tuple[Word, ...],
    arrival: Arrival,
) -> Turn:
    last = previous or _before_its_first_message(message.turn_order, arrival)
    if not transcript.has_confidences:
        words = tuple([replace(word, confidence=None) for word in words])
    words = _shared(words, last.words)
    history = last.history
    if isinstance(history, History):
        if text != last.text:
            history = history.followed_by(Partial(text, words, arrival))
    elif text != last.text or not history:
        history = History([*history, Partial(text, words, arrival)], len(history) + 1)
    ended, formatted, confidence = message.end_of_turn, message.turn_is_formatted, message.language_confidence
    return Turn(
        order=message.turn_order,
        text=text,
        words=words or last.words,
        ended=ended,
        formatted=formatted,
        provisional=ended and transcript.expects_formatting and not formatted,
        first=last.first,
        final=last.final or (arrival if ended else None),
        end_of_turn_confidence=message.end_of_turn_confidence,
        speaker=message.speaker or last.speaker,
        language=message.language or last.language,
        language_confidence=last.language_confidence if confidence is None else confidence,
        history=history,
    )


def _before_its_first_message(order: int, arrival: Arrival) -> Turn:
    return Turn(order, "", (), ended=False, formatted=False, provisional=False, first=arrival, final=None)


def _shared(words: tuple[Word, ...], previous: tuple[Word, ...]) -> tuple[Word, ...]:
    """``words``, reusing the objects of the ``previous`` message: a turn keeps all of its partials."""
    unchanged = previous[:-1]
    if words[: len(unchanged)] == unchanged:  # nearly always: a partial revises its last word only
        return unchanged + words[len(unchanged) :]
    shared = [old if word == old else word for word, old in zip(words, previous, strict=False)]
    return (*shared, *words[len(previous) :])


def _settle(transcript: Transcript) -> Transcript:
    if not any(turn.provisional for turn in transcript.turns):
        return transcript
    return replace(transcript, turns=tuple(replace(turn, provisional=False) for turn in transcript.turns))


def _revise(transcript: Transcript, revisions: tuple[Revision, ...]) -> Transcript:
    revised = {revision.turn_order: revision for revision in revisions}
    if not any(turn.order in revised for turn in transcript.turns):
        return transcript
    return replace(
        transcript,
        turns=tuple(
            _with_speakers(turn, revised[turn.order]) if turn.order in revised else turn for turn in transcript.turns
        ),
    )


def _with_speakers(turn: Turn, revision: Revision) -> Turn:
    speakers = {(word.start_ms, word.end_ms): word.speaker for word in revision.words}
    words = tuple(_with_speaker(word, speakers.get((word.start_ms, word.end_ms))) for word in turn.words)
    return replace(turn, speaker=revision.speaker or turn.speaker, words=words)


def _with_speaker(word: Word, speaker: str | None) -> Word:
    return word if speaker is None else replace(word, speaker=speaker)
