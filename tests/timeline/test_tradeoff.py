from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from timeline.measure import all_texts, beyond, ink, named, overlapping, texts
from timeline.models import NAMES, crowd, points

from ipyscribe.errors import ParameterError
from ipyscribe.timeline import ModelPoint, describe_accuracy_latency, plot_accuracy_latency
from ipyscribe.timeline.palette import palette_of
from ipyscribe.timeline.tradeoff import accuracy_latency_png


def axes_of(model_points, **options):
    (axes,) = plot_accuracy_latency(model_points, **options).axes
    return axes


def positions(axes):
    return [(line.get_xdata()[0], pytest.approx(line.get_ydata()[0])) for line in named(axes, "point")]


def covered(axes):
    """The names that lie on a point."""
    spots = [axes.transData.transform(line.get_xydata()[0]) for line in named(axes, "point")]
    return [text.get_text() for text in named(axes, "label") if any(ink(text).contains(*spot) for spot in spots)]


@pytest.mark.parametrize("width_in", [4, 6, 11])
@pytest.mark.parametrize("count", range(2, 7))
@pytest.mark.parametrize("of", [points, crowd])
def test_nothing_overlaps_at_two_to_six_models(of, count, width_in):
    figure = plot_accuracy_latency(of(count), width_in=width_in)
    assert overlapping(figure) == []
    assert beyond(figure) == []
    assert covered(figure.axes[0]) == []


@pytest.mark.timeout(900)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(0, 1.2), st.floats(-200, 9_000)), min_size=1, max_size=6),
    st.sampled_from([4, 9]),
)
def test_nothing_overlaps_wherever_the_points_lie(spots, width_in):
    model_points = [ModelPoint(NAMES[at], wer, latency) for at, (wer, latency) in enumerate(spots)]
    figure = plot_accuracy_latency(model_points, width_in=width_in)
    assert overlapping(figure) == []
    assert beyond(figure) == []
    assert positions(figure.axes[0]) == [(latency, 100 * wer) for wer, latency in spots]


def test_each_model_is_a_point_with_its_name_and_both_intervals():
    axes = axes_of(points(6))
    assert positions(axes) == [(point.latency_ms, 100 * point.wer) for point in points(6)]
    assert texts(axes, "label") == list(NAMES)
    for point, bars in zip(points(6), named(axes, "interval"), strict=True):
        (x0, y0), (x1, y1) = bars.get_segments()[0]
        assert (x0, x1) == pytest.approx(point.latency_interval_ms)
        assert y0 == y1 == pytest.approx(100 * point.wer)
        (x0, y0), (x1, y1) = bars.get_segments()[1]
        assert (y0, y1) == pytest.approx([100 * end for end in point.wer_interval])
        assert x0 == x1 == point.latency_ms


def test_intervals_lie_within_the_axes():
    axes = axes_of(points(6))
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for bars in named(axes, "interval"):
        for segment in bars.get_segments():
            assert all(left < x < right and bottom < y < top for x, y in segment)


def test_models_differ_in_shape_as_in_colour():
    axes = axes_of(points(6))
    assert len({line.get_marker() for line in named(axes, "point")}) == 6
    assert [to_hex(line.get_color()) for line in named(axes, "point")] == list(palette_of("light").models)
    assert [to_hex(text.get_color()) for text in named(axes, "label")] == list(palette_of("light").models)


def test_a_name_away_from_its_point_has_a_line_to_it():
    axes = axes_of(crowd(6), width_in=4)
    spots = [
        axes.transAxes.inverted().transform(axes.transData.transform(line.get_xydata()[0]))
        for line in named(axes, "point")
    ]
    starts = [tuple(line.get_xydata()[0]) for line in named(axes, "leader")]
    assert starts
    for start in starts:
        assert any(start == pytest.approx(spot, abs=1e-6) for spot in spots)


def test_axes_have_units_and_name_the_better_direction():
    axes = axes_of(points(2))
    assert axes.get_xlabel() == "median word emission latency (ms), further left is better"
    assert axes.get_ylabel() == "word error rate (%), lower is better"
    assert axes.get_title(loc="left").startswith("\u2199 Better is lower and further left.")
    assert axes_of(points(2), measure="time to final").get_xlabel() == "time to final (ms), further left is better"


def test_a_model_many_times_as_slow_makes_the_latency_logarithmic():
    axes = axes_of(points(6))
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "median word emission latency (ms, logarithmic), further left is better"
    assert axes_of(points(2)).get_xscale() == "linear"


def test_latencies_below_zero_are_drawn():
    axes = axes_of([ModelPoint("a", 0.1, -40.0), ModelPoint("b", 0.1, 900.0)])
    assert axes.get_xscale() == "linear"
    assert axes.get_xlim()[0] < -40


def test_error_rates_begin_at_zero_where_zero_is_near():
    assert axes_of(points(2)).get_ylim()[0] == 0
    assert axes_of([ModelPoint("a", 0.40, 300), ModelPoint("b", 0.42, 310)]).get_ylim()[0] > 35


@pytest.mark.parametrize(
    ("model_points", "words"),
    [
        (points(2), "Bars are 95 % intervals; where they overlap, this picture does not say which is better."),
        (
            [ModelPoint("a", 0.1, 300, 0.09, 0.11), ModelPoint("b", 0.3, 300, 0.29, 0.31)],
            "Bars are 95 % intervals.",
        ),
        ([ModelPoint("a", 0.1, 300), ModelPoint("b", 0.3, 300)], "Without intervals, differences may be chance."),
    ],
)
def test_the_figure_describes_its_overlapping_intervals(model_points, words):
    assert axes_of(model_points, width_in=11).get_title(loc="left").endswith(words)


def test_a_model_without_a_point_is_named():
    lacking = [*points(1), ModelPoint("whisper-rt", 0.07, None), ModelPoint("mute", None, None)]
    axes = axes_of(lacking, width_in=11)
    title = axes.get_title(loc="left").replace("\n", " ")
    assert title.endswith("Not drawn: whisper-rt (no latency), mute (no error rate and no latency).")
    assert len(positions(axes)) == 1


def test_the_colour_of_a_model_stays_when_another_has_no_point():
    axes = axes_of([ModelPoint("whisper-rt", 0.07, None), *points(1)])
    assert to_hex(named(axes, "point")[0].get_color()) == palette_of("light").models[1]


@pytest.mark.parametrize("layout", ["constrained", None])
def test_it_draws_onto_axes_that_it_is_given(layout):
    figure = Figure(figsize=(10, 7), dpi=100, layout=layout)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    right.plot([0, 1], [0, 1])
    assert plot_accuracy_latency(points(3), ax=left) is figure
    figure.canvas.draw()
    boxes = [ink(text) for text in named(left, "label")]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_axes_that_are_too_low_are_refused():
    figure = Figure(figsize=(9, 1), dpi=96)
    FigureCanvasAgg(figure)
    with pytest.raises(ParameterError, match="pixels high"):
        plot_accuracy_latency(points(2), ax=figure.subplots())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_colours_the_figure(theme):
    figure = plot_accuracy_latency(points(3), theme=theme)
    assert to_hex(figure.get_facecolor()) == palette_of(theme).background
    for text in all_texts(figure):
        assert to_hex(text.get_color()) in {palette_of(theme).mute, *palette_of(theme).models}


@pytest.mark.parametrize("field", ["wer", "latency_ms", "wer_low", "latency_high_ms"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "5 %"])
def test_an_invalid_number_is_named(field, value):
    given_point = ModelPoint(**{"label": "u3-rt-pro", "wer": 0.1, "latency_ms": 300.0} | {field: value})
    with pytest.raises(ParameterError, match=f"{field} of 'u3-rt-pro'"):
        plot_accuracy_latency([given_point])


def test_an_interval_the_wrong_way_round_is_refused():
    with pytest.raises(ParameterError, match="wer interval of 'a'"):
        plot_accuracy_latency([ModelPoint("a", 0.1, 300.0, 0.2, 0.1)])


def test_no_points_are_refused():
    with pytest.raises(ParameterError, match="points is empty"):
        plot_accuracy_latency([])
    with pytest.raises(ParameterError, match="a has no latency, b has no error rate"):
        plot_accuracy_latency([ModelPoint("a", 0.1, None), ModelPoint("b", None, 300.0)])


def test_the_figure_in_words():
    text = describe_accuracy_latency(points(2))
    assert text == (
        "Word error rate against median word emission latency; lower is better for both. "
        "u3-rt-pro: 4.1 % (95 % interval 2.5 to 6.2 %), 310 ms (95 % interval 279 ms to 347 ms). "
        "universal-streaming-english: 6.8 % (95 % interval 4.1 to 10.2 %), 280 ms (95 % interval 252 ms to 314 ms). "
        "Error rate intervals overlap: u3-rt-pro with universal-streaming-english. "
        "Latency intervals overlap: u3-rt-pro with universal-streaming-english."
    )
    assert plot_accuracy_latency(points(2)).description == text
    assert "Error rate intervals overlap for 15 of 15 pairs of models." in describe_accuracy_latency(crowd(6))
    assert "overlap" not in describe_accuracy_latency([ModelPoint("a", 0.1, 300), ModelPoint("b", 0.3, 300)])


def test_arrows_follow_the_path_of_a_sweep() -> None:
    swept = [
        ModelPoint(f"{value} ms", wer=wer, latency_ms=ms)
        for value, wer, ms in ((300, 0.1, 400), (600, 0.08, 600), (900, 0.07, 900))
    ]
    figure = plot_accuracy_latency(swept, paths=[(0, 1, 2)])
    [axes] = figure.axes
    arrows = [text.arrow_patch for text in axes.texts if getattr(text, "arrow_patch", None) is not None]
    assert [arrow.get_gid() for arrow in arrows] == ["path", "path"]
    assert "Arrows follow the values of a setting." in axes.get_title(loc="left").replace("\n", " ")
    assert not [text for text in plot_accuracy_latency(swept).axes[0].texts if getattr(text, "arrow_patch", None)]
    assert accuracy_latency_png(swept, theme="dark", width_px=400, paths=[(0, 1)]).startswith(b"\x89PNG")


def test_a_latency_below_what_clocks_measure_does_not_break_the_axis():
    axes = plot_accuracy_latency([ModelPoint("a", 0.1, 1e-308), ModelPoint("b", 0.1, 900.0)]).axes[0]
    assert axes.get_xscale() == "linear"
