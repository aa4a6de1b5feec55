"""The interactive page: its content, and its behaviour in a browser without network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from export.speech import HOSTILE, hostile, talk_with_past
from playwright.sync_api import BrowserContext, Page
from support.browser import SHARED_BROWSER
from support.expect import expect
from tape.making import short_tape
from transcript.messages import TERMINATION, turn

import ipyscribe.export as export
from ipyscribe.comparison import Comparison
from ipyscribe.errors import ParameterError
from ipyscribe.tape import Tape
from ipyscribe.transcript import Arrival, Transcript, reduce

MESSAGES = (
    turn(0, words="we~"),
    turn(0, words="we measure~"),
    turn(0, words="we measured it~"),
    turn(0, "We measured it. 🎤 Twice", end=True),
    turn(1, words="did~"),
    turn(1, words="did you~"),
    turn(0, "We measured it. 🎤 Twice!", end=True, formatted=True),
    turn(1, "Did you?", end=True, formatted=True),
    turn(2, words="yes, I do~"),
    TERMINATION,
)
SOUND = (np.sin(np.arange(16_000 * 12) * 0.2) * 9000).astype("<i2").tobytes()


def snapshots(*, two_finals: bool = False) -> list[Transcript]:
    """The transcript after each message; message n comes at n seconds."""
    states = [Transcript(expects_formatting=two_finals)]
    for second, message in enumerate(MESSAGES, 1):
        states.append(reduce(states[-1], message, Arrival(float(second), 1000.0 * second)))
    return states


TRANSCRIPT = snapshots()[-1]


class Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.lines: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if ("class", "words") in attrs:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self.lines and not self.lines[-1]:
            self.lines[-1] = data


def test_the_words_are_there_without_any_script() -> None:
    assert Reader(export.to_html(TRANSCRIPT)).lines == [turn.text for turn in TRANSCRIPT.turns]


def test_untrusted_words_stay_words() -> None:
    page = Reader(export.to_html(hostile(), title="</title><script>"))
    assert page.tags.count("script") == 2
    assert page.tags.count("img") == 0
    assert [one for one in HOSTILE if one.isprintable()] == [line for line in page.lines if line in HOSTILE]


def test_nothing_is_fetched_and_no_markup_is_made_of_text() -> None:
    folder = Path(export.__file__).parent
    for name in ("history_codec.js", "page_timeline.js", "page_parts.js", "page.js", "page.css"):
        text = (folder / name).read_text(encoding="utf-8")
        assert re.search(r"https?://|@import|url\(|\bfetch\b|XMLHttpRequest|WebSocket", text) is None
        assert re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text) is None
    assert "default-src 'none'" in export.to_html(TRANSCRIPT)


def test_an_hour_is_small() -> None:
    hour = talk_with_past(720)
    assert hour.turns[-1].end_ms > 3_600_000
    assert len(export.to_html(hour)) < 400_000
    assert len(export.to_html(hour, history=False)) < 200_000


def test_without_audio_none_can_be_embedded() -> None:
    with pytest.raises(ParameterError, match="has no audio"):
        export.to_html(TRANSCRIPT, sound=True)


def test_sound_that_begins_later_says_so() -> None:
    tape = SimpleNamespace(
        transcript=TRANSCRIPT, audio=lambda start_ms, end_ms: SOUND, sound=SimpleNamespace(start=16_000 * 30)
    )
    data = re.search(r'id="data">(.*?)</script>', export.to_html(tape, sound=True))
    assert data is not None
    assert json.loads(data[1])["sound"] == 30_000


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    with SHARED_BROWSER.new_context(offline=True) as opened:
        yield opened


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path) -> Iterator[Any]:
    """Opens a page from disk; no script of it may fail, and it may ask for nothing but itself."""
    pages: list[Page] = []
    problems: list[str] = []

    def open_page(exportable: Any, **options: Any) -> Page:
        path = export.save(exportable, tmp_path / f"page{len(pages)}.html", **options)
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        wanted = path.as_uri()
        page.on(
            "request",
            lambda request: problems.append(request.url) if not request.url.startswith((wanted, "blob:")) else None,
        )
        page.goto(wanted)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert problems == []


def lines(page: Page) -> list[str]:
    # Not the inner text: of a row that has just come back it is empty until the page is drawn again.
    return page.locator("#turns li:visible .words").all_text_contents()


def move_to(page: Page, ms: float) -> None:
    page.get_by_label("Moment").fill(str(round(ms)))


@pytest.mark.browser
@pytest.mark.parametrize("two_finals", [False, True])
def test_it_shows_every_moment_as_it_was(opened: Any, two_finals: bool) -> None:
    states = snapshots(two_finals=two_finals)
    page = opened(states[-1])
    assert lines(page) == [turn.text for turn in TRANSCRIPT.turns]
    expect(page.get_by_role("button", name="Final text")).to_be_hidden()
    for second, then in reversed(list(enumerate(states[:-2]))):
        move_to(page, 1000 * second + 400)
        assert lines(page) == [turn.text for turn in then.turns], second
        unfinished = [turn for turn in then.turns if not turn.settled]
        assert page.locator("#turns li.open:visible").count() == len(unfinished)
        pending = page.locator("#turns li:visible .pending")
        assert pending.count() == sum(not turn.ended for turn in then.turns)
    page.get_by_role("button", name="Final text").click()
    assert lines(page) == [turn.text for turn in TRANSCRIPT.turns]


@pytest.mark.browser
def test_the_total_is_never_less_than_the_position(opened: Any) -> None:
    page = opened(reduce(snapshots()[-2], turn(2, words="yes, I do know~"), Arrival(44.8, 44_800.0)))
    expect(page.get_by_text("0:44.8 / 0:44.8", exact=True)).to_be_visible()
    expect(page.get_by_label("Moment")).to_have_attribute("aria-valuetext", "0:44.8 of 0:44.8")
    move_to(page, 1000)
    expect(page.get_by_text("0:01.0 / 0:44.8", exact=True)).to_be_visible()


@pytest.mark.browser
def test_time_travel_by_keyboard_and_step_by_step(opened: Any) -> None:
    page = opened(TRANSCRIPT)
    slider = page.get_by_label("Moment")
    slider.focus()
    for key, position in (
        ("PageDown", "0:00.0"),
        ("ArrowRight", "0:01.0"),
        ("ArrowUp", "0:02.0"),
        ("ArrowLeft", "0:01.0"),
    ):
        slider.press(key)
        assert (slider.get_attribute("aria-valuetext") or "").startswith(f"{position} of")
    assert lines(page) == ["we"]
    page.get_by_role("button", name="Later change").click()
    assert lines(page) == ["we measure"]
    page.get_by_role("button", name="Earlier change").click()
    assert lines(page) == ["we"]
    expect(page.locator("#panel [role=status]").last).to_have_text("As it stood at 0:01.0: 1 of 3 turns")


@pytest.mark.browser
def test_dragging_along_the_timeline_travels_too(opened: Any) -> None:
    page = opened(TRANSCRIPT)
    lane = page.locator("canvas").first.bounding_box()
    assert lane is not None
    x, y = lane["x"], lane["y"] + 10
    page.mouse.move(x + lane["width"] - 5, y)
    page.mouse.down()
    page.mouse.move(x + lane["width"] * 0.35, y, steps=8)
    page.mouse.up()
    assert lines(page) == ["we measured it"]
    assert len(set(page.locator("canvas").last.screenshot())) > 50


@pytest.mark.browser
def test_it_happens_again_by_itself(opened: Any) -> None:
    page = opened(TRANSCRIPT)
    page.evaluate(
        """() => {
            window.seen = [];
            const note = () => window.seen.push(document.querySelectorAll('#turns li:not([hidden])').length);
            new MutationObserver(note).observe(document.getElementById('turns'), { subtree: true, attributes: true });
        }"""
    )
    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Replay").click()
    page.wait_for_function(
        "() => window.seen[0] === 0 && window.seen.at(-1) === 3 "
        "&& document.querySelector('.play').textContent === 'Replay'"
    )
    seen = page.evaluate("window.seen")
    assert (seen[0], seen[-1]) == (0, 3)
    assert lines(page) == [turn.text for turn in TRANSCRIPT.turns]


@pytest.mark.browser
def test_searching(opened: Any) -> None:
    page = opened(TRANSCRIPT)
    page.keyboard.press("/")
    page.keyboard.type("YOU")
    count = page.locator("#panel [role=status]").first
    expect(count).to_have_text("1 of 1")
    assert page.evaluate("[...CSS.highlights.get('chosen')].map(String)") == ["you"]
    page.get_by_label("Search the transcript").fill("e")
    expect(count).to_have_text("1 of 5")
    page.keyboard.press("Enter")
    expect(count).to_have_text("2 of 5")
    page.keyboard.press("Shift+Enter")
    page.get_by_role("button", name="Earlier match").click()
    expect(count).to_have_text("5 of 5")
    move_to(page, 2400)
    expect(count).to_have_text("3 of 3")
    page.get_by_label("Search the transcript").fill("nowhere")
    expect(count).to_have_text("nothing found")


@pytest.mark.browser
def test_a_click_on_a_word_plays_it(opened: Any) -> None:
    page = opened(TRANSCRIPT, sound=True, audio=SOUND)
    assert page.get_by_role("button", name="Play from 0:00").count() == 3
    word = page.evaluate_handle(
        "() => { const range = document.createRange(); const node = document.querySelector('.words').firstChild; "
        "range.setStart(node, 4); range.setEnd(node, 8); return range.getBoundingClientRect() }"
    )
    box = word.evaluate("box => [box.x + box.width / 2, box.y + box.height / 2]")
    page.get_by_label("Speed").select_option("0.5")
    page.mouse.click(*box)
    page.wait_for_function(
        "() => document.querySelector('#turns li.now') && document.querySelector('.play').textContent === 'Pause' "
        "&& Number(document.querySelector('[aria-label=Moment]').value) > 500"
    )
    page.get_by_role("button", name=re.compile("^(Pause|Play)$")).click()
    assert lines(page) == [turn.text for turn in TRANSCRIPT.turns]


@pytest.mark.browser
def test_the_sound_of_a_page_stands_at_its_time(opened: Any) -> None:
    clicks = np.zeros(16_000 * 6, "<i2")
    clicks[32_000:32_160] = clicks[72_000:72_160] = 20_000 * np.sin(np.arange(160) * 1.2)
    page = opened(TRANSCRIPT, sound=True, audio=clicks.tobytes())
    click_times_ms = page.evaluate(
        """async () => {
            const bytes = Uint8Array.from(atob(document.getElementById('sound').textContent), c => c.charCodeAt(0));
            const decoded = await new OfflineAudioContext(1, 96000, 16000).decodeAudioData(bytes.buffer);
            const samples = decoded.getChannelData(0);
            const first = from => samples.findIndex((sample, i) => i > from && Math.abs(sample) > 0.2);
            return [first(20000) / 16, first(60000) / 16];
        }"""
    )
    assert click_times_ms == pytest.approx([2000, 4500], abs=2)


@pytest.mark.browser
def test_hostile_words_do_nothing(opened: Any) -> None:
    page = opened(hostile())
    move_to(page, 20_000)
    page.get_by_role("button", name="Final text").click()
    page.get_by_label("Search the transcript").fill("<")
    assert page.locator("#turns img, #turns script").count() == 0


@pytest.mark.browser
def test_a_moment_of_an_hour_is_shown_at_once(opened: Any) -> None:
    page = opened(talk_with_past(700))
    spent = page.evaluate(
        """async () => {
            const slider = document.querySelector('[aria-label=Moment]');
            for (let step = 0; step < 20; step += 1) {
                slider.value = String(((step * 7) % 20 / 20) * slider.max);
                slider.dispatchEvent(new Event('input'));
                await new Promise(requestAnimationFrame);
            }
            return document.querySelectorAll('#turns li:not([hidden])').length;
        }"""
    )
    assert 0 < spent < 700


HOST = """<style>
  body { background: #111; color: #fff; font: 14px sans-serif; }
  table { color: #fff; table-layout: fixed; }
  td, th, tr { text-align: right; vertical-align: middle; padding: 0.5em; border: none; }
  tr:nth-child(odd) { background: #222; }
</style>"""


@pytest.mark.browser
def test_what_is_frozen_can_be_read_under_the_rules_of_a_dark_notebook(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_content(HOST + export.freeze(TRANSCRIPT).html)
    looks = page.eval_on_selector_all(
        "th, td",
        "cells => cells.map(c => { const s = getComputedStyle(c), r = getComputedStyle(c.parentElement); "
        "return [s.color, r.backgroundColor, s.textAlign] })",
    )
    assert {tuple(look) for look in looks} == {
        ("rgb(93, 102, 115)", "rgb(255, 255, 255)", "left"),
        ("rgb(31, 36, 48)", "rgb(255, 255, 255)", "left"),
    }
    narrow, wide = page.eval_on_selector_all("tr:first-child > *", "cells => cells.map(c => c.clientWidth)")
    assert narrow < 80 < 500 < wide
    page.close()


def test_what_is_printed_of_a_dark_notebook_is_dark_on_white_and_fits_on_paper(context: BrowserContext) -> None:
    both = Tape.together(short_tape(), short_tape(), labels=["universal-streaming-multilingual", "patient"])
    page = context.new_page()
    page.set_viewport_size({"width": 680, "height": 900})
    page.emulate_media(media="print")
    page.set_content(HOST + Comparison.from_tape(both).freeze().html)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    looks = page.eval_on_selector_all("td:not(:empty)", "cells => cells.map(cell => getComputedStyle(cell).color)")
    assert set(looks) == {"rgb(31, 36, 48)"}
    assert [image.is_visible() for image in page.locator("img").all()] == [True, False]
    right_px = page.eval_on_selector_all("td, th, img", "all => all.map(one => one.getBoundingClientRect().right)")
    assert max(right_px) <= 680
    page.close()
