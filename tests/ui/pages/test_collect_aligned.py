"""One axis of time: the same moment at the same place, whatever rate, delay, clock and start a source has."""

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from studio.core.samples import IMU, MICROPHONE, Block, SampleFormat
from studio.ui.pages.collect_aligned import Alignment, Arrivals
from studio.ui.pages.collect_views import RowsView, SoundView, SourceView

START_NS = 5_000_000_000_000
SOUND_HZ, MOTION_HZ = 16_000, 119


def blocks(
    rate_hz: float, per_block: int, seconds: float, *, from_s: float, delay_ms: Callable[[int], float], channels: int
) -> list[Block]:
    """delay_ms: of a block's number. from_s: when its first sample was taken."""
    made = []
    for number in range(int(seconds * rate_hz / per_block)):
        first = number * per_block
        taken_s = from_s + (first + per_block) / rate_hz
        arrived_ns = START_NS + round(1e9 * taken_s + 1e6 * delay_ms(number))
        device_us = round(first * 1e6 / rate_hz)
        made.append(Block(np.ones((per_block, channels), np.int16), first, device_us, arrived_ns))
    return made


def show(qtbot: QtBot, *views: SourceView) -> None:
    for view in views:
        qtbot.addWidget(view)
        view.resize(800, 300)
        view.show()
    qtbot.waitUntil(lambda: all(view.isVisible() for view in views))


def place(view: SourceView, seconds: float, from_s: float) -> float:
    """x of the sample that was taken then."""
    assert view.frame is not None
    return view.frame.plots[0].x_of((seconds - from_s) * view.stream.rate_hz)


@pytest.mark.usefixtures("themed")
def test_a_clap_is_at_one_place_in_sound_and_movement_that_began_and_came_at_other_times(qtbot: QtBot) -> None:
    rng = np.random.default_rng(3)
    sound = SoundView(SampleFormat(MICROPHONE, SOUND_HZ), "Microphone")
    motion = RowsView(SampleFormat(IMU, MOTION_HZ), "Motion")
    show(qtbot, sound, motion)
    alignment = Alignment()
    heard = blocks(SOUND_HZ, 320, 9, from_s=0.0, delay_ms=lambda _n: rng.exponential(8), channels=1)
    felt = blocks(MOTION_HZ, 5, 6.8, from_s=2.0, delay_ms=lambda _n: rng.exponential(20), channels=6)
    for view, items in ((sound, heard), (motion, felt)):
        view.hear(items)
        alignment.hear(view, items)
    alignment.align([sound, motion])
    assert motion.stream.lead > 0 >= sound.stream.lead  # movement stops a fifth of a second before sound does
    for at_s in (4.0, 6.0, 8.5):
        assert place(motion, at_s, 2.0) == pytest.approx(place(sound, at_s, 0.0), abs=3)
    alignment.align([motion])
    assert motion.stream.lead == 0
    assert motion.stream.seconds == motion.shown_s


def test_a_clock_that_drifts_is_followed() -> None:
    arrivals = Arrivals(SOUND_HZ)
    drifting = blocks(SOUND_HZ, 1600, 600, from_s=0.0, delay_ms=lambda n: 0.1 * n * 0.3, channels=1)  # 300 ppm
    arrivals.add(drifting)
    end = drifting[-1].first_index + 1600
    told_ns = arrivals.ns_of(end)
    assert told_ns is not None
    assert abs(told_ns - drifting[-1].arrived_ns) < 4_000_000


def test_nothing_is_known_of_a_stream_of_which_nothing_came() -> None:
    assert Arrivals(SOUND_HZ).ns_of(0) is None
