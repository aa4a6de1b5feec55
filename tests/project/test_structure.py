"""Files are short, and those of the front end import each other in one direction."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
FOLDERS = ("src", "tests", "tools", "benchmarks")
IMPORT = re.compile(r'\bfrom "(\.{1,2}/[^"]+)"')


def files(*endings: str) -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in endings)


def test_no_file_is_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in files(".py", ".js", ".css")}
    assert len(lengths) > 400
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_circle_in_the_front_end() -> None:
    """Python's are held by the import contracts."""
    imports = {
        path: {(path.parent / target).resolve() for target in IMPORT.findall(path.read_text(encoding="utf-8"))}
        for path in files(".js")
    }
    assert sum(map(len, imports.values())) > 50
    TopologicalSorter(imports).prepare()
