import threading
from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from msgspec.structs import replace
from timeline.measure import (
    bars,
    beyond,
    ink,
    lines_within,
    named,
    overlapping,
    png_size,
    spans,
    sticking_out,
    struck_through,
    texts,
)
from timeline.models import DIFFER_MS, NAMES, transcripts
from timeline.speech import call, live_call, talk

from ipyscribe.errors import ParameterError
from ipyscribe.timeline import (
    describe_lanes,
    lanes_png,
    placed_timeline,
    plot_lanes,
    plot_latency,
    plot_timeline,
    plot_words,
    turns_at,
)
from ipyscribe.timeline.palette import palette_of
from ipyscribe.transcript import Mark, Transcript


def axes_of(lanes, **options):
    (axes,) = plot_lanes(lanes, **options).axes
    return axes


def middles(axes, gid):
    """The heights around which the bars of a kind lie, from the top."""
    return sorted({round((box.y0 + box.y1) / 2, 3) for box in bars(axes, gid)}, reverse=True)


@pytest.mark.parametrize(
    ("count", "width_in"), [(2, 4), (2, 11), (3, 6), (4, 4), (4, 9), (5, 6), (6, 4), (6, 6), (6, 11)]
)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"differ_ms": DIFFER_MS, "now_ms": 44_600},
        {"differ_ms": DIFFER_MS, "start_ms": 5_000, "end_ms": 20_000, "theme": "dark"},
    ],
)
def test_nothing_overlaps_at_two_to_six_models(count, width_in, options):
    figure = plot_lanes(transcripts(count), width_in=width_in, **options)
    (axes,) = figure.axes
    assert overlapping(figure) == []
    assert beyond(figure) == []
    assert struck_through(axes) == []
    assert sticking_out(axes) == []


@pytest.mark.parametrize("width_in", [4, 9])
def test_every_model_has_a_lane_with_its_name_and_its_bars(width_in):
    figure = plot_lanes(transcripts(6), width_in=width_in)
    (axes,) = figure.axes
    names = {text.get_text(): text for text in figure.findobj(lambda artist: artist.get_gid() == "label")}
    assert list(names) == list(NAMES)
    heights = middles(axes, "settled")
    assert len(heights) == 6
    assert all(above - below >= 1 for above, below in pairwise(heights))
    figure.canvas.draw()
    for height, text in zip(heights, names.values(), strict=True):
        middle_px = axes.transData.transform((0, height))[1]
        assert abs((ink(text).y0 + ink(text).y1) / 2 - middle_px) < (40 if width_in == 4 else 3)
    ends_s = [turn.end_ms / 1000 for transcript in transcripts(6).values() for turn in transcript.turns if turn.settled]
    # Where it is narrow, a short turn is a little longer than it was, so that it can be seen.
    assert sorted(end_s for _, end_s in spans(axes, "settled")) == pytest.approx(sorted(ends_s), abs=0.1)


@pytest.mark.parametrize("width_in", [4, 9])
def test_a_lane_without_words_says_so(width_in):
    figure = plot_lanes({"one": call(4), "other": Transcript()}, width_in=width_in)
    (axes,) = figure.axes
    assert texts(axes, "no-words") == ["no words"]
    assert overlapping(figure) == []
    assert texts(axes_of({"one": call(4), "other": call(2)}), "no-words") == []


def test_lanes_share_one_clock():
    axes = axes_of({"early": call(1), "late": call(9)})
    assert axes.get_xlim()[1] > 44
    assert axes.get_xlabel() == "audio time"
    assert {start for start, _ in spans(axes, "settled")} == {turn.start_ms / 1000 for turn in call(9).turns}


def test_dots_of_all_lanes_have_one_scale():
    axes = axes_of({"quick": talk(30), "slow": later(talk(30), 3_000)})
    quick, slow = (dots.get_offsets().data[:, 1] for dots in named(axes, "delay-dot"))
    depth_of_quick, depth_of_slow = quick.max() - quick.min(), slow.max() - slow.min()
    assert depth_of_quick == pytest.approx(depth_of_slow)  # the same spread, 3 s deeper
    (upper, *_), (lower, *_) = (line.get_segments()[0] for line in named(axes, "no-delay"))
    assert upper[1] - quick.min() < (lower[1] - slow.max())


def later(transcript, delay_ms):
    """The same with finals that came so much later."""
    turns = (
        replace(each, final=replace(each.final, audio_ms=each.final.audio_ms + delay_ms)) for each in transcript.turns
    )
    return Transcript(tuple(turns))


def test_time_spans_have_a_bracket_a_tint_and_a_description():
    axes = axes_of(transcripts(2), differ_ms=DIFFER_MS)
    wide = [span for span in spans(axes, "bracket") if span[1] - span[0] > 0.5]
    assert wide == [(8.3, 9.4), (18.9, 19.8), (40.1, 41.5)]
    assert spans(axes, "differ") == spans(axes, "bracket")
    assert texts(axes, "differ-word") == ["brackets: where they differ"]
    for box in bars(axes, "differ"):
        assert box.y0 < middles(axes, "settled")[-1]
        assert box.y1 > middles(axes, "settled")[0]


def test_a_very_short_time_span_can_be_seen():
    axes = axes_of(transcripts(2), differ_ms=[(25_400, 25_400)])
    (box,) = bars(axes, "bracket")
    assert box.transformed(axes.transData).width == pytest.approx(6, abs=0.1)
    assert (box.x0 + box.x1) / 2 == pytest.approx(25.4, abs=0.01)


def test_time_spans_outside_of_the_window_are_left_out():
    axes = axes_of(transcripts(2), differ_ms=DIFFER_MS, start_ms=9_000, end_ms=15_000)
    assert spans(axes, "bracket") == [(9.0, 9.4)]


def test_the_height_stays_while_differences_come():
    heights = {
        png_size(lanes_png(transcripts(2), theme="light", width_px=600, differ_ms=spans))[1]
        for spans in ([], DIFFER_MS[:1], DIFFER_MS)
    }
    assert len(heights) == 1


@pytest.mark.parametrize("width_in", [4, 9])
def test_a_mark_stands_at_the_lane_of_its_model(width_in):
    axes = axes_of(transcripts(6), width_in=width_in)
    (box,) = lines_within(axes, "mark-line")
    fifth = middles(axes, "settled")[4]
    assert box.x0 == 15.2
    assert fifth - 0.3 < box.y0 < fifth < box.y1 < middles(axes, "settled")[3]


def test_the_line_of_now_crosses_all_lanes():
    axes = axes_of({"one": live_call(), "other": live_call()}, now_ms=20_300)
    (line,) = named(axes, "now-line")
    assert list(line.get_xdata()) == [20.3, 20.3]
    assert line.get_window_extent().height >= axes.bbox.height - 1
    assert texts(axes, "now") == ["now"]


def test_one_lane_is_the_timeline_of_one_model():
    look = {"theme": "dark", "width_px": 700, "ratio": 2.0, "start_ms": 0, "end_ms": 25_000, "now_ms": 20_300}
    transcript = replace(live_call(), marks=(Mark("seam", 5_200.0, "reconnected after 1 s"),))
    assert lanes_png({"u3-rt-pro": transcript}, **look) == placed_timeline(transcript, label="u3-rt-pro", **look).png


def test_an_empty_transcript_is_described():
    assert texts(axes_of({"a": Transcript(), "b": Transcript()}), "nothing") == ["no speech yet"]
    assert texts(axes_of({"a": call(), "b": Transcript()}, start_ms=90_000, end_ms=95_000), "nothing") == [
        "no speech here"
    ]
    assert texts(axes_of({"a": call(), "b": Transcript()}), "nothing") == []


def test_long_sessions_are_a_few_shapes():
    axes = axes_of(dict.fromkeys(NAMES, talk(3_000)), differ_ms=[(at, at + 400) for at in range(0, 9_000_000, 9_000)])
    assert len(axes.get_children()) < 120
    assert len(spans(axes, "bracket")) == 1_000


@pytest.mark.parametrize("layout", ["constrained", None])
def test_it_draws_onto_axes_that_it_is_given(layout):
    figure = Figure(figsize=(10, 9), dpi=100, layout=layout)
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, height_ratios=(3, 1))
    lower.plot([0, 1], [0, 1])
    assert plot_lanes(transcripts(4), ax=upper, differ_ms=DIFFER_MS) is figure
    figure.canvas.draw()
    assert len(middles(upper, "settled")) == 4
    assert sticking_out(upper) == []
    assert struck_through(upper) == []


def test_axes_that_are_too_low_are_refused():
    figure = Figure(figsize=(9, 3), dpi=96)
    FigureCanvasAgg(figure)
    with pytest.raises(ParameterError, match="pixels high") as caught:
        plot_lanes(transcripts(6), ax=figure.subplots())
    assert "inches" in caught.value.advice


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_colours_the_lanes(theme):
    figure = plot_lanes(transcripts(2), theme=theme, differ_ms=DIFFER_MS)
    assert to_hex(figure.get_facecolor()) == palette_of(theme).background
    assert to_hex(named(figure.axes[0], "differ")[0].get_facecolor()[0]) == palette_of(theme).differ
    assert to_hex(named(figure.axes[0], "bracket")[0].get_color()[0]) == palette_of(theme).delay


def test_any_thread_draws_the_same_picture():
    look = {"theme": "light", "width_px": 640, "differ_ms": DIFFER_MS}
    alone = lanes_png(transcripts(3), **look)
    drawn = []
    threads = [
        threading.Thread(target=lambda: drawn.append(lanes_png(transcripts(3), **look)), name=f"draw-{at}")
        for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert drawn == [alone] * 4


def test_no_models_are_refused():
    with pytest.raises(ParameterError, match="transcripts is empty"):
        plot_lanes({})


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((5.0, 1.0), "before it starts"),
        ((float("nan"), 1.0), r"differ_ms\[0\] is nan"),
        ((0.0, None), r"differ_ms\[0\]"),
    ],
)
def test_an_invalid_time_span_is_refused(span, message):
    with pytest.raises(ParameterError, match=message):
        plot_lanes(transcripts(2), differ_ms=[span])


@pytest.mark.parametrize("options", [{"start_ms": 9, "end_ms": 1}, {"theme": "sepia"}, {"width_in": 0}])
def test_lanes_refuse_the_same_options_as_a_timeline(options):
    with pytest.raises(ParameterError):
        plot_lanes(transcripts(2), **options)


def test_the_turns_at_a_moment_are_told():
    lanes = {"one": call(4), "other": Transcript()}
    turn = lanes["one"].turns[1]
    [[before, words, after]] = turns_at(lanes, turn.start_ms + 10)
    assert before.startswith("one · 0:")
    assert words == turn.text
    assert after == f"final {turn.final_delay_ms:,.0f} ms after its last word"
    assert turns_at(lanes, turn.final.audio_ms - 1)[0][1] == turn.text
    assert turns_at(lanes, 1e9) == []


def test_lanes_in_words():
    text = describe_lanes(transcripts(2), differ_ms=DIFFER_MS[:2])
    assert text.startswith("Timelines of 2 models, 0:00 to 0:44. u3-rt-pro: 9 turns, longest pause ")
    assert "universal-streaming-english: 13 turns (the last still open)" in text
    assert text.endswith("They differ at 0:08 and 0:18.")
    assert "flight" not in text
    assert plot_lanes(transcripts(2), differ_ms=DIFFER_MS[:2]).description == text


def test_many_differences_are_counted():
    assert describe_lanes(transcripts(2), differ_ms=[(at, at + 1) for at in range(1_000, 9_000, 1_000)]).endswith(
        "They differ in 8 places, the first at 0:01."
    )
    assert describe_lanes(transcripts(2), differ_ms=[]).endswith("They do not differ.")
    assert "differ" not in describe_lanes(transcripts(2))


def colours_of(figure, gid):
    (axes,) = figure.axes
    found = [each for each in axes.collections if each.get_gid() == gid and len(each.get_facecolor())]
    return [to_hex(each.get_facecolor()[0]) for each in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_model_has_the_same_colour_in_every_picture(theme):
    models = list(palette_of(theme).models[:3])
    words = [("one", 0, 400, 700, 900)]
    assert colours_of(plot_lanes(transcripts(3), theme=theme), "settled") == models
    assert colours_of(plot_latency({name: [1.0, 2.0] for name in NAMES[:3]}, theme=theme), "dots") == models
    assert colours_of(plot_words(dict.fromkeys(NAMES[:3], words), theme=theme), "settled") == models


def test_a_speaker_has_a_colour_and_a_name_that_was_given():
    turns = [replace(turn, speaker="AB"[index % 2]) for index, turn in enumerate(talk(4).turns)]
    named_turns = Transcript(tuple(turns)).with_speakers({"B": "Ben"})
    figure = plot_timeline(Transcript(tuple(turns)))
    (bar,) = [each for each in figure.axes[0].collections if each.get_gid() == "settled"]
    first, second, *_ = map(to_hex, bar.get_facecolor())
    assert (first, second) == palette_of("light").models[:2]
    assert [turn.speaker for turn in named_turns.turns[:2]] == ["A", "Ben"]
    assert any("Ben" in text.get_text() for text in plot_timeline(named_turns).axes[0].texts)
