"""Takes the pictures of ``docs``, of real sessions over the bundled sample.

The widget in JupyterLab while it listens, still and moving, and the timeline of the whole sample.
``python tools/pictures.py sketches`` draws only those of ``docs/timeline.md``, of a phone call that follows a script.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.lab import Lab, chromium, run_cell, write_notebook  # noqa: E402
from timeline.models import DIFFER_MS, transcripts  # noqa: E402
from timeline.speech import call, live_call, talk  # noqa: E402

import ipyscribe as scribe  # noqa: E402
from ipyscribe.timeline import plot_lanes  # noqa: E402

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = 96
FRAMES, FRAME_MS, FRAME_COLOURS = 24, 500, 48
MOST_BYTES = 1_000_000
CELL = "import ipyscribe as scribe\n\nt = scribe.Transcriber()\nt"
SIXTH_TURN_IS_OPEN = (
    "() => [...document.querySelectorAll('.ips-transcript')].some(view => /wonderful.*early/is.test(view.innerText))"
)


def main() -> None:
    """Write all of them."""
    draw_sketches()
    if sys.argv[1:] == ["sketches"]:
        return
    picture, frames = widget()
    keep(picture, ROOT / "docs" / "widget.png")
    keep_moving(frames, ROOT / "docs" / "widget.gif")
    keep(timeline(), ROOT / "docs" / "timeline.png")


def draw_sketches() -> None:
    """One for each rule by which a timeline is laid out."""
    sketches = {
        "bars": scribe.plot_timeline(call(4, speakers=False), theme="light", width_in=8),
        "live": scribe.plot_timeline(live_call(), theme="light", width_in=8, now_ms=20_300),
        "rows": scribe.plot_timeline(talk(24), theme="light", width_in=8),
        "narrow": scribe.plot_timeline(call(), theme="light", width_in=3.75),
        "lanes": plot_lanes(transcripts(3), theme="light", width_in=8, differ_ms=DIFFER_MS),
    }
    for name, figure in sketches.items():
        keep(png(figure), ROOT / "docs" / f"timeline-{name}.png")


def widget() -> tuple[bytes, list[bytes]]:
    """The first cell of a notebook in the middle of the sample, and the seconds before as frames."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Lab(Path(folder)) as lab,
        chromium(viewport={"width": 1120, "height": 1000}, device_scale_factor=2) as context,
    ):
        write_notebook(Path(folder) / "picture.ipynb", CELL)
        page = context.new_page()
        lab.open(page, "picture.ipynb")
        page.evaluate("() => jupyterapp.commands.execute('application:toggle-left-area')")
        page.add_style_tag(content=".jp-Toolbar { display: none !important }")
        run_cell(page, 0)
        page.click(".ips-controls .go")
        page.mouse.move(5, 5)
        page.wait_for_selector(".ips-transcript .turn >> nth=1")
        frames = []
        for _ in range(FRAMES):
            frames.append(page.locator(".ipyscribe").first.screenshot(scale="css"))
            page.wait_for_timeout(FRAME_MS)
        page.wait_for_function(SIXTH_TURN_IS_OPEN)
        page.wait_for_timeout(300)
        picture = page.locator(".jp-Notebook .jp-CodeCell").first.screenshot()
        page.click(".ips-controls .go")
    return picture, frames


def timeline() -> bytes:
    """The whole sample."""
    with scribe.Session("local-whisper-tiny.en", source=scribe.sample()) as session:
        session.wait()
    return png(scribe.plot_timeline(session.transcript))


def png(figure: Figure) -> bytes:
    """The figure at twice the resolution of a page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=192)
    return buffer.getvalue()


def keep(png: bytes, path: Path) -> None:
    """Write it with few colours, which is a third of the size."""
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def keep_moving(frames: list[bytes], path: Path) -> None:
    """Write them as an animated GIF, whose frames share the colours of the last one."""
    images = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames]
    palette = images[-1].quantize(FRAME_COLOURS, dither=Image.Dither.NONE)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    first.save(path, save_all=True, append_images=others, duration=FRAME_MS, loop=0, optimize=True)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} kB, {len(frames)} frames")
    if size >= MOST_BYTES:
        raise SystemExit(f"{path.name} must stay under {MOST_BYTES / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
