"""What an open hour costs on the model that the server runs, which may be another than the one asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipyscribe.errors import ParameterError
from ipyscribe.plain_text import plain
from ipyscribe.protocol.messages import Begin
from ipyscribe.protocol.models import Model, find_model
from ipyscribe.protocol.pricing import hourly_price
from ipyscribe.session.context import SessionContext
from ipyscribe.tape.notice import Notice


def changed_price(
    context: SessionContext, parameters: Mapping[str, Any], served_model: str | None = None
) -> float | None:
    """US dollars for an open hour with ``parameters``, where that is not what is counted now.

    ``served_model`` is the model that runs; without it that of the present connection.
    """
    snapshot = context.session.snapshot
    if _is_free(context):
        return None
    asked = context.manifest.model.name
    served = _listed(served_model or snapshot.served_model or asked)
    price = None if served is None else hourly_price(served, parameters, context.base_price_usd)
    price = price or hourly_price(find_model(asked), parameters, context.base_price_usd)
    return None if price is None or price.usd == _counted_usd(context) else price.usd


def price_served_model(context: SessionContext, begin: Begin) -> None:
    """Count the price of the model that ``begin`` names from now on, and say so where it is another than before."""
    session = context.session
    if begin.model is None or _is_free(context):
        return
    name = plain(begin.model)
    price_usd = changed_price(context, context.parameters, begin.model)
    if price_usd is not None:
        session.record_price(price_usd, context.manifest.parameters)
        session.add_notice(Notice("price", f"An open hour is counted as ${price_usd:.2f}, the price of {name}."))
    elif begin.model != context.manifest.model.name and context.base_price_usd is None:
        served, counted_usd = _listed(begin.model), _counted_usd(context)
        if counted_usd is not None and (served is None or served.price_per_hour_usd is None):
            message = f"The price of {name} is not known: an open hour is still counted as ${counted_usd:.2f}."
            notice = Notice("price", message, "If you know it, give it: price_per_hour_usd=")
            if notice not in session.snapshot.notices:
                session.add_notice(notice)


def _is_free(context: SessionContext) -> bool:
    return context.session.snapshot.simulated or context.manifest.model.local


def _counted_usd(context: SessionContext) -> float | None:
    changes = context.session.snapshot.price_changes
    return changes[-1][1] if changes else context.manifest.model.price_per_hour_usd


def _listed(name: str) -> Model | None:
    """What is known of the model that a server names, None where that is nothing."""
    try:
        model = find_model(name)
    except ParameterError:
        return None
    return model if model.known and not model.local else None
