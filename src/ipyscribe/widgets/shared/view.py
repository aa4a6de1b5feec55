"""What the widgets have in common: their front end, and messages both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anywidget

from ipyscribe.widgets.shared.front_end import script, style
from ipyscribe.widgets.shared.hosts import require_living_widgets
from ipyscribe.widgets.shared.kernel_busy import hear_meanwhile


class View(anywidget.AnyWidget):
    """A widget whose module and style sheet are ``front``.js and .css in ``widgets``.

    The front end says ``hello`` when it appears, also after a reload; what a person does comes to
    ``on_message`` on whichever thread the kernel handles messages on, so it must be quick: it notes the wish
    and calls ``wake``, which has the owner publish soon. What was pressed is answered with ``heard`` at once, so
    that the front end can say when a running cell keeps the kernel from hearing.
    """

    front = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "front" in cls.__dict__:  # not the subclasses that traitlets makes of it to add traits
            cls._esm = script(cls.front)
            cls._css = style(cls.front)

    def __init__(self, **kwargs: Any) -> None:
        require_living_widgets()
        super().__init__(**kwargs)
        self.wake: Callable[[], None] = lambda: None
        self.on_msg(self._take)

    def open(self) -> None:
        """Open the comm; what the front end says there is heard while a cell runs, where the kernel can do that."""
        super().open()
        hear_meanwhile(self.comm)

    def on_message(self, message: dict[str, Any]) -> bool | None:
        """Something that the front end said. False where nothing follows from it for what is shown."""

    def tell(self, kind: str, buffers: Sequence[bytes] = (), **fields: Any) -> None:
        """Say something to every view of this widget."""
        self.send({"kind": kind, **fields}, list(buffers) or None)

    def _take(self, _: object, message: Any, __: object) -> None:
        if isinstance(message, dict):
            if message.get("kind") == "do":
                self.tell("heard")
            follows = self.on_message(message)
            if follows is not False:
                self.wake()
