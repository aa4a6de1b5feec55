"""What a person does with the widget and reads from it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import jiwer
from local.harness import wait_for
from playwright.sync_api import Locator, Page
from support.expect import expect

from ipyscribe.audio import sample_reference

MAKE = """
import os
import ipyscribe as scribe
from ipyscribe.audio import sample_path
source = scribe.AudioFile(sample_path(), silence_s=600, speed=3)
t = scribe.Transcriber('local-whisper-tiny.en', source=source, endpoint=os.environ['SAMPLE_SERVER'])
t"""
"""A cell with a widget that plays the sample, and then silence: there is something to stop, however slow a page is.

At three times its pace, as a page that shows a session keeps a processor half busy.

Its words come from the fixture ``sample_server``.
"""
QUICK = MAKE.replace("silence_s=600", "stop_s=9.2")
"""The same with the sample's first turns, which are over soon."""
ENDLESS = "import time\nwhile True: time.sleep(0.1)"
"""A cell that keeps the kernel busy until it is interrupted."""
STATE = """
import threading, psutil
pause = threading.Event()
for _ in range(600):
    left = sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("ipyscribe"))
    children = [child.pid for child in psutil.Process().children(recursive=True)]
    if not left and not children:
        break
    pause.wait(0.05)
print("left:", left, children)
"""
"""A cell that says what is still there, once it has had the time to go."""
CONTRASTS = """() => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  for (const element of document.querySelectorAll(".ips *")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.matches("option, :disabled, .unseen *") || !element.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push([element.className, element.textContent.slice(0, 30), ratio]);
  }
  return poor;
}"""
"""Texts that do not stand out from what is behind them."""

STEERING = """() => {
  const steering = /[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]/;
  const texts = [document.title], ours = ".ips, [class^=ipyscribe-static]";
  for (const element of [...document.querySelectorAll("*")].filter((each) => each.closest(ours))) {
    for (const node of element.childNodes) if (node.nodeType === 3) texts.push(node.data);
    if (element.matches("option, select")) continue; // their values are not shown
    for (const { value } of element.attributes) texts.push(value);
    if ("value" in element) texts.push(String(element.value));
  }
  const markup = [...document.querySelectorAll(".evil")].map((element) => element.outerHTML);
  return [...texts.filter((text) => steering.test(text)), ...markup];
}"""
"""Texts of our widgets and copies that steer, and markup that came of a text."""


def start(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).click()


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".status")).to_contain_text("ended")


def shows_a_picture(image: Locator) -> None:
    """A picture is there, however often the next one takes its place."""
    wait_for(lambda: image.evaluate("image => image.complete && image.naturalWidth > 400"), within_s=60)


def can_be_read(page: Page) -> None:
    """Every text stands out from what is behind it, once each part of the page has its theme."""
    comes_to_none(lambda: page.evaluate(CONTRASTS))


def fits(root: Locator, besides: str = ".unseen") -> None:
    """Nothing in it is wider than it is, once all of it has been laid out.

    What moves in the timeline goes on behind the edges of its pane, which is looked at.
    """
    wider = (
        "(root, besides) => [...root.querySelectorAll('*')]"
        ".filter(e => !e.closest(`${besides}, .moving, .band, .track`) && e.scrollWidth > root.clientWidth + 1)"
        ".map(e => `${e.scrollWidth} px: ${e.outerHTML.slice(0, 200)}`)"
    )
    comes_to_none(lambda: root.evaluate(wider, besides))


def comes_to_none(find: Callable[[], list[Any]]) -> None:
    """``find`` finds nothing in the end; else the failure shows what it finds."""
    with contextlib.suppress(AssertionError):
        wait_for(lambda: find() == [], within_s=60)
    found = find()
    assert found == [], "\n".join(map(str, found))


def runs(page: Page, cell: int) -> None:
    """The cell has not ended."""
    assert "[*]" in page.locator(".jp-InputPrompt").nth(cell).inner_text()


def settled(page: Page) -> list[str]:
    return page.locator(".turn:not(.open) .words").all_text_contents()


def normal(text: str) -> str:
    return re.sub(r"[^\w' ]", "", text.lower())


def word_error_rate(page: Page) -> float:
    """Of what has settled, against the sample from its beginning to where it ended.

    Where that was nobody knows: a page that stood still has missed words, and a microphone hears it again and again.
    """
    heard = normal(" ".join(settled(page)))
    spoken = 3 * normal(" ".join(turn.text for turn in sample_reference())).split()
    count = len(heard.split())
    return min(float(jiwer.wer(" ".join(spoken[: count + more]), heard)) for more in range(10))
