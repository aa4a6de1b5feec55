"""A single view in a cell, with a copy of what it shows in the saved notebook."""

from __future__ import annotations

from typing import Any

import traitlets

from ipyscribe.widgets.shared.saved_copy import SavedCopy
from ipyscribe.widgets.shared.view import View


class CopiedView(View):
    """A view that stands in a cell alone. ``_saved_content`` is what its copy shows.

    Its front end hides the copy, whose class is ``hides``.
    """

    hides = traitlets.Unicode().tag(sync=True)

    def __init__(self, saved_copy: SavedCopy[Any], **kwargs: Any) -> None:
        self.saved_copy = saved_copy
        super().__init__(hides=saved_copy.css_class, **kwargs)
        self.add_class("ipyscribe")

    def update_saved_copy(self) -> None:
        """Bring the saved copy up to date before the calling cell ends: after it, outputs are no longer saved."""
        self.saved_copy.update(self._saved_content())

    def _saved_content(self) -> Any:
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        self.saved_copy.display(self._saved_content())

    def _repr_mimebundle_(self, **_: Any) -> Any:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": type(self).__name__, "application/vnd.jupyter.widget-view+json": view}

    def _display_(self) -> Any:
        """For marimo."""
        import marimo

        return marimo.ui.anywidget(self)
