"""Which device a name or index selects, and the messages when there is none."""

import subprocess
import sys

import pytest
from audio.fake_portaudio import FakePortAudio, opened

from ipyscribe.audio import Microphone, input_devices
from ipyscribe.errors import NoInputDeviceError, ParameterError, PortAudioMissingError, UnknownDeviceError

TWO = (("USB Microphone", 1, 48_000), ("Speakers", 0, 48_000), ("USB Microphone 2", 1, 48_000))


@pytest.mark.parametrize(("wanted", "index"), [(None, 0), (2, 2), ("usb microphone", 0), ("phone 2", 2), ("2 core", 2)])
def test_a_device_is_chosen_by_default_index_or_name(wanted, index):
    module = FakePortAudio(*TWO)
    stream, device = opened(module, device=wanted)
    assert (stream.device.index, device.options["device"]) == (index, index)
    stream.close()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("usb", "'usb' could be 2 input devices: USB Microphone, Core Audio; USB Microphone 2, Core Audio"),
        ("USB Microfone", "Did you mean 'USB Microphone'"),
        (
            "speakers",
            r"No input device is called 'speakers'\. Available: 0 USB Microphone, Core Audio; 2 USB",
        ),
        (1, r"No input device has index 1\. Available"),
    ],
)
def test_a_wrong_choice_is_answered_with_the_right_ones(wanted, words):
    with pytest.raises(UnknownDeviceError, match=words):
        Microphone(wanted, portaudio=FakePortAudio(*TWO)).open()


def test_speakers_alone_are_no_microphone():
    with pytest.raises(NoInputDeviceError, match=r"refresh=True"):
        Microphone(portaudio=FakePortAudio(("Speakers", 0, 48_000))).open()


@pytest.mark.parametrize("device", ["", "  ", True, 1.5, b"mic"])
def test_an_invalid_device_is_refused(device):
    with pytest.raises(ParameterError, match=r"device is .*input_devices\(\)"):
        Microphone(device)


def test_without_the_package_sounddevice(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for call in (Microphone().open, input_devices):
        with pytest.raises(PortAudioMissingError, match="pip install sounddevice"):
            call()


NO_LIBRARY = """
import ctypes.util, sys
ctypes.util.find_library = lambda name: None
sys.platform = {platform!r}
from ipyscribe.audio import Microphone
from ipyscribe.errors import PortAudioMissingError
try:
    Microphone().open()
except PortAudioMissingError as error:
    print(type(error.__cause__).__name__, error)
"""


def test_without_the_portaudio_library():
    code = NO_LIBRARY.format(platform="linux")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("OSError ")
    assert "PortAudio library not found" in done.stdout
    assert "apt-get install libportaudio2" in done.stdout
    assert "conda install" in done.stdout
