"""Model, source, settings and buttons of the Transcriber, with its status strip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

import traitlets

from ipyscribe.audio import Channel
from ipyscribe.errors import MissingKeyError, ParameterError, ScribeError
from ipyscribe.protocol import Model, Parameter, models, parameters_of, setting_notes
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.languages import MULTI, STREAMING_CODES, language_name
from ipyscribe.protocol.parameter_defaults import default_text
from ipyscribe.protocol.parameters import PARAMETERS, expected
from ipyscribe.protocol.presets import PRESETS, presets_of
from ipyscribe.protocol.pricing import hourly_price
from ipyscribe.session import Session
from ipyscribe.tape import Notice
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.shared.command_view import CommandView
from ipyscribe.widgets.shared.model_choice import model_choice
from ipyscribe.widgets.shared.status_strip import (
    FAR_DB,
    StatusStrip,
    error_json,
    is_active,
    notice_json,
    session_cost,
    session_status,
)
from ipyscribe.widgets.transcriber.channel_choice import ChannelLevels, channels_json
from ipyscribe.widgets.transcriber.session_controller import SessionController

Json = dict[str, Any]
SETTINGS_PAGE = "https://www.assemblyai.com/docs/speech-to-text/universal-streaming"
_ACTIONS = {
    "unanswered": {"label": "Reconnect", "command": "reconnect"},
    "connecting": {"label": "Stop trying", "command": "stop"},
}


class Controls(CommandView):
    """What a person selects and presses. Their commands wait in a queue for ``run_commands``."""

    front = "transcriber/controls"
    user_text: ClassVar[frozenset[str]] = frozenset({"parameters"})
    catalogue: Any = traitlets.List().tag(sync=True)
    sources: Any = traitlets.List().tag(sync=True)
    selected = traitlets.Dict().tag(sync=True)
    """The selected model, as the front end shows it: apart from ``state``, which changes every second."""
    state = traitlets.Dict().tag(sync=True)
    parameters = traitlets.Dict().tag(sync=True)
    """The settings' values, as their fields show them."""
    hides = traitlets.Unicode().tag(sync=True)
    """CSS class of the saved copy, which is hidden while the widget lives."""
    microphone = traitlets.Unicode().tag(sync=True)
    """The browser's microphone, which Stop turns off at once, without the kernel."""

    def __init__(self, controller: SessionController, microphone: BrowserMicrophone, **kwargs: Any) -> None:
        catalogue = [model_json(controller.model_named(model.name)) for model in models()]
        selected = _selected(controller)  # from the first message on: a page may draw before the second
        super().__init__(catalogue=catalogue, selected=selected, microphone=microphone.widget.ident, **kwargs)
        self._controller = controller
        self.browser_microphone = microphone
        self._strip = StatusStrip(self)
        self._channel_levels = ChannelLevels(self)
        self._microphones_listed = False
        self._commands: dict[str, Callable[[], object]] = {
            "start": controller.start,
            "stop": self._stop,
            "pause": controller.pause,
            "resume": controller.resume,
            "force_endpoint": controller.force_endpoint,
            "use_local_model": controller.use_local_model,
            "reconnect": controller.reconnect,
            "refresh_microphones": lambda: controller.refresh_microphones(refresh=True),
        }
        self.show()

    def _failed(self, error: ScribeError) -> None:
        self._controller.fail(error)

    def _run(self, message: Json) -> None:
        controller = self._controller
        match message:
            case {"kind": "hello"}:
                self._strip.resend(str(message.get("page", "")))
                controller.refresh_key()
                if not self._microphones_listed:
                    self._microphones_listed = True
                    controller.refresh_microphones()
            case {"kind": "select"}:
                self._select(message)
            case {"kind": "set", "name": str(name), "value": value}:
                self._set(name, value)
            case {"kind": "command", "command": str(command)} if command in self._commands:
                if command == "start" and isinstance(message.get("page"), str):
                    self.browser_microphone.clicked(message["page"])
                self._commands[command]()

    def _select(self, selection: Json) -> None:
        controller = self._controller
        match selection:
            case {"model": str(name)}:
                controller.select_model(name)
            case {"source": str(key)}:
                controller.select_source(key)
            case {"channel": str(channel)}:
                controller.select_channel(int(channel) if channel.isdecimal() else cast("Channel", channel))
            case {"session": int(number)}:
                controller.show_session(number)
            case {"keep_alive": bool(keep_alive)}:
                controller.select_keep_alive(keep_alive)
            case {"preset": str(name)}:
                controller.select_preset(name or None)

    def _set(self, name: str, value: Any) -> None:
        try:
            self._controller.set(name, value)
        except ParameterError:
            if name not in self._controller.bad_settings:  # otherwise it is shown beside its field
                raise

    def _stop(self) -> None:
        """Sound that the browser has captured and not delivered yet comes first; a second Stop does not wait."""
        if not self.browser_microphone.finish():
            self._controller.request_stop()

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        controller, session = self._controller, self._controller.session
        self.sources = [
            {"key": option.key, "label": option.label, "problem": option.problem} for option in controller.sources
        ]
        self.parameters = {name: value for name, value in controller.parameters.items() if PARAMETERS[name].shown}
        self.selected = _selected(controller)
        self.state = _state(controller, self._strip)
        self.browser_microphone.widget.shown = controller.source.source is self.browser_microphone
        running = session if session is not None and controller.running else None
        self._channel_levels.show(() if running is None else running.channel_levels_dbfs)

    def now(self, pages: frozenset[str]) -> Json:
        """What of level, clock and cost has changed, where ``pages`` are all that it is shown in."""
        return self._strip.now(self._level_dbfs(), pages=pages)

    def show_now(self, *, step_db: float = FAR_DB) -> None:
        """Send the clock and the cost, and a level that has moved by ``step_db`` or more: if not given, that is far."""
        self._strip.show_now(self._level_dbfs(), step_db=step_db)

    def _level_dbfs(self) -> float:
        session = self._controller.session
        return session.level_dbfs if session is not None and self._controller.running else float("-inf")


def model_json(model: Model) -> Json:
    """The model as the front end shows it."""
    return model_choice(model) | {
        "facts": _facts(model),
        "note": model.note,
        "free": model.price_per_hour_usd == 0,
        "settings": [_setting_json(parameter, model) for parameter in parameters_of(model) if parameter.shown],
        "presets": [
            {
                "name": name,
                "use": PRESETS[name].use,
                "values": ", ".join(PARAMETERS[each].shows(value) for each, value in values.settings.items()),
                "source": f"{values.source}, {values.as_of}",
            }
            for name, values in presets_of(model).items()
        ],
    }


def _facts(model: Model) -> list[str]:
    if not model.known:
        return ["Not in ipyscribe's catalogue", f"its languages, partials and formatting are unknown, {model.price}"]
    first = model.latency[:1].upper() + model.latency[1:]
    return [first, model.languages, model.partials, model.formatting, model.prompting, model.price]


def _setting_json(parameter: Parameter, model: Model) -> Json:
    return {
        "name": parameter.name,
        "label": parameter.meaning,
        "kind": parameter.kind,
        "unit": parameter.unit,
        "choices": list(parameter.choices),
        "names": _language_names(model) if parameter.name == "language_codes" else {},
        "expected": expected(parameter),
        "default": default_text(parameter.name, model.family),
        "link": SETTINGS_PAGE,
        "live": model.family in parameter.live,
    }


def _language_names(model: Model) -> dict[str, str]:
    """The names of the codes that ``model`` is documented to know, of all codes where that is not published."""
    documented = STREAMING_CODES if model.language_codes is None or model.simulated else model.language_codes
    return {code: language_name(code) for code in dict.fromkeys((*documented, MULTI))}


def _state(controller: SessionController, strip: StatusStrip) -> Json:
    session, running = controller.session, controller.running
    model = _model(controller)
    phase = "ready" if session is None else session.status
    return {
        "phase": phase,
        "running": running,
        "source": controller.source.key,
        "channel": str(controller.channel),
        "channels": channels_json(controller.source.channels, controller.channel),
        "keep_alive": controller.keep_alive,
        "sessions": [_session_label(number, each) for number, each in enumerate(controller.sessions, start=1)],
        "session": -1 if session is None else controller.sessions.index(session),
        "bad_settings": dict(controller.bad_settings),
        "preset": controller.preset or "",
        "strip": strip.state(
            status=session_status(session),
            open_s=_elapsed_s(session),
            total_s=_total_s(session) if running else None,
            cost=session_cost(session, model, _price(controller, model)),
            active=is_active([phase]),
            metered=phase in ("listening", "paused", "reconnecting"),
            notices=_notices(controller, session),
            error=_error(controller, session),
        ),
    }


def _model(controller: SessionController) -> Model:
    """The model of the session that runs, else the one that is selected."""
    session = controller.session
    return session.model if session is not None and controller.running else controller.model


def _total_s(session: Session | None) -> float | None:
    """How long the file of a session is."""
    total_s: float | None = None if session is None else getattr(session.source, "duration_s", None)
    return total_s


def _elapsed_s(session: Session | None) -> float:
    """How much of a file has been read, or else how long the session has been open."""
    if session is None:
        return 0.0
    reading = not session.done and _total_s(session) is not None
    return session.audio_ms / 1000 if reading else session.open_s


def _selected(controller: SessionController) -> Json:
    """The model as the front end shows it; what it promises holds where the computer keeps up."""
    session, model = controller.session, _model(controller)
    shown = model_json(model)
    first, *others = shown["facts"]
    late = session is not None and controller.running and session.late_s > 0
    return shown | {"facts": [f"{first} on a computer that keeps up", *others]} if late and model.local else shown


def _session_label(number: int, session: Session) -> str:
    turns = len(session.transcript)
    length = (
        f"{clock_text(session.audio_ms / 1000)}, {turns} turn{'' if turns == 1 else 's'}" if session.done else "now"
    )
    return f"Session {number}: {session.model.title}, {length}"


def _price(controller: SessionController, model: Model) -> str:
    """What an hour of the next session costs."""
    price = hourly_price(model, controller.parameters, controller.price_per_hour_usd)
    return model.price if price is None else str(price)


def _notices(controller: SessionController, session: Session | None) -> list[Json]:
    notices = []
    told_by_error = isinstance(controller.error, MissingKeyError)
    offline = session is None and controller.chosen_for_want_of_key
    if not controller.running and not told_by_error and (controller.lacks_key or offline):
        notices.append(_key_notice(controller.model))
    if session is not None and session.status == "paused":
        notices.append(_pause_notice(session, keep_alive=controller.keep_alive))
    of_session = [] if session is None else list(session.notices)
    if not controller.running:  # about the next start, not about the last one
        of_session = [notice for notice in of_session if notice.kind != "parameter"]
        ignored = setting_notes(controller.model, controller.parameters)
        of_session += [Notice("parameter", item.message, item.advice) for item in ignored]
    for notice in of_session:
        action = None if session is None or session.done else _ACTIONS.get(notice.kind)
        notices.append(notice_json(notice, action=action))
    return notices


def _pause_notice(session: Session, *, keep_alive: bool) -> Json:
    message = (
        "Paused without sound: the open turn stays open and the clock stops."
        if keep_alive
        else "Paused with silence: the open turn ends and the clock runs on."
    )
    billed = session.model.price_per_hour_usd != 0
    advice = "The session is open and still billed; Stop ends it." if billed else ""
    return notice_json(Notice("paused", message, advice), warm=billed)


def _key_notice(model: Model) -> Json:
    if model.local:
        message = "No AssemblyAI key was found, so this is the offline recogniser on this computer."
        advice = "To use AssemblyAI's models, store a key with ipyscribe.login() in another cell."
    else:
        message = f"{model.name} needs an AssemblyAI key, and none was found."
        advice = "Run ipyscribe.login() in another cell, or choose the recogniser of this computer."
    return notice_json(Notice("key", message, advice), warm=not model.local)


def _error(controller: SessionController, session: Session | None) -> Json | None:
    error = controller.error or (session.error if session is not None else None)
    action = None
    if isinstance(error, MissingKeyError):
        action = {"label": "Use this computer's recogniser", "command": "use_local_model"}
    elif error is not None and error.retry and not controller.running:
        action = {"label": "Try again", "command": "start"}
    return error_json(error, action=action)
