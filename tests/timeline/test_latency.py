from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from timeline.measure import beyond, named, overlapping, texts
from timeline.models import NAMES, latencies

from ipyscribe.errors import ParameterError
from ipyscribe.timeline import describe_latency, plot_latency
from ipyscribe.timeline.palette import palette_of


def axes_of(values_ms, **options):
    (axes,) = plot_latency(values_ms, **options).axes
    return axes


def dots(axes):
    """The values that are drawn, row by row."""
    return [sorted(float(x) for x in each.get_offsets()[:, 0]) for each in named(axes, "dots")]


@pytest.mark.parametrize("width_in", [4, 6, 11])
@pytest.mark.parametrize("count", range(2, 7))
def test_nothing_overlaps_at_two_to_six_models(count, width_in):
    figure = plot_latency(latencies(count), width_in=width_in)
    assert overlapping(figure) == []
    assert beyond(figure) == []


@pytest.mark.timeout(900)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.floats(-5_000, 90_000), max_size=30), min_size=1, max_size=6).filter(any),
    st.sampled_from([4, 7, 11]),
)
def test_nothing_overlaps_whatever_the_values(values, width_in):
    figure = plot_latency({f"model {at}": each for at, each in enumerate(values)}, width_in=width_in)
    assert overlapping(figure) == []
    assert beyond(figure) == []
    (axes,) = figure.axes
    assert dots(axes) == [sorted(each) for each in values if each]


@pytest.mark.parametrize("width_in", [4, 11])
def test_every_value_is_a_dot_within_its_row(width_in):
    axes = axes_of(latencies(6), width_in=width_in)
    assert dots(axes) == [sorted(values) for values in latencies(6).values()]
    low, high = axes.get_xlim()
    assert low < min(map(min, latencies(6).values()))
    assert high > max(map(max, latencies(6).values()))
    heights = [each.get_offsets()[:, 1] for each in named(axes, "dots")]
    assert all(above.max() < below.min() for above, below in pairwise(heights))


def test_equal_values_stand_side_by_side():
    (row,) = named(axes_of({"one": [300.0] * 9 + [400.0]}), "dots")
    assert len({tuple(spot) for spot in row.get_offsets().tolist()}) == 10


def test_median_and_p90_are_marked_and_written():
    axes = axes_of({"a": list(range(0, 1_001, 10)), "b": [100.0, 200.0]})
    assert [line.get_xdata()[0] for line in named(axes, "median")] == [500, 150]
    assert [line.get_xdata()[0] for line in named(axes, "p90")] == pytest.approx([900, 190])
    assert texts(axes, "median-ms") == ["median 500 ms", "median 150 ms"]
    assert texts(axes, "p90-ms") == ["P90 900 ms", "P90 190 ms"]
    assert texts(axes, "n") == ["n = 101", "n = 2"]
    assert named(axes, "p90")[0].is_dashed()
    assert not named(axes, "median")[0].is_dashed()


@pytest.mark.parametrize("width_in", [4, 11])
def test_names_and_n_of_every_model_are_there(width_in):
    axes = axes_of(latencies(6), width_in=width_in)
    assert texts(axes, "label") == list(NAMES)
    assert texts(axes, "n") == [f"n = {len(values):,}" for values in latencies(6).values()]


def test_the_axis_names_measure_and_unit():
    assert axes_of({"a": [1.0, 2.0]}, measure="time to final").get_xlabel() == "time to final (ms)"
    assert axes_of({"a": [1.0, 2.0]}).get_xlabel() == "word emission latency (ms)"


def test_a_long_tail_is_logarithmic_and_says_from_where():
    axes = axes_of({"a": [*range(100, 400), 9_000.0]}, width_in=11)
    assert axes.get_xlabel() == "word emission latency (ms; linear to 500, logarithmic beyond)"
    px = [axes.transData.transform((x, 0))[0] for x in (0, 250, 500, 9_000)]
    assert px[1] - px[0] == pytest.approx(px[2] - px[1])
    assert (px[2] - px[0]) / (px[3] - px[0]) == pytest.approx(0.62, abs=0.02)
    readings = [tick.get_text() for tick in axes.get_xticklabels()]
    assert {"0", "500", "5,000"} <= set(readings)


def test_values_below_zero_are_kept_and_zero_is_a_line():
    axes = axes_of({"a": [-250.0, -10.0, 90.0]})
    assert dots(axes) == [[-250.0, -10.0, 90.0]]
    assert 0.0 in [line.get_xdata()[0] for line in named(axes, "edge")]
    assert "\u2212200" in [tick.get_text() for tick in axes.get_xticklabels()]


def test_a_model_without_values_keeps_its_row():
    axes = axes_of({"a": [100.0], "whisper-rt": []})
    assert texts(axes, "label") == ["a", "whisper-rt"]
    assert texts(axes, "nothing") == ["no values"]
    assert texts(axes, "n") == ["n = 1", "n = 0"]


def test_one_value_is_enough():
    figure = plot_latency({"a": [0.0]})
    assert dots(figure.axes[0]) == [[0.0]]
    assert overlapping(figure) == []


@pytest.mark.parametrize("layout", ["constrained", None])
def test_it_draws_onto_axes_that_it_is_given(layout):
    figure = Figure(figsize=(9, 6), dpi=100, layout=layout)
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2)
    lower.plot([0, 1], [0, 1])
    assert plot_latency(latencies(2), ax=upper) is figure
    assert dots(upper) == [sorted(values) for values in latencies(2).values()]
    with pytest.raises(ParameterError, match="pixels high"):
        plot_latency(latencies(6), ax=lower)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_colours_the_figure(theme):
    axes = axes_of(latencies(2), theme=theme)
    assert to_hex(axes.get_facecolor()) == palette_of(theme).background
    assert to_hex(named(axes, "median")[0].get_color()) == palette_of(theme).ink
    assert to_hex(named(axes, "p90")[0].get_color()) == palette_of(theme).delay


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "fast", True])
def test_a_value_that_is_not_a_number_is_named(value):
    with pytest.raises(ParameterError, match="Value 1 of 'u3-rt-pro'"):
        plot_latency({"u3-rt-pro": [100.0, value]})


def test_no_values_are_refused():
    with pytest.raises(ParameterError, match="values_ms is empty"):
        plot_latency({})
    with pytest.raises(ParameterError, match="no value for a, b"):
        plot_latency({"a": [], "b": []})


def test_the_figure_in_words():
    text = describe_latency({"a": [-40.0, 100.0, 300.0], "b": []}, measure="time to final")
    assert text == "Time to final. a: median 100 ms, P90 260 ms, from \u221240 ms to 300 ms, n = 3. b: no values."
    assert plot_latency(latencies(2)).description == describe_latency(latencies(2))
