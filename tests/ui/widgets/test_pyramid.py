"""The waveform's pyramid against brute force over the samples."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from studio.ui.widgets.pyramid import BLOCK, Columns, Pyramid, columns_of

signals = hnp.arrays(np.int16, st.integers(1, 20_000), elements=st.integers(-32768, 32767), fill=st.just(-5))


def built(samples: Any, pieces: int) -> Pyramid:
    pyramid = Pyramid()
    for piece in np.array_split(samples, pieces):
        pyramid.append(piece)
    return pyramid


def assert_as_brute_force(columns: Columns, samples: Any) -> None:
    for i, (a, b) in enumerate(zip(columns.edges[:-1], columns.edges[1:], strict=True)):
        span = samples[a:b]
        if len(span) == 0:
            assert columns.low[i] > columns.high[i]
        else:
            assert (columns.low[i], columns.high[i]) == (span.min(), span.max())
            assert np.isclose(columns.rms[i], np.sqrt(np.mean(span.astype(float) ** 2)), rtol=1e-5)


@given(signals, st.integers(1, 9), st.data())
@settings(max_examples=80, deadline=None)
def test_columns_equal_brute_force_however_the_samples_arrive(samples, pieces, data):
    pyramid = built(samples, pieces)
    first = data.draw(st.floats(-500, len(samples)))
    last = data.draw(st.floats(first + 1, len(samples) + 500))
    count = data.draw(st.integers(1, 300))
    columns = pyramid.columns(first, last, count, lambda start, n: samples[start : start + n])
    assert_as_brute_force(columns, samples)
    width = (last - first) / count
    asked = np.clip(np.linspace(first, last, count + 1), 0, len(samples))
    assert np.all(np.abs(columns.edges - asked) <= max(width / 8, 0.5) + 1e-6)


@given(signals, st.integers(1, 200))
@settings(max_examples=40, deadline=None)
def test_columns_of_an_array_cover_all_of_it(samples, count):
    columns = columns_of(samples, count)
    assert (columns.edges[0], columns.edges[-1]) == (0, len(samples))
    assert_as_brute_force(columns, samples)


def test_a_long_view_asks_for_no_samples():
    pyramid = built(np.ones(BLOCK * 1000, np.int16), 3)

    def refuse(start, count):
        raise AssertionError("samples were read")

    assert pyramid.columns(0, pyramid.count, 100, refuse).high.tolist() == [1] * 100


def test_a_view_beside_the_samples_is_empty():
    columns = built(np.ones(100, np.int16), 1).columns(-50, -1, 10, lambda _, n: np.zeros(n, np.int16))
    assert (columns.low > columns.high).all()
