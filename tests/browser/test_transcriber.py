"""The Transcriber in JupyterLab, as a person uses it: a real kernel, the real recogniser, a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jiwer
import nbformat
import psutil
import pytest
import srt
from browser.conftest import SECRET
from browser.lab import (
    LIMIT_MS,
    Lab,
    answer,
    interrupt_kernel,
    output,
    restart_kernel,
    run_cell,
    save,
    use_theme,
    write_notebook,
)
from local.harness import wait_for
from playwright.sync_api import Page, expect

from ipyscribe.audio import sample_reference

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MAKE = "import ipyscribe as scribe\nt = scribe.Transcriber('local-whisper-tiny.en')\nt"
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


def start(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).click()


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".status")).to_contain_text("ended")


def settled(page: Page) -> list[str]:
    return page.locator(".turn:not(.open) .words").all_inner_texts()


def servers(lab: Lab) -> list[psutil.Process]:
    """The loopback servers below this Lab's kernels."""
    found = []
    for process in psutil.Process(lab.process.pid).children(recursive=True):
        try:
            if "serve" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def normal(text: str) -> str:
    return re.sub(r"[^\w' ]", "", text.lower())


def test_words_of_the_quickstart_arrive_while_its_sample_plays(lab: Lab, page: Page, notebooks: Path) -> None:
    notebook = nbformat.read(notebooks / "quickstart.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(STATE))
    nbformat.write(notebook, lab.root / "quickstart.ipynb")
    widget, state = (
        next(index for index, cell in enumerate(notebook.cells) if "Transcriber(" in cell.source),
        len(notebook.cells) - 1,
    )
    lab.open(page, "quickstart.ipynb")
    run_cell(page, widget)
    model = page.get_by_label("Model", exact=True)
    model.select_option("universal-streaming-english")
    expect(page.locator(".facts")).to_contain_text("$0.15/h while open")
    model.select_option("local-whisper-tiny.en")
    expect(page.locator(".facts")).to_contain_text("Not an AssemblyAI model")
    expect(page.get_by_label("Sound from")).to_have_value("sample")
    start(page)
    expect(page.locator(".turn.open .pending").first).to_be_visible()
    expect(page.get_by_role("meter")).to_be_visible()
    expect(page.locator(".turn:not(.open)").first).to_contain_text("do you have a minute")
    expect(page.locator(".status")).to_contain_text("listening")
    assert page.locator(".turn:not(.open) .late").first.inner_text().endswith(" ms")
    expect(page.locator(".turn:not(.open)").nth(2)).to_be_visible()
    picture = page.locator(".ips-timeline img")
    expect(picture).to_have_attribute("alt", re.compile(r"\d turns"))
    assert picture.evaluate("image => image.complete && image.naturalWidth > 400")
    expect(page.locator("[role=log]")).to_contain_text("minute")
    stop(page)
    heard = normal(" ".join(settled(page))).split()
    reference = normal(" ".join(turn.text for turn in sample_reference())).split()
    assert jiwer.wer(" ".join(reference[: len(heard)]), " ".join(heard)) <= 0.25
    run_cell(page, state)
    assert output(page, state).strip() == "left: [] []"
    expect(page.locator("[class^=ipyscribe-static]")).to_contain_text("do you have a minute")
    save(page)
    saved = (lab.root / "quickstart.ipynb").read_text(encoding="utf-8")
    assert SECRET not in saved
    assert "do you have a minute" in saved
    assert "data:image/png;base64," in saved


def test_with_a_key_the_dropdown_begins_with_assemblyai(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "key.ipynb", "import ipyscribe as scribe\nscribe.Transcriber()")
    lab.open(page, "key.ipynb")
    run_cell(page, 0)
    expect(page.get_by_label("Model", exact=True)).to_have_value("u3-rt-pro")
    expect(page.locator(".notes").last).to_be_empty()
    save(page)
    assert SECRET not in (lab.root / "key.ipynb").read_text(encoding="utf-8")


def test_to_the_end_of_the_sample_and_then_nothing_is_left(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "end.ipynb",
        "import ipyscribe as scribe\nt = scribe.Transcriber('local-whisper-tiny.en', source=scribe.sample(speed=2))\nt",
        "t.start(); t.wait()",
        "print(t.transcript.text)",
        "t.plot_timeline()",
        STATE,
    )
    lab.open(page, "end.ipynb")
    run_cell(page, 0)
    run_cell(page, 1, wait=False)
    # The kernel is busy with wait(), and the words come nevertheless.
    expect(page.locator(".turn").nth(1)).to_be_visible()
    assert "[*]" in page.locator(".jp-InputPrompt").nth(1).inner_text()
    expect(page.locator(".status")).to_contain_text("ended")
    run_cell(page, 2)
    reference = normal(" ".join(turn.text for turn in sample_reference()))
    assert jiwer.wer(reference, normal(output(page, 2)).replace("\n", " ")) <= 0.25
    run_cell(page, 3)
    expect(page.locator(".jp-RenderedImage img")).to_be_visible()
    run_cell(page, 4)
    assert output(page, 4).strip() == "left: [] []"


def test_a_reload_brings_everything_back_and_the_session_goes_on(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "reload.ipynb", MAKE)
    lab.open(page, "reload.ipynb")
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    save(page)
    before = settled(page)
    page.reload(wait_until="commit")
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    assert settled(page)[: len(before)] == before
    expect(page.locator(".turn:not(.open)").nth(len(before))).to_be_visible()
    expect(page.locator(".ips-timeline img")).to_be_visible()
    stop(page)


def test_the_same_widget_in_two_cells(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "twice.ipynb", MAKE, "t")
    lab.open(page, "twice.ipynb")
    run_cell(page, 0)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".turn:not(.open)").first).to_be_visible()
    run_cell(page, 1)
    both = page.locator(".ips-transcript")
    expect(both).to_have_count(2)
    expect(both.nth(1).locator(".turn").first).to_contain_text("minute")
    page.get_by_role("button", name="Stop", exact=True).nth(1).click()
    for index in (0, 1):
        expect(page.locator(".status").nth(index)).to_contain_text("ended")


def test_running_the_cell_again_ends_what_it_had_started(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "again.ipynb",
        MAKE + "\nmade = [*globals().get('made', []), t]\nt",
        "print([m.session and m.session.status for m in made])",
    )
    lab.open(page, "again.ipynb")
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn").first).to_be_visible()
    run_cell(page, 0)
    expect(page.locator(".ips-controls")).to_have_count(1)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()

    def states() -> str:
        run_cell(page, 1)
        return output(page, 1).strip()

    wait_for(lambda: states() == "['ended', None]", within_s=30)


def test_an_exception_and_an_interrupt_end_the_session(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "broken.ipynb",
        "import ipyscribe as scribe\nsession = scribe.Session('local-whisper-tiny.en', source=scribe.sample())\n"
        "with session:\n    for turn in session.turns():\n        raise ValueError('mine')",
        "second = scribe.Session('local-whisper-tiny.en', source=scribe.sample())\n"
        "with second:\n    for turn in second.turns():\n        print(turn.text)",
        "print(session.status, second.status, len(second.transcript.settled) > 0)",
        STATE,
    )
    lab.open(page, "broken.ipynb")
    run_cell(page, 0)
    assert "ValueError: mine" in output(page, 0)
    run_cell(page, 1, wait=False)
    wait_for(lambda: "minute" in output(page, 1), within_s=60)
    interrupt_kernel(page)
    wait_for(lambda: "KeyboardInterrupt" in output(page, 1), within_s=30)
    assert answer(page, 2) == "ended ended True"
    assert answer(page, 3) == "left: [] []"


def test_a_kernel_restart_leaves_no_process_and_the_saved_notebook_still_tells(lab: Lab, page: Page) -> None:
    path = write_notebook(lab.root / "restart.ipynb", MAKE)
    lab.open(page, "restart.ipynb")
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    wait_for(lambda: servers(lab), within_s=30)
    restart_kernel(page)
    wait_for(lambda: not servers(lab), within_s=30)
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    stop(page)
    expect(page.locator("[class^=ipyscribe-static]")).to_contain_text("do you have a minute")
    save(page)
    notebook = nbformat.read(path, as_version=4)
    assert "widgets" not in notebook.metadata
    html = "".join(out.get("data", {}).get("text/html", "") for out in notebook.cells[0].outputs)
    assert "do you have a minute" in html
    assert "data:image/png;base64," in html


def test_without_its_kernel_a_reopened_notebook_shows_transcript_and_timeline(lab: Lab, page: Page) -> None:
    path = write_notebook(
        lab.root / "dead.ipynb",
        MAKE.replace("tiny.en'", "tiny.en', source=scribe.sample(speed=3)"),
        "t.start(); t.wait()",
    )
    lab.open(page, "dead.ipynb")
    run_cell(page, 0)
    expect(page.locator("[class^=ipyscribe-static]")).to_be_hidden()
    run_cell(page, 1)
    save(page)
    page.evaluate("async () => { await jupyterapp.serviceManager.sessions.shutdownAll() }")
    lab.open(page, path.name)
    copy = page.locator("[class^=ipyscribe-static]")
    expect(copy).to_be_visible()
    expect(copy).to_contain_text("hot chocolate")
    assert copy.locator("img").evaluate("image => image.complete && image.naturalWidth > 400")


def test_the_browser_saves_a_file_of_the_menu(lab: Lab, page: Page) -> None:
    path = write_notebook(
        lab.root / "menu.ipynb",
        "import ipyscribe as scribe\nfrom ipyscribe.audio import sample_path\n"
        "clip = scribe.AudioFile(sample_path(), stop_s=9.2, speed=3)\n"
        "t = scribe.Transcriber('local-whisper-tiny.en', source=clip)\nt",
        "t.start(); t.wait()",
    )
    lab.open(page, path.name)
    run_cell(page, 0)
    expect(page.get_by_label("Save as")).to_be_hidden()
    run_cell(page, 1)
    menu = page.get_by_label("Save as")
    menu.focus()
    for key in ("S", "Tab"):
        page.keyboard.press(key)
    expect(menu).to_have_value("srt")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert re.fullmatch(r"transcript-\d{4}-\d\d-\d\d-\d{4}\.srt", download.value.suggested_filename)
    cues = list(srt.parse(Path(download.value.path()).read_text(encoding="utf-8")))
    assert "do you have a minute" in normal(" ".join(cue.content for cue in cues).replace("\n", " "))
    assert 0.2 < cues[0].start.total_seconds() < 1.5
    expect(page.locator(".ips-save [role=status]")).to_contain_text(".srt, 1 kB")
    menu.select_option("tape")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_can_be_read_in_light_and_dark_and_at_320_px(lab: Lab, page: Page, theme: str) -> None:
    name = f"look-{theme[-4:].strip().lower()}.ipynb"
    write_notebook(lab.root / name, MAKE)
    lab.open(page, name)
    use_theme(page, theme)
    run_cell(page, 0)
    start(page)
    expect(page.locator(".turn:not(.open)").nth(1)).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    wanted = "dark" if theme.endswith("Dark") else "light"
    for part in ("controls", "transcript", "timeline", "save"):
        expect(page.locator(f".ips-{part}")).to_have_attribute("data-theme", wanted)
    assert page.evaluate(CONTRASTS) == []
    page.evaluate("width => { document.querySelector('.ipyscribe').style.width = width }", "320px")
    expect(page.locator(".turn.open, .turn").last).to_be_visible()
    wider = (
        "root => [...root.querySelectorAll('*')]"
        ".filter(e => !e.closest('.unseen') && e.scrollWidth > root.clientWidth + 1).map(e => e.outerHTML)"
    )
    assert page.locator(".ipyscribe").evaluate(wider) == []
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    stop(page)


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


def test_everything_can_be_done_with_the_keyboard(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "keys.ipynb", MAKE)
    lab.open(page, "keys.ipynb")
    run_cell(page, 0)
    page.get_by_label("Model", exact=True).focus()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText")
        )
    assert reached[:3] == ["Sound from", "Start", "Settings"]
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_focused()
    expect(page.locator(".turn").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".status")).to_contain_text("paused")
    page.get_by_role("button", name="Stop", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".status")).to_contain_text("ended")


def test_thousands_of_turns_change_only_where_they_change(lab: Lab, page: Page) -> None:
    write_notebook(
        lab.root / "many.ipynb",
        "from msgspec.structs import replace\nimport ipyscribe as scribe\n"
        "from ipyscribe.transcript import Arrival, Turn\n"
        "def turn(i, ended=True):\n    a = Arrival(1.0, 2000.0 * i)\n"
        "    return Turn(i, f'turn number {i}', (), ended, True, False, a, a)\n"
        "turns = tuple(turn(i) for i in range(3000))\nview = scribe.TranscriptView()\nview",
        "view.show(scribe.Transcript(turns))",
        "view.show(scribe.Transcript((*turns[:-1], replace(turns[-1], text='changed'), turn(3000, False))))",
    )
    lab.open(page, "many.ipynb")
    run_cell(page, 0)
    expect(page.locator(".hint")).to_be_visible()
    run_cell(page, 1)
    expect(page.locator(".turn")).to_have_count(3000)
    page.evaluate(
        "() => { window.changes = 0; const rows = one => [...one.addedNodes].filter(n => n.matches?.('.turn')).length; "
        "new MutationObserver(list => { for (const one of list) window.changes += rows(one) })"
        ".observe(document.querySelector('.turns'), { childList: true, subtree: true }) }"
    )
    run_cell(page, 2)
    expect(page.locator(".turn").last).to_contain_text("turn number 3000")
    assert page.evaluate("window.changes") == 2
    assert page.locator(".turns").evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight < 40")
    page.locator(".turns").evaluate("e => { e.scrollTop = 500 }")
    run_cell(page, 1)
    run_cell(page, 2)
    expect(page.get_by_role("button", name="New words below")).to_be_visible()
    assert page.locator(".turns").evaluate("e => e.scrollTop") == 500
    page.get_by_role("button", name="New words below").click()
    expect(page.get_by_role("button", name="New words below")).to_be_hidden()


def test_nbconvert_shows_transcript_and_timeline_without_network(lab: Lab, page: Page, tmp_path: Path) -> None:
    from nbconvert import HTMLExporter

    write_notebook(
        lab.root / "convert.ipynb",
        MAKE.replace("tiny.en'", "tiny.en', source=scribe.sample(speed=3)"),
        "t.start(); t.wait()",
    )
    lab.open(page, "convert.ipynb")
    run_cell(page, 0)
    run_cell(page, 1)
    assert "Error" not in output(page, 1)
    save(page)
    body, _ = HTMLExporter(mathjax_url="", require_js_url="").from_filename(str(lab.root / "convert.ipynb"))
    target = tmp_path / "convert.html"
    target.write_text(body, encoding="utf-8")
    page.goto(target.as_uri())
    copy = page.locator("[class^=ipyscribe-static]")
    expect(copy).to_be_visible(timeout=LIMIT_MS)
    expect(copy).to_contain_text("hot chocolate")
    assert copy.locator("img").evaluate("image => image.naturalWidth > 400")
    assert SECRET not in body
    assert json.dumps(SECRET) not in body
