"""A stand-in for the module sounddevice, for faults that real devices do not show on request."""

import threading
from types import SimpleNamespace

import numpy as np

from ipyscribe.audio import Microphone

FINE = SimpleNamespace(input_overflow=False)
OVERFLOW = SimpleNamespace(input_overflow=True)


class FakeError(Exception):
    """Stands for sounddevice.PortAudioError."""


class FakeStream:
    """Stands for sounddevice.RawInputStream; the test calls ``give``."""

    def __init__(self, module, **options):
        module.requested.append((options["samplerate"], options["channels"]))
        if module.requested[-1] in module.refused:
            raise FakeError("no such format", module.code)
        self.options = options
        self.active = False
        self.stopped_in = None
        self.hang = module.hang
        module.streams.append(self)

    def start(self):
        self.active = True

    def stop(self, ignore_errors=True):
        self.stopped_in = threading.current_thread().name
        self.hang.wait(30)
        self.active = False
        self.options["finished_callback"]()

    def close(self, ignore_errors=True):
        self.active = False

    def give(self, samples, status=FINE):
        data = np.asarray(samples, np.int16).tobytes()
        self.options["callback"](data, len(data) // (2 * self.options["channels"]), None, status)

    def vanish(self):
        self.active = False
        self.options["finished_callback"]()


class FakePortAudio:
    PortAudioError = FakeError

    def __init__(self, *devices, refused=(), code=-9997):
        self.devices = devices or (("Headset", 1, 48_000),)
        self.refused = set(refused)
        self.code = code
        self.requested = []
        self.streams = []
        self.hang = threading.Event()
        self.hang.set()

    def query_hostapis(self, index):
        return {"name": "Core Audio"}

    def query_devices(self, kind=None):
        listed = [
            {"index": i, "name": n, "hostapi": 0, "max_input_channels": c, "default_samplerate": float(r)}
            for i, (n, c, r) in enumerate(self.devices)
        ]
        if kind is None:
            return listed
        for device in listed:
            if device["max_input_channels"]:
                return device
        raise FakeError("Error querying device -1")

    def RawInputStream(self, **options):  # noqa: N802
        return FakeStream(self, **options)


def opened(module, clock=None, **options):
    extra = {} if clock is None else {"clock": clock}
    stream = Microphone(portaudio=module, **extra, **options).open()
    return stream, module.streams[-1]
