"""Figures: who spoke when, what is still open, and how long after the end of speech each final came.

Of one model, or of several on one clock, with their latency and accuracy.
"""

from ipyscribe.timeline.description import describe, turns_at
from ipyscribe.timeline.figure import Placed, placed_timeline, plot_timeline
from ipyscribe.timeline.inputs import ModelPoint
from ipyscribe.timeline.lane_plot import describe_lanes, lanes_png, placed_lanes, plot_lanes
from ipyscribe.timeline.latency import describe_latency, plot_latency
from ipyscribe.timeline.tradeoff import describe_accuracy_latency, plot_accuracy_latency
from ipyscribe.timeline.word_lanes import describe_words, plot_words

__all__ = [
    "ModelPoint",
    "Placed",
    "describe",
    "describe_accuracy_latency",
    "describe_lanes",
    "describe_latency",
    "describe_words",
    "lanes_png",
    "placed_lanes",
    "placed_timeline",
    "plot_accuracy_latency",
    "plot_lanes",
    "plot_latency",
    "plot_timeline",
    "plot_words",
    "turns_at",
]
