"""When a server counts as silent, on a scripted clock."""

from __future__ import annotations

import numpy as np

from ipyscribe.audio import AudioBlock
from ipyscribe.session.watchdog import Watchdog

LOUD = AudioBlock(np.full(800, 3000, "<i2").tobytes(), 0, 0.0)
QUIET = AudioBlock(bytes(1600), 0, 0.0)


class Clock:
    """Checks every half second, and what the server does meanwhile."""

    def __init__(self, limit_s: float = 15.0) -> None:
        self.watchdog = Watchdog(limit_s)
        self.now_s = 100.0
        self.message_s = self.read_s = self.now_s
        self.pings: list[float] = []
        self.kinds: set[str] = set()

    def run(
        self,
        seconds: float,
        block: AudioBlock | None,
        *,
        messages: bool = False,
        pongs: bool = True,
        ended: bool = False,
    ) -> str:
        """What the server was found to be first, within ``seconds`` of such sound."""
        for _ in range(round(seconds / 0.5)):
            self.now_s += 0.5
            if messages:
                self.message_s = self.read_s = self.now_s
            notices = self.watchdog.check(
                block, now_s=self.now_s, message_s=self.message_s, read_s=self.read_s, behind_s=0.0, ended=ended
            )
            self.kinds = {notice.kind for notice in notices}
            if self.watchdog.ping_due:
                self.pings.append(self.now_s)
                self.read_s = self.now_s + 0.1 if pongs else self.read_s
            if self.watchdog.silent or self.watchdog.unreachable:
                return f"{'silent' if self.watchdog.silent else 'unreachable'} at {self.now_s - 100:g}"
        return "alive"


def test_speech_without_a_message_for_the_limit() -> None:
    clock = Clock()
    assert clock.run(20, LOUD) == "silent at 15.5"
    assert clock.kinds == {"unanswered"}
    assert clock.pings == [105.5, 110.5, 115.5], "pongs are no sign of life"


def test_messages_keep_it_alive() -> None:
    clock = Clock()
    assert clock.run(60, LOUD, messages=True) == "alive"
    assert clock.pings == []
    assert clock.run(14, LOUD) == "alive"


def test_silence_is_not_answered_and_needs_no_answer() -> None:
    clock = Clock()
    assert clock.run(600, QUIET) == "alive"
    assert clock.run(12, LOUD) == "alive"
    assert clock.run(600, QUIET) == "alive"


def test_pauses_between_words_are_speech() -> None:
    clock = Clock()
    found = "alive"
    for _ in range(10):
        found = clock.run(1, LOUD) if found == "alive" else found
        found = clock.run(1.5, QUIET) if found == "alive" else found
    assert found.startswith("silent at 15")


def test_the_last_speech_is_to_be_answered_too() -> None:
    clock = Clock()
    clock.run(2, LOUD, messages=True)
    clock.run(3, LOUD)
    assert clock.run(20, None, ended=True).startswith("silent at 16.5")
    answered = Clock()
    answered.run(3, LOUD)
    answered.run(0.5, None, messages=True, ended=True)
    assert answered.run(60, None, ended=True) == "alive"


def test_pings_that_nobody_answers() -> None:
    clock = Clock()
    assert clock.run(60, QUIET, pongs=False) == "unreachable at 15.5"
    assert clock.pings == [105.5]


def test_a_process_that_stood_still_blames_nobody() -> None:
    clock = Clock()
    clock.run(1, LOUD)
    clock.now_s += 3600
    assert clock.run(5, LOUD, pongs=False) == "alive"


def test_the_limit_grows_until_a_message_comes() -> None:
    clock = Clock()
    clock.run(20, LOUD)
    clock.watchdog.replaced()
    begin_s = clock.message_s = clock.read_s = clock.now_s
    clock.watchdog.opened(begin_s)
    assert clock.run(25, LOUD) == "alive"
    assert clock.run(10, LOUD).startswith("silent")
    clock.run(0.5, LOUD, messages=True)
    assert clock.watchdog.limit_s == 15.0


def test_a_limit_of_nothing_is_none() -> None:
    clock = Clock(0.0)
    assert clock.run(300, LOUD, pongs=False) == "alive"
    assert clock.kinds == {"unanswered"}
