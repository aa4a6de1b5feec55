from collections.abc import Callable, Iterator

import pytest
from support.waiting import LIMIT_S, no_new_threads

from ipyscribe.audio import AudioStream, open_microphones


@pytest.fixture(autouse=True)
def _nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The thread that closes a device may not get its turn for seconds on a busy machine.
    monkeypatch.setattr("ipyscribe.audio.portaudio._CLOSE_LIMIT_S", LIMIT_S)
    with no_new_threads():
        yield
        assert open_microphones() == 0


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drain() -> Callable[[AudioStream], bytes]:
    """Reads all PCM that is left in a stream, and closes it."""

    def read_all(stream: AudioStream) -> bytes:
        pcm = b""
        while not stream.ended:
            block = stream.read(5.0)
            pcm += block.pcm if block else b""
        stream.close()
        return pcm

    return read_all
