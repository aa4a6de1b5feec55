"""Model, source, Start, Pause, Stop, level, status, clock and cost."""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable
from typing import Any

import traitlets

from ipyscribe.errors import MissingKeyError, ScribeError
from ipyscribe.protocol import Model, Parameter, models, parameters_of, setting_notes
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.protocol.parameters import PARAMETERS, expected
from ipyscribe.protocol.plain import plain
from ipyscribe.protocol.pricing import hourly_price
from ipyscribe.session import Session
from ipyscribe.tape import Notice
from ipyscribe.widgets.microphone.browser_microphone import BrowserMicrophone
from ipyscribe.widgets.shared.view import View
from ipyscribe.widgets.transcriber.session_controller import SessionController

Json = dict[str, Any]
LEVEL_EVERY_S = 0.1
_ACTIONS = {"unanswered": {"label": "Reconnect", "what": "reconnect"}}
_STATUS = {
    "ready": "ready",
    "connecting": "connecting",
    "listening": "listening",
    "paused": "paused",
    "reconnecting": "reconnecting",
    "finishing": "finishing",
    "ended": "ended",
    "failed": "stopped by an error",
}


class Controls(View):
    """What a person chooses and presses. What they do waits in a queue for ``obey``."""

    front = "transcriber/controls"
    catalogue: Any = traitlets.List().tag(sync=True)
    choices: Any = traitlets.List().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """Class of the saved output that stands in for the widget where that is not alive."""
    microphone = traitlets.Unicode().tag(sync=True)
    """The browser's microphone, which Stop turns off at once, without the kernel."""

    def __init__(self, desk: SessionController, microphone: BrowserMicrophone, **kwargs: Any) -> None:
        catalogue = [about(desk.known(model.name)) for model in models()]
        super().__init__(catalogue=catalogue, microphone=microphone.widget.ident, **kwargs)
        self._desk = desk
        self._microphone = microphone
        self._wishes: queue.SimpleQueue[Json] = queue.SimpleQueue()
        self._level: float | None = None
        self._level_s = -math.inf
        self._looked = False
        self._deeds: dict[str, Callable[[], object]] = {
            "start": desk.start,
            "stop": self._stop,
            "pause": desk.pause,
            "force_endpoint": desk.force_endpoint,
            "use_local_model": desk.use_local_model,
            "reconnect": desk.reconnect,
            "look": lambda: desk.look_for_microphones(refresh=True),
        }
        self.show()

    def on_message(self, message: Json) -> None:
        """A wish of the person in front of the browser."""
        self._wishes.put(message)

    def obey(self) -> None:
        """Do what was wished; from one thread only. What goes wrong is shown."""
        while not self._wishes.empty():
            wish = self._wishes.get_nowait()
            try:
                self._do(wish)
            except ScribeError as error:
                self._desk.fail(error)

    def _do(self, wish: Json) -> None:
        desk = self._desk
        match wish:
            case {"kind": "hello"}:
                self._level = None
                desk.look_for_key()
                if not self._looked:
                    self._looked = True
                    desk.look_for_microphones()
            case {"kind": "choose", "model": str(name)}:
                desk.choose_model(name)
            case {"kind": "choose", "source": str(key)}:
                desk.choose_source(key)
            case {"kind": "choose", "keep_alive": bool(keep_alive)}:
                desk.choose_pause(keep_alive)
            case {"kind": "set", "name": str(name), "value": value}:
                desk.set(name, value)
            case {"kind": "do", "what": str(what)} if what in self._deeds:
                if what == "start" and isinstance(wish.get("page"), str):
                    self._microphone.clicked(wish["page"])
                self._deeds[what]()

    def _stop(self) -> None:
        """What the browser has heard and not delivered yet comes before the end; a second Stop does not wait."""
        if not self._microphone.finish():
            self._desk.stop()

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        desk = self._desk
        self.choices = [
            {"key": choice.key, "label": plain(choice.label), "problem": plain(choice.problem)}
            for choice in desk.sources
        ]
        self.state = _state(desk)
        self._microphone.widget.shown = desk.source.source is self._microphone
        level = round(desk.session.level_dbfs, 0) if desk.session is not None and desk.running else -math.inf
        now_s = time.monotonic()
        if level != self._level and not (math.isfinite(level) and now_s < self._level_s + LEVEL_EVERY_S):
            self._level, self._level_s = level, now_s
            self.tell("level", dbfs=level if math.isfinite(level) else None)


def about(model: Model) -> Json:
    """The model as the front end shows it."""
    return {
        "name": model.name,
        "label": f"{model.name} · {'simulated' if model.simulated else model.provider}",
        "group": "Simulated" if model.simulated else "This computer" if model.local else "AssemblyAI",
        "facts": [
            model.latency[:1].upper() + model.latency[1:],
            *(model.languages, model.partials, model.formatting, model.prompting, model.price),
        ],
        "note": model.note,
        "settings": [_setting(parameter, model) for parameter in parameters_of(model) if parameter.shown],
    }


def _setting(parameter: Parameter, model: Model) -> Json:
    return {
        "name": parameter.name,
        "label": parameter.meaning,
        "kind": parameter.kind,
        "unit": parameter.unit,
        "choices": list(parameter.choices),
        "expected": expected(parameter),
        "live": model.family in parameter.live,
    }


def _state(desk: SessionController) -> Json:
    session, model = desk.session, desk.model
    shown = model if session is None or not desk.running else session.model
    return {
        "phase": "ready" if session is None else session.status,
        "running": desk.running,
        "status": _status(session),
        "model": shown.name,
        "about": about(shown),
        "source": desk.source.key,
        "parameters": {name: value for name, value in desk.parameters.items() if PARAMETERS[name].shown},
        "keep_alive": desk.keep_alive,
        "bad": dict(desk.bad_settings),
        "clock": "" if session is None else clock_text(session.open_s),
        "cost": _cost(desk, session, shown),
        "notices": _notices(desk, session),
        "trouble": _trouble(desk, session),
    }


def _status(session: Session | None) -> str:
    if session is None:
        return _STATUS["ready"]
    billed = session.status == "paused" and session.model.price_per_hour_usd != 0
    return _STATUS[session.status] + (" (still billed)" if billed else ", simulated" if session.simulated else "")


def _cost(desk: SessionController, session: Session | None, model: Model) -> str:
    if model.price_per_hour_usd == 0:
        return "free"
    if session is None or session.model.name != model.name or session.cost_usd is None:
        price = hourly_price(model, desk.parameters, desk.price_per_hour_usd)
        return model.price if price is None else str(price)
    return f"${session.cost_usd:.4f}"


def _notices(desk: SessionController, session: Session | None) -> list[Json]:
    notices = []
    if not desk.has_key and not desk.model.simulated and not isinstance(desk.trouble, MissingKeyError):
        notices.append(_key_notice(desk))
    if session is not None and session.status == "paused":
        notices.append(_pause_notice(session, keep_alive=desk.keep_alive))
    told = [] if session is None else list(session.notices)
    if not desk.running:  # what the next start will meet, not what the last one met
        told = [notice for notice in told if notice.kind != "parameter"]
        told += [Notice("parameter", item.message, item.advice) for item in setting_notes(desk.model, desk.parameters)]
    for notice in told:
        action = None if session is None or session.done else _ACTIONS.get(notice.kind)
        notices.append(
            {
                "kind": notice.kind,
                "message": plain(notice.message),
                "advice": plain(notice.advice),
                "warm": True,
                "action": action,
            }
        )
    return notices


def _pause_notice(session: Session, *, keep_alive: bool) -> Json:
    message = (
        "Paused without sound: the open turn stays open and the clock stands still."
        if keep_alive
        else "Paused with silence: the open turn ends and the clock runs on."
    )
    billed = session.model.price_per_hour_usd != 0
    advice = "The session is open and still billed; Stop ends it." if billed else ""
    return {"kind": "paused", "message": message, "advice": advice, "warm": billed}


def _key_notice(desk: SessionController) -> Json:
    model = desk.model
    if model.local:
        message = "No AssemblyAI key was found, so this is the offline recogniser on this computer (Whisper tiny.en)."
        advice = "With a key, kept by ipyscribe.login() in another cell, AssemblyAI's models can be used."
    else:
        message = f"{model.name} needs an AssemblyAI key, and none was found."
        advice = "Run ipyscribe.login() in another cell, or choose the recogniser of this computer."
    return {"kind": "key", "message": message, "advice": advice, "warm": not model.local}


def _trouble(desk: SessionController, session: Session | None) -> Json | None:
    error = desk.trouble or (session.error if session is not None else None)
    if error is None:
        return None
    action = None
    if isinstance(error, MissingKeyError):
        action = {"label": "Use this computer's recogniser", "what": "use_local_model"}
    elif error.retry and not desk.running:
        action = {"label": "Try again", "what": "start"}
    return {"message": plain(error.message), "advice": plain(error.advice), "action": action}
