"""A cell in which models and a source are chosen, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ipyscribe.access import Token, default_model
from ipyscribe.audio import AudioSource
from ipyscribe.comparison import Comparison
from ipyscribe.errors import ParameterError
from ipyscribe.notebook import end_with_cell
from ipyscribe.protocol.models import find_model
from ipyscribe.protocol.secret import hidden, hidden_settings
from ipyscribe.widgets.comparison.comparison_copy import ComparisonCopy
from ipyscribe.widgets.comparison.comparison_view import ComparisonView
from ipyscribe.widgets.comparison.panel_state import is_running
from ipyscribe.widgets.comparison.setup_view import SetupView
from ipyscribe.widgets.microphone.source_list import SourceList
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.saved_copy import OptionalCopy

_CLOUD_PAIR, _LOCAL_PAIR = "universal-streaming-english", "local-pocketsphinx"
"""What is ticked beside the model that a ``Transcriber`` begins with."""


class ComparisonSetup(CellWidget):
    """Tick 2 to 6 models, choose a source, press Start: ``ComparisonSetup()``.

    Each Start makes a ``Comparison``, which is shown below; ``comparison`` is that one, and ``comparisons`` are all,
    which can be gone back to. ``models`` are names to tick at first, by default two that can be used here, and
    ``source`` is listed first, as for ``Transcriber``. All else are the arguments of ``Comparison``.

    Raises ``ParameterError`` for models or sources that cannot be used.
    """

    def __init__(
        self,
        models: Sequence[str] = (),
        *,
        source: AudioSource | Sequence[AudioSource] | Literal["auto"] = (),
        endpoint: str | None = None,
        api_key: str | None = None,
        token: Token | None = None,
        **settings: Any,
    ) -> None:
        # Hidden first: what is raised from here on may be shown with the variables of this call.
        api_key, token, settings = hidden(api_key), hidden(token), hidden_settings(settings)
        if isinstance(models, str) or not all(isinstance(each, str) for each in models):
            raise ParameterError(
                f"models={models!r:.80} is not a list of model names.", advice="See ipyscribe.models()."
            )
        self._settings = {"endpoint": endpoint, "api_key": api_key, "token": token, **settings}
        self._sources = SourceList(source)
        self.comparisons: tuple[Comparison, ...] = ()
        """All that were started, the oldest first."""
        self._shown: ComparisonView | None = None
        super().__init__(OptionalCopy(ComparisonCopy(), "No comparison yet."))
        self.setup_view = SetupView(
            models or _usable(api_key, token, endpoint),
            self._sources,
            endpoint=endpoint,
            start=self._compare,
            busy=lambda: self.comparison is not None and is_running(self.comparison),
            earlier=lambda: [_label(number, each) for number, each in enumerate(self.comparisons, start=1)],
            show_earlier=self.show_comparison,
        )
        self._assemble(self.setup_view)
        end_with_cell(self._stop)

    @property
    def comparison(self) -> Comparison | None:
        """The comparison that is shown; None before the first start."""
        number = self.setup_view.shown_number
        return self.comparisons[number] if self.comparisons else None

    def show_comparison(self, number: int) -> None:
        """Show ``comparisons[number]`` again, as the list beside Start does.

        Raises ``ParameterError`` where there is none, ``SessionStateError`` while another one runs.
        """
        self.setup_view.require_idle()
        if not 0 <= number < len(self.comparisons):
            raise ParameterError(
                f"There is no comparison {number!r}.", advice=f"There are {len(self.comparisons)}, from 0 on."
            )
        self._show(number, ComparisonView(self.comparisons[number], self.saved_copy))

    def _show(self, number: int, view: ComparisonView) -> None:
        before, self._shown = self._shown, view
        self.setup_view.shown_number = number
        self.children = [self.setup_view, view]
        if before is not None:
            before.close()
        self._publisher.poke()

    def _compare(self, models: tuple[str, ...], source: AudioSource, page: str) -> None:
        comparison = Comparison(models, source=source, **self._settings)
        comparison.on_change(self._publisher.poke)
        self.comparisons = (*self.comparisons, comparison)
        view = ComparisonView(comparison, self.saved_copy)
        view.panel.on_message({"kind": "command", "command": "start", "page": page})
        view.panel.run_commands()  # now, as another Start may come at once; no other thread has the view yet
        self._show(len(self.comparisons) - 1, view)

    def _publish(self) -> float | None:
        self.setup_view.run_commands()
        self.setup_view.show()
        return None

    def _saved_content(self) -> Any:
        return None if self._shown is None else (self.comparison, self._shown.panel.metrics)

    def _stop(self) -> None:
        if self.comparison is not None:
            self.comparison.request_stop()

    def _release(self) -> None:
        self._stop()
        if self._shown is not None:
            self._shown.close()
        self._sources.close()

    def __repr__(self) -> str:
        return f"<ComparisonSetup of {self.comparison!r}>"


def _usable(api_key: str | None, token: Token | None, endpoint: str | None) -> tuple[str, str]:
    first = default_model(api_key, token, endpoint)
    return first, _LOCAL_PAIR if find_model(first).local else _CLOUD_PAIR


def _label(number: int, comparison: Comparison) -> str:
    return f"Comparison {number}: {', '.join(comparison.labels)}"
