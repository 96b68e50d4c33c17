"""The front ends of the C core, for whole arrays of windows. The GIL is released while it computes."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext, mark
from studio.native.library import load

_CDEF = """
int32_t stu_host_frontend_check(const uint8_t *section, size_t bytes);
int32_t stu_host_frontend_windows(const uint8_t *section, size_t bytes, const void *windows, size_t count,
                                  int16_t *features);
int32_t stu_host_frontend_windows_as_on_a_board(const uint8_t *section, size_t bytes, const void *windows,
                                                size_t count, int16_t *features);
int32_t stu_host_frontend_quantise(const uint8_t *section, size_t bytes, const int16_t *features, size_t count,
                                   int8_t *input);
int32_t stu_host_frontend_fit(const uint8_t *section, size_t bytes, const uint8_t *pixels, uint16_t width,
                              uint16_t height, uint8_t *window);
void stu_host_gray(const uint8_t *rgb, size_t pixels, uint8_t *gray);
"""

_MOST_SIDE = 65_535


@dataclass(eq=False)
class RefusedFrontEnd(StudioError):
    """The core's own check of a section failed; status is its stu_status."""

    status: int
    message = mark("The front end in this model image cannot be used: its section is damaged (status {status}).")
    remedy = mark("Build the model image again.")


class FrontEnd(Protocol):
    """What is needed of a specification; those of studio.features.front_ends are such."""

    @property
    def window_shape(self) -> tuple[int, ...]: ...
    @property
    def window_dtype(self) -> DTypeLike: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    def pack(self) -> bytes: ...


def check_section(section: bytes) -> None:
    """Raises RefusedFrontEnd where the core does not open the section."""
    core = load(_CDEF)
    _raise_for(core.lib.stu_host_frontend_check(section, len(section)))


def features(windows: NDArray[Any], spec: FrontEnd, *, as_on_a_board: bool = False) -> NDArray[np.int16]:
    """What a model sees of its windows, exactly as a board computes it.

    windows: spec.window_dtype, (n, *spec.window_shape) or one of spec.window_shape. Returns (n, *spec.shape) or
    spec.shape. as_on_a_board: through the very functions that a board calls as samples come in, which gives the same,
    more slowly. Raises InvalidInput for another shape or dtype.
    """
    whole = _whole_windows(windows, spec.window_dtype, spec.window_shape)
    computed = np.empty((len(whole), *spec.shape), np.int16)
    section = spec.pack()
    core = load(_CDEF)
    compute = core.lib.stu_host_frontend_windows_as_on_a_board if as_on_a_board else core.lib.stu_host_frontend_windows
    _raise_for(
        compute(
            section,
            len(section),
            core.ffi.cast("const void *", whole.ctypes.data),
            len(whole),
            core.ffi.cast("int16_t *", computed.ctypes.data),
        )
    )
    return computed if windows.ndim > len(spec.window_shape) else computed[0]


log_mel = features  # its name where sound is meant: value v stands for v * spec.scale dB


def fit_picture(pixels: NDArray[np.uint8], spec: FrontEnd) -> NDArray[np.uint8]:
    """A picture of any size as a board brings it to the model's: cropped as `spec` says, and each pixel the mean of the
    area that it covers.

    pixels: (height, width), gray, each side from 1 to 65,535. spec: of a picture. Returns spec.window_shape. Raises
    InvalidInput.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or not all(1 <= side <= _MOST_SIDE for side in pixels.shape):
        why = gettext("{dtype} {shape} was given where uint8 (height, width) is wanted")
        raise InvalidInput(gettext("A picture"), why.format(dtype=pixels.dtype, shape=pixels.shape))
    whole = np.ascontiguousarray(pixels)
    window = np.empty(spec.window_shape, np.uint8)
    section = spec.pack()
    core = load(_CDEF)
    height, width = whole.shape
    source, target = (core.ffi.cast("uint8_t *", array.ctypes.data) for array in (whole, window))
    _raise_for(core.lib.stu_host_frontend_fit(section, len(section), source, width, height, target))
    return window


def gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness as boards make it of colour. pixels: (height, width, 3), red, green, blue. Returns (height, width)."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        why = gettext("{dtype} {shape} was given where uint8 (height, width, 3) is wanted")
        raise InvalidInput(gettext("A picture"), why.format(dtype=pixels.dtype, shape=pixels.shape))
    whole = np.ascontiguousarray(pixels)
    brightness = np.empty(whole.shape[:2], np.uint8)
    core = load(_CDEF)
    source, target = (core.ffi.cast("uint8_t *", array.ctypes.data) for array in (whole, brightness))
    core.lib.stu_host_gray(source, brightness.size, target)
    return brightness


def quantise(features: NDArray[np.int16], spec: FrontEnd) -> NDArray[np.int8]:
    """The model's int8 input. features: (n, *spec.shape) or spec.shape; returns the same shape."""
    windows = _whole_windows(features, np.int16, spec.shape)
    quantised = np.empty(windows.shape, np.int8)
    section = spec.pack()
    core = load(_CDEF)
    _raise_for(
        core.lib.stu_host_frontend_quantise(
            section,
            len(section),
            core.ffi.cast("const int16_t *", windows.ctypes.data),
            len(windows),
            core.ffi.cast("int8_t *", quantised.ctypes.data),
        )
    )
    return quantised.reshape(features.shape)


def _whole_windows(values: NDArray[Any], dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray[Any]:
    """(windows, *shape), contiguous. The core reads as many values as `shape` says, so nothing else may reach it."""
    if values.dtype != np.dtype(dtype) or values.shape not in (shape, (len(values), *shape)):
        raise InvalidInput(
            gettext("An array"),
            gettext("{dtype} {shape} was given where {wanted} windows of {of} are wanted").format(
                dtype=values.dtype, shape=values.shape, wanted=np.dtype(dtype).name, of=shape
            ),
        )
    return np.ascontiguousarray(values).reshape(-1, *shape)


def _raise_for(status: int) -> None:
    if status != 0:
        raise RefusedFrontEnd(status)
