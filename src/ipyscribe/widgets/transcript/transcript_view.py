"""The live transcript."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.session import SessionLike
from ipyscribe.transcript import Transcript, Turn
from ipyscribe.widgets.shared.paint_times import PaintTimes, newest_arrival_s
from ipyscribe.widgets.shared.publisher import PUBLISH_EVERY_S, Publisher
from ipyscribe.widgets.shared.sound_requests import SoundRequests
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.transcript.turn_json import turn_json

Json = dict[str, Any]


class TranscriptView(View):
    """The turns of a session as they are spoken, in a cell of their own: ``TranscriptView(session)``.

    Settled words stand still, unfinished ones are italic and underlined. It scrolls with the newest words until
    the reader scrolls back. A click on a word plays it.
    """

    front = "transcript/transcript_view"
    hint = traitlets.Unicode("No speech recognised yet.").tag(sync=True)
    badge = traitlets.Unicode().tag(sync=True)
    """What has to be known of the words, such as that they are simulated."""
    moment = traitlets.Unicode().tag(sync=True)
    """Which earlier moment is shown, in words; empty for the newest."""
    has_sound = traitlets.Bool(True).tag(sync=True)
    """Whether words can be played."""
    reserved = traitlets.Bool(True).tag(sync=True)
    """Whether the room for words is kept while there are none, so that what stands below does not move."""

    def __init__(self, session: SessionLike | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sounds = SoundRequests(self)
        self._paints = PaintTimes[float]()
        self._session: SessionLike | None = None
        self._shown: tuple[Turn, ...] = ()
        self._sent: list[tuple[Turn, Json]] = []
        self._resend = False
        if session is not None:
            publisher = Publisher(
                lambda: self.show_session(session), interval_s=PUBLISH_EVERY_S, name="transcript", burst=2
            )
            self.wake = publisher.poke
            session.on_change(publisher.poke)

    def show_session(self, session: SessionLike, shown: SessionLike | None = None) -> None:
        """``show`` a session's transcript, and whose words they are; ``shown`` is its replay at an earlier moment."""
        if session is not self._session:
            self._session = session
            self._clear()
        self.badge = session.model.title if session.simulated else ""
        transcript = (shown or session).transcript
        self.show(transcript, measured=shown is None or shown is session)
        self._sounds.answer((transcript,), lambda: session.tape)

    def show(self, transcript: Transcript, *, measured: bool = False) -> None:
        """Send the turns that the browser does not have yet; from one thread only.

        It keeps the turns that it was sent, also those that an earlier moment hides. Where it is ``measured`` the
        view acknowledges when it has painted them.
        """
        turns, shown = transcript.turns, self._shown
        resend, self._resend = self._resend, False
        if turns is shown and not resend:
            return
        if resend:
            self._sent.clear()
        self._shown = turns
        rows = self._changed_rows(turns)
        if resend or rows or len(turns) != len(shown):
            arrival_s = newest_arrival_s(transcript) if measured else None
            number = None if arrival_s is None else self._paints.sent(arrival_s)
            self.post("turns", count=len(turns), rows=rows, whole=resend, number=number)

    def _changed_rows(self, turns: tuple[Turn, ...]) -> list[list[Any]]:
        """The turns, with their numbers, of which the browser has an older state or none."""
        sent = self._sent
        changed = [index for index, (turn, (old, _)) in enumerate(zip(turns, sent, strict=False)) if turn is not old]
        rows: list[list[Any]] = []
        for index in (*changed, *range(len(sent), len(turns))):
            row = turn_json(turns[index])
            if index == len(sent):
                sent.append((turns[index], row))
            else:
                old_row, sent[index] = sent[index][1], (turns[index], row)
                if row == old_row:
                    continue
            rows.append([index, row])
        return rows

    def _clear(self) -> None:
        """Begin anew with another session."""
        if self._sent:
            self._sent.clear()
            self._shown = ()
            self.post("turns", count=0, rows=[], whole=True)

    def on_message(self, message: dict[str, Any]) -> bool:
        """A view that has just appeared needs everything; one may ask for a word's sound, or acknowledge a paint."""
        if message.get("kind") == "painted":
            for arrival_s, at_s in self._paints.acknowledged(message):
                if self._session is not None:
                    self._session.tape.record_paint(arrival_s, at_s)
            return False
        if message.get("kind") == "hello":
            self._resend = True
        self._sounds.queue(message)
        return True
