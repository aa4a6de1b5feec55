"""Going along a comparison, live, running and recorded: what is shown is what the tape says of that moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comparison.speakers import turn
from local.harness import wait_for
from session.sources import Endless
from support.front_end_messages import deliver
from support.scripted_server import Client
from widgets.comparisons import FIRST, SECOND, rows, say
from widgets.conftest import Make, SentMessages

from ipyscribe import Comparison, ComparisonView, Replay


def travel(view: ComparisonView, **message: Any) -> None:
    """What the front end of the bar sends."""
    deliver(view.travel_bar, message)


def words(sent: SentMessages) -> list[list[str]]:
    """The settled words of each model, row by row."""
    cells = [row["cells"] for _, row in sorted(rows(sent).items())]
    return [[" ".join(piece[0] for piece in cell if piece[0]) for cell in row] for row in cells]


def test_a_recording_is_played_paused_and_gone_through(make: Make, sent: SentMessages, tmp_path: Path) -> None:
    both = make(FIRST, SECOND)
    both.run()
    recorded = Comparison.from_tape(both.tape.save(tmp_path / "both.tape"), speed=1000.0)
    view = recorded.view
    assert isinstance(view, ComparisonView)
    deliver(view.panel, {"kind": "hello"})
    wait_for(lambda: len(rows(sent)) == 2)
    assert view.panel.state["buttons"] == []
    assert view.panel.state["source"].startswith("recorded ")
    assert view.travel_bar.state["able"] is True
    travel(view, kind="seek", share=0.0, mark="start")
    wait_for(lambda: rows(sent) == {} and sent.of("position")[-1]["mark"] == "start")
    assert view.panel.state["strip"]["status"] == "ready"
    travel(view, kind="play")
    wait_for(lambda: len(rows(sent)) == 2 and view.panel.state["strip"]["status"] == "ended")
    assert view.panel.state["strip"]["cost"].startswith("$0.")
    for step in range(50):
        travel(view, kind="step", back=True, mark=f"step {step}")
        wait_for(lambda step=step: sent.of("position")[-1]["mark"] == f"step {step}")
        if not rows(sent):
            break
    assert rows(sent) == {}
    travel(view, kind="to_end")
    wait_for(lambda: len(rows(sent)) == 2)
    recorded.close()


def test_an_earlier_moment_of_a_comparison_is_shown_as_it_stood(make: Make, sent: SentMessages) -> None:
    both = make(FIRST, SECOND)
    say(both, kind="hello")
    deliver(both.view.timeline, {"kind": "hello", "width": 500, "ratio": 1})
    both.run()
    both.view.update_saved_copy()
    whole = rows(sent)
    wait_for(lambda: both.view.travel_bar.state["able"])
    picture = wait_for(lambda: sent.of("picture"))[-1]
    assert 0 <= picture["axis"][2] < picture["axis"][3] <= 1
    tape = both.tape
    for share in (0.9, 0.3, 0.6):
        travel(both.view, kind="seek", share=share, mark=f"{share}")
        wait_for(lambda share=share: sent.of("position")[-1]["mark"] == f"{share}")
        clock = Replay(tape)
        time_s = clock.moment_of(share * clock.heard_ms)
        transcripts = [lane.at(time_s - lane.manifest.offset_s) for lane in tape.lanes]
        expected = [" ".join(turn.text for turn in transcript.turns) for transcript in transcripts]
        shown = [" ".join(filter(None, words_of_model)) for words_of_model in zip(*words(sent), strict=True)]
        assert (shown or ["", ""]) == expected
    assert both.view.travel_bar.state["past"] is True
    assert sent.of("metrics")[-1]["rows"][1][0] == "model 1"
    travel(both.view, kind="to_end", mark="end")
    wait_for(lambda: sent.of("position")[-1]["mark"] == "end" and rows(sent) == whole)


def test_a_running_comparison_is_looked_back_at_and_goes_on(make: Make, sent: SentMessages) -> None:
    def talking(client: Client) -> None:
        client.begin()
        client.hear(chunks=3)
        client.say(turn(0, ["so", "we", "meet"], ended=True))
        client.hear("Terminate")
        client.say(turn(1, ["at", "noon"], ended=True))
        client.terminate()

    both = make(talking, talking, source=Endless())
    say(both, kind="hello")
    say(both, kind="command", command="start")
    wait_for(lambda: words(sent) == [["so we meet"] * 2])
    travel(both.view, kind="seek", share=0.0, mark="start")
    wait_for(lambda: rows(sent) == {} and both.view.travel_bar.state["past"])
    assert not both.done
    travel(both.view, kind="to_end")
    wait_for(lambda: not both.view.travel_bar.state["past"] and words(sent) == [["so we meet"] * 2])
    assert both.stop()
    wait_for(lambda: "at noon" in str(words(sent)))
