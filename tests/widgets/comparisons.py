"""What the tests of a comparison's widget share: what a front end sends, and what a view shows."""

from __future__ import annotations

from typing import Any

from support.front_end_messages import deliver
from support.scripted_server import Client
from widgets.conftest import SentMessages

from ipyscribe import Comparison

FIRST = ("so we meet at noon", "bring the red lamps")
SECOND = ("so we meat at noon", "bring the lamps")
KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"


def silent(client: Client) -> None:
    """A server that has nothing to say."""
    client.begin()
    client.hear("Terminate")
    client.terminate()


def say(comparison: Comparison, **message: Any) -> None:
    """What a front end sends."""
    deliver(comparison.view.panel, message)


def rows(sent: SentMessages) -> dict[int, Any]:
    """The rows as a view has them by now."""
    found: dict[int, Any] = {}
    for message in sent.of("rows"):
        found.update(dict(message["rows"]))
        found = {number: row for number, row in found.items() if number < message["count"]}
    return found


def state(comparison: Comparison) -> dict[str, Any]:
    return dict(comparison.view.panel.state)
