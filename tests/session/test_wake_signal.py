import threading

import pytest
from support.waiting import wait_for

from ipyscribe.session import wake_signal
from ipyscribe.session.wake_signal import WakeSignal


@pytest.fixture(autouse=True)
def only_the_signal_wakes(monkeypatch):
    # So that no wait ends by itself, which would hide a missed change.
    monkeypatch.setattr(wake_signal, "_SLICE_S", 3600.0)


def test_a_condition_that_holds_already_needs_no_wait():
    assert WakeSignal().wait_for(lambda: True, 0.0)


def test_a_wait_ends_after_its_timeout():
    assert not WakeSignal().wait_for(lambda: False, 0.01)


@pytest.mark.parametrize("waiters", [1, 8])
def test_all_check_again_and_only_those_return_whose_condition_holds(waiters):
    signal, results, checks = WakeSignal(), [], []

    def wait(mine):
        results.append(signal.wait_for(lambda: checks.append(mine) or mine in ready, 60))

    ready = set()
    threads = [threading.Thread(target=wait, args=(number,)) for number in range(waiters)]
    for thread in threads:
        thread.start()
    wait_for(lambda: set(checks) == set(range(waiters)))
    for number, thread in enumerate(threads):
        ready.add(number)
        signal.set()
        thread.join(60)
        assert not thread.is_alive()
        assert len(results) == number + 1
    assert all(results)


def test_no_change_is_missed_whenever_it_comes():
    signal, count, most = WakeSignal(), 0, 3000

    def change():
        nonlocal count
        for _ in range(most):
            count += 1
            signal.set()

    changing = threading.Thread(target=change)
    changing.start()
    seen = 0
    while seen < most:
        assert signal.wait_for(lambda: count > seen, 60)  # noqa: B023 (it is called within this round)
        seen = count
    changing.join(60)
    # What a wait leaves behind shows nowhere else.
    assert not signal._gates


def test_an_interrupted_wait_leaves_nothing_behind():
    signal = WakeSignal()

    results = iter((False,))

    def interrupted():
        for result in results:
            return result
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        signal.wait_for(interrupted, 60)
    # What a wait leaves behind shows nowhere else.
    assert not signal._gates
