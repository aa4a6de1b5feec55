"""The Python in the documents runs as it stands, against the recogniser on this computer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from notebooks.running import ROOT, executed, printed
from PIL import Image

import ipyscribe as scribe

DOCUMENTS = ["README.md", "docs/index.md"]
EMPTY = "%reset -f"
SPEEDS = {"README.md": 4, "docs/index.md": 1.5}
"""The pace of files where the document does not say it. One document pauses its clip of 9.2 s after 4 s."""
SET_SPEED = "from ipyscribe.audio import AudioFile\nAudioFile.__init__.__kwdefaults__['speed'] = {}\ndel AudioFile"


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, short_clip: Callable[[Path, float], Path]) -> dict[str, list[Any]]:
    """Of each document the cells with their outputs. One kernel runs all, each in an empty namespace."""
    folder = tmp_path_factory.mktemp("documents")
    short_clip(folder / "talk.flac", 9.2)
    spoken = "\n".join(turn.text for turn in scribe.sample_reference()[:2])
    (folder / "talk.txt").write_text(spoken, encoding="utf-8")
    cells = {
        document: [EMPTY, SET_SPEED.format(SPEEDS[document]), *blocks(document, "python")] for document in DOCUMENTS
    }
    rest = iter(executed([cell for each in cells.values() for cell in each], folder).cells)
    return {document: list(itertools.islice(rest, len(each)))[2:] for document, each in cells.items()}


@pytest.mark.kernel
@pytest.mark.recogniser
@pytest.mark.timeout(300)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_python_runs(document: str, done: dict[str, list[Any]]) -> None:
    cells = done[document]
    assert len(cells) >= 3
    [session] = [cell for cell in cells if "in session.iter_turns()" in cell.source]
    assert "how many people are coming" in printed(session)


@pytest.mark.parametrize("heading", ["Try it", "Test it"])
def test_there_is_one_command_to_try_and_one_to_test(heading: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    [block] = re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
    assert block == f"make {heading.split()[0].lower()}\n"


def test_the_table_of_models_is_the_catalogue() -> None:
    rows = re.findall(
        r"^\| `([\w.-]+)` \|.*\| ([^|]+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    expected = [(model.name, model.price.removesuffix(" while open")) for model in scribe.models()]
    assert rows == expected


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md", "src/ipyscribe/audio/sample/README.md"])
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.+)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        parts = urlsplit(target)
        if parts.path and not parts.scheme:
            assert ((ROOT / document).parent / parts.path).exists(), target
        elif not parts.path:
            assert parts.fragment in headings, target


def test_the_moving_picture_moves_and_is_small() -> None:
    path = ROOT / "docs" / "widget.gif"
    assert "(docs/widget.gif)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) > 10
