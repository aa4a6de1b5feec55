"""Selected model, source and settings, and the session that they make: all that the controls do, without Jupyter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ipyscribe.access import Token, default_model, find_key
from ipyscribe.access.endpoint import HOSTS
from ipyscribe.access.target import model_at
from ipyscribe.audio import Channel
from ipyscribe.errors import ParameterError, ScribeError, SessionStateError
from ipyscribe.protocol import LOCAL_MODEL, Model
from ipyscribe.protocol.parameters import PARAMETERS, check_parameters, check_value, parameter_named
from ipyscribe.protocol.presets import PRESET_SETTINGS, PresetName, matching_preset, preset_settings, presets_of
from ipyscribe.session import Session
from ipyscribe.transcript import Transcript
from ipyscribe.widgets.microphone.source_list import SourceList, SourceOption
from ipyscribe.widgets.transcriber.channel_choice import channel_of
from ipyscribe.widgets.transcriber.code import Setup


class SessionController:
    """The selection for the next session, and the session that runs or is looked at.

    Any thread may call; ``on_change()`` is called after each change and must be quick.
    """

    def __init__(
        self,
        model: str | None,
        sources: SourceList,
        *,
        endpoint: str | None,
        api_key: str | None,
        token: Token | None = None,
        parameters: Mapping[str, Any],
        limits: Mapping[str, Any],
        on_change: Callable[[], None],
    ) -> None:
        self._closed = False
        self._api_key = api_key
        self._token = token
        self.endpoint = endpoint
        self._limits = {name: value for name, value in limits.items() if value is not None}
        self.price_per_hour_usd: float | None = limits.get("price_per_hour_usd")
        self.sources = sources
        self._model_named = model is not None
        self.model: Model = self.model_named(default_model(api_key, token, endpoint) if model is None else model)
        self.source: SourceOption = sources.first
        self.channel: Channel = channel_of(self.source.source)
        """The channel of the source that the next session hears."""
        self.keep_alive = False
        """What is sent while a session is paused: silence, or with ``keep_alive`` only keep-alive messages."""
        self.parameters: dict[str, Any] = check_parameters(parameters, self.model)
        self.session: Session | None = None
        self.sessions: tuple[Session, ...] = ()
        """All that were started, the oldest first; ``session`` is one of them."""
        self.has_key = self._find_key()
        """Whether an API key or a token was found when this was last looked up."""
        self.error: ScribeError | None = None
        """Why the last command failed."""
        self.bad_settings: dict[str, str] = {}
        """Settings whose newest value cannot be used, and why."""
        self._on_change = on_change
        self._lock = threading.RLock()
        self._unsubscribe: Callable[[], None] = lambda: None

    @property
    def running(self) -> bool:
        """True from Start until the session is over."""
        return self.session is not None and not self.session.done

    @property
    def lacks_key(self) -> bool:
        """Whether the next session of the selected model needs a key that was not found."""
        hosted = self.endpoint is None or self.endpoint in HOSTS
        return not self.has_key and hosted and not self.model.local

    @property
    def chosen_for_want_of_key(self) -> bool:
        """Whether the recogniser of this computer is selected because no key was found, and nobody has named it."""
        return not (self.has_key or self._model_named or self.endpoint) and self.model.local

    def refresh_key(self) -> None:
        """Look up again whether there is an API key."""
        self.has_key = self._find_key()
        self._on_change()

    def model_named(self, name: str) -> Model:
        """The model of that name, as it is at the chosen endpoint."""
        return model_at(name, self.endpoint)

    def _find_key(self) -> bool:
        return self._token is not None or find_key(self._api_key) is not None

    @property
    def transcript(self) -> Transcript:
        """The transcript of the session that runs or ran last."""
        return Transcript() if self.session is None else self.session.transcript

    def select_model(self, name: str) -> None:
        """Use another model from the next start on; settings that it does not support stay, and a notice says so.

        The values of a preset become those that it stands for on the new model.
        """
        with self._lock:
            self._require_idle("another model")
            model, preset = self.model_named(name), self.preset
            if preset is not None:
                self._replace_preset(dict(presets_of(model)[preset].settings) if preset in presets_of(model) else {})
            self.model, self._model_named = model, True
            self.has_key = self._find_key()
            self.bad_settings.clear()
            self._clear_error()

    @property
    def preset(self) -> PresetName | None:
        """The preset whose values the settings have."""
        return matching_preset(self.parameters, self.model)

    def select_preset(self, name: str | None) -> None:
        """Give the settings the values that a preset stands for; None takes back those that presets choose.

        While a session is open, those that can change then take effect at once.
        """
        with self._lock:
            values = {} if name is None else preset_settings(name, self.model)
            if self.session is not None and self.running:
                live = {each: value for each, value in values.items() if self.model.family in PARAMETERS[each].live}
                if live:
                    self.session.update(**live)
            self._replace_preset(values)
            self._clear_error()

    def _replace_preset(self, values: Mapping[str, Any]) -> None:
        for setting in PRESET_SETTINGS:
            self.parameters.pop(setting, None)
            self.bad_settings.pop(setting, None)
        self.parameters.update(values)

    def select_source(self, key: str) -> None:
        """Use another source from the next start on."""
        with self._lock:
            self._require_idle("another source")
            self.source = self.sources[key]
            self.channel = channel_of(self.source.source)
            self._clear_error()

    def select_channel(self, channel: Channel) -> None:
        """Hear another channel of the source from the next start on."""
        with self._lock:
            self._require_idle("another channel")
            self.source.with_channel(channel)  # raises where there is none
            self.channel = channel
            self._clear_error()

    def refresh_microphones(self, refresh: bool = False) -> None:
        """List the microphones of this machine among the sources."""
        with self._lock:
            self.sources.refresh_microphones(refresh=refresh and not self.running)
            self.source = self.sources.get(self.source.key, self.sources.first)
        self._on_change()

    def set(self, name: str, value: Any) -> None:
        """Give a setting a value; None restores the server's default. Takes effect at once where that is possible."""
        with self._lock:
            parameter = parameter_named(name)
            try:
                checked = None if value is None else check_value(parameter, value, self.model)
            except ParameterError as error:
                self.bad_settings[name] = str(error)
                raise
            self.bad_settings.pop(name, None)
            session = self.session
            if session is not None and self.running and checked is not None and self.model.family in parameter.live:
                session.update(**{name: checked})
            if checked is None:
                self.parameters.pop(name, None)
            else:
                self.parameters[name] = checked
            self._clear_error()

    def start(self) -> Session:
        """Start a session of the selection; returns at once."""
        with self._lock:
            if self._closed:
                raise SessionStateError("This Transcriber was closed.", advice="Make a new one.")
            self._require_idle("a new start")
            self.has_key = self._find_key()
            endpoint = self.endpoint_of(self.model)
            session = Session(
                self.model.name,
                source=self.source.open_source(self.channel),
                endpoint=endpoint,
                api_key=self._api_key,
                token=None if self.model.local and endpoint is None else self._token,
                **self._limits,
                **self.parameters,
            )
            self._unsubscribe()
            self._unsubscribe = session.on_change(self._on_change)
            self.session = session
            self.sessions = (*self.sessions, session)
            session.start()
            self._clear_error()
            return session

    def close(self) -> None:
        """Start no session any more."""
        with self._lock:
            self._closed = True

    def show_session(self, number: int) -> None:
        """Go back to the session of that index in ``sessions``. Raises ``ParameterError``, ``SessionStateError``."""
        with self._lock:
            if not 0 <= number < len(self.sessions):
                raise ParameterError(
                    f"There is no session {number}.", advice=f"{len(self.sessions)} were started, counted from 0."
                )
            if self.session is not self.sessions[number]:
                self._require_idle("another session")
                self.session = self.sessions[number]
            self._clear_error()

    def setup(self) -> Setup:
        """What the next session will be made of, without key or token."""
        return Setup(
            self.model,
            self.source.with_channel(self.channel),
            self.endpoint_of(self.model),
            own_key=self._api_key is not None,
            token=self._token is not None,
            limits=dict(self._limits),
            parameters=dict(self.parameters),
        )

    def endpoint_of(self, model: Model) -> str | None:
        """The given endpoint, except that AssemblyAI's own hosts are not for a local model."""
        return None if model.local and self.endpoint in ("edge", "us", "eu") else self.endpoint

    def request_stop(self) -> None:
        """Ask for the orderly end and do not wait for it."""
        if self.session is not None:
            self.session.request_stop()

    def select_keep_alive(self, keep_alive: bool) -> None:
        """Whether the next pause sends keep-alive messages in the place of silence."""
        self.keep_alive = keep_alive
        self._on_change()

    def pause(self) -> None:
        """Send silence or keep-alive messages instead of sound."""
        self._open_session("pause").pause(keep_alive=self.keep_alive)

    def resume(self) -> None:
        """Listen again."""
        self._open_session("resume").resume()

    def reconnect(self) -> None:
        """Continue over a new connection."""
        self._open_session("reconnect").reconnect()

    def force_endpoint(self) -> None:
        """End the open turn now."""
        self._open_session("end a turn").force_endpoint()

    def use_local_model(self) -> None:
        """Use the recogniser of this computer, which needs no key."""
        self.select_model(LOCAL_MODEL)

    def fail(self, error: ScribeError) -> None:
        """Show why a command failed."""
        self.error = error
        self._on_change()

    def _clear_error(self) -> None:
        self.error = None
        self._on_change()

    def _open_session(self, purpose: str) -> Session:
        session = self.session
        if session is None or session.done:
            raise SessionStateError(f"There is no open session to {purpose}.", advice="Press Start first.")
        return session

    def _require_idle(self, change: str) -> None:
        if self.running:
            raise SessionStateError(f"A session is running, so {change} has to wait.", advice="Press Stop first.")
