"""The ring of samples against the plain list of what was heard."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.core.samples import Block
from studio.live.align import SampleRing

PERIOD = 1 << 32


def block(first: int, count: int) -> Block:
    values = (np.arange(first, first + count) * 7 % 32_749).astype(np.int16)
    return Block(values[:, None], first, 0, 0)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 25)), max_size=30), st.integers(25, 60), st.data())
def test_a_window_is_given_exactly_when_all_its_samples_are_held(pieces, capacity, data):
    """pieces: lost before, and length of, each block."""
    heard: dict[int, int] = {}
    ring, end = SampleRing(capacity), 0
    for lost, count in pieces:
        end += lost
        given_block = block(end, count)
        ring.append(given_block)
        heard.update(zip(range(end, end + count), given_block.samples[:, 0].tolist(), strict=True))
        end += count
    assert ring.end == end
    first = data.draw(st.integers(max(0, end - 2 * capacity), end))
    count = data.draw(st.integers(1, capacity))
    window = ring.window(first, count)
    held = range(max(0, end - capacity), end)
    if all(i in heard and i in held for i in range(first, first + count)):
        assert window is not None
        assert window.tolist() == [heard[i] for i in range(first, first + count)]
    else:
        assert window is None


@given(st.integers(0, 1 << 40), st.integers(-(1 << 31) + 1, (1 << 31) - 1))
def test_an_index_of_32_bits_is_unwrapped_to_the_nearest(end, distance):
    ring = SampleRing(10)
    ring.append(block(end, 1))
    index = ring.end + distance
    if index >= 0:
        assert ring.unwrap(index % PERIOD) == index


def test_a_window_is_a_copy():
    ring = SampleRing(20)
    ring.append(block(0, 20))
    window = ring.window(0, 10)
    assert window is not None
    kept = window.copy()
    ring.append(block(20, 20))
    assert np.array_equal(window, kept)


def test_a_stream_that_begins_anew_is_not_mixed_with_the_old_one():
    ring = SampleRing(40)
    ring.append(block(0, 30))
    ring.append(block(10, 5))
    assert ring.window(0, 10) is None
    assert ring.window(10, 5) is not None
