"""Axis marks and their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.ui.widgets.ticks import clock_text, multiples, nice_step, number_text, share_text, time_step


@given(st.floats(1e-6, 1e6), st.integers(1, 20))
def test_a_step_is_nice_and_gives_few_enough_marks(span, most):
    step = nice_step(span, most)
    assert span / step <= most * (1 + 1e-6)
    assert span / step > most / 2.6
    mantissa = float(f"{step:e}".split("e")[0])
    assert mantissa == pytest.approx(round(mantissa))


@given(st.floats(0.001, 90_000), st.integers(2, 20))
def test_time_steps_above_half_a_minute_are_whole_minutes(span, most):
    step = time_step(span, most)
    assert step <= 30 or step % 60 == 0


@pytest.mark.parametrize(
    ("seconds", "step", "text"),
    [
        (1475.62, 0.001, "24:35.620"),
        (1475.62, 1, "24:36"),
        (59.9996, 0.001, "1:00.000"),
        (3870, 10, "1:04:30"),
        (0.5, 0.5, "0:00.5"),
        (-3, 1, "−0:03"),
        (-0.0001, 0.01, "0:00.00"),
    ],
)
def test_a_time_reads_as_in_an_audio_editor(seconds, step, text):
    assert clock_text(seconds, step) == text


@pytest.mark.parametrize(
    ("value", "step", "plus", "text"),
    [(-12, 1, False, "−12"), (0.25, 0.25, True, "+0.25"), (-0.001, 0.1, True, "0.0"), (65152, 1, False, "65,152")],
)
def test_numbers_have_a_true_minus(value, step, plus, text):
    assert number_text(value, step, plus=plus) == text


def test_multiples_include_both_ends():
    assert multiples(-0.2, 0.2, 0.1) == pytest.approx([-0.2, -0.1, 0, 0.1, 0.2])


@pytest.mark.parametrize(
    ("share", "step", "text"),
    [(0.25, 0.05, "+0.25"), (-0.5, 0.5, "−0.5"), (0.004, 0.002, "+0.4%"), (-0.001, 0.001, "−0.1%"), (0, 0.001, "0")],
)
def test_a_quiet_share_of_full_scale_is_told_in_per_cent(share, step, text):
    assert share_text(share, step) == text
