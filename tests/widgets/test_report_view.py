"""A report in a cell: its lines on the page, and the page's among them."""

from __future__ import annotations

import wave
from io import BytesIO
from typing import Any

from local.harness import wait_for
from support.front_end_messages import deliver
from widgets.conftest import SentMessages

from ipyscribe.diagnostics import Finding, Report
from ipyscribe.widgets.report.report_view import ReportView

FACTS = {"app": "JupyterLab 4.6.6", "browser": "Chromium 149", "roundtrip_ms": 3, "secure": True, "media": True}


def lines(view: ReportView) -> dict[str, Any]:
    return {finding["topic"]: finding["status"] for finding in view.findings}


def test_the_lines_come_as_they_are_found_and_the_page_adds_its_own(sent: SentMessages) -> None:
    report = Report()
    view = report.view
    assert isinstance(view, ReportView)
    report.add(Finding("<b>Python</b>", "fine", "3.11"))
    wait_for(lambda: lines(view) == {"page": "note", "<b>Python</b>": "fine"})
    assert view.running
    deliver(view, {"kind": "hello"})
    assert sent.of("hello")
    deliver(view, {"kind": "page", "facts": FACTS})
    deliver(view, {"kind": "recorded", "level": -200, "problem": ""})
    report.finish()
    wait_for(lambda: not view.running and len(view.findings) == 3)
    assert lines(view) == {"page": "fine", "<b>Python</b>": "fine", "browser's microphone": "fix"}
    assert "JupyterLab 4.6.6 in Chromium 149" in view.text
    copy = view.saved_copy.bundle(report.findings)
    assert "&lt;b&gt;Python" in copy["text/html"]
    assert copy["text/plain"] == report.text
    view.close()


def test_the_recording_is_played_when_it_is_asked_for(sent: SentMessages) -> None:
    report = Report()
    report.recording = bytes(64_000)
    view = ReportView(report)
    wait_for(lambda: view.has_recording)
    deliver(view, {"kind": "play"})
    [message] = sent.of("recording")
    with wave.open(BytesIO(message["buffers"][0])) as sound:
        assert sound.getnframes() == 32_000
    assert "recording" not in str(view.saved_copy.bundle(report.findings))
    report.finish()
    view.close()
