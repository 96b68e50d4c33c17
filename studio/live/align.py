"""What a board sends of its sensor held for a while, so that any window that it used can be looked up by its index."""

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.core.samples import Block, Picture
from studio.features.front_ends import AnyFrontEnd
from studio.features.picture import PictureInput
from studio.native.frontend import fit_picture

INDEX_BITS = 32  # the link's index of samples and pictures wraps here


class SampleRing:
    """The last `capacity` samples of one stream, by index since the stream began.

    channels: the first so many of each sample are held, as rows; None: of sound, which has one, the bare samples.
    Samples lost on the way are remembered as absent: a window that touches one is not given.
    """

    def __init__(self, capacity: int, channels: int | None = None) -> None:
        self._channels = 1 if channels is None else channels
        self._samples = np.zeros((capacity, self._channels), dtype=np.int16)
        self._present = np.zeros(capacity, dtype=np.bool_)
        self._end = 0
        self._bare = channels is None

    @property
    def end(self) -> int:
        """Index after the newest sample."""
        return self._end

    def append(self, block: Block) -> None:
        """A block that begins before the end is not of the same stream: the ring restarts."""
        samples = block.samples[:, : self._channels]
        if block.first_index < self._end:
            self._present[:] = False
        elif block.first_index > self._end:
            self._forget(self._end, block.first_index)
        positions = np.arange(block.first_index, block.first_index + len(samples)) % len(self._samples)
        self._samples[positions] = samples
        self._present[positions] = True
        self._end = block.first_index + len(samples)

    def window(self, first: int, count: int) -> NDArray[np.int16] | None:
        """The samples [first, first + count), a copy: (count, channels), or (count,) of sound.

        None where any of them is lost, too old or not here yet.
        """
        if first < 0 or first + count > self._end or first < self._end - len(self._samples):
            return None
        positions = np.arange(first, first + count) % len(self._samples)
        if not self._present[positions].all():
            return None
        rows = self._samples[positions]
        return rows[:, 0].copy() if self._bare else rows

    def unwrap(self, index: int) -> int:
        """The full index nearest to the newest sample, of which the link carries the low 32 bits."""
        return _unwrapped(index, self._end)

    def _forget(self, first: int, end: int) -> None:
        if end - first >= len(self._samples):
            self._present[:] = False
        else:
            self._present[np.arange(first, end) % len(self._samples)] = False


class PictureRing:
    """The same for the last `capacity` pictures of a camera."""

    def __init__(self, capacity: int) -> None:
        self._pictures: deque[Picture] = deque(maxlen=capacity)

    @property
    def end(self) -> int:
        """Index after the newest picture."""
        return self._pictures[-1].index + 1 if self._pictures else 0

    def append(self, picture: Picture) -> None:
        if picture.index < self.end:
            self._pictures.clear()
        self._pictures.append(picture)

    def picture(self, index: int) -> NDArray[np.uint8] | None:
        """Its pixels as the camera gave them; None where it is lost, too old or not here yet."""
        return next((picture.pixels for picture in self._pictures if picture.index == index), None)

    def unwrap(self, index: int) -> int:
        """As SampleRing.unwrap."""
        return _unwrapped(index, self.end)


class Held:
    """What came of the sensor that a front end is for, as the windows that the model sees.

    windows: how many there is room for, each a hop from the next.
    """

    def __init__(self, spec: AnyFrontEnd, windows: int, hop: int) -> None:
        self._spec = spec
        self._ring: SampleRing | PictureRing
        if isinstance(spec, PictureInput):
            self._ring = PictureRing(windows)
        else:
            channels = None if len(spec.window_shape) == 1 else spec.window_shape[1]
            self._ring = SampleRing(spec.clip_samples + windows * hop, channels)

    @property
    def end(self) -> int:
        return self._ring.end

    def unwrap(self, index: int) -> int:
        return self._ring.unwrap(index)

    def append(self, item: Block | Picture) -> None:
        """An item of the sensor; of another kind, for which the front end is not, nothing is held."""
        if isinstance(item, Picture):
            if isinstance(self._ring, PictureRing):
                self._ring.append(item)
        elif isinstance(self._ring, SampleRing):
            self._ring.append(item)

    def window(self, first: int) -> NDArray[Any] | None:
        """The window that begins there: spec.window_dtype, spec.window_shape. None where a part of it is not held."""
        if isinstance(self._ring, SampleRing):
            return self._ring.window(first, self._spec.clip_samples)
        pixels = self._ring.picture(first)
        return None if pixels is None else fit_picture(pixels, self._spec)


def _unwrapped(index: int, end: int) -> int:
    period = 1 << INDEX_BITS
    nearest = index + round((end - index) / period) * period
    return max(nearest, index)
