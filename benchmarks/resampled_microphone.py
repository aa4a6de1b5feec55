"""How much later sound is there, and how well its capture time holds, where a device does not record at 16 kHz.

    python benchmarks/resampled_microphone.py [--clicks N]

The virtual microphone of the tests (PulseAudio) plays clicks. Two streams record them at once: one at 16 kHz, the
other at 8, 44.1 or 48 kHz, to which its device is confined. For each click: when its block could be read, and when
the block says that the click was captured, both as the other stream's time minus that of the stream at 16 kHz.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import soundfile

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

RATES_HZ = (8_000, 44_100, 48_000)
EVERY_S = 0.4
LOUD = 6_000
AIM_MS = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=40)
    parser.add_argument("--record", type=int, metavar="HZ", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.record:
        record(options.record, options.clicks)
        return
    from support.virtual_microphone import VirtualMicrophone

    with tempfile.TemporaryDirectory() as folder:
        clicks = Path(folder, "clicks.wav")
        soundfile.write(clicks, click_train(options.clicks), 16_000)
        with VirtualMicrophone(Path(folder)) as microphone:
            for rate_hz in RATES_HZ:
                command = [sys.executable, __file__, "--record", str(rate_hz), "--clicks", str(options.clicks)]
                with subprocess.Popen(command, env=microphone.env, stdout=subprocess.PIPE, text=True) as child:
                    assert child.stdout is not None
                    assert child.stdout.readline() == "open\n"
                    microphone.play(clicks).wait()
                    print(child.stdout.read(), end="", flush=True)


def click_train(clicks: int) -> np.ndarray[Any, Any]:
    """Clicks of 2 ms, band-limited to 2 kHz, 400 ms apart; the first after 400 ms."""
    samples = np.zeros(round(16_000 * EVERY_S * (clicks + 2)), np.float32)
    click = np.hanning(32) * np.sin(np.arange(32) * 2 * np.pi * 1_000 / 16_000)
    for number in range(1, clicks + 1):
        start = round(16_000 * EVERY_S * number)
        samples[start : start + 32] = 0.9 * click
    return samples


class OneRate:
    """sounddevice, whose devices record at one rate only."""

    def __init__(self, rate_hz: int) -> None:
        import sounddevice

        self._library = sounddevice
        self._rate_hz = rate_hz

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def query_devices(self, *arguments: Any, **options: Any) -> Any:
        found = self._library.query_devices(*arguments, **options)
        for device in [found] if isinstance(found, dict) else found:
            device["default_samplerate"] = float(self._rate_hz)
        return found

    def RawInputStream(self, *, samplerate: int, **options: Any) -> Any:  # noqa: N802 - sounddevice's name
        if samplerate != self._rate_hz:
            raise self._library.PortAudioError("Invalid sample rate", -9997)
        return self._library.RawInputStream(samplerate=samplerate, **options)


def record(rate_hz: int, clicks: int) -> None:
    from ipyscribe.audio import Microphone

    streams = [Microphone("vmic", channel=0, portaudio=OneRate(each)).open() for each in (16_000, rate_hz)]
    assert [stream.native_rate_hz for stream in streams] == [16_000, rate_hz]
    read_s: list[list[float]] = [[], []]
    captured_s: list[list[float]] = [[], []]
    until_s = time.monotonic() + EVERY_S * (clicks + 3) + 2

    def listen(number: int) -> None:
        last_s = 0.0
        while time.monotonic() < until_s:
            block = streams[number].read(0.1)
            if block is None:
                continue
            now_s, samples = time.monotonic(), np.frombuffer(block.pcm, "<i2")
            peak = int(np.abs(samples).argmax())
            if abs(int(samples[peak])) > LOUD and now_s - last_s > EVERY_S / 2:
                last_s = now_s
                read_s[number].append(now_s)
                captured_s[number].append(block.captured_s - (len(samples) - peak) / 16_000)

    threads = [threading.Thread(target=listen, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    print("open", flush=True)
    for thread in threads:
        thread.join()
    for stream in streams:
        stream.close()
    late_ms, capture_ms = differences(read_s, captured_s)
    aim = "" if abs(median(late_ms)) <= AIM_MS else f"  MISSED: aim {AIM_MS:g} ms"
    print(
        f"{rate_hz:6} Hz, {len(late_ms)} clicks: readable {median(late_ms):+.1f} ms later than at 16 kHz"
        f" (p90 {np.percentile(late_ms, 90):+.1f}), capture time {median(capture_ms):+.1f} ms"
        f" ({np.percentile(capture_ms, 10):+.1f} to {np.percentile(capture_ms, 90):+.1f}){aim}"
    )


def differences(read_s: list[list[float]], captured_s: list[list[float]]) -> tuple[list[float], list[float]]:
    """For each click of both streams, by its capture time: how much later the second stream had it, in ms."""
    late_ms, capture_ms = [], []
    for base_read_s, base_captured_s in zip(read_s[0], captured_s[0], strict=True):
        number = int(np.argmin([abs(each - base_captured_s) for each in captured_s[1]]))
        if abs(captured_s[1][number] - base_captured_s) < EVERY_S / 2:
            late_ms.append(1000 * (read_s[1][number] - base_read_s))
            capture_ms.append(1000 * (captured_s[1][number] - base_captured_s))
    return late_ms, capture_ms


if __name__ == "__main__":
    main()
