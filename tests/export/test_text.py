import html
import re

import mistune
from export.speech import HOSTILE, hostile
from timeline.speech import call, live_call, turn

from ipyscribe.export import to_markdown, to_text
from ipyscribe.transcript import Transcript


def test_text_has_a_line_for_each_turn() -> None:
    assert to_text(call(2)) == (
        "A: Hello, thank you for calling. How can I help you today?\nB: Hi. I would like to change my flight.\n"
    )
    assert to_text(call(2), times=True, speakers=False).splitlines()[1] == "0:06  Hi. I would like to change my flight."
    assert to_text(live_call(2)).splitlines()[1].startswith("B: Hi.")
    assert to_text(Transcript()) == ""


def test_text_holds_no_sign_that_acts_on_a_terminal() -> None:
    text = to_text(hostile())
    assert len(text.splitlines()) == len(HOSTILE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


def test_markdown_reads_well() -> None:
    assert to_markdown(call(2), title="A call") == (
        "# A call\n\n**0:00 · A** Hello, thank you for calling. How can I help you today?\n\n"
        "**0:06 · B** Hi. I would like to change my flight.\n"
    )
    assert to_markdown(call(1), times=False, speakers=False).startswith("Hello, thank you")


def test_in_markdown_untrusted_words_stay_words() -> None:
    render = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url", "math", "footnotes"])
    for labels in (True, False):
        page = render(to_markdown(hostile(), times=labels, speakers=labels))
        assert set(re.findall(r"<\s*/?\s*(\w+)", page)) <= {"p", "strong"}
        lines = [html.unescape(re.sub(r"<[^>]+>", "", line)) for line in page.splitlines()]
        for text in (one for one in HOSTILE if one.isprintable() and "\u202e" not in one):
            assert any(line.endswith(text) for line in lines), text


def test_a_turn_of_white_space_is_left_out() -> None:
    assert to_text(Transcript((turn(0, "  ", 0, 1000), turn(1, "Yes.", 2000, 3000)))) == "Yes.\n"
