"""The live transcript."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.session import SessionLike
from ipyscribe.transcript import Transcript, Turn
from ipyscribe.widgets.shared.paint_times import PaintTimes, newest_arrival_s
from ipyscribe.widgets.shared.publisher import Publisher
from ipyscribe.widgets.shared.sound_requests import SoundRequests
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.transcript.turn_json import row

Json = dict[str, Any]
PUBLISH_EVERY_S = 0.05


class TranscriptView(View):
    """The turns of a session as they are spoken, in a cell of their own: ``TranscriptView(session)``.

    Settled words stand still, unfinished ones are italic and underlined. It follows the newest words until
    the reader scrolls back. A press on a word plays it.
    """

    front = "transcript/transcript_view"
    hint = traitlets.Unicode("Nothing was said yet.").tag(sync=True)
    badge = traitlets.Unicode().tag(sync=True)
    """What has to be known of the words, such as that they are simulated."""
    moment = traitlets.Unicode().tag(sync=True)
    """Which earlier moment is shown, in words; empty for the newest."""
    sounding = traitlets.Bool(True).tag(sync=True)
    """Whether words can be heard."""

    def __init__(self, session: SessionLike | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sounds = SoundRequests(self)
        self._paints = PaintTimes[float]()
        self._of: SessionLike | None = None
        self._shown: tuple[Turn, ...] = ()
        self._known: list[tuple[Turn, Json]] = []
        self._whole = False
        if session is not None:
            publisher = Publisher(
                lambda: self.show_session(session), interval_s=PUBLISH_EVERY_S, name="transcript", burst=2
            )
            self.wake = publisher.poke
            session.on_change(publisher.poke)

    def show_session(self, session: SessionLike, shown: SessionLike | None = None) -> None:
        """``show`` what a session has said, and whose words they are; ``shown`` is its replay at an earlier moment."""
        if session is not self._of:
            self._of = session
            self._forget()
        self.badge = session.model.title if session.simulated else ""
        transcript = (shown or session).transcript
        self.show(transcript, stamped=shown is None or shown is session)
        self._sounds.answer(transcript, session.tape)

    def show(self, transcript: Transcript, *, stamped: bool = False) -> None:
        """Send what the browser does not know yet; from one thread only.

        It keeps the rows that it was told, also those that an earlier moment hides. Where it is ``stamped`` the
        view says when it has painted them.
        """
        turns, shown = transcript.turns, self._shown
        whole, self._whole = self._whole, False
        if turns is shown and not whole:
            return
        if whole:
            self._known.clear()
        self._shown = turns
        rows = self._news(turns)
        if whole or rows or len(turns) != len(shown):
            arrived_s = newest_arrival_s(transcript) if stamped else None
            number = None if arrived_s is None else self._paints.sent(arrived_s)
            self.tell("turns", count=len(turns), rows=rows, whole=whole, number=number)

    def _news(self, turns: tuple[Turn, ...]) -> list[list[Any]]:
        """The rows, with their numbers, of which the browser has others or none."""
        known = self._known
        changed = [
            index for index, (turn, (other, _)) in enumerate(zip(turns, known, strict=False)) if turn is not other
        ]
        rows: list[list[Any]] = []
        for index in (*changed, *range(len(known), len(turns))):
            made = row(turns[index])
            if index == len(known):
                known.append((turns[index], made))
            else:
                told, known[index] = known[index][1], (turns[index], made)
                if made == told:
                    continue
            rows.append([index, made])
        return rows

    def _forget(self) -> None:
        """Begin anew: what was known of another session does not count."""
        if self._known:
            self._known.clear()
            self._shown = ()
            self.tell("turns", count=0, rows=[], whole=True)

    def on_message(self, message: dict[str, Any]) -> bool:
        """A view that has just appeared needs everything; one may ask to hear a word, or say what it has painted."""
        if message.get("kind") == "painted":
            for arrived_s, at_s in self._paints.painted(message):
                if self._of is not None:
                    self._of.tape.painted(arrived_s, at_s)
            return False
        if message.get("kind") == "hello":
            self._whole = True
        self._sounds.ask(message)
        return True
