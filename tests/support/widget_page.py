"""A widget in a page of its own: what its Python sends is drawn by its scripts, without JupyterLab."""

from __future__ import annotations

import base64
import html
import json
import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from support.waiting import wait_for

from ipyscribe import ReplayView, Transcriber
from ipyscribe.widgets.comparison.comparison_view import ComparisonView
from ipyscribe.widgets.evaluation.evaluation_view import EvaluationView
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.front_end import script, style
from ipyscribe.widgets.shared.view import View

Messages = dict[View, list[tuple[dict[str, Any], list[bytes]]]]

BACKGROUNDS = {"light": "#ffffff", "dark": "#111418"}
_HOST_STYLE = """
body[data-jp-theme-light="true"] { --jp-layout-color0: white; --jp-ui-font-color1: rgba(0, 0, 0, 0.87);
  --jp-ui-font-color2: rgba(0, 0, 0, 0.54); --jp-border-color2: #e0e0e0; --jp-error-color0: #c62828; }
body[data-jp-theme-light="false"] { --jp-layout-color0: #111418; --jp-ui-font-color1: rgba(255, 255, 255, 0.87);
  --jp-ui-font-color2: rgba(255, 255, 255, 0.54); --jp-border-color2: #616161; --jp-error-color0: #e57373; }
"""
"""The colours that JupyterLab gives to what stands in its outputs."""


def say_hello(widget: CellWidget, *, width_px: int, theme: str) -> Messages:
    """What the widget sends to views that have just appeared in a place of that width and theme.

    It waits for the words, and for the timeline of a session that has begun.
    """
    sent: Messages = {}
    lock = threading.Lock()

    def send(view: View, content: dict[str, Any], buffers: Any = None) -> None:
        with lock:
            sent.setdefault(view, []).append((content, [bytes(each) for each in buffers or ()]))

    def complete() -> bool:
        kinds = {content["kind"] for each in list(sent.values()) for content, _ in each if _is_whole(content)}
        has_state = all(view.state for view in views_of(widget) if view.has_trait("state"))
        return has_state and all(any(kind in kinds for kind in wanted.split("|")) for wanted in _wanted(widget))

    with patch.object(View, "send", send):
        for view in views_of(widget):  # its handler is private: here the page is the test's own
            view._receive(None, {"kind": "hello", "theme": theme, "width": width_px - 26, "ratio": 2}, [])
        wait_for(complete, within_s=60)
        for each in (widget, *(child for child in widget.children if isinstance(child, CellWidget))):
            each._flush()  # no picture of the size before is on its way any more, and no message is missing
    return sent


def views_of(widget: CellWidget) -> Iterator[View]:
    """All views of the widget, also those of widgets within it."""
    for child in widget.children:
        if isinstance(child, View):
            yield child
        elif isinstance(child, CellWidget):
            yield from views_of(child)


def saved_copy_of(widget: Any) -> str:
    """The HTML that stays of it in the saved notebook."""
    widget.update_saved_copy()
    return str(widget.saved_copy.bundle(widget._saved_content())["text/html"])  # as its cell writes it


def _wanted(widget: CellWidget) -> list[str]:
    """The kinds of messages without which the page is not complete; "a|b" is either."""
    match widget:
        case Transcriber(session=None):
            return ["turns"]
        case Transcriber(session=session) if session.status == "connecting":
            return ["turns", "live"]
        case Transcriber() | ReplayView():
            return ["turns", "live|picture"]
        case ComparisonView():
            return ["rows", "live|picture", "metrics"]
        case EvaluationView():
            return ["list", "metrics", "picture"]
        case _:
            return [each for child in widget.children if isinstance(child, CellWidget) for each in _wanted(child)]


def _is_whole(content: dict[str, Any]) -> bool:
    """Whether a view that has just appeared can show it: the first live lanes say how they lie."""
    return content["kind"] != "live" or "frame" in content


def page_of(widget: CellWidget, sent: Messages, *, width_px: int, theme: str, saved_copy: str = "") -> str:
    """A page in which the scripts of the widget draw what it has sent, above ``saved_copy``, as JupyterLab has them."""
    data = [
        {
            "module": base64.b64encode(script(view.front).encode()).decode(),
            "style": style(*view.styles, view.front),
            "state": {name: each for name, each in view.get_state().items() if not name.startswith("_")},
            "sent": [
                [content, [base64.b64encode(each).decode() for each in buffers]]
                for content, buffers in list(sent.get(view, ()))
            ],
        }
        for view in views_of(widget)
    ]
    in_script = json.dumps(data, default=str).replace("<", chr(92) + "u003c")
    scripts = f"""<script type="application/json" id="data">{in_script}</script>
<script type="module">
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
for (const {{ module, style, state, sent }} of JSON.parse(document.getElementById("data").textContent)) {{
  document.head.append(Object.assign(document.createElement("style"), {{ textContent: style }}));
  const el = document.createElement("div");
  document.getElementById("cell").append(el);
  const source = URL.createObjectURL(new Blob([bytes(module)], {{ type: "text/javascript" }}));
  let made = (await import(source)).default;
  if (typeof made === "function") made = made();
  const listeners = [];
  const model = {{
    get: name => state[name], set: (name, value) => {{ state[name] = value; }}, save_changes() {{}}, send() {{}},
    on: (name, act) => listeners.push([name, act]), off() {{}},
  }};
  const signal = new AbortController().signal;
  await made.initialize?.({{ model, signal, experimental: {{}} }});
  await made.render({{ model, el, signal, experimental: {{}} }});
  for (const [content, buffers] of sent)
    for (const [name, act] of listeners)
      if (name === "msg:custom") act(content, buffers.map(each => new DataView(bytes(each).buffer)));
}}
document.body.dataset.ready = "yes";
</script>"""
    title = type(widget).__name__
    return _page(title, '<div class="ipyscribe" id="cell"></div>', saved_copy, width_px, theme) + scripts


def page_without_kernel(saved_copy: str, *, width_px: int, theme: str) -> str:
    """A page that shows a saved notebook, whose widget is gone, as JupyterLab does."""
    page = _page("A saved notebook", "Error displaying widget: model not found", saved_copy, width_px, theme)
    return page + "<script>document.body.dataset.ready = 'yes'</script>"


def _page(title: str, widget: str, saved_copy: str, width_px: int, theme: str) -> str:
    copy = f'<div class="jp-OutputArea-child">{saved_copy}</div>' if saved_copy else ""
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>
<style>{_HOST_STYLE} body {{ margin: 12px; background: {BACKGROUNDS[theme]}; }} #outputs {{ width: {width_px}px; }}
</style>
<body data-jp-theme-light="{str(theme == "light").lower()}">
<main><div style="position:absolute;left:-9999px"><h1>A notebook</h1><h2>A cell</h2></div>
<div id="outputs"><div class="jp-OutputArea-child">{widget}</div>{copy}</div></main></body>"""
