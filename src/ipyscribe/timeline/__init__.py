"""Who spoke when, what is still open, and how long after the end of speech the final came."""

from ipyscribe.timeline.figure import plot_timeline, timeline_png
from ipyscribe.timeline.words import describe

__all__ = ["describe", "plot_timeline", "timeline_png"]
