"""The microphone of the browser that shows the notebook."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import traitlets

from ipyscribe.audio import AudioNotice, RemoteStream
from ipyscribe.audio.remote import ABSENT_AFTER_S
from ipyscribe.errors import AudioError, DeviceLostError, DeviceRefusedError, MissingDependencyError, NoInputDeviceError
from ipyscribe.plain_text import plain_json
from ipyscribe.widgets.microphone.audio_socket import AudioSocket
from ipyscribe.widgets.shared.kernel_busy import cell_is_running, watch_cells
from ipyscribe.widgets.shared.view import View

NAME = "the browser's microphone"
_CLICK_COUNTS_S = 60.0
_ACKNOWLEDGE_EVERY = 3
_STOP_WITHIN_S = 5.0
_HUNG_UP_AFTER_S = 5.0
"""A page whose WebSocket has closed was probably left; if not, its sound comes over the comm before that."""
_ERRORS: dict[str, type[AudioError]] = {"none": NoInputDeviceError, "unplugged": DeviceLostError}
_WAITING = {
    "click": AudioNotice("click", "The notebook asks to listen.", 'Press "Listen" beside the microphone.'),
    "permission": AudioNotice("permission", "The browser asks whether it may use the microphone.", "Answer it."),
    "suspended": AudioNotice("suspended", "The browser suspended the recording.", "Click into the notebook's page."),
}


class MicrophoneView(View):
    """The browser's half: it records, shows that it does, and lets a person select the device and its processing."""

    front = "microphone/browser_microphone"
    options = traitlets.Dict().tag(sync=True)
    shown = traitlets.Bool(True).tag(sync=True)

    def __init__(self, receive: Callable[[dict[str, Any], Sequence[Any]], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._receive_from_page = receive

    def _receive(self, _: object, message: Any, buffers: Any) -> None:
        if isinstance(message, dict):
            self._receive_from_page(message, buffers or ())


class BrowserMicrophone:
    """A source of sound: the microphone of whoever looks at the notebook, wherever its kernel runs.

    The browser's own processing is off unless asked for, and can be changed in the widget too; ``granted`` says
    what the browser really does. Nothing is recorded before a person has pressed a button in the page, and the
    recording ends with the page, its last view of the widget, or the session.

    In a cell of its own it shows its widget; a ``Transcriber`` that it is given to shows it too.
    """

    live = True
    duration_s: float | None = None
    label = "Microphone of this browser"

    def __init__(
        self, *, echo_cancellation: bool = False, noise_suppression: bool = False, auto_gain: bool = False
    ) -> None:
        watch_cells()
        options = {
            "device": "",
            "echo_cancellation": bool(echo_cancellation),
            "noise_suppression": bool(noise_suppression),
            "auto_gain": bool(auto_gain),
        }
        self._lock = threading.RLock()
        self._recording: _Recording | None = None
        self._takes = 0
        self._clicked = ("", -_CLICK_COUNTS_S)
        self.granted: dict[str, Any] = {}
        """Device, sample rate and processing of the last recording, as the browser reported them."""
        self.widget = MicrophoneView(self._receive, options=options)

    def __repr__(self) -> str:
        return "BrowserMicrophone()"

    @property
    def path(self) -> str:
        """How the sound of the recording arrives: ``websocket``, ``comm``, or empty where none runs."""
        recording = self._recording
        return "" if recording is None else recording.path

    def clicked(self, page: str) -> None:
        """A person has just pressed Start in that page, which allows the next ``open`` to record there."""
        self._clicked = (page, time.monotonic())

    def open(self) -> RemoteStream:
        """Ask the browser to record, and return at once; ``read`` raises what it answers.

        Where no Start was pressed in a page, every page with a view of the widget shows a button to press first.
        """
        with self._lock:
            earlier, self._takes = self._recording, self._takes + 1
            recording = _Recording(self, self._takes)
            self._recording = recording
            page, clicked_s = self._clicked
            self._clicked = ("", -_CLICK_COUNTS_S)
        if earlier is not None:
            earlier.stream.close()
        clicked_page = page if time.monotonic() - clicked_s < _CLICK_COUNTS_S else None
        self.widget.post("record", take=recording.take, page=clicked_page)
        return recording.stream

    def finish(self) -> bool:
        """End the recording with everything captured so far, within seconds; False where none runs."""
        recording = self._recording
        if recording is None or recording.finishing:
            return False
        recording.finishing = True
        self.widget.post("finish", take=recording.take)
        timer = threading.Timer(_STOP_WITHIN_S, lambda: recording.stream.end(recording.stream.chunks))
        timer.name, timer.daemon = "ipyscribe-finish", True
        recording.timer = timer
        timer.start()
        return True

    def close(self) -> None:
        """End the recording and remove the widget."""
        if self._recording is not None:
            self._recording.stream.close()
        self.widget.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget._repr_mimebundle_(**kwargs)

    def _receive(self, message: dict[str, Any], buffers: Sequence[Any]) -> None:
        """A message of a page, on whichever thread the kernel handles messages on."""
        if message.get("kind") == "hello":
            with self._lock:  # a recording that ends now must be told to have ended after this, not before
                recording = self._recording
                take, page = (recording.take, recording.page) if recording is not None else (None, None)
                self.widget.post("welcome", take=take, page=page)
            return
        recording = self._recording
        if recording is not None and message.get("take") == recording.take:
            recording.receive(message, buffers)
        elif message.get("kind") == "end":
            self.widget.post("ack", take=message.get("take"), next=0, over=True)
        elif message.get("kind") in ("chunk", "granted"):
            self.widget.post("stop", take=message.get("take"))

    def _closed(self, recording: _Recording) -> None:
        with self._lock:
            if self._recording is recording:
                self._recording = None
        recording.release()
        with contextlib.suppress(Exception):  # a comm that is closed already: its page has stopped by itself
            self.widget.post("stop", take=recording.take)


class _Recording:
    """One opening of the microphone."""

    def __init__(self, microphone: BrowserMicrophone, take: int) -> None:
        self.take = take
        self.page: str | None = None
        self.path = "comm"
        self.finishing = False
        self.timer: threading.Timer | None = None
        self.stream = RemoteStream(name=NAME, on_close=partial(microphone._closed, self), busy=self._busy)
        self._microphone = microphone
        self._post = partial(microphone.widget.post, take=take)
        self._socket: AudioSocket | None = None
        self._lock = threading.Lock()
        self._released = False

    def _busy(self) -> bool:
        return self.path == "comm" and cell_is_running()

    def receive(self, message: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """A message of the page over the comm."""
        match message:
            case {"kind": "chunk", "seq": int(number), "position": int(position)} if buffers:
                self.stream.absent_after_s = ABSENT_AFTER_S
                waiting_s = _number(message.get("waiting_ms")) / 1000
                missing = self.take_chunk(
                    number, position, bytes(buffers[0]), waiting_s, _number(message.get("at")) / 1000
                )
                if missing % _ACKNOWLEDGE_EVERY == 0 or missing != number + 1 or waiting_s > 1:
                    self._post("ack", next=missing)
            case {"kind": "granted", "page": str(page), "origin": str(origin), "granted": dict(granted)}:
                self._grant(page, origin, granted)
            case _:
                missing = self.handle(message)
                if message.get("kind") == "end":
                    self._post("ack", next=missing, over=True)

    def take_chunk(self, number: int, position: int, pcm: bytes, waiting_s: float, _at_s: float) -> int:
        """Take sound, whichever way it came; returns the first number that is still missing."""
        return self.stream.put(number, position, pcm, held_s=waiting_s)

    def handle(self, message: Mapping[str, Any]) -> int:
        """Handle what is not sound; returns the number of the first chunk that is still missing."""
        stream = self.stream
        match message:
            case {"kind": "waiting", "reason": str(reason)}:
                stream.alive(_WAITING.get(reason))
            case {"kind": "end", "count": int(count)}:
                stream.end(count)
            case {"kind": "failed", "reason": str(reason), "message": str(text), "advice": str(advice)}:
                stream.fail(_ERRORS.get(reason, DeviceRefusedError)(text, advice=advice))
        return stream.chunks

    def _grant(self, page: str, origin: str, granted: dict[str, Any]) -> None:
        if self.page not in (None, page):
            self._post("taken", page=self.page)
            return
        self.page = page
        self._microphone.granted = plain_json(granted)
        self.stream.alive()
        self._post("taken", page=page)
        with contextlib.suppress(MissingDependencyError, OSError):
            socket = AudioSocket(origin, take_chunk=self.take_chunk, handle=self.handle, used=self._use)
            with self._lock:
                self._socket = socket
            if self._released:
                socket.close()
                return
            self._post("socket", port=socket.port, token=socket.token)

    def _use(self, connected: bool) -> None:
        self.path = "websocket" if connected else "comm"
        self.stream.absent_after_s = ABSENT_AFTER_S if connected else _HUNG_UP_AFTER_S

    def release(self) -> None:
        """Close the socket and cancel the timer."""
        with self._lock:
            self._released = True
            socket = self._socket
        if self.timer is not None:
            self.timer.cancel()
        if socket is not None:
            socket.close()


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
