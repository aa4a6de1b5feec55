"""The queries that a running session and a replay have in common: all are answered from its snapshot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ipyscribe.errors import ScribeError
from ipyscribe.progress import progress
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.models import Model
from ipyscribe.tape.costs import budget_of_session, rates_of
from ipyscribe.tape.event_loop import each_turn, wait_until
from ipyscribe.tape.manifest import LaneManifest
from ipyscribe.tape.notice import Notice
from ipyscribe.tape.session_notices import late_by_s, notices_of
from ipyscribe.tape.snapshot import SessionSnapshot
from ipyscribe.tape.status import DONE, Status
from ipyscribe.transcript import Transcript, Turn


class BaseSession(ABC):
    """A session as its records make it. A subclass supplies the records and the clock."""

    @property
    @abstractmethod
    def _snapshot(self) -> SessionSnapshot:
        """How it stands."""

    @property
    @abstractmethod
    def _manifest(self) -> LaneManifest:
        """The model as requested."""

    @property
    @abstractmethod
    def _now_s(self) -> float:
        """Seconds from the beginning of its tape."""

    @property
    @abstractmethod
    def _settled_turns(self) -> Sequence[Turn]:
        """Each turn once, in the order in which they settled."""

    @abstractmethod
    def _wait_until(self, holds: Callable[[], bool], timeout_s: float | None) -> bool:
        """Sleep until ``holds()`` after some change, or for ``timeout_s``; whether it holds."""

    @abstractmethod
    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; gives back the call that ends this. For views.

        It runs on the thread that serves all sessions, so it must be quick and must not raise: set an Event, no more.
        """

    @property
    def model(self) -> Model:
        """The model or its simulation; its price includes the add-ons of the settings."""
        snapshot, simulated = self._snapshot, self.simulated
        model = self._manifest.model_in_use(simulated=simulated)
        if simulated or not snapshot.price_changes:
            return model
        return replace(model, price_per_hour_usd=snapshot.price_changes[-1][1])

    @property
    def simulated(self) -> bool:
        """True where a server of the same computer plays the model: with ``endpoint="local"``, or once the server of
        another address has reported that it is one."""
        return self._snapshot.simulated

    @property
    def server(self) -> str:
        """Where the words are made: this computer, AssemblyAI, or a host; and whether they are simulated."""
        return self._manifest.server + (", simulated" if self.simulated else "")

    @property
    def parameters(self) -> dict[str, Any]:
        """The connection's parameters, later changes included; a tape has them without secrets."""
        changed = self._snapshot.parameters
        return dict(self._manifest.parameters if changed is None else changed)

    @property
    def status(self) -> Status:
        """ready, connecting, listening, paused, reconnecting, finishing, ended or failed."""
        return self._snapshot.status

    @property
    def done(self) -> bool:
        """True once the session is over."""
        return self._snapshot.status in DONE

    @property
    def error(self) -> ScribeError | None:
        """The error that ended the session, if any."""
        return self._snapshot.error

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person should know now: about the sound, the connection, the budget, the server's warnings."""
        budget = budget_of_session(self._manifest, self._snapshot)
        return notices_of(
            self._snapshot,
            self.model,
            budget_warning="" if self.done else budget.warning(self.open_s),
            late_s=self.late_s,
        )

    @property
    def late_s(self) -> float:
        """By how many seconds words come late now, or came at worst where it is over; 0 while they keep up."""
        return late_by_s(self._snapshot, self.parameters, None if self.done else self._now_s)

    @property
    def transcript(self) -> Transcript:
        """The transcript so far; a snapshot that never changes."""
        return self._snapshot.transcript

    @property
    def open_s(self) -> float:
        """Seconds for which sockets have been open, which is what AssemblyAI bills."""
        return self._snapshot.open_s(self._now_s)

    @property
    def billed_s(self) -> float:
        """The server's own count of ``open_s`` where it gave one, else ``open_s``."""
        return self._snapshot.billed_s(self._now_s)

    @property
    def cost_usd(self) -> float | None:
        """Price so far in US dollars; None where the model has no known price."""
        price = self.model.price_per_hour_usd
        return price if not price else rates_of(self._manifest, self._snapshot).cost_usd(self.billed_s)

    def wait_until_open(self, timeout_s: float | None = None) -> bool:
        """Wait until sound is being sent or the session is over. Raises the error that kept it from opening."""
        self._require_started()
        opened = self._wait_until(self._is_open, timeout_s)
        if not self._snapshot.was_open:
            self._raise_error()
        return opened

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over; False if ``timeout_s`` came first. Raises the error that ended the session."""
        self._require_started()
        with progress(self._progress_text):
            done = self._wait_until(lambda: self.done, timeout_s)
        self._raise_error()
        return done

    def _progress_text(self) -> str:
        turns = len(self.transcript)
        return f"{self.status}: {clock_text(self.open_s)}, {turns} turn{'' if turns == 1 else 's'}"

    def iter_turns(self) -> Iterator[Turn]:
        """Each turn once, as it settles, until the session is over. Raises the error that ended it."""
        self._require_started()
        settled, count = self._settled_turns, 0

        def due() -> bool:
            return len(settled) > count or self.done

        while True:
            self._wait_until(due, None)
            done = self.done
            for turn in settled[count:]:
                count += 1
                yield turn
            if done and count == len(settled):
                self._raise_error()
                return

    async def finished(self) -> None:
        """Wait until it is over, while the event loop goes on. Raises the error that ended the session."""
        self._require_started()
        await wait_until(lambda: self.done, self.on_change)
        self._raise_error()

    async def __aiter__(self) -> AsyncIterator[Turn]:
        """Each turn once, as it settles, while the event loop goes on. Raises the error that ended the session."""
        self._require_started()
        async for turn in each_turn(self._settled_turns, lambda: self.done, self.on_change):
            yield turn
        self._raise_error()

    def _is_open(self) -> bool:
        return self.status not in ("ready", "connecting")

    @abstractmethod
    def _require_started(self) -> None:
        """Raise ``SessionStateError`` where there is nothing to wait for."""

    def _raise_error(self) -> None:
        error = self.error
        if error is not None:
            raise error.with_traceback(None)  # the same object may be raised in several threads, many times
