import itertools
from typing import Any

import pytest
from msgspec.structs import replace
from timeline.speech import call, live_call

from ipyscribe.timeline import describe, plot_timeline
from ipyscribe.transcript import Mark

SEAM = Mark("seam", 15_200.0, "reconnected after 2 s")
SETTINGS = Mark("settings", 24_600.0, "max_turn_silence=900")


def artists(figure: Any, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def test_each_mark_is_a_line_with_a_word() -> None:
    figure = plot_timeline(replace(call(), marks=(SEAM, SETTINGS)))
    assert [line.get_xdata()[0] for line in artists(figure, "mark-line")] == [15.2, 24.6]
    assert [text.get_text() for text in artists(figure, "mark")] == ["reconnected", "settings"]


def test_marks_outside_of_the_window_are_left_out() -> None:
    figure = plot_timeline(replace(call(), marks=(SEAM, SETTINGS)), start_ms=20_000, end_ms=30_000)
    assert len(artists(figure, "mark-line")) == 1


def test_words_of_marks_that_stand_close_do_not_hit_each_other() -> None:
    close = tuple(Mark("paused" if i % 2 else "resumed", 10_000 + 150.0 * i, "") for i in range(20))
    figure = plot_timeline(replace(call(), marks=close))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in artists(figure, "mark")]
    assert len(artists(figure, "mark-line")) == 20
    assert boxes
    assert all(a.x1 <= b.x0 for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("label", ["", "u3-rt-pro"])
def test_they_leave_now_and_the_label_alone(label: str) -> None:
    transcript = live_call()
    now_ms = max(turn.end_ms for turn in transcript.turns) + 300.0
    marks = (*tuple(Mark("seam", now_ms - 500.0 * i, "") for i in range(3)), Mark("seam", 0.0, ""))
    figure = plot_timeline(replace(transcript, marks=marks), now_ms=now_ms, label=label, width_in=4)
    figure.draw_without_rendering()
    [now] = artists(figure, "now")
    others = [*artists(figure, "label"), now]
    assert len(artists(figure, "mark-line")) == len(marks)
    for text in artists(figure, "mark"):
        box = text.get_window_extent()
        assert not any(box.overlaps(other.get_window_extent()) for other in others if other.get_text())


def test_they_are_described_in_words() -> None:
    assert describe(replace(call(), marks=(SEAM,))).endswith(", reconnected after 2 s at 0:15.")
