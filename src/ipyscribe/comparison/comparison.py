"""A comparison: one source of sound, several sessions, at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from ipyscribe.audio import AudioSource
from ipyscribe.comparison.fan_out import FanOut, FanOutSource
from ipyscribe.comparison.side_by_side import SideBySide
from ipyscribe.comparison.static_page import frozen
from ipyscribe.comparison.table import Table
from ipyscribe.errors import ParameterError, ScribeError, SessionStateError
from ipyscribe.export import Frozen
from ipyscribe.notebook import NotebookDisplay, end_with_cell
from ipyscribe.protocol import find_model
from ipyscribe.protocol.budget import budget_of
from ipyscribe.protocol.models import Model, simulated
from ipyscribe.session import Session
from ipyscribe.tape.manifest import distinct

Choice = str | tuple[str, Mapping[str, Any]]
FEWEST, MOST = 2, 6
_STILL_RUNNING = "It is still running: what has not been heard yet counts as left out."


class Comparison(NotebookDisplay, SideBySide):
    """Streams one source to several models at once and keeps what each says.

    ``models`` are 2 to 6 names of ``ipyscribe.models()``, or pairs of a label and the settings of its session:
    ``("patient", {"speech_model": "u3-rt-pro", "max_turn_silence": 3000})``. All hear the same samples from the
    same first one; one that fails or reconnects does not disturb the others. ``reference`` is what was really
    said: a text, one utterance a line, or the name of a text file. ``max_cost_usd`` in US dollars and
    ``max_duration_s`` in seconds hold for all together. The other arguments are those of ``Session``, for all.

    ``run()`` starts it and waits for the end, or ``start()`` and ``stop()``; ``with comparison:`` does both. It
    can be started again once it is over. Raises ``ParameterError`` and ``MissingKeyError`` here.
    """

    fewest = FEWEST
    view_factory = "ipyscribe.widgets.comparison.comparison_view:ComparisonView"

    def __init__(
        self,
        models: Sequence[Choice],
        *,
        source: AudioSource,
        reference: str | os.PathLike[str] | None = None,
        language: str = "en",
        keyterms: Sequence[str] = (),
        max_cost_usd: float | None = None,
        max_duration_s: float | None = None,
        **settings: Any,
    ) -> None:
        if not isinstance(source, AudioSource):
            raise ParameterError(
                f"source={source!r:.80} is not a source of sound.",
                advice="Give an AudioFile, an AudioArray or a Microphone.",
            )
        self._choices = choices(models, fewest=self.fewest)
        self._source = source
        self._settings = settings
        charged = [_charged(settings | given) for _, given in self._choices]
        self._limit_s = _limit_s(charged, max_cost_usd, max_duration_s)
        self._started = False
        self._starting = threading.Lock()
        super().__init__(
            [label for label, _ in self._choices],
            self._sessions(),
            reference=reference,
            language=language,
            keyterms=keyterms,
        )
        end_with_cell(self.request_stop)

    @property
    def source(self) -> AudioSource:
        """Where the sound comes from."""
        return self._source

    @property
    def sessions(self) -> tuple[Session, ...]:
        """One for each model; new ones at each start."""
        return self._running

    @property
    def errors(self) -> dict[str, ScribeError]:
        """What ended those that did not end by themselves."""
        pairs = zip(self.labels, self._running, strict=True)
        return {label: session.error for label, session in pairs if session.error is not None}

    @property
    def started(self) -> bool:
        """Whether it was started."""
        return self._started

    @property
    def paused(self) -> bool:
        """Whether silence is sent instead of sound."""
        return self._fan_out.paused

    def start(self) -> Self:
        """Open all sessions in the background; gives back at once. Raises ``SessionStateError`` while it runs."""
        with self._starting:
            if self._started and not self.done:
                raise SessionStateError("This comparison is running.", advice="Stop it first, or wait for its end.")
            if self._started:
                self._hear(self._sessions())
            self._started = True
            for session in self._running:
                session.start()
        self._changed()
        return self

    def run(self) -> Self:
        """Start and wait for the end. Raises what went wrong if it did with all of them."""
        with self:
            self.wait()
        return self

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all are over; False if ``timeout_s`` came first. Raises what went wrong if it did with all."""
        over = threading.Event()
        forget = self.on_change(lambda: over.set() if self.done else None)
        try:
            if not self.done:
                # In slices: where a wait cannot be interrupted, as on Windows, Ctrl-C is heard between two.
                left_s = float("inf") if timeout_s is None else timeout_s
                while left_s > 0 and not over.wait(min(1.0, left_s)):
                    left_s -= 1.0
        finally:
            forget()
            if self.done:
                self._update_saved_copy()
        self._raise_error()
        return self.done

    def table(self) -> Table:
        """One row for each model, with the standard measures; see ``ipyscribe.metrics``."""
        found = super().table()
        if self._started and not self.done and self._said.reference is not None:
            found.notes = (*found.notes, _STILL_RUNNING)
        return found

    def pause(self) -> None:
        """Send all of them silence instead of sound. The sessions stay open and are billed."""
        self._fan_out.paused = True
        self._changed()

    def resume(self) -> None:
        """Listen again."""
        self._fan_out.paused = False
        self._changed()

    def request_stop(self) -> None:
        """Ask for the end of all and do not wait for it."""
        for session in self._running:
            session.request_stop()

    def stop(self) -> bool:
        """End all sessions in the orderly way; true if they are over. Any number of times, from any thread."""
        self.request_stop()
        over = [session.stop() for session in self._running]
        self._update_saved_copy()
        return all(over)

    def freeze(self, *, title: str = "Comparison", sound: bool = False) -> Frozen:
        """Columns, lanes and numbers as they stand, as HTML without script; ``sound=True`` embeds the sound.

        It shows itself as the last expression of a cell; ``.save(path)`` writes a page. Raises ``ParameterError``
        where no sound was kept, ``MissingDependencyError`` where it cannot be encoded.
        """
        return frozen(self, title=title, sound=sound)

    def close(self) -> None:
        """End it and remove its widget."""
        self.stop()
        self._close_view()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            self._raise_error()

    def __repr__(self) -> str:
        state = "ready" if not self._started else "over" if self.done else "running"
        return f"<Comparison of {', '.join(self.labels)}: {state}>"

    def _sessions(self) -> tuple[Session, ...]:
        self._fan_out = FanOut(self._source, len(self._choices))
        self._running = tuple(
            Session(
                given["speech_model"],
                source=ear,
                max_duration_s=self._limit_s,
                **self._settings | {name: value for name, value in given.items() if name != "speech_model"},
            )
            for (_, given), ear in zip(self._choices, self._fan_out.ears, strict=True)
        )
        for session, ear in zip(self._running, self._fan_out.ears, strict=True):
            session.on_change(_leaving(session, self._fan_out, ear))
        return self._running

    def _raise_error(self) -> None:
        errors = self.errors
        if errors and len(errors) == len(self._running):
            raise next(iter(errors.values())).with_traceback(None)


def _leaving(session: Session, fan_out: FanOut, ear: FanOutSource) -> Callable[[], None]:
    """What takes a session that is over from those for which the sound waits."""

    def changed() -> None:
        if not ear.opened and session.done:
            fan_out.leave(ear)

    return changed


def choices(models: Sequence[Choice], *, fewest: int = FEWEST) -> list[tuple[str, dict[str, Any]]]:
    """Each model's label and settings. Raises ``ParameterError``."""
    if isinstance(models, str) or not isinstance(models, Sequence) or not fewest <= len(models) <= MOST:
        raise ParameterError(
            f"models={models!r:.80} cannot be compared.",
            advice=f"Give a list of {fewest} to {MOST} model names, or of (label, settings).",
        )
    found = [_choice(choice) for choice in models]
    return list(zip(distinct(label for label, _ in found), [given for _, given in found], strict=True))


def _choice(choice: Choice) -> tuple[str, dict[str, Any]]:
    if isinstance(choice, str):
        return choice, {"speech_model": choice}
    if isinstance(choice, tuple | list) and len(choice) == 2:
        label, given = choice
        if isinstance(label, str) and label.strip() and isinstance(given, Mapping):
            return label, {"speech_model": label, **given}
    raise ParameterError(
        f"{choice!r:.80} is no model to compare.",
        advice='Give a name, or a pair such as ("patient", {"speech_model": "u3-rt-pro", "max_turn_silence": 3000}).',
    )


def _charged(given: Mapping[str, Any]) -> Model:
    """The model as it is charged: on this computer nothing is."""
    model = find_model(given["speech_model"])
    return simulated(model) if given.get("endpoint") == "local" and not model.local else model


def _limit_s(models: Sequence[Model], max_cost_usd: float | None, max_duration_s: float | None) -> float | None:
    """For how long all of them may be open together: as one model that costs what they cost together."""
    unknown = next((model for model in models if model.price_per_hour_usd is None), None)
    total = sum(model.price_per_hour_usd or 0.0 for model in models)
    return budget_of(unknown or replace(models[0], price_per_hour_usd=total), max_cost_usd, max_duration_s).seconds
