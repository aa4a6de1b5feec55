"""The notebook's widgets: controls, live transcript and timeline, alone or composed as ``Transcriber``."""

from ipyscribe.widgets.comparison.comparison_setup import ComparisonSetup
from ipyscribe.widgets.comparison.comparison_view import ComparisonView
from ipyscribe.widgets.evaluation.evaluation_upload import EvaluationUpload
from ipyscribe.widgets.evaluation.evaluation_view import EvaluationView
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.replay.replay_view import ReplayView
from ipyscribe.widgets.save.save_view import SaveView
from ipyscribe.widgets.timeline.timeline_view import TimelineView
from ipyscribe.widgets.tour.demo import demo
from ipyscribe.widgets.transcriber.transcriber import Transcriber
from ipyscribe.widgets.transcript.transcript_view import TranscriptView

__all__ = [
    "BrowserMicrophone",
    "ComparisonSetup",
    "ComparisonView",
    "EvaluationUpload",
    "EvaluationView",
    "ReplayView",
    "SaveView",
    "TimelineView",
    "Transcriber",
    "TranscriptView",
    "demo",
]
