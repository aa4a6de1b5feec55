"""The notebook's widgets: controls, live transcript and timeline, alone or composed as ``Transcriber``."""

from ipyscribe.widgets.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.comparison import Comparison, ComparisonView
from ipyscribe.widgets.replay import Replay, ReplayView
from ipyscribe.widgets.save import SaveView
from ipyscribe.widgets.timeline import TimelineView
from ipyscribe.widgets.transcriber import Transcriber
from ipyscribe.widgets.transcript import TranscriptView

__all__ = [
    "BrowserMicrophone",
    "Comparison",
    "ComparisonView",
    "Replay",
    "ReplayView",
    "SaveView",
    "TimelineView",
    "Transcriber",
    "TranscriptView",
]
