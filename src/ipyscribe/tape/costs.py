"""What a session costs and for how long it may be open, by its manifest and its state."""

from __future__ import annotations

from ipyscribe.protocol.budget import Budget
from ipyscribe.protocol.pricing import RateSchedule
from ipyscribe.tape.manifest import LaneManifest
from ipyscribe.tape.snapshot import SessionSnapshot


def rates_of(manifest: LaneManifest, snapshot: SessionSnapshot) -> RateSchedule:
    """The cost of its open seconds: the price of its settings, and each changed price from its change on."""
    price = manifest.model_in_use(simulated=snapshot.simulated).price_per_hour_usd
    rates = RateSchedule.constant(price or 0.0)
    if not snapshot.simulated:
        for open_s, usd_per_hour in snapshot.price_changes:
            rates = rates.changed(open_s, usd_per_hour)
    return rates


def mean_price_usd(manifest: LaneManifest, snapshot: SessionSnapshot, billed_s: float) -> float | None:
    """What an hour of ``billed_s`` seconds cost on average, in US dollars; None where the price is not known."""
    if billed_s > 0 and snapshot.price_changes and not snapshot.simulated:
        return 3600 * rates_of(manifest, snapshot).cost_usd(billed_s) / billed_s
    return manifest.model_in_use(simulated=snapshot.simulated).price_per_hour_usd


def budget_of_session(manifest: LaneManifest, snapshot: SessionSnapshot) -> Budget:
    """For how long it may be open at the prices so far."""
    budget = manifest.budget(simulated=snapshot.simulated)
    return budget.at_rates(rates_of(manifest, snapshot)) if snapshot.price_changes else budget
