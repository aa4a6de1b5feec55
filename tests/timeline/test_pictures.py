import io
import threading

import matplotlib as mpl
import matplotlib.image
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.colors import to_rgb
from timeline.measure import png_size
from timeline.models import DIFFER_MS, latencies, points, transcripts, words
from timeline.speech import call, live_call, talk

from ipyscribe.errors import ParameterError
from ipyscribe.timeline import (
    describe,
    placed_timeline,
    plot_accuracy_latency,
    plot_lanes,
    plot_latency,
    plot_timeline,
    plot_words,
)
from ipyscribe.timeline.palette import palette_of
from ipyscribe.transcript import Transcript

LIVE = {"theme": "light", "start_ms": 0, "end_ms": 22_000, "now_ms": 20_300, "label": "u3-rt-pro"}

STYLE = {
    "text.usetex": True, "text.parse_math": True, "font.family": "monospace", "font.size": 30, "axes.grid": True,
    "axes.grid.axis": "both", "axes.facecolor": "red", "figure.facecolor": "red", "savefig.facecolor": "red",
    "savefig.bbox": "tight", "figure.dpi": 300, "figure.constrained_layout.use": True, "xtick.minor.visible": True,
    "xtick.labelsize": 30, "ytick.labelsize": 30, "axes.labelcolor": "red", "text.color": "red", "grid.alpha": 0.1,
    "xtick.direction": "in", "axes.axisbelow": False, "lines.linewidth": 9, "axes.labelsize": 30, "xtick.top": True,
    "xtick.labeltop": True, "axes.titley": 0.3, "axes.titlelocation": "right",
    "axes.titleweight": "bold", "yaxis.labellocation": "top", "scatter.marker": "x",
    "xtick.labelbottom": False, "xaxis.labellocation": "left", "axes.labelweight": "bold",
}  # fmt: skip
COMPARISONS = [
    lambda: plot_lanes(transcripts(2), differ_ms=DIFFER_MS, width_in=8.0),
    lambda: plot_latency(latencies(3), width_in=8.0),
    lambda: plot_accuracy_latency(points(3), width_in=8.0),
    lambda: plot_words(words(2), width_in=8.0),
]


def pixels(picture: bytes):
    return matplotlib.image.imread(io.BytesIO(picture), format="png")


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0, 2.625, 3.0])
@pytest.mark.parametrize("width_px", [320, 333.5, 641, 800, 1_199])
def test_the_picture_has_the_pixels_asked_for(width_px, ratio):
    wide, high = png_size(placed_timeline(Transcript(), theme="light", width_px=width_px, ratio=ratio).png)
    assert wide == round(width_px * ratio)
    assert high == round(png_size(placed_timeline(Transcript(), theme="light", width_px=320).png)[1] * ratio)


def test_the_height_stays_while_words_come():
    heights = {
        png_size(placed_timeline(transcript, width_px=500, **LIVE).png)[1]
        for transcript in (Transcript(), call(1), live_call(), call())
    }
    assert len(heights) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_background_is_the_theme_s(theme):
    corner = pixels(placed_timeline(call(), theme=theme, width_px=400).png)[0, 0]
    assert corner[:3] == pytest.approx(to_rgb(palette_of(theme).background), abs=0.01)
    assert corner[3] == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_settled_bar_is_filled_and_an_open_one_outlined(theme):
    picture = pixels(placed_timeline(live_call(), width_px=800, **(LIVE | {"theme": theme, "label": ""})).png)[..., :3]
    left, per_s = 26, (800 - 52) / 22
    row = 37
    settled, unsettled = (
        [tuple(picture[row, round(left + per_s * second)]) for second in (begin + 0.5, end - 0.5)]
        for begin, end in ((0.8, 4.8), (16.1, 19.8))
    )
    near = {"abs": 0.01}
    assert all(pixel == pytest.approx(to_rgb(palette_of(theme).settled), **near) for pixel in settled)
    assert all(pixel == pytest.approx(to_rgb(palette_of(theme).unsettled), **near) for pixel in unsettled)


def test_pictures_are_small():
    window = {"start_ms": 600_000, "end_ms": 660_000, "now_ms": 659_000}
    assert len(placed_timeline(talk(500), theme="light", width_px=800, **window).png) < 40_000


def test_threads_draw_the_same_picture():
    alone = placed_timeline(live_call(), width_px=640, **LIVE).png
    drawn: list[bytes] = []

    def draw() -> None:
        for _ in range(4):
            drawn.append(placed_timeline(live_call(), width_px=640, **LIVE).png)
            plot_timeline(call())._repr_png_()

    threads = [threading.Thread(target=draw, name=f"draw-{index}") for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert drawn == [alone] * 16


def test_the_user_s_style_changes_nothing():
    plain = placed_timeline(live_call(), width_px=640, **LIVE).png
    with mpl.rc_context(STYLE):
        assert placed_timeline(live_call(), width_px=640, **LIVE).png == plain


@pytest.mark.parametrize("draw", COMPARISONS)
def test_the_user_s_style_changes_no_comparison(draw):
    plain = draw()._repr_png_()
    with mpl.rc_context(STYLE):
        assert draw()._repr_png_() == plain


@pytest.mark.parametrize("draw", COMPARISONS)
def test_a_cell_shows_a_comparison_with_its_words(draw):
    bundle, metadata = DisplayFormatter().format(draw())
    assert png_size(bundle["image/png"])[0] == 8 * 96 * 2
    assert bundle["text/plain"] == metadata["image/png"]["alt"]
    assert "u3-rt-pro" in bundle["text/plain"]


def test_a_cell_shows_the_figure_without_pyplot():
    figure = plot_timeline(call(), width_in=8.0)
    bundle, metadata = DisplayFormatter().format(figure)
    assert png_size(bundle["image/png"])[0] == 8 * 96 * 2
    assert metadata["image/png"]["width"] == 8 * 96
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == describe(call())
    assert figure.dpi == 96


def test_a_figure_can_be_saved_as_vectors():
    into = io.BytesIO()
    plot_timeline(live_call(), now_ms=20_300).savefig(into, format="svg")
    assert b"</svg>" in into.getvalue()


@pytest.mark.parametrize("width_px", [0, -5, 79, 20_000, float("nan"), float("inf")])
def test_a_width_that_makes_no_picture_is_refused(width_px):
    with pytest.raises(ParameterError, match="width_px"):
        placed_timeline(call(), theme="light", width_px=width_px)


@pytest.mark.parametrize("ratio", [0, -1, float("nan"), float("inf")])
def test_a_ratio_that_makes_no_picture_is_refused(ratio):
    with pytest.raises(ParameterError, match="ratio"):
        placed_timeline(call(), theme="light", width_px=400, ratio=ratio)


def test_an_unknown_theme_is_refused():
    with pytest.raises(ParameterError, match="sepia"):
        placed_timeline(call(), theme="sepia", width_px=400)
    with pytest.raises(ParameterError, match="sepia"):
        plot_timeline(call(), theme="sepia")
