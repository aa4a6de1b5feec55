"""A comparison: one source of sound, several sessions, at once; or its recording."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, Unpack, cast

from ipyscribe.access.endpoint import Token
from ipyscribe.audio import AudioSource
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.comparison.lane_group import LaneGroup, LiveLanes, RecordedLanes
from ipyscribe.comparison.model_choices import (
    FEWEST_MODELS,
    Models,
    billed_model,
    duration_limit_s,
    hidden_models,
    model_choices,
)
from ipyscribe.comparison.reference import NO_REFERENCE, Reference
from ipyscribe.comparison.static_page import frozen_comparison
from ipyscribe.comparison.table import Table
from ipyscribe.errors import ScribeError, SessionStateError
from ipyscribe.export import Frozen
from ipyscribe.metrics.normalise import Equivalents, NormaliserName
from ipyscribe.notebook import NotebookDisplay, end_with_cell
from ipyscribe.progress import progress
from ipyscribe.protocol import SessionSettings
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.secret import hidden, hidden_settings
from ipyscribe.replay import Replay
from ipyscribe.session import Session
from ipyscribe.session.session import CONNECT_FOR_S, RECONNECT_FOR_S, SILENT_SERVER_S
from ipyscribe.tape import Tape
from ipyscribe.tape.event_loop import wait_until

_STILL_RUNNING = "The comparison is still running: it is scored against the whole reference once it has ended."


class Comparison(NotebookDisplay, ComparedLanes):
    """Streams one source to several models at once and keeps the transcript of each.

    ``models`` are 2 to 6 names of ``ipyscribe.models()``, or a mapping of labels to names or to the settings of
    that model alone: ``{"quick": "u3-rt-pro", "patient": {"model": "u3-rt-pro", "max_turn_silence": 3000}}``. All
    receive the same samples from the first one on; one that fails or reconnects does not disturb the others.
    ``reference`` is the correct text: a str, one utterance per line, or the name of a text file. ``max_cost_usd`` in US
    dollars and ``max_duration_s`` in seconds hold for all together. ``sessions_per_minute`` is how many sessions the
    account may open in a minute, else that of ``IPYSCRIBE_SESSIONS_PER_MINUTE``, else 5. The other arguments are those
    of ``Session``, for all.

    ``run()`` starts it and waits for the end, or ``start()`` and ``stop()``; ``with comparison:`` does both. It
    can be started again once it is over. As the last expression of a notebook cell it shows itself, and ``view``
    puts it into a box. ``Comparison.from_tape`` gives one that was recorded.

    Raises ``ParameterError`` and ``MissingKeyError`` here.
    """

    fewest = FEWEST_MODELS
    ends_with_cell = True
    view_factory = "ipyscribe.widgets.comparison.comparison_view:ComparisonView"

    def __init__(
        self,
        models: Models,
        *,
        source: AudioSource,
        reference: str | os.PathLike[str] | None = None,
        language: str = "en",
        keyterms: Sequence[str] = (),
        normaliser: NormaliserName = "ipyscribe",
        equivalents: Equivalents = (),
        max_cost_usd: float | None = None,
        max_duration_s: float | None = None,
        endpoint: str | None = None,
        api_key: str | None = None,
        token: Token | None = None,
        connect_for_s: float = CONNECT_FOR_S,
        reconnect_for_s: float = RECONNECT_FOR_S,
        silent_server_s: float = SILENT_SERVER_S,
        record_audio: bool = True,
        keep_audio_s: float | None = None,
        price_per_hour_usd: float | None = None,
        sessions_per_minute: int | None = None,
        **settings: Unpack[SessionSettings],
    ) -> None:
        # Hidden first: what is raised from here on may be shown with the variables of this call.
        models, settings = hidden_models(models), cast(SessionSettings, hidden_settings(settings))
        api_key, token = hidden(api_key), hidden(token)
        choices = model_choices(models, fewest=self.fewest)
        common: dict[str, Any] = {
            "endpoint": endpoint,
            "api_key": api_key,
            "token": token,
            "connect_for_s": connect_for_s,
            "reconnect_for_s": reconnect_for_s,
            "silent_server_s": silent_server_s,
            "record_audio": record_audio,
            "keep_audio_s": keep_audio_s,
            "price_per_hour_usd": price_per_hour_usd,
            **settings,
        }
        limit_s = duration_limit_s([billed_model(choice, common) for choice in choices], max_cost_usd, max_duration_s)
        self._prepare(LiveLanes(choices, source, common, limit_s, sessions_per_minute))
        super().__init__(
            [choice.label for choice in choices],
            self._group.lanes,
            reference=reference,
            language=language,
            keyterms=keyterms,
            normaliser=normaliser,
            equivalents=equivalents,
        )

    @classmethod
    def from_tape(
        cls,
        tape: Tape | str | os.PathLike[str],
        *,
        labels: Sequence[str] | None = None,
        speed: float = 1.0,
        reference: str | os.PathLike[str] | None = None,
        language: str = "en",
        keyterms: Sequence[str] = (),
        normaliser: NormaliserName = "ipyscribe",
        equivalents: Equivalents = (),
    ) -> Self:
        """A comparison that was recorded, with all that is on its tape; ``start()`` plays it from the beginning.

        ``tape`` is a ``Tape`` or the path of one; ``labels`` replace those on it; ``speed`` is that of the playback,
        as in ``Replay``. Raises ``TapeError`` and ``ParameterError``.
        """
        replay = Replay(tape, speed=speed)
        replay.seek(math.inf)
        return cls.from_replay(
            replay,
            labels=labels,
            reference=reference,
            language=language,
            keyterms=keyterms,
            normaliser=normaliser,
            equivalents=equivalents,
        )

    @classmethod
    def from_replay(
        cls,
        replay: Replay,
        *,
        labels: Sequence[str] | None = None,
        reference: str | os.PathLike[str] | None = None,
        language: str = "en",
        keyterms: Sequence[str] = (),
        normaliser: NormaliserName = "ipyscribe",
        equivalents: Equivalents = (),
    ) -> Self:
        """The lanes of ``replay`` compared, at its current position. Raises ``ParameterError``."""
        comparison = cls.__new__(cls)
        comparison._prepare(RecordedLanes(replay))
        ComparedLanes.__init__(
            comparison,
            labels or replay.tape.labels,
            replay.lanes,
            reference=reference,
            language=language,
            keyterms=keyterms,
            normaliser=normaliser,
            equivalents=equivalents,
        )
        return comparison

    def _prepare(self, group: LaneGroup) -> None:
        self._group = group
        self._starting = threading.Lock()
        self._over_for_good = False
        if self.ends_with_cell:
            end_with_cell(self.request_stop)

    @property
    def source(self) -> AudioSource | None:
        """Where the sound comes from; None for a recording."""
        return self._group.source if isinstance(self._group, LiveLanes) else None

    @property
    def sessions(self) -> tuple[Session, ...]:
        """One for each model, new ones at each start; none for a recording."""
        return self._group.sessions if isinstance(self._group, LiveLanes) else ()

    @property
    def replay(self) -> Replay | None:
        """The replay of a recording; None for a live comparison."""
        return self._group.replay if isinstance(self._group, RecordedLanes) else None

    @property
    def errors(self) -> dict[str, ScribeError]:
        """The errors that ended sessions, by label."""
        pairs = zip(self.labels, self.lanes, strict=True)
        return {label: lane.error for label, lane in pairs if lane.error is not None}

    @property
    def started(self) -> bool:
        """Whether it was started."""
        return self._group.started

    @property
    def paused(self) -> bool:
        """Whether silence is sent instead of sound, or the playback is paused."""
        return self._group.paused

    def start(self, *, confirm: bool = False) -> Self:
        """Open all sessions, or play the recording, in the background; returns at once.

        Raises ``SessionStateError`` while it runs and after ``close``, and before anything is opened
        ``SessionLimitError`` where AssemblyAI would refuse some of the sessions because there are too many new ones.
        With ``confirm=True`` they are opened anyway, and the refused ones wait and try again.
        """
        with self._starting:
            if self._over_for_good:
                raise SessionStateError("This comparison was closed.", advice="Make a new one.")
            self._group.start(confirm=confirm)
            if self._group.lanes is not self._lanes:
                self._attach(self._group.lanes)
        self._changed()
        return self

    def run(self, *, confirm: bool = False) -> Self:
        """Start and wait for the end; ``confirm`` as in ``start``. Raises the first error if all sessions failed."""
        self.start(confirm=confirm)
        try:
            self.wait()
        finally:
            self.stop()
        return self

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all are over; False on timeout. Raises the first error if all sessions failed."""
        over = threading.Event()
        unsubscribe = self.on_change(lambda: over.set() if self.done else None)
        try:
            with progress(self._progress_text):
                # In slices: where a wait cannot be interrupted, as on Windows, Ctrl-C gets through between two.
                left_s = math.inf if timeout_s is None else timeout_s
                while left_s > 0 and not (self.done or over.wait(min(1.0, left_s))):
                    left_s -= 1.0
        finally:
            unsubscribe()
            if self.done:
                self._update_saved_copy()
        self._raise_error()
        return self.done

    def _progress_text(self) -> str:
        counts = ", ".join(f"{label} {len(words.turns)}" for label, words in self.transcripts.items())
        return f"{clock_text(self.audio_ms / 1000)}; turns: {counts}"

    async def finished(self) -> None:
        """Wait until all are over without blocking the event loop. Raises the errors of ``wait``."""
        import asyncio  # as slow to import as all the rest

        try:
            await wait_until(lambda: self.done, self.on_change)
        finally:
            if self.done:
                await asyncio.to_thread(self._update_saved_copy)
        self._raise_error()

    def table(self) -> Table:
        """One row for each model, with the standard measures; see ``ipyscribe.metrics``."""
        table = super().table()
        if self._scored_reference is not self._reference:
            table.notes = (*(note for note in table.notes if note != NO_REFERENCE), _STILL_RUNNING)
        return table

    @property
    def _scored_reference(self) -> Reference:
        """While words are still to be spoken, the corrections alone: the others would count as deletions."""
        reference = self._reference
        if reference.text is None or not (self.sessions and self.started and not self.done):
            return reference
        return replace(reference, text=None)

    def pause(self) -> None:
        """Send all of them silence instead of sound, or pause the playback.

        The sessions stay open and are billed. Raises ``SessionStateError`` unless it runs.
        """
        self._group.pause()
        self._changed()

    def resume(self) -> None:
        """Listen again, or play on. Raises ``SessionStateError`` unless it runs."""
        self._group.resume()
        self._changed()

    def force_endpoint(self) -> None:
        """End the open turn of each model now. Raises ``SessionStateError`` unless it runs."""
        self._group.force_endpoint()

    def request_stop(self) -> None:
        """Ask for the end of all and do not wait for it."""
        self._group.request_stop()

    def stop(self, timeout_s: float = 6.0) -> bool:
        """Ask all for the orderly end and wait at most ``timeout_s``; True if they are over.

        Any number of times, from any thread.
        """
        over = self._group.stop(timeout_s)
        self._update_saved_copy()
        return over

    def freeze(self, *, title: str | None = None, sound: bool = False) -> Frozen:
        """Aligned words, timeline and table as they stand, as HTML without script; of a recording all of it.

        ``sound=True`` embeds the sound that was kept. It shows itself as the last expression of a cell, and
        ``.save(path)`` writes a page. Raises ``ParameterError`` where no sound was kept, ``MissingDependencyError``
        where it cannot be encoded.
        """
        with progress(lambda: "Building the page: words, timelines and table."):
            return frozen_comparison(self, self.at_end(), title=title, sound=sound)

    def at_end(self) -> ComparedLanes:
        """A recording with its complete tape, whatever its playback position; a live comparison itself."""
        if not isinstance(self._group, RecordedLanes):
            return self
        complete = ComparedLanes(self.labels, self._group.at_end().lanes)
        complete._reference = self._reference
        return complete

    def close(self) -> None:
        """End it for good, and take its view away."""
        with self._starting:
            self._over_for_good = True
        self.stop()
        self._close_view()

    def _raise_error(self) -> None:
        errors = self.errors
        if errors and len(errors) == len(self._lanes):
            raise next(iter(errors.values())).with_traceback(None)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            self._raise_error()

    def __repr__(self) -> str:
        if self.replay is not None:
            state = "recording"
        else:
            state = "ready" if not self.started else "over" if self.done else "running"
        return f"<Comparison of {', '.join(self.labels)}: {state}>"
