"""A waveform's columns as a small indexed picture: 0 nothing, 1 peak, 2 RMS, 3 zero line."""

import numpy as np
from numpy.typing import NDArray

from studio.ui.widgets.pyramid import Columns

NOTHING, PEAK, RMS, ZERO = 0, 1, 2, 3
_LEAST_ROWS = 0.5  # an RMS that reaches less far from the middle leaves the zero line to be seen


def waveform_levels(columns: Columns, height: int, full_scale: float) -> NDArray[np.uint8]:
    """uint8 (height, columns). full_scale: the count that reaches the upper edge; what is beyond is cut there."""
    picture = np.empty((height, len(columns.low)), np.uint8)
    fill_waveform(picture, columns.low, columns.high, columns.rms, full_scale)
    return picture


def fill_waveform(
    picture: NDArray[np.uint8],
    low: NDArray[np.int16],
    high: NDArray[np.int16],
    rms: NDArray[np.float32],
    full_scale: float,
) -> None:
    """Paints columns over a picture of the same width: uint8 (height, n). Columns with low > high stay empty."""
    height = len(picture)
    scale = (height - 1) / 2 / full_scale
    middle = (height - 1) / 2
    top, bottom = _row(middle - high * scale, height), _row(middle - low * scale, height)
    inner = np.minimum(rms, np.maximum(np.abs(low.astype(np.float32)), np.abs(high.astype(np.float32))))
    rms_top = np.maximum(_row(middle - inner * scale, height), top)
    rms_bottom = np.minimum(_row(middle + inner * scale, height), bottom)
    rows = np.arange(height, dtype=np.int16)[:, None]
    np.multiply((rows >= top) & (rows <= bottom), PEAK, out=picture, casting="unsafe")
    picture[round(middle)] = np.maximum(picture[round(middle)], ZERO)
    picture[(rows >= rms_top) & (rows <= rms_bottom) & (inner * scale >= _LEAST_ROWS)] = RMS
    picture[:, low > high] = NOTHING


def _row(at: NDArray[np.float64] | NDArray[np.float32], height: int) -> NDArray[np.int16]:
    return np.clip(np.rint(at), 0, height - 1).astype(np.int16)
