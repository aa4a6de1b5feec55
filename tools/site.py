"""Build the site: the documents, the lessons with their outputs and replays, and the reference from docstrings.

    python tools/site.py [--out FOLDER] [--notebook NAME ...]
    python tools/site.py --source FOLDER --out FOLDER

Pages are gathered in one folder as Sphinx wants them, at the paths that they have in the repository, so that the links
between them hold; then Sphinx runs the notebooks and writes the pages. Every warning fails the build.
"""

from __future__ import annotations

import argparse
import html
import importlib
import inspect
import os
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "docs" / "site"
REPLAY = re.compile(r"^```\{replay\} (\S+)\n```$", re.MULTILINE)
EMPTY_HEADER = re.compile(r"<th\b([^>]*)>\s*(?:<p>\s*</p>)?\s*</th>")
PRINTED = re.compile(r'<div class="output (?:stream|text_plain) .*?</pre>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
ESCAPE = re.compile(r"\x1b\[[\d;]*m")
REPLAYS = {
    "models": ("models", None, "Four recognisers on one recording"),
    "listening": ("models", "tiny.en", "Whisper tiny.en on the sample"),
    "immutable": ("models", "immutable", "A model whose words never change (simulated)"),
    "revising": ("models", "revising", "A model that revises the whole turn (simulated)"),
    "silences": ("silences", None, "One recogniser with four silences"),
}
"""Of each page that plays: the tape of the lessons, the lane of it or None for all, and the title."""
REFERENCE = {
    "Widgets": ("widgets", "Transcriber", "ComparisonSetup", "ComparisonView", "EvaluationView", "EvaluationUpload",
                "ReplayView", "BrowserMicrophone", "TranscriptView", "TimelineView", "SaveView", "demo"),
    "Sessions": ("sessions", "Session", "Comparison", "Evaluation", "sweep", "login", "logout", "temporary_token",
                 "models"),
    "Sound": ("sound", "AudioFile", "AudioArray", "Microphone", "PushSource", "input_devices", "sample",
              "sample_reference"),
    "Transcripts and tapes": ("transcripts", "Transcript", "Turn", "Word", "Tape", "Replay", "plot_timeline"),
    "Diagnostics": ("diagnostics", "diagnostics:doctor", "diagnostics:Report", "diagnostics:Finding"),
    "Lessons": ("lesson", "lesson:*"),
    "Measures": ("metrics", "metrics:*"),
    "Figures": ("timeline", "timeline:*"),
    "Exports": ("export", "export:*"),
    "Errors": ("errors", "errors:*"),
}  # fmt: skip


def main() -> int:
    """Returns 0, or 1 where something is wrong with the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="folder for the site")
    parser.add_argument("--notebook", action="append", help="run only this notebook, and show the others as they are")
    parser.add_argument("--source", type=Path, help="build the pages of this folder, which has a conf.py")
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    source = options.source or options.out.with_name(f"{options.out.name}-source")
    if options.source is None:
        shutil.rmtree(source, ignore_errors=True)
        gather(source, options.notebook)
    problems = build(source, options.out)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print(f"The site is in {options.out}: open index.html in any browser, offline too.")
    return 1 if problems else 0


def build(source: Path, out: Path) -> list[str]:
    """Run Sphinx from ``source`` to ``out``; returns what is wrong with the site, each as one line."""
    from sphinx.cmd.build import main as sphinx

    # Cells run as they would for a reader: without a key, and without what this account starts its kernels with.
    os.environ.pop("ASSEMBLYAI_API_KEY", None)
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    os.environ["IPYTHONDIR"] = str(source / ".ipython")
    profile = source / ".ipython" / "profile_default"
    profile.mkdir(parents=True)
    # Else each kernel warns of a connection without encryption, which needs none within one computer.
    (profile / "ipython_kernel_config.py").write_text(
        'get_config().Application.log_level = "ERROR"\n', encoding="utf-8"
    )
    warnings = source / "warnings.txt"
    jobs = ["-j", str(min(2, os.cpu_count() or 1))]
    status = sphinx(["-q", "-W", "--keep-going", "-b", "html", *jobs, "-w", str(warnings), str(source), str(out)])
    if status != 0:
        return [*failed_cells(out), f"Sphinx found problems, see above or {warnings}."]
    for page in out.rglob("*.html"):
        if "replays" not in page.parts:
            page.write_text(with_prose(named(page.read_text(encoding="utf-8"))), encoding="utf-8")
    return broken_links(out)


def failed_cells(out: Path) -> list[str]:
    """The error of each notebook that could not be run to its end."""
    reports = out / "reports"
    return [
        f"{path.relative_to(reports).as_posix().removesuffix('.err.log')}.ipynb: "
        f"{ESCAPE.sub('', path.read_text(encoding='utf-8')).strip().splitlines()[-1]}"
        for path in sorted(reports.rglob("*.err.log"))
    ]


def broken_links(out: Path) -> list[str]:
    """The links and pictures of the built pages that lead to no file, or to no such place in it.

    Sphinx checks those of Markdown; this finds also those of raw HTML and of themes. Other hosts are not asked.
    """
    pages = {page: PageLinks.of(page) for page in sorted(out.rglob("*.html"))}
    broken = []
    for page, links in pages.items():
        for address in sorted(links.addresses):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            target = target / "index.html" if target.is_dir() else target
            anchors = pages[target].anchors if target in pages else None
            if not target.is_file():
                broken.append(f"{page.relative_to(out)}: {address} leads to no file.")
            elif parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors:
                broken.append(f"{page.relative_to(out)}: {address} leads to no such place in its page.")
    return broken


class PageLinks(HTMLParser):
    """``addresses`` that a page leads to or shows, and the ``anchors`` in it that can be led to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.anchors = {""}

    @classmethod
    def of(cls, page: Path) -> PageLinks:
        """Those of a file."""
        links = cls()
        links.feed(page.read_text(encoding="utf-8"))
        return links

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each element."""
        values = dict(attrs)
        self.addresses |= {value for name in ("href", "src") if (value := values.get(name))}
        self.anchors |= {value for name in ("id", "name") if (value := values.get(name))}


def named(page: str) -> str:
    """The page with names for what Sphinx and Furo leave nameless to a screen reader; an empty corner is no header."""
    page = EMPTY_HEADER.sub(r"<td\1></td>", page)
    page = page.replace('role="heading">', 'role="heading" aria-level="2">')
    page = page.replace('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="Pages">')
    return re.sub(r'<aside class="(toc-drawer[^"]*)">', r'<aside class="\1" aria-label="On this page">', page)


def with_prose(page: str) -> str:
    """The page with what cells printed marked as prose where no line has columns: its lines may break on a phone."""

    def mark(printed: re.Match[str]) -> str:
        columns = re.search(r"\S {2,}\S", TAG.sub("", printed[0]))
        return printed[0] if columns else printed[0].replace('class="output ', 'class="output prose ', 1)

    return PRINTED.sub(mark, page)


def gather(source: Path, notebooks: list[str] | None) -> None:
    """All pages into ``source``."""
    shutil.copytree(SITE, source)
    docs = source / "docs"
    docs.mkdir()
    for page in sorted((ROOT / "docs").iterdir()):
        if page.is_file():
            shutil.copy(page, docs / page.name)
    for page in ("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"):
        shutil.copy(ROOT / page, source / page)
    write_reference(source / "reference")
    write_replays(source / "extra" / "replays")
    for page in sorted(source.rglob("*.md")):
        depth = len(page.relative_to(source).parents) - 1
        text = linked(page.read_text(encoding="utf-8"), page.relative_to(source))
        page.write_text(with_replays(text, depth), encoding="utf-8")
    (source / "notebooks").mkdir()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = with_replays(linked(cell.source, Path("notebooks") / path.name), 1)
        # The lines are for JupyterLab, which has no replay to play; the page has it at the same place.
        insert_replays(notebook)
        if notebooks is not None and path.stem not in notebooks:
            notebook.metadata["mystnb"] = {"execution_mode": "off"}
        nbformat.write(notebook, source / "notebooks" / path.name)


def linked(text: str, page: Path) -> str:
    """Links to the README lead to the first page, and those to files that are not on the site are only text."""
    text = re.sub(r"\]\((?:\.\./)*README\.md(#[\w-]+)?\)", f"]({'../' * (len(page.parents) - 1)}index.md)", text)
    return re.sub(r"\[([^\]]+)\]\((?:\.\./)*(?:src|tests|tools|benchmarks|binder)/[^)]*\)", r"\1", text)


def with_replays(text: str, depth: int) -> str:
    """The pages that play in the place of their names."""
    return REPLAY.sub(lambda match: frame(match[1], depth), text)


def frame(name: str, depth: int) -> str:
    """A replay in its frame, and a link to it as a page of its own."""
    address = f"{'../' * depth}replays/{name}.html"
    title = html.escape(REPLAYS[name][2], quote=True)
    return (
        f'```{{raw}} html\n<iframe class="replay" loading="lazy" title="Replay: {title}" src="{address}"></iframe>\n'
        f'<p><a href="{address}">{title}, as a page of its own</a></p>\n```'
    )


def insert_replays(notebook: Any) -> None:
    """After each cell with ``site.replay`` in its metadata, the replay of that name."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        name = cell.metadata.get("site", {}).get("replay")
        if name:
            cells.append(nbformat.v4.new_markdown_cell(frame(name, 1)))
    notebook.cells = cells


def write_replays(folder: Path) -> None:
    """The one-file pages of the lessons' tapes, with their sound."""
    import ipyscribe as scribe

    folder.mkdir(parents=True)
    for name, (tape_name, lane, title) in REPLAYS.items():
        tape = scribe.lesson.tape(tape_name)
        exported: Any = tape if lane or len(tape.lanes) == 1 else scribe.Comparison.from_tape(tape)
        options = {"lane": lane} if lane else {}
        scribe.export_html(exported, folder / f"{name}.html", title=title, sound=True, **options)


def write_reference(folder: Path) -> None:
    """A page for each group of names, and one that lists them."""
    import ipyscribe as scribe

    listed = {name for _, *names in REFERENCE.values() for name in names if ":" not in name}
    covered = {names[0].partition(":")[0] for _, *names in REFERENCE.values() if ":" in names[0]}
    missing = set(scribe.__all__) - listed - covered - {"doctor", "export_html"}
    if missing:
        raise SystemExit(f"The reference lacks {', '.join(sorted(missing))}: add them to REFERENCE in tools/site.py.")
    folder.mkdir(exist_ok=True)
    pages = []
    for title, (page, *names) in REFERENCE.items():
        pages.append(page)
        directives = "\n".join(directive for name in names for directive in directives_of(name))
        text = f"# {title}\n\n```{{eval-rst}}\n{directives}\n```\n"
        (folder / f"{page}.md").write_text(text, encoding="utf-8")
    entries = "\n".join(pages)
    (folder / "index.md").write_text(
        "# Reference\n\nMade from the docstrings. `import ipyscribe as scribe` has the names of the first four pages; "
        "`scribe.metrics`, `scribe.export`, `scribe.errors` and `scribe.lesson` are modules. The settings of a session "
        "are in [the protocol](../docs/protocol.md), made from the table that checks them.\n\n"
        f"```{{toctree}}\n{entries}\n```\n",
        encoding="utf-8",
    )


def directives_of(name: str) -> list[str]:
    """What autodoc is asked for: ``name`` of ipyscribe, ``module:name``, or ``module:*`` for all public names."""
    module_name, _, member = name.rpartition(":")
    module = importlib.import_module(f"ipyscribe.{module_name}" if module_name else "ipyscribe")
    members = public_names(module) if member == "*" else [member]
    return [directive_of(module, each) for each in members]


def public_names(module: Any) -> list[str]:
    """The classes and functions of ``__all__``, or for errors the classes of the module."""
    if hasattr(module, "__all__"):
        values = {name: getattr(module, name) for name in module.__all__}
        return [name for name, value in values.items() if inspect.isclass(value) or inspect.isroutine(value)]
    return [
        name for name, value in vars(module).items() if inspect.isclass(value) and value.__module__ == module.__name__
    ]


def directive_of(module: Any, name: str) -> str:
    """The directive for one name, by its kind."""
    value = getattr(module, name)
    kind = "class" if inspect.isclass(value) else "function" if inspect.isroutine(value) else "data"
    return f".. auto{kind}:: {module.__name__}.{name}\n"


if __name__ == "__main__":
    sys.exit(main())
