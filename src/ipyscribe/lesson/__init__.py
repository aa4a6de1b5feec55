"""Teaching with tapes: exercises to do by ear."""

from ipyscribe.lesson.cloze import Exercise, Gap, Mark, hide

__all__ = ["Exercise", "Gap", "Mark", "hide"]
