"""The manifest of a tape: its lanes, when they were recorded, and with which versions of the software."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from ipyscribe.errors import ParameterError, ScribeError, TapeError
from ipyscribe.plain_text import plain, plain_json
from ipyscribe.protocol.budget import Budget, budget_at, budget_of
from ipyscribe.protocol.models import Model, find_model
from ipyscribe.protocol.models import simulated as simulation
from ipyscribe.tape.records import BadLineError, count, fields, number, object_of, seconds, text
from ipyscribe.transcript import Transcript

FORMAT = "ipyscribe-tape"
VERSION = 1
MANIFEST = "manifest.json"
MOST_LANES = 64
_NEWER = "Install a newer ipyscribe: pip install --upgrade ipyscribe"


@dataclass(frozen=True, slots=True)
class LaneManifest:
    """One model on a tape.

    ``parameters`` are those of its connection, ``source`` describes its sound, both without secrets on a tape;
    ``offset_s`` is when it began, from the beginning of the tape; ``max_cost_usd`` and ``max_duration_s`` are the
    limits of the session, None for no limit. ``label`` is its name among several. Label, server and source are plain
    text.
    """

    model: Model
    server: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    source: Mapping[str, Any] = field(default_factory=dict)
    offset_s: float = 0.0
    expects_formatting: bool = False
    has_confidences: bool = True
    max_cost_usd: float | None = None
    max_duration_s: float | None = None
    label: str = ""

    def __post_init__(self) -> None:
        for name in ("label", "server", "source"):
            object.__setattr__(self, name, plain_json(getattr(self, name)))

    @property
    def title(self) -> str:
        """Its label, or its model's title."""
        return self.label or self.model.title

    def empty(self) -> Transcript:
        """The transcript before the first word."""
        return Transcript(expects_formatting=self.expects_formatting, has_confidences=self.has_confidences)

    def model_in_use(self, *, simulated: bool) -> Model:
        """The model, or its simulation: at its own price and with its own description."""
        return simulation(self.model) if simulated else self.model

    def budget(self, *, simulated: bool) -> Budget:
        """For how long it may be open. Raises ``ParameterError`` for limits that cannot be kept."""
        model = self.model_in_use(simulated=simulated)
        if self.max_cost_usd is not None and model.price_per_hour_usd is None:
            return budget_of(model, self.max_cost_usd, self.max_duration_s)  # which raises the error that explains it
        return budget_at(model.price_per_hour_usd or 0.0, self.max_cost_usd, self.max_duration_s)

    def to_json(self) -> dict[str, Any]:
        """Its part of the manifest."""
        return {
            "model": self.model.name,
            "price_per_hour_usd": self.model.price_per_hour_usd,
            "price_corrected": self.model.corrected,
            "server": self.server,
            "parameters": dict(self.parameters),
            "source": dict(self.source),
            "offset_s": self.offset_s,
            "expects_formatting": self.expects_formatting,
            "has_confidences": self.has_confidences,
            "max_cost_usd": self.max_cost_usd,
            "max_duration_s": self.max_duration_s,
            "label": self.label,
        }

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """The inverse of ``to_json``. Raises ``BadLineError`` and ``KeyError``."""
        values = fields(content)
        price = values["price_per_hour_usd"]
        try:
            model = find_model(plain(text(values["model"])[:200]).strip())
        except ScribeError as error:
            raise BadLineError(error.message) from None
        lane = cls(
            model=replace(
                model,
                price_per_hour_usd=None if price is None else number(price),
                corrected=values.get("price_corrected") is True,
            ),
            server=text(values["server"]),
            parameters=fields(values["parameters"]),
            source=fields(values["source"]),
            offset_s=seconds(values["offset_s"]),
            expects_formatting=values["expects_formatting"] is True,
            has_confidences=values["has_confidences"] is True,
            max_cost_usd=None if values.get("max_cost_usd") is None else number(values["max_cost_usd"]),
            max_duration_s=None if values.get("max_duration_s") is None else number(values["max_duration_s"]),
            label=text(values.get("label", "")),
        )
        try:
            lane.budget(simulated=False)
        except ParameterError as error:
            raise BadLineError(error.message) from None
        return lane


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a tape. ``audio_start`` is the sample at which its sound begins, None where it has none.

    ``complete`` is false where the session had not ended.
    """

    began: datetime
    versions: Mapping[str, str]
    lanes: tuple[LaneManifest, ...]
    audio_start: int | None = None
    complete: bool = False

    def to_json(self) -> dict[str, Any]:
        """The content of ``manifest.json``."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "began": self.began.astimezone(UTC).isoformat(),
            "versions": dict(self.versions),
            "lanes": [lane.to_json() for lane in self.lanes],
            "audio_start": self.audio_start,
            "complete": self.complete,
        }

    @classmethod
    def from_json(cls, content: bytes, name: str) -> Self:
        """Read ``manifest.json`` of the tape that errors call ``name``. Raises ``TapeError``."""
        try:
            values = object_of(content.decode("utf-8"))
            if values.get("format") != FORMAT:
                raise BadLineError(f"its format is {values.get('format')!r:.60}, not {FORMAT!r}")
            if count(values["version"]) != VERSION:
                raise TapeError(
                    f"{name} is of version {values['version']} of the format; this ipyscribe reads version {VERSION}.",
                    advice=_NEWER,
                )
            return cls._checked(values)
        except KeyError as missing:
            raise malformed(name, f"its manifest has no {missing}") from None
        except (BadLineError, ValueError) as error:
            if isinstance(error, TapeError):
                raise
            raise malformed(name, f"its manifest cannot be read: {error!s:.200}") from None

    @classmethod
    def _checked(cls, values: dict[str, Any]) -> Self:
        lanes = values["lanes"]
        if not isinstance(lanes, list) or not 1 <= len(lanes) <= MOST_LANES:
            raise BadLineError(f"1 to {MOST_LANES} lanes were expected")
        began = datetime.fromisoformat(text(values["began"]))
        versions = fields(values["versions"])
        return cls(
            began=began if began.tzinfo else began.replace(tzinfo=UTC),
            versions={plain(text(name)): plain(text(value)) for name, value in versions.items()},
            lanes=tuple(LaneManifest.from_json(lane) for lane in lanes),
            audio_start=None if values.get("audio_start") is None else count(values["audio_start"]),
            complete=values.get("complete") is True,
        )


def malformed(name: str, reason: str) -> TapeError:
    """The error of a file or folder that is not a tape."""
    return TapeError(
        f"{name} is not a tape that can be read: {reason}.",
        advice="Copy or download it again; a tape is made with session.tape.save('name.tape').",
    )


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names, with a number on each that occurs again."""
    unique: list[str] = []
    for name in names:
        number, shown = 2, name
        while shown in unique:
            shown, number = f"{name} ({number})", number + 1
        unique.append(shown)
    return tuple(unique)
