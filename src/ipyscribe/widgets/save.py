"""The menu that downloads a session through the browser: the files never touch the kernel's disk for long."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import traitlets

from ipyscribe.errors import ScribeError
from ipyscribe.export import FORMATS, content, freeze
from ipyscribe.export.what import has_sound
from ipyscribe.session import Listening
from ipyscribe.widgets.base import View
from ipyscribe.widgets.publisher import Publisher

ANSWER_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Download:
    """One entry of the menu; ``make`` gives the file's content."""

    label: str
    extension: str
    media_type: str
    make: Callable[[Listening], bytes]
    group: str = "Transcript"
    needs_sound: bool = False


def _of_format(extension: str, group: str, label: str = "", **options: Any) -> Download:
    form = FORMATS[extension]
    return Download(
        label or form.label,
        form.extension,
        form.media_type,
        lambda session: content(session, extension, **options),
        group,
        form.sound or bool(options.get("sound")),
    )


DOWNLOADS = {
    "txt": _of_format("txt", "To read"),
    "md": _of_format("md", "To read"),
    "html": _of_format("html", "To read", "Interactive page (HTML)"),
    "html-sound": _of_format("html", "To read", "Interactive page with sound (HTML)", sound=True),
    "page": Download(
        "Page without scripts (HTML)",
        "html",
        "text/html",
        lambda session: freeze(session).page.encode("utf-8", "replace"),
        "To read",
    ),
    "srt": _of_format("srt", "Subtitles"),
    "vtt": _of_format("vtt", "Subtitles"),
    "csv": _of_format("csv", "Data", "Table of turns (CSV)"),
    "words": _of_format("csv", "Data", "Table of words (CSV)", rows="words"),
    "json": _of_format("json", "Data"),
    "TextGrid": _of_format("TextGrid", "Data"),
    "eaf": _of_format("eaf", "Data"),
    "wav": _of_format("wav", "Sound"),
    "flac": _of_format("flac", "Sound"),
    "tape": Download(
        "Tape, to replay in ipyscribe", "tape", "application/zip", lambda session: _taped(session), "Data"
    ),
}


class SaveView(View):
    """A menu of files that a session can be saved as, in a cell of its own: ``SaveView(session)``.

    The file is made by the kernel when it is asked for, and saved by the browser, where the reader is.
    """

    front = "save"
    choices: Any = traitlets.List().tag(sync=True)

    def __init__(self, session: Listening | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._asked: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._listed: tuple[Listening | None, bool, bool] = (None, False, False)
        if session is not None:
            publisher = Publisher(lambda: self.answer(session), interval_s=ANSWER_EVERY_S, name="save")
            self.wake = publisher.poke
            session.on_change(publisher.poke)
            publisher.poke()

    def on_message(self, message: dict[str, Any]) -> None:
        """A file is asked for; ``ask`` says by which view and when."""
        match message:
            case {"kind": "save", "what": str(what), "ask": str(ask)} if what in DOWNLOADS:
                self._asked.put((what, ask))

    def answer(self, session: Listening | None) -> None:
        """Make what was asked for, and bring the menu up to date; from one thread only."""
        state = (session, session is not None and len(session.transcript) > 0, session is not None and session.done)
        if state != self._listed:
            self._listed = state
            self.choices = [] if session is None or not state[1] else _choices(has_sound(session))
        while not self._asked.empty():
            what, ask = self._asked.get_nowait()
            if session is not None:
                self._make(session, DOWNLOADS[what], ask)

    def _make(self, session: Listening, download: Download, ask: str) -> None:
        try:
            made = download.make(session)
        except ScribeError as error:
            self.tell("problem", ask=ask, message=str(error))
        except Exception as error:
            self.tell("problem", ask=ask, message=f"The file could not be made: {type(error).__name__}.")
            raise
        else:
            self.tell("file", [made], ask=ask, extension=download.extension, type=download.media_type)


def _choices(sounds: bool) -> list[dict[str, str]]:
    return [
        {"key": key, "label": download.label, "group": download.group}
        for key, download in DOWNLOADS.items()
        if sounds or not download.needs_sound
    ]


def _taped(session: Listening) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ipyscribe-save-") as folder:
        return session.tape.save(Path(folder) / "session.tape").read_bytes()
