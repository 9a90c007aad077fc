"""Whoever writes all the time lets the others write too."""

from __future__ import annotations

import threading
import time

from daemon.store.turns import Turns


def test_a_turn_is_handed_to_whoever_has_waited_longest() -> None:
    turns, order = Turns(), list[int]()

    def take(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(20)]
    with turns:
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            while len(turns._waiting) < waiting:
                time.sleep(0)
    for thread in threads:
        thread.join(60)

    assert order == list(range(20))


def test_one_who_takes_turn_after_turn_holds_up_nobody_for_more_than_one() -> None:
    turns, is_over, overtaken = Turns(), threading.Event(), 0

    def busy() -> None:
        nonlocal overtaken
        while not is_over.is_set():
            with turns:
                overtaken += bool(turns._waiting)
                time.sleep(0.001)

    thread = threading.Thread(target=busy)
    thread.start()
    between = []
    for _ in range(20):
        overtaken = 0
        with turns:
            between.append(overtaken)
    is_over.set()
    thread.join(60)

    assert max(between) <= 1  # one that began just before we asked


def test_a_fault_in_a_turn_ends_it() -> None:
    turns = Turns()
    for _ in range(2):
        try:
            with turns:
                raise LookupError
        except LookupError:
            pass
    with turns:
        pass
