"""The lanes of a comparison run together: live sessions that share a source, or a recording of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ipyscribe.audio import AudioSource
from ipyscribe.comparison.fan_out import FanOut, FanOutSource
from ipyscribe.comparison.model_choices import ModelChoice
from ipyscribe.errors import ParameterError, SessionStateError
from ipyscribe.replay import Replay
from ipyscribe.session import Session, SessionLike
from ipyscribe.session.opening_limit import check_openings, set_limit

_OPEN = ("connecting", "listening", "paused", "reconnecting")


class LaneGroup(Protocol):
    """The operations of a comparison on all its lanes. ``start`` makes new lanes once the old ones are over."""

    @property
    def lanes(self) -> tuple[SessionLike, ...]: ...
    @property
    def started(self) -> bool: ...
    @property
    def paused(self) -> bool: ...
    def start(self, *, confirm: bool) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def force_endpoint(self) -> None: ...
    def request_stop(self) -> None: ...
    def stop(self, timeout_s: float) -> bool: ...


class LiveLanes:
    """A session for each of ``choices``, all of which receive ``source`` from its first sample on."""

    def __init__(
        self,
        choices: Sequence[ModelChoice],
        source: AudioSource,
        common_settings: Mapping[str, Any],
        max_duration_s: float | None,
        sessions_per_minute: int | None = None,
    ) -> None:
        if not isinstance(source, AudioSource):
            raise ParameterError(
                f"source={source!r:.80} is not a source of sound.",
                advice="Give an AudioFile, an AudioArray or a Microphone.",
            )
        self.source = source
        self.started = False
        self._choices = tuple(choices)
        self._settings = {**common_settings, "max_duration_s": max_duration_s}
        self._renew()
        set_limit((session.endpoint for session in self.sessions), sessions_per_minute)

    @property
    def lanes(self) -> tuple[SessionLike, ...]:
        """The sessions."""
        return self.sessions

    @property
    def paused(self) -> bool:
        """Whether silence is sent instead of sound."""
        return self._fan_out.paused

    def start(self, *, confirm: bool) -> None:
        """Open all sessions in the background. Raises ``SessionStateError`` while they run.

        Raises ``SessionLimitError`` where they are more than may be opened now, unless that was confirmed.
        """
        if self.started:
            if not all(session.done for session in self.sessions):
                raise SessionStateError("This comparison is running.", advice="Stop it first, or wait for its end.")
            self._renew()
        if not confirm:
            check_openings((session.endpoint for session in self.sessions), time.monotonic())
        self.started = True
        for session in self.sessions:
            session.start()

    def pause(self) -> None:
        """Send silence instead of sound."""
        self._require_open("pause")
        self._fan_out.paused = True

    def resume(self) -> None:
        """Send sound again."""
        self._require_open("resume")
        self._fan_out.paused = False

    def force_endpoint(self) -> None:
        """End the open turn of every session that is open."""
        for session in self._require_open("force_endpoint"):
            session.force_endpoint()

    def request_stop(self) -> None:
        """Ask every session for its end."""
        for session in self.sessions:
            session.request_stop()

    def stop(self, timeout_s: float) -> bool:
        """Ask every session for its end and wait at most ``timeout_s`` for all of them."""
        self.request_stop()
        until_s = time.monotonic() + timeout_s
        return all(session.stop(max(0.0, until_s - time.monotonic())) for session in self.sessions)

    def _require_open(self, call: str) -> list[Session]:
        open_sessions = [session for session in self.sessions if session.status in _OPEN]
        if self.started and open_sessions:
            return open_sessions
        state = "over" if self.started else "not started"
        raise SessionStateError(f"{call}() needs a running comparison; this one is {state}.", advice="Start it first.")

    def _renew(self) -> None:
        self._fan_out = fan_out = FanOut(self.source, len(self._choices))
        self.sessions = tuple(
            Session(choice.model, source=lane_source, **{**self._settings, **choice.settings})
            for choice, lane_source in zip(self._choices, fan_out.lane_sources, strict=True)
        )
        for session, lane_source in zip(self.sessions, fan_out.lane_sources, strict=True):
            session.on_change(_leave_when_over(session, fan_out, lane_source))


class RecordedLanes:
    """The lanes of a replay; a replay that was stopped is replaced by a new one of the same tape."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.started = False

    @property
    def lanes(self) -> tuple[SessionLike, ...]:
        """A replay of each lane; they move together."""
        return self.replay.lanes

    @property
    def paused(self) -> bool:
        """Whether the replay was started and is paused."""
        return self.replay.status == "paused"

    def start(self, *, confirm: bool) -> None:  # noqa: ARG002 - a recording opens no session
        """Play from the current position, from the beginning once the end was reached."""
        if self.started and self.replay.playing:
            raise SessionStateError("This comparison is playing.", advice="Stop it first, or wait for its end.")
        if self.replay.done:
            self.replay.request_stop()
            self.replay = Replay(self.replay.tape, speed=self.replay.speed)
        self.started = True
        self.replay.start()

    def pause(self) -> None:
        """Pause it."""
        self.replay.pause()

    def resume(self) -> None:
        """Play on."""
        self.replay.resume()

    def force_endpoint(self) -> None:
        """Always raises ``SessionStateError``: the turns of a recording are fixed."""
        raise SessionStateError(
            "force_endpoint() needs a running comparison; this one is a recording.", advice="Start a new Comparison."
        )

    def request_stop(self) -> None:
        """Ask the replay to stop."""
        self.replay.request_stop()

    def stop(self, timeout_s: float) -> bool:
        """Stop the replay and wait at most ``timeout_s`` for it."""
        return self.replay.stop(timeout_s)

    def at_end(self) -> RecordedLanes:
        """Another replay of the same tape that stands at its end."""
        replay = Replay(self.replay.tape)
        replay.seek(math.inf)
        return RecordedLanes(replay)


def _leave_when_over(session: Session, fan_out: FanOut, lane_source: FanOutSource) -> Callable[[], None]:
    """A listener that takes a session that is over from those for which the sound waits."""

    def changed() -> None:
        if not lane_source.opened and session.done:
            fan_out.leave(lane_source)

    return changed
