import re
from html.parser import HTMLParser

from ipyscribe.transcript import Arrival, Transcript, Turn, Word
from ipyscribe.widgets.static import static_html


def turn(order: int, text: str, *, ended: bool = True, speaker: str | None = None) -> Turn:
    start_ms = 2000 * order
    arrival = Arrival(1.0 + order, start_ms + 1500.0)
    words = (Word(text, start_ms, start_ms + 900, 0.9, True),)
    return Turn(order, text, words, ended, True, False, arrival, arrival if ended else None, speaker=speaker)


class Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data + "\n"


def test_transcript_and_timeline_are_there() -> None:
    page = Reader(static_html(Transcript((turn(0, "Hello."), turn(40, "Bye.", speaker="B"))), source="model · file"))
    for part in ("model · file", "0:00", "Hello.", "1:20", "Bye."):
        assert part in page.text
    [picture] = [attributes for tag, attributes in page.tags if tag == "img"]
    assert (picture["src"] or "").startswith("data:image/png;base64,")
    assert "2 turns" in (picture["alt"] or "")


def test_an_unfinished_turn_is_called_so() -> None:
    assert "(unfinished)" in static_html(Transcript((turn(0, "Hello"), turn(1, "I am", ended=False))))
    assert "(unfinished)" not in static_html(Transcript((turn(0, "Hello"),)))


def test_nothing_said() -> None:
    assert "Nothing was said yet." in static_html(Transcript())


def test_it_needs_no_script_and_no_address() -> None:
    page = static_html(Transcript((turn(0, "Hello."),)))
    assert re.search(r"https?:|<script|@import|url\(|\son\w+=", page) is None


def test_untrusted_text_stays_text() -> None:
    hostile = "</td><script>alert('x')</script><img src=x onerror=alert(1)>"
    page = Reader(static_html(Transcript((turn(0, hostile, speaker="<b>"),)), source="'><i>", css_class="a'><u>"))
    assert {tag for tag, _ in page.tags} <= {"div", "table", "tbody", "tr", "td", "img", "b", "span"}
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 1
    assert hostile in page.text


def test_an_hour_is_small() -> None:
    turns = tuple(turn(i, "So far forty-two have signed up, most of them families with children.") for i in range(1200))
    assert len(static_html(Transcript(turns))) < 600_000
