"""A recorded session that stands where a live one stands."""

from __future__ import annotations

import math
import os
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Self, cast

from ipyscribe.audio.block import BLOCK_SAMPLES, SAMPLE_RATE_HZ, AudioBlock
from ipyscribe.audio.level import level_dbfs
from ipyscribe.errors import ParameterError, ScribeError, SessionStateError
from ipyscribe.notebook import NotebookDisplay, end_with_cell
from ipyscribe.protocol.budget import Budget
from ipyscribe.protocol.models import Model, simulated
from ipyscribe.replay.player import Player, Track
from ipyscribe.tape import Lane, Tape, rebuilt
from ipyscribe.tape.event_loop import each_turn, wait_until
from ipyscribe.tape.notice import Notice, notices_of, simulation_of
from ipyscribe.tape.status import DONE, Status
from ipyscribe.transcript import Transcript, Turn

_SLICE_S = 1.0
_TURNS_BACK = 8


class Replay(NotebookDisplay):
    """Plays a tape: every view, metric and export takes it for the session that was recorded.

    ``tape`` is a ``Tape`` or the path of one. ``speed`` is 1.0 for the pace at which it was, 2.0 for twice as
    fast, ``math.inf`` for as fast as it can be. ``start()`` plays, ``pause()`` and ``resume()`` hold it,
    ``step()`` and ``step_back()`` go by one change, ``seek(moment_s)`` shows it exactly as it stood at that moment,
    also before the start and after the end. A tape of several lanes has a replay for each in ``lanes``; they go
    together. What is asked of the replay itself is that of the first, but exports and views show all.

    ``with replay:`` starts it and stops it at the end of the block. Raises ``StorageError`` and
    ``TapeError`` for a tape that cannot be read and ``ParameterError`` for a speed that is not above 0; ``wait``,
    ``finished`` and ``iter_turns`` raise what had ended the session.
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
        self._about = track.lane.about
        self._heard = track.lane.sound.heard

    def _beside(self, track: Track) -> Replay:
        other = Replay.__new__(type(self))
        other.tape = self.tape
        other._attach(self._player, track)
        other.lanes = (other,)
        other._first = self
        return other

    @property
    def lane(self) -> Lane:
        """What it plays."""
        return self._track.lane

    @property
    def model(self) -> Model:
        """What is known of the model, with the price of that time, or of its simulation."""
        return simulated(self._about.model) if self.simulated else self._about.model

    @property
    def simulated(self) -> bool:
        """True where a server of the same computer had played the model."""
        return self._track.scene.simulated

    @property
    def place(self) -> str:
        """Where the words were made, and whether they were simulated."""
        return self._about.place + (", simulated" if self.simulated else "")

    @property
    def parameters(self) -> dict[str, Any]:
        """The connection's parameters as they were then, without what is secret."""
        changed = self._track.scene.settings
        return dict(self._about.parameters if changed is None else changed)

    @property
    def position_s(self) -> float:
        """Where it is, in seconds from the beginning of the tape."""
        return self._player.place_s

    @property
    def duration_s(self) -> float:
        """Length of the tape in seconds."""
        return self._player.duration_s

    @property
    def heard_ms(self) -> float:
        """Length of the sound that was heard in the end, in ms."""
        return 1000 * self._heard.samples_by(math.inf) / SAMPLE_RATE_HZ

    @property
    def speed(self) -> float:
        """The pace; it may be changed at any moment. Raises ``ParameterError``."""
        return self._player.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._player.speed = speed

    @property
    def playing(self) -> bool:
        """True while it moves."""
        player = self._player
        return player.started and not (player.paused or player.stopped or player.at_end)

    @property
    def status(self) -> Status:
        """What the session was doing; "paused" while the replay is held, "ended" once nothing is left."""
        status = cast(Status, self._track.scene.status)
        player = self._player
        if status in DONE:
            return status
        if player.stopped or player.at_end:
            return "ended"
        return "paused" if player.paused and player.started else status

    @property
    def done(self) -> bool:
        """True once it is over."""
        return self.status in DONE

    @property
    def error(self) -> ScribeError | None:
        """What ended the session, if it was not asked for."""
        return rebuilt(self._track.scene.error)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a person should have known then."""
        scene = self._track.scene
        limit = Budget(self._about.limit_s, self._about.limit_says)
        return notices_of(
            told=[*simulation_of(self.model), *(Notice(*said) for said in (*scene.notes, *scene.watched))],
            sound=None if scene.audio_notice is None else Notice(*scene.audio_notice),
            lost_samples=scene.dropped_samples + scene.lost_samples,
            asked=self._about.model.name,
            begin=scene.leg.begin,
            soon="" if self.done else limit.warning(self.open_s),
            warnings=scene.warnings,
            unknown=scene.unknown,
        )

    @property
    def transcript(self) -> Transcript:
        """What had been said; a snapshot that never changes."""
        return self._track.transcript

    @property
    def audio_ms(self) -> float:
        """The audio clock: ms of sound that had been heard."""
        return 1000 * self._heard.samples_by(self._lane_s) / SAMPLE_RATE_HZ

    @property
    def open_s(self) -> float:
        """Seconds for which sockets had been open."""
        return self._track.scene.open_s(self._lane_s)

    @property
    def billed_s(self) -> float:
        """The server's own count of ``open_s`` where it gave one, else ``open_s``."""
        return self._track.scene.billed_s(self._lane_s)

    @property
    def cost_usd(self) -> float | None:
        """What it had cost in US dollars; None where the model's price was not known."""
        price = self.model.price_per_hour_usd
        return None if price is None else price * self.billed_s / 3600

    @property
    def level_dbfs(self) -> float:
        """Level of the sound that was heard last, in dB of full scale; minus infinity where none was kept."""
        sound = None if self.done else self.tape.sound
        end = self._heard.samples_by(self._lane_s)
        pcm = b"" if sound is None else sound.read(max(0, end - BLOCK_SAMPLES), end)
        return level_dbfs(AudioBlock(pcm, 0, 0.0)) if pcm else -math.inf

    def start(self) -> Self:
        """Play in the background from where it is; gives back at once."""
        if self._player.stopped:
            raise SessionStateError("This replay was stopped.", advice="Make a new Replay of the tape.")
        self._player.start()
        return self

    def pause(self) -> None:
        """Hold it."""
        self._player.pause()

    def resume(self) -> None:
        """Play on from where it is."""
        self.start()

    def step(self) -> bool:
        """Go on to the next change that a view could see, and hold it there; False at the end."""
        return self._player.step()

    def step_back(self) -> None:
        """Go back to how it stood before the newest change of its words, and hold it there."""
        self._player.pause()
        lane_s = self._lane_s
        arrivals = (past.arrival for turn in self.transcript.turns[-_TURNS_BACK:] for past in turn.history)
        changes_s = sorted({arrival.monotonic_s for arrival in arrivals if arrival.monotonic_s <= lane_s})
        self.seek(changes_s[-2] + self._about.offset_s if len(changes_s) > 1 else 0.0)

    def moment_of(self, audio_ms: float) -> float:
        """When the sound up to ``audio_ms`` had been heard, in seconds from the beginning of the tape.

        The end of the tape for more than was heard.
        """
        lane_s = self._heard.moment_of(math.ceil(audio_ms * SAMPLE_RATE_HZ / 1000))
        return min(lane_s + self._about.offset_s, self.duration_s)

    def seek(self, moment_s: float) -> Transcript:
        """Go to a moment, in seconds from the beginning of the tape; gives the transcript as it stood then.

        Raises ``ParameterError`` for what is no time.
        """
        if isinstance(moment_s, bool) or not isinstance(moment_s, int | float) or math.isnan(moment_s):
            raise ParameterError(f"moment_s={moment_s!r} is no time.", advice="Give seconds from the beginning.")
        self._player.seek(moment_s)
        return self.transcript

    def request_stop(self) -> None:
        """Play no more."""
        self._player.stop()

    def stop(self, timeout_s: float = 6.0) -> bool:
        """Play no more; what was said stays. True if it has stopped within ``timeout_s``."""
        self._player.stop()
        return self._player.join(timeout_s)

    def wait_until_open(self, timeout_s: float | None = None) -> bool:
        """Wait until the session that was recorded had opened, or is over."""
        return self._wait(lambda: self.status not in ("ready", "connecting"), timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is over; False if ``timeout_s`` came first. Raises what had ended the session."""
        done = self._wait(lambda: self.done, timeout_s)
        self._raise_error()
        return done

    def iter_turns(self) -> Iterator[Turn]:
        """Each turn once, as it settles, until it is over. Raises what had ended the session."""
        settled, given = self._track.settled, 0
        while True:
            self._wait(lambda given=given: len(settled) > given or self.done, None)  # type: ignore[misc]
            done = self.done
            yield from (fresh := settled[given:])
            given += len(fresh)
            if done and given == len(settled):
                self._raise_error()
                return

    async def finished(self) -> None:
        """Wait until it is over, while the event loop goes on. Raises what had ended the session."""
        await wait_until(lambda: self.done, self.on_change)
        self._raise_error()

    async def __aiter__(self) -> AsyncIterator[Turn]:
        """Each turn once, as it settles, while the event loop goes on. Raises what had ended the session."""
        async for turn in each_turn(self._track.settled, lambda: self.done, self.on_change):
            yield turn
        self._raise_error()

    def wait_for_change(self, seen: int, timeout_s: float | None) -> int:
        """Sleep until anything has changed since version ``seen``; gives the version then. For views."""
        self._wait(lambda: self._track.version > seen, timeout_s)
        return self._track.version

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener()`` called after every change; gives back the call that ends this. For views.

        It must be quick and must not raise: set an Event, no more.
        """
        return self._track.listeners.add(listener)

    @property
    def _lane_s(self) -> float:
        return self._player.place_s - self._about.offset_s

    def _wait(self, true: Callable[[], bool], timeout_s: float | None) -> bool:
        until = math.inf if timeout_s is None else time.monotonic() + timeout_s
        with self._player.changed:
            while not self._player.changed.wait_for(true, min(_SLICE_S, max(0.0, until - time.monotonic()))):
                if time.monotonic() >= until:
                    return False
            return True

    def _raise_error(self) -> None:
        if (error := self.error) is not None:
            raise error

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
        return f"<Replay of {self.model.name} at {self.position_s:.1f} of {self.duration_s:.1f} s: {self.status}>"
