"""Takes the pictures of ``docs``: the widget in JupyterLab while it listens, and the timeline of the bundled sample."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.lab import Lab, chromium, run_cell, write_notebook  # noqa: E402

import ipyscribe as scribe  # noqa: E402

COLOURS = 96
CELL = "import ipyscribe as scribe\n\nt = scribe.Transcriber()\nt"
SIXTH_TURN_IS_OPEN = (
    "() => [...document.querySelectorAll('.ips-transcript')].some(view => /wonderful.*early/is.test(view.innerText))"
)


def main() -> None:
    """Write both."""
    keep(widget(), ROOT / "docs" / "widget.png")
    keep(timeline(), ROOT / "docs" / "timeline.png")


def widget() -> bytes:
    """The first cell of a notebook, in the middle of the sample."""
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
        page.wait_for_function(SIXTH_TURN_IS_OPEN)
        page.wait_for_timeout(300)
        page.mouse.move(5, 5)
        picture = page.locator(".jp-Notebook .jp-CodeCell").first.screenshot()
        page.click(".ips-controls .go")
    return picture


def timeline() -> bytes:
    """The whole sample."""
    with scribe.Session("local-whisper-tiny.en", source=scribe.sample()) as session:
        session.wait()
    buffer = io.BytesIO()
    scribe.plot_timeline(session.transcript).savefig(buffer, dpi=192)
    return buffer.getvalue()


def keep(png: bytes, path: Path) -> None:
    """Write it with few colours, which is a third of the size."""
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
