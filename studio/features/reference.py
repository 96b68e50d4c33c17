"""What the NumPy models make of windows of any kind, by their section: to check what a board or the core computed."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.features import logmel_reference, picture_reference, rows_reference
from studio.features.logmel_reference import number

_FEATURES: dict[int, Callable[[NDArray[Any], bytes], NDArray[np.int16]]] = {
    1: logmel_reference.log_mel,
    2: rows_reference.scaled,
    3: rows_reference.statistics,
    4: rows_reference.scaled,
    5: picture_reference.brightness,
}
_QUANTISE = {
    1: logmel_reference.quantise,
    2: rows_reference.quantise,
    3: rows_reference.quantise,
    4: rows_reference.quantise,
    5: picture_reference.quantise,
}


def features(windows: NDArray[Any], section: bytes) -> NDArray[np.int16]:
    """windows: (n, *window_shape of the front end). Returns (n, ...); of readings of one row (n, 1, channels)."""
    return _FEATURES[number(section, 0, "<u2")](windows, section)


def quantise(values: NDArray[np.int16], section: bytes) -> NDArray[np.int8]:
    """The model's int8 input, of the same shape as these features."""
    return _QUANTISE[number(section, 0, "<u2")](values, section)
