"""A model in a list to choose from."""

from __future__ import annotations

from typing import Any

from ipyscribe.protocol import Model


def model_choice(model: Model) -> dict[str, Any]:
    """Its name, the label that marks a simulation, and the group that it is listed in."""
    return {
        "name": model.name,
        "label": f"{model.name} · simulated" if model.simulated else model.name,
        "group": "Simulated" if model.simulated else "This computer" if model.local else "AssemblyAI",
    }
