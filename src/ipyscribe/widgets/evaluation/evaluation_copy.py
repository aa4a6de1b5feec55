"""The copy of an evaluation in the saved notebook."""

from __future__ import annotations

from typing import Any

from ipyscribe.evaluation import Evaluation
from ipyscribe.evaluation.static_page import plain_evaluation, static_evaluation
from ipyscribe.export.static_style import SAVED_COPY
from ipyscribe.widgets.shared.saved_copy import SavedCopy

_MOST_COUNTED = 3_000
"""Transcripts whose errors are counted each time that the copy is written; a cell waits for it when it is shown."""


class EvaluationCopy(SavedCopy[Evaluation]):
    """The table, the picture and the worst recordings of an evaluation."""

    def version(self, content: Evaluation) -> Any:
        """Which one it is, what was played, and whether there will be more."""
        return (id(content), content.version, content.running)

    def bundle(self, content: Evaluation) -> dict[str, str]:
        """HTML, and the table as text."""
        counted = content.progress.played * len(content.labels)
        html = static_evaluation(
            content,
            css_class=self.css_class,
            note=SAVED_COPY,
            brief=content.running,
            with_errors=counted <= _MOST_COUNTED,
        )
        return {"text/html": html, "text/plain": plain_evaluation(content)}
