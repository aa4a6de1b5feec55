"""What a worker of a Dask cluster does with one recording. Nothing secret comes here: it uses the worker's own key."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipyscribe.access.endpoint import Endpoint
from ipyscribe.background import background_thread
from ipyscribe.errors import ScribeError
from ipyscribe.evaluation.playing import Lanes, Setup
from ipyscribe.evaluation.recording import Recording
from ipyscribe.evaluation.scored_recording import ScoredLane
from ipyscribe.session.opening_limit import counted_elsewhere
from ipyscribe.tape.failure import error_to_json

_WATCH_S = 0.5


@dataclass(frozen=True, slots=True)
class Sound:
    """The content of a sound file, as a recording loads it."""

    content: bytes = field(repr=False)

    def __call__(self) -> bytes:
        return self.content


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to play, once: ``lease`` is the name of a Dask event that whoever begins it sets.

    Openings of sessions are reported under ``topic``.
    """

    recording: Recording
    setup: Setup
    lease: str
    topic: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``Played`` as it goes over the network, the tape as the bytes of its file.

    ``raised`` is the error, as a tape keeps it, of a recording that was not played; ``begun_before`` is true where
    another worker has begun it and did not come to its end.
    """

    worker: str
    begun_before: bool = False
    raised: Mapping[str, Any] | None = None
    lanes: int = 0
    errors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    incomplete: str | None = None
    tape: bytes = field(default=b"", repr=False)
    sound: str = ""
    scored: tuple[ScoredLane, ...] = field(default=(), repr=False)
    cost_usd: float | None = None


def play_on_worker(task: Task) -> Outcome:
    """Play the recording of ``task``, unless that was begun before, and give what came of it."""
    from distributed import Event, get_worker

    worker = get_worker()
    lease = Event(task.lease)
    if lease.is_set():
        return Outcome(worker.address, begun_before=True)
    lease.set()
    try:
        lanes = task.setup.lanes(task.recording)
        own_endpoints = [session.endpoint for session in lanes.sessions]

        def report(endpoint: Endpoint) -> None:
            if any(endpoint is own for own in own_endpoints):
                worker.log_event(task.topic, {"recording": task.recording.name})

        with counted_elsewhere(report), _ended_with_its_task(lanes, _cancelled(worker)):
            return _outcome(worker.address, lanes)
    except ScribeError as error:
        return Outcome(worker.address, raised=error_to_json(error))


def _outcome(address: str, lanes: Lanes) -> Outcome:
    played = lanes.play()
    with tempfile.TemporaryDirectory(prefix="ipyscribe-") as folder:
        file = Path(folder) / "recording.tape"
        played.save(file)
        tape = file.read_bytes() if file.exists() else b""
    return Outcome(
        address,
        lanes=played.lanes,
        errors={label: error_to_json(error) for label, error in played.errors.items()},
        incomplete=played.incomplete,
        tape=tape,
        sound=played.sound,
        scored=played.scored,
        cost_usd=played.cost_usd,
    )


def _cancelled(worker: Any) -> Callable[[], bool]:
    """Whether nobody waits for the current task any more: it was cancelled, or its client has gone."""
    key = worker.get_current_task()

    def cancelled() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    return cancelled


def _ended_with_its_task(lanes: Lanes, cancelled: Callable[[], bool]) -> AbstractContextManager[None]:
    def watch(over: threading.Event) -> None:
        while not over.wait(_WATCH_S):
            if cancelled():
                lanes.request_stop()
                return

    return background_thread(watch, "ipyscribe-task")
