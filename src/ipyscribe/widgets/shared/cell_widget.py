"""A tool in a notebook cell: its views, the threads that keep them up to date, and its copy in the saved notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from ipyscribe.export.static_style import SAVED_COPY
from ipyscribe.widgets.shared.living_widgets import require_living_widgets
from ipyscribe.widgets.shared.publisher import DOWNLOAD_EVERY_S, DRAW_EVERY_S, PUBLISH_EVERY_S, Publisher
from ipyscribe.widgets.shared.saved_copy import SavedCopy
from ipyscribe.widgets.shared.view import View

_NOT_SHOWN = "This page does not show it yet: reload the page. In a cell, .stop() ends what it records."
"""For a page that was open when the cell ran in another: it has the output, and not the widget."""


class CellWidget(ipywidgets.VBox):
    """A box of views that shows itself in Jupyter, Voila and marimo, alone or in other boxes.

    A subclass builds its views, gives them to ``_assemble``, and brings them up to date in ``_publish``, the timeline
    in ``_draw`` and the downloads in ``_export``; each runs on a thread of its own, which exists only while there is
    something to do. ``_saved_content`` is what the copy in the saved notebook shows.
    """

    _assembled = False

    def __init__(self, saved_copy: SavedCopy[Any], *, burst: int = 1) -> None:
        require_living_widgets()
        self.saved_copy = saved_copy
        self._publishers: list[Publisher] = []
        self._publisher = self._add_publisher(self._publish, PUBLISH_EVERY_S, "publish", burst=burst)
        self._drawer = self._add_publisher(self._draw, DRAW_EVERY_S, "draw", burst=2)
        self._exporter = self._add_publisher(self._export, DOWNLOAD_EVERY_S, "save")
        super().__init__()

    def _add_publisher(
        self, publish: Callable[[], float | None], interval_s: float, name: str, *, burst: int = 1
    ) -> Publisher:
        publisher = Publisher(publish, interval_s=interval_s, name=name, burst=burst)
        self._publishers.append(publisher)
        return publisher

    def _assemble(
        self,
        *views: View,
        timeline: View | None = None,
        downloads: View | None = None,
        microphone: View | None = None,
    ) -> None:
        """Show ``views`` one below the other, the first of which hides the saved copy where the widget lives.

        ``timeline`` and ``downloads`` are among them, if there are such. ``microphone`` comes second; it is closed by
        whoever made it.
        """
        head, *rest = views
        head.hides = self.saved_copy.css_class
        for view in views:
            view.wake = self._publisher.poke
        if timeline is not None:
            timeline.wake = self._refresh
        if downloads is not None:
            downloads.wake = self._exporter.poke
        self._views = views
        self.children = [head, *([] if microphone is None else [microphone]), *rest]
        self.add_class("ipyscribe")
        self._assembled = True

    def _publish(self) -> float | None:
        """Bring the views up to date; gives back after how many seconds to do so again without being asked."""
        raise NotImplementedError

    def _draw(self) -> float | None:
        """Bring the timeline up to date, as ``_publish`` does the rest."""
        return None

    def _export(self) -> float | None:
        """Make the files that were asked for."""
        return None

    def _saved_content(self) -> Any:
        """What the saved copy shows, for ``SavedCopy.update``."""
        raise NotImplementedError

    def _refresh(self) -> None:
        """Bring everything up to date soon."""
        for publisher in (self._publisher, self._drawer, self._exporter):
            publisher.poke()

    def update_saved_copy(self) -> None:
        """Bring views and saved copy up to date before the calling cell ends: after it, outputs are no longer saved."""
        self._publisher.poke()
        self._flush()
        self.saved_copy.update(self._saved_content())

    def _flush(self) -> None:
        """Wait until all that is new is shown."""
        self._publisher.flush()
        self._drawer.flush()

    def close(self) -> None:
        """Remove the widget; any number of times."""
        if not self._assembled:  # ipywidgets closes what it deletes, also what its own __init__ refused
            return
        self._assembled = False
        self._release()
        for publisher in self._publishers:
            publisher.close()
            publisher.flush()
        for view in self._views:
            view.close()
        super().close()

    def _release(self) -> None:
        """End what the widget holds, before its threads end."""

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        self.saved_copy.display(self._saved_content())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self._refresh()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        # A saved notebook keeps this text as it is now: what will have become stale does not belong into it.
        text = f"{type(self).__name__}. {SAVED_COPY}\n{_NOT_SHOWN}"
        return {"text/plain": text, "application/vnd.jupyter.widget-view+json": view}

    def _display_(self) -> Any:
        """For marimo, which shows anywidgets but none of the boxes of ipywidgets."""
        import marimo

        return marimo.vstack([marimo.ui.anywidget(view) for view in self.children], gap=0)
