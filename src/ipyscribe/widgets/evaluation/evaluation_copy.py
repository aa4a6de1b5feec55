"""The copy of an evaluation in the saved notebook."""

from __future__ import annotations

from typing import Any

from ipyscribe.evaluation import Evaluation
from ipyscribe.evaluation.static_page import plain_evaluation, static_evaluation
from ipyscribe.export.static_style import SAVED_COPY
from ipyscribe.widgets.shared.saved_copy import SavedCopy


class EvaluationCopy(SavedCopy[Evaluation]):
    """The table, the picture and the worst recordings of an evaluation."""

    def version(self, content: Evaluation) -> Any:
        """What was played, and whether there will be more."""
        return (content.version, content.running)

    def bundle(self, content: Evaluation) -> dict[str, str]:
        """HTML, and the table as text."""
        html = static_evaluation(content, css_class=self.css_class, note=SAVED_COPY, brief=content.running)
        return {"text/html": html, "text/plain": plain_evaluation(content)}
