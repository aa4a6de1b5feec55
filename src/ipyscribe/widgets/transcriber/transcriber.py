"""The whole tool in one cell: controls, live transcript, timeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import ipywidgets

from ipyscribe.access import Token
from ipyscribe.audio import AudioSource
from ipyscribe.export import Frozen, freeze
from ipyscribe.notebook.running_cell import end_with_cell
from ipyscribe.session import Session
from ipyscribe.timeline import plot_timeline
from ipyscribe.transcript import Transcript
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.save.save_view import ANSWER_EVERY_S, SaveView
from ipyscribe.widgets.shared.publisher import Publisher
from ipyscribe.widgets.shared.saved_copy import StaticOutput
from ipyscribe.widgets.timeline.time_travel import TimeTravel
from ipyscribe.widgets.timeline.timeline_view import DRAW_EVERY_S, TimelineView
from ipyscribe.widgets.timeline.travel_bar import STEP_EVERY_S, TravelBar
from ipyscribe.widgets.transcriber.code import plain_code, scribe_code
from ipyscribe.widgets.transcriber.controls import LEVEL_EVERY_S, Controls
from ipyscribe.widgets.transcriber.session_controller import SessionController
from ipyscribe.widgets.transcriber.source_list import SourceList
from ipyscribe.widgets.transcript.transcript_view import PUBLISH_EVERY_S, TranscriptView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SAVE_EVERY_S = 10.0
SAVE_WITHIN_S = 60.0
_SAVE_SHARE = 1 / 400
"""Of the time, at most, for writing the saved output, and about as much again in the page, which stands still then."""


class Transcriber(ipywidgets.VBox):
    """A notebook cell that listens: choose a model and a source, press Start, speak.

    ``model`` is a name of ``ipyscribe.models()`` or any other that AssemblyAI takes; left out, it is the
    offline recogniser, or with a key ``universal-3-6-pro``. ``source`` is one source of sound or several, which stand
    in the list above the bundled sample, the browser's microphone and those of the kernel's machine; ``"auto"``
    chooses the microphone nearest to you, and never one in the room of a remote kernel. The other arguments are
    those of ``Session``.

    What the buttons do can be called too: ``start()``, ``pause()``, ``force_endpoint()``, ``stop()``; ``wait()`` waits
    for the end. ``transcript`` is what was said so far, also while it runs; in the widget it can be looked at as it
    stood at any moment, and its words heard, as far as ``session.tape`` has them. Running the cell again ends the
    session that it had started. Raises ``ParameterError`` for a value that cannot be used.
    """

    _complete = False

    def __init__(
        self,
        model: str | None = None,
        *,
        source: AudioSource | Sequence[AudioSource] | Literal["auto"] = (),
        endpoint: str | None = None,
        api_key: str | None = None,
        token: Token | None = None,
        max_cost_usd: float | None = None,
        max_duration_s: float | None = None,
        price_per_hour_usd: float | None = None,
        reconnect_for_s: float | None = None,
        record_audio: bool | None = None,
        keep_audio_s: float | None = None,
        **parameters: Any,
    ) -> None:
        auto = isinstance(source, str) and source == "auto"
        given: Any = () if auto else source if isinstance(source, (list, tuple)) else [source]
        found = next((each for each in given if isinstance(each, BrowserMicrophone)), None)
        self._microphone = BrowserMicrophone() if found is None else found
        sources = SourceList(given, self._microphone, auto=auto)
        self._publisher = Publisher(self._publish, interval_s=PUBLISH_EVERY_S, name="publish", burst=2)
        self._drawer = Publisher(self._draw, interval_s=DRAW_EVERY_S, name="draw")
        self._saver = Publisher(lambda: self.saving.answer(self.session), interval_s=ANSWER_EVERY_S, name="save")
        self._static = StaticOutput()
        self._save_again_s = 0.0
        self._desk = SessionController(
            model,
            sources,
            endpoint=endpoint,
            api_key=api_key,
            token=token,
            parameters=parameters,
            limits={
                "max_cost_usd": max_cost_usd,
                "max_duration_s": max_duration_s,
                "price_per_hour_usd": price_per_hour_usd,
                "reconnect_for_s": reconnect_for_s,
                "record_audio": record_audio,
                "keep_audio_s": keep_audio_s,
            },
            on_change=self._publisher.poke,
        )
        self.controls = Controls(self._desk, self._microphone)
        self._past = TimeTravel(self._publisher.poke)
        self.view = TranscriptView(hint=_hint(self._desk))
        self.timeline = TimelineView(desk=self._past)
        self.bar = TravelBar(self._past)
        self.saving = SaveView()
        views = [self.view, self.timeline, self.bar, self.saving]
        super().__init__(children=[self.controls, self._microphone.widget, *views])
        self.add_class("ipyscribe")
        self.controls.hides = self._static.css_class
        self.controls.wake = self.view.wake = self.bar.wake = self._publisher.poke
        self.timeline.wake = self._poke
        self.saving.wake = self._saver.poke
        self._complete = True
        end_with_cell(self._desk.stop)

    @property
    def model(self) -> str:
        """The model's name; another one can be given between sessions."""
        return self._desk.model.name

    @model.setter
    def model(self, name: str) -> None:
        self._desk.choose_model(name)

    @property
    def session(self) -> Session | None:
        """The session that runs, or ran last; None before the first start."""
        return self._desk.session

    @property
    def transcript(self) -> Transcript:
        """What was said so far; a snapshot that never changes."""
        return self._desk.transcript

    def start(self) -> Session:
        """Start a new session with what is chosen; gives it back at once."""
        return self._desk.start()

    def pause(self, *, keep_alive: bool | None = None) -> None:
        """Send silence instead of sound, and listen again at the next call. The clock and the bill run on.

        With ``keep_alive=True`` no sound is sent, only a sign of life every 5 s: the clock stands still, the bill
        runs on. Left out, it is as was chosen in the widget.
        """
        if keep_alive is not None:
            self._desk.choose_pause(keep_alive)
        self._desk.pause()

    def force_endpoint(self) -> None:
        """End the open turn now."""
        self._desk.force_endpoint()

    def stop(self) -> None:
        """End the session in the orderly way, within 5 s. Does nothing where none runs."""
        session = self._desk.session
        if session is not None:
            session.stop()
            self._save()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the session; False if ``timeout_s`` came first. Raises what went wrong."""
        session = self._desk.session
        if session is None:
            return True
        try:
            return session.wait(timeout_s)
        finally:
            if session.done:
                self._save()

    def plot_timeline(
        self,
        *,
        ax: Axes | None = None,
        theme: str = "light",
        start_ms: float | None = None,
        end_ms: float | None = None,
    ) -> Figure:
        """The whole session, or from ``start_ms`` to ``end_ms``, as a matplotlib Figure."""
        label = "" if self.session is None else self.session.model.title
        return plot_timeline(self.transcript, ax=ax, theme=theme, start_ms=start_ms, end_ms=end_ms, label=label)

    def freeze(self, *, title: str = "Transcript", sound: bool = False) -> Frozen:
        """Transcript and timeline as they stand, as HTML without script; ``sound=True`` puts in what was heard.

        It shows itself as the last expression of a cell; ``.save(path)`` writes a page. Raises ``ParameterError``
        where no sound was kept, ``MissingDependencyError`` where it cannot be encoded.
        """
        return freeze(self, title=title, sound=sound)

    def to_code(self, *, plain: bool = False) -> str:
        """The Python that does with the present settings what Start does.

        It uses ipyscribe, or with ``plain=True`` nothing but ``websocket-client`` (and ``soundfile`` or
        ``sounddevice``). Keys and tokens come from the environment; none is in the text.
        """
        return (plain_code if plain else scribe_code)(self._desk.setup())

    def close(self) -> None:
        """End the session and take the widget away."""
        if not self._complete:  # ipywidgets closes what it deletes, also what its own __init__ refused
            return
        self.stop()
        self._past.close()
        for publisher in (self._publisher, self._drawer, self._saver):
            publisher.close()
            publisher.flush()
        self._microphone.close()
        for child in (self.controls, self.view, self.timeline, self.bar, self.saving):
            child.close()
        super().close()

    def __repr__(self) -> str:
        status = "ready" if self.session is None else self.session.status
        model = self._desk.model if self.session is None else self.session.model
        return f"<Transcriber with {model.title}: {status}, {len(self.transcript)} turns>"

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        self._static.display(self.session)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        self._poke()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}

    def _display_(self) -> Any:
        """For marimo, which shows anywidgets but none of the boxes of ipywidgets."""
        import marimo

        return marimo.vstack([marimo.ui.anywidget(part) for part in self.children], gap=0)

    def _poke(self) -> None:
        self._publisher.poke()
        self._drawer.poke()

    def _publish(self) -> float | None:
        """Bring controls and transcript up to date; on the publisher's thread."""
        past = self._past
        self.controls.obey()
        running = self._desk.running
        past.follow(self.session)
        past.obey()
        self._publisher.interval_s = STEP_EVERY_S if past.held_ms is not None else PUBLISH_EVERY_S
        self.view.hint = _hint(self._desk)
        if self.session is None:
            self.view.show(self._desk.transcript)
        else:
            self.view.show_session(self.session, past.shown)
        self.timeline.show_place()
        self.bar.show()
        self.controls.show()
        self.view.sounding = past.sounding
        self.view.moment = past.told
        self._drawer.poke()
        if not running:  # what was shown just now is all of it; its replay would not tell when that was painted
            past.prepare()
        return LEVEL_EVERY_S if self._desk.running or past.playing else None

    def _draw(self) -> float | None:
        """Bring the timeline and the saved output up to date; on the drawer's thread."""
        running = self._desk.running
        again_s = self.timeline.show(self._past.shown)
        self._saver.poke()
        began_s = time.monotonic()
        if not running or began_s >= self._save_again_s:
            self._static.update(self.session)
            now_s = time.monotonic()
            rest_s = (now_s - began_s) / _SAVE_SHARE
            self._save_again_s = now_s + min(max(rest_s, SAVE_EVERY_S), SAVE_WITHIN_S)
        return again_s

    def _save(self) -> None:
        """The saved output tells the whole session before the calling cell ends."""
        self._publisher.flush()
        self._drawer.flush()
        self._static.update(self.session)


def _hint(desk: SessionController) -> str:
    if desk.running:
        return "Listening: words appear here as they are spoken."
    if desk.session is not None:
        return "Nothing was understood."
    what = "speak" if desk.source.source is not None and desk.source.source.live else "watch the words arrive"
    return f"Press Start and {what}."
