import re
from pathlib import Path

from msgspec.structs import replace
from support.html import Reader

from ipyscribe.export import Frozen, freeze, static_html
from ipyscribe.export.export_lanes import ExportLane, page_title
from ipyscribe.transcript import Arrival, Transcript, Turn, Word


def turn(order: float, text: str, *, ended: bool = True, speaker: str | None = None) -> Turn:
    start_ms = round(2000 * order)
    arrival = Arrival(1.0 + order, start_ms + 1500.0)
    words = (Word(text, start_ms, start_ms + 900, 0.9, True),)
    return Turn(int(order), text, words, ended, True, False, arrival, arrival if ended else None, speaker=speaker)


def test_transcript_and_timeline_are_there() -> None:
    page = Reader(static_html(Transcript((turn(0, "Hello."), turn(40, "Bye.", speaker="B"))), source="model · file"))
    for part in ("model · file", "0:00", "Hello.", "1:20", "Bye."):
        assert part in page.text
    light, dark = [attributes for tag, attributes in page.tags if tag == "img"]
    for picture in (light, dark):
        assert (picture["src"] or "").startswith("data:image/png;base64,")
    assert light["alt"] == "Timeline, described below"
    assert "display:none" in (dark["style"] or "")  # where no rule of the host shows it
    assert "2 turns" in page.text


def test_an_unfinished_turn_is_called_so() -> None:
    assert "(unfinished)" in static_html(Transcript((turn(0, "Hello"), turn(1, "I am", ended=False))))
    assert "(unfinished)" not in static_html(Transcript((turn(0, "Hello"),)))


def test_a_running_session_shows_its_newest_part() -> None:
    transcript = Transcript(tuple(turn(10 * second, f"turn {second}.") for second in range(30)))
    page = static_html(transcript, most=5)
    assert [f"turn {number}." in page for number in (24, 25, 29)] == [False, True, True]
    assert "The newest turns. The 25 before them are shown once the session has ended." in page
    assert "Timeline, 8:20 to 9:40: 5 turns" in page
    assert "newest turns" not in static_html(transcript, most=30)
    assert "newest turns" not in static_html(transcript)


def test_an_empty_transcript() -> None:
    assert "No speech recognised yet." in static_html(Transcript())


def test_it_needs_no_script_and_no_address() -> None:
    page = static_html(Transcript((turn(0, "Hello."),)))
    assert re.search(r"https?:|<script|@import|url\(|\son\w+=", page) is None


def test_untrusted_text_stays_text() -> None:
    hostile = "</td><script>alert('x')</script><img src=x onerror=alert(1)>"
    page = Reader(static_html(Transcript((turn(0, hostile, speaker="<b>"),)), source="'><i>", css_class="a'><u>"))
    assert {tag for tag, _ in page.tags} <= {"div", "table", "tbody", "tr", "th", "td", "img", "b", "bdi", "span"}
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 2
    assert hostile in page.text


def test_no_text_turns_the_direction_of_another() -> None:
    spoken = turn(0, "pay \u202e001\u202c now\x1b[2J\u2028", speaker="\u202eA\u2066")
    spoken = replace(spoken, language="e\u202en")
    page = static_html(Transcript((spoken, turn(1, "שלום, עולם"))), source="u3\u202e.mp3")
    assert "pay 001 now [2J" in page
    assert not set(page) & set("\u202e\u202c\u2066\u2028\x1b")
    assert "<b><bdi>A</bdi></b> " in page
    assert "u3.mp3" in page
    assert "שלום, עולם" in page


def test_an_hour_is_small() -> None:
    text = "So far forty-two have signed up, most of them families with children."
    turns = tuple(replace(turn(i, text), words=turn(2.5 * i, text).words) for i in range(750))
    assert sum(len(one.text.split()) for one in turns) == 9_000
    assert len(static_html(Transcript(turns)).encode()) + len(Transcript(turns).text.encode()) < 300_000


def test_every_line_says_when_it_was_spoken_to_those_who_hear_it() -> None:
    page = Reader(static_html(Transcript((turn(0, "Hola.", speaker="A"),))))
    assert ("th", "row") in [(tag, attributes.get("scope")) for tag, attributes in page.tags]
    assert ("td", "auto") in [(tag, attributes.get("dir")) for tag, attributes in page.tags]


def test_freezing_gives_an_object_and_a_file(tmp_path: Path) -> None:
    frozen = freeze(Transcript((turn(0, "Hello."),)), title="<A talk>")
    assert isinstance(frozen, Frozen)
    assert frozen._repr_html_() == frozen.html
    assert "Hello." not in repr(frozen)
    page = frozen.save(tmp_path / "talk.html").read_text(encoding="utf-8")
    assert page == frozen.page
    assert frozen.html in page
    assert Reader(page).text.count("<A talk>") == 2
    assert "<script" not in page


def test_its_title_names_the_source() -> None:
    assert page_title([ExportLane("", Transcript(()), origin="tiny.en · talk.flac", source="talk.flac")]) == (
        "Transcript: talk.flac"
    )
    assert freeze(Transcript(())).title == "Transcript"


def test_sound_is_in_it_only_when_asked_for() -> None:
    transcript = Transcript((turn(0, "Hello."),))
    assert "<audio" not in freeze(transcript).html
    [sound] = [a for tag, a in Reader(freeze(transcript, sound=True, audio=bytes(32_000)).html).tags if tag == "audio"]
    assert (sound["src"] or "").startswith("data:audio/ogg;base64,")
    assert "controls" in sound
