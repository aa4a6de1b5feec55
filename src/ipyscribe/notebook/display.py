"""Shows a class that knows nothing of Jupyter as a widget, which is imported when it is first asked for."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any, ClassVar, Protocol

_making_view = threading.RLock()


class CellView(Protocol):
    """The widget that shows something in a notebook cell; ``widgets.shared.cell_widget.CellWidget`` is one."""

    def update_saved_copy(self) -> None:
        """Bring the widget and the copy in the saved notebook up to date before the calling cell ends."""

    def close(self) -> None:
        """Remove the widget; what it shows goes on."""

    def _ipython_display_(self) -> None: ...
    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]: ...
    def _display_(self) -> Any: ...


class NotebookDisplay:
    """A class that notebooks show as ``view``: as the last expression of a cell, and in boxes as ``VBox([it.view])``.

    ``view_factory`` is ``"module:callable"``; the callable takes the object and gives its widget.
    """

    view_factory: ClassVar[str]
    _view: CellView | None = None

    @property
    def view(self) -> CellView:
        """The widget that shows it in a notebook; made, and Jupyter imported, at the first call."""
        with _making_view:
            if self._view is None:
                module, _, name = self.view_factory.partition(":")
                self._view = getattr(import_module(module), name)(self)
            return self._view

    def _update_saved_copy(self) -> None:
        if self._view is not None:
            self._view.update_saved_copy()

    def _close_view(self) -> None:
        if self._view is not None:
            self._view.close()

    def _ipython_display_(self) -> None:
        self.view._ipython_display_()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return self.view._repr_mimebundle_(**options)

    def _display_(self) -> Any:
        """For marimo."""
        return self.view._display_()
