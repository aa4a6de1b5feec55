"""The models as data: what each can do, what it costs, which parameters it takes.

A model's name is free text to the protocol: the server's own list grows every few weeks, and names that are
not in this table are passed on. The facts are AssemblyAI's published ones of autumn 2026.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, overload

from ipyscribe.errors import ParameterError

Family = Literal["u3", "english", "multilingual", "whisper", "local"]
PRICES_AS_OF = "2026-10"
LOCAL_MODEL = "local-whisper-tiny.en"
LOCAL_SERVER = "ipyscribe"
"""The HTTP header ``Server`` of the local server: whoever sees it talks to a recogniser of this computer."""
SPHINX = "pocketsphinx"
SPHINX_MODEL = "local-pocketsphinx"
_LOCAL_WHISPER = "local-whisper-"


@dataclass(frozen=True, slots=True)
class Model:
    """One streaming model.

    ``family`` decides which parameters act (see ``ipyscribe.protocol.parameters``); ``price_per_hour_usd``
    is what an open socket costs per hour (0.0 on this computer, None where it is not published);
    ``has_confidences`` is false where the confidences of words say nothing;
    ``simulated`` is set where the local server plays the model; the other fields are short sentences for a person.
    """

    name: str
    family: Family
    provider: Literal["AssemblyAI", "this computer"]
    latency: str
    languages: str
    partials: str
    formatting: str
    prompting: str
    price_per_hour_usd: float | None
    note: str = ""
    simulated: bool = False
    has_confidences: bool = True

    @property
    def title(self) -> str:
        """The name, and whether it is only played."""
        return f"{self.name}, simulated" if self.simulated else self.name

    @property
    def local(self) -> bool:
        """True for a model that runs on this computer and needs no key."""
        return self.family == "local"

    @property
    def price(self) -> str:
        """The price as a person reads it."""
        if self.price_per_hour_usd == 0:
            return "free"
        return "price not known" if self.price_per_hour_usd is None else f"${self.price_per_hour_usd:.2f}/h while open"

    @property
    def summary(self) -> str:
        """What the model can do, in one line."""
        return " · ".join((self.latency, self.partials, self.languages, self.formatting, self.prompting, self.price))

    def to_record(self) -> dict[str, Any]:
        """The model as a flat dict."""
        return {
            "model": self.name,
            "runs on": self.provider,
            "latency": self.latency,
            "languages": self.languages,
            "partials": self.partials,
            "formatting": self.formatting,
            "prompting": self.prompting,
            "price": self.price,
            "note": self.note,
        }


_U3_LANGUAGES = "en, es, de, fr, pt, it, with code-switching"
_SIX = "en, es, fr, de, it, pt"

_MODELS = (
    Model(
        LOCAL_MODEL, "local", "this computer", "words in about half a second", "English",
        "partials revise their last words", "always formatted", "no prompt", 0.0,
        "Whisper tiny.en, offline. Not an AssemblyAI model.",
    ),
    Model(
        "u3-rt-pro", "u3", "AssemblyAI", "first words in about a second", _U3_LANGUAGES,
        "partials revise the whole turn", "always formatted", "prompt and key terms", 0.45,
        "Replaced by universal-3-5-pro in AssemblyAI's documentation; still accepted.",
    ),
    Model(
        "universal-3-6-pro", "u3", "AssemblyAI", "first words in about a second", _U3_LANGUAGES,
        "partials revise the whole turn", "always formatted", "prompt and key terms", 0.45,
        "Successor of u3-rt-pro, since 2026-09-29.",
    ),
    Model(
        "universal-3-5-pro", "u3", "AssemblyAI", "first words in about a second", _U3_LANGUAGES,
        "partials revise the whole turn", "always formatted", "prompt and key terms", 0.45,
        "Successor of u3-rt-pro.",
    ),
    Model(
        "universal-streaming-english", "english", "AssemblyAI", "word by word", "English",
        "partials never change a word", "formatted finals on request", "key terms", 0.15,
    ),
    Model(
        "universal-streaming-multilingual", "multilingual", "AssemblyAI", "word by word", _SIX,
        "partials never change a word", "formatted finals on request", "key terms", 0.15,
    ),
    Model(
        "whisper-rt", "whisper", "AssemblyAI", "first words in about three seconds", "99 and more, found by itself",
        "few partials or none", "formatted finals on request", "no prompt", 0.30,
        "Legacy in AssemblyAI's documentation; still accepted.",
        has_confidences=False,
    ),
    Model(
        SPHINX_MODEL, "local", "this computer", "words as they are spoken", "English",
        "partials revise the whole turn", "never formatted", "no prompt", 0.0,
        "pocketsphinx, the classical way, offline: every second word is wrong. Not an AssemblyAI model.",
        has_confidences=False,
    ),
)  # fmt: skip


class Catalogue:
    """The known models in the order in which a person should see them; a table in a notebook."""

    def __init__(self, models: tuple[Model, ...]) -> None:
        self._models = models

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def __contains__(self, name: object) -> bool:
        return any(name in (model, model.name) for model in self._models)

    @overload
    def __getitem__(self, key: int | str) -> Model: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Model, ...]: ...
    def __getitem__(self, key: int | str | slice) -> Model | tuple[Model, ...]:
        if not isinstance(key, str):
            return self._models[key]
        for model in self._models:
            if model.name == key:
                return model
        raise KeyError(key)

    def to_records(self) -> list[dict[str, Any]]:
        """One dict per model."""
        return [model.to_record() for model in self._models]

    def __repr__(self) -> str:
        width = max(len(model.name) for model in self._models)
        return "\n".join(f"{model.name:<{width}}  {model.summary}" for model in self._models)

    def _repr_html_(self) -> str:
        records = self.to_records()
        head = "".join(f"<th style='text-align:left'>{html.escape(name)}</th>" for name in records[0])
        rows = "".join(
            "<tr>"
            + "".join(f"<td style='text-align:left'>{html.escape(str(v))}</td>" for v in record.values())
            + "</tr>"
            for record in records
        )
        caption = f"<caption>Prices as of {PRICES_AS_OF}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def models() -> Catalogue:
    """The catalogue of models: the offline one, AssemblyAI's, and at the end the classical contrast."""
    return Catalogue(_MODELS)


def find_model(name: str) -> Model:
    """The model of that name.

    ``local-whisper-NAME`` is another model of the offline recogniser; any other name that is not in the
    catalogue is taken as a new AssemblyAI model. Raises ``ParameterError``.
    """
    if not isinstance(name, str) or not name.strip() or name != name.strip():
        raise ParameterError(
            f"model={name!r} is not a model's name.", advice="Choose one of ipyscribe.models(), or give a name as text."
        )
    for model in _MODELS:
        if model.name == name:
            return model
    if name.startswith(_LOCAL_WHISPER) and name != _LOCAL_WHISPER:
        return Model(
            name, "local", "this computer", "depends on the model's size", "those of the model",
            "partials revise their last words", "always formatted", "no prompt", 0.0,
            "Another Whisper model, offline. Not an AssemblyAI model.",
        )  # fmt: skip
    if name.startswith("local-"):
        raise ParameterError(
            f"There is no local model {name!r}.",
            advice=f"There are {LOCAL_MODEL!r}, 'local-whisper-NAME' and {SPHINX_MODEL!r}.",
        )
    return Model(
        name, _family(name), "AssemblyAI", "not in ipyscribe's catalogue", "languages not known", "partials not known",
        "formatting not known", "prompting not known", None, "Passed on to AssemblyAI as it is.",
        has_confidences=_family(name) != "whisper",
    )  # fmt: skip


@cache
def simulated(model: Model) -> Model:
    """``model`` as the local server plays it: its way to talk, with the words of the offline recogniser."""
    return replace(
        model,
        provider="this computer",
        latency="Simulated: not AssemblyAI's model",
        languages="English",
        prompting="prompts do nothing",
        price_per_hour_usd=0.0,
        note=f"The words are those of the offline recogniser; only the way in which they come is {model.name}'s.",
        simulated=True,
    )


def _family(name: str) -> Family:
    if "whisper" in name:
        return "whisper"
    if name.startswith("universal-streaming"):
        return "multilingual" if "multi" in name else "english"
    return "u3"
