"""The rows of a comparison: where they begin, what is marked, and that what was drawn stays as it is."""

from __future__ import annotations

from typing import Any

from ipyscribe.comparison.aligned_rows import AlignedRows, context_text
from ipyscribe.comparison.compared_lanes import ComparedLanes
from ipyscribe.protocol import find_model
from ipyscribe.transcript import Arrival, Transcript, Turn, Word

WORD_MS = 300


class Lane:
    """What a comparison reads of a session, set by the test."""

    model = find_model("u3-rt-pro")
    error: Any = None
    done = False
    simulated = False

    def __init__(self) -> None:
        self.transcript = Transcript()

    def on_change(self, _: object) -> None:
        """The test says when to look."""

    def says(self, *turns: str, at_ms: int = 0, late_ms: int = 0, unfinished: bool = False) -> None:
        """Add turns a second apart; the last one is open where it is ``unfinished``."""
        for text in turns:
            order = len(self.transcript.turns)
            start_ms = max([at_ms, *(turn.end_ms + 1000 for turn in self.transcript.turns[-1:])])
            ended = not (unfinished and text == turns[-1])
            words = tuple(
                Word(word, start_ms + WORD_MS * index, start_ms + WORD_MS * index + 250, None, ended)
                for index, word in enumerate(text.split())
            )
            arrival = Arrival(1.0, float(words[-1].end_ms + late_ms))
            turn = Turn(order, text, words, ended, True, False, arrival, arrival if ended else None)
            self.transcript = Transcript((*self.transcript.turns, turn))


def beside(count: int = 2) -> tuple[ComparedLanes, list[Any]]:
    lanes: list[Any] = [Lane() for _ in range(count)]
    return ComparedLanes([f"model {number}" for number in range(count)], lanes), lanes


def texts(aligned: AlignedRows, row: int) -> list[str]:
    return [" ".join(piece[0] for piece in cell) for cell in aligned.row(row)["cells"]]


def looks(aligned: AlignedRows, row: int, lane: int) -> list[tuple[str, str]]:
    return [(text, look) for text, look, _, _ in aligned.row(row)["cells"][lane]]


def test_a_row_is_what_all_said_at_that_time() -> None:
    side, (one, two) = beside()
    one.says("we all meet again at noon", "bring the red lamps too please")
    two.says("We all meet again at noon.")
    two.says("Bring the red lamps too, please.", at_ms=one.transcript.turns[1].start_ms)
    aligned = AlignedRows()
    assert aligned.update(side) == {0, 1}
    assert [aligned.row(row)["start"] for row in (0, 1)] == [0, 2750]
    assert texts(aligned, 1) == ["bring the red lamps too please", "Bring the red lamps too, please."]
    assert aligned.disagreements == []


def test_differences_are_marked_against_what_most_say() -> None:
    side, (one, two, three) = beside(3)
    one.says("we all meet at noon")
    two.says("we all meat at noon")
    three.says("we all meet at noon")
    aligned = AlignedRows()
    aligned.update(side)
    assert looks(aligned, 0, 0) == [("we all", ""), ("meet", "most"), ("at noon", "")]
    assert ("meat", "odd") in looks(aligned, 0, 1)
    [spot] = aligned.row(0)["disagreements"]
    assert (spot["texts"], spot["versions"]) == (("meet", "meat", "meet"), (0, 1, 0))


def test_words_beside_a_difference_are_those_of_most() -> None:
    side, (one, two, three) = beside(3)
    one.says("so we all meet at noon")
    two.says("so we all meat at noon")
    three.says("so we a all meet at noon")
    aligned = AlignedRows()
    aligned.update(side)
    assert context_text(side.settled.slots(0, aligned.disagreements[-1].disagreement.first)) == "so we all"


def test_a_missing_word_is_a_gap_and_two_ways_to_write_are_no_difference() -> None:
    side, (one, two) = beside()
    one.says("bring the red lamps at twenty to nine every day")
    two.says("bring the lamps at 20 to nine everyday")
    aligned = AlignedRows()
    one.done = two.done = True
    aligned.update(side)
    assert ("", "gap") in looks(aligned, 0, 1)
    assert ("red", "odd") in looks(aligned, 0, 0)
    assert [span.texts for span in aligned.disagreements] == [("red", "")]


def test_what_has_not_settled_stands_at_its_time_beside_the_others() -> None:
    side, (one, two) = beside()
    one.says("we all meet again at noon", "bring the red lamps too please")
    two.says("we all meet again at noon bring the", unfinished=True)
    aligned = AlignedRows()
    aligned.update(side)
    assert aligned.disagreements == []
    assert looks(aligned, 0, 1) == [("we all meet again at noon bring the", "new")]
    two.transcript = Transcript()
    two.says("we all meet again at noon")
    two.says("bring the red", at_ms=one.transcript.turns[1].start_ms, unfinished=True)
    assert aligned.update(side) == {0, 1}
    assert looks(aligned, 0, 1)[0][1] == ""
    assert looks(aligned, 1, 1) == [("bring the red", "new")]


def test_a_model_that_has_not_come_so_far_says_nothing_to_a_difference() -> None:
    side, (one, two, three) = beside(3)
    one.says("we all meet at noon")
    two.says("we all meat at noon")
    three.says("we all", unfinished=True)
    aligned = AlignedRows()
    aligned.update(side)
    [span] = aligned.disagreements
    assert span.texts == ("meet", "meat", None)
    assert looks(aligned, 0, 2) == [("we all", "new")]


def test_one_that_an_error_has_ended_contradicts_nobody() -> None:
    side, (one, two) = beside()
    two.says("we all meat at noon")
    two.error, two.done = ValueError(), True
    one.says("we all meet at noon", "bring the red lamps too")
    one.done = True
    aligned = AlignedRows()
    aligned.update(side)
    assert aligned.count == 2
    assert [span.texts for span in aligned.disagreements] == [("meet", "meat")]
    assert [each.texts for each in side.disagreements()] == [("meet", "meat")]


def test_who_was_first_is_counted_for_each_word() -> None:
    side, (one, two) = beside()
    one.says("we all meet", late_ms=200)
    two.says("we all meet", late_ms=900)
    aligned = AlignedRows()
    aligned.update(side)
    assert aligned.firsts == (3, 0)
    assert [piece[2] for piece in aligned.row(0)["cells"][0]] == [700, 700, 700]


def test_only_rows_that_changed_are_named() -> None:
    side, (one, two) = beside()
    for number in range(30):
        one.says(f"this is said as number n{number} of many")
        two.says(f"this is said as number n{number} of many")
    aligned = AlignedRows()
    assert aligned.update(side) == set(range(30))
    assert aligned.update(side) == set()
    one.says("and one more comes at the end")
    assert min(aligned.update(side)) >= 29
    before = [aligned.row(row) for row in range(29)]
    two.says("and one more comes at an end")
    assert min(aligned.update(side)) >= 29
    assert [aligned.row(row) for row in range(29)] == before
    assert len(aligned.disagreements) == 1


def test_who_looks_only_at_the_end_sees_the_same() -> None:
    side, lanes = beside(3)
    live = AlignedRows()
    for number in range(12):
        for lane, word in zip(lanes, ("red", "red", "read"), strict=True):
            lane.says(f"this is the {word} lamp number n{number} of many")
            live.update(side)
    late_side = ComparedLanes(side.labels, lanes)
    late = AlignedRows()
    late.update(late_side)
    assert [late.row(row) for row in range(late.count)] == [live.row(row) for row in range(live.count)]
    assert len(late.disagreements) == 12


def test_a_replay_that_goes_back_takes_words_away() -> None:
    side, lanes = beside()
    for lane in lanes:
        lane.says("we all meet again at noon", "bring the red lamps too please")
    aligned = AlignedRows()
    aligned.update(side)
    complete = [lane.transcript for lane in lanes]
    for lane in lanes:
        lane.transcript = Transcript(lane.transcript.turns[:1])
    aligned.update(side)
    assert aligned.count == 1
    for lane, transcript in zip(lanes, complete, strict=True):
        lane.transcript = transcript
    assert aligned.update(side) == {0, 1}


def test_a_row_ends_without_a_pause_where_it_gets_too_long() -> None:
    side, lanes = beside()
    for lane in lanes:
        lane.says(" ".join(f"w{number}" for number in range(100)))
    aligned = AlignedRows()
    aligned.update(side)
    assert aligned.count == 3


def test_what_steers_the_direction_of_writing_is_left_out() -> None:
    side, (one, two) = beside()
    one.says("we \u202eall meet")
    two.says("we all\u2066 meet", unfinished=True)
    aligned = AlignedRows()
    aligned.update(side)
    assert "\u202e" not in str(texts(aligned, 0))
    assert "\u2066" not in str(texts(aligned, 0))


def test_languages_without_spaces_have_none_between_their_characters() -> None:
    lanes: list[Any] = [Lane(), Lane()]
    side = ComparedLanes(["one", "two"], lanes, language="ja")
    lanes[0].says("今 日 は AI app です")
    aligned = AlignedRows()
    aligned.update(side)
    assert [[piece[0] for piece in cell] for cell in aligned.row(0)["cells"]] == [["今日はAI appです"], []]
    lanes[1].says("今日 も AI app です")
    aligned.update(side)
    assert [piece[0] for piece in aligned.row(0)["cells"][0]] == ["今日", "は", "AI appです"]
    assert side.disagreements()[0].texts == ("は", "も")
    assert context_text(side.settled.slots()) == "今日はAI appです"
