"""Where the models of a comparison and its source are chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ipyscribe.access.target import model_at
from ipyscribe.audio import AudioSource
from ipyscribe.comparison.model_choices import FEWEST_MODELS, MOST_MODELS
from ipyscribe.errors import SessionStateError
from ipyscribe.protocol import models
from ipyscribe.widgets.microphone.source_list import SourceList
from ipyscribe.widgets.shared.command_view import CommandView, Json
from ipyscribe.widgets.shared.model_choice import model_choice
from ipyscribe.widgets.shared.status_strip import error_json

Start = Callable[[tuple[str, ...], AudioSource, str], None]
"""Takes the names of the models, the source, and the page in which Start was pressed."""


class SetupView(CommandView):
    """Models to tick, a list of sources and Start, which calls ``start``.

    ``busy()`` is true while a comparison runs, ``earlier()`` gives the labels of those that were started, and
    ``show_earlier(number)`` shows one of them again.
    """

    front = "comparison/setup_view"
    catalogue: Any = traitlets.List().tag(sync=True)
    sources: Any = traitlets.List().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """CSS class of the saved copy, which is hidden while the widget lives."""

    def __init__(
        self,
        chosen: Sequence[str],
        sources: SourceList,
        *,
        endpoint: str | None,
        start: Start,
        busy: Callable[[], bool],
        earlier: Callable[[], Sequence[str]],
        show_earlier: Callable[[int], None],
        **kwargs: Any,
    ) -> None:
        listed = [model_at(name, endpoint) for name in dict.fromkeys([*(each.name for each in models()), *chosen])]
        super().__init__(catalogue=[model_choice(model) | {"price": model.price} for model in listed], **kwargs)
        self.chosen = tuple(chosen)
        self.source = sources.first
        self._names = frozenset(model.name for model in listed)
        self._source_list = sources
        self._start, self._busy, self._earlier, self._show_earlier = start, busy, earlier, show_earlier
        self._microphones_listed = False
        self.shown_number = -1
        """Which of the earlier comparisons is shown; -1 for none."""

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        self.sources = [
            {"key": option.key, "label": option.label, "problem": option.problem} for option in self._source_list
        ]
        self.state = {
            "chosen": list(self.chosen),
            "source": self.source.key,
            "running": self._busy(),
            "ready": FEWEST_MODELS <= len(self.chosen) <= MOST_MODELS,
            "earlier": list(self._earlier()),
            "shown": self.shown_number,
            "error": None if self._error is None else error_json(self._error),
        }

    def _run(self, message: Json) -> None:
        match message:
            case {"kind": "hello"}:
                if not self._microphones_listed:
                    self._refresh()
            case {"kind": "choose", "model": str(name), "chosen": bool(chosen)} if name in self._names:
                self.require_idle()
                others = tuple(each for each in self.chosen if each != name)
                self.chosen = (*others, name) if chosen else others
            case {"kind": "source", "key": str(key)}:
                self.require_idle()
                self.source = self._source_list[key]
            case {"kind": "refresh_microphones"}:
                self._refresh()
            case {"kind": "earlier", "number": int(number)}:
                self._show_earlier(number)
            case {"kind": "start"}:
                self.require_idle()
                self._error = None
                page = message.get("page")
                in_order = [model["name"] for model in self.catalogue if model["name"] in self.chosen]
                self._start(tuple(in_order), self.source.open_source(), page if isinstance(page, str) else "")

    def _refresh(self) -> None:
        again, self._microphones_listed = self._microphones_listed, True
        self._source_list.refresh_microphones(refresh=again)
        self.source = self._source_list.get(self.source.key, self.source)

    def require_idle(self) -> None:
        """Raise ``SessionStateError`` while a comparison runs."""
        if self._busy():
            raise SessionStateError("A comparison is running.", advice="Stop it first, or wait for its end.")
