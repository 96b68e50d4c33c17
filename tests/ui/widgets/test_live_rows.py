"""Rows as they come in: what columns hold of them, what a loss leaves empty, and that painting on equals anew."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio.ui.widgets.lanes import fit_scale, wells_of
from studio.ui.widgets.live_rows import LiveRows, RowTraces

IMU = ("ax", "ay", "az", "gx", "gy", "gz")
UNITS = ("g",) * 3 + ("degrees/s",) * 3
SCALES = (4 / 32768,) * 3 + (2000 / 32768,) * 3


def stream(rate_hz: float = 100.0, seconds: float = 4.0) -> LiveRows:
    return LiveRows(rate_hz, seconds, IMU, UNITS, SCALES)


def moved(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, (count, 6)).astype(np.int16)


@given(st.integers(0, 2**31), st.lists(st.integers(1, 90), min_size=1, max_size=20), st.integers(40, 900))
@example(0, [1, 1], 40)  # less than a column
@settings(max_examples=40, deadline=None)
def test_columns_hold_every_row_however_the_stream_is_cut(seed, cuts, wide):
    rows = moved(sum(cuts), seed)
    live = stream()
    at = 0
    for block in np.split(rows, np.cumsum(cuts)[:-1]):
        live.append(block, at)
        at += len(block)
    per_row = wide / 400
    newest = int((live.end - 1) * per_row)
    first = max(int(live.index[0] * per_row) + 1, 0)
    low, high = live.columns(first, newest + 1, per_row)
    for index, values in zip(live.index, live.values, strict=True):
        place = int(index * per_row) - first
        if 0 <= place < low.shape[1] - 1:
            assert (low[:, place] <= values + 1e-9).all()
            assert (high[:, place] >= values - 1e-9).all()


def test_rows_that_were_lost_leave_their_columns_empty():
    live = stream()
    live.append(moved(50), 0)
    live.append(moved(50), 120)
    low, _high = live.columns(0, 169, 1.0)
    assert np.isnan(low[:, 52:118]).all()
    assert not np.isnan(low[:, 1:48]).any()
    assert not np.isnan(low[:, 121:167]).any()


def test_painting_what_is_new_equals_painting_all_anew(show):
    live = stream()
    view = show(RowTraces(live), 640, 420)
    for at in range(90):
        live.append(moved(7, at), 7 * at)
        view.grab()
    lanes = view.lanes[0]
    before = lanes.grab().toImage()
    lanes.begin_anew()
    assert lanes.grab().toImage() == before


def test_a_scale_is_of_round_numbers_and_holds_all_it_is_for():
    accelerometer, gyroscope = wells_of(IMU, UNITS)
    assert (accelerometer.title, gyroscope.title) == ("Accelerometer", "Gyroscope")
    scale = fit_scale(accelerometer, -0.2, 2.3)
    assert scale.low == -scale.high
    assert scale.high >= 2.3
    (temperature,) = wells_of(("temperature",), ("C",))
    scale = fit_scale(temperature, 21.37, 21.52)
    assert scale.low < 21.37
    assert scale.high > 21.52
    assert scale.high - scale.low < 0.5  # near enough to see them apart
