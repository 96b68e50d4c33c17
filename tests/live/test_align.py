"""The ring of samples against the plain list of what was heard; rows and pictures likewise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.core.samples import Block, Picture
from studio.features.motion import MotionRaw
from studio.features.picture import PictureInput
from studio.live.align import Held, PictureRing, SampleRing

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


def rows(first: int, count: int, channels: int) -> Block:
    values = np.arange(first, first + count)[:, None] * 10 + np.arange(channels)
    return Block(values.astype(np.int16), first, 0, 0)


def test_of_rows_the_channels_that_a_model_has_are_held():
    ring = SampleRing(20, 2)
    ring.append(rows(0, 6, 3))
    ring.append(rows(6, 4, 3))
    window = ring.window(5, 3)
    assert window is not None
    assert window.tolist() == [[50, 51], [60, 61], [70, 71]]


def picture(index: int) -> Picture:
    return Picture(np.full((2, 3), index % 256, np.uint8), index, 0, 0)


def test_pictures_are_found_by_their_index_while_they_are_held():
    ring = PictureRing(3)
    for index in (0, 1, 3, 4):
        ring.append(picture(index))
    assert ring.end == 5
    found = [ring.picture(index) for index in range(6)]
    assert [pixels is not None for pixels in found] == [False, True, False, True, True, False]
    ring.append(picture(0))  # another stream
    assert ring.end == 1
    assert ring.picture(4) is None


def test_the_index_of_a_picture_that_has_turned_over_is_the_nearest():
    ring = PictureRing(2)
    ring.append(picture(PERIOD + 5))
    assert ring.unwrap(7) == PERIOD + 7
    assert ring.unwrap(PERIOD - 2) == PERIOD - 2


def test_a_front_end_is_given_the_windows_that_it_sees():
    moves, sees = MotionRaw(clip_samples=4, offsets=(0,) * 2, spans=(9,) * 2), PictureInput(width=8, height=8)
    held = Held(moves, 3, 2)
    held.append(picture(0))  # of another sensor
    held.append(rows(0, 6, 6))
    window = held.window(2)
    assert window is not None
    assert window.shape == moves.window_shape
    held = Held(sees, 3, 1)
    held.append(rows(0, 6, 6))
    assert held.end == 0
    held.append(picture(9))
    window = held.window(9)
    assert window is not None
    assert window.tolist() == np.full((8, 8), 9).tolist()
