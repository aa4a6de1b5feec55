"""A recorded session that plays again in place of a live one."""

from __future__ import annotations

import math
import os
import time
import weakref
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock
from ipyscribe.audio.level import level_dbfs
from ipyscribe.errors import ParameterError, SessionStateError
from ipyscribe.notebook import NotebookDisplay, end_with_cell
from ipyscribe.protocol.python_values import python_values
from ipyscribe.replay.player import Player, Track
from ipyscribe.tape import Lane, LaneManifest, SessionSnapshot, Tape
from ipyscribe.tape.base_session import BaseSession
from ipyscribe.tape.status import DONE, Status
from ipyscribe.transcript import Transcript, Turn

_SLICE_S = 1.0
_TURNS_BACK = 8


class Replay(BaseSession, NotebookDisplay):
    """Plays a tape. Views, metrics and exports use it as they use the session that was recorded.

    ``tape`` is a ``Tape`` or the path of one. ``speed`` is 1.0 for the pace at which it was, 2.0 for twice as
    fast, ``math.inf`` for as fast as it can be. ``start()`` plays, ``pause()`` and ``resume()`` pause it and go on,
    ``step()`` and ``step_back()`` go by one change, ``seek(time_s)`` shows it exactly as it stood at that moment,
    also before the start and after the end. A tape of several lanes has a replay for each in ``lanes``; they move
    together. Properties of the replay itself are those of the first, but exports and views show all.

    ``with replay:`` starts it and stops it at the end of the block. Raises ``StorageError`` and
    ``TapeError`` for a tape that cannot be read and ``ParameterError`` for a speed that is not above 0; ``wait``,
    ``finished`` and ``iter_turns`` raise the error that ended the session.
    """

    view_factory = "ipyscribe.widgets.replay.replay_view:view_of"

    def __init__(
        self,
        tape: Tape | str | os.PathLike[str],
        *,
        speed: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tape = tape if isinstance(tape, Tape) else Tape.load(tape)
        tracks = tuple(Track(lane) for lane in self.tape.lanes)
        player = Player(tracks, self.tape.duration_s, speed=speed, clock=clock)
        self._attach(player, tracks[0])
        self._first = self
        self.lanes: tuple[Replay, ...] = tuple(map(self._beside, tracks)) if len(tracks) > 1 else (self,)
        weakref.finalize(self, player.stop)
        end_with_cell(self.request_stop)

    def _attach(self, player: Player, track: Track) -> None:
        self._player = player
        self._track = track
        self._captured = track.lane.sound.captured
        self._simulated = track.lane.simulated

    def _beside(self, track: Track) -> Replay:
        other = Replay.__new__(type(self))
        other.tape = self.tape
        other._attach(self._player, track)
        other.lanes = (other,)
        other._first = self
        return other

    @property
    def lane(self) -> Lane:
        """The lane that it plays."""
        return self._track.lane

    @property
    def simulated(self) -> bool:
        """True where a server of the same computer had played the model, at every moment of the recording."""
        return self._simulated

    @property
    def position_s(self) -> float:
        """Its position in seconds from the beginning of the tape."""
        return self._player.position_s

    @property
    def duration_s(self) -> float:
        """Length of the tape in seconds."""
        return self._player.duration_s

    @property
    def heard_ms(self) -> float:
        """Length of all sound that was captured, in ms."""
        return 1000 * self._captured.samples_by(math.inf) / SAMPLE_RATE_HZ

    @property
    def speed(self) -> float:
        """The speed; it can be changed at any time. Raises ``ParameterError``."""
        return self._player.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._player.speed = speed

    @property
    def skip_pauses(self) -> bool:
        """Whether it goes on at once where no sound was taken in for more than a second, as while it connected.

        Then it plays on the audio clock. False where nothing else is said: it plays at the pace of the recording.
        """
        return self._player.skip_pauses

    @skip_pauses.setter
    def skip_pauses(self, skip: bool) -> None:
        self._player.skip_pauses = skip

    @property
    def playing(self) -> bool:
        """True while it moves."""
        player = self._player
        return player.started and not (player.paused or player.stopped or player.at_end)

    @property
    def status(self) -> Status:
        """What the session was doing; "paused" while the replay is paused, "ended" once nothing is left."""
        status = self._snapshot.status
        player = self._player
        if status in DONE:
            return status
        if player.stopped or player.at_end:
            return "ended"
        return "paused" if player.paused and player.started else status

    @property
    def done(self) -> bool:
        """True once nothing is left."""
        return self.status in DONE

    @property
    def audio_ms(self) -> float:
        """The audio clock: ms of sound that had been captured."""
        return 1000 * self._captured.samples_by(self._now_s) / SAMPLE_RATE_HZ

    @property
    def level_dbfs(self) -> float:
        """Level of the newest sound: RMS in dB of full scale, minus infinity where none was kept."""
        sound = None if self.done else self.tape.sound
        end = self._captured.samples_by(self._now_s)
        pcm = b"" if sound is None else sound.read(max(0, end - BLOCK_SAMPLES), end)
        return level_dbfs(AudioBlock(pcm, 0, 0.0)) if pcm else -math.inf

    def start(self) -> Self:
        """Play in the background from the present position; returns at once."""
        if self._player.stopped:
            raise SessionStateError("This replay was stopped.", advice="Make a new Replay of the tape.")
        self._player.start()
        return self

    def pause(self) -> None:
        """Pause the replay."""
        self._player.pause()

    def resume(self) -> None:
        """Play on from the present position."""
        self.start()

    def step(self) -> bool:
        """Go on to the next change that a view could see, and pause there; False at the end."""
        return self._player.step()

    def step_back(self) -> None:
        """Go back to how it stood before the newest change of its words, and pause there."""
        self._player.pause()
        changes_s = self.recent_changes_s
        self.seek(changes_s[-2] if len(changes_s) > 1 else 0.0)

    @property
    def recent_changes_s(self) -> list[float]:
        """When the words of the newest turns changed, in seconds from the beginning of the tape, the oldest first."""
        now_s = self._now_s
        arrivals = (past.arrival for turn in self.transcript.turns[-_TURNS_BACK:] for past in turn.history)
        changes_s = sorted({arrival.monotonic_s for arrival in arrivals if arrival.monotonic_s <= now_s})
        return [change_s + self._manifest.offset_s for change_s in changes_s]

    def moment_of(self, audio_ms: float) -> float:
        """When the sound up to ``audio_ms`` had been captured, in seconds from the beginning of the tape.

        The end of the tape where there is less sound.
        """
        lane_s = self._captured.time_of(math.ceil(audio_ms * SAMPLE_RATE_HZ / 1000))
        return min(lane_s + self._manifest.offset_s, self.duration_s)

    def seek(self, time_s: float) -> Transcript:
        """Go to a time, in seconds from the beginning of the tape; returns the transcript as it stood then.

        Raises ``ParameterError`` for a value that is not a time.
        """
        time_s = python_values(time_s)
        if isinstance(time_s, bool) or not isinstance(time_s, int | float) or math.isnan(time_s):
            raise ParameterError(f"time_s={time_s!r} is not a time.", advice="Give seconds from the beginning.")
        self._player.seek(time_s)
        return self.transcript

    def request_stop(self) -> None:
        """Stop playing, without waiting for it."""
        self._player.stop()

    def stop(self, timeout_s: float = 6.0) -> bool:
        """Stop playing; the transcript stays. True if it has stopped within ``timeout_s``."""
        self._player.stop()
        return self._player.join(timeout_s)

    def wait_for_change(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until anything has changed since version ``seen``; gives the version then. For views."""
        self._wait_until(lambda: self._track.version > seen, timeout_s)
        return self._track.version

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; gives back the call that ends this. For views.

        It must be quick and must not raise: set an Event, no more.
        """
        return self._track.listeners.add(listener)

    @property
    def _snapshot(self) -> SessionSnapshot:
        return self._track.snapshot

    @property
    def _manifest(self) -> LaneManifest:
        return self._track.lane.manifest

    @property
    def _now_s(self) -> float:
        return self._player.position_s - self._manifest.offset_s

    @property
    def _settled_turns(self) -> Sequence[Turn]:
        return self._track.settled

    def _require_started(self) -> None:
        """One that was not started can be waited for: it is moved by hand, or started by another thread."""

    def _wait_until(self, holds: Callable[[], bool], timeout_s: float | None) -> bool:
        until_s = math.inf if timeout_s is None else time.monotonic() + timeout_s
        with self._player.changed:
            while not self._player.changed.wait_for(holds, min(_SLICE_S, max(0.0, until_s - time.monotonic()))):
                if time.monotonic() >= until_s:
                    return False
            return True

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Replay of {self.model.title} at {self.position_s:.1f} of {self.duration_s:.1f} s: {self.status}>"
