import threading

import pytest
from support.waiting import wait_for

from ipyscribe.session import wake_signal as bells
from ipyscribe.session.wake_signal import WakeSignal


@pytest.fixture(autouse=True)
def only_a_ring_wakes(monkeypatch):
    monkeypatch.setattr(bells, "_SLICE_S", 3600.0)


def test_what_holds_already_is_not_waited_for():
    assert WakeSignal().wait_for(lambda: True, 0.0)


def test_what_does_not_come_is_waited_for_as_long_as_was_said():
    assert not WakeSignal().wait_for(lambda: False, 0.01)


@pytest.mark.parametrize("waiters", [1, 8])
def test_a_ring_lets_all_look_again_and_only_those_go_who_find_it(waiters):
    bell, found, looks = WakeSignal(), [], []

    def wait(mine):
        found.append(bell.wait_for(lambda: looks.append(mine) or mine in told, 60))

    told = set()
    threads = [threading.Thread(target=wait, args=(number,)) for number in range(waiters)]
    for thread in threads:
        thread.start()
    wait_for(lambda: set(looks) == set(range(waiters)))
    for number, thread in enumerate(threads):
        told.add(number)
        bell.ring()
        thread.join(60)
        assert not thread.is_alive()
        assert len(found) == number + 1
    assert all(found)


def test_no_change_slips_by_however_the_ringing_falls():
    bell, count, most = WakeSignal(), 0, 3000

    def ring():
        nonlocal count
        for _ in range(most):
            count += 1
            bell.ring()

    ringing = threading.Thread(target=ring)
    ringing.start()
    seen = 0
    while seen < most:
        assert bell.wait_for(lambda: count > seen, 60)  # noqa: B023 (it is called within this round)
        seen = count
    ringing.join(60)
    assert not bell._gates


def test_a_wait_that_was_broken_off_leaves_nothing_behind():
    bell = WakeSignal()

    looks = iter((False,))

    def interrupted():
        for look in looks:
            return look
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bell.wait_for(interrupted, 60)
    assert not bell._gates
