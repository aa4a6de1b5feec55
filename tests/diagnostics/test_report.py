"""The report: lines as they come, and nothing in them that names anybody or any place."""

from __future__ import annotations

import getpass
import platform
import threading
from pathlib import Path

import pytest

import ipyscribe as scribe
from ipyscribe.diagnostics import Finding, Report
from ipyscribe.diagnostics import checks as checks_module
from ipyscribe.errors import ParameterError

KEY = "f00dfeedf00dfeedf00dfeedf00dfeed"


def test_paths_and_names_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "rosalind")
    monkeypatch.setattr(platform, "node", lambda: "lab-mac-7")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/rosalind"))
    report = Report()
    report.add(Finding("one", "fix", "rosalind's /home/rosalind/talks/a.wav on lab-mac-7", "See C:\\Users\\Ada\\x.txt"))
    report.add(Finding("two", "fine", "https_proxy, 44100 Hz, and/or 23 % of wss://host/v3/ws"))
    report.finish()
    first, second = report.findings
    assert first.text == "USER's PATH on HOST"
    assert first.advice == "See PATH"
    assert second.text == "https_proxy, 44100 Hz, and/or 23 % of wss://host/v3/ws"


def test_it_can_be_followed_while_it_grows() -> None:
    report = Report()
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.extend(finding.topic for finding in report.follow()))
    reader.start()
    report.add(Finding("one", "fine", "x"))
    report.add(Finding("two", "fix", "y"))
    report.add(Finding("one", "note", "z"))
    assert not report.wait(0)
    report.finish()
    reader.join(60)
    assert seen == ["one", "two"]
    assert not report.ok
    assert report.text.splitlines()[0].split() == ["note", "one", "z"]
    assert report.to_records()[1] == {"topic": "two", "status": "fix", "text": "y", "advice": ""}
    assert repr(report) == "<Report: 2 findings, 1 to fix>"


def test_a_check_that_fails_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Finding:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(checks_module, "check_packages", broken)
    report = scribe.doctor(only=["installation", "key"])
    assert [(each["topic"], each["status"]) for each in report.to_records()] == [
        ("installation", "fix"),
        ("key", "note"),
    ]
    assert "out of luck" in report.text


def test_a_check_that_does_not_exist() -> None:
    with pytest.raises(ParameterError, match=r"only=.*Expected some of: installation, notebook"):
        scribe.doctor(only=["microphone"])


def test_it_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", f"Bearer {KEY}")
    report = scribe.doctor(only="key")
    assert not report.ok
    assert "contains characters that no key has" in report.text
    assert KEY not in report.text
