"""Where a folder of recordings is dropped or chosen, and how much of it has arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ipyscribe.errors import ScribeError, SessionStateError
from ipyscribe.widgets.evaluation.uploaded_files import UploadedFiles
from ipyscribe.widgets.shared.command_view import CommandView, Json

_MB = 1_000_000
_FOLDERS = (
    "A recording and its text have the same name, such as talk.wav and talk.txt, or a table names both; "
    "corpora such as LibriSpeech and Common Voice are read as they are shipped."
)


class UploadView(CommandView):
    """Receives the files of a dropped folder to play to ``models``; ``evaluate(files)`` is called with all of them.

    ``busy()`` is true where another folder has to wait, as one is being played.
    """

    front = "evaluation/upload_view"
    models = traitlets.Unicode().tag(sync=True)
    """What is played to whom, and which folders can be read."""
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """CSS class of the saved copy, which is hidden while the widget lives."""

    _files: UploadedFiles | None = None
    evaluated: UploadedFiles | None = None
    """The folder that an evaluation was made of."""

    def __init__(
        self,
        models: Sequence[str],
        evaluate: Callable[[UploadedFiles], object],
        busy: Callable[[], bool],
        **kwargs: Any,
    ) -> None:
        super().__init__(models=f"Models: {', '.join(models)}. {_FOLDERS}", **kwargs)
        self._evaluate, self._busy = evaluate, busy

    @property
    def receiving(self) -> bool:
        """Whether files are being sent."""
        return self._files is not None

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        files, error = self._files, self._error
        self.state = {
            "receiving": self.receiving,
            "share": files.share if files else 0.0,
            "text": _text(files, self.evaluated),
            "error": "" if error is None else " ".join(filter(None, (error.message, error.advice))),
        }

    def close(self) -> None:
        """Delete the files as well."""
        for files in (self._files, self.evaluated):
            if files is not None:
                files.remove()
        self._files = self.evaluated = None
        super().close()

    def _receive(self, _: object, message: Any, buffers: Any) -> None:
        if isinstance(message, dict) and buffers:
            message = message | {"data": bytes(buffers[0])}
        super()._receive(_, message, buffers)

    def _run(self, message: Json) -> None:
        match message:
            case {"kind": "hello"}:
                self._cancel()  # the page that sent files was left
            case {"kind": "folder", "name": str(name), "files": list(files)}:
                self._begin(name, files)
            case {"kind": "chunk", "file": file, "start": start, "data": data} if self._files is not None:
                self._files.receive(file, start, data)
                self._go_on(self._files)
            case {"kind": "unreadable", "path": str(path)} if self._files is not None:
                raise SessionStateError(f"The browser cannot read {path!r:.120}.", advice="Drop the folder again.")

    def _begin(self, name: str, files: Sequence[Json]) -> None:
        if self._busy():
            raise SessionStateError("An evaluation is running.", advice="Stop it first, or wait for its end.")
        self._cancel()
        self._error = None
        self._files = UploadedFiles(name, files)
        self._go_on(self._files)

    def _go_on(self, files: UploadedFiles) -> None:
        if not files.complete:
            if chunks := files.next_chunks():
                self.post("send", chunks=chunks)
            return
        self._evaluate(files)
        if self.evaluated is not None:
            self.evaluated.remove()
        self._files, self.evaluated = None, files

    def _failed(self, error: ScribeError) -> None:
        super()._failed(error)
        self._cancel()

    def _cancel(self) -> None:
        if self._files is not None:
            self._files.remove()
            self._files = None


def _text(files: UploadedFiles | None, evaluated: UploadedFiles | None) -> str:
    if files is not None:
        return f"{files.name}: {files.bytes_received / _MB:.1f} of {files.bytes_total / _MB:.1f} MB sent"
    return "" if evaluated is None else f"Folder: {evaluated.name}"
