"""A parser of one connection's messages, for which each costs little however long its turn has become."""

from __future__ import annotations

from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder

from ipyscribe.protocol.messages import Integer, Message, Number, TurnMessage, Word
from ipyscribe.protocol.parse import parse_field_by_field

_NO_WORDS = b"["


class _Turn(
    Struct, frozen=True, gc=False, tag="Turn", rename={"speaker": "speaker_label", "language": "language_code"}
):
    """A ``TurnMessage`` whose words are still JSON."""

    turn_order: Integer
    transcript: str = ""
    utterance: str = ""
    end_of_turn: bool = False
    turn_is_formatted: bool = False
    end_of_turn_confidence: Number | None = None
    words: Raw = Raw(b"[]")
    speaker: str | None = None
    language: str | None = None
    language_confidence: Number | None = None


_read_turn = Decoder(_Turn).decode
_read_words = Decoder(tuple[Word, ...]).decode


class MessageReader:
    """Reads text frames as ``parse_message`` does.

    A Turn repeats all of its words, and nearly all are written as in the Turn before. Those are not parsed again, and
    are the same objects.
    """

    def __init__(self) -> None:
        self._known_json = _NO_WORDS
        """The words of the last Turn as they were written, up to where its last word begins."""
        self._known: tuple[Word, ...] = ()
        """The same words."""

    def read(self, frame: bytes) -> Message:
        """Read one text frame. Never raises."""
        try:
            turn = _read_turn(frame)
            words = self._words(bytes(turn.words))
        except (MsgspecError, ValueError, RecursionError):
            return parse_field_by_field(frame)
        return TurnMessage(
            turn.turn_order,
            turn.transcript,
            turn.utterance,
            turn.end_of_turn,
            turn.turn_is_formatted,
            turn.end_of_turn_confidence,
            words,
            turn.speaker,
            turn.language,
            turn.language_confidence,
        )

    def _words(self, json: bytes) -> tuple[Word, ...]:
        known_json = self._known_json
        if json.startswith(known_json):
            try:
                words = self._known + _read_words(_NO_WORDS + json[len(known_json) :])
            except MsgspecError:  # the last brace was not where a word begins
                words = _read_words(json)
        else:
            words = _read_words(json)
        start = json[: json.rfind(b"{")]
        if start != known_json:
            # An odd number of quotes, or an escaped one, would mean that the brace may be part of a text.
            begins_word = b"\\" not in start and start.count(b'"') % 2 == 0
            self._known_json, self._known = (start, words[:-1]) if begins_word else (_NO_WORDS, ())
        return words
