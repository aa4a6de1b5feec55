"""What all widgets have in common: their front end, messages both ways, and plain text on every way to the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import anywidget
import traitlets

from ipyscribe.plain_text import plain_json
from ipyscribe.widgets.shared.front_end import script, style
from ipyscribe.widgets.shared.kernel_busy import receive_while_cell_runs
from ipyscribe.widgets.shared.living_widgets import require_living_widgets


class View(anywidget.AnyWidget):
    """A widget whose module and style sheet are ``front``.js and .css in ``widgets``.

    The front end sends ``hello`` when it appears, also after a reload. What a person does comes to ``on_message`` on
    whichever thread the kernel handles messages on, so it must be quick: it queues the command and calls ``wake``,
    which has the owner publish soon. A pressed button is acknowledged with ``received`` at once, so that the front end
    can say when a running cell keeps the kernel busy.

    Whatever text a trait or a message holds reaches the page as plain text, wherever it comes from: a file, a device,
    a server.
    """

    front = ""
    styles: ClassVar[tuple[str, ...]] = ()
    """Style sheets of other widgets, parts of which it is made of."""
    ident = traitlets.Unicode().tag(sync=True)
    """The model's id, by which the page finds it."""
    user_text: ClassVar[frozenset[str]] = frozenset()
    """Synced traits with text that the user edits in the page: their line breaks are kept."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "front" in cls.__dict__:  # not the subclasses that traitlets makes of it to add traits
            cls._esm = script(cls.front)
            cls._css = style(*cls.styles, cls.front)

    def __init__(self, **kwargs: Any) -> None:
        require_living_widgets()
        ident = uuid.uuid4().hex
        super().__init__(model_id=ident, ident=ident, **kwargs)
        self.wake: Callable[[], None] = lambda: None
        self.on_msg(self._hear)

    def open(self) -> None:
        """Open the comm; what the front end sends on it arrives while a cell runs, where the kernel can do that."""
        super().open()
        receive_while_cell_runs(self.comm)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The synced traits as the page gets them."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return {
            name: value if name.startswith("_") else plain_json(value, keep_lines=name in self.user_text)
            for name, value in state.items()
        }

    def on_message(self, message: dict[str, Any]) -> bool | None:
        """A message of the front end. False where it changes nothing that is shown."""

    def post(self, kind: str, buffers: Sequence[bytes] = (), **fields: Any) -> None:
        """Send a message to every view of this widget."""
        self.send({"kind": kind, **plain_json(fields)}, list(buffers) or None)

    def _hear(self, widget: object, message: Any, buffers: Any) -> None:
        if isinstance(message, dict) and message.get("kind") == "missed":  # by a page whose module was late
            self.send_state([name for name in self.keys if not name.startswith("_")])
            self.post("made_up")
        else:
            self._receive(widget, message, buffers)

    def _receive(self, _: object, message: Any, __: object) -> None:
        if isinstance(message, dict):
            if message.get("kind") == "command":
                self.post("received")
            if self.on_message(message) is not False:
                self.wake()
