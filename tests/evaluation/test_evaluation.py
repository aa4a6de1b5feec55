"""Many recordings through the same models: pooled figures, and nothing lost whatever ends it."""

from __future__ import annotations

import contextlib
import html
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jiwer
import pytest
from comparison.speakers import saying
from matplotlib.text import Text
from support.scripted_server import Client, ScriptedServer, scripted

from ipyscribe import sweep
from ipyscribe.errors import AudioFileError, ConnectError, ParameterError, StorageError
from ipyscribe.evaluation import Evaluation, Recording
from ipyscribe.metrics import normaliser
from ipyscribe.tape import Tape

SAID = ("So we meet at noon.", "Bring the red lamps!", "See you there.")
FIRST = ("so we meet at noon", "bring the red lamps", "see you there")
SECOND = ("so we meat at noon", "bring the lamps", "see you there")
QUICK = {"at_once": 1, "speed": 4.0, "silence_s": 0.0}


def in_turn(texts: Sequence[str]) -> Callable[[Client], None]:
    """A script that says the next of ``texts`` at each connection; an empty one is a failure of the server."""
    coming = iter(texts)

    def script(client: Client) -> None:
        text = next(coming)
        if text:
            saying(text)(client)
        else:
            client.begin()
            client.hear(chunks=5)
            client.close(1008, "Insufficient funds")

    return script


def tape_of(folder: Path, name: str) -> Path:
    """The tape of a recording in a folder of results."""
    [path] = folder.glob(f"{name}-*.tape")
    return path


@contextlib.contextmanager
def serving(*models: Sequence[str]) -> Iterator[tuple[list[Any], list[ScriptedServer]]]:
    """Models that say these texts, one at each recording, and the servers in which they live."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(scripted(in_turn(texts))) for texts in models]
        yield (
            {
                f"model {number}": {"model": "u3-rt-pro", "endpoint": server.url, "reconnect_for_s": 0}
                for number, server in enumerate(servers, start=1)
            },
            servers,
        )


def test_figures_are_pooled_over_all_recordings(recordings: Path) -> None:
    begun: list[tuple[int, int, str]] = []
    with serving(FIRST, SECOND) as (models, _):
        both = Evaluation(models, recordings, **QUICK)
        assert both.run(lambda number, of, recording: begun.append((number, of, recording.name))) is both
    assert begun == [(1, 3, "a.wav"), (2, 3, "b.wav"), (3, 3, "c.wav")]
    by = normaliser("en")
    table = both.table()
    for record, texts in zip(table, (FIRST, SECOND), strict=True):
        references, hypotheses = ([" ".join(by(text)) for text in each] for each in (SAID, texts))
        assert record["wer"] == jiwer.wer(references, hypotheses)
        assert record["wer_mean"] == pytest.approx(
            sum(jiwer.wer(reference, hypothesis) for reference, hypothesis in zip(references, hypotheses, strict=True))
            / 3
        )
        assert record["cer"] == jiwer.cer(references, hypotheses)
        assert (record["recordings"], record["reference_words"], record["turns"]) == (3, 12, 3)
        assert record["word_emission_ms_n"] == record["words"] == sum(len(text.split()) for text in texts)
    assert [record["perfect_share"] for record in table] == [1, pytest.approx(1 / 3)]
    assert [record["transcribed_share"] for record in table] == [1, 1]
    assert (table[1]["wer_low"], table[1]["wer_high"]) == (None, None)
    assert table.differences[0].startswith("WER, ")
    assert "too few to tell (n = 3)" in table.differences[0]
    assert "WER, model 2 against model 1: " in table.differences[0]
    assert "n = 3" in table.differences[0]
    assert "n = 3" in table.differences[1]
    assert "times as fast as speech" in table.warning
    assert any("whisper-english@" in note for note in table.notes)
    assert both.cost_usd == pytest.approx(sum(record["cost_usd"] for record in table))

    records = both.records()
    assert [(record["recording"], record["model"]) for record in records] == list(
        itertools.product(("a.wav", "b.wav", "c.wav"), ("model 1", "model 2"))
    )
    assert [record["wer"] for record in records[1::2]] == [0.2, 0.25, 0]
    for figure in (both.plot_latency(), both.plot_accuracy_latency()):
        assert figure.axes[0].has_data()


def test_it_goes_on_where_it_ended(recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"

    def interrupt(number: int, of: int, recording: Recording) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with serving(FIRST, SECOND) as (models, servers):
        both = Evaluation(models, recordings, folder=folder, **QUICK)
        with pytest.raises(KeyboardInterrupt):
            both.run(interrupt)
        assert [recording.name for recording in both.left] == ["b.wav", "c.wav"]
        assert "1 of 3 recordings were played." in both.table().notes
        again = Evaluation(models, recordings, folder=folder, **QUICK)
        assert repr(again) == "<Evaluation of model 1, model 2: 1 of 3 recordings played>"
        again.run()
        assert [len(server.clients) for server in servers] == [3, 3]
        done = Evaluation(models, recordings, folder=folder, **QUICK).run()
        assert [len(server.clients) for server in servers] == [3, 3]
    assert sorted(path.name[:6] for path in folder.glob("*.tape")) == ["a.wav-", "b.wav-", "c.wav-"]
    assert done.table() == again.table()
    assert done.table().differences == again.table().differences
    assert Tape.load(tape_of(folder, "b.wav")).audio() == b""


def test_a_folder_of_other_models_or_with_a_broken_tape(recordings: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results"
    with serving(FIRST) as (models, _):
        Evaluation(models, recordings, folder=folder, **QUICK).run()
        with pytest.raises(ParameterError, match="holds results of other models"):
            Evaluation(["local-whisper-tiny.en"], recordings, folder=folder, **QUICK)
        tape_of(folder, "b.wav").write_bytes(b"not a tape")
        with pytest.raises(ParameterError, match=r"'b\.wav-\w+\.tape' in .* cannot be read"):
            Evaluation(models, recordings, folder=folder, **QUICK)
        file = tmp_path / "a file"
        file.write_text("")
        with pytest.raises(StorageError, match="cannot be used"):
            Evaluation(models, recordings, folder=file, **QUICK)


def test_a_recording_at_which_one_model_fails_counts_for_none(recordings: Path) -> None:
    with serving((FIRST[0], "", FIRST[2], FIRST[1]), (*SECOND, SECOND[1])) as (models, servers):
        both = Evaluation(models, recordings, **QUICK).run()
        assert list(both.failures) == ["b.wav"]
        table = both.table()
        assert [record["reference_words"] for record in table] == [8, 8]
        assert "2 of 3 recordings were played." in table.notes
        assert any(note.startswith("b.wav is left out: a model failed at it. model 1: ") for note in table.notes)
        both.run()
        assert [len(server.clients) for server in servers] == [4, 4]
    assert (both.failures, both.left) == ({}, ())
    assert [record["reference_words"] for record in both.table()] == [12, 12]


def test_an_error_of_all_models_is_raised_and_nothing_is_lost(recordings: Path) -> None:
    with serving((FIRST[0], "", *FIRST[1:])) as (models, _):
        alone = Evaluation(models, recordings, **QUICK)
        with pytest.raises(Exception, match="Insufficient funds"):
            alone.run()
        assert [recording.name for recording in alone.left] == ["b.wav", "c.wav"]
        alone.run()
    assert [record["wer"] for record in alone.table()] == [0]
    assert alone.table().differences == ()


def test_the_budget_holds_for_all_together(recordings: Path) -> None:
    could_usd, costs_usd = 1.2 / 3600 * 0.45, 7 / 3600 * 0.45  # by the length of the sound; by the server's count
    with serving(FIRST) as (models, servers):
        alone = Evaluation(models, recordings, max_cost_usd=costs_usd + 1.5 * could_usd, **QUICK)
        assert alone.duration_s == pytest.approx(3.6)
        assert alone.expected_cost_usd == pytest.approx(3 * could_usd)
        alone.run()
        assert len(servers[0].clients) == 2
    assert [recording.name for recording in alone.left] == ["c.wav"]
    assert alone.cost_usd == pytest.approx(2 * costs_usd)
    with pytest.raises(ParameterError, match="max_cost_usd needs the price"):
        Evaluation(["a-model-of-tomorrow"], recordings, max_cost_usd=1, api_key="k")
    lengths: dict[str, Any] = {"api_key": "k", "silence_s": 0, "max_cost_usd": 1}
    priced = Evaluation(["a-model-of-tomorrow", "u3-rt-pro"], recordings, price_per_hour_usd=2, **lengths)
    assert priced.expected_cost_usd == pytest.approx(3.6 / 3600 * 4)
    one_alone = {"new": {"model": "a-model-of-tomorrow", "price_per_hour_usd": 2}, "old": "u3-rt-pro"}
    assert Evaluation(one_alone, recordings, **lengths).expected_cost_usd == pytest.approx(3.6 / 3600 * 2.45)


def test_before_anything_was_heard(recordings: Path) -> None:
    both = Evaluation(["u3-rt-pro", "whisper-rt"], recordings, api_key="k", max_cost_usd=0.0001).run()
    table = both.table()
    assert [record["wer"] for record in table] == [None, None]
    assert "0 of 3 recordings were played." in table.notes
    assert (both.records(), both.cost_usd) == ([], 0)


def test_what_cannot_be_played_is_told_before_anything_is_opened(recordings: Path) -> None:
    (recordings / "b.wav").write_bytes(b"RIFF")
    with pytest.raises(AudioFileError, match=r"b\.wav"):
        Evaluation(["u3-rt-pro"], [(recordings / "b.wav", "x")], api_key="k")
    with pytest.raises(ParameterError, match="models="):
        Evaluation([], recordings)
    with pytest.raises(ParameterError, match="silence_s=-1"):
        Evaluation(["u3-rt-pro"], [(recordings / "a.wav", "x")], silence_s=-1, api_key="k")
    with pytest.raises(ParameterError, match="speed"):
        Evaluation(["u3-rt-pro"], [(recordings / "a.wav", "x")], speed=-math.inf, api_key="k")


def test_a_server_that_is_not_there(recordings: Path) -> None:
    with pytest.raises(ConnectError):
        Evaluation(["u3-rt-pro"], recordings, endpoint="ws://127.0.0.1:9", api_key="k").run()


def test_references_without_a_word_that_counts_are_left_out_and_named(recordings: Path) -> None:
    (recordings / "b.txt").write_text("Um.")
    (recordings / "c.txt").write_text("[laughter]")
    with serving(FIRST) as (models, _):
        alone = Evaluation(models, recordings, **QUICK)
        assert alone.left_out == {
            "b.wav": "its reference 'Um.' has no word that counts",
            "c.wav": "its reference '[laughter]' has no word that counts",
        }
        table = alone.run().table()
    assert table[0]["recordings"] == 1
    assert "b.wav is left out: its reference 'Um.' has no word that counts." in table.notes
    (recordings / "a.txt").write_text("Hmm.")
    with pytest.raises(ParameterError, match="No reference contains a word"):
        Evaluation(["u3-rt-pro"], recordings, api_key="k")


def test_alternatives_count_for_each_model_as_they_suit_it(recordings: Path) -> None:
    (recordings / "talk.stm").write_text(
        "a 1 s 0.0 1.2 <o,f0,m> so we { meet / meat / @ } at (real) noon\nb 1 s 0.0 1.2 bring { the / a } red lamps\n"
    )
    with serving(("so we meat at noon", "bring a red lamps"), ("so we meet at real noon", "bring red lamp")) as (
        models,
        _,
    ):
        both = Evaluation(models, recordings / "talk.stm", **QUICK).run()
    assert [record["wer"] for record in both.records()] == [0, 0, 0, 0.5]
    assert [(record["substitutions"], record["deletions"]) for record in both.table()] == [(0, 0), (1, 1)]


def test_a_sweep_is_a_path_in_the_table_and_in_the_pictures(recordings: Path) -> None:
    words = (("so we meat", "bring the lamps", "see you there"), SECOND, FIRST)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(scripted(in_turn(texts))) for texts in words]
        lanes = sweep("universal-streaming-english", max_turn_silence=[300, 600, 1200])
        for settings, server in zip(lanes.values(), servers, strict=True):
            settings |= {"endpoint": server.url}  # type: ignore[typeddict-item]
        swept = Evaluation(lanes, recordings, api_key="k", **QUICK).run()
    table = swept.table()
    assert [record["model"] for record in table] == [f"max_turn_silence={value}" for value in (300, 600, 1200)]
    assert [round(record["wer"], 3) for record in table] == [0.333, 0.167, 0]
    [path] = [note for note in table.notes if note.startswith("Along max_turn_silence 300, 600, 1200: WER ")]
    assert "33.3 % → 16.7 % → 0.0 %; median word emission" in path
    assert swept.summary().paths == [(0, 1, 2)]
    texts = [text.get_text() for text in swept.plot_accuracy_latency().findobj(Text)]
    assert any("Arrows follow the values of a setting." in text for text in texts)
    assert path in html.unescape(swept.freeze().html)
