"""Is somebody speaking? Silero VAD v6, in frames of 32 ms.

The network (1.2 MB, MIT, github.com/snakers4/silero-vad) lies in faster-whisper's assets. It takes a sequence of
frames, each of 512 new samples behind the 64 before them, and a recurrent state that is handed on.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ipyscribe.errors import LocalServerError, MissingDependencyError
from ipyscribe.local.features import Floats

FRAME_SAMPLES = 512
FRAME_MS = 32

_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (1, 1, 128)
_ASSET = "silero_vad_v6.onnx"


def load_voice_network() -> Any:
    """An ONNX session that all detectors of a process share; it keeps no state of its own."""
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise MissingDependencyError("faster-whisper", purpose="The offline recogniser", extra="local")
    path = Path(spec.origin).parent / "assets" / _ASSET
    if not path.is_file():
        raise LocalServerError(
            f"{path} is missing.", advice="Install faster-whisper 1.2.1 or a later 1.x, which carries it."
        )
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class VoiceDetector:
    """Speech probability of consecutive frames of one stream."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._state = np.zeros(_STATE_SHAPE, np.float32)
        self._cell = np.zeros(_STATE_SHAPE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probabilities(self, samples: Floats) -> list[float]:
        """Probability of speech in each of the frames that ``samples`` consist of, which follow those before.

        Whole frames of 512 samples, -1 to 1, 16 kHz. Frames that come at once cost less than one by one, and give the
        same.
        """
        if not len(samples):
            return []
        joined = np.concatenate([self._context, samples])
        self._context = joined[-_CONTEXT_SAMPLES:]
        frames = np.lib.stride_tricks.sliding_window_view(joined, _CONTEXT_SAMPLES + FRAME_SAMPLES)[::FRAME_SAMPLES]
        inputs = {"input": np.ascontiguousarray(frames), "h": self._state, "c": self._cell}
        output, self._state, self._cell = self._network.run(None, inputs)
        return [float(probability) for probability in np.asarray(output).reshape(-1)]
