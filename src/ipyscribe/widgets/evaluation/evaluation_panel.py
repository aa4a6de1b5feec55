"""The panel of an evaluation: progress, a row for each model, the picture, the recordings, and why models are wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ipyscribe.comparison.table import Record
from ipyscribe.evaluation import Evaluation
from ipyscribe.evaluation.frequent_errors import ErrorTable, Place, error_text
from ipyscribe.evaluation.overview import percent
from ipyscribe.evaluation.summary import Summary
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.timeline.palette import follow_host
from ipyscribe.timeline.tradeoff import accuracy_latency_png, describe_accuracy_latency
from ipyscribe.widgets.evaluation.panel_state import panel_state
from ipyscribe.widgets.evaluation.recording_list import ListQuery
from ipyscribe.widgets.shared.command_view import CommandView
from ipyscribe.widgets.shared.status_strip import StatusStrip
from ipyscribe.widgets.timeline.timeline_view import Viewport, viewport_of

Json = dict[str, Any]
_MOST_ERRORS = 15
_MOST_PLACES = 6
_WIDEST_PX = 860
_ERROR_VIEWS = ("errors", "words", "differences")


class EvaluationPanel(CommandView):
    """What a person sees of an evaluation and does with it; commands wait in a queue for ``run_commands``.

    It shows nothing until it has to ``follow`` one. ``open_recording(name, at_ms)`` is called where a recording is
    chosen, with the time of an error or None.
    """

    front = "evaluation/evaluation_panel"
    styles = ("comparison/comparison_panel",)
    state = traitlets.Dict().tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)
    """CSS class of the saved copy, which is hidden while the widget lives."""

    def __init__(self, open_recording: Callable[[str, float | None], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._evaluation: Evaluation | None = None
        self._open_recording = open_recording
        self._strip = StatusStrip(self)
        self._query = ListQuery()
        self._viewport = Viewport()
        self._drawn: Any = None
        self._sent: dict[str, Json] = {}
        self._asked: dict[str, Json] = {}
        """What is unfolded below the recordings, and what was chosen there."""
        self._resend = False
        self.summary: Summary | None = None
        """The newest figures; see ``update``."""
        self._commands: dict[str, Callable[[], object]] = {}

    def follow(self, evaluation: Evaluation) -> None:
        """Show this one from now on; what is searched for and what is unfolded stays."""
        self._evaluation, self.summary, self._error = evaluation, None, None
        self._query = ListQuery(search=self._query.search)
        self._sent = {}
        self._commands = {
            "start": evaluation.start,
            "start_confirmed": lambda: evaluation.start(confirm=True),
            "stop": evaluation.request_stop,
            "pause": evaluation.pause,
            "resume": evaluation.resume,
        }

    def _run(self, message: Json) -> None:
        match message:
            case {"kind": "hello"}:
                self._viewport, self._resend = viewport_of(message), True
                follow_host(self._viewport.theme)
            case {"kind": "command", "command": str(command)} if command in self._commands:
                self._error = None
                self._commands[command]()
            case {"kind": "list"}:
                self._query = ListQuery.of_message(message)
            case {"kind": "open", "name": str(name)} if self._evaluation is not None:
                at_ms = message.get("at")
                self._open_recording(name, float(at_ms) if isinstance(at_ms, int | float) else None)
            case {"kind": "unfold", "part": "errors" | "groups" as part, "open": bool(is_open)}:
                self._asked.pop(part, None)
                if is_open:
                    self._asked[part] = message

    def show(self) -> None:
        """Send what has changed since the last call; from one thread only."""
        evaluation = self._evaluation
        if evaluation is None:
            self.state = {"labels": None}
            return
        self.state = panel_state(evaluation, self._error or evaluation.error, self._strip)
        self._post_changed("list", self._query.page_of(evaluation.rows()))
        if self._resend:
            self._resend, self._drawn = False, None
            self._send_again()

    def update(self) -> None:
        """Compute the figures again and send them. Takes long where there are many recordings."""
        evaluation = self._evaluation
        if evaluation is None:
            return
        self.summary = summary = evaluation.summary()
        table, played = summary.table, evaluation.progress.played
        rows, differences = (table.shown(), table.differences) if played else ([], ())
        self._post_changed(
            "metrics", {"rows": rows, "differences": differences, "notes": table.notes, "warning": table.warning}
        )
        self._post_changed("errors", self._errors(evaluation) if "errors" in self._asked else {"open": False})
        self._post_changed("groups", self._groups(evaluation) if "groups" in self._asked else {"open": False})

    def draw(self) -> None:
        """Send the picture of error rate against latency, if it would differ."""
        summary = self.summary
        if summary is None or not summary.drawable:
            return
        look = self._viewport
        width_px = min(look.width_px, _WIDEST_PX)
        drawing = (summary.points, summary.paths, summary.table.warning, look.theme, width_px, look.ratio)
        if drawing == self._drawn:
            return
        self._drawn = drawing
        png = accuracy_latency_png(
            summary.points, paths=summary.paths, warning=summary.table.warning, theme=look.theme, width_px=width_px,
            ratio=look.ratio,
        )  # fmt: skip
        if summary is not self.summary and self.summary is None:  # another evaluation is followed by now
            return
        self.post("picture", [png], alt=describe_accuracy_latency(summary.points), width=width_px)

    def _send_again(self) -> None:
        for kind, fields in self._sent.items():
            self.post(kind, **fields)

    def _post_changed(self, kind: str, fields: Json) -> None:
        if self._sent.get(kind) != fields:
            self._sent[kind] = fields
            self.post(kind, **fields)

    def _errors(self, evaluation: Evaluation) -> Json:
        message, errors = self._asked["errors"], evaluation.errors()
        view = _one_of(_ERROR_VIEWS, message.get("view"))
        model = _one_of(errors.models, message.get("model"))
        rows: list[Json] = []
        if view == "differences" and len(errors.models) > 1:
            other = _one_of([label for label in errors.models if label != model], message.get("other"))
            rows = [_difference_json(record) for record in errors.differences(model, other)[:_MOST_ERRORS]]
            return _errors_json(errors, view, model, rows) | {"other": other}
        if view == "words":
            records = [record for record in errors.words() if record["model"] == model]
            rows = [_word_json(record) for record in records[:_MOST_ERRORS]]
        else:
            records = [record for record in errors if record["model"] == model]
            rows = [_error_json(record) for record in records[:_MOST_ERRORS]]
        return _errors_json(errors, view, model, rows)

    def _groups(self, evaluation: Evaluation) -> Json:
        columns = evaluation.group_columns
        chosen = self._asked["groups"].get("column")
        column = chosen if chosen in columns else next(iter(columns), "")
        if not column:
            return {"open": True, "columns": columns, "column": "", "rows": [], "notes": []}
        table = evaluation.groups(column)
        return {"open": True, "columns": columns, "column": column, "rows": table.shown(), "notes": table.notes}


def _one_of(choices: Sequence[str], chosen: object) -> str:
    """What was chosen, or the first where that is none of them."""
    return chosen if isinstance(chosen, str) and chosen in choices else choices[0]


def _errors_json(errors: ErrorTable, view: str, model: str, rows: list[Json]) -> Json:
    return {"open": True, "models": errors.models, "view": view, "model": model, "rows": rows}


def _error_json(record: Record) -> Json:
    of = record["occurrences"]
    return {
        "text": error_text(record),
        "facts": f"{record['count']:,}" if of is None else f"{record['count']:,} of {of:,}",
        **_places_json(record["places"]),
    }


def _word_json(record: Record) -> Json:
    written = ", ".join(f"{word or 'nothing'} ({count})" for word, count in record["written"].items())
    return {
        "text": f"{record['word']} \u2192 {written}",
        "facts": f"{record['errors']:,} of {record['occurrences']:,}, {percent(record['share'])}",
        **_places_json(record["places"]),
    }


def _difference_json(record: Record) -> Json:
    sign = "+" if record["difference"] > 0 else "\u2212"
    return {
        "text": record["word"],
        "facts": f"{sign}{abs(record['difference']):,} ({record['first']:,} and {record['second']:,}"
        f" of {record['occurrences']:,})",
        **_places_json(record["places"]),
    }


def _places_json(places: tuple[Place, ...]) -> Json:
    return {
        "places": [
            {"name": place.recording, "at": round(1000 * place.at_s), "clock": clock_text(place.at_s)}
            for place in places[:_MOST_PLACES]
        ],
        "more": max(0, len(places) - _MOST_PLACES),
    }
