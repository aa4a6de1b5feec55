from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from msgspec.structs import replace
from timeline.measure import (
    all_texts,
    bars,
    ink,
    named,
    overlapping,
    spans,
    sticking_out,
    struck_through,
    texts,
)
from timeline.speech import call, live_call, spoken, talk, turn

from ipyscribe.errors import ParameterError
from ipyscribe.timeline import describe, plot_timeline
from ipyscribe.timeline.palette import palette_of
from ipyscribe.transcript import Transcript

NOTHING = Transcript()
WAITING = replace(call(4), turns=(*call(3).turns, replace(call(4).turns[3], provisional=True)))
EARLY = Transcript((turn(0, "Settled before it was sent", 1_000, 4_000, -600), turn(1, "zero", 5_000, 5_900, 0)))
CROSSING = Transcript(
    (
        turn(0, "hello thank you for calling", 900, 4_700, 3_100),
        turn(1, "hi", 6_100, 7_000, 5_600),
        turn(2, "i would like to change my flight", 7_200, 9_300, 12_400),
        turn(3, "of course", 9_500, 12_000, 900),
    )
)
SHORT = Transcript(tuple(turn(i, "Yes.", 500 + i * 900, 700 + i * 900, 100 + i * 90, speaker="A") for i in range(12)))
PAUSE = Transcript((turn(0, "Hello?", 800, 1_400), turn(1, "Are you still there?", 125_000, 127_000)))
WORDLESS = Transcript((turn(0, "", 1_000, 1_000), turn(1, "", 3_000, 3_000, None)))
SCRIPTS = spoken(
    [
        "$x_1$ costs $5",
        "\u4f60\u597d\uff0c\u4e16\u754c",
        "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645",
        "ok \U0001f44d",
        "na\u00efve",
    ]
)
EVERY = {
    "call": (call(), {}),
    "live": (live_call(), {"now_ms": 20_300}),
    "live window": (live_call(8), {"now_ms": 32_100, "start_ms": 2_000, "end_ms": 32_300}),
    "waiting": (WAITING, {"now_ms": 20_600}),
    "one": (call(1), {}),
    "many": (talk(200), {}),
    "long": (talk(3_000), {}),
    "window": (talk(3_000), {"start_ms": 600_000, "end_ms": 660_000}),
    "early": (EARLY, {}),
    "crossing": (CROSSING, {}),
    "short": (SHORT, {}),
    "pause": (PAUSE, {}),
    "wordless": (WORDLESS, {"now_ms": 4_000}),
    "nothing": (NOTHING, {}),
    "nothing yet": (NOTHING, {"now_ms": 7_000, "start_ms": 0, "end_ms": 60_000}),
    "scripts": (SCRIPTS, {}),
}


def axes_of(transcript, **options):
    (axes,) = plot_timeline(transcript, **options).axes
    return axes


def in_one_row(transcript):
    """The axes of a complete session that would be drawn in several rows."""
    return axes_of(transcript, start_ms=0, end_ms=transcript.turns[-1].end_ms + 10_000)


@pytest.mark.parametrize(
    ("width_px", "label"),
    [
        (320, "u3-rt-pro"),
        (320, "$a_{b}$ \u4f60 " * 9),
        (600, ""),
        (864, "universal-streaming-english"),
        (1_200, "u3-rt-pro"),
    ],
)
@pytest.mark.parametrize("name", EVERY)
def test_nothing_overlaps_and_nothing_sticks_out(name, width_px, label):
    transcript, options = EVERY[name]
    figure = plot_timeline(transcript, width_in=width_px / 96, label=label, **options)
    assert overlapping(figure) == []
    for axes in figure.axes:
        assert struck_through(axes) == []
        assert sticking_out(axes) == []
    for text in all_texts(figure):
        box = ink(text)
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1


@st.composite
def transcripts(draw):
    turns, at_ms = [], 0
    for order in range(draw(st.integers(1, 14))):
        at_ms += draw(st.integers(0, 4_000))
        length_ms = draw(st.integers(0, 6_000))
        delay_ms = draw(st.integers(-1_000, 15_000))
        words = draw(st.text(st.sampled_from("abcdefgh AWim.,$\u4f60\u05d0"), max_size=60))
        turns.append(turn(order, words, at_ms, at_ms + length_ms, delay_ms, speaker=draw(st.sampled_from([None, "A"]))))
        at_ms += length_ms
    return Transcript(tuple(turns))


@pytest.mark.timeout(900)
@settings(max_examples=50, deadline=None, derandomize=True)
@given(transcripts(), st.sampled_from([320, 700, 1_200]), st.one_of(st.none(), st.integers(0, 60_000)))
def test_nothing_overlaps_in_any_session(transcript, width_px, now_ms):
    figure = plot_timeline(transcript, width_in=width_px / 96, now_ms=now_ms)
    assert overlapping(figure) == []
    for axes in figure.axes:
        assert struck_through(axes) == []
        assert sticking_out(axes) == []


def test_bars_lie_on_the_audio_clock():
    axes = axes_of(call(speakers=False))
    assert spans(axes, "settled") == [(each.start_ms / 1000, each.end_ms / 1000) for each in call().turns]
    assert spans(axes, "unsettled") == []
    assert axes.get_xlabel() == "audio time"


def test_silence_is_a_line_between_the_bars():
    lines = spans(axes_of(call(2)), "silence")
    assert lines == [(0, 0.8), (4.8, 6.0)]


def test_silence_after_the_last_word_reaches_to_now():
    assert spans(axes_of(call(2), now_ms=12_000), "silence")[-1] == (9.4, 12.0)


@pytest.mark.parametrize("transcript", [live_call(), WAITING])
def test_what_is_not_settled_is_dashed_and_lighter(transcript):
    axes = axes_of(transcript, now_ms=20_600)
    assert spans(axes, "unsettled") == [(16.1, 19.8)]
    ((_, dashes),) = named(axes, "unsettled")[0].get_linestyle()
    assert len(dashes) == 2
    assert named(axes, "settled")[0].get_linestyle() == [(0, None)]
    assert to_hex(named(axes, "unsettled")[0].get_facecolor()[0]) == palette_of("light").unsettled
    assert to_hex(named(axes, "settled")[0].get_facecolor()[0]) == palette_of("light").settled


def test_the_tail_runs_from_the_last_word_to_the_final():
    axes = axes_of(call(3))
    assert spans(axes, "delay") == [(4.8, 5.15), (9.4, 9.8), (14.1, 14.6)]
    assert spans(axes, "end-of-turn") == [(4.8, 4.8), (9.4, 9.4), (14.1, 14.1)]
    assert texts(axes, "delay-ms") == ["350 ms", "400 ms", "500 ms"]


def test_the_open_turn_has_neither_mark_nor_tail():
    axes = axes_of(live_call(4), now_ms=20_300)
    assert len(spans(axes, "end-of-turn")) == len(spans(axes, "delay")) == 3


def test_a_final_before_the_end_goes_back_and_says_so():
    axes = axes_of(EARLY)
    assert spans(axes, "delay") == [(3.4, 4.0), (5.9, 5.9)]
    assert texts(axes, "delay-ms") == ["\u2212600 ms", "0 ms"]


def test_delays_whose_bars_would_overlap_are_dots_with_their_median():
    axes = axes_of(CROSSING)
    assert named(axes, "delay") == []
    assert texts(axes, "delay-summary") == ["median 4,350 ms", "longest 12.4 s"]
    (dots,) = named(axes, "delay-dot")
    at_s, heights = dots.get_offsets().data.T
    assert list(at_s) == [4.7, 7.0, 9.3, 12.0]
    assert list(heights.argsort()) == [2, 1, 0, 3]  # the longest delay is the lowest
    assert to_hex(dots.get_facecolor()[0]) == palette_of("light").mute


def test_a_delay_without_room_for_its_milliseconds_makes_all_of_them_dots():
    assert len(spans(axes_of(call(4)), "delay")) == 4
    narrow = axes_of(call(4), width_in=3.5, start_ms=0, end_ms=25_000)
    assert (named(narrow, "delay"), len(named(narrow, "delay-dot")[0].get_offsets())) == ([], 4)


def test_words_begin_in_the_bar_or_beside_it_or_above_it():
    axes = axes_of(Transcript((*call(1).turns, turn(1, "Why?", 5_000, 5_100), turn(2, "Because.", 5_300, 5_400))))
    assert texts(axes, "words")[0].startswith("A: Hello")
    assert texts(axes, "words-above") == ["Why?"]
    assert texts(axes, "words-beside") == ["Because."]
    (above,) = named(axes, "words-above")
    assert above.get_position()[0] == pytest.approx(5.0)


def test_a_session_of_many_turns_is_drawn_in_rows_of_one_scale():
    figure = plot_timeline(talk(60), width_in=9)
    windows = [axes.get_xlim() for axes in figure.axes]
    assert 1 < len(windows) <= 8
    assert all(before[1] == pytest.approx(after[0]) for before, after in pairwise(windows))
    assert len({round(high - low, 6) for low, high in windows}) == 1
    assert [axes.get_xlabel() != "" for axes in figure.axes] == [False] * (len(windows) - 1) + [True]
    assert figure.axes[-1].get_xlabel().replace("\n", " ").endswith("median 609 ms, longest 1,382 ms")
    shown = sum(len(named(axes, gid)) for axes in figure.axes for gid in ("words", "words-beside", "words-above"))
    assert shown >= 60 - 3 * len(windows)
    assert len(plot_timeline(talk(3_000)).axes) == 8
    assert len(plot_timeline(talk(60), now_ms=300_000).axes) == 1


def test_words_begin_each_label_after_the_speaker():
    first, *_ = texts(axes_of(call(4)), "words")
    assert first.replace("\n", " ").startswith("A: Hello, thank")
    first, *_ = texts(axes_of(call(4, speakers=False)), "words")
    assert first.startswith("Hello, thank")


def test_the_speaker_stands_alone_where_no_word_fits():
    one = Transcript((turn(0, "Internationalisation", 0, 2_000, speaker="B"), turn(1, "later", 30_000, 34_000)))
    assert texts(axes_of(one, width_in=5), "words")[0] == "B"


def test_letters_without_a_font_are_boxes_and_it_says_so():
    assert texts(axes_of(spoken(["Adlam: \U0001e900"])), "no-font") == ["\u25a1: font missing"]
    assert texts(axes_of(spoken(["A box: \u25a1"])), "no-font") == []


def test_dollars_are_dollars():
    axes = axes_of(spoken(["$x_1$ and $5"], length_ms=9_000), label="$a_b$")
    assert texts(axes, "words") == ["$x_1$ and $5"]
    assert not any(text.get_parse_math() for text in named(axes, "words"))


def test_a_short_turn_is_wide_enough_to_be_seen():
    axes = axes_of(PAUSE)
    box = bars(axes, "settled")[0].transformed(axes.transData)
    assert box.width >= 3


def test_a_turn_without_words_is_a_mark_at_its_arrival():
    axes = axes_of(WORDLESS, now_ms=4_000)
    assert spans(axes, "settled")[0][0] == 1.0
    assert spans(axes, "unsettled")[0][0] == 3.0


def test_a_window_shows_its_time_and_its_turns():
    axes = axes_of(call(speakers=False), start_ms=9_600, end_ms=20_000)
    assert axes.get_xlim() == (9.6, 20.0)
    assert spans(axes, "settled") == [(6.0, 9.4), (10.3, 14.1), (16.1, 19.8)]
    assert named(axes, "delay-dot")[0].get_offsets()[0][0] == 9.4


def test_a_bar_that_began_before_the_window_keeps_its_words():
    axes = axes_of(call(1), start_ms=2_000, end_ms=6_000)
    (label,) = named(axes, "words")
    assert 2.0 < label.get_position()[0] < 2.2


def test_now_is_a_dashed_line_with_its_word():
    axes = axes_of(live_call(), now_ms=20_300)
    (line,) = named(axes, "now-line")
    assert line.is_dashed()
    assert list(line.get_xdata()) == [20.3, 20.3]
    assert texts(axes, "now") == ["now"]
    assert named(axes_of(live_call(), now_ms=20_300, start_ms=0, end_ms=10_000), "now-line") == []


def test_an_empty_transcript_is_described():
    assert texts(axes_of(NOTHING), "nothing") == ["no speech yet"]
    assert texts(axes_of(call(), start_ms=100_000, end_ms=160_000), "nothing") == ["no speech here"]
    assert texts(axes_of(call()), "nothing") == []


def test_a_long_session_is_a_few_shapes():
    axes = in_one_row(talk(3_000))
    assert len(axes.get_children()) < 40
    assert len(named(axes, "delay-dot")[0].get_offsets()) == 3_000
    assert len(spans(axes, "settled")) < 200


def test_long_pauses_show_in_a_long_session():
    assert len(spans(in_one_row(talk(3_000)), "settled")) >= 3_000 // 97


def test_the_open_turn_shows_in_a_long_session():
    turns = talk(3_000).turns
    axes = in_one_row(Transcript((*turns[:-1], replace(turns[-1], ended=False, final=None))))
    (box,) = bars(axes, "unsettled")
    assert box.transformed(axes.transData).width >= 2.9


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_colours_the_figure(theme):
    figure = plot_timeline(call(), theme=theme, label="u3-rt-pro")
    assert to_hex(figure.get_facecolor()) == palette_of(theme).background
    assert to_hex(named(figure.axes[0], "words")[0].get_color()) == palette_of(theme).on_settled
    (name,) = figure.axes[0].get_yticklabels()
    assert to_hex(name.get_color()) == palette_of(theme).ink


def test_the_label_stands_left_and_above_where_it_is_narrow():
    wide, narrow = axes_of(call(3), label="u3-rt-pro"), axes_of(call(3), label="u3-rt-pro", width_in=4)
    assert [text.get_text() for text in wide.get_yticklabels()] == ["u3-rt-pro"]
    assert list(narrow.get_yticklabels()) == []
    assert texts(narrow, "label") == ["u3-rt-pro"]


@pytest.mark.parametrize("layout", ["constrained", "tight", None])
def test_it_draws_onto_axes_that_it_is_given(layout):
    figure = Figure(figsize=(9, 5), dpi=100, layout=layout)
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2)
    lower.plot([0, 1], [0, 1])
    assert plot_timeline(call(), ax=upper, label="universal-streaming-english") is figure
    assert len(spans(upper, "settled")) == 9
    figure.canvas.draw()
    assert sticking_out(upper) == []
    assert struck_through(upper) == []
    assert bars(upper, "settled")[0].transformed(upper.transData).height < 80


def test_it_draws_into_a_subfigure():
    figure = Figure(figsize=(9, 4))
    FigureCanvasAgg(figure)
    left, _ = figure.subfigures(1, 2)
    axes = left.subplots()
    assert plot_timeline(call(), ax=axes) is figure
    figure.canvas.draw()
    assert sticking_out(axes) == []


def test_texts_around_the_axes_suit_the_figure_that_they_lie_on():
    figure = Figure(facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    plot_timeline(live_call(), ax=axes, theme="dark", label="u3-rt-pro", now_ms=20_300)
    assert to_hex(axes.get_facecolor()) == palette_of("dark").background
    assert to_hex(axes.get_yticklabels()[0].get_color()) == palette_of("light").ink
    assert to_hex(named(axes, "now")[0].get_color()) == to_hex(axes.xaxis.label.get_color()) == palette_of("light").mute


def test_width_is_for_a_new_figure():
    assert plot_timeline(call(), width_in=6.0).get_figwidth() == pytest.approx(6.0, abs=0.001)
    with pytest.raises(ParameterError, match="new figure"):
        plot_timeline(call(), ax=Figure().subplots(), width_in=6.0)


@pytest.mark.parametrize("width_in", [0, -1, float("nan"), float("inf"), 0.5, 1_000])
def test_a_width_that_cannot_be_is_refused(width_in):
    with pytest.raises(ParameterError, match="width_in"):
        plot_timeline(call(), width_in=width_in)


def test_the_figure_carries_its_description():
    assert plot_timeline(live_call(), now_ms=20_300).description == describe(live_call(), now_ms=20_300)
