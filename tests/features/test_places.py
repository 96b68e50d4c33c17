"""Where a value lies and what it stands for: told so that a person finds it."""

import math

import numpy as np
import pytest

from studio.core.samples import KINDS
from studio.features.blocks import LogMel
from studio.features.front_ends import FRONT_ENDS
from studio.features.motion import MotionRaw, MotionStatistics
from studio.features.picture import PictureInput
from studio.features.places import of_feature, of_sample
from studio.features.readings import Readings
from studio.native.frontend import features


@pytest.mark.parametrize("kind", FRONT_ENDS)
def test_every_value_of_a_window_has_a_place_of_its_own(kind: str):
    spec = FRONT_ENDS[kind].for_data()
    for told, count in ((of_sample, math.prod(spec.window_shape)), (of_feature, math.prod(spec.shape))):
        few = range(0, count, 1 + count // 50)
        assert len({told(spec, index)[0] for index in few}) == len(few)
        assert len(told(spec, count - 1, 5, -6)[1]) == 2


def test_sound_is_told_by_time_and_level():
    spec = LogMel()
    assert of_sample(spec, 1600, -16_384) == ("100.0 ms into the window", ("-50.00 %",))
    assert of_feature(spec, 41, -256)[0] == "frame 1, band 1"
    assert of_feature(spec, 41, -256)[1] == ("−3.0 dB",)


def test_movement_is_told_by_axis_time_and_unit():
    spec = MotionRaw(offsets=(0,) * 6, spans=(8_192,) * 6)
    assert of_sample(spec, 12 * 6 + 2, 8_192) == ("az, 100.8 ms into the window", ("1.000 g",))
    row = np.zeros(spec.window_shape, np.int16)
    row[12, 2] = -8_192
    value = int(features(row, spec)[12, 2])
    assert of_feature(spec, 12 * 6 + 2, value) == ("az, row 12", ("−1.000 g",))
    figures = MotionStatistics()
    assert of_feature(figures, 11 + 1, 7) == ("ay, deviation", ("7",))
    assert of_feature(figures, 11 + 6, 7)[0] == "ay, band 1"


def test_readings_are_told_in_their_units():
    spec = Readings()
    assert of_sample(spec, 0, 2_150)[1] == ("21.500 C",)
    assert of_feature(spec, 1, 0)[1] == (f"{spec.offsets[1] * KINDS['environment'].scales[1]:.3f} %",)


def test_a_pixel_is_told_by_column_and_row():
    spec = PictureInput(width=20, height=10)
    assert of_sample(spec, 43, 200) == ("column 3, row 2", ("200",))
    assert of_feature(spec, 43, -24)[1] == ("−1.5",)
