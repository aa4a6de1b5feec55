"""Latencies of words and turns from raw timestamps, in milliseconds.

Notation: ``sent(a)`` is when the chunk that holds position ``a`` of the audio clock was handed to the socket,
``recv(m)`` when message ``m`` arrived. All timestamps are seconds of one clock: use the transcript and ``sent`` of
the same tape. Every value keeps its position on the audio clock. Negative values are kept: a model may emit a word
before all of its audio was sent.

Two things must stand beside these figures. The *timeline*: word ends are the model's own unless ``spoken`` gives
the words with trusted times (forced alignment, or a person); a model that reports ends too late looks fast. The
*anchors*: speech starts and ends with the turn's words unless ``speech`` gives time ranges ``(start_ms, end_ms)``,
annotated or from a voice activity detector with its hangover subtracted.

Names and formulas are those of the field's benchmarks: AssemblyAI's streaming-latency-benchmark (word emission,
time to complete transcript), Deepgram's "measuring streaming latency" (connection, transcript latency, end of
turn), pipecat's stt-benchmark (time to final segment), Soniox's glossary (commit, endpointing delay), LiveKit
(time from onset). Turns that hold nothing but tags such as "[Silence]" are left out everywhere.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ipyscribe.errors import ParameterError
from ipyscribe.metrics.alignment import align
from ipyscribe.metrics.appearance import Appearance, appearances
from ipyscribe.metrics.letters import says_something
from ipyscribe.metrics.time_ranges import Speech, check_speech, onset_ms, overlaps, speech_end_ms
from ipyscribe.tape.send_times import SendTimes
from ipyscribe.transcript import Transcript, Turn, Word

TextPaintTimes = Mapping[tuple[int, int], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """One latency, ``value_ms``, at position ``at_ms`` of the audio clock; ``word`` is the word's index in the turn."""

    at_ms: float
    value_ms: float
    turn_order: int
    word: int | None = None


def connect_ms(requested_s: float, begun_s: float) -> float:
    """Connection latency: from requesting the connection to ``Begin`` (name, TCP, TLS, upgrade), in ms.

    Both in seconds of one clock. Reported alone; no other figure contains it. Raises ``ParameterError``.
    """
    if not begun_s >= requested_s:
        raise ParameterError(
            f"A connection requested at {requested_s!r} s cannot begin at {begun_s!r} s.",
            advice="Give both timestamps in seconds of one clock.",
        )
    return 1000 * (begun_s - requested_s)


def ttft_onset_ms(transcript: Transcript, sent: SendTimes, *, speech: Speech | None = None) -> tuple[Measured, ...]:
    """Time to first token from speech onset, one value per turn: recv(first text of the turn) - sent(onset).

    The first text may be a final where a model sends no partial. Others start "TTFT" elsewhere: at the
    end of speech for Artificial Analysis and Smallest.ai, after the handshake for coval.
    """
    check_speech(speech)
    latencies, before_ms = [], float("-inf")
    for turn in _spoken_turns(transcript):
        start_ms = onset_ms(turn, speech, before_ms)
        arrival = next((partial.arrival for partial in turn.history if says_something(partial.text)), turn.first)
        latencies.append(Measured(start_ms, _since(arrival.monotonic_s, sent, start_ms), turn.order))
        before_ms = turn.end_ms
    return tuple(latencies)


def word_emission_ms(
    transcript: Transcript, sent: SendTimes, *, spoken: Sequence[Word] | None = None
) -> tuple[Measured, ...]:
    """Word emission latency, one value per word: recv(first message that has the word) - sent(end of the word).

    Words of ended turns. With ``spoken``, only correct words, at their times in ``spoken``; a word that is rewritten
    ("twenty" as "20") counts from its final form on.
    """
    return tuple(
        Measured(end_ms, _since(word.appeared.monotonic_s, sent, end_ms), word.turn_order, word.index)
        for word, end_ms in _ended_words(transcript, spoken)
        if word.appeared is not None
    )


def word_commit_ms(
    transcript: Transcript, sent: SendTimes, *, spoken: Sequence[Word] | None = None
) -> tuple[Measured, ...]:
    """Commit lag, one value per word: recv(first message after which the word never changes) - sent(its end).

    "Never" is determined afterwards, and changes of case and punctuation do not count; a reader or a program that
    waits for the model's own commitment waits longer, up to ``eot_ms``.
    """
    return tuple(
        Measured(end_ms, _since(word.committed.monotonic_s, sent, end_ms), word.turn_order, word.index)
        for word, end_ms in _ended_words(transcript, spoken)
        if word.committed is not None
    )


def paint_times(transcript: Transcript, paints: Iterable[tuple[float, float]]) -> TextPaintTimes:
    """When each text was painted, from the ``paints`` of a view: (arrival of its newest text, time of the paint) in s.

    A text was painted by the first paint that showed it and not yet its successor; one that was replaced before
    any paint is left out.
    """
    ordered = sorted(paints)
    shown = [arrived_s for arrived_s, _ in ordered]
    paint_times: dict[tuple[int, int], float] = {}
    for turn in transcript.turns:
        arrivals = [partial.arrival.monotonic_s for partial in turn.history]
        for number, (arrived_s, replaced_s) in enumerate(pairwise([*arrivals, math.inf])):
            first = bisect_left(shown, arrived_s)
            if first < len(shown) and shown[first] < replaced_s:
                paint_times[turn.order, number] = ordered[first][1]
    return paint_times


def upl_ms(
    transcript: Transcript, captured: SendTimes, paint_times: TextPaintTimes, *, spoken: Sequence[Word] | None = None
) -> tuple[Measured, ...]:
    """User-perceived latency, one value per word: paint(word) - capture(end of the word); microphone to screen.

    ``captured`` has the capture time of each position of the audio, ``paint_times`` the time at which a text of a
    turn was painted, under (turn order, index of the text in ``turn.history``), in seconds of the same clock. Texts
    that were replaced before they were painted are not in it.
    Myrtle.ai's CAIMAN-ASR documentation, and arXiv 2409.05674.
    """
    latencies = []
    for word, end_ms in _ended_words(transcript, spoken):
        painted_s = [paint_times[key] for number in word.seen if (key := (word.turn_order, number)) in paint_times]
        if painted_s:
            latencies.append(Measured(end_ms, _since(min(painted_s), captured, end_ms), word.turn_order, word.index))
    return tuple(latencies)


def transcript_lag_ms(transcript: Transcript, sent: SendTimes) -> tuple[Measured, ...]:
    """Transcript latency, one value per interim text: audio sent by then - end of the text's last word.

    Deepgram's X - Y. Unlike the others it is a length of audio, not of time. Finals are left out.
    """
    latencies = []
    for turn in _spoken_turns(transcript):
        for partial in turn.history:
            arrived_s = partial.arrival.monotonic_s
            if partial.words and (turn.final is None or arrived_s < turn.final.monotonic_s):
                end_ms = partial.words[-1].end_ms
                latencies.append(Measured(end_ms, sent.sent_ms(arrived_s) - end_ms, turn.order))
    return tuple(latencies)


def eot_ms(transcript: Transcript, sent: SendTimes, *, speech: Speech | None = None) -> tuple[Measured, ...]:
    """End-of-turn latency, one value per ended turn: recv(first ``end_of_turn``) - sent(end of speech)."""
    check_speech(speech)
    latencies = []
    for turn in _spoken_turns(transcript):
        if turn.final is not None:
            end_ms = speech_end_ms(turn, speech)
            latencies.append(Measured(end_ms, _since(turn.final.monotonic_s, sent, end_ms), turn.order))
    return tuple(latencies)


def ttct_ms(transcript: Transcript, sent: SendTimes) -> tuple[Measured, ...]:
    """Time to complete transcript, one value per settled turn: recv(its last final) - sent(end of its last word).

    The last final is the formatted one where formatting is enabled. The silence that the model waits for is
    included. A session that is ended right after the last word gives a lower bound.
    """
    return tuple(
        Measured(turn.end_ms, _since(complete_s, sent, turn.end_ms), turn.order)
        for turn in _spoken_turns(transcript)
        if (complete_s := _complete_s(turn)) is not None
    )


def ttfs_ms(transcript: Transcript, sent: SendTimes, *, speech: Speech | None = None) -> tuple[Measured, ...]:
    """Time to final segment (TTFS), one value per utterance: recv(its last final) - sent(end of speech).

    An utterance is a time range of ``speech`` with the turns that overlap it, and the next range too where one
    turn spans both; without ``speech`` it is a turn. It counts once all its turns have settled.
    Also "time to final transcript" (Artificial Analysis) and "transcription delay" (LiveKit). Forced
    endpoints and the server's own are two different experiments: state which.
    """
    check_speech(speech)
    latencies = []
    for end_ms, utterance_turns in _utterances(_spoken_turns(transcript), speech):
        complete = [complete_s for turn in utterance_turns if (complete_s := _complete_s(turn)) is not None]
        if len(complete) == len(utterance_turns):
            latencies.append(Measured(end_ms, _since(max(complete), sent, end_ms), utterance_turns[-1].order))
    return tuple(latencies)


def endpoint_wait_ms(transcript: Transcript, sent: SendTimes, *, speech: Speech | None = None) -> tuple[Measured, ...]:
    """Endpointing delay, one value per turn: its ``eot_ms`` - ``word_commit_ms`` of its last word.

    The part of the delay that is due to silence settings, not to the model's speed.
    """
    last = {value.turn_order: value.value_ms for value in word_commit_ms(transcript, sent)}
    return tuple(
        Measured(value.at_ms, value.value_ms - last[value.turn_order], value.turn_order)
        for value in eot_ms(transcript, sent, speech=speech)
        if value.turn_order in last
    )


def _spoken_turns(transcript: Transcript) -> list[Turn]:
    return [turn for turn in transcript.turns if turn.is_speech and turn.words]


def _utterances(turns: list[Turn], speech: Speech | None) -> list[tuple[float, list[Turn]]]:
    """The end of each utterance in ms, and its turns."""
    if speech is None:
        return [(turn.end_ms, [turn]) for turn in turns]
    utterances: list[tuple[float, list[Turn]]] = []
    for start_ms, end_ms in speech:
        utterance_turns = [turn for turn in turns if overlaps(turn, (start_ms, end_ms))]
        if utterance_turns and utterances and utterance_turns[0] is utterances[-1][1][-1]:
            utterances[-1] = (end_ms, [*utterances[-1][1], *utterance_turns[1:]])
        elif utterance_turns:
            utterances.append((end_ms, utterance_turns))
    return utterances


def _since(timestamp_s: float, sent: SendTimes, position_ms: float) -> float:
    return 1000 * (timestamp_s - sent.at(position_ms))


def _complete_s(turn: Turn) -> float | None:
    """When the settled text of ``turn`` arrived: its last change, or its final where that changed nothing."""
    if turn.final is None or not turn.settled:
        return None
    return max(turn.final.monotonic_s, turn.history[-1].arrival.monotonic_s if turn.history else turn.final.monotonic_s)


def _ended_words(transcript: Transcript, spoken: Sequence[Word] | None) -> Iterator[tuple[Appearance, float]]:
    """The words of ended turns and their end in ms; with ``spoken``, those that match, and their end there."""
    ended = {turn.order for turn in transcript.turns if turn.ended}
    words = [word for word in appearances(transcript) if word.turn_order in ended]
    if spoken is None:
        yield from ((word, word.word.end_ms) for word in words)
        return
    for slot in align(([word.word for word in words], spoken)):
        word, spoken_word = slot.cells
        if word is not None and spoken_word is not None and spoken_word.end_ms is not None and slot.agree:
            yield words[word.index], spoken_word.end_ms
