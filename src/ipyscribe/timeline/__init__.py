"""Who spoke when, what is still open, and how long after the end of speech the final came.

Of one model, or of several on one clock, with how long each takes and how well each hears.
"""

from ipyscribe.timeline.appearance import describe_words, plot_words
from ipyscribe.timeline.figure import Placed, placed_timeline, plot_timeline
from ipyscribe.timeline.lanes import describe_lanes, lanes_png, plot_lanes
from ipyscribe.timeline.latency import describe_latency, plot_latency
from ipyscribe.timeline.tradeoff import ModelPoint, describe_accuracy_latency, plot_accuracy_latency
from ipyscribe.timeline.words import describe

__all__ = [
    "ModelPoint",
    "Placed",
    "describe",
    "describe_accuracy_latency",
    "describe_lanes",
    "describe_latency",
    "describe_words",
    "lanes_png",
    "placed_timeline",
    "plot_accuracy_latency",
    "plot_lanes",
    "plot_latency",
    "plot_timeline",
    "plot_words",
]
