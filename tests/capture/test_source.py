"""The queue between a source's thread and ours, and what an address names."""

import itertools
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.capture.source import BlockQueue, SourceLost, make_source
from studio.core.errors import InvalidInput
from studio.core.samples import Block, Lost


def block(index, count):
    return Block(np.ones((count, 1), np.int16), index, index, index)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40), st.integers(1, 60))
def test_every_sample_offered_is_either_handed_on_or_counted_as_lost_before_the_next(steps, most):
    queue = BlockQueue(most)
    offered = 0
    got: list[Block] = []
    queue.offer(block(0, 1))
    offered += 1
    for count, takes in steps:
        queue.offer(block(offered, count))
        offered += count
        if takes and queue.waiting:
            got += itertools.islice(queue.blocks(), 1)
    queue.close()
    got += list(queue.blocks())
    index = 0
    for each in got:
        index += each.lost_before.total
        assert each.first_index == index
        index += len(each.samples)
    assert index == offered
    assert all(each.lost_before == Lost(host=each.lost_before.total) for each in got)


def test_offering_to_a_full_queue_does_not_wait():
    queue = BlockQueue(10)
    began_s = time.monotonic()
    for index in range(1000):
        queue.offer(block(index, 10))
    assert time.monotonic() - began_s < 1
    assert queue.waiting == 1


def test_a_silent_source_is_noticed_after_its_patience():
    queue = BlockQueue(10)
    queue.offer(block(0, 1))
    blocks = queue.blocks(patience_s=0.05)
    assert len(next(blocks).samples) == 1
    with pytest.raises(TimeoutError):
        next(blocks)


def test_blocks_that_wait_are_handed_on_before_the_error_that_closed_the_queue():
    queue = BlockQueue(10)
    queue.offer(block(0, 3))
    queue.close(SourceLost("mic", 2.0))
    queue.offer(block(3, 3))  # too late
    blocks = queue.blocks()
    assert len(next(blocks).samples) == 3
    with pytest.raises(SourceLost, match="mic stopped delivering 2 s ago"):
        next(blocks)


def test_closing_wakes_whoever_waits():
    queue = BlockQueue(10)
    waiter = threading.Thread(target=lambda: list(queue.blocks()))
    waiter.start()
    queue.close()
    waiter.join(5)
    assert not waiter.is_alive()


@pytest.mark.parametrize("address", ["webcam:0", "nonsense", "", "file:", "tcp:nowhere", "virtual:nano33ble?speed=1"])
def test_an_address_that_names_no_source_is_refused_with_an_example(address):
    with pytest.raises(InvalidInput) as refused:
        make_source(address, rate_hz=16_000)
    assert refused.value.advice()
