"""The state of an evaluation for its panel: buttons, progress and status strip."""

from __future__ import annotations

from typing import Any

from ipyscribe.errors import ScribeError, SessionLimitError
from ipyscribe.evaluation import Evaluation
from ipyscribe.evaluation.notes import left_out_notes
from ipyscribe.evaluation.progress import Progress, ProgressStatus, about_usd
from ipyscribe.tape.notice import Notice
from ipyscribe.widgets.shared.status_strip import StatusStrip, error_json, notice_json

Json = dict[str, Any]
_STATUS_TEXT: dict[ProgressStatus, str] = {
    "ready": "ready",
    "playing": "playing",
    "paused": "paused: recordings in progress are played to their end",
    "waiting": "waiting to open sessions",
    "finishing": "finishing",
    "stopped": "stopped",
    "done": "done",
    "failed": "stopped by an error",
}
_CONFIRM = {"label": "Open them anyway", "command": "start_confirmed"}
_MOST_NAMES = 3
_MOST_NOTES = 3


def panel_state(evaluation: Evaluation, error: ScribeError | None, strip: StatusStrip) -> Json:
    """What ``evaluation_panel.js`` shows."""
    progress, labels = evaluation.progress, evaluation.labels
    status = _STATUS_TEXT[progress.status]
    if progress.status == "paused" and not progress.playing:
        status = "paused"
    return {
        "title": f"{_counted(progress.total, 'recording')}, {_counted(len(labels), 'model')}",
        "labels": labels,
        "groups": evaluation.group_columns,
        "running": evaluation.running,
        "buttons": _buttons(evaluation, progress),
        "share": progress.share,
        "progress": progress_text(progress),
        "playing": _playing_text(progress),
        "strip": strip.state(
            status=status,
            open_s=progress.elapsed_s,
            cost=progress.cost_text,
            active=bool(progress.playing),
            notices=[notice_json(notice) for notice in _notices(evaluation, progress)],
            error=error_json(error, action=_CONFIRM if isinstance(error, SessionLimitError) else None),
        ),
    }


def progress_text(progress: Progress) -> str:
    """How many were played, and the time left."""
    failed = f", {progress.failed} failed" if progress.failed else ""
    text = f"{progress.played:,} of {progress.total:,} played{failed}"
    return " \u00b7 ".join(filter(None, (text, progress.time_text)))


def _playing_text(progress: Progress) -> str:
    names = progress.playing[:_MOST_NAMES]
    more = len(progress.playing) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _buttons(evaluation: Evaluation, progress: Progress) -> list[tuple[str, str]]:
    """Commands with their labels, the main one first."""
    if evaluation.running:
        pause = ("resume", "Resume") if evaluation.paused else ("pause", "Pause")
        return [("stop", "Stop"), *([] if progress.status == "finishing" else [pause])]
    if progress.status == "done" and not progress.failed:
        return []
    return [("start", "Start" if progress.status == "ready" and not progress.played else "Continue")]


def _notices(evaluation: Evaluation, progress: Progress) -> list[Notice]:
    notices = []
    if evaluation.expected_cost_usd and not progress.played and not evaluation.running:
        notices.append(Notice("price", f"All recordings together cost {about_usd(evaluation.expected_cost_usd)}."))
    if evaluation.folder_note:
        notices.append(Notice("warning", evaluation.folder_note))
    notices += [Notice("warning", note) for note in left_out_notes(evaluation.left_out)[:_MOST_NOTES]]
    for note in left_out_notes(evaluation.failures)[:_MOST_NOTES]:
        notices.append(Notice("warning", note, "Continue tries again."))
    if progress.budget_note:
        notices.append(Notice("price", progress.budget_note, "Make the evaluation again with a higher max_cost_usd."))
    if progress.refusals:
        notices.append(Notice("held", f"{_counted(progress.refusals, 'session')} refused (too many new ones)."))
    return notices


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
