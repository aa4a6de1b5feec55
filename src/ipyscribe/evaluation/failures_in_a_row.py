"""A model that fails at one recording after the other: it is the model, or its network, and not the recordings."""

from __future__ import annotations

from collections.abc import Mapping

from ipyscribe.errors import ScribeError

_MOST = 5


class FailuresInARow:
    """How often each model has failed since the last recording at which it did not."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, errors: Mapping[str, ScribeError]) -> ScribeError | None:
        """A recording is over, with the errors of models that failed at it; the error that is to end the run, if any.

        It is that of a model which failed at too many recordings in a row, when the others need not be paid for any
        longer.
        """
        self._counts = {label: self._counts.get(label, 0) + 1 for label in errors}
        for label, error in errors.items():
            if self._counts[label] >= _MOST:
                message = f"{label} failed at {self._counts[label]} recordings in a row. {error.message}"
                ScribeError.__init__(error, message, advice=error.advice)
                return error
        return None
