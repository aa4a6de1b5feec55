"""One streaming model: what is known of it, from where, and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from ipyscribe.protocol.languages import language_name

Family = Literal["u3", "english", "multilingual", "whisper", "local"]
FAMILIES: tuple[Family, ...] = ("u3", "english", "multilingual", "whisper", "local")
_FEW = 6


SIMULATED_MARK = " (simulated)"


@dataclass(frozen=True, slots=True)
class Model:
    """One streaming model.

    ``family`` decides which parameters act (see ``ipyscribe.protocol.parameters``). ``language_codes`` are those it
    is documented to know, None where that is not published. ``price_per_hour_usd`` is what an open socket costs per
    hour without add-ons (0.0 on this computer, None where it is not published); ``add_on_prices`` are corrections of
    what is charged for settings, by the setting's name. ``source`` and ``as_of`` say where the facts were read and
    when. ``has_confidences`` is false where the confidences of words say nothing; ``simulated`` is set where the
    local server plays the model; ``known`` is false for a name that is not in the catalogue; ``corrected`` is set
    where a person added or changed the row. The other fields are short sentences for a person.
    """

    name: str
    family: Family
    provider: Literal["AssemblyAI", "this computer"]
    latency: str
    partials: str
    formatting: str
    prompting: str
    language_codes: tuple[str, ...] | None
    price_per_hour_usd: float | None
    note: str = ""
    source: str = ""
    as_of: str = ""
    simulated: bool = False
    has_confidences: bool = True
    known: bool = True
    corrected: bool = False
    add_on_prices: tuple[tuple[str, float], ...] = ()

    @property
    def title(self) -> str:
        """The name, and whether it is only played."""
        return simulated_label(self.name) if self.simulated else self.name

    @property
    def local(self) -> bool:
        """True for a model that runs on this computer and needs no key."""
        return self.family == "local"

    @property
    def languages(self) -> str:
        """The languages as a person reads them."""
        codes = self.language_codes
        if codes is None:
            return "languages not published" if self.known else "languages unknown"
        if not codes:
            return "those of the model"
        if len(codes) <= _FEW:
            return ", ".join(map(language_name, codes))
        return f"{len(codes)} languages"

    @property
    def price(self) -> str:
        """The price without add-ons as a person reads it, and whether it is a person's own figure."""
        if self.price_per_hour_usd == 0:
            return "free"
        if self.price_per_hour_usd is None:
            return "price unknown"
        return f"${self.price_per_hour_usd:.2f}/h while open" + (" (corrected)" if self.corrected else "")

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
            "language codes": " ".join(self.language_codes or ()),
            "partials": self.partials,
            "formatting": self.formatting,
            "prompting": self.prompting,
            "price": self.price,
            "source": self.source,
            "as of": self.as_of,
            "note": self.note,
        }


def simulated_label(label: str) -> str:
    """``label`` with the mark of a simulated model, which it keeps wherever it is shown."""
    return label if label.endswith(SIMULATED_MARK) else label + SIMULATED_MARK


@cache
def simulated(model: Model) -> Model:
    """``model`` as the local server plays it: its way to talk, with the words of the offline recogniser."""
    return replace(
        model,
        provider="this computer",
        latency="Simulated: not AssemblyAI's model",
        language_codes=("en",),
        prompting="prompts do nothing",
        price_per_hour_usd=0.0,
        note=f"The words are those of the offline recogniser; only the way in which they come is {model.name}'s.",
        simulated=True,
    )
