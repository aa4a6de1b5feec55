"""The live transcript."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.session import Listening
from ipyscribe.transcript import Transcript, Turn
from ipyscribe.widgets.base import View
from ipyscribe.widgets.publisher import Publisher
from ipyscribe.widgets.rows import row

PUBLISH_EVERY_S = 0.05


class TranscriptView(View):
    """The turns of a session as they are spoken, in a cell of their own: ``TranscriptView(session)``.

    Settled words stand still, unfinished ones are italic and underlined. It follows the newest words until
    the reader scrolls back.
    """

    front = "transcript"
    hint = traitlets.Unicode("Nothing was said yet.").tag(sync=True)
    badge = traitlets.Unicode().tag(sync=True)
    """What has to be known of the words, such as that they are simulated."""

    def __init__(self, session: Listening | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sent: tuple[Turn, ...] = ()
        self._whole = False
        if session is not None:
            publisher = Publisher(lambda: self.show_session(session), interval_s=PUBLISH_EVERY_S, name="transcript")
            self.wake = publisher.poke
            session.on_change(publisher.poke)

    def show_session(self, session: Listening) -> None:
        """``show`` what a session has said, and whose words they are."""
        self.badge = session.model.title if session.simulated else ""
        self.show(session.transcript)

    def show(self, transcript: Transcript) -> None:
        """Send what has changed since the last call; from one thread only."""
        turns, sent = transcript.turns, self._sent
        whole, self._whole = self._whole, False
        changed = [index for index, turn in enumerate(turns) if whole or index >= len(sent) or sent[index] is not turn]
        if not (changed or whole or len(turns) != len(sent)):
            return
        self._sent = turns
        self.tell("turns", count=len(turns), rows=[[index, row(turns[index])] for index in changed])

    def on_message(self, message: dict[str, Any]) -> None:
        """A view that has just appeared needs everything."""
        if message.get("kind") == "hello":
            self._whole = True
