"""Recordings as tasks of a Dask cluster. When each begins is decided here, so that limits hold for all workers."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ipyscribe.access.keys import ENVIRONMENT
from ipyscribe.audio.block import SAMPLE_RATE_HZ
from ipyscribe.errors import MissingDependencyError, MissingKeyError, ParameterError, ScribeError
from ipyscribe.evaluation.concurrency import Concurrency
from ipyscribe.evaluation.dask_worker import Outcome, Sound, Task, play_on_worker
from ipyscribe.evaluation.player import WorkerLostError
from ipyscribe.evaluation.playing import Played, Setup
from ipyscribe.evaluation.recording import Recording, wav_of_pcm
from ipyscribe.evaluation.sound_identity import pcm_of
from ipyscribe.protocol.secret import secrets_among
from ipyscribe.tape.atomic_write import atomic_write
from ipyscribe.tape.failure import error_from_json

if TYPE_CHECKING:
    from distributed import Client

_KEY_ADVICE = f"Workers read the key from {ENVIRONMENT} in their own environment, or from the keyring of their machine."


class DaskCluster:
    """The workers of ``client``, for one run of an evaluation: ``with DaskCluster(...) as cluster: ...``.

    Tells ``concurrency`` when sessions are opened. Raises ``ParameterError`` for what is not a client of
    ``dask.distributed``, and for keys and tokens that would have to be sent to the workers.
    """

    def __init__(self, client: Client, setup: Setup, concurrency: Concurrency) -> None:
        self._client = _checked(client)
        self._setup = _without_secrets(setup)
        self._concurrency = concurrency
        self._topic = f"ipyscribe-{secrets.token_hex(8)}"

    def __enter__(self) -> Self:
        threads = sum(self._client.nthreads().values())
        if not threads:
            raise ParameterError("The Dask cluster has no worker.", advice="Start one: cluster.scale(1).")
        self._concurrency.spread_over(threads)
        self._client.subscribe_topic(self._topic, self._on_event)
        return self

    def __exit__(self, *exception: object) -> None:
        self._concurrency.spread_over(None)
        if self._client.status == "running":
            self._client.unsubscribe_topic(self._topic)

    def prepare(self, recording: Recording) -> RemotePlaying:
        """``recording``, ready to be played by some worker."""
        task = Task(_self_contained(recording), self._setup, f"{self._topic}-{secrets.token_hex(8)}", self._topic)
        return RemotePlaying(self._client, task, self._concurrency)

    def _on_event(self, event: tuple[float, Any]) -> None:
        self._concurrency.opened(str(event[1]["recording"]), time.monotonic())


class RemotePlaying:
    """One recording that a worker plays."""

    def __init__(self, client: Client, task: Task, concurrency: Concurrency) -> None:
        self._client, self._task, self._concurrency = client, task, concurrency
        self._future: Any = None
        self._stopping = threading.Event()

    def play(self) -> Played:
        """Wait for the outcome. Raises ``WorkerLostError``, and the errors of ``Setup.lanes`` on the worker."""
        from distributed import Event

        try:
            outcome = self._outcome()
        finally:
            self._concurrency.ended(self._task.recording.name, time.monotonic())
            if self._client.status == "running":
                Event(self._task.lease, client=self._client).clear()
        if outcome is None:
            return Played(lanes=0)
        if outcome.begun_before:
            raise WorkerLostError(f"The worker that played {self._task.recording.name} was lost.")
        if outcome.raised is not None:
            raise _error_of(outcome)
        return Played(
            outcome.lanes,
            {label: error_from_json(error) for label, error in outcome.errors.items()},
            outcome.incomplete,
            partial(_write, outcome.tape),
            outcome.sound,
            outcome.scored,
            outcome.cost_usd,
        )

    def request_stop(self) -> None:
        """Nobody waits for it any more; the worker ends its sessions."""
        self._stopping.set()
        if self._future is not None:
            self._future.cancel(force=True)

    def _outcome(self) -> Outcome | None:
        """None once it was stopped."""
        from distributed import CancelledError, KilledWorker

        name = self._task.recording.name
        try:
            self._future = self._client.submit(
                play_on_worker, self._task, key=f"ipyscribe-{self._task.lease}", pure=False, retries=0
            )
            if self._stopping.is_set():
                self._future.cancel(force=True)
            outcome = self._future.result()
        except KilledWorker:
            raise WorkerLostError(f"The worker that played {name} was lost.") from None
        except CancelledError:
            if self._stopping.is_set():
                return None
            raise _cluster_lost() from None
        except (OSError, TimeoutError):
            raise _cluster_lost() from None
        except ImportError as error:
            raise ScribeError(
                f"A Dask worker cannot load ipyscribe ({error}).",
                advice="Install the same version of ipyscribe on every worker.",
            ) from None
        finally:
            if self._future is not None:
                self._future.release()
        assert isinstance(outcome, Outcome)
        return outcome


def _checked(client: Any) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise MissingDependencyError("distributed", purpose="An evaluation on a Dask cluster", extra="dask") from None
    if not isinstance(client, Client):
        raise ParameterError(
            f"client={client!r:.80} is not a client of a Dask cluster.", advice="Give a dask.distributed.Client."
        )
    if client.asynchronous:
        raise ParameterError(
            "client= is asynchronous, and run() waits.", advice="Give Client(..., asynchronous=False)."
        )
    return client


def _without_secrets(setup: Setup) -> Setup:
    settings = [setup.settings]
    if isinstance(setup.models, dict):
        settings += [chosen for chosen in setup.models.values() if not isinstance(chosen, str)]
    names = sorted({name for each in settings for name in secrets_among(each)})
    if names:
        raise ParameterError(
            f"{' and '.join(names)} would have to be sent to the workers of a Dask cluster, where it could be read.",
            advice=f"Leave it out. {_KEY_ADVICE}",
        )
    return setup


def _self_contained(recording: Recording) -> Recording:
    """``recording`` with its sound, so that a worker needs no file; of a part of a file, that part alone."""
    if recording.start_s or recording.end_s is not None:
        content = wav_of_pcm(pcm_of(recording), SAMPLE_RATE_HZ)
    else:
        content = recording.sound_bytes()
    return replace(recording, path=None, start_s=0.0, end_s=None, load=Sound(content))


def _error_of(outcome: Outcome) -> ScribeError:
    error = error_from_json(outcome.raised or {})
    where = f"On the Dask worker {outcome.worker}"
    advice = _KEY_ADVICE if isinstance(error, MissingKeyError) else error.advice
    ScribeError.__init__(error, f"{where}: {error.message}", advice=advice)
    return error


def _cluster_lost() -> ScribeError:
    return ScribeError(
        "The connection to the Dask cluster was lost.",
        advice="Run it again with a new client: recordings that were played are not played again.",
    )


def _write(tape: bytes, path: Path) -> None:
    atomic_write(path, tape)
