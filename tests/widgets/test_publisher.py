import threading
import time

from local.harness import wait_for

from ipyscribe.widgets.shared.publisher import Publisher


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "ipyscribe-under-test"]


class Work:
    def __init__(self, answers: tuple[float | None, ...] = ()) -> None:
        self.calls = 0
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self._answers = list(answers)

    def __call__(self) -> float | None:
        assert self.gate.wait(30)
        self.calls += 1
        self.threads.add(threading.get_ident())
        return self._answers.pop(0) if self._answers else None


def publisher(work: Work, interval_s: float = 0.01) -> Publisher:
    return Publisher(work, interval_s=interval_s, name="under-test")


def test_a_thread_exists_only_while_there_is_something_to_do() -> None:
    work = Work()
    under_test = publisher(work)
    assert threads() == []
    under_test.poke()
    assert under_test.flush(30)
    assert work.calls == 1
    wait_for(lambda: threads() == [], within_s=30)
    under_test.poke()
    assert under_test.flush(30)
    assert work.calls == 2


def test_many_pokes_make_few_calls_and_the_last_one_counts() -> None:
    work = Work()
    under_test = publisher(work, interval_s=0.05)
    work.gate.clear()
    for _ in range(1000):
        under_test.poke()
    work.gate.set()
    assert under_test.flush(30)
    assert 1 <= work.calls <= 3


def test_it_comes_back_by_itself_when_asked_to() -> None:
    work = Work((0.01, 0.01, None))
    under_test = publisher(work)
    under_test.poke()
    assert under_test.flush(30)
    assert work.calls == 3


def test_a_poke_cuts_a_long_wait_short() -> None:
    work = Work((3600.0, None))
    under_test = publisher(work)
    under_test.poke()
    wait_for(lambda: work.calls == 1, within_s=30)
    under_test.poke()
    assert under_test.flush(30)
    assert work.calls == 2


def test_a_failure_ends_neither_the_publisher_nor_the_thread_that_poked() -> None:
    calls = []

    def broken() -> float | None:
        calls.append(1)
        raise OSError("the comm is closed")

    under_test = Publisher(broken, interval_s=0.01, name="under-test")
    under_test.poke()
    assert under_test.flush(30)
    under_test.poke()
    assert under_test.flush(30)
    assert len(calls) == 2


def test_closing_wakes_it_and_nothing_is_published_afterwards() -> None:
    work = Work((3600.0,))
    under_test = publisher(work)
    under_test.poke()
    wait_for(lambda: work.calls == 1, within_s=30)
    under_test.close()
    assert under_test.flush(30)
    under_test.poke()
    wait_for(lambda: threads() == [], within_s=30)  # the one that was there may need a moment to go
    assert work.calls == 1


def test_a_burst_goes_at_once_and_then_the_pace_is_kept() -> None:
    work = Work()
    under_test = Publisher(work, interval_s=3600, name="under-test", burst=3)
    for calls in (1, 2, 3):
        under_test.poke()
        wait_for(lambda calls=calls: work.calls == calls, within_s=30)
    under_test.poke()
    assert not under_test.flush(0.2)
    assert work.calls == 3
    under_test.close()
    assert under_test.flush(30)
    assert len(work.threads) == 1


def test_it_has_not_rested_while_it_publishes() -> None:
    work = Work()
    under_test = publisher(work)
    assert under_test.rested
    work.gate.clear()
    under_test.poke()
    wait_for(lambda: not under_test.rested, within_s=30)
    time.sleep(0.05)  # longer than its interval
    assert not under_test.rested
    work.gate.set()
    assert under_test.flush(30)
    wait_for(lambda: under_test.rested, within_s=30)


def test_a_shorter_interval_counts_at_once() -> None:
    calls: list[int] = []
    under_test = Publisher(lambda: calls.append(1), interval_s=3600, name="under-test", burst=2)

    def poke() -> None:
        before = len(calls)
        under_test.poke()
        wait_for(lambda: len(calls) > before, within_s=30)

    poke()
    under_test.interval_s = 0.001
    for _ in range(20):
        poke()
    assert under_test.flush(30)
