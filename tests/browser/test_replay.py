"""Looking back in JupyterLab, as a person does: by hand along the timeline, by keys, by ear; and what stays of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from local.harness import wait_for
from playwright.sync_api import Locator, Page
from support.expect import expect
from support.hostile import HOSTILE, assert_plain, assert_plain_html, hostile_server, hostile_tape
from support.scripted_server import scripted
from tape.making import Recording

from browser.lab import LIMIT_MS, Lab, output, reopen, run_cell, save, write_notebook
from browser.person import MAKE, STEERING, shows_a_picture
from ipyscribe import Tape
from ipyscribe.protocol.clock_text import clock_text
from ipyscribe.replay import Replay

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RECORD = (
    MAKE.replace("silence_s=600, speed=3", "speed=4"),
    "t.start(); t.wait(); t.session.tape.save('lesson.tape')",
    "print(t.transcript.text)",
)
EARS = """() => {
  window.heard = { played: 0, longest: 0 };
  document.addEventListener("playing", () => { window.heard.played += 1 }, true);
  document.addEventListener("timeupdate", (event) => {
    window.heard.longest = Math.max(window.heard.longest, event.target.currentTime);
  }, true);
}"""


def texts(page: Page) -> list[str]:
    return page.locator(".turn:visible .words").all_text_contents()


def handle(page: Page) -> Locator:
    return page.get_by_role("slider", name="Moment on the timeline")


def at_rest(page: Page) -> int:
    """Where the handle is, once the kernel has answered for what the hand did last."""
    expect(handle(page)).to_have_attribute("aria-busy", "false")
    return int(handle(page).get_attribute("aria-valuenow") or 0)


def drag_to(page: Page, share: float) -> None:
    """Drag the handle to a share of the sound, and let it go there.

    It begins at the end of the sound, which is not that of the axis: finals of a busy machine come long after it.
    """
    handle(page).press("Escape")
    expect(page.locator(".moment")).to_be_hidden()
    at_rest(page)
    handle(page).hover()  # once the page has come to rest, and nothing lies over it
    track, knob = page.locator(".ips-timeline .track").bounding_box(), handle(page).bounding_box()
    assert track
    assert knob
    end_x = knob["x"] + knob["width"] / 2
    page.mouse.down()
    page.mouse.move(track["x"] + share * (end_x - track["x"]), track["y"] + 40, steps=25)
    page.mouse.up()


def as_it_stood(page: Page, tape: Tape) -> Callable[[], bool]:
    """Whether the page shows the transcript of the moment that its handle names."""
    replay = Replay(tape)

    def same() -> bool:
        shown, at = texts(page), handle(page).get_attribute("aria-valuenow")
        return shown == [turn.text for turn in replay.seek(replay.moment_of(float(at or 0))).turns]

    return same


def states(tape: Tape) -> list[list[str]]:
    """The turns as they stood after each change; several may belong to one moment of the sound."""
    replay, found = Replay(tape), [list[str]()]
    replay.seek(0)
    while replay.step():
        found.append([turn.text for turn in replay.transcript.turns])
    return found


def hears(page: Page, played: int) -> None:
    """Sound has begun so many times by now, and moved."""
    page.wait_for_function(f"heard.played >= {played} && heard.longest > 0", timeout=LIMIT_MS)


def test_a_session_is_gone_through_heard_saved_and_still_there(
    lab: Lab, page: Page, file_page: Page, tmp_path: Path
) -> None:
    write_notebook(lab.root / "lesson.ipynb", *RECORD)
    lab.open(page, "lesson.ipynb")
    for cell in range(3):
        run_cell(page, cell)
        assert "Error" not in output(page, cell)
    end = output(page, 2).split("\n")
    expect(page.locator(".turn:visible")).to_have_count(len([line for line in end if line.strip()]))
    tape = Tape.load(lab.root / "lesson.tape")
    whole = [turn.text for turn in tape.transcript.turns]
    wait_for(lambda: texts(page) == whole, within_s=60)
    page.get_by_role("button", name="Whole session").click()
    expect(page.get_by_role("button", name="Newest part")).to_be_visible()

    for share in (0.7, 0.2, 0.4):
        drag_to(page, share)
        expect(page.locator(".moment")).to_contain_text("as it stood at 0:")
        wait_for(as_it_stood(page, tape), within_s=60)
        assert 0 < len(texts(page)) < len(whole)
        expect(page.locator(".veil")).to_be_visible()
    begun, every = at_rest(page), states(tape)
    for _ in range(5):  # each to the words before, which are others, or none: a busy recogniser's first words come late
        before = texts(page)
        page.keyboard.press("Shift+ArrowLeft")
        wait_for(lambda before=before: (texts(page) != before or not before) and texts(page) in every, within_s=60)
    wait_for(lambda: at_rest(page) < begun, within_s=60)
    drag_to(page, 0.6)
    wait_for(as_it_stood(page, tape), within_s=60)
    page.emulate_media(media="print")  # all of it is printed, whatever moment is shown
    printed = page.locator("[class^=ipyscribe-static]").first
    expect(printed.locator("td")).to_have_text(whole)
    expect(printed.locator("img.i-light")).to_be_visible()
    expect(page.locator(".ips-transcript")).to_be_hidden()
    page.emulate_media(media="screen")
    handle(page).focus()  # what was not on the paper has lost it
    for key in ("ArrowRight", "ArrowLeft", "PageDown"):
        at = at_rest(page)
        page.keyboard.press(key)
        wait_for(lambda at=at, key=key: at_rest(page) > at if key == "ArrowRight" else at_rest(page) < at, within_s=60)
        wait_for(lambda: texts(page) in every, within_s=60)
    page.keyboard.press("Home")
    expect(page.locator(".turn:visible")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".turn:visible")).to_have_count(len(whole))
    expect(page.locator(".moment")).to_be_hidden()

    tip, track = page.locator(".ips-timeline .tip"), page.locator(".ips-timeline .track")
    end_ms, rail, knob = at_rest(page), track.bounding_box(), handle(page).bounding_box()
    assert rail
    assert knob
    end_x = knob["x"] + knob["width"] / 2 - rail["x"]
    handle(page).blur()  # a tip that the keys asked for stays
    for turn in tape.transcript.turns:
        page.mouse.move(0, 0)
        expect(tip).to_be_hidden()
        track.hover(position={"x": (turn.start_ms + turn.end_ms) / 2 / end_ms * end_x, "y": 40})
        expect(tip).to_contain_text(turn.text[:40])
        expect(tip).to_contain_text("after its last word")

    page.evaluate(EARS)
    page.locator(".turn:visible .words").last.click(position={"x": 20, "y": 8})
    hears(page, 1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    hears(page, 2)
    page.locator(".ips-timeline .track").dblclick(position={"x": 60, "y": 40})
    hears(page, 3)
    page.get_by_label("With sound").check()
    page.get_by_role("button", name="Play", exact=True).click()
    hears(page, 4)
    page.wait_for_function("heard.longest > 1.5", timeout=LIMIT_MS)
    page.get_by_role("group", name="Recording").get_by_role("button", name="Pause", exact=True).click()
    wait_for(as_it_stood(page, tape), within_s=60)
    page.evaluate("() => { HTMLMediaElement.prototype.play = () => Promise.reject(new Error()) }")
    page.locator(".turn:visible .words").first.click(position={"x": 20, "y": 8})
    expect(page.locator(".foot .problem")).to_have_text("The browser did not play it; press once more.")
    expect(page.locator(".moment")).to_contain_text("as it stood at 0:")
    page.get_by_role("button", name="To the end", exact=True).click()
    expect(page.locator(".turn:visible")).to_have_count(len(whole))

    save(page)
    reopen(lab, page, "lesson.ipynb")
    copy = page.locator("[class^=ipyscribe-static]")
    expect(copy).to_be_visible()
    expect(copy).to_contain_text(whole[-1])
    shows_a_picture(copy.locator("img.i-light"))
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter(mathjax_url="", require_js_url="").from_filename(str(lab.root / "lesson.ipynb"))
    (tmp_path / "lesson.html").write_text(body, encoding="utf-8")
    file_page.goto((tmp_path / "lesson.html").as_uri())
    copy = file_page.locator("[class^=ipyscribe-static]")
    expect(copy).to_contain_text(whole[-1])
    shows_a_picture(copy.locator("img.i-light"))


def recorded(path: Path) -> list[str]:
    """A tape of 12 turns, each of a few words."""
    recording = Recording()
    recording.recorder.note("status", "listening")
    for order in range(12):
        recording.say(order, f"this is turn number {order} of the lesson")
    tape = recording.finish()
    tape.save(path)
    return [turn.text for turn in tape.transcript.turns]


LIVE = """
import numpy as np
sound = scribe.AudioArray(np.tile([8000, -8000], 20_000).astype("i2"), 16_000, speed=8, label=HOSTILE)
options = dict(source=sound, endpoint=URL, reconnect_for_s=0, prompt=HOSTILE)
"""
WAIT = """
tool.start()
try:
    tool.wait(60)
except scribe.errors.ScribeError as error:
    print(error)
print(repr(tool))
"""


def test_strangers_are_read_as_text(lab: Lab, page: Page) -> None:
    """Live sessions with a hostile server, a live comparison, a hostile tape: in the page and in what is saved."""
    with scripted(hostile_server) as server:
        names = f"import ipyscribe as scribe\nHOSTILE, URL = {HOSTILE!a}, {server.url!r}\n"
        write_notebook(
            lab.root / "strangers.ipynb",
            f"{names}{LIVE}tool = scribe.Transcriber('u3-rt-pro', **options)\ntool",
            WAIT,
            f"{LIVE}tool = scribe.Comparison({{HOSTILE: 'u3-rt-pro', HOSTILE + '2': 'u3-rt-pro'}}, **options)\ntool",
            f"{WAIT}tool.tape.save('plain.tape')",
            "replay = scribe.Replay('strangers.tape')\nreplay.seek(60)\nreplay",
        )
        lab.open(page, "strangers.ipynb")
        for cell in range(4):
            run_cell(page, cell)
    (lab.root / "strangers.tape").write_bytes(hostile_tape(lab.root / "plain.tape"))
    run_cell(page, 4)
    for place in (".ips-controls .notices", ".turn:not(.open)", ".ips-comparison .head .model"):
        expect(page.locator(place).filter(has_text="evil").first).to_be_visible()
    expect(page.locator(".ips-comparison .rows").nth(1)).to_contain_text("evil")
    expect(page.locator(".ips-comparison .metrics")).to_have_count(2)
    shows_a_picture(page.locator(".ips-timeline img").first)
    wait_for(lambda: page.get_by_label("Save as").nth(1).locator("option").filter(has_text="evil").count() > 1)
    assert page.evaluate(STEERING) == []
    save(page)
    outputs = [out for cell in nbformat.read(lab.root / "strangers.ipynb", as_version=4).cells for out in cell.outputs]
    texts = [out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in outputs]
    pages = [html for out in outputs if (html := out.get("data", {}).get("text/html"))]  # that of progress is emptied
    for text in texts:
        assert_plain("a saved notebook", text)
    for html in pages:
        assert_plain_html("a saved notebook", html)
        assert "evil" in html
    assert len(pages) == 3
    reopen(lab, page, "strangers.ipynb")
    expect(page.locator("[class^=ipyscribe-static]").last).to_contain_text("evil")
    assert page.evaluate(STEERING) == []


def test_a_tape_is_replayed_in_a_cell(lab: Lab, page: Page) -> None:
    whole = recorded(lab.root / "made.tape")
    write_notebook(lab.root / "replay.ipynb", "import ipyscribe as scribe\nscribe.Replay('made.tape')")
    lab.open(page, "replay.ipynb")
    run_cell(page, 0)
    expect(page.locator(".ips-recording")).to_contain_text("Replay of")
    expect(page.locator(".ips-recording")).to_contain_text("u3-rt-pro")
    expect(page.locator(".ips-timeline img")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
    page.get_by_role("button", name="Step forward", exact=True).click()
    expect(page.locator(".turn:visible .pending")).to_contain_text("this")
    page.get_by_label("Speed").select_option("8")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".ips-recording .status")).to_contain_text("ended")
    wait_for(lambda: texts(page) == whole, within_s=60)
    slider = page.get_by_role("slider", name="Moment", exact=True)
    slider.fill("5000")
    replay = Replay(lab.root / "made.tape")
    middle = [turn.text for turn in replay.seek(replay.moment_of(replay.heard_ms / 2)).turns]
    half, end = (clock_text(share * replay.heard_ms / 1000, tenths=True) for share in (0.5, 1))
    wait_for(lambda: texts(page) == middle, within_s=60)
    expect(slider).to_have_attribute("aria-valuetext", f"as it stood at {half} of {end}")
    save(page)
    saved = (lab.root / "replay.ipynb").read_text(encoding="utf-8")
    assert whole[-1] in saved
