"""The whole tool in one cell: controls, live transcript, timeline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Unpack, cast

from ipyscribe.access import Token
from ipyscribe.audio import AudioSource
from ipyscribe.comparison import Comparison
from ipyscribe.errors import ParameterError
from ipyscribe.export import Frozen, freeze
from ipyscribe.notebook import end_with_cell
from ipyscribe.protocol import SessionSettings
from ipyscribe.protocol.secret import hidden, hidden_settings
from ipyscribe.session import Session
from ipyscribe.session.session import CONNECT_FOR_S, RECONNECT_FOR_S, SILENT_SERVER_S
from ipyscribe.tape import Tape
from ipyscribe.tape.manifest import distinct
from ipyscribe.tape.status import Status
from ipyscribe.timeline import plot_timeline
from ipyscribe.transcript import Transcript
from ipyscribe.widgets.microphone.source_list import SourceList
from ipyscribe.widgets.save.save_view import SaveView
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.publisher import LEVEL_EVERY_S, POSITION_EVERY_S, PUBLISH_EVERY_S
from ipyscribe.widgets.shared.saved_copy import SessionCopy
from ipyscribe.widgets.shared.status_strip import LOADING, session_status
from ipyscribe.widgets.timeline.time_travel import TimeTravel
from ipyscribe.widgets.timeline.timeline_view import TimelineView
from ipyscribe.widgets.timeline.travel_bar import STEP_EVERY_S, TravelBar
from ipyscribe.widgets.transcriber.code import plain_code, scribe_code
from ipyscribe.widgets.transcriber.controls import Controls
from ipyscribe.widgets.transcriber.session_controller import SessionController
from ipyscribe.widgets.transcript.transcript_view import TranscriptView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COPY_EVERY_S = 10.0
COPY_WITHIN_S = 60.0
_COPY_SHARE = 1 / 400
"""Of the time, at most, for writing the saved copy, and about as much again in the page, which stands still then."""


class Transcriber(CellWidget):
    """A notebook cell that listens: select a model and a source, press Start, speak.

    ``model`` is a name of ``ipyscribe.models()`` or any other that AssemblyAI takes; left out, it is the offline
    recogniser, or with a key ``universal-3-6-pro``. ``source`` is one source of sound or several, which are listed
    above the bundled sample, the browser's microphone and those of the kernel's machine; ``"auto"`` selects the
    microphone nearest to you, and never one in the room of a remote kernel. The other arguments are those of
    ``Session``.

    What the buttons do can be called too: ``start()``, ``pause()``, ``resume()``, ``force_endpoint()``, ``stop()``.
    ``wait()`` waits for the end, and ``await finished()`` does so while the kernel goes on. ``transcript`` is all of it
    so far, also while it runs; in the widget it can be looked at as it stood at any moment, and its words played, as
    far as ``session.tape`` has them. Running the cell again ends the session that it had started. Raises
    ``ParameterError`` for a value that cannot be used.
    """

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
        connect_for_s: float = CONNECT_FOR_S,
        reconnect_for_s: float = RECONNECT_FOR_S,
        silent_server_s: float = SILENT_SERVER_S,
        record_audio: bool = True,
        keep_audio_s: float | None = None,
        **settings: Unpack[SessionSettings],
    ) -> None:
        # Hidden first: what is raised from here on may be shown with the variables of this call.
        api_key, token, settings = hidden(api_key), hidden(token), cast(SessionSettings, hidden_settings(settings))
        self._sources = SourceList(source)
        limits = {
            "max_cost_usd": (max_cost_usd, None),
            "max_duration_s": (max_duration_s, None),
            "price_per_hour_usd": (price_per_hour_usd, None),
            "connect_for_s": (connect_for_s, CONNECT_FOR_S),
            "reconnect_for_s": (reconnect_for_s, RECONNECT_FOR_S),
            "silent_server_s": (silent_server_s, SILENT_SERVER_S),
            "record_audio": (record_audio, True),
            "keep_audio_s": (keep_audio_s, None),
        }
        self._controller = SessionController(
            model,
            self._sources,
            endpoint=endpoint,
            api_key=api_key,
            token=token,
            parameters=settings,
            limits={name: value for name, (value, default) in limits.items() if value != default},
            on_change=lambda: self._publisher.poke(),
        )
        super().__init__(SessionCopy(), burst=2)
        self._copy_again_s = 0.0
        self._time_travel = TimeTravel(self._publisher.poke)
        self.controls = Controls(self._controller, self._sources.browser)
        self.transcript_view = TranscriptView(hint=_hint(self._controller), reserved=False)
        self.timeline = TimelineView(time_travel=self._time_travel)
        self.travel_bar = TravelBar(self._time_travel)
        self.downloads = SaveView()
        self._assemble(
            self.controls,
            self.transcript_view,
            self.timeline,
            self.travel_bar,
            self.downloads,
            timeline=self.timeline,
            downloads=self.downloads,
            microphone=self._sources.browser.widget,
        )
        end_with_cell(self._controller.request_stop)

    @property
    def model(self) -> str:
        """The model's name; another one can be selected between sessions."""
        return self._controller.model.name

    @model.setter
    def model(self, name: str) -> None:
        self._controller.select_model(name)

    @property
    def session(self) -> Session | None:
        """The session that runs, or the one that is shown; None before the first start."""
        return self._controller.session

    @property
    def sessions(self) -> tuple[Session, ...]:
        """All sessions of this widget, the oldest first. Start keeps those before it; ``show_session`` goes back."""
        return self._controller.sessions

    def show_session(self, number: int) -> None:
        """Show ``sessions[number]`` again, as its list above the transcript does.

        Raises ``ParameterError`` where there is none, ``SessionStateError`` while another one runs.
        """
        self._controller.show_session(number)

    def compare(self) -> Comparison:
        """All sessions that are over beside each other.

        Raises ``ParameterError`` for fewer than two, and where they did not have the same sound: other files or
        channels, or a microphone, which says something else each time.
        """
        over = [session for session in self.sessions if session.done]
        if len(over) < 2:
            raise ParameterError(
                f"{len(over)} session{' is' if len(over) == 1 else 's are'} over, and a comparison needs two.",
                advice="Start another one with the same sound, and wait for its end.",
            )
        if any(session.source.live for session in over) or len({_sound_of(session.source) for session in over}) > 1:
            sources = ", ".join(dict.fromkeys(session.source.label for session in over))
            raise ParameterError(
                f"The sessions that are over did not have the same sound ({sources}), so their words and figures "
                "cannot be compared.",
                advice="Put the tapes of those that had into scribe.Tape.together(...), and that into "
                "scribe.Comparison.from_tape(...).",
            )
        labels = distinct(session.model.title for session in over)
        return Comparison.from_tape(Tape.together(*(session.tape for session in over), labels=labels))

    @property
    def transcript(self) -> Transcript:
        """The transcript so far; a snapshot that never changes."""
        return self._controller.transcript

    def start(self) -> Session:
        """Start a new session with the selected model, source and settings; returns it at once.

        Raises ``SessionStateError`` while one runs, and after ``close``.
        """
        return self._controller.start()

    def pause(self, *, keep_alive: bool | None = None) -> None:
        """Send silence instead of sound until ``resume``. The clock and the bill run on.

        With ``keep_alive=True`` no sound is sent, only a keep-alive message every 5 s: the clock stops, the
        bill runs on. Left out, it is as selected in the widget. Raises ``SessionStateError`` where no session is open.
        """
        if keep_alive is not None:
            self._controller.select_keep_alive(keep_alive)
        self._controller.pause()

    def resume(self) -> None:
        """Listen again. Raises ``SessionStateError`` where no session is open."""
        self._controller.resume()

    def force_endpoint(self) -> None:
        """End the open turn now. Raises ``SessionStateError`` where no session is open."""
        self._controller.force_endpoint()

    def stop(self, timeout_s: float = 6.0) -> bool:
        """End the session in an orderly way; True if it is over within ``timeout_s``, or none ran."""
        session = self.session
        if session is None:
            return True
        over = session.stop(timeout_s)
        self.update_saved_copy()
        return over

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end of the session; False if ``timeout_s`` came first. Raises what went wrong."""
        session = self.session
        if session is None:
            return True
        try:
            return session.wait(timeout_s)
        finally:
            if session.done:
                self.update_saved_copy()

    async def finished(self) -> None:
        """Wait for the end of the session while the kernel goes on, so that buttons act. Raises what went wrong."""
        session = self.session
        if session is None:
            return
        try:
            await session.finished()
        finally:
            if session.done:
                await asyncio.to_thread(self.update_saved_copy)

    def plot_timeline(
        self,
        *,
        ax: Axes | None = None,
        theme: str = "auto",
        start_ms: float | None = None,
        end_ms: float | None = None,
    ) -> Figure:
        """The whole session, or from ``start_ms`` to ``end_ms`` on the audio clock, as a matplotlib Figure."""
        label = "" if self.session is None else self.session.model.title
        return plot_timeline(self.transcript, ax=ax, theme=theme, start_ms=start_ms, end_ms=end_ms, label=label)

    def freeze(self, *, title: str | None = None, sound: bool = False) -> Frozen:
        """Transcript and timeline as they stand, as HTML without script; ``sound=True`` embeds the sound.

        It shows itself as the last expression of a cell; ``.save(path)`` writes a page. Raises ``ParameterError``
        where no sound was kept, ``MissingDependencyError`` where it cannot be encoded.
        """
        return freeze(self, title=title, sound=sound)

    def to_code(self, *, plain: bool = False) -> str:
        """The Python that does with the present settings what Start does.

        It uses ipyscribe, or with ``plain=True`` nothing but ``websocket-client`` (and ``soundfile`` or
        ``sounddevice``). Keys and tokens come from the environment; none is in the text.
        """
        return (plain_code if plain else scribe_code)(self._controller.setup())

    def _release(self) -> None:
        self._controller.close()
        self.stop()
        self._time_travel.close()
        self._sources.close()

    def __repr__(self) -> str:
        status = "ready" if self.session is None else self.session.status
        model = self._controller.model if self.session is None else self.session.model
        return f"<Transcriber with {model.title}: {status}, {len(self.transcript)} turns>"

    def _publish(self) -> float | None:
        travel = self._time_travel
        self.controls.run_commands()
        running = self._controller.running
        session = self.session
        travel.follow(() if session is None else (session,))
        travel.run_commands()
        self._publisher.interval_s = STEP_EVERY_S if travel.paused_ms is not None else PUBLISH_EVERY_S
        self.transcript_view.hint = _hint(self._controller)
        self.transcript_view.reserved = session is not None
        if session is None:
            self.transcript_view.show(Transcript())
        else:
            self.transcript_view.show_session(session, travel.shown[0])
        self.timeline.show_position()
        self.travel_bar.show()
        self.controls.show()
        if not self._drawer.rested:  # else they come with the timeline, for one frame of the page
            self.controls.show_now()
        self.transcript_view.has_sound = travel.has_sound
        self.transcript_view.moment = travel.moment_text
        self._drawer.poke()
        if not running:  # the newest words were shown just now; a replay would not measure when they are painted
            travel.prepare()
        if travel.playing:
            return POSITION_EVERY_S
        return LEVEL_EVERY_S if running else None

    def _draw(self) -> float | None:
        """Bring the timeline and the saved copy up to date."""
        running = self._controller.running
        next_in_s = self.timeline.show_session(next(iter(self._time_travel.shown), None), now=self.controls.now)
        if running:  # what no live timeline has just carried
            self.controls.show_now(step_db=0.0)
        self._exporter.poke()
        started_s = time.monotonic()
        if not running or started_s >= self._copy_again_s:
            self.saved_copy.update(self.session)
            now_s = time.monotonic()
            rest_s = (now_s - started_s) / _COPY_SHARE
            self._copy_again_s = now_s + min(max(rest_s, COPY_EVERY_S), COPY_WITHIN_S)
        return next_in_s

    def _export(self) -> float | None:
        self.downloads.answer(self.session)
        return None

    def _saved_content(self) -> Session | None:
        return self.session


def _sound_of(source: AudioSource) -> tuple[object, ...]:
    """What tells one recording, and the channel of it that is read, from another."""
    names = ("path", "label", "duration_s", "channel")
    return (type(source), *(getattr(source, name, None) for name in names))


_HINTS: dict[Status, str] = {
    "connecting": "Connecting: words appear here once the session is open.",
    "listening": "Listening: words appear here as they are spoken.",
    "paused": "Paused: press Resume to go on.",
    "reconnecting": "Reconnecting: words appear here once the session is open again.",
    "finishing": "Finishing: the last words are on their way.",
    "failed": "No words came before the error.",
    "ended": "No speech was recognised.",
}
_LOADING = "Loading this computer's recogniser; the first time takes a few seconds."


def _hint(controller: SessionController) -> str:
    """What stands where words will appear: of the same state as the status strip."""
    session = controller.session
    if session is None or session.status == "ready":
        source = controller.source.source
        return f"Press Start and {'speak' if source is not None and source.live else 'watch the words arrive'}."
    if session.status == "connecting" and session_status(session).startswith(LOADING):
        return _LOADING
    return _HINTS[session.status]
