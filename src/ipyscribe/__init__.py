"""Hear, watch and compare streaming speech-to-text in a notebook.

``Transcriber()`` is a notebook cell that listens; ``Session`` does the same without Jupyter.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipyscribe import errors as errors
    from ipyscribe import export as export
    from ipyscribe import lesson as lesson
    from ipyscribe import metrics as metrics
    from ipyscribe.access import login, logout, temporary_token
    from ipyscribe.audio import AudioArray, AudioFile, Microphone, PushSource, input_devices, sample, sample_reference
    from ipyscribe.comparison import Comparison, sweep
    from ipyscribe.diagnostics import doctor
    from ipyscribe.evaluation import Evaluation
    from ipyscribe.export import export_html
    from ipyscribe.protocol import models
    from ipyscribe.replay import Replay
    from ipyscribe.session import Session
    from ipyscribe.tape import Tape
    from ipyscribe.timeline import plot_timeline
    from ipyscribe.transcript import Transcript, Turn, Word
    from ipyscribe.widgets import (
        BrowserMicrophone,
        ComparisonSetup,
        ComparisonView,
        EvaluationUpload,
        EvaluationView,
        ReplayView,
        SaveView,
        TimelineView,
        Transcriber,
        TranscriptView,
        demo,
    )

__version__ = "0.1.0"

_HOMES = {
    "AudioArray": "audio",
    "AudioFile": "audio",
    "BrowserMicrophone": "widgets",
    "Comparison": "comparison",
    "ComparisonSetup": "widgets",
    "ComparisonView": "widgets",
    "Evaluation": "evaluation",
    "EvaluationUpload": "widgets",
    "EvaluationView": "widgets",
    "Microphone": "audio",
    "PushSource": "audio",
    "Replay": "replay",
    "ReplayView": "widgets",
    "SaveView": "widgets",
    "Session": "session",
    "Tape": "tape",
    "TimelineView": "widgets",
    "Transcriber": "widgets",
    "TranscriptView": "widgets",
    "Transcript": "transcript",
    "Turn": "transcript",
    "Word": "transcript",
    "demo": "widgets",
    "doctor": "diagnostics",
    "errors": "",
    "export": "",
    "export_html": "export",
    "input_devices": "audio",
    "lesson": "",
    "login": "access",
    "logout": "access",
    "metrics": "",
    "models": "protocol",
    "plot_timeline": "timeline",
    "sample": "audio",
    "sample_reference": "audio",
    "sweep": "comparison",
    "temporary_token": "access",
}

__all__ = [
    "AudioArray",
    "AudioFile",
    "BrowserMicrophone",
    "Comparison",
    "ComparisonSetup",
    "ComparisonView",
    "Evaluation",
    "EvaluationUpload",
    "EvaluationView",
    "Microphone",
    "PushSource",
    "Replay",
    "ReplayView",
    "SaveView",
    "Session",
    "Tape",
    "TimelineView",
    "Transcriber",
    "Transcript",
    "TranscriptView",
    "Turn",
    "Word",
    "demo",
    "doctor",
    "errors",
    "export",
    "export_html",
    "input_devices",
    "lesson",
    "login",
    "logout",
    "metrics",
    "models",
    "plot_timeline",
    "sample",
    "sample_reference",
    "sweep",
    "temporary_token",
]


def __getattr__(name: str) -> Any:
    # Lazy, so that importing the package costs nothing and needs no audio library.
    if name not in _HOMES:
        raise AttributeError(f"module 'ipyscribe' has no attribute {name!r}")
    home = _HOMES[name]
    value = getattr(import_module(f"ipyscribe.{home}"), name) if home else import_module(f"ipyscribe.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
