"""Everything heavy that a session needs, imported and loaded off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from ipyscribe.local.allocator import return_large_buffers

if TYPE_CHECKING:
    from ipyscribe.local.parameters import Parameters
    from ipyscribe.local.recognition_events import Event
    from ipyscribe.local.weights import Weights


class SessionWorker(Protocol):
    """What a session needs from its worker; see ``worker.Worker``."""

    @property
    def backlog_s(self) -> float: ...
    def start(self) -> None: ...
    def audio(self, pcm: bytes) -> None: ...
    def update(self, parameters: Parameters) -> None: ...
    def force(self) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...
    def take_max_probability(self) -> float: ...


class Recognition(Protocol):
    """A recogniser that is ready for sessions.

    ``has_diarization`` tells whether it can tell speakers apart, ``languages`` are the codes of those that it knows.
    """

    @property
    def has_diarization(self) -> bool: ...
    @property
    def languages(self) -> Sequence[str]: ...
    def worker(
        self,
        parameters: Parameters,
        emit: Callable[[Event], None],
        finished: Callable[[Exception | None], None],
    ) -> SessionWorker:
        """A worker for one session, not started yet."""
        ...


class OfflineRecognition:
    """Whisper and the voice detector, loaded, checked and warm."""

    has_diarization = False

    def __init__(self, weights: Weights) -> None:
        """Takes about 1 s. Raises ``LocalServerError`` or ``MissingDependencyError``."""
        return_large_buffers()
        with ThreadPoolExecutor(1, thread_name_prefix="ipyscribe-verify") as verifying:
            verified = verifying.submit(weights.verify)
            import numpy as np

            from ipyscribe.local.engine import Recogniser
            from ipyscribe.local.stream import GREEDY
            from ipyscribe.local.vad import load_voice_network

            self.recogniser = Recogniser(weights)
            self.languages = self.recogniser.languages
            self.network: Any = load_voice_network()
            verified.result()
            self.recogniser.transcribe(np.zeros(8000, np.float32), GREEDY)

    def worker(
        self,
        parameters: Parameters,
        emit: Callable[[Event], None],
        finished: Callable[[Exception | None], None],
    ) -> SessionWorker:
        """A worker for one session, not started yet."""
        from ipyscribe.local.worker import Worker

        return Worker(self.recogniser, self.network, parameters, emit, finished)
