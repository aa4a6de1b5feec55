"""Models side by side: one source, the aligned words, the numbers, and nobody disturbs anybody."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jiwer
import pytest
from comparison.speakers import CHUNKS_PER_TURN, saying, turn
from matplotlib.text import Text
from session.sources import Endless, tone
from session.test_reconnect import chunks, in_turn, numbered
from support.scripted_server import Client, closed_port, scripted
from support.waiting import LIMIT_S, wait_for

from ipyscribe import Session
from ipyscribe.comparison import Comparison
from ipyscribe.errors import ConnectError, EmptyReferenceError, ParameterError, SessionStateError
from ipyscribe.metrics import normaliser
from ipyscribe.replay import Replay

MODEL = "u3-rt-pro"
TWO = [MODEL, "universal-streaming-english"]
FIRST = ("so we meet at noon", "bring the red lamps")
SECOND = ("so we meat at noon", "bring the lamps")


@contextlib.contextmanager
def comparing(*texts: tuple[str, ...], source: Any = None, **options: Any) -> Iterator[Comparison]:
    """A comparison of servers that say these turns."""
    with contextlib.ExitStack() as servers:
        urls = [servers.enter_context(scripted(saying(*text))).url for text in texts]
        models = {f"model {number}": {"model": MODEL, "endpoint": url} for number, url in enumerate(urls, start=1)}
        yield Comparison(models, source=source or tone(2.5), **options)


def test_words_stand_side_by_side() -> None:
    with comparing(FIRST, SECOND) as both:
        assert both.run() is both
        words = both.aligned_words()
    assert both.done
    assert [(row["model 1"], row["model 2"]) for row in words] == [
        ("so", "so"),
        ("we", "we"),
        ("meet", "meat"),
        ("at", "at"),
        ("noon", "noon"),
        ("bring", "bring"),
        ("the", "the"),
        ("red", None),
        ("lamps", "lamps"),
    ]
    assert [row["agree"] for row in words] == [True, True, False, True, True, True, True, False, True]
    assert words[0]["start_ms"] == 0
    assert words[0]["model 1_appeared_ms"] <= words[0]["model 1_committed_ms"]
    assert words[4]["model 2_appeared_ms"] is not None
    assert {row["first"] for row in words} <= {"model 1", "model 2", None}
    assert [each.texts for each in both.disagreements()] == [("meet", "meat"), ("red", "")]
    assert len(both.audio(0, 500)) == 16_000
    assert any(both.audio(0, 500))


def test_the_table_has_the_word_error_rate_of_jiwer(tmp_path: Path) -> None:
    path = tmp_path / "reference.txt"
    path.write_text("So we meet at noon.\nBring the red lamps!\n", encoding="utf-8")
    # Enough sound that it is sent faster than it was spoken, however busy the machine is.
    with comparing(FIRST, SECOND, source=tone(30), reference=str(path)) as both:
        both.run()
    table = both.table()
    by = normaliser("en")
    for record, text in zip(table, (FIRST, SECOND), strict=True):
        expected = jiwer.process_words(" ".join(by(path.read_text())), " ".join(by(" ".join(text))))
        assert record["wer"] == expected.wer
        assert (record["substitutions"], record["deletions"], record["insertions"]) == (
            expected.substitutions,
            expected.deletions,
            expected.insertions,
        )
        assert record["reference_words"] == 9
    assert [record["model"] for record in table] == ["model 1", "model 2"]
    assert [(score.normalised.rate, score.raw.rate) for score in both.scores().values()] == [
        (record["wer"], record["wer_raw"]) for record in table
    ]
    assert "model 2 against model 1" in str(table)
    assert table.to_dataframe().attrs["notes"] == list(table.notes)
    assert "22.2\u00a0%" in table._repr_html_()
    assert table.warning.startswith("Sound was sent ")
    assert table.warning.endswith(" times as fast as speech: these are not latencies of live speech.")
    assert " ms *" in str(table), "latencies that are not those of live speech are marked"
    assert table.notes[-2] == f"Error rates are those of words as {by.stamp} leaves them."
    assert table.notes[-1] == "Emission and commit: n = 9, 8 words; percentiles interpolate linearly."


def test_typed_words_give_error_rates_for_what_was_listened_to() -> None:
    with comparing(FIRST, SECOND) as both:
        both.run()
    assert both.table()[0]["wer"] is None
    assert any("No reference" in note for note in both.table().notes)
    with pytest.raises(EmptyReferenceError, match="no reference"):
        both.scores()
    both.correct(0, 1000, "So we meet at noon")
    both.correct(1000, 2000, "bring the red lights")
    first, second = both.table()
    assert (first["wer"], second["wer"]) == (1 / 9, 3 / 9)
    assert (first["reference_words"], first["substitutions"]) == (9, 1)
    assert [score.normalised.rate for score in both.scores().values()] == [1 / 9, 3 / 9]
    assert both.scores()["model 1"].raw.rate == 2 / 9
    both.correct(1000, 2000, "")
    assert [each.text for each in both.corrections] == ["So we meet at noon"]
    assert [record["wer"] for record in both.table()] == [0.0, 1 / 5]
    assert any("1 corrected passage (1 s)" in note for note in both.table().notes)


def test_the_tape_gives_the_same_again(tmp_path: Path) -> None:
    with comparing(FIRST, SECOND, reference="so we meet at noon\nbring the red lamps") as both:
        both.run()
    path = both.tape.save(tmp_path / "both.tape")
    again = Comparison.from_tape(str(path), reference="so we meet at noon\nbring the red lamps", speed=1e9)
    for _ in range(2):
        assert again.labels == both.labels
        assert again.transcripts == both.transcripts
        assert again.aligned_words() == both.aligned_words()
        assert again.disagreements() == both.disagreements()
        assert list(again.table()) == list(both.table())
        assert str(again.table()) == str(both.table())
        changed = threading.Event()
        forget = again.on_change(changed.set)
        assert again.start().wait(LIMIT_S)
        forget()
        assert changed.is_set()
    assert again.stop()
    assert Comparison.from_tape(both.tape, labels=["quick", "patient"]).labels == ("quick", "patient")
    assert (again.source, again.sessions, again.errors) == (None, (), {})
    assert repr(again) == "<Comparison of model 1, model 2: recording>"
    with pytest.raises(SessionStateError, match="this one is a recording"):
        again.force_endpoint()


def test_a_recording_shows_all_of_it_before_it_is_played(tmp_path: Path) -> None:
    with comparing(FIRST, SECOND) as both:
        both.run()
    recorded = Comparison.from_tape(both.tape.save(tmp_path / "both.tape"))
    figure = recorded.plot_timeline()
    assert all(label in " ".join(text.get_text() for text in figure.findobj(Text)) for label in both.labels)
    assert "meat" in recorded.freeze().html
    assert recorded.freeze().html == both.freeze().html


def test_a_replay_is_compared_at_the_moment_at_which_it_stands() -> None:
    with comparing(FIRST, SECOND) as both:
        both.run()
    replay = Replay(both.tape)
    begun = Comparison.from_replay(replay)
    assert begun.replay is replay
    assert begun.transcripts["model 1"].turns == ()
    begun.correct(0, 1000, "so we meet at noon")
    assert "meat" in begun.freeze().html
    assert begun.at_end().corrections == begun.corrections
    replay.seek(replay.duration_s)
    assert begun.disagreements() == both.disagreements()


def test_one_that_fails_disturbs_nobody() -> None:
    def refuse(client: Client) -> None:
        client.begin()
        client.hear(chunks=3)
        client.fail(3006, "Invalid input")

    with scripted(saying(*FIRST)) as good, scripted(refuse) as bad:
        nobody = f"ws://127.0.0.1:{closed_port()}"
        both = Comparison(
            {
                "good": {"model": MODEL, "endpoint": good.url},
                "bad": {"model": MODEL, "endpoint": bad.url},
                "nobody": {"model": MODEL, "endpoint": nobody},
            },
            source=tone(2.5),
        )
        both.run()
        assert [turn.text for turn in both.transcripts["good"].turns] == list(FIRST)
        assert set(both.errors) == {"bad", "nobody"}
        assert both.table()[2]["words"] == 0


def test_one_that_reconnects_disturbs_nobody() -> None:
    def breaks_off(client: Client) -> None:
        client.begin()
        client.hear(chunks=CHUNKS_PER_TURN)
        client.say(turn(0, FIRST[0].split(), ended=True))
        client.was_read()
        client.vanish()

    def goes_on(client: Client) -> None:
        client.begin()
        client.hear(chunks=1)
        client.say(turn(0, FIRST[1].split(), ended=True))
        client.hear("Terminate")
        client.terminate()

    # With a bound, sound that waits for the script would keep the answer to its ping from being read.
    with scripted(in_turn(breaks_off, goes_on), unread=None) as restless, scripted(saying(*FIRST)) as calm:
        urls = {"restless": restless.url, "calm": calm.url}
        models = {label: {"model": MODEL, "endpoint": url} for label, url in urls.items()}
        both = Comparison(models, source=numbered(2.5))
        both.run()
        assert [[turn.text for turn in transcript.turns] for transcript in both.transcripts.values()] == [
            list(FIRST)
        ] * 2
        every = list(range(1, 51))
        assert [chunks(bytes(client.audio)) for client in calm.clients] == [every]
        first, second = (chunks(bytes(client.audio)) for client in restless.clients)
        assert sorted({*first, *second}) == every
        assert [row["agree"] for row in both.aligned_words()] == [True] * 9
        unequal = {each.condition: dict(each.values) for each in both.table().unequal}
    assert unequal["reconnects"] == {"restless": 1, "calm": 0}


def test_it_fails_where_all_do() -> None:
    nobody = f"ws://127.0.0.1:{closed_port()}"
    both = Comparison(TWO, source=tone(1), endpoint=nobody, api_key="any")
    with pytest.raises(ConnectError):
        both.run()
    assert both.done


def test_one_live_microphone_for_all_and_the_next_session_ends_it() -> None:
    with comparing(FIRST, SECOND, source=Endless(live=True)) as both, scripted(saying("no")) as other:
        both.start()
        wait_for(lambda: all(session.status == "listening" for session in both.sessions))
        with pytest.raises(SessionStateError, match="is running"):
            both.start()
        with Session(MODEL, source=Endless(live=True), endpoint=other.url):
            assert both.wait(LIMIT_S)
        assert both.errors == {}
        assert len(both.source.streams) == 1


def test_it_can_be_stopped_and_started_again() -> None:
    with comparing(FIRST, SECOND, source=Endless(live=True)) as both:
        assert repr(both) == "<Comparison of model 1, model 2: ready>"
        with both:
            wait_for(lambda: both.audio_ms >= 1000)
            both.pause()
            assert both.paused
            both.resume()
        assert both.stop(timeout_s=0)
        assert (both.started, both.done) == (True, True)
        before = both.sessions
        with both:
            assert both.sessions != before
            assert repr(both).endswith("running>")
        assert repr(both).endswith("over>")


def test_pause_and_endpoint_need_a_running_comparison() -> None:
    with comparing(FIRST, SECOND, source=Endless(live=True)) as both:
        for call in (both.pause, both.resume, both.force_endpoint):
            with pytest.raises(SessionStateError, match="this one is not started"):
                call()
        with both:
            wait_for(lambda: all(session.status == "listening" for session in both.sessions))
            both.force_endpoint()
            wait_for(lambda: all("ForceEndpoint" in sent_text(session) for session in both.sessions))
        with pytest.raises(SessionStateError, match="this one is over"):
            both.pause()


def sent_text(session: Session) -> str:
    """The messages that a session has sent."""
    return " ".join(str(record) for record in session.tape.lane.records() if record[1] == "sent")


def test_its_end_can_be_awaited_while_the_loop_goes_on() -> None:
    async def waiting(both: Comparison) -> int:
        ticks = 0
        both.start()
        ended = asyncio.ensure_future(both.finished())
        while not ended.done():
            ticks += 1
            if ticks == 3:
                both.request_stop()
            await asyncio.wait([ended], timeout=0.01)
        await ended
        return ticks

    with comparing(FIRST, SECOND, source=Endless(live=True)) as both:
        assert asyncio.run(waiting(both)) >= 3
        assert both.done
        asyncio.run(both.finished())
    failing = Comparison(TWO, source=tone(1), endpoint=f"ws://127.0.0.1:{closed_port()}", api_key="any").start()
    with pytest.raises(ConnectError):
        asyncio.run(failing.finished())


def test_it_loads_no_widgets_until_it_is_shown() -> None:
    check = (
        "import sys, ipyscribe; ipyscribe.Comparison; from ipyscribe.comparison import Comparison;"
        "c = Comparison(['local-whisper-tiny.en'] * 2, source=ipyscribe.AudioArray([0] * 16, 16_000)); c.freeze();"
        "assert not {'ipywidgets', 'anywidget', 'IPython'} & {*sys.modules}, 'loaded';"
        "c.view; assert 'ipywidgets' in sys.modules; c.close()"
    )
    subprocess.run([sys.executable, "-c", check], check=True, timeout=LIMIT_S)


def test_the_budget_holds_for_all_together() -> None:
    with comparing(FIRST, SECOND, source=Endless(live=True), max_cost_usd=0.45 * 2 * 1.0 / 3600) as both:
        assert both.usd_per_hour == 0.9
        both.run()
        assert both.cost_usd is not None
        for session in both.sessions:
            assert any(notice.kind == "budget" for notice in session.notices)


def test_the_same_model_twice_has_two_names() -> None:
    both = Comparison([MODEL, MODEL], source=tone(1), endpoint="ws://127.0.0.1:1", api_key="any")
    assert both.labels == (MODEL, f"{MODEL} (2)")
    with pytest.raises(ParameterError, match="is not a time range"):
        both.correct(5, 5, "x")
    assert both.table()[0]["words"] == 0


def test_the_figures_show_every_model() -> None:
    with comparing(FIRST, SECOND, reference="so we meet at noon\nbring the red lamps") as both:
        both.run()
    figures = [both.plot_timeline(), both.plot_latency(), both.plot_accuracy_latency(), both.plot_words(0, 2000)]
    for figure in figures:
        shown = " ".join(text.get_text() for text in figure.findobj(Text))
        assert all(label in shown for label in both.labels)


def test_without_a_reference_the_figure_has_the_latencies_and_says_what_is_missing() -> None:
    with comparing(FIRST, SECOND) as both:
        both.run()
    figure = both.plot_accuracy_latency()
    shown = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
    assert all(label in shown for label in both.labels)
    assert "There are no error rates: give a reference" in shown
    assert "There are no error rates" in figure.description
