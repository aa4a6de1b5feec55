import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import ipyscribe
from ipyscribe.errors import ParameterError
from ipyscribe.timeline.palette import PALETTES, follow_host, palette_of, speaker_colour

# Viénot, Brettel and Mollon (1999) for red and green, Brettel et al. (1997) simplified for blue; linear RGB.
SEEN = {
    "all": np.eye(3),
    "no red": np.array([[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]),
    "no green": np.array([[0.2927, 0.7073, 0.0], [0.2927, 0.7073, 0.0], [-0.0223, 0.0223, 1.0]]),
    "no blue": np.array([[1.0, 0.1446, -0.1446], [0.0, 0.8592, 0.1408], [0.0, 0.8592, 0.1408]]),
    "no colour": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear RGB under D65, where a distance of 2.3 is just noticed."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    parts = to_xyz @ rgb / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(parts > 0.008856, np.cbrt(parts), 7.787 * parts + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio of relative luminances."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(theme):
    colours = palette_of(theme)
    for text in (colours.ink, colours.mute, colours.delay, *colours.models):
        assert contrast(text, colours.background) >= 4.5
    assert contrast(colours.delay, colours.differ) >= 4.5
    for index in range(6):
        assert contrast(colours.on_settled, colours.of_model(index).settled) >= 4.5
    assert contrast(colours.on_unsettled, colours.unsettled) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_and_lines_stand_out(theme):
    colours = palette_of(theme)
    for shape in (colours.settled, colours.delay, colours.mute):
        assert contrast(shape, colours.background) >= 3
    assert contrast(colours.settled, colours.unsettled) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", [eyes for eyes in SEEN if eyes != "no colour"])
def test_colours_stay_apart_for_the_colour_blind(theme, eyes):
    colours = palette_of(theme)
    seen = [
        np.clip(SEEN[eyes] @ linear(c), 0, 1) ** (1 / 2.2) for c in (colours.settled, colours.unsettled, colours.delay)
    ]
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(one - other) > 0.25


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", [eyes for eyes in SEEN if eyes != "no colour"])
def test_models_stay_apart_for_the_colour_blind(theme, eyes):
    seen = [lab(np.clip(SEEN[eyes] @ linear(colour), 0, 1)) for colour in palette_of(theme).models]
    assert len(seen) == 6
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(one - other) > 18


def test_an_unknown_theme_is_named():
    with pytest.raises(ParameterError, match="'sepia'") as caught:
        palette_of("sepia")
    assert '"dark"' in caught.value.advice
    assert set(PALETTES) == {"light", "dark"}


def test_auto_is_the_theme_of_the_page_that_a_widget_is_in() -> None:
    assert palette_of("auto") is PALETTES["light"]
    try:
        follow_host("dark")
        assert palette_of("auto") is PALETTES["dark"]
        assert palette_of("light") is PALETTES["light"]
    finally:
        follow_host("light")


def test_speakers_have_colours_by_the_alphabet() -> None:
    assert [speaker_colour(speaker) for speaker in (None, "", "A", "b", " C ", "G")] == [0, 0, 0, 1, 2, 0]
    assert speaker_colour("Ada") == speaker_colour("Ada ") < 6


@pytest.mark.parametrize("sheet", ["widgets/shared/theme.css", "export/page.css"])
def test_pages_have_the_same_colours_of_models(sheet: str) -> None:
    css = (Path(ipyscribe.__file__).parent / sheet).read_text(encoding="utf-8")
    models = re.findall(r"--(?:ips-)?model-\d: (#\w+);", css)
    assert models == [*palette_of("light").models, *palette_of("dark").models]
