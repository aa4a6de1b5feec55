"""Where sound comes from: microphone, file, array and bundled sample, all as blocks of one shape."""

from ipyscribe.audio.array import AudioArray
from ipyscribe.audio.block import (
    BLOCK_MS,
    BLOCK_SAMPLES,
    SAMPLE_RATE_HZ,
    AudioBlock,
    AudioNotice,
    AudioSource,
    AudioStream,
    StreamContext,
)
from ipyscribe.audio.bundled import SampleTurn, sample, sample_path, sample_reference
from ipyscribe.audio.channels import Channel
from ipyscribe.audio.devices import InputDevice, input_devices
from ipyscribe.audio.file import AudioFile
from ipyscribe.audio.level import level_dbfs, peak_dbfs
from ipyscribe.audio.microphone import Microphone, MicrophoneStream
from ipyscribe.audio.paced import PacedStream
from ipyscribe.audio.portaudio import open_microphones
from ipyscribe.audio.push import PushSource
from ipyscribe.audio.remote import RemoteStream

__all__ = [
    "BLOCK_MS",
    "BLOCK_SAMPLES",
    "SAMPLE_RATE_HZ",
    "AudioArray",
    "AudioBlock",
    "AudioFile",
    "AudioNotice",
    "AudioSource",
    "AudioStream",
    "Channel",
    "InputDevice",
    "Microphone",
    "MicrophoneStream",
    "PacedStream",
    "PushSource",
    "RemoteStream",
    "SampleTurn",
    "StreamContext",
    "input_devices",
    "level_dbfs",
    "open_microphones",
    "peak_dbfs",
    "sample",
    "sample_path",
    "sample_reference",
]
