"""Real capture: PortAudio records from a virtual microphone, in a child process."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.virtual_microphone import VirtualMicrophone
from support.waiting import LIMIT_S, wait_for

from ipyscribe.audio import sample_path

pytestmark = pytest.mark.microphone


@pytest.fixture
def plugged(tmp_path) -> Iterator[VirtualMicrophone]:
    with VirtualMicrophone(tmp_path) as microphone:
        yield microphone


class Child:
    """The listening child process, its lines as they come, and the sound that it captured."""

    def __init__(self, microphone: VirtualMicrophone, tmp_path: Path, device: str = "vmic") -> None:
        self.pcm_path = tmp_path / "captured.pcm"
        script = Path(__file__).with_name("listening_child.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), device, str(self.pcm_path)],
            env=microphone.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def expect(self, start: str) -> str:
        """The next line that begins so; others are passed over."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            if line.startswith(start):
                return line

    def tell(self, word: str) -> None:
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self._reader.join(60)
            self.process.stdout.close()

    def close(self) -> str:
        self.process.stdin.close()
        return self.expect("closed")

    def captured(self) -> np.ndarray:
        return np.fromfile(self.pcm_path, "<i2")

    def hear_out(self, samples: int) -> None:
        """Wait until so many have come from the first loud one on: played sound may not be captured yet."""
        wait_for(lambda: np.trim_zeros(self.captured(), "f").size >= samples)


def short_speech(tmp_path: Path, seconds: float = 2.0, quiet_s: float = 0.0) -> tuple[Path, np.ndarray]:
    """The beginning of the sample's first turn, and silence after it."""
    samples, rate = soundfile.read(sample_path(), dtype="int16", start=9_000, frames=round(seconds * 16_000))
    samples = np.concatenate([samples, np.zeros(round(quiet_s * 16_000), np.int16)])
    path = tmp_path / "speech.wav"
    soundfile.write(path, samples, rate)
    return path, samples


def best_match(captured: np.ndarray, played: np.ndarray) -> np.ndarray:
    """The part of ``captured`` that fits ``played`` best, by correlation."""
    size = 1 << (len(captured) + len(played)).bit_length()
    spectrum = np.fft.rfft(captured, size) * np.conj(np.fft.rfft(played, size))
    lag = int(np.argmax(np.fft.irfft(spectrum, size)[: len(captured)]))
    return captured[lag : lag + len(played)]


@pytest.mark.parametrize("device", ["vmic", "vspk", "default"])
def test_played_sound_is_captured_bit_for_bit(plugged, tmp_path, device):
    path, played = short_speech(tmp_path)
    with Child(plugged, tmp_path, device) as child:
        assert child.expect("open") == "open 16000"
        child.expect("first")
        assert plugged.play(path).wait(LIMIT_S) == 0
        child.hear_out(len(played))
        assert child.close() == "closed 0 0 0"
        assert np.array_equal(best_match(child.captured(), played), played)


def test_silence_is_noticed_and_speech_ends_the_notice(plugged, tmp_path):
    path, _ = short_speech(tmp_path, 0.5)
    with Child(plugged, tmp_path) as child:
        child.expect("notice silent")  # a machine that was held up says "stalled" before
        assert plugged.play(path).wait(LIMIT_S) == 0
        child.expect("notice None")
        child.close()
        assert len(child.captured()) > 16_000


def test_an_unplugged_device_is_lost_at_once(plugged, tmp_path):
    with Child(plugged, tmp_path) as child:
        child.expect("first")
        plugged.unplug()
        assert child.expect("lost").startswith("lost The input device 'vmic, ALSA' was disconnected. Plug it in")
        assert child.expect("closed") == "closed 0 0 0"


def test_a_suspended_source_is_stalled_until_it_resumes(plugged, tmp_path):
    with Child(plugged, tmp_path) as child:
        child.expect("first")
        plugged.suspend()
        child.expect("notice stalled")
        plugged.resume_source()
        assert child.expect("notice") in ("notice None", "notice silent")
        child.close()


def test_sound_during_a_pause_is_thrown_away(plugged, tmp_path):
    # When paplay ends, its last sound is still on their way to a child that was held up.
    path, _ = short_speech(tmp_path, 0.7, quiet_s=3.5)
    with Child(plugged, tmp_path) as child:
        child.expect("first")
        child.tell("pause")
        child.expect("paused")
        assert plugged.play(path).wait(LIMIT_S) == 0
        child.tell("resume")
        child.expect("resumed")
        child.close()
        assert np.count_nonzero(child.captured()) == 0


def run(code: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    return done.stdout.strip()


OPEN_ALL = """
from ipyscribe.audio import Microphone, input_devices, open_microphones
from ipyscribe.errors import AudioError
print([d.name for d in input_devices()], [d.name for d in input_devices(refresh=True) if d.is_default])
for device in (None, "vmik", "v", 99):
    try:
        Microphone(device).open().close()
        print("opened")
    except AudioError as error:
        print(type(error).__name__, error)
print(open_microphones())
"""


def test_devices_are_listed_and_wrong_names_answered(plugged):
    names, opened, unknown, ambiguous, number, left = run(OPEN_ALL, plugged.env).splitlines()
    assert names == "['vmic', 'vspk_monitor', 'pulse', 'default'] ['default']"
    assert opened == "opened"
    assert unknown.startswith("UnknownDeviceError No input device is called 'vmik'. Did you mean 'vmic'?")
    assert "Available: 0 vmic, ALSA; 1 vspk_monitor, ALSA" in unknown
    assert ambiguous.startswith("UnknownDeviceError 'v' could be 2 input devices: vmic, ALSA; vspk_monitor")
    assert number.startswith("UnknownDeviceError No input device has index 99. Available: 0 vmic")
    assert left == "0"


def test_without_a_sound_server_there_is_no_microphone(plugged):
    env = {**plugged.env, "PULSE_SERVER": "unix:/nonexistent/native"}
    del env["ALSA_CONFIG_PATH"]
    names, *answers, left = run(OPEN_ALL, env).splitlines()
    assert names == "[] []"
    assert all(answer.startswith("NoInputDeviceError PortAudio sees no microphone") for answer in answers)
    assert left == "0"


GONE = """
import sys
from ipyscribe.audio import Microphone, input_devices, open_microphones
from ipyscribe.errors import DeviceRefusedError
input_devices()
print("ready", flush=True)
sys.stdin.readline()
try:
    Microphone("vmic").open()
except DeviceRefusedError as error:
    print(error.retry, error, flush=True)
print(open_microphones(), flush=True)
"""


def test_a_listed_device_that_has_gone_refuses(plugged):
    with subprocess.Popen(
        [sys.executable, "-c", GONE],
        env=plugged.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout.readline() == "ready\n"
        plugged.unplug()
        answer, left = child.communicate("\n", timeout=LIMIT_S)[0].splitlines()
    assert answer.startswith("True The input device 'vmic, ALSA' could not be opened (16000 Hz, 2 ch: ")
    assert left == "0"


MANY = """
import threading
from ipyscribe.audio import Microphone, input_devices, open_microphones, portaudio
from ipyscribe.errors import SessionStateError
# On a busy machine the sound server may need longer to let go.
portaudio._CLOSE_LIMIT_S = 60
for turn in range(50):
    stream = Microphone("vmic").open()
    assert stream.read(60).samples == 800
    closers = [threading.Thread(target=stream.close) for _ in range(3)]
    for closer in closers: closer.start()
    for closer in closers: closer.join(60)
    assert stream.ended and stream.read(5) is None and open_microphones() == 0
with Microphone("vmic").open() as stream:
    try:
        input_devices(refresh=True)
    except SessionStateError as error:
        print(error)
    assert stream.read(60)
stream = Microphone("vmic").open()
waiting = threading.Thread(target=lambda: [stream.read(30) for _ in range(9)])
stream.pause()
waiting.start()
stream.close()
waiting.join(60)
assert not waiting.is_alive()
stream = Microphone("vmic").open()
del stream
for thread in threading.enumerate():
    if thread is not threading.main_thread(): thread.join(60)
print(open_microphones(), threading.active_count())
left_open = Microphone("vmic").open()
"""


def test_fifty_openings_leave_nothing_behind(plugged):
    lines = run(MANY, plugged.env).splitlines()
    assert lines == [
        "The device list cannot be refreshed while a microphone is open. Stop listening first.",
        "0 1",
    ]


LEFT_OPEN = """
import atexit
from ipyscribe.audio import Microphone, open_microphones, portaudio
# On a busy machine the sound server may need longer to let go.
portaudio._CLOSE_LIMIT_S = 60
atexit.register(lambda: print(open_microphones()))
streams = [Microphone(name).open() for name in ("vmic", "vspk")]
print(open_microphones())
"""


def test_leaving_python_closes_open_streams(plugged):
    assert run(LEFT_OPEN, plugged.env).splitlines() == ["2", "0"]
