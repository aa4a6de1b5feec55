from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from comparison.speakers import saying
from local.harness import CountingRecognition, running, wait_for
from session.sources import tone
from support.scripted_server import scripted

from ipyscribe import Comparison
from ipyscribe.timeline.palette import follow_host

MODEL = "u3-rt-pro"
Make = Callable[..., Comparison]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A real server with a real worker, and a recogniser that hears one word for each 400 ms."""
    with running(CountingRecognition) as address:
        yield address


@pytest.fixture
def simulating() -> Iterator[str]:
    """A server that plays AssemblyAI's models, with the same recogniser."""
    with running(CountingRecognition, simulate=True) as address:
        yield address


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    yield
    follow_host("light")
    wait_for(lambda: not [t for t in threading.enumerate() if t.name.startswith("ipyscribe-")], within_s=30)


def wait_until_published() -> None:
    """Wait until every widget shows all that is new: the threads that publish it end then."""
    names = {f"ipyscribe-{name}" for name in ("publish", "draw", "metrics", "save")}
    wait_for(lambda: names.isdisjoint(thread.name for thread in threading.enumerate()), within_s=30)


class SentMessages(list[dict[str, Any]]):
    """The messages that a widget sends to its views."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self if message["kind"] == kind]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> SentMessages:
    """What every widget of the test sends, in order."""
    from ipyscribe.widgets.shared.view import View

    messages = SentMessages()

    def send(self: View, content: dict[str, Any], buffers: Any = None) -> None:
        messages.append({**content, "from": type(self).__name__, "buffers": buffers})

    monkeypatch.setattr(View, "send", send)
    return messages


@pytest.fixture
def make() -> Iterator[Make]:
    """Comparisons of servers that say known turns, or do what a script says; strings are addresses."""
    with contextlib.ExitStack() as left:

        def comparison(*says: Any, source: Any = None, **options: Any) -> Comparison:
            urls = [
                said
                if isinstance(said, str)
                else left.enter_context(scripted(said if callable(said) else saying(*said))).url
                for said in says
            ]
            models = {f"model {number}": {"model": MODEL, "endpoint": url} for number, url in enumerate(urls, start=1)}
            made = Comparison(models, source=source or tone(2.5), **options)
            left.callback(made.close)
            return made

        yield comparison
