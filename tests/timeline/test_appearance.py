import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from timeline.measure import beyond, named, overlapping, spans, texts
from timeline.models import NAMES, words

from ipyscribe.errors import ParameterError
from ipyscribe.timeline import describe_words, plot_words
from ipyscribe.timeline.palette import palette_of

PLAIN = {"a": [("Hello,", 100, 500, 750, 750), ("thank", 600, 900, 850, 1_400), ("you", 900, 1_200, 1_300, None)]}


def axes_of(lanes, **options):
    (axes,) = plot_words(lanes, **options).axes
    return axes


def waits(axes, gid, lane=0):
    """Where the marks of a lane stand: seconds, and ms by its own readings, which are taken to be linear."""
    by_text = {tick.get_text().replace(",", ""): tick.get_position()[1] for tick in axes.get_yticklabels()}
    zero = sorted(path.vertices[0][1] for path in named(axes, "zero")[0].get_paths())[lane]
    text, at = max((each for each in by_text.items() if each[0] != "0"), key=lambda each: float(each[0]))
    lanes = len(named(axes, "zero")[0].get_paths())
    px_per_ms = (sorted(by_text_zero(axes))[lanes - 1] - at) / float(text)
    return [
        (round(float(x), 3), pytest.approx((zero - y) / px_per_ms, abs=1))
        for x, y in named(axes, gid)[lane].get_offsets()
    ]


def by_text_zero(axes):
    return [tick.get_position()[1] for tick in axes.get_yticklabels() if tick.get_text() == "0"]


@pytest.mark.parametrize(("count", "width_in"), [(2, 4), (2, 9), (3, 6), (4, 11), (5, 4), (6, 4), (6, 6), (6, 11)])
@pytest.mark.parametrize(
    "options", [{}, {"start_ms": 0, "end_ms": 5_000}, {"start_ms": 2_000, "end_ms": 14_500, "theme": "dark"}]
)
def test_nothing_overlaps_at_two_to_six_models(count, width_in, options):
    figure = plot_words(words(count), width_in=width_in, **options)
    assert overlapping(figure) == []
    assert beyond(figure) == []


def test_marks_stand_over_the_end_of_the_word_at_the_height_of_its_wait():
    axes = axes_of(PLAIN)
    assert waits(axes, "appeared") == [(0.5, 250), (0.9, -50), (1.2, 100)]
    assert waits(axes, "settled") == [(0.5, 250), (0.9, 500)]


def test_a_stem_joins_the_two_marks_of_a_word():
    axes = axes_of(PLAIN)
    (stems,) = named(axes, "stem")
    ends = [sorted(float(y) for _, y in segment) for segment in stems.get_segments()]
    rings, diamonds = (named(axes, gid)[0].get_offsets() for gid in ("appeared", "settled"))
    assert ends == [sorted((float(rings[at][1]), float(diamonds[at][1]))) for at in (0, 1)]


def test_bars_show_when_each_word_was_spoken():
    assert spans(axes_of(PLAIN), "spoken") == [(0.1, 0.5), (0.6, 0.9), (0.9, 1.2)]


def test_all_words_of_all_models_are_drawn():
    axes = axes_of(words(6))
    for gid, column in (("appeared", 3), ("settled", 4)):
        drawn = [len(each.get_offsets()) for each in named(axes, gid)]
        assert drawn == [sum(word[column] is not None for word in lane) for lane in words(6).values()]
    assert texts(axes, "label") == list(NAMES)


def test_lanes_share_one_scale():
    axes = axes_of({"a": [("one", 0, 1_000, 1_400, 1_400)], "b": [("one", 0, 1_000, 2_000, 2_000)]})
    assert waits(axes, "appeared", 0) == [(1.0, 400)]
    assert waits(axes, "appeared", 1) == [(1.0, 1_000)]


def test_words_are_written_where_all_have_room():
    near = axes_of(words(2), start_ms=0, end_ms=5_000)
    assert texts(near, "words")[:3] == ["Hello,", "thank", "you"]
    assert len(texts(near, "words")) == sum(word[2] <= 5_000 for lane in words(2).values() for word in lane)
    far = axes_of(words(2, turns=9), width_in=6)
    assert texts(far, "words") == []
    assert far.get_title(loc="left").replace("\n", " ").endswith("Choose a shorter time range to see the words.")


def test_the_window_is_the_requested_time_range():
    axes = axes_of(words(2), start_ms=6_000, end_ms=9_500)
    assert axes.get_xlim() == (6.0, 9.5)
    shown = [x for each in named(axes, "appeared") for x in each.get_offsets()[:, 0]]
    assert shown
    assert all(6.0 <= x <= 9.5 for x in shown)
    assert axes_of(PLAIN).get_xlim()[0] == 0


def test_axes_have_units_and_the_marks_have_names():
    axes = axes_of(PLAIN)
    assert axes.get_ylabel() == "ms after the word"
    assert axes.get_xlabel() == "audio time"
    assert axes.get_title(loc="left") == "\u25cb appeared, \u25c6 settled, \u25ac spoken."


def test_a_long_wait_is_logarithmic_and_says_from_where():
    late = {"a": [(f"w{at}", at * 300, at * 300 + 250, at * 300 + 500, at * 300 + 500) for at in range(12)]}
    late["a"].append(("late", 4_000, 4_200, 4_500, 12_000))
    axes = axes_of(late)
    assert "Delays are linear to 500 ms, logarithmic beyond." in axes.get_title(loc="left").replace("\n", " ")
    assert {"0", "500", "5,000"} <= {tick.get_text() for tick in axes.get_yticklabels()}


def test_letters_without_a_font_are_boxes_and_it_says_so():
    assert "font missing" not in axes_of(PLAIN).get_title(loc="left")
    strange = {"a": [("\U0001e900", 100, 500, 750, 750)]}
    assert axes_of(strange).get_title(loc="left").endswith("\u25a1: font missing.")


def test_a_model_without_words_says_so():
    axes = axes_of({**PLAIN, "b": []})
    assert texts(axes, "label") == ["a", "b"]
    assert texts(axes, "nothing") == ["no words here"]
    assert texts(axes_of(PLAIN, start_ms=50_000, end_ms=60_000), "nothing") == ["no words here"]


@pytest.mark.parametrize("layout", ["constrained", None])
def test_it_draws_onto_axes_that_it_is_given(layout):
    figure = Figure(figsize=(9, 8), dpi=100, layout=layout)
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, height_ratios=(5, 1))
    lower.plot([0, 1], [0, 1])
    assert plot_words(words(2), ax=upper) is figure
    assert texts(upper, "label") == list(NAMES[:2])
    with pytest.raises(ParameterError, match="pixels high"):
        plot_words(words(4), ax=lower)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_colours_the_figure(theme):
    axes = axes_of(PLAIN, theme=theme)
    assert to_hex(axes.get_facecolor()) == palette_of(theme).background
    assert to_hex(named(axes, "settled")[0].get_facecolor()[0]) == palette_of(theme).settled
    assert to_hex(named(axes, "appeared")[0].get_facecolor()[0]) == palette_of(theme).background


@pytest.mark.parametrize(
    ("word", "named_as"),
    [
        (("x", float("nan"), 1, 2, 3), "The start of word 1 of 'u3-rt-pro' is nan"),
        (("x", 0, 1, float("inf"), 3), "The appearance of word 1 of 'u3-rt-pro' is inf"),
        (("x", 0, None, 2, 3), "The end of word 1 of 'u3-rt-pro' is None"),
        (("x", 9, 1, 2, 3), "before its start"),
        (("x", 0, 1), "has 3 parts"),
    ],
)
def test_a_word_that_cannot_be_is_named(word, named_as):
    with pytest.raises(ParameterError, match=named_as):
        plot_words({"u3-rt-pro": [("ok", 0, 1, 2, 3), word]})


def test_missing_lanes_and_empty_time_ranges_are_refused():
    with pytest.raises(ParameterError, match="lanes is empty"):
        plot_words({})
    with pytest.raises(ParameterError, match="empty"):
        plot_words(PLAIN, start_ms=5, end_ms=5)
    with pytest.raises(ParameterError, match="end_ms is nan"):
        plot_words(PLAIN, end_ms=float("nan"))


def test_the_figure_in_words():
    assert describe_words({**PLAIN, "b": []}) == (
        "When words appeared and settled, 0:00 to 0:05. a: 3 words, appeared 100 ms after their end (median), "
        "settled 375 ms after their end (median), 1 not settled. b: no words."
    )
    assert plot_words(PLAIN).description == describe_words(PLAIN)
    assert "Hello" not in describe_words(PLAIN)
