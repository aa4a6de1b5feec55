"""The way to the hosts of AssemblyAI's models: proxy, TLS, WebSocket, and the clock. No key is sent."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib import error as urllib_error
from urllib import request as urllib_request
from urllib.parse import urlsplit

from ipyscribe.access.endpoint import API_VERSION, HOSTS, Address
from ipyscribe.connection import Connection
from ipyscribe.connection.failure import LOOPBACK, connect_error
from ipyscribe.diagnostics.report import Finding
from ipyscribe.errors import ConnectError, HandshakeError

TIMEOUT_S = 6.0
CLOCK_LIMIT_S = 30.0
_OTHER = "the given endpoint"
_UNUSED_PROXIES = ("all_proxy", "ALL_PROXY", "ws_proxy", "wss_proxy")
_REFUSED_WITHOUT_KEY = (401, 403)


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of the way to one host. ``clock_ahead_s`` is by how much this computer's clock is ahead of its own."""

    label: str
    error: ConnectError | None = None
    clock_ahead_s: float | None = None


def check_proxy(environment: Mapping[str, str] = os.environ) -> Finding:
    """Which proxies programs are asked to use here; not where they are."""
    topic = "proxy"
    variables = [name for name in ("https_proxy", "http_proxy", "no_proxy") if _value(environment, name)]
    unused = [name for name in _UNUSED_PROXIES if environment.get(name)]
    if unused and not _value(environment, "https_proxy"):
        return Finding(topic, "fix", f"{unused[0]} is set, which is not used.", "Set https_proxy to the same address.")
    return Finding(topic, "fine", f"{', '.join(variables)} set" if variables else "none is set")


def check_network(endpoint: str | None = None, *, key_found: bool = False) -> list[Finding]:
    """The hosts, by TLS and by a WebSocket handshake without a key, and the clock by their answers.

    ``endpoint`` is an address to try instead of AssemblyAI's hosts. Without a key, hosts that cannot be reached are
    only a note: what runs on this computer needs none of them.
    """
    addresses = HOSTS if endpoint is None else {_OTHER: HOSTS.get(endpoint, endpoint)}
    with ThreadPoolExecutor(len(addresses), thread_name_prefix="ipyscribe-doctor") as pool:
        reached = list(pool.map(lambda item: reach(*item), addresses.items()))
    needed = key_found or endpoint is not None
    return [_hosts_finding(reached, needed=needed), _clock_finding(reached)]


def reach(label: str, url: str) -> Reached:
    """Ask the host for a page, then for a WebSocket that is given up at once."""
    address = Address(url, None)
    ahead_s: float | None = None
    try:
        ahead_s = _clock_ahead_s(url)
        connection = Connection(
            address.url,
            headers={"AssemblyAI-Version": API_VERSION},
            on_frame=lambda _data, _received_s: None,
            on_closed=lambda _code, _reason: None,
        )
        try:
            connection.open(TIMEOUT_S)
        finally:
            connection.close()
    except HandshakeError as error:
        return Reached(label, None if error.status in _REFUSED_WITHOUT_KEY else error, ahead_s)
    except ConnectError as error:
        return Reached(label, error, ahead_s)
    return Reached(label, None, ahead_s)


def _clock_ahead_s(url: str) -> float | None:
    """This computer's clock less that of the host, in seconds; None where its answer has no date."""
    parts = urlsplit(url)
    scheme = "https" if parts.scheme == "wss" else "http"
    request = urllib_request.Request(f"{scheme}://{parts.netloc}/", headers={"User-Agent": "ipyscribe"})  # noqa: S310
    handlers = [urllib_request.ProxyHandler({})] if parts.hostname in LOOPBACK else []
    began_s = time.time()
    try:
        with urllib_request.build_opener(*handlers).open(request, timeout=TIMEOUT_S) as answer:
            date = answer.headers.get("Date")
    except urllib_error.HTTPError as refusal:
        date = refusal.headers.get("Date")
        refusal.close()
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise connect_error(reason if isinstance(reason, Exception) else error, url, TIMEOUT_S) from None
    except Exception:  # an answer that is not HTTP: the handshake that follows says what is wrong
        return None
    try:
        return (began_s + time.time()) / 2 - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None


def _hosts_finding(reached: list[Reached], *, needed: bool) -> Finding:
    topic = "hosts"
    failures = [each for each in reached if each.error is not None]
    if not failures:
        return Finding(topic, "fine", f"{', '.join(each.label for each in reached)}: reached by TLS and WebSocket")
    first = failures[0]
    assert first.error is not None
    labels = ", ".join(each.label for each in failures)
    message = first.error.message if first.label in HOSTS else f"{type(first.error).__name__}."
    if len(failures) < len(reached):
        others = ", ".join(each.label for each in reached if each.error is None)
        return Finding(
            topic, "note", f"{others}: reached; {labels}: {message}", f"Use endpoint={others.split(', ')[0]!r}."
        )
    local = "" if needed else "The recogniser on this computer needs no network. "
    return Finding(topic, "fix" if needed else "note", f"{labels}: {message}", f"{local}{first.error.advice}")


def _clock_finding(reached: list[Reached]) -> Finding:
    topic = "clock"
    ahead_s = [each.clock_ahead_s for each in reached if each.clock_ahead_s is not None]
    if not ahead_s:
        return Finding(topic, "note", "not checked: no host reported the time")
    off_s = min(ahead_s, key=abs)
    if abs(off_s) <= CLOCK_LIMIT_S:
        return Finding(topic, "fine", "agrees with the hosts")
    way = "ahead of" if off_s > 0 else "behind"
    return Finding(
        topic,
        "fix",
        f"it is {abs(off_s):.0f} s {way} that of the hosts.",
        "Set the clock: TLS and tokens depend on it.",
    )


def _value(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(name) or environment.get(name.upper())
