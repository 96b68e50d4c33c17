"""The audio front end of the C core, for whole arrays of windows. The GIL is released while it computes."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext, mark
from studio.native.library import load

_CDEF = """
int32_t stu_host_frontend_check(const uint8_t *section, size_t bytes);
int32_t stu_host_frontend_windows(const uint8_t *section, size_t bytes, const int16_t *samples, size_t windows,
                                  int16_t *features);
int32_t stu_host_frontend_windows_as_on_a_board(const uint8_t *section, size_t bytes, const int16_t *samples,
                                                size_t windows, int16_t *features);
int32_t stu_host_frontend_quantise(const uint8_t *section, size_t bytes, const int16_t *features, size_t windows,
                                   int8_t *input);
"""


@dataclass(eq=False)
class RefusedFrontEnd(StudioError):
    """The core's own check of a section failed; status is its stu_status."""

    status: int
    message = mark("The front end in this model image cannot be used: its section is damaged (status {status}).")
    remedy = mark("Build the model image again.")


class FrontEnd(Protocol):
    """What is needed of a specification; studio.features.blocks.LogMel is one."""

    @property
    def clip_samples(self) -> int: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    def pack(self) -> bytes: ...


def check_section(section: bytes) -> None:
    """Raises RefusedFrontEnd where the core does not open the section."""
    core = load(_CDEF)
    _raise_for(core.lib.stu_host_frontend_check(section, len(section)))


def log_mel(samples: NDArray[np.int16], spec: FrontEnd, *, as_on_a_board: bool = False) -> NDArray[np.int16]:
    """Log-mel energies of model windows, exactly as a board computes them, level-normalised as `spec` says.

    samples: (windows, spec.clip_samples) or (spec.clip_samples,). Returns (windows, frames, mels) or (frames, mels);
    value v stands for v * spec.scale dB. as_on_a_board: through the very functions a board calls, frame by frame,
    instead of several frames side by side; the result is the same. Raises InvalidInput for another shape or dtype.
    """
    windows = _whole_windows(samples, np.int16, (spec.clip_samples,))
    features = np.empty((len(windows), *spec.shape), np.int16)
    section = spec.pack()
    core = load(_CDEF)
    compute = core.lib.stu_host_frontend_windows_as_on_a_board if as_on_a_board else core.lib.stu_host_frontend_windows
    _raise_for(
        compute(
            section,
            len(section),
            core.ffi.cast("const int16_t *", windows.ctypes.data),
            len(windows),
            core.ffi.cast("int16_t *", features.ctypes.data),
        )
    )
    return features if samples.ndim == 2 else features[0]


def quantise(features: NDArray[np.int16], spec: FrontEnd) -> NDArray[np.int8]:
    """The model's int8 input. features: (windows, frames, mels) or (frames, mels); returns the same shape."""
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


def _whole_windows(values: NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]) -> NDArray[Any]:
    """(windows, *shape), contiguous. The core reads as many values as `shape` says, so nothing else may reach it."""
    if values.dtype != dtype or values.shape not in (shape, (len(values), *shape)):
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
