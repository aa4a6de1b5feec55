import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

from ipyscribe.timeline.labels import PX_TO_PT, cut_anywhere, drawable, fit, font, lacks_font, width_px

SENTENCE = "Of course. Could you give me the booking reference, please?"


def rendered_px(text: str, size_px: float, dpi: float) -> float:
    wide, _, _ = RendererAgg(1, 1, dpi).get_text_width_height_descent(text, font(size_px), ismath=False)
    return wide * 96 / dpi


@pytest.mark.parametrize("text", ["so we met ,", "so we met ...", "\u4f60\u597d\u3002"])
def test_no_line_begins_with_closing_punctuation(text):
    lines = [line for room_px in range(5, 90) for line in fit(text, 11, room_px).split("\n")]
    assert text in lines
    assert not any(line.startswith((",", "...", "\u3002")) for line in lines)


@pytest.mark.parametrize("dpi", [96, 192, 144])
@pytest.mark.parametrize("size_px", [10.5, 11.0, 12.0])
@pytest.mark.parametrize("text", [SENTENCE, "universal-streaming-english", "1,130 ms", "up to 12.4 s", "B: Wawa AVAV…"])
def test_widths_are_about_right_and_not_too_small(text, size_px, dpi):
    assert rendered_px(text, size_px, dpi) - 2 <= width_px(text, size_px) <= rendered_px(text, size_px, dpi) * 1.2


def test_letters_of_right_to_left_scripts_stand_from_right_to_left():
    figure = Figure(figsize=(2, 1), dpi=96)
    figure.text(0.1, 0.4, drawable("\u05e9\u05d9"), fontproperties=font(24))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    inked = (np.asarray(canvas.buffer_rgba())[:, :, 0] < 128).any(axis=0)
    edges = np.flatnonzero(np.diff(inked, prepend=False, append=False))
    yod_px, *_, shin_px = edges[1::2] - edges[::2]
    assert 2 * yod_px < shin_px


def test_what_fits_is_whole():
    assert fit(SENTENCE, 11, 1_000) == SENTENCE


def test_lines_break_between_words():
    assert fit(SENTENCE, 11, 220).replace("\n", " ") == SENTENCE
    assert fit(SENTENCE, 11, 220).count("\n") == 1


@pytest.mark.parametrize("room_px", range(10, 170, 7))
def test_what_does_not_fit_is_cut_after_a_word(room_px):
    text = fit(SENTENCE, 11, room_px)
    assert all(width_px(line, 11) <= room_px for line in text.split("\n"))
    if text:
        kept = text.replace("\n", " ")
        assert kept.endswith("\u2026")
        words = kept.removesuffix("\u2026").split()
        assert [word.rstrip(".,") for word in words] == [word.rstrip(".,") for word in SENTENCE.split()[: len(words)]]


def test_a_word_without_room_has_no_label():
    assert fit("internationalisation", 11, 30) == ""
    assert fit("", 11, 30) == ""
    assert fit("hello", 11, -5) == ""


def test_more_lines_only_where_asked_for():
    assert "\n" not in fit(SENTENCE, 11, 120, most_lines=1)


def test_signs_as_wide_as_ideographs_are_cut_between():
    cut = fit("\u26a1" * 20, 11, 60, most_lines=1)
    assert cut.endswith("\u26a1\u2026")
    assert width_px(cut, 11) <= 60


def test_names_are_cut_anywhere():
    assert cut_anywhere("universal-streaming-english", 12, 400) == "universal-streaming-english"
    short = cut_anywhere("universal-streaming-english", 12, 80)
    assert short.startswith("univ")
    assert short.endswith("\u2026")
    assert width_px(short, 12) <= 80
    assert cut_anywhere("universal", 12, 3) == ""


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("plain words", "plain words"),
        ("  two\n\tlines\r\n", "two lines"),
        ("nice \U0001f44d\U0001f3fd", "nice \u25a1\u25a1"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u25a1\u25a1\u25a1"),
        ("right\u202eto\u2066left\u200f", "righttoleft"),
        ("nul\x00bell\x07", "nulbell"),
        ("lone \ud800 half", "lone half"),
        ("$x_1$ \\frac{1}{2}", "$x_1$ \\frac{1}{2}"),
        ("\u0645\u0631\u062d\u0628\u0627", "\u0645\u0631\u062d\u0628\u0627"),
    ],
)
def test_only_characters_of_the_fonts_are_drawn(text, drawn):
    assert " ".join(drawable(text).split()) == drawn


def test_a_letter_that_no_font_has_becomes_a_box():
    assert drawable("a\U0001e900b") == "a\u25a1b"
    assert lacks_font("a\U0001e900b")
    assert not lacks_font("a\u25a1b")


def test_widths_are_in_css_pixels():
    assert width_px("m", 16 / PX_TO_PT) == pytest.approx(width_px("m", 16) / PX_TO_PT, rel=0.1)
