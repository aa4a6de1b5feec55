"""The reducer: (transcript, message, arrival) -> transcript, for every model.

Each ``Turn`` message replaces the last one of the same ``turn_order``. The first ``end_of_turn`` ends the
turn; a later one replaces the text only when it is formatted, so that text never goes back to its
unformatted form; a partial that comes after the end is ignored. An empty final, which the
universal-streaming models send on ``Terminate``, leaves no turn behind.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from msgspec.structs import replace

from ipyscribe.protocol.messages import (
    Message,
    Revision,
    SpeakerRevision,
    Termination,
    TurnMessage,
    Word,
)
from ipyscribe.transcript.model import Arrival, Partial, Transcript, Turn, only_tags

_TAG = re.compile(r"\[ *([^\[\]]*?) *\]")


def reduce(transcript: Transcript, message: Message, arrival: Arrival) -> Transcript:
    """The transcript after ``message``. Messages that say nothing about words give back the same object."""
    if isinstance(message, TurnMessage):  # nearly all are; patterns take longer
        return _turn(transcript, message, arrival)
    match message:
        case SpeakerRevision(revisions):
            return _revise(transcript, revisions)
        case Termination():
            return _settle(transcript)
        case _:
            return transcript


def _turn(transcript: Transcript, message: TurnMessage, arrival: Arrival) -> Transcript:
    turns = transcript.turns
    index = len(turns) - 1
    if index < 0 or turns[index].order != message.turn_order:
        index = bisect_left(turns, message.turn_order, key=lambda turn: turn.order)
    known = turns[index] if index < len(turns) and turns[index].order == message.turn_order else None
    texts = [word.text for word in message.words]
    text = _text(message, texts)
    if known is not None and known.ended:
        if not (message.end_of_turn and message.turn_is_formatted and text):
            return transcript
    elif not text:
        if known is None or not message.end_of_turn:
            return transcript
        return replace(transcript, turns=turns[:index] + turns[index + 1 :])
    all_say_something = all(map(str.strip, texts))
    words = message.words if all_say_something else tuple(word for word in message.words if word.text.strip())
    turn = _upsert(transcript, known, message, text, words, arrival)
    before, after = turns[:index], turns[index:] if known is None else turns[index + 1 :]
    if before and before[-1].provisional:  # it has waited long enough for its formatted final once a later one speaks
        before = (*before[:-1], replace(before[-1], provisional=False))
    return replace(transcript, turns=(*before, turn, *after))


def _text(message: TurnMessage, texts: list[str]) -> str:
    """What a person should read: the unfinished word too on models whose ``transcript`` lags behind it."""
    joined = " ".join(" ".join(texts).split())
    if joined == message.transcript and not message.end_of_turn:
        return joined
    spoken = " ".join(message.transcript.split())
    if not message.end_of_turn:
        return joined if len(joined) > len(spoken) else spoken
    utterance = _TAG.sub(r"[\1]", " ".join(message.utterance.split()))
    # On universal-streaming an utterance may be no more than what came since the last pause.
    whole = len(utterance.split()) >= len(spoken.split())
    if utterance and (only_tags(utterance) or (whole and not message.turn_is_formatted)):
        return utterance
    return spoken or utterance or joined


def _upsert(
    transcript: Transcript,
    known: Turn | None,
    message: TurnMessage,
    text: str,
    words: tuple[Word, ...],
    arrival: Arrival,
) -> Turn:
    before = known.words if known is not None else ()
    if not transcript.has_confidences:
        words = tuple([replace(word, confidence=None) for word in words])
    words = _shared(words, before)
    history = known.history if known is not None else ()
    if not history or history[-1].text != text:
        history = (*history, Partial(text, words, arrival))
    final = known.final if known is not None and known.final is not None else None
    if message.end_of_turn and final is None:
        final = arrival
    return Turn(
        order=message.turn_order,
        text=text,
        words=words or before,
        ended=message.end_of_turn,
        formatted=message.turn_is_formatted,
        provisional=message.end_of_turn and transcript.expects_formatting and not message.turn_is_formatted,
        first=known.first if known is not None else arrival,
        final=final,
        end_of_turn_confidence=message.end_of_turn_confidence,
        speaker=message.speaker or (known.speaker if known is not None else None),
        language=message.language or (known.language if known is not None else None),
        language_confidence=message.language_confidence
        if message.language_confidence is not None
        else (known.language_confidence if known is not None else None),
        history=history,
    )


def _shared(words: tuple[Word, ...], before: tuple[Word, ...]) -> tuple[Word, ...]:
    """``words``, those that were in the message before as the same objects: a turn keeps all its partials."""
    kept = before[:-1]
    if words[: len(kept)] == kept:  # nearly always: only the last word of a partial is revised
        return kept + words[len(kept) :]
    shared = [old if word == old else word for word, old in zip(words, before, strict=False)]
    return (*shared, *words[len(before) :])


def _settle(transcript: Transcript) -> Transcript:
    if not any(turn.provisional for turn in transcript.turns):
        return transcript
    return replace(transcript, turns=tuple(replace(turn, provisional=False) for turn in transcript.turns))


def _revise(transcript: Transcript, revisions: tuple[Revision, ...]) -> Transcript:
    changed = {revision.turn_order: revision for revision in revisions}
    if not any(turn.order in changed for turn in transcript.turns):
        return transcript
    return replace(
        transcript,
        turns=tuple(
            _with_speakers(turn, changed[turn.order]) if turn.order in changed else turn for turn in transcript.turns
        ),
    )


def _with_speakers(turn: Turn, revision: Revision) -> Turn:
    speakers = {(word.start_ms, word.end_ms): word.speaker for word in revision.words}
    words = tuple(_spoken_by(word, speakers.get((word.start_ms, word.end_ms))) for word in turn.words)
    return replace(turn, speaker=revision.speaker or turn.speaker, words=words)


def _spoken_by(word: Word, speaker: str | None) -> Word:
    return word if speaker is None else replace(word, speaker=speaker)
