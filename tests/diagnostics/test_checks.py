"""Each check against the real thing: packages, a device, a server, a clock."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import soundfile
import trustme
from local.harness import CountingRecognition, running
from support.scripted_server import answering, closed_port, polite, scripted
from support.virtual_microphone import VirtualMicrophone

import ipyscribe as scribe
from ipyscribe.access.local_server import SERVER
from ipyscribe.audio import sample_path
from ipyscribe.diagnostics import Finding
from ipyscribe.diagnostics.installation import available_cores, check_extras, check_packages
from ipyscribe.diagnostics.network import check_network, check_proxy
from ipyscribe.diagnostics.notebook import check_notebook, page_findings, recorded_finding
from ipyscribe.diagnostics.recogniser import check_recogniser, sessions_at_once

KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"


@pytest.fixture
def url() -> Iterator[str]:
    with running(CountingRecognition, token=KEY) as address:
        yield address


def test_packages_are_all_there() -> None:
    assert check_packages() == Finding("packages", "fine", "all installed")
    assert check_extras().status == "fine"
    assert available_cores() > 0


def test_a_missing_package_and_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version

    def version(name: str) -> str:
        if name in ("soxr", "faster-whisper"):
            raise metadata.PackageNotFoundError(name)
        return "0.1" if name == "anywidget" else installed(name)

    monkeypatch.setattr(metadata, "version", version)
    packages, extras, recogniser = check_packages(), check_extras(), check_recogniser()
    assert packages.status == extras.status == "fix"
    assert packages.advice == "Run: pip install 'anywidget>=0.11' 'soxr>=0.5'"
    assert extras.advice.endswith("pip install 'ipyscribe[local]'")
    assert recogniser.line.endswith("not installed. Install it with: pip install 'ipyscribe[local]'")


def test_proxies_by_name_alone() -> None:
    where = "http://rosalind:secret@proxy.example:3128"
    assert check_proxy({"HTTPS_PROXY": where}).text == "https_proxy set"
    assert check_proxy({}).status == "fine"
    unused = check_proxy({"all_proxy": where})
    assert unused.status == "fix"
    assert "secret" not in unused.line


def test_a_host_that_is_reached_with_no_key_on_the_way() -> None:
    with scripted(polite) as server:
        hosts, clock = check_network(server.url)
    assert (hosts.status, clock.status) == ("fine", "fine")
    assert [client.headers.get("Authorization") for client in server.clients] == [None]


def test_a_host_that_refuses_a_session_without_a_key_is_reached(url: str) -> None:
    hosts, clock = check_network(url)
    assert (hosts.status, clock.status) == ("fine", "fine")


def test_a_host_whose_certificate_is_unknown() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with scripted(polite, tls=context) as server:
        hosts, clock = check_network(server.url)
    assert hosts.status == "fix"
    assert hosts.text == "the given endpoint: TLSError."
    assert "clock" in hosts.advice
    assert clock.status == "note"


def test_a_port_at_which_nothing_listens() -> None:
    hosts, _ = check_network(f"ws://127.0.0.1:{closed_port()}")
    assert (hosts.status, hosts.text) == ("fix", "the given endpoint: ConnectionRefusedByHostError.")


def test_a_clock_that_is_wrong() -> None:
    date = b"HTTP/1.1 404 Not Found\r\nDate: Tue, 03 Nov 2020 08:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
    with answering(date) as port:
        hosts, clock = check_network(f"ws://127.0.0.1:{port}")
    assert hosts.status == "fix"
    assert clock.status == "fix"
    assert "ahead of" in clock.text


def test_a_key_that_is_accepted_and_one_that_is_not(url: str) -> None:
    report = scribe.doctor(only="key", endpoint=url, api_key=KEY)
    assert report.ok
    assert report.findings[0].text.startswith("accepted")
    refused = scribe.doctor(only="key", endpoint=url, api_key="d00dfeedf00dfeedf00dfeedf00dfeed")
    assert not refused.ok
    assert "HTTP 401" in refused.text


def test_a_key_of_the_environment_stays_from_other_hosts(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", KEY)
    report = scribe.doctor(only="key", endpoint=url)
    assert report.ok
    assert "was not tried here" in report.text


@pytest.mark.recogniser
def test_the_recogniser_and_how_many_sessions_it_carries() -> None:
    finding = check_recogniser(speed=4)
    SERVER.stop()
    assert finding.status == "fine", finding
    assert "of a core: " in finding.text
    assert sessions_at_once(0.25, 2) == 6
    assert sessions_at_once(1.2, 1) == 0


@pytest.mark.microphone
def test_two_seconds_of_the_microphone(tmp_path: Path) -> None:
    samples, rate_hz = soundfile.read(sample_path(), dtype="int16")
    soundfile.write(tmp_path / "speech.wav", samples, rate_hz)
    command = [sys.executable, "-m", "ipyscribe", "doctor", "--only", "sound", "--microphone"]
    with VirtualMicrophone(tmp_path) as microphone:
        playing = microphone.play(tmp_path / "speech.wav")
        done = subprocess.run(command, env=microphone.env, capture_output=True, text=True, timeout=60, check=False)
        playing.terminate()
        playing.wait(60)
    devices, recorded, played = done.stdout.splitlines()
    assert done.returncode == 0, done
    assert "inputs, the default records" in devices
    assert "2.0 s recorded, level -" in recorded
    assert "if you heard yourself" in played


def test_a_shell_is_no_notebook() -> None:
    finding = check_notebook()
    assert finding.status == "note"
    assert "anywidget" in finding.text


@pytest.mark.parametrize(
    ("facts", "status", "text"),
    [
        ({"secure": True, "media": True, "allowed": True, "permission": "prompt"}, "fine", "it will ask"),
        ({"secure": False, "media": False}, "fix", "plain http"),
        ({"secure": True, "media": True, "allowed": False}, "fix", "does not let it"),
        ({"secure": True, "media": True, "permission": "denied"}, "fix", "refused"),
    ],
)
def test_what_a_page_can_do_with_a_microphone(facts: dict[str, object], status: str, text: str) -> None:
    page, microphone = page_findings({"app": "JupyterLab 4.6.6", "browser": "Firefox 153", "roundtrip_ms": 4.4} | facts)
    assert page.text == "JupyterLab 4.6.6 in Firefox 153; the kernel answers in 4 ms"
    assert microphone.status == status
    assert text in microphone.text


def test_what_a_browser_has_recorded() -> None:
    assert recorded_finding(-31.4, "").text == "2.0 s recorded, level -31 dBFS"
    assert recorded_finding(None, "").status == "fix"
    assert recorded_finding(None, "it gave nothing (NotAllowedError).").advice.startswith("Allow it")
