"""A widget in a page of its own: what its Python sends is drawn by its scripts, without JupyterLab."""

from __future__ import annotations

import base64
import html
import json
import threading
from typing import Any
from unittest.mock import patch

from support.waiting import wait_for

from ipyscribe import Transcriber
from ipyscribe.widgets.comparison.comparison_view import ComparisonView
from ipyscribe.widgets.shared.cell_widget import CellWidget
from ipyscribe.widgets.shared.front_end import script, style
from ipyscribe.widgets.shared.view import View

Messages = dict[View, list[tuple[dict[str, Any], list[bytes]]]]


def say_hello(widget: CellWidget, *, width_px: int, theme: str) -> Messages:
    """What the widget sends to views that have just appeared in a place of that width and theme.

    It waits for the words, and for the picture of a session that is over.
    """
    started = not isinstance(widget, Transcriber) or widget.session is not None
    wanted = {"rows" if isinstance(widget, ComparisonView) else "turns"} | (
        {"picture"} if started and not running(widget) else set()
    )
    sent: Messages = {}
    lock = threading.Lock()

    def send(view: View, content: dict[str, Any], buffers: Any = None) -> None:
        with lock:
            sent.setdefault(view, []).append((content, [bytes(each) for each in buffers or ()]))

    with patch.object(View, "send", send):
        for view in widget.children:
            if isinstance(view, View):  # its handler is private: here the page is the test's own
                view._receive(None, {"kind": "hello", "theme": theme, "width": width_px - 26, "ratio": 2}, [])
        wait_for(
            lambda: wanted <= {content["kind"] for each in list(sent.values()) for content, _ in each}, within_s=60
        )
    return sent


def running(widget: CellWidget) -> bool:
    """Whether its session goes on: then its timeline is drawn by the page."""
    return isinstance(widget, Transcriber) and widget.session is not None and not widget.session.done


def page_of(widget: CellWidget, sent: Messages, *, width_px: int, background: str) -> str:
    """A page in which the scripts of the widget draw what it has sent."""
    views = [view for view in widget.children if isinstance(view, View)]
    data = [
        {
            "module": base64.b64encode(script(view.front).encode()).decode(),
            "style": style(view.front),
            "state": {name: each for name, each in view.get_state().items() if not name.startswith("_")},
            "sent": [
                [content, [base64.b64encode(each).decode() for each in buffers]]
                for content, buffers in list(sent.get(view, ()))
            ],
        }
        for view in views
    ]
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(type(widget).__name__)}</title>
<body style="margin:12px;background:{background}">
<main><div style="position:absolute;left:-9999px"><h1>A notebook</h1><h2>A cell</h2></div>
<div class="ipyscribe" id="cell" style="width:{width_px}px"></div></main>
<script type="application/json" id="data">{json.dumps(data, default=str).replace("<", chr(92) + "u003c")}</script>
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
</script></body>"""
