"""The manifest of a tape: what was recorded, when, and with which versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from ipyscribe.errors import ScribeError, TapeError
from ipyscribe.protocol.models import Model, find_model
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

    ``parameters`` are those of its connection, ``source`` what is said of its sound, both without secrets;
    ``offset_s`` is when it began, from the beginning of the tape; ``limit_s`` is the longest that it was allowed
    to be open, with what a person had asked for in ``limit_says``. ``label`` is what it was called among several.
    """

    model: Model
    place: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    offset_s: float = 0.0
    expects_formatting: bool = False
    has_confidences: bool = True
    limit_s: float | None = None
    limit_says: str = ""
    label: str = ""

    @property
    def title(self) -> str:
        """What it was called, or its model."""
        return self.label or self.model.title

    def empty(self) -> Transcript:
        """The transcript before the first word."""
        return Transcript(expects_formatting=self.expects_formatting, has_confidences=self.has_confidences)

    def to_json(self) -> dict[str, Any]:
        """As it stands in the manifest."""
        return {
            "model": self.model.name,
            "price_per_hour_usd": self.model.price_per_hour_usd,
            "place": self.place,
            "parameters": dict(self.parameters),
            "source": dict(self.source),
            "offset_s": self.offset_s,
            "expects_formatting": self.expects_formatting,
            "has_confidences": self.has_confidences,
            "limit_s": self.limit_s,
            "limit_says": self.limit_says,
            "label": self.label,
        }

    @classmethod
    def from_json(cls, found: Any) -> Self:
        """Read it. Raises ``BadLineError`` and ``KeyError``."""
        found = fields(found)
        price = found["price_per_hour_usd"]
        try:
            model = find_model(text(found["model"])[:200])
        except ScribeError as error:
            raise BadLineError(error.message) from None
        return cls(
            model=replace(model, price_per_hour_usd=None if price is None else number(price)),
            place=text(found["place"]),
            parameters=fields(found["parameters"]),
            source=fields(found["source"]),
            offset_s=seconds(found["offset_s"]),
            expects_formatting=found["expects_formatting"] is True,
            has_confidences=found["has_confidences"] is True,
            limit_s=None if found.get("limit_s") is None else number(found["limit_s"]),
            limit_says=text(found.get("limit_says", "")),
            label=text(found.get("label", "")),
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tape says of itself. ``audio_start`` is the sample at which its sound begins, None where it has none.

    ``complete`` is false on a tape that was never saved: its program ended first.
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
        """Read ``content``. Raises ``TapeError``, which calls the tape by ``name``."""
        try:
            found = object_of(content.decode("utf-8"))
            if found.get("format") != FORMAT:
                raise BadLineError(f"its format is {found.get('format')!r:.60}, not {FORMAT!r}")
            if count(found["version"]) != VERSION:
                raise TapeError(
                    f"{name} is of version {found['version']} of the format; this ipyscribe reads version {VERSION}.",
                    advice=_NEWER,
                )
            return cls._checked(found)
        except KeyError as missing:
            raise broken(name, f"its manifest has no {missing}") from None
        except (BadLineError, ValueError) as error:
            if isinstance(error, TapeError):
                raise
            raise broken(name, f"its manifest cannot be read: {error!s:.200}") from None

    @classmethod
    def _checked(cls, found: dict[str, Any]) -> Self:
        lanes = found["lanes"]
        if not isinstance(lanes, list) or not 1 <= len(lanes) <= MOST_LANES:
            raise BadLineError(f"1 to {MOST_LANES} lanes were expected")
        began = datetime.fromisoformat(text(found["began"]))
        versions = fields(found["versions"])
        return cls(
            began=began if began.tzinfo else began.replace(tzinfo=UTC),
            versions={text(name): text(value) for name, value in versions.items()},
            lanes=tuple(LaneManifest.from_json(lane) for lane in lanes),
            audio_start=None if found.get("audio_start") is None else count(found["audio_start"]),
            complete=found.get("complete") is True,
        )


def broken(name: str, what: str) -> TapeError:
    """The error of a tape that is none."""
    return TapeError(
        f"{name} is not a tape that can be read: {what}.",
        advice="Copy or download it again; a tape is made with session.tape.save('name.tape').",
    )


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names, those that come again with a number."""
    found: list[str] = []
    for name in names:
        number, shown = 2, name
        while shown in found:
            shown, number = f"{name} ({number})", number + 1
        found.append(shown)
    return tuple(found)
