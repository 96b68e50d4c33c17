"""The fitted line between a board's clock and the host's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.clock import fit_clock


@given(
    st.floats(-200, 200),
    st.integers(0, 10**15),
    st.integers(0, 2**31),
    st.integers(0, 1000),
)
def test_drift_and_offset_are_found_in_spite_of_late_arrivals(drift_ppm, offset_ns, first_us, seed):
    rng = np.random.default_rng(seed)
    device = first_us + np.arange(0, 20_000_000, 20_000)
    late_ns = rng.exponential(2_000_000, len(device))
    late_ns[::50] += 80_000_000  # now and then the host was busy
    arrived = offset_ns + device * 1000 * (1 + drift_ppm / 1e6) + late_ns
    fit = fit_clock([int(d) for d in device], [int(a) for a in arrived])
    assert fit is not None
    assert fit.drift_ppm == pytest.approx(drift_ppm, abs=25)
    middle = int(device[len(device) // 2])
    assert fit.host_ns(middle) == pytest.approx(offset_ns + middle * 1000 * (1 + drift_ppm / 1e6), abs=500_000)


def test_one_moment_is_no_line():
    assert fit_clock([5], [7]) is None
    assert fit_clock([5, 5], [7, 8]) is None
