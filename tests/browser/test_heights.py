"""The page below a widget stands still, and what is under the pointer stays there."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from support.browser import SHARED_BROWSER
from support.front_end_messages import deliver
from support.scripted_server import Client, scripted
from support.turns import turn_message
from support.waiting import wait_for
from support.widget_page import page_of, say_hello

from ipyscribe import AudioArray, Transcriber
from ipyscribe.protocol.messages import ServerWarning
from ipyscribe.widgets.shared.cell_widget import CellWidget

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
HUM = (np.sin(np.arange(16_000 * 120) * 0.2) * 60).astype(np.int16)
"""Too low to be speech to which a server owes words."""
LONG_WARNING = "Sound comes faster than it is spoken, so that words may be missing where it is cut; slow it down." * 2
WIDTHS_PX = (360, 860, 1400)
PLACES = """() => {
    const places = { height: document.getElementById("cell").getBoundingClientRect().height };
    for (const each of document.querySelectorAll("button")) {
        if (!["Step back", "Step forward", "Captions", "Save"].includes(each.textContent)) continue;
        const { left, top } = each.getBoundingClientRect();
        places[each.textContent] = [left, top];
    }
    return places;
}"""


@pytest.fixture
def page() -> Iterator[Page]:
    context = SHARED_BROWSER.new_context()
    yield context.new_page()
    context.close()


def test_nothing_moves_from_the_start_of_a_session_to_an_earlier_moment(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CellWidget, "_flush", lambda _: None)  # the publishers of a session that runs do not end
    speaks = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        while not speaks.is_set():
            client.hear("Terminate", chunks=len(client.audio) // 1600 + 1)
        spoken_ms = len(client.audio) // 32 - 1200
        for order in range(12):
            start_ms = spoken_ms + 100 * order
            words = ["bring", "a", "coat"]
            client.say(turn_message(order, words, end=True, start_ms=start_ms, word_ms=20, spoken_ms=20))
        client.hear("Terminate")
        client.terminate()

    source = AudioArray(HUM, 16_000)
    with (
        scripted(script) as server,
        contextlib.closing(Transcriber("local-whisper-tiny.en", source=source, endpoint=server.url)) as t,
    ):
        t.start().wait_until_open(60)
        wait_for(lambda: t.downloads.choices, within_s=60)
        silent = places(page, t)
        speaks.set()
        wait_for(lambda: len(t.transcript) == 12 and t.downloads.able, within_s=60)
        assert places(page, t) == silent
        t.stop()
        wait_for(lambda: not t.travel_bar.state["running"], within_s=60)
        monkeypatch.undo()  # a picture of the width before must not come
        assert places(page, t) == silent
        deliver(t.travel_bar, {"kind": "seek", "share": 0.5})
        wait_for(lambda: t.transcript_view.moment, within_s=60)
        assert places(page, t) == silent


def test_a_long_notice_moves_nothing_below_it_on_a_narrow_page(page: Page) -> None:
    warns = threading.Event()

    def script(client: Client) -> None:
        client.begin()
        while not warns.is_set():
            client.hear("Terminate", chunks=len(client.audio) // 1600 + 1)
        client.say(ServerWarning(7, LONG_WARNING))
        client.hear("Terminate")
        client.terminate()

    with (
        scripted(script) as server,
        contextlib.closing(
            Transcriber("local-whisper-tiny.en", source=AudioArray(HUM, 16_000), endpoint=server.url)
        ) as t,
    ):
        t.start().wait_until_open(60)
        wait_for(lambda: t.downloads.choices, within_s=60)
        quiet = places(page, t, (360,))
        warns.set()
        wait_for(lambda: LONG_WARNING in str(t.controls.state["strip"]), within_s=60)
        warned = places(page, t, (360,))
        assert page.locator(".notices").inner_text().count(LONG_WARNING) == 1
        assert warned == quiet


def places(page: Page, t: Transcriber, widths_px: tuple[int, ...] = WIDTHS_PX) -> dict[int, list[Any]]:
    """How high the widget is at each width, and where its buttons stand."""
    found = {}
    for width_px in widths_px:
        page.set_viewport_size({"width": width_px + 24, "height": 2000})
        page.set_content(page_of(t, say_hello(t, width_px=width_px, theme="light"), width_px=width_px, theme="light"))
        page.wait_for_selector("body[data-ready]")
        found[width_px] = page.evaluate(PLACES)
    return found
