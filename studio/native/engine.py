"""The int8 engine of the C core on the host: what a board computes from a model image, to the bit."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.core.errors import InvalidInput, StudioError
from studio.core.text import gettext, mark
from studio.native.library import load

_CDEF = """
int32_t stu_host_image_verify(const uint8_t *image, size_t bytes);
int32_t stu_host_image_check(const uint8_t *image, size_t bytes, uint32_t *arena_bytes);
int32_t stu_host_engine_sizes(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes, uint32_t *sizes);
int32_t stu_host_engine_run(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes,
                            const int8_t *inputs, size_t rows, int8_t *outputs);
int32_t stu_host_engine_tap(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes,
                            const int8_t *input, int8_t *taps, size_t taps_bytes, uint32_t *tap_bytes);
int32_t stu_host_listening(const uint8_t *section, size_t bytes, uint64_t *window_bytes, uint32_t *input_bytes);
uint32_t stu_host_context_bytes(void);
"""
_ARENA_ALIGNMENT = 16


@dataclass(eq=False)
class RefusedImage(StudioError):
    """The core's own check of a model image failed; status is its stu_status."""

    status: int
    message = mark("This model image cannot be used: it is damaged, or not for this version (status {status}).")
    remedy = mark("Build the model image again.")


class Engine:
    """An opened model image. Runs may go on in several threads at once: each has an arena of its own.

    image: checked whole, its SHA-256 too. Raises RefusedImage.
    """

    def __init__(self, image: bytes) -> None:
        self._core = load(_CDEF)
        self._image = image
        self.arena_bytes = check_image(image)
        sizes = self._core.ffi.new("uint32_t[3]")
        self._call("stu_host_engine_sizes", sizes)
        self.input_bytes, self.output_bytes, self.operators = (int(size) for size in sizes)

    def run(self, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
        """inputs: (rows, input_bytes), each row from a fresh state. Returns (rows, output_bytes).

        Raises InvalidInput for another shape or dtype.
        """
        rows = self._rows(inputs)
        outputs = np.empty((len(rows), self.output_bytes), np.int8)
        self._call("stu_host_engine_run", self._in(rows), len(rows), self._out(outputs))
        return outputs

    def tap(self, row: NDArray[np.int8]) -> list[NDArray[np.int8]]:
        """Every operator's output for one input, in order, flat. row: (input_bytes,)."""
        rows = self._rows(row.reshape(1, -1))
        lengths = self._core.ffi.new("uint32_t[]", self.operators + 1)
        self._call("stu_host_engine_tap", self._in(rows), self._core.ffi.NULL, 0, lengths)
        ends = np.cumsum([lengths[i] for i in range(self.operators)], dtype=np.int64)
        taps = np.empty(int(ends[-1]) if len(ends) else 0, np.int8)
        self._call("stu_host_engine_tap", self._in(rows), self._out(taps), len(taps), lengths)
        return np.split(taps, ends[:-1]) if len(ends) else []

    def _rows(self, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
        """The core reads input_bytes a row, so nothing else may reach it."""
        if inputs.dtype != np.int8 or inputs.shape != (len(inputs), self.input_bytes):
            raise InvalidInput(
                gettext("An input"),
                gettext("{dtype} {shape} was given where int8 (rows, {wanted}) is wanted").format(
                    dtype=inputs.dtype, shape=inputs.shape, wanted=self.input_bytes
                ),
            )
        return np.ascontiguousarray(inputs)

    def _call(self, function: str, *arguments: Any) -> None:
        arena = np.empty(self.arena_bytes + _ARENA_ALIGNMENT, np.uint8)
        start = arena.ctypes.data + -arena.ctypes.data % _ARENA_ALIGNMENT
        pointer = self._core.ffi.cast("uint8_t *", start)
        call = getattr(self._core.lib, function)
        _raise_for(call(self._image, len(self._image), pointer, self.arena_bytes, *arguments))

    def _in(self, values: NDArray[np.int8]) -> Any:
        return self._core.ffi.cast("const int8_t *", values.ctypes.data)

    def _out(self, values: NDArray[np.int8]) -> Any:
        return self._core.ffi.cast("int8_t *", values.ctypes.data)


class Listening(NamedTuple):
    """What a front end needs of a board: RAM of a model window, and the bytes that go into one, as a sensor gives them.

    Of a picture these are its pixels as the model sees them.
    """

    window_bytes: int
    input_bytes: int


def check_image(image: bytes) -> int:
    """The arena that the image asks for. Raises RefusedImage where its SHA-256 or its structure is wrong."""
    core = load(_CDEF)
    arena_bytes = core.ffi.new("uint32_t *")
    _raise_for(core.lib.stu_host_image_check(image, len(image), arena_bytes))
    _raise_for(core.lib.stu_host_image_verify(image, len(image)))
    return int(arena_bytes[0])


def listening(front_end: bytes) -> Listening:
    """As a board's own firmware reckons it. Raises RefusedImage where the section is not a front end."""
    core = load(_CDEF)
    window_bytes, input_bytes = core.ffi.new("uint64_t *"), core.ffi.new("uint32_t *")
    _raise_for(core.lib.stu_host_listening(front_end, len(front_end), window_bytes, input_bytes))
    return Listening(int(window_bytes[0]), int(input_bytes[0]))


def context_bytes() -> int:
    """RAM of the firmware's own context on this machine."""
    return int(load(_CDEF).lib.stu_host_context_bytes())


def _raise_for(status: int) -> None:
    if status != 0:
        raise RefusedImage(status)
