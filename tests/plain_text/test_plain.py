"""Text from a server never acts on what shows it, and loses nothing that a language needs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipyscribe.plain_text import plain
from ipyscribe.protocol import closing_error, find_model
from ipyscribe.protocol.messages import Begin, ServerError, ServerWarning, Unknown
from ipyscribe.tape import ConnectionState, SessionSnapshot
from ipyscribe.tape.session_notices import notices_of
from ipyscribe.transcript import Transcript

STEERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
CONTROLS = "".join(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))) + "\u2028\u2029"
HIDING = "\u2060\ufeff\u00ad\u180e\U000e0041\U000e007f\u2061\ufff9"


@pytest.mark.parametrize("letter", [*STEERING, *HIDING], ids=lambda letter: f"U+{ord(letter):04X}")
def test_what_steers_or_hides_is_removed(letter: str) -> None:
    assert plain(f"pay {letter}100{letter} now") == "pay 100 now"


@pytest.mark.parametrize("letter", CONTROLS, ids=lambda letter: f"U+{ord(letter):04X}")
def test_a_control_becomes_a_space(letter: str) -> None:
    assert plain(f"a{letter}b") == "a b"


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, 東京! — ¿qué? 🎉 👩\u200d💻 1\u00a0000",
        "שלום, מה שלומך? (3 פעמים)",
        "مرحبا بالعالم، \u0600١٢٣",  # noqa: RUF001
        "می\u200cخواهم بروم",  # noqa: RUF001
        "क्\u200dष ภาษา\u200bไทย",
    ],
)
def test_what_a_language_needs_stays(text: str) -> None:
    assert plain(text) == text


@given(st.text(st.characters()))
def test_nothing_is_left_that_acts(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert not set(shown) & set(STEERING + CONTROLS + HIDING)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in shown)
    assert plain(shown) == shown
    visible = [letter for letter in text if letter.isalnum()]
    assert [letter for letter in shown if letter.isalnum()] == visible


HOSTILE = "no\x1b[2J \u202etxt.exe\u202c\r\n\x07"


def test_errors_and_notices_carry_plain_text() -> None:
    error = closing_error(3006, HOSTILE)
    framed = closing_error(3006, "See Error message for details", ServerError(3006, HOSTILE))
    snapshot = SessionSnapshot(
        Transcript(),
        connections=(ConnectionState(begin=Begin("id", 0, {"model": HOSTILE})),),
        warnings=(ServerWarning(1, HOSTILE),),
        unknown=(Unknown(HOSTILE, "{}", "?"),),
    )
    notices = notices_of(snapshot, find_model("u3-rt-pro"))
    messages = [str(error), error.reason, str(framed), framed.reason, *(notice.message for notice in notices)]
    assert len(messages) == 7
    for text in messages:
        assert "txt.exe" in text
        assert plain(text) == text
