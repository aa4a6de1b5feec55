"""PortAudio, the inputs of this machine, and what its microphone records."""

from __future__ import annotations

import math
from typing import Any

from ipyscribe.audio import Microphone, input_devices
from ipyscribe.audio.block import SAMPLE_RATE_HZ, AudioBlock, AudioNotice
from ipyscribe.audio.level import level_dbfs, peak_dbfs
from ipyscribe.audio.portaudio import load
from ipyscribe.diagnostics.report import Finding
from ipyscribe.errors import AudioError

RECORDED_S = 2.0
QUIET_DBFS, CLIPPED_DBFS = -60.0, -0.5
_TOPIC = "microphone"
_FIRST_BLOCK_S = 5.0


def check_devices() -> Finding:
    """Whether PortAudio loads, and how many inputs it sees."""
    topic = "sound devices"
    try:
        version = str(load().get_portaudio_version()[1]).split(",")[0]
        devices = input_devices()
    except AudioError as error:
        return Finding(topic, "note", error.message, error.advice)
    if not devices:
        return Finding(
            topic,
            "note",
            f"{version}; no input on this machine.",
            "The browser's microphone and files work without one.",
        )
    default = next((device for device in devices if device.is_default), None)
    about = "none is the default" if default is None else f"the default records {default.default_sample_rate_hz} Hz"
    return Finding(topic, "fine", f"{version}; {len(devices)} input{'s' if len(devices) > 1 else ''}, {about}")


def record_microphone() -> tuple[Finding, bytes]:
    """Two seconds of the default input of this machine, as 16 kHz PCM16, and what they are like."""
    pcm = bytearray()
    notice: AudioNotice | None = None
    try:
        with Microphone().open() as stream:
            while len(pcm) < 2 * SAMPLE_RATE_HZ * RECORDED_S:
                block = stream.read(_FIRST_BLOCK_S)
                notice = stream.notice
                if block is None:
                    break
                pcm += block.pcm
    except AudioError as error:
        return Finding(_TOPIC, "fix", error.message, error.advice), b""
    if not pcm:
        return Finding(_TOPIC, "fix", "it opened, but no sound came.", "Choose another input of the system."), b""
    return _finding(bytes(pcm), notice), bytes(pcm)


def _finding(pcm: bytes, notice: AudioNotice | None) -> Finding:
    recorded = AudioBlock(pcm, 0, 0.0)
    level, peak = level_dbfs(recorded), peak_dbfs(recorded)
    if math.isinf(level):
        advice = "Check that it is not muted and that the system allows it." if notice is None else notice.advice
        return Finding(_TOPIC, "fix", "it delivers only digital silence.", advice)
    text = f"{len(pcm) / 2 / SAMPLE_RATE_HZ:.1f} s recorded, level {level:.0f} dBFS, peak {peak:.0f} dBFS"
    if peak > CLIPPED_DBFS:
        return Finding(_TOPIC, "fix", f"{text}: it clips.", "Lower the input's level in the sound settings.")
    if level < QUIET_DBFS:
        return Finding(_TOPIC, "note", f"{text}: only the noise of a quiet room.", "Speak, or raise the input's level.")
    return Finding(_TOPIC, "fine", text)


def play_back(pcm: bytes) -> Finding:
    """Play ``pcm`` on the default output of this machine."""
    import numpy as np

    topic = "playback"
    try:
        library: Any = load()
        library.play(np.frombuffer(pcm, dtype="<i2"), SAMPLE_RATE_HZ, blocking=True)
    except AudioError as error:
        return Finding(topic, "note", error.message, error.advice)
    except Exception as error:  # sounddevice raises ValueError and its own PortAudioError
        return Finding(topic, "note", f"the recording could not be played here ({error}).", "Connect an output.")
    return Finding(topic, "fine", "the recording was played: if you heard yourself, the microphone works")
