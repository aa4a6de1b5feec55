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
from ipyscribe.audio.file import AudioFile
from ipyscribe.audio.level import level_dbfs, peak_dbfs

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
    "SampleTurn",
    "StreamContext",
    "level_dbfs",
    "peak_dbfs",
    "sample",
    "sample_path",
    "sample_reference",
]
