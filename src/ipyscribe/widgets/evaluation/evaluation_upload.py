"""A cell that takes a folder of recordings from the browser and evaluates models on it."""

from __future__ import annotations

from typing import Any

from ipyscribe.comparison.model_choices import Models, hidden_models, model_choices
from ipyscribe.evaluation import Evaluation
from ipyscribe.notebook import end_with_cell
from ipyscribe.protocol.secret import hidden_settings
from ipyscribe.widgets.evaluation.evaluation_copy import EvaluationCopy
from ipyscribe.widgets.evaluation.evaluation_view import EvaluationPanels
from ipyscribe.widgets.evaluation.upload_view import UploadView
from ipyscribe.widgets.evaluation.uploaded_files import UploadedFiles
from ipyscribe.widgets.shared.publisher import PUBLISH_EVERY_S
from ipyscribe.widgets.shared.saved_copy import OptionalCopy


class EvaluationUpload(EvaluationPanels):
    """Evaluates ``models`` on a folder that is dropped onto it, or chosen: ``EvaluationUpload(["u3-rt-pro"])``.

    The folder lies where the browser is; its files are sent to a temporary folder of the kernel, which is deleted with
    the widget. What ``Evaluation`` takes as a folder it takes too. ``settings`` are those of ``Evaluation``: with
    ``folder`` results are kept, so that the same folder, dropped again, is not played again.

    It starts at once where nothing is to be paid, or where ``max_cost_usd`` says how much at most; else it says what
    all recordings cost, and waits for Start. ``evaluation`` is the one that is shown.

    Raises ``ParameterError`` for models that cannot be used.
    """

    def __init__(self, models: Models, **settings: Any) -> None:
        models = hidden_models(models)
        labels = [choice.label for choice in model_choices(models, fewest=1)]
        self._models, self._settings = models, hidden_settings(settings)
        super().__init__(OptionalCopy(EvaluationCopy(), "No recordings yet."))
        self.upload_view = UploadView(labels, self._evaluate, lambda: self._running)
        self._assemble(self.upload_view, self.panel, self.recording_panel)
        end_with_cell(self._stop)

    def _evaluate(self, files: UploadedFiles) -> None:
        evaluation = Evaluation(self._models, files.folder, **self._settings)
        self.follow(evaluation)
        agreed = evaluation.expected_cost_usd == 0 or self._settings.get("max_cost_usd") is not None
        if evaluation.left and agreed:
            self.panel.on_message({"kind": "command", "command": "start"})

    def _publish(self) -> float | None:
        self.upload_view.run_commands()
        self.upload_view.show()
        next_in_s = super()._publish()
        if self.upload_view.receiving:
            self._publisher.interval_s = PUBLISH_EVERY_S
        return next_in_s

    def _stop(self) -> None:
        if self.evaluation is not None:
            self.evaluation.request_stop()

    def _release(self) -> None:
        self._stop()
        super()._release()

    def __repr__(self) -> str:
        return f"<EvaluationUpload of {self.evaluation!r}>"
