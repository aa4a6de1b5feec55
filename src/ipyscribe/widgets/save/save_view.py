"""The menu that saves a session through the browser: the files never stay on the kernel's disk."""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import traitlets

from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.errors import ScribeError
from ipyscribe.export import FORMATS, Format, Frozen, MenuEntry, content, freeze
from ipyscribe.export.exportable import has_audio
from ipyscribe.session import SessionLike
from ipyscribe.tape.abandoned import SAVING
from ipyscribe.widgets.shared.publisher import DOWNLOAD_EVERY_S, Publisher
from ipyscribe.widgets.shared.view import View

Savable = SessionLike | ComparedLanes


@dataclass(frozen=True, slots=True)
class Download:
    """One entry of the menu; ``make`` gives the file's content."""

    label: str
    extension: str
    media_type: str
    make: Callable[[Savable], bytes]
    group: str = "Transcript"
    needs_audio: bool = False
    one_lane: bool = False


def _download(form: Format, entry: MenuEntry, label: str = "", **options: Any) -> Download:
    return Download(
        label or entry.label,
        form.extension,
        form.media_type,
        lambda session: content(session, form.extension, **entry.options, **options),
        form.group,
        form.needs_audio or bool(entry.options.get("sound")),
        form.one_lane,
    )


def _downloads() -> dict[str, Download]:
    """Every entry of the menu by its key: those of the formats, the page without scripts, and the tape."""
    downloads = {
        f"{extension}-{number}" if number else extension: _download(form, entry)
        for extension, form in FORMATS.items()
        for number, entry in enumerate(form.menu_entries)
    }
    downloads["page"] = Download(
        "Page without scripts (HTML)",
        "html",
        "text/html",
        lambda session: freeze(session).page.encode("utf-8", "replace"),
        "To read",
    )
    downloads["tape"] = Download(
        "Tape, to replay in ipyscribe", "tape", "application/zip", lambda s: _tape_file(s), "Data"
    )
    return downloads


DOWNLOADS = _downloads()


class SaveView(View):
    """A menu of files that a session can be saved as, in a cell of its own: ``SaveView(session)``.

    ``page`` makes the page without scripts where it is another than that of a session. The file is made by the
    kernel when it is asked for, and saved by the browser, where the reader is. From a session's start on the menu keeps
    its place, and ``able`` says whether there are words to save.
    """

    front = "save/save_view"
    choices: Any = traitlets.List().tag(sync=True)
    able: Any = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, session: Savable | None = None, *, page: Callable[[], Frozen] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._page = page
        self._downloads = DOWNLOADS
        self._requests: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._menu: tuple[Savable | None, bool, bool, bool] = (None, False, False, False)
        if session is not None:
            publisher = Publisher(lambda: self.answer(session), interval_s=DOWNLOAD_EVERY_S, name="save")
            self.wake = publisher.poke
            session.on_change(publisher.poke)
            publisher.poke()

    def on_message(self, message: dict[str, Any]) -> None:
        """A file is asked for; ``request`` names the view that did."""
        match message:
            case {"kind": "save", "format": str(key), "request": str(request)} if key in self._downloads:
                self._requests.put((key, request))

    def answer(self, session: Savable | None) -> None:
        """Make the files that were asked for, and bring the menu up to date; from one thread only."""
        words, begun = session is not None and _has_words(session), session is not None and _has_begun(session)
        state = (session, words, begun, session is not None and session.done)
        if state != self._menu:
            self._menu = state
            self._downloads = _of_several(session.labels) if isinstance(session, ComparedLanes) else DOWNLOADS
            with_audio = session is not None and has_audio(session)
            self.choices = _choices(self._downloads, with_audio) if begun else []
            self.able = words
        while not self._requests.empty():
            key, request = self._requests.get_nowait()
            if session is not None and key in self._downloads:
                self._make(session, key, request)

    def _make(self, session: Savable, key: str, request: str) -> None:
        download = self._downloads[key]
        try:
            page = self._page if key == "page" else None
            file = download.make(session) if page is None else page().page.encode("utf-8", "replace")
        except ScribeError as error:
            self.post("problem", request=request, message=str(error))
        except Exception as error:
            self.post("problem", request=request, message=f"The file could not be made: {type(error).__name__}.")
            raise
        else:
            self.post("file", [file], request=request, extension=download.extension, type=download.media_type)


def _has_begun(session: Savable) -> bool:
    lanes = session.lanes if isinstance(session, ComparedLanes) else (session,)
    return any(lane.status != "ready" for lane in lanes) or _has_words(session)


def _has_words(session: Savable) -> bool:
    transcripts = session.transcripts.values() if isinstance(session, ComparedLanes) else [session.transcript]
    return any(len(transcript) > 0 for transcript in transcripts)


def _of_several(labels: tuple[str, ...]) -> dict[str, Download]:
    """The same for several models: a format that holds one transcript has an entry for each."""
    each = {
        f"{extension} {number}": _download(form, form.menu_entries[0], f"{label} ({extension.upper()})", lane=label)
        for extension, form in FORMATS.items()
        if form.one_lane
        for number, label in enumerate(labels)
    }
    return {key: download for key, download in DOWNLOADS.items() if not download.one_lane} | each


def _choices(downloads: dict[str, Download], with_audio: bool) -> list[dict[str, str]]:
    return [
        {"key": key, "label": download.label, "group": download.group}
        for key, download in downloads.items()
        if with_audio or not download.needs_audio
    ]


def _tape_file(session: Savable) -> bytes:
    with tempfile.TemporaryDirectory(prefix=SAVING) as folder:
        return session.tape.save(Path(folder) / "session.tape").read_bytes()
