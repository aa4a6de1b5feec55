"""Teaching with tapes: exercises to do by ear, recordings that come along, and answers that can be checked."""

from ipyscribe.lesson.answers import Verdict, check
from ipyscribe.lesson.cloze import Exercise, Gap, Mark, hide
from ipyscribe.lesson.delay_plot import plot_delays
from ipyscribe.lesson.shipped_tapes import tape, tapes
from ipyscribe.lesson.teaching_server import TeachingServer, server

__all__ = [
    "Exercise",
    "Gap",
    "Mark",
    "TeachingServer",
    "Verdict",
    "check",
    "hide",
    "plot_delays",
    "server",
    "tape",
    "tapes",
]
