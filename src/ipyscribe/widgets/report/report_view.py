"""What ``doctor()`` found, in a cell: it grows, asks its page what it can do, and tries the browser's microphone."""

from __future__ import annotations

import html
import math
from typing import Any

import traitlets

from ipyscribe.diagnostics.notebook import page_findings, page_missing, recorded_finding
from ipyscribe.diagnostics.report import Finding, Report
from ipyscribe.export.sound import wav_of
from ipyscribe.export.static_style import COLOURS, INK, MUTE, PAPER, WARNING, host_rules
from ipyscribe.widgets.shared.copied_view import CopiedView
from ipyscribe.widgets.shared.publisher import PUBLISH_EVERY_S, Publisher
from ipyscribe.widgets.shared.saved_copy import SavedCopy

_CELL = "text-align:left;vertical-align:top;padding:3px 12px"


class ReportView(CopiedView):
    """The lines of ``report``; once a page shows them, those about the page are among them."""

    front = "report/report_view"
    findings: Any = traitlets.List().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    user_text = frozenset({"text"})
    running = traitlets.Bool(True).tag(sync=True)
    has_recording = traitlets.Bool(False).tag(sync=True)

    def __init__(self, report: Report) -> None:
        self._report = report
        super().__init__(ReportCopy())
        report.add(page_missing())
        self._publisher = Publisher(self._publish, interval_s=PUBLISH_EVERY_S, name="publish")
        self.wake = self._publisher.poke
        report.on_change(self._publisher.poke)
        self._publisher.poke()

    def on_message(self, message: dict[str, Any]) -> None:
        """The page says what it is, or what its microphone gave, or wants to play the kernel's recording."""
        match message:
            case {"kind": "hello"}:
                self.post("hello")
            case {"kind": "page", "facts": dict(facts)}:
                for finding in page_findings(facts):
                    self._report.add(finding)
            case {"kind": "recorded", "level": int() | float() as level, "problem": str(problem)}:
                self._report.add(recorded_finding(None if math.isinf(level) or level <= -200 else level, problem))
            case {"kind": "play"} if self._report.recording:
                self.post("recording", [wav_of(self._report.recording)])

    def close(self) -> None:
        """Remove the view; the report stays."""
        self._publisher.close()
        super().close()

    def _publish(self) -> None:
        report = self._report
        done, findings = report.done, report.findings
        with self.hold_trait_notifications():
            self.findings = [
                {"topic": each.topic, "status": each.status, "text": each.text, "advice": each.advice}
                for each in findings
            ]
            self.text = "\n".join(each.line for each in findings)
            self.running = not done
            self.has_recording = bool(report.recording)
        self.saved_copy.update(findings)

    def _saved_content(self) -> tuple[Finding, ...]:
        return self._report.findings


class ReportCopy(SavedCopy[tuple[Finding, ...]]):
    """The lines as a table without script."""

    def version(self, content: tuple[Finding, ...]) -> Any:
        """The lines."""
        return content

    def bundle(self, content: tuple[Finding, ...]) -> dict[str, str]:
        """HTML, and the same as text."""
        rows = "".join(map(_row, content))
        table = (
            f"{host_rules(self.css_class)}<div class='{self.css_class}' style='{COLOURS};background:{PAPER}'>"
            "<table style='table-layout:auto;border-collapse:collapse;font:13px/1.5 system-ui,sans-serif'>"
            f"{rows}</table></div>"
        )
        return {"text/html": table, "text/plain": "\n".join(each.line for each in content)}


def _row(finding: Finding) -> str:
    colour = WARNING if finding.status == "fix" else MUTE
    text = html.escape(f"{finding.text} {finding.advice}".rstrip())
    return (
        f"<tr><th scope='row' style='{_CELL};color:{INK};font-weight:600'>{html.escape(finding.topic)}</th>"
        f"<td style='{_CELL};color:{colour};white-space:nowrap'>{finding.status}</td>"
        f"<td style='{_CELL};color:{INK}'>{text}</td></tr>"
    )
