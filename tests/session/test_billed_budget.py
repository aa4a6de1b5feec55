"""``max_cost_usd`` against a server that counts by itself: hours of an open session on a clock that runs ahead."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import combinations
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from session.sources import Endless, EndlessStream
from support.scripted_server import Client, ScriptedServer, scripted
from support.waiting import wait_for

from ipyscribe import Session
from ipyscribe.audio import AudioBlock
from ipyscribe.protocol.messages import Begin

# US dollars for an open hour, as the sources of docs/protocol.md give them: the server's own table.
MODELS = {"universal-3-6-pro": 0.45, "universal-streaming-english": 0.15, "whisper-rt": 0.30}
ADD_ONS = {
    "speaker_labels": {"universal-3-6-pro": 0.12, "universal-streaming-english": 0.12},
    "keyterms_prompt": {"universal-streaming-english": 0.04},
    "domain": {"universal-3-6-pro": 0.15, "universal-streaming-english": 0.15, "whisper-rt": 0.15},
    "redact_pii": {"universal-3-6-pro": 0.12, "universal-streaming-english": 0.12},
    "voice_focus": {"universal-3-6-pro": 0.10},
}
ON: dict[str, Any] = {
    "speaker_labels": True,
    "keyterms_prompt": ["NADH"],
    "domain": "medical-v1",
    "redact_pii": True,
    "voice_focus": "near-field",
}
ONE_OR_TWO = [names for size in (1, 2) for names in combinations(ON, size)]
STEP_USD = 0.004
"""What each block of sound takes at the price of the model alone."""
EN = "universal-streaming-english"


class FastClock:
    """Real time, and the seconds by which it was moved on, which the sound does while ``runs`` is set."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.runs = threading.Event()
        self.runs.set()

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


class Hours(Endless):
    """Silence, of which each block takes ``step_s`` seconds."""

    def __init__(self, clock: FastClock, step_s: float) -> None:
        super().__init__(pcm=bytes(1600), every_s=0.0)
        self.clock = clock
        self.step_s = step_s

    def open(self) -> EndlessStream:
        return HoursStream(self)


class HoursStream(EndlessStream):
    def __init__(self, source: Hours) -> None:
        super().__init__(source)
        self._clock, self._step_s = source.clock, source.step_s

    def read(self, timeout_s: float) -> AudioBlock | None:
        self._clock.runs.wait(timeout_s)
        if self._clock.runs.is_set():
            self._clock.ahead_s += self._step_s
        return super().read(timeout_s)


class BillingServer:
    """Counts the seconds for which each connection is open, at the prices of its own table."""

    def __init__(self) -> None:
        self.clock = FastClock()
        self.bills_usd: list[float] = []
        self.counted = 0
        """How many messages, of all connections, stand in the bill."""
        self.messages = ["Terminate"]
        """What the clients of the present test send, the last of it at the end."""

    def __call__(self, client: Client) -> None:
        query = dict(parse_qsl(urlsplit(client.path).query))
        model = query.pop("speech_model")
        since_s, bill_usd, settings = self.clock(), 0.0, set(query)
        client.say(Begin("a", 0, {"model": model}))
        for kind in self.messages:
            message = client.hear(kind)
            now_s = self.clock()
            bill_usd += (now_s - since_s) / 3600 * self.price_usd(model, settings)
            since_s = now_s
            settings |= set(message)
            self.counted += 1
        self.bills_usd.append(bill_usd)
        client.terminate()

    @staticmethod
    def price_usd(model: str, settings: set[str]) -> float:
        return MODELS[model] + sum(ADD_ONS[name].get(model, 0.0) for name in settings & set(ADD_ONS))


@pytest.fixture
def billing() -> BillingServer:
    return BillingServer()


@pytest.fixture
def server(billing: BillingServer) -> Iterator[ScriptedServer]:
    with scripted(billing, unread=None) as running:
        yield running


def session_at(server: ScriptedServer, billing: BillingServer, model: str, **options: Any) -> Session:
    billing.clock.ahead_s = 0.0
    session = Session(
        model,
        source=Hours(billing.clock, 3600 * STEP_USD / MODELS[model]),
        endpoint=server.url,
        record_audio=False,
        **options,
    )
    session._live._clock = billing.clock  # a session has no clock to give: nobody else needs hours in a second
    return session


@pytest.mark.parametrize(
    ("model", "switched_on"),
    [("universal-3-6-pro", [(), *ONE_OR_TWO]), (EN, [(), *ONE_OR_TWO]), ("whisper-rt", [(), ("domain",)])],
)
def test_each_add_on_and_each_pair_of_them_ends_at_the_true_price(
    server: ScriptedServer, billing: BillingServer, model: str, switched_on: list[tuple[str, ...]]
) -> None:
    for names in switched_on:
        session = session_at(server, billing, model, max_cost_usd=1, **{name: ON[name] for name in names})
        with session:
            session.wait()
        assert billing.bills_usd[-1] == pytest.approx(1.0, rel=0.02), names
        assert [notice.message for notice in session.notices if notice.kind == "budget"] == [
            "The session was ended because of max_cost_usd=1."
        ]


def test_an_add_on_that_is_switched_on_while_open_counts_from_then(
    server: ScriptedServer, billing: BillingServer
) -> None:
    billing.messages = ["UpdateConfiguration", "Terminate"]
    session = session_at(server, billing, EN, max_cost_usd=1)
    with session:
        billing.clock.runs.clear()  # both count from the moment at which each knows of it, which is one moment then
        session.update(keyterms_prompt=["NADH"])
        wait_for(lambda: billing.counted == 1)
        billing.clock.runs.set()
        session.wait()
    assert billing.bills_usd[-1] == pytest.approx(1.0, rel=0.02)
    assert session.parameters["keyterms_prompt"] == ["NADH"]


def test_a_price_that_is_given_is_kept_with_the_add_ons_on_top(server: ScriptedServer, billing: BillingServer) -> None:
    # The server's table has no such model: this is the price that the person has read.
    MODELS["assemblyai-stt-3-7-realtime"] = 0.60
    ADD_ONS["domain"]["assemblyai-stt-3-7-realtime"] = 0.15
    session = session_at(
        server, billing, "assemblyai-stt-3-7-realtime",
        max_cost_usd=1, price_per_hour_usd=0.60, domain="medical-v1",
    )  # fmt: skip
    with session:
        session.wait()
    assert billing.bills_usd[-1] == pytest.approx(1.0, rel=0.02)
