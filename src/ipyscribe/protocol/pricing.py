"""What an open hour costs: the model's price and the add-ons that its settings switch on.

AssemblyAI bills the time for which a socket is open. No rounding rule is published for streaming, and none for an
add-on that is switched on while a session is open: it is counted from then on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from ipyscribe.protocol.model import Family, Model

_SPOKEN: frozenset[Family] = frozenset(("u3", "english", "multilingual"))
_ALL: frozenset[Family] = _SPOKEN | {"whisper"}

_PAGE = "pricing page, read by others"
_REFERENCE = "AssemblyAI's quick reference"


@dataclass(frozen=True, slots=True)
class AddOn:
    """What is charged for a setting on top of a model's price, on ``charged`` families; elsewhere it is included or
    does not act. ``certainty`` is how well the figure is known: "reported" was read off the pricing page by others,
    "old" is older than that and was not found again.
    """

    setting: str
    title: str
    usd_per_hour: float
    charged: frozenset[Family]
    source: str
    as_of: str
    certainty: Literal["reported", "old"]


ADD_ONS: Mapping[str, AddOn] = {
    add_on.setting: add_on
    for add_on in (
        AddOn("speaker_labels", "speaker labels", 0.12, _SPOKEN, _PAGE, "2026-09-30", "reported"),
        AddOn("keyterms_prompt", "key terms", 0.04, _SPOKEN - {"u3"}, _PAGE, "2026-10", "reported"),
        AddOn("domain", "medical domain", 0.15, _ALL, "notes of others", "2026-09", "old"),
        AddOn("redact_pii", "PII redaction", 0.12, _SPOKEN, _REFERENCE, "2026-09-29", "old"),
        AddOn("voice_focus", "voice focus", 0.10, frozenset(("u3",)), _REFERENCE, "2026-09-29", "old"),
    )
}  # fmt: skip
"""The add-ons by the setting that switches each on."""


class Charge(NamedTuple):
    """One item of an hourly price."""

    title: str
    usd_per_hour: float


@dataclass(frozen=True, slots=True)
class HourlyPrice:
    """The price of an open hour: the model's own and what its settings add."""

    base_usd: float
    add_ons: tuple[Charge, ...] = ()
    corrected: bool = False

    @property
    def usd(self) -> float:
        """US dollars an hour, all together."""
        return self.base_usd + sum(charge.usd_per_hour for charge in self.add_ons)

    def __str__(self) -> str:
        if not self.usd:
            return "free"
        total = f"${self.usd:.2f}/h while open"
        items = [f"{charge.title} ${charge.usd_per_hour:.2f}" for charge in self.add_ons if charge.usd_per_hour]
        breakdown = f" (${self.base_usd:.2f} + {' + '.join(items)})" if items else ""
        return total + breakdown + (", corrected" if self.corrected else "")


def hourly_price(
    model: Model, settings: Mapping[str, Any], price_per_hour_usd: float | None = None
) -> HourlyPrice | None:
    """What an open hour of ``model`` costs with these settings; None where the model's price is not known.

    ``price_per_hour_usd`` takes the place of the model's price; add-ons come on top of it.
    """
    own_price = price_per_hour_usd is not None
    base = price_per_hour_usd if own_price else model.price_per_hour_usd
    if base is None:
        return None
    if model.local or model.simulated:
        return HourlyPrice(0.0)
    corrections = dict(model.add_on_prices)
    charges = (
        Charge(_title(name), corrections.get(name, _shipped_price(model, name)))
        for name in dict.fromkeys((*ADD_ONS, *corrections))
        if settings.get(name)
    )
    return HourlyPrice(base, tuple(charges), own_price or model.corrected)


def priced(model: Model, settings: Mapping[str, Any], price_per_hour_usd: float | None = None) -> Model:
    """``model`` as a session with these settings is charged for it: ``price_per_hour_usd`` has the add-ons in it."""
    price = hourly_price(model, settings, price_per_hour_usd)
    if price is None or price.usd == model.price_per_hour_usd:
        return model
    return replace(model, price_per_hour_usd=price.usd, corrected=price.corrected)


def _title(setting: str) -> str:
    return ADD_ONS[setting].title if setting in ADD_ONS else setting


def _shipped_price(model: Model, setting: str) -> float:
    add_on = ADD_ONS[setting]
    return add_on.usd_per_hour if model.family in add_on.charged else 0.0


class _Period(NamedTuple):
    from_s: float
    usd_per_hour: float


@dataclass(frozen=True, slots=True)
class RateSchedule:
    """What open seconds cost where the hourly price changes while a session is open."""

    periods: tuple[_Period, ...]

    @classmethod
    def constant(cls, usd_per_hour: float) -> RateSchedule:
        """One price from the beginning."""
        return cls((_Period(0.0, usd_per_hour),))

    @property
    def usd_per_hour(self) -> float:
        """The newest price."""
        return self.periods[-1].usd_per_hour

    def changed(self, open_s: float, usd_per_hour: float) -> RateSchedule:
        """The schedule with another price from ``open_s`` on."""
        if usd_per_hour == self.usd_per_hour:
            return self
        kept = tuple(period for period in self.periods if period.from_s < open_s)
        return RateSchedule((*kept, _Period(open_s, usd_per_hour)))

    def cost_usd(self, open_s: float) -> float:
        """US dollars for the first ``open_s`` seconds."""
        ends = [period.from_s for period in self.periods[1:]] + [float("inf")]
        return sum(
            max(0.0, min(open_s, end_s) - period.from_s) * period.usd_per_hour / 3600
            for period, end_s in zip(self.periods, ends, strict=True)
        )

    def open_s_for(self, cost_usd: float) -> float:
        """After how many open seconds ``cost_usd`` is reached; infinity where nothing is charged."""
        spent = [self.cost_usd(period.from_s) for period in self.periods]
        index = max(0, bisect_right(spent, cost_usd) - 1)
        period = self.periods[index]
        if not period.usd_per_hour:
            return float("inf")
        return period.from_s + 3600 * (cost_usd - spent[index]) / period.usd_per_hour
